"""From cumulative figures to months."""

from __future__ import annotations

__all__ = ["falls", "monthly_flows"]

import pandas as pd

from thads_analysis.glossary import ITEMS
from thads_analysis.schema import PANEL_INDEX

_MEASURED_FROM_OPENING = ("carried_in", "accepted", "due", "carried_out")


def monthly_flows(panel: pd.DataFrame) -> pd.DataFrame:
    """Change of every figure over the last month of each row.

    Formula, for N months of a year, by the item's kind in the glossary:

    - flow (``new``, ``completed``, ...): ``value(N) - value(N-1)``, and for the first month
      ``value(1)``, since flows start again from nothing on 1 October;
    - ``accepted``, ``due``, ``carried_out``: the same difference, and for the first month
      ``value(1) - carried_in(1)``, since the year's opening stock is what they start from;
    - ``carried_in``: the same difference, which is 0 unless the opening stock was restated, and 0 in
      the first month;
    - every other stock, ``eligible`` and ``separate_book``: the same difference; missing in the first
      month, because the forms do not say what these were on 1 October.

    With that the identities of the glossary hold in the flows as they hold in the panel, except where
    a part is missing in the first month.

    Parameters
    ----------
    panel : DataFrame
        Index ``org, fiscal_year, months``; columns ``measure, item``; cumulative, cases or đồng.

    Returns
    -------
    DataFrame
        Same index and columns, Int64, same unit. Negative where a figure fell (see `falls`). Missing
        where the row or the one of the month before is: nothing is spread over a gap.

    See Also
    --------
    calendar_index : lays the rows on calendar months.

    Notes
    -----
    In the month of a break (see `breaks`) the difference is one between two definitions.

    Examples
    --------
    >>> import thads_analysis as thads
    >>> panel = thads.load_panel()
    >>> flows = thads.monthly_flows(panel)
    >>> year = flows.loc[("63:79", 2022), ("cases", "completed")]
    >>> int(year.sum() - panel.loc[("63:79", 2022, 12), ("cases", "completed")])
    0
    """
    orgs, years, months = (panel.index.get_level_values(level) for level in PANEL_INDEX)
    before = panel.reindex(pd.MultiIndex.from_arrays([orgs, years, months - 1], names=PANEL_INDEX))
    before.index = panel.index
    first = months == 1
    before.loc[first, [column for column in panel.columns if ITEMS[column[1]].kind == "flow"]] = 0
    for column in panel.columns:
        opening = (column[0], "carried_in")
        if column[1] in _MEASURED_FROM_OPENING and opening in panel:
            before.loc[first, column] = panel.loc[first, opening]
    return panel - before


def falls(panel: pd.DataFrame) -> pd.DataFrame:
    """List the months in which a figure fell that should only grow within a year.

    A fall of a flow item is a correction of what was reported before. A fall of ``eligible`` is a
    reclassification, or a case handed on or revoked: nothing that was completed leaves it.

    Parameters
    ----------
    panel : DataFrame
        Cumulative, as for `monthly_flows`.

    Returns
    -------
    DataFrame
        Columns ``org, fiscal_year, months, measure, item, flow``, the last negative, in cases or
        đồng; in the panel's order, no row when nothing fell.
    """
    growing = [c for c in panel.columns if c[1] == "eligible" or ITEMS[c[1]].kind == "flow"]
    flows = pd.DataFrame({"flow": monthly_flows(panel)[growing].stack(["measure", "item"])}).dropna()
    return flows[flows["flow"] < 0].reset_index()
