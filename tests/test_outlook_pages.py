"""The forecast and evaluation pages: what they state, and what they say when something is missing."""

import json
from pathlib import Path

import pandas as pd
import pytest
from bs4 import BeautifulSoup
from sample_pages import make_context, make_page

from thads_analysis import store
from thads_analysis.context import Context
from thads_analysis.errors import DataError, UsageError
from thads_analysis.forecast.backtest import backtest
from thads_analysis.org import NATION, Org
from thads_analysis.paths import notebooks_dir
from thads_analysis.period import Period
from thads_analysis.report import evaluation, forecast, open_page, outlook
from thads_analysis.report.page import Page
from thads_analysis.run import make_plan

PERIOD = Period(2023, 9)


@pytest.fixture(scope="module")
def context(sample_panel: pd.DataFrame, sample_observations: pd.DataFrame) -> Context:
    return make_context(sample_panel, sample_observations, PERIOD)


def stated(page: Page) -> dict[tuple[str, str, str, str], object]:
    """Figures of the sidecar by identifier, measure, organisation and period."""
    figures = page.sidecar().record["figures"]
    return {(f["identifier"], f["measure"], f["org_code"], f["period"]): f["value"] for f in figures}


def words(html: str) -> str:
    return " ".join(BeautifulSoup(html, "html.parser").get_text(" ").split())


def test_the_nation_after_nine_months_of_2023(context: Context) -> None:
    page = make_page(context, "forecast", NATION)
    lead = words(forecast.summary(page).html)
    assert "còn thiếu 15,97 điểm % so với chỉ tiêu trên 82,50%" in lead
    assert "còn thiếu 13,05 điểm % so với chỉ tiêu trên 45,50%" in lead
    assert "Số địa phương có thể không vượt chỉ tiêu" in lead
    assert 3 <= len(BeautifulSoup(forecast.summary(page).html, "html.parser").find_all("p")) <= 6
    table = words(forecast.gaps(page).html)
    forecast.year_end(page)
    required = words(forecast.required(page).html)
    found = stated(page)
    here, end = ("cases", "VN", "2023-M09"), ("cases", "VN", "2023-M12")
    assert found["gap_full_year", *here] == -15.97
    assert found["gap_full_year", "money", "VN", "2023-M09"] == -13.05
    # 66.53 - 82.5 x 9 / 12 = 4.655; 66.53 / 82.5 = 0.80642; 574,289 eligible ask for 473,789.
    assert found["gap_prorata", *here] == 4.66
    assert found["attainment", *here] == 80.64
    assert found["gap_full_year_completions", *here] == 382_058 - 473_789
    assert "−91.731 việc" in table
    assert 0 <= found["p_target", *end] <= 1
    assert found["lower_80", *end] < found["rate_median", *end] < found["upper_80", *end]
    months = [found["required_in_month", "cases", "VN", f"2023-M{month}"] for month in (10, 11, 12)]
    assert sum(months) == found["required_completions", *end]
    assert all(f"Việc, T{month}" in required for month in (7, 8, 9))
    assert "cả kỳ còn lại" in required


def test_the_most_that_a_month_ever_brought_has_its_own_period(
    context: Context, sample_panel: pd.DataFrame
) -> None:
    page = make_page(context, "forecast", Org.parse("79", "63"))
    forecast.required(page)
    best = {k: v for k, v in stated(page).items() if k[0] == "best_in_month" and k[1] == "cases"}
    own = sample_panel.xs("63:79")["cases"]["completed"]
    for (_, _, _, text), value in best.items():
        period = Period.parse(text)
        gains = {year: own[year, period.months] - own[year, period.months - 1] for year in range(2016, 2023)}
        assert value == gains[period.fiscal_year] == max(gains.values())
    assert len(best) == 3


