"""From an attached quantity to an observation: item, value, unit, bound; arithmetic where words leave two."""

from __future__ import annotations

__all__ = ["Reading", "interpret"]

from dataclasses import dataclass
from decimal import Decimal

from thads_analysis.glossary import ITEMS
from thads_analysis.load.bulletin.clauses import (
    ADMINISTRATIVE,
    ADMINISTRATIVE_ITEMS,
    BASE_ITEMS,
    Draft,
    Head,
    Scope,
)

# Smaller than any province's stock or yearly result in money, larger than any nation's count of cases:
# what lies beyond has been read with the wrong mark or the wrong base.
_SMALLEST_AMOUNT = Decimal(5 * 10**9)
_LARGEST_COUNT = {"cases": Decimal(1_500_000), "money": Decimal(10**18)}
_OF_FORMS = frozenset(ITEMS)
_OF_ADMINISTRATIVE = ADMINISTRATIVE_ITEMS | {"completed", "carried_in", "new", "due"}
_RATES = ("completion_rate", "eligible_share", "not_eligible_share")
_FLIPPED = {"at_least": "at_most", "at_most": "at_least"}
_WHY_NOT = {
    "month": "compared with another month",
    "average": "compared with an average",
    "other": "compared with something else",
    "handled": "handled or finished: the words fit both",
    "recovered": "recovered: of all enforcement or of a part",
    "unfinished": "an item that forms 01 and 02 do not have",
}


@dataclass(frozen=True)
class Reading:
    """What a quantity states; ``compared_with`` is the year that a change names as its base."""

    draft: Draft
    measure: str | None
    item: str
    value: Decimal
    unit: str
    bound: str
    compared_with: int | None = None


def interpret(drafts: list[Draft], scope: Scope) -> list[Reading]:
    """Say what each draft of a sentence states; a draft that stays unread gets its ``refusal``.

    Levels come first, since they are the operands by which rates, shares and growth are told apart;
    they are added to ``scope.levels``.
    """
    readings: list[Reading] = []
    for draft in [d for d in drafts if d.role == "level" and not d.refusal]:
        readings += _read_level(draft, drafts, scope)
    for draft in [d for d in drafts if d.role in ("rate", "share", "target") and not d.refusal]:
        readings += _read_ratio(draft, scope)
    for n, draft in enumerate(drafts):
        if draft.role in ("change", "over") and not draft.refusal:
            readings += _read_change(draft, drafts, n, scope)
    return sorted(readings, key=lambda reading: reading.draft.token.start)


def _make(
    draft: Draft, item: str, unit: str, value: Decimal | None = None, sign: int = 1, year: int | None = None
) -> list[Reading]:
    bound = draft.quantity.bound
    if sign < 0:
        bound = _FLIPPED.get(bound, bound)
    value = sign * (draft.quantity.value if value is None else value)
    return [Reading(draft, draft.measure, item, value, unit, bound, year)]


def _refuse(draft: Draft, reason: str) -> list[Reading]:
    draft.refusal = reason
    return []


def _count_unit(draft: Draft) -> str:
    return "dong" if draft.measure == "money" else "cases"


def _amount(of: Draft, drafts: list[Draft]) -> Decimal:
    """Value of a count or an amount; "1,052 tỷ" is 1.052 tỷ where 1,052 would be no stock at all."""
    thousands = of.quantity.thousands
    levels = [d.quantity for draft in drafts for d in (draft, draft.denominator) if d and d.role == "level"]
    levels = [level for level in levels if level.thousands is not None]
    if thousands is not None and any(level.value < _SMALLEST_AMOUNT for level in levels):
        return thousands
    return of.quantity.value


