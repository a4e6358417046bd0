"""Rules on stated counts and amounts: totals and parts, parts within wholes, possible values."""

from __future__ import annotations

__all__ = [
    "judge_split",
    "part_within_whole",
    "possible_value",
    "say_split",
    "split_of_due",
    "sum_of_parts",
    "third_bucket_limit",
    "two_way",
]

from collections.abc import Iterator, Mapping
from fractions import Fraction

from thads_analysis.check.findings import Finding, Severity
from thads_analysis.check.interval import Interval
from thads_analysis.check.stated import (
    FACTORS,
    Book,
    Figure,
    compute,
    lowered,
    misfit,
    say_factor,
    term,
    to_number,
)
from thads_analysis.glossary import IDENTITIES, ITEMS
from thads_analysis.locale import Locale
from thads_analysis.period import Period

_SUMS: dict[str, Mapping[str, int]] = {**IDENTITIES, "carried_out_eligible": {"eligible": 1, "completed": -1}}

_REQUIRED = {
    "due": ("accepted",),
    "completed": ("fully_enforced", "discontinued"),
    "eligible": ("completed", "in_progress"),
}
"""Parts without which a total says nothing; texts leave out the others, which are small."""

_WITHIN = (
    ("completed", "eligible"),
    ("completed", "due"),
    ("completed", "accepted"),
    ("eligible", "due"),
    ("eligible", "accepted"),
    ("not_eligible", "due"),
    ("not_eligible", "accepted"),
    ("carried_out", "due"),
    ("carried_out_eligible", "carried_out"),
    ("carried_out_eligible", "eligible"),
    ("due", "accepted"),
    ("carried_in", "accepted"),
    ("new", "accepted"),
)

_THIRD = {"cases": Fraction(6, 100), "money": Fraction(10, 100)}

_LAST_DIGITS = 10**6  # đồng


def two_way(period: Period | None) -> bool:
    """Whether eligible and not eligible make up all that is due: TT08-2015, July 2015 to 2019."""
    return period is not None and period.circular == "TT08-2015"


def third_bucket_limit(period: Period | None, measure: str) -> Fraction | None:
    """Share of due above which what is neither eligible nor not eligible deserves a look.

    One to four percent are usual from TT06-2019 on. The limits, 6 % of cases and 10 % of money, are
    an assumption. None before TT06-2019.
    """
    later = period is not None and period.circular not in (None, "TT01-2013", "TT08-2015")
    return _THIRD.get(measure) if later else None


def sum_of_parts(book: Book, say: Locale) -> Iterator[Finding]:
    """Each total against the signed sum of its parts.

    A part that a text leaves out counts as nothing. When no deduction at all is stated, ``due`` is
    only held to be at most ``accepted``, by `part_within_whole`.
    """
    for claim in book.claims(*_SUMS):
        parts = _SUMS[claim.item]
        needed = _REQUIRED.get(claim.item, tuple(parts))
        optional = tuple(part for part in parts if part not in needed and book.beside(claim, part))
        if claim.item == "due" and not optional:
            continue
        choices = book.choices(claim, *needed, *optional)
        wrong = misfit(claim, [(_add_up(operands, parts), operands) for operands in choices])
        if wrong is None:
            continue
        best, operands = wrong
        left_out = _list_left_out(claim, best, parts, (*needed, *optional))
        yield claim.finding(
            to_number(best.middle),
            say.text(
                "{item} in là {found}, nhưng {parts} cho {expected}; lệch {difference}",
                item=term(claim.item, say),
                found=claim.show(claim.value, say),
                parts=_write_sum(operands, parts, say),
                expected=claim.show(best.middle, say),
                difference=claim.show(abs(best.middle - claim.value), say),
            ),
            _explain_sum(book, claim, best, operands, left_out, say),
            severity=lowered(claim, operands) or ("warning" if left_out else None),
        )


