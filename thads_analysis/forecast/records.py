"""Forecasts and scores as plain records, in the units in which they are printed."""

from __future__ import annotations

__all__ = ["score_records", "to_records"]

from typing import Any

import numpy as np
import pandas as pd

from thads_analysis.forecast.backtest import summarise
from thads_analysis.forecast.score import brier
from thads_analysis.org import NATION

_PERCENT = (
    "rate_now", "rate_median", "rate_mean", "lower_50", "upper_50", "lower_80", "upper_80",
    "lower_95", "upper_95", "target", "last_target", "last_year",
)  # fmt: skip
_POINTS = ("error", "bias", "crps", "pinball", "width_50", "width_80", "width_95")


def to_records(forecasts: pd.DataFrame) -> list[dict[str, Any]]:
    """Turn forecasts into objects of plain values, for JSON.

    Parameters
    ----------
    forecasts : DataFrame
        What `forecast` returned.

    Returns
    -------
    list of dict
        One object a row, with its columns as keys; rates and targets in percent, probabilities and
        multiples as they are, to four decimals; cases and đồng whole; what is missing is None.
    """
    return _to_plain(forecasts, _PERCENT)


def score_records(results: pd.DataFrame) -> list[dict[str, Any]]:
    """Average a backtest for the nation, for all provinces, and for each third of them by size.

    Parameters
    ----------
    results : DataFrame
        What `backtest` returned.

    Returns
    -------
    list of dict
        One object a group of organisations (``size``: nation, provinces, small, middle, large), measure,
        month and method, with the columns of `summarise` and ``brier``, the mean squared error of
        ``p_target``. Errors, scores and widths are in points; ``in_50`` and its like and ``relative`` are
        parts of one.
    """
    target = results["target"].astype("float64")
    squares = brier(
        np.asarray(results["p_target"], dtype=np.float64),
        np.asarray(results["actual"] > target, dtype=np.float64),
    )
    scored = results.assign(brier=np.where(target.notna(), squares, np.nan))
    provinces = scored[scored["org"] != NATION.key]
    groups = {"nation": scored[scored["org"] == NATION.key], "provinces": provinces}
    groups |= {size: provinces[provinces["size"] == size] for size in ("small", "middle", "large")}
    by = ["measure", "months", "method"]
    tables = [
        summarise(rows, by).join(rows.groupby(by)["brier"].mean()).reset_index().assign(size=size)
        for size, rows in groups.items()
        if len(rows)
    ]
    table = pd.concat(tables, ignore_index=True)
    return _to_plain(table[["size", *table.columns.drop("size")]], _POINTS)


def _to_plain(frame: pd.DataFrame, hundredfold: tuple[str, ...]) -> list[dict[str, Any]]:
    plain = frame.copy()
    for name in hundredfold:
        plain[name] = plain[name].astype("Float64") * 100
    for name in plain.columns:
        if pd.api.types.is_float_dtype(plain[name]):
            plain[name] = plain[name].astype("Float64").round(4)
    rows = plain.astype(object).to_dict("records")
    return [{str(key): None if pd.isna(value) else value for key, value in row.items()} for row in rows]
