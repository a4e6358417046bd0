"""Lists of cases as a reader sees them: what each lists and why, its columns, for whom it is."""

from __future__ import annotations

__all__ = [
    "SIMULATED",
    "SOURCE",
    "CaseTable",
    "about_cases",
    "case_table",
    "rule_of",
    "title_of",
    "write_cases",
]

import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pandas as pd

from thads_analysis import __version__
from thads_analysis.errors import UsageError
from thads_analysis.glossary import N_
from thads_analysis.ledger.lists import STALLED_DAYS
from thads_analysis.ledger.record import EVENTS, KINDS, STATES
from thads_analysis.locale import MISSING, Locale
from thads_analysis.org import Org
from thads_analysis.period import Period
from thads_analysis.report.exhibits import Column
from thads_analysis.report.listing import Field
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

SOURCE = N_("Dữ liệu từng việc của đơn vị")
SIMULATED = N_("Dữ liệu từng việc mô phỏng của thads_analysis")

_TITLES = {
    "top_value": N_("Việc có giá trị lớn, ảnh hưởng đến kết quả"),
    "unsold": N_("Tài sản bán đấu giá nhiều lần không có người mua"),
    "sold_not_delivered": N_("Bán đấu giá thành nhưng chưa giao được tài sản"),
    "eligible_over_1y": N_("Việc có điều kiện trên 1 năm chưa thi hành xong"),
    "held_money": N_("Tiền đã thu chưa chi trả"),
    "reclassified": N_("Việc ra khỏi diện có điều kiện trong hai tháng cuối năm"),
    "stalled": N_("Việc lâu không có tác nghiệp"),
}
_RULES = {
    "top_value": N_(
        "Việc có điều kiện chưa xong, nhiều tiền còn phải thi hành nhất xếp trước. Tỷ trọng: phần trong "
        "tổng tiền có điều kiện của đơn vị; ảnh hưởng: tỷ lệ về tiền của đơn vị trừ tỷ lệ khi không tính "
        "việc này; nếu xong: tỷ lệ tăng thêm nếu thi hành xong việc này."
    ),
    "unsold": N_(
        "Đã đấu giá từ 3 lần trở lên kể từ lần bán thành gần nhất mà không có người mua; việc chưa xong."
    ),
    "sold_not_delivered": N_(
        "Số lần bán thành nhiều hơn số lần giao tài sản; ngày tính từ lần bán thành sớm nhất chưa giao."
    ),
    "eligible_over_1y": N_("Thụ lý trước ngày này năm trước, đang thi hành hoặc hoãn theo Điều 48(1)(c)."),
    "held_money": N_("Đã thu nhiều hơn đã chi, kể cả việc đã xong; khoản thu trước coi như chi trước."),
    "reclassified": N_(
        "Từ có điều kiện chuyển sang chưa có điều kiện, hoãn khác, tạm đình chỉ, trường hợp khác hoặc sổ "
        "theo dõi riêng trong tháng 8, tháng 9 của năm thống kê gần nhất đã đến hai tháng đó."
    ),
    "stalled": N_(
        "Đang thi hành mà hơn {days} ngày không ghi nhận việc gì; thay đổi chấp hành viên không phải là "
        "tác nghiệp."
    ),
}
_FIELDS: dict[str, tuple[str, str]] = {
    "case_key": (N_("Mã việc"), "text"),
    "district_code": (N_("Địa bàn"), "text"),
    "executor": (N_("Chấp hành viên"), "text"),
    "kind": (N_("Loại việc"), "text"),
    "state": (N_("Tình trạng"), "text"),
    "intake_date": (N_("Thụ lý"), "date"),
    "amount_due": (N_("Phải thi hành (nghìn đồng)"), "money"),
    "completed": (N_("Xong trong năm (nghìn đồng)"), "money"),
    "left_over": (N_("Còn phải thi hành (nghìn đồng)"), "money"),
    "share": (N_("Tỷ trọng"), "percent"),
    "pull": (N_("Ảnh hưởng (điểm %)"), "points"),
    "gain": (N_("Nếu xong (điểm %)"), "points"),
    "rounds": (N_("Số lần"), "cases"),
    "first_price": (N_("Giá khởi điểm đầu (nghìn đồng)"), "money"),
    "last_price": (N_("Giá khởi điểm cuối (nghìn đồng)"), "money"),
    "price_fall": (N_("Mức giảm giá"), "percent"),
    "last_auction": (N_("Đấu giá gần nhất"), "date"),
    "sold_on": (N_("Ngày bán thành"), "date"),
    "starting_price": (N_("Giá khởi điểm (nghìn đồng)"), "money"),
    "waiting": (N_("Số lần bán chưa giao"), "cases"),
    "days": (N_("Số ngày"), "cases"),
    "last_event": (N_("Tác nghiệp gần nhất"), "text"),
    "last_date": (N_("Ngày gần nhất"), "date"),
    "collected": (N_("Đã thu (nghìn đồng)"), "money"),
    "paid_out": (N_("Đã chi (nghìn đồng)"), "money"),
    "held": (N_("Chưa chi (nghìn đồng)"), "money"),
    "held_since": (N_("Giữ từ ngày"), "date"),
    "moved_on": (N_("Ngày chuyển"), "date"),
    "recorded_on": (N_("Ngày ghi nhận"), "date"),
    "moved_to": (N_("Chuyển sang"), "text"),
    "returned_on": (N_("Trở lại có điều kiện"), "date"),
}
_ON_PAGE = {
    "top_value": ("case_key", "executor", "kind", "intake_date", "left_over", "share", "pull", "gain"),
    "unsold": (
        "case_key", "executor", "kind", "left_over", "rounds", "first_price", "last_price", "last_auction",
    ),
    "sold_not_delivered": ("case_key", "executor", "kind", "state", "sold_on", "starting_price", "days"),
    "eligible_over_1y": (
        "case_key", "executor", "kind", "intake_date", "days", "left_over", "last_event", "last_date",
    ),
    "held_money": ("case_key", "executor", "state", "collected", "paid_out", "held", "held_since"),
    "reclassified": ("case_key", "executor", "moved_on", "moved_to", "left_over", "returned_on"),
    "stalled": ("case_key", "executor", "kind", "left_over", "last_event", "last_date", "days"),
}  # fmt: skip
_WORDS: dict[str, Callable[[str], str]] = {
    "kind": lambda kind: KINDS[kind],
    "state": lambda state: STATES[state],
    "moved_to": lambda state: STATES[state],
    "last_event": lambda event: EVENTS[event].label,
}


