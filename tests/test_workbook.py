"""Workbooks of forms 04 and 05: what is taken, what is refused, and where the message leads."""

import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
import xlwt
from form_workbooks import CASES, MONEY, SheetPlan, both, one_province, write_xlsx
from hypothesis import given
from hypothesis import strategies as st
from odf.opendocument import OpenDocumentSpreadsheet
from odf.table import CoveredTableCell, Table, TableCell, TableRow
from odf.text import P

from thads_analysis.errors import DataError, ThadsError, UsageError
from thads_analysis.load import container, load_workbook
from thads_analysis.load.cells import NotANumberError, address, compare_key, read_number
from thads_analysis.org import provinces

NAMES_63 = [org.name for org in provinces("63")]


def values_of(observations: pd.DataFrame, code: str) -> dict[tuple[str, str], int]:
    rows = observations[observations["org_code"] == code]
    return {(m, i): int(v) for m, i, v in rows[["measure", "item", "value"]].itertuples(index=False)}


def expected_values(times: int = 1) -> dict[tuple[str, str], int]:
    cases = {("cases", item): value * times for item, _, value in CASES}
    return cases | {("money", item): value * 1000 * times for item, _, value in MONEY}


def save(tmp_path: Path, sheets: list[SheetPlan], name: str = "report.xlsx") -> Path:
    return write_xlsx(tmp_path / name, sheets)


def refused(path: Path, *parts: str, error: type[ThadsError] = DataError, **kwargs: Any) -> str:
    """Refuse the file with a message of at most two lines that holds all parts."""
    with pytest.raises(error) as caught:
        load_workbook(path, **kwargs)
    message = str(caught.value)
    for part in parts:
        assert part in message, message
    assert message.count("\n") <= 1
    return message


# What is taken


def test_all_provinces_of_a_national_workbook(tmp_path: Path) -> None:
    observations = load_workbook(save(tmp_path, both(NAMES_63)))
    assert len(observations) == 63 * (19 + 20)
    for place, org in ((1, "01"), (63, "96")):
        assert values_of(observations, org) == expected_values(place)
    for column, value in {
        "org_regime": "63",
        "fiscal_year": 2023,
        "months": 9,
        "provenance": "reported",
        "vintage": "unspecified",
        "as_of": pd.Timestamp("2023-07-05"),
    }.items():
        assert set(observations[column]) == {value}
    assert set(observations["source"]) == {"report.xlsx, Biểu 04", "report.xlsx, Biểu 05"}


def test_one_province_reports_for_itself(tmp_path: Path) -> None:
    observations = load_workbook(save(tmp_path, one_province()))
    assert values_of(observations, "45") == expected_values()
    assert set(observations["org_code"]) == {"45"}


def test_one_form_alone_is_taken_for_what_it_has(tmp_path: Path) -> None:
    observations = load_workbook(save(tmp_path, one_province()[:1]))
    assert set(observations["measure"]) == {"cases"}


def test_marks_in_the_sheet_set_provenance_and_vintage(tmp_path: Path) -> None:
    sheets = one_province()
    sheets[0].cells[0, 8] = "SỐ LIỆU MÔ PHỎNG"
    sheets[1].cells[5, 3] = "(Số liệu sơ bộ)"
    observations = load_workbook(save(tmp_path, sheets))
    assert set(observations["provenance"]) == {"simulated"}
    assert set(observations["vintage"]) == {"provisional"}
    refused(tmp_path / "report.xlsx", "simulated", "I1", provenance="reported")
    refused(tmp_path / "report.xlsx", "provisional", "D6", vintage="final")


def test_day_of_knowledge_is_what_the_caller_says_else_the_signature(tmp_path: Path) -> None:
    sheets = one_province(signed="")
    path = save(tmp_path, sheets)
    assert set(load_workbook(path, as_of=date(2023, 7, 9))["as_of"]) == {pd.Timestamp("2023-07-09")}
    signed = save(tmp_path, one_province(), "signed.xlsx")
    assert set(load_workbook(signed)["as_of"]) == {pd.Timestamp("2023-07-05")}
    assert set(load_workbook(signed, as_of=date(2023, 7, 9))["as_of"]) == {pd.Timestamp("2023-07-09")}


