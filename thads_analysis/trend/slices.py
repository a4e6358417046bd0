"""One period of a panel, and splits of both measures in one frame: what every exact split is made with."""

from __future__ import annotations

__all__ = ["stack_measures", "take_period"]

from typing import TYPE_CHECKING

import pandas as pd

from thads_analysis.errors import DataError
from thads_analysis.glossary import MEASURES
from thads_analysis.period import Period

if TYPE_CHECKING:
    from collections.abc import Callable


def take_period(panel: pd.DataFrame, period: Period) -> pd.DataFrame:
    """All organisations in one period.

    Parameters
    ----------
    panel : DataFrame
        Index ``org, fiscal_year, months``.
    period : Period

    Returns
    -------
    DataFrame
        Index ``org``; the panel's columns.

    Raises
    ------
    DataError
        When the panel has no row of the period.
    """
    years, months = (panel.index.get_level_values(level) for level in ("fiscal_year", "months"))
    here = panel[(years == period.fiscal_year) & (months == period.months)]
    if here.empty:
        held = sorted({Period(int(y), int(m)) for y, m in zip(years, months, strict=True)})
        span = f"it holds {held[0]} to {held[-1]}, {len(held)} periods" if held else "it is empty"
        message = f"The panel has no figures for {period}; {span}. Load that period first, or choose another"
        raise DataError(message)
    return here.droplevel(["fiscal_year", "months"])


def stack_measures(split: Callable[[str], pd.DataFrame]) -> pd.DataFrame:
    """Lay the split of each measure under one another.

    Parameters
    ----------
    split : callable
        From a measure's identifier to a frame; all with the same index.

    Returns
    -------
    DataFrame
        The index of the parts, then ``measure``; organisations in the order of the parts.
    """
    parts = pd.concat({measure: split(measure) for measure in MEASURES}, names=["measure"])
    first = parts.index.names[1]
    wanted = [(key, measure) for key in parts.index.unique(level=first) for measure in MEASURES]
    return parts.swaplevel().reindex(pd.MultiIndex.from_tuples(wanted, names=[first, "measure"]))
