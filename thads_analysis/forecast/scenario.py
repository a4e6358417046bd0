"""What if: the same simulated paths with one thing changed, beside those left as they are."""

from __future__ import annotations

__all__ = ["LargeCase", "Scenario", "make_scenario", "standard_scenarios", "what_if"]

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

import numpy as np
import pandas as pd

from thads_analysis.errors import UsageError
from thads_analysis.forecast.outlook import Outlook, TargetFor
from thads_analysis.forecast.protocol import Counts, Simulation
from thads_analysis.glossary import MEASURES
from thads_analysis.metrics.target import Target, target_for
from thads_analysis.org import Org
from thads_analysis.period import Period

_MONEY = list(MEASURES).index("money")


@dataclass(frozen=True)
class LargeCase:
    """One case of money that is known by name: enforced in a month, or certainly not this year.

    The completions to come of its province shrink by the case's part of what is eligible and not completed
    now; when it is enforced, its whole amount is added from its month on.

    Parameters
    ----------
    org : str
        Key of the province.
    amount : int
        Đồng; taken to stand in its eligible money now and not yet among the completed.
    month : int
        Month of the statistical year in which it is completed: 11 is August. Of no account when not enforced.
    enforced : bool
    """

    org: str
    amount: int
    month: int
    enforced: bool = True


@dataclass(frozen=True)
class Scenario:
    """What is changed on every path, in the order of the fields; by default nothing.

    Parameters
    ----------
    no_reclassification : bool
        Eligible money of no province falls below what it is now.
    large_case : LargeCase, optional
    reach_target : tuple of str
        Keys of provinces that end just above their target on every path on which they would not.
    extra : mapping of str to mapping of str to int
        By measure, what each organisation (a province, a group, ``VN``) completes by the year's end beyond
        its path. A sum's is shared by what its members have eligible and not completed now.
    target_last_year : bool
        The bar is last year's result wherever that is higher than the target.
    """

    no_reclassification: bool = False
    large_case: LargeCase | None = None
    reach_target: tuple[str, ...] = ()
    extra: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    target_last_year: bool = False


def what_if(outlook: Outlook, scenario: Scenario, targets: TargetFor = target_for) -> pd.DataFrame:
    """Forecast the year's end as it would be under a scenario.

    Each path keeps its chance: only what the scenario names is changed, and rates, intervals and
    probabilities are worked out again. What is added reaches its full size at the year's end and grows evenly
    over the remaining months. Nothing is completed that is not eligible, and completed never falls.

    Parameters
    ----------
    outlook : Outlook
    scenario : Scenario
    targets : callable
        As in `forecast`.

    Returns
    -------
    DataFrame
        As `Outlook.table`.

    Raises
    ------
    UsageError
        When the scenario names an organisation that has no figures, a month that is over, or an amount that
        the province does not have eligible and not completed.
    """
    changed = replace(outlook, simulation=_change_paths(outlook, scenario, targets))
    return changed.table(_raise_targets(outlook, targets) if scenario.target_last_year else targets)


