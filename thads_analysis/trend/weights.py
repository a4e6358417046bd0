"""What a change of the national rate is made of: provinces' own rates, and the weights between them."""

from __future__ import annotations

__all__ = ["change_without_largest", "national_rate_change"]

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from thads_analysis.errors import DataError, UsageError
from thads_analysis.org import NATION
from thads_analysis.trend.effects import rate_change
from thads_analysis.trend.slices import stack_measures, take_period

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from thads_analysis.period import Period

    Floats = NDArray[np.float64]

_PARTS = ["completed", "eligible", "base_completed", "base_eligible"]


def national_rate_change(
    panel: pd.DataFrame, period: Period, base: Period, by: pd.Series[Any] | None = None
) -> pd.DataFrame:
    """Split the change of the rate of all provinces together: their own rates, and their weights.

    Formula, with r a province's rate, w its share of the eligible total, R the rate of all::

        within  = (w1 + w0) / 2 x (r1 - r0)
        between = ((r1 + r0) / 2 - (R1 + R0) / 2) x (w1 - w0)

    Measured from the rate of all, ``between`` is positive for a province that gains weight with a
    rate above it; as weights sum to 1, the sum over provinces is the same as without. Where a
    province has nothing eligible in one of the periods, its rate of the other stands in: it enters or
    leaves by its weight alone.

    With groups, ``within`` is the sum of the group's provinces, ``between`` comes from the group's own
    weight and rate by the formula above, and ``inside`` from weights that moved among its provinces::

        inside = (W1 + W0) / 2 x (rate1 - rate0) of the group - sum of its provinces' within

    So the tables nest: within of a group is that of its provinces, inside and between of a group are
    together the between of its provinces, change is the sum of theirs.

    Parameters
    ----------
    panel : DataFrame
        Index ``org, fiscal_year, months``; columns ``measure, item``; provinces of one list: all of
        them, or those of a group. A row of the nation is left aside.
    period, base : Period
        The two periods, such as a period and its ``same_period_last_year``.
    by : Series, optional
        Group of every province (a region, a caseload band), index ``org``.

    Returns
    -------
    DataFrame
        Index ``org, measure`` (or the name of ``by`` and ``measure``); columns ``base_rate, rate,
        base_weight, weight, within, between, change`` (with groups ``within, inside, between,
        change``), fractions, Float64; ``change`` is the sum of the parts, and its sum over a measure
        is the change of the rate of all. A province that lacks a figure in either period is in neither
        sum: it is a row of missing values, or absent from its group's sum.

    Raises
    ------
    UsageError
        When ``by`` has no group for a province.
    DataError
        When the panel lacks one of the periods, or no province is in both.

    Notes
    -----
    Source: Kitagawa (1955), "Components of a Difference Between Two Rates", Journal of the American
    Statistical Association 50(272), 1168-1194: the symmetric form, without interaction.
    """
    now, then = (take_period(panel, p).drop(index=NATION.key, errors="ignore") for p in (period, base))
    if now.index.intersection(then.index).empty:
        message = (
            f"{period} and {base} have no province in common ({_show_orgs(now)}; {_show_orgs(then)}); "
            "bring both to one list of provinces first"
        )
        raise DataError(message)
    orgs = now.index.union(then.index)
    if by is not None and (left := orgs.difference(by.dropna().index)).size:
        message = (
            f"The grouping has no group for {', '.join(left[:5])} ({len(left)} in all); "
            "give every province of the panel one"
        )
        raise UsageError(message)
    groups = None if by is None else by.reindex(orgs).rename(str(by.name or "group"))

    def split(measure: str) -> pd.DataFrame:
        known = _both_periods(now, then, measure)
        provinces = _split_kitagawa(known)
        return provinces.reindex(orgs) if groups is None else _nest(known, provinces, groups)

    return stack_measures(split)


