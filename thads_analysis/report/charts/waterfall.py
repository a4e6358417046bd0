"""Waterfalls: how parts with a sign add up to a whole."""

from __future__ import annotations

__all__ = ["Step", "waterfall"]

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from thads_analysis.report.charts import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_ROW_MM, _HEAD_MM = 5.2, 9.0
_TOTAL = "#444444"


@dataclass(frozen=True)
class Step:
    """One bar: its name, its value, how the value prints, and whether it stands on zero as a total."""

    name: str
    value: float
    text: str
    total: bool = False


def waterfall(panels: Mapping[str, Sequence[Step]], *, beside: bool = True, share: bool = True) -> Figure:
    """Draw steps from top to bottom, each where the one before ended; totals from zero.

    Rises are plain, falls hatched, so that a photocopy tells them apart.

    Parameters
    ----------
    panels : mapping of str to sequence of Step
        Title of each panel and its steps.
    beside : bool, default True
        Whether the panels stand beside each other with the same names, written once; else below each
        other, each with its own.
    share : bool, default True
        Whether the panels have one scale: where they have one unit.
    """
    rows = [len(steps) for steps in panels.values()]
    height = _HEAD_MM + _ROW_MM * max(rows) if beside else sum(_HEAD_MM + _ROW_MM * n for n in rows)
    drawing, axes = (
        style.panels(len(panels), height=height)
        if beside
        else style.panels(1, len(panels), height=height, row_heights=rows)
    )
    reaches = [_reach(steps) for steps in panels.values()]
    whole = min(low for low, _ in reaches), max(high for _, high in reaches)
    for number, (ax, (name, steps)) in enumerate(zip(axes.flat, panels.items(), strict=True)):
        style.title(ax, name)
        _draw_steps(ax, steps, *(whole if share else reaches[number]))
        if beside and number:
            ax.set_yticklabels([])
    return drawing


def _ends(steps: Sequence[Step]) -> list[tuple[float, float]]:
    """Where each bar starts and ends."""
    ends, level = [], 0.0
    for step in steps:
        start = 0.0 if step.total else level
        level = start + step.value
        ends.append((start, level))
    return ends


def _reach(steps: Sequence[Step]) -> tuple[float, float]:
    reached = [0.0, *(level for pair in _ends(steps) for level in pair)]
    return min(reached), max(reached)


def _draw_steps(ax: Axes, steps: Sequence[Step], low: float, high: float) -> None:
    room = (high - low) or 1.0
    for row, (step, (start, level)) in enumerate(zip(steps, _ends(steps), strict=True)):
        colour = _TOTAL if step.total else style.OWN if step.value >= 0 else style.OTHER[1]
        hatch = None if step.total or step.value >= 0 else "//////"
        ax.barh(
            row,
            step.value,
            left=start,
            height=0.62,
            color=colour,
            hatch=hatch,
            edgecolor="white",
            linewidth=0,
        )
        if row + 1 < len(steps):
            ax.plot([level, level], [row, row + 1], color="#888888", linewidth=0.6)
        right = max(start, level) + 0.015 * room
        ax.text(right, row, step.text, va="center", fontsize=7.5, color="#222222")
    ax.axvline(0, color="#888888", linewidth=0.8)
    ax.set_xlim(low - 0.03 * room, high + 0.34 * room)
    ax.set_ylim(len(steps) - 0.4, -0.6)
    ax.set_yticks(range(len(steps)), [step.name for step in steps])
    ax.set_xticks([])
    ax.grid(visible=False)
    ax.spines["bottom"].set_visible(False)
