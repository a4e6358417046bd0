"""Charts of a series taken apart: trend with its interval, breaks, the season of a year."""

from __future__ import annotations

__all__ = ["structure_panels"]

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from thads_analysis.report.charts import style
from thads_analysis.trend import named_events

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from thads_analysis.locale import Locale
    from thads_analysis.trend import StructuralResult


def structure_panels(
    found: StructuralResult, second: pd.Series[float] | None, measure: str, locale: Locale
) -> Figure:
    """Observed, adjusted and trend over the years; below, the season of the last twelve months.

    Parameters
    ----------
    found : StructuralResult
        Without a season the lower panel is left out.
    second : Series, optional
        Season by another method, index ``months``, on the same scale; drawn as points.
    """
    rows = 1 if found.season.empty else 2
    drawing, axes = style.panels(1, rows, height=58 * rows)
    _draw_years(axes[0, 0], found, measure, locale)
    if rows == 2:
        _draw_season(axes[1, 0], found, second, measure, locale)
    return drawing


def _draw_years(ax: Axes, found: StructuralResult, measure: str, locale: Locale) -> None:
    values = found.frame.astype("float") / (1e9 if measure == "money" else 1)
    months = pd.PeriodIndex(values.index)
    time = (months.year + (months.month - 0.5) / 12).to_numpy()
    ax.plot(time, values["observed"], color=style.OTHER_YEARS, linewidth=0.8)
    ax.plot(time, values["adjusted"], color=style.LAST_YEAR, linewidth=1.1, linestyle=(0, (4, 1)))
    ax.fill_between(time, values["trend_low"], values["trend_high"], color=style.OWN, alpha=0.25, linewidth=0)
    ax.plot(time, values["trend"], color=style.OWN, linewidth=2)
    odd = months.isin(found.odd)
    ax.plot(time[odd], values["observed"][odd], "x", color=style.TARGET, markersize=6, markeredgewidth=1.6)
    if len(time):
        years = range(int(np.ceil(time[0])), int(time[-1]) + 1)
        ax.set_xticks(years, [str(year) for year in years])
        ax.set_xlim(time[0] - 0.1, time[-1] + 0.1)
        _mark_events(ax, months, locale)
    reached = np.append(values["observed"].dropna(), 0)
    low, high = reached.min(), reached.max()
    # Room for the names of the events above the highest month.
    ax.set_ylim(low, 1.15 * high if high > low else 1)
    unit = locale.text("tỷ đồng") if measure == "money" else locale.text("việc")
    style.title(
        ax,
        locale.text("{measure} thi hành xong từng tháng, {unit}", measure=locale.heading(measure), unit=unit),
    )
    style.number_axis(ax, locale)


def _mark_events(ax: Axes, months: pd.PeriodIndex, locale: Locale) -> None:
    """Mark a break by a line through its month, a shock by a shade over its months."""
    for row in named_events().to_dict("records"):
        first, last = row["first"], row["last"]
        if last < months[0] or first > months[-1]:
            continue
        start = first.year + (first.month - 1) / 12
        if row["kind"] == "shock":
            ax.axvspan(start, last.year + last.month / 12, color=style.OTHER[1], alpha=0.22, linewidth=0)
        else:
            start += 1 / 24
            ax.axvline(start, color="#444444", linewidth=1, linestyle=(0, (1, 1.5)))
        label = ax.annotate(
            locale.text(row["label"]),
            (start, 1),
            xycoords=("data", "axes fraction"),
            xytext=(3, -2),
            textcoords="offset points",
            va="top",
            fontsize=7.5,
            color="#333333",
        )
        label.set_in_layout(False)


def _draw_season(
    ax: Axes, found: StructuralResult, second: pd.Series[float] | None, measure: str, locale: Locale
) -> None:
    relative = found.scale == "multiplicative"
    scale = 1e9 if measure == "money" and not relative else 1
    season = found.season.astype("float") / scale
    reach = np.array([season["estimate"] - season["low"], season["high"] - season["estimate"]])
    months = season.index.to_numpy()
    style.bars(ax, months, season["estimate"], 0.7, style.OTHER[2])
    ax.errorbar(
        months, season["estimate"], yerr=reach, fmt="none", ecolor="#222222", elinewidth=1, capsize=2.5
    )
    if second is not None:
        ax.plot(
            second.index + 0.28, second / scale, "D", color="white", markeredgecolor="#222222", markersize=3.5
        )
    ax.axhline(0, color="#888888", linewidth=0.8)
    ax.set_xticks(range(1, 13), [locale.month(n) for n in range(1, 13)])
    if relative:
        style.percent_axis(ax, locale)
        style.title(ax, locale.text("Mùa vụ: cao, thấp hơn xu hướng, %"))
    else:
        unit = locale.text("tỷ đồng") if measure == "money" else locale.text("việc")
        style.number_axis(ax, locale)
        style.title(ax, locale.text("Mùa vụ: cao, thấp hơn xu hướng, {unit}", unit=unit))
