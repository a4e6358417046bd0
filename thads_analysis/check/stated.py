"""Stated figures: what a text prints, as intervals, and how to find those beside a figure."""

from __future__ import annotations

__all__ = [
    "FACTORS",
    "Book",
    "Computed",
    "Figure",
    "compute",
    "list_figures",
    "lowered",
    "misfit",
    "read_book",
    "say_factor",
    "term",
    "to_number",
]

import itertools
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from functools import cache
from typing import Any

import pandas as pd

from thads_analysis.check.findings import Finding, Severity, Value
from thads_analysis.check.interval import Interval, printed_interval
from thads_analysis.errors import DataError, UsageError
from thads_analysis.glossary import ITEMS, N_, RATIOS
from thads_analysis.locale import Locale
from thads_analysis.org import merger_map
from thads_analysis.period import Period

FACTORS = (Fraction(1000), Fraction(1, 1000), Fraction(10**6), Fraction(1, 10**6))
"""Slips between đồng, nghìn đồng, triệu and tỷ."""

_NEEDED = ("fiscal_year", "months", "measure", "item", "value")
_BOUNDS = ("exact", "at_least", "at_most", "about")
_POINTS = ("_rate_change", "_share_change", "over_target", "over_prorata_target")
_PERCENTS = ("_rate", "_share", "_pct", "target", "attainment", "rate_to_target")


@dataclass(frozen=True)
class Figure:
    """One printed figure; ``range`` is what it may stand for, in percent where it is a ratio.

    ``fiscal_year`` and ``months`` are 0 where the text does not say them: the figure is then only held
    against others of the same text.
    """

    org: str
    fiscal_year: int
    months: int
    measure: str
    item: str
    value: Fraction
    unit: str
    bound: str
    range: Interval
    vintage: str
    source: str
    known: date | None
    text: str

    @property
    def period(self) -> Period | None:
        """The period that the figure is about, when it is known."""
        return Period(self.fiscal_year, self.months) if self.fiscal_year and self.months else None

    def label(self, say: Locale) -> str:
        """Name the period as a reader would."""
        return self.period.label(say.lang) if self.period else say.text("kỳ không rõ")

    @property
    def number(self) -> Value:
        """The printed value: an integer for cases and đồng, else a float."""
        return to_number(self.value)

    def finding(
        self,
        expected: Value,
        message: str,
        explanation: str = "",
        *,
        severity: Severity | None = None,
        found: Value = None,
    ) -> Finding:
        """Finding about this figure."""
        regime, _, code = self.org.rpartition(":")
        return Finding(
            regime,
            code,
            self.fiscal_year,
            self.months,
            self.measure,
            self.item,
            self.number if found is None else found,
            expected,
            message[:1].upper() + message[1:],
            explanation,
            severity,
        )

    def show(self, value: Fraction, say: Locale) -> str:
        """Write a value in the unit of this figure: printed ones in full, computed ones rounded."""
        if self.unit == "cases":
            return say.cases(round(value))
        if self.unit == "dong":
            return say.money_in_full(int(value if value.denominator == 1 else round(value, -3)))
        digits = next((places for places in (0, 1) if (value * 10**places).denominator == 1), 2)
        if self.unit == "pp":
            return say.points(float(value) / 100, digits)
        if self.unit == "pct":
            return say.percent(float(value) / 100, digits)
        return say.decimal(float(value), digits)

    def show_roughly(self, value: Fraction, say: Locale) -> str:
        """Write a count or an amount that was worked out backwards from a rounded percentage."""
        if self.unit == "dong" and abs(value) >= 10**9:
            return say.money(float(value))
        return self.show(Fraction(round(value, -6 if self.unit == "dong" else 0)), say)


Computed = tuple[Interval, tuple[Figure, ...]]
"""A value computed for a figure, and the figures that it was computed from."""


def term(item: str, say: Locale) -> str:
    """Name an item inside a sentence, those that only texts have too."""
    if item in ITEMS or item in RATIOS:
        return say.term(item)
    for ending, pattern in (
        ("_change_abs", N_("mức tăng, giảm của {item}")),
        ("_change_pct", N_("tỷ lệ tăng, giảm của {item}")),
        ("_change", N_("mức tăng, giảm của {item}")),
    ):
        if item.endswith(ending) and item != ending:
            return say.text(pattern, item=term(item.removesuffix(ending), say))
    if item == "carried_out_eligible":
        return say.text("số có điều kiện chuyển kỳ sau")
    return item


