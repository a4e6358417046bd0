"""Whether a province differs on cases by more than chance and the usual spread: the funnel plot."""

from __future__ import annotations

__all__ = ["LIMITS", "Dispersion", "funnel", "funnel_limits", "overdispersion", "place", "two_sided"]

from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from thads_analysis.errors import DataError
from thads_analysis.metrics.peers import caseload_band, period_counts
from thads_analysis.period import Period

Array = NDArray[np.float64]

LIMITS: MappingProxyType[str, float] = MappingProxyType({"95": 0.95, "998": 0.998})
"""The two pairs of control limits, by the share of like provinces that they hold."""


@dataclass(frozen=True)
class Dispersion:
    """How far units lie apart beyond chance.

    Parameters
    ----------
    phi : float
        Mean square of the winsorised unadjusted z-scores; far above 1 when there is more than chance.
    tau2 : float
        Variance between units besides chance, in the square of the scale of the standard errors.
    """

    phi: float
    tau2: float


def overdispersion(z: Array, s: Array, *, winsorise: float = 0.1, as_printed: bool = False) -> Dispersion:
    """Estimate over-dispersion from unadjusted z-scores and their standard errors, robustly.

    Winsorising sets the scores beyond their `winsorise` and ``1 - winsorise`` quantiles (linear
    interpolation) to these. Formula, for I units::

        phi  = mean(winsorised(z)**2)
        tau2 solves  mean(winsorised(z s / sqrt(s**2 + tau2))**2) = c (I - 1) / I,  0 if it is less at 0

    where ``c`` is the mean square of a winsorised standard normal variable, 0.6787 at 10 % a side. So
    the adjusted scores spread as normal ones do, whatever the sizes of the units, and the limits hold
    what they say.

    Parameters
    ----------
    z : array
        ``(observed - centre) / s``, one a unit.
    s : array
        Standard errors under chance alone.
    winsorise : float
        Share of the units at each end; 0 leaves the scores as they are.
    as_printed : bool
        Take the estimate of the source instead, with weights ``w = 1 / s**2``::

            tau2 = max(0, (I phi - (I - 1)) / (sum(w) - sum(w**2) / sum(w)))

        It takes a spread for smaller than it is, the more so the more unlike the sizes are, since
        large units have large unadjusted scores, which are the ones winsorised.

    Returns
    -------
    Dispersion

    Notes
    -----
    Source: Spiegelhalter (2005), "Handling over-dispersion of performance indicators", Quality and Safety
    in Health Care 14, 347-351; and "Funnel plots for comparing institutional performance", Statistics in
    Medicine 24, 1185-1202. Unwinsorised and about the weighted mean, the printed estimate is that of
    DerSimonian and Laird (1986). The equation for ``tau2`` is that of Paule and Mandel (1982), winsorised.

    Examples
    --------
    >>> scores, errors = np.array([-3.0, -1.0, 1.0, 3.0]), np.full(4, 0.02)
    >>> found = overdispersion(scores, errors, winsorise=0)
    >>> found.phi, round(found.tau2, 6)
    (5.0, 0.002267)
    """
    from scipy.optimize import brentq

    units = len(z)
    phi = _winsorised_mean_square(z, winsorise)
    if as_printed:
        weights = 1 / s**2
        spare = weights.sum() - (weights**2).sum() / weights.sum()
        return Dispersion(phi, max(0.0, float((units * phi - (units - 1)) / spare)))
    wanted = _winsorised_normal(winsorise) * (units - 1) / units

    def excess(tau2: float) -> float:
        return _winsorised_mean_square(z * s / np.sqrt(s**2 + tau2), winsorise) - wanted

    if excess(0.0) <= 0:
        return Dispersion(phi, 0.0)
    # With this much each score is so small that their mean square falls short.
    most = float(np.max((z * s) ** 2)) / wanted
    return Dispersion(phi, float(brentq(excess, 0.0, most, xtol=1e-15, rtol=1e-12)))


def _winsorised_mean_square(z: Array, share: float) -> float:
    low, high = np.quantile(z, [share, 1 - share])
    return float(np.mean(np.clip(z, low, high) ** 2))


def _winsorised_normal(share: float) -> float:
    """Mean square of a standard normal variable winsorised at both ends."""
    from scipy.stats import norm

    if share == 0:
        return 1.0
    cut = norm.ppf(1 - share)
    return float((1 - 2 * share) - 2 * cut * norm.pdf(cut) + 2 * share * cut**2)