def as_xls(path: Path, sheets: list[SheetPlan]) -> Path:
    workbook = xlwt.Workbook()
    for sheet in sheets:
        worksheet = workbook.add_sheet(sheet.name)
        merged = {(top, left): (bottom, right) for top, left, bottom, right in sheet.merges}
        for (row, column), value in sheet.cells.items():
            if (row, column) in merged:
                bottom, right = merged[row, column]
                worksheet.write_merge(row, bottom, column, right, value)
            elif callable(value):
                value(worksheet, row, column)
            else:
                worksheet.write(row, column, value)
    workbook.save(path)
    return path


def as_ods(path: Path, sheets: list[SheetPlan]) -> Path:
    document = OpenDocumentSpreadsheet()
    for sheet in sheets:
        table = Table(name=sheet.name)
        spans = {
            (top, left): (bottom - top + 1, right - left + 1) for top, left, bottom, right in sheet.merges
        }
        covered = {
            (r, c)
            for top, left, bottom, right in sheet.merges
            for r in range(top, bottom + 1)
            for c in range(left, right + 1)
            if (r, c) != (top, left)
        }
        for row in range(max(r for r, _ in sheet.cells) + 1):
            line = TableRow()
            for column in range(max(c for _, c in sheet.cells) + 1):
                value = sheet.cells.get((row, column))
                if (row, column) in covered:
                    line.addElement(CoveredTableCell())
                    continue
                options: dict[str, Any] = {}
                if (row, column) in spans:
                    options["numberrowsspanned"], options["numbercolumnsspanned"] = spans[row, column]
                if isinstance(value, int):
                    options |= {"valuetype": "float", "value": str(value)}
                elif value:
                    options["valuetype"] = "string"
                cell = TableCell(**options)
                if value is not None:
                    cell.addElement(P(text=str(value)))
                line.addElement(cell)
            table.addElement(line)
        document.spreadsheet.addElement(table)
    document.save(path)
    return path


@pytest.mark.parametrize("write", [as_xls, as_ods])
def test_other_kinds_of_workbook_give_the_same(tmp_path: Path, write: Any) -> None:
    sheets = one_province()
    observations = load_workbook(write(tmp_path / f"report.{write.__name__[3:]}", sheets))
    assert values_of(observations, "45") == expected_values()


def test_a_header_that_spans_columns_without_being_merged(tmp_path: Path) -> None:
    sheets = one_province()
    for sheet in sheets:
        sheet.merges = []
    assert values_of(load_workbook(save(tmp_path, sheets)), "45") == expected_values()


def test_columns_are_found_by_header_in_any_order_among_others(tmp_path: Path) -> None:
    sheets = one_province()
    for sheet in sheets:
        moved = {
            (r, c): sheet.cells.pop((r, c)) for r, c in list(sheet.cells) if 6 <= r <= 13 and c in (4, 6)
        }
        for (row, column), value in moved.items():
            sheet.cells[row, 10 - column] = value
        sheet.merges = [
            (t, 10 - left if left in (4, 6) else left, b, 10 - right if left in (4, 6) else right)
            for t, left, b, right in sheet.merges
        ]
        sheet.cells[6, len(sheet.columns) + 1] = "Tỷ lệ % (xong/có điều kiện)"
        sheet.cells[13, len(sheet.columns) + 1] = 54.55
    assert values_of(load_workbook(save(tmp_path, sheets)), "45") == expected_values()


@pytest.mark.parametrize(
    ("official", "typed"),
    [
        ("Ủy thác thi hành án", "UỶ THÁC  thi\nhành án (1)"),
        ("Thu hồi, hủy quyết định thi hành án", "Thu hồi, huỷ quyết định"),
        ("Mới thụ lý", "Thụ lý mới"),
        ("Tổng số chuyển kỳ sau", "Số chuyển kỳ sau:"),
    ],
)
def test_headers_as_people_type_them(tmp_path: Path, official: str, typed: str) -> None:
    sheets = one_province()
    for sheet in sheets:
        sheet.cells[sheet.find(official)] = typed
    assert values_of(load_workbook(save(tmp_path, sheets)), "45") == expected_values()


