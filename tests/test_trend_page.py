"""The trend page: the worked example from published figures, and provinces of which little is known."""

from __future__ import annotations

import ast
import json
import re
from dataclasses import replace
from datetime import date
from importlib import import_module
from types import ModuleType

import pandas as pd
import pytest
from bs4 import BeautifulSoup
from sample_pages import make_context, make_page

from thads_analysis import context as context_module
from thads_analysis.context import Context
from thads_analysis.merger import to_regime
from thads_analysis.metrics import national
from thads_analysis.org import NATION, Org
from thads_analysis.paths import notebooks_dir
from thads_analysis.period import Period
from thads_analysis.report import change, contributions, stock, trend
from thads_analysis.report.charts.waterfall import Step, waterfall
from thads_analysis.report.exhibits import Exhibit
from thads_analysis.report.page import Page

QUANG_TRI = Org.parse("45", "63")


@pytest.fixture(scope="module")
def context(sample_panel: pd.DataFrame, sample_observations: pd.DataFrame) -> Context:
    return make_context(sample_panel, sample_observations, Period(2023, 9))


@pytest.fixture(scope="module")
def year(sample_panel: pd.DataFrame, sample_observations: pd.DataFrame) -> Context:
    return make_context(sample_panel, sample_observations, Period(2023, 12))


def recorded(page: Page, *, provenance: str = "") -> dict[tuple[str, str], float]:
    """Figures of the page's period and organisation as its sidecar has them, by identifier and measure."""
    return {
        (figure["identifier"], figure["measure"]): figure["value"]
        for figure in page.sidecar().record["figures"]
        if figure["period"] == str(page.period)
        and figure["org_code"] == page.org.code
        and figure["provenance"] == (provenance or figure["provenance"])
    }


def read(exhibit: Exhibit | None) -> str:
    assert exhibit is not None
    return " ".join(BeautifulSoup(exhibit.html, "html.parser").get_text(" ").split())


# --- the worked example: nine months of 2023 from published figures ---------------------------------


def test_the_worked_example_is_on_the_national_page_with_its_sources(context: Context) -> None:
    page = make_page(context, "trend", NATION)
    shown = read(change.effects(page))
    parts = recorded(page, provenance="published")
    # Cases, by hand (letter 2757/TCTHADS-NV3; 24h.com.vn on the same report): 33,568 x (1/574,289 +
    # 1/541,578) / 2 = 6.02; 365,274 x (1/574,289 - 1/541,578) = -3.84; 66.53 - 64.35 = 2.18 as printed.
    assert parts["numerator_effect", "cases"] == 6.02
    assert parts["denominator_effect", "cases"] == -3.84
    assert parts["effects_change", "cases"] == 2.18 == round(6.02 - 3.84, 2)
    # Due 647,969 to 775,101: 365,274 / (574,289 x 541,578) x 127,132 = 14.93; the rest is 11.09.
    assert parts["due_effect", "cases"] == -14.93
    assert parts["classification_effect", "cases"] == 11.09
    # Money, tỷ: 18,111.9 x (1/216,558 + 1/176,998.8) / 2 = 9.30; 61,222.7 x (1/216,558 - 1/176,998.8) =
    # -6.32; 32.45 - 29.47 = 2.98 as printed.
    assert parts["numerator_effect", "money"] == 9.3
    assert parts["denominator_effect", "money"] == -6.32
    assert parts["effects_change", "money"] == 2.98
    assert (parts["completed", "cases"], parts["eligible", "cases"]) == (382058, 574289)
    for words in (
        "(382.058 − 348.490) × (1/574.289 + 1/541.578) ÷ 2 = +6,02 điểm %",
        "(382.058 + 348.490) ÷ 2 × (1/574.289 − 1/541.578) = −3,84 điểm %",
        "khoảng 541.578, suy từ mức tăng, giảm đã công bố 6,04%",
        # 541,578 is 574,289 over 1.0603 to 1.0605: 541,527 to 541,629.
        "do số có điều kiện từ −3,85 đến −3,84; cộng lại từ +2,17 đến +2,19",
        "2757/TCTHADS-NV3",
        "24h.com.vn",
        "Tính chất: số đã công bố.",
    ):
        assert words in shown


def test_published_figures_are_never_mixed_with_the_panel_s(
    sample_panel: pd.DataFrame, sample_observations: pd.DataFrame
) -> None:
    # Of eight months of 2023 nothing was published.
    page = make_page(make_context(sample_panel, sample_observations, Period(2023, 8)), "trend", NATION)
    shown = read(change.effects(page))
    assert "Tính chất: số liệu mô phỏng." in shown
    assert "từ số đã công bố" not in shown
    assert not recorded(page, provenance="published")


