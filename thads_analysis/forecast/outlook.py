"""The year's end as a leader asks for it: rate, interval, chance to pass the target, what it takes."""

from __future__ import annotations

__all__ = [
    "DEFAULT_METHOD",
    "METHODS",
    "Outlook",
    "TargetFor",
    "forecast",
    "look_ahead",
    "methods",
    "paths",
    "simulate",
]

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd

from thads_analysis import config
from thads_analysis.errors import DataError, UsageError
from thads_analysis.forecast.chain_ladder import ChainLadder
from thads_analysis.forecast.flows import Flows
from thads_analysis.forecast.gap import past_completions, required_completions, sum_members
from thads_analysis.forecast.history import Array, History, Start
from thads_analysis.forecast.pooled import Pooled
from thads_analysis.forecast.protocol import Method, Simulation
from thads_analysis.forecast.scales import SCALES
from thads_analysis.forecast.usual_path import UsualPath
from thads_analysis.glossary import MEASURES
from thads_analysis.metrics.target import Target, target_for
from thads_analysis.org import NATION, Org, groups
from thads_analysis.period import Period

METHODS: Mapping[str, Method] = MappingProxyType(
    {
        method.name: method
        for method in (UsualPath(), ChainLadder(), Flows(), Pooled(), Pooled("combined", SCALES))
    }
)
"""The project's own methods by name; `methods` gives those of the user's configuration too."""

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
    "last_year", "p_last_year", "required_completions", "required_per_month", "required_multiple",
    "usual_completions", "best_completions", "best_year", "reason",
)  # fmt: skip


@dataclass(frozen=True)
class Outlook:
    """One fit with its joint paths: what every table and every what-if of a period is read from.

    Parameters
    ----------
    history, start
        What was known, and where this year stands.
    members : mapping of str to sequence of str
        Provinces behind each organisation of the simulation: all of them behind ``VN``, a group's, itself.
    simulation : Simulation
        The nation, the named groups whose provinces are all held, then the provinces.
    """

    history: History
    start: Start
    members: Mapping[str, Sequence[str]] = field(repr=False)
    simulation: Simulation = field(repr=False)

    @property
    def provinces(self) -> Simulation:
        """The provinces' paths alone."""
        drawn, first = self.simulation, len(self.simulation.orgs) - len(self.history.orgs)
        return replace(
            drawn,
            orgs=self.history.orgs,
            completed=drawn.completed[:, :, first:],
            eligible=drawn.eligible[:, :, first:],
            imputed=tuple(org for org in drawn.imputed if org in set(self.history.orgs)),
        )

    def table(self, targets: TargetFor = target_for) -> pd.DataFrame:
        """Forecast of every organisation of the simulation, as `forecast` describes."""
        return _tabulate(self, targets)


@config.cached
def methods() -> Mapping[str, Method]:
    """Return every method by name: the project's own, then those of the user's configuration.

    Raises
    ------
    DataError
        When what ``[methods]`` in ``thads.toml`` names is no method (`protocol.Method`).

    Examples
    --------
    >>> list(methods())[:3]
    ['usual_path', 'chain_ladder', 'flows']
    """
    own, found = config.in_force(), dict(METHODS)
    for name, place in own.settings.methods.items():
        where = own.where("methods", name)
        method = own.load(place, "methods", name)
        method = method() if isinstance(method, type) else method
        if name in METHODS or getattr(method, "name", None) != name or not hasattr(method, "fit"):
            message = (
                f"{where}: {place} must be a class or an object with a method fit(panel, period) and the "
                f"name {name!r}, which none of the project's own has ({', '.join(METHODS)}); it has the name "
                f"{getattr(method, 'name', None)!r}"
            )
            raise DataError(message)
        found[name] = method
    return MappingProxyType(found)