@dataclass(frozen=True)
class CaseTable:
    """A list of cases in the words of a language.

    Parameters
    ----------
    name : str
        Of `ledger.lists.LISTS`.
    title, rule : str
    fields : mapping of str to Field
        Every column, in order.
    on_page : tuple of str
        The columns that a page has room for.
    frame : DataFrame
        Its columns; terms are words already.
    """

    name: str
    title: str
    rule: str
    fields: Mapping[str, Field]
    on_page: tuple[str, ...]
    frame: pd.DataFrame = field(repr=False)

    def column(self, name: str, locale: Locale) -> Column:
        """Show a column on a page; terms may break over lines, keys may not."""
        if name in _WORDS:
            return Column(self.fields[name].head, number=False, wrap=True)
        return self.fields[name].column(locale)


def title_of(name: str, locale: Locale) -> str:
    """Name a list."""
    return locale.text(_TITLES[name])


def rule_of(name: str, locale: Locale, days: int = STALLED_DAYS) -> str:
    """Say which cases are on a list; ``days`` is of the list ``stalled``."""
    return locale.text(_RULES[name], **({"days": days} if name == "stalled" else {}))


def case_table(name: str, frame: pd.DataFrame, locale: Locale, days: int | None = None) -> CaseTable:
    """Put a list of `ledger.lists` into words; ``days`` as it was made with."""
    words = {
        column: [locale.text(term(value)) if pd.notna(value) else MISSING for value in frame[column]]
        for column, term in _WORDS.items()
        if column in frame
    }
    office = locale.text("Cơ quan tỉnh")
    told = frame.assign(**words, district_code=frame["district_code"].fillna("").replace("", office))
    names = [str(column) for column in frame]
    fields = {name: Field(locale.text(_FIELDS[name][0]), _FIELDS[name][1]) for name in names}
    rule = rule_of(name, locale, days or STALLED_DAYS)
    return CaseTable(name, title_of(name, locale), rule, fields, _ON_PAGE[name], told)


