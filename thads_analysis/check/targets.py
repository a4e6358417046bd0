"""Rules on stated targets and on the gaps to them."""

from __future__ import annotations

__all__ = ["gap_to_target", "target_of_year"]

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction

from thads_analysis import config, reference
from thads_analysis.check.findings import Finding
from thads_analysis.check.interval import Interval
from thads_analysis.check.stated import Book, Figure, term
from thads_analysis.locale import Locale
from thads_analysis.org import NATION

_BELOW_NATION = 3
"""Points by which a province's target may lie below the nation's; an assumption: those seen lie above
it, or within a point."""

_FAR_FROM_NATION = 8
"""Points by which a target that a gap implies may differ from the nation's; an assumption."""


@config.cached
def _known_targets() -> dict[tuple[int, str, str], Fraction]:
    """Targets of the reference table in percent, by year, key of the organisation and measure."""
    return {
        (
            int(row["fiscal_year"]),
            f"{row['org_regime']}:{row['org_code']}" if row["org_regime"] else row["org_code"],
            row["measure"],
        ): Fraction(Decimal(row["target"]))
        for row in reference.targets()
    }


def _own_targets(book: Book, claim: Figure) -> list[Fraction]:
    """Targets set for the organisation: printed in the same figures, or known."""
    stated = [
        figure.value
        for months in {12, claim.months}
        for figure in book.at(claim.org, claim.fiscal_year, months, claim.measure, "target")
    ]
    known = _known_targets().get((claim.fiscal_year, claim.org, claim.measure))
    return stated or ([known] if known is not None else [])


def gap_to_target(book: Book, say: Locale) -> Iterator[Finding]:
    """A printed gap against rate - target, under any of the conventions in use.

    Formula: ``rate - target`` or ``rate - target x months / 12``; both are taken for
    ``over_target``, since texts print the second under the first's name. Where only the nation's
    target is known, the target that the gap implies must be near it.
    """
    for claim in book.claims("over_target", "over_prorata_target"):
        rates = book.beside(claim, "completion_rate")
        if not rates:
            continue
        # Of months that the text does not say any number may be meant.
        parts = {Fraction(months, 12) for months in ([claim.months, 12] if claim.months else range(1, 13))}
        own = _own_targets(book, claim)
        nation = _known_targets().get((claim.fiscal_year, NATION.key, claim.measure))
        if own:
            gaps = [r.range - Interval.exact(t * p) for r in rates for t in own for p in parts]
            if any(claim.range.overlaps(gap) for gap in gaps):
                continue
            target, expected = own[0], rates[0].value - own[0]
        elif nation is not None:
            implied = [(r.value - claim.value) / p for r in rates for p in parts]
            if any(abs(value - nation) <= _FAR_FROM_NATION for value in implied):
                continue
            target, expected = nation, rates[0].value - nation
        else:
            continue
        yield claim.finding(
            round(float(expected), 2),
            say.text(
                "{item} in là {found}, nhưng tỷ lệ {rate} so với chỉ tiêu {target} là {expected}",
                item=term(claim.item, say),
                found=claim.show(claim.value, say),
                rate=rates[0].show(rates[0].value, say),
                target=rates[0].show(target, say),
                expected=claim.show(expected, say),
            ),
            _explain_gap(claim, rates[0], target, say),
            severity=None if own else "note",
        )


def _explain_gap(claim: Figure, rate: Figure, target: Fraction, say: Locale) -> str:
    part = Fraction(claim.months or 12, 12)
    if claim.range.overlaps(rate.range.times(100 / target)):
        return say.text("Số in ra là tỷ lệ đạt so với chỉ tiêu, không phải số điểm vượt")
    if claim.range.overlaps((rate.range - Interval.exact(target)).times(100 / target)):
        return say.text("Số in ra là phần trăm vượt tính trên chỉ tiêu, không phải số điểm vượt")
    for each in (target, target * part):
        gap = rate.range - Interval.exact(each)
        if claim.range.overlaps(Interval(-gap.high, -gap.low)):
            return say.text("Đúng về độ lớn nhưng trái dấu: vượt ghi thành thiếu hoặc ngược lại")
        if claim.range.overlaps(gap.times(10)):
            return say.text("Có thể sai vị trí dấu phẩy thập phân")
    implied = rate.value - claim.value
    year = _year_of_target(implied, claim, {claim.fiscal_year})
    if year:
        return say.text(
            "Ứng với chỉ tiêu {implied} của năm {year}", implied=rate.show(implied, say), year=year
        )
    return say.text("Ứng với chỉ tiêu {implied}", implied=rate.show(implied, say))


def _year_of_target(value: Fraction, claim: Figure, without: set[int]) -> int | None:
    """Year of which the value is the target of the organisation or of the nation."""
    years = [
        year
        for (year, org, measure), known in _known_targets().items()
        if known == value
        and measure == claim.measure
        and org in (claim.org, NATION.key)
        and year not in without
    ]
    return max(years, default=None, key=lambda year: -abs(year - claim.fiscal_year))


def target_of_year(book: Book, say: Locale) -> Iterator[Finding]:
    """A printed target against the one known for the year and the organisation.

    A province's own target is held to it; else the nation's, below which a province's lies by 3
    points at most. Targets above it are nobody's mistake: provinces set themselves higher ones.
    """
    for claim in book.claims("target"):
        known = _known_targets().get((claim.fiscal_year, claim.org, claim.measure))
        nation = _known_targets().get((claim.fiscal_year, NATION.key, claim.measure))
        limit = known if known is not None else nation
        if limit is None:
            continue
        fits = (
            claim.range.low <= limit <= claim.range.high
            if known is not None
            else claim.value >= limit - _BELOW_NATION
        )
        if fits or claim.value > limit:
            continue
        year = _year_of_target(claim.value, claim, {claim.fiscal_year})
        yield claim.finding(
            round(float(limit), 2),
            say.text(
                "chỉ tiêu năm {year} in là {found}, nhưng chỉ tiêu {whose} năm đó là {expected}",
                year=claim.fiscal_year,
                found=claim.show(claim.value, say),
                whose=say.text("đã giao") if known is not None else say.text("toàn quốc"),
                expected=claim.show(limit, say),
            ),
            say.text("Trùng với chỉ tiêu năm {year}: có thể chưa cập nhật", year=year) if year else "",
        )
