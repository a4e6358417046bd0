"""The templates of the site and what they may call."""

from __future__ import annotations

__all__ = [
    "css_text",
    "org_name",
    "page_label",
    "page_order",
    "page_titles",
    "render_template",
    "template_loader",
]

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from thads_analysis.errors import UsageError
from thads_analysis.glossary import N_
from thads_analysis.locale import Locale
from thads_analysis.org import Org
from thads_analysis.report.exhibits import plain_value

_PAGE_LABELS = {
    "brief": N_("Bản tin"),
    "overview": N_("Tổng quan"),
    "diagnostics": N_("Chẩn đoán"),
    "trend": N_("Xu hướng"),
    "forecast": N_("Dự báo"),
    "evaluation": N_("Đánh giá dự báo"),
    "quality": N_("Chất lượng số liệu"),
    "cases": N_("Từng việc"),
}


def page_label(page: str, locale: Locale, title: str = "") -> str:
    """Short name of a page for a link; one of an analyst's own goes by its title, else its file's name."""
    return locale.text(_PAGE_LABELS[page]) if page in _PAGE_LABELS else title or page


def page_titles(sidecars: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """Return the titles of pages by topic, as their records have them."""
    return {str(one["page"]): str(one["title"]) for one in sidecars.values() if "title" in one}


def org_name(entry: Mapping[str, Any], locale: Locale) -> str:
    """Name of the organisation of an entry of the manifest; a group has an English name of its own."""
    try:
        org = Org.from_key(f"{entry['org_regime']}:{entry['org_code']}".removeprefix(":"))
    except UsageError:  # a group that has been given up since
        return str(entry["org_name"])
    return locale.name(org) if org.name_en else locale.text(entry["org_name"])


def page_order(page: str) -> tuple[int, str]:
    """Key that puts the pages of an organisation in the order in which they are read."""
    known = list(_PAGE_LABELS)
    return (known.index(page) if page in known else len(known), page)


def css_text(text: str) -> str:
    """Write a text as a string of CSS that can end neither the string nor the style element."""
    return '"' + re.sub(r"[^\w .,:;()/·-]", lambda found: f"\\{ord(found[0]):x} ", text) + '"'


def template_loader() -> PackageLoader:
    """Return the loader of ``site/templates``."""
    return PackageLoader("thads_analysis.site")


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=template_loader(),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=plain_value,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["css_text"] = css_text
    return environment


def render_template(name: str, locale: Locale, **values: Any) -> str:
    """Render a template with everything escaped; inside it ``_`` translates a Vietnamese text."""
    return _environment().get_template(name).render(_=locale.text, lang=locale.lang, **values)
