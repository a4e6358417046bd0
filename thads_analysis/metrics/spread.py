"""Whether a province differs on money: the logit of its rate against a spread that depends on the amount."""

from __future__ import annotations

__all__ = ["Spread", "fit_spread", "money_funnel", "money_limits", "year_logits"]

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from thads_analysis.errors import DataError
from thads_analysis.metrics.funnel import LIMITS, two_sided
from thads_analysis.metrics.logit import from_logit, to_logit
from thads_analysis.metrics.peers import period_counts
from thads_analysis.period import Period

Array = NDArray[np.float64]

_FEWEST_POINTS = 30
"""Fewer deviations than this do not tell a spread."""

_MEDIAN_NORMAL = 0.6744897501960817  # median of the absolute value of a standard normal variable


@dataclass(frozen=True)
class Spread:
    """A standard deviation that depends on an amount: ``exp(level + slope log(amount / middle))``.

    Parameters
    ----------
    level, slope : float
        Log of the standard deviation at the middle amount, and its change with the log of the amount.
    middle : float
        Median of the amounts that it was fitted on.
    points : int
        How many deviations it was fitted on.
    """

    level: float
    slope: float
    middle: float
    points: int

    def at(self, amount: Array) -> Array:
        """Return the standard deviation at an amount."""
        return np.asarray(np.exp(self.level + self.slope * np.log(amount / self.middle)))


def fit_spread(deviations: Array, amounts: Array) -> Spread:
    """Fit a standard deviation that depends on an amount, robustly.

    Formula: ``log|deviation| = a + b log(amount / middle)`` by the slope of Theil and Sen, the median
    of the slopes between all pairs; ``a`` is the median of what remains. Half of the absolute deviations of
    a normal law are below 0.6745 of its standard deviation, hence ``level = a - log(0.6745)``.
    Up to three in ten of the deviations may be anything. A deviation of exactly 0 is left aside.

    Parameters
    ----------
    deviations : array
        From a centre, in any unit.
    amounts : array
        Positive, as many.

    Returns
    -------
    Spread

    Raises
    ------
    DataError
        When fewer than 30 deviations are other than 0.

    Notes
    -----
    Source: Sen (1968), "Estimates of the regression coefficient based on Kendall's tau", Journal of the
    American Statistical Association 63; `scipy.stats.theilslopes`.
    """
    from scipy.stats import theilslopes

    usable = np.isfinite(deviations) & (deviations != 0) & (amounts > 0)
    if usable.sum() < _FEWEST_POINTS:
        message = (
            f"A spread that depends on the amount needs {_FEWEST_POINTS} deviations other than 0; there are "
            f"{int(usable.sum())}. Ingest earlier years or more provinces"
        )
        raise DataError(message)
    middle = float(np.median(amounts[usable]))
    size, sought = np.log(amounts[usable] / middle), np.log(np.abs(deviations[usable]))
    # Amounts that are all the same have no slope to find.
    slope = float(theilslopes(sought, size).slope) if np.ptp(size) > 0 else 0.0
    level = float(np.median(sought - slope * size)) - float(np.log(_MEDIAN_NORMAL))
    return Spread(level, slope, middle, int(usable.sum()))


def year_logits(panel: pd.DataFrame, period: Period, measure: str) -> pd.DataFrame:
    """Logits of the completion rates at the period's months, this year and earlier, about each year's median.

    Parameters
    ----------
    panel : DataFrame
        Index ``org, fiscal_year, months``; columns ``measure, item``. Later years are left aside.
    period : Period
    measure : {"cases", "money"}

    Returns
    -------
    DataFrame
        Index ``org, fiscal_year``, sorted; columns ``eligible`` (float), ``logit`` (padded, see `logit`),
        ``deviation`` from the median of the year's provinces.
    """
    years, months = (panel.index.get_level_values(level) for level in ("fiscal_year", "months"))
    same = panel[(months == period.months) & (years <= period.fiscal_year)].droplevel("months")
    counts = pd.DataFrame({item: same[measure, item].astype("Float64") for item in ("completed", "eligible")})
    counts = counts[(counts["eligible"].fillna(0) > 0) & counts["completed"].notna()].sort_index()
    rates = (counts["completed"] / counts["eligible"]).to_numpy(np.float64)
    frame = pd.DataFrame(
        {"eligible": counts["eligible"].to_numpy(np.float64), "logit": to_logit(np.clip(rates, 0, 1))},
        index=counts.index,
    )
    middle = frame["logit"].groupby(level="fiscal_year").transform("median")
    return frame.assign(deviation=frame["logit"] - middle)


def money_funnel(panel: pd.DataFrame, period: Period) -> pd.DataFrame:
    """Place every province's completion rate on money in its period.

    Money is no count of like cases: a few giant matters move a rate, and the more so the less else there
    is. So the rate is compared on the logit scale, with a spread fitted across all provinces and all years
    at the same months (`fit_spread`): ``z = (logit(rate) - centre) / spread(eligible)``. The centre is the
    median of the provinces' logits, not the nation's rate, which hangs on the largest province.

    Parameters
    ----------
    panel : DataFrame
        Index ``org, fiscal_year, months``; columns ``measure, item``.
    period : Period

    Returns
    -------
    DataFrame
        As `funnel.funnel`, on money. ``attrs``: ``level, slope, middle, points`` of the spread, ``years``
        that it was fitted on, ``centre``, a fraction.

    Raises
    ------
    DataError
        When too few provinces have figures for the period, or too few deviations are known.

    See Also
    --------
    funnel.funnel : the same for cases, by binomial chance and over-dispersion.
    """
    counts = period_counts(panel, period, "money")
    history = year_logits(panel, period, "money")
    spread = fit_spread(history["deviation"].to_numpy(), history["eligible"].to_numpy())
    now = history.xs(period.fiscal_year, level="fiscal_year")
    eligible = now["eligible"].to_numpy()
    centre = float(np.median(now["logit"].to_numpy()))
    z = now["deviation"].to_numpy() / spread.at(eligible)
    middle = float(from_logit(np.array([centre]))[0])
    frame = counts[["completed", "eligible"]].assign(
        rate=(counts["completed"] / counts["eligible"]).astype("float64"), centre=middle, z=z, p=two_sided(z)
    )
    frame = pd.concat([frame, money_limits(eligible, middle, spread).set_index(frame.index)], axis=1)
    frame.attrs = _describe(spread, middle, history)
    return frame


def money_limits(eligible: Array, centre: float, spread: Spread) -> pd.DataFrame:
    """Control limits of a rate on money over so much eligible: ``centre ± q spread`` on the logit scale.

    Returns
    -------
    DataFrame
        One row for each element of `eligible`; columns as `funnel.funnel_limits`.
    """
    from scipy.stats import norm

    middle = to_logit(np.array([centre]))
    columns: dict[str, Array] = {}
    for name, share in LIMITS.items():
        reach = norm.ppf((1 + share) / 2) * spread.at(eligible)
        columns |= {f"lower_{name}": from_logit(middle - reach), f"upper_{name}": from_logit(middle + reach)}
    return pd.DataFrame(columns)


def _describe(spread: Spread, centre: float, history: pd.DataFrame) -> dict[Any, Any]:
    return {
        "level": spread.level,
        "slope": spread.slope,
        "middle": spread.middle,
        "points": spread.points,
        "years": int(history.index.get_level_values("fiscal_year").nunique()),
        "centre": centre,
    }