def say_factor(factor: Fraction, say: Locale) -> str:
    """Say a slip of unit: nhân với 1.000, chia cho 1.000."""
    if factor > 1:
        return say.text("nhân với {factor}", factor=say.integer(int(factor)))
    return say.text("chia cho {factor}", factor=say.integer(int(1 / factor)))


def to_number(value: Fraction) -> int | float:
    """Plain number for a finding: whole where it is whole, else with four decimals."""
    return int(value) if value.denominator == 1 else round(float(value), 4)


@dataclass(frozen=True)
class Book:
    """Printed figures, found by organisation, period, measure and item.

    A relation between figures is tried with those of the same source; where that source lacks one,
    with those of others of the same vintage kind. When several figures could be meant, a relation
    holds if it holds for any choice of them.
    """

    figures: tuple[Figure, ...]
    text: str = ""
    _places: dict[tuple[str, int, int, str, str], list[Figure]] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        for figure in self.figures:
            key = (figure.org, figure.fiscal_year, figure.months, figure.measure, figure.item)
            self._places.setdefault(key, []).append(figure)

    def claims(self, *items: str) -> Iterator[Figure]:
        """All figures of some items."""
        return (figure for figure in self.figures if figure.item in items)

    def at(self, org: str, fiscal_year: int, months: int, measure: str, item: str) -> list[Figure]:
        """Figures of one key, every source and vintage."""
        return self._places.get((org, fiscal_year, months, measure, item), [])

    def beside(self, claim: Figure, item: str, *, measure: str = "", years: int = 0) -> list[Figure]:
        """Figures of another item that a figure may be held against.

        Parameters
        ----------
        claim : Figure
        item : str
        measure : str
            Another measure than that of the figure.
        years : int
            Fiscal years before.

        Returns
        -------
        list of Figure
            Those of a vintage that goes with the figure's, and of the same source where there are any.
            A province that the merger left as it was is one in both lists.
        """
        found: list[Figure] = []
        if years and claim.period is None:
            return found
        for org in (claim.org, *_same_province(claim.org)):
            found += self.at(org, claim.fiscal_year - years, claim.months, measure or claim.measure, item)
        fitting = [figure for figure in found if _go_together(figure.vintage, claim.vintage)]
        return [figure for figure in fitting if figure.source == claim.source] or fitting

    def choices(self, claim: Figure, *items: str) -> list[tuple[Figure, ...]]:
        """Every choice of one figure for each item; none when an item is not stated."""
        return list(itertools.product(*(self.beside(claim, item) for item in items)))


def _go_together(one: str, other: str) -> bool:
    return one == other or "unspecified" in (one, other)


@cache
def _same_province(org: str) -> tuple[str, ...]:
    """Key in the other list of a province that the merger of 2025 left alone."""
    to_new = merger_map()
    sources = defaultdict(list)
    for old, new in to_new.items():
        sources[new].append(old)
    if org in to_new:
        return (to_new[org],) if len(sources[to_new[org]]) == 1 else ()
    return tuple(sources[org]) if len(sources.get(org, [])) == 1 else ()


def compute(choices: Iterable[tuple[Figure, ...]], formula: Callable[..., Interval]) -> list[Computed]:
    """Apply a formula to the ranges of every choice of operands; what divides by zero is left out."""
    results: list[Computed] = []
    for operands in choices:
        try:
            results.append((formula(*(figure.range for figure in operands)), operands))
        except ZeroDivisionError:
            continue
    return results


def misfit(claim: Figure, computed: list[Computed]) -> Computed | None:
    """Of the values computed for a figure the nearest, when there are some and none agrees with it."""
    if not computed or any(claim.range.overlaps(value) for value, _ in computed):
        return None
    return min(computed, key=lambda one: abs(one[0].middle - claim.value))


def lowered(claim: Figure, operands: Iterable[Figure]) -> Severity | None:
    """Note in place of the rule's severity, when figures of several sources were held together."""
    return "note" if any(figure.source != claim.source for figure in operands) else None


def list_figures(figures: Iterable[Figure], say: Locale) -> str:
    """Name figures with their values: thi hành xong 4.569 việc và ..."""
    return say.join([f"{term(figure.item, say)} {figure.show(figure.value, say)}" for figure in figures])


