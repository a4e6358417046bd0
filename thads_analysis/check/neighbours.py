"""Rules on stated figures and their neighbours: other sources, other months, other years, the nation."""

from __future__ import annotations

__all__ = [
    "FLOWS",
    "PER_CASE",
    "cumulative_falls",
    "dropped_thousand",
    "opening_changes",
    "opening_from_last_year",
    "part_of_nation",
    "two_values",
    "unit_factor",
]

import itertools
import math
import statistics
from collections import defaultdict
from collections.abc import Iterator
from fractions import Fraction

from thads_analysis.check.findings import Finding
from thads_analysis.check.interval import Interval
from thads_analysis.check.stated import FACTORS, Book, Figure, say_factor, term
from thads_analysis.glossary import ITEMS
from thads_analysis.locale import Locale
from thads_analysis.org import NATION

FLOWS = tuple(item.id for item in ITEMS.values() if item.kind == "flow")
"""Items that accumulate from 1 October and so never fall within a fiscal year."""

PER_CASE = (Fraction(300_000), Fraction(20 * 10**9))
"""Đồng a case, least and most; an assumption. Published figures of provinces lie between 4.9 and 550
million, so that a slip by 1,000 leaves the span and little else does."""

_SLIP = 2.4  # decimal logarithm: a factor of 250, half way to 1,000 and far from any real change


def two_values(book: Book, say: Locale) -> Iterator[Finding]:
    """One item, one period, two values that rounding does not make one.

    A provisional and a final figure are two figures by right. Two sources that differ are a note.
    """
    places = defaultdict(list)
    for figure in book.figures:
        places[figure.org, figure.fiscal_year, figure.months, figure.measure, figure.item].append(figure)
    for figures in places.values():
        for one, other in itertools.combinations(figures, 2):
            same_source = one.source == other.source
            if {one.vintage, other.vintage} == {"provisional", "final"} or _same(one, other):
                continue
            if one.item.startswith("district_"):
                continue  # of several districts, each with its own
            yield other.finding(
                one.number,
                say.text(
                    "{item} được in hai giá trị: {one} và {other}",
                    item=term(one.item, say),
                    one=one.show(one.value, say),
                    other=other.show(other.value, say),
                ),
                _explain_two(book, one, other, say),
                severity=None if same_source else "note",
            )


def _same(one: Figure, other: Figure) -> bool:
    if one.range.overlaps(other.range):
        return True
    # A count such as 579.250 beside 579.256 was rounded to tens, though alone it looks exact.
    small, large = sorted((one, other), key=lambda figure: _zeros(figure.value), reverse=True)
    return one.unit in ("cases", "dong") and abs(small.value - large.value) < 10 ** _zeros(small.value)


def _zeros(value: Fraction) -> int:
    digits = str(abs(int(value)))
    return len(digits) - len(digits.rstrip("0")) if value else 0


def _explain_two(book: Book, one: Figure, other: Figure, say: Locale) -> str:
    for late, early in ((one, other), (other, one)):
        changes = [f for f in book.beside(late, late.item + "_change_abs") if f.source == late.source]
        if any((late.range - change.range).overlaps(early.range) for change in changes):
            return say.text(
                "{late} trừ mức tăng, giảm in kèm là {early}: có thể {late} là số của năm {year}",
                late=late.show(late.value, say),
                early=early.show(early.value, say),
                year=late.fiscal_year + 1,
            )
    for factor in FACTORS:
        if one.range.times(factor).overlaps(other.range):
            return say.text(
                "{one} {slip} thì bằng {other}: có thể sai đơn vị tính",
                one=one.show(one.value, say),
                slip=say_factor(factor, say),
                other=other.show(other.value, say),
            )
    if one.source == other.source and one.unit in ("cases", "dong"):
        return say.text("Số nhỏ hơn có thể là một phần của số lớn hơn")
    if one.source != other.source:
        return say.text("Hai nguồn khác nhau: có thể số đã được điều chỉnh giữa hai lần công bố")
    return ""


