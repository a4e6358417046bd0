"""The annex: which provinces are on which list, and what its cells are."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from sample_pages import make_context

from thads_analysis.context import Context
from thads_analysis.locale import locale_for
from thads_analysis.metrics import national
from thads_analysis.org import Org, provinces
from thads_analysis.period import Period
from thads_analysis.report.accountability import two_years, watched
from thads_analysis.report.annex import every_list, write_annex
from thads_analysis.schema import to_panel

VI = locale_for("vi")


@pytest.fixture(scope="module")
def context(sample_panel: pd.DataFrame, sample_observations: pd.DataFrame) -> Context:
    return make_context(sample_panel, sample_observations, Period(2023, 9))


@pytest.fixture(scope="module")
def workbook(context: Context, tmp_path_factory: pytest.TempPathFactory) -> openpyxl.Workbook:
    path = tmp_path_factory.mktemp("annex") / "annex.xlsx"
    write_annex(path, context, VI)
    return openpyxl.load_workbook(path)


def table_of(sheet: object) -> list[dict[str, object]]:
    """Rows under the header of a sheet, by head."""
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]  # type: ignore[attr-defined]
    head = next(i for i, row in enumerate(rows) if row[0] == "STT")
    return [dict(zip(rows[head], row, strict=True)) for row in rows[head + 1 :]]


@pytest.mark.parametrize(
    ("sheet", "measure", "done", "whole"),
    [
        ("Dưới bình quân về việc", "cases", 382_058, 574_289),
        ("Dưới bình quân về tiền", "money", 70_278_705_371, 216_558_603_472),
    ],
)
def test_the_lists_below_the_nation_are_exact(
    workbook: openpyxl.Workbook,
    sample_observations: pd.DataFrame,
    sheet: str,
    measure: str,
    done: int,
    whole: int,
) -> None:
    # 66.53 and 32.45 % (letter 2757/TCTHADS-NV3). Compared in integers, straight from the observations:
    # a province is below where completed x national eligible < national completed x its eligible.
    rows = sample_observations.query("fiscal_year == 2023 and months == 9 and measure == @measure")
    wide = rows.pivot(index="org_code", columns="item", values="value").astype(object)
    unit = 1 if measure == "cases" else 1000
    assert (wide["completed"].sum(), wide["eligible"].sum()) == (done * unit, whole * unit)
    assert round(100 * done / whole, 2) == {"cases": 66.53, "money": 32.45}[measure]
    below = {
        code
        for code, row in wide.iterrows()
        if row["completed"] * whole * unit < done * unit * row["eligible"]
    }
    listed = table_of(workbook[sheet])
    assert {row["Mã"] for row in listed} == below
    assert len(listed) == len(below) > 20
    by_code = wide.to_dict("index")
    for row in listed:
        head = "Có điều kiện thi hành (việc)" if measure == "cases" else "Có điều kiện thi hành (nghìn đồng)"
        assert row[head] == by_code[row["Mã"]]["eligible"] / unit
        expected = by_code[row["Mã"]]["completed"] / by_code[row["Mã"]]["eligible"]
        assert row["Tỷ lệ"] == pytest.approx(expected)
        assert row["So với toàn quốc (điểm %)"] == pytest.approx(100 * (expected - done / whole))
    assert [row["STT"] for row in listed] == list(range(1, len(listed) + 1))


def test_the_list_of_both_is_the_meeting_of_the_two(workbook: openpyxl.Workbook) -> None:
    codes = {
        name: {row["Mã"] for row in table_of(workbook[name])}
        for name in ("Dưới bình quân về việc", "Dưới bình quân về tiền", "Dưới bình quân cả hai")
    }
    cases, money, both = codes.values()
    assert both == cases & money


def test_the_three_conventions_of_the_target(context: Context) -> None:
    year, prorata, attained = (
        listing for listing in every_list(context, VI) if listing.id.startswith("tab-target")
    )
    # After nine months everyone is below the year's target; by 9/12 of it fewer are.
    assert set(year.frame.index) == set(attained.frame.index) == {org.key for org in context.orgs}
    assert set(prorata.frame.index) < set(year.frame.index)
    row = prorata.frame.loc["63:01"]
    # 82.50 x 9/12 = 61.875; Hà Nội has no target of its own in 2023.
    assert row["cases_target"] == pytest.approx(0.61875)
    assert row["cases_gap"] == pytest.approx(row["cases_rate"] - 0.61875)
    assert attained.frame.loc["63:01", "cases_gap"] == pytest.approx(row["cases_rate"] / 0.825)


def test_each_sheet_prints_on_a4_with_its_header_on_every_page(workbook: openpyxl.Workbook) -> None:
    for sheet in workbook.worksheets:
        assert sheet.page_setup.paperSize == 9
        assert (sheet.page_setup.fitToWidth or 1, sheet.page_setup.fitToHeight) == (1, 0)
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        head = int(sheet.print_title_rows.split(":")[0].strip("$"))
        assert sheet.freeze_panes
        assert int("".join(c for c in sheet.freeze_panes if c.isdigit())) == head + 1
        assert "&P/&N" in sheet.oddFooter.right.text.replace(" ", "") or "&P" in sheet.oddFooter.right.text


def test_each_sheet_says_that_figures_are_simulated_and_whose_they_are(workbook: openpyxl.Workbook) -> None:
    for sheet in workbook.worksheets:
        top = [str(sheet.cell(row, 1).value) for row in range(1, 5)]
        assert any(line.startswith("SỐ LIỆU MÔ PHỎNG") for line in top)
        assert any(line.startswith("Nguồn: ") and "9 tháng năm 2023" in line for line in top)


def test_numbers_are_numbers_in_vietnamese_forms(workbook: openpyxl.Workbook) -> None:
    sheet = workbook["Đóng góp về tiền"]
    cells = [cell for row in sheet.iter_rows() for cell in row if isinstance(cell.value, int | float)]
    forms = {cell.number_format for cell in cells}
    assert forms == {"0", "[$-42A]#,##0", "[$-42A]0.00%", "[$-42A]+0.00;[$-42A]-0.00;[$-42A]0.00"}
    table = table_of(sheet)
    parts = "Góp vào tỷ lệ (điểm %)", "Góp vào thay đổi (điểm %)", "Góp vào chênh lệch với chỉ tiêu (điểm %)"
    # 32.45 %, +2.98 and 32.45 - 45.50, all published; what a reader sums up in the sheet.
    sums = [sum(float(str(row[name])) for row in table) for name in parts]
    assert [round(value, 2) for value in sums] == [32.45, 2.98, -13.05]


def test_nothing_in_it_is_a_formula_or_a_link(context: Context, tmp_path: Path) -> None:
    hostile = ["=1+1", "+1", "-1", "@SUM(A1)", "http://example.org", '=HYPERLINK("x")', "\x01a"]
    signs = context.credibility.copy()
    orgs = [Org("63", f"{i}", name) for i, name in enumerate(hostile)]
    listing = every_list(context, VI)[0]
    frame = listing.frame.head(len(orgs)).assign(name=hostile, code=hostile)
    bad = dataclasses.replace(listing, frame=frame, title="=1+1", rule="@rule", notes=("+note",))
    path = tmp_path / "annex.xlsx"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("thads_analysis.report.annex.every_list", lambda *_: (bad,))
        write_annex(path, context, VI)
    book = openpyxl.load_workbook(path)
    cells = [cell for sheet in book.worksheets for row in sheet.iter_rows() for cell in row]
    assert {cell.data_type for cell in cells if cell.value is not None} == {"s", "n"}
    assert not any(cell.hyperlink for cell in cells)
    texts = {cell.value for cell in cells if cell.data_type == "s"}
    assert {"=1+1", "+1", "-1", "@SUM(A1)", "http://example.org", "@rule", "+note", "\ufffda"} <= texts
    # Text stays text when somebody edits the cell, too.
    assert all(cell.quotePrefix for cell in cells if cell.data_type == "s" and cell.value[0] in "=+-@")
    assert signs.equals(context.credibility)


def test_the_same_figures_give_the_same_bytes(context: Context, tmp_path: Path) -> None:
    for name in ("a.xlsx", "b.xlsx"):
        write_annex(tmp_path / name, context, VI)
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()


def test_in_english_every_sheet_has_another_name(context: Context, tmp_path: Path) -> None:
    write_annex(tmp_path / "annex.xlsx", context, locale_for("en"))
    book = openpyxl.load_workbook(tmp_path / "annex.xlsx")
    assert book.sheetnames[:3] == ["Index", "Below nation, cases", "Below nation, money"]
    assert all(len(name) <= 31 for name in book.sheetnames)


def test_while_a_province_is_late_no_list_pretends_to_know_the_nation(
    sample_panel: pd.DataFrame, sample_observations: pd.DataFrame, tmp_path: Path
) -> None:
    late = sample_panel.drop(index=[("63:45", 2023, 9)])
    context = make_context(late, sample_observations, Period(2023, 9))
    ids = [listing.id for listing in every_list(context, VI)]
    assert not [name for name in ids if name.startswith(("tab-below", "tab-weighing", "tab-contributions"))]
    assert "tab-target-year" in ids
    write_annex(tmp_path / "annex.xlsx", context, VI)
    contents = openpyxl.load_workbook(tmp_path / "annex.xlsx").worksheets[0]
    lines = [str(contents.cell(row, 1).value) for row in range(1, 6)]
    assert (
        "Chưa có số liệu của Quảng Trị: không có số toàn quốc, nên không có các danh sách so với toàn quốc."
        in lines
    )


# Two years running, on a small panel: every province is fine in both years but the few below.


def year_ends(missing: dict[tuple[str, int, str], int], at: str = "2023-M12") -> Context:
    """All provinces at 90 % in 2022, 2023 and this period, others as given, in completions of 100."""
    period = Period.parse(at)
    when = {(2022, 12), (2023, 12), (period.fiscal_year, period.months)}
    rows = [
        ("63", org.code, year, months, measure, item, value)
        for org in provinces("63")
        for year, months in sorted(when)
        for measure in ("cases", "money")
        for item, value in (
            ("eligible", 10_000),
            ("due", 12_000),
            ("completed", missing.get((org.code, year, measure), 9_000)),
        )
    ]
    names = ["org_regime", "org_code", "fiscal_year", "months", "measure", "item", "value"]
    panel = to_panel(pd.DataFrame(rows, columns=names))
    origins = pd.DataFrame(
        [
            {
                "fiscal_year": year,
                "months": months,
                "provenance": "reported",
                "source": f"{year}-M{months:02d}.xlsx",
                "as_of": pd.Timestamp(year, 12, 1),
                "vintage": "final" if year == 2022 else "provisional",
            }
            for year, months in sorted(when)
        ]
    ).set_index(["fiscal_year", "months"])
    changed = pd.DataFrame(columns=["org_regime", "org_code", "measure"])
    return Context(period, panel, national(panel).droplevel("org"), origins, changed)


def test_two_years_running_with_the_figures_and_vintages_that_prove_it() -> None:
    # Targets: 81.50 and 40.10 % in 2022; 82.50 and 45.50 % in 2023.
    context = year_ends(
        {
            ("45", 2022, "cases"): 8_150,  # level with the target: not above it
            ("45", 2023, "cases"): 8_200,
            ("79", 2022, "cases"): 8_000,
            ("79", 2023, "money"): 4_550,
            ("01", 2023, "cases"): 100,  # one year only
        }
    )
    listing = two_years(context, VI)
    assert listing.title == "Hai năm 2022, 2023 liền không vượt chỉ tiêu"
    told = listing.frame[
        [
            "name",
            "term",
            "when",
            "shown_completed",
            "rate",
            "target",
            "gap",
            "whose",
            "vintage",
            "known",
            "basis",
        ]
    ]
    assert told.round(4).to_numpy().tolist() == [
        [
            "Quảng Trị",
            "việc",
            "năm 2022",
            8150,
            0.815,
            0.815,
            0.0,
            "toàn quốc",
            "số chính thức",
            "1/12/2022",
            "việc",
        ],
        [
            "Quảng Trị",
            "việc",
            "năm 2023",
            8200,
            0.82,
            0.825,
            -0.005,
            "toàn quốc",
            "số sơ bộ",
            "1/12/2023",
            "việc",
        ],
        [
            "Hồ Chí Minh",
            "việc",
            "năm 2022",
            8000,
            0.8,
            0.815,
            -0.015,
            "toàn quốc",
            "số chính thức",
            "1/12/2022",
            "mỗi năm một chỉ tiêu khác nhau",
        ],
        [
            "Hồ Chí Minh",
            "tiền (nghìn đồng)",
            "năm 2023",
            4.55,
            0.455,
            0.455,
            0.0,
            "toàn quốc",
            "số sơ bộ",
            "1/12/2023",
            "mỗi năm một chỉ tiêu khác nhau",
        ],
    ]
    assert "0 địa phương về việc, 0 về tiền" in listing.notes[0]


def test_during_the_year_the_two_years_are_those_that_are_over() -> None:
    context = year_ends({}, "2024-M06")
    assert two_years(context, VI).title == "Hai năm 2022, 2023 liền không vượt chỉ tiêu"
    assert two_years(context, VI).frame.empty


def test_where_a_target_is_not_known_the_list_says_so(context: Context) -> None:
    # Nine months of 2023: the two years that are over are 2021 and 2022, and 2021 has no known target.
    listing = two_years(context, VI)
    assert listing.frame.empty
    assert [note for note in listing.notes if "2021" in note] == [
        "Không biết chỉ tiêu toàn quốc năm 2021 về việc: chỉ xét được địa phương biết chỉ tiêu riêng.",
        "Không biết chỉ tiêu toàn quốc năm 2021 về tiền: chỉ xét được địa phương biết chỉ tiêu riêng.",
    ]
    assert "Không kết luận được" in listing.notes[0]


def test_who_may_miss_two_years_running() -> None:
    # Half of 83.25 % is 41.625 % after six months of 2024.
    context = year_ends(
        {
            ("45", 2023, "cases"): 8_000,
            ("45", 2024, "cases"): 4_162,
            ("79", 2023, "cases"): 8_000,
            ("79", 2024, "cases"): 4_163,
            ("01", 2024, "cases"): 100,
        },
        "2024-M06",
    )
    found = watched(context, VI).frame
    assert found[["name", "when", "rate", "target"]].to_numpy().tolist() == [
        ["Quảng Trị", "năm 2023", 0.8, 0.825],
        ["Quảng Trị", "6 tháng năm 2024", 0.4162, 0.41625],
    ]
