"""Whom a province can fairly be held against: its caseload band."""

from __future__ import annotations

__all__ = ["BANDS", "caseload_band"]

from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd

BANDS: MappingProxyType[str, float] = MappingProxyType(
    {"to_5000": 5_000, "to_10000": 10_000, "to_15000": 15_000, "above_15000": np.inf}
)
"""Caseload bands by their upper end, which belongs to the band."""


def caseload_band(due: pd.Series[Any]) -> pd.Series[str]:
    """Name the caseload band of each unit: up to 5,000 cases, to 10,000, to 15,000, above.

    Parameters
    ----------
    due : Series
        Cases to be enforced (``due``) at the period.

    Returns
    -------
    Series
        Same index; the keys of `BANDS`.

    Notes
    -----
    Source of the ends: the bands in which the ministry set the nine-month targets of its campaign of 2022
    (thads.moj.gov.vn ChiDaoDieuHanh 3899, 15/04/2022). That the count is that of cases due, at the
    period itself, is our reading.

    Examples
    --------
    >>> caseload_band(pd.Series([5000, 5001, 94650])).tolist()
    ['to_5000', 'to_10000', 'above_15000']
    """
    edges = list(BANDS.values())
    place = np.searchsorted(edges, due.to_numpy(np.float64))
    return pd.Series(np.array(list(BANDS))[place], index=due.index, name="band", dtype="str")