def opening_changes(book: Book, say: Locale) -> Iterator[Finding]:
    """``carried_in`` is the same in every month of a fiscal year."""
    for early, late in _pairs_within_year(book, ("carried_in",)):
        if early.range.overlaps(late.range):
            continue
        yield late.finding(
            early.number,
            say.text(
                "{item} là {found} ở kỳ {late}, nhưng {expected} ở kỳ {early} cùng năm",
                item=term("carried_in", say),
                found=late.show(late.value, say),
                late=late.label(say),
                expected=early.show(early.value, say),
                early=early.label(say),
            ),
            say.text(
                "Số đầu kỳ được điều chỉnh trong năm, thường vì chuyển sổ theo dõi riêng; chưa hẳn là sai"
            ),
        )


def cumulative_falls(book: Book, say: Locale) -> Iterator[Finding]:
    """An item that accumulates from 1 October never falls within a fiscal year."""
    for early, late in _pairs_within_year(book, FLOWS):
        if late.range.high >= early.range.low:
            continue
        slips = [
            factor for factor in FACTORS if factor > 1 and late.range.times(factor).high >= early.range.low
        ]
        yield late.finding(
            early.number,
            say.text(
                "{item} lũy kế giảm từ {before} ({early}) xuống {found} ({late})",
                item=term(late.item, say),
                before=early.show(early.value, say),
                early=early.label(say),
                found=late.show(late.value, say),
                late=late.label(say),
            ),
            say.text("Có thể sai đơn vị tính")
            if late.unit == "dong" and slips and late.value * 100 < early.value
            else say.text("Có thể nhầm kỳ báo cáo, hoặc số kỳ trước đã được điều chỉnh"),
        )


def _pairs_within_year(book: Book, items: tuple[str, ...]) -> Iterator[tuple[Figure, Figure]]:
    """Consecutive stated months of one item in one fiscal year; of several values the closest two."""
    years = defaultdict(lambda: defaultdict(list))  # type: ignore[var-annotated]
    for figure in book.claims(*items):
        if figure.period is None:
            continue
        years[figure.org, figure.fiscal_year, figure.measure, figure.item][figure.months].append(figure)
    for months in years.values():
        for before, after in itertools.pairwise(sorted(months)):
            pairs = itertools.product(months[before], months[after])
            yield min(pairs, key=lambda pair: _distance(pair[0].range, pair[1].range))


def _distance(one: Interval, other: Interval) -> Fraction:
    return max(Fraction(0), one.low - other.high, other.low - one.high)


def opening_from_last_year(book: Book, say: Locale) -> Iterator[Finding]:
    """What is carried in is at most what the year before carried out.

    Less is usual: cases moved to the separate book leave the account between the two.
    """
    for claim in book.claims("carried_in"):
        lasts = book.at(claim.org, claim.fiscal_year - 1, 12, claim.measure, "carried_out")
        if not lasts or any(claim.range.low <= last.range.high for last in lasts):
            continue
        yield claim.finding(
            lasts[0].number,
            say.text(
                "{item} {found} lớn hơn số chuyển kỳ sau của năm trước {expected}",
                item=term("carried_in", say),
                found=claim.show(claim.value, say),
                expected=lasts[0].show(lasts[0].value, say),
            ),
        )


def unit_factor(book: Book, say: Locale) -> Iterator[Finding]:
    """Amounts that are 1,000 or 1,000,000 times too small or too large.

    Formula: money / cases of the same item lies within `PER_CASE`; where the cases are not stated,
    the amount is less than 250 times away from the median of the organisation's other periods.
    """
    for claim in book.claims(*ITEMS):
        if claim.unit != "dong" or claim.value <= 0:
            continue
        counts = [
            figure.value for figure in book.beside(claim, claim.item, measure="cases") if figure.value > 0
        ]
        if counts:
            amounts = [claim.value / count for count in counts]
            if any(PER_CASE[0] <= amount <= PER_CASE[1] for amount in amounts):
                continue
            fitting = [f for f in FACTORS if PER_CASE[0] <= amounts[0] * f <= PER_CASE[1]]
            factor = min(fitting, key=lambda f: abs(math.log10(f)), default=None)
            yield _factor_finding(
                claim,
                factor,
                say.text(
                    "{item} {found} chia cho số việc là {each} một việc",
                    item=term(claim.item, say),
                    found=claim.show(claim.value, say),
                    each=claim.show(Fraction(round(amounts[0])), say),
                ),
                say,
            )
            continue
        others = [f.value for f in _other_periods(book, claim) if f.value > 0]
        if not others:
            continue
        away = math.log10(claim.value) - statistics.median(math.log10(value) for value in others)
        if abs(away) > _SLIP:
            factor = Fraction(10) ** (-3 * round(away / 3)) if abs(away) >= 1.5 else None
            yield _factor_finding(
                claim,
                factor,
                say.text(
                    "{item} {found} khác hàng trăm lần so với các kỳ khác của cùng đơn vị",
                    item=term(claim.item, say),
                    found=claim.show(claim.value, say),
                ),
                say,
            )


