"""What diagnostics say in words: every branch, in both languages."""

from __future__ import annotations

import pandas as pd
import pytest
from bs4 import BeautifulSoup
from sample_pages import make_context, make_page

from thads_analysis.context import PREPARED, Context, load_context, save_context
from thads_analysis.locale import locale_for
from thads_analysis.org import NATION, Org
from thads_analysis.period import Period
from thads_analysis.report import diagnostics, difference, process
from thads_analysis.report.facts import Fact, Origin
from thads_analysis.report.verdicts import (
    assurance_phrase,
    assurance_sign,
    chance_phrase,
    difference_phrase,
    look_sentence,
    own_phrase,
    rank_phrase,
    target_clause,
    variation_phrase,
    variation_sign,
)

VI, EN = locale_for("vi"), locale_for("en")
PERIOD = Period(2023, 9)
QUANG_TRI = Org.parse("45", "63")


def fact(identifier: str, value: object, org: Org = QUANG_TRI, bound: str = "exact") -> Fact:
    return Fact(identifier, org, PERIOD, "cases", value, Origin("reported", "bieu-04.xlsx"), bound)


@pytest.mark.parametrize(
    ("place", "z", "vietnamese", "english"),
    [
        ("above_998", 3.16, "cao hơn giới hạn 99,8% (z = +3,16)", "is above the limit of 99.8% (z = +3.16)"),
        ("below_998", -3.2, "thấp hơn giới hạn 99,8% (z = −3,20)", "is below the limit of 99.8% (z = −3.20)"),
        ("above_95", 2.0, "cao hơn giới hạn 95% nhưng còn", "is above the limit of 95% but within"),
        ("below_95", -2.0, "thấp hơn giới hạn 95% nhưng còn", "is below the limit of 95% but within"),
        ("within", 0.0, "nằm trong mức khác biệt thường thấy", "is within the usual spread"),
    ],
)
def test_different_or_not(place: str, z: float, vietnamese: str, english: str) -> None:
    told = fact("funnel_z", z)
    assert difference_phrase(VI, place, told).startswith(vietnamese)
    assert difference_phrase(EN, place, told).startswith(english)


def test_a_rank_is_never_bare() -> None:
    rank, best, worst = fact("rank", 2), fact("rank_best", 1), fact("rank_worst", 10)
    assert rank_phrase(VI, rank, best, worst, 63) == "hạng 2/63 (khoảng 95%: từ hạng 1 đến hạng 10)"
    assert rank_phrase(EN, rank, best, worst, 63) == "rank 2 of 63 (95% interval: rank 1 to 10)"
    for missing in ((rank, fact("rank_best", None), worst), (fact("rank", None), best, worst)):
        assert rank_phrase(VI, *missing, 63).startswith("chưa đủ số liệu các năm trước để xếp hạng")
        assert "2" not in rank_phrase(EN, *missing, 63)


@pytest.mark.parametrize(
    ("verdict", "rule", "sign", "vietnamese", "english"),
    [
        (
            "improving",
            "outside",
            "▲",
            "có dấu hiệu tốt lên (tháng này nằm ngoài giới hạn)",
            "improvement (this",
        ),
        ("worsening", "run", "▼", "có dấu hiệu kém đi (từ bảy tháng liền ở cùng", "worsening (seven months"),
        ("improving", "two_of_three", "▲", "có dấu hiệu tốt lên (hai trong ba", "improvement (two of"),
        ("worsening", "trend", "▼", "có dấu hiệu kém đi (từ bảy tháng liền đi", "or more in a row moving"),
        ("common", "", "●", "không có dấu hiệu thay đổi", "no sign of change"),
        ("short", "", "–", "chưa kết luận được vì sau lần đổi quy định", "fewer than 12 months"),
        ("missing", "", "–", "chưa kết luận được vì tháng này không có số", "this month has no figure"),
    ],
)
def test_changing_or_not(verdict: str, rule: str, sign: str, vietnamese: str, english: str) -> None:
    assert variation_phrase(VI, verdict, rule).startswith(vietnamese)
    assert english in variation_phrase(EN, verdict, rule)
    assert variation_sign(VI, verdict).startswith(sign)
    assert variation_sign(EN, verdict).startswith(sign)


def test_a_month_against_the_usual_pattern() -> None:
    ratio, low, high = fact("completed_vs_usual", 1.124), fact("x", 0.58), fact("x", 1.72)
    assert own_phrase(VI, ratio, low, high, "common", "") == (
        "bằng 112% mức thường (giới hạn dao động bình thường 58% đến 172%), không có dấu hiệu thay đổi"
    )
    assert own_phrase(EN, ratio, low, high, "common", "") == (
        "at 112% of the usual level (natural limits 58% to 172%), no sign of change"
    )
    missing = fact("completed_vs_usual", None)
    assert own_phrase(VI, missing, missing, missing, "short", "").startswith("chưa kết luận được")


