"""Ratios of a panel, the nation as the sum of its provinces, and the year before."""

from __future__ import annotations

__all__ = [
    "beside",
    "by_measure",
    "clearance_rate",
    "cohort",
    "completion_rate",
    "disposition_time",
    "eligible_share",
    "last_year",
    "national",
    "not_eligible_share",
    "ratio",
    "total",
]

from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import pandas as pd

from thads_analysis.errors import UsageError
from thads_analysis.glossary import ITEMS, MEASURES, items_of
from thads_analysis.org import NATION, Org, provinces
from thads_analysis.schema import PANEL_INDEX

if TYPE_CHECKING:
    from pandas.api.typing import NAType

    Figures = TypeVar("Figures", pd.DataFrame, "pd.Series[Any]", "float | NAType | None")

_DAYS = 365
_MONTHS = 12


def by_measure(panel: pd.DataFrame, item: str) -> pd.DataFrame:
    """Return one item of a panel, a column for each measure.

    Parameters
    ----------
    panel : DataFrame
        Index ``org, fiscal_year, months``; columns ``measure, item``.
    item : str
        Identifier of the glossary, such as ``completed``.

    Returns
    -------
    DataFrame
        The panel's index; columns ``cases, money``, Int64. A measure that has no such item
        (``reduced`` of cases) is missing throughout.

    Raises
    ------
    UsageError
        When the glossary has no such item.
    """
    if item not in ITEMS:
        message = f"{item!r} is not an item of the forms; the items are {', '.join(ITEMS)}"
        raise UsageError(message)
    figures = {measure: panel[measure, item] for measure in MEASURES if item in items_of(measure)}
    columns = pd.Index(list(MEASURES), name="measure")
    return pd.DataFrame(figures, index=panel.index, columns=columns).astype("Int64")


def ratio(numerator: Figures, denominator: Figures) -> Figures:
    """Divide two numbers, or two frames cell by cell; over nothing the result is missing.

    Formula: ``numerator / denominator``, a fraction, missing (``pd.NA``) where either is missing or
    the denominator is 0. It is never infinite and never a substituted 0.

    Examples
    --------
    >>> round(ratio(382058, 574289), 4)
    0.6653
    >>> ratio(5, 0)
    <NA>
    """
    if isinstance(denominator, (pd.DataFrame, pd.Series)):
        return numerator / denominator.mask(denominator == 0)
    if pd.isna(numerator) or pd.isna(denominator) or denominator == 0:
        return pd.NA
    return numerator / denominator


def completion_rate(panel: pd.DataFrame) -> pd.DataFrame:
    """Completed over eligible: tỷ lệ thi hành xong.

    Formula: ``completed / eligible``. Completed is what is published as "xong": enforced,
    discontinued and, for money, reduced.

    Returns
    -------
    DataFrame
        The panel's index; columns ``cases, money``; fractions, Float64.

    See Also
    --------
    clearance_rate : completed over what came in, whatever of the stock is eligible.

    Notes
    -----
    Source: Resolution 96/2019/QH14 sets targets for this rate; operands as in forms 01 and 02 of
    Circular 06/2019/TT-BTP. A reclassification out of ``eligible`` raises it without a result.

    Examples
    --------
    >>> import thads_analysis as thads
    >>> panel = thads.load_panel()
    >>> nation = thads.national(panel)
    >>> print(round(thads.completion_rate(nation).loc[("VN", 2023, 9), "cases"], 4))
    0.6653
    """
    return ratio(by_measure(panel, "completed"), by_measure(panel, "eligible"))


def eligible_share(panel: pd.DataFrame) -> pd.DataFrame:
    """Eligible over due: tỷ lệ có điều kiện thi hành.

    Formula: ``eligible / due``; fractions, Float64; the panel's index, columns ``cases, money``.

    Notes
    -----
    Source: forms 01 and 02, as bulletins print it ("chiếm ...% trong tổng số phải thi hành"). Not
    comparable across 5 January 2020, when Circular 06/2019/TT-BTP redefined ``eligible``.

    Examples
    --------
    >>> import thads_analysis as thads
    >>> panel = thads.load_panel()
    >>> share = thads.eligible_share(panel)
    >>> bool(share.max().max() <= 1)
    True
    """
    return ratio(by_measure(panel, "eligible"), by_measure(panel, "due"))


