"""Forecasts made at past periods, held against what came."""

from __future__ import annotations

__all__ = ["SIMPLE", "backtest", "compare", "summarise", "years_to_forecast"]

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

import numpy as np
import pandas as pd

from thads_analysis.errors import DataError, UsageError
from thads_analysis.forecast.history import Array, History, build_history
from thads_analysis.forecast.outlook import methods as every_method
from thads_analysis.forecast.outlook import simulate
from thads_analysis.forecast.protocol import Simulation
from thads_analysis.forecast.score import bootstrap_difference, covered, crps, pinball, pit
from thads_analysis.metrics.target import target_rates
from thads_analysis.org import NATION
from thads_analysis.period import Period

_LEVELS = (0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975)
_WIDTHS = MappingProxyType({50: (2, 4), 80: (1, 5), 95: (0, 6)})
_BANDS = ("small", "middle", "large")
_MONTHS = range(3, 12)
_EARLIER_YEARS = 2

KEY = ["org", "measure", "fiscal_year", "months"]


def backtest(
    panel: pd.DataFrame,
    *,
    methods: Sequence[str] | None = None,
    first: int | None = None,
    last: int | None = None,
    months: Sequence[int] = _MONTHS,
    draws: int = 1000,
    seed: int = 2023,
    panel_at: Callable[[Period], pd.DataFrame] | None = None,
) -> pd.DataFrame:
    """Forecast every year's end from each of its months, knowing only what was known then.

    Parameters
    ----------
    panel : DataFrame
        Index ``org, fiscal_year, months``; columns ``measure, item``: what is known now, against which
        forecasts are held.
    methods : sequence of str, optional
        Names from `outlook.methods` or `SIMPLE`; all of both without it, the user's own included.
    first, last : int, optional
        Fiscal years to forecast: by default from the third year held to the last that is complete.
    months : sequence of int
        Months from which to forecast.
    draws, seed : int
        Paths of each forecast, and their seed.
    panel_at : callable, optional
        Gives the panel as it was known at a period, where vintages are kept; the rows of ``panel`` up to
        the period without it.

    Returns
    -------
    DataFrame
        One row a method, organisation (the nation included), measure, year and month. Columns: ``method``
        and the key; ``size`` (the province's third by eligible, empty for the nation); ``rate_now,
        last_year, target, actual``; ``median`` and its ``error`` (median - actual); ``crps``, ``pinball``
        (mean over seven levels); ``pit``; ``lower_``, ``upper_`` and ``in_`` of 50, 80 and 95;
        ``p_target, p_last_year``. Rates are fractions. A method of `SIMPLE` has no spread: its crps is the
        absolute error, the rest is missing. Rows without a result are left out, and so are months from which
        nothing can be forecast.

    Raises
    ------
    UsageError
        When a method is unknown.
    DataError
        When there is no year to forecast, or no month of one.

    Examples
    --------
    >>> import thads_analysis as thads
    >>> panel = thads.load_panel()
    >>> results = thads.backtest(panel, methods=["last_movement"], first=2023, months=[9])
    >>> sorted(results["months"].unique().tolist()), "error" in results
    ([9], True)
    """
    known = [*every_method(), *SIMPLE]
    names = list(methods) if methods is not None else known
    unknown = sorted(set(names) - set(known))
    if unknown:
        message = f"No forecasting method {', '.join(unknown)}; there are {', '.join(known)}"
        raise UsageError(message)
    tables: list[pd.DataFrame] = []
    refused: list[DataError] = []
    for year in years_to_forecast(panel, first, last):
        actual = _find_actual(panel, year)
        for month in months:
            period = Period(year, month)
            held = panel if panel_at is None else panel_at(period)
            try:
                history = build_history(held, period)
            except DataError as error:
                refused.append(error)
                continue
            bars = _describe_bars(history, panel)
            for name in names:
                if name not in SIMPLE:
                    drawn = simulate(held, period, method=name, draws=draws, seed=seed)
                    scores = _score_draws(drawn, actual, bars)
                else:
                    scores = _score_point(_tabulate(SIMPLE[name](history), history), actual)
                tables.append(bars.join(scores, how="inner").assign(method=name))
    if not tables:
        raise refused[0]
    table = pd.concat(tables).dropna(subset=["actual", "median"]).reset_index()
    return table[["method", *KEY, *(c for c in table if c not in {"method", *KEY})]]


