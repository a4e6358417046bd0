"""The year's rate, month by month, against the paths of earlier years."""

from __future__ import annotations

__all__ = ["pace", "path_envelope", "path_rank"]

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from thads_analysis.errors import DataError
from thads_analysis.metrics.rates import by_measure, completion_rate
from thads_analysis.period import Period
from thads_analysis.trend.calendar import breaks, calendar_index

if TYPE_CHECKING:
    from numpy.typing import NDArray

_STATISTICS = {"minimum": 0.0, "lower_quartile": 0.25, "median": 0.5, "upper_quartile": 0.75, "maximum": 1.0}
_MONTHS = range(1, 13)
_BASES = ("median", "last_year")


def path_envelope(rates: pd.DataFrame, period: Period, across: bool = False) -> pd.DataFrame:
    """Lay this year's path against the spread of earlier years, month by month.

    An earlier year's month counts when no break in definition (`flows.breaks`) lies between it and
    the same month of this year: FY2020 counts for FY2023 from month 4 on, because Circular
    06/2019/TT-BTP came into force in its fourth month. Quartiles are interpolated linearly between
    years; of two or three years they say little, so the number of years stands beside them.

    Parameters
    ----------
    rates : DataFrame
        Index ``org, fiscal_year, months``; a column for each measure, as `completion_rate` returns it.
    period : Period
        This year's path ends here; later months of the year are left aside.
    across : bool, default False
        Count years on the other side of a break too, where the page says so.

    Returns
    -------
    DataFrame
        Index ``org, measure, months`` (1 to 12); columns ``this_year, last_year, minimum,
        lower_quartile, median, upper_quartile, maximum`` (unit of ``rates``, Float64, missing where no
        year counts), ``years`` (earlier years that count) and ``across`` (earlier years on the other
        side of a break, whether they count or not), Int64. ``last_year`` is missing when it does not
        count.

    Raises
    ------
    DataError
        When there are no rates for the period.

    Examples
    --------
    >>> names = ["org", "fiscal_year", "months"]
    >>> index = pd.MultiIndex.from_product([["VN"], [2021, 2022, 2023], [9]], names=names)
    >>> rates = pd.DataFrame({"cases": [0.60, 0.64, 0.66]}, index=index, dtype="Float64")
    >>> envelope = path_envelope(rates, Period(2023, 9))
    >>> envelope.loc[("VN", "cases", 9), ["this_year", "median"]].tolist()
    [0.66, 0.62]
    """
    paths = _collect_paths(rates, period)
    keys = ["org", "measure", "months"]
    grid = pd.MultiIndex.from_product(
        [rates.index.get_level_values("org").unique(), rates.columns, _MONTHS], names=keys
    )
    now = paths[paths["fiscal_year"] == period.fiscal_year]
    earlier = paths[paths["fiscal_year"] < period.fiscal_year]
    counted = earlier if across else earlier[~earlier["across"]]
    values = counted.groupby(keys)["rate"]
    return pd.DataFrame(
        {
            "this_year": now.set_index(keys)["rate"].reindex(grid).astype("Float64"),
            "last_year": counted[counted["fiscal_year"] == period.fiscal_year - 1]
            .set_index(keys)["rate"]
            .reindex(grid)
            .astype("Float64"),
            **{name: values.quantile(q).reindex(grid).astype("Float64") for name, q in _STATISTICS.items()},
            "years": values.size().reindex(grid, fill_value=0).astype("Int64"),
            "across": earlier.groupby(keys)["across"].sum().reindex(grid, fill_value=0).astype("Int64"),
        }
    )


def pace(panel: pd.DataFrame, period: Period, across: bool = False) -> pd.DataFrame:
    """How far the completion rate is ahead of (+) or behind (-) the median path and last year's.

    Formula, with the base's rate at the same months:

    - ``points = rate - base_rate``;
    - ``completions = points x eligible``, rounded: what was completed beyond what the base's rate
      would have asked of today's eligible cases or money;
    - ``days``: the day of the year on which the base's path stood at today's rate, less today. The
      path is straight between month ends and starts from 0 on 1 October; of several such days the
      nearest in the direction of the sign of ``points`` counts.

    Parameters
    ----------
    panel : DataFrame
        Index ``org, fiscal_year, months``; columns ``measure, item``.
    period : Period
        The day of comparison.
    across : bool, default False
        As for `path_envelope`.

    Returns
    -------
    DataFrame
        Index ``org, measure, base`` with base ``median`` or ``last_year``; columns ``rate, base_rate,
        points`` (fractions, Float64), ``completions`` (cases or đồng, Int64), ``days`` (Int64). Days
        are missing where the base's path ends, by a gap or on 30 September, before reaching the rate.

    Raises
    ------
    DataError
        When the panel has no rates for the period.
    """
    envelope = path_envelope(completion_rate(panel), period, across)
    here = envelope.xs(period.months, level="months")
    rate = here["this_year"]
    at_period = (period.fiscal_year, period.months)
    eligible = by_measure(panel, "eligible").xs(at_period, level=("fiscal_year", "months"))
    eligible_now = eligible.stack().reindex(here.index)
    parts = {}
    for base in _BASES:
        gap = rate - here[base]
        paths = envelope[base].unstack("months").reindex(here.index).to_numpy(float, na_value=np.nan)
        rates = rate.to_numpy(float, na_value=np.nan)
        days = [_count_days(path, now, period) for path, now in zip(paths, rates, strict=True)]
        parts[base] = pd.DataFrame(
            {
                "rate": rate,
                "base_rate": here[base],
                "points": gap,
                "completions": (gap * eligible_now).round().astype("Int64"),
                "days": pd.array(days, dtype="Int64"),
            }
        )
    keys = [(*key, base) for key in here.index for base in _BASES]
    stacked = pd.concat(parts, names=["base"]).reorder_levels([1, 2, 0])
    return stacked.reindex(pd.MultiIndex.from_tuples(keys, names=["org", "measure", "base"]))


