"""The change of a rate taken apart, with its operands: from published figures alone, or from the panel."""

from __future__ import annotations

__all__ = ["EFFECTS", "Split", "split_rate"]

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from itertools import product

import pandas as pd

from thads_analysis.check.interval import Interval, printed_interval
from thads_analysis.load import published_for
from thads_analysis.locale import rounded
from thads_analysis.org import NATION
from thads_analysis.period import Period
from thads_analysis.report.facts import Fact, Origin, combine
from thads_analysis.report.page import Page
from thads_analysis.trend import rate_change

EFFECTS = ("numerator_effect", "denominator_effect", "due_effect", "classification_effect")

Key = tuple[str, str]
"""``now`` or ``base``, and an item."""

_ITEMS = ("completed", "eligible", "due")
_NEEDED = [(side, item) for side in ("base", "now") for item in ("completed", "eligible")]
_DUE = [("base", "due"), ("now", "due")]


@dataclass(frozen=True)
class Split:
    """A rate's change between two periods, in parts.

    Parameters
    ----------
    measure : str
    now, base : Period
    rates : dict of str to float
        ``base_rate, rate``; fractions.
    effects : dict of str to Fact
        ``change`` and, of `EFFECTS`, those that are known.
    operands : dict of (str, str) to Fact
        By ``now`` or ``base`` and item: completed, eligible and, where it is known, due.
    through : dict of (str, str) to Fact
        The printed growth or rate from which an operand was worked out that was not itself printed.
    ranges : dict of str to (float, float)
        Lowest and highest value that each of ``change`` and the effects can have, the operands being
        rounded as they were printed. Empty when these are whole figures of the panel.
    """

    measure: str
    now: Period
    base: Period
    rates: dict[str, float]
    effects: dict[str, Fact]
    operands: dict[Key, Fact]
    through: dict[Key, Fact] = field(default_factory=dict)
    ranges: dict[str, tuple[float, float]] = field(default_factory=dict)

    @property
    def origin(self) -> Origin:
        """Where the operands come from, taken together."""
        return combine(*(fact.origin for fact in self.operands.values()))

    @property
    def published(self) -> bool:
        """Whether all operands were published or follow from what was."""
        return self.origin.provenance == "published"


def split_rate(page: Page, measure: str, now: Period, base: Period, prefix: str = "") -> Split | None:
    """Split the change of the page's rate between two periods, and state its operands and parts.

    For the nation published figures are taken when both periods have them, never mixed with those of
    the panel; otherwise, and for every other organisation, the panel's.

    Parameters
    ----------
    page : Page
    measure : {"cases", "money"}
    now, base : Period
    prefix : str
        Put before the identifiers of the parts, where a page states several splits.

    Returns
    -------
    Split or None
        None when one of the two rates is not known.
    """
    printed = _find_printed(page, measure, now, base) if page.org == NATION else {}
    operands = {key: figure.fact for key, figure in printed.items()} or _panel_operands(
        page, measure, now, base
    )
    operands = {key: fact for key, fact in operands.items() if fact.known}
    if any(key not in operands for key in _NEEDED) or not all(
        operands[side, "eligible"].value for side in ("base", "now")
    ):
        return None
    parts = _split([{key: fact.value for key, fact in operands.items()}]).iloc[0].to_dict()
    ranges = _find_ranges(printed) if printed else {}
    for fact in operands.values():
        page.state(fact)
    through = {key: page.state(figure.through) for key, figure in printed.items() if figure.through}
    origin = combine(*(fact.origin for fact in operands.values()))

    def state(name: str) -> Fact:
        bound = "about" if _prints_apart(ranges.get(name)) else "exact"
        identifier = prefix + ("effects_change" if name == "change" else name)
        return page.state(Fact(identifier, page.org, now, measure, parts[name], origin, bound, derived=True))

    effects = {name: state(name) for name in ("change", *EFFECTS) if pd.notna(parts[name])}
    rates = {name: float(parts[name]) for name in ("base_rate", "rate")}
    return Split(measure, now, base, rates, effects, operands, through, ranges)


def _panel_operands(page: Page, measure: str, now: Period, base: Period) -> dict[Key, Fact]:
    figures = page.figures()
    return {
        (side, item): figures.computed(item, measure, period)
        for side, period in (("base", base), ("now", now))
        for item in _ITEMS
    }


def _split(rows: Sequence[Mapping[Key, int]]) -> pd.DataFrame:
    """Effects of whole operands, a row for each set of them."""
    now, base = (
        pd.DataFrame(
            [{item: v for (of, item), v in row.items() if of == side} for row in rows], dtype="Int64"
        )
        for side in ("now", "base")
    )
    return rate_change(now, base).astype("Float64")


def _prints_apart(ends: tuple[float, float] | None) -> bool:
    """Whether the two ends of a range differ when printed in points with two decimals."""
    return ends is not None and rounded(100 * ends[0], 2) != rounded(100 * ends[1], 2)


# --- published figures ---------------------------------------------------------------------------


