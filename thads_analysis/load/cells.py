"""What stands in a cell: numbers in any notation, texts compared as a reader would, addresses."""

from __future__ import annotations

__all__ = ["NotANumberError", "Place", "address", "compare_key", "plain_key", "read_number", "read_text"]

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any

from thads_analysis.errors import DataError

_TONES = "\u0300\u0301\u0303\u0309\u0323"
_DASHES = frozenset("-\u2010\u2011\u2012\u2013\u2014\u2015\u2212")
_FOOTNOTE = re.compile(r"\(\s*\d{0,2}\s*\*?\s*\)|\(\s*\d+\s*=[\d\s+\-–]*\)|\*+")
# 1.234.567 or 1,234,567 or 1 234 567 or 1234567; then at most two zeros behind the other sign.
_NUMBER = re.compile(
    r"(?P<whole>[1-9]\d{0,2}(?P<sign>[.,' ])\d{3}(?:(?P=sign)\d{3})*|\d+)(?:(?!(?P=sign))[.,]0{1,2})?",
    flags=re.ASCII,
)
_NEGATIVE = re.compile(r"\(\s*[\d.,' ]+\s*\)|[-\u2212]\s*\d[\d.,' ]*", flags=re.ASCII)
_ERROR = re.compile(r"#(REF|DIV/0|VALUE|N/A|NAME|NUM|NULL)[!?]?", flags=re.IGNORECASE)


class NotANumberError(Exception):
    """A cell holds something that is no count; the text says what and why."""


@dataclass(frozen=True)
class Place:
    """A sheet of a file, for messages that lead to the cell."""

    file: str
    sheet: str

    def fault(self, row: int, column: int, what: str) -> DataError:
        """Make the error of a cell, counted from zero."""
        return DataError(f"{self.file}, sheet {self.sheet!r}, cell {address(row, column)}: {what}")

    def fault_of_sheet(self, what: str) -> DataError:
        """Make the error of the sheet as a whole."""
        return DataError(f"{self.file}, sheet {self.sheet!r}: {what}")


def address(row: int, column: int) -> str:
    """Address of a cell as a spreadsheet shows it: (0, 27) is AB1."""
    letters = ""
    number = column + 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{letters}{row + 1}"


def read_text(value: Any) -> str:
    """Text of a cell in composed form with single spaces; numbers and blanks give nothing."""
    return " ".join(unicodedata.normalize("NFC", value).split()) if isinstance(value, str) else ""


@lru_cache(maxsize=4096)
def compare_key(text: str) -> str:
    r"""Key under which two header texts are one: case, spaces, footnote marks, place of the tone.

    Examples
    --------
    >>> compare_key("Uỷ thác  thi hành án (1)") == compare_key("ủy thác\nthi hành án")
    True
    """
    words = []
    for word in _FOOTNOTE.sub(" ", read_text(text)).casefold().split():
        letters = unicodedata.normalize("NFD", "".join("-" if c in _DASHES else c for c in word))
        tone = "".join(c for c in letters if c in _TONES)
        words.append("".join(c for c in letters if c not in _TONES) + tone)
    return " ".join(words).strip(" :.;")


@lru_cache(maxsize=4096)
def plain_key(text: str) -> str:
    """Key of letters and digits alone, without marks: "Biểu số: 04" gives "bieuso04"."""
    letters = unicodedata.normalize("NFD", text.casefold().replace("đ", "d"))
    return "".join(c for c in letters if c.isascii() and c.isalnum())


def read_number(value: Any, factor: int = 1) -> int | None:
    """Read a count from a cell.

    Parameters
    ----------
    value : object
        What the reader found: a number, a text, a blank.
    factor : int
        What the printed unit stands for: 1000 when the form counts in 1.000 đồng.

    Returns
    -------
    int or None
        The value times the factor; zero for a dash, the usual mark of nothing; None for a blank.

    Raises
    ------
    NotANumberError
        When it is no whole number of cases or đồng, or is below zero.

    Notes
    -----
    A number as text may have its thousands set apart by a point, a comma, an apostrophe or any space.
    One sign with exactly three digits behind it sets thousands apart, since counts are whole. A number
    in a numeric cell may have a fraction where the unit is larger than one: 1.5 in thousands of đồng is
    1,500 đồng. It is taken with the 15 digits that spreadsheets keep.

    Examples
    --------
    >>> [read_number(v) for v in ("1.234", "1,234", "1 234", 1234.0, "–", "")]
    [1234, 1234, 1234, 1234, 0, None]
    """
    if isinstance(value, str):
        return _read_text_number(value, factor)
    if isinstance(value, bool) or not isinstance(value, int | float):
        message = (
            f"found {value!s} ({type(value).__name__}), expected a number; set the cell's format to Number"
        )
        raise NotANumberError(message)
    exact = Decimal(f"{value:.15g}") if isinstance(value, float) else Decimal(value)
    if not exact.is_finite() or exact * factor != int(exact * factor):
        unit = "a whole number" if factor == 1 else f"a whole number of đồng after multiplying by {factor:,}"
        message = f"found {value}, expected {unit}; correct the cell"
        raise NotANumberError(message)
    if exact < 0:
        raise NotANumberError(_below_zero(str(value)))
    return int(exact * factor)


def _read_text_number(value: str, factor: int) -> int | None:
    spaced = "".join(" " if unicodedata.category(c) in ("Zs", "Cc", "Cf") else c for c in value)
    text = " ".join(spaced.split()).replace("\u2019", "'").removeprefix("'")
    if not text:
        return None
    if set(text) <= _DASHES | {" "}:
        return 0
    if match := _NUMBER.fullmatch(text):
        return int("".join(c for c in match["whole"] if c.isdigit())) * factor
    if _NEGATIVE.fullmatch(text):
        raise NotANumberError(_below_zero(text))
    if _ERROR.fullmatch(text):
        message = f"found the error {text}; correct the formula and save the file again"
        raise NotANumberError(message)
    message = f"found {text[:40]!r}, expected a whole number; write digits alone, and – or 0 for nothing"
    raise NotANumberError(message)


def _below_zero(text: str) -> str:
    return f"found {text}, a number below zero, expected zero or more; no item of the forms can be negative"
