"""The merger of 1 July 2025: figures of the list of 63 summed into the list of 34."""

from __future__ import annotations

__all__ = ["merged_from", "to_regime"]

import pandas as pd

from thads_analysis.errors import UsageError
from thads_analysis.org import Org, merger_map, provinces
from thads_analysis.schema import PANEL_INDEX, empty_panel


def to_regime(panel: pd.DataFrame, regime: str) -> pd.DataFrame:
    """Carry a panel over to a list of provinces, so that series run across the merger.

    Old provinces are summed into the new one they belong to, counts and amounts, never rates. A sum
    is missing where any of its old provinces is. Where a new province's own figures are there for a
    period, they stand and the sum is left out: nothing is counted twice.

    Parameters
    ----------
    panel : DataFrame
        Index ``org, fiscal_year, months``; columns ``measure, item``. Rows of both lists may stand in
        it, as in FY2025: months 1 to 9 in the list of 63, 10 to 12 in the list of 34.
    regime : {"63", "34"}
        The list wanted.

    Returns
    -------
    DataFrame
        The panel in that list, sorted, Int64. The nation's rows stay as they are.

    Raises
    ------
    UsageError
        When figures of the list of 34 are to be split into the list of 63: no key says how.

    Notes
    -----
    Source of the map: Resolution 202/2025/QH15, in ``data/reference/provinces.csv``.
    """
    keys = panel.index.get_level_values("org")
    foreign = keys.str.startswith("34:" if regime == "63" else "63:")
    if not foreign.any():
        return panel.sort_index()
    if regime == "63":
        message = (
            f"{keys[foreign][0]} is of the list of 34 and cannot be split into the list of 63; "
            "sum the old provinces into the new ones instead: to_regime(panel, '34')"
        )
        raise UsageError(message)
    if regime != "34":
        message = f"{regime!r} is not a list of provinces; the lists are 63 and 34"
        raise UsageError(message)
    summed = _sum_old(panel[foreign])
    own = panel[~foreign]
    kept = summed[~summed.index.isin(own.index)]
    return pd.concat([own, kept]).sort_index() if len(own) else kept.sort_index()


def merged_from(org: Org) -> tuple[Org, ...]:
    """Return the provinces of the list of 63 that one of the list of 34 is made of.

    Examples
    --------
    >>> [old.name for old in merged_from(Org.parse("Đồng Tháp", "34"))]
    ['Tiền Giang', 'Đồng Tháp']
    """
    into = merger_map()
    return tuple(old for old in provinces("63") if into[old.key] == org.key)


def _sum_old(old: pd.DataFrame) -> pd.DataFrame:
    if old.empty:
        return empty_panel()
    into = merger_map()
    renamed = old.rename(index=into, level="org")
    by_new = renamed.groupby(level=PANEL_INDEX)
    parts = pd.Series(into).value_counts()
    wanted = parts.reindex(by_new.size().index.get_level_values("org")).to_numpy()
    # A sum counts only when every old province has the figure.
    complete = by_new.count().eq(wanted, axis=0)
    return by_new.sum().where(complete).astype("Int64")
