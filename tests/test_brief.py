"""The bulletin on one sheet: its words, its record, and that it stays on one page when all is long."""

from __future__ import annotations

import re

import pandas as pd
import pytest
from bs4 import BeautifulSoup
from sample_pages import make_context, make_page, render_topic, with_source

from thads_analysis.context import Context
from thads_analysis.errors import UsageError
from thads_analysis.org import NATION, provinces
from thads_analysis.period import Period
from thads_analysis.report import brief, open_page


def texts(html: str) -> list[str]:
    return [p.get_text(" ", strip=True) for p in BeautifulSoup(html, "html.parser").find_all("p")]


def said(text: str) -> set[str]:
    return set(re.findall(r"\d+(?:\.\d{3})*(?:,\d+)?", text))


def test_the_results_are_those_of_the_bulletin(sample_context: Context) -> None:
    # Official letter 2757/TCTHADS-NV3 of 31 July 2023; 82.50 and 45.50 are the targets of the year.
    cases, money = texts(brief.results(make_page(sample_context, "brief", NATION)).html)
    for part in ("thi hành xong 382.058 việc", "66,53%", "tăng 2,18 điểm %", "thiếu 15,97 điểm %", "82,50%"):
        assert part in cases
    for part in ("70.278,7 tỷ đồng", "(34,72%)", "32,45%", "tăng 2,98 điểm %", "thiếu 13,05 điểm %"):
        assert part in money


def test_every_number_of_the_sentences_is_in_the_record(sample_context: Context) -> None:
    page = make_page(sample_context, "brief", NATION)
    sentences = [
        sentence
        for make in (brief.results, brief.course, brief.below_average, brief.attention)
        for sentence in texts(make(page).html)
    ]
    printed = {"63", "80", "3", "1"}  # provinces, width of the interval, months left; 1.000 is not said
    for fact in page._facts.values():
        printed |= said(fact.show(page.locale))
    assert len(sentences) >= 8
    assert {number for sentence in sentences for number in said(sentence)} <= printed


def test_a_first_year_says_that_there_is_nothing_to_compare_with(
    sample_panel: pd.DataFrame, sample_observations: pd.DataFrame
) -> None:
    page = make_page(make_context(sample_panel, sample_observations, Period(2016, 6)), "brief", NATION)
    html = render_topic(page, "brief")
    assert "không có số cùng kỳ để so sánh" in html
    assert "Chưa dự báo được về việc." in html
    assert BeautifulSoup(html, "html.parser").find("img")["alt"].startswith("Đường tỷ lệ lũy kế")


def test_the_years_end_has_a_result_and_no_forecast(
    sample_panel: pd.DataFrame, sample_observations: pd.DataFrame
) -> None:
    page = make_page(make_context(sample_panel, sample_observations, Period(2023, 12)), "brief", NATION)
    assert texts(brief.course(page).html) == ["Năm thống kê đã kết thúc: kết quả trên là kết quả cả năm."]
    assert not any(fact.identifier == "rate_median" for fact in page._facts.values())


def test_it_is_made_for_the_nation_only() -> None:
    with pytest.raises(UsageError, match="made for the nation"):
        open_page("brief", period="2023-M09", org="79")


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_it_stays_on_one_page_with_long_names_and_sources(sample_context: Context, lang: str) -> None:
    try:
        from weasyprint import HTML
    except OSError as error:  # no Pango on this machine
        pytest.skip(str(error))
    long = with_source(sample_context, "Nguồn rất dài " * 30 + ", Biểu 04")
    html = render_topic(make_page(long, "brief", NATION, lang), "brief")
    # Every province gets a name as long as the longest one, and the short answer becomes the longest.
    longest = max((org.name for org in (*provinces("63"), *provinces("34"))), key=len)
    for org in provinces("63"):
        html = html.replace(org.name, longest)
    few = ", ".join([longest] * 4)
    html = re.sub(
        r"(Hai năm liền không đạt chỉ tiêu: |Two years running[^:]*: )[^;<]*", rf"\g<1>29 ({few})", html
    )
    assert html.count(longest) >= 12
    pages = HTML(string=html).render().pages
    assert len(pages) == 1
