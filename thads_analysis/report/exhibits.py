"""What a notebook cell shows: figures, tables and paragraphs as plain, escaped HTML."""

from __future__ import annotations

__all__ = [
    "Column",
    "Exhibit",
    "cite",
    "figure",
    "numbered",
    "paragraphs",
    "plain",
    "plain_value",
    "table",
    "template",
]

import base64
import io
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any, cast

import pandas as pd
from jinja2 import Environment, PackageLoader, StrictUndefined

if TYPE_CHECKING:
    from jinja2 import Template
    from matplotlib.figure import Figure
    from PIL.Image import Image

_DPI = 190
_MOST_COLOURS = 1 << 16
"""Many times more than a chart has; the memory in which they are counted is cleared for each picture."""
_HIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)
"""Control characters, which no document may hold, and invisible marks that turn the direction of writing
and could make a text read as another."""


@dataclass(frozen=True)
class Exhibit:
    """A figure, a table or text on a page; in JupyterLab it shows itself.

    Parameters
    ----------
    id : str
        Name in the page, also its anchor.
    kind : {"figure", "table", "text"}
    title : str
    html : str
        Safe markup: everything from data is escaped.
    frame : DataFrame
        The numbers behind it.
    """

    id: str
    kind: str
    title: str
    html: str = field(repr=False)
    frame: pd.DataFrame = field(repr=False, default_factory=pd.DataFrame)

    def _repr_html_(self) -> str:
        return self.html


@dataclass(frozen=True)
class Column:
    """A column of a table: its head, and how its values print.

    ``show`` turns a value into text; without it the value is text already. ``number`` aligns right,
    ``wrap`` lets long text break.
    """

    head: str
    show: Callable[[Any], str] | None = None
    number: bool = True
    wrap: bool = False

    @property
    def css(self) -> str:
        """Class of the column's cells."""
        return "num" if self.number else "wrap" if self.wrap else ""


@cache
def template(name: str) -> Template:
    """Return a template of ``report/templates``, with everything escaped and no turned writing."""
    environment = Environment(
        loader=PackageLoader("thads_analysis.report"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=plain_value,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(name)


def plain(text: str) -> str:
    """Show what a text hides: control characters and marks of direction become U+FFFD."""
    return _HIDDEN.sub("\ufffd", text)


def plain_value(value: object) -> object:
    """Pass a value to a template, a text without what it hides."""
    if not isinstance(value, str) or not _HIDDEN.search(value):
        return value
    return type(value)(plain(value))


def figure(
    id: str,
    drawing: Figure,
    *,
    title: str,
    subtitle: str,
    alt: str,
    caption: str,
    frame: pd.DataFrame,
) -> Exhibit:
    """Render a matplotlib figure with its finding, what it shows, and where it comes from."""
    image = base64.b64encode(_draw(drawing)).decode("ascii")
    width, height = (round(inches * 96) for inches in drawing.get_size_inches())
    html = template("figure.html").render(
        id=id,
        title=title,
        subtitle=subtitle,
        alt=alt,
        caption=caption,
        image=image,
        width=width,
        height=height,
    )
    return Exhibit(id, "figure", title, html, frame)


def _draw(drawing: Figure) -> bytes:
    """Draw a figure once, as a PNG."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from PIL import Image

    drawing.set_dpi(_DPI)
    _take_texts_literally(drawing)
    for axis in (axis for axes in drawing.axes for axis in (axes.xaxis, axes.yaxis)):
        if not axis.get_label_text():  # all ticks would be measured, time and again, to place it
            axis.set_label_coords(0, 0)
    # Not savefig: it goes through the whole drawing once more, for a layout that drawing makes anyway.
    canvas = FigureCanvasAgg(drawing)
    canvas.draw()  # type: ignore[no-untyped-call]
    painted = canvas.buffer_rgba()  # type: ignore[no-untyped-call]
    pixels = Image.frombuffer("RGBA", canvas.get_width_height(), painted).convert("RGB")
    buffer = io.BytesIO()
    _reduce_colours(pixels).save(buffer, "png", compress_level=8)
    return buffer.getvalue()


def _take_texts_literally(drawing: Figure) -> None:
    """Draw every text as it is written: a name with two dollar signs is no formula."""
    from matplotlib.text import Text

    for text in cast("list[Text]", drawing.findobj(Text)):
        text.set_parse_math(False)


def _reduce_colours(pixels: Image) -> Image:
    """Give a picture 256 colours, with which it is a third as heavy and looks the same.

    A chart is painted in few colours, and has many blends at its edges. What fills a two-thousandth of it
    stays as it is, to less than four levels; of the others, one stands for all within sixteen.
    """
    from PIL import Image

    found = cast("list[tuple[int, tuple[int, ...]]] | None", pixels.getcolors(_MOST_COLOURS))
    if found is None:  # no chart, a photograph
        return pixels
    exact: dict[tuple[int, ...], tuple[int, ...]] = {}
    painted: Counter[tuple[int, ...]] = Counter()
    for number, colour in sorted(found):
        fine = tuple(level & 0xFC for level in colour)
        exact[fine] = colour
        painted[fine] += number
    kept, blends, least = [], set(), pixels.width * pixels.height / 2000
    for fine, number in painted.most_common():
        blend = tuple(level & 0xF0 for level in fine)
        if blend not in blends or number >= least:
            kept.append(fine)
            blends.add(blend)
    del kept[256:]
    palette = Image.new("P", (1, 1))
    palette.putpalette([level for fine in kept for level in fine])
    fine_pixels = pixels.point([level & 0xFC for level in range(256)] * 3)
    reduced = fine_pixels.quantize(palette=palette, dither=Image.Dither.NONE)
    reduced.putpalette([level for fine in kept for level in exact[fine]])
    return reduced


def table(
    id: str,
    frame: pd.DataFrame,
    columns: Mapping[str, Column],
    *,
    title: str,
    caption: str,
    notes: Iterable[str] = (),
    row_class: Callable[[Any], str] | None = None,
    links: Mapping[Any, str] | None = None,
) -> Exhibit:
    """Render a frame as a table; the first column heads the rows.

    Parameters
    ----------
    frame : DataFrame
        One row a line of the table; the keys of `columns` are its columns.
    columns : mapping of str to Column
        What to show, in order.
    row_class : callable, optional
        Class of a row by its index label: ``"nation"``, ``"own"`` or nothing.
    links : mapping, optional
        Relative address behind a row's head, by index label.
    """
    rows = []
    for record_label, record in zip(frame.index, frame.to_dict("records"), strict=True):
        cells = [
            {"text": column.show(record[key]) if column.show else str(record[key]), "css": column.css}
            for key, column in columns.items()
        ]
        rows.append(
            {
                "cells": cells,
                "css": row_class(record_label) if row_class else "",
                "link": (links or {}).get(record_label, ""),
            }
        )
    html = template("table.html").render(
        id=id, title=title, caption=caption, notes=list(notes), columns=list(columns.values()), rows=rows
    )
    return Exhibit(id, "table", title, html, frame)


def paragraphs(id: str, sentences: list[str], *, css: str = "lead") -> Exhibit:
    """Render sentences as one paragraph each."""
    html = template("text.html").render(id=id, sentences=sentences, css=css)
    return Exhibit(id, "text", "", html)


def cite(sources: dict[str, int], source: str) -> str:
    """Number a source by its first citation, and print the number: [2]."""
    return f"[{sources.setdefault(source, len(sources) + 1)}]"


def numbered(sources: dict[str, int]) -> list[str]:
    """List numbered sources as notes under a table."""
    return [f"[{number}] {source}" for source, number in sources.items()]