@pytest.mark.parametrize(
    "name", ["Tỉnh Quảng Trị", "1. Quảng Trị", "QUẢNG TRỊ", "Quang Tri", "Quảng Trị (cũ)"]
)
def test_agencies_as_people_name_them(tmp_path: Path, name: str) -> None:
    sheets = one_province()
    for sheet in sheets:
        sheet.cells[13, 0] = name
    assert values_of(load_workbook(save(tmp_path, sheets)), "45") == expected_values()


def test_headings_notes_and_blank_rows_are_passed_over(tmp_path: Path) -> None:
    sheets = both(NAMES_63)
    for sheet in sheets:
        sheet.move_rows(20, 2)
        sheet.cells[20, 0] = "II. Khu vực phía Bắc"
        last = max(row for row, _ in sheet.cells)
        sheet.cells[last + 2, 0] = "Ghi chú: số liệu gồm cả án tồn từ trước 01/7/2015"
    assert len(load_workbook(save(tmp_path, sheets))) == 63 * 39


def test_the_total_may_stand_below_and_left_of_the_names(tmp_path: Path) -> None:
    sheets = one_province()
    for sheet in sheets:
        sheet.cells = {(r, c + 1): v for (r, c), v in sheet.cells.items()}
        sheet.merges = [(t, left + 1, b, right + 1) for t, left, b, right in sheet.merges]
        total = {c: sheet.cells.pop((12, c)) for r, c in list(sheet.cells) if r == 12}
        sheet.cells |= {(14, c): v for c, v in total.items() if c > 1} | {(14, 0): "Tổng cộng"}
        sheet.cells[13, 0] = 1
        sheet.cells[6, 0] = "STT"
    assert values_of(load_workbook(save(tmp_path, sheets)), "45") == expected_values()


def test_macros_are_never_run_and_values_are_read(tmp_path: Path) -> None:
    path = save(tmp_path, one_province(), "report.xlsm")
    assert values_of(load_workbook(path), "45") == expected_values()


@pytest.mark.parametrize(
    ("line", "factor"),
    [
        ("Đơn vị tính: đồng", 1000),
        ("ĐVT: nghìn đồng", 1),
        ("Đơn vị tính: 1000 đồng", 1),
        ("Đơn vị tính: 1,000 đồng", 1),
    ],
)
def test_units_lines(tmp_path: Path, line: str, factor: int) -> None:
    sheets = one_province()
    money = sheets[1]
    money.cells[money.find("Đơn vị tính")] = line
    for row in (12, 13):
        for column in money.columns.values():
            money.cells[row, column] *= factor
    assert values_of(load_workbook(save(tmp_path, sheets)), "45") == expected_values()


# Numbers


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("1.234", 1234),
        ("1,234", 1234),
        ("1 234", 1234),
        ("1\u00a0234\u00a0567", 1_234_567),
        ("1\u202f234", 1234),
        ("70.278.705.371", 70_278_705_371),
        ("1,234,567.00", 1_234_567),
        ("1.234,00", 1234),
        ("067", 67),
        (" 12 ", 12),
        ("'12", 12),
        ("–", 0),
        ("-", 0),
        ("0", 0),
        ("", None),
        ("\u00a0", None),
        (12.0, 12),
        (0, 0),
    ],
)
def test_numbers_in_every_notation(cell: Any, value: int | None) -> None:
    assert read_number(cell) == value


@pytest.mark.parametrize(
    "cell",
    [
        "(12)", "-12", -3, 12.5, "12,5", "1.23.456", "1.234,567", "1234.567", "0.123", "12%", "1O0", "#REF!",
        "...", "x", True, float("nan"), float("inf"), "1,234.567.890", "١٢", date(2023, 1, 1),
    ],
)  # fmt: skip
def test_what_is_no_count_is_refused(cell: Any) -> None:
    with pytest.raises(NotANumberError):
        read_number(cell)


