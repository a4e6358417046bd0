"""The catalogue of texts: what the sources say to readers, and ``thads.po`` brought up to date with it.

``make texts`` runs this file. New texts then stand in the catalogue without a translation.
"""

from __future__ import annotations

import ast
import io
import json
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.pofile import read_po, write_po
from jinja2.ext import babel_extract

import thads_analysis
from thads_analysis import reference
from thads_analysis.paths import notebooks_dir

PACKAGE = Path(thads_analysis.__file__).parent
CATALOGUE = PACKAGE / "locales" / "en" / "LC_MESSAGES" / "thads.po"

Text = str | tuple[str, str]
"""A source text, or two of them where the translation has a form for one and one for other numbers."""

_HEADER = r"""# English texts of the reports. The source texts are Vietnamese.
msgid ""
msgstr ""
"Language: en\n"
"MIME-Version: 1.0\n"
"Content-Type: text/plain; charset=utf-8\n"
"Content-Transfer-Encoding: 8bit\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\n"

"""


def collect_texts() -> Catalog:
    """Every text that a reader may see: of the modules, templates, the notebooks' prose, events' names."""
    found = Catalog()
    for folder, pattern, read in (
        (PACKAGE, "*.py", _read_module),
        (PACKAGE, "*.html*", _read_template),
        (notebooks_dir(), "*.ipynb", _read_notebook),
    ):
        for path in sorted(folder.rglob(pattern)):
            where = f"{folder.name}/{path.relative_to(folder).as_posix()}"
            for line, text in read(path.read_bytes()):
                found.add(text, locations=[(where, line)])
    for event in reference.events():
        found.add(event["label"], locations=[("data/reference/events.csv", 1)])
    return found


def read_catalogue() -> Catalog:
    """The translations there are."""
    with CATALOGUE.open("rb") as file:
        return read_po(file, locale="en")


def update_catalogue() -> None:
    """Add what is new, drop what is no longer said, keep every translation."""
    catalogue = read_catalogue() if CATALOGUE.is_file() else Catalog(locale="en")
    catalogue.update(collect_texts(), no_fuzzy_matching=True)
    for message in catalogue:
        message.flags.discard("python-format")  # a percent sign is only that here
    body = io.BytesIO()
    # Neither line numbers nor dates: the file changes only when a text does.
    write_po(
        body,
        catalogue,
        width=100,
        omit_header=True,
        sort_by_file=True,
        ignore_obsolete=True,
        include_lineno=False,
    )
    CATALOGUE.parent.mkdir(parents=True, exist_ok=True)
    CATALOGUE.write_text(_HEADER + body.getvalue().decode("utf-8"), encoding="utf-8", newline="\n")


def _read_module(source: bytes) -> Iterator[tuple[int, Text]]:
    """Source texts in calls of `Locale.text`, `Page.text`, `Locale.counted` and the marker ``N_``."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Call(ast.Name("N_") | ast.Attribute(attr="text"), [ast.Constant(str(text)), *_]):
                yield node.lineno, text
            case ast.Call(ast.Attribute(attr="counted"), [ast.Constant(str(text)), *_]):
                yield node.lineno, (text, text)


def _read_template(source: bytes) -> Iterator[tuple[int, Text]]:
    keywords = {"_": None}
    for line, text, _, _ in extract(babel_extract, io.BytesIO(source), keywords, options={"silent": "false"}):
        yield line, text


def _read_notebook(source: bytes) -> Iterator[tuple[int, Text]]:
    """Each cell of prose as a whole, of the notebooks that make pages."""
    notebook = json.loads(source)
    if "thads" not in notebook["metadata"]:
        return
    for number, cell in enumerate(notebook["cells"]):
        if cell["cell_type"] == "markdown":
            yield number, "".join(cell["source"])


if __name__ == "__main__":
    update_catalogue()
