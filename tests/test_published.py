"""The table of published figures: types, citations, and which of several figures is believed."""

import csv
from datetime import date
from pathlib import Path

import pytest

from thads_analysis.errors import DataError
from thads_analysis.glossary import ITEMS
from thads_analysis.load import load_published, published_figure, published_for
from thads_analysis.load import published as module
from thads_analysis.org import NATION, Org
from thads_analysis.period import Period


def best(period: str, measure: str, item: str) -> tuple[float, str, bool, str]:
    found = published_figure(NATION, Period.parse(period), measure, item)
    assert found is not None
    return found["value"], found["bound"], found["derived"], found["vintage"]


@pytest.mark.parametrize(
    ("period", "measure", "item", "expected"),
    [
        # Printed in full in the letter of 31 July 2023, and as "trên 70.278 tỷ" in the press.
        ("2023-M09", "money", "completed", (70_278_705_371_000, "exact", False, "unspecified")),
        ("2023-M09", "cases", "completion_rate", (66.53, "exact", False, "unspecified")),
        # Provisional in October, final in December.
        ("2023-M12", "cases", "completed", (574_819, "exact", False, "final")),
        ("2023-M12", "money", "completion_rate", (46.78, "exact", False, "final")),
        # The press printed a bound; the letter a year later printed the change, to the last thousand.
        ("2022-M09", "money", "completed", (52_166_758_979_000, "exact", True, "unspecified")),
        # "579.256 việc" and, rounded, "579,25 ngàn việc".
        ("2019-M12", "cases", "completed", (579_256, "exact", False, "final")),
        # A printed rate before the same one worked out from others.
        ("2022-M09", "money", "completion_rate", (29.47, "exact", False, "unspecified")),
    ],
)
def test_the_figure_to_believe(
    period: str, measure: str, item: str, expected: tuple[float, str, bool, str]
) -> None:
    assert best(period, measure, item) == expected


def test_the_worked_out_amount_is_the_difference_of_the_printed_ones() -> None:
    this_year, *_ = best("2023-M09", "money", "completed")
    change, *_ = best("2023-M09", "money", "completed_change_abs")
    assert (change, this_year - change) == (18_111_946_392_000, 52_166_758_979_000)


def test_what_nobody_published_is_none() -> None:
    assert published_figure(NATION, Period(2099, 1), "cases", "completed") is None


def test_types() -> None:
    frame = load_published()
    counted = frame["unit"].isin(["cases", "dong"])
    assert {type(value) for value in frame.loc[counted, "value"]} == {int}
    assert {type(value) for value in frame.loc[~counted, "value"]} == {float}
    assert {type(day) for day in frame["source_day"]} == {date}
    assert set(frame["vintage"]) == {"provisional", "final", "unspecified"}
    assert frame["derived"].dtype == bool
    assert not frame[["citation", "source"]].eq("").any(axis=None)
    # A figure that was printed has its wording; one that was worked out says from what.
    assert frame.loc[~frame["derived"], "as_printed"].ne("").all()


def test_every_row_of_the_file_is_there_and_belongs_to_its_province() -> None:
    with module.published_file().open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    frame = load_published()
    assert len(frame) == len(rows)
    names = {org: Org.from_key(org).name for org in set(frame["org"])}
    assert {row["org_name"] for row in rows} == set(names.values())


def test_items_of_money_are_money_and_of_cases_are_cases() -> None:
    frame = load_published()
    items = frame[frame["item"].isin(ITEMS)]
    assert set(items.loc[items["measure"] == "money", "unit"]) == {"dong"}
    assert set(items.loc[items["measure"] == "cases", "unit"]) == {"cases"}


def test_all_about_one_province_best_first() -> None:
    frame = published_for(Org.parse("Quảng Trị", "63"), Period(2016, 12))
    # 92 % of cases, 18 above the target; 45 % of money, 13 above.
    rates = frame[frame["item"] == "completion_rate"].set_index("measure")["value"]
    assert rates.to_dict() == {"cases": 92.0, "money": 45.0}
    assert set(frame["org"]) == {"63:45"}
    assert published_for(Org.parse("Quảng Trị", "34")).empty


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2023-08-01", date(2023, 8, 1)),
        ("2017-11 (approx.)", date(2017, 11, 30)),
        ("2018-01/02 (approx.)", date(2018, 1, 31)),
        ("2015", date(2015, 12, 31)),
    ],
)
def test_the_last_day_that_a_date_leaves_open(text: str, day: date) -> None:
    assert module._last_day(text) == day


def test_a_citation_is_one_line_without_an_address() -> None:
    found = published_figure(NATION, Period(2023, 9), "cases", "completed")
    assert found is not None
    assert "Công văn 2757/TCTHADS-NV3" in found["citation"]
    assert "01/08/2023" in found["citation"]
    assert not load_published()["citation"].str.contains("http|\n").any()


@pytest.mark.parametrize(
    ("column", "value", "part"),
    [
        ("unit", "percent", "unit: found 'percent'"),
        ("bound", "", "bound: found ''"),
        ("value", "12,5", "12,5"),
        ("source_date", "May", "source_date: found 'May'"),
    ],
)
def test_a_wrong_row_is_named_by_its_line(
    column: str, value: str, part: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with module.published_file().open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))[:3]
    rows[1][column] = value
    path = tmp_path / "figures.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    monkeypatch.setattr(module, "published_file", lambda: path)
    load_published.cache_clear()
    try:
        with pytest.raises(DataError, match=r"figures\.csv, line 3") as caught:
            load_published()
    finally:
        load_published.cache_clear()
    assert part in str(caught.value)