def about_cases(org: Org, period: Period, known: date | None, simulated: bool, locale: Locale) -> list[str]:
    """Say what a list of cases is, of when, and for whom: the lines above it in a workbook."""
    lines = [
        locale.text(
            "CHỈ DÙNG TRONG NỘI BỘ {org} để chỉ đạo, đôn đốc từng việc; không gửi kèm báo cáo, không "
            "đưa lên mạng.",
            org=org.name,
        ),
        locale.text(
            "Kỳ: {period}. Tình trạng đến hết ngày {day}, theo những gì ghi nhận đến {known}.",
            period=period.label(locale.lang),
            day=locale.date(period.end),
            known=locale.date(known) if known else locale.text("nay"),
        ),
        locale.text(
            "Nguồn: {source}. Mã việc và mã chấp hành viên là mã thay thế, không phải số thụ lý hay họ tên.",
            source=locale.text(SIMULATED if simulated else SOURCE),
        ),
        locale.text("Đơn vị tính: nghìn đồng; tỷ lệ %; chênh lệch giữa hai tỷ lệ: điểm %."),
    ]
    if simulated:
        lines.insert(
            0,
            locale.text(
                "SỐ LIỆU MÔ PHỎNG, do chương trình tạo ra để minh họa; không phải số liệu chính thức của "
                "bất kỳ cơ quan nào."
            ),
        )
    return lines


def write_cases(path: Path, table: CaseTable, about: Sequence[str], locale: Locale) -> None:
    """Write a list of cases as a workbook of one sheet.

    Its first lines say for whom it is, of when, and in which units; then comes the list with all its
    columns, its head frozen and with filters. Numbers are numbers and days are days, everything else is
    text, whatever it begins with; no cell holds a formula or a link.

    Parameters
    ----------
    path : Path
        The .xlsx to write. The same list gives the same bytes.
    table : CaseTable
    about : sequence of str
        Of `about_cases`.
    locale : Locale

    Raises
    ------
    UsageError
        When the file cannot be written.
    """
    import xlsxwriter

    file = io.BytesIO()
    with xlsxwriter.Workbook(file, OPTIONS | {"in_memory": True}) as workbook:
        workbook.set_properties(
            {"title": table.title, "created": WRITTEN, "comments": f"{about[0]} thads_analysis {__version__}"}
        )
        styles = add_styles(workbook, locale)
        sheet = workbook.add_worksheet(table.name)
        head = write_top(sheet, table.title, [*about, table.rule], len(table.fields) + 1, styles)
        write_text(sheet, head, 0, locale.text("STT"), styles["head"])
        for column, one in enumerate(table.fields.values(), start=1):
            write_text(sheet, head, column, one.head, styles["head"])
        widths = [width_of(name, one, table.frame) for name, one in table.fields.items()]
        set_up(sheet, head, 2, [5, *widths], locale)
        sheet.autofilter(head, 0, head + max(len(table.frame), 1), len(table.fields))
        for number, record in enumerate(table.frame.to_dict("records"), start=1):
            sheet.write_number(head + number, 0, number, styles["count"])
            for column, (name, one) in enumerate(table.fields.items(), start=1):
                write_value(sheet, head + number, column, record[name], one.kind, styles)
    try:
        path.write_bytes(file.getvalue())
    except OSError as error:
        message = f"Cannot write {path}: {error.strerror}. Give another file with --to"
        raise UsageError(message) from None