def make_scenario(
    period: Period,
    *,
    more_cases: Mapping[str, int] | None = None,
    more_money: Mapping[str, int] | None = None,
    large_case: Mapping[str, object] | None = None,
    reach_target: Sequence[str] = (),
    no_reclassification: bool = False,
    target_last_year: bool = False,
) -> Scenario:
    """Read a scenario as an analyst writes it: codes or names of provinces, groups, ``VN``.

    Parameters
    ----------
    period : Period
        Its list of provinces is meant.
    more_cases, more_money : mapping of str to int
        Cases, or đồng, completed beyond the forecast: ``{"79": 1000, "large-8": 500}``.
    large_case : mapping
        ``{"org": "79", "amount": 5_000_000_000_000, "month": 11}``; ``"enforced": False`` beside them when
        it will certainly not be enforced this year.
    reach_target : sequence of str
        Provinces or groups.
    no_reclassification, target_last_year : bool
        As in `Scenario`.

    Raises
    ------
    UsageError
        When an organisation does not exist, a number is not whole and above zero, or a key of the large case
        is missing or unknown.
    """
    extra = {}
    for measure, wanted in (("cases", more_cases or {}), ("money", more_money or {})):
        added: dict[str, int] = {}
        for name, number in wanted.items():
            org = Org.parse(name, period.org_regime)
            added[org.key] = added.get(org.key, 0) + _read_amount(number, f"more_{measure}[{name!r}]")
        if added:
            extra[measure] = added
    units = [Org.parse(name, period.org_regime) for name in reach_target]
    keys = [key for org in units for key in (org.members or (org.key,))]
    return Scenario(
        no_reclassification=no_reclassification,
        large_case=_read_case(large_case, period) if large_case else None,
        reach_target=tuple(dict.fromkeys(keys)),
        extra=extra,
        target_last_year=target_last_year,
    )


def standard_scenarios(outlook: Outlook) -> dict[str, Scenario]:
    """Scenarios that need no further figure, by name; see `Scenario`.

    Returns
    -------
    dict of str to Scenario
        ``large_8``: the eight large provinces (``data/reference/groups.yaml``) end above their target, where
        all of them are held; ``no_reclassification``; ``target_last_year``.
    """
    found = {}
    large = f"{outlook.history.period.org_regime}:large-8"
    if large in outlook.members:
        found["large_8"] = Scenario(reach_target=tuple(outlook.members[large]))
    found["no_reclassification"] = Scenario(no_reclassification=True)
    found["target_last_year"] = Scenario(target_last_year=True)
    return found


def _read_case(wanted: Mapping[str, object], period: Period) -> LargeCase:
    needed, known = {"org", "amount", "month"}, {"org", "amount", "month", "enforced"}
    if not needed <= set(wanted) <= known:
        found = ", ".join(map(repr, wanted))
        message = f"large_case has {found}; expected 'org', 'amount', 'month', and 'enforced' at will"
        raise UsageError(message)
    return LargeCase(
        Org.parse(str(wanted["org"]), period.org_regime).key,
        _read_amount(wanted["amount"], "large_case['amount']"),
        _read_amount(wanted["month"], "large_case['month']"),
        bool(wanted.get("enforced", True)),
    )


