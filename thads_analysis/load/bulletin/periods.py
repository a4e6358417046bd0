"""Reporting periods as bulletins name them: spans of dates, "9 tháng", "tháng thứ 5", years."""

from __future__ import annotations

__all__ = ["Mention", "match_mention", "period_of"]

import re
from dataclasses import dataclass
from typing import Literal

from thads_analysis.errors import UsageError
from thads_analysis.period import Period

Kind = Literal["span", "months", "year", "calendar", "event", "off"]

_WORDS = {
    "một": 1, "hai": 2, "ba": 3, "bốn": 4, "năm": 5, "sáu": 6,
    "bảy": 7, "tám": 8, "chín": 9, "mười": 10, "mười một": 11, "mười hai": 12,
}  # fmt: skip
_QUARTERS = {"i": 3, "ii": 6, "iii": 9, "iv": 12, "1": 3, "2": 6, "3": 9, "4": 12}

_END = r"(?!\w)"
# A footnote's digit is often glued to a year.
_YEAR = r"(?P<year>20\d\d)\d{0,2}(?!\d)"
_DATE = (
    r"(?:hết\s+)?(?:ngày\s+)?(?:(?P<{0}d>\d{{1,2}})\s*[/.-]\s*(?P<{0}m>\d{{1,2}})(?:\s*[/.-]\s*(?P<{0}y>20\d\d))?"
    r"|(?:(?P<{0}dd>\d{{1,2}})\s+)?tháng\s+(?P<{0}mm>\d{{1,2}})(?:\s*[/-]\s*|\s+năm\s+)(?P<{0}yy>20\d\d)"
    r"|(?P<{0}mmm>\d{{1,2}})\s*[/-]\s*(?P<{0}yyy>20\d\d))"
)
_COUNT = rf"(?P<months>\d{{1,2}}|{'|'.join(sorted(_WORDS, key=len, reverse=True))})"
_OF_YEAR = (
    rf"(?:\s+(?:đầu|của))?(?:\s+năm)?(?:\s+(?:công\s+tác|thống\s+kê))?(?:\s*[,(/]?\s*(?:năm\s+)?{_YEAR})"
)

_PATTERNS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (name, re.compile(pattern))
    for name, pattern in (
        (
            "span",
            rf"(?:tính\s+)?(?:từ\s+)?{_DATE.format('a')}\s*(?:(?:cho\s+)?(?:đến|tới)|[-–—])\s*{_DATE.format('b')}{_END}",
        ),
        ("off", r"giai\s+đoạn\s+20\d\d\s*[-–]\s*20\d\d|(?:\(\s*)20\d\d\s*[-–]\s*20\d\d"),
        ("until", rf"(?:tính\s+)?(?:đến|tới)\s+(?:thời\s+điểm\s+)?{_DATE.format('b')}{_END}"),
        ("event", rf"(?:ngày\s+)?\d{{1,2}}\s+tháng\s+\d{{1,2}}(?:\s+năm\s+{_YEAR})?{_END}"),
        ("event", rf"{_COUNT}\s+tháng\s+(?:cuối|còn\s+lại|tới|liền|liên\s+tục)"),
        ("event", rf"(?:từ\s+nay|từ\s+giờ)\s+(?:cho\s+)?(?:đến|tới)\s+(?:hết\s+|cuối\s+)?năm\s+{_YEAR}"),
        (
            "ordinal",
            rf"tháng\s+thứ\s+{_COUNT}(?:\s*(?:/|của\s+năm|năm)\s*(?:(?:công\s+tác|thống\s+kê)\s+)?{_YEAR})?{_END}",
        ),
        ("months", rf"{_COUNT}\s+tháng{_OF_YEAR}"),
        (
            "months",
            rf"{_COUNT}\s+tháng(?:\s+(?:đầu\s+năm|qua){_END}|(?=\s*[,:;(])|(?=\s+(?:đã|thi\s+hành|toàn|cho|đạt){_END}))",
        ),
        ("quarter", rf"qu[ýí]\s+(?P<quarter>iv|i{{1,3}}|[1-4])(?:\s*[/-]\s*|\s*,?\s+năm\s+){_YEAR}"),
        ("event", rf"ngày\s+{_DATE.format('b')}{_END}"),
        ("calendar", rf"tháng\s+(?P<month>\d{{1,2}})(?:\s*[/-]\s*|\s+năm\s+){_YEAR}"),
        (
            "year",
            rf"năm\s+(?:(?:công\s+tác|thống\s+kê|ngân\s+sách)\s+)?{_YEAR}(?:\s*[-–]\s*(?P<through>20\d\d))?",
        ),
    )
)


