"""Whether a unit changes: its months against its own usual pattern, as process charts of all units."""

from __future__ import annotations

__all__ = ["SERIES", "process_charts", "process_points", "usual_levels"]

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from thads_analysis import reference
from thads_analysis.glossary import MEASURES
from thads_analysis.metrics.xmr import RULES, Chart, xmr
from thads_analysis.period import Period
from thads_analysis.trend.calendar import breaks, calendar_index, tet_share

Array = NDArray[np.float64]

SERIES = ("completed", "monthly_rate")
"""What is charted: completions of the month, and these as a share of what was open for them."""

_NAMES = ("org", "measure", "series")
_TIMES = ("fiscal_year", "months")
_MONTHS = 12
_EARLIER_YEARS = 2
_ROUNDS = 12


def usual_levels(panel: pd.DataFrame, period: Period) -> pd.DataFrame:
    """Each month's completions and monthly rate, the season taken out: in logs of the unit's own level.

    Two series a measure:

    - ``completed``: what was completed in the month, ``completed(N) - completed(N-1)``;
    - ``monthly_rate``: the same over what could have been completed in it,
      ``eligible(N) - completed(N-1)``; what is eligible at the month's end and was not completed before.

    The usual pattern of a unit is the effect of each month in ``log v(year, month) = year + month + b x
    tet``, fitted by least squares to the years before, so that no month is judged by itself: ``level = log
    v - month - b x tet``. ``tet`` is the month's share of the holiday (`flows.tet_share`), which moves
    between January and February; its effect b is common to all units, one for each series. Effects of
    months sum to nothing over the twelve. A month needs two earlier years in which it has a value. Months
    of a break in definition belong to neither side and are missing; months of a named shock (a lockdown)
    have a level and do not enter the pattern.

    Parameters
    ----------
    panel : DataFrame
        Index ``org, fiscal_year, months``; columns ``measure, item``; cumulative. Later rows are left aside.
    period : Period
        The last month of the result.

    Returns
    -------
    DataFrame
        Index ``fiscal_year, months``, every month from the first of the panel; columns ``org, measure,
        series``; natural logs, missing where a month or its usual pattern is not known, or where it brought
        nothing. A difference of 0.1 is about 10 %.

    Raises
    ------
    DataError
        When ``tet.csv`` lacks the date of a year.
    """
    values = _monthly_values(panel, period)
    years = values.index.get_level_values("fiscal_year").unique()
    cube = values.to_numpy().reshape(len(years), _MONTHS, -1)
    month = calendar_index(values)
    learned = cube.copy()
    learned.reshape(len(values), -1)[np.asarray(_is_shock(month))] = np.nan
    share = tet_share(Period(int(years[0]), 1), Period(int(years[-1]), _MONTHS))
    tet: Array = np.asarray(share, dtype=np.float64).reshape(len(years), _MONTHS)
    kinds = [values.columns.get_level_values(name) for name in ("measure", "series")]
    levels = np.full_like(cube, np.nan)
    for place in range(_EARLIER_YEARS, len(years)):
        moved = _holiday_effects(learned[:place], tet[:place], kinds)
        pattern = _month_effects(learned[:place] - tet[:place, :, None] * moved)
        levels[place] = cube[place] - tet[place, :, None] * moved - pattern
    frame = pd.DataFrame(levels.reshape(len(values), -1), index=values.index, columns=values.columns)
    return frame.loc[: (period.fiscal_year, period.months)]


def process_charts(panel: pd.DataFrame, period: Period) -> Chart:
    """Draw up the process charts of every unit of a panel (`xmr.xmr`) on their levels (`usual_levels`).

    Limits are recalculated at named breaks alone: circulars and the merger of ``events.csv``. Months of a
    named shock are shown, and enter neither limits nor signals.

    Returns
    -------
    Chart
        Times ``fiscal_year, months``; series ``org, measure, series``.
    """
    levels = usual_levels(panel, period)
    months = calendar_index(levels)
    merger = pd.PeriodIndex(
        [row["first_day"] for row in reference.events() if row["kind"] == "merger"], freq="M"
    )
    cuts = breaks().index.append(merger)
    phase = pd.Series(np.sum([months >= cut for cut in cuts], axis=0), index=levels.index)
    return xmr(levels, phase=phase, known_cause=pd.Series(_is_shock(months), index=levels.index))


