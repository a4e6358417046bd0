"""Charts of rates: against last year and the target, month by month, across provinces."""

from __future__ import annotations

__all__ = ["monthly_paths", "province_strip", "rate_bullets"]

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from thads_analysis.glossary import MEASURES
from thads_analysis.report.charts import style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from thads_analysis.locale import Locale


_NAMED = 4
"""How many provinces at either end of the strip carry their name; more would touch."""


def rate_bullets(rates: pd.DataFrame, locale: Locale) -> Figure:
    """Bars of this period's rate over last year's, with the year's target as a line.

    Parameters
    ----------
    rates : DataFrame
        Index measure; columns ``now``, ``base``, ``target`` as fractions, missing where unknown; a column
        ``nation`` where the rates are not the nation's own.
    """
    with_nation = "nation" in rates
    drawing, axes = style.panels(2, height=50 if with_nation else 40, share_x=True)
    for ax, measure in zip(axes[0], rates.index, strict=True):
        row = rates.loc[measure].astype("Float64")
        style.title(ax, locale.heading(measure))
        bars = [("now", locale.text("kỳ này"), style.OWN), ("base", locale.text("cùng kỳ"), style.LAST_YEAR)]
        if with_nation:
            bars.append(("nation", locale.text("toàn quốc"), style.NATION))
        for y, (key, _, colour) in enumerate(bars):
            if pd.isna(row[key]):
                continue
            ax.barh(y, row[key], height=0.62, color=colour)
            inside = row[key] > 0.2
            ax.text(
                row[key] + (-0.012 if inside else 0.012),
                y,
                locale.percent(row[key]),
                va="center",
                ha="right" if inside else "left",
                fontsize=8,
                fontweight="bold",
                color="white" if inside else colour,
            )
        if not pd.isna(row["target"]):
            ax.axvline(row["target"], color=style.TARGET, linewidth=1.8)
            side = "right" if row["target"] > 0.6 else "left"
            ax.annotate(
                locale.text("chỉ tiêu trên {rate}", rate=locale.percent(row["target"])),
                (row["target"], -0.62),
                xytext=(-4 if side == "right" else 4, 0),
                textcoords="offset points",
                ha=side,
                va="center",
                fontsize=8,
                color=style.TARGET,
            )
        ax.set_ylim(len(bars) - 0.55, -0.85)
        ax.set_xlim(0, 1)
        ax.set_yticks(range(len(bars)), [name for _, name, _ in bars])
        ax.grid(visible=False)
        style.percent_axis(ax, locale, axis="x")
    return drawing


def monthly_paths(
    own: pd.DataFrame, locale: Locale, *, targets: pd.Series, nation: pd.DataFrame | None = None
) -> Figure:
    """Cumulative rate month by month: this year, last year, earlier years, the nation, the target.

    Parameters
    ----------
    own : DataFrame
        Index ``fiscal_year, months`` of one organisation; columns measures, fractions.
    targets : Series
        Index measure: the year's target as a fraction, missing where unknown.
    nation : DataFrame, optional
        As `own`, for the nation: its current year is drawn for comparison.
    """
    drawing, axes = style.panels(2, height=72)
    this_year = int(own.index.get_level_values("fiscal_year").max())
    for ax, measure in zip(axes[0], MEASURES, strict=True):
        style.title(ax, locale.heading(measure))
        wide = own[measure].astype("float").unstack("fiscal_year")
        ends = []
        for year in wide.columns:
            line = wide[year].dropna()
            if line.empty:
                continue
            age = this_year - int(year)
            colour = style.OWN if age == 0 else style.LAST_YEAR if age == 1 else style.OTHER_YEARS
            width = 2.2 if age == 0 else 1.4 if age == 1 else 0.8
            ax.plot(line.index, line, color=colour, linewidth=width, zorder=5 - min(age, 3))
            if age <= 1:
                ends.append((line.index[-1], line.iloc[-1], str(year), colour))
        if nation is not None:
            line = nation[measure].astype("float").unstack("fiscal_year")[this_year].dropna()
            if len(line):
                ax.plot(line.index, line, color=style.NATION, linewidth=1.3, linestyle=(0, (4, 2)), zorder=4)
                ends.append((line.index[-1], line.iloc[-1], locale.text("toàn quốc"), style.NATION))
        style.month_axis(ax, locale)
        style.target_line(ax, targets[measure], locale)
        ax.set_ylim(0, 1.08 * ax.get_ylim()[1])  # room for the target's label
        style.percent_axis(ax, locale)
        style.label_ends(ax, ends)
    return drawing


def province_strip(rates: pd.DataFrame, names: pd.Series, nation: pd.Series, locale: Locale) -> Figure:
    """Every province's rate in order, the nation as a line, the lowest and highest named.

    Parameters
    ----------
    rates : DataFrame
        Index org; columns measures, fractions.
    names : Series
        Index org: what to write beside a point.
    nation : Series
        Index measure: the national rate.
    """
    drawing, axes = style.panels(1, 2, height=118)
    for ax, measure in zip(axes[:, 0], MEASURES, strict=True):
        ordered = rates[measure].astype("float").dropna().sort_values()
        x = np.arange(len(ordered))
        below = (ordered < nation[measure]).to_numpy()
        ax.vlines(x, nation[measure], ordered, color=style.OTHER_YEARS, linewidth=1)
        ax.scatter(x[below], ordered[below], s=22, color=style.OWN, zorder=3)
        ax.scatter(x[~below], ordered[~below], s=22, facecolor="white", edgecolor=style.OWN, zorder=3)
        ax.axhline(nation[measure], color=style.NATION, linewidth=1.2, linestyle=(0, (4, 2)))
        named = min(_NAMED, len(ordered) // 2)
        for i in [*range(named), *range(len(ordered) - named, len(ordered))]:
            low = i < named
            ax.annotate(
                names[ordered.index[i]],
                (x[i], ordered.iloc[i]),
                xytext=(0, -6 if low else 6),
                textcoords="offset points",
                rotation=90,
                ha="center",
                va="top" if low else "bottom",
                fontsize=7,
                color="#333333",
            )
        style.title(
            ax,
            locale.text(
                "{measure}: toàn quốc {rate}, {below} địa phương thấp hơn",
                measure=locale.heading(measure),
                rate=locale.percent(nation[measure]),
                below=int(below.sum()),
            ),
        )
        span = max(ordered.iloc[-1] - ordered.iloc[0], 0.01)
        ax.set_ylim(ordered.iloc[0] - 0.62 * span, ordered.iloc[-1] + 0.62 * span)
        ax.spines["bottom"].set_visible(False)
        ax.set_xlim(-1.5, len(ordered) + 0.5)
        ax.set_xticks([])
        style.percent_axis(ax, locale)
    return drawing
