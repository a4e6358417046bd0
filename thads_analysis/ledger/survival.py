"""Time from intake to completion, and how many of the cases at hand will be completed by a day."""

from __future__ import annotations

__all__ = ["Expected", "expected_completions", "incidence", "kaplan_meier", "time_to_completion"]

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from thads_analysis.errors import DataError

_Z95 = 1.959964
_PRIOR = 20.0
"""Cases' worth of its wider group that a group's share is mixed with."""

_GROUPS = ("eligible", "age", "amount", "kind")
_YEAR, _HALF, _TWO = 365, 182, 730


def kaplan_meier(spells: pd.DataFrame) -> pd.DataFrame:
    """Share of cases not yet completed by days since intake (Kaplan and Meier), with 95 % intervals.

    S(t) = ∏ (1 − d/n) over the days up to t on which d of n cases at risk were completed; standard
    error by Greenwood's formula; interval on the scale of log(−log S), which stays within 0 and 1.
    A case that left otherwise is taken as no longer watched: S is what would hold if no case were
    entrusted, revoked or moved to the separate book (`incidence` counts them as they are).

    Parameters
    ----------
    spells : DataFrame
        As of `age.spells`: ``entry, exit, ending``.

    Returns
    -------
    DataFrame
        Index ``days`` with a completion; columns ``at_risk, completed, share, std_error, lower, upper``.

    Notes
    -----
    E. L. Kaplan and P. Meier, *Journal of the American Statistical Association* 53 (1958), 457-481;
    computed by statsmodels' ``SurvfuncRight``, with late entry.
    """
    from statsmodels.duration.survfunc import SurvfuncRight

    done = (spells["ending"] == "completed").to_numpy()
    if not done.any():
        index = pd.Index([], name="days", dtype="int64")
        return pd.DataFrame(
            columns=["at_risk", "completed", "share", "std_error", "lower", "upper"],
            index=index,
            dtype="float",
        )
    fit = SurvfuncRight(
        spells["exit"].to_numpy("float"), done.astype("int"), entry=spells["entry"].to_numpy("float")
    )
    share, error = fit.surv_prob, fit.surv_prob_se
    with np.errstate(divide="ignore", invalid="ignore"):
        log = np.log(share)
        width = _Z95 * error / (share * np.abs(log))
        lower, upper = share ** np.exp(width), share ** np.exp(-width)
    return pd.DataFrame(
        {
            "at_risk": fit.n_risk.astype("int64"),
            "completed": fit.n_events.astype("int64"),
            "share": share,
            "std_error": error,
            "lower": lower,
            "upper": upper,
        },
        index=pd.Index(fit.surv_times.astype("int64"), name="days"),
    )


def incidence(spells: pd.DataFrame) -> pd.DataFrame:
    """Share of cases completed, and share that left otherwise, by days since intake (Aalen and Johansen).

    Each day adds the share still open before it times d/n, d the exits of that sort among n at risk.

    Returns
    -------
    DataFrame
        Index ``days`` with an exit; columns ``completed, other, open``, which add up to 1.

    Notes
    -----
    O. O. Aalen and S. Johansen, *Scandinavian Journal of Statistics* 5 (1978), 141-150.
    """
    exits, entries = np.sort(spells["exit"].to_numpy()), np.sort(spells["entry"].to_numpy())
    ended = spells[spells["ending"] != "open"]
    counts = pd.crosstab(ended["exit"], ended["ending"]).reindex(columns=["completed", "other"], fill_value=0)
    days = counts.index.to_numpy()
    at_risk = np.searchsorted(entries, days, side="left") - np.searchsorted(exits, days, side="left")
    hazards = counts.div(at_risk, axis="index")
    still_open = (1 - hazards.sum(axis="columns")).cumprod()
    found = hazards.mul(still_open.shift(fill_value=1.0), axis="index").cumsum()
    return found.assign(open=still_open).rename_axis(index="days", columns=None)


def time_to_completion(spells: pd.DataFrame, by: str) -> pd.DataFrame:
    """Time from intake to completion of each group of cases, and of all.

    Parameters
    ----------
    spells : DataFrame
        As of `age.spells`.
    by : {"kind", "amount"}

    Returns
    -------
    DataFrame
        Index the groups and ``all``; columns ``cases`` (watched), ``completed``, ``median`` and its 95 %
        interval ``median_lower, median_upper`` (days, where the Kaplan-Meier share and its bounds come
        to a half; missing where they do not), ``within_1y`` with ``within_1y_lower, within_1y_upper``
        (1 − S at 365 days; missing when on some day before that nobody was watched), ``within_6m``,
        ``within_2y``, and ``really_within_1y``: with other exits counted (`incidence`).
    """
    groups = dict(iter(spells.groupby(by, observed=True)))
    rows = {name: _describe(group) for name, group in {**groups, "all": spells}.items()}
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis(by)