def _factor_finding(claim: Figure, factor: Fraction | None, message: str, say: Locale) -> Finding:
    if factor is None:
        return claim.finding(None, message)
    return claim.finding(
        int(claim.value * factor) if (claim.value * factor).denominator == 1 else float(claim.value * factor),
        message,
        say.text(
            "Có thể sai đơn vị tính: {slip} thì hợp lý ({expected})",
            slip=say_factor(factor, say),
            expected=claim.show(claim.value * factor, say),
        ),
    )


def _other_periods(book: Book, claim: Figure) -> list[Figure]:
    return [
        figure
        for figure in book.claims(claim.item)
        if (figure.org, figure.measure) == (claim.org, claim.measure)
        and (figure.fiscal_year, figure.months) != (claim.fiscal_year, claim.months)
    ]


def dropped_thousand(book: Book, say: Locale) -> Iterator[Finding]:
    """An amount such as 10.917.000.603 đồng: the last part belongs to nghìn đồng.

    Amounts are reported in nghìn đồng; a last part below 1,000 after a part in triệu that ends in
    three zeros is what remains when the word "nghìn" is left out.
    """
    for claim in book.figures:
        rest = int(abs(claim.value)) % 10**6 if claim.unit == "dong" else 0
        if not 0 < rest < 1000 or abs(claim.value) < 10**6:
            continue
        expected = int(claim.value) + (rest * 999 if claim.value > 0 else -rest * 999)
        yield claim.finding(
            expected,
            say.text(
                "{item} {found} có phần lẻ {rest} đồng sau triệu",
                item=term(claim.item, say),
                found=claim.show(claim.value, say),
                rest=rest,
            ),
            say.text("Có thể thiếu chữ “nghìn”: {expected}", expected=say.money_in_full(expected)),
        )


def part_of_nation(book: Book, say: Locale) -> Iterator[Finding]:
    """Provinces against the nation: no province, nor the provinces stated, exceed it."""
    sums: dict[tuple[int, int, str, str, str], Interval] = {}
    members: dict[tuple[int, int, str, str, str], list[Figure]] = defaultdict(list)
    for figure in book.claims(*ITEMS):
        if figure.org == NATION.key or figure.period is None or figure.unit not in ("cases", "dong"):
            continue
        key = (figure.fiscal_year, figure.months, figure.measure, figure.item, figure.org.partition(":")[0])
        if any(member.org == figure.org for member in members[key]):
            continue
        members[key].append(figure)
        sums[key] = sums[key] + figure.range if key in sums else figure.range
    for (year, months, measure, item, _), total in sums.items():
        nations = book.at(NATION.key, year, months, measure, item)
        if not nations or any(total.low <= nation.range.high for nation in nations):
            continue
        parts = members[year, months, measure, item, _]
        claim = max(parts, key=lambda figure: figure.value)
        yield claim.finding(
            nations[0].number,
            say.text(
                "{item} của {count} đơn vị cộng lại {total}, lớn hơn toàn quốc {nation}",
                item=term(item, say),
                count=len(parts),
                total=claim.show(total.middle, say),
                nation=nations[0].show(nations[0].value, say),
            ),
            say.text("Có thể sai đơn vị tính")
            if claim.unit == "dong" and total.low > 100 * nations[0].range.high
            else "",
        )
