"""When and who: the period and the organisation that each quantity of a text belongs to."""

from __future__ import annotations

__all__ = ["Clock", "Spotlight", "Times", "Turn", "org_in", "reporting_org", "reporting_period"]

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from thads_analysis.load.bulletin.outline import Paragraph
from thads_analysis.load.bulletin.periods import Mention, period_of
from thads_analysis.load.bulletin.places import Place, org_of
from thads_analysis.load.bulletin.tokens import Token, lower
from thads_analysis.org import NATION, Org
from thads_analysis.period import Period

_PLANNED = re.compile(
    r"(?:nhiệm vụ|chỉ tiêu|kế hoạch|chương trình|phương hướng|định hướng|giao|phấn đấu|nghị quyết)"
    r"[^.;:]{0,45}$"
)
_DONE = re.compile(r"(?:kết quả|tổng kết|sơ kết|đánh giá|giao ban|(?<!\w)đã)[^.;:]{0,80}$")
# A year by itself is a period only where a clause opens with it or "trong", "kết quả" leads to it.
_OPENING = re.compile(
    r"(?:^|[.;:,()“\"\n]|(?<!\w)(?:trong|hết|tổng kết|kết quả|công tác|sơ kết|của|cả))"
    r"\s*(?:[-–+*]\s*)?(?:cả\s+)?$"
)
_RESULT_BEFORE = re.compile(r"(?<!\w)(?:tổng kết|kết quả|công tác|sơ kết)(?:\s+[^\s.;:,]+){0,6}\s+$")
_ASIDE = re.compile(r"(?:bình quân|trung bình|so với|trong|đứng|thứ)[^.;:,]{0,30}$")
_LISTED = re.compile(r"[\s,;()/-]*(?:và|tỉnh|thành phố|tp\.?|cục thads|[\s,])*", re.IGNORECASE)


class Clock:
    """The period of a quantity: the nearest that its sentence names before it, else the one in force.

    Parameters
    ----------
    text : str
        The document.
    period : Period or None
        The period that the document reports on.
    year : int or None
        Fiscal year where only that is known, from "so với cùng kỳ năm 2016".
    """

    def __init__(self, text: str, period: Period | None, year: int | None) -> None:
        self._text = text
        self._main = self._now = period
        self._year = period.fiscal_year if period else year
        self._named_year = self._year

    def read(self, sentence: list[Token]) -> Times:
        """Take in the times of a sentence and return what they say for its quantities."""
        times = Times(self._now, self._year, self._named_year)
        for n, token in enumerate(sentence):
            mention = token.of
            if token.kind != "time" or not isinstance(mention, Mention):
                continue
            if mention.year is not None and mention.kind in ("span", "months", "year"):
                self._named_year = mention.year
                times.years.append((token.start, mention.year))
            if any((t.kind, t.value) == ("base", "other") for t in _clause(sentence, n)):
                continue
            if mention.kind == "off":
                times.named.append((token.start, None))
                continue
            period = self._period(sentence, n, mention)
            if period is not None:
                times.named.append((token.start, period))
                self._now, self._year = period, period.fiscal_year
        return times

    def _period(self, sentence: list[Token], n: int, mention: Mention) -> Period | None:
        before = _before(self._text, sentence[n])
        if mention.kind in ("event", "calendar") or _is_planned(before):
            return None
        if mention.until and _counts_what_is_carried_in(sentence, n):
            return None
        if mention.kind == "year":
            if not _is_topical(before):
                return None
            if self._main is not None and self._main.fiscal_year == mention.year:
                return self._main  # in a report of nine months "năm 2023" is the year so far
        return period_of(mention, self._now or (Period(self._year, 12) if self._year else None))

    def named_in(self, paragraphs: list[Paragraph]) -> set[Period]:
        """Return the periods that a document names outright."""
        tokens = [t for paragraph in paragraphs for row in paragraph.sentences for t in row]
        mentions = [t.of for t in tokens if isinstance(t.of, Mention) and t.of.kind in ("span", "months")]
        return {period for mention in mentions if (period := period_of(mention, self._main)) is not None}