def _describe(spells: pd.DataFrame) -> dict[str, Any]:
    curve = kaplan_meier(spells)
    watched = _last_watched(spells)

    def share(column: str, days: int) -> float:
        known = curve.loc[:days, column]
        if watched < days:
            return np.nan
        return 1 - float(known.iloc[-1]) if len(known) else 0.0

    def halfway(column: str) -> float:
        below = curve.index[curve[column] <= 0.5]
        return float(below[0]) if len(below) else np.nan

    really = incidence(spells).loc[:_YEAR, "completed"] if watched >= _YEAR else pd.Series(dtype="float")
    return {
        "cases": len(spells),
        "completed": int((spells["ending"] == "completed").sum()),
        "median": halfway("share"),
        "median_lower": halfway("lower"),
        "median_upper": halfway("upper"),
        "within_6m": share("share", _HALF),
        "within_1y": share("share", _YEAR),
        "within_1y_lower": share("upper", _YEAR),
        "within_1y_upper": share("lower", _YEAR),
        "within_2y": share("share", _TWO),
        "really_within_1y": float(really.iloc[-1]) if len(really) else np.nan,
    }


def _last_watched(spells: pd.DataFrame) -> int:
    """Last day since intake until which there was always a case at risk; −1 when there was none at first."""
    exits, entries = np.sort(spells["exit"].to_numpy()), np.sort(spells["entry"].to_numpy())
    days = np.arange(exits[-1] + 2)
    at_risk = np.searchsorted(entries, days, side="left") - np.searchsorted(exits, days, side="left")
    return int(np.flatnonzero(at_risk == 0)[0]) - 1


@dataclass(frozen=True)
class Expected:
    """Completions to expect of the cases at hand.

    Parameters
    ----------
    cases : int
        Cases at hand.
    mean : float
        Expected completions.
    lower_80, upper_80 : float
        Interval for what comes; missing with one past year, which does not tell how years differ.
    by_year : dict
        The same expectation from each past year alone.
    """

    cases: int
    mean: float
    lower_80: float
    upper_80: float
    by_year: dict[int, float]


def expected_completions(past: pd.DataFrame, stock: pd.DataFrame) -> Expected:
    """Expect of each case at hand what came of cases like it over the same months of past years.

    The share p of a group (eligible or not, age, amount, kind) is k/n of the past cases at hand then:
    k completed, n all of them, so that cases that were entrusted, revoked or moved to the separate book
    count as not completed. A group's share is mixed with that of the wider group without its last
    trait, worth 20 cases: p = (k + 20 p') / (n + 20).

    The variance is Σ p(1 − p) over the cases at hand, for the luck of each; plus Σ m² p(1 − p) / (n + 20)
    over the groups of m cases, for the shares; plus s² (1 + 1/Y), for what sets one year apart from
    another, s² the variance of what each of the Y past years alone leads to expect. The interval is that of
    a t distribution with Y − 1 degrees of freedom, wide where there are few years.

    Parameters
    ----------
    past : DataFrame
        Cases at hand on the same day of past years: ``eligible, age, amount, kind`` on that day,
        ``ending`` by the end of the months (`age.spells`), ``year``.
    stock : DataFrame
        Cases at hand now: the same columns but the last two.

    Raises
    ------
    DataError
        When there are no past cases.
    """
    if past.empty:
        message = "no past cases to learn from: the ledger does not reach back to the same months of a year"
        raise DataError(message)
    from scipy.stats import t

    mean, variance = _expect(past, stock)
    years = {int(year): _expect(past[past["year"] == year], stock)[0] for year in past["year"].unique()}
    reach = np.nan
    if len(years) > 1:
        between = np.var(list(years.values()), ddof=1) * (1 + 1 / len(years))
        reach = t.ppf(0.9, len(years) - 1) * np.sqrt(variance + between)
    lower, upper = np.clip([mean - reach, mean + reach], 0, len(stock))
    return Expected(len(stock), mean, float(lower), float(upper), years)


def _expect(past: pd.DataFrame, stock: pd.DataFrame) -> tuple[float, float]:
    """Mean and variance of the completions of a stock."""
    done = past.assign(done=past["ending"] == "completed")
    groups = stock.groupby(list(_GROUPS), observed=True).size().rename("held").reset_index()
    share: pd.Series[float] = pd.Series(done["done"].mean(), groups.index)
    known: pd.Series[float] = pd.Series(float(len(done)), groups.index)
    for depth in range(1, len(_GROUPS) + 1):
        traits = list(_GROUPS[:depth])
        seen = _count(done, traits)
        found = groups[traits].merge(seen, on=traits, how="left")
        number, completed = found["number"].fillna(0.0), found["completed"].fillna(0.0)
        share = (completed + _PRIOR * share) / (number + _PRIOR)
        known = number + _PRIOR
    held = groups["held"]
    chance = share * (1 - share)
    return float((held * share).sum()), float((held * chance).sum() + (held**2 * chance / known).sum())


def _count(done: pd.DataFrame, traits: Sequence[str]) -> pd.DataFrame:
    grouped = done.groupby(list(traits), observed=True)["done"]
    return grouped.agg(number="size", completed="sum").reset_index()