def process_points(chart: Chart) -> pd.DataFrame:
    """Lay a chart out as a table, one row a point, relative to the last centre there is.

    Returns
    -------
    DataFrame
        Index ``org, measure, series, fiscal_year, months``, the points there are; columns ``ratio, centre,
        lower, upper`` (exp of the levels less the last centre, that of the last phase with enough points:
        1 is the unit's own mean there, 1.1 is a tenth above; limits are missing in a phase without),
        ``judged`` (false for a point without limits or with a known cause), ``signal`` (1 upwards, -1
        downwards, 0 none) and ``rule``, the first of `xmr.RULES` that holds, else ``""``.
    """
    base = chart.centre.ffill().iloc[-1].fillna(chart.points.mean()).to_numpy()
    values = {
        name: np.exp(frame.to_numpy() - base).T.ravel()
        for name, frame in {
            "ratio": chart.points,
            "centre": chart.centre,
            "lower": chart.lower,
            "upper": chart.upper,
        }.items()
    }
    flags = np.array([chart.signals[name].to_numpy().T.ravel() for name in RULES])
    first = (flags != 0).argmax(axis=0)
    signal = np.take_along_axis(flags, first[None], axis=0)[0]
    names, times = chart.points.columns, chart.points.index
    levels = {name: np.repeat(names.get_level_values(name), len(times)) for name in _NAMES}
    levels |= {name: np.tile(times.get_level_values(name), len(names)) for name in _TIMES}
    frame = pd.DataFrame(
        {
            **values,
            "judged": chart.judged.to_numpy().T.ravel(),
            "signal": signal,
            "rule": np.where(signal != 0, np.array(RULES)[first], ""),
        },
        index=pd.MultiIndex.from_arrays(list(levels.values()), names=list(levels)),
    )
    return frame[frame["ratio"].notna()]


def _monthly_values(panel: pd.DataFrame, period: Period) -> pd.DataFrame:
    """Logs of the series, one row for each month of every year of the panel."""
    years = panel.index.get_level_values("fiscal_year")
    grid = pd.MultiIndex.from_product(
        [range(int(years.min()), period.fiscal_year + 1), range(1, _MONTHS + 1)],
        names=["fiscal_year", "months"],
    )
    columns = {}
    for measure in MEASURES:
        wide = {
            item: panel[measure, item].astype("Float64").astype("float64").unstack("org").reindex(grid)
            for item in ("completed", "eligible")
        }
        before = wide["completed"].groupby(level="fiscal_year").shift(1)
        before.loc[(slice(None), 1), :] = 0.0
        done, open_ = wide["completed"] - before, wide["eligible"] - before
        columns[measure, "completed"] = _log(done)
        columns[measure, "monthly_rate"] = _log(done) - _log(open_)
    frame = pd.concat(columns, axis=1, names=["measure", "series"])
    frame = frame.reorder_levels(["org", "measure", "series"], axis=1).sort_index(axis=1)
    months = calendar_index(frame)
    later = np.asarray(months > pd.Period(period.end, freq="M"))
    frame.loc[later | np.asarray(months.isin(breaks().index))] = np.nan
    return frame


def _log(frame: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(np.log(frame.where(frame > 0)))


def _month_effects(cube: Array) -> Array:
    """Effects of the months in ``log v = year + month``: year x month x series to month x series."""
    month, _ = _fit_months(cube)
    month -= month.mean(axis=0)
    return np.where(np.isfinite(cube).sum(axis=0) >= _EARLIER_YEARS, month, np.nan)


def _holiday_effects(cube: Array, tet: Array, kinds: list[pd.Index[Any]]) -> Array:
    """Effect of the whole holiday on each series, in logs: one for all units of a kind."""
    known = np.isfinite(cube)
    _, left = _fit_months(cube)
    _, moved = _fit_months(np.where(known, tet[:, :, None], np.nan))
    both = pd.DataFrame({"cross": (left * moved).sum(axis=(0, 1)), "square": (moved**2).sum(axis=(0, 1))})
    sums = both.groupby([kind.to_numpy() for kind in kinds]).transform("sum")
    # A holiday that has always fallen into the same month cannot be told from the month.
    told = sums["square"].to_numpy() > 1e-9
    return np.asarray(
        np.divide(sums["cross"].to_numpy(), sums["square"].to_numpy(), where=told, out=np.zeros(len(sums)))
    )


def _fit_months(cube: Array) -> tuple[Array, Array]:
    """Effects of months in ``year + month``, by alternating means, and what is left, 0 where missing."""
    known = np.isfinite(cube)
    values = np.where(known, cube, 0.0)
    by_year, by_month = known.sum(axis=1), known.sum(axis=0)
    month, year = np.zeros(cube.shape[1:]), np.zeros((cube.shape[0], cube.shape[2]))
    for _ in range(_ROUNDS):
        left = np.where(known, values - month, 0.0).sum(axis=1)
        year = np.divide(left, by_year, where=by_year > 0, out=np.zeros_like(left))
        left = np.where(known, values - year[:, None], 0.0).sum(axis=0)
        month = np.divide(left, by_month, where=by_month > 0, out=np.zeros_like(left))
    return month, np.where(known, values - year[:, None] - month, 0.0)


def _is_shock(months: pd.PeriodIndex) -> NDArray[np.bool_]:
    found = np.zeros(len(months), bool)
    for row in reference.events():
        if row["kind"] == "shock":
            first, last = (pd.Period(row[day], freq="M") for day in ("first_day", "last_day"))
            found |= np.asarray((months >= first) & (months <= last))
    return found
