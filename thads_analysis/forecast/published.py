"""The idea of the usual path tried on printed national figures alone."""

from __future__ import annotations

__all__ = ["leave_one_out", "published_pairs"]

import numpy as np
import pandas as pd

from thads_analysis.forecast.history import from_logit, to_logit
from thads_analysis.load.published import load_published
from thads_analysis.org import NATION

_MONTHS = 12
_KEY = ["measure", "months", "fiscal_year"]


def published_pairs() -> pd.DataFrame:
    """Every printed national rate of a part of a year beside the one of its end.

    Exact figures only, printed or worked out from printed ones, and the one to be believed most where
    several were printed (see `load.published.load_published`): a final year end before a provisional one.

    Returns
    -------
    DataFrame
        Index ``measure, months, fiscal_year``; columns ``rate`` (after those months) and ``end``;
        fractions.
    """
    figures = load_published()
    rates = figures[
        (figures["org"] == NATION.key)
        & (figures["item"] == "completion_rate")
        & (figures["bound"] == "exact")
        & figures["measure"].isin(["cases", "money"])
    ].drop_duplicates(_KEY)
    table = rates[_KEY].assign(rate=rates["value"].astype("float64") / 100)
    year_end = table["months"] == _MONTHS
    ends = table[year_end].drop(columns="months").rename(columns={"rate": "end"})
    pairs: pd.DataFrame = table[~year_end].merge(ends, on=["measure", "fiscal_year"])
    return pairs.set_index(_KEY).sort_index()


def leave_one_out(pairs: pd.DataFrame, level: float = 0.8) -> pd.DataFrame:
    """Forecast each year's end from the other years' movements since the same month.

    Formula: ``logit(rate) + mean of the others' logit(end) - logit(rate)``; the interval is Student's
    for one more value, ``mean +- t(n - 1) s sqrt(1 + 1 / n)``. Other years are earlier and later ones,
    all with the same weight: the points are too few to do otherwise. Where a single other year is known,
    the scatter is that of the measure's other months, pooled about their means, with as many degrees of
    freedom as it has there; the year in question is left out of it too.

    Parameters
    ----------
    pairs : DataFrame
        What `published_pairs` returned.
    level : float
        Part of results that the interval is to hold.

    Returns
    -------
    DataFrame
        The pairs' index; columns ``rate, end, forecast, lower, upper, error`` (forecast - end), ``inside``,
        ``others`` (number of other years) and ``pooled`` (whether the interval's scatter is that of other
        months). Pairs without another year of the same month are left out.
    """
    from scipy import stats

    rows = []
    for (measure, months), group in pairs.groupby(level=["measure", "months"]):
        start, end = to_logit(group["rate"].to_numpy()), to_logit(group["end"].to_numpy())
        for place in range(len(group)):
            moved = np.delete(end - start, place)
            count = len(moved)
            if not count:
                continue
            year = group.index.get_level_values("fiscal_year")[place]
            spread, freedom = moved.std(ddof=1) if count > 1 else np.nan, count - 1
            if count == 1:
                spread, freedom = _pool_scatter(pairs, str(measure), int(year))
            half = np.nan
            if freedom:
                half = float(stats.t(freedom).ppf(0.5 + level / 2) * spread * np.sqrt(1 + 1 / count))
            middle = start[place] + moved.mean()
            found = from_logit(np.array([middle, middle - half, middle + half]))
            rows.append((measure, months, year, *group.iloc[place], *found, count, count == 1))
    columns = [*_KEY, "rate", "end", "forecast", "lower", "upper", "others", "pooled"]
    table = pd.DataFrame(rows, columns=columns).set_index(_KEY)
    table["error"] = table["forecast"] - table["end"]
    inside = (table["lower"] <= table["end"]) & (table["end"] <= table["upper"])
    table["inside"] = inside.astype("boolean").mask(table["lower"].isna())
    return table


def _pool_scatter(pairs: pd.DataFrame, measure: str, left_out: int) -> tuple[float, int]:
    """Standard deviation of a measure's movements about their month's mean, and its degrees of freedom."""
    squares, freedom = 0.0, 0
    for _, group in pairs.xs(measure).drop(left_out, level="fiscal_year", errors="ignore").groupby("months"):
        moved = to_logit(group["end"].to_numpy()) - to_logit(group["rate"].to_numpy())
        squares += float(((moved - moved.mean()) ** 2).sum())
        freedom += len(moved) - 1
    return (float(np.sqrt(squares / freedom)), freedom) if freedom else (np.nan, 0)
