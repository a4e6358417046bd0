"""A map of tiles: one tile a province, placed close to where it lies."""

from __future__ import annotations

__all__ = ["ISLANDS", "classes", "inset", "legend", "shade", "tile_map"]

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from thads_analysis import reference
from thads_analysis.report.charts import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from thads_analysis.locale import Locale

# Shades stop short of the dark end, so that black text stays legible on each, in grey too.
_DARKEST = 0.62
_CLASSES = 5
ISLANDS = {"Đà Nẵng": "Hoàng Sa", "Khánh Hòa": "Trường Sa"}
"""The archipelagos by the province that administers each, north to south."""

_TILE = (0.6, 0.32)  # inches
_BOX = (1.6, 1.75)  # tiles
_OFF_COAST = {"Hoàng Sa": (1.15, -0.35), "Trường Sa": (-0.75, 2.2)}
"""Where a box begins, from the tile of its province, in tiles: where no tile is in either list."""


def tile_map(rates: pd.Series, nation: float, locale: Locale, *, regime: str) -> Figure:
    """Draw a rate of every province as the shade and the number of its tile.

    Parameters
    ----------
    rates : Series
        Index org keys; fractions. A province without one gets a hatched tile.
    nation : float
        The nation's rate; a province below it is marked with a triangle.
    regime : {"63", "34"}
        List of provinces, and so the layout (``data/reference/tiles.csv``).

    Notes
    -----
    The insets name the archipelagos with the province that administers each, as maps printed in
    Vietnam do. They carry no figure of their own: the province's is theirs.
    """
    layout = [row for row in reference.tiles() if row["org_regime"] == regime]
    rows, columns = (1 + max(int(row[side]) for row in layout) for side in ("row", "column"))
    drawing, axes = style.panels(1, 1)
    drawing.set_layout_engine("none")
    # The unit of both axes is a tile.
    column = {row["label"]: int(row["column"]) for row in layout}
    ends = [column[name] + _OFF_COAST[islands][0] + _BOX[0] for name, islands in ISLANDS.items()]
    wide, high = max(columns, *ends) + 0.5, rows + 1.9
    drawing.set_size_inches(_TILE[0] * wide, _TILE[1] * high)
    ax = axes[0, 0]
    ax.set_position((0, 0, 1, 1))
    ax.set(xlim=(-0.3, wide - 0.3), ylim=(high - 0.1, -0.1))
    ax.set_axis_off()
    known = rates.dropna().astype("float64")
    edges, colours = classes(known)
    for row in layout:
        x, y = int(row["column"]), int(row["row"])
        rate = float(known.get(f"{regime}:{row['org_code']}", np.nan))
        _tile(ax, x, y, None if np.isnan(rate) else shade(rate, edges, colours))
        value = locale.percent(rate, 1) + (" ▼" if rate < nation else "")
        ax.text(x + 0.48, y + 0.33, row["label"], ha="center", va="center", fontsize=6.1, color="#111111")
        ax.text(
            x + 0.48, y + 0.69, value, ha="center", va="center", fontsize=7.0, color="#111111", weight="bold"
        )
        if archipelago := ISLANDS.get(row["label"]):
            across, down = _OFF_COAST[archipelago]
            inset(ax, x + across, y + down, archipelago, row["label"])
    legend(ax, rows + 0.25, edges, colours, locale)
    return drawing


def classes(known: pd.Series) -> tuple[np.ndarray, list[tuple[float, ...]]]:
    """Bounds of the shades at whole percents, and the shades, light to dark."""
    from matplotlib import colormaps

    low, high = (np.floor(known.min() * 100), np.ceil(known.max() * 100)) if len(known) else (0.0, 100.0)
    width = max(1.0, np.ceil((high - low) / _CLASSES))
    edges = (low + width * np.arange(_CLASSES + 1)) / 100
    return edges, [tuple(colormaps["Blues"](share)) for share in np.linspace(0.06, _DARKEST, _CLASSES)]


def shade(rate: float, edges: np.ndarray, colours: list[tuple[float, ...]]) -> tuple[float, ...]:
    """Give the shade of a rate."""
    return colours[int(np.clip(np.searchsorted(edges, rate, side="right") - 1, 0, len(colours) - 1))]


def _tile(ax: Axes, x: float, y: float, colour: tuple[float, ...] | None) -> None:
    from matplotlib.patches import Rectangle

    ax.add_patch(
        Rectangle(
            (x, y),
            0.96,
            0.94,
            facecolor=colour or "white",
            edgecolor="#6B6B6B",
            linewidth=0.5,
            hatch=None if colour else "////",
        )
    )


def inset(ax: Axes, x: float, y: float, archipelago: str, province: str) -> None:
    """A dotted box with islands, off the coast of the province that administers them."""
    from matplotlib.patches import Rectangle

    ax.add_patch(
        Rectangle((x, y), *_BOX, facecolor="none", edgecolor="#6B6B6B", linewidth=0.7, linestyle=":")
    )
    ax.scatter(
        x + np.array([0.3, 0.55, 0.8, 1.1, 1.25]),
        y + np.array([0.38, 0.6, 0.3, 0.5, 0.28]),
        s=4,
        color="#6B6B6B",
    )
    ax.text(x + 0.8, y + 1.0, archipelago, ha="center", va="center", fontsize=6.6)
    ax.text(x + 0.8, y + 1.4, f"({province})", ha="center", va="center", fontsize=6.2, color="#444444")


def legend(ax: Axes, y: float, edges: np.ndarray, colours: list[tuple[float, ...]], locale: Locale) -> None:
    """Draw the shades with their bounds, and say what the triangle means."""
    from matplotlib.patches import Rectangle

    for i, colour in enumerate(colours):
        ax.add_patch(Rectangle((i * 1.2, y), 1.2, 0.4, facecolor=colour, edgecolor="#6B6B6B", linewidth=0.5))
    for i, edge in enumerate(edges):
        ax.text(i * 1.2, y + 0.5, locale.percent(float(edge), 0), ha="center", va="top", fontsize=6.6)
    ax.text(0, y + 1.3, locale.text("▼ dưới mức chung toàn quốc"), va="center", fontsize=6.6)
