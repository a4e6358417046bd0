"""Pages over the simulated sample, without a store: for tests of what a page says."""

from __future__ import annotations

from dataclasses import replace

import nbformat
import pandas as pd
from nbformat.v4 import new_output

from thads_analysis.context import Context
from thads_analysis.locale import locale_for
from thads_analysis.metrics import national
from thads_analysis.org import Org
from thads_analysis.paths import notebook_file
from thads_analysis.period import Period
from thads_analysis.report.exhibits import Exhibit
from thads_analysis.report.page import Page
from thads_analysis.site import render_page


def make_context(panel: pd.DataFrame, observations: pd.DataFrame, period: Period) -> Context:
    """What the pages of a period share, with one made-up revision."""
    years, months = panel.index.get_level_values("fiscal_year"), panel.index.get_level_values("months")
    known = panel[(years < period.fiscal_year) | ((years == period.fiscal_year) & (months <= period.months))]
    by_period = observations.groupby(["fiscal_year", "months"])
    origins = by_period[["provenance", "source", "as_of", "vintage"]].last()
    revision = {
        "org_regime": "63",
        "org_code": "45",
        "measure": "cases",
        "item": "completed",
        "earlier": 2131,
        "later": 2130,
        "difference": -1,
        "earlier_as_of": pd.Timestamp("2023-07-05"),
        "later_as_of": pd.Timestamp("2023-08-05"),
    }
    return Context(period, known, national(known).droplevel("org"), origins, pd.DataFrame([revision]))


def with_source(context: Context, source: str) -> Context:
    """The same figures from another source; what was computed of them is kept."""
    other = replace(context, origins=context.origins.assign(source=source))
    other.__dict__.update({name: value for name, value in vars(context).items() if name not in vars(other)})
    other.__dict__.pop("origin_rows", None)
    return other


def make_page(context: Context, name: str, org: Org, lang: str = "vi", data: str = "") -> Page:
    """Open a page of a topic for an organisation; ``data`` is where its cases are."""
    return Page(name, org, context.period, locale_for(lang), context, data)


def render_topic(page: Page, topic: str, **parameters: object) -> str:
    """Run the cells of a topic's notebook on an open page, and render what they show."""
    notebook = nbformat.read(notebook_file(topic), as_version=4)
    known: dict[str, object] = {}
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        if "parameters" in cell.metadata.get("tags", ()):
            exec(cell.source, known)  # noqa: S102 - a cell of our own notebook
            known.update(parameters)
        elif "open_page(" in cell.source:
            exec(cell.source.split("page =")[0], known)  # noqa: S102
            known["page"] = page
            cell.outputs = [new_output("display_data", data={"text/html": page.header().html})]
        elif isinstance(shown := eval(cell.source, known), Exhibit):  # noqa: S307
            cell.outputs = [new_output("display_data", data={"text/html": shown.html})]
    return render_page(notebook, title=page.title, lang=page.locale.lang)
