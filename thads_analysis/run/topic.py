"""What is the user's own: the configuration tried out, and a new notebook to begin from."""

from __future__ import annotations

__all__ = ["check_configuration", "write_topic"]

import re
from pathlib import Path

from thads_analysis import config
from thads_analysis.errors import UsageError
from thads_analysis.forecast import methods
from thads_analysis.metrics import target_for
from thads_analysis.metrics.peers import chosen_peers
from thads_analysis.org import NATION, groups
from thads_analysis.period import Period
from thads_analysis.run.plan import read_topics

_PARAMETERS = """\
period: str = "2023-M09"  # năm thống kê và số tháng từ 1/10
org: str = "VN"  # VN, mã hoặc tên địa phương
lang: str = "vi"  # vi hoặc en
data: str = ""  # thư mục dữ liệu; để trống: nơi mặc định"""

_CELLS = (
    (
        "code",
        """\
from thads_analysis.report import compare, open_page

page = open_page("{name}", period=period, org=org, lang=lang, data=data, title="{title}")
page.header()""",
    ),
    ("markdown", "## Kết quả diễn biến thế nào?"),
    ("code", 'choice = compare.choose(page, item="completion_rate", measure="cases", versus=["last_year"])'),
    ("code", "compare.history(choice)"),
    ("code", "compare.table(choice)"),
    ("markdown", "## Nguồn và cách tính"),
    ("code", "page.sources()"),
    ("code", "page.sidecar()"),
)


def check_configuration() -> None:
    """Put every part of the configuration to use, so that a mistake shows now and not on a page.

    Raises
    ------
    DataError, UsageError
        As the first part that is wrong does; the message names its file and line.
    """
    for regime in ("63", "34"):
        groups(regime)
        chosen_peers(regime)
    target_for(Period(2023, 12), NATION, "cases")
    methods()
    own = config.in_force()
    for name, metric in own.settings.metrics.items():
        own.load(metric.function, "metrics", name)
    read_topics()


def write_topic(name: str) -> Path:
    """Write a notebook that `make_plan` finds under its name, into the folder of the user's own topics.

    Parameters
    ----------
    name : str
        Name of the notebook, of its page and, until it is changed, of its title.

    Returns
    -------
    Path
        The notebook.

    Raises
    ------
    UsageError
        When the name cannot be a file's, or a notebook or a page has it already.
    """
    import nbformat

    if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        message = (
            f"{name!r} cannot name a topic: small letters, digits, underscores, a letter first: my_topic"
        )
        raise UsageError(message)
    folder = config.in_force().topics
    file = folder / f"{name}.ipynb"
    taken = {taken for topic in read_topics() for taken in (topic.name, topic.page)}
    if name in taken or file.exists():
        message = f"{name!r} is taken; the names taken are {', '.join(sorted({*taken, name}))}"
        raise UsageError(message)
    notebook = nbformat.v4.new_notebook(  # type: ignore[no-untyped-call]
        metadata={
            "kernelspec": {"name": "python3", "language": "python", "display_name": "Python 3 (ipykernel)"},
            "language_info": {"name": "python"},
            "thads": {
                "page": name,
                "orgs": ["nation", "group", "province"],
                "exhibits": ["fig-history", "tab-compare"],
            },
        }
    )
    first = nbformat.v4.new_code_cell(  # type: ignore[no-untyped-call]
        _PARAMETERS, id=f"{name}-00", metadata={"tags": ["parameters"]}
    )
    notebook.cells = [first]
    for number, (kind, source) in enumerate(_CELLS, 1):
        make = nbformat.v4.new_code_cell if kind == "code" else nbformat.v4.new_markdown_cell
        text = source.format(name=name, title=name.replace("_", " ").capitalize())
        notebook.cells.append(make(text, id=f"{name}-{number:02d}"))  # type: ignore[no-untyped-call]
    folder.mkdir(parents=True, exist_ok=True)
    file.write_text(nbformat.writes(notebook) + "\n", encoding="utf-8", newline="\n")  # type: ignore[no-untyped-call]
    return file
