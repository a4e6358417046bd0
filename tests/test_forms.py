"""Empty forms for a province to fill in, which the loader reads back."""

from datetime import date
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from thads_analysis.errors import DataError, UsageError
from thads_analysis.forms import write_template
from thads_analysis.load import load_workbook
from thads_analysis.org import NATION, Org
from thads_analysis.period import Period

PERIOD = Period(2024, 3)
QUANG_TRI = Org.parse("Quảng Trị", "63")

# A small account of cases that closes, by hand: 346 + 379 = 725; 725 - 5 = 720; 300 + 20 + 280 = 600.
ACCOUNT = {
    "carried_in": 346, "new": 379, "accepted": 725, "entrusted": 5, "pulled_up": 0, "revoked": 0, "due": 720,
    "eligible": 600, "fully_enforced": 290, "discontinued": 10, "completed": 300, "in_progress": 280,
    "postponed_agreed": 20, "not_eligible": 100, "postponed": 8, "suspended": 7, "other_pending": 5,
    "carried_out": 420, "separate_book": 33,
}  # fmt: skip


def fill(path: Path, figures: dict[str, int]) -> None:
    """Type the figures into the first empty row, by the header texts of the layout."""
    from thads_analysis.reference import form_layout

    items = list(form_layout("TT06-2019")["forms"]["04"]["columns"])
    book = openpyxl.load_workbook(path)
    sheet = book.active
    row = next(
        cell.row for cell in sheet["A"] if str(cell.value or "").startswith("Cục THADS tỉnh Quảng Trị")
    )
    for column, item in enumerate(items, start=2):
        sheet.cell(row, column, figures[item])
    book.save(path)


def test_a_province_fills_in_its_form_and_it_is_read_back(tmp_path: Path) -> None:
    path = tmp_path / "form.xlsx"
    write_template(path, form="04", period=PERIOD, org=QUANG_TRI)
    fill(path, ACCOUNT)
    read = load_workbook(path, as_of=date(2024, 1, 5))
    assert dict(zip(read["item"], read["value"], strict=True)) == ACCOUNT
    assert set(read["org_code"]) == {"45"}
    assert set(read["provenance"]) == {"reported"}
    assert set(read["as_of"]) == {pd.Timestamp("2024-01-05")}


def test_an_empty_form_is_not_taken_for_zeros(tmp_path: Path) -> None:
    path = tmp_path / "form.xlsx"
    write_template(path, form="05", period=PERIOD, org=QUANG_TRI)
    with pytest.raises(DataError, match="no figures"):
        load_workbook(path)


def test_the_nations_form_has_every_province_and_takes_whole_numbers_only(tmp_path: Path) -> None:
    path = tmp_path / "form.xlsx"
    write_template(path, form="04", period=PERIOD, org=NATION)
    sheet = openpyxl.load_workbook(path).active
    assert sum(str(cell.value or "").startswith("Cục THADS") for cell in sheet["A"]) == 63
    (rule,) = sheet.data_validations.dataValidation
    assert (rule.type, rule.formula1) == ("whole", "0")


@pytest.mark.parametrize(
    ("name", "form", "period", "hint"),
    [
        ("form.xlsx", "09", PERIOD, "04, 05"),
        ("form.csv", "04", PERIOD, ".xlsx"),
        ("nowhere/form.xlsx", "04", PERIOD, "folder"),
        ("form.xlsx", "04", Period(2026, 10), "TT05-2026"),
    ],
)
def test_what_cannot_be_written_says_why(
    tmp_path: Path, name: str, form: str, period: Period, hint: str
) -> None:
    with pytest.raises(UsageError, match=hint):
        write_template(tmp_path / name, form=form, period=period)
