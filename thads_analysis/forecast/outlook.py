"""The year's end as a leader asks for it: rate, interval, chance to pass the target, what it takes."""

from __future__ import annotations

__all__ = ["DEFAULT_METHOD", "METHODS", "forecast", "paths", "simulate"]

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd

from thads_analysis.errors import UsageError
from thads_analysis.forecast.chain_ladder import ChainLadder
from thads_analysis.forecast.flows import Flows
from thads_analysis.forecast.gap import required_completions, usual_completions
from thads_analysis.forecast.history import Array, History, Start
from thads_analysis.forecast.pooled import Pooled
from thads_analysis.forecast.protocol import Method, Simulation
from thads_analysis.forecast.scales import SCALES
from thads_analysis.forecast.usual_path import UsualPath
from thads_analysis.glossary import MEASURES
from thads_analysis.metrics.target import Target, target_for
from thads_analysis.org import NATION, Org
from thads_analysis.period import Period

METHODS: Mapping[str, Method] = MappingProxyType(
    {
        method.name: method
        for method in (UsualPath(), ChainLadder(), Flows(), Pooled(), Pooled("combined", SCALES))
    }
)
"""The methods by name."""

DEFAULT_METHOD = "combined"

_EARLIEST_TARGET = 2015

TargetFor = Callable[[Period, Org, str], Target | None]

_ENDS = [
    "rate_median", "rate_mean", "lower_50", "upper_50", "lower_80", "upper_80", "lower_95", "upper_95",
    "completed_end", "eligible_end",
]  # fmt: skip

_COLUMNS = (
    "org_regime", "org_code", "fiscal_year", "months", "measure", "method",
    "completed", "eligible", "rate_now",
    *_ENDS,
    "target", "target_source", "target_is_national", "last_target", "last_target_year", "p_target",
    "last_year", "p_last_year", "required_completions", "required_per_month", "required_multiple", "reason",
)  # fmt: skip


def simulate(
    panel: pd.DataFrame, period: Period, *, method: str = DEFAULT_METHOD, draws: int = 2000, seed: int = 2023
) -> Simulation:
    """Draw joint paths of all provinces and, as the sum of each, of the nation.

    Parameters
    ----------
    panel : DataFrame
        Index ``org, fiscal_year, months``; columns ``measure, item``. Rows after the period are not used.
    period : Period
        The last period known.
    method : str
        One of `METHODS`.
    draws, seed : int
        Number of paths, and the seed that makes them repeatable.

    Returns
    -------
    Simulation
        The provinces by key, then ``VN``.

    Raises
    ------
    UsageError
        When there is no such method.
    DataError
        When the panel has no figures for the period or no complete earlier year.
    """
    fitted = _find_method(method).fit(panel, period)
    return _with_nation(fitted.simulate(draws, seed))


def forecast(
    panel: pd.DataFrame,
    period: Period,
    *,
    method: str = DEFAULT_METHOD,
    draws: int = 2000,
    seed: int = 2023,
    orgs: Sequence[str] | None = None,
    targets: TargetFor = target_for,
) -> pd.DataFrame:
    """Forecast the completion rate at the year's end, for the nation and every province.

    Parameters
    ----------
    panel, period, method, draws, seed
        As in `simulate`.
    orgs : sequence of str, optional
        Keys of the organisations wanted (``VN``, ``63:79``); all without it. The forecast itself always
        rests on all provinces.
    targets : callable
        Gives the target of (period, organisation, measure) or None; the project's own by default.

    Returns
    -------
    DataFrame
        One row an organisation and measure, the nation first. Rates are fractions.

        - ``org_regime, org_code, fiscal_year, months, measure, method``; method is None for a row that
          was refused
        - ``completed, eligible, rate_now``: at the period
        - ``rate_median, rate_mean, lower_50, upper_50, lower_80, upper_80, lower_95, upper_95``: at the
          year's end
        - ``completed_end, eligible_end``: medians at the year's end
        - ``target, target_source, target_is_national``; without a target for the year these are empty,
          and ``last_target, last_target_year`` say what was last known
        - ``p_target``: chance to end strictly above the target; ``last_year, p_last_year``: last year's
          rate and the chance to end above it
        - ``required_completions``: still needed to end above the target if eligible ends at its median;
          ``required_per_month``: the same over the remaining months; ``required_multiple``: over what
          these months usually brought (`gap.usual_completions`)
        - ``reason``: why a row was refused or its start imputed, else empty

        ``attrs``: ``years`` (weight of each past year), ``imputed`` (keys of organisations whose figures
        for the period are imputed), ``absent`` (provinces of which nothing is known).

    Raises
    ------
    UsageError
        When there is no such method, or an organisation that the panel does not hold.
    DataError
        When the panel has no figures for the period or no complete earlier year.
    """
    fitted = _find_method(method).fit(panel, period)
    history, start = fitted.history, fitted.history.start()
    simulation = _with_nation(fitted.simulate(draws, seed))
    wanted = _select_orgs(orgs, simulation.orgs)
    frame = pd.concat(
        [
            _describe_start(history, start),
            _summarise_ends(simulation),
            _describe_targets(simulation, targets),
        ],
        axis=1,
    )
    frame["method"] = pd.Series(method, index=frame.index, dtype=object).mask(frame.pop("refused"), None)
    frame.loc[frame["method"].isna(), _ENDS] = pd.NA
    rates = simulation.rates()[..., -1]
    for chance, bar in (("p_target", "target"), ("p_last_year", "last_year")):
        above = (rates > _to_array(frame[bar], simulation)).mean(axis=0)
        known = frame[bar].notna() & frame["method"].notna()
        frame[chance] = pd.Series(above.T.ravel(), index=frame.index, dtype="Float64").where(known)
    frame = pd.concat([frame, _describe_required(frame, history)], axis=1).loc[wanted].reset_index()
    parsed = [Org.from_key(key) for key in frame["org"]]
    frame = frame.assign(
        org_regime=[org.regime for org in parsed],
        org_code=[org.code for org in parsed],
        fiscal_year=period.fiscal_year,
        months=period.months,
    )[list(_COLUMNS)]
    frame.attrs["years"] = {
        int(y): float(w) for y, w in zip(history.years, history.past_weights, strict=False)
    }
    frame.attrs["imputed"] = [org for org in simulation.imputed if org != NATION.key]
    frame.attrs["absent"] = list(history.absent)
    return frame


