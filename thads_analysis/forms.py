"""Writing forms 04 and 05: filled in for the sample, empty for a province to fill in."""

from __future__ import annotations

__all__ = ["VINTAGE_LINES", "write_forms", "write_template"]

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from itertools import groupby
from pathlib import Path
from typing import Any

import pandas as pd

from thads_analysis import reference
from thads_analysis.errors import UsageError
from thads_analysis.org import NATION, Org, provinces
from thads_analysis.period import Period

VINTAGE_LINES = {"provisional": "Số liệu sơ bộ", "final": "Số liệu chính thức"}

_WRITTEN = datetime(2000, 1, 1)  # noqa: DTZ001 - a constant, so that the same figures give the same bytes
_ORGANISATION_WIDTH = 34
_VALUE_WIDTH = {"cases": 11, "money": 17}
_LARGEST = 10**15

Texts = tuple[str, ...]


def write_template(path: Path, *, form: str, period: Period, org: Org = NATION) -> None:
    """Write an empty form for a period, with cells that take nothing but whole numbers.

    Parameters
    ----------
    path : Path
        The .xlsx to write.
    form : {"04", "05"}
        04 for cases, 05 for money in 1.000 đồng.
    period : Period
    org : Org
        The province that reports, or the nation for a row of every province in force.

    Raises
    ------
    UsageError
        When there is no such form, no layout for the circular in force, the file is no .xlsx, is there
        already, or its folder does not exist.
    """
    if path.suffix.lower() != ".xlsx" or not path.parent.is_dir():
        message = f"{path}: expected the name of an .xlsx file in a folder that exists"
        raise UsageError(message)
    if path.exists():
        message = f"{path.name} is there already, perhaps filled in; give another name"
        raise UsageError(message)
    orgs = provinces(period.org_regime) if org == NATION else (org,)
    empty = pd.DataFrame(index=[one.code for one in orgs])
    lines = [] if org == NATION else [f"Đơn vị báo cáo: {_name_agency(org)}"]
    write_forms(path, period, {form: empty}, lines=lines, title=f"Biểu {form} {period}")


def write_forms(
    path: Path,
    period: Period,
    figures: Mapping[str, pd.DataFrame],
    *,
    as_of: date | None = None,
    lines: Sequence[str] = (),
    mark: str = "",
    title: str = "",
) -> None:
    """Write forms of one period in the layout of the circular in force.

    Each sheet has title, period, units, the header of `reference.form_layout`, the numbers of the
    columns, a row an agency, and the place and date of the report without names. Items for which the
    layout has no column are left out.

    Parameters
    ----------
    path : Path
        The .xlsx to write. The same figures always give the same bytes.
    period : Period
    figures : mapping of str to DataFrame
        By form (``04``, ``05``): index the codes of the agencies; columns items, cases or đồng. A
        frame without columns leaves the cells empty, with a check on what is typed into them; a frame
        with columns has a total row above.
    as_of : date, optional
        Day of the report, in the signature line.
    lines : sequence of str
        What else stands above the table, such as the vintage.
    mark : str
        A mark at the top right of every sheet.
    title : str
        Title in the file's properties.
    """
    import xlsxwriter

    layout = reference.form_layout(str(period.circular))
    if unknown := [form for form in figures if form not in layout["forms"]]:
        message = f"{unknown[0]!r} is not a form; the forms are {', '.join(layout['forms'])}"
        raise UsageError(message)
    with xlsxwriter.Workbook(path, {"strings_to_formulas": False, "strings_to_urls": False}) as workbook:
        workbook.set_properties({"title": title, "created": _WRITTEN})
        styles = _add_styles(workbook)
        for number, values in figures.items():
            form = layout["forms"][number]
            sheet = workbook.add_worksheet(form["sheet"][0])
            columns = {item: tuple(chains[0]) for item, chains in form["columns"].items()}
            row = _write_head(sheet, layout, form, period, lines, mark, len(columns), styles)
            row = _write_header(sheet, row, form["organisation"][0], columns, styles)
            orgs = [Org.parse(code, period.org_regime) for code in values.index]
            if len(values.columns):
                counts = values[list(columns)] // form["unit"]["factor"]
                row = _write_figures(sheet, row, layout["total_row"][0], orgs, counts, styles)
            else:
                row = _write_blanks(sheet, row, orgs, len(columns), styles)
            _write_signature(sheet, row + 1, as_of, len(columns), styles)
            sheet.set_column(0, 0, _ORGANISATION_WIDTH)
            sheet.set_column(1, len(columns), _VALUE_WIDTH[form["measure"]])
            sheet.set_landscape()
            sheet.set_paper(8)  # A3
            sheet.fit_to_pages(1, 0)


def _add_styles(workbook: Any) -> dict[str, Any]:
    base = {"font_name": "Times New Roman", "font_size": 11}
    boxed = base | {"border": 1}
    head = boxed | {"bold": True, "align": "center", "valign": "vcenter", "text_wrap": True}
    return {
        name: workbook.add_format(properties)
        for name, properties in {
            "plain": base,
            "centred": base | {"align": "center"},
            "right": base | {"align": "right", "italic": True},
            "title": base | {"align": "center", "bold": True, "font_size": 14},
            "mark": base | {"align": "right", "bold": True, "font_color": "#B00020"},
            "head": head,
            "number_row": boxed | {"align": "center", "italic": True},
            "name": boxed,
            "total_name": boxed | {"bold": True},
            "figure": boxed | {"num_format": "#,##0"},
            "total": boxed | {"num_format": "#,##0", "bold": True},
        }.items()
    }


