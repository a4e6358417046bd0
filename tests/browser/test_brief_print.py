"""The bulletin printed by a real browser: one sheet of A4, and every word of the page on it."""

from __future__ import annotations

import re
from pathlib import Path

import pypdfium2
import pytest
from bs4 import BeautifulSoup
from playwright.sync_api import Browser

A4 = (595, 842)


def squeeze(text: str) -> str:
    """Text without the spaces and hyphens at which lines break."""
    return re.sub(r"[\s\u00ad\u200b\ufffe-]+", "", text)


@pytest.fixture(scope="module")
def sheet(browser: Browser, report: Path) -> tuple[bytes, Path]:
    file = report / "VN" / "brief.html"
    page = browser.new_page()
    page.goto(file.as_uri())
    printed = page.pdf(prefer_css_page_size=True, print_background=True)
    page.close()
    return printed, file


def test_it_is_one_sheet_of_a4(sheet: tuple[bytes, Path]) -> None:
    with pypdfium2.PdfDocument(sheet[0]) as document:
        assert [tuple(round(side) for side in page.get_size()) for page in document] == [A4]


def test_every_word_of_the_page_is_on_it(sheet: tuple[bytes, Path]) -> None:
    printed, file = sheet
    with pypdfium2.PdfDocument(printed) as document:
        on_paper = squeeze(document[0].get_textpage().get_text_range())
    main = BeautifulSoup(file.read_text(encoding="utf-8"), "html.parser").find("main")
    blocks = [
        block.get_text()
        for block in main.find_all(["h1", "h2", "p", "th", "td", "dt", "dd", "caption", "figcaption"])
    ]
    assert len(blocks) > 40
    assert [block for block in blocks if squeeze(block) not in on_paper] == []
