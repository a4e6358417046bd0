"""Facts, phrases and exhibits: what a page states, in both languages, and how it is written down."""

import base64
import dataclasses
import io
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest
from bs4 import BeautifulSoup
from PIL import Image, ImageChops
from sample_pages import make_context, make_page

from thads_analysis.context import Context
from thads_analysis.errors import UsageError
from thads_analysis.locale import locale_for
from thads_analysis.org import NATION, Org
from thads_analysis.period import Period
from thads_analysis.report import open_page
from thads_analysis.report.charts import style
from thads_analysis.report.exhibits import Column, cite, figure, numbered, paragraphs, table
from thads_analysis.report.facts import Fact, Origin, combine
from thads_analysis.report.figures import Figures
from thads_analysis.report.text import (
    change_phrase,
    gap_phrase,
    item_heading,
    median_phrase,
    points_phrase,
    target_sentence,
)

PERIOD = Period(2023, 9)
LOCALES = {"vi": locale_for("vi"), "en": locale_for("en")}
ORIGIN = Origin("reported", "bieu-04.xlsx", date(2023, 7, 5), "provisional")
HOSTILE = "<script>alert(1)</script> \"a\" 'b' & \u202egnp.exe \u2066x\u2069"


def fact(identifier: str, value: object, measure: str = "cases", bound: str = "exact") -> Fact:
    return Fact(identifier, NATION, PERIOD, measure, value, ORIGIN, bound)


def read(html: str) -> BeautifulSoup:
    return BeautifulSoup(html, "html.parser")


# Phrases. The figures of 9 months of 2023 are those of letter 2757/TCTHADS-NV3 of 31/07/2023.


@pytest.mark.parametrize(
    ("absolute", "growth", "vietnamese", "english"),
    [
        (
            33568,
            0.0963,
            "tăng 33.568 việc (9,63%) so với cùng kỳ",
            "up 33,568 cases (9.63%) on the same period last year",
        ),
        (
            -1,
            -0.2,
            "giảm 1 việc (20,00%) so với cùng kỳ",
            "down 1 case (20.00%) on the same period last year",
        ),
        (12, None, "tăng 12 việc so với cùng kỳ", "up 12 cases on the same period last year"),
        (0, 0.0, "không đổi so với cùng kỳ", "unchanged on the same period last year"),
        (
            None,
            None,
            "không có số cùng kỳ để so sánh",
            "no figure for the same period last year to compare with",
        ),
    ],
    ids=["up", "down", "no growth", "unchanged", "no base"],
)
def test_how_a_count_moved(absolute: int | None, growth: float | None, vietnamese: str, english: str) -> None:
    facts = fact("completed_change_abs", absolute), fact("completed_change_pct", growth)
    assert change_phrase(LOCALES["vi"], *facts) == vietnamese
    assert change_phrase(LOCALES["en"], *facts) == english


def test_how_an_amount_moved_shortly_and_in_full() -> None:
    absolute = fact("completed_change_abs", 18_111_946_392_000, "money")
    growth = fact("completed_change_pct", 0.3472, "money")
    vi, en = LOCALES["vi"], LOCALES["en"]
    assert change_phrase(vi, absolute, growth) == "tăng 18.111,9 tỷ đồng (34,72%) so với cùng kỳ"
    assert (
        change_phrase(vi, absolute, growth, full=True)
        == "tăng 18.111 tỷ 946 triệu 392 nghìn đồng (34,72%) so với cùng kỳ"
    )
    assert (
        change_phrase(en, absolute, growth, full=True)
        == "up 18,111,946,392,000 VND (34.72%) on the same period last year"
    )


