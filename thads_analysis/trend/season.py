"""Trend, season and remainder of a monthly series, or an open word on why not."""

from __future__ import annotations

__all__ = ["SeasonResult", "decompose_season"]

import warnings
from dataclasses import dataclass, field
from typing import Any, Literal

import pandas as pd

from thads_analysis.trend.calendar import breaks
from thads_analysis.trend.design import MINIMUM_MONTHS, Reason, lay_on_months

_YEAR = 12
_SEASONAL_SPAN = 13


@dataclass(frozen=True)
class SeasonResult:
    """A series taken apart, and how.

    Parameters
    ----------
    method : {"stl", "level", "none"}
        ``level``: the trend is the median, there is no season. ``none``: there was nothing to fit.
    reason : str
        Why it is not ``stl``, a key of `design.REASONS`: fewer than `design.MINIMUM_MONTHS` months in the
        stretch, all its values the same, or no value at all; otherwise ``""``.
    first, last : pandas.Period or None
        The stretch that was fitted.
    months : int
        Its length.
    cut : str
        What the stretch starts after: ``""`` when it starts with the series, ``"gap"`` for a missing
        month, otherwise the identifier of a break in definition.
    warnings : tuple of str
        What the fit warned of, for the page to show.
    frame : DataFrame
        Index monthly, from the first to the last month of the series without holes; columns
        ``observed, trend, seasonal, remainder``, Float64, unit of the series. The three parts sum to
        ``observed`` and are missing outside the stretch; under ``level`` ``seasonal`` is missing.
    """

    method: Literal["stl", "level", "none"]
    reason: Reason
    first: pd.Period | None
    last: pd.Period | None
    months: int
    cut: str
    warnings: tuple[str, ...]
    frame: pd.DataFrame = field(repr=False)


def decompose_season(series: pd.Series[Any]) -> SeasonResult:
    """Take a monthly series apart into trend, season and remainder by robust STL.

    Formula: ``observed = trend + seasonal + remainder``, additive, in the unit of the series; period of
    12 months, 13 years of span and degree 0 for the season, so that with few years it is close to
    the mean of each calendar month rather than a line through two or three points. Robust weights
    keep a single odd month, such as one of a lockdown, out of trend and season.

    The fit takes the last stretch of months without a hole after the last break in definition; the
    month of the break is a difference between two definitions and left out. Without 24 such months
    the result says so and carries the level (the median) instead.

    Parameters
    ----------
    series : Series
        Monthly PeriodIndex (see `flows.calendar_index`), in any order, each month once; integers or
        floats, of the nation or a province. Absent and missing months are holes.

    Returns
    -------
    SeasonResult

    Raises
    ------
    UsageError
        When the index is not one of months, or holds a month twice.

    Notes
    -----
    Source: Cleveland, Cleveland, McRae, Terpenning (1990), "STL: A Seasonal-Trend Decomposition
    Procedure Based on Loess", Journal of Official Statistics 6(1); `statsmodels.tsa.seasonal.STL`.
    It knows nothing of Tết or of working days: what they move stays in season and remainder. It gives
    no intervals.

    See Also
    --------
    fit_structure : with calendar, named events and intervals; STL is the second opinion beside it.
    """
    observed = lay_on_months(series)
    stretch, cut = _find_stretch(observed)
    method: Literal["stl", "level", "none"] = "level"
    reason: Reason = ""
    trend, seasonal = pd.Series(stretch.median(), stretch.index), pd.Series(float("nan"), stretch.index)
    said: tuple[str, ...] = ()
    if stretch.empty:
        method, reason = "none", "empty"
    elif len(stretch) < MINIMUM_MONTHS:
        reason = "short"
    elif stretch.nunique() == 1:
        reason = "constant"
    else:
        method = "stl"
        trend, seasonal, said = _fit_stl(stretch)
    frame = pd.DataFrame(
        {
            "observed": observed,
            "trend": trend,
            "seasonal": seasonal,
            "remainder": stretch - trend - seasonal.fillna(0),
        },
        index=observed.index,
        dtype="Float64",
    )
    first, last = (None, None) if stretch.empty else (stretch.index[0], stretch.index[-1])
    return SeasonResult(method, reason, first, last, len(stretch), cut, said, frame)


def _find_stretch(observed: pd.Series[float]) -> tuple[pd.Series[float], str]:
    """Return the last months without a hole after the last break, and what cut off those before."""
    known = observed.loc[: observed.last_valid_index()] if observed.notna().any() else observed.iloc[:0]
    cuts = dict.fromkeys(known.index[known.isna()], "gap")
    cuts |= {month: event for month, event in breaks().items() if month in known.index}
    if not cuts:
        return known, ""
    latest = max(cuts)
    # Holes before the first figure cut nothing off.
    cut = cuts[latest] if known.loc[:latest].notna().any() else ""
    return known.loc[known.index > latest], cut


def _fit_stl(stretch: pd.Series[float]) -> tuple[pd.Series[float], pd.Series[float], tuple[str, ...]]:
    from statsmodels.tsa.seasonal import STL

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        fit = STL(
            stretch.to_numpy(), period=_YEAR, seasonal=_SEASONAL_SPAN, seasonal_deg=0, robust=True
        ).fit()
    said = tuple(dict.fromkeys(f"{entry.category.__name__}: {entry.message}" for entry in caught))
    return pd.Series(fit.trend, stretch.index), pd.Series(fit.seasonal, stretch.index), said