def not_eligible_share(panel: pd.DataFrame) -> pd.DataFrame:
    """Not eligible over due: tỷ lệ chưa có điều kiện thi hành.

    Formula: ``not_eligible / due``; fractions, Float64; the panel's index, columns ``cases, money``.

    See Also
    --------
    eligible_share : together they reach 1 only before Circular 06/2019/TT-BTP; since then 1 to 4 %
        of ``due`` is postponed, suspended or otherwise pending.
    """
    return ratio(by_measure(panel, "not_eligible"), by_measure(panel, "due"))


def clearance_rate(panel: pd.DataFrame) -> pd.DataFrame:
    """Completed over new, both since 1 October: above 1 more leaves the desk than arrives.

    Formula: ``completed / new``; a fraction, Float64; the panel's index, columns ``cases, money``.

    See Also
    --------
    completion_rate : completed over the eligible stock, which is what targets speak of.

    Notes
    -----
    Source: the clearance rate of CEPEJ (Council of Europe), resolved over incoming, carried over to
    enforcement. What is entrusted or revoked also leaves the stock and is not counted here.

    Examples
    --------
    >>> import thads_analysis as thads
    >>> panel = thads.load_panel()
    >>> nation = thads.national(panel)
    >>> list(thads.clearance_rate(nation).columns)
    ['cases', 'money']
    """
    return ratio(by_measure(panel, "completed"), by_measure(panel, "new"))


def disposition_time(panel: pd.DataFrame) -> pd.DataFrame:
    """Days in which the stock would be worked off at the pace of the last twelve months.

    Formula, for N months of year Y::

        365 x carried_out(Y, N) / (completed(Y, N) + completed(Y-1, 12) - completed(Y-1, N))

    For twelve months the divisor is ``completed(Y, 12)``.

    Returns
    -------
    DataFrame
        The panel's index; columns ``cases, money``; days, Float64; missing when any part is.

    Notes
    -----
    Source: the disposition time of CEPEJ (Council of Europe), 365 x pending over resolved. The twelve
    months take out the season: cumulative figures alone would give 12 times the days in October.
    The stock includes what is not eligible, so it is a measure of load, not a forecast of duration.

    Examples
    --------
    >>> import thads_analysis as thads
    >>> panel = thads.load_panel()
    >>> days = thads.disposition_time(thads.national(panel))
    >>> bool(days.loc[("VN", 2023, 9), "cases"] > 0)
    True
    """
    completed = by_measure(panel, "completed")
    window = completed + last_year(completed, _MONTHS) - last_year(completed)
    whole_year = panel.index.get_level_values("months") == _MONTHS
    window.loc[whole_year] = completed.loc[whole_year]
    return ratio(_DAYS * by_measure(panel, "carried_out"), window)


def last_year(panel: pd.DataFrame, months: int | None = None) -> pd.DataFrame:
    """Lay the figures of the fiscal year before beside each row: the base of "cùng kỳ".

    Parameters
    ----------
    panel : DataFrame
        A panel, or any frame with a panel's index, such as one of rates.
    months : int, optional
        Months of the year before; without it the row's own, which is the same period.

    Returns
    -------
    DataFrame
        Same index, columns and types; missing where the panel has no such row. A month that was
        not reported is never filled from its neighbours.

    Examples
    --------
    >>> import thads_analysis as thads
    >>> panel = thads.load_panel()
    >>> before = thads.last_year(panel)
    >>> now, then = ("63:79", 2023, 9), ("63:79", 2022, 9)
    >>> before.loc[now].equals(panel.loc[then])
    True
    """
    years, own_months = (panel.index.get_level_values(level) for level in PANEL_INDEX[1:])
    wanted = own_months if months is None else np.full(len(panel), months)
    return _look_up(panel, panel.index.get_level_values("org"), years - 1, wanted, panel.index)