@dataclass(frozen=True)
class _Printed:
    """An operand as it was printed, or worked out; ``interval`` is what it can stand for.

    Where it was worked out from completed and a rate, ``interval`` is the rate's, since the two move
    together.
    """

    fact: Fact
    interval: Interval
    through: Fact | None = None
    over_rate: bool = False


def _find_printed(page: Page, measure: str, now: Period, base: Period) -> dict[Key, _Printed]:
    """Operands of both periods from published figures; empty unless completed and eligible are known.

    What was not printed follows from what was: a figure of the year before from this year's and its
    growth, eligible from completed and the rate. The rate also serves where it does not agree with
    figures of which one is only a bound, such as "trên 75 nghìn tỷ đồng".
    """
    periods = {"now": now, "base": base}
    of = {
        side: _read_bulletins(period, measure, page.origin(now).vintage, page.context.as_of)
        for side, period in periods.items()
    }
    found: dict[Key, _Printed] = {
        (side, item): of[side][item] for side in periods for item in _ITEMS if item in of[side]
    }
    if base == now.same_period_last_year:
        for item in _ITEMS:
            growth = of["now"].get(f"{item}_change_pct")
            if ("base", item) not in found and ("now", item) in found and growth:
                found["base", item] = _before_growth(found["now", item], growth)
    for side in periods:
        completed, eligible, rate = found.get((side, "completed")), found.get((side, "eligible")), None
        rate = of[side].get("completion_rate")
        if completed and rate and (eligible is None or _contradicts(completed, eligible, rate)):
            found[side, "eligible"] = _over_rate(completed, rate)
    if any(key not in found for key in _NEEDED):
        return {}
    keys = [*_NEEDED, *(_DUE if all(key in found for key in _DUE) else ())]
    return {key: found[key] for key in keys}


def _read_bulletins(period: Period, measure: str, vintage: str, known_by: date | None) -> dict[str, _Printed]:
    """What was published about the nation in one period, by item; of several vintages one."""
    frame = published_for(NATION, period, known_by=known_by)
    frame = frame[frame["measure"] == measure]
    results = frame.loc[frame["item"].isin(("completed", "eligible", "completion_rate")), "vintage"]
    held = [kind for kind in (vintage, "final", "provisional") if (results == kind).any()]
    chosen = frame[frame["vintage"].isin([*held[:1], "unspecified"])].drop_duplicates("item")
    read = {}
    for row in chosen.to_dict("records"):
        item, value = str(row["item"]), Fraction(str(row["value"]))
        shown = int(value) if row["unit"] in ("cases", "dong") else float(value / 100)
        origin = Origin("published", row["citation"], row["source_day"], row["vintage"])
        fact = Fact(item, NATION, period, measure, shown, origin, row["bound"], bool(row["derived"]))
        read[item] = _Printed(fact, printed_interval(value, row["unit"], row["bound"], row["as_printed"]))
    return read


def _before_growth(now: _Printed, growth: _Printed) -> _Printed:
    """The base of a printed growth: now / (1 + growth)."""
    factor = growth.interval.times(Fraction(1, 100)) + Interval.exact(1)
    value = round(now.fact.value / (1 + growth.fact.value))
    period = now.fact.period.same_period_last_year
    return _Printed(
        _work_out(now.fact.identifier, period, value, now.fact, growth.fact),
        now.interval.over(factor),
        growth.fact,
    )


def _over_rate(completed: _Printed, rate: _Printed) -> _Printed:
    """The denominator of a printed rate: completed / rate."""
    value = round(completed.fact.value / rate.fact.value)
    fact = _work_out("eligible", completed.fact.period, value, completed.fact, rate.fact)
    return _Printed(fact, rate.interval.times(Fraction(1, 100)), rate.fact, over_rate=True)


def _work_out(identifier: str, period: Period, value: int, *facts: Fact) -> Fact:
    origin = combine(*(fact.origin for fact in facts))
    return Fact(identifier, NATION, period, facts[0].measure, value, origin, "about", derived=True)


def _contradicts(completed: _Printed, eligible: _Printed, rate: _Printed) -> bool:
    """Whether bounds, taken as values, give another rate than the printed one."""
    if completed.fact.bound == eligible.fact.bound == "exact":
        return False
    implied = Fraction(completed.fact.value, eligible.fact.value)
    ends = rate.interval.times(Fraction(1, 100))
    return not ends.low <= implied <= ends.high


def _find_ranges(printed: Mapping[Key, _Printed]) -> dict[str, tuple[float, float]]:
    """Lowest and highest of each part over the ends of all operands: it runs one way along each."""
    ends = [dict.fromkeys((figure.interval.low, figure.interval.high)) for figure in printed.values()]
    rows = []
    for corner in product(*ends):
        row = dict(zip(printed, corner, strict=True))
        for key, figure in printed.items():
            if figure.over_rate:
                row[key] = row[key[0], "completed"] / row[key]
        rows.append({key: round(value) for key, value in row.items()})
    frame = _split(rows)[["change", *EFFECTS]].dropna(axis="columns")
    return {str(name): (float(column.min()), float(column.max())) for name, column in frame.items()}