@pytest.mark.parametrize(
    ("change", "vietnamese", "english"),
    [
        (0.0218, "tăng 2,18 điểm % so với cùng kỳ", "up 2.18 pp on the same period last year"),
        (-0.0364, "giảm 3,64 điểm % so với cùng kỳ", "down 3.64 pp on the same period last year"),
        (0.00004, "không đổi so với cùng kỳ", "unchanged on the same period last year"),
        (
            None,
            "không có tỷ lệ cùng kỳ để so sánh",
            "no rate for the same period last year to compare with",
        ),
    ],
    ids=["up", "down", "unchanged", "no base"],
)
def test_how_a_rate_moved(change: float | None, vietnamese: str, english: str) -> None:
    moved = fact("completion_rate_change", change)
    assert points_phrase(LOCALES["vi"], moved) == vietnamese
    assert points_phrase(LOCALES["en"], moved) == english


@pytest.mark.parametrize(
    ("gap", "vietnamese", "english"),
    [
        (
            0.0065,
            "vượt 0,65 điểm % so với chỉ tiêu trên 82,50%",
            "0.65 pp above the target of over 82.50%",
        ),
        (
            -0.1597,
            "còn thiếu 15,97 điểm % so với chỉ tiêu trên 82,50%",
            "15.97 pp below the target of over 82.50%",
        ),
        (
            -0.00001,
            "vừa bằng, chưa vượt chỉ tiêu trên 82,50%",
            "level with, but not above, the target of over 82.50%",
        ),
        (None, "chưa có chỉ tiêu để so sánh", "no target to compare with"),
    ],
    ids=["over", "short", "equal", "no target"],
)
def test_where_a_rate_stands_against_the_target(gap: float | None, vietnamese: str, english: str) -> None:
    target = fact("target", None if gap is None else 0.825, bound="at_least")
    told = fact("gap_full_year", gap)
    assert gap_phrase(LOCALES["vi"], told, target) == vietnamese
    assert gap_phrase(LOCALES["en"], told, target) == english


def test_the_sentence_on_the_targets_tells_what_is_known() -> None:
    cases = fact("gap_full_year", -0.1597), fact("target", 0.825, bound="at_least")
    money = fact("gap_full_year", 0.02, "money"), fact("target", 0.455, "money", "at_least")
    none = fact("gap_full_year", None, "money"), fact("target", None, "money")
    vi, en = LOCALES["vi"], LOCALES["en"]
    assert target_sentence(en, {"cases": cases, "money": money}, 3) == (
        "Against the full-year targets: cases 15.97 pp below the target of over 82.50%; "
        "money 2.00 pp above the target of over 45.50%; months remaining: 3."
    )
    assert target_sentence(vi, {"cases": cases, "money": none}, 3) == (
        "So với chỉ tiêu cả năm: việc còn thiếu 15,97 điểm % so với chỉ tiêu trên 82,50%; còn 3 tháng."
    )
    assert target_sentence(vi, {"money": none}, 3) == ""
    assert target_sentence(en, {"money": money}, 0) == (
        "Against the full-year targets: money 2.00 pp above the target of over 45.50%."
    )


@pytest.mark.parametrize(
    ("difference", "vietnamese", "english"),
    [
        (0.0054, "cao hơn 0,54 điểm % so với trung vị", "0.54 pp above the median"),
        (-0.02, "thấp hơn 2,00 điểm % so với trung vị", "2.00 pp below the median"),
        (0.0, "ngang với trung vị", "level with the median"),
    ],
)
def test_where_a_rate_lies_beside_the_median(difference: float, vietnamese: str, english: str) -> None:
    told = fact("pace_points", difference)
    assert median_phrase(LOCALES["vi"], told) == f"{vietnamese} các năm trước cùng thời điểm"
    assert median_phrase(LOCALES["en"], told) == f"{english} of earlier years at the same point"


def test_the_heading_of_a_figure_of_a_text() -> None:
    assert item_heading(LOCALES["vi"], "completed") == "Thi hành xong"
    assert item_heading(LOCALES["vi"], "completed_change_pct") == "Thi hành xong: tăng, giảm"
    assert item_heading(LOCALES["en"], "completion_rate_change") == "Completion rate: change"
    assert item_heading(LOCALES["en"], "some_item_of_theirs") == "some_item_of_theirs"


