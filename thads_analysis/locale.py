"""Texts, numbers, amounts and dates in Vietnamese (default) and English."""

from __future__ import annotations

__all__ = ["LANGUAGES", "MISSING", "Locale", "locale_for"]

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import pandas as pd
from babel.numbers import format_decimal

from thads_analysis import config
from thads_analysis.errors import UsageError
from thads_analysis.glossary import N_, label
from thads_analysis.org import NATION, Org

if TYPE_CHECKING:
    from babel.messages.catalog import Catalog

LANGUAGES = ("vi", "en")
MISSING = "–"
"""What stands for a number that does not exist; never a blank, never a zero."""

_MINUS = "−"
_BOUNDS = {
    "exact": "{figure}",
    "at_least": N_("trên {figure}"),
    "at_most": N_("gần {figure}"),
    "about": N_("khoảng {figure}"),
}


@cache
def _catalogue(lang: str) -> Catalog:
    from babel.messages.pofile import read_po

    path = files("thads_analysis") / "locales" / lang / "LC_MESSAGES" / "thads.po"
    with path.open("rb") as file:
        return read_po(file, locale=lang)


def rounded(value: float, digits: int) -> Decimal:
    """Round half away from zero, as printed figures are: the last step before a number is shown."""
    return Decimal(repr(float(value))).quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP)


