"""Pages, links between them and the index, from notebooks and records made by hand."""

import base64
import hashlib
import re

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output
from tiny_notebooks import PIXEL

from thads_analysis.period import Period
from thads_analysis.site import FRONT_SCRIPT, Report, check_page, link_page, render_index, render_page
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


def test_sections_have_anchors_and_a_list_of_them_before_the_first():
    html = rendered(
        shown('<div class="lead"><p>Trước hết</p></div>'),
        new_markdown_cell("## Một & hai?"),
        shown("<h2>Ba?</h2>"),
        new_markdown_cell("## Bốn?"),
    )
    contents = re.search(r'<nav class="contents".*?</nav>', html, flags=re.DOTALL)
    found = re.findall(r'<a href="#(.*?)">(.*?)</a>', contents[0])
    assert found == [("section-1", "Một &amp; hai?"), ("section-2", "Ba?"), ("section-3", "Bốn?")]
    assert [f'<h2 id="{anchor}">{title}</h2>' in html for anchor, title in found] == [True] * 3
    assert html.index("Trước hết") < contents.start() < html.index('<h2 id="section-1">')


def test_a_page_of_two_sections_needs_no_list_of_them():
    html = rendered(new_markdown_cell("## Một?"), new_markdown_cell("## Hai?"))
    assert 'class="contents"' not in html
    assert '<h2 id="section-2">Hai?</h2>' in html


def test_a_page_has_landmarks_and_a_way_past_the_navigation():
    html = rendered(shown("<p>x</p>"))
    assert '<a class="skip" href="#main">Đến nội dung chính</a>' in html
    assert [html.count(f"<{tag}") for tag in ("main", "nav", "footer")] == [1, 1, 1]
    assert '<main id="main">' in html


# --- what may be published


def test_only_the_one_script_of_the_front_page_is_allowed_and_only_to_the_letter():
    page = "<body><script>let x = 1 < 2;</script></body>"
    assert check_page(page, [], "let x = 1 < 2;") == []
    for other in ("", "let x = 1 < 2; ", "let x = 1"):
        assert check_page(page, [], other) == ["it holds <script>"]
    assert check_page('<body><script src="a.js"></script></body>', [], "") == ["it holds <script>"]
    assert "it holds <script>" in check_page('<script type="module">x</script>', [], "x")


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

NAMES = {"VN": "Toàn quốc", "01": "Hà Nội", "79": "Hồ Chí Minh"}


def linked(html, stem="79/trend", stems=("VN/overview", "79/diagnostics", "79/trend"), names=NAMES):
    period = Period(2023, 9)
    return link_page(html, stem=stem, names=names, stems=set(stems), period=period, lang="vi")


def links_of(html):
    return re.findall(r'<a href="([^"#]+)"', html)


def test_the_navigation_leads_to_the_front_page_and_to_the_pages_that_are_there():
    html = linked(rendered(shown("<p>x</p>")))
    assert links_of(html) == ["../index.html", "diagnostics.html", "../VN/overview.html"]
    assert '<a aria-current="page">Xu hướng</a>' in html
    assert html.count('<nav class="site-nav"') == 1
    crumbs = re.search(r'<ol class="crumbs">.*?</ol>', html, flags=re.DOTALL)[0]
    assert re.findall(r">([^<>\n]+)<", crumbs) == ["Trang đầu", "Hồ Chí Minh", "9 tháng năm 2023"]


def test_other_organisations_are_reached_on_the_same_topic_where_they_have_it():
    stems = ["VN/overview", "VN/trend", "01/forecast", "79/trend"]
    html = linked(rendered(shown("<p>x</p>")), stems=stems)
    assert links_of(html) == ["../index.html", "../VN/trend.html", "../01/forecast.html"]


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
    names = NAMES | {"79": "<b>&\\1", "VN": "<i>"}
    html = linked(rendered(shown("<p>x</p>")), names=names)
    assert "&lt;b&gt;&amp;\\1" in html
    assert "&lt;i&gt;" in html


# --- the front page


def figure(code, identifier, measure, value, unit="percent", **other):
    return {
        "org_regime": "" if code == "VN" else "63",
        "org_code": code,
        "period": "2023-M09",
        "identifier": identifier,
        "measure": measure,
        "value": value,
        "unit": unit,
        "bound": "exact",
        "derived": True,
        "provenance": "simulated",
        "source": "2023-M09.xlsx",
        "as_of": "2023-07-05",
        "vintage": "unspecified",
    } | other


