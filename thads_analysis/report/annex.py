"""The annex: a workbook with one list a sheet, so that a list can be sent, sorted and checked."""

from __future__ import annotations

__all__ = ["ANNEX", "every_list", "late", "write_annex"]

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from thads_analysis import __version__
from thads_analysis.context import Context
from thads_analysis.errors import DataError
from thads_analysis.glossary import MEASURES
from thads_analysis.locale import Locale
from thads_analysis.report import lists
from thads_analysis.report.accountability import two_years, watched
from thads_analysis.report.listing import Field, Listing
from thads_analysis.report.outlook import likely_to_miss
from thads_analysis.report.page import PROVENANCES, VINTAGES
from thads_analysis.report.sheets import (
    OPTIONS,
    WRITTEN,
    add_styles,
    set_up,
    width_of,
    write_text,
    write_top,
    write_value,
)

ANNEX = "annex.xlsx"


def every_list(context: Context, locale: Locale) -> tuple[Listing, ...]:
    """Every list of a period, in the order of the annex.

    Those that hold provinces against the nation are left out while a province has not reported: the
    nation is then not known.
    """
    against_nation, parts = [], []
    if not late(context):
        against_nation = [
            *(lists.below(context, locale, measure) for measure in MEASURES),
            lists.below_both(context, locale),
        ]
        parts = [
            *(lists.weighing(context, locale, measure) for measure in MEASURES),
            *(lists.contributions(context, locale, measure) for measure in MEASURES),
        ]
    return (
        *against_nation,
        *lists.below_target(context, locale),
        two_years(context, locale),
        *([] if context.period.months == 12 else [watched(context, locale)]),
        *_likely_to_miss(context, locale),
        lists.far_below(context, locale),
        *parts,
        lists.doubtful(context, locale),
    )


def _likely_to_miss(context: Context, locale: Locale) -> list[Listing]:
    """Lists by forecast; none when the year is over or no earlier year is held."""
    try:
        both = [likely_to_miss(context, locale, measure) for measure in MEASURES]
    except DataError:
        return []
    return both if context.period.remaining_months else []


def write_annex(path: Path, context: Context, locale: Locale) -> None:
    """Write the lists of a period as a workbook: a sheet of contents, then one sheet a list.

    Numbers are written as numbers, everything else as text that stays text, whatever it begins with;
    no cell holds a formula or a link. Each sheet has its rule, its source and, where figures are
    simulated, says so; it prints on A4 with its header on every page.

    Parameters
    ----------
    path : Path
        The .xlsx to write. The same figures always give the same bytes.
    context : Context
    locale : Locale
        Language of heads and rules, and of the signs in numbers.
    """
    import xlsxwriter

    listings = every_list(context, locale)
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, OPTIONS | {"in_memory": True}) as workbook:
        title = locale.text("Phụ lục {period}", period=context.period.label(locale.lang))
        workbook.set_properties(
            {"title": title, "created": WRITTEN, "comments": f"thads_analysis {__version__}"}
        )
        styles = add_styles(workbook, locale)
        about = _describe(context, locale)
        _write_contents(
            workbook.add_worksheet(locale.text("Mục lục")), title, about, listings, styles, locale
        )
        for listing in listings:
            _write_list(workbook.add_worksheet(listing.sheet), listing, about, styles, locale)
    path.write_bytes(file.getvalue())


def late(context: Context) -> list[str]:
    """Names of the provinces without figures for the period."""
    held = set(context.at(context.period).index)
    return [org.name for org in context.orgs if org.key not in held]


def _describe(context: Context, locale: Locale) -> list[str]:
    """Whose figures these are, of when, known when; the banner over simulated ones."""
    origin = context.origin_rows[context.period.fiscal_year, context.period.months]
    lines = [
        locale.text(
            "Nguồn: {source}. Kỳ: {period}. Tính chất: {kind}, {vintage}, biết đến ngày {day}.",
            source=locale.text(origin["source"]),
            period=context.period.label(locale.lang),
            kind=locale.text(PROVENANCES[origin["provenance"]]),
            vintage=locale.text(VINTAGES[origin["vintage"]]),
            day=locale.date(origin["as_of"].date()),
        )
    ]
    if origin["provenance"] == "simulated":
        banner = locale.text(
            "SỐ LIỆU MÔ PHỎNG, do chương trình tạo ra để minh họa; không phải số liệu chính thức của bất kỳ "
            "cơ quan nào."
        )
        lines.insert(0, banner)
    if names := late(context):
        lines.append(
            locale.text(
                "Chưa có số liệu của {names}: không có số toàn quốc, nên không có các danh sách so với "
                "toàn quốc.",
                names=locale.join(names),
            )
        )
    return lines


def _write_contents(
    sheet: Any,
    title: str,
    about: Sequence[str],
    listings: Sequence[Listing],
    styles: dict[str, Any],
    locale: Locale,
) -> None:
    heads = [
        locale.text("Trang tính"),
        locale.text("Danh sách"),
        locale.text("Số địa phương"),
        locale.text("Quy tắc"),
    ]
    row = write_top(sheet, title, about, len(heads), styles)
    for column, head in enumerate(heads):
        write_text(sheet, row, column, head, styles["head"])
    set_up(sheet, row, 0, [26, 34, 10, 70], locale)
    for listing in listings:
        row += 1
        write_text(sheet, row, 0, listing.sheet, styles["text"])
        write_text(sheet, row, 1, listing.title, styles["text"])
        sheet.write_number(row, 2, listing.frame.index.nunique(), styles["count"])
        write_text(sheet, row, 3, listing.rule, styles["text"])


def _write_list(
    sheet: Any, listing: Listing, about: Sequence[str], styles: dict[str, Any], locale: Locale
) -> None:
    fields = {"code": Field(locale.text("Mã"))} | dict(listing.fields)
    lines = [*about, listing.rule, *listing.notes]
    row = write_top(sheet, listing.title, lines, len(fields) + 1, styles)
    write_text(sheet, row, 0, locale.text("STT"), styles["head"])
    for column, one in enumerate(fields.values(), start=1):
        write_text(sheet, row, column, one.head, styles["head"])
    widths = [width_of(name, one, listing.frame) for name, one in fields.items()]
    set_up(sheet, row, 3, [5, *widths], locale)
    for number, record in enumerate(listing.frame.to_dict("records"), start=1):
        sheet.write_number(row + number, 0, number, styles["count"])
        for column, (name, one) in enumerate(fields.items(), start=1):
            write_value(sheet, row + number, column, record[name], one.kind, styles)
    if listing.frame.empty:
        write_text(
            sheet,
            row + 1,
            0,
            locale.text("Không có địa phương nào trong số đủ số liệu để xét."),
            styles["note"],
        )