@dataclass(frozen=True)
class Locale:
    """The forms of one language. Ratios come in as fractions, amounts as whole đồng.

    Parameters
    ----------
    lang : {"vi", "en"}

    Examples
    --------
    >>> vi = locale_for("vi")
    >>> vi.percent(0.66527), vi.integer(382058), vi.points(0.0218)
    ('66,53%', '382.058', '+2,18 điểm %')
    >>> vi.money_in_full(70_278_705_371_000)
    '70.278 tỷ 705 triệu 371 nghìn đồng'
    """

    lang: str

    def text(self, message: str, /, **values: Any) -> str:
        """Translate a Vietnamese source text and fill in its named values."""
        translated = self._translate(message)[0]
        return translated.format(**values) if values else translated

    def counted(self, message: str, number: int, /, *, signed: bool = False) -> str:
        """Translate a source text around a whole ``{number}``; English has a form of its own for one."""
        forms = self._translate(message)
        form = forms[0] if abs(number) == 1 else forms[-1]
        return form.format(number=self.integer(number, signed=signed))

    def bounded(self, figure: str, bound: str) -> str:
        """Put before a printed figure the word that says it is a bound: "trên 82,50%"."""
        return self.text(_BOUNDS[bound], figure=figure)

    def term(self, identifier: str) -> str:
        """Term of the glossary, or of a metric of the user's own, as it stands inside a sentence."""
        own = config.in_force().settings.metrics.get(identifier)
        return self.text(own.label if own else label(identifier))

    def heading(self, identifier: str) -> str:
        """Term of the glossary at the head of a column or a row."""
        term = self.term(identifier)
        return term[:1].upper() + term[1:]

    def name(self, org: Org) -> str:
        """Name an organisation."""
        if org == NATION:
            return self.text(org.name)
        return org.name_en if org.name_en and self.lang == "en" else org.name

    def decimal(self, value: float, digits: int, *, signed: bool = False) -> str:
        """Format a number with grouped thousands and a fixed number of decimals."""
        if pd.isna(value):
            return MISSING
        exact = rounded(value, digits) if not isinstance(value, int) else Decimal(value)
        pattern = "#,##0." + "0" * digits if digits else "#,##0"
        grouped = format_decimal(abs(exact), format=pattern, locale=self.lang)
        sign = _MINUS if exact < 0 else "+" if signed and exact > 0 else ""
        return sign + grouped

    def integer(self, value: int | float, *, signed: bool = False) -> str:
        """Format a count, thousands grouped."""
        return MISSING if pd.isna(value) else self.decimal(int(value), 0, signed=signed)

    def percent(self, fraction: float, digits: int = 2, *, signed: bool = False) -> str:
        """Format a fraction as percent: 0.6653 is 66,53%."""
        if pd.isna(fraction):
            return MISSING
        return self.decimal(float(fraction) * 100, digits, signed=signed) + "%"

    def chance(self, probability: float) -> str:
        """Format a probability in whole percent; what is simulated is never certain: trên 99%."""
        if pd.isna(probability):
            return MISSING
        if probability < 0.01:
            return self.text("dưới {figure}", figure=self.percent(0.01, 0))
        if probability > 0.99:
            return self.bounded(self.percent(0.99, 0), "at_least")
        return self.percent(probability, 0)

    def points(self, difference: float, digits: int = 2, *, signed: bool = True, unit: bool = True) -> str:
        """Format a difference of two ratios in percentage points."""
        if pd.isna(difference):
            return MISSING
        number = self.decimal(float(difference) * 100, digits, signed=signed)
        return f"{number} {self.text('điểm %')}" if unit else number

    def cases(self, value: int | float, *, signed: bool = False) -> str:
        """Format a count with its unit: 382.058 việc."""
        if pd.isna(value):
            return MISSING
        return self.counted("{number} việc", int(value), signed=signed)

    def billions(self, dong: int | float, digits: int = 1, *, signed: bool = False) -> str:
        """Format an amount in tỷ without the unit, for axes and columns that name it."""
        return MISSING if pd.isna(dong) else self.decimal(float(dong) / 1e9, digits, signed=signed)

    def thousands(self, dong: int | float, *, signed: bool = False) -> str:
        """Format an amount in nghìn đồng without the unit, for tables that name it."""
        return MISSING if pd.isna(dong) else self.decimal(float(dong) / 1e3, 0, signed=signed)

    def money(self, dong: int | float, *, signed: bool = False) -> str:
        """Format an amount for a sentence, in tỷ đồng: 70.278,7 tỷ đồng; whole tỷ without decimals."""
        if pd.isna(dong):
            return MISSING
        digits = 0 if dong % 10**9 == 0 else 1
        return self.text("{number} tỷ đồng", number=self.billions(dong, digits, signed=signed))

    def money_in_full(self, dong: int) -> str:
        """Format an amount to the last đồng: 70.278 tỷ 705 triệu 371 nghìn đồng."""
        if pd.isna(dong):
            return MISSING
        if self.lang != "vi":
            return self.text("{number} đồng", number=self.integer(dong))
        rest, sign = abs(int(dong)), _MINUS if dong < 0 else ""
        parts = []
        for size, unit in ((10**9, "tỷ"), (10**6, "triệu"), (10**3, "nghìn"), (1, "")):
            count, rest = divmod(rest, size)
            if count:
                parts.append(f"{self.integer(count) if size == 10**9 else count} {unit}".rstrip())
        return f"{sign}{' '.join(parts) or '0'} đồng"

    def amount(self, value: int | float, measure: str, *, signed: bool = False) -> str:
        """Format a value of a measure for a sentence: cases or money."""
        return self.cases(value, signed=signed) if measure == "cases" else self.money(value, signed=signed)

    def date(self, day: date) -> str:
        """Format a day: 30/6/2023, 30 June 2023."""
        if self.lang == "vi":
            return f"{day.day}/{day.month}/{day.year}"
        from babel.dates import format_date

        return format_date(day, "d MMMM y", locale=self.lang)

    def month(self, number: int, *, full: bool = False) -> str:
        """Name of a month of the fiscal year: 1 is October, "T10"; 9 is June, "T6", in full "tháng 6"."""
        calendar_month = (number + 8) % 12 + 1
        if self.lang == "vi":
            return f"{'tháng ' if full else 'T'}{calendar_month}"
        from babel.dates import get_month_names

        return str(get_month_names("wide" if full else "abbreviated", locale=self.lang)[calendar_month])

    def join(self, parts: list[str]) -> str:
        """Join a list for a sentence: "a, b và c"."""
        if len(parts) < 2:
            return "".join(parts)
        return self.text("{first} và {last}", first=", ".join(parts[:-1]), last=parts[-1])

    def _translate(self, message: str) -> tuple[str, ...]:
        """Return the forms of a text in this language: one, or two for one and for any other number.

        The user's own wording comes before the catalogue's.
        """
        if own := config.in_force().texts(self.lang).get(message):
            return (own,)
        found = None if self.lang == "vi" else _catalogue(self.lang).get(message)
        if found is None or not found.string:
            return (message,)
        return tuple(found.string) if found.pluralizable else (str(found.string),)


@cache
def locale_for(lang: str) -> Locale:
    """Return the forms of a language.

    Raises
    ------
    UsageError
        When the language is none of `LANGUAGES`.
    """
    if lang not in LANGUAGES:
        message = f"{lang!r} is not a language of the reports; give vi or en"
        raise UsageError(message)
    return Locale(lang)