def year_end(code, measure, median, low, high, chance):
    values = {"rate_median": median, "lower_80": low, "upper_80": high}
    told = [figure(code, name, measure, value, period="2023-M12") for name, value in values.items()]
    return [*told, figure(code, "p_target", measure, chance, "probability", period="2023-M12")]


def sidecar(code, figures, **other):
    return {
        "org_regime": "" if code == "VN" else "63",
        "org_code": code,
        "figures": figures,
        "exhibits": [],
    } | other


def verdict(code, subject, measure, said):
    about = {"subject": subject, "org_regime": "63", "org_code": code, "measure": measure}
    return about | {"verdict": said, "reason": ""}


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


PUBLISHED = {"provenance": "published", "source": "Báo cáo A", "vintage": "provisional"}
NATION = [
    figure("VN", "completion_rate", "cases", 66.53, **PUBLISHED),
    figure("VN", "completion_rate", "cases", 66.99),
    figure("VN", "completion_rate", "money", 32.45, **PUBLISHED),
    figure("VN", "completion_rate_change", "cases", 2.18, "pp"),
    figure("VN", "completion_rate", "cases", 64.35, period="2022-M09"),
    figure("VN", "gap_full_year", "money", -13.05, "pp"),
    figure("VN", "target", "cases", 82.5, period="2023-M12", bound="at_least", provenance="published"),
    *year_end("VN", "cases", 81.61, 78.21, 84.96, 0.004),
]
HCMC = [
    figure("79", "completion_rate", "cases", 60.1),
    figure("79", "completion_rate", "cases", 61.0, provenance="published"),
    figure("79", "completion_rate", "money", None),
    *year_end("79", "money", 46.3, 40.25, 53.4, 0.56),
]
QUALITY = [
    figure("VN", "provinces_reported", "cases", 63, "count"),
    figure("VN", "provinces_reported", "money", 62, "count"),
    *(
        figure("VN", f"findings_{name}", "", n, "count")
        for name, n in (("error", 1), ("warning", 2), ("note", 3))
    ),
]
JUDGED = [
    verdict("79", "completed", "cases", "improving"),
    verdict("79", "target", "money", "will_miss"),
    verdict("79", "funnel", "cases", "below_998"),
    verdict("79", "funnel", "money", "below_998"),
    verdict("01", "target", "cases", "will_hit"),
    verdict("01", "funnel", "cases", "below_95"),
]
LISTS = [{"id": "tab-two-years", "measure": "cases", "orgs": ["63:79"]}]
FAULT = {"cell": 4, "type": "ValueError", "message": '<img src=x onerror="alert(1)"> in {cell}'}


def report(lang="vi", name="Hồ Chí Minh", **other):
    manifest = {
        "period": "2023-M09",
        "lang": lang,
        "library": "0.1.0",
        "as_of": "2023-07-05",
        "provenance": ["published", "simulated"],
        "totals": {"pages": 5, "ok": 4, "failed": 1, "seconds": 4.0},
        "entries": [
            entry("79", "trend", name),
            entry("01", "trend", "Hà Nội"),
            entry("VN", "overview", "Toàn quốc"),
            entry("VN", "quality", "Toàn quốc"),
            entry("79", "forecast", name, status="failed", error=FAULT),
        ],
    }
    sidecars = {
        # The league table of the nation's page states a province's figure too.
        "VN/overview": sidecar(
            "VN",
            [*NATION, figure("79", "completion_rate", "cases", 1.0)],
            lists=LISTS,
            exhibits=[{"id": "tab-two-years", "kind": "table", "title": "x"}],
        ),
        "VN/quality": sidecar("VN", QUALITY),
        "79/trend": sidecar(
            "79", HCMC, verdicts=JUDGED, exhibits=[{"id": "fig-funnel", "kind": "figure", "title": "x"}]
        ),
        "01/trend": sidecar("01", []),
    }
    return Report(manifest | other, sidecars)


def index(lang="vi", name="Hồ Chí Minh"):
    return render_index(report(lang, name))


def cells(html, code):
    match = re.search(rf'<tr[^>]*data-code="{code}">.*?</tr>', html, flags=re.DOTALL)
    found = re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", match[0])
    return [re.sub(r"<small>.*", "", cell).strip() for cell in found][:-1]


def definitions(html):
    return re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", html)


def test_the_front_page_may_be_published_with_its_one_script():
    html = index()
    assert check_page(html, ["tab-organisations", "tab-failures"], FRONT_SCRIPT) == []
    assert html.count("<script>") == 1
    assert html.startswith('<!doctype html>\n<html lang="vi">')