def path_rank(rates: pd.DataFrame, period: Period, across: bool = False) -> pd.DataFrame:
    """Where this year's rate stands among all years at the same months.

    Parameters
    ----------
    rates, period, across
        As for `path_envelope`.

    Returns
    -------
    DataFrame
        Index ``org, measure``; columns ``rate`` (unit of ``rates``), ``rank`` (1 is the highest;
        equal rates share the better rank), ``years`` (years that count, this one included) and
        ``across`` (earlier years on the other side of a break), Int64. ``rank`` is missing where this
        year's rate is.

    Raises
    ------
    DataError
        When there are no rates for the period.
    """
    paths = _collect_paths(rates, period)
    keys = ["org", "measure"]
    orgs = rates.index.get_level_values("org").unique()
    grid = pd.MultiIndex.from_product([orgs, rates.columns], names=keys)
    here = paths[paths["months"] == period.months]
    now = here[here["fiscal_year"] == period.fiscal_year].set_index(keys)["rate"].reindex(grid)
    counted = here if across else here[~here["across"]]
    counted = counted.assign(higher=counted["rate"] > now.reindex(counted.set_index(keys).index).to_numpy())
    by_path = counted.groupby(keys)
    return pd.DataFrame(
        {
            "rate": now.astype("Float64"),
            "rank": (by_path["higher"].sum().reindex(grid) + 1).where(now.notna()).astype("Int64"),
            "years": by_path.size().reindex(grid, fill_value=0).astype("Int64"),
            "across": here.groupby(keys)["across"].sum().reindex(grid, fill_value=0).astype("Int64"),
        }
    )


def _collect_paths(rates: pd.DataFrame, period: Period) -> pd.DataFrame:
    """One row a known rate up to the period: org, fiscal_year, months, measure, rate, across."""
    eras = breaks().index.astype("int64")
    months = calendar_index(rates).astype("int64").to_numpy()
    years = rates.index.get_level_values("fiscal_year").to_numpy()
    same_month_this_year = months + 12 * (period.fiscal_year - years)
    across = np.searchsorted(eras, months, side="right") != np.searchsorted(
        eras, same_month_this_year, side="right"
    )
    paths = (
        rates.astype("Float64")
        .assign(across=across)
        .reset_index()
        .melt(id_vars=[*rates.index.names, "across"], var_name="measure", value_name="rate")
        .dropna(subset="rate")
        .astype({"rate": "float64"})
    )
    later = (paths["fiscal_year"] == period.fiscal_year) & (paths["months"] > period.months)
    paths = paths[(paths["fiscal_year"] <= period.fiscal_year) & ~later]
    if not ((paths["fiscal_year"] == period.fiscal_year) & (paths["months"] == period.months)).any():
        message = f"No organisation has a rate for {period}; load its figures first, or choose another period"
        raise DataError(message)
    return paths


def _count_days(path: NDArray[np.float64], rate: float, period: Period) -> int | None:
    """Days from the period's end to the nearest day on which the path stood at the rate."""
    ends = [0] + [(Period(period.fiscal_year, m).end - period.start).days + 1 for m in _MONTHS]
    levels: list[float] = [0.0, *path.tolist()]
    at = period.months
    if np.isnan(rate) or np.isnan(levels[at]):
        return None
    step = 1 if rate >= levels[at] else -1
    while levels[at] != rate:
        after = at + step
        if not 0 <= after < len(levels) or np.isnan(levels[after]):
            return None
        if min(levels[at], levels[after]) <= rate <= max(levels[at], levels[after]):
            share = (rate - levels[at]) / (levels[after] - levels[at])
            return round(ends[at] + share * (ends[after] - ends[at])) - ends[period.months]
        at = after
    return ends[at] - ends[period.months]
