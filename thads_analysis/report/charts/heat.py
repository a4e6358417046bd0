"""Heat tables: the number in each cell, the shade for the eye."""

from __future__ import annotations

__all__ = ["month_heat"]

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from thads_analysis.glossary import MEASURES
from thads_analysis.report.charts import style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from thads_analysis.locale import Locale


def month_heat(flows: pd.DataFrame, locale: Locale) -> Figure:
    """Monthly completions, a row a year and a column a month, one block a measure.

    Parameters
    ----------
    flows : DataFrame
        Index ``fiscal_year, months``; columns measures; cases, and đồng (shown in tỷ).
    """
    import seaborn as sns

    years = flows.index.get_level_values("fiscal_year").nunique()
    drawing, axes = style.panels(1, 2, height=22 + 11 * years)
    # seaborn draws the whole figure for each block, to see whether labels touch; there is nothing to see yet.
    drawing.set_visible(False)
    for ax, measure in zip(axes[:, 0], MEASURES, strict=True):
        scale = 1e9 if measure == "money" else 1
        wide = (flows[measure].astype("float") / scale).unstack("months").reindex(columns=range(1, 13))
        digits = 1 if measure == "money" and wide.max().max() < 100 else 0
        sns.heatmap(
            wide,
            ax=ax,
            cmap="Blues",
            cbar=False,
            xticklabels=False,
            yticklabels=False,
            vmin=0,
            # Shades stop short of the dark end: every number stays legible, in grey too.
            vmax=1.9 * wide.max().max(),
            linewidths=0.8,
            linecolor="white",
        )
        for (row, column), value in np.ndenumerate(wide.to_numpy()):
            if not np.isnan(value):
                place = {"ha": "center", "va": "center", "fontsize": 7.5, "color": "#111111"}
                number = ax.text(column + 0.5, row + 0.5, locale.decimal(value, digits), **place)
                number.set_in_layout(False)  # it lies inside its cell
        ax.set_xticks([m - 0.5 for m in range(1, 13)], [locale.month(m) for m in range(1, 13)], rotation=0)
        ax.set_yticks([i + 0.5 for i in range(len(wide))], [str(year) for year in wide.index], rotation=0)
        ax.set(xlabel="", ylabel="")
        ax.spines["bottom"].set_visible(False)
        unit = locale.text("tỷ đồng")
        name = locale.text("Số việc") if measure == "cases" else f"{locale.heading(measure)} ({unit})"
        style.title(ax, name)
    drawing.set_visible(True)
    return drawing