def test_the_policy_of_the_front_page_allows_its_script_by_its_hash_alone():
    html = index()
    script = re.search(r"<script>(.*?)</script>", html, flags=re.DOTALL)[1]
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = re.findall(r'<meta http-equiv="Content-Security-Policy" content="([^"]*)">', html)
    assert policy == [POLICY.replace("style-src", f"script-src 'sha256-{digest}'; style-src")]


def test_organisations_come_by_code_after_the_nation():
    assert re.findall(r'<tr[^>]*data-code="(\w+)"', index()) == ["VN", "01", "79"]


def test_the_nation_shows_what_was_published_and_a_province_what_it_reports():
    html = index()
    nation = ["Toàn quốc", "VN", "66,53", "+2,18", "–", "81,61", "–", "–", "32,45", "–", "−13,05"]
    assert cells(html, "VN") == [*nation, "–", "–", "–"]
    own = ["Hồ Chí Minh", "79", "60,10", "–", "–", "–", "▲ tốt lên", "–", "–", "–", "–", "46,30", "–"]
    assert cells(html, "79") == [*own, "✗ sẽ không đạt"]
    assert cells(html, "01")[2:] == ["–"] * 5 + ["✓ sẽ đạt"] + ["–"] * 6


def test_the_headline_prints_in_the_language_of_the_page():
    assert re.findall(r'<p class="rate">(.*?)</p>', index()) == ["66,53%", "32,45%"]
    assert re.findall(r'<p class="rate">(.*?)</p>', index("en")) == ["66.53%", "32.45%"]
    vietnamese, english = definitions(index()), definitions(index("en"))
    assert ("Số liệu từ", "1/10/2022 đến 30/6/2023") in vietnamese
    assert ("Biết đến ngày", "5/7/2023") in vietnamese
    assert ("Dự báo cuối năm (khoảng 80%)", "81,61% (78,21% đến 84,96%)") in vietnamese
    assert ("Khả năng vượt chỉ tiêu", "dưới 1%") in vietnamese
    assert ("Known as of", "5 July 2023") in english
    assert ("Forecast of the year&#39;s end (80% interval)", "81.61% (78.21% to 84.96%)") in english
    assert "9 tháng năm 2023" in index()
    assert "9 months of 2023" in index("en")


def test_a_target_keeps_its_bound():
    assert ("Chỉ tiêu năm", "trên 82,50%") in definitions(index())


def test_a_figure_is_sorted_by_its_value_and_not_by_how_it_prints():
    row = re.search(r'<tr[^>]*data-code="79">.*?</tr>', index(), flags=re.DOTALL)[0]
    keys = re.findall(r'data-key="([^"]*)"', row)
    assert keys[:3] == ["Hồ Chí Minh", "79", "0.601000"]
    assert keys[8:12] == ["", "", "", "0.463000"]


def test_who_needs_attention_is_named_with_reasons_that_lead_to_where_they_show():
    table = re.search(r'<table class="data" id="tab-attention">.*?</table>', index(), flags=re.DOTALL)[0]
    assert "1 địa phương có từ hai lý do trở lên" in table
    assert "Đã xét 2 trên 63 địa phương: những nơi có trang chẩn đoán" in index()
    assert re.findall(r'<th scope="row">(.*?)</th>', table) == ["Hồ Chí Minh"]
    assert re.findall(r'<a href="(.*?)">(.*?)</a>', table) == [
        ("VN/overview.html#tab-two-years", "có tên trong danh sách hai năm liền không đạt chỉ tiêu (việc)"),
        ("79/trend.html#fig-funnel", "tỷ lệ thấp hơn giới hạn 99,8% của biểu đồ phễu (việc và tiền)"),
    ]
    assert "; nếu không có gì thay đổi thì sẽ không đạt chỉ tiêu (tiền)</td>" in table


def test_without_pages_nothing_is_judged_and_nothing_is_compared():
    html = render_index(Report(report().manifest, {}))
    assert "Đã xét 0 trên 63 địa phương" in html
    assert "từ hai lý do trở lên" not in html
    assert "Không có báo cáo tháng trước nào đọc được" in html
    assert "Chưa có trang chất lượng số liệu trong báo cáo này." in html
    assert re.findall(r'<p class="rate">(.*?)</p>', html) == ["–", "–"]
    assert check_page(html, ["tab-organisations"], FRONT_SCRIPT) == []