# Facts.


@pytest.mark.parametrize(
    ("identifier", "measure", "value", "unit", "vietnamese", "english", "recorded"),
    [
        ("completed", "cases", 382058, "cases", "382.058 việc", "382,058 cases", 382058),
        ("completed_change_abs", "cases", -5, "cases", "−5 việc", "−5 cases", -5),
        (
            "completed",
            "money",
            70_278_705_371_000,
            "dong",
            "70.278,7 tỷ đồng",
            "70,278.7 billion VND",
            70_278_705_371_000,
        ),
        ("completion_rate", "cases", 382058 / 574289, "percent", "66,53%", "66.53%", 66.53),
        ("completed_change_pct", "money", 0.3472, "percent", "+34,72%", "+34.72%", 34.72),
        ("completion_rate_change", "cases", 0.0218, "pp", "+2,18 điểm %", "+2.18 pp", 2.18),
        ("gap_full_year", "money", -0.1305, "pp", "−13,05 điểm %", "−13.05 pp", -13.05),
        ("disposition_time", "cases", 364.6, "days", "365 ngày", "365 days", 365),
        ("clearance_rate", "cases", 1.23456, "ratio", "1,23", "1.23", 1.2346),
        ("rank", "cases", 2, "rank", "2", "2", 2),
    ],
)
def test_a_fact_prints_and_records_its_unit(
    identifier: str,
    measure: str,
    value: float,
    unit: str,
    vietnamese: str,
    english: str,
    recorded: float,
) -> None:
    stated = fact(identifier, value, measure)
    assert stated.unit == unit
    assert (stated.show(LOCALES["vi"]), stated.show(LOCALES["en"])) == (vietnamese, english)
    record = stated.record()
    assert (record["value"], record["unit"]) == (recorded, unit)


def test_an_amount_in_full_keeps_its_sign() -> None:
    change = fact("completed_change_abs", 18_111_946_392_000, "money")
    assert change.show(LOCALES["vi"], full=True) == "+18.111 tỷ 946 triệu 392 nghìn đồng"
    fallen = fact("completed_change_abs", -1_500_000, "money")
    assert fallen.show(LOCALES["vi"], full=True) == "−1 triệu 500 nghìn đồng"


@pytest.mark.parametrize(
    ("bound", "vietnamese", "english"),
    [
        ("exact", "45,50%", "45.50%"),
        ("at_least", "trên 45,50%", "over 45.50%"),
        ("at_most", "gần 45,50%", "nearly 45.50%"),
        ("about", "khoảng 45,50%", "about 45.50%"),
    ],
)
def test_a_fact_says_that_it_is_a_bound(bound: str, vietnamese: str, english: str) -> None:
    stated = fact("target", 0.455, "money", bound)
    assert (stated.show(LOCALES["vi"]), stated.show(LOCALES["en"])) == (vietnamese, english)
    assert (stated.record()["value"], stated.record()["bound"]) == (45.5, bound)


@pytest.mark.parametrize("missing", [None, pd.NA, float("nan")])
def test_a_missing_value_is_marked_and_recorded_as_none(missing: object) -> None:
    stated = fact("completion_rate", missing)
    assert not stated.known
    assert stated.show(LOCALES["vi"]) == "–"
    assert stated.record()["value"] is None


def test_a_record_names_its_place_and_origin() -> None:
    province = Org.parse("45", "63")
    stated = Fact("completed", province, PERIOD, "cases", 2131, ORIGIN, "exact", derived=True)
    assert stated.record() == {
        "identifier": "completed",
        "org_regime": "63",
        "org_code": "45",
        "period": "2023-M09",
        "measure": "cases",
        "value": 2131,
        "unit": "cases",
        "bound": "exact",
        "derived": True,
        "provenance": "reported",
        "source": "bieu-04.xlsx",
        "as_of": "2023-07-05",
        "vintage": "provisional",
    }
    undated = dataclasses.replace(stated, origin=Origin("published", "Báo"))
    assert undated.record()["as_of"] is None


