"""Charts of how much a few provinces weigh."""

from __future__ import annotations

__all__ = ["top_shares"]

from typing import TYPE_CHECKING

import pandas as pd

from thads_analysis.report.charts import style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from thads_analysis.locale import Locale


def top_shares(shares: pd.DataFrame, locale: Locale) -> Figure:
    """Horizontal bars of shares of the national total, largest first, each with its value.

    Parameters
    ----------
    shares : DataFrame
        Columns ``name`` and ``share`` (fractions), in the order to draw.
    """
    drawing, axes = style.panels(height=70)
    ax = axes[0, 0]
    y = range(len(shares))
    ax.barh(y, shares["share"], height=0.7, color=style.OWN)
    for i, share in enumerate(shares["share"]):
        ax.text(share, i, " " + locale.percent(share, 1), va="center", fontsize=8, color="#222222")
    ax.set_yticks(y, shares["name"], fontsize=8)
    ax.set_ylim(len(shares) - 0.4, -0.6)
    ax.set_xlim(0, max(shares["share"]) * 1.12)
    ax.grid(visible=False)
    ax.set_xticks([])
    ax.spines["bottom"].set_visible(False)
    return drawing