def paths(
    panel: pd.DataFrame,
    period: Period,
    *,
    method: str = DEFAULT_METHOD,
    draws: int = 2000,
    seed: int = 2023,
    orgs: Sequence[str] | None = None,
    levels: Sequence[float] = (0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975),
) -> pd.DataFrame:
    """Quantiles of the completion rate in each remaining month, for a fan chart.

    Parameters
    ----------
    panel, period, method, draws, seed, orgs
        As in `forecast`; the same seed gives the same paths as there.
    levels : sequence of float
        Levels of the quantiles.

    Returns
    -------
    DataFrame
        Index ``org, measure, months``; one column a level; fractions.
    """
    simulation = simulate(panel, period, method=method, draws=draws, seed=seed)
    wanted = _select_orgs(orgs, simulation.orgs)
    return simulation.grouped({org: [org] for org in wanted}).rate_quantiles(levels)


def _find_method(name: str) -> Method:
    if name not in METHODS:
        message = f"No forecasting method {name!r}; the methods are {', '.join(METHODS)}"
        raise UsageError(message)
    return METHODS[name]


def _with_nation(simulation: Simulation) -> Simulation:
    groups: dict[str, Sequence[str]] = {NATION.key: simulation.orgs}
    return simulation.grouped(groups | {org: [org] for org in simulation.orgs})


def _select_orgs(wanted: Sequence[str] | None, held: Sequence[str]) -> list[str]:
    if wanted is None:
        return list(held)
    missing = sorted(set(wanted) - set(held))
    if missing:
        message = f"No figures of {', '.join(missing)} to forecast from. Name organisations by key: VN, 63:79"
        raise UsageError(message)
    return [org for org in held if org in set(wanted)]


def _index(orgs: Sequence[str]) -> pd.MultiIndex:
    return pd.MultiIndex.from_product([orgs, MEASURES], names=["org", "measure"])


def _to_array(column: pd.Series, simulation: Simulation) -> Array:
    """Column of a frame as ``measure x org``."""
    values = column.to_numpy(np.float64, na_value=np.nan)
    return np.asarray(values.reshape(len(simulation.orgs), -1).T)


def _describe_start(history: History, start: Start) -> pd.DataFrame:
    """Figures at the period, last year's rate, and why a row is refused or imputed."""
    index = _index([NATION.key, *history.orgs])
    unusable = np.asarray(~history.usable().any(axis=2))
    refused = unusable | (start.eligible <= 0)
    columns = {}
    for name, counts in (("completed", start.completed), ("eligible", start.eligible)):
        own = np.where(start.reported, counts, np.nan)
        columns[name] = np.concatenate([counts.sum(axis=1, keepdims=True), own], axis=1).T.ravel()
    frame = pd.DataFrame(columns, index=index).astype("Int64")
    frame["rate_now"] = _divide(frame["completed"], frame["eligible"])
    frame["last_year"] = _last_rates(history)
    frame["refused"] = np.concatenate([np.zeros((len(refused), 1), bool), refused], axis=1).T.ravel()
    reasons = [_explain_nation(history, start, measure) for measure in history.measures]
    short = f"no earlier year has both month {history.period.months} and month 12"
    for o, org in enumerate(history.orgs):
        for m, measure in enumerate(history.measures):
            parts = [short] if unusable[m, o] else []
            parts += [start.reasons[org, measure]] if (org, measure) in start.reasons else []
            reasons.append("; ".join(parts))
    frame["reason"] = pd.Series(reasons, index=index, dtype=object)
    return frame