def test_only_the_nation_lists_provinces(context: Context) -> None:
    assert outlook.who_misses(make_page(context, "forecast", Org.parse("79", "63"))).html == ""
    page = make_page(context, "forecast", NATION)
    shown = BeautifulSoup(outlook.who_misses(page).html, "html.parser")
    assert [table["id"] for table in shown.find_all("table")] == ["tab-misses-cases", "tab-misses-money"]
    assert shown.h2.text == "Địa phương nào có thể không đạt chỉ tiêu?"
    levers = BeautifulSoup(outlook.who_moves(page).html, "html.parser")
    assert len(levers.select("tbody tr")) == 20
    assert any(key[0] == "p_miss" for key in stated(page))
    assert any(key[0] == "gain_points" for key in stated(page))


def test_what_if_stands_beside_the_forecast(context: Context) -> None:
    page = make_page(context, "forecast", NATION)
    case = {"org": "79", "amount": 5_000_000_000_000, "month": 11}
    shown = words(outlook.what_if(page, more_money={"VN": 2_000_000_000_000}, large_case=case).html)
    assert "Tiền: dự báo, không đổi gì" in shown
    assert "8 địa bàn trọng điểm vượt chỉ tiêu" in shown
    assert "vụ 5.000 tỷ đồng của Hồ Chí Minh xong trong tháng 8; Toàn quốc xong thêm 2.000 tỷ đồng" in shown
    found, end = stated(page), ("money", "VN", "2023-M12")
    base = found["rate_median", *end]
    assert found["case_open__rate_median", *end] < found["case_enforced__rate_median", *end]
    assert found["no_reclassification__rate_median", *end] < base < found["large_8__rate_median", *end]
    assert 0 <= found["large_8__p_target", *end] <= 1
    # Cases are left alone by what is only about money.
    assert "Việc: số tiền có điều kiện không giảm" not in shown


def test_a_scenario_that_makes_no_sense_is_told_to_the_analyst(context: Context) -> None:
    page = make_page(context, "forecast", NATION)
    with pytest.raises(UsageError, match="Atlantis"):
        outlook.what_if(page, more_cases={"Atlantis": 1})


def test_a_named_group_has_a_page_of_its_own(context: Context) -> None:
    page = make_page(context, "forecast", Org.parse("large-8", "63"))
    assert "hiện đạt" in words(forecast.summary(page).html)
    forecast.fan(page)
    members = context.at(PERIOD).loc[list(page.org.members), ("cases", "completed")].sum()
    forecast.gaps(page)
    assert stated(page)["completed", "cases", "large-8", "2023-M09"] == members


def late_context(panel: pd.DataFrame, observations: pd.DataFrame, period: Period) -> Context:
    """Two provinces have not reported the period, and of a third nothing is held."""
    late = [("63:38", period.fiscal_year, period.months), ("63:40", period.fiscal_year, period.months)]
    kept = panel.drop(index=late)
    kept = kept[kept.index.get_level_values("org") != "63:01"]
    return make_context(kept, observations, period)


def test_a_nation_without_all_reports_names_what_is_estimated(
    sample_panel: pd.DataFrame, sample_observations: pd.DataFrame
) -> None:
    # Nothing was published of 8 months of 2023, so that the rate itself is an estimate.
    context = late_context(sample_panel, sample_observations, Period(2023, 8))
    page = make_page(context, "forecast", NATION)
    lead = words(forecast.summary(page).html)
    assert "Chưa có đủ báo cáo kỳ này của Thanh Hóa và Nghệ An: số của các nơi đó là số ước tính" in lead
    assert "Không có số liệu nào của Hà Nội" in lead
    assert "hiện đạt khoảng" in lead
    forecast.fan(page)
    forecast.year_end(page)
    forecast.gaps(page)
    rate = next(
        f
        for f in page.sidecar().record["figures"]
        if (f["identifier"], f["measure"], f["period"]) == ("completion_rate", "cases", "2023-M08")
    )
    assert rate["bound"] == "about"
    whole = sample_panel.xs((2023, 8), level=["fiscal_year", "months"])["cases"].drop("63:01").sum()
    assert rate["value"] == pytest.approx(100 * whole["completed"] / whole["eligible"], abs=0.3)


