"""Sources are text; with --link-sources they are links that tell nothing, and can be taken back."""

from __future__ import annotations

import pytest
from bs4 import BeautifulSoup
from hypothesis import given
from hypothesis import strategies as st

from thads_analysis.site import check_page
from thads_analysis.site.sources import link_sources, source_addresses

KNOWN = {
    "Kết quả": "https://a.org/1",
    "Kết quả & chỉ tiêu \"2023\"": "https://a.org/2?x=1&y=2",
}  # fmt: skip
PAGE = (
    "<html><head><title>Kết quả</title><style>/* Kết quả */</style></head><body>"
    '<img alt="Kết quả" src="data:image/png;base64,AA=="><a href="#x">Kết quả</a>'
    "<p>Nguồn: Kết quả &amp; chỉ tiêu &#34;2023&#34;; Kết quả.</p></body></html>"
)


def hrefs(html: str) -> list[tuple[str, list[str]]]:
    return [(a["href"], a.get("rel", [])) for a in BeautifulSoup(html, "html.parser").find_all("a")]


def test_citations_in_the_text_become_links_and_nothing_else_does():
    linked = link_sources(PAGE, KNOWN)
    assert hrefs(linked) == [
        ("#x", []),
        ("https://a.org/2?x=1&y=2", ["noreferrer"]),
        ("https://a.org/1", ["noreferrer"]),
    ]
    assert "<title>Kết quả</title><style>/* Kết quả */</style>" in linked
    assert 'alt="Kết quả"' in linked


def test_linking_twice_changes_nothing_and_links_can_be_taken_back():
    linked = link_sources(PAGE, KNOWN)
    assert link_sources(linked, KNOWN) == linked
    assert link_sources(linked, {}) == link_sources(PAGE, {}) == PAGE


@given(st.text(), st.text(alphabet="<>&\"'=; aK"))
def test_a_page_of_any_text_keeps_it(before, after):
    from markupsafe import escape

    html = f"<p>{escape(before)}Kết quả{escape(after)}</p>"
    text = BeautifulSoup(html, "html.parser").get_text()
    assert BeautifulSoup(link_sources(html, KNOWN), "html.parser").get_text() == text


def test_only_known_addresses_pass_the_check_and_only_without_a_referrer():
    linked = link_sources(PAGE, KNOWN)
    assert check_page(linked, [], sources=set(KNOWN.values())) == []
    assert check_page(linked, []) == [
        "<a> points outside: https://a.org/2?x=1&y=2", "<a> points outside: https://a.org/1",
    ]  # fmt: skip
    tells = linked.replace(' rel="noreferrer"', "")
    assert len(check_page(tells, [], sources=set(KNOWN.values()))) == 2


@pytest.mark.parametrize("scheme", ["javascript:", "data:", "file:"])
def test_our_tables_hold_only_addresses_of_the_web(scheme):
    addresses = source_addresses()
    assert len(addresses) > 20
    assert not [at for at in addresses.values() if at.startswith(scheme) or not at.startswith("http")]
