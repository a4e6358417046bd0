"""Numbers as Vietnamese bulletins print them: chains of units, both decimal marks, words, qualifiers."""

from __future__ import annotations

__all__ = ["Quantity", "match_quantity"]

import re
from dataclasses import dataclass
from decimal import Decimal

_LARGEST_AMOUNT = 10**18

_NUMERAL = r"\d+(?:[.,]\d+)*(?:[\u00a0\u2009\u202f]\d{3}(?!\d))*"
_SPACED = r"\d{1,3}(?: \d{3})+(?=\s*(?:việc|vụ|tỷ|tỉ|triệu|nghìn|ngàn|đồng)\b)"
_BOUNDS = {
    "trên dưới": "about",
    "ước khoảng": "about",
    "ước đạt": "about",
    "ước tính": "about",
    "khoảng": "about",
    "xấp xỉ": "about",
    "chừng": "about",
    "ước": "about",
    "ít nhất": "at_least",
    "tối thiểu": "at_least",
    "không dưới": "at_least",
    "trên": "at_least",
    "hơn": "at_least",
    "tối đa": "at_most",
    "không quá": "at_most",
    "chưa đến": "at_most",
    "chưa tới": "at_most",
    "gần": "at_most",
    "ngót": "at_most",
    "dưới": "below",
}
_END = r"(?![^\W\d_])"
_QUALIFIER = re.compile(rf"(?:(?P<word>{'|'.join(_BOUNDS)}){_END}\s+)")
_LITERAL = re.compile(rf"{_SPACED}|{_NUMERAL}")
_SCALES = {"tỷ": 10**9, "tỉ": 10**9, "triệu": 10**6, "nghìn": 10**3, "ngàn": 10**3}
_SCALE = re.compile(
    rf"\s*(?:(?P<thousand>nghìn|ngàn)\s+(?P<billion>tỷ|tỉ)|(?P<one>tỷ|tỉ|triệu|nghìn|ngàn)){_END}"
)
_DONG = re.compile(rf"\s*(?:đồng|vnđ|vnd|đ){_END}")
_PERCENT = re.compile(rf"\s*(?:(?P<points>điểm\s*(?:%|phần\s+trăm)?{_END})|%|phần\s+trăm{_END})")
_CASES = re.compile(rf"\s*(?:vụ[\s,/]*việc|việc|vụ\s+án|vụ|án)(?!\s+(?:làm|phạt)){_END}")
_JUDGMENTS = re.compile(rf"\s*bản\s+án{_END}")
_DOCUMENTS = re.compile(
    rf"\s*(?:văn\s+bản|quyết\s+định|thông\s+báo|kiến\s+nghị|cuộc|buổi(?=\s+làm\s+việc)){_END}"
)
_RANGE = re.compile(
    rf"(?:từ\s+)?{_NUMERAL}\s*(?:(?P<unit>%|việc|tỷ|tỉ)(?:\s+đồng)?\s*)?(?:đến|[-–])\s*{_NUMERAL}\s*"
    r"(?(unit)(?P=unit)|(?:%|việc|vụ|triệu|tỷ|tỉ))"
)
_CLOSING = re.compile(
    r"\s*(?:$|[.,;:()\[\]/=+\-–—\"”]|(?:và|so|đạt|tăng|giảm|chiếm|trong|trên|về|với|đã|là|số|bằng|vượt|thiếu|thấp|cao)\b)"
)

_ONES = {
    "không": 0, "một": 1, "mốt": 1, "hai": 2, "ba": 3, "bốn": 4, "tư": 4, "lăm": 5, "nhăm": 5,
    "sáu": 6, "bảy": 7, "bẩy": 7, "tám": 8, "chín": 9,
}  # fmt: skip
_NUMERAL_WORDS = "|".join([*_ONES, "năm", "mười", "mươi", "trăm", "linh", "lẻ", "nghìn", "ngàn"])
_NUMBER_WORDS = re.compile(rf"(?:(?:{_NUMERAL_WORDS}){_END}\s+){{1,12}}")