def _read_level(draft: Draft, drafts: list[Draft], scope: Scope) -> list[Reading]:
    if draft.denominator is not None:
        return _read_fraction(draft, draft.denominator, drafts, scope)
    item, value = draft.item, _amount(draft, drafts)
    if item == "handled":
        parts = [
            d.quantity.value for d in drafts if d.item in ("eligible", "due") and d.measure == draft.measure
        ]
        item = "accepted" if any(value > part for part in parts) else item
    if (
        item == "recovered"
        and draft.measure == "money"
        and any(d.role == "rate" and d.anchor is draft for d in drafts)
    ):
        item = "completed"
    allowed = _OF_ADMINISTRATIVE if draft.measure == ADMINISTRATIVE else _OF_FORMS
    if item not in allowed:
        return _refuse(draft, _WHY_NOT.get(item, f"{item} is no item of this measure"))
    draft.item = item
    scope.levels[draft.measure, item] = value
    return _make(draft, item, _count_unit(draft), value)


def _read_fraction(draft: Draft, whole: Draft, drafts: list[Draft], scope: Scope) -> list[Reading]:
    """Read "completed of eligible"; without the word, the printed rate must be their quotient."""
    top, bottom = _amount(draft, drafts), _amount(whole, drafts)
    rates = [d for d in drafts if d.role == "rate" and d.measure == draft.measure and not d.refusal]
    closes = any(_is_quotient(d.quantity.value, top, bottom) for d in rates)
    if draft.item not in ("", "completed") or (not draft.item and not closes) or top > bottom:
        whole.refusal = "a fraction of something unnamed"
        return _refuse(draft, "a fraction of something unnamed")
    draft.item = "completed"
    if not whole.item and closes:
        whole.item = "due" if draft.measure == ADMINISTRATIVE else "eligible"
    scope.levels[draft.measure, "completed"] = top
    readings = _make(draft, "completed", _count_unit(draft), top)
    allowed = _OF_ADMINISTRATIVE if draft.measure == ADMINISTRATIVE else _OF_FORMS
    if whole.item not in allowed:
        whole.refusal = "a whole that nothing names"
        return readings
    scope.levels[draft.measure, whole.item] = bottom
    return readings + _make(whole, whole.item, _count_unit(whole), bottom)


def _read_ratio(draft: Draft, scope: Scope) -> list[Reading]:
    levels = {item: value for (measure, item), value in scope.levels.items() if measure == draft.measure}
    value, item = draft.quantity.value, draft.item
    completed, eligible = levels.get("completed"), levels.get("eligible")
    if draft.role == "share" and draft.anchor is not None and draft.anchor.role == "change":
        return _read_growth_called_share(draft, draft.anchor, scope)
    if draft.role == "share" and item == "completed" and draft.anchor is not None:
        closes = completed is not None and eligible is not None and _is_quotient(value, completed, eligible)
        item = "completion_rate" if closes else item
    elif item == "rate of eligible":
        wholes = [levels[whole] for whole in ("due", "accepted") if whole in levels]
        if eligible is not None and any(_is_quotient(value, eligible, whole) for whole in wholes):
            item = "eligible_share"
        elif eligible is not None and completed is not None and _is_quotient(value, completed, eligible):
            item = "completion_rate"
    elif item in ("rate of due", "rate of accepted") and completed is not None:
        item = "completion_rate"
    if draft.against_target and not (completed and eligible and _is_quotient(value, completed, eligible)):
        return _refuse(draft, "a rate that is set against the target")
    if item not in (*_RATES, "target"):
        return _refuse(draft, "a percentage whose base is not clear")
    draft.item = item
    return _make(draft, item, "pct")


def _read_growth_called_share(draft: Draft, change: Draft, scope: Scope) -> list[Reading]:
    """Read "tăng 662 việc (chiếm 18,68%)", where the percentage is the growth if it closes."""
    draft.measure, sign = change.measure, change.head.sign if change.head is not None else 1
    level = scope.levels.get((draft.measure, change.item))
    before = None if level is None else level - sign * change.quantity.value
    if before is None or not _is_quotient(draft.quantity.value, change.quantity.value, before):
        return _refuse(draft, "a percentage whose base is not clear")
    return _make(draft, f"{change.item}_change_pct", "pct", sign=sign)


