"""Charts of the denominator: eligible month by month."""

from __future__ import annotations

__all__ = ["eligible_months"]

from typing import TYPE_CHECKING

import pandas as pd

from thads_analysis.glossary import MEASURES
from thads_analysis.report.charts import style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from thads_analysis.locale import Locale


def eligible_months(eligible: pd.DataFrame, locale: Locale) -> Figure:
    """Draw eligible month by month, this year over last year, one panel a measure, from zero.

    Parameters
    ----------
    eligible : DataFrame
        Index ``fiscal_year, months`` of two years; columns measures; cases and đồng (shown in tỷ).
    """
    drawing, axes = style.panels(2, height=58)
    this_year = eligible.index.get_level_values("fiscal_year").max()
    for ax, measure in zip(axes[0], MEASURES, strict=True):
        scale = 1e9 if measure == "money" else 1
        wide = eligible[measure].astype("float").div(scale).unstack("fiscal_year")
        ends = []
        for year in wide.columns:
            line = wide[year].dropna()
            if line.empty:
                continue
            now = year == this_year
            colour = style.OWN if now else style.LAST_YEAR
            ax.plot(
                line.index,
                line,
                color=colour,
                linewidth=2.2 if now else 1.5,
                linestyle="-" if now else (0, (5, 1.5)),
                marker="o" if now else None,
                markersize=3,
            )
            ends.append((line.index[-1], line.iloc[-1], str(year), colour))
        unit = locale.text("việc") if measure == "cases" else locale.text("tỷ đồng")
        style.title(ax, f"{locale.heading(measure)} ({unit})")
        style.month_axis(ax, locale)
        ax.set_ylim(bottom=0)
        style.number_axis(ax, locale)
        style.label_ends(ax, ends)
    return drawing