def _add_up(operands: tuple[Figure, ...], parts: Mapping[str, int]) -> Interval:
    total = Interval.exact(0)
    for figure in operands:
        total = total + figure.range if parts[figure.item] > 0 else total - figure.range
    return total


def _write_sum(operands: tuple[Figure, ...], parts: Mapping[str, int], say: Locale) -> str:
    words = []
    for figure in operands:
        sign = "+" if parts[figure.item] > 0 else "−"
        words += [sign, f"{term(figure.item, say)} {figure.show(figure.value, say)}"]
    return " ".join(words[1:])


def _list_left_out(
    claim: Figure, best: Interval, parts: Mapping[str, int], used: tuple[str, ...]
) -> list[str]:
    """Parts that the text does not state and that could make up the difference."""
    sign = -1 if best.middle > claim.value else 1
    return [
        part
        for part, its_sign in parts.items()
        if part not in used and its_sign == sign and claim.measure in ITEMS[part].measures
    ]


def _explain_sum(
    book: Book,
    claim: Figure,
    best: Interval,
    operands: tuple[Figure, ...],
    left_out: list[str],
    say: Locale,
) -> str:
    difference = abs(best.middle - claim.value)
    parts = _SUMS[claim.item]
    for factor in FACTORS:
        if claim.range.times(factor).overlaps(best):
            return say.text(
                "{item} {slip} thì khớp: có thể sai đơn vị tính",
                item=term(claim.item, say),
                slip=say_factor(factor, say),
            )
        for figure in operands:
            scaled = figure.range.times(factor) - figure.range
            moved = best + scaled if parts[figure.item] > 0 else best - scaled
            if moved.overlaps(claim.range):
                return say.text(
                    "{item} {slip} thì khớp: có thể sai đơn vị tính",
                    item=term(figure.item, say),
                    slip=say_factor(factor, say),
                )
    for figure in (claim, *operands):
        sign = parts.get(figure.item, 0)
        needed = best.middle if figure is claim else figure.value + sign * (claim.value - best.middle)
        if sorted(str(int(figure.value))) == sorted(str(int(needed))):
            return say.text(
                "Với {item} {needed}, cùng các chữ số, thì khớp: có thể đảo chữ số khi gõ",
                item=term(figure.item, say),
                needed=figure.show(needed, say),
            )
    if claim.unit == "dong" and difference < _LAST_DIGITS:
        return say.text("Chỉ lệch ở các chữ số cuối: có thể gõ nhầm hoặc cộng từ số đã làm tròn")
    for other in book.figures:
        same = (other.org, other.fiscal_year, other.months, other.measure) == (
            claim.org,
            claim.fiscal_year,
            claim.months,
            claim.measure,
        )
        if same and other.item in ITEMS and other not in operands and other.value == difference:
            return say.text("Chênh lệch đúng bằng {item}", item=term(other.item, say))
    if left_out:
        return say.text(
            "Chênh lệch có thể là phần không nêu: {items}",
            items=say.join([term(item, say) for item in left_out]),
        )
    return ""


def part_within_whole(book: Book, say: Locale) -> Iterator[Finding]:
    """No part is above its whole: completed <= eligible <= due <= accepted, and the like."""
    for part, whole in _WITHIN:
        for claim in book.claims(part):
            wholes = book.beside(claim, whole)
            if not wholes or any(claim.range.low <= figure.range.high for figure in wholes):
                continue
            limit = max(wholes, key=lambda figure: figure.range.high)
            yield claim.finding(
                limit.number,
                say.text(
                    "{item} {found} lớn hơn {whole} {limit}",
                    item=term(part, say),
                    found=claim.show(claim.value, say),
                    whole=term(whole, say),
                    limit=limit.show(limit.value, say),
                ),
                _explain_excess(claim, limit, say),
                severity=lowered(claim, (limit,)),
            )