def test_only_the_forecast_is_made_for_a_nation_without_all_reports(
    tmp_path: Path, sample_observations: pd.DataFrame
) -> None:
    rows = sample_observations
    rows = rows[(rows["fiscal_year"] >= 2022) & rows["item"].isin(["completed", "eligible"])]
    late = (rows["org_code"] == "38") & (rows["fiscal_year"] == 2023) & (rows["months"] >= 8)
    store.add(tmp_path / "store", [("late.csv", "0" * 64, rows[~late])])
    page = open_page("forecast", period="2023-M08", data=str(tmp_path))
    assert "Thanh Hóa" in words(forecast.summary(page).html)
    with pytest.raises(DataError, match="Thanh Hóa"):
        open_page("overview", period="2023-M08", data=str(tmp_path))
    with pytest.raises(DataError, match="Thanh Hóa"):
        open_page("forecast", period="2023-M08", org="38", data=str(tmp_path))


def test_a_year_without_a_target_says_which_was_the_last(
    sample_panel: pd.DataFrame, sample_observations: pd.DataFrame
) -> None:
    # Of 2021 no national target is known.
    page = make_page(make_context(sample_panel, sample_observations, Period(2021, 9)), "forecast", NATION)
    lead = words(forecast.summary(page).html)
    assert "Chưa biết chỉ tiêu về việc của năm 2021; chỉ tiêu gần nhất đã biết là 80,00% (năm 2020)" in lead
    assert "không dùng để tính" in lead
    assert "–" in words(forecast.gaps(page).html)
    assert "chưa biết chỉ tiêu" in words(forecast.required(page).html)
    assert "Số địa phương" not in lead
    assert "chỉ tiêu không thấp hơn kết quả năm trước" in words(outlook.what_if(page).html)
    figures = stated(page).items()
    assert not any(key[0] == "p_target" and key[2] == "VN" and value is not None for key, value in figures)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("empty", "kỳ này không có số có điều kiện thi hành"),
        ("new", "không đủ số liệu của những năm trước"),
    ],
)
def test_a_province_that_cannot_be_forecast_says_why(
    sample_panel: pd.DataFrame, sample_observations: pd.DataFrame, change: str, said: str
) -> None:
    panel = sample_panel.copy()
    org, year = (panel.index.get_level_values(level) for level in ("org", "fiscal_year"))
    if change == "empty":
        panel.loc[org == "63:45"] = 0
    else:
        panel = panel[(org != "63:45") | (year == 2023)]
    page = make_page(make_context(panel, sample_observations, PERIOD), "forecast", Org.parse("45", "63"))
    assert said in words(forecast.summary(page).html)
    for show in (forecast.fan, forecast.year_end, forecast.gaps, forecast.required, outlook.what_if):
        assert show(page).html
    nation = make_page(page.context, "forecast", NATION)
    assert "Không dự báo được: Quảng Trị" in words(outlook.who_misses(nation).html)


def test_a_first_year_has_a_page_without_a_forecast(
    sample_panel: pd.DataFrame, sample_observations: pd.DataFrame
) -> None:
    page = make_page(make_context(sample_panel, sample_observations, Period(2016, 9)), "forecast", NATION)
    assert "Chưa dự báo được về việc" in words(forecast.summary(page).html)
    shows = (
        forecast.fan, forecast.year_end, forecast.gaps, forecast.required, forecast.method,
        outlook.who_misses, outlook.who_moves, outlook.what_if,
    )  # fmt: skip
    assert all(show(page).html for show in shows)


