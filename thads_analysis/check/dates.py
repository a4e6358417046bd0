"""Rules on the dates and the words of a text: days that do not exist, stale periods, contradicting words."""

from __future__ import annotations

__all__ = [
    "attainment_wording",
    "contradicting_words",
    "impossible_date",
    "known_before_end",
    "period_in_text",
    "stale_opening_date",
]

import calendar
import re
from collections.abc import Iterator
from datetime import date
from fractions import Fraction

from thads_analysis.check.findings import Finding, Value
from thads_analysis.check.stated import Book, Figure, term
from thads_analysis.locale import Locale

_YEAR = r"((?:19|20)\d{2})(?!\d)"
_DAY = rf"(\d{{1,2}})\s*[/.\-]\s*(\d{{1,2}})\s*[/.\-]\s*{_YEAR}"
_DATE = re.compile(rf"(?<![\d/.,\-]){_DAY}")
_LONG_DATE = re.compile(
    rf"ngày\s+(\d{{1,2}})\s+tháng\s+(\d{{1,2}})\s*(?:,?\s*năm|/)\s*{_YEAR}", re.IGNORECASE
)
_RANGE = re.compile(
    rf"từ\s+(?:ngày\s+)?{_DAY}\s*(?:đến|tới|-|–)\s*(?:hết\s+)?(?:ngày\s+)?{_DAY}", re.IGNORECASE
)
_OPENING = re.compile(
    rf"hết\s+(?:ngày\s+\d{{1,2}}\s*/\s*)?(?:tháng\s*)?(\d{{1,2}})\s*(?:/|-|\s*năm)\s*{_YEAR}"
    r"[^.;]{0,40}?(?:cũ|trước)\s+chuyển\s+sang",
    re.IGNORECASE,
)
_MONTHS = re.compile(rf"(?<!\d)(\d{{1,2}})\s+tháng\s+(?:đầu\s+)?(?:của\s+)?năm\s+{_YEAR}", re.IGNORECASE)
_OPENS_WITH_YEAR = re.compile(rf"\W*(?:trong\s+)?năm\s+{_YEAR}", re.IGNORECASE)
_QUALIFIERS = re.compile(r"\b(gần|khoảng|xấp\s+xỉ)\s+(trên|hơn)\s+(?=\d)", re.IGNORECASE)
_AGAINST_TARGET = re.compile(
    r"t[ỷỉ]\s+lệ\s+(\d+(?:[.,]\d+)?)\s*%\s+so\s+với\s+(?:chỉ\s+tiêu|kế\s+hoạch)", re.IGNORECASE
)


def _passages(book: Book) -> Iterator[tuple[str, Figure, bool]]:
    """Text, the figure to which a finding is tied, and whether the text is the whole one."""
    if book.text and book.figures:
        yield book.text, book.figures[0], True
    for text, figure in {figure.text: figure for figure in reversed(book.figures) if figure.text}.items():
        yield text, figure, False


def _tie(
    figure: Figure, whole: bool, found: str, expected: Value, message: str, explanation: str = ""
) -> Finding:
    finding = figure.finding(expected, message, explanation, found=found)
    return finding.about_text() if whole else finding


def _exists(day: int, month: int, year: int) -> bool:
    return 1 <= month <= 12 and 1 <= day <= calendar.monthrange(year, month)[1]


def impossible_date(book: Book, say: Locale) -> Iterator[Finding]:
    """A date that is in no calendar, such as 31/9."""
    for text, figure, whole in _passages(book):
        for match in [*_DATE.finditer(text), *_LONG_DATE.finditer(text)]:
            day, month, year = (int(part) for part in match.groups())
            if _exists(day, month, year) or day > 31:
                continue  # a document's number, 123/5/2019, is not a day
            last = f"{calendar.monthrange(year, month)[1]}/{month}/{year}" if 1 <= month <= 12 else None
            yield _tie(
                figure, whole, match[0], last, say.text("ngày {found} không có trong lịch", found=match[0])
            )


def stale_opening_date(book: Book, say: Locale) -> Iterator[Finding]:
    """The date of what is carried in: the end of September before the fiscal year."""
    for text, figure, whole in _passages(book):
        years = {f.fiscal_year for f in book.figures} if whole else {figure.fiscal_year}
        for match in _OPENING.finditer(text):
            month, year = int(match[1]), int(match[2])
            if month == 9 and (year + 1 in years or not any(years)):
                continue
            expected = f"9/{(year + 1 if year + 1 in years else figure.fiscal_year) - 1}"
            yield _tie(
                figure,
                whole,
                f"{month}/{year}",
                expected,
                say.text(
                    "số cũ chuyển sang ghi đến hết tháng {found}; năm thống kê bắt đầu sau tháng {expected}",
                    found=f"{month}/{year}",
                    expected=expected,
                ),
                say.text("Có thể còn sót từ mẫu báo cáo của kỳ khác"),
            )