def test_how_the_money_of_2023_ended(year: Context) -> None:
    page = make_page(year, "trend", NATION)
    shown = read(change.year_end(page))
    parts = recorded(page, provenance="published")
    # Final: 89,412 tỷ at 46.78 %, hence 191,133 eligible, after 70,278.7 of 216,558 (32.45 %). By hand:
    # 19,133.3 x (1/191,133 + 1/216,558) / 2 = 9.42; 79,845.4 x (1/191,133 - 1/216,558) = 4.90, of it
    # -2.68 from 13,882 tỷ more due and 7.58 from what was due and not eligible.
    assert parts["year_end_numerator_effect", "money"] == 9.42
    assert parts["year_end_denominator_effect", "money"] == pytest.approx(4.90, abs=0.01)
    assert parts["year_end_due_effect", "money"] == -2.68
    assert parts["year_end_classification_effect", "money"] == 7.58
    assert "khoảng 191.133,0, suy từ tỷ lệ đã công bố 46,78%" in shown
    assert "từ 9 tháng đến hết năm 2023" in shown


def test_as_known_before_the_final_figures(year: Context) -> None:
    page = make_page(replace(year, as_of=date(2023, 11, 30)), "trend", NATION)
    change.year_end(page)
    parts = recorded(page, provenance="published")
    # Provisional: 89,505 of 192,712 tỷ. By hand as in the tests of the splits: 9.43 and 4.56.
    assert parts["year_end_numerator_effect", "money"] == 9.43
    assert parts["year_end_denominator_effect", "money"] == 4.56


def test_a_bound_that_contradicts_the_printed_rate_gives_way_to_it(context: Context) -> None:
    # 2022: over 75 nghìn tỷ of over 165 nghìn tỷ would be 45.45 %; 45.42 % was printed.
    shown = read(change.year_end(make_page(context, "trend", NATION)))
    assert "45,42%" in shown
    assert "45,45%" not in shown
    assert "khoảng 165.125,5, suy từ tỷ lệ đã công bố 45,42%" in shown


def test_published_figures_that_disagree_are_set_side_by_side(year: Context) -> None:
    # "tăng 1,24%" was printed (baotintuc.vn, 01/12/2023) beside 46.78 % after 45.42 %, which is 1.36.
    shown = read(change.effects(make_page(year, "trend", NATION)))
    assert "Mức thay đổi đã công bố là +1,24 điểm %, còn tính từ các số trên là +1,36 điểm %." in shown


def test_a_published_rate_that_its_own_figures_do_not_give_is_named(
    sample_panel: pd.DataFrame, sample_observations: pd.DataFrame
) -> None:
    # The year 2020, money: 53,750.695 of 132,905.418 tỷ is 40.44 %; 40.09 % was printed (vietnamnet.vn).
    page = make_page(make_context(sample_panel, sample_observations, Period(2021, 12)), "trend", NATION)
    shown = read(change.effects(page))
    assert "Tỷ lệ đã công bố của năm 2020 là 40,09%, còn tính từ các số trên là 40,44%." in shown


# --- sums ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("org", "kinds"), [("VN", ("province", "region", "band")), ("large-8", ("province",))]
)
def test_contributions_sum_to_the_change_of_the_rate(
    context: Context, org: str, kinds: tuple[str, ...]
) -> None:
    page = make_page(context, "trend", Org.parse(org, "63"))
    rows = context.rows(page.org)
    for by in kinds:
        split = contributions.find_contributions(page, by)
        assert split is not None
        for measure in ("cases", "money"):
            done, eligible = (rows[measure, item] for item in ("completed", "eligible"))
            rate = {key: int(done[key]) / int(eligible[key]) for key in ((2023, 9), (2022, 9))}
            parts = split.xs(measure, level="measure")
            assert parts["change"].sum() == pytest.approx(rate[2023, 9] - rate[2022, 9], abs=1e-9)
            assert (parts["within"] + parts["weights"]).sum() == pytest.approx(
                parts["change"].sum(), abs=1e-9
            )
    others = {"province", "region", "band"} - {*kinds}
    assert all(contributions.contributions(page, by) is None for by in others)


def test_regions_are_the_sums_of_their_provinces(context: Context) -> None:
    page = make_page(context, "trend", NATION)
    provinces = contributions.find_contributions(page, "province")
    regions = contributions.find_contributions(page, "region")
    assert provinces is not None
    assert regions is not None
    of = {org.name: org.region for org in context.orgs}
    summed = provinces.groupby([provinces.index.get_level_values("name").map(of), "measure"])
    for part in ("within", "weights", "change"):
        ours, theirs = regions[part], summed[part].sum().reindex(regions.index)
        assert ours.astype(float).tolist() == pytest.approx(theirs.astype(float).tolist(), abs=1e-9)