def test_a_fraction_of_a_thousand_is_taken_to_the_last_dong() -> None:
    assert read_number(123_456.789, 1000) == 123_456_789
    # As a spreadsheet adds 0.1 and 0.2; it shows and means 0.3.
    assert read_number(0.1 + 0.2, 1000) == 300
    with pytest.raises(NotANumberError):
        read_number(0.1234, 1000)


@given(st.integers(0, 10**15), st.sampled_from(".,' \u00a0\u202f\u2009"))
def test_grouped_text_gives_the_number_that_was_grouped(value: int, sign: str) -> None:
    assert read_number(f"{value:,}".replace(",", sign), 1000) == value * 1000


def test_addresses_and_keys() -> None:
    assert [address(0, 0), address(9, 25), address(99, 26), address(4, 701), address(4, 702)] == [
        "A1", "Z10", "AA100", "ZZ5", "AAA5",
    ]  # fmt: skip
    assert compare_key("Hoà  Bình") == compare_key("HÒA BÌNH")
    assert compare_key("Hòa Bình") != compare_key("Hoa Bình")


def test_numbers_as_text_in_a_workbook(tmp_path: Path) -> None:
    sheets = one_province()
    money = sheets[1]
    for row in (12, 13):
        for column in money.columns.values():
            money.cells[row, column] = f"{money.cells[row, column]:,}".replace(",", ".")
    for cell in (sheets[0].at("Quảng Trị", "pulled_up"), (12, sheets[0].columns["pulled_up"])):
        sheets[0].cells[cell] = "–"
    assert values_of(load_workbook(save(tmp_path, sheets)), "45") == expected_values()


# Blank, zero, error


def test_a_blank_is_zero_only_where_the_total_shows_it(tmp_path: Path) -> None:
    sheets = one_province()
    sheets[0].cells[sheets[0].at("Quảng Trị", "pulled_up")] = None
    assert values_of(load_workbook(save(tmp_path, sheets)), "45")["cases", "pulled_up"] == 0
    without_total = both(NAMES_63)
    without_total[0].cells[without_total[0].at("Hà Nội", "pulled_up")] = None
    for column in range(len(sheets[0].columns) + 1):
        without_total[0].cells[12, column] = None
    refused(save(tmp_path, without_total, "b.xlsx"), "F14", "Hà Nội, pulled_up", "blank", "write 0 or –")
    sheets = one_province()
    sheets[0].cells[sheets[0].at("Quảng Trị", "new")] = None
    refused(save(tmp_path, sheets, "c.xlsx"), "D13", "the total is 50, expected 0")


def test_a_column_that_nobody_filled_in_is_not_reported(tmp_path: Path) -> None:
    sheets = one_province()
    for row in (12, 13):
        sheets[0].cells[row, sheets[0].columns["separate_book"]] = None
    values = values_of(load_workbook(save(tmp_path, sheets)), "45")
    assert ("cases", "separate_book") not in values
    assert len(values) == 38


def test_an_error_value_is_never_a_blank(tmp_path: Path) -> None:
    sheets = one_province()
    cell = sheets[0].at("Quảng Trị", "pulled_up")
    sheets[0].cells[cell] = lambda ws, row, column: ws.write_formula(row, column, "=A1+#REF!", None, "#REF!")
    refused(save(tmp_path, sheets), "Biểu 04", "F14", "#REF!")


def test_an_error_value_of_an_xls(tmp_path: Path) -> None:
    sheets = one_province()
    cell = sheets[0].at("Quảng Trị", "pulled_up")
    sheets[0].cells[cell] = None
    workbook = as_xls(tmp_path / "report.xls", sheets)
    assert values_of(load_workbook(workbook), "45")["cases", "pulled_up"] == 0
    sheets[0].cells[cell] = lambda ws, row, column: ws.row(row).set_cell_error(column, "#REF!")
    refused(as_xls(tmp_path / "report.xls", sheets), "Biểu 04", "F14", "an error value")


