"""How far the nation's figures hang on a few provinces."""

from __future__ import annotations

__all__ = ["gini", "herfindahl", "in_top", "lorenz", "rate_without_top", "shares", "top_share"]

import pandas as pd

from thads_analysis.errors import UsageError
from thads_analysis.metrics.rates import beside, by_measure, cohort, national, ratio


def shares(panel: pd.DataFrame, item: str = "completed") -> pd.DataFrame:
    """Share of each province in the national total of an item.

    Formula: ``item / national item`` in the same period.

    Parameters
    ----------
    panel : DataFrame
        A panel of all provinces of a list.
    item : str
        Identifier of the glossary.

    Returns
    -------
    DataFrame
        The panel's index; columns ``cases, money``; fractions that sum to 1 over a period, Float64;
        missing where the national total is.
    """
    figures = by_measure(panel, item)
    return ratio(figures, beside(national(figures), panel))


def in_top(panel: pd.DataFrame, k: int, item: str = "completed") -> pd.DataFrame:
    """Tell which provinces are the k largest of each period by an item, for each measure by itself.

    Of provinces with equal figures at the last place, the lower code counts as the larger, so that
    there are exactly k.

    Returns
    -------
    DataFrame
        The panel's index; columns ``cases, money``; boolean; missing where the national total is,
        since an unknown province may be among the largest.

    Raises
    ------
    UsageError
        When k is below 1.
    """
    if k < 1:
        message = f"The largest {k} provinces were asked for; give 1 or more"
        raise UsageError(message)
    portions = shares(panel, item).sort_index()
    order = portions.groupby(cohort(portions)).rank(method="first", ascending=False)
    return (order <= k).reindex(panel.index)


def top_share(panel: pd.DataFrame, k: int, item: str = "completed") -> pd.DataFrame:
    """Share of the k largest provinces together in the national total of an item.

    Formula: sum of the k largest `shares`.

    Returns
    -------
    DataFrame
        One row a period, ``org`` VN; columns ``cases, money``; fractions, Float64.

    Raises
    ------
    UsageError
        When k is below 1.
    """
    figures = by_measure(panel, item)
    return ratio(_sum_top(panel, k, item, item), national(figures))


def rate_without_top(panel: pd.DataFrame, k: int, item: str = "completed") -> pd.DataFrame:
    """National completion rate of all provinces but the k largest.

    Formula: ``(completed of the nation - of the k) / (eligible of the nation - of the k)``, the k
    being those of `in_top` for the measure.

    Returns
    -------
    DataFrame
        One row a period, ``org`` VN; columns ``cases, money``; fractions, Float64; missing when
        nothing eligible remains.

    Raises
    ------
    UsageError
        When k is below 1.

    Notes
    -----
    The ministry's own remark on 9 months of 2023 (letter 2757/TCTHADS-NV3) is that results on money
    came mainly from Hà Nội, Hồ Chí Minh and Đà Nẵng; this says what the rate is elsewhere.
    """
    remaining = {
        part: national(by_measure(panel, part)) - _sum_top(panel, k, item, part)
        for part in ("completed", "eligible")
    }
    return ratio(remaining["completed"], remaining["eligible"])


def herfindahl(panel: pd.DataFrame, item: str = "completed") -> pd.DataFrame:
    """Herfindahl index of an item over the provinces.

    Formula: sum of the squared `shares`: 1/n when n provinces share alike, 1 when one has all.

    Returns
    -------
    DataFrame
        One row a period, ``org`` VN; columns ``cases, money``; Float64, without unit.

    Notes
    -----
    Source: Herfindahl-Hirschman index of market concentration. Its floor depends on the number of
    provinces, so values for the 63 and for the 34 are not comparable.
    """
    return national(shares(panel, item) ** 2)


def lorenz(panel: pd.DataFrame, item: str = "completed") -> pd.DataFrame:
    """Share of the national total that a province and all smaller ones hold together.

    Formula: cumulative sum of the `shares`, the smallest first; of equal ones the lower code first.
    Against ``1/n, 2/n, ... 1`` in the same order it is the Lorenz curve.

    Returns
    -------
    DataFrame
        The panel's index; columns ``cases, money``; fractions, Float64, 1 for the largest province;
        missing where the national total is.

    See Also
    --------
    gini : the curve in one number.
    """
    portions = shares(panel, item).sort_index()
    curve = {}
    for measure in portions:
        ordered = portions[measure].sort_values(kind="stable")
        curve[measure] = ordered.groupby(cohort(ordered.to_frame())).cumsum()
    return pd.DataFrame(curve).rename_axis(columns="measure").reindex(panel.index)


def gini(panel: pd.DataFrame, item: str = "completed") -> pd.DataFrame:
    """Gini coefficient of an item over the provinces.

    Formula, with x the item of the n provinces in ascending order::

        sum over i of (2i - n - 1) x_i / (n x sum of x)

    0 when all have alike, ``(n - 1) / n`` when one has all.

    Returns
    -------
    DataFrame
        One row a period, ``org`` VN; columns ``cases, money``; Float64, without unit.

    See Also
    --------
    herfindahl : depends on the largest alone; this on all of them.

    Notes
    -----
    Source: Gini (1914), in the form of mean differences for a whole population, without correction
    for a sample. The area between the diagonal and the curve of `lorenz` drawn through (0, 0), twice.
    """
    portions = shares(panel, item).sort_index()
    groups = portions.groupby(cohort(portions))
    count = groups.transform("size")
    place = groups.rank(method="first")
    return national((place * 2).sub(count + 1, axis="index") * portions.div(count, axis="index"))


def _sum_top(panel: pd.DataFrame, k: int, item: str, part: str) -> pd.DataFrame:
    """National sum of one item over the k largest provinces by another."""
    top = in_top(panel, k, item)
    return national(by_measure(panel, part).where(top.fillna(False), 0).mask(top.isna()))
