"""Tiny notebooks for tests of the run, so that they need neither the real ones nor their data."""

from __future__ import annotations

from pathlib import Path

import nbformat

PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="

PARAMETERS = """period: str = "2023-M09"
org: str = "VN"
lang: str = "vi"
data: str = ""
"""

EXHIBITS = f"""from IPython.display import HTML, display

display(HTML('<header class="page-head"><h1>Trang thử</h1></header>'))
display(HTML('<figure id="fig-a"><img src="data:image/png;base64,{PIXEL}" alt="Một điểm ảnh"></figure>'))
display(HTML('<table class="data" id="tab-a"><tr><td class="num">66,53</td></tr></table>'))
"""

RECORD = """figure = {"org_regime": "63" if org != "VN" else "", "org_code": org, "period": period,
          "bound": "exact", "derived": True, "provenance": "simulated", "source": "Thử",
          "as_of": "2023-07-05", "vintage": "unspecified"}
shown = [("completion_rate", "cases", 66.53, "percent"), ("completion_rate", "money", 32.45, "percent"),
         ("completion_rate_change", "cases", 2.18, "pp"), ("gap_full_year", "money", -13.05, "pp"),
         ("rank", "cases", 3, "rank")]
record = {"title": "Trang thử", "page": PAGE, "lang": lang, "org_regime": figure["org_regime"],
          "org_code": org, "org_name": {"VN": "Toàn quốc", "79": "Hồ Chí Minh"}.get(org, org),
          "period": period,
          "provenance": ["simulated"], "as_of": "2023-07-05", "sources": ["Thử"],
          "figures": [{**figure, "identifier": i, "measure": m, "value": v, "unit": u}
                      for i, m, v, u in shown],
          "exhibits": [{"id": "fig-a", "kind": "figure", "title": "Hình"}]}
display({"application/vnd.thads.page+json": record}, raw=True)
"""


def write_notebook(
    folder: Path,
    name: str,
    *cells: str,
    page: str = "trend",
    orgs: tuple[str, ...] = ("nation", "province"),
    exhibits: tuple[str, ...] = ("fig-a", "tab-a"),
) -> Path:
    """Write a notebook of parameters, prose and the given code cells; by default those of a good page."""
    sources = cells or (EXHIBITS, RECORD)
    notebook = nbformat.v4.new_notebook()
    notebook.metadata = {
        "kernelspec": {"name": "python3", "language": "python", "display_name": "Python 3"},
        "thads": {"page": page, "orgs": list(orgs), "exhibits": list(exhibits)},
    }
    notebook.cells = [
        nbformat.v4.new_code_cell(PARAMETERS, id="parameters", metadata={"tags": ["parameters"]}),
        nbformat.v4.new_markdown_cell("## Ở đâu?\n\nLời **dẫn**.", id="prose"),
        *(
            nbformat.v4.new_code_cell(source.replace("PAGE", repr(page)), id=f"cell-{n}")
            for n, source in enumerate(sources)
        ),
    ]
    file = folder / f"{name}.ipynb"
    nbformat.write(notebook, file)
    return file