def test_a_formula_without_a_stored_value_is_refused(tmp_path: Path) -> None:
    path = save(tmp_path, one_province())
    workbook = openpyxl.load_workbook(path)
    workbook["Biểu 04"]["F14"] = "=1-1"
    workbook.save(path)
    refused(path, "Biểu 04", "F14", "formula without a stored value")


# Refusals


def test_a_total_that_is_not_the_sum(tmp_path: Path) -> None:
    sheets = both(NAMES_63)
    row, column = sheets[0].at("Hà Nội", "new")
    sheets[0].cells[row, column] += 1
    # 50 times 1 + ... + 63 = 2016, and one more.
    refused(save(tmp_path, sheets), "report.xlsx", "Biểu 04", "D13", "100,800", "100,801")


def test_an_account_that_does_not_close(tmp_path: Path) -> None:
    sheets = one_province()
    for row in (12, 13):
        sheets[1].cells[row, sheets[1].columns["new"]] += 7
    refused(save(tmp_path, sheets), "Biểu 05", "Quảng Trị, accepted", "B14", "60,000,000", "60,000,007")


@pytest.mark.parametrize(
    ("change", "parts"),
    [
        ({"replace": (20, "Nghệ An")}, ("A40", "Nghệ An", "second time", "row 21")),
        ({"replace": (20, "Hà Lam")}, ("A21", "'Hà Lam'", "Hà Nam")),
        ({"replace": (20, None)}, ("B21", "without an agency's name")),
        ({"replace": (20, "Tổng hợp khác 5")}, ("A21", "No province")),
        ({"replace": (20, "79")}, ("A21", "'79'", "expected a province")),
        ({"remove": 20}, ("A7", "62 agencies", "expected 63", "missing: ")),
    ],
)
def test_agencies_that_are_wrong(tmp_path: Path, change: dict[str, Any], parts: tuple[str, ...]) -> None:
    sheets = both(NAMES_63)
    for sheet in sheets:
        if "remove" in change:
            sheet.cells = {cell: v for cell, v in sheet.cells.items() if cell[0] != change["remove"]}
        else:
            row, name = change["replace"]
            sheet.cells[row, 0] = name
    refused(save(tmp_path, sheets), "Biểu 04", *parts)


def test_after_the_merger_an_old_name_is_refused_with_the_new_one(tmp_path: Path) -> None:
    names = [org.name for org in provinces("34")]
    options = {"period": "12 tháng năm 2025", "circular": "05/2024/TT-BTP"}
    signed = "Hà Nội, ngày 06 tháng 10 năm 2025"
    observations = load_workbook(save(tmp_path, both(names, signed=signed, **options)))
    assert set(observations["org_regime"]) == {"34"}
    assert len(observations) == 34 * 39
    sheets = both(names, signed=signed, **options)
    for sheet in sheets:
        sheet.cells[sheet.find("Tây Ninh")] = "Long An"
    refused(save(tmp_path, sheets, "old.xlsx"), "Long An", "Tây Ninh (80)")


def test_periods_must_agree(tmp_path: Path) -> None:
    path = save(tmp_path, one_province(), "2023-M09.xlsx")
    assert set(load_workbook(path, period="2023-M09")["months"]) == {9}
    refused(path, "2023-M09", "2023-M08", period="2023-M08")
    refused(save(tmp_path, one_province(), "2022-M09.xlsx"), "A4", "2023-M09", "2022-M09")
    refused(save(tmp_path, one_province(), "2023-M13.xlsx"), "2023-M13")
    sheets = one_province()
    sheets[1].cells[3, 0] = "8 tháng năm 2023"
    refused(save(tmp_path, sheets), "Biểu 05", "A4", "2023-M08", "2023-M09")
    for text in ("13 tháng năm 2023", "Từ ngày 01/10/2022 đến ngày 29/6/2023"):
        refused(save(tmp_path, one_province(period=text)), "A4", "correct")
    silent = save(tmp_path, one_province(period="KẾT QUẢ"), "silent.xlsx")
    refused(silent, "no period")
    assert set(load_workbook(silent, period="2023-M09")["months"]) == {9}


