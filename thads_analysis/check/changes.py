"""Rules on stated changes: against their own base, and against what last year printed."""

from __future__ import annotations

__all__ = [
    "change_from_last_year",
    "growth_from_last_year",
    "growth_of_change",
    "points_from_last_year",
    "share_jump",
]

from collections.abc import Iterator
from fractions import Fraction

from thads_analysis.check.findings import Finding
from thads_analysis.check.interval import Interval
from thads_analysis.check.stated import Book, Figure, compute, lowered, misfit, term, to_number
from thads_analysis.glossary import ITEMS
from thads_analysis.locale import Locale

_ABS, _PCT, _POINTS = "_change_abs", "_change_pct", "_change"
_RATES = ("completion_rate", "eligible_share", "not_eligible_share")
_REVISION = Fraction(5, 100)

_LEAST_JUMP = {"cases": 8, "money": 15}
"""Points of the share of eligible from year to year; an assumption. The nation's moved by 3.6 (cases)
from 2016 to 2017, when classification was tightened."""


def _claims(book: Book, ending: str) -> Iterator[tuple[Figure, str]]:
    """Figures whose item ends so, with the item that changes."""
    for figure in book.figures:
        item = figure.item.removesuffix(ending)
        if item != figure.item and item in (*ITEMS, "carried_out_eligible"):
            yield figure, item


def _years(book: Book, claim: Figure, item: str) -> list[tuple[Figure, Figure]]:
    """Figures of an item, this year's with last year's."""
    return [(now, base) for now in book.beside(claim, item) for base in book.beside(claim, item, years=1)]


def _grow(now: Interval, base: Interval) -> Interval:
    return (now - base).over(base).times(100)


def _grow_by(now: Interval, change: Interval) -> Interval:
    return change.over(now - change).times(100)


def growth_of_change(book: Book, say: Locale) -> Iterator[Finding]:
    """Growth in percent against ``change / (value - change)``."""
    for claim, item in _claims(book, _PCT):
        wrong = misfit(claim, compute(book.choices(claim, item, item + _ABS), _grow_by))
        if wrong is None:
            continue
        value, (now, change) = wrong
        yield claim.finding(
            round(float(value.middle), 2),
            say.text(
                "{item} in là {found}, nhưng thay đổi {change} đến mức {now} là {expected}",
                item=term(claim.item, say),
                found=claim.show(claim.value, say),
                change=change.show(change.value, say),
                now=now.show(now.value, say),
                expected=claim.show(value.middle, say),
            ),
            _explain_growth(book, claim, now, change, say),
            severity=lowered(claim, (now, change)),
        )


def _explain_growth(book: Book, claim: Figure, now: Figure, change: Figure, say: Locale) -> str:
    if claim.value * change.value < 0:
        return say.text("Hai số trái dấu: một số ghi tăng, một số ghi giảm")
    if now.range.low > 0 and claim.range.overlaps(change.range.over(now.range).times(100)):
        return say.text("Tỷ lệ in ra tính trên số kỳ này, không phải số cùng kỳ")
    if any(rate.value == claim.value for rate in book.beside(claim, "completion_rate_change")):
        return say.text("Số in ra là mức tăng, giảm của tỷ lệ thi hành xong, tính bằng điểm %")
    for other in ITEMS:
        if other != now.item and any(
            claim.range.overlaps(value)
            for value, _ in compute(book.choices(claim, other, other + _ABS), _grow_by)
        ):
            return say.text("Trùng với tỷ lệ tăng, giảm của {item}", item=term(other, say))
        others = [(figure, change) for figure in book.beside(claim, other) if other != now.item]
        if any(claim.range.overlaps(value) for value, _ in compute(others, _grow_by)):
            return say.text("Mức tăng, giảm và tỷ lệ in ra là của {item}", item=term(other, say))
    if claim.value == 0:
        return ""
    base = change.value * 100 / claim.value
    return say.text(
        "Tỷ lệ in ra ứng với số cùng kỳ khoảng {base} và số kỳ này khoảng {now}",
        base=now.show_roughly(base, say),
        now=now.show_roughly(base + change.value, say),
    )


def _against_last_year(claim: Figure, value: Interval, now: Figure, base: Figure, say: Locale) -> str:
    return say.text(
        "{item} in là {found}, nhưng {now} kỳ này so với {base} đã công bố cùng kỳ năm trước là {expected}",
        item=term(claim.item, say),
        found=claim.show(claim.value, say),
        now=now.show(now.value, say),
        base=base.show(base.value, say),
        expected=claim.show(value.middle, say),
    )