def national(panel: pd.DataFrame) -> pd.DataFrame:
    """Sum the provinces into one row a period.

    Parameters
    ----------
    panel : DataFrame
        A panel, or any frame with a panel's index whose figures add up. A row of the nation itself
        is left aside.

    Returns
    -------
    DataFrame
        Index ``org, fiscal_year, months`` with ``org`` VN, a row for each period of the panel; the
        same columns. A figure is missing where any province of the list lacks it: a sum of some
        provinces is not the nation. Where a period stands in the list of 63 and in that of 34,
        the 63 are summed, so that nothing counts twice.

    See Also
    --------
    beside : lays the result beside each province's row.

    Examples
    --------
    >>> import thads_analysis as thads
    >>> panel = thads.load_panel()
    >>> int(thads.national(panel).loc[("VN", 2023, 9), ("cases", "completed")])
    382058
    """
    orgs = panel.index.get_level_values("org")
    sums = []
    for regime in ("63", "34"):
        listed = panel[orgs.str.startswith(f"{regime}:")].groupby(level=PANEL_INDEX[1:])
        sums.append(listed.sum(skipna=False)[listed.size() == len(provinces(regime))])
    nation = pd.concat(sums)
    periods = panel.groupby(level=PANEL_INDEX[1:]).size().index
    nation = nation[~nation.index.duplicated()].reindex(periods)
    return pd.concat({NATION.key: nation}, names=["org"])


def total(panel: pd.DataFrame, org: Org) -> pd.DataFrame:
    """Sum the members of a group into one row a period.

    Parameters
    ----------
    panel : DataFrame
        A panel, or any frame with a panel's index whose figures add up.
    org : Org
        A group (`org.groups`).

    Returns
    -------
    DataFrame
        Index ``org, fiscal_year, months`` with the group's key, a row for each period that all
        members have reported; the same columns. A figure that a member lacks is missing.

    Examples
    --------
    >>> import thads_analysis as thads
    >>> panel = thads.load_panel()
    >>> group = thads.Org.parse("large-8", "63")
    >>> list(thads.total(panel, group).index.unique("org"))
    ['63:large-8']
    """
    listed = panel[panel.index.get_level_values("org").isin(org.members)].groupby(level=PANEL_INDEX[1:])
    sums = listed.sum(skipna=False)[listed.size() == len(org.members)]
    return pd.concat({org.key: sums}, names=["org"])


def beside(nation: pd.DataFrame, panel: pd.DataFrame) -> pd.DataFrame:
    """Lay figures of the nation beside every row of a panel, by period.

    Parameters
    ----------
    nation : DataFrame
        What `national` returns, or ratios made of it.
    panel : DataFrame
        Any frame with a panel's index.

    Returns
    -------
    DataFrame
        The panel's index, the columns of ``nation``; missing where the nation has no such period.
    """
    years, months = (panel.index.get_level_values(level) for level in PANEL_INDEX[1:])
    return _look_up(nation, np.full(len(panel), NATION.key), years, months, panel.index)


def cohort(panel: pd.DataFrame) -> list[pd.Index[Any]]:
    """Return what groups a panel's rows into provinces of one list in one period, for ``groupby``."""
    years, months = (panel.index.get_level_values(level) for level in PANEL_INDEX[1:])
    return [panel.index.get_level_values("org").str.split(":").str[0], years, months]


def _look_up(frame: pd.DataFrame, orgs: Any, years: Any, months: Any, index: pd.Index[Any]) -> pd.DataFrame:
    """Rows of a frame at given keys, under an index of the same length."""
    found = frame.reindex(pd.MultiIndex.from_arrays([orgs, years, months], names=PANEL_INDEX))
    found.index = index
    return found