def test_a_province_has_no_contributions(context: Context) -> None:
    page = make_page(context, "trend", QUANG_TRI)
    assert contributions.contributions_chart(page, "province") is None
    assert contributions.without_largest(page) is None


def test_every_column_of_the_account_sums_as_it_is_printed(context: Context) -> None:
    table = stock.stock_account(make_page(context, "trend", NATION))
    assert table is not None
    whole = table.frame[~table.frame["name"].str.startswith("trong đó")]
    for column in ("cases", "cases_change", "money", "money_change"):
        numbers = [int(text.replace(".", "").replace("−", "-")) for text in whole[column]]
        # Thousands of đồng are rounded line by line.
        assert sum(numbers[:-1]) == pytest.approx(numbers[-1], abs=0 if column.startswith("cases") else 4)
    # Carried in 299,096, completed 382,058, due 775,101: all published. Left: 775,101 - 382,058.
    assert whole["cases"].tolist()[0] == "299.096"
    assert whole["cases"].tolist()[-1] == "393.043"


def test_what_the_stock_is_made_of_is_recorded_in_its_unit(context: Context) -> None:
    page = make_page(context, "trend", NATION)
    stock.stock_states(page)
    stock.eligible_account(page)
    figures = {
        (f["identifier"], f["measure"], f["period"]): (f["value"], f["unit"])
        for f in page.sidecar().record["figures"]
    }
    # Published: 574,289 eligible less 382,058 completed; in 2022, final, 653,719 less 539,290.
    assert figures["eligible_stock", "cases", "2023-M09"] == (192231, "cases")
    assert figures["eligible_stock", "cases", "2022-M12"] == (114429, "cases")
    assert figures["became_eligible_change_abs", "cases", "2023-M09"] == (192231 - 114429 + 382058, "cases")
    assert figures["eligible_stock", "money", "2023-M09"][1] == "dong"


# --- what does not compare -----------------------------------------------------------------------------


def test_levels_across_a_break_are_compared_only_when_asked_for(
    sample_panel: pd.DataFrame, sample_observations: pd.DataFrame
) -> None:
    page = make_page(make_context(sample_panel, sample_observations, Period(2020, 9)), "trend", NATION)
    note = read(change.effects_chart(page))
    assert "Thông tư 06/2019, 5/1/2020" in note
    assert "không so mức" in note
    assert change.effects(page) is None
    assert contributions.contributions_chart(page, "region") is None
    assert "không so mức" in read(stock.stock_account(page))
    assert "không so mức" in read(trend.summary(page))
    assert "Không có năm trước nào cùng quy định" in read(change.best_year(page))
    assert read(change.effects(page, across=True)).startswith("Tỷ lệ thay đổi do")
    assert contributions.contributions(page, "region", across=True) is not None
    assert change.best_year(page, across=True).kind == "table"


def test_the_best_year_is_named_where_this_one_is_below_it(
    sample_panel: pd.DataFrame, sample_observations: pd.DataFrame
) -> None:
    # 2021, the year of distancing: 2020 was higher (81.41 % against 75.83 %, both published).
    page = make_page(make_context(sample_panel, sample_observations, Period(2021, 12)), "trend", NATION)
    assert "về việc, thấp hơn" in read(trend.summary(page))
    assert "cao thứ 2 trong 2 năm so sánh được (cao nhất: 2020, 81,41%)" in read(trend.summary(page))


# --- provinces of which little is known ------------------------------------------------------------------


def small_context(rows: pd.DataFrame, period: Period) -> Context:
    """A store that holds these rows of a panel and no others."""
    keys = sorted({(year, months) for _, year, months in rows.index})
    index = pd.MultiIndex.from_tuples(keys, names=["fiscal_year", "months"])
    origins = pd.DataFrame(
        {
            "provenance": "reported",
            "source": "bieu.xlsx",
            "as_of": pd.Timestamp("2023-07-05"),
            "vintage": "unspecified",
        },
        index=index,
    )
    return Context(period, rows, national(rows).droplevel("org"), origins, pd.DataFrame())