def _explain_excess(claim: Figure, limit: Figure, say: Locale) -> str:
    ratio = claim.value / limit.value if limit.value else Fraction(0)
    if claim.unit == "dong" and ratio > 100:
        return say.text("Lớn hơn hàng trăm lần: có thể một trong hai số sai đơn vị tính")
    return ""


def split_of_due(book: Book, say: Locale) -> Iterator[Finding]:
    """Eligible and not eligible against due.

    Their sum is never above due, or accepted where due is not stated. Under TT08-2015 it equals due.
    From TT06-2019 on the rest is postponed, suspended and other cases: silent up to 6 % of cases and
    10 % of money.
    """
    for claim in book.claims("due", "accepted"):
        choices = book.choices(claim, "eligible", "not_eligible")
        if not choices or (claim.item == "accepted" and book.beside(claim, "due")):
            continue
        sums = compute(choices, Interval.__add__)
        best, operands = min(sums, key=lambda one: abs(one[0].middle - claim.value))
        fault = judge_split(claim.range - best, claim.range.high, claim.period, claim.measure)
        if fault is None or (fault != "over" and claim.item == "accepted"):
            continue
        message, explanation, severity = say_split(
            fault,
            say,
            whole=term(claim.item, say),
            found=claim.show(claim.value, say),
            parts=claim.show(best.middle, say),
            rest=claim.show(abs(claim.value - best.middle), say),
        )
        yield claim.finding(
            to_number(best.middle), message, explanation, severity=lowered(claim, operands) or severity
        )


def judge_split(rest: Interval, due: Fraction | int, period: Period | None, measure: str) -> str | None:
    """What is wrong with the part of due that is neither eligible nor not eligible.

    Returns
    -------
    {"over", "short", "wide"} or None
        It is below 0; it is there under TT08-2015, which knows none; it is wider than usual.
    """
    limit = third_bucket_limit(period, measure)
    if rest.high < 0:
        return "over"
    if two_way(period) and rest.low > 0:
        return "short"
    return "wide" if limit is not None and rest.low > limit * due else None


def say_split(fault: str, say: Locale, **values: str) -> tuple[str, str, Severity | None]:
    """Message, explanation and severity of a fault of `judge_split`."""
    if fault == "over":
        return (
            say.text(
                "có điều kiện và chưa có điều kiện cộng lại {parts}, vượt {whole} {found} là {rest}", **values
            ),
            "",
            None,
        )
    if fault == "short":
        return (
            say.text(
                "có điều kiện và chưa có điều kiện cộng lại {parts}, còn thiếu {rest} so với {whole} {found}",
                **values,
            ),
            say.text("Theo Thông tư 08/2015 hai phần này là toàn bộ số phải thi hành"),
            "warning",
        )
    return (
        say.text("ngoài có điều kiện và chưa có điều kiện còn {rest} trong {whole} {found}", **values),
        say.text("Phần hoãn, tạm đình chỉ và trường hợp khác thường chỉ từ 1 đến 4%"),
        "note",
    )


def possible_value(book: Book, say: Locale) -> Iterator[Finding]:
    """Counts and amounts are not below 0; rates and shares lie between 0 and 100 percent."""
    for claim in book.figures:
        counted = claim.item in ITEMS and claim.unit in ("cases", "dong")
        share = claim.item in ("completion_rate", "eligible_share", "not_eligible_share", "target")
        if (counted or share) and claim.range.high < 0:
            yield claim.finding(
                0,
                say.text(
                    "{item} {found} nhỏ hơn 0", item=term(claim.item, say), found=claim.show(claim.value, say)
                ),
            )
        elif share and claim.range.low > 100:
            yield claim.finding(
                100,
                say.text(
                    "{item} {found} lớn hơn 100%",
                    item=term(claim.item, say),
                    found=claim.show(claim.value, say),
                ),
                say.text("Có thể thiếu dấu phẩy thập phân") if claim.value < 10_000 else "",
            )