def look_ahead(
    panel: pd.DataFrame, period: Period, *, method: str = DEFAULT_METHOD, draws: int = 2000, seed: int = 2023
) -> Outlook:
    """Fit a method once and draw the joint paths of all provinces, the named groups and the nation.

    Parameters
    ----------
    panel, period, method, draws, seed
        As in `simulate`, with what it raises.

    Examples
    --------
    >>> import thads_analysis as thads
    >>> panel = thads.load_panel()
    >>> outlook = thads.look_ahead(panel, thads.Period(2023, 9), method="usual_path", draws=50)
    >>> outlook.simulation.orgs[0], outlook.simulation.months
    ('VN', (10, 11, 12))
    """
    fitted = _find_method(method).fit(panel, period)
    history, drawn = fitted.history, fitted.simulate(draws, seed)
    held = set(history.orgs)
    members: dict[str, Sequence[str]] = {NATION.key: history.orgs}
    members |= {g.key: g.members for g in groups(period.org_regime) if set(g.members) <= held}
    members |= {org: [org] for org in history.orgs}
    return Outlook(history, history.start(), members, drawn.grouped(members))


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
        One of `methods`.
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
    drawn = _find_method(method).fit(panel, period).simulate(draws, seed)
    everyone: dict[str, Sequence[str]] = {NATION.key: drawn.orgs}
    return drawn.grouped(everyone | {org: [org] for org in drawn.orgs})


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
        Keys of the organisations wanted (``VN``, ``63:79``, a group's ``63:large-8``); the nation and all
        provinces without it. The forecast itself always rests on all provinces.
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
          these months usually brought (`gap.past_completions`)
        - ``usual_completions``: what the remaining months usually bring together; ``best_completions,
          best_year``: the most that they brought in a past year, and that year
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
    outlook = look_ahead(panel, period, method=method, draws=draws, seed=seed)
    wanted = _select_orgs(orgs, outlook)
    frame = outlook.table(targets)
    key = frame["org_code"].where(frame["org_regime"] == "", frame["org_regime"] + ":" + frame["org_code"])
    return frame[key.isin(wanted)].reset_index(drop=True)


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
    outlook = look_ahead(panel, period, method=method, draws=draws, seed=seed)
    wanted = _select_orgs(orgs, outlook)
    return outlook.simulation.grouped({org: [org] for org in wanted}).rate_quantiles(levels)


def _find_method(name: str) -> Method:
    known = methods()
    if name not in known:
        message = f"No forecasting method {name!r}; the methods are {', '.join(known)}"
        raise UsageError(message)
    return known[name]


def _select_orgs(wanted: Sequence[str] | None, outlook: Outlook) -> list[str]:
    if wanted is None:
        return [NATION.key, *outlook.history.orgs]
    held = outlook.simulation.orgs
    missing = sorted(set(wanted) - set(held))
    if missing:
        message = f"No figures of {', '.join(missing)} to forecast from. Name organisations by key: VN, 63:79"
        raise UsageError(message)
    return [org for org in held if org in set(wanted)]


def _tabulate(outlook: Outlook, targets: TargetFor) -> pd.DataFrame:
    history, simulation = outlook.history, outlook.simulation
    parts = [_describe_start(outlook), _summarise_ends(simulation), _describe_targets(simulation, targets)]
    frame = pd.concat(parts, axis=1)
    method = pd.Series(simulation.method, index=frame.index, dtype=object)
    frame["method"] = method.mask(frame.pop("refused"), None)
    frame.loc[frame["method"].isna(), _ENDS] = pd.NA
    rates = simulation.rates()[..., -1]
    for chance, bar in (("p_target", "target"), ("p_last_year", "last_year")):
        above = (rates > _to_array(frame[bar], simulation)).mean(axis=0)
        known = frame[bar].notna() & frame["method"].notna()
        frame[chance] = pd.Series(above.T.ravel(), index=frame.index, dtype="Float64").where(known)
    frame = pd.concat([frame, _describe_required(frame, outlook)], axis=1).reset_index()
    parsed = [Org.from_key(key) for key in frame["org"]]
    frame = frame.assign(
        org_regime=[org.regime for org in parsed],
        org_code=[org.code for org in parsed],
        fiscal_year=simulation.period.fiscal_year,
        months=simulation.period.months,
    )[list(_COLUMNS)]
    frame.attrs["years"] = {
        int(y): float(w) for y, w in zip(history.years, history.past_weights, strict=False)
    }
    frame.attrs["imputed"] = list(outlook.provinces.imputed)
    frame.attrs["absent"] = list(history.absent)
    return frame


def _index(orgs: Sequence[str]) -> pd.MultiIndex:
    return pd.MultiIndex.from_product([orgs, MEASURES], names=["org", "measure"])


def _to_array(column: pd.Series, simulation: Simulation) -> Array:
    """Column of a frame as ``measure x org``."""
    values = column.to_numpy(np.float64, na_value=np.nan)
    return np.asarray(values.reshape(len(simulation.orgs), -1).T)


def _describe_start(outlook: Outlook) -> pd.DataFrame:
    """Figures at the period, last year's rate, and why a row is refused or imputed."""
    history, start, members = outlook.history, outlook.start, outlook.members
    index = _index(list(members))
    unusable = np.asarray(~history.usable().any(axis=2))
    single = np.array([len(orgs) == 1 and orgs[0] == key for key, orgs in members.items()])
    columns = {}
    for name, counts in (("completed", start.completed), ("eligible", start.eligible)):
        # A sum takes an imputed start in; the province's own row shows none.
        own = sum_members(np.where(start.reported, counts, np.nan), history.orgs, members)
        held = sum_members(start.eligible, history.orgs, members) > 0
        whole = np.where(held, sum_members(counts, history.orgs, members), np.nan)
        columns[name] = np.where(single, own, whole).T.ravel()
    frame = pd.DataFrame(columns, index=index).astype("Int64")
    frame["rate_now"] = _divide(frame["completed"], frame["eligible"])
    frame["last_year"] = _last_rates(outlook)
    refused = (unusable | (start.eligible <= 0)).astype(float)
    # A sum is refused only where all its members are.
    count = np.array([len(orgs) for orgs in members.values()])
    frame["refused"] = (sum_members(refused, history.orgs, members) == count).T.ravel()
    short = f"no earlier year has both month {history.period.months} and month 12"
    places = {org: place for place, org in enumerate(history.orgs)}
    reasons = []
    for org, measure in index:
        if org not in places:
            reasons.append(_explain_sum(outlook, org, measure))
            continue
        parts = [short] if unusable[history.measures.index(measure), places[org]] else []
        parts += [start.reasons[org, measure]] if (org, measure) in start.reasons else []
        reasons.append("; ".join(parts))
    frame["reason"] = pd.Series(reasons, index=index, dtype=object)
    return frame


def _divide(above: pd.Series, below: pd.Series) -> pd.Series:
    return (above.astype("Float64") / below.astype("Float64").where(below > 0)).astype("Float64")


def _last_rates(outlook: Outlook) -> pd.Series:
    """Rates of the year before; that of a sum needs every member's."""
    history, index = outlook.history, _index(list(outlook.members))
    if len(history.years) < 2 or history.years[-2] != history.period.fiscal_year - 1:
        return pd.Series(pd.NA, index=index, dtype="Float64")
    sums = [
        pd.Series(sum_members(counts[:, :, -2, -1], history.orgs, outlook.members).T.ravel(), index=index)
        for counts in (history.completed, history.eligible)
    ]
    return _divide(*sums)


def _explain_sum(outlook: Outlook, org: str, measure: str) -> str:
    """Name the members whose start is imputed, and provinces that the nation lacks."""
    members = set(outlook.members[org])
    if all((key, measure) in outlook.start.reasons for key in members) and not any(
        outlook.start.eligible[outlook.history.measures.index(measure)]
    ):
        return f"nothing eligible in any of its provinces in {outlook.history.period}"
    late = sorted(
        key
        for (key, name), text in outlook.start.reasons.items()
        if name == measure and key in members and "imputed" in text
    )
    absent = outlook.history.absent if org == NATION.key else ()
    parts = [f"imputed: {', '.join(late)}"] if late else []
    parts += [f"not held: {', '.join(absent)}"] if absent else []
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


def _describe_required(frame: pd.DataFrame, outlook: Outlook) -> pd.DataFrame:
    """Completions still needed, a month, and against what the months usually bring and ever brought."""
    wanted = frame[["completed", "eligible_end", "target"]].astype(object)
    known = wanted.notna().all(axis=1) & frame["method"].notna()
    required = pd.Series(
        [
            required_completions(*row) if there else pd.NA
            for row, there in zip(wanted.itertuples(index=False), known, strict=True)
        ],
        index=frame.index,
        dtype="Int64",
    )
    left = outlook.history.period.remaining_months
    past = past_completions(outlook.history, outlook.members).groupby(level=["org", "measure"])
    rest = past[["usual"]].sum(min_count=1).join(past[["best_rest", "best_rest_year"]].first())
    rest = rest.reindex(frame.index)
    return pd.DataFrame(
        {
            "required_completions": required,
            "required_per_month": -(-required // left) if left else pd.NA,
            "required_multiple": _divide(required, rest["usual"]),
            "usual_completions": rest["usual"].round(),
            "best_completions": rest["best_rest"],
            "best_year": rest["best_rest_year"],
        },
        index=frame.index,
    ).astype(
        {
            "required_per_month": "Int64",
            "usual_completions": "Int64",
            "best_completions": "Int64",
            "best_year": "Int64",
        }
    )
