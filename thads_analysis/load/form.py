"""One form on one sheet: where its table stands, which column is which item, what each agency reports."""

from __future__ import annotations

__all__ = ["Form", "Table", "find_form", "known_layouts", "read_table"]

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from thads_analysis import reference
from thads_analysis.errors import DataError, UsageError
from thads_analysis.load.cells import (
    NotANumberError,
    Place,
    address,
    compare_key,
    plain_key,
    read_number,
    read_text,
)
from thads_analysis.load.container import Sheet
from thads_analysis.org import NATION, Org
from thads_analysis.paths import reference_file

_HEAD_ROWS = 30
_HEADER_DEPTH = 8
_COLUMN_NUMBER = re.compile(r"\(?(\d{1,2})\)?(?:\s*=.*)?", flags=re.ASCII)
_NUMBERED = re.compile(r"^\d{1,3}\s*[.)\-]\s*")
_Cell = tuple[int, int]


@dataclass(frozen=True)
class Form:
    """A sheet recognised as form 04 or 05; ``row`` and ``column`` are those of the agencies' header."""

    number: str
    sheet: Sheet
    place: Place
    row: int
    column: int

    def texts(self, rows: range) -> Iterator[tuple[_Cell, str]]:
        """Texts of some rows, each with its cell."""
        for row in rows:
            for column, value in enumerate(self.sheet.cells[row]):
                if text := read_text(value):
                    yield (row, column), text

    @property
    def head(self) -> list[tuple[_Cell, str]]:
        """Texts above the table."""
        return list(self.texts(range(self.row)))


@dataclass(frozen=True)
class Table:
    """The figures of a form.

    ``values`` has one entry an agency and item, in cases or đồng; ``rows`` and ``columns`` say where
    they stand; ``end`` is the row after the last agency or total.
    """

    form: Form
    values: dict[tuple[Org, str], int]
    rows: dict[Org, int]
    columns: dict[str, int]
    factor: int
    end: int

    def fault(self, org: Org, item: str, what: str) -> DataError:
        """Make the error of an agency's item."""
        return self.form.place.fault(self.rows[org], self.columns[item], f"({org.name}, {item}) {what}")


@cache
def known_layouts() -> tuple[str, ...]:
    """Circulars for which there is a layout file, oldest first."""
    names = [name for name, _ in reference.circulars()]
    return tuple(name for name in names if reference_file(f"forms/{name}.yaml").is_file())


def find_form(file: str, sheet: Sheet) -> Form | None:
    """Recognise a form by the name of its sheet, or by its code or title above the table.

    Raises
    ------
    DataError
        When the sheet is a form's but has no column of agencies.
    """
    forms = [entry for name in known_layouts() for entry in reference.form_layout(name)["forms"].items()]
    top = [
        plain_key(read_text(value)) for row in sheet.cells[:_HEAD_ROWS] for value in row if read_text(value)
    ]
    named = {number for number, form in forms if plain_key(sheet.name) in map(plain_key, form["sheet"])}
    titled = {
        number
        for number, form in forms
        if any(plain_key(form["code"]) in text or plain_key(form["title"]) in text for text in top)
    }
    found = sorted(titled or named)
    if not found:
        return None
    place = Place(file, sheet.name)
    headers = {
        compare_key(text) for number, form in forms if number in found for text in form["organisation"]
    }
    for row, cells in enumerate(sheet.cells[:_HEAD_ROWS]):
        for column, value in enumerate(cells):
            if compare_key(read_text(value)) in headers:
                return Form(found[0], sheet, place, row, column)
    expected = forms[0][1]["organisation"][0]
    raise place.fault_of_sheet(
        f"no column is headed {expected!r} in the first {_HEAD_ROWS} rows; use the form's own headers, "
        "or add the header to the layout file"
    )


def read_table(form: Form, circular: str, expected: tuple[Org, ...], factor: int) -> Table:
    """Read the figures of all agencies.

    Parameters
    ----------
    form : Form
    circular : str
        Whose layout to read by.
    expected : tuple of Org
        The agencies that must all be there, and no others.
    factor : int
        What the units line makes of a printed number.

    Raises
    ------
    DataError
        For a column that is missing, there twice or of another circular; an agency that is unknown, missing
        or there twice; a cell that is no count; a total that is not its agencies' sum.
    """
    layout = reference.form_layout(circular)
    columns, first = _find_columns(form, layout)
    if first < len(form.sheet.cells) and _is_column_numbers(form, columns, first):
        first += 1
    totals = {compare_key(name) for name in layout["total_row"]}
    rows: dict[Org, int] = {}
    total_rows: list[int] = []
    for row in range(first, len(form.sheet.cells)):
        name = _read_name(form, row)
        if compare_key(name) in totals:
            total_rows.append(row)
        elif org := _read_agency(form, row, name, columns, expected[0].regime):
            if org in rows:
                raise form.place.fault(
                    row,
                    form.column,
                    f"{org.name} a second time, first in row {rows[org] + 1}; keep one of the two",
                )
            rows[org] = row
    _require_agencies(form, rows, expected)
    values = _read_values(form, rows, total_rows, columns, factor)
    return Table(form, values, rows, columns, factor, max([*rows.values(), *total_rows]) + 1)