def years_to_forecast(panel: pd.DataFrame, first: int | None, last: int | None) -> list[int]:
    """Name the years that a backtest forecasts: complete, with two complete ones before them.

    Raises
    ------
    DataError
        When there is none.
    """
    held = panel.index.get_level_values("fiscal_year")
    complete = held[panel.index.get_level_values("months") == 12].unique()
    years = sorted(int(year) for year in complete)
    wanted = [
        y for y in years[_EARLIER_YEARS:] if (first is None or y >= first) and (last is None or y <= last)
    ]
    if not wanted:
        message = (
            f"No year to forecast: complete years are {', '.join(map(str, years)) or 'none'}, and a year "
            f"needs {_EARLIER_YEARS} complete ones before it"
        )
        raise DataError(message)
    return wanted


def summarise(results: pd.DataFrame, by: Sequence[str] = ("measure", "months", "method")) -> pd.DataFrame:
    """Average the scores of a backtest.

    Parameters
    ----------
    results : DataFrame
        What `backtest` returned, or some of its rows (the nation's alone, one band's).
    by : sequence of str
        Columns to group by; they include ``method``.

    Returns
    -------
    DataFrame
        Index ``by``; columns ``error`` (mean absolute error of the rate, a fraction), ``relative``
        (that over the one of ``last_movement``, NaN without it), ``bias``, ``crps``, ``pinball``,
        ``in_50, in_80, in_95`` (part of results inside the interval), ``width_50, width_80, width_95``
        and ``forecasts`` (number).
    """
    naive = results[results["method"] == "last_movement"].set_index(KEY)["error"].abs()
    table = results.assign(
        absolute=results["error"].abs(),
        naive=naive.reindex(pd.MultiIndex.from_frame(results[KEY])).to_numpy(),
        **{f"width_{width}": results[f"upper_{width}"] - results[f"lower_{width}"] for width in _WIDTHS},
    )
    grouped = table.groupby(list(by))
    inside, widths = [f"in_{width}" for width in _WIDTHS], [f"width_{width}" for width in _WIDTHS]
    mean = grouped[["absolute", "naive", "error", "crps", "pinball", *inside, *widths]].mean()
    found = mean.rename(columns={"absolute": "error", "error": "bias", "naive": "relative"})
    return found.assign(relative=mean["absolute"] / mean["naive"], forecasts=grouped.size())


def compare(results: pd.DataFrame, method: str) -> pd.DataFrame:
    """Compare a method's mean absolute error with each other one's, provinces only.

    Parameters
    ----------
    results : DataFrame
        What `backtest` returned; rows of other methods may have been added.
    method : str
        The method in question.

    Returns
    -------
    DataFrame
        Index ``measure, months, other``; columns ``difference`` (relative, below 0 when ``method`` is
        better), ``low, high`` (95 % bootstrap interval over years) and ``years``.
    """
    provinces = results[results["org"] != NATION.key]
    errors = (
        provinces.assign(absolute=provinces["error"].abs())
        .pivot_table(index=["measure", "months", "fiscal_year"], columns="method", values="absolute")
        .groupby(level=["measure", "months"])
    )
    rows = []
    for (measure, month), block in errors:
        for other in block.columns.drop(method):
            both = block[[method, other]].dropna()
            found = bootstrap_difference(both[method], both[other])
            rows.append((measure, month, other, *found, len(both)))
    columns = ["measure", "months", "other", "difference", "low", "high", "years"]
    return pd.DataFrame(rows, columns=columns).set_index(columns[:3])


def _add_nation(counts: Array) -> Array:
    """Sum over provinces in front of them, as in simulations with the nation: ``measure x org``."""
    return np.concatenate([counts.sum(axis=1, keepdims=True), counts], axis=1)


def _tabulate(values: Array, history: History) -> pd.Series:
    """``measure x org`` with the nation first, as a column."""
    index = pd.MultiIndex.from_product([[NATION.key, *history.orgs], history.measures], names=KEY[:2])
    return pd.Series(values.T.ravel(), index=index)


def _find_rates(history: History, place: int, month: int) -> Array:
    completed, eligible = (
        _add_nation(c[:, :, place, month - 1]) for c in (history.completed, history.eligible)
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(eligible > 0, completed / eligible, np.nan))


