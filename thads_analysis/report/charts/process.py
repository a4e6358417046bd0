"""Process charts: a unit's months against its own usual pattern, between natural limits."""

from __future__ import annotations

__all__ = ["process_chart"]

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from thads_analysis.report.charts import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from thads_analysis.locale import Locale

_TICKS = ((0.5, 0.75, 1, 1.25, 1.5, 2), (0.1, 0.25, 0.5, 1, 2, 4, 10), (0.01, 0.1, 1, 10, 100))
"""Ticks for a range of up to four times, up to forty times, and beyond."""

_GAP = 1.5 / 12
_DOWN = "#000000"


def process_chart(
    points: pd.DataFrame, titles: Mapping[tuple[str, str], str], breaks: Mapping[float, str], locale: Locale
) -> Figure:
    """Draw the process charts of one unit, a panel for each measure and series.

    Upward signals are triangles pointing up, downward ones triangles pointing down, so that a photocopy
    reads; months that are not judged are hollow.

    Parameters
    ----------
    points : DataFrame
        Index ``measure, series, fiscal_year, months``; columns as `trend.process.process_points` gives them.
    titles : mapping of (measure, series) to str
        Title of each panel, in order, two a row.
    breaks : mapping of float to str
        Where limits are recalculated: place on the axis (calendar years) and what happened.
    """
    drawing, axes = style.panels(
        2, (len(titles) + 1) // 2, height=54 * ((len(titles) + 1) // 2), share_x=True
    )
    time = _calendar(points)
    for ax, (key, title) in zip(axes.flat, titles.items(), strict=True):
        style.title(ax, title)
        mine = points[_holds(points, *key)]
        if mine.empty:
            ax.text(
                0.5, 0.5, locale.text("không đủ số liệu"), ha="center", transform=ax.transAxes, fontsize=8
            )
            ax.set_yticks([])
            continue
        _draw_panel(ax, mine, locale)
        for x, label in breaks.items():
            ax.axvline(x, color="#555555", linewidth=0.8, linestyle=(0, (1, 2)))
            ax.annotate(
                label,
                (x, 1),
                xycoords=("data", "axes fraction"),
                xytext=(2, -2),
                textcoords="offset points",
                va="top",
                fontsize=7,
                color="#555555",
                bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 0.4},
            )
    if len(time):
        years = range(int(np.floor(time.min())), int(np.ceil(time.max())) + 1)
        for ax in axes.flat:
            ax.set_xticks(list(years), [str(year) for year in years])
            ax.set_xlim(time.min() - 0.1, time.max() + 0.15)
    return drawing


def _holds(points: pd.DataFrame, measure: str, series: str) -> np.ndarray:
    levels = (points.index.get_level_values(level) for level in ("measure", "series"))
    found = [np.asarray(level == wanted) for level, wanted in zip(levels, (measure, series), strict=True)]
    return np.asarray(found[0] & found[1])


def _calendar(points: pd.DataFrame) -> np.ndarray:
    years, months = (points.index.get_level_values(level) for level in ("fiscal_year", "months"))
    return np.asarray(years - 1 + (months + 8.5) / 12)


def _draw_panel(ax: Axes, points: pd.DataFrame, locale: Locale) -> None:
    time = _calendar(points)
    ratio = points["ratio"].to_numpy(np.float64)
    judged = points["judged"].to_numpy(bool)
    # A gap of a month, such as that of a break, is a gap in every line.
    cut = np.flatnonzero(np.diff(time) > _GAP) + 1
    for part in np.split(np.arange(len(time)), cut):
        for column, dashes in (("centre", "solid"), ("lower", (0, (4, 2))), ("upper", (0, (4, 2)))):
            line = points[column].to_numpy(np.float64)[part]
            ax.plot(time[part], line, color=style.LAST_YEAR, linestyle=dashes, linewidth=1, zorder=2)
        ax.plot(time[part], ratio[part], color=style.OWN, linewidth=0.8, alpha=0.6, zorder=3)
    signal = points["signal"].to_numpy()
    kinds = (
        (judged & (signal == 0), "o", 9, style.OWN, style.OWN),
        (~judged, "o", 9, "white", style.OWN),
        (signal > 0, "^", 34, style.OWN, style.OWN),
        (signal < 0, "v", 34, "white", _DOWN),
    )
    for chosen, marker, size, face, edge in kinds:
        ax.scatter(
            time[chosen], ratio[chosen], marker=marker, s=size, facecolor=face, edgecolor=edge, zorder=4
        )
    ends = [
        (time[-1], float(points[column].iloc[-1]), locale.percent(points[column].iloc[-1], 0), "#444444")
        for column in ("lower", "upper")
        if pd.notna(points[column].iloc[-1])
    ]
    ax.set_yscale("log")
    ax.minorticks_off()
    shown = np.concatenate([ratio, points[["lower", "upper"]].to_numpy(np.float64).ravel()])
    low, high = np.nanmin(shown) / 1.15, np.nanmax(shown) * 1.15
    wide = int(high > 4 * low) + int(high > 40 * low)
    ticks = [tick for tick in _TICKS[wide] if low <= tick <= high]
    ax.set_yticks(ticks, [locale.percent(tick, 0) for tick in ticks])
    ax.set_ylim(low, high)
    for x, y, text, colour in ends:
        ax.annotate(
            text, (x, y), xytext=(0, 2), textcoords="offset points", ha="right", fontsize=7, color=colour
        )