def test_a_computed_figure_is_as_weak_as_its_weakest_part() -> None:
    published = Origin("published", "Công văn", date(2023, 8, 1), "final")
    simulated = Origin("simulated", "mô phỏng", date(2023, 7, 5), "unspecified")
    assert combine(published, simulated, published) == Origin(
        "simulated", "Công văn; mô phỏng", date(2023, 8, 1), "unspecified"
    )
    assert combine(published, ORIGIN).vintage == "provisional"
    assert combine(published) == published
    assert combine(Origin("published", "a"), Origin("published", "b")).as_of is None


# Exhibits.


def test_a_table_has_caption_and_scopes_and_escapes_what_it_shows() -> None:
    frame = pd.DataFrame({"name": [HOSTILE, "Huế"], "rate": [0.5, 0.25]}, index=["63:01", "63:46"])
    shown = table(
        "tab-x",
        frame,
        {"name": Column(HOSTILE, number=False), "rate": Column("Tỷ lệ", LOCALES["vi"].percent)},
        title=HOSTILE,
        caption=HOSTILE,
        notes=[HOSTILE],
        row_class=lambda key: "own" if key == "63:46" else "",
        links={"63:46": '46/"trend".html'},
    )
    page = read(shown.html)
    expected = HOSTILE.replace("\u202e", "\ufffd").replace("\u2066", "\ufffd").replace("\u2069", "\ufffd")
    assert page.find("script") is None
    assert [th["scope"] for th in page.find_all("th")] == ["col", "col", "row", "row"]
    assert page.find("caption").get_text() == expected
    assert page.find("th").get_text() == expected
    assert page.find("tbody").find("th").get_text() == expected
    assert [p.get_text() for p in page.find_all("p")] == [expected, expected]
    assert [td.get_text() for td in page.find_all("td")] == ["50,00%", "25,00%"]
    assert page.find("div", role="region")["aria-label"] == expected
    assert [tr.get("class") for tr in page.find("tbody").find_all("tr")] == [None, ["own"]]
    assert page.find("a")["href"] == '46/"trend".html'
    assert not any(mark in shown.html for mark in "\u202e\u2066\u2069")
    assert shown._repr_html_() == shown.html


def test_a_figure_has_its_alternative_text_and_no_file_beside_it() -> None:
    from matplotlib.figure import Figure

    drawing = Figure(figsize=(2, 1))
    drawing.subplots().plot([1, 2], [3, 4])
    shown = figure(
        "fig-x",
        drawing,
        title="T",
        subtitle="",
        alt=f'Đường "lên" {HOSTILE}',
        caption="Nguồn: A & B",
        frame=pd.DataFrame(),
    )
    page = read(shown.html)
    image = page.find("img")
    assert image["alt"].startswith('Đường "lên" <script>alert(1)</script>')
    assert image["src"].startswith("data:image/png;base64,iVBOR")
    assert (image["width"], image["height"]) == ("192", "96")
    assert page.find("script") is None
    assert page.find("figcaption").get_text() == "Nguồn: A & B"
    assert page.find(class_="exhibit-subtitle") is None


def picture(drawing: Any) -> Image.Image:
    texts = dict.fromkeys(("title", "subtitle", "alt", "caption"), "x")
    source = read(figure("fig-x", drawing, frame=pd.DataFrame(), **texts).html).find("img")["src"]
    return Image.open(io.BytesIO(base64.b64decode(source.partition(",")[2])))