def funnel_limits(eligible: Array, centre: Array | float, tau2: float) -> pd.DataFrame:
    """Control limits of a rate over so many eligible cases.

    Formula: ``centre ± q sqrt(centre (1 - centre) / eligible + tau2)``, kept within 0 and 1, with q the
    normal quantile of 95 % and 99.8 % (1.960 and 3.090).

    Returns
    -------
    DataFrame
        One row for each element of `eligible`; columns ``lower_95, upper_95, lower_998, upper_998``,
        fractions.
    """
    from scipy.stats import norm

    error = np.sqrt(centre * (1 - centre) / eligible + tau2)
    columns: dict[str, Array] = {}
    for name, share in LIMITS.items():
        reach = norm.ppf((1 + share) / 2) * error
        columns |= {f"lower_{name}": np.clip(centre - reach, 0, 1)}
        columns |= {f"upper_{name}": np.clip(centre + reach, 0, 1)}
    return pd.DataFrame(columns)


def funnel(
    panel: pd.DataFrame,
    period: Period,
    *,
    by: Literal["nation", "band"] = "nation",
    as_printed: bool = False,
) -> pd.DataFrame:
    """Place every province's completion rate on cases in the funnel of its period.

    Formula: ``z = (rate - centre) / sqrt(centre (1 - centre) / eligible + tau2)``: chance in so many
    cases, plus the spread that provinces have besides chance (`overdispersion`). The centre is the rate
    of the summed counts of all provinces that reported; that is the nation's when all did.

    Parameters
    ----------
    panel : DataFrame
        Index ``org, fiscal_year, months``; columns ``measure, item``.
    period : Period
    by : {"nation", "band"}
        ``band`` holds each province against the rate of its own caseload band (`peers.caseload_band`).
    as_printed : bool
        Which estimate of the spread: see `overdispersion`.

    Returns
    -------
    DataFrame
        Index ``org``, the provinces with eligible cases; columns ``completed, eligible`` (Int64),
        ``rate, centre, z, p`` (two-sided, of z under a normal law), ``lower_95, upper_95, lower_998,
        upper_998``; fractions. ``attrs``: ``phi, tau2, centre``.

    Raises
    ------
    DataError
        When fewer than `peers.FEWEST` provinces have figures, or none or all of the cases are completed.

    See Also
    --------
    spread.money_funnel : the same for money, which is not a count of like cases.

    Notes
    -----
    Source: Spiegelhalter (2005), as in `overdispersion`. Of 63 provinces that differ by chance and the
    usual spread alone, one lies outside the limits of 99.8 % in about one report of eight.
    """
    counts = period_counts(panel, period, "cases")
    completed, eligible = (counts[item].to_numpy(np.float64) for item in ("completed", "eligible"))
    centre = np.full(len(counts), completed.sum() / eligible.sum())
    if by == "band":
        bands = caseload_band(counts["due"]).to_numpy()
        sums = counts[["completed", "eligible"]].groupby(bands).transform("sum")
        centre = sums["completed"].to_numpy(np.float64) / sums["eligible"].to_numpy(np.float64)
    if not ((centre > 0) & (centre < 1)).all():
        message = (
            f"None or all of the eligible cases of {period} are completed; a funnel needs a rate between"
        )
        raise DataError(message)
    rate, s = completed / eligible, np.sqrt(centre * (1 - centre) / eligible)
    spread = overdispersion((rate - centre) / s, s, as_printed=as_printed)
    z = (rate - centre) / np.sqrt(s**2 + spread.tau2)
    frame = counts[["completed", "eligible"]].assign(rate=rate, centre=centre, z=z, p=two_sided(z))
    limits = funnel_limits(eligible, centre, spread.tau2).set_index(frame.index)
    frame = pd.concat([frame, limits], axis=1)
    frame.attrs = {
        "phi": spread.phi,
        "tau2": spread.tau2,
        "centre": float(completed.sum() / eligible.sum()),
    }
    return frame


def place(placed: pd.DataFrame) -> pd.Series[str]:
    """Name where each province lies among the control limits.

    Parameters
    ----------
    placed : DataFrame
        What `funnel` or `spread.money_funnel` returned.

    Returns
    -------
    Series
        Same index: ``above_998, above_95, within, below_95, below_998``, the widest limits that it is
        beyond; ``within`` when beyond none.
    """
    rate = placed["rate"]
    names = ["above_998", "below_998", "above_95", "below_95"]
    beyond = [
        rate > placed["upper_998"],
        rate < placed["lower_998"],
        rate > placed["upper_95"],
        rate < placed["lower_95"],
    ]
    return pd.Series(np.select(beyond, names, "within"), index=placed.index, name="place", dtype="str")


def two_sided(z: Array) -> Array:
    """Chance of a normal score at least so far from 0 on either side."""
    from scipy.stats import norm

    return np.asarray(2 * norm.sf(np.abs(z)))