def test_quality_is_one_line_with_a_link():
    line = re.search(r'<p class="quality">(.*?)</p>', index())[1]
    assert (
        "Có số liệu của 63 địa phương về việc, 62 về tiền; kiểm tra thấy 1 lỗi, 2 cảnh báo, 3 lưu ý." in line
    )
    assert '<a href="VN/quality.html">' in line


def test_the_bulletin_is_offered_where_there_is_one():
    made = report()
    assert "Bản tin trên một tờ A4" not in index()
    entries = [*made.manifest["entries"], entry("VN", "brief", "Toàn quốc")]
    html = render_index(Report(made.manifest | {"entries": entries}, made.sidecars))
    assert '<a href="VN/brief.html">Bản tin trên một tờ A4</a>' in html


def test_a_report_of_the_month_before_is_compared():
    figures = [figure("VN", "completion_rate", "cases", 60.0, period="2023-M08", **PUBLISHED)]
    before = Report(
        report().manifest | {"period": "2023-M08", "entries": []}, {"VN/overview": sidecar("VN", figures)}
    )
    html = render_index(report(), before)
    changes = re.search(r'<ul class="changes">.*?</ul>', html, flags=re.DOTALL)[0]
    assert "Báo cáo 9 tháng năm 2023" in changes
    assert "tỷ lệ thi hành xong 66,53% (báo cáo trước 60,00%, +6,53 điểm %)" in changes


def test_maps_are_drawn_where_two_provinces_have_a_rate():
    made = report()
    assert "map-cases" not in render_index(made)
    figures = [*HCMC, figure("01", "completion_rate", "cases", 70.0)]
    sidecars = {**made.sidecars, "79/trend": sidecar("79", figures)}
    html = render_index(Report(made.manifest, sidecars))
    assert check_page(html, ["map-cases"], FRONT_SCRIPT) == []
    assert "map-money" not in html
    alt = re.search(r'<img [^>]*alt="([^"]*)"', html)[1]
    assert "của 2 trên 63 địa phương: thấp nhất Hồ Chí Minh (60,10%), cao nhất Hà Nội (70,00%)" in alt
    assert "toàn quốc 66,53%" in alt
    assert "bảng kết quả của từng cơ quan" in alt


def test_the_list_of_34_has_its_own_tiles():
    regime = {"org_regime": "34", "period": "2025-M12"}
    figures = [figure(code, "completion_rate", "money", 40.0, **regime) for code in ("01", "79", "92")]
    made = report(period="2025-M12", entries=[])
    html = render_index(Report(made.manifest, {"79/trend": sidecar("79", figures, org_regime="34")}))
    assert re.findall(r'<figure class="exhibit" id="(.*?)">', html) == ["map-money"]
    assert "của 3 trên 34 địa phương" in html
    assert "Dự báo cuối năm (khoảng 80%)" not in html


def test_a_group_has_a_row_of_its_own_under_its_name():
    made = report("en")
    group = entry("large-8", "overview", "8 địa bàn trọng điểm")
    html = render_index(Report(made.manifest | {"entries": [*made.manifest["entries"], group]}, {}))
    assert cells(html, "large-8")[1] == "large-8"
    gone = entry("given-up", "overview", "Nhóm cũ")
    html = render_index(Report(made.manifest | {"entries": [gone]}, {}))
    assert cells(html, "given-up")[0] == "Nhóm cũ"


def test_marks_that_turn_the_writing_are_shown():
    figures = [figure("VN", "completion_rate", "cases", 66.53, source="gnp.\u202e.xlsx")]
    html = render_index(Report(report().manifest, {"VN/overview": sidecar("VN", figures)}))
    assert "\u202e" not in html
    assert "gnp.\ufffd.xlsx" in html


def test_only_pages_that_are_there_are_linked():
    table = re.search(r'id="tab-organisations">.*?</table>', index(), flags=re.DOTALL)[0]
    pages = ["VN/overview.html", "VN/quality.html", "01/trend.html", "79/trend.html"]
    assert re.findall(r'<a href="([^"]*)"', table) == pages


def test_a_failure_is_listed_as_plain_text():
    html = index()
    assert "ValueError: &lt;img src=x onerror=&#34;alert(1)&#34;&gt; in {cell}" in html
    assert "Dự báo: lỗi" in html


def test_simulated_figures_have_their_banner():
    assert '<p class="banner-simulated"' in index()
    assert '<p class="banner-simulated"' not in render_index(report(provenance=["published"]))


def test_a_hostile_name_is_plain_text_on_the_front_page():
    html = index(name='<script>alert(1)</script>"')
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert check_page(html, [], FRONT_SCRIPT) == []