def run_page(page: Page) -> list[str]:
    """Run every cell of the notebook; what each shows."""
    cells = json.loads((notebooks_dir() / "trend_decomposition.ipynb").read_text(encoding="utf-8"))["cells"]
    shown = []
    for cell in cells:
        last = ast.parse("".join(cell["source"])).body[-1] if cell["cell_type"] == "code" else None
        if isinstance(last, ast.Expr):
            names = {node.id for node in ast.walk(last) if isinstance(node, ast.Name)} - {"page"}
            modules: dict[str, ModuleType] = {n: import_module(f"thads_analysis.report.{n}") for n in names}
            exhibit = eval(ast.unparse(last), {"page": page, **modules})  # noqa: S307 - our own notebook
            if isinstance(exhibit, Exhibit):
                shown.append(read(exhibit))
    return shown


def own_rows(panel: pd.DataFrame, first: Period, last: Period) -> pd.DataFrame:
    rows = panel.xs(QUANG_TRI.key, level="org", drop_level=False)
    held = [first <= Period(int(y), int(m)) <= last for _, y, m in rows.index]
    return rows[held]


def test_a_province_with_fourteen_months(sample_panel: pd.DataFrame) -> None:
    rows = own_rows(sample_panel, Period(2022, 8), Period(2023, 9))
    page = make_page(small_context(rows, Period(2023, 9)), "trend", QUANG_TRI)
    said = " ".join(run_page(page))
    assert "từ 8 tháng năm 2022 đến 9 tháng năm 2023: 14 tháng" in said
    assert "không đủ 24" in said
    # One year before holds nine months, so the split on the same period and the year's end are there.
    assert {"tab-effects", "tab-stock", "tab-year-end", "tab-best-year"} <= {e.id for e in page.exhibits}
    assert "trung vị các năm trước –" not in said


def test_a_province_in_its_first_year(sample_panel: pd.DataFrame) -> None:
    rows = own_rows(sample_panel, Period(2023, 1), Period(2023, 9))
    page = make_page(small_context(rows, Period(2023, 9)), "trend", QUANG_TRI)
    said = " ".join(run_page(page))
    for words in (
        "chưa có năm trước so sánh được",
        "Chưa có năm trước nào cùng quy định thống kê",
        "Không có số cùng kỳ năm trước nên không tách được",
        "Không có năm trước nào cùng quy định thống kê có tỷ lệ",
        "Thiếu số liệu của 9 tháng năm 2022 hoặc năm 2022",
        "Không có số cùng kỳ năm trước để so sánh",
        "không lập được cân đối số có điều kiện",
    ):
        assert words in said
    assert "trung vị các năm trước –" not in said


def test_a_province_with_one_report(sample_panel: pd.DataFrame) -> None:
    rows = own_rows(sample_panel, Period(2023, 9), Period(2023, 9))
    page = make_page(small_context(rows, Period(2023, 9)), "trend", QUANG_TRI)
    said = " ".join(run_page(page))
    assert "chưa có năm trước so sánh được" in said
    # What that one report says is there all the same.
    assert "77,97%" in said


def test_a_province_with_a_missing_quarter(sample_panel: pd.DataFrame) -> None:
    rows = own_rows(sample_panel, Period(2020, 4), Period(2023, 9))
    rows = rows.drop(index=[(QUANG_TRI.key, 2023, m) for m in (4, 5, 6)])
    page = make_page(small_context(rows, Period(2023, 9)), "trend", QUANG_TRI)
    said = " ".join(run_page(page))
    assert "4 tháng năm 2023, 5 tháng năm 2023 và 6 tháng năm 2023: để trống" in said
    assert "thiếu số của 4 tháng, để trống" in said
    # A month after the hole has no figure of its own, and none was made up.
    flows = {
        figure["period"]: figure["value"]
        for figure in page.sidecar().record["figures"]
        if figure["identifier"] == "completed_in_month" and figure["measure"] == "cases"
    }
    assert flows["2023-M07"] is None
    assert flows["2023-M08"] is not None


def test_the_month_after_a_hole_has_no_figure_of_its_own(sample_panel: pd.DataFrame) -> None:
    rows = own_rows(sample_panel, Period(2022, 1), Period(2023, 9)).drop(index=[(QUANG_TRI.key, 2023, 8)])
    page = make_page(small_context(rows, Period(2023, 9)), "trend", QUANG_TRI)
    assert "Không tính được số của riêng tháng 6" in trend.flows(page).title


def test_a_province_of_nothing(sample_panel: pd.DataFrame) -> None:
    rows = own_rows(sample_panel, Period(2020, 4), Period(2023, 9)) * 0
    page = make_page(small_context(rows, Period(2023, 9)), "trend", QUANG_TRI)
    said = " ".join(run_page(page))
    for words in (
        "Về việc: không có số nào có điều kiện thi hành, nên không có tỷ lệ.",
        "Kỳ này không có tỷ lệ nào, nên không vẽ được tiến độ của năm.",
        "Không có tháng nào có số việc thi hành xong",
        "Số có điều kiện về việc bằng 0 ở mọi kỳ",
        "Số có điều kiện về tiền bằng 0 ở mọi kỳ",
        "Chuyển kỳ sau 0 việc",
    ):
        assert words.lower() in said.lower()


