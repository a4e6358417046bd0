"""Whether a page may be published: what it must hold, and what it must never hold."""

from __future__ import annotations

__all__ = ["check_page"]

import re
from collections.abc import Collection, Iterable
from html.parser import HTMLParser

_ACTIVE = frozenset(
    {
        "applet",
        "base",
        "embed",
        "form",
        "frame",
        "iframe",
        "link",
        "math",
        "object",
        "portal",
        "script",
        "svg",
    }
)
"""Elements that run, load or send something, or in which such things hide. No page needs one."""

_ADDRESSES = frozenset(
    {
        "action",
        "background",
        "cite",
        "data",
        "formaction",
        "href",
        "ping",
        "poster",
        "src",
        "srcset",
        "xlink:href",
    }
)
_LOADING_STYLE = re.compile(r"url\(|@import|image-set\(|expression\(", flags=re.IGNORECASE)


def check_page(
    html: str, exhibits: Iterable[str], script: str = "", sources: Collection[str] = ()
) -> list[str]:
    """List the faults of a page, none when it may be published.

    Parameters
    ----------
    html : str
        The whole page.
    exhibits : iterable of str
        Anchors of the figures and tables that must be there.
    script : str
        The one script that it may hold, inline and to the letter; empty for none.
    sources : collection of str
        Addresses outside to which a link may lead, if it tells them nothing of the page.

    Returns
    -------
    list of str
        Each fault once: an exhibit that is missing, an element or attribute that could run
        something, an address outside the folder of pages, an image without a text for it.
    """
    reader = _Reader(script, sources)
    reader.feed(html)
    reader.close()
    missing = [f"{exhibit} is missing" for exhibit in exhibits if exhibit not in reader.ids]
    return missing + list(dict.fromkeys(reader.faults))


class _Reader(HTMLParser):
    def __init__(self, script: str, sources: Collection[str]) -> None:
        super().__init__()
        self._script, self._sources = script, sources
        self._found: str | None = None
        self.ids: set[str] = set()
        self.faults: list[str] = []
        self._in_body = False
        self._in_style = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "script" and self._script and not attrs:
            self._found = ""
        elif tag in _ACTIVE or (tag == "meta" and self._in_body):
            self.faults.append(f"it holds <{tag}>")
        self._in_body = self._in_body or tag == "body"
        self._in_style = tag == "style"
        values = {name: value or "" for name, value in attrs}
        if "id" in values:
            self.ids.add(values["id"])
        if tag == "img" and not values.get("alt", "").strip():
            self.faults.append("an image has no alternative text")
        for name, value in values.items():
            if name.startswith("on"):
                self.faults.append(f"<{tag}> has {name}")
            known = tag == "a" and values.get("rel") == "noreferrer" and value in self._sources
            if name in _ADDRESSES and not known and not _stays_inside(value, image=tag == "img"):
                self.faults.append(f"<{tag}> points outside: {value[:60]}")
            if name == "style" and _LOADING_STYLE.search(value):
                self.faults.append(f"the style of <{tag}> loads something")

    def handle_endtag(self, tag: str) -> None:
        if tag == "script" and self._found is not None:
            if self._found != self._script:
                self.faults.append("it holds <script>")
            self._found = None
        self._in_style = self._in_style and tag != "style"

    def handle_data(self, data: str) -> None:
        if self._found is not None:
            self._found += data
        if self._in_style and _LOADING_STYLE.search(data):
            self.faults.append("a style loads something")


def _stays_inside(address: str, *, image: bool) -> bool:
    """Whether an address is an image in the page itself, or relative."""
    plain = re.sub(r"[\x00-\x20]", "", address).lower()  # browsers skip these
    if image:
        return plain.startswith("data:image/")
    return not re.match(r"[a-z][a-z0-9+.-]*:|[\\/]", plain)