def test_a_year_is_named_without_months(tmp_path: Path) -> None:
    signed = "ngày 12 tháng 10 năm 2023"
    path = save(tmp_path, one_province(period="Năm 2023", signed=signed))
    assert set(load_workbook(path)["months"]) == {12}


def test_circulars(tmp_path: Path) -> None:
    path = save(tmp_path, one_province(circular="05/2024/TT-BTP"))
    refused(path, "A2", "TT05-2024", "TT06-2019 is in force for 2023-M09")
    early = save(tmp_path, one_province(period="9 tháng năm 2017", circular="", signed=""), "early.xlsx")
    refused(early, "TT06-2019", "TT08-2015")
    first = save(tmp_path, one_province(period="9 tháng năm 2014", circular="", signed=""), "first.xlsx")
    refused(first, "TT01-2013", "TT08-2015, TT06-2019, TT05-2024", error=UsageError)
    refused(path, "TT99-2019", error=UsageError, circular="TT99-2019")


def test_a_missing_column_is_named_by_its_headers(tmp_path: Path) -> None:
    sheets = one_province()
    sheets[1].cells[sheets[1].find("Giảm thi hành án")] = "Ghi chú"
    refused(save(tmp_path, sheets), "Biểu 05", "reduced", "Thi hành xong > Chia ra > Giảm thi hành án")


def test_one_item_in_two_columns(tmp_path: Path) -> None:
    sheets = one_province()
    last = len(sheets[0].columns) + 1
    sheets[0].cells[6, last] = "Ủy thác"
    refused(save(tmp_path, sheets), "Biểu 04", "entrusted", "E7 and U7")


def test_sheets_missing_or_twice(tmp_path: Path) -> None:
    other = SheetPlan("Trang bìa", {(0, 0): "Báo cáo"})
    refused(save(tmp_path, [other]), "no sheet of form 04 or 05", "'Trang bìa'")
    sheets = one_province()
    again = one_province()[0]
    again.name = "Biểu 04 (2)"
    refused(save(tmp_path, [*sheets, again], "b.xlsx"), "Biểu 04 (2)", "second time", "'Biểu 04'")
    sheets[0].cells[6, 0] = "Nội dung"
    refused(save(tmp_path, sheets, "c.xlsx"), "Biểu 04", "no column is headed")


def test_units_that_contradict_the_magnitudes(tmp_path: Path) -> None:
    sheets = both(NAMES_63)
    sheets[1].cells[sheets[1].find("Đơn vị tính")] = "Đơn vị tính: đồng"
    refused(save(tmp_path, sheets), "Biểu 05", "U5", "a case is worth 400,000 đồng")
    sheets[1].cells[sheets[1].find("Đơn vị tính")] = "Đơn vị tính: triệu đồng"
    refused(save(tmp_path, sheets), "Biểu 05", "a case is worth 400,000,000,000 đồng")
    sheets[1].cells[sheets[1].find("Đơn vị tính")] = "Đơn vị tính: USD"
    refused(save(tmp_path, sheets), "Biểu 05", "USD", "1.000 đồng")
    del sheets[1].cells[sheets[1].find("Đơn vị tính")]
    refused(save(tmp_path, sheets), "Biểu 05", "no units line")


def test_days_of_signature_that_cannot_be(tmp_path: Path) -> None:
    refused(save(tmp_path, one_province(signed="ngày 31 tháng 6 năm 2023")), "no such day")
    refused(
        save(tmp_path, one_province(signed="ngày 05 tháng 5 năm 2023")), "2023-05-05", "before 2023-M09 ended"
    )


# Files that are no workbook, or no safe one


