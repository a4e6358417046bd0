"""Charts of what each province adds to or takes from a national figure."""

from __future__ import annotations

__all__ = ["change_bars"]

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pandas as pd

from thads_analysis.report.charts import style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from thads_analysis.locale import Locale


def change_bars(parts: Mapping[str, pd.DataFrame], locale: Locale) -> Figure:
    """Bars to the right and left of zero, one panel a measure, each with its points; the whole last.

    Parameters
    ----------
    parts : mapping of str to DataFrame
        By measure: columns ``name``, ``points`` (fractions) and ``kind`` (``one``, ``rest`` or ``whole``),
        in the order to draw.
    """
    most = max(len(frame) for frame in parts.values())
    drawing, axes = style.panels(len(parts), height=16 + 6.2 * most)
    colours = {"one": style.OWN, "rest": style.OTHER_YEARS, "whole": style.NATION}
    for ax, (measure, frame) in zip(axes[0], parts.items(), strict=True):
        style.title(ax, locale.heading(measure))
        values = frame["points"].astype("float")
        ax.barh(range(len(frame)), values, height=0.68, color=[colours[kind] for kind in frame["kind"]])
        span = max(abs(values.min()), abs(values.max()), 1e-6)
        for i, value in enumerate(values):
            ax.annotate(
                locale.points(value, unit=False),
                (value, i),
                xytext=(3 if value >= 0 else -3, 0),
                textcoords="offset points",
                va="center",
                ha="left" if value >= 0 else "right",
                fontsize=7.5,
            )
        ax.axvline(0, color="#888888", linewidth=0.8)
        ax.set_yticks(range(len(frame)), frame["name"], fontsize=7.5)
        ax.set_ylim(most - 0.4, -0.6)
        low = min(values.min(), 0)
        ax.set_xlim(low - 0.3 * span if low < 0 else -0.05 * span, max(values.max(), 0) + 0.32 * span)
        ax.set_xticks([])
        ax.grid(visible=False)
        ax.spines["bottom"].set_visible(False)
    return drawing
