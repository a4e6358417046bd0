"""Sheets of a workbook that hold text as text: styles, what stands above a table, its cells, its print."""

from __future__ import annotations

__all__ = ["OPTIONS", "WRITTEN", "add_styles", "set_up", "width_of", "write_text", "write_top", "write_value"]

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import pandas as pd

from thads_analysis.locale import MISSING, Locale
from thads_analysis.report.exhibits import plain
from thads_analysis.report.listing import Field

OPTIONS = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
"""For ``xlsxwriter.Workbook``: no text becomes a formula, a link or a number."""

WRITTEN = datetime(2000, 1, 1)  # noqa: DTZ001 - a constant, so that the same figures give the same bytes

_FORMATS = {
    "cases": "#,##0",
    "money": "#,##0",
    "percent": "0.00%",
    "points": "+0.00;-0.00;0.00",
    "date": "dd/mm/yyyy",
}
_WIDTHS = {"cases": 13, "money": 17, "percent": 11, "points": 13, "date": 12}
_A4 = 9


def add_styles(workbook: Any, locale: Locale) -> dict[str, Any]:
    """Add the formats of titles, notes, heads and of each kind of `listing.Field`, by name."""
    base = {"font_name": "Times New Roman", "font_size": 11, "valign": "top"}
    # Excel prints separators of the machine's own settings; LibreOffice those of the language named here.
    language = "[$-42A]" if locale.lang == "vi" else ""
    texts = base | {"quote_prefix": True}
    cell = texts | {"border": 1, "text_wrap": True}
    styles = {
        "title": texts | {"bold": True, "font_size": 14},
        "note": texts | {"italic": True, "text_wrap": True, "font_size": 10},
        "head": cell | {"bold": True, "align": "center", "bg_color": "#E8ECF1"},
        "text": cell,
        "count": base | {"border": 1, "num_format": "0"},
    }
    for kind, form in _FORMATS.items():
        signed = ";".join(f"{language}{part}" for part in form.split(";"))
        styles[kind] = base | {"border": 1, "num_format": signed}
    return {name: workbook.add_format(properties) for name, properties in styles.items()}


def write_top(sheet: Any, title: str, lines: Sequence[str], columns: int, styles: dict[str, Any]) -> int:
    """Write what stands above a table, and return the row of its header."""
    write_text(sheet, 0, 0, title, styles["title"])
    for row, line in enumerate(lines, start=1):
        style = styles["note"]
        sheet.merge_range(row, 0, row, columns - 1, "", style)
        write_text(sheet, row, 0, line, style)
        sheet.set_row(row, 15 * (1 + len(line) // 105))
    return len(lines) + 2


def write_text(sheet: Any, row: int, column: int, text: str, style: Any) -> None:
    """Write a cell of text without signs that no workbook can hold."""
    sheet.write_string(row, column, plain(text), style)


def write_value(sheet: Any, row: int, column: int, value: Any, kind: str, styles: dict[str, Any]) -> None:
    """Write a value as what its kind says: a number, a day, or text; what is missing as a dash."""
    if kind not in _FORMATS:
        write_text(sheet, row, column, str(value), styles["text"])
    elif pd.isna(value):
        write_text(sheet, row, column, MISSING, styles["text"])
    elif kind == "date":
        sheet.write_datetime(row, column, value.to_pydatetime(), styles[kind])
    else:
        # Money in nghìn đồng and points in points, as their heads say; a ratio stays a fraction.
        number = value / 1000 if kind == "money" else value * 100 if kind == "points" else value
        sheet.write_number(row, column, number, styles[kind])


def set_up(sheet: Any, head: int, names: int, widths: Sequence[int], locale: Locale) -> None:
    """Freeze and repeat the header, and fit the sheet on A4."""
    for column, width in enumerate(widths):
        sheet.set_column(column, column, width)
    sheet.freeze_panes(head + 1, names)
    sheet.repeat_rows(head)
    sheet.set_paper(_A4)
    if sum(widths) > 95:
        sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.set_margins(left=0.6, right=0.6, top=0.7, bottom=0.8)
    sheet.set_footer(f"&L&A&R{locale.text('Trang')} &P/&N")


def width_of(name: str, one: Field, frame: pd.DataFrame) -> int:
    """Choose the width of a column in letters."""
    if one.kind in _WIDTHS:
        return _WIDTHS[one.kind]
    if name == "code":
        return 6
    longest = max((len(str(value)) for value in frame[name]), default=0)
    return min(max(longest, 12) + 2, 44)