def _find_columns(form: Form, layout: dict[str, Any]) -> tuple[dict[str, int], int]:
    """Find the column of each item by its chain of headers, and the first row below the headers."""
    cells = form.sheet.cells
    depth = 1
    while depth < _HEADER_DEPTH and form.row + depth < len(cells):
        values = [value for value in cells[form.row + depth] if value != ""]
        texts = [read_text(value) for value in values if isinstance(value, str)]
        if _read_name(form, form.row + depth) or len(texts) < len(values) or all(map(_is_number_like, texts)):
            break
        depth += 1
    fillers = {compare_key(text) for text in layout["fillers"]}
    found: dict[tuple[str, ...], list[int]] = {}
    for column, texts in enumerate(_read_headers(form, depth)):
        chain = _shorten(texts, fillers)
        if chain and column != form.column:
            found.setdefault(chain, []).append(column)
    columns, missing = {}, []
    for item, chains in layout["forms"][form.number]["columns"].items():
        keys = dict.fromkeys(_shorten(chain, fillers) for chain in chains)
        places = [column for key in keys for column in found.pop(key, [])]
        if len(places) > 1:
            twice = " and ".join(address(form.row, column) for column in places)
            raise form.place.fault(
                form.row,
                places[1],
                f"two columns for {item} ({twice}), expected one; remove or rename the other",
            )
        if places:
            columns[item] = places[0]
        else:
            missing.append(f"{item} ({' > '.join(chains[0])})")
    foreign = _find_foreign(form, found, layout["circular"], fillers)
    if missing or foreign:
        raise _wrong_columns(form, layout["circular"], missing, foreign)
    return columns, form.row + depth


def _read_headers(form: Form, depth: int) -> list[list[str]]:
    """Header texts over each column, top down; a merged text stands once over each column that it spans."""
    cells, top = form.sheet.cells, form.row
    width = len(cells[top])
    grid: list[list[str]] = [[read_text(value) for value in cells[top + level]] for level in range(depth)]
    spanned: set[_Cell] = set()
    for (row, column), (last_row, last_column) in form.sheet.merges:
        if not (top <= row < top + depth and column < width):
            continue
        text = grid[row - top][column]
        for level in range(row - top, min(last_row - top + 1, depth)):
            for at in range(column, min(last_column + 1, width)):
                grid[level][at] = text if level == row - top else ""
                spanned.add((level, at))
    # Where a header spans columns without being merged, its text stands over the first of them: a blank
    # belongs to it if it has a header of its own below and shares everything above.
    for level in range(depth - 1):
        for at in range(1, width):
            shared = all(grid[up][at] == grid[up][at - 1] for up in range(level))
            below = any(grid[down][at] for down in range(level + 1, depth))
            if not grid[level][at] and (level, at) not in spanned and shared and below:
                grid[level][at] = grid[level][at - 1]
    return [[grid[level][at] for level in range(depth)] for at in range(width)]


def _shorten(texts: list[str], fillers: set[str]) -> tuple[str, ...]:
    """Comparable chain: without blanks and fillers."""
    return tuple(key for key in map(compare_key, texts) if key and key not in fillers)


def _find_foreign(
    form: Form, found: dict[tuple[str, ...], list[int]], circular: str, fillers: set[str]
) -> list[tuple[int, str, str]]:
    """Columns left over that another circular knows: column, item, circular."""
    foreign = []
    for other in known_layouts():
        if other != circular:
            for item, chains in reference.form_layout(other)["forms"][form.number]["columns"].items():
                for chain in chains:
                    foreign += [(column, item, other) for column in found.get(_shorten(chain, fillers), [])]
    return foreign


def _wrong_columns(
    form: Form, circular: str, missing: list[str], foreign: list[tuple[int, str, str]]
) -> DataError:
    if foreign:
        column, item, other = foreign[0]
        return form.place.fault(
            form.row,
            column,
            f"{item} is a column of {other}, the file is read by {circular}; correct the period, or name "
            "the circular",
        )
    more = f" and {len(missing) - 3} more" if len(missing) > 3 else ""
    return form.place.fault(
        form.row,
        form.column,
        f"no column for {'; '.join(missing[:3])}{more} among the headers to the right, expected those of "
        f"{circular}; restore the headers, or add yours to the layout file",
    )


def _read_name(form: Form, row: int) -> str:
    """Text in the agencies' column, or the one left of it, where a total's name may begin."""
    cells = form.sheet.cells[row]
    return next((text for at in range(form.column, -1, -1) if (text := read_text(cells[at]))), "")