@dataclass
class Times:
    """What the times of one sentence say."""

    before: Period | None
    year: int | None
    named_year: int | None

    def __post_init__(self) -> None:
        self.named: list[tuple[int, Period | None]] = []
        self.years: list[tuple[int, int]] = []

    def period_at(self, offset: int) -> tuple[Period | None, bool]:
        """Return the period of a quantity, and whether its figures are none of a statistical year's."""
        passed = [period for start, period in self.named if start < offset]
        if passed:
            return passed[-1], passed[-1] is None
        if self.before is None and self.named:
            return self.named[0][1], self.named[0][1] is None
        return self.before, False

    def year_at(self, offset: int) -> int | None:
        """Return the year that was named last before a quantity: the year of a target."""
        passed = [year for start, year in self.years if start < offset]
        return passed[-1] if passed else self.named_year or self.year


def _before(text: str, token: Token) -> str:
    return lower(text[max(0, token.start - 90) : token.start])


def _is_planned(before: str) -> bool:
    """Whether a time is that of a plan: "nhiệm vụ năm 2024", not "kết quả thực hiện nhiệm vụ năm 2023"."""
    return _PLANNED.search(before) is not None and _DONE.search(before) is None


def _is_topical(before: str) -> bool:
    return _OPENING.search(before) is not None or _RESULT_BEFORE.search(before) is not None


def _clause(sentence: list[Token], n: int) -> list[Token]:
    """Return the tokens before one, back to the mark that opens its clause."""
    start = next((k + 1 for k in range(n - 1, -1, -1) if sentence[k].value in tuple(",;:.")), 0)
    return sentence[start:n]


def _counts_what_is_carried_in(sentence: list[Token], n: int) -> bool:
    """Whether "đến hết tháng 9/2015" only dates the opening stock: "…, số cũ chuyển sang"."""
    following = next((t for t in sentence[n + 1 :] if t.kind in ("item", "quantity")), None)
    return following is not None and following.value == "carried_in"


def reporting_period(text: str, paragraphs: list[Paragraph]) -> tuple[Period | None, int | None]:
    """Find the period that a document reports on, and the year where only that is known.

    The first span from 1 October or "9 tháng năm 2023" decides; failing these a bare year that opens
    a clause, then the calendar month of a title; the year alone follows from "cùng kỳ năm 2022".
    """
    tokens = [token for paragraph in paragraphs for row in paragraph.sentences for token in row]
    mentions = [(token, token.of) for token in tokens if isinstance(token.of, Mention)]
    year = next((m.year for _, m in mentions if m.year and m.kind in ("months", "year", "span")), None)
    ranked: list[tuple[int, Period]] = []
    for token, mention in mentions:
        before = _before(text, token)
        period = period_of(mention, Period(year, 12) if year else None)
        if period is None or _is_planned(before) or (mention.kind == "year" and not _is_topical(before)):
            continue
        rank = {"span": 1 if mention.until else 0, "months": 0, "year": 2, "calendar": 3}[mention.kind]
        ranked.append((rank, period))
    if ranked:
        period = min(ranked, key=lambda pair: pair[0])[1]
        return period, period.fiscal_year
    compared = [
        re.findall(r"20\d\d", text[t.start : t.end]) for t in tokens if (t.kind, t.value) == ("base", "same")
    ]
    years = [int(found[-1]) + 1 for found in compared if found]
    return None, years[0] if years else None


@dataclass(frozen=True)
class Turn:
    """From an offset on, figures are about a place, None for the nation; or nobody can tell.

    One that is not ``lasting`` holds for a single figure: "Sơn La (60,1%), Hà Tĩnh (61,2%)".
    """

    start: int
    place: Place | None
    doubtful: bool = False
    lasting: bool = True


