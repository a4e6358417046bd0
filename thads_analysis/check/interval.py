"""Intervals of what a printed number can have stood for, with exact rational ends."""

from __future__ import annotations

__all__ = ["Interval", "printed_interval"]

import re
from dataclasses import dataclass
from fractions import Fraction

_NUMBER = re.compile(
    r"(?<![\d.,])(\d[\d.,]*\d|\d)\s*(nghìn tỷ|ngàn tỷ|nghìn tỉ|ngàn tỉ|tỷ|tỉ|triệu|nghìn|ngàn)?"
)
_SIZES = {"": 1, "nghìn": 10**3, "ngàn": 10**3, "triệu": 10**6, "tỷ": 10**9, "tỉ": 10**9}
_SHARES = ("pct", "pp", "ratio")
_WIDEST = Fraction(1, 20)
"""A round number such as 40 nghìn tỷ does not say how it was rounded: to a twentieth of it, at most."""

_ABOUT = Fraction(1, 50)


@dataclass(frozen=True)
class Interval:
    """All numbers from ``low`` to ``high``, both included.

    Sums and quotients of intervals hold every sum and quotient of the numbers in them. So two printed
    figures agree as far as their printing lets one say when their intervals overlap.

    Examples
    --------
    >>> rate = Interval(Fraction(4569), Fraction(4569)).over(Interval(Fraction(7902), Fraction(7902)))
    >>> round(float(rate.middle), 4)
    0.5782
    """

    low: Fraction
    high: Fraction

    @classmethod
    def exact(cls, value: int | Fraction) -> Interval:
        """One number."""
        return cls(Fraction(value), Fraction(value))

    @property
    def middle(self) -> Fraction:
        """The number between the ends."""
        return (self.low + self.high) / 2

    def __add__(self, other: Interval) -> Interval:
        return Interval(self.low + other.low, self.high + other.high)

    def __sub__(self, other: Interval) -> Interval:
        return Interval(self.low - other.high, self.high - other.low)

    def __mul__(self, other: Interval) -> Interval:
        ends = [a * b for a in (self.low, self.high) for b in (other.low, other.high)]
        return Interval(min(ends), max(ends))

    def times(self, factor: int | Fraction) -> Interval:
        """Each number multiplied by a factor above 0."""
        return Interval(self.low * factor, self.high * factor)

    def over(self, other: Interval) -> Interval:
        """Quotient by an interval of positive numbers.

        Raises
        ------
        ZeroDivisionError
            When the divisor is not positive throughout.
        """
        if other.low <= 0:
            message = f"division by an interval from {other.low}"
            raise ZeroDivisionError(message)
        ends = [a / b for a in (self.low, self.high) for b in (other.low, other.high)]
        return Interval(min(ends), max(ends))

    def to(self, other: Interval) -> Interval:
        """Everything from the lowest of this to the highest of the other."""
        return Interval(min(self.low, other.low), max(self.high, other.high))

    def overlaps(self, other: Interval) -> bool:
        """Whether some number is in both."""
        return self.low <= other.high and other.low <= self.high


def printed_interval(value: Fraction, unit: str, bound: str, text: str = "") -> Interval:
    """Interval of the numbers that may stand behind a printed one.

    Formula: ``value ± step`` where step is one unit of the last printed place, which covers rounding
    and cutting off alike. "trên", "hơn" (``at_least``) leave the upper half of it, "gần" (``at_most``)
    the lower, either with half a step of rounding on the other side; "khoảng" (``about``) is at least
    2 % wide on both sides. A count of cases in full is exact.

    Parameters
    ----------
    value : Fraction
        As printed: cases, đồng, percent or points.
    unit : str
        ``cases``, ``dong``, ``pct``, ``pp`` or ``ratio``.
    bound : {"exact", "at_least", "at_most", "about"}
    text : str
        The words that print the number. They tell "26,00%" from "26%" and "13,19 ngàn" from 13.190;
        without them the last digit that is not 0 is taken for the last printed one.

    Examples
    --------
    >>> rate = printed_interval(Fraction("66.53"), "pct", "exact")
    >>> float(rate.low), float(rate.high)
    (66.52, 66.54)
    >>> amount = printed_interval(Fraction(1_480 * 10**9), "dong", "at_least")
    >>> amount.high / 10**9
    Fraction(1490, 1)
    """
    step = _step_in_words(abs(value), unit, text)
    if step is None:
        step = _step_in_digits(abs(value), unit)
    exact = unit == "cases" and step <= 1
    if bound in ("at_least", "at_most") and value < 0:
        # "giảm hơn 1.000 việc": whether the bound is on the size or on the signed number is open.
        return Interval(value - step, value + step)
    if bound == "at_least":
        return Interval(value if exact else value - step / 2, value + step)
    if bound == "at_most":
        return Interval(value - step, value if exact else value + step / 2)
    if bound == "about":
        wide = max(step, abs(value) * _ABOUT)
        return Interval(value - wide, value + wide)
    return Interval.exact(value) if exact else Interval(value - step, value + step)


def _step_in_digits(value: Fraction, unit: str) -> Fraction:
    """Last printed place, judged from the digits alone."""
    if unit in _SHARES:
        places = 0
        while places < 6 and (value * 10**places).denominator != 1:
            places += 1
        return Fraction(1, 10**places)
    zeros = _count_zeros(value)
    if unit != "dong":
        # One zero at the end of a count is no sign of rounding.
        return Fraction(1) if zeros < 2 else min(Fraction(10**zeros), value * _WIDEST)
    # "5 tỷ" was rounded to a tỷ, however much of it that is; "40 tỷ" hardly to ten.
    printed = next((size for size in (10**9, 10**6, 10**3) if value % size == 0 and value), 1)
    return max(Fraction(1), min(Fraction(10**zeros), max(value * _WIDEST, Fraction(printed))))


def _count_zeros(value: Fraction) -> int:
    """Zeros at the end of a whole number."""
    digits = str(int(value))
    return len(digits) - len(digits.rstrip("0")) if value else 0


def _step_in_words(value: Fraction, unit: str, text: str) -> Fraction | None:
    """Last printed place of the number in a text that reads as the value, if one does."""
    steps = []
    for digits, size in _NUMBER.findall(text.lower()):
        scale = 10**12 if " " in size else _SIZES[size]
        for reading, places in _readings(digits):
            if unit in _SHARES:
                if reading == value:
                    steps.append(Fraction(1, 10**places))
            # A whole number is left to its digits: "800 nghìn" may be rounded further than it says.
            elif places and reading * scale == value:
                steps.append(Fraction(scale, 10**places))
    return min(steps) if steps else None


def _readings(digits: str) -> list[tuple[Fraction, int]]:
    """Values of a printed number and their decimal places; a mark may be thousands or decimal."""
    readings = []
    marks = [c for c in digits if c in ".,"]
    if not marks:
        return [(Fraction(int(digits)), 0)]
    whole, _, decimals = re.sub(r"[.,](?=.*[.,])", "", digits).replace(",", ".").partition(".")
    if len(marks) == 1 or digits[digits.index(marks[-1])] != marks[0]:
        readings.append((Fraction(f"{whole}.{decimals}"), len(decimals)))
    groups = re.split(r"[.,]", digits)
    if all(len(group) == 3 for group in groups[1:]):
        readings.append((Fraction(int("".join(groups))), 0))
    return readings
