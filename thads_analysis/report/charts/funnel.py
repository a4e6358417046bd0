"""The funnel: every province's rate over how much it has to work on, between its control limits."""

from __future__ import annotations

__all__ = ["funnel_chart"]

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from thads_analysis.glossary import MEASURES
from thads_analysis.metrics.funnel import place
from thads_analysis.report.charts import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from thads_analysis.locale import Locale

_STEPS = 120
_DASHES = {"95": (0, (4, 2)), "998": "solid"}
_LEVELS = {"95": "95%", "998": "99,8%"}
_MOST_NAMED = 5


def funnel_chart(
    placed: Mapping[str, pd.DataFrame],
    limits: Mapping[str, Callable[[NDArray[np.float64]], pd.DataFrame]],
    own: str,
    names: Mapping[str, str],
    locale: Locale,
) -> Figure:
    """Draw a funnel for each measure, side by side.

    Parameters
    ----------
    placed : mapping of str to DataFrame
        By measure, as `metrics.funnel.funnel` gives it.
    limits : mapping of str to callable
        By measure: limits at an amount eligible, columns as in `placed`.
    own : str
        Key of the province whose page it is: drawn large and named.
    names : mapping of str to str
        Name of each key; beside the page's own only provinces beyond the outer limits are named.
    """
    drawing, axes = style.panels(2, height=82)
    for ax, measure in zip(axes[0], MEASURES, strict=True):
        style.title(ax, locale.heading(measure))
        if measure not in placed:
            ax.text(
                0.5, 0.5, locale.text("không đủ số liệu"), ha="center", transform=ax.transAxes, fontsize=8
            )
            ax.set_xticks([])
            ax.set_yticks([])
            continue
        frame, scale = placed[measure], 1e9 if measure == "money" else 1
        eligible = frame["eligible"].to_numpy(np.float64)
        grid = np.geomspace(eligible.min() * 0.85, eligible.max() * 1.2, _STEPS)
        curves = limits[measure](grid)
        ax.set_xscale("log")
        ax.set_xlim(grid[0] / scale, grid[-1] / scale * 1.7)
        for level, dashes in _DASHES.items():
            for side in ("lower", "upper"):
                ax.plot(
                    grid / scale,
                    curves[f"{side}_{level}"],
                    color=style.LAST_YEAR,
                    linewidth=1,
                    linestyle=dashes,
                )
            ax.annotate(
                _LEVELS[level] if locale.lang == "vi" else _LEVELS[level].replace(",", "."),
                (grid[-1] / scale, curves[f"upper_{level}"].iloc[-1]),
                xytext=(2, 0),
                textcoords="offset points",
                va="center",
                fontsize=7,
                color="#555555",
            )
        centre = frame.attrs["centre"]
        ax.axhline(centre, color=style.NATION, linewidth=1.2, linestyle=(0, (1, 1.2)))
        where = place(frame)
        others = frame.index != own
        far = np.asarray(where.isin(["above_998", "below_998"]))
        for chosen, filled in ((others & ~far, False), (others & far, True)):
            ax.scatter(
                eligible[chosen] / scale,
                frame["rate"][chosen],
                s=16,
                facecolor=style.LAST_YEAR if filled else "white",
                edgecolor=style.LAST_YEAR,
                linewidth=0.8,
                zorder=3,
            )
        for key in frame.index[others & far][:_MOST_NAMED]:
            _name(ax, frame.loc[key].to_dict(), scale, names[key], "#333333", 7)
        if own in frame.index:
            row = frame.loc[own].to_dict()
            ax.scatter(row["eligible"] / scale, row["rate"], s=60, color=style.OWN, marker="D", zorder=5)
            _name(ax, row, scale, f"{names[own]} {locale.percent(row['rate'])}", style.OWN, 8)
        ax.minorticks_off()
        ticks = _ticks(grid / scale)
        ax.set_xticks(ticks, [locale.decimal(float(tick), 0) for tick in ticks])
        ax.set_xlabel(
            locale.text("Số việc có điều kiện thi hành (thang log)")
            if measure == "cases"
            else locale.text("Số tiền có điều kiện thi hành, tỷ đồng (thang log)"),
            fontsize=8,
            color="#333333",
        )
        style.percent_axis(ax, locale)
    return drawing


def _name(ax: Axes, row: dict[Any, Any], scale: float, text: str, colour: str, size: float) -> None:
    """Write a name beside a point, on the side where there is room."""
    low, high = ax.get_xlim()
    x = float(row["eligible"]) / scale
    right = x < np.sqrt(low * high)
    ax.annotate(
        text,
        (x, row["rate"]),
        xytext=(6 if right else -6, 5),
        textcoords="offset points",
        ha="left" if right else "right",
        fontsize=size,
        color=colour,
        fontweight="bold" if size >= 8 else "normal",
        zorder=6,
        bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.75, "pad": 0.5},
    )


def _ticks(values: NDArray[np.float64]) -> list[float]:
    """Round numbers, 1 2 5, within a range of amounts: at most five of them."""
    low, high = float(values.min()), float(values.max())
    powers = range(int(np.floor(np.log10(low))), int(np.ceil(np.log10(high))) + 1)
    found = [step * 10.0**power for power in powers for step in (1, 2, 5)]
    found = [tick for tick in found if low <= tick <= high and tick >= 1]
    return found[:: -(-len(found) // 5)] if len(found) > 5 else found