@dataclass(frozen=True)
class Quantity:
    """A number with its unit, as printed.

    Parameters
    ----------
    value : Decimal
        Cases, đồng or percent; without sign.
    unit : str
        ``cases``, ``dong``, ``pct``, ``judgments``, ``documents``; ``bare`` without a unit; ``range``
        for "from … to …"; ``other`` for anything else that is counted.
    bound : str
        ``exact``, ``at_least``, ``at_most``, ``about``; ``below`` for a limit that others stay under.
    start, end : int
        Where it stands, the qualifying word included.
    points : bool
        Whether the text says "điểm", so that percent can only be points.
    thousands : Decimal, optional
        The value if its comma marks thousands; None where the comma can only be one thing.
    """

    value: Decimal
    unit: str
    bound: str
    start: int
    end: int
    points: bool = False
    thousands: Decimal | None = None


def match_quantity(text: str, start: int) -> Quantity | None:
    """Read the quantity that begins at an offset, if one does.

    Parameters
    ----------
    text : str
        Lower-cased text.
    start : int
        Offset of a digit, of a number word or of a qualifying word.

    Examples
    --------
    >>> match_quantity("588 tỷ 190 triệu 067 nghìn đồng", 0).value
    Decimal('588190067000')
    >>> match_quantity("gần 47 nghìn việc", 0).bound
    'at_most'
    """
    bound, at = _read_qualifiers(text, start)
    spread = _RANGE.match(text, at)
    if spread:
        return Quantity(Decimal(0), "range", bound, start, spread.end())
    literal = _LITERAL.match(text, at)
    if literal is None:
        return _match_words(text, start, at, bound)
    percent = _PERCENT.match(text, literal.end())
    if percent:
        value = _read_decimal(literal[0])
        if value is None:
            return None
        return Quantity(value, "pct", bound, start, percent.end(), points=bool(percent["points"]))
    return _match_count(text, start, literal, bound) or _match_amount(text, start, literal, bound)


def _read_qualifiers(text: str, start: int) -> tuple[str, int]:
    """Bound of the words before a number; "gần trên" says both ways, hence about."""
    bounds: list[str] = []
    at = start
    while len(bounds) < 3 and (match := _QUALIFIER.match(text, at)):
        bounds.append(_BOUNDS[match["word"]])
        at = match.end()
    if not bounds:
        return "exact", at
    return (bounds[0] if len(set(bounds)) == 1 else "about"), at


def _match_count(text: str, start: int, literal: re.Match[str], bound: str) -> Quantity | None:
    scale = _SCALE.match(text, literal.end())
    at = scale.end() if scale else literal.end()
    for unit, pattern in (("cases", _CASES), ("judgments", _JUDGMENTS), ("documents", _DOCUMENTS)):
        noun = pattern.match(text, at)
        if noun is None:
            continue
        value = _read_decimal(literal[0]) if scale else _read_whole(literal[0])
        if value is None or value * _factor(scale) % 1:
            return None
        # What kind of paper it is decides the item, so its name is left to be read as one.
        end = literal.end() if unit == "documents" else noun.end()
        return Quantity(value * _factor(scale), unit, bound, start, end)
    return None


@dataclass(frozen=True)
class _Part:
    """One link of "… tỷ … triệu … nghìn đồng"."""

    numeral: str
    factor: int
    scaled: bool
    money: bool
    end: int


def _match_part(text: str, at: int) -> _Part | None:
    literal = _LITERAL.match(text, at)
    if literal is None:
        return None
    scale = _SCALE.match(text, literal.end())
    end = scale.end() if scale else literal.end()
    dong = _DONG.match(text, end)
    return _Part(literal[0], _factor(scale), scale is not None, dong is not None, dong.end() if dong else end)


def _match_amount(text: str, start: int, literal: re.Match[str], bound: str) -> Quantity | None:
    """Read an amount, a chain of amounts, or a number that has no unit of ours."""
    part = _match_part(text, literal.start())
    if part is None:
        return None
    chain = [part]
    while part.scaled and not part.money:
        gap = re.compile(r"\s+").match(text, part.end)
        following = _match_part(text, gap.end()) if gap else None
        if following is None or following.factor >= part.factor or not (following.scaled or following.money):
            break
        part = following
        chain.append(part)
    if not any(part.money or part.factor >= 10**6 for part in chain):
        return _match_bare(text, start, chain[0], bound)
    readings = [_read_amount(part.numeral, part.factor) for part in chain]
    total = Decimal(0)
    for value, _ in readings:
        if value is None:
            return None
        total += value
    if total % 1:
        return None
    thousands = readings[0][1] if len(chain) == 1 else None
    return Quantity(total, "dong", bound, start, part.end, thousands=thousands)


