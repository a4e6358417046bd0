"""The built documentation asks for nothing outside of itself, and every link in it leads somewhere."""

from __future__ import annotations

import re
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

_LOADS = {"script": "src", "link": "href", "img": "src", "source": "src", "iframe": "src", "video": "src"}
_CSS_ADDRESS = re.compile(r"""(?:url\(|@import)\s*["']?((?:https?:)?//[^"')]+)""")


class Page(HTMLParser):
    """What a page loads, where its links lead, and the anchors that it has."""

    def __init__(self, file: Path) -> None:
        super().__init__()
        self.loads: set[str] = set()
        self.links: set[str] = set()
        self.anchors: set[str] = set()
        self.feed(file.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take in one element."""
        found = dict(attrs)
        self.anchors.add(found.get("id") or "")
        if address := found.get(_LOADS.get(tag, "")):
            self.loads.add(address)
        if tag == "a" and (address := found.get("href")):
            self.links.add(address)


def find_faults(folder: Path) -> list[str]:
    """List what is wrong in a folder of pages, one line each."""
    files = [file for file in sorted(folder.rglob("*.html")) if "_static" not in file.parts]
    pages = {file.resolve(): Page(file) for file in files}
    faults = []
    for file, page in pages.items():
        for address in sorted(page.loads | page.links):
            parts = urlsplit(address)
            if parts.scheme == "data":
                continue
            if parts.scheme or parts.netloc:
                faults += [f"{file}: loads {address}"] if address in page.loads else []
                continue
            target = (file.parent / unquote(parts.path)).resolve() if parts.path else file
            anchor = unquote(parts.fragment)
            if not target.is_file() or (anchor and target in pages and anchor not in pages[target].anchors):
                faults.append(f"{file}: {address} leads nowhere")
    for style in sorted(folder.rglob("*.css")):
        addresses = _CSS_ADDRESS.findall(style.read_text(encoding="utf-8"))
        faults += [f"{style}: loads {address}" for address in addresses]
    return faults


if __name__ == "__main__":
    sys.exit("\n".join(find_faults(Path(sys.argv[1]))) or 0)