@pytest.fixture(scope="module")
def merged(sample_panel: pd.DataFrame) -> Context:
    """The sample two years later, in the list of 34: the last three months are after the merger."""
    orgs, years, months = (sample_panel.index.get_level_values(n) for n in ("org", "fiscal_year", "months"))
    index = pd.MultiIndex.from_arrays([orgs, years + 2, months], names=sample_panel.index.names)
    return small_context(to_regime(sample_panel.set_axis(index), "34"), Period(2025, 12))


def test_a_merged_province(merged: Context) -> None:
    page = make_page(merged, "trend", Org.parse("79", "34"))
    said = " ".join(run_page(page))
    # Bình Dương and Bà Rịa - Vũng Tàu are part of Hồ Chí Minh since 1 July 2025 (Resolution 202/2025/QH15).
    assert "Bà Rịa - Vũng Tàu" in said
    assert "tổng của các tỉnh, thành phố cũ hợp thành đơn vị hiện nay" in said
    assert "Thông tư 05/2024, 26/7/2024" in said
    assert {"tab-effects", "tab-stock", "fig-envelope"} <= {e.id for e in page.exhibits}


def test_the_nation_of_34(merged: Context) -> None:
    page = make_page(merged, "trend", NATION)
    assert "chưa phân vùng" in read(contributions.contributions_chart(page, "region"))
    assert contributions.contributions(page, "region") is None
    table = contributions.contributions(page, "province")
    assert table is not None
    assert len(table.frame) == 35
    assert "tách theo kitagawa" in read(contributions.contributions(page, "band")).lower()


def test_a_province_that_lacks_last_year_is_named_and_left_out(context: Context) -> None:
    short = context.panel.drop(index=[("63:45", 2022, 9)])
    page = make_page(replace(context, panel=short), "trend", NATION)
    shown = read(contributions.contributions(page, "province"))
    assert "thiếu số liệu ở một trong hai kỳ: Quảng Trị" in shown


def test_a_correction_between_two_provinces_makes_the_pages_of_both_levels_again(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The nation's sum stays as it was, but not what its provinces contribute."""
    for name in context_module._COMPUTED:
        monkeypatch.setattr(
            Context, name, pd.DataFrame({"org_regime": [], "org_code": []}).rename_axis("org")
        )
    panel = context.panel.copy()
    panel.loc[("63:01", 2023, 9), ("cases", "completed")] += 5
    panel.loc[("63:79", 2023, 9), ("cases", "completed")] -= 5
    corrected = replace(context, panel=panel)
    unit = {name: Org.parse(name, "63") for name in ("VN", "large-8", "79", "45")}
    changed = {name for name, org in unit.items() if corrected.digest(org) != context.digest(org)}
    assert changed == {"VN", "large-8", "79"}


# --- the drawing -----------------------------------------------------------------------------------------


def test_a_waterfall_starts_each_step_where_the_last_ended() -> None:
    steps = [
        Step("a", 6.0, "+6"),
        Step("b", -3.5, "−3,5"),
        Step("c", 0.0, "0"),
        Step("whole", 2.5, "+2,5", True),
    ]
    drawing = waterfall({"Việc": steps, "Tiền": steps})
    left, right = drawing.axes
    bars = [(bar.get_x(), bar.get_width(), bar.get_hatch()) for bar in left.patches]
    assert bars == [(0, 6, None), (6, -3.5, "//////"), (2.5, 0, None), (0, 2.5, None)]
    assert [label.get_text() for label in left.get_yticklabels()] == ["a", "b", "c", "whole"]
    assert not any(label.get_text() for label in right.get_yticklabels())
    below = waterfall({"Việc": steps, "Tiền": steps[:2]}, beside=False)
    assert [len(ax.patches) for ax in below.axes] == [4, 2]


def test_sentences_have_no_gaps(context: Context) -> None:
    for org in (NATION, QUANG_TRI, Org.parse("large-8", "63")):
        lead = trend.summary(make_page(context, "trend", org))
        sentences = [p.get_text() for p in BeautifulSoup(lead.html, "html.parser").find_all("p")]
        assert 3 <= len(sentences) <= 6
        assert not [s for s in sentences if re.search(r"–|nan|<NA>|\{", s)]
