"""Whom a province can fairly be held against: its region, its caseload band, the five most like it."""

from __future__ import annotations

__all__ = ["BANDS", "FEWEST", "NEAREST", "caseload_band", "chosen_peers", "peers", "period_counts"]

from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd

from thads_analysis import config
from thads_analysis.errors import DataError
from thads_analysis.org import Org, provinces
from thads_analysis.period import Period

BANDS: MappingProxyType[str, float] = MappingProxyType(
    {"to_5000": 5_000, "to_10000": 10_000, "to_15000": 15_000, "above_15000": np.inf}
)
"""Caseload bands by their upper end, which belongs to the band."""

NEAREST = 5
"""How many provinces stand for "the most like it"."""

FEWEST = 10
"""With fewer provinces than this no spread between them is estimated."""


def period_counts(panel: pd.DataFrame, period: Period, measure: str) -> pd.DataFrame:
    """Completed, eligible and due of the provinces of one period that have something eligible.

    Parameters
    ----------
    panel : DataFrame
        Index ``org, fiscal_year, months``; columns ``measure, item``.
    period : Period
    measure : {"cases", "money"}

    Returns
    -------
    DataFrame
        Index ``org``, sorted; columns ``completed, eligible, due``, Int64; cases or đồng.

    Raises
    ------
    DataError
        When fewer than `FEWEST` provinces have both completed and eligible.
    """
    years, months = (panel.index.get_level_values(level) for level in ("fiscal_year", "months"))
    now = panel[(years == period.fiscal_year) & (months == period.months)]
    now = now.droplevel(["fiscal_year", "months"])
    counts = pd.DataFrame({item: now[measure, item] for item in ("completed", "eligible", "due")})
    known = counts["completed"].notna() & (counts["eligible"].fillna(0) > 0)
    counts = counts[known].sort_index()
    if len(counts) < FEWEST:
        message = (
            f"{len(counts)} provinces have completed and eligible {measure} for {period}; to compare them "
            f"takes at least {FEWEST}. Ingest the others' reports first"
        )
        raise DataError(message)
    return counts


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


def peers(panel: pd.DataFrame, period: Period) -> pd.DataFrame:
    """Name the peers of every province in a period.

    Four kinds: ``own``, those that the user's configuration names (``[peers]`` in ``thads.toml``), as far as
    they have figures; ``region``, the provinces of the same region (the list of 34 has no regions: no
    rows); ``band``, those of the same caseload band; ``nearest``, the `NEAREST` with the smallest distance.
    The distance is Euclidean over three traits, each less its mean and over its standard deviation: log of
    cases due, eligible share of cases, log of money due a case due. A province is not its own peer.

    Parameters
    ----------
    panel : DataFrame
        Index ``org, fiscal_year, months``; columns ``measure, item``.
    period : Period

    Returns
    -------
    DataFrame
        Columns ``org, kind, peer`` (keys) and ``distance`` (missing but for ``nearest``), sorted by
        province and kind, the nearest first; equal distances by key.

    Raises
    ------
    DataError
        When fewer than `FEWEST` provinces have figures for the period, or the configuration names a
        province that is not in the list.

    Examples
    --------
    >>> import thads_analysis as thads
    >>> panel = thads.load_panel()
    >>> found = thads.peers(panel, thads.Period(2023, 9))
    >>> int((found["org"].eq("63:45") & found["kind"].eq("nearest")).sum())
    5
    """
    cases, money = (period_counts(panel, period, measure) for measure in ("cases", "money"))
    counts = cases[cases["due"] > 0]
    bands = caseload_band(counts["due"])
    regions = pd.Series([Org.from_key(key).region for key in counts.index], index=counts.index)
    traits = pd.DataFrame(
        {
            "stock": np.log(counts["due"].astype("float64")),
            "share": (counts["eligible"] / counts["due"]).astype("float64"),
            "amount": np.log(
                money["due"].where(money["due"] > 0).reindex(counts.index).astype("float64")
                / counts["due"].astype("float64")
            ),
        }
    )
    chosen = chosen_peers(period.org_regime)
    frames = [
        _same("region", regions[regions != ""]),
        _same("band", bands),
        _nearest(traits.dropna()),
        chosen[chosen["org"].isin(counts.index) & chosen["peer"].isin(counts.index)],
    ]
    frame = pd.concat(frames, ignore_index=True)
    return frame.sort_values(["org", "kind"], kind="stable", ignore_index=True)


def _same(kind: str, groups: pd.Series[Any]) -> pd.DataFrame:
    """Pairs of different units of one group."""
    members = groups.rename("group").rename_axis("org").reset_index()
    pairs = members.merge(members.rename(columns={"org": "peer"}), on="group")
    pairs = pairs[pairs["org"] != pairs["peer"]]
    return pairs[["org", "peer"]].assign(kind=kind, distance=np.nan)[["org", "kind", "peer", "distance"]]


def chosen_peers(regime: str) -> pd.DataFrame:
    """Pairs of provinces that the user's configuration names: ``[peers.63]`` in ``thads.toml``.

    Parameters
    ----------
    regime : {"63", "34"}
        List of provinces.

    Returns
    -------
    DataFrame
        Columns as of `peers`; ``kind`` is ``own``.

    Raises
    ------
    DataError
        When a code is not in the list, or a province is to be its own peer.

    Examples
    --------
    >>> list(chosen_peers("63").columns)
    ['org', 'kind', 'peer', 'distance']
    """
    own = config.in_force()
    codes = {org.code for org in provinces(regime)}
    pairs = []
    for code, others in own.settings.peers.get(regime, {}).items():  # type: ignore[call-overload]
        if wrong := sorted({code, *others} - codes) or ([code] if code in others else []):
            message = (
                f"{own.where('peers', regime, code)}: {wrong[0]!r} cannot stand here; expected codes of the "
                f"list of {regime}, a province's peers without itself"
            )
            raise DataError(message)
        pairs += [(f"{regime}:{code}", "own", f"{regime}:{other}", np.nan) for other in dict.fromkeys(others)]
    return pd.DataFrame(pairs, columns=["org", "kind", "peer", "distance"]).astype({"distance": "float64"})


def _nearest(traits: pd.DataFrame) -> pd.DataFrame:
    """Return the nearest units of each by standardised distance."""
    spread = traits.std(ddof=0)
    standard = ((traits - traits.mean()) / spread.where(spread > 0, 1.0)).to_numpy()
    apart = np.sqrt(((standard[:, None, :] - standard[None, :, :]) ** 2).sum(axis=-1))
    np.fill_diagonal(apart, np.inf)
    count = min(NEAREST, len(traits) - 1)
    order = np.argsort(apart, axis=1, kind="stable")[:, :count]
    keys = traits.index.to_numpy()
    return pd.DataFrame(
        {
            "org": np.repeat(keys, count),
            "kind": "nearest",
            "peer": keys[order].ravel(),
            "distance": np.take_along_axis(apart, order, axis=1).ravel(),
        }
    )
