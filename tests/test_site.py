"""Pages, links between them and the index, from notebooks and records made by hand."""

import re

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output
from tiny_notebooks import PIXEL

from thads_analysis.site import check_page, link_page, render_index, render_page
from thads_analysis.site.templating import css_text

POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"


def rendered(*cells, title="Trang thử", lang="vi"):
    notebook = nbformat.v4.new_notebook(cells=list(cells))
    return render_page(notebook, title=title, lang=lang)


def shown(html):
    return new_code_cell("secret = 1", outputs=[new_output("display_data", data={"text/html": html})])


# --- a page


def test_a_page_holds_prose_and_html_outputs_in_order():
    html = rendered(
        shown('<header class="page-head"><h1>Tên</h1></header>'),
        new_markdown_cell("## Đạt chỉ tiêu không?\n\nMột **câu**."),
        shown('<table class="data" id="tab-a"><tr><td>66,53</td></tr></table>'),
    )
    parts = ["<h1>Tên</h1>", "Đạt chỉ tiêu không?</h2>", "Một <strong>câu</strong>.", '<table class="data"']
    places = [html.index(part) for part in parts]
    assert places == sorted(places)


def test_a_page_says_its_language_and_allows_nothing_but_its_own_styles_and_images():
    html = rendered(shown("<p>x</p>"), lang="en")
    assert html.startswith('<!doctype html>\n<html lang="en">')
    assert re.findall(r'<meta http-equiv="Content-Security-Policy" content="([^"]*)">', html) == [POLICY]
    assert check_page(html, []) == []


def test_code_streams_errors_and_other_outputs_do_not_reach_the_page():
    outputs = [
        new_output("stream", name="stderr", text="stream-leak"),
        new_output("error", ename="ValueError", evalue="error-leak", traceback=["error-leak"]),
        new_output("execute_result", data={"text/plain": "plain-leak"}),
        new_output("display_data", data={"text/plain": "plain-leak", "text/html": "<p>kept</p>"}),
        new_output("display_data", data={"application/javascript": "script-leak"}),
    ]
    html = rendered(new_code_cell("code_leak = 1", outputs=outputs))
    assert "<p>kept</p>" in html
    assert re.findall(r"\w+[-_]leak", html) == []
    assert "In [" not in html


def test_math_and_heading_anchors_stay_out_of_the_prose():
    html = rendered(new_markdown_cell("## Bao nhiêu?\n\nTừ $1 đến $2."))
    assert "¶" not in html
    assert "Từ $1 đến $2." in html


def test_the_prose_is_translated_whole(monkeypatch):
    class Catalogue:
        lang = "en"

        def text(self, message):
            return {"## Đạt không?": "## Is it met?"}.get(message, message)

    monkeypatch.setattr("thads_analysis.site.render.locale_for", lambda lang: Catalogue())
    html = rendered(new_markdown_cell("## Đạt không?"), new_markdown_cell("Chưa dịch."), lang="en")
    assert "Is it met?" in html
    assert "Đạt không?" not in html
    assert "Chưa dịch." in html


def test_rendering_leaves_the_notebook_alone():
    notebook = nbformat.v4.new_notebook(cells=[shown("<p>x</p>"), new_markdown_cell("y")])
    before = nbformat.writes(notebook)
    render_page(notebook, title="t", lang="en")
    assert nbformat.writes(notebook) == before


def test_a_hostile_title_ends_neither_the_title_nor_the_style():
    html = rendered(shown("<p>x</p>"), title='</title></style><script>"x"</script>')
    assert check_page(html, []) == []
    assert "<script" not in html


@given(st.text())
def test_css_text_is_one_closed_string(text):
    written = css_text(text)
    inside = written[1:-1]
    assert written[0] == written[-1] == '"'
    assert not set(inside) & set('"<>\n\r')
    # What the style sheet shows is the text itself: escapes are hexadecimal, closed by a space.
    assert re.sub(r"\\([0-9a-f]+) ", lambda m: chr(int(m[1], 16)), inside) == text


# --- what may be published


def test_a_sound_page_has_no_fault():
    image = f'<img id="f" alt="mô tả" src="data:image/png;base64,{PIXEL}">'
    assert check_page(f'<body><a href="../VN/trend.html#a">x</a>{image}', ["f"]) == []


