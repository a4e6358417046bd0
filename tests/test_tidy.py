"""Tidy observations from CSV and Parquet."""

from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from thads_analysis.errors import DataError
from thads_analysis.load import load_tidy

HEADER = "org_regime,org_code,fiscal_year,months,measure,item,value"
# Published for nine months of 2023, with one province's number made up.
ROWS = (
    ",VN,2023,9,cases,completed,382058\n,VN,2023,9,money,completed,70278705371000\n63,1,2023,9,cases,new,15\n"
)


def write(tmp_path: Path, text: str, name: str = "figures.csv", encoding: str = "utf-8") -> Path:
    path = tmp_path / name
    path.write_text(text, encoding=encoding)
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
@pytest.mark.parametrize("separator", [",", ";"])
def test_seven_columns_are_enough(tmp_path: Path, encoding: str, separator: str) -> None:
    text = f"{HEADER}\n{ROWS}".replace(",", separator)
    frame = load_tidy(write(tmp_path, text, encoding=encoding), as_of=date(2023, 7, 20))
    assert frame["value"].tolist() == [382_058, 70_278_705_371_000, 15]
    assert frame["org_regime"].tolist() == ["", "", "63"]
    assert frame["org_code"].tolist() == ["VN", "VN", "01"]
    assert set(frame["source"]) == {"figures.csv"}
    assert set(frame["provenance"]) == {"reported"}
    assert set(frame["vintage"]) == {"unspecified"}
    assert set(frame["as_of"]) == {pd.Timestamp("2023-07-20")}


def test_without_a_day_it_is_the_day_of_loading(tmp_path: Path) -> None:
    before = pd.Timestamp.now().normalize()
    frame = load_tidy(write(tmp_path, f"{HEADER}\n{ROWS}"))
    assert set(frame["as_of"]) <= {before, before + pd.Timedelta(days=1)}


def test_all_columns_in_any_order_with_gaps(tmp_path: Path) -> None:
    text = (
        "vintage,as_of,provenance,source,value,item,measure,months,fiscal_year,org_code,org_regime\n"
        "final,2023-12-01,published,Báo,574819,completed,cases,12,2023,VN,\n"
        ",,,,538.000,eligible,cases,12,2023,79,63\n"
    )
    frame = load_tidy(write(tmp_path, text), vintage="provisional", as_of=date(2024, 1, 5))
    assert frame["vintage"].tolist() == ["final", "provisional"]
    assert frame["source"].tolist() == ["Báo", "figures.csv"]
    assert frame["provenance"].tolist() == ["published", "reported"]
    assert frame["as_of"].dt.strftime("%Y-%m-%d").tolist() == ["2023-12-01", "2024-01-05"]
    assert frame["value"].tolist() == [574_819, 538_000]


def test_parquet_gives_the_same(tmp_path: Path) -> None:
    path = write(tmp_path, f"{HEADER}\n{ROWS}")
    frame = load_tidy(path, as_of=date(2023, 7, 20))
    frame.assign(source="figures.csv").to_parquet(tmp_path / "figures.parquet")
    pd.testing.assert_frame_equal(load_tidy(tmp_path / "figures.parquet"), frame)
    # Codes as numbers, as a spreadsheet or a database may hand them over.
    numbers = pd.DataFrame(
        {
            "org_regime": [63.0, None],
            "org_code": ["1", "vn"],
            "fiscal_year": [2023, 2023],
            "months": [9.0, 9.0],
            "measure": ["cases", "cases"],
            "item": ["new", "new"],
            "value": [1234.0, 5.0],
        }
    )
    numbers.to_parquet(tmp_path / "numbers.parquet")
    loaded = load_tidy(tmp_path / "numbers.parquet")
    assert loaded["org_code"].tolist() == ["01", "VN"]
    assert loaded["org_regime"].tolist() == ["63", ""]
    assert loaded["value"].tolist() == [1234, 5]


@pytest.mark.parametrize(
    ("row", "parts"),
    [
        ("63,01,2023,9,cases,new,12.5", ("row 2, value", "12.5", "whole number")),
        ("63,01,2023,9,cases,new,-3", ("row 2, value", "below zero")),
        ("63,01,2023,9,cases,new,", ("row 2, value", "blank")),
        ("63,01,2023,9,cases,new,NA", ("row 2, value", "'NA'")),
        ("63,01,2023,x,cases,new,1", ("row 2, months", "'x'")),
        ("63,01,2023,13,cases,new,1", ("row 2", "months", "13")),
        ("63,03,2023,9,cases,new,1", ("row 2", "org_code", "province in the list")),
        ("34,02,2025,10,cases,new,1", ("row 2", "org_code", "province in the list")),
        ("63,01,2023,9,cases,reduced,1", ("row 2", "an item that the measure has")),
        ("63,01,2023,9,case,new,1", ("row 2", "measure")),
        (",VN,2023,9,cases,completed,382058", ("row 1", "one row for each figure")),
    ],
)
def test_a_wrong_row_is_named(tmp_path: Path, row: str, parts: tuple[str, ...]) -> None:
    path = write(tmp_path, f"{HEADER}\n,VN,2023,9,cases,completed,382058\n{row}\n")
    with pytest.raises(DataError) as caught:
        load_tidy(path)
    assert str(caught.value).startswith("figures.csv")
    for part in parts:
        assert part in str(caught.value)


def test_a_wrong_day_is_named(tmp_path: Path) -> None:
    path = write(
        tmp_path, f"{HEADER},as_of\n63,01,2023,9,cases,new,1,2023-07-05\n63,02,2023,9,cases,new,1,5/7\n"
    )
    with pytest.raises(DataError, match=r"row 2, as_of: found '5/7', expected a day such as 2023-07-05"):
        load_tidy(path)


@pytest.mark.parametrize(
    ("content", "part"),
    [
        (b"", "not a table"),
        (f"{HEADER}\n".encode(), "no rows"),
        (b"org_code,value\n01,3\n", "missing: org_regime, fiscal_year"),
        (f"{HEADER},note\n63,01,2023,9,cases,new,1,x\n".encode(), "unknown columns note"),
        (f"{HEADER},item\n".encode(), "unknown columns item.1"),
        ("Tên,Số\nHà Nội,3\n".encode("utf-16"), "not UTF-8"),
        (b"PK\x03\x04\x00\x00\xff\xfe", "not UTF-8"),
        (f'{HEADER}\n"unclosed'.encode(), "not a table"),
    ],
)
def test_a_file_that_is_no_such_table(tmp_path: Path, content: bytes, part: str) -> None:
    path = tmp_path / "figures.csv"
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"figures\.csv") as caught:
        load_tidy(path)
    assert part in str(caught.value)


def test_a_parquet_that_is_none(tmp_path: Path) -> None:
    path = write(tmp_path, "PAR1", "figures.parquet")
    with pytest.raises(DataError, match="not a table"):
        load_tidy(path)
    with pytest.raises(DataError, match="cannot be read"):
        load_tidy(tmp_path / "none.csv")
