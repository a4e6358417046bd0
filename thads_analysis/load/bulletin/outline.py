"""Paragraphs, their markers, and what the headings above a paragraph say for it."""

from __future__ import annotations

__all__ = ["Outline", "Paragraph", "split_paragraphs"]

import re
from dataclasses import dataclass
from decimal import Decimal

from thads_analysis.load.bulletin.clauses import ADMINISTRATIVE, Scope
from thads_analysis.load.bulletin.tokens import Token, sentences, tokenize

_UNITS = ("cases", "dong", "pct")
_CAPITALS, _PLAIN, _BODY = 5, 45, 99
_MARKERS = tuple(
    (level, re.compile(pattern))
    for level, pattern in (
        (10, r"\s*(?:phần\s+)?[IVX]{1,5}[.)]\s|\s*[A-ZĐ][.)]\s"),
        (30, r"\s*\d{1,2}\.\d{1,2}\.?(?:\d{1,2}\.?)*\s"),
        (20, r"\s*\d{1,2}[.)]\s"),
        (40, r"\s*(?:[a-zđ][.)]|\([a-zđ0-9]\))\s"),
        (50, r"\s*[*•▪●○]\s"),
        (60, r"\s*[-–—]\s"),
        (70, r"\s*\+\s"),
    )
)


@dataclass(frozen=True)
class Paragraph:
    """A paragraph as sentences of tokens.

    Parameters
    ----------
    level : int
        Depth of its marker: "I." stands above "1.", "a)", "-" and "+"; prose has the greatest.
    heading : bool
        Whether it states no figure and opens what follows.
    """

    start: int
    end: int
    level: int
    heading: bool
    sentences: tuple[list[Token], ...]


def split_paragraphs(text: str) -> list[Paragraph]:
    """Split a text into paragraphs and tell headings from what stands under them."""
    found = []
    for line in re.finditer(r"[^\n]*\S[^\n]*", text):
        rows = tuple(tokenize(text, start, end) for start, end in sentences(text, line.start(), line.end()))
        level = next((level for level, marker in _MARKERS if marker.match(line[0])), _BODY)
        figures = any(token.kind == "quantity" and token.value in _UNITS for row in rows for token in row)
        short = len(line[0]) < 160 and not line[0].rstrip().endswith((".", ";", ","))
        heading = not figures and (short or (level != _BODY and len(line[0]) < 160))
        if heading and level == _BODY:
            level = _CAPITALS if line[0].isupper() else _PLAIN
        found.append(Paragraph(line.start(), line.end(), level, heading, rows))
    return found


@dataclass(frozen=True)
class _Heading:
    level: int
    measure: str | None
    topic: str | None
    part: str | None


class Outline:
    """The headings that hold at a place of the document."""

    def __init__(self) -> None:
        self._open: list[_Heading] = []
        self._levels: dict[tuple[str | None, str], Decimal] = {}
        self._in_body = False
        self._above = (_BODY, Scope())

    def enter(self, paragraph: Paragraph) -> Scope:
        """Return what a paragraph inherits; headings of its own level or deeper end before it.

        The figures of a section are operands for one another, so bullets share them; a new section
        or a paragraph of prose begins without. A bullet under a bullet may go on about the same
        figure: "- Thi hành xong 40 việc" and below it "+ Tăng 5 việc".
        """
        if paragraph.level != _BODY:
            while self._open and self._open[-1].level >= paragraph.level:
                self._open.pop()
        if paragraph.level <= _PLAIN or paragraph.level == _BODY:
            self._levels = {}
        self._in_body = self._in_body or not paragraph.heading
        scope = Scope(
            measure=self._inherited("measure"),
            topic=self._inherited("topic") or "civil",
            part=self._inherited("part") or "",
            levels=self._levels,
        )
        level, above = self._above
        if level < paragraph.level < _BODY:
            scope.last = above.last
        self._above = (paragraph.level, scope)
        if paragraph.level != _BODY:
            self._open.append(self._read_heading(paragraph))
        return scope

    def _inherited(self, field: str) -> str | None:
        return next(
            (value for heading in reversed(self._open) if (value := getattr(heading, field)) is not None),
            None,
        )

    def _read_heading(self, paragraph: Paragraph) -> _Heading:
        """Read what is named before the first figure; a title names too much to bind what follows."""
        lead: list[Token] = []
        for token in (token for row in paragraph.sentences for token in row):
            if token.kind == "quantity" and token.value in _UNITS:
                break
            lead.append(token)
        measures = [t.value for t in lead if t.kind in ("measure", "noun") and t.value in ("cases", "money")]
        topics = [t.value for t in lead if t.kind == "topic"]
        parts = [t.value for t in lead if t.kind == "part"]
        title = paragraph.level in (_CAPITALS, _PLAIN) and not self._in_body
        topic = None
        if topics and not title:
            topic = ADMINISTRATIVE if set(topics) == {ADMINISTRATIVE} else "civil"
        part = parts[0] if parts and not title else "" if topic == "civil" else None
        return _Heading(paragraph.level, measures[0] if len(set(measures)) == 1 else None, topic, part)
