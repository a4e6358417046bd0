"""A map of provinces by their outlines, in the shades of the tiles."""

from __future__ import annotations

__all__ = ["shape_map"]

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from thads_analysis.report.charts import style
from thads_analysis.report.charts.tiles import ISLANDS, classes, inset, legend, shade

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from thads_analysis.load.geography import Shapes
    from thads_analysis.locale import Locale

_WIDE, _HIGH = 11.0, 22.0
"""Size of the drawing in the units of the legend, those of tiles."""


def shape_map(rates: pd.Series, nation: float, shapes: Shapes, locale: Locale) -> Figure:
    """Draw a rate of every province as the shade of its outline; classes and marks as on the tiles.

    Parameters
    ----------
    rates : Series
        Index org keys; fractions. A province without one is hatched.
    nation : float
        The nation's rate; a province below it is marked with a triangle.
    shapes : mapping
        Outlines by org key (`load.geography.read_shapes`).

    Notes
    -----
    Longitudes are shortened by the cosine of the middle latitude, so that shapes look as on a printed map.
    The archipelagos have labelled boxes, as on the tiles, whether or not the file has outlines of them.
    """
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path

    # Islands far out would leave the mainland no room: they have their boxes.
    land = np.concatenate([_largest(polygons) for polygons in shapes.values()])
    (west, south), (east, north) = land.min(axis=0), land.max(axis=0)
    shorter = np.cos(np.deg2rad((south + north) / 2))
    drawing, axes = style.panels(1, 1)
    drawing.set_layout_engine("none")
    drawing.set_size_inches(0.6 * _WIDE, 0.34 * _HIGH)
    ax = axes[0, 0]
    ax.set_position((0, 0, 1, 1))
    ax.set(xlim=(-0.3, _WIDE - 0.3), ylim=(_HIGH, 0))
    ax.set_axis_off()
    # A unit across is 0.6 inches, a unit down 0.34.
    step = min((_HIGH - 3) * 0.34 / (north - south), (_WIDE - 2.2) * 0.6 / ((east - west) * shorter))

    def place(points: np.ndarray) -> np.ndarray:
        across = 0.1 + (points[:, 0] - west) * shorter * step / 0.6
        down = 0.2 + (north - points[:, 1]) * step / 0.34
        return np.column_stack([across, down])

    known = rates.dropna().astype("float64")
    edges, colours = classes(known)
    for key, polygons in shapes.items():
        rate = float(known.get(key, np.nan))
        for rings in polygons:
            paths = [Path(place(ring), closed=True) for ring in rings]
            ax.add_patch(
                PathPatch(
                    Path.make_compound_path(*paths),
                    facecolor="white" if np.isnan(rate) else shade(rate, edges, colours),
                    edgecolor="#6B6B6B",
                    linewidth=0.4,
                    hatch="////" if np.isnan(rate) else None,
                )
            )
        if rate < nation:
            x, y = place(_largest(polygons)).mean(axis=0)
            ax.text(x, y, "▼", ha="center", va="center", fontsize=5.5, color="#111111")
    for (name, archipelago), y in zip(ISLANDS.items(), (9.5, 14.5), strict=True):
        inset(ax, _WIDE - 2.2, y, archipelago, name)
    legend(ax, _HIGH - 2.1, edges, colours, locale)
    return drawing


def _largest(polygons: list[list[np.ndarray]]) -> np.ndarray:
    """Outer ring of the largest polygon, by the area of its box."""
    return max((rings[0] for rings in polygons), key=lambda ring: float(np.prod(np.ptp(ring, axis=0))))