@pytest.mark.parametrize(
    ("verdict", "sign", "vietnamese", "english"),
    [
        ("will_hit", "✓", "nếu không có gì thay đổi thì sẽ đạt", "will hit it if nothing changes"),
        ("may_hit", "?", "nếu không có gì thay đổi thì có thể đạt, có thể không", "may or may not hit it"),
        ("will_miss", "✗", "nếu không có gì thay đổi thì sẽ không đạt", "will miss it if nothing changes"),
        ("no_target", "–", "", ""),
        ("unknown", "–", "", ""),
    ],
)
def test_on_course_or_not(verdict: str, sign: str, vietnamese: str, english: str) -> None:
    facts = fact("lower_95", 0.80), fact("upper_95", 0.86), fact("p_target", 0.6)
    said = assurance_phrase(VI, verdict, *facts)
    assert said.startswith(vietnamese)
    assert bool(said) == bool(vietnamese)
    assert assurance_phrase(EN, verdict, *facts).startswith(english)
    if vietnamese:
        assert said.endswith("(khoảng 95% cuối năm: 80,00% đến 86,00%; khả năng vượt chỉ tiêu 60%)")
    assert assurance_sign(VI, verdict).startswith(sign)
    assert assurance_sign(EN, verdict).startswith(sign)


def test_a_chance_is_never_none_and_never_all() -> None:
    shown = [chance_phrase(VI, fact("p_target", value)) for value in (0.0, 0.004, 0.01, 0.5, 0.99, 1.0, None)]
    assert shown == ["dưới 1%", "dưới 1%", "1%", "50%", "99%", "trên 99%", "–"]
    assert chance_phrase(EN, fact("p_target", 1.0)) == "over 99%"


@pytest.mark.parametrize(
    ("gap", "org", "vietnamese", "english"),
    [
        (
            -0.0453,
            NATION,
            "còn thiếu 4,53 điểm % so với chỉ tiêu chung toàn quốc trên 82,50%",
            "4.53 pp below the national target of over 82.50%",
        ),
        (
            0.0065,
            QUANG_TRI,
            "vượt 0,65 điểm % so với chỉ tiêu được giao trên 82,50%",
            "0.65 pp above its own target of over 82.50%",
        ),
        (
            0.00004,
            QUANG_TRI,
            "vừa bằng, chưa vượt chỉ tiêu được giao trên 82,50%",
            "level with, but not above, its own target of over 82.50%",
        ),
        (None, NATION, "chưa có chỉ tiêu để so sánh", "no target to compare with"),
    ],
)
def test_whose_target_it_is(gap: float | None, org: Org, vietnamese: str, english: str) -> None:
    target = fact("target", 0.825, org, "at_least")
    assert target_clause(VI, fact("gap_full_year", gap), target) == vietnamese
    assert target_clause(EN, fact("gap_full_year", gap), target) == english


def test_what_to_look_at_first() -> None:
    quiet = {("cases", "completed"): "common", ("money", "completed"): "short"}
    within, course = {"cases": "within", "money": "within"}, {"cases": "may_hit", "money": "no_target"}
    assert look_sentence(VI, within, quiet, course).startswith("Không có điểm nào vượt mức dao động thường")
    worst = look_sentence(
        VI,
        {"cases": "below_95", "money": "above_998"},
        {
            ("cases", "completed"): "worsening",
            ("cases", "monthly_rate"): "worsening",
            ("money", "completed"): "improving",
        },
        {"cases": "will_miss", "money": "will_hit"},
    )
    assert worst == (
        "Cần xem trước: nguyên nhân các tháng có dấu hiệu kém đi về việc; vì sao tỷ lệ về việc thấp hơn giới "
        "hạn, so với các địa phương tương đồng; mức phải thi hành thêm về việc ở trang dự báo."
    )
    good = look_sentence(EN, {"cases": "above_95"}, {("money", "completed"): "improving"}, {})
    assert good == (
        "To look at first: whether the figures on cases can be relied on before holding them up as an "
        "example, since the rate is above the limits; what has improved the results on money."
    )
    both = look_sentence(VI, {"cases": "below_998", "money": "below_95"}, quiet, {})
    assert both.startswith("Cần xem trước: vì sao tỷ lệ về việc và tiền thấp hơn giới hạn")


# Pages.


@pytest.fixture(scope="module")
def context(sample_panel: pd.DataFrame, sample_observations: pd.DataFrame) -> Context:
    return make_context(sample_panel, sample_observations, PERIOD)