def _divide(above: pd.Series, below: pd.Series) -> pd.Series:
    return (above.astype("Float64") / below.astype("Float64").where(below > 0)).astype("Float64")


def _last_rates(history: History) -> pd.Series:
    """Rates of the year before; the nation's needs every province held."""
    index = _index([NATION.key, *history.orgs])
    if len(history.years) < 2 or history.years[-2] != history.period.fiscal_year - 1:
        return pd.Series(pd.NA, index=index, dtype="Float64")
    sums = []
    for counts in (history.completed[:, :, -2, -1], history.eligible[:, :, -2, -1]):
        both = np.concatenate([counts.sum(axis=1, keepdims=True), counts], axis=1)
        sums.append(pd.Series(both.T.ravel(), index=index).astype("Float64"))
    return _divide(*sums)


def _explain_nation(history: History, start: Start, measure: str) -> str:
    late = sorted(org for (org, name), text in start.reasons.items() if name == measure and "imputed" in text)
    parts = [f"imputed: {', '.join(late)}"] if late else []
    parts += [f"not held: {', '.join(history.absent)}"] if history.absent else []
    return "; ".join(parts)


def _summarise_ends(simulation: Simulation) -> pd.DataFrame:
    """Medians, means and intervals at the year's end."""
    rates = simulation.rates()[..., -1]
    names, levels = ["rate_median"], [0.5]
    for width in (50, 80, 95):
        names += [f"lower_{width}", f"upper_{width}"]
        levels += [0.5 - width / 200, 0.5 + width / 200]
    found = dict(zip(names, np.quantile(rates, levels, axis=0), strict=True)) | {
        "rate_mean": rates.mean(axis=0)
    }
    columns = {name: values.T.ravel() for name, values in found.items()}
    frame = pd.DataFrame(columns, index=_index(simulation.orgs)).astype("Float64")
    for name, counts in (("completed_end", simulation.completed), ("eligible_end", simulation.eligible)):
        frame[name] = np.rint(np.median(counts[..., -1], axis=0)).T.ravel()
    return frame.astype({"completed_end": "Int64", "eligible_end": "Int64"})


def _describe_targets(simulation: Simulation, targets: TargetFor) -> pd.DataFrame:
    """The year's target of each row; where there is none, the last one known, as such."""
    rows = []
    for key, measure in _index(simulation.orgs):
        org = Org.from_key(key)
        target = targets(simulation.period, org, measure)
        row: dict[str, Any] = {}
        if target is not None:
            national = target.is_national_fallback or org == NATION
            row = {"target": target.value, "target_source": target.source, "target_is_national": national}
        else:
            for year in range(simulation.period.fiscal_year - 1, _EARLIEST_TARGET - 1, -1):
                last = targets(Period(year, 12), org, measure)
                if last is not None:
                    row = {"last_target": last.value, "last_target_year": year}
                    break
        rows.append(row)
    types = {
        "target": "Float64",
        "target_source": "object",
        "target_is_national": "boolean",
        "last_target": "Float64",
        "last_target_year": "Int64",
    }
    return pd.DataFrame(rows, index=_index(simulation.orgs), columns=list(types)).astype(types)


def _describe_required(frame: pd.DataFrame, history: History) -> pd.DataFrame:
    """Completions still needed, a month, and against what the months usually bring."""
    known = frame[["completed", "eligible_end", "target"]].notna().all(axis=1) & frame["method"].notna()
    required = pd.Series(pd.NA, index=frame.index, dtype="Int64")
    for place in frame.index[known]:
        row = frame.loc[place]
        required[place] = required_completions(int(row["completed"]), int(row["eligible_end"]), row["target"])
    left = history.period.remaining_months
    usual = usual_completions(history).sum(axis=1, min_count=1).reindex(frame.index)
    return pd.DataFrame(
        {
            "required_completions": required,
            "required_per_month": -(-required // left) if left else pd.NA,
            "required_multiple": _divide(required, usual),
        },
        index=frame.index,
    ).astype({"required_per_month": "Int64"})
