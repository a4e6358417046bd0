"""The look that every chart shares: size, colours with fixed meanings, axes, labels at the lines."""

from __future__ import annotations

__all__ = [
    "LAST_YEAR",
    "NATION",
    "OTHER",
    "OTHER_YEARS",
    "OWN",
    "TARGET",
    "bars",
    "label_ends",
    "month_axis",
    "number_axis",
    "panels",
    "percent_axis",
    "target_line",
    "tidy",
    "title",
]

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from thads_analysis import config

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import ArrayLike

    from thads_analysis.locale import Locale

# Colours by their meaning, as the configuration has them at each use (`config.settings.Palette`).
OWN: str
NATION: str
TARGET: str
LAST_YEAR: str
OTHER_YEARS: str
OTHER: tuple[str, ...]
_COLOURS = ("OWN", "NATION", "TARGET", "LAST_YEAR", "OTHER_YEARS", "OTHER")

_WIDTH_MM = 170
_MM = 1 / 25.4
_TEXT = 8.0
_SMALL = 7.5


def __getattr__(name: str) -> object:
    if name not in _COLOURS:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    return getattr(config.in_force().settings.palette, name.lower())


def panels(
    columns: int = 1,
    rows: int = 1,
    *,
    height: float = 75,
    share_y: bool = False,
    share_x: bool = False,
    row_heights: Sequence[float] | None = None,
) -> tuple[Figure, np.ndarray]:
    """Return a figure 170 mm wide and its axes in a grid.

    Parameters
    ----------
    height : float
        Height of the whole figure in millimetres.
    share_x, share_y : bool
        Whether the panels share their axis.
    row_heights : sequence of float, optional
        Heights of the rows, in any unit; without it they are alike.

    Returns
    -------
    tuple of Figure and ndarray of Axes, shaped (rows, columns)
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    drawing = Figure(figsize=(_WIDTH_MM * _MM, height * _MM), layout="constrained")
    FigureCanvasAgg(drawing)
    axes = drawing.subplots(
        rows, columns, squeeze=False, sharey=share_y, sharex=share_x, height_ratios=row_heights
    )
    for ax in axes.flat:
        tidy(ax)
    return drawing, axes


def tidy(ax: Axes) -> None:
    """Leave light horizontal grid lines and the bottom axis; nothing else."""
    ax.spines[["top", "right", "left"]].set_visible(False)
    ax.spines["bottom"].set_color("#888888")
    ax.tick_params(labelsize=_SMALL, length=0, colors="#333333")
    ax.grid(axis="y", color="#E3E3E3", linewidth=0.6)
    ax.set_axisbelow(True)


def title(ax: Axes, text: str) -> None:
    """Name a panel, at its left."""
    # With a height of its own, it is not measured against all that could be above the axes.
    ax.set_title(text, loc="left", y=1, fontsize=_TEXT, fontweight="bold", color="#222222")


def month_axis(ax: Axes, locale: Locale, *, room: float = 2) -> None:
    """Mark twelve months in the order of the fiscal year, T10 to T9, with room for labels at the right."""
    ax.set_xlim(0.6, 12.4 + room)
    shown = (1, 3, 6, 9, 12)
    ax.set_xticks(shown, [locale.month(n) for n in shown])


def bars(ax: Axes, x: ArrayLike, heights: ArrayLike, width: float, colour: str) -> None:
    """Draw bars from zero as one shape: many times faster than one by one, and the same to the eye."""
    from matplotlib.collections import PolyCollection

    x, heights = np.asarray(x, dtype="float"), np.asarray(heights, dtype="float")
    left, right, zero = x - width / 2, x + width / 2, np.zeros_like(x)
    corners = np.array([[left, left, right, right], [zero, heights, heights, zero]]).transpose(2, 1, 0)
    shape = PolyCollection(corners[np.isfinite(heights)], facecolors=colour, edgecolors="none")
    shape.sticky_edges.y.append(0)
    ax.add_collection(shape)


def target_line(ax: Axes, target: float | None, locale: Locale) -> None:
    """Draw the year's target over its twelve months, with its value; nothing where it is unknown."""
    if target is None or np.isnan(target):
        return
    colour = config.in_force().settings.palette.target
    ax.plot([0.6, 12.4], [target, target], color=colour, linewidth=1.6, linestyle=(0, (6, 1.5)))
    text = locale.text("chỉ tiêu {rate}", rate=locale.percent(target))
    ax.text(0.8, target, text, va="bottom", fontsize=_TEXT, color=colour)


def percent_axis(ax: Axes, locale: Locale, *, axis: str = "y") -> None:
    """Label fractions as percent."""
    which = ax.yaxis if axis == "y" else ax.xaxis
    which.set_major_formatter(lambda value, _: locale.percent(value, 0))


def number_axis(ax: Axes, locale: Locale, digits: int = 0, *, axis: str = "y") -> None:
    """Label numbers with grouped thousands."""
    which = ax.yaxis if axis == "y" else ax.xaxis
    which.set_major_formatter(lambda value, _: locale.decimal(float(value), digits))


def label_ends(
    ax: Axes, labels: Sequence[tuple[float, float, str, str]], *, gap: float = 0.07, weight: str = "normal"
) -> None:
    """Write labels at the right of their points, moved apart where they would touch.

    Parameters
    ----------
    labels : sequence of (x, y, text, colour)
    gap : float
        Least distance between two labels as a share of the axis' height.
    """
    if not labels:
        return
    low, high = ax.get_ylim()
    least = gap * (high - low)
    order = sorted(labels, key=lambda entry: entry[1])
    heights = [entry[1] for entry in order]
    for i in range(1, len(heights)):
        heights[i] = max(heights[i], heights[i - 1] + least)
    over = max(0.0, heights[-1] - high)
    heights[-1] -= over
    for i in range(len(heights) - 2, -1, -1):
        heights[i] = min(heights[i], heights[i + 1] - least)
    for (x, _, text, colour), y in zip(order, heights, strict=True):
        ax.annotate(
            text,
            (x, y),
            xytext=(4, 0),
            textcoords="offset points",
            va="center",
            fontsize=_TEXT,
            color=colour,
            fontweight=weight,
            annotation_clip=False,
            bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 0.6},
        )