@dataclass(frozen=True)
class Mention:
    """A time that the text names.

    Parameters
    ----------
    kind : {"span", "months", "year", "calendar", "event", "off"}
        ``span`` from dates and ``months`` from a count since 1 October say the period outright;
        ``year`` may be a whole year or a mere label; ``calendar`` is a month of the calendar, as in a
        title; ``event`` says when something happens; ``off`` is a time whose figures are none of the
        statistical year's: several years, or a span that does not begin on 1 October.
    year : int or None
        Fiscal year, where named.
    months : int or None
        Months since 1 October.
    start, end : int
        Where it stands.
    until : bool
        Whether it only names an end: "đến hết tháng 9/2015".
    """

    kind: Kind
    year: int | None
    months: int | None
    start: int
    end: int
    until: bool = False


def match_mention(text: str, start: int) -> Mention | None:
    """Read the time that begins at an offset of lower-cased text, if one does.

    Examples
    --------
    >>> mention = match_mention("từ 01/10/2022 đến 30/6/2023", 0)
    >>> mention.year, mention.months
    (2023, 9)
    >>> match_mention("năm 20161", 0).year
    2016
    """
    for name, pattern in _PATTERNS:
        match = pattern.match(text, start)
        if match is not None:
            return _read(name, match)
    return None


def period_of(mention: Mention, context: Period | None) -> Period | None:
    """Return the period of a mention; a year that it leaves out is that of the context."""
    year = mention.year or (context.fiscal_year if context else None)
    if mention.kind in ("event", "off") or year is None or mention.months is None:
        return None
    try:
        return Period(year, mention.months)
    except UsageError:
        return None


def _read(name: str, match: re.Match[str]) -> Mention:
    at = (match.start(), match.end())
    groups = match.groupdict()
    year = int(groups["year"]) if groups.get("year") else None
    if name in ("span", "until"):
        return _read_span(name, groups, at)
    if name in ("months", "ordinal"):
        months = _WORDS.get(groups["months"]) or int(groups["months"])
        return Mention("months" if 1 <= months <= 12 else "event", year, months, *at)
    if name == "quarter":
        return Mention("months", year, _QUARTERS[groups["quarter"]], *at)
    if name == "calendar":
        fiscal_year, months = _since_october(year or 0, int(groups["month"]))
        return Mention("calendar" if 1 <= int(groups["month"]) <= 12 else "event", fiscal_year, months, *at)
    if name == "year" and not groups["through"]:
        return Mention("year", year, 12, *at)
    return Mention("off" if name in ("off", "year") else "event", year, None, *at)


def _read_span(name: str, groups: dict[str, str | None], at: tuple[int, int]) -> Mention:
    """Read "từ … đến …" or "đến hết …"; a span that does not begin on 1 October is no period here."""
    day, month, year = _date(groups, "b")
    if year is None or not 1 <= month <= 12:
        return Mention("event", None, None, *at)
    fiscal_year, months = _since_october(year, month)
    if name == "until":  # a day within a month is when something happened, not the end of a period
        return Mention(
            "event" if day is not None and day < 28 else "span", fiscal_year, months, *at, until=True
        )
    first_day, first, first_year = _date(groups, "a")
    begins = first_day in (1, None) and first == 10 and first_year in (fiscal_year - 1, None)
    return Mention("span" if begins else "off", fiscal_year, months, *at)


def _date(groups: dict[str, str | None], side: str) -> tuple[int | None, int, int | None]:
    def pick(*names: str) -> int | None:
        return next((int(value) for name in names if (value := groups[side + name])), None)

    return pick("d", "dd"), pick("m", "mm", "mmm") or 0, pick("y", "yy", "yyy")


def _since_october(year: int, month: int) -> tuple[int, int]:
    """Fiscal year and months covered at the end of a calendar month."""
    return (year + 1, month - 9) if month >= 10 else (year, month + 3)