def test_a_picture_keeps_the_colours_that_a_chart_is_painted_in() -> None:
    """Even a faint shade on white paper, and beside more colours than a picture may have."""
    from matplotlib.figure import Figure

    drawing = Figure(figsize=(4, 1))
    axes = drawing.add_axes((0, 0, 1, 1))
    axes.axis("off")
    axes.set(xlim=(0, 4), ylim=(0, 1))
    painted = ("#0072B2", "#F7FBFF", "#767676")
    for place, colour in enumerate(painted):
        axes.axvspan(place, place + 0.9, color=colour, linewidth=0)
    axes.imshow(np.random.default_rng(1).random((60, 60, 3)), extent=(3, 3.9, 0, 1), aspect="auto")
    shown = picture(drawing)
    assert shown.mode == "P"
    colours = shown.convert("RGB")
    unit = shown.width / 4
    found = ["#{:02X}{:02X}{:02X}".format(*colours.getpixel((unit * (i + 0.5), 90))) for i in range(3)]
    assert found == list(painted)
    assert colours.getpixel((unit * 0.95, 90)) == (255, 255, 255)
    assert len(colours.getcolors()) <= 256


def test_bars_as_one_shape_look_like_bars() -> None:
    x, heights = np.arange(1, 13), np.array([3, 1, 4, 1, 5, -9, 2, 6, 5, np.nan, 5, 8.5])
    pictures = []
    for as_one in (True, False):
        drawing, axes = style.panels()
        if as_one:
            style.bars(axes[0, 0], x, heights, 0.8, style.OWN)
        else:
            axes[0, 0].bar(x, heights, 0.8, color=style.OWN)
        pictures.append(picture(drawing).convert("RGB"))
    assert ImageChops.difference(*pictures).getbbox() is None


def test_a_paragraph_escapes_what_it_says() -> None:
    shown = paragraphs("lead", ["a < b", HOSTILE])
    first, second = read(shown.html).find_all("p")
    assert first.get_text() == "a < b"
    assert second.get_text().startswith("<script>")


def test_sources_are_numbered_in_the_order_of_their_first_citation() -> None:
    sources: dict[str, int] = {}
    assert [cite(sources, s) for s in ("b", "a", "b")] == ["[1]", "[2]", "[1]"]
    assert numbered(sources) == ["[1] b", "[2] a"]


# Figures and pages, over the simulated sample.


@pytest.fixture(scope="module")
def context(sample_panel: pd.DataFrame, sample_observations: pd.DataFrame) -> Context:
    return make_context(sample_panel, sample_observations, PERIOD)


@pytest.mark.parametrize(
    ("identifier", "measure", "value"),
    [
        # Letter 2757/TCTHADS-NV3 of 31/07/2023; the targets are those of the programme for 2023.
        ("completed", "cases", 382058),
        ("completed_change_abs", "cases", 33568),
        ("completed_change_pct", "cases", 9.63),
        ("completion_rate", "cases", 66.53),
        ("completion_rate_change", "cases", 2.18),
        ("completed", "money", 70_278_705_371_000),
        ("completed_change_abs", "money", 18_111_946_392_000),
        ("completed_change_pct", "money", 34.72),
        ("completion_rate", "money", 32.45),
        ("completion_rate_change", "money", 2.98),
        ("target", "cases", 82.5),
        ("target", "money", 45.5),
        ("gap_full_year", "cases", -15.97),
        ("gap_full_year", "money", -13.05),
    ],
)
def test_the_nation_states_what_was_published(
    context: Context, identifier: str, measure: str, value: float
) -> None:
    record = Figures(context, NATION)(identifier, measure).record()
    assert record["value"] == value
    assert record["provenance"] == "published"
    assert record["source"]


def test_published_figures_carry_their_citation(context: Context) -> None:
    stated = Figures(context, NATION)("completed", "cases")
    assert "2757/TCTHADS-NV3" in stated.origin.source
    assert not stated.derived