def period_in_text(book: Book, say: Locale) -> Iterator[Finding]:
    """The period that a text names against that of its figures.

    Silent when any of the ranges or months named is that of the figures: a text also names the period
    it compares with.
    """
    if not book.text or not book.figures:
        return
    figure, text = book.figures[0], book.text
    periods = {f.period for f in book.figures if f.item != "target" and f.period}
    if not periods:
        return
    years = {period.fiscal_year for period in periods}
    ranges = []
    for match in _RANGE.finditer(text):
        d1, m1, y1, d2, m2, y2 = (int(part) for part in match.groups())
        if (d1, m1) == (1, 10) and _exists(d2, m2, y2):
            ranges.append((match[0], date(y1, m1, d1), date(y2, m2, d2)))
    if ranges and not any(start == p.start and end == p.end for _, start, end in ranges for p in periods):
        found, start, end = ranges[0]
        period = next((p for p in sorted(periods) if p.start == start), min(periods))
        yield _tie(
            figure,
            True,
            found,
            f"{period.start:%d/%m/%Y} - {period.end:%d/%m/%Y}",
            say.text(
                "văn bản ghi “{found}”, không trùng với kỳ của số liệu ({period})",
                found=found,
                period=period.label(say.lang),
            ),
            say.text("Ngày cuối không phải ngày cuối tháng")
            if (start, end.year, end.month) == (period.start, period.end.year, period.end.month)
            else "",
        )
    named = {(int(match[1]), int(match[2])) for match in _MONTHS.finditer(text)}
    if not any((period.months, period.fiscal_year) in named for period in periods):
        for period in sorted(periods):
            calendar_months = period.months - 3
            if (calendar_months, period.fiscal_year) in named:
                found = f"{calendar_months} tháng năm {period.fiscal_year}"
                yield _tie(
                    figure,
                    True,
                    found,
                    period.label(),
                    say.text(
                        "văn bản ghi {found}, nhưng số liệu là {period} theo năm thống kê",
                        found=found,
                        period=period.label(say.lang),
                    ),
                    say.text("Tháng tính từ đầu năm dương lịch; số liệu lũy kế từ 1 tháng 10"),
                )
    opening = _OPENS_WITH_YEAR.match(text)
    if opening and int(opening[1]) not in years:
        yield _tie(
            figure,
            True,
            opening[1],
            str(min(years)),
            say.text(
                "văn bản mở đầu bằng năm {found}, nhưng số liệu là của năm {years}",
                found=opening[1],
                years=", ".join(map(str, sorted(years))),
            ),
            say.text("Có thể năm còn sót từ báo cáo trước"),
        )


def known_before_end(book: Book, say: Locale) -> Iterator[Finding]:
    """No result is known before its period has ended; targets are."""
    for claim in book.figures:
        period = claim.period
        if claim.known is None or period is None or claim.item == "target" or claim.known >= period.end:
            continue
        yield claim.finding(
            period.end.isoformat(),
            say.text(
                "{item} của {period} được biết ngày {known}, trước khi kỳ kết thúc",
                item=term(claim.item, say),
                period=claim.label(say),
                known=say.date(claim.known),
            ),
            say.text("Có thể nhầm năm hoặc nhầm số tháng"),
            found=claim.known.isoformat(),
        )


def contradicting_words(book: Book, say: Locale) -> Iterator[Finding]:
    """Two qualifiers before one number that exclude each other, such as gần trên."""
    for text, figure, whole in _passages(book):
        for match in _QUALIFIERS.finditer(text):
            words = " ".join(match[0].split())
            yield _tie(
                figure,
                whole,
                words,
                None,
                say.text("“{words}” trước một số: không rõ số thật lớn hơn hay nhỏ hơn", words=words),
            )


def attainment_wording(book: Book, say: Locale) -> Iterator[Finding]:
    """A rate that the text words as a part of the target: tỷ lệ ...% so với chỉ tiêu."""
    for match in _AGAINST_TARGET.finditer(book.text):
        value = Fraction(match[1].replace(",", "."))
        for claim in book.claims("completion_rate"):
            pairs = book.choices(claim, "completed", "eligible")
            if claim.value == value and any(
                claim.range.overlaps(done.range.over(base.range).times(100)) for done, base in pairs
            ):
                yield claim.finding(
                    None,
                    say.text("{found} được ghi là so với chỉ tiêu", found=claim.show(value, say)),
                    say.text("Đây là tỷ lệ thi hành xong trên số có điều kiện, không phải mức đạt chỉ tiêu"),
                )