def change_without_largest(
    panel: pd.DataFrame, period: Period, base: Period, measure: str, left_out: tuple[int, ...] = (0, 1, 3, 5)
) -> pd.DataFrame:
    """Split the change of the rate of all provinces but the largest.

    Formula: `rate_change` of the sums, and the sums of `national_rate_change`, over the provinces that
    remain. The k largest are those with the most completed in ``period``, the same in both periods; of
    equal ones the lower code counts as the larger.

    Parameters
    ----------
    panel, period, base
        As for `national_rate_change`.
    measure : {"cases", "money"}
    left_out : tuple of int
        How many of the largest to leave out, a row each; 0 leaves out none.

    Returns
    -------
    DataFrame
        Index ``left_out``; columns ``orgs`` (keys of those left out, largest first), ``base_rate, rate,
        change, numerator_effect, denominator_effect, within, between``: fractions, Float64. Missing
        where nothing eligible remains.

    Raises
    ------
    DataError
        As for `national_rate_change`.

    Examples
    --------
    What moved the rate elsewhere: ``change_without_largest(panel, now, base, "money").loc[3]``.
    """
    now, then = (take_period(panel, p).drop(index=NATION.key, errors="ignore") for p in (period, base))
    known = _both_periods(now, then, measure).sort_index()
    by_size = list(known.sort_values("completed", ascending=False, kind="stable").index)
    rows = []
    for k in left_out:
        rest = known.drop(index=by_size[:k])
        sums = pd.DataFrame([rest.sum()])
        effects = rate_change(sums[_PARTS[:2]], sums[_PARTS[2:]].set_axis(_PARTS[:2], axis=1)).iloc[0]
        parts = _split_kitagawa(rest)[["within", "between"]].sum(min_count=1)
        columns = ["base_rate", "rate", "change", "numerator_effect", "denominator_effect"]
        rows.append({"orgs": tuple(by_size[:k]), **effects[columns], **parts})
    frame = pd.DataFrame(rows, index=pd.Index(left_out, name="left_out"))
    return frame.astype({column: "Float64" for column in frame if column != "orgs"})


def _both_periods(now: pd.DataFrame, then: pd.DataFrame, measure: str) -> pd.DataFrame:
    """Operands of the provinces of either period that have all four figures."""
    sides = [frame[measure, item] for frame in (now, then) for item in ("completed", "eligible")]
    return pd.DataFrame(dict(zip(_PARTS, sides, strict=True))).dropna()


def _nest(known: pd.DataFrame, provinces: pd.DataFrame, groups: pd.Series[Any]) -> pd.DataFrame:
    """Split by group, so that the provinces' parts sum to the group's."""
    of_known = groups.reindex(known.index)
    split = _split_kitagawa(known.groupby(of_known, observed=True).sum())
    within = provinces["within"].groupby(of_known, observed=True).sum(min_count=1).reindex(split.index)
    split.insert(split.columns.get_loc("between"), "inside", split["within"] - within)  # type: ignore[arg-type]
    split["within"] = within
    return split.reindex(groups.unique())


def _split_kitagawa(sums: pd.DataFrame) -> pd.DataFrame:
    completed, eligible, base_completed, base_eligible = sums[_PARTS].to_numpy("float64").T
    rate, weight, joint = _rates_and_weights(completed, eligible)
    base_rate, base_weight, base_joint = _rates_and_weights(base_completed, base_eligible)
    # Nothing eligible in one period: the other's rate stands in; in both: any rate has weight 0.
    rate_in, base_rate_in = (
        np.nan_to_num(np.where(np.isnan(own), other, own))
        for own, other in ((rate, base_rate), (base_rate, rate))
    )
    within = (weight + base_weight) / 2 * (rate_in - base_rate_in)
    between = ((rate_in + base_rate_in) / 2 - (joint + base_joint) / 2) * (weight - base_weight)
    columns = {
        "base_rate": base_rate,
        "rate": rate,
        "base_weight": base_weight,
        "weight": weight,
        "within": within,
        "between": between,
        "change": within + between,
    }
    return pd.DataFrame(columns, index=sums.index).astype("Float64")


def _rates_and_weights(completed: Floats, eligible: Floats) -> tuple[Floats, Floats, float]:
    """Rate and weight of each, and the rate of all; where nothing is eligible anywhere there is none."""
    nothing, total = eligible == 0, eligible.sum() or np.nan
    rate = np.where(nothing, np.nan, completed / np.where(nothing, 1, eligible))
    return rate, eligible / total, completed.sum() / total


def _show_orgs(frame: pd.DataFrame) -> str:
    return f"{frame.index[0]} and others, {len(frame)} in all" if len(frame) else "none"
