"""Sources as links: only when the reader's office asks for it, and only to addresses that we carry."""

from __future__ import annotations

__all__ = ["link_sources", "source_addresses"]

import re
from collections.abc import Mapping

from markupsafe import escape

from thads_analysis import config
from thads_analysis.load import load_published
from thads_analysis.metrics.target import known_targets

_LINK = re.compile(r'<a class="source" href="[^"]*" rel="noreferrer">(.*?)</a>', flags=re.DOTALL)
_ADDRESS = re.compile(r"https?://[^\s\"'<>;]+")
_TAG = re.compile(r"(<[^>]*>)")
_CLOSED = ("style", "title", "a", "script")
"""Elements in which nothing becomes a link."""


@config.cached
def source_addresses() -> dict[str, str]:
    """Address of each publication and target by its citation: of the web, and none out of data."""
    frame = load_published()
    pairs = [
        *zip(frame["citation"], frame["source"], strict=True),
        *((target.citation, target.source) for target in known_targets()),
    ]
    return {str(cited): str(at) for cited, at in pairs if _ADDRESS.fullmatch(str(at))}


def link_sources(html: str, addresses: Mapping[str, str]) -> str:
    """Make each citation in a page's text a link that tells the other side nothing of the page.

    Parameters
    ----------
    html : str
        A page, new or linked before.
    addresses : mapping
        Address by citation; without any, links made before become text again.

    Returns
    -------
    str
        The page. Linking twice changes nothing.
    """
    plain = _LINK.sub(r"\1", html)
    if not addresses:
        return plain
    known = {str(escape(cited)): address for cited, address in addresses.items()}
    # The longest first: a citation may begin as another does.
    wanted = re.compile("|".join(re.escape(cited) for cited in sorted(known, key=len, reverse=True)))

    def link(found: re.Match[str]) -> str:
        return f'<a class="source" href="{escape(known[found[0]])}" rel="noreferrer">{found[0]}</a>'

    parts, closed = [], 0
    for part in _TAG.split(plain):
        if part.startswith("<"):
            name = re.match(r"</?(\w*)", part)
            if name and name[1].lower() in _CLOSED:
                closed += -1 if part.startswith("</") else 1
            parts.append(part)
        else:
            parts.append(part if closed else wanted.sub(link, part))
    return "".join(parts)