@pytest.mark.parametrize(
    ("markup", "fault"),
    [
        ("<script>alert(1)</script>", "it holds <script>"),
        ('<SCRIPT SRC="https://x.org/a.js"></SCRIPT>', "it holds <script>"),
        ("<iframe></iframe>", "it holds <iframe>"),
        ('<link rel="stylesheet" href="a.css">', "it holds <link>"),
        ('<meta http-equiv="refresh" content="0;url=//x.org">', "it holds <meta>"),
        ("<form></form>", "it holds <form>"),
        ("<svg></svg>", "it holds <svg>"),
        ('<p onclick="x()">', "<p> has onclick"),
        ('<a href="https://x.org/">a</a>', "<a> points outside: https://x.org/"),
        ('<a href="//x.org/">a</a>', "<a> points outside: //x.org/"),
        ('<a href="/etc/passwd">a</a>', "<a> points outside: /etc/passwd"),
        ('<a href="file:///home/x">a</a>', "<a> points outside: file:///home/x"),
        ('<a href="java\tscript:alert(1)">a</a>', "<a> points outside: java\tscript:alert(1)"),
        ('<a href="&#106;avascript:alert(1)">a</a>', "<a> points outside: javascript:alert(1)"),
        ('<img alt="a" src="a.png">', "<img> points outside: a.png"),
        ('<img alt="a" src="https://x.org/a.png">', "<img> points outside: https://x.org/a.png"),
        ('<img src="data:image/png;base64,AA==">', "an image has no alternative text"),
        ('<img alt=" " src="data:image/png;base64,AA==">', "an image has no alternative text"),
        ('<p style="background: url(//x.org/a)">', "the style of <p> loads something"),
        ("<style>@import 'a.css'</style>", "a style loads something"),
        ("<p>no exhibit</p>", "fig-a is missing"),
        ('<p>&lt;i id=&quot;fig-a&quot;&gt; id="fig-a"</p>', "fig-a is missing"),
    ],
)
def test_a_fault_is_named(markup, fault):
    exhibits = ["fig-a"] if "missing" in fault else []
    assert fault in check_page(f"<html><head></head><body>{markup}</body></html>", exhibits)


# --- links


def linked(html, stem="79/trend", stems=("VN/overview", "79/diagnostics", "79/trend"), lang="vi"):
    return link_page(html, stem=stem, org_name="Hồ Chí Minh", stems=set(stems), lang=lang)


def test_the_navigation_leads_to_the_index_and_to_the_pages_of_the_organisation_that_are_there():
    html = linked(rendered(shown("<p>x</p>")))
    assert re.findall(r'<a href="([^"]*)"', html) == ["../index.html", "diagnostics.html"]
    assert '<a aria-current="page">Xu hướng</a>' in html
    assert html.count('<nav class="site-nav"') == 1


def test_a_link_to_a_page_that_is_not_there_is_no_link_until_it_is():
    page = rendered(shown('<a href="../79/trend.html">a</a> <a href="../01/trend.html#x">b</a>'))
    first = linked(page, stem="VN/overview")
    assert '<a href="../79/trend.html">a</a> <a data-page="../01/trend.html#x">b</a>' in first
    second = linked(first, stem="VN/overview", stems=["VN/overview", "01/trend"])
    assert '<a data-page="../79/trend.html">a</a> <a href="../01/trend.html#x">b</a>' in second


def test_linking_twice_changes_nothing():
    once = linked(rendered(shown('<a href="../01/trend.html">b</a>')))
    assert linked(once) == once


def test_a_hostile_name_is_plain_text_in_the_navigation():
    html = link_page(
        rendered(shown("<p>x</p>")), stem="79/trend", org_name="<b>&\\1", stems={"79/trend"}, lang="vi"
    )
    assert "&lt;b&gt;&amp;\\1" in html


# --- the index


def figure(code, identifier, measure, value, **other):
    return {
        "org_regime": "63",
        "org_code": code,
        "period": "2023-M09",
        "identifier": identifier,
        "measure": measure,
        "value": value,
        "unit": "pp" if "change" in identifier or "gap" in identifier else "percent",
        "bound": "exact",
        "provenance": "simulated",
    } | other


def entry(code, page, name, **other):
    regime = "" if code == "VN" else "63"
    base = {
        "org_code": code,
        "org_regime": regime,
        "org_name": name,
        "page": page,
        "status": "ok",
        "error": None,
    }
    return base | other