def _find_actual(panel: pd.DataFrame, year: int) -> pd.Series:
    history = build_history(panel, Period(year, 12))
    return _tabulate(_find_rates(history, -1, 12), history)


def _describe_bars(history: History, panel: pd.DataFrame) -> pd.DataFrame:
    """What a forecast is held against, beside the result: rate now, last year's, target, size."""
    period = history.period
    before = history.years[-2] == period.fiscal_year - 1
    frame = pd.DataFrame(
        {
            "rate_now": _tabulate(_find_rates(history, -1, period.months), history),
            "last_year": _tabulate(_find_rates(history, -2, 12), history) if before else np.nan,
        }
    ).assign(fiscal_year=period.fiscal_year, months=period.months)
    keys = pd.MultiIndex.from_product(
        [[NATION.key, *history.orgs], [period.fiscal_year], [12]], names=panel.index.names
    )
    targets = target_rates(pd.DataFrame(index=keys)).droplevel(["fiscal_year", "months"]).stack()
    frame["target"] = targets.reindex(frame.index).astype("float64")
    eligible = history.eligible[:, :, -1, period.months - 1]
    rank = pd.DataFrame(eligible.T).rank(pct=True).to_numpy().T
    place = np.clip(np.ceil(np.nan_to_num(rank, nan=1.0) * len(_BANDS)) - 1, 0, len(_BANDS) - 1).astype(int)
    bands = np.array(_BANDS, dtype=object)[place]
    frame["size"] = _tabulate(np.concatenate([np.full((len(bands), 1), ""), bands], axis=1), history)
    return frame.set_index(["fiscal_year", "months"], append=True)[
        ["size", "rate_now", "last_year", "target"]
    ]


def _score_draws(drawn: Simulation, actual: pd.Series, bars: pd.DataFrame) -> pd.DataFrame:
    flat = drawn.rates()[..., -1].transpose(0, 2, 1).reshape(drawn.draws, -1)
    index = pd.MultiIndex.from_product([drawn.orgs, drawn.measures], names=KEY[:2])
    truth = actual.reindex(index).to_numpy(np.float64)
    quantiles = np.quantile(flat, _LEVELS, axis=0)
    columns = {
        "actual": truth,
        "median": quantiles[3],
        "error": quantiles[3] - truth,
        "crps": crps(flat, truth),
        "pinball": np.mean([pinball(q, truth, a) for q, a in zip(quantiles, _LEVELS, strict=True)], axis=0),
        "pit": pit(flat, truth),
    }
    for width, (low, high) in _WIDTHS.items():
        columns[f"lower_{width}"], columns[f"upper_{width}"] = quantiles[low], quantiles[high]
        inside = covered(quantiles[low], quantiles[high], truth)
        columns[f"in_{width}"] = np.where(np.isfinite(truth), inside, np.nan)
    here = bars.droplevel(["fiscal_year", "months"])
    for name in ("target", "last_year"):
        bar = here[name].reindex(index).to_numpy(np.float64)
        columns[f"p_{name}"] = np.where(np.isfinite(bar), (flat > bar).mean(axis=0), np.nan)
    return pd.DataFrame(columns, index=index)


def _score_point(rates: pd.Series, actual: pd.Series) -> pd.DataFrame:
    truth = actual.reindex(rates.index)
    miss = rates - truth
    return pd.DataFrame({"actual": truth, "median": rates, "error": miss, "crps": miss.abs()})


def _move_as_last_year(history: History) -> Array:
    """Rate now plus last year's movement in points."""
    month = history.period.months
    moved = _find_rates(history, -2, 12) - _find_rates(history, -2, month)
    return np.clip(_find_rates(history, -1, month) + moved, 0, 1)


def _move_as_mean(history: History) -> Array:
    """Rate now plus the mean movement of all past years in points."""
    month = history.period.months
    moved = [
        _find_rates(history, t, 12) - _find_rates(history, t, month) for t in range(len(history.years) - 1)
    ]
    known = np.isfinite(moved)
    mean = np.where(known, moved, 0.0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    return np.clip(_find_rates(history, -1, month) + np.where(known.any(axis=0), mean, np.nan), 0, 1)


SIMPLE: Mapping[str, Callable[[History], Array]] = MappingProxyType(
    {"last_movement": _move_as_last_year, "mean_movement": _move_as_mean}
)
"""What a user would otherwise pick; a rate without an interval, in points, the nation first."""
