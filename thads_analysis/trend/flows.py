"""From cumulative figures to months, and what a month holds: working days, Tết, a break."""

from __future__ import annotations

__all__ = ["breaks", "calendar_index", "falls", "monthly_flows", "tet_share", "working_days"]

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pandas as pd

from thads_analysis import reference
from thads_analysis.errors import DataError, UsageError
from thads_analysis.glossary import ITEMS
from thads_analysis.schema import PANEL_INDEX

if TYPE_CHECKING:
    from thads_analysis.period import Period

_MEASURED_FROM_OPENING = ("carried_in", "accepted", "due", "carried_out")
_TET_DAYS = 7


def monthly_flows(panel: pd.DataFrame) -> pd.DataFrame:
    """Change of every figure over the last month of each row.

    Formula, for N months of a year, by the item's kind in the glossary:

    - flow (``new``, ``completed``, ...): ``value(N) - value(N-1)``, and for the first month
      ``value(1)``, since flows start again from nothing on 1 October;
    - ``accepted``, ``due``, ``carried_out``: the same difference, and for the first month
      ``value(1) - carried_in(1)``, since the year's opening stock is what they start from;
    - ``carried_in``: the same difference, which is 0 unless the opening stock was restated, and 0 in
      the first month;
    - every other stock, ``eligible`` and ``separate_book``: the same difference; missing in the first
      month, because the forms do not say what these were on 1 October.

    With that the identities of the glossary hold in the flows as they hold in the panel, except where
    a part is missing in the first month.

    Parameters
    ----------
    panel : DataFrame
        Index ``org, fiscal_year, months``; columns ``measure, item``; cumulative, cases or đồng.

    Returns
    -------
    DataFrame
        Same index and columns, Int64, same unit. Negative where a figure fell (see `falls`). Missing
        where the row or the one of the month before is: nothing is spread over a gap.

    See Also
    --------
    calendar_index : lays the rows on calendar months.

    Notes
    -----
    In the month of a break (see `breaks`) the difference is one between two definitions.
    """
    orgs, years, months = (panel.index.get_level_values(level) for level in PANEL_INDEX)
    before = panel.reindex(pd.MultiIndex.from_arrays([orgs, years, months - 1], names=PANEL_INDEX))
    before.index = panel.index
    first = months == 1
    for column in panel.columns:
        opening = (column[0], "carried_in")
        if ITEMS[column[1]].kind == "flow":
            before.loc[first, column] = 0
        elif column[1] in _MEASURED_FROM_OPENING and opening in panel:
            before.loc[first, column] = panel.loc[first, opening]
    return panel - before


def falls(panel: pd.DataFrame) -> pd.DataFrame:
    """List the months in which a figure fell that should only grow within a year.

    A fall of a flow item is a correction of what was reported before. A fall of ``eligible`` is a
    reclassification, or a case handed on or revoked: nothing that was completed leaves it.

    Parameters
    ----------
    panel : DataFrame
        Cumulative, as for `monthly_flows`.

    Returns
    -------
    DataFrame
        Columns ``org, fiscal_year, months, measure, item, flow``, the last negative, in cases or
        đồng; in the panel's order, no row when nothing fell.
    """
    growing = [c for c in panel.columns if c[1] == "eligible" or ITEMS[c[1]].kind == "flow"]
    flows = pd.DataFrame({"flow": monthly_flows(panel)[growing].stack(["measure", "item"])}).dropna()
    return flows[flows["flow"] < 0].reset_index()


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
    import holidays

    months = _calendar_range(first, last)
    calendar = holidays.country_holidays("VN", years=sorted(set(months.year)))
    days = pd.date_range(months[0].start_time, months[-1].end_time, freq="D")
    working = pd.Series([calendar.is_working_day(day.date()) for day in days], index=days.to_period("M"))
    return working.groupby(level=0).sum().astype("int64").rename("working_days")


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
    months = _calendar_range(first, last)
    known = reference.tet_dates()
    if unknown := sorted({year for year in months[months.month <= 2].year if year not in known}):
        message = (
            f"data/reference/tet.csv has no Tết for {', '.join(map(str, unknown))}; it has {min(known)} to "
            f"{max(known)}. Add a line with the first day of the lunar year"
        )
        raise DataError(message)
    days = [first_day + timedelta(days=n) for first_day in known.values() for n in range(-1, _TET_DAYS - 1)]
    counts = pd.Series(1, index=pd.PeriodIndex(days, freq="M")).groupby(level=0).sum()
    return (counts.reindex(months, fill_value=0) / _TET_DAYS).rename("tet_share")


def _calendar_range(first: Period, last: Period) -> pd.PeriodIndex:
    if last < first:
        message = f"The months from {first} to {last} run backwards; give the earlier period first"
        raise UsageError(message)
    return pd.period_range(pd.Period(first.end, freq="M"), pd.Period(last.end, freq="M"), freq="M")