class Spotlight:
    """Whom a quantity is about: the nearest that its sentence names before it, else who is in the light.

    A province that a paragraph names stays in the light for the next paragraph if figures were read
    of it; otherwise the light returns to whom the document speaks of.
    """

    def __init__(self, text: str, main: Place | None) -> None:
        self._text = text
        self._main = self._now = main
        self._used = False

    def enter_paragraph(self) -> None:
        """Return to whom the document speaks of, unless figures were just read of another."""
        if not self._used:
            self._now = self._main
        self._used = False

    def use(self) -> None:
        """Note that a figure was read of the one in the light."""
        self._used = True

    def read(self, sentence: list[Token]) -> list[Turn]:
        """Take in the places of a sentence and return in order from where on each one holds."""
        turns = [Turn(-1, self._now)]
        places = [(n, token, token.of) for n, token in enumerate(sentence) if isinstance(token.of, Place)]
        listed = self._listed(sentence, places)
        anchored = False
        for n, token, place in places:
            if place.kind in ("part", "where"):
                continue
            if place.kind == "nation":
                before = lower(self._text[max(0, token.start - 40) : token.start])
                if _ASIDE.search(before) is None:
                    turns.append(Turn(token.start, None))
            elif [t.value for t in sentence[n + 1 : n + 3]] == ["(", "pct"]:
                turns.append(Turn(token.start, place, lasting=False))
            elif place.kind == "unnamed":
                now = next(turn.place for turn in reversed(turns) if not turn.doubtful)
                turns.append(Turn(token.start, now or place))
            elif token.start in listed:
                if not anchored:
                    turns.append(Turn(token.start, self._now, doubtful=True))
            elif place.kind == "province" or self._opens_clause(sentence, n):
                turns.append(Turn(token.start, place))
                anchored = anchored or place.office
            elif anchored:
                continue
            elif self._now is None or place.name.casefold() != self._now.name.casefold():
                turns.append(Turn(token.start, self._now, doubtful=True))
        self._now = next(turn.place for turn in reversed(turns) if turn.lasting and not turn.doubtful)
        return turns

    def _listed(self, sentence: list[Token], places: list[tuple[int, Token, Place]]) -> set[int]:
        """Offsets of the names that stand in a list; a list is not whom the figures are about."""
        named = [
            (token, place) for _, token, place in places if place.kind in ("province", "passing", "where")
        ]
        found: set[int] = set()
        for (first, _), (second, _) in pairwise(named):
            if _LISTED.fullmatch(self._text[first.end : second.start]):
                found |= {first.start, second.start}
        return found

    def _opens_clause(self, sentence: list[Token], n: int) -> bool:
        """Whether a bare name is the subject: "Hà Nội: thi hành xong …", "…; Hà Nội đạt …"."""
        before = sentence[n - 1] if n else None
        if before is not None and before.value not in ("-", "+", "*", ";", ":", "•", "–"):
            return False
        after = sentence[n + 1] if n + 1 < len(sentence) else None
        return after is not None and (
            after.kind in ("reach", "item", "link", "result") or after.value in (":", ",")
        )


def reporting_org(paragraphs: Iterable[Paragraph]) -> Place | None:
    """Find the province whose report a document is: named in its head or title, before any figure."""
    for paragraph in paragraphs:
        if not paragraph.heading:
            return None
        for row in paragraph.sentences:
            named = [
                t.of
                for t in row
                if isinstance(t.of, Place) and t.of.kind in ("province", "unnamed", "passing")
            ]
            if len(named) == 1 and named[0].kind != "passing":
                return named[0]
    return None


def org_in(place: Place | None, period: Period | None) -> tuple[Org | None, str]:
    """Return the organisation of a place in a period: the nation where none stands.

    None without a reason is a province that the text does not name.
    """
    if place is None:
        return NATION, ""
    if place.kind == "unnamed":
        return None, ""
    return org_of(place.name, period)
