"""Every page as a browser shows it: alone, quiet, as wide as the screen, for everybody, and on paper."""

import io
import re
from collections.abc import Callable
from pathlib import Path

import pypdfium2
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page
from sample_report import STEMS

WIDTHS = (360, 768, 1440)
STANDARD = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
PAGES = ["index", *STEMS]
Show = Callable[..., Page]


@pytest.mark.parametrize("stem", PAGES)
def test_a_page_asks_for_nothing_says_nothing_and_fits_the_screen(
    show: Show, outside: list[str], stem: str
) -> None:
    page = show(stem)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= width, f"at {width} px"
    assert page.title()
    assert outside == []


@pytest.mark.parametrize("stem", PAGES)
def test_a_page_can_be_used_by_everybody(show: Show, stem: str) -> None:
    """The rules of WCAG 2.2 AA that a program can check."""
    found = Axe().run(show(stem, width=1024), options={"runOnly": {"type": "tag", "values": STANDARD}})
    wrong = {
        rule["id"]: [node["html"][:120] for node in rule["nodes"][:3]]
        for rule in found.response["violations"]
    }
    assert wrong == {}
    assert len(found.response["passes"]) > 10


def test_the_keyboard_reaches_the_content_first(show: Show) -> None:
    page = show("79/trend")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Đến nội dung chính"
    page.keyboard.press("Enter")
    assert page.url.endswith("#main")


def codes(page: Page) -> list[str]:
    """Codes of the rows that show, from top to bottom."""
    rows = page.locator("#tab-organisations tbody tr:visible")
    return [str(code) for code in rows.evaluate_all("rows => rows.map(row => row.dataset.code)")]


def rates(page: Page) -> list[float]:
    column = page.locator("#tab-organisations tbody tr:not(.nation) td:nth-child(3)").all_text_contents()
    return [float(text.replace(",", ".")) for text in column]


def test_the_table_is_sorted_by_keyboard(show: Show) -> None:
    page = show("index")
    assert codes(page) == ["VN", "01", "45", "79"]
    head = page.locator("#tab-organisations th[data-column='2']")
    head.get_by_role("button").focus()
    page.keyboard.press("Enter")
    assert head.get_attribute("aria-sort") == "ascending"
    assert codes(page)[0] == "VN"
    assert rates(page) == sorted(rates(page))
    page.keyboard.press("Space")
    assert head.get_attribute("aria-sort") == "descending"
    assert rates(page) == sorted(rates(page), reverse=True)
    page.locator("#tab-organisations th[data-column='0']").get_by_role("button").press("Enter")
    assert head.get_attribute("aria-sort") is None
    names = page.locator("#tab-organisations tbody th").all_text_contents()
    assert names == ["Toàn quốc", "Hà Nội", "Hồ Chí Minh", "Quảng Trị"]


def test_a_missing_figure_is_last_in_both_directions(show: Show) -> None:
    page = show("index")
    page.evaluate("document.querySelector('tr[data-code=\"45\"]').cells[2].dataset.key = ''")
    head = page.locator("#tab-organisations th[data-column='2']").get_by_role("button")
    for _ in range(2):
        head.press("Enter")
        assert codes(page)[-1] == "45"


@pytest.mark.parametrize(
    ("typed", "found"), [("quang tri", ["45"]), ("Hồ Chí", ["79"]), ("01", ["01"]), ("nowhere", [])]
)
def test_the_table_is_searched_by_keyboard(show: Show, typed: str, found: list[str]) -> None:
    page = show("index")
    search = page.get_by_role("searchbox", name="Tìm cơ quan")
    search.focus()
    page.keyboard.type(typed)
    assert codes(page) == found
    assert page.get_by_role("status").text_content() == f"{len(found)} trên 4 dòng"
    search.fill("")
    assert codes(page) == ["VN", "01", "45", "79"]


def test_without_scripts_the_front_page_is_whole(browser: Browser, report: Path) -> None:
    context = browser.new_context(java_script_enabled=False, viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.goto((report / "index.html").as_uri())
    assert page.locator("#tab-organisations tbody tr").count() == 4
    assert not page.get_by_role("searchbox").is_visible()
    assert page.get_by_role("table").first.is_visible()
    context.close()


def paper(page: Page) -> list[str]:
    """Text of each sheet of A4 that a page prints on."""
    with pypdfium2.PdfDocument(io.BytesIO(page.pdf(prefer_css_page_size=True))) as document:
        sheets = []
        for sheet in document:
            sizes = sorted(round(points / 72 * 25.4) for points in sheet.get_size())
            assert sizes == [210, 297]
            sheets.append(sheet.get_textpage().get_text_range())
    return sheets


def words(text: str) -> list[str]:
    return re.findall(r"[\w,.%+−]+", text)


def test_the_front_page_prints_on_a4_with_nothing_cut(show: Show) -> None:
    page = show("index")
    sheets = paper(page)
    assert len(sheets) <= 6
    printed = set(words(" ".join(sheets)))
    for part in (".page-head", ".headline", "#tab-organisations tbody th", "#tab-organisations tbody td.num"):
        for text in page.locator(part).all_inner_texts():
            assert set(words(text)) <= printed, part
    assert any("Bình" in sheet or "Quảng Trị" in sheet for sheet in sheets)
    assert all(f"{number} / {len(sheets)}" in sheet for number, sheet in enumerate(sheets, start=1))


def test_the_bulletin_prints_on_one_sheet(show: Show) -> None:
    page = show("VN/brief")
    (sheet,) = paper(page)
    assert set(words(page.locator("main .prose").last.inner_text())) <= set(words(sheet))
    assert "1 / 1" in sheet


def test_what_stands_at_the_right_edge_is_on_the_paper(show: Show, report: Path) -> None:
    """No element reaches beyond the text's width on A4: 170 mm upright, 273 mm across."""
    page = show("index")
    page.emulate_media(media="print")
    try:
        for selector, millimetres in (("main > :not(.organisations)", 170), (".organisations", 273)):
            page.set_viewport_size({"width": round(millimetres / 25.4 * 96), "height": 1000})
            wide = page.locator(selector).evaluate_all("all => Math.max(...all.map(e => e.scrollWidth))")
            assert wide <= round(millimetres / 25.4 * 96), selector
    finally:
        page.emulate_media(media="screen")
