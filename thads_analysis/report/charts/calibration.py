"""Whether intervals and chances meant what they said."""

from __future__ import annotations

__all__ = ["calibration_chart", "error_chart"]

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from thads_analysis.glossary import MEASURES
from thads_analysis.report.charts import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from thads_analysis.locale import Locale

_LINES = {"cases": ("-", "o"), "money": ((0, (4, 1.5)), "s")}
_BINS = 10


def error_chart(errors: pd.DataFrame, names: dict[str, str], locale: Locale) -> Figure:
    """Draw the mean absolute error by month, one line a method, one panel a measure.

    Parameters
    ----------
    errors : DataFrame
        Index ``measure, months``; one column a method, fractions; the first is the one in use.
    names : dict of str to str
        What to call each method.
    """
    drawing, axes = style.panels(2, height=70)
    for ax, measure in zip(axes[0], MEASURES, strict=True):
        style.title(ax, locale.heading(measure))
        own = errors[errors.index.get_level_values("measure") == measure].droplevel("measure") * 100
        ends = []
        for number, method in enumerate(own.columns):
            first = number == 0
            colour = style.OWN if first else style.LAST_YEAR
            line = (0, (6, 0)) if first else (0, (1 + 2 * number, 1.2))
            values = own[method].astype("float64")
            ax.plot(own.index, values, color=colour, linewidth=2.2 if first else 1.2, linestyle=line)
            ends.append((own.index[-1], values.iloc[-1], names[str(method)], colour))
        style.month_axis(ax, locale, room=4.5)
        style.number_axis(ax, locale, 0)
        ax.set_ylim(bottom=0)
        style.label_ends(ax, ends)
    return drawing


def calibration_chart(
    coverage: pd.DataFrame, pit: pd.DataFrame, reliability: dict[str, pd.DataFrame], locale: Locale
) -> Figure:
    """Draw how often intervals held what came, where in the forecast it came, and how chances turned out.

    Parameters
    ----------
    coverage : DataFrame
        Index ``measure, months``; columns ``in_80, in_95``, parts of one.
    pit : DataFrame
        Index bin of ten; columns measures: part of the results in each.
    reliability : dict of str to DataFrame
        By measure, as `forecast.score.reliability`.
    """
    from matplotlib.ticker import MultipleLocator

    drawing, axes = style.panels(3, height=66)
    for number, text in enumerate(
        (
            locale.text("Trong khoảng 80% và 95%"),
            locale.text("Kết quả rơi vào đâu (PIT)"),
            locale.text("Khả năng vượt chỉ tiêu"),
        )
    ):
        style.title(axes[0][number], text)
    _draw_coverage(axes[0][0], coverage, locale)
    ax = axes[0][1]
    for place, measure in enumerate(pit.columns):
        colour = _colour(str(measure))
        left = np.arange(_BINS) / _BINS + 0.05 * place
        ax.bar(left, pit[measure], width=0.045, align="edge", color=colour, label=locale.term(str(measure)))
    ax.axhline(1 / _BINS, color=style.NATION, linewidth=1, linestyle=(0, (3, 2)))
    ax.set_xticks([0, 0.5, 1], [locale.percent(x, 0) for x in (0, 0.5, 1)])
    style.percent_axis(ax, locale)
    ax.yaxis.set_major_locator(MultipleLocator(0.05))
    ax.legend(fontsize=7.5, frameon=False, loc="upper center", ncols=2)
    ax = axes[0][2]
    ax.plot([0, 1], [0, 1], color=style.NATION, linewidth=1, linestyle=(0, (3, 2)))
    for measure, table in reliability.items():
        colour, (line, mark) = _colour(measure), _LINES[measure]
        ax.plot(table["chance"], table["happened"], color=colour, linestyle=line, marker=mark, markersize=3.5)
    ax.set_xlim(-0.03, 1.03)
    ax.set_ylim(-0.03, 1.03)
    style.percent_axis(ax, locale)
    style.percent_axis(ax, locale, axis="x")
    return drawing


def _draw_coverage(ax: Axes, coverage: pd.DataFrame, locale: Locale) -> None:
    for level in (0.8, 0.95):
        ax.plot([3, 11], [level, level], color=style.NATION, linewidth=1, linestyle=(0, (3, 2)))
        for measure in coverage.index.get_level_values("measure").unique():
            colour, (line, mark) = _colour(str(measure)), _LINES[str(measure)]
            own = coverage[coverage.index.get_level_values("measure") == measure].droplevel("measure")
            values = own[f"in_{round(level * 100)}"].astype("float64")
            ax.plot(own.index, values, color=colour, linestyle=line, marker=mark, markersize=3)
    ax.set_xticks([3, 6, 9, 11], [locale.month(n) for n in (3, 6, 9, 11)])
    ax.set_ylim(0.4, 1.02)
    style.percent_axis(ax, locale)


def _colour(measure: str) -> str:
    return style.OWN if measure == "cases" else style.OTHER[1]