@pytest.mark.parametrize(
    ("name", "content", "part"),
    [
        ("text.xlsx", "Tên cơ quan;Mới thụ lý\n".encode(), "plain text"),
        ("page.xls", b"<html><body><table><tr><td>1</td></tr></table></body></html>", "web page"),
        ("old.xls", b"<?xml version='1.0'?><Workbook/>", "plain XML"),
        ("paper.xlsx", b"%PDF-1.7 ...", "a PDF"),
        ("empty.xlsx", b"", "an empty file"),
        ("noise.xlsx", bytes(range(128, 256)) * 40, "something else"),
    ],
)
def test_what_is_no_workbook_is_called_by_its_name(
    tmp_path: Path, name: str, content: bytes, part: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    refused(path, name, part, "expected a workbook", "save it as .xlsx")


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    refused(tmp_path / "none.xlsx", "none.xlsx", "No such file")


@pytest.mark.parametrize("write", [write_xlsx, as_xls, as_ods])
@pytest.mark.parametrize("share", [0.02, 0.3, 0.6, 0.99])
def test_truncated_files(tmp_path: Path, write: Any, share: float) -> None:
    path = write(tmp_path / "report.bin", one_province())
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    refused(path, "report.bin", "damaged")


def test_an_encrypted_workbook(tmp_path: Path) -> None:
    # What Excel writes for a workbook with a password: a compound file with this stream in its directory.
    path = tmp_path / "locked.xlsx"
    path.write_bytes(
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1024) + "EncryptedPackage".encode("utf-16-le")
    )
    refused(path, "locked.xlsx", "password")


def rewrite(path: Path, member: str, change: Any) -> None:
    """Replace a part of a zipped workbook."""
    with zipfile.ZipFile(path) as archive:
        parts = {info.filename: archive.read(info) for info in archive.infolist()}
    parts[member] = change(parts.get(member, b""))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)


def test_a_zip_bomb(tmp_path: Path) -> None:
    path = save(tmp_path, one_province())
    rewrite(path, "xl/media/image1.png", lambda _: bytes(container.MAX_UNPACKED_BYTES))
    assert path.stat().st_size < 2**20
    refused(path, "when unpacked", "128 MB")


def test_a_file_that_is_too_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = save(tmp_path, one_province())
    monkeypatch.setattr(container, "MAX_FILE_BYTES", 1000)
    refused(path, "MB, expected at most")


def test_entities_are_refused(tmp_path: Path) -> None:
    path = save(tmp_path, one_province())
    declared = b'<!DOCTYPE x [<!ENTITY a "1"><!ENTITY b "&a;&a;">]>'
    rewrite(path, "xl/worksheets/sheet1.xml", lambda xml: xml.replace(b"?>", b"?>" + declared, 1))
    refused(path, "entities")


def test_a_value_far_away_is_refused_before_it_fills_the_memory(tmp_path: Path) -> None:
    sheets = one_province()
    sheets[0].cells[1_048_575, 16_383] = "x"
    refused(save(tmp_path, sheets), "Biểu 04", "row 1048576, column 16384", "5000 rows")
    sheets = one_province()
    sheets[0].cells[60_000, 255] = "x"
    refused(as_xls(tmp_path / "far.xls", sheets), "Biểu 04", "row 60001, column 256")


def test_formatted_rows_without_values_do_not_matter(tmp_path: Path) -> None:
    path = save(tmp_path, one_province())
    blank = b"".join(b'<row r="%d"><c r="XFD%d" s="1"/></row>' % (n, n) for n in range(100, 20_000))
    rewrite(
        path, "xl/worksheets/sheet1.xml", lambda xml: xml.replace(b"</sheetData>", blank + b"</sheetData>")
    )
    assert values_of(load_workbook(path), "45") == expected_values()


def test_a_repeated_cell_of_an_ods_is_refused(tmp_path: Path) -> None:
    path = as_ods(tmp_path / "far.ods", one_province())
    row = (
        b'<table:table-row table:number-rows-repeated="1000000"><table:table-cell office:value-type="float" '
        b'office:value="1" table:number-columns-repeated="1000"/></table:table-row></table:table>'
    )
    rewrite(path, "content.xml", lambda xml: xml.replace(b"</table:table>", row, 1))
    refused(path, "Biểu 04", "5000 rows")


def test_a_zip_that_is_no_workbook(tmp_path: Path) -> None:
    path = tmp_path / "letters.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("letter.txt", "x")
    refused(path, "letters.xlsx", "without a workbook")
