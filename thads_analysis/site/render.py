"""An executed notebook to a page of HTML that needs nothing but a browser."""

from __future__ import annotations

__all__ = ["render_page"]

from functools import cache
from typing import TYPE_CHECKING, Any

from thads_analysis.locale import locale_for
from thads_analysis.site.templating import css_text, template_loader

if TYPE_CHECKING:
    from nbconvert.exporters import TemplateExporter
    from nbformat import NotebookNode


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
        A page with its styles inside and no script.
    """
    resources = {"lang": lang, "page_title": title}
    html, _ = _exporter().from_notebook_node(notebook, resources=resources)
    return str(html)


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