def test_a_year_that_is_over_has_only_its_result(
    sample_panel: pd.DataFrame, sample_observations: pd.DataFrame
) -> None:
    page = make_page(make_context(sample_panel, sample_observations, Period(2023, 12)), "forecast", NATION)
    assert "đã kết thúc" in words(forecast.summary(page).html)
    shows = (
        forecast.fan,
        forecast.year_end,
        forecast.gaps,
        forecast.required,
        outlook.who_misses,
        outlook.what_if,
    )
    assert all(show(page).html for show in shows)


# The evaluation.


@pytest.fixture
def evaluated(context: Context) -> Page:
    vars(context)["evaluation"] = backtest(
        context.panel, methods=["usual_path", "last_movement"], first=2021, months=(6, 9), draws=100
    )
    return make_page(context, "evaluation", NATION)


def test_the_outcome_of_2023_is_printed_whatever_it_is(evaluated: Page) -> None:
    shown = words(evaluation.outcome(evaluated).html)
    for figure in ("83,25%", "46,78%", "83,24%", "46,44%", "số chính thức", "số sơ bộ"):
        assert figure in shown
    found = stated(evaluated)
    miss = found["miss_final_points", "cases", "VN", "2023-M09"]
    assert miss == pytest.approx(found["rate_median", "cases", "VN", "2023-M12"] - 83.25, abs=0.011)


def test_an_outcome_published_later_than_the_day_in_question_is_not_there(context: Context) -> None:
    from dataclasses import replace
    from datetime import date

    page = make_page(replace(context, as_of=date(2023, 8, 1)), "evaluation", NATION)
    assert "83,25%" not in words(evaluation.outcome(page).html)
    assert "chưa công bố" in words(evaluation.outcome(page).html)


def test_every_published_pair_is_shown_with_interval_and_outcome(evaluated: Page) -> None:
    table = BeautifulSoup(evaluation.published(evaluated).html, "html.parser")
    rows = [[cell.text for cell in row.find_all(["th", "td"])] for row in table.select("tbody tr")]
    assert len(rows) == 17
    assert all(" đến " in row[3] and row[5] in ("trong", "ngoài") for row in rows)
    row = next(row for row in rows if row[0] == "Việc, 9 tháng 2023")
    assert (row[1], row[4]) == ("66,53%", "83,25%")


def test_scores_are_stated_and_their_limits_said(evaluated: Page) -> None:
    lead = words(evaluation.summary(evaluated).html)
    assert "các năm 2021 đến 2022" in lead
    assert "mô phỏng" in lead
    shows = (evaluation.errors, evaluation.differences, evaluation.calibration, evaluation.sizes)
    assert all(show(evaluated).html for show in shows)
    found = stated(evaluated)
    assert found["usual_path__error_points", "money", "VN", "2023-M06"] > 0
    assert 0 <= found["in_80", "cases", "VN", "2023-M09"] <= 100
    assert evaluation.limits(evaluated).html


def test_a_store_with_too_few_years_has_nothing_to_try(
    sample_panel: pd.DataFrame, sample_observations: pd.DataFrame
) -> None:
    few = sample_panel[sample_panel.index.get_level_values("fiscal_year") >= 2022]
    page = make_page(make_context(few, sample_observations, PERIOD), "evaluation", NATION)
    assert "ít nhất ba năm" in words(evaluation.summary(page).html)
    shows = (evaluation.errors, evaluation.differences, evaluation.calibration, evaluation.sizes)
    assert all("ít nhất ba năm" in words(show(page).html) for show in shows)


def test_the_evaluation_is_made_only_when_asked_for() -> None:
    about = json.loads((notebooks_dir() / "forecast_evaluation.ipynb").read_text(encoding="utf-8"))
    assert about["metadata"]["thads"]["on_request"]
    assert "VN/evaluation" not in {job.stem for job in make_plan("2023-M09").jobs}
    (job,) = make_plan("2023-M09", topics=["forecast_evaluation"]).jobs
    assert job.stem == "VN/evaluation"
