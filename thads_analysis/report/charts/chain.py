"""Charts of a chain of steps: how many reach each of them."""

from __future__ import annotations

__all__ = ["chain_bars"]

from typing import TYPE_CHECKING

import pandas as pd

from thads_analysis.report.charts import style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from thads_analysis.locale import Locale


def chain_bars(steps: pd.DataFrame, locale: Locale) -> Figure:
    """Bars of the steps from the first to the last, each with its number and its share of the step before.

    Parameters
    ----------
    steps : DataFrame
        Columns ``name``, ``value``, ``share`` (of the step before, a fraction, missing for the first) and
        ``result`` (whether it is the outcome, told apart from the steps), in the order to draw.
    """
    drawing, axes = style.panels(height=12 + 8.5 * len(steps))
    ax = axes[0, 0]
    bars = ax.barh(range(len(steps)), steps["value"].astype("float"), height=0.66, color=style.OWN)
    for bar, result in zip(bars, steps["result"], strict=True):
        if result:  # told apart in grey too
            bar.set(facecolor="white", edgecolor=style.OWN, hatch="////")
    for i, row in enumerate(steps.to_dict("records")):
        text = locale.integer(row["value"])
        if not pd.isna(row["share"]):
            text += f" ({locale.percent(row['share'], 1)})"
        ax.text(row["value"], i, f" {text}", va="center", fontsize=8, color="#222222")
    ax.set_yticks(range(len(steps)), steps["name"], fontsize=8)
    ax.set_ylim(len(steps) - 0.4, -0.6)
    ax.set_xlim(0, steps["value"].astype("float").max() * 1.2)
    ax.set_xticks([])
    ax.grid(visible=False)
    ax.spines["bottom"].set_visible(False)
    return drawing
