"""An executed notebook to a page of HTML that needs nothing but a browser."""

from __future__ import annotations

__all__ = ["render_page"]

import re
from functools import cache
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from thads_analysis.locale import Locale, locale_for
from thads_analysis.site.templating import css_text, render_template, template_loader

if TYPE_CHECKING:
    from nbconvert.exporters import TemplateExporter
    from nbformat import NotebookNode

_SECTION = re.compile(r"<h2>(.*?)</h2>", flags=re.DOTALL)
_FEWEST_SECTIONS = 3


def render_page(notebook: NotebookNode, *, title: str, lang: str) -> str:
    """Render the prose and the HTML outputs of an executed notebook; no code, no other output.

    Parameters
    ----------
    notebook : NotebookNode
        Executed, not changed here.
    title : str
        Title of the browser's window and of the printed footer.
    lang : {"vi", "en"}
        Language of the page. The prose of the notebook is Vietnamese; a cell that the catalogue
        translates is translated whole.

    Returns
    -------
    str
        A page with its styles inside and no script. Its sections have anchors, and a list of them stands
        before the first.
    """
    locale = locale_for(lang)
    resources = {"lang": lang, "page_title": title, "skip": locale.text("Đến nội dung chính")}
    html, _ = _exporter().from_notebook_node(notebook, resources=resources)
    return _list_sections(str(html), locale)


def _list_sections(html: str, locale: Locale) -> str:
    """Give the sections anchors, and list them before the first where there are several."""
    titles: list[str] = []

    def mark(head: re.Match[str]) -> str:
        titles.append(head[1])
        return f'<h2 id="section-{len(titles)}">{head[1]}</h2>'

    marked = _SECTION.sub(mark, html)
    if len(titles) < _FEWEST_SECTIONS:
        return marked
    sections = [{"anchor": f"section-{n}", "title": Markup(title)} for n, title in enumerate(titles, 1)]  # noqa: S704 - markup of this page
    contents = render_template("sections.html.j2", locale, sections=sections)
    start = re.search(r'(<div class="prose">\n)?<h2 id="section-1">', marked)
    at = start.start() if start else 0
    return f"{marked[:at]}{contents}{marked[at:]}"


@cache
def _exporter() -> TemplateExporter:
    """Build the exporter, once a process: it costs more than a hundred pages."""
    from nbconvert.exporters import TemplateExporter
    from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
    from nbconvert.preprocessors import Preprocessor
    from traitlets import Bool, List, Unicode

    def markdown(source: str) -> str:
        renderer = IPythonRenderer(escape=False, allow_harmful_protocols=False, exclude_anchor_links=True)
        return str(MarkdownWithMath(renderer=renderer).render(source))

    class Translate(Preprocessor):
        """Put the prose into the language of the page."""

        enabled = Bool(True)

        def preprocess_cell(
            self, cell: NotebookNode, resources: dict[str, Any], index: int
        ) -> tuple[NotebookNode, dict[str, Any]]:
            if cell.cell_type == "markdown":
                cell.source = locale_for(resources["lang"]).text(cell.source)
            return cell, resources

    class PageExporter(TemplateExporter):
        # Not HTMLExporter: it pulls scripts from the network and invents alternative texts.
        file_extension = Unicode(".html")
        output_mimetype = "text/html"
        default_preprocessors = List([Translate])

    return PageExporter(  # type: ignore[no-untyped-call]
        template_paths=[],
        extra_loaders=[template_loader()],
        template_file="page.html.j2",
        filters={"markdown": markdown, "css_text": css_text},
    )
