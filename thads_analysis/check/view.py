"""A panel as arrays of organisation, year and month, and the findings tied to their cells."""

from __future__ import annotations

__all__ = ["Array", "Cell", "Mask", "View", "read_view", "show"]

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from thads_analysis.check.findings import Finding, Severity, Value
from thads_analysis.check.stated import Book
from thads_analysis.locale import Locale
from thads_analysis.org import provinces
from thads_analysis.period import Period

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]
Cell = tuple[int, int, int]

_MONTHS = 12


@dataclass(frozen=True)
class View:
    """A panel, its cells as arrays ``org x year x month``, NaN where unknown.

    Parameters
    ----------
    panel : DataFrame
        Index ``org, fiscal_year, months``; columns ``measure, item``.
    orgs : tuple of str
        Keys, sorted.
    years : tuple of int
        Every fiscal year from the first to the last.
    period : Period or None
        The period to report on; the others are its neighbours and its history. None reports on all.
    stated : Book
        Printed figures to hold the panel against.
    """

    panel: pd.DataFrame
    orgs: tuple[str, ...]
    years: tuple[int, ...]
    period: Period | None
    stated: Book
    _cubes: dict[tuple[str, str], Array] = field(default_factory=dict, repr=False)

    def cube(self, measure: str, item: str) -> Array:
        """One item as an array ``org x year x month``; not to be written to."""
        key = (measure, item)
        if key not in self._cubes:
            cube = np.full((len(self.orgs), len(self.years), _MONTHS), np.nan)
            if key in self.panel:
                index = self.panel.index
                org = np.searchsorted(np.array(self.orgs), index.get_level_values("org").to_numpy(str))
                year = index.get_level_values("fiscal_year").to_numpy(np.int64) - self.years[0]
                month = index.get_level_values("months").to_numpy(np.int64) - 1
                cube[org, year, month] = self.panel[key].to_numpy(np.float64, na_value=np.nan)
            self._cubes[key] = cube
        return self._cubes[key]

    def sum_of_provinces(self, measure: str, item: str) -> Array:
        """Sum over all provinces of a list, ``year x month``; NaN where one of them is missing."""
        cube = self.cube(measure, item)
        total = np.full(cube.shape[1:], np.nan)
        for regime in ("34", "63"):
            members = [org.key for org in provinces(regime)]
            if set(members) <= set(self.orgs):
                summed = cube[np.searchsorted(np.array(self.orgs), members)].sum(axis=0)
                total = np.where(np.isfinite(summed), summed, total)
        return total

    def previous(self, cube: Array) -> Array:
        """For each cell the last value known before it in the same fiscal year, NaN where none is."""
        known = pd.DataFrame(cube.reshape(-1, _MONTHS)).ffill(axis=1).shift(1, axis=1)
        return known.to_numpy().reshape(cube.shape)

    def cells(self, mask: Mask) -> Iterator[Cell]:
        """Cells of a mask, those of the period to report on only."""
        wanted = np.zeros(mask.shape, dtype=bool)
        for year, month in self.places():
            wanted[:, year, month] = mask[:, year, month]
        for org, year, month in np.argwhere(wanted):
            yield int(org), int(year), int(month)

    def places(self) -> list[tuple[int, int]]:
        """Places ``year, month`` of the periods to report on."""
        if self.period is None:
            return [(year, month) for year in range(len(self.years)) for month in range(_MONTHS)]
        if self.period.fiscal_year not in self.years:
            return []
        return [(self.years.index(self.period.fiscal_year), self.period.months - 1)]

    def at(self, cell: Cell) -> Period:
        """Period of a cell."""
        return Period(self.years[cell[1]], cell[2] + 1)

    def circulars(self) -> np.ndarray:
        """``year x month``: the circular in force, empty before the first that is known."""
        months = range(1, _MONTHS + 1)
        return np.array([[Period(year, month).circular or "" for month in months] for year in self.years])

    def finding(
        self,
        cell: Cell,
        measure: str,
        item: str,
        found: float,
        expected: Value,
        message: str,
        explanation: str = "",
        *,
        severity: Severity | None = None,
    ) -> Finding:
        """Finding about a cell; a whole number is given as such."""
        regime, _, code = self.orgs[cell[0]].rpartition(":")
        return Finding(
            regime,
            code,
            self.years[cell[1]],
            cell[2] + 1,
            measure,
            item,
            int(found) if float(found).is_integer() else float(found),
            expected,
            message[:1].upper() + message[1:],
            explanation,
            severity,
        )


def show(value: float, measure: str, say: Locale) -> str:
    """Write a count or an amount of a panel."""
    return say.cases(int(value)) if measure == "cases" else say.money_in_full(int(value))


def read_view(panel: pd.DataFrame, period: Period | None, stated: Book) -> View:
    """Arrange a panel; the caller's frame stays as it is."""
    orgs = tuple(sorted({str(org) for org in panel.index.get_level_values("org")}))
    years = panel.index.get_level_values("fiscal_year")
    span = tuple(range(int(years.min()), int(years.max()) + 1)) if len(years) else ()
    return View(panel, orgs, span, period, stated)