@pytest.mark.parametrize("code", ["01", "45", "06"])
def test_a_page_opens_with_six_sentences_whose_numbers_are_in_its_record(context: Context, code: str) -> None:
    page = make_page(context, "diagnostics", Org.parse(code, "63"))
    lead = BeautifulSoup(diagnostics.summary(page).html, "html.parser")
    sentences = [p.get_text() for p in lead.find_all("p")]
    assert len(sentences) == 6
    assert all(sentence.endswith(".") for sentence in sentences)
    recorded = {
        (f["identifier"], f["measure"]): f["value"]
        for f in page.sidecar().record["figures"]
        if f["org_code"] == code
    }
    for measure in ("cases", "money"):
        z, best, worst, rank = (
            recorded[name, measure] for name in ("funnel_z", "rank_best", "rank_worst", "rank")
        )
        assert f"(z = {VI.decimal(z, 2, signed=True)})" in sentences[2]
        assert f"hạng {rank}/63 (khoảng 95%: từ hạng {best} đến hạng {worst})" in sentences[2]
        assert f"{round(recorded['completed_vs_usual', measure])}% mức thường" in sentences[3]
        assert f"{VI.decimal(recorded['lower_95', measure], 2)}% đến" in sentences[4]
    assert "còn 3 tháng" in sentences[4]


def test_scores_of_the_province_and_of_those_beyond_the_limits_are_in_the_record(context: Context) -> None:
    page = make_page(context, "diagnostics", QUANG_TRI)
    difference.funnel(page)
    figures = page.sidecar().record["figures"]
    beyond = {f["measure"]: f["value"] for f in figures if f["identifier"] == "funnel_beyond"}
    own = {v["measure"]: v["verdict"] for v in page.sidecar().record["verdicts"] if v["subject"] == "funnel"}
    for name in ("funnel_z", "p_funnel"):
        for measure, count in beyond.items():
            codes = {f["org_code"] for f in figures if (f["identifier"], f["measure"]) == (name, measure)}
            assert "45" in codes
            assert len(codes) == count + (not own[measure].endswith("998"))


def test_what_a_page_concludes_is_in_its_record_as_it_is_in_its_table(context: Context) -> None:
    page = make_page(context, "diagnostics", QUANG_TRI)
    text = BeautifulSoup(process.verdicts(page).html, "html.parser").get_text(" ")
    said = {(v["subject"], v["measure"]): v["verdict"] for v in page.sidecar().record["verdicts"]}
    assert said.keys() == {
        (s, m) for s in ("completed", "monthly_rate", "target") for m in ("cases", "money")
    }
    for (subject, _), verdict in said.items():
        sign = (assurance_sign if subject == "target" else variation_sign)(VI, verdict)
        assert sign in text


def test_at_the_years_end_nothing_is_said_to_be_ahead(
    sample_panel: pd.DataFrame, sample_observations: pd.DataFrame
) -> None:
    page = make_page(
        make_context(sample_panel, sample_observations, Period(2022, 12)), "diagnostics", QUANG_TRI
    )
    text = diagnostics.summary(page).html
    assert "So với chỉ tiêu cả năm: việc" in text
    assert "nếu không có gì thay đổi" not in text
    assert "chỉ tiêu cả năm</th>" not in process.verdicts(page).html


def test_a_province_without_a_past_says_so_and_is_given_no_rank(
    sample_panel: pd.DataFrame, sample_observations: pd.DataFrame
) -> None:
    years, months = (sample_panel.index.get_level_values(level) for level in ("fiscal_year", "months"))
    alone = sample_panel[(years == 2023) & (months == 9)]
    page = make_page(make_context(alone, sample_observations, PERIOD), "diagnostics", QUANG_TRI)
    text = diagnostics.summary(page).html
    assert "chưa đủ số liệu các năm trước để xếp hạng" in text
    assert "chưa kết luận được" in text
    assert "Không nêu thứ hạng" in difference.rank_history(page).html
    assert process.chart(page).kind == "figure"
    assert "chưa dự báo được" in process.verdicts(page).html


def test_few_provinces_are_not_compared(
    sample_panel: pd.DataFrame, sample_observations: pd.DataFrame
) -> None:
    few = sample_panel[
        sample_panel.index.get_level_values("org").isin([f"63:{code}" for code in ("45", "79")])
    ]
    page = make_page(make_context(few, sample_observations, PERIOD), "diagnostics", QUANG_TRI)
    assert "Chưa so sánh được với các địa phương khác" in diagnostics.summary(page).html
    for exhibit in (difference.funnel(page), difference.rank_history(page), difference.peers(page)):
        assert exhibit.kind == "text"


def test_what_all_pages_share_is_prepared_once(
    context: Context, tmp_path: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_context(context, tmp_path)  # type: ignore[arg-type]
    monkeypatch.setenv(PREPARED, str(tmp_path))
    read = load_context(PERIOD)
    for name in ("funnel", "money_funnel", "ranks", "peers", "process_points", "process_verdicts"):
        assert name in vars(read)
        pd.testing.assert_frame_equal(
            getattr(read, name), getattr(context, name), check_dtype=False, check_names=False
        )
        assert getattr(read, name).attrs == getattr(context, name).attrs
