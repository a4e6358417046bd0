"""The fan of the remaining months."""

from __future__ import annotations

__all__ = ["fan_chart"]

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from thads_analysis.glossary import MEASURES
from thads_analysis.report.charts import style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from thads_analysis.locale import Locale

_TOLD = (0.1, 0.9)  # ends of the band whose values stand beside the fan
_GAP = 5.3  # of two labels, as a share of the axis' height times that of the figure
_BANDS = ((0.025, 0.975, 0.18), (0.1, 0.9, 0.3), (0.25, 0.75, 0.45))


def fan_chart(
    history: pd.DataFrame,
    ahead: pd.DataFrame | None,
    targets: pd.Series,
    locale: Locale,
    *,
    height: float = 76,
) -> Figure:
    """Draw this year's cumulative rate, its simulated rest of the year, last year's path, the target.

    Parameters
    ----------
    history : DataFrame
        Index ``fiscal_year, months`` of this year and the last; columns measures, fractions.
    ahead : DataFrame or None
        Index ``measure, months``; one column a quantile level; fractions. None at the year's end.
    targets : Series
        Index measure: the year's target as a fraction, missing where unknown.
    height : float
        Of the figure, in millimetres.
    """
    drawing, axes = style.panels(2, height=height)
    this_year = int(history.index.get_level_values("fiscal_year").max())
    for ax, measure in zip(axes[0], MEASURES, strict=True):
        style.title(ax, locale.heading(measure))
        wide = history[measure].astype("float").unstack("fiscal_year")
        ends = []
        if this_year - 1 in wide:
            last = wide[this_year - 1].dropna()
            ax.plot(last.index, last, color=style.LAST_YEAR, linewidth=1.3)
            if len(last):
                text = f"{this_year - 1}: {locale.percent(last.iloc[-1], 1)}"
                ends.append((last.index[-1], last.iloc[-1], text, style.LAST_YEAR))
        now = wide[this_year].dropna()
        ax.plot(now.index, now, color=style.OWN, linewidth=2.2)
        if ahead is not None and measure in ahead.index.get_level_values("measure") and len(now):
            fan = ahead.xs(measure, level="measure").astype("float")
            months = np.concatenate([[now.index[-1]], fan.index])
            for low, high, alpha in _BANDS:
                edges = [np.concatenate([[now.iloc[-1]], fan[level]]) for level in (low, high)]
                ax.fill_between(months, *edges, color=style.OWN, alpha=alpha, linewidth=0)
            middle = np.concatenate([[now.iloc[-1]], fan[0.5]])
            ax.plot(months, middle, color=style.OWN, linewidth=1.4, linestyle=(0, (2, 1.5)))
            text = f"{this_year}: {locale.percent(middle[-1], 1)}"
            ends.append((12, middle[-1], text, style.OWN))
            told = fan[list(_TOLD)].to_numpy()[-1]
            ends += [(12, value, locale.percent(value, 1), style.OWN) for value in told]
        elif len(now):
            text = f"{this_year}: {locale.percent(now.iloc[-1], 1)}"
            ends.append((now.index[-1], now.iloc[-1], text, style.OWN))
        style.target_line(ax, targets[measure], locale)
        ax.set_ylim(bottom=0)
        style.month_axis(ax, locale, room=3.2)
        style.percent_axis(ax, locale)
        style.label_ends(ax, ends, gap=_GAP / height)
    return drawing
