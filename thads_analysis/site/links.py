"""Links between the pages of a period: only to pages that are there."""

from __future__ import annotations

__all__ = ["link_page"]

import posixpath
import re
from collections.abc import Collection, Mapping
from types import MappingProxyType

from thads_analysis.locale import locale_for
from thads_analysis.period import Period
from thads_analysis.site.templating import page_label, page_order, render_template

_NAVIGATION = re.compile(r'<nav class="site-nav".*?</nav>', flags=re.DOTALL)
_PAGE_LINK = re.compile(r'<a (?:href|data-page)="(\.\./[^"#]*\.html)')


def link_page(
    html: str,
    *,
    stem: str,
    names: Mapping[str, str],
    stems: Collection[str],
    period: Period,
    lang: str,
    titles: Mapping[str, str] = MappingProxyType({}),
) -> str:
    """Fill in a page's navigation, and leave no link on it that leads nowhere.

    A notebook does not know which other pages its run makes. It links as if all were there; here a
    link to a page that is not becomes plain text, and comes back when the page does.

    Parameters
    ----------
    html : str
        The page, new or linked before.
    stem : str
        Its path in the period's folder, without suffix: ``79/trend``.
    names : mapping of str to str
        Names of the organisations by code, in the page's language and the order in which they are listed.
    stems : collection of str
        The pages that are there, by the same kind of path.
    period : Period
    lang : {"vi", "en"}
    titles : mapping of str to str
        Titles of pages, for those of an analyst's own.

    Returns
    -------
    str
        The page with ``<nav class="site-nav">`` filled in. Linking twice changes nothing.
    """
    locale = locale_for(lang)
    folder, page = posixpath.split(stem)
    there: dict[str, list[str]] = {}
    for other in stems:
        code, _, name = other.partition("/")
        there.setdefault(code, []).append(name)
    pages = [
        {
            "label": page_label(name, locale, titles.get(name, "")),
            "href": f"{name}.html",
            "current": name == page,
        }
        for name in sorted(there.get(folder, ()), key=page_order)
    ]
    navigation = render_template(
        "nav.html.j2",
        locale,
        pages=pages,
        org_name=names[folder],
        period=period.label(lang),
        others=[
            {"name": name, "href": f"../{code}/{_nearest(page, there[code])}.html"}
            for code, name in names.items()
            if code != folder and code in there
        ],
    ).strip()

    def point(link: re.Match[str]) -> str:
        target = posixpath.normpath(posixpath.join(folder, link[1])).removesuffix(".html")
        return f'<a {"href" if target in stems else "data-page"}="{link[1]}'

    # The navigation leads to the index, which is no page of an organisation: it goes in last.
    return _NAVIGATION.sub(lambda _: navigation, _PAGE_LINK.sub(point, html), count=1)


def _nearest(page: str, pages: Collection[str]) -> str:
    """The page of the same topic, or else the first."""
    return page if page in pages else min(pages, key=page_order)
