"""A map of tiles: one tile a province, placed close to where it lies."""

from __future__ import annotations

__all__ = ["tile_map"]

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
_ISLANDS = {"Đà Nẵng": "Hoàng Sa", "Khánh Hòa": "Trường Sa"}
_TILE = (0.6, 0.34)  # inches


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
    wide, high = columns + 2.2, rows + 1.9
    drawing.set_size_inches(_TILE[0] * wide, _TILE[1] * high)
    ax = axes[0, 0]
    ax.set_position((0, 0, 1, 1))
    ax.set(xlim=(-0.2, wide - 0.2), ylim=(high - 0.1, -0.1))
    ax.set_axis_off()
    known = rates.dropna().astype("float64")
    edges, colours = _classes(known)
    for row in layout:
        x, y = int(row["column"]), int(row["row"])
        rate = float(known.get(f"{regime}:{row['org_code']}", np.nan))
        _tile(ax, x, y, None if np.isnan(rate) else _shade(rate, edges, colours))
        value = locale.percent(rate, 1) + (" ▼" if rate < nation else "")
        ax.text(x + 0.48, y + 0.33, row["label"], ha="center", va="center", fontsize=6.6, color="#111111")
        ax.text(
            x + 0.48, y + 0.69, value, ha="center", va="center", fontsize=7.2, color="#111111", weight="bold"
        )
        if archipelago := _ISLANDS.get(row["label"]):
            _inset(ax, columns + 0.15, y, archipelago, row["label"])
    _legend(ax, rows + 0.25, edges, colours, locale)
    return drawing


def _classes(known: pd.Series) -> tuple[np.ndarray, list[tuple[float, ...]]]:
    """Bounds of the shades at whole percents, and the shades, light to dark."""
    from matplotlib import colormaps

    low, high = (np.floor(known.min() * 100), np.ceil(known.max() * 100)) if len(known) else (0.0, 100.0)
    width = max(1.0, np.ceil((high - low) / _CLASSES))
    edges = (low + width * np.arange(_CLASSES + 1)) / 100
    return edges, [tuple(colormaps["Blues"](share)) for share in np.linspace(0.06, _DARKEST, _CLASSES)]


def _shade(rate: float, edges: np.ndarray, colours: list[tuple[float, ...]]) -> tuple[float, ...]:
    return colours[int(np.clip(np.searchsorted(edges, rate, side="right") - 1, 0, len(colours) - 1))]


def _tile(ax: Axes, x: float, y: float, shade: tuple[float, ...] | None) -> None:
    from matplotlib.patches import Rectangle

    ax.add_patch(
        Rectangle(
            (x, y),
            0.96,
            0.94,
            facecolor=shade or "white",
            edgecolor="#6B6B6B",
            linewidth=0.5,
            hatch=None if shade else "////",
        )
    )


def _inset(ax: Axes, x: float, y: float, archipelago: str, province: str) -> None:
    """A dotted box with islands, off the coast of the province that administers them."""
    from matplotlib.patches import Rectangle

    ax.add_patch(
        Rectangle(
            (x, y - 0.5), 1.75, 1.9, facecolor="none", edgecolor="#6B6B6B", linewidth=0.7, linestyle=":"
        )
    )
    ax.scatter(
        x + np.array([0.35, 0.62, 0.9, 1.22, 1.4]),
        y + np.array([-0.12, 0.12, -0.2, 0.02, -0.22]),
        s=4,
        color="#6B6B6B",
    )
    ax.text(x + 0.87, y + 0.55, archipelago, ha="center", va="center", fontsize=6.6)
    ax.text(x + 0.87, y + 0.98, f"({province})", ha="center", va="center", fontsize=6.2, color="#444444")


def _legend(ax: Axes, y: float, edges: np.ndarray, colours: list[tuple[float, ...]], locale: Locale) -> None:
    from matplotlib.patches import Rectangle

    for i, colour in enumerate(colours):
        ax.add_patch(Rectangle((i * 1.2, y), 1.2, 0.4, facecolor=colour, edgecolor="#6B6B6B", linewidth=0.5))
    for i, edge in enumerate(edges):
        ax.text(i * 1.2, y + 0.5, locale.percent(float(edge), 0), ha="center", va="top", fontsize=6.6)
    ax.text(0, y + 1.3, locale.text("▼ dưới mức chung toàn quốc"), va="center", fontsize=6.6)
