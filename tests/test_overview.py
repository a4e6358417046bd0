"""The overview in words: every branch of its sentences, its record, and the page of a group."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import numpy as np
import pandas as pd
import pytest
from bs4 import BeautifulSoup
from sample_pages import make_context, make_page

from thads_analysis.context import Context
from thads_analysis.locale import locale_for
from thads_analysis.org import NATION, Org
from thads_analysis.period import Period
from thads_analysis.report import accountability, administrative, credibility, overview, worth
from thads_analysis.report.facts import Fact, Origin
from thads_analysis.report.page import Page
from thads_analysis.report.text import against_phrase

LARGE = Org.parse("large-8", "63")
PERIOD = Period(2023, 9)


@pytest.fixture(scope="module")
def context(sample_panel: pd.DataFrame, sample_observations: pd.DataFrame) -> Context:
    return make_context(sample_panel, sample_observations, PERIOD)


def sentences(page: Page) -> list[str]:
    html = overview.summary(page).html
    return [p.get_text().strip() for p in BeautifulSoup(html, "html.parser").find_all("p")]


def numbers(page: Page) -> set[str]:
    """Every figure of the record as the page would print it, without sign and unit."""
    printed = set()
    for figure in page.sidecar().record["figures"]:
        value = figure["value"]
        if value is None:
            continue
        if figure["unit"] == "dong":
            rest = abs(value)
            parts = [rest // 10**9, rest // 10**6 % 1000, rest // 1000 % 1000]
            printed |= {f"{part:,}".replace(",", ".") for part in parts}
        elif isinstance(value, int):
            printed.add(f"{abs(value):,}".replace(",", "."))
        else:
            printed.add(f"{abs(value):.2f}".replace(".", ","))
    return printed


def said(sentence: str) -> set[str]:
    return set(re.findall(r"\d+(?:\.\d{3})*(?:,\d+)?", sentence))


def test_the_nation_opens_with_six_sentences_of_which_every_number_is_recorded(context: Context) -> None:
    page = make_page(context, "overview", NATION)
    told = sentences(page)
    assert len(told) == 6
    # The bulletin's own figures (letter 2757/TCTHADS-NV3).
    assert told[0] == (
        "Về việc: thi hành xong 382.058 việc, tăng 33.568 việc (9,63%) so với cùng kỳ; tỷ lệ 66,53%, "
        "tăng 2,18 điểm % so với cùng kỳ."
    )
    assert "còn thiếu 15,97 điểm %" in told[2]
    assert told[4].startswith("Hồ Chí Minh, Hà Nội và Đà Nẵng chiếm ")
    recorded = numbers(page) | {"3"}  # months left
    both = re.search(r"(\d+) về cả hai", told[3])
    assert both
    assert [s for sentence in told for s in said(sentence) - recorded - {both[1]}] == []


def test_a_group_is_set_beside_the_nation(context: Context) -> None:
    page = make_page(context, "overview", LARGE)
    told = sentences(page)
    assert 3 <= len(told) <= 6
    rows = context.panel.loc[(list(LARGE.members), 2023, 9), :]
    # By hand: the group's completed over its eligible, against 382,058 of 574,289.
    done, whole = rows["cases", "completed"].sum(), rows["cases", "eligible"].sum()
    gap = f"{abs(round(100 * (done / whole) - 66.53, 2)):.2f}".replace(".", ",")
    weight = f"{100 * whole / 574_289:.2f}".replace(".", ",")
    assert f"thấp hơn {gap} điểm % so với mức 66,53% của toàn quốc; chiếm {weight}%" in told[0]
    assert f"{done:,}".replace(",", ".") in told[0]
    assert len(rows) == 8
    english = sentences(make_page(context, "overview", LARGE, "en"))
    assert re.search(
        r"pp below the national rate of 66\.53%; \d+\.\d\d% of what is eligible nationally", english[0]
    )


@pytest.mark.parametrize(
    ("gap", "vietnamese", "english"),
    [
        (0.0218, "cao hơn 2,18 điểm % so với mức", "2.18 pp above the national rate of"),
        (-0.0218, "thấp hơn 2,18 điểm % so với mức", "2.18 pp below the national rate of"),
        (0.00001, "ngang với mức", "level with the national rate of"),
        (None, "không so sánh được với mức", "cannot be compared with the national rate of"),
    ],
)
def test_how_a_rate_compares(gap: float | None, vietnamese: str, english: str) -> None:
    told = Fact("national_gap_points", LARGE, PERIOD, "cases", gap, Origin("reported", "x"))
    assert against_phrase(locale_for("vi"), told) == vietnamese
    assert against_phrase(locale_for("en"), told) == english


def look_at(context: Context, org: Org = NATION, lang: str = "vi") -> str:
    return overview._look_at(make_page(context, "overview", org, lang))


@pytest.fixture
def planted(context: Context) -> Iterator[Context]:
    """The context with its two computed frames open to change."""
    kept = {name: getattr(context, name) for name in ("contributions", "credibility")}
    for name, frame in kept.items():
        vars(context)[name] = frame.copy()
    yield context
    vars(context).update(kept)


def test_what_to_look_at_in_each_case(planted: Context) -> None:
    pulls, signs = planted.contributions, planted.credibility
    signs.loc[:, "share_apart":] = False
    pulls["pull_points"] = 0.001
    assert look_at(planted) == "Cần chú ý: không địa phương nào có dấu hiệu cần xem lại số liệu."
    assert (
        look_at(planted, lang="en")
        == "To look at: no province has a sign that its figures deserve a second look."
    )
    signs.loc[("63:45", "money"), "eligible_fell"] = True
    assert look_at(planted) == "Cần chú ý: 1 địa phương có dấu hiệu cần xem lại số liệu."
    pulls.loc[("63:45", "money"), "pull_points"] = -0.0123
    assert look_at(planted) == (
        "Cần chú ý: kéo tỷ lệ toàn quốc xuống nhiều nhất về tiền là Quảng Trị (−1,23 điểm %); "
        "1 địa phương có dấu hiệu cần xem lại số liệu."
    )
    # Quảng Trị is not of the group of eight.
    assert look_at(planted, LARGE) == "Cần chú ý: không địa phương nào có dấu hiệu cần xem lại số liệu."


def test_on_how_few_the_money_hangs(context: Context) -> None:
    page = make_page(context, "overview", NATION)
    here = context.at(PERIOD)["money"]
    top = here["completed"].nlargest(3)
    rate = (here["completed"].sum() - top.sum()) / (
        here["eligible"].sum() - here.loc[top.index, "eligible"].sum()
    )
    share = top.sum() / here["completed"].sum()
    print_percent = page.locale.percent
    assert overview._on_few(page) == (
        f"Hồ Chí Minh, Hà Nội và Đà Nẵng chiếm {print_percent(share)} số tiền thi hành xong; không tính các "
        f"địa phương này, tỷ lệ về tiền là {print_percent(rate)}."
    )


def test_parts_of_the_change_are_drawn_whole(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = {}
    monkeypatch.setattr(worth, "change_bars", lambda parts, locale: seen.update(parts) or _empty_drawing())
    for org in (NATION, LARGE):
        worth.change_parts(make_page(context, "overview", org))
        for measure, points in (("cases", 2.18), ("money", 2.98)):
            frame = seen[measure]
            whole = frame[frame["kind"] == "whole"]["points"].iloc[0]
            parts = frame[frame["kind"] != "whole"]["points"].sum()
            assert parts == pytest.approx(whole, abs=1e-9)
            assert round(100 * whole, 2) == points
    assert (frame["kind"] == "one").sum() == 8


def _empty_drawing() -> object:
    from thads_analysis.report.charts import style

    return style.panels()[0]


def test_without_a_base_the_change_is_not_split(
    sample_panel: pd.DataFrame, sample_observations: pd.DataFrame
) -> None:
    only = sample_panel[sample_panel.index.get_level_values("fiscal_year") == 2023]
    page = make_page(make_context(only, sample_observations, PERIOD), "overview", NATION)
    assert "Không có đủ số liệu cùng kỳ" in worth.change_parts(page).html


def test_the_group_taken_out_and_by_itself(context: Context) -> None:
    page = make_page(context, "overview", LARGE)
    frame = worth.without_top(page).frame
    here = context.at(PERIOD)["money"]
    members = here.loc[list(LARGE.members)]
    rest = here.drop(index=list(LARGE.members))
    expected = [here["completed"].sum() / here["eligible"].sum()]
    expected += [part["completed"].sum() / part["eligible"].sum() for part in (rest, members)]
    assert frame["rate"].tolist() == pytest.approx(expected)
    assert frame["who"].tolist() == ["Cả nước", "Không tính nhóm này", "Chỉ nhóm này"]


def test_a_group_lists_its_members_only(context: Context) -> None:
    page = make_page(context, "overview", LARGE)
    names = {org.name for org in page.provinces}
    assert len(names) == 8
    for exhibit in (
        overview.below_national(page),
        worth.contributions(page, "cases"),
        worth.weighing(page, "money"),
        accountability.at_risk(page),
    ):
        assert set(exhibit.frame["name"]) <= names
    league = overview.league(page, "cases").frame
    assert league["name"].tolist()[:2] == ["Toàn quốc", LARGE.name]
    assert set(league["name"][2:]) == names


# Whether figures can be believed.


def test_the_falls_of_the_nation(context: Context) -> None:
    page = make_page(context, "overview", NATION)
    frame = credibility.falls(page).frame
    assert frame["when"].tolist() == ["năm 2022", "năm 2022", "9 tháng năm 2023", "9 tháng năm 2023"]
    money = context.nation.loc[2022]["money"]
    peak = int(money["eligible"].max())
    last = money.loc[12]
    assert frame["at_peak"].iloc[1] == page.locale.percent(last["completed"] / peak)
    assert frame["fall"].iloc[1] == page.locale.money(peak - int(last["eligible"]))
    assert "Năm 2022: số tiền có điều kiện giảm" in credibility.eligible(page).title


def test_where_nothing_fell_the_title_says_so(
    sample_panel: pd.DataFrame, sample_observations: pd.DataFrame
) -> None:
    early = make_context(
        sample_panel[sample_panel.index.get_level_values("fiscal_year") == 2023], sample_observations, PERIOD
    )
    title = credibility.eligible(make_page(early, "overview", NATION)).title
    assert title == "Số có điều kiện không giảm so với đỉnh trong năm, cả năm nay và năm trước"


def test_a_province_says_which_signs_and_rules_spoke(planted: Context) -> None:
    planted.credibility.loc[("63:45", "money"), "eligible_fell"] = True
    page = make_page(planted, "diagnostics", Org.parse("45", "63"))
    vars(planted)["findings"] = pd.DataFrame(
        [["sum_of_parts", "error", "63", "45", "cases", "due"]],
        columns=["rule", "severity", "org_regime", "org_code", "measure", "item"],
    )
    try:
        exhibit = credibility.own(page)
    finally:
        del vars(planted)["findings"]
    text = BeautifulSoup(exhibit.html, "html.parser").get_text(" ")
    assert "Về tiền: số có điều kiện giảm so với đỉnh trong năm" in text
    assert "Quy tắc không giữ được: Mỗi tổng số bằng tổng các thành phần của nó." in text
    # One finding on cases; one made-up revision of cases (see sample_pages).
    assert exhibit.frame.set_index("name")["cases"].tolist()[-2:] == ["1", "1"]
    assert exhibit.frame.set_index("name")["money"].tolist()[-2:] == ["0", "0"]


def test_a_province_without_signs_says_so(context: Context) -> None:
    exhibit = credibility.own(make_page(context, "diagnostics", Org.parse("40", "63")))
    assert "Không có dấu hiệu nào trong các dấu hiệu được xét." in exhibit.html


def test_what_a_province_is_worth(context: Context) -> None:
    page = make_page(context, "diagnostics", Org.parse("79", "63"))
    frame = worth.own(page).frame.set_index("name")
    here = context.at(PERIOD)["cases"]
    share = here.loc["63:79", "eligible"] / 574_289
    assert frame.loc["Tỷ trọng số có điều kiện trong toàn quốc", "cases"] == page.locale.percent(share)
    recorded = {figure["identifier"] for figure in page.sidecar().record["figures"]}
    assert {"pull_points", "to_change_points", "gap_completions"} <= recorded


# Administrative judgments: Chinhphu.vn on 6 months of 2021.


def test_the_chain_of_2021_as_published(
    sample_panel: pd.DataFrame, sample_observations: pd.DataFrame
) -> None:
    page = make_page(make_context(sample_panel, sample_observations, Period(2021, 6)), "overview", NATION)
    frame = administrative.table(page).frame
    assert frame["value"].tolist() == ["1.419", "738", "238", "111", "92", "35", "203"]
    # 738 / 1419, 238 / 738, 111 / 238, 92 / 111, 35 / 92; 203 done of 738 monitored.
    assert frame["share"].tolist() == ["–", "52,01%", "32,25%", "46,64%", "82,88%", "38,04%", "27,51%"]
    assert frame["base"].iloc[-1] == "việc được theo dõi"
    assert frame["change"].iloc[-1] == "+65 việc"
    chart = administrative.chart(page)
    assert chart.title == (
        "Thi hành án hành chính toàn quốc: 1.419 bản án tòa án chuyển giao, 203 thi hành xong"
    )
    figures = {
        f["identifier"]: f for f in page.sidecar().record["figures"] if f["measure"] == "administrative"
    }
    assert figures["recommendations"]["value"] == 35
    assert figures["recommendations"]["unit"] == "cases"
    assert figures["recommendations"]["provenance"] == "published"
    assert figures["completed_share_of_base"]["value"] == 27.51
    json.dumps(page.sidecar().record)


def test_where_nothing_was_published_the_page_says_so(
    sample_panel: pd.DataFrame, sample_observations: pd.DataFrame
) -> None:
    page = make_page(make_context(sample_panel, sample_observations, Period(2023, 8)), "overview", NATION)
    assert "Chưa thấy công bố" in administrative.chart(page).html
    assert "Không có số liệu thi hành án hành chính của từng địa phương" in administrative.table(page).html


def test_the_counts_against_the_target(context: Context) -> None:
    page = make_page(context, "overview", NATION)
    frame = accountability.against_targets(page).frame
    here = context.at(PERIOD)
    rate = here["cases", "completed"].to_numpy(float) / here["cases", "eligible"].to_numpy(float)
    # No province has a known target of its own in 2023 on cases: 82.50 %, and 61.875 % after nine months.
    assert frame["cases"].tolist() == [
        int(np.sum(rate <= 0.825)),
        int(np.sum(rate <= 0.61875)),
        int(np.sum(rate <= 0.825)),
    ]