def _match_bare(text: str, start: int, part: _Part, bound: str) -> Quantity | None:
    """Read a number that stands alone, or counts something that is none of our business."""
    unit = "bare" if _CLOSING.match(text, part.end) else "other"
    value = _read_decimal(part.numeral) if part.scaled else _read_whole(part.numeral)
    if value is None:
        unit, value = "other", Decimal(0)
    return Quantity(value * part.factor, unit, bound, start, part.end)


def _match_words(text: str, start: int, at: int, bound: str) -> Quantity | None:
    """Read "bốn việc", "hai mươi lăm vụ"; "năm" alone is a year as often as five, and is left."""
    match = _NUMBER_WORDS.match(text, at)
    if match is None or (noun := _CASES.match(text, match.end() - 1)) is None:
        return None
    words = match[0].split()
    if words == ["năm"] or (
        words[0] == "năm" and words[1:2] not in (["mươi"], ["trăm"], ["nghìn"], ["ngàn"])
    ):
        return None
    total = group = digit = 0
    for word in words:
        if word in _ONES or word == "năm":
            digit = _ONES.get(word, 5)
        elif word in ("mười", "mươi"):
            group, digit = group + (10 if word == "mười" else digit * 10), 0
        elif word == "trăm":
            group, digit = group + digit * 100, 0
        elif word in ("nghìn", "ngàn"):
            total, group, digit = total + (group + digit) * 1000, 0, 0
    return Quantity(Decimal(total + group + digit), "cases", bound, start, noun.end())


def _factor(scale: re.Match[str] | None) -> int:
    if scale is None:
        return 1
    return 10**12 if scale["billion"] else _SCALES[scale["one"]]


def _read_whole(numeral: str) -> Decimal | None:
    """Read a count: a mark can only part thousands."""
    digits = re.sub(r"\s", "", numeral)
    if digits.isdigit() or re.fullmatch(r"\d{1,3}(?:\.\d{3})+|\d{1,3}(?:,\d{3})+", digits):
        return Decimal(re.sub(r"[.,]", "", digits))
    return None


def _read_decimal(numeral: str) -> Decimal | None:
    """Read a percentage or "13,19 ngàn": the last mark is the decimal one, comma or stray point."""
    digits = re.sub(r"\s", "", numeral)
    whole, _, fraction = re.fullmatch(r"(.*?)([.,](\d+))?", digits).group(1, 2, 3)  # type: ignore[union-attr]
    if not (whole.isdigit() or re.fullmatch(r"\d{1,3}(?:[.,]\d{3})+", whole)):
        return None
    return Decimal(re.sub(r"[.,]", "", whole) + (f".{fraction}" if fraction else ""))


def _read_amount(numeral: str, factor: int) -> tuple[Decimal | None, Decimal | None]:
    """Value in đồng, and the other value where a comma before three digits could part thousands.

    Points before three digits part thousands and a comma is the decimal mark, as Vietnamese has it,
    unless that gives an amount which no nation has.
    """
    digits = re.sub(r"\s", "", numeral)
    whole, decimal = _read_whole(digits), _read_decimal(digits)
    if whole is None or not re.search(r"[.,]", digits) or factor == 1:
        value = decimal if whole is None else whole
        return (None if value is None else value * factor), None
    if digits.count(",") == 1:
        assert decimal is not None  # noqa: S101 - a whole number with one comma is a decimal as well
        plausible = whole * factor <= _LARGEST_AMOUNT and not digits.startswith("0")
        return decimal * factor, (whole * factor if plausible else None)
    if whole * factor > _LARGEST_AMOUNT and digits.count(".") == 1 and decimal is not None:
        return decimal * factor, None
    return whole * factor, None