NATION = [
    figure("VN", "completion_rate", "cases", 66.53, provenance="published"),
    figure("VN", "completion_rate", "cases", 66.99),
    figure("VN", "completion_rate", "money", 32.45, provenance="published"),
    figure("VN", "completion_rate_change", "cases", 2.18),
    figure("VN", "completion_rate", "cases", 64.35, period="2022-M09"),
    figure("VN", "gap_full_year", "money", -13.05),
    figure("VN", "target", "cases", 82.5, period="2023-M12", bound="at_least", provenance="published"),
]
HCMC = [
    figure("79", "completion_rate", "cases", 60.1),
    figure("79", "completion_rate", "cases", 61.0, provenance="published"),
    figure("79", "rank", "cases", 58, unit="rank"),
    figure("79", "completion_rate", "money", None),
]
FAULT = {"cell": 4, "type": "ValueError", "message": '<img src=x onerror="alert(1)"> in {cell}'}


def index(lang="vi", name="Hồ Chí Minh"):
    manifest = {
        "period": "2023-M09",
        "lang": lang,
        "library": "0.1.0",
        "as_of": "2023-07-05",
        "provenance": ["published", "simulated"],
        "totals": {"pages": 4, "ok": 3, "failed": 1, "seconds": 4.0},
        "entries": [
            entry("79", "trend", name),
            entry("01", "trend", "Hà Nội"),
            entry("VN", "overview", "Toàn quốc"),
            entry("79", "forecast", name, status="failed", error=FAULT),
        ],
    }
    sidecars = {
        # The league table of the nation's page states a province's figure too.
        "VN/overview": {
            "org_code": "VN",
            "figures": [*NATION, figure("79", "completion_rate", "cases", 1.0)],
        },
        "79/trend": {"org_code": "79", "figures": HCMC},
        "01/trend": {"org_code": "01", "figures": []},
    }
    return render_index(manifest, sidecars)


def row(html, code):
    match = re.search(rf"<tr[^>]*>\s*<td>{code}</td>.*?</tr>", html, flags=re.DOTALL)
    return re.findall(r"<td[^>]*>(.*?)</td>|<th[^>]*>(.*?)</th>", match[0])


def texts(html, code):
    return [td or th for td, th in row(html, code)][:-1]


def test_the_index_is_a_page_that_may_be_published():
    html = index()
    assert check_page(html, ["tab-organisations", "tab-failures"]) == []
    assert POLICY in html
    assert html.startswith('<!doctype html>\n<html lang="vi">')


def test_organisations_come_by_code_after_the_nation():
    assert re.findall(r"<td>(VN|\d\d)</td>", index()) == ["VN", "01", "79"]


def test_the_nation_shows_what_was_published_and_a_province_what_it_reports():
    html = index()
    assert texts(html, "VN") == ["VN", "Toàn quốc", "66,53", "+2,18", "–", "–", "32,45", "–", "−13,05", "–"]
    assert texts(html, "79") == ["79", "Hồ Chí Minh", "60,10", "–", "–", "58", "–", "–", "–", "–"]
    assert set(texts(html, "01")[2:]) == {"–"}


def test_the_headline_prints_in_the_language_of_the_page():
    assert re.findall(r'<p class="rate">(.*?)</p>', index()) == ["66,53%", "32,45%"]
    assert re.findall(r'<p class="rate">(.*?)</p>', index("en")) == ["66.53%", "32.45%"]
    assert "9 tháng năm 2023" in index()
    assert "9 months of 2023" in index("en")


def test_a_target_keeps_its_bound():
    assert "Chỉ tiêu năm: trên 82,50%" in index()


def test_only_pages_that_are_there_are_linked():
    links = re.findall(r'<a href="([^"]*)"', index())
    assert links == ["annex.xlsx", "VN/overview.html", "01/trend.html", "79/trend.html"]


def test_a_failure_is_listed_as_plain_text():
    html = index()
    assert "ValueError: &lt;img src=x onerror=&#34;alert(1)&#34;&gt; in {cell}" in html
    assert "Dự báo: lỗi" in html


def test_simulated_figures_have_their_banner():
    assert '<p class="banner-simulated"' in index()


def test_a_hostile_name_is_plain_text_in_the_index():
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in index(name="<script>alert(1)</script>")
