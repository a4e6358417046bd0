"""A sentence as a row of tokens: phrases of the field, quantities, times, places, marks, other words."""

from __future__ import annotations

__all__ = ["Token", "lower", "sentences", "tokenize"]

import re
from collections.abc import Iterator
from dataclasses import dataclass

from thads_analysis.load.bulletin.numbers import Quantity, match_quantity
from thads_analysis.load.bulletin.periods import Mention, match_mention
from thads_analysis.load.bulletin.phrases import match_phrase
from thads_analysis.load.bulletin.places import Place, find_places

_SPACE = re.compile(r"\s+")
# Numbers of documents and of articles, dates: digits that measure nothing.
_CODE = re.compile(
    r"(?:số\s*:?\s*)?\d+[a-zđ]?\s*/\s*(?:20\d\d\s*/\s*)?[a-zđ]{2,}[\w-]*(?:[-–/]\s?[a-zđ]\w*)*"
    r"|(?:số\s*:?\s*)?\d+\s*[-–]\s*[a-zđ]{2,}/[\w-]+"
    r"|(?:điều|khoản|điểm|mục|chương|phụ\s+lục|biểu(?:\s+số)?|mẫu(?:\s+số)?|bảng|công\s+văn(?:\s+số)?|quyết\s+định\s+số)\s+\d[\w./-]*"
    r"|\d{1,2}/\d{1,2}/\d{4}|\d{1,2}/\d{4}"
)
_FOOTNOTE = re.compile(r"\[\d{1,2}\]|[¹²³⁰-⁹]+")
_GLUED = re.compile(r"\d{1,2}(?![\d]|[.,]\d)")
_WORD = re.compile(r"[^\W\d_]+")
_ABBREVIATED = re.compile(r"(?:^|\W)(?:TP|Tp|T|P|Q|H|TX|ThS|TS|Đ|Tr|đ/c|v\.v)$")
_LONGEST = 4_000
_SENTENCE_END = re.compile(r"[.!?…]+[”\"')]*(?=\s|$)")


@dataclass(frozen=True)
class Token:
    """A piece of a sentence.

    ``kind`` is that of a phrase of the lexicon, or ``quantity``, ``time``, ``place``, ``mark`` or
    ``word``; ``value`` is the phrase's value or the mark; ``of`` holds what was read of the rest.
    """

    kind: str
    value: str
    start: int
    end: int
    of: Quantity | Mention | Place | None = None


def lower(text: str) -> str:
    """Lower the letters of a text and keep its length, so that offsets hold."""
    lowered = text.lower()
    return (
        lowered
        if len(lowered) == len(text)
        else "".join(c if len(c.lower()) != 1 else c.lower() for c in text)
    )


def sentences(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the offsets of the sentences of a paragraph."""
    begin = start
    for match in _SENTENCE_END.finditer(text, start, end):
        following = text[match.end() : min(end, match.end() + 20)].lstrip()
        if following[:1].islower() or (match[0] == "." and _ABBREVIATED.search(text, begin, match.start())):
            continue
        yield from _cut(text, begin, match.end())
        begin = match.end()
    if text[begin:end].strip():
        yield from _cut(text, begin, end)


def _cut(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield a sentence, in pieces if it is longer than anybody writes: a table pasted as text."""
    while end - start > _LONGEST:
        space = text.rfind(" ", start + 1, start + _LONGEST)
        piece = space if space > 0 else start + _LONGEST
        yield start, piece
        start = piece
    yield start, end


def tokenize(text: str, start: int, end: int) -> list[Token]:
    """Split a sentence into tokens, with offsets into the whole text."""
    original = text[start:end]
    lowered = lower(original)
    places = {place.start: place for place in find_places(original)}
    tokens: list[Token] = []
    at = 0
    while at < len(original):
        token, following = _read_token(lowered, at, places)
        if token is not None:
            tokens.append(Token(token.kind, token.value, token.start + start, token.end + start, token.of))
        at = following
    return tokens


def _read_token(text: str, at: int, places: dict[int, Place]) -> tuple[Token | None, int]:
    if space := _SPACE.match(text, at):
        return None, space.end()
    if place := places.get(at):
        # The cue before a part ("huyện") is short; the name behind it is left to be read as words.
        return Token("place", place.kind, at, place.end, place), place.end
    if note := _FOOTNOTE.match(text, at):
        return None, note.end()
    after_letter = at > 0 and (text[at - 1].isalpha() or text[at - 1] == "%")
    if after_letter and (glued := _GLUED.match(text, at)):
        return None, glued.end()  # a footnote as well, or the tail of a code
    if phrase := match_phrase(text, at):
        return Token(phrase.kind, phrase.value, at, phrase.end), phrase.end
    if not after_letter and (mention := match_mention(text, at)):
        return Token("time", mention.kind, at, mention.end, mention), mention.end
    if not after_letter and (code := _CODE.match(text, at)):
        return Token("word", "", at, code.end()), code.end()
    if quantity := match_quantity(text, at):
        return Token("quantity", quantity.unit, at, quantity.end, quantity), quantity.end
    if word := _WORD.match(text, at):
        return Token("word", "", at, word.end()), word.end()
    if text[at].isdigit():
        digits = re.compile(r"[\d.,]*\d").match(text, at)
        return Token("word", "", at, digits.end()), digits.end()  # type: ignore[union-attr]
    return Token("mark", text[at], at, at + 1), at + 1
