"""Charts of how much a few provinces weigh."""

from __future__ import annotations

__all__ = ["shares_and_lorenz"]

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from thads_analysis.report.charts import style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from thads_analysis.locale import Locale


def shares_and_lorenz(
    shares: pd.DataFrame, curves: pd.DataFrame, ginis: Mapping[str, float], locale: Locale
) -> Figure:
    """Bars of the largest shares of the national total beside the Lorenz curves of all provinces.

    Parameters
    ----------
    shares : DataFrame
        Columns ``name`` and ``share`` (fractions), in the order to draw.
    curves : DataFrame
        Columns ``completed`` and ``eligible``: cumulative shares of the provinces, fractions, each in any
        order.
    ginis : mapping of str to float
        By column of `curves`.
    """
    drawing, axes = style.panels(2, height=78)
    bars, lorenz = axes[0]
    y = range(len(shares))
    bars.barh(y, shares["share"], height=0.7, color=style.OWN)
    for i, share in enumerate(shares["share"]):
        bars.text(share, i, " " + locale.percent(share, 1), va="center", fontsize=8, color="#222222")
    bars.set_yticks(y, shares["name"], fontsize=8)
    bars.set_ylim(len(shares) - 0.4, -0.6)
    bars.set_xlim(0, max(shares["share"]) * 1.2)
    bars.grid(visible=False)
    bars.set_xticks([])
    bars.spines["bottom"].set_visible(False)
    style.title(bars, locale.text("Tỷ trọng trong toàn quốc"))
    lorenz.plot([0, 1], [0, 1], color=style.OTHER_YEARS, linewidth=1)
    looks = {
        "completed": (style.OWN, "-", 0.62, locale.text("thi hành xong")),
        "eligible": (style.LAST_YEAR, (0, (4, 2)), 0.36, locale.text("có điều kiện")),
    }
    for item, (colour, line, at, name) in looks.items():
        held = np.sort(curves[item].to_numpy(float))
        place = np.arange(len(held) + 1) / len(held)
        held = np.concatenate([[0.0], held])
        lorenz.plot(place, held, color=colour, linewidth=2, linestyle=line)
        label = locale.text("{name}: Gini {gini}", name=name, gini=locale.decimal(ginis[item], 2))
        lorenz.text(0.03, at + 0.3, label, fontsize=8, color=colour)
    lorenz.plot([0.03, 0.11], [0.87, 0.87], color=style.OWN, linewidth=2)
    lorenz.plot([0.03, 0.11], [0.61, 0.61], color=style.LAST_YEAR, linewidth=2, linestyle=(0, (4, 2)))
    lorenz.set(xlim=(0, 1), ylim=(0, 1))
    style.percent_axis(lorenz, locale)
    style.percent_axis(lorenz, locale, axis="x")
    lorenz.set_xlabel(locale.text("các địa phương, từ ít đến nhiều"), fontsize=7.5)
    style.title(lorenz, locale.text("Phần số tiền cộng dồn"))
    return drawing
