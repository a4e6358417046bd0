"""What share of cases is completed by time since intake."""

from __future__ import annotations

__all__ = ["completion_curve"]

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from thads_analysis.report.charts import style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from thads_analysis.locale import Locale

_DAYS = 730


def completion_curve(curve: pd.DataFrame, really: pd.DataFrame, locale: Locale) -> Figure:
    """Draw the share completed with its interval, and the share with other exits counted.

    Parameters
    ----------
    curve : DataFrame
        Of `survival.kaplan_meier`.
    really : DataFrame
        Of `survival.incidence`.
    """
    drawing, axes = style.panels(height=70)
    ax = axes[0, 0]
    curve, really = curve.loc[:_DAYS], really.loc[:_DAYS]
    days = np.r_[0, curve.index, _DAYS]
    done, low, high = (
        1 - np.r_[1, curve[name], curve[name].iloc[-1]] for name in ("share", "upper", "lower")
    )
    ax.fill_between(days, low, high, step="post", color=style.OWN, alpha=0.2, linewidth=0)
    ax.step(days, done, where="post", color=style.OWN, linewidth=1.8)
    others = np.r_[0, really["completed"], really["completed"].iloc[-1]]
    ax.step(
        np.r_[0, really.index, _DAYS],
        others,
        where="post",
        color=style.LAST_YEAR,
        linewidth=1.3,
        linestyle=(0, (4, 2)),
    )
    ax.set_xlim(0, _DAYS * 1.16)
    ax.set_ylim(0, 1)
    ticks = (0, 91, 183, 365, 548, _DAYS)
    ax.set_xticks(ticks, [locale.integer(day) for day in ticks])
    ax.set_xlabel(locale.text("ngày từ khi thụ lý"), fontsize=8)
    style.percent_axis(ax, locale)

    style.label_ends(
        ax,
        [
            (_DAYS, float(done[-1]), locale.text("đã xong"), style.OWN),
            (_DAYS, float(others[-1]), locale.text("tính cả ra khỏi sổ"), style.LAST_YEAR),
        ],
    )
    return drawing
