"""Charts over the years at the same number of months."""

from __future__ import annotations

__all__ = ["rank_lines", "yearly_bars"]

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from thads_analysis.glossary import MEASURES
from thads_analysis.report.charts import style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from thads_analysis.locale import Locale

_HATCHES = {"new": "", "completed": "", "carried_out": "///"}


def yearly_bars(frame: pd.DataFrame, locale: Locale) -> Figure:
    """Grouped bars by year of a few items, cases and money side by side.

    Parameters
    ----------
    frame : DataFrame
        Index fiscal year; columns ``measure, item``; cases, and đồng (drawn in tỷ).
    """
    colours = {"new": style.OTHER_YEARS, "completed": style.OWN, "carried_out": style.OTHER[1]}
    drawing, axes = style.panels(2, height=66)
    for ax, measure in zip(axes[0], MEASURES, strict=True):
        wide = pd.DataFrame(frame[measure]).astype("float") / (1e9 if measure == "money" else 1)
        x = np.arange(len(wide))
        width = 0.8 / len(wide.columns)
        for i, item in enumerate(wide.columns):
            ax.bar(
                x + (i - 1) * width,
                wide[item],
                width,
                color=colours[item],
                edgecolor="white",
                linewidth=0.4,
                hatch=_HATCHES[item],
                label=locale.term(item),
            )
        unit = locale.text("nghìn tỷ đồng") if measure == "money" and wide.max().max() > 5000 else ""
        unit = unit or (locale.text("tỷ đồng") if measure == "money" else locale.text("việc"))
        if unit == locale.text("nghìn tỷ đồng"):
            ax.yaxis.set_major_formatter(lambda value, _: locale.decimal(value / 1000, 0))
        else:
            style.number_axis(ax, locale)
        style.title(
            ax, locale.text("Số việc") if measure == "cases" else f"{locale.heading(measure)} ({unit})"
        )
        ax.set_xticks(x, [str(year) for year in wide.index])
    drawing.legend(
        *axes[0, 0].get_legend_handles_labels(),
        loc="outside lower center",
        ncols=3,
        fontsize=8,
        frameon=False,
        handlelength=1.2,
    )
    return drawing


def rank_lines(ranks: pd.DataFrame, out_of: int, locale: Locale) -> Figure:
    """Rank by year with its interval, 1 at the top, cases and money side by side.

    Parameters
    ----------
    ranks : DataFrame
        Index ``measure, fiscal_year``; columns ``rank, rank_best, rank_worst``.
    out_of : int
        How many were ranked.
    """
    drawing, axes = style.panels(2, height=56, share_y=True)
    for ax, measure in zip(axes[0], MEASURES, strict=True):
        style.title(ax, locale.heading(measure))
        held = ranks.index.get_level_values("measure") == measure
        line = ranks[held].droplevel("measure").astype("float")
        ax.vlines(line.index, line["rank_best"], line["rank_worst"], color=style.OTHER_YEARS, linewidth=4)
        ax.plot(line.index, line["rank"], color=style.OWN, linewidth=1, marker="o", markersize=4.5)
        for year, place in line["rank"].dropna().items():
            ax.annotate(
                locale.integer(place),
                (year, place),
                xytext=(5, 0),
                textcoords="offset points",
                va="center",
                fontsize=8,
                color=style.OWN,
                bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.7, "pad": 0.3},
            )
        ax.set_xticks(line.index, [str(year) for year in line.index])
        ax.set_yticks([1, (out_of + 1) // 2, out_of])
        ax.set_ylim(out_of + 2, -2)
    return drawing
