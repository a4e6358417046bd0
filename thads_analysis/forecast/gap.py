"""What it would take: completions still needed to end the year above the target."""

from __future__ import annotations

__all__ = ["gap_completions", "past_completions", "required_completions", "required_months", "sum_members"]

from collections.abc import Mapping, Sequence
from fractions import Fraction

import numpy as np
import pandas as pd

from thads_analysis.forecast.history import Array, History

_RECENT_YEARS = 3
"""How many of the latest usable years say what the remaining months usually bring."""


def required_completions(completed: int, eligible: int, target: float) -> int:
    """Completions still needed for a rate strictly above the target.

    Formula: ``max(0, floor(target x eligible) + 1 - completed)``.

    Parameters
    ----------
    completed : int
        Completed so far, cases or đồng.
    eligible : int
        Eligible at the year's end, as expected.
    target : float
        A fraction, taken at its printed digits: 0.825 is 825/1000.

    Examples
    --------
    82.5 % of 200 cases are 165: "above" asks for 166.

    >>> required_completions(completed=100, eligible=200, target=0.825)
    66
    """
    return max(0, -gap_completions(completed, eligible, target))


def gap_completions(completed: int, eligible: int, target: float, months: int = 12) -> int:
    """How far completions lie from the least number that is strictly above the target.

    Formula: ``completed - (floor(target x months / 12 x eligible) + 1)``; negative: so many are lacking;
    zero or more: the target is passed with so many to spare.

    Parameters
    ----------
    completed, eligible : int
        Cases or đồng, as they stand.
    target : float
        A fraction, taken at its printed digits.
    months : int
        12 holds them against the year's target; fewer, against its straight-line part (tiến độ).

    Examples
    --------
    The year's 82.5 % of 200 cases asks for 166; the part of nine months, 61.875 %, for 124.

    >>> gap_completions(130, 200, 0.825), gap_completions(130, 200, 0.825, months=9)
    (-36, 6)
    """
    needed = Fraction(repr(float(target))) * Fraction(months, 12) * eligible
    return completed - (needed.numerator // needed.denominator + 1)


def sum_members(values: Array, orgs: Sequence[str], members: Mapping[str, Sequence[str]]) -> Array:
    """Sum ``measure x org x ...`` over the members of each organisation; NaN where a member's is."""
    places = {org: place for place, org in enumerate(orgs)}
    sums = [values[:, [places[org] for org in group]].sum(axis=1) for group in members.values()]
    return np.stack(sums, axis=1)


def past_completions(history: History, members: Mapping[str, Sequence[str]]) -> pd.DataFrame:
    """What each remaining month brought in past years: as usual, and at most.

    Parameters
    ----------
    history : History
        A year of it is usable when its month of the period and its twelfth are known.
    members : mapping of str to sequence of str
        Provinces behind each organisation wanted.

    Returns
    -------
    DataFrame
        Index ``org, measure, months``; cases or đồng, float, NaN without a usable year.

        - ``usual``: mean of the latest three usable years, weighted by `breaks.year_weights`, months that lie
          in a gap on the straight line; of several provinces the sum of theirs, to which one without such a
          year adds nothing
        - ``best, best_year``: the most that the month brought in a year in which it is known; of several
          provinces in one in which it is known of all
        - ``best_rest, best_rest_year``: the same for all remaining months together
    """
    gains = history.past_completions()
    months = history.months[: gains.shape[-1]]
    filled = np.diff(_bridge_gaps(history.completed[:, :, :-1, history.period.months - 1 :]), axis=-1)
    usable = np.asarray(np.isfinite(filled).all(axis=-1) & (len(months) > 0))
    recent = usable & (usable[:, :, ::-1].cumsum(axis=2)[:, :, ::-1] <= _RECENT_YEARS)
    weights = recent * history.past_weights
    total = weights.sum(axis=2)[..., None]
    mean = np.einsum("mot,moth->moh", weights, np.where(recent[..., None], filled, 0.0))
    usual = sum_members(
        np.where(total > 0, mean / np.where(total > 0, total, 1.0), 0.0), history.orgs, members
    )
    any_year = sum_members(usable.any(axis=2).astype(float), history.orgs, members) > 0
    best, best_year = _find_most(sum_members(gains, history.orgs, members), history.years)
    whole = history.completed[:, :, :-1, -1] - history.completed[:, :, :-1, history.period.months - 1]
    rest, rest_year = _find_most(
        sum_members(np.where(usable, whole, np.nan), history.orgs, members), history.years
    )
    columns = {
        "usual": np.where(any_year[..., None], usual, np.nan),
        "best": best,
        "best_year": best_year,
        "best_rest": np.repeat(rest[..., None], len(months), axis=-1),
        "best_rest_year": np.repeat(rest_year[..., None], len(months), axis=-1),
    }
    index = pd.MultiIndex.from_product(
        [list(members), history.measures, months], names=["org", "measure", "months"]
    )
    return pd.DataFrame(
        {name: values.transpose(1, 0, 2).ravel() for name, values in columns.items()}, index=index
    )


def _bridge_gaps(cumulative: Array) -> Array:
    """Lay months in a gap on the straight line; a year without its first or last month stays unknown."""
    bridged = cumulative.copy()
    there = np.isfinite(cumulative)
    ends = there[..., 0] & there[..., -1]
    bridged[~ends] = np.nan
    steps = np.arange(cumulative.shape[-1])
    for cell in zip(*np.nonzero(ends & ~there.all(axis=-1)), strict=True):
        known = np.isfinite(bridged[cell])
        bridged[cell] = np.interp(steps, steps[known], bridged[cell][known])
    return bridged


def _find_most(values: Array, years: Sequence[int]) -> tuple[Array, Array]:
    """Largest value over the years (third axis) and its year; NaN where none is known."""
    if not values.shape[2]:
        nothing = np.full(np.delete(values.shape, 2), np.nan)
        return nothing, nothing
    known = np.isfinite(values).any(axis=2)
    place = np.where(np.isfinite(values), values, -1.0).argmax(axis=2)
    most = np.take_along_axis(values, place[:, :, None], axis=2)[:, :, 0]
    return np.where(known, most, np.nan), np.where(known, np.array(years, dtype=float)[place], np.nan)


def required_months(
    history: History, members: Mapping[str, Sequence[str]], forecasts: pd.DataFrame
) -> pd.DataFrame:
    """Spread what is required over the remaining months as they usually share it.

    Formula: ``required_completions x usual of the month / usual of all remaining months``, rounded so that
    the months add up to what is required; ``multiple = required_completions / usual of all remaining
    months``, the same in every month.

    Parameters
    ----------
    history, members
        As in `past_completions`; those behind the forecasts (`outlook.Outlook`).
    forecasts : DataFrame
        What `forecast` returned.

    Returns
    -------
    DataFrame
        Index ``org, measure, months``; columns ``usual, required, best`` (Int64, cases or đồng), ``multiple``
        (Float64) and ``best_year`` (Int64): a month that needs more than its best has never brought it.
        Rows of organisations without a target, a forecast or a usable year are left out.
    """
    frame = past_completions(history, members)
    regime, code = forecasts["org_regime"], forecasts["org_code"]
    keys = pd.MultiIndex.from_arrays(
        [code.where(regime == "", regime + ":" + code), forecasts["measure"]], names=["org", "measure"]
    )
    required = pd.Series(forecasts["required_completions"].to_numpy(float, na_value=np.nan), index=keys)
    units = frame.groupby(level=["org", "measure"], sort=False)["usual"]
    whole = units.transform("sum")
    need = required.reindex(pd.MultiIndex.from_frame(frame.index.to_frame()[["org", "measure"]])).to_numpy()
    kept = (whole > 0) & np.isfinite(need)
    share = units.cumsum() / whole.where(whole > 0)
    # The last share is one up to rounding of floats; what is required must come out exactly.
    due = np.ceil(np.round(share * need, 6))
    last = frame.index.get_level_values("months") == history.months[-1]
    due = due.mask(last, need)
    table = pd.DataFrame(
        {
            "usual": frame["usual"].round(),
            "required": due - due.groupby(level=["org", "measure"]).shift(fill_value=0),
            "multiple": need / whole.where(whole > 0),
            "best": frame["best"],
            "best_year": frame["best_year"],
        }
    )[kept].sort_index()
    types = dict.fromkeys(("usual", "required", "best", "best_year"), "Int64")
    typed: pd.DataFrame = table.astype(types | {"multiple": "Float64"})
    return typed
