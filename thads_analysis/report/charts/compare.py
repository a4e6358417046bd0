"""Lines and bars of whatever an analyst lays side by side."""

from __future__ import annotations

__all__ = ["bars", "lines"]

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from thads_analysis.org import NATION
from thads_analysis.period import Period
from thads_analysis.report.charts import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from thads_analysis.locale import Locale

_DASHES = ("solid", (0, (5, 1.2)), (0, (3, 1, 1, 1)), (0, (1, 1)))
_TRILLION = 1e12


def lines(frame: pd.DataFrame, names: Mapping[str, str], unit: str, locale: Locale) -> Figure:
    """Draw lines through time, broken where a fiscal year begins.

    Parameters
    ----------
    frame : DataFrame
        Index ``fiscal_year, months``; a column a line: keys of organisations, or kinds of comparison.
    names : mapping of str to str
        What is written at the end of each line.
    unit : {"percent", "ratio", "days", "cases", "dong"}
    """
    drawing, axes = style.panels(height=82)
    ax, ends, place = axes[0, 0], [], 0
    years, months = (frame.index.get_level_values(level).to_numpy() for level in ("fiscal_year", "months"))
    first, last = int(years[0] * 12 + months[0]), int(years[-1] * 12 + months[-1])
    time = np.arange(first, last + 1)
    begins = np.flatnonzero((time - 1) % 12 == 0)[1 if (first - 1) % 12 == 0 else 0 :]
    for key in frame.columns:
        values = pd.Series(frame[key].to_numpy("float64", na_value=np.nan), index=years * 12 + months)
        values = values.reindex(time)
        own = _is_org(str(key))
        colour, width, dashes = _look(str(key), place)
        place += own
        x, y = np.insert(time.astype(float), begins, np.nan), np.insert(values.to_numpy(), begins, np.nan)
        ax.plot(x, y, color=colour, linewidth=width, linestyle=dashes, zorder=4 if own else 3)
        known = values.dropna()
        if len(known):
            ends.append((float(known.index[-1]), float(known.iloc[-1]), names[str(key)], colour))
    span = last - first + 1
    ax.set_xlim(first - 0.4, last + max(1.0, 0.3 * span))
    ticks = [month for month in time if (month - last) % (1 if span <= 7 else 3 if span <= 24 else 12) == 0]
    ax.set_xticks(ticks, [_name_month(int(month), locale) for month in ticks])
    _value_axis(ax, unit, locale, "y")
    ax.set_ylim(bottom=min(0.0, ax.get_ylim()[0]))
    style.label_ends(ax, ends)
    return drawing


def bars(frame: pd.DataFrame, unit: str, locale: Locale) -> Figure:
    """Draw a bar a line for now, and a mark where it stood at the same period of last year.

    Parameters
    ----------
    frame : DataFrame
        Index lines; columns ``name, now, base``.
    unit : {"percent", "ratio", "days", "cases", "dong"}
    """
    drawing, axes = style.panels(height=20 + 8 * len(frame))
    ax = axes[0, 0]
    y = np.arange(len(frame))
    now, base = (frame[name].to_numpy("float64", na_value=np.nan) for name in ("now", "base"))
    colours = [
        style.OWN if _is_org(str(key)) and key != NATION.key else style.LAST_YEAR for key in frame.index
    ]
    ax.barh(y, np.nan_to_num(now), height=0.62, color=colours)
    ax.plot(base, y, "D", color="white", markeredgecolor="#222222", markersize=6)
    ax.set_yticks(y, list(frame["name"]))
    ax.invert_yaxis()
    ax.grid(visible=False)
    _value_axis(ax, unit, locale, "x")
    ax.set_xlabel(locale.text("thanh: kỳ này; hình thoi: cùng kỳ năm trước"), fontsize=7.5)
    return drawing


def _is_org(key: str) -> bool:
    return key == NATION.key or ":" in key


def _look(key: str, place: int) -> tuple[str, float, Any]:
    """Colour, width and dashes of a line; dashes tell lines apart in grey."""
    if _is_org(key):
        return (style.OWN if place == 0 else style.OTHER[(place - 1) % 4]), 2.2, _DASHES[place % 4]
    return {
        "nation": (style.NATION, 1.3, (0, (4, 2))),
        "last_year": (style.LAST_YEAR, 1.3, "solid"),
        "region": (style.OTHER[3], 1.3, (0, (1, 1.2))),
        "band": (style.OTHER[1], 1.3, (0, (6, 1, 1, 1))),
        "nearest": (style.OTHER[2], 1.3, (0, (3, 2))),
        "own": (style.TARGET, 1.3, (0, (2, 1, 2, 3))),
    }[key]


def _name_month(number: int, locale: Locale) -> str:
    years, months = divmod(number - 1, 12)
    year, _ = Period(years, months + 1).calendar_month
    return f"{locale.month(months + 1)}\n{year}"


def _value_axis(ax: Axes, unit: str, locale: Locale, axis: str) -> None:
    which = ax.yaxis if axis == "y" else ax.xaxis
    if unit == "percent":
        style.percent_axis(ax, locale, axis=axis)
    elif unit == "dong":
        most = max(abs(end) for end in (ax.get_ylim() if axis == "y" else ax.get_xlim()))
        size, name = (
            (_TRILLION, locale.text("nghìn tỷ đồng"))
            if most > 5 * _TRILLION
            else (1e9, locale.text("tỷ đồng"))
        )
        digits = 0 if most / size > 5 else 1
        which.set_major_formatter(lambda value, _: locale.decimal(float(value) / size, digits))
        ax.annotate(
            name, (0, 1), xycoords="axes fraction", xytext=(0, 4), textcoords="offset points", fontsize=7.5
        )
    else:
        style.number_axis(ax, locale, 1 if unit == "ratio" else 0, axis=axis)
