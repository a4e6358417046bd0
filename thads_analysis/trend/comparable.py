"""Which earlier years compare with this one, and the best of them."""

from __future__ import annotations

__all__ = ["best_year", "breaks_between"]

from typing import Any

import numpy as np
import pandas as pd

from thads_analysis.period import Period
from thads_analysis.trend.calendar import breaks, calendar_index


def breaks_between(first: Period, last: Period) -> list[str]:
    """Breaks in definition between two periods: after the first, up to the last.

    Parameters
    ----------
    first, last : Period

    Returns
    -------
    list of str
        Identifiers of ``data/reference/events.csv``, oldest first; empty where the two compare.

    Examples
    --------
    >>> breaks_between(Period(2019, 9), Period(2020, 9)), breaks_between(Period(2022, 9), Period(2023, 9))
    (['circular_2019'], [])
    """
    months = [pd.Period(period.end, freq="M") for period in (first, last)]
    known = breaks()
    return list(known[(known.index > months[0]) & (known.index <= months[1])])


def best_year(rates: pd.DataFrame, period: Period, across: bool = False) -> pd.DataFrame:
    """Find the earlier year with the highest rate at the same months.

    A year counts when no break in definition lies between it and this year at these months (as in
    `path_envelope`). Of equal rates the later year is taken.

    Parameters
    ----------
    rates : DataFrame
        Index ``org, fiscal_year, months``; a column for each measure, as `completion_rate` returns it.
    period : Period
    across : bool, default False
        Count years on the other side of a break too, where the page says so.

    Returns
    -------
    DataFrame
        Index ``org, measure``; columns ``best_year`` (Int64), ``best_rate`` (unit of ``rates``, Float64),
        ``years`` (earlier years that count, Int64). The first two are missing where no year counts.

    See Also
    --------
    path_rank : the place of this year among all.

    Examples
    --------
    >>> names = ["org", "fiscal_year", "months"]
    >>> index = pd.MultiIndex.from_product([["VN"], [2021, 2022, 2023], [9]], names=names)
    >>> rates = pd.DataFrame({"cases": [0.66, 0.64, 0.65]}, index=index, dtype="Float64")
    >>> best_year(rates, Period(2023, 9)).loc[("VN", "cases"), "best_year"]
    np.int64(2021)
    """
    years, months = (rates.index.get_level_values(level) for level in ("fiscal_year", "months"))
    wanted = (months == period.months) & (years < period.fiscal_year)
    if not across:
        last = pd.PeriodIndex(breaks().index)
        ends = calendar_index(rates)
        # How many breaks lie before each row, and before this period: the same number, the same era.
        era = np.searchsorted(last.astype("int64"), ends.astype("int64"), side="right")
        now = np.searchsorted(last.astype("int64"), pd.Period(period.end, freq="M").ordinal, side="right")
        wanted = wanted & (era == now)
    keys: list[Any] = ["org", "measure"]
    earlier = rates[wanted].droplevel("months").reset_index()
    earlier = earlier.melt(id_vars=["org", "fiscal_year"], var_name="measure", value_name="best_rate")
    earlier = earlier.dropna().sort_values(["best_rate", "fiscal_year"])
    grid = pd.MultiIndex.from_product([rates.index.unique(level="org"), rates.columns], names=keys)
    by_path = earlier.groupby(keys)
    best = by_path.tail(1).set_index(keys).reindex(grid)
    return pd.DataFrame(
        {
            "best_year": best["fiscal_year"].astype("Int64"),
            "best_rate": best["best_rate"].astype("Float64"),
            "years": by_path.size().reindex(grid, fill_value=0).astype("Int64"),
        }
    )