def read_book(figures: pd.DataFrame, text: str = "") -> Book:
    """Read a long frame of stated figures.

    Parameters
    ----------
    figures : DataFrame
        Columns ``org_regime, org_code`` (or ``org``, the key; without a regime the list in force is
        meant), ``fiscal_year, months, measure, item, value``; where present also ``unit``, ``bound``,
        ``derived``, ``vintage``, ``source``, ``as_printed`` or ``text``, ``as_of`` or ``source_day`` or
        ``source_date``. Derived figures are nobody's statement and are left out, as are rows without
        a value. A year or a number of months that is not known is left blank.
    text : str
        The whole text that they were read from, for its dates and words.

    Raises
    ------
    DataError
        When a column is missing, or a value or a period cannot be read.
    """
    columns = set(figures.columns)
    missing = [name for name in _NEEDED if name not in columns]
    if not columns & {"org", "org_code"}:
        missing.insert(0, "org_code")
    if missing:
        message = (
            f"stated figures: no column {', '.join(missing)} among {', '.join(map(str, figures.columns))}; "
            "give one row a figure with org_regime, org_code, fiscal_year, months, measure, item, value"
        )
        raise DataError(message)
    read = [_read_figure(row, number) for number, row in enumerate(figures.to_dict("records"), start=1)]
    whole = unicodedata.normalize("NFC", text)
    return Book(tuple(figure for figure in read if figure is not None), whole)


def _read_figure(row: dict[Any, Any], number: int) -> Figure | None:
    if _cell(row, "derived").lower() in ("1", "1.0", "true") or pd.isna(row["value"]):
        return None
    bound = _cell(row, "bound") or "exact"
    try:
        year, months = (0 if pd.isna(row[name]) else int(row[name]) for name in ("fiscal_year", "months"))
        Period(year or 2000, months or 12)  # refuses a year or a month that does not exist
        value = Fraction(Decimal(str(row["value"])))
        if bound not in _BOUNDS:
            raise ValueError(bound)
    except (ValueError, TypeError, InvalidOperation, UsageError):
        message = (
            f"stated figures, row {number}: value {row['value']!r}, fiscal_year {row['fiscal_year']!r}, "
            f"months {row['months']!r}, bound {bound!r}; expected a number, a year such as 2023, 1 to 12, "
            f"and one of {', '.join(_BOUNDS)}"
        )
        raise DataError(message) from None
    item, measure = _cell(row, "item"), _cell(row, "measure")
    unit = _cell(row, "unit") or _infer_unit(item, measure)
    text = unicodedata.normalize("NFC", _cell(row, "as_printed") or _cell(row, "text"))
    return Figure(
        org=_cell(row, "org") or _join_key(_cell(row, "org_regime"), _cell(row, "org_code"), year, months),
        fiscal_year=year,
        months=months,
        measure=measure,
        item=item,
        value=value,
        unit=unit,
        bound=bound,
        range=printed_interval(value, unit, bound, text),
        vintage=_cell(row, "vintage") or "unspecified",
        source=_cell(row, "source"),
        known=_read_day(row),
        text=text,
    )


def _cell(row: dict[Any, Any], name: str) -> str:
    value = row.get(name)
    return "" if value is None or pd.isna(value) else str(value).strip()


def _join_key(regime: str, code: str, year: int, months: int) -> str:
    """Key of a panel; without a list of provinces the one in force at the period's end is meant."""
    if not code[:1].isdigit():
        return code
    in_force = Period(year or 2000, months or 12).org_regime
    # A spreadsheet reads the code 08 as the number 8.
    return f"{regime.removesuffix('.0') or in_force}:{code.removesuffix('.0').zfill(2)}"


def _infer_unit(item: str, measure: str) -> str:
    if item.endswith(_POINTS):
        return "pp"
    if item.endswith(_PERCENTS):
        return "pct"
    return "dong" if measure == "money" else "cases"


def _read_day(row: dict[Any, Any]) -> date | None:
    """Day on which a figure was known; a month or a rough date says too little."""
    for name in ("as_of", "source_day", "source_date"):
        text = _cell(row, name)[:10]
        if len(text) == 10:
            try:
                return date.fromisoformat(text)
            except ValueError:
                continue
    return None