def _read_amount(value: object, name: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value <= 0:
        message = f"{name} is {value!r}; expected a whole number above zero"
        raise UsageError(message)
    return value


def _change_paths(outlook: Outlook, scenario: Scenario, targets: TargetFor) -> Simulation:
    """Apply a scenario to the provinces' paths and sum them again."""
    drawn = outlook.provinces
    places = {org: place for place, org in enumerate(drawn.orgs)}
    completed, eligible = drawn.completed.copy(), drawn.eligible.copy()
    left = len(drawn.months)
    ramp = np.arange(1, left + 1)
    if scenario.no_reclassification:
        now = outlook.start.eligible[_MONEY].astype(np.int64)
        eligible[:, _MONEY] = np.maximum(eligible[:, _MONEY], now[:, None])
    if scenario.large_case is not None:
        _place_case(outlook, scenario.large_case, completed, eligible)
    for org in scenario.reach_target:
        place = _find_place(places, org)
        for number, measure in enumerate(drawn.measures):
            target = targets(drawn.period, Org.from_key(org), measure)
            if target is not None:
                own = completed[:, number, place]
                wanted = _first_above(target.value, eligible[:, number, place, -1])
                own += np.maximum(wanted - own[:, -1], 0)[:, None] * ramp // left
    for measure, numbers in scenario.extra.items():
        row = drawn.measures.index(measure)
        for org, number in numbers.items():
            for place, part in _share(outlook, row, org, number).items():
                completed[:, row, place] += part * ramp // left
    completed = np.minimum(completed, eligible)
    completed = np.maximum.accumulate(np.maximum(completed, 0), axis=-1)
    changed = replace(drawn, completed=completed, eligible=np.maximum(eligible, completed))
    return changed.grouped(outlook.members)


def _place_case(outlook: Outlook, case: LargeCase, completed: Counts, eligible: Counts) -> None:
    """Take a case out of what the paths complete, and add it whole from its month on if it is enforced."""
    drawn = outlook.simulation
    place = _find_place({org: at for at, org in enumerate(outlook.history.orgs)}, case.org)
    open_now = int(outlook.start.eligible[_MONEY, place] - outlook.start.completed[_MONEY, place])
    if case.amount > open_now:
        message = (
            f"The large case of {case.org} is {case.amount} đồng, but only {open_now} are eligible and not "
            f"completed there at {drawn.period}; give the amount in đồng, within that"
        )
        raise UsageError(message)
    if case.enforced and case.month not in drawn.months:
        message = (
            f"The large case is placed in month {case.month}; months of the statistical year still to come "
            f"after {drawn.period}: {', '.join(map(str, drawn.months))} (11 is August)"
        )
        raise UsageError(message)
    floor = int(outlook.start.completed[_MONEY, place])
    own = completed[:, _MONEY, place]
    # What else is completed comes from what else is open.
    own[:] = floor + np.rint((own - floor) * (1 - case.amount / open_now)).astype(np.int64)
    if case.enforced:
        own[:, drawn.months.index(case.month) :] += case.amount
    else:
        eligible[:, _MONEY, place] = np.maximum(eligible[:, _MONEY, place], own + case.amount)


def _share(outlook: Outlook, row: int, org: str, number: int) -> dict[int, int]:
    """Share completions among the members of an organisation, by what each has open; whole, exact in sum."""
    if org not in outlook.members:
        raise UsageError(_unheld(org))
    places = [outlook.history.orgs.index(member) for member in outlook.members[org]]
    start = outlook.start
    open_now = np.maximum(start.eligible[row, places] - start.completed[row, places], 0)
    if number > open_now.sum():
        message = (
            f"{number} more {outlook.simulation.measures[row]} of {org}, but only {int(open_now.sum())} are "
            "eligible and not completed there now"
        )
        raise UsageError(message)
    ends = [int(Fraction(int(part)) * number / int(open_now.sum())) for part in np.cumsum(open_now)]
    return dict(zip(places, np.diff([0, *ends]).tolist(), strict=True))


def _first_above(target: float, eligible: Counts) -> Counts:
    """Least number strictly above the target, exact at its printed digits: floor(target x eligible) + 1."""
    exact = Fraction(repr(target))
    whole, rest = np.divmod(eligible, exact.denominator)
    return np.asarray(whole * exact.numerator + rest * exact.numerator // exact.denominator + 1)


def _raise_targets(outlook: Outlook, targets: TargetFor) -> TargetFor:
    """Targets of which none is below last year's result."""
    table = outlook.table(targets)
    keys = zip(table["org_regime"], table["org_code"], table["measure"], strict=True)
    last = dict(zip(keys, table["last_year"], strict=True))

    def find(period: Period, org: Org, measure: str) -> Target | None:
        target, result = targets(period, org, measure), last.get((org.regime, org.code, measure), pd.NA)
        if period.fiscal_year != outlook.history.period.fiscal_year or pd.isna(result):
            return target
        if target is not None and target.value >= result:
            return target
        year = period.fiscal_year - 1
        return Target(period.fiscal_year, org, measure, float(result), True, f"{year}-M12", "", "", "high")

    return find


def _find_place(places: Mapping[str, int], org: str) -> int:
    if org not in places:
        raise UsageError(_unheld(org))
    return places[org]


def _unheld(org: str) -> str:
    return f"No figures of {org} to build a scenario on; name a province or a group that the panel holds"
