"""What changed between two vintages of a period: which figure, by how much, largest first."""

from __future__ import annotations

__all__ = ["revisions"]

from datetime import date
from pathlib import Path

import pandas as pd

from thads_analysis import store
from thads_analysis.period import Period
from thads_analysis.schema import OBSERVATION_KEY

_COLUMNS = [
    *OBSERVATION_KEY,
    "earlier",
    "later",
    "difference",
    "growth",
    "earlier_as_of",
    "later_as_of",
    "earlier_vintage",
    "later_vintage",
    "earlier_source",
    "later_source",
]


def revisions(folder: str | Path | None, period: Period, as_of: date | None = None) -> pd.DataFrame:
    """List every figure of a period that was first known with one value and later with another.

    The first value known is set against the last; a figure that was always the same is not listed.

    Parameters
    ----------
    folder : str or Path or None
        The store; `store.open_store` without it.
    period : Period
    as_of : date, optional
        Only what was known by the end of that day.

    Returns
    -------
    DataFrame
        Columns of the observation's key, then ``earlier, later, difference`` (cases or đồng, Int64),
        ``growth`` (fraction of the earlier value, Float64, missing where that is 0) and, of both,
        ``as_of``, ``vintage`` and ``source``. Within each measure the largest difference first.

    Raises
    ------
    DataError
        When the store holds nothing for the period.
    """
    rows = store.load_observations(folder, period=period, as_of=as_of, every_vintage=True)
    plain = rows.astype(
        {"vintage": "str", "source": "str", "org_code": "str", "item": "str", "measure": "str"}
    )
    ordered = plain.sort_values("as_of", kind="stable")
    first, last = (ordered.drop_duplicates(OBSERVATION_KEY, keep=keep) for keep in ("first", "last"))
    both = first.merge(last, on=OBSERVATION_KEY, suffixes=("_first", "_last"))
    both = both[both["value_first"] != both["value_last"]]
    earlier, later = both["value_first"].astype("Int64"), both["value_last"].astype("Int64")
    difference = later - earlier
    growth = difference.astype("Float64") / earlier.astype("Float64").where(earlier > 0)
    named = both.rename(
        columns={
            f"{name}_{end}": f"{side}_{name}"
            for name in ("as_of", "vintage", "source")
            for end, side in (("first", "earlier"), ("last", "later"))
        }
    ).assign(earlier=earlier, later=later, difference=difference, growth=growth)
    size = named["difference"].abs()
    order = named.assign(size=size).sort_values(["measure", "size"], ascending=[True, False], kind="stable")
    return order[_COLUMNS].reset_index(drop=True)
