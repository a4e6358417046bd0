"""Charts of movement: the envelope of earlier years, monthly flows."""

from __future__ import annotations

__all__ = ["envelope_chart", "flow_bars"]

from typing import TYPE_CHECKING

import pandas as pd

from thads_analysis.glossary import MEASURES
from thads_analysis.report.charts import style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from thads_analysis.locale import Locale


def envelope_chart(frame: pd.DataFrame, year: int, locale: Locale) -> Figure:
    """Draw this year's cumulative rate over the range and quartiles of earlier years.

    Parameters
    ----------
    frame : DataFrame
        Index ``measure, months``; columns as `trend.path_envelope` gives them.
    year : int
        The current fiscal year, to name the lines.
    """
    drawing, axes = style.panels(2, height=72)
    for ax, measure in zip(axes[0], MEASURES, strict=True):
        wide = pd.DataFrame(frame.xs(measure, level="measure")).astype("float")
        style.title(ax, locale.heading(measure))
        months = wide.index.to_numpy()
        ax.fill_between(
            months, wide["minimum"], wide["maximum"], color=style.OTHER_YEARS, alpha=0.35, linewidth=0
        )
        ax.fill_between(
            months,
            wide["lower_quartile"],
            wide["upper_quartile"],
            color=style.LAST_YEAR,
            alpha=0.35,
            linewidth=0,
        )
        ends = []
        lines = (
            ("median", locale.text("trung vị"), style.NATION, 1.0, (0, (1, 1.5))),
            ("last_year", str(year - 1), style.LAST_YEAR, 1.4, "solid"),
            ("this_year", str(year), style.OWN, 2.2, "solid"),
        )
        for column, name, colour, width, dashes in lines:
            line = wide[column].dropna()
            if line.empty:
                continue
            ax.plot(line.index, line, color=colour, linewidth=width, linestyle=dashes)
            ends.append((line.index[-1], line.iloc[-1], name, colour))
        style.month_axis(ax, locale, room=2.4)
        ax.set_ylim(bottom=0)
        style.percent_axis(ax, locale)
        style.label_ends(ax, ends)
    return drawing


def flow_bars(flows: pd.DataFrame, locale: Locale) -> Figure:
    """Bars of monthly completions, one panel a measure, years set apart by shade.

    Parameters
    ----------
    flows : DataFrame
        Index ``fiscal_year, months``; columns measures; cases, and đồng (drawn in tỷ).
    """
    drawing, axes = style.panels(1, 2, height=92)
    years = sorted(flows.index.get_level_values("fiscal_year").unique())
    for ax, measure in zip(axes[:, 0], MEASURES, strict=True):
        scale = 1e9 if measure == "money" else 1
        for year in years:
            part = flows.xs(year, level="fiscal_year")[measure].astype("float") / scale
            age = years[-1] - year
            x = part.index.to_numpy() + 12 * (year - years[0])
            colour = style.OWN if age == 0 else style.LAST_YEAR if age == 1 else style.OTHER_YEARS
            style.bars(ax, x, part, 0.8, colour)
            ax.annotate(
                str(year),
                (12 * (year - years[0]) + 6.5, 1),
                xycoords=("data", "axes fraction"),
                ha="center",
                va="bottom",
                fontsize=8,
                color=colour if age < 2 else "#555555",
            )
        unit = locale.text("tỷ đồng") if measure == "money" else locale.text("việc")
        style.title(
            ax, locale.text("Số việc") if measure == "cases" else f"{locale.heading(measure)} ({unit})"
        )
        ticks = [m + 12 * i for i in range(len(years)) for m in (1, 4, 7, 10)]
        ax.set_xticks(ticks, [locale.month((tick - 1) % 12 + 1) for tick in ticks])
        ax.set_xlim(0.2, 12 * len(years) + 0.8)
        ax.axhline(0, color="#888888", linewidth=0.8)
        style.number_axis(ax, locale)
    return drawing