def _read_change(draft: Draft, drafts: list[Draft], n: int, scope: Scope) -> list[Reading]:
    head = draft.head or Head("change")
    base = head.base
    if draft.role == "over" and base is None:
        later = (
            d.head.base for d in drafts[n + 1 :] if d.role == "over" and d.head is not None and d.head.base
        )
        base = next(later, "target")
    if base in ("month", "average", "other"):
        return _refuse(draft, _WHY_NOT[base])
    if base in ("target", "prorata"):
        if draft.quantity.unit != "pct":
            return _refuse(draft, "a count against the target")
        return _make(
            draft, "over_target" if base == "target" else "over_prorata_target", "pp", sign=head.sign
        )
    if draft.quantity.unit != "pct":
        return _read_change_of_count(draft, drafts, head)
    item, unit = _read_kind_of_percent(draft, drafts, head, scope)
    if not item:
        return _refuse(draft, unit)
    return _make(draft, item, unit, sign=head.sign, year=head.base_year)


def _read_change_of_count(draft: Draft, drafts: list[Draft], head: Head) -> list[Reading]:
    item = BASE_ITEMS.get(draft.item, draft.item)
    if item == "recovered" and draft.anchor is not None:
        item = draft.anchor.item
    allowed = _OF_ADMINISTRATIVE if draft.measure == ADMINISTRATIVE else _OF_FORMS
    if item not in allowed:
        return _refuse(draft, _WHY_NOT.get(item, "a change of nothing that was named"))
    draft.item = item
    value = _amount(draft, drafts)
    return _make(draft, f"{item}_change_abs", _count_unit(draft), value, head.sign, head.base_year)


def _read_kind_of_percent(draft: Draft, drafts: list[Draft], head: Head, scope: Scope) -> tuple[str, str]:
    """Tell relative growth of a count from points of a rate; an empty item comes with the reason."""
    anchor = draft.anchor
    rate = next(
        (d for d in reversed(drafts) if d.role == "rate" and not d.refusal and d.measure == draft.measure),
        None,
    )
    if draft.quantity.points or draft.points or head.item in _RATES:
        item = head.item if head.item in _RATES else anchor.item if anchor else "completion_rate"
        return (f"{item}_change" if item in _RATES else "completion_rate_change"), "pp"
    if anchor is None:
        if draft.item in _OF_FORMS and (draft.item != "completed" or head.growth):
            return f"{draft.item}_change_pct", "pct"
        return "", "growth or points: nothing tells"
    item = anchor.item
    if item in _RATES and not head.growth:
        return f"{item}_change", "pp"
    item = BASE_ITEMS.get(item, item)
    if item not in _OF_FORMS | _OF_ADMINISTRATIVE:
        return "", "growth or points: nothing tells"
    if (
        rate is not None
        and not head.growth
        and anchor.role == "change"
        and _contradicts(draft, anchor, item, scope)
    ):
        return "completion_rate_change", "pp"
    return f"{item}_change_pct", "pct"


def _contradicts(draft: Draft, change: Draft, item: str, scope: Scope) -> bool:
    """Whether a percentage cannot be the growth that belongs to a change: "tăng 18.987 việc (tăng 0,72%)"."""
    printed, size = draft.quantity.value, change.quantity.value
    if not printed or not size:
        return False
    sign = change.head.sign if change.head is not None else 1
    level = scope.levels.get((draft.measure, item))
    if level is None:
        return size / printed * 100 > _LARGEST_COUNT.get(draft.measure or "", _LARGEST_COUNT["money"])
    before = level - sign * size
    if before <= 0:
        return False
    growth = size / before * 100
    return not Decimal("0.67") < printed / growth < Decimal("1.5")


def _is_quotient(percent: Decimal, part: Decimal, whole: Decimal) -> bool:
    """Whether a printed percentage is a quotient to its last digit, rounded or cut.

    Amounts in whole tỷ or triệu are themselves rounded, and leave the quotient that much room.
    """
    if whole <= 0:
        return False
    rounded_to = next((unit for unit in (10**9, 10**6) if not part % unit and not whole % unit), 0)
    room = Decimal(10) ** min(0, int(percent.as_tuple().exponent)) + rounded_to / whole * 100
    return abs(part / whole * 100 - percent) <= room