def change_from_last_year(book: Book, say: Locale) -> Iterator[Finding]:
    """A printed change against the difference to what was printed for the same period last year."""
    for claim, item in _claims(book, _ABS):
        wrong = misfit(claim, compute(_years(book, claim, item), Interval.__sub__))
        if wrong is None:
            continue
        value, (now, base) = wrong
        implied = now.value - claim.value
        explanation = ""
        if claim.range.overlaps(base.range - now.range):
            explanation = say.text("Đúng về độ lớn nhưng trái dấu: tăng ghi thành giảm hoặc ngược lại")
        elif base.value and abs(implied / base.value - 1) < _REVISION:
            explanation = say.text(
                "Số cùng kỳ dùng để so sánh là {implied}: có thể đã được điều chỉnh sau khi công bố",
                implied=base.show(implied, say),
            )
        yield claim.finding(
            to_number(value.middle), _against_last_year(claim, value, now, base, say), explanation
        )


def growth_from_last_year(book: Book, say: Locale) -> Iterator[Finding]:
    """Printed growth against ``value / last year's value - 1``, where no change is printed beside it."""
    for claim, item in _claims(book, _PCT):
        if book.beside(claim, item + _ABS):
            continue
        wrong = misfit(claim, compute(_years(book, claim, item), _grow))
        if wrong is None:
            continue
        value, (now, base) = wrong
        explanation = ""
        if claim.value > -100:
            explanation = say.text(
                "Tỷ lệ in ra ứng với số cùng kỳ khoảng {implied}: có thể hai năm không thống kê cùng một "
                "nội dung, hoặc số cùng kỳ đã được điều chỉnh",
                implied=base.show_roughly(now.value * 100 / (100 + claim.value), say),
            )
        yield claim.finding(
            round(float(value.middle), 2), _against_last_year(claim, value, now, base, say), explanation
        )


def points_from_last_year(book: Book, say: Locale) -> Iterator[Finding]:
    """A printed change of a rate against the difference of the two printed rates, in points."""
    for claim in book.claims(*(rate + _POINTS for rate in _RATES)):
        pairs = _years(book, claim, claim.item.removesuffix(_POINTS))
        wrong = misfit(claim, compute(pairs, Interval.__sub__))
        if wrong is None:
            continue
        value, (now, base) = wrong
        if claim.range.overlaps(base.range - now.range):
            explanation = say.text("Đúng về độ lớn nhưng trái dấu: tăng ghi thành giảm hoặc ngược lại")
        elif any(claim.range.overlaps(growth) for growth, _ in compute([(now, base)], _grow)):
            explanation = say.text("Số in ra là tỷ lệ tăng, giảm tương đối, không phải điểm %")
        else:
            explanation = say.text(
                "Ứng với tỷ lệ cùng kỳ {implied}: có thể là số sơ bộ hoặc số đã được điều chỉnh",
                implied=base.show(now.value - claim.value, say),
            )
        yield claim.finding(
            round(float(value.middle), 2), _against_last_year(claim, value, now, base, say), explanation
        )


def share_jump(book: Book, say: Locale) -> Iterator[Finding]:
    """The share of eligible in due against the one that the printed changes imply for last year.

    Formula: ``eligible / due`` less the same of last year's values, which are those printed then, or
    this year's less the printed change, or divided by 1 + printed growth.
    """
    for claim in book.claims("eligible"):
        least = _LEAST_JUMP.get(claim.measure)
        pairs = [
            (due, before, base)
            for due in book.beside(claim, "due")
            for before in _imply_base(book, claim)
            for base in _imply_base(book, due)
            if due.range.low > 0 and base.low > 0
        ]
        if least is None or not pairs:
            continue
        moves = [(claim.range.over(due.range) - before.over(base)).times(100) for due, before, base in pairs]
        if any(move.low <= least and move.high >= -least for move in moves):
            continue
        due, before, base = pairs[0]
        now, then = claim.value / due.value, before.middle / base.middle
        yield claim.finding(
            None,
            say.text(
                "tỷ lệ có điều kiện là {now}; mức tăng, giảm in ra cho thấy cùng kỳ năm trước là {then}",
                now=say.percent(float(now)),
                then=say.percent(float(then)),
            ),
            say.text(
                "Có thể đã phân loại lại, hoặc mức tăng, giảm của {one} hay {other} không đúng",
                one=term("eligible", say),
                other=term("due", say),
            ),
            severity="note",
        )


def _imply_base(book: Book, figure: Figure) -> list[Interval]:
    """Last year's value as printed then, and as the changes printed now imply it."""
    printed = [base.range for base in book.beside(figure, figure.item, years=1)]
    absolute = [figure.range - change.range for change in book.beside(figure, figure.item + _ABS)]
    relative = [
        figure.range.over(Interval.exact(1) + growth.range.times(Fraction(1, 100)))
        for growth in book.beside(figure, figure.item + _PCT)
        if growth.range.low > -100
    ]
    return [*printed, *absolute, *relative]
