"""A rank with its interval: how far it could move if the year were lived once more."""

from __future__ import annotations

__all__ = ["rank_intervals"]

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from thads_analysis.errors import DataError
from thads_analysis.glossary import MEASURES
from thads_analysis.metrics.funnel import overdispersion
from thads_analysis.metrics.peers import FEWEST, period_counts
from thads_analysis.metrics.spread import Spread, fit_spread, year_logits
from thads_analysis.period import Period

Array = NDArray[np.float64]

_LEVELS = (0.025, 0.975)


def rank_intervals(
    panel: pd.DataFrame, period: Period, *, draws: int = 2000, seed: int = 2023
) -> pd.DataFrame:
    """Rank the provinces by completion rate, each with an interval of 95 % by simulation.

    A province's rate moves from year to year by what is neither its own level nor everyone's year. On the
    logit scale, about each year's median, the noise of one year is the change from the year before over
    the root of two; its standard deviation depends on the cases or the money eligible and is fitted
    across all provinces and years at the same months (`spread.fit_spread`). What provinces differ by
    besides is estimated as in the funnel (`funnel.overdispersion`). Orders are then drawn from the levels
    that agree with both::

        level ~ N(B u, B v),  B = tau2 / (tau2 + v)

    with ``u`` the deviation from the median and ``v`` the variance of the noise. Where nothing is left
    besides noise (``tau2 = 0``) every order is as likely as another.

    Parameters
    ----------
    panel : DataFrame
        Index ``org, fiscal_year, months``; columns ``measure, item``. Later years are left aside.
    period : Period
        Years are compared at its months.
    draws, seed : int
        Number of simulated orders of each year, and the seed that makes them repeatable.

    Returns
    -------
    DataFrame
        Index ``measure, fiscal_year, org``, this year and earlier ones with at least `peers.FEWEST`
        provinces; columns ``rank`` (1 the highest; equal rates share the better rank), ``rank_best,
        rank_worst`` (ends of the interval, rounded outwards; missing where the noise cannot be told, for
        want of earlier years) and ``rank_out_of``; Int64.

    Raises
    ------
    DataError
        When fewer than `peers.FEWEST` provinces have a rate for the period, on either measure.

    Notes
    -----
    Source: Goldstein and Spiegelhalter (1996), "League tables and their limitations", Journal of the Royal
    Statistical Society A 159, 385-443; the noise from year to year in place of sampling error is ours. An
    extreme rank is drawn towards the middle, and may lie outside its own interval.
    """
    rng = np.random.default_rng(seed)
    frames = {}
    for measure in MEASURES:
        period_counts(panel, period, measure)
        history = year_logits(panel, period, measure)
        try:
            noise = _year_noise(history)
        except DataError:  # too few earlier years: ranks without interval, for the page to say so
            noise = None
        for year, group in history.groupby(level="fiscal_year"):
            if len(group) >= FEWEST:
                frames[measure, year] = _rank_year(group.droplevel("fiscal_year"), noise, draws, rng)
    return pd.concat(frames, names=["measure", "fiscal_year"])


def _rank_year(
    rates: pd.DataFrame, noise: Spread | None, draws: int, rng: np.random.Generator
) -> pd.DataFrame:
    frame = pd.DataFrame({"rank": rates["logit"].rank(method="min", ascending=False)})
    best, worst = None, None
    if noise is not None:
        best, worst = _simulate(
            rates["deviation"].to_numpy(), noise.at(rates["eligible"].to_numpy()), draws, rng
        )
    return frame.assign(rank_best=best, rank_worst=worst, rank_out_of=len(rates)).astype("Int64")


def _year_noise(history: pd.DataFrame) -> Spread:
    """Fit the noise of one year to the changes between neighbouring years at the same months."""
    wide, amounts = (history[column].unstack("fiscal_year") for column in ("deviation", "eligible"))
    held = [int(year) for year in history.index.get_level_values("fiscal_year").unique()]
    years = sorted(year for year in held if year - 1 in held)
    before = [year - 1 for year in years]
    changes = (wide[years].to_numpy() - wide[before].to_numpy()) / np.sqrt(2)
    typical = np.sqrt(amounts[years].to_numpy() * amounts[before].to_numpy())
    known = np.isfinite(changes)
    return fit_spread(changes[known], typical[known])


def _simulate(
    deviation: Array, noise: Array, draws: int, rng: np.random.Generator
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Ends of the interval of each unit's rank."""
    variance = noise**2
    tau2 = overdispersion(deviation / noise, noise).tau2
    # Without any difference besides noise the levels are alike, and every order is as likely as another.
    kept = tau2 / (tau2 + variance)
    spread = np.sqrt(kept * variance) if tau2 > 0 else np.ones_like(variance)
    levels = kept * deviation + spread * rng.standard_normal((draws, len(deviation)))
    places = np.argsort(np.argsort(-levels, axis=1), axis=1) + 1
    low, high = np.quantile(places, _LEVELS, axis=0)
    return np.floor(low).astype(np.int64), np.ceil(high).astype(np.int64)