def _is_number_like(text: str) -> bool:
    return any(c.isdigit() for c in text) and not any(c.isalpha() for c in text)


def _is_column_numbers(form: Form, columns: dict[str, int], row: int) -> bool:
    """Tell the line of column numbers (A, 1, 2, 3...) from an agency's figures.

    Under a letter the numbers differ; without one, where they could be figures, they also rise.
    """
    name = _read_name(form, row).strip("()")
    if len(name) > 1:
        return False
    numbers = []
    for column in sorted(columns.values()):
        value = form.sheet.cells[row][column]
        text = str(int(value)) if isinstance(value, float) and value.is_integer() else str(value).strip()
        if text and not (match := _COLUMN_NUMBER.fullmatch(text)):
            return False
        numbers += [int(match[1])] if text and match else []
    rising = sorted(set(numbers))
    return len(numbers) > 1 and (rising == sorted(numbers) if name.isalpha() else rising == numbers)


def _read_agency(form: Form, row: int, name: str, columns: dict[str, int], regime: str) -> Org | None:
    """Agency of a row; None for headings, notes, signatures and blank rows, which carry no figures."""
    figures = [column for column in columns.values() if _has_figure(form, row, column)]
    name = _NUMBERED.sub("", name)
    if not name:
        if figures:
            raise form.place.fault(
                row, figures[0], "a figure without an agency's name; write the name, or clear it"
            )
        return None
    try:
        org = Org.parse(name, regime) if any(c.isalpha() for c in name) else None
    except UsageError as error:
        if not figures:
            return None
        raise form.place.fault(row, form.column, f"{error}; correct the name") from None
    if org is None or org == NATION:
        if figures:
            raise form.place.fault(row, form.column, f"found {name!r}, expected a province; write its name")
        return None
    return org


def _has_figure(form: Form, row: int, column: int) -> bool:
    value = form.sheet.cells[row][column]
    if (row, column) in form.sheet.odd or isinstance(value, int | float):
        return True
    return _is_number_like(read_text(value))


def _require_agencies(form: Form, rows: dict[Org, int], expected: tuple[Org, ...]) -> None:
    missing = [org.name for org in expected if org not in rows]
    if missing:
        more = f" and {len(missing) - 5} more" if len(missing) > 5 else ""
        raise form.place.fault(
            form.row,
            form.column,
            f"{len(rows)} agencies below, expected {len(expected)}; missing: {', '.join(missing[:5])}{more}; "
            "add a row for each, or name the reporting province in the line 'Đơn vị báo cáo'",
        )
    others = [org for org in rows if org not in expected]
    if others:
        raise form.place.fault(
            rows[others[0]],
            form.column,
            f"found {others[0].name}, expected only {', '.join(org.name for org in expected)}, whose report "
            "it is; remove the row",
        )


def _read_values(
    form: Form, rows: dict[Org, int], total_rows: list[int], columns: dict[str, int], factor: int
) -> dict[tuple[Org, str], int]:
    values: dict[tuple[Org, str], int] = {}
    for item, column in columns.items():
        read = {org: _read_cell(form, row, column, factor) for org, row in rows.items()}
        totals = {row: _read_cell(form, row, column, factor) for row in total_rows}
        known = [value for value in read.values() if value is not None]
        if not known and all(total is None for total in totals.values()):
            continue  # a column that nobody filled in: the item is not reported
        for row, total in totals.items():
            if total != sum(known):
                found = "nothing" if total is None else _show(total, factor)
                raise form.place.fault(
                    row,
                    column,
                    f"({item}) the total is {found}, expected {_show(sum(known), factor)}, the sum of "
                    f"{len(known)} agencies; find the figure that changed",
                )
        for org, value in read.items():
            if value is None and not totals:
                raise form.place.fault(
                    rows[org],
                    column,
                    f"({org.name}, {item}) blank, which may be zero or unknown; write 0 or – for nothing",
                )
            # A total that the other agencies make up shows a blank to be zero.
            values[org, item] = value or 0
    if not values:
        raise form.place.fault_of_sheet("no figures; fill in the form and give it again")
    return values


def _read_cell(form: Form, row: int, column: int, factor: int) -> int | None:
    if odd := form.sheet.odd.get((row, column)):
        raise form.place.fault(
            row,
            column,
            f"found {odd}, expected a number; open the file in Excel, correct the cell, save it again",
        )
    try:
        return read_number(form.sheet.cells[row][column], factor)
    except NotANumberError as error:
        raise form.place.fault(row, column, str(error)) from None


def _show(value: int, factor: int) -> str:
    """Write a value as it stands in the form."""
    whole, rest = divmod(value, factor)
    return f"{whole:,}" if not rest else f"{value / factor:,}"