def _write_head(
    sheet: Any,
    layout: Mapping[str, Any],
    form: Mapping[str, Any],
    period: Period,
    above: Sequence[str],
    mark: str,
    last: int,
    styles: dict[str, Any],
) -> int:
    """Write what stands above the table; return the row at which its header begins."""
    sheet.write_string(0, 0, form["code"], styles["plain"])
    if mark:
        sheet.write_string(0, last, mark, styles["mark"])
    sheet.write_string(1, 0, layout["issued"], styles["plain"])
    sheet.merge_range(2, 0, 2, last, form["title"], styles["title"])
    days = f"từ {_print_day(period.start)} đến {_print_day(period.end)}"
    span = f"{period.months} tháng năm {period.fiscal_year}, {days}"
    lines = [span, *above]
    for row, line in enumerate(lines, start=3):
        sheet.merge_range(row, 0, row, last, line, styles["centred"])
    row = 3 + len(lines)
    sheet.write_string(row, last, form["unit"]["text"], styles["right"])
    return row + 1


def _write_header(
    sheet: Any, top: int, organisation: str, columns: Mapping[str, Texts], styles: dict[str, Any]
) -> int:
    """Write the header of merged cells and the row of column numbers; return the next row."""
    chains = list(columns.values())
    depth = max(len(chain) for chain in chains)
    _write_block(sheet, (top, 0, top + depth - 1, 0), organisation, styles["head"])
    for level, first, last, text, is_leaf in _lay_out(chains):
        bottom = top + (depth - 1 if is_leaf else level)
        _write_block(sheet, (top + level, first + 1, bottom, last + 1), text, styles["head"])
    row = top + depth
    sheet.write_string(row, 0, "A", styles["number_row"])
    for number in range(1, len(chains) + 1):
        sheet.write_number(row, number, number, styles["number_row"])
    sheet.freeze_panes(row + 1, 1)
    return row + 1


def _lay_out(chains: list[Texts]) -> Iterator[tuple[int, int, int, str, bool]]:
    """Cells of a header as (level, first column, last column, text, whether it reaches down).

    Neighbours whose chains begin alike share a cell as long as both go on below it.
    """
    for level in range(max(len(chain) for chain in chains)):
        # The last text of a chain has a cell of its own: the column number keeps it from its neighbours.
        keys = [
            (chain[: level + 1], column if len(chain) <= level + 1 else -1)
            for column, chain in enumerate(chains)
        ]
        for (texts, leaf), group in groupby(range(len(chains)), key=keys.__getitem__):
            members = list(group)
            if len(texts) > level:
                yield level, members[0], members[-1], texts[-1], leaf >= 0


def _write_block(sheet: Any, corners: tuple[int, int, int, int], text: str, style: Any) -> None:
    top, left, bottom, right = corners
    if (top, left) == (bottom, right):
        sheet.write_string(top, left, text, style)
    else:
        sheet.merge_range(top, left, bottom, right, text, style)


def _write_figures(
    sheet: Any, row: int, total: str, orgs: list[Org], figures: pd.DataFrame, styles: dict[str, Any]
) -> int:
    """Write the total and the agencies; return the next row."""
    sheet.write_string(row, 0, total, styles["total_name"])
    for column, value in enumerate(figures.sum().tolist(), start=1):
        sheet.write_number(row, column, value, styles["total"])
    for org, values in zip(orgs, figures.to_numpy().tolist(), strict=True):
        row += 1
        sheet.write_string(row, 0, _name_agency(org), styles["name"])
        for column, value in enumerate(values, start=1):
            sheet.write_number(row, column, value, styles["figure"])
    return row + 1


def _write_blanks(sheet: Any, row: int, orgs: list[Org], columns: int, styles: dict[str, Any]) -> int:
    """Write the agencies with empty cells that take whole numbers only; return the next row."""
    for offset, org in enumerate(orgs):
        sheet.write_string(row + offset, 0, _name_agency(org), styles["name"])
        for column in range(1, columns + 1):
            sheet.write_blank(row + offset, column, None, styles["figure"])
    rule = {
        "validate": "integer",
        "criteria": "between",
        "minimum": 0,
        "maximum": _LARGEST,
        "error_title": "Số liệu không hợp lệ",
        "error_message": "Chỉ nhập số nguyên không âm, không có chữ và dấu chấm, dấu phẩy.",
    }
    sheet.data_validation(row, 1, row + len(orgs) - 1, columns, rule)
    return row + len(orgs)


def _write_signature(sheet: Any, row: int, as_of: date | None, last: int, styles: dict[str, Any]) -> None:
    day = f"ngày {as_of:%d} tháng {_print_month(as_of)} năm {as_of.year}" if as_of else ""
    place = f"Hà Nội, {day}" if day else "......, ngày ... tháng ... năm ......"
    sheet.write_string(row, last - 3, place, styles["centred"])
    sheet.write_string(row + 1, 1, "NGƯỜI LẬP BIỂU", styles["centred"])
    sheet.write_string(row + 1, last - 3, "THỦ TRƯỞNG CƠ QUAN", styles["centred"])


def _name_agency(org: Org) -> str:
    return f"Cục THADS {'thành phố' if org.central_city else 'tỉnh'} {org.name}"


def _print_month(day: date) -> str:
    """January and February with a zero, as official papers write them."""
    return f"{day.month:02d}" if day.month < 3 else str(day.month)


def _print_day(day: date) -> str:
    return f"{day:%d}/{_print_month(day)}/{day.year}"
