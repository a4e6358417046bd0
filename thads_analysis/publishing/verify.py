"""Whether a period's folder is whole: pages, links, figures, records, hashes."""

from __future__ import annotations

__all__ = ["check_tree", "leaders_files"]

import hashlib
import posixpath
import re
from collections.abc import Collection, Iterator, Mapping
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from thads_analysis.errors import UsageError
from thads_analysis.locale import locale_for
from thads_analysis.report.records import read_record
from thads_analysis.run import read_manifest
from thads_analysis.site import FRONT_SCRIPT, check_page
from thads_analysis.site.sources import source_addresses

_INDEX = "index.html"
_FOR_LEADERS = (".html", ".xlsx", ".docx")
_HEADLINE = "completion_rate"


def leaders_files(folder: Path) -> list[Path]:
    """Files of a period's folder that are handed on: pages, workbooks, letters; relative, in order.

    The notebooks, the records and the log stay with the office that made them, and so do the pages of
    single cases.
    """
    manifest = read_manifest(folder)
    entries = manifest.entries if manifest else []
    kept = {f"{entry.stem}.html" for entry in entries if entry.internal}
    found = (
        file.relative_to(folder)
        for file in folder.rglob("*")
        if file.suffix in _FOR_LEADERS and "failed" not in file.relative_to(folder).parts
    )
    return sorted((path for path in found if path.as_posix() not in kept), key=lambda path: path.as_posix())


def check_tree(folder: Path) -> list[str]:
    """List what is wrong with a period's folder, nothing when it may be handed on.

    Every page and document of the manifest must be there with the hash that the run noted. A page must
    hold the figures and tables of its record, link only to what is there, load nothing, and print the
    rates that its record states; nothing may have failed.

    Raises
    ------
    UsageError
        When the folder holds no report.
    DataError
        When its manifest cannot be read.
    """
    manifest = read_manifest(folder)
    if manifest is None:
        message = f"{folder} holds no report: it has no manifest.json. Make it with: thads run PERIOD"
        raise UsageError(message)
    sources = set(source_addresses().values()) if manifest.link_sources else set()
    faults = []
    for entry in manifest.entries:
        if entry.status == "failed":
            faults.append(f"{entry.stem}: the page was not made ({entry.error})")
            continue
        wrong = [fault for file in entry.files if (fault := _check_file(folder, file.path, file.sha256))]
        faults += wrong or _check_page(folder, entry.stem, manifest.lang, sources)
    known = {file.path for file in manifest.documents}
    faults += [f for file in manifest.documents if (f := _check_file(folder, file.path, file.sha256))]
    handed = [file.as_posix() for file in leaders_files(folder)]
    faults += [
        f"{path}: the manifest does not know this file"
        for path in handed
        if not path.endswith(".html") and path not in known
    ]
    pages = {path for path in handed if path.endswith(".html")}
    made = {f"{entry.stem}.html" for entry in manifest.entries if entry.status == "ok"}
    faults += [f"{page}: the manifest does not know this page" for page in sorted(pages - made - {_INDEX})]
    if _INDEX in pages:
        html = (folder / _INDEX).read_text(encoding="utf-8")
        faults += [f"{_INDEX}: {fault}" for fault in check_page(html, [], FRONT_SCRIPT)]
    else:
        faults.append(f"{_INDEX} is missing")
    for page in sorted(pages):
        faults += [f"{page}: {fault}" for fault in _dead_links(folder, page, handed, sources)]
    return faults


def _check_file(folder: Path, path: str, sha256: str) -> str | None:
    file = folder / path
    if not file.is_file():
        return f"{path} is missing"
    if hashlib.sha256(file.read_bytes()).hexdigest() != sha256:
        return f"{path} is not what the run wrote: its hash differs"
    return None


def _check_page(folder: Path, stem: str, lang: str, sources: Collection[str]) -> Iterator[str]:
    html = (folder / f"{stem}.html").read_text(encoding="utf-8")
    record = _read_record(folder, stem)
    anchors = [exhibit["id"] for exhibit in record["exhibits"]]
    for fault in check_page(html, anchors, sources=sources):
        yield f"{stem}.html: {fault}"
    text = unescape(re.sub(r"<[^>]*>", " ", html))
    locale = locale_for(lang)
    for figure in record["figures"]:
        own = (figure["org_code"], figure["period"]) == (record["org_code"], record["period"])
        if own and figure["identifier"] == _HEADLINE and figure["value"] is not None:
            printed = locale.decimal(float(figure["value"]), 2)
            if printed not in text:
                yield f"{stem}.html: the record states {_HEADLINE} {printed}; the page does not print it"


def _read_record(folder: Path, stem: str) -> Mapping[str, Any]:
    try:
        text = (folder / f"{stem}.json").read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        text = ""
    return read_record(text, f"{stem}.json")


def _dead_links(folder: Path, page: str, handed: Collection[str], sources: Collection[str]) -> Iterator[str]:
    links = _Links()
    links.feed((folder / page).read_text(encoding="utf-8"))
    for href in [href for href in links.hrefs if href not in sources]:
        path, _, anchor = href.partition("#")
        target = posixpath.normpath(posixpath.join(posixpath.dirname(page), unquote(path))) if path else page
        if target not in handed:
            yield f"the link to {href} leads nowhere"
        elif anchor and target == page and anchor not in links.ids:
            yield f"there is no place {anchor} on the page"


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.hrefs: dict[str, None] = {}
        self.ids: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag == "a" and (href := values.get("href")):
            self.hrefs[href] = None
        if identifier := values.get("id"):
            self.ids.add(identifier)
