"""What a calendar month holds: working days, Tết, a break in definition, a named event."""

from __future__ import annotations

__all__ = [
    "breaks",
    "calendar_effects",
    "calendar_index",
    "event_effects",
    "named_events",
    "tet_share",
    "working_days",
]

from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from thads_analysis import reference
from thads_analysis.errors import DataError, UsageError
from thads_analysis.schema import PANEL_INDEX

if TYPE_CHECKING:
    from thads_analysis.period import Period

_TET_DAYS = 7
_TET_WORKING_DAYS = 5


def calendar_index(frame: pd.DataFrame | pd.Series[Any]) -> pd.PeriodIndex:
    """Calendar month in which each row of a frame ends.

    Parameters
    ----------
    frame : DataFrame or Series
        Index with the levels ``fiscal_year, months``, among others or alone.

    Returns
    -------
    PeriodIndex
        Monthly, in the order of the rows: 2023 and 9 give June 2023.

    Examples
    --------
    >>> index = pd.MultiIndex.from_tuples([(2023, 3), (2023, 4)], names=["fiscal_year", "months"])
    >>> list(calendar_index(pd.Series([1, 2], index=index)).astype(str))
    ['2022-12', '2023-01']
    """
    years, months = (frame.index.get_level_values(level) for level in PANEL_INDEX[1:])
    # numpy counts months from January 1970, which is month 4 of FY1970.
    since_1970 = ((years - 1970) * 12 + months - 4).to_numpy("int64")
    return pd.PeriodIndex(since_1970.astype("datetime64[M]").astype("datetime64[s]"), freq="M")


def breaks() -> pd.Series[str]:
    """Breaks in definition by the calendar month in which they fall.

    Cumulative figures at the end of that month follow the new definition already; the monthly flow of
    that month is a difference between two definitions and belongs to neither side.

    Returns
    -------
    Series
        Identifiers of ``data/reference/events.csv`` of the kind ``break``, oldest first; monthly
        PeriodIndex.
    """
    found = sorted((row["first_day"], row["event"]) for row in reference.events() if row["kind"] == "break")
    months = pd.PeriodIndex([day for day, _ in found], freq="M")
    return pd.Series([event for _, event in found], index=months, name="event", dtype="str")


def working_days(first: Period, last: Period) -> pd.Series[int]:
    """Count Monday to Friday without Vietnam's public holidays, by month.

    Parameters
    ----------
    first, last : Period
        The months counted are the last ones of these periods and all between.

    Returns
    -------
    Series
        Days, int64, name ``working_days``; monthly PeriodIndex.

    Raises
    ------
    UsageError
        When ``last`` comes before ``first``.

    Notes
    -----
    Source: the `holidays` package (Vietnam), with days in lieu and days moved to a Saturday as far as
    the yearly decisions are in it; a year decided after its release counts by the general rule.
    """
    return _count_working_days(_calendar_range(first, last)).rename("working_days")


def tet_share(first: Period, last: Period) -> pd.Series[float]:
    """Share of the year's Tết holiday that falls into each calendar month.

    Formula: days of the holiday in the month ÷ 7. The holiday is taken as seven days, from the last
    day of the old lunar year to the sixth day of the new one; the days really off are decided yearly
    and vary from five to ten with the weekends around them.

    Parameters
    ----------
    first, last : Period
        As for `working_days`.

    Returns
    -------
    Series
        Fractions, float64, name ``tet_share``; 0 outside January and February; monthly PeriodIndex.

    Raises
    ------
    UsageError
        When ``last`` comes before ``first``.
    DataError
        When ``tet.csv`` lacks the date of a January or February in between.

    Examples
    --------
    >>> from thads_analysis.period import Period
    >>> tet_share(Period.parse("2022-M04"), Period.parse("2022-M05")).round(3).tolist()
    [0.143, 0.857]
    """
    return _share_tet(_calendar_range(first, last)).rename("tet_share")


def calendar_effects(months: pd.PeriodIndex) -> pd.DataFrame:
    """How far the calendar of each month is from the usual one of that month.

    Formula: the month's figure less the mean of the same calendar month over all years of ``tet.csv``;
    what a month always has is its season. ``tet`` is `tet_share`. ``working_day`` is `working_days` with
    the five days that the law gives for Tết put back where Tết fell, so that a coefficient of ``tet`` is
    the whole effect of the holiday and not what it does beyond the days lost.

    Parameters
    ----------
    months : PeriodIndex
        Monthly, in any order.

    Returns
    -------
    DataFrame
        Index ``months``; columns ``tet`` (share of the holiday) and ``working_day`` (days), float64.

    Raises
    ------
    DataError
        When ``tet.csv`` lacks the date of a January or February among the months.

    Notes
    -----
    Source: centring as in X-13ARIMA-SEATS for moving holidays and trading days. Five days: Labour Code
    45/2019/QH14, Article 112; a holiday on a day off is moved to a working day.

    Examples
    --------
    >>> effects = calendar_effects(pd.period_range("2022-06", "2023-02", freq="M"))
    >>> effects["tet"].round(2).tolist()  # Tết 2023 began on 22 January
    [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.74, -0.74]
    """
    usual = _usual_calendar().reindex(months.month)
    return _describe_months(months) - usual.set_axis(months)