def test_what_was_not_published_of_the_nation_comes_from_the_panel(context: Context) -> None:
    stated = Figures(context, NATION)("carried_out", "cases")
    # 775,101 due less 382,058 completed, both published for the same period.
    assert (stated.value, stated.origin.provenance, stated.derived) == (393043, "simulated", True)


def test_the_panel_comes_first_for_a_province(context: Context) -> None:
    figures = Figures(context, Org.parse("45", "63"))
    year = Period(2016, 12)
    assert figures("completed", "cases", year).origin.provenance == "simulated"
    published = figures.published("completed", "cases", year)
    # News of the General Department's conference of 25/02/2017.
    assert published is not None
    assert (published.value, published.origin.provenance) == (3086, "published")


def test_the_nation_s_target_stands_in_where_a_province_s_is_unknown(context: Context) -> None:
    target = Figures(context, Org.parse("45", "63"))("target", "cases")
    assert (target.org, target.value, target.bound) == (NATION, 0.825, "at_least")


def test_no_target_no_gap(context: Context) -> None:
    figures, year = Figures(context, NATION), Period(2016, 9)
    assert not figures("target", "cases", year).known
    assert not figures("gap_prorata", "cases", year).known


def test_the_gap_to_the_pro_rata_target(context: Context) -> None:
    # 66.53 - 82.50 x 9/12 = 4.655; 32.45 - 45.50 x 9/12 = -1.675.
    figures = Figures(context, NATION)
    assert figures("gap_prorata", "cases").value == pytest.approx(0.04655)
    assert figures("gap_prorata", "money").value == pytest.approx(-0.01675)
    assert figures("attainment", "cases").value == pytest.approx(0.6653 / 0.825)


def test_a_change_from_a_bound_is_only_about_right(context: Context) -> None:
    # "hơn 374.627 tỷ đồng" was published: due money is a bound, so its change is too.
    figures = Figures(context, NATION)
    assert figures("due", "money").bound == "at_least"
    assert figures("due_change_abs", "money").bound == "about"


def test_a_figure_without_a_base_is_missing(context: Context) -> None:
    stated = Figures(context, Org.parse("45", "63"))("completed_change_abs", "cases", Period(2016, 9))
    assert not stated.known
    assert stated.show(LOCALES["vi"]) == "–"


def test_what_a_page_states_is_in_its_record(context: Context) -> None:
    page = make_page(context, "overview", NATION)
    shown = page.show(page.figures()("completion_rate", "cases"))
    record = page.sidecar().record
    assert shown == "66,53%"
    assert [(f["identifier"], f["value"]) for f in record["figures"]] == [("completion_rate", 66.53)]
    # The page's header states where the panel comes from.
    assert record["provenance"] == ["published", "simulated"]
    assert len(record["sources"]) == 1
    assert "2757/TCTHADS-NV3" in record["sources"][0]


def test_a_caption_says_source_period_and_provenance(context: Context) -> None:
    page = make_page(context, "trend", Org.parse("45", "63"), "en")
    assert page.caption() == (
        "Source: Simulated figures of thads_analysis. Period: 9 months of 2023. "
        "Provenance: simulated figures."
    )
    mixed = page.caption([page.figures()("completed", "cases"), page.figures(NATION)("completed", "cases")])
    assert mixed.endswith("Provenance: published figures and simulated figures.")


@pytest.mark.parametrize(
    ("name", "org", "lang", "said"),
    [
        ("overview", "79", "vi", "org must be VN"),
        ("diagnostics", "VN", "vi", "give its code or name as org"),
        ("trend", "999", "vi", "999"),
        ("trend", "VN", "fr", "give vi or en"),
    ],
)
def test_a_wrong_parameter_is_refused_before_any_data_is_read(
    name: str, org: str, lang: str, said: str
) -> None:
    with pytest.raises(UsageError, match=said):
        open_page(name, period="2023-M09", org=org, lang=lang, data="/nowhere")
