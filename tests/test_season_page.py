"""What the trend page says of the season: where it is known, where little is, and in the sidecar."""

from __future__ import annotations

import pandas as pd
import pytest
from bs4 import BeautifulSoup
from sample_pages import make_context, make_page

from thads_analysis.context import Context
from thads_analysis.org import NATION, Org
from thads_analysis.period import Period
from thads_analysis.report import season
from thads_analysis.report.exhibits import Exhibit
from thads_analysis.report.page import Page
from thads_analysis.trend import calendar_index, monthly_flows

PERIOD = Period(2023, 9)
QUANG_TRI = Org.parse("45", "63")


def text_of(exhibit: Exhibit) -> str:
    return " ".join(BeautifulSoup(exhibit.html, "html.parser").get_text(" ").split())


def say_season(page: Page) -> dict[str, str]:
    return {
        "cases": text_of(season.season(page, "cases")),
        "money": text_of(season.season(page, "money")),
        "effects": text_of(season.effects(page)),
        "notes": text_of(season.notes(page)),
        "changes": text_of(season.changes(page)),
    }


@pytest.fixture(scope="module")
def context(sample_panel: pd.DataFrame, sample_observations: pd.DataFrame) -> Context:
    return make_context(sample_panel, sample_observations, PERIOD)


@pytest.fixture
def changed(sample_panel: pd.DataFrame, sample_observations: pd.DataFrame):
    """Make a page of Quảng Trị whose history has been changed."""

    def make(change) -> Page:
        panel = sample_panel.copy()
        own = panel.index.get_level_values("org") == QUANG_TRI.key
        kept = change(panel[own])
        panel = pd.concat([panel[~own], kept]).sort_index()
        return make_page(make_context(panel, sample_observations, PERIOD), "trend", QUANG_TRI)

    return make


def test_the_nation_has_season_effects_and_their_intervals(context):
    page = make_page(context, "trend", NATION)
    said = say_season(page)
    assert "tháng 9 thường cao nhất" in said["cases"]
    assert "khoảng 95%" in said["cases"]
    for row in ("Tết rơi trọn vào một tháng", "Thông tư 06/2019", "Giãn cách xã hội 2021"):
        assert row in said["effects"]
    assert "số liệu mô phỏng" in said["effects"]
    assert "STL" in said["notes"]
    known = {(fact["identifier"], fact["measure"]): fact for fact in page.sidecar().record["figures"]}
    assert {kind for kind, _ in known} >= {"season_12_pct", "season_12_low_pct", "tet_high_pct", "p_tet"}
    september = known["season_12_pct", "cases"]
    assert (september["unit"], september["provenance"], september["period"]) == (
        "percent",
        "simulated",
        "2023-M09",
    )
    assert known["season_12_low_pct", "cases"]["value"] < september["value"]


def test_a_figure_shown_is_the_one_in_the_sidecar(context):
    page = make_page(context, "trend", NATION)
    shown = text_of(season.season(page, "cases"))
    figures = {
        f["identifier"]: f["value"] for f in page.sidecar().record["figures"] if f["measure"] == "cases"
    }
    assert f"+{figures['season_12_pct']:.1f}%".replace(".", ",") in shown


def test_fourteen_months_have_a_level_and_say_why(changed):
    # May 2022 to June 2023; the flow of May would need April.
    said = say_season(changed(lambda rows: rows.iloc[-17:-3]))
    assert "chưa tách được mùa vụ" in said["cases"]
    assert "chỉ có 13 tháng dùng được" in said["notes"]
    assert "Chưa ước lượng được tác động" in said["effects"]
    assert "không kiểm định được" in said["changes"]


def test_a_missing_quarter_is_said_and_left_blank(changed):
    def lose(rows: pd.DataFrame) -> pd.DataFrame:
        years, months = rows.index.get_level_values("fiscal_year"), rows.index.get_level_values("months")
        return rows[~((years == 2022) & (months >= 4) & (months <= 6))]

    page = changed(lose)
    said = say_season(page)
    # The flow of the month after the gap is not known either.
    assert "thiếu số của 4 tháng, để trống" in said["notes"]
    frame = page.exhibits[0].frame
    assert frame.loc["2022-01":"2022-04"].isna().all(axis=None)


def test_constant_zeros_have_no_season(changed):
    said = say_season(changed(lambda rows: rows * 0))
    assert "chuỗi không thay đổi" in said["notes"]
    assert "chuỗi không thay đổi" in said["cases"]


def test_a_change_that_was_found_is_a_row(changed):
    def step(rows: pd.DataFrame) -> pd.DataFrame:
        flows = monthly_flows(rows)["cases", "completed"]
        flows *= 1 + 2 * (calendar_index(flows) >= pd.Period("2022-03"))
        rows = rows.copy()
        rows["cases", "completed"] = flows.groupby(level=["org", "fiscal_year"]).cumsum()
        return rows

    page = changed(step)
    shown = season.changes(page)
    assert shown.id == "tab-changes"
    assert "đổi mức" in text_of(shown)
    figures = {f["identifier"]: f for f in page.sidecar().record["figures"]}
    assert figures["change_1_low_pct"]["value"] < 200 < figures["change_1_high_pct"]["value"]