def event_effects(months: pd.PeriodIndex) -> pd.DataFrame:
    """Shape of each named event over the months, for a fit that is to allow for it.

    Formula: a ``break`` or ``merger`` is a step, 0 before its month and 1 from it on; a ``shock`` is the
    share of each month's days between its first and last day.

    Parameters
    ----------
    months : PeriodIndex
        Monthly, ascending.

    Returns
    -------
    DataFrame
        Index ``months``; a column for every event of ``data/reference/events.csv`` that begins after the
        first month and not after the last, in the file's order; float64.
    """
    shapes = {}
    for row in reference.events():
        start, end = pd.Timestamp(row["first_day"]), pd.Timestamp(row["last_day"])
        if months.empty or not months[0] < start.to_period("M") <= months[-1]:
            continue
        if row["kind"] == "shock":
            days = pd.Series(1, index=pd.date_range(start, end).to_period("M")).groupby(level=0).sum()
            shapes[row["event"]] = days.reindex(months, fill_value=0) / months.days_in_month
        else:
            shapes[row["event"]] = pd.Series(months >= start.to_period("M"), index=months)
    return pd.DataFrame(shapes, index=months, dtype="float64")


def named_events() -> pd.DataFrame:
    """Events of ``data/reference/events.csv`` by the calendar months in which they begin and end.

    Returns
    -------
    DataFrame
        Index ``event``; columns ``kind`` (``break``, ``merger``, ``shock``), ``first, last`` (monthly
        Period) and ``label``, oldest first.
    """
    rows = pd.DataFrame(list(reference.events())).sort_values("first_day").set_index("event")
    months = {name: pd.PeriodIndex(rows[f"{name}_day"], freq="M") for name in ("first", "last")}
    return rows[["kind"]].assign(**months, label=rows["label"])


def _describe_months(months: pd.PeriodIndex) -> pd.DataFrame:
    tet = _share_tet(months)
    return pd.DataFrame({"tet": tet, "working_day": _count_working_days(months) + _TET_WORKING_DAYS * tet})


@cache
def _usual_calendar() -> pd.DataFrame:
    """Mean of each calendar month over the years of ``tet.csv``; index 1 to 12, read only."""
    years = sorted(reference.tet_dates())
    months = pd.period_range(f"{years[0]}-01", f"{years[-1]}-12", freq="M")
    return _describe_months(months).groupby(months.month).mean()


def _count_working_days(months: pd.PeriodIndex) -> pd.Series[int]:
    counts = {year: _working_days_of(year) for year in months.year.unique()}
    days = [counts[month.year][month.month - 1] for month in months]
    return pd.Series(days, index=months, dtype="int64")


@cache
def _working_days_of(year: int) -> tuple[int, ...]:
    """Working days of the twelve months of a calendar year."""
    import holidays

    calendar = holidays.country_holidays("VN", years=year)
    days = pd.date_range(f"{year}-01-01", f"{year}-12-31", freq="D")
    working = np.array([calendar.is_working_day(day.date()) for day in days])
    return tuple(np.bincount(days.month, weights=working, minlength=13)[1:].astype(int).tolist())


def _share_tet(months: pd.PeriodIndex) -> pd.Series[float]:
    known = reference.tet_dates()
    if unknown := sorted({year for year in months[months.month <= 2].year if year not in known}):
        message = (
            f"data/reference/tet.csv has no Tết for {', '.join(map(str, unknown))}; it has {min(known)} to "
            f"{max(known)}. Add a line with the first day of the lunar year"
        )
        raise DataError(message)
    days = [first_day + timedelta(days=n) for first_day in known.values() for n in range(-1, _TET_DAYS - 1)]
    counts = pd.Series(1, index=pd.PeriodIndex(days, freq="M")).groupby(level=0).sum()
    return counts.reindex(months, fill_value=0) / _TET_DAYS


def _calendar_range(first: Period, last: Period) -> pd.PeriodIndex:
    if last < first:
        message = f"The months from {first} to {last} run backwards; give the earlier period first"
        raise UsageError(message)
    return pd.period_range(pd.Period(first.end, freq="M"), pd.Period(last.end, freq="M"), freq="M")
