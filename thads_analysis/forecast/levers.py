"""Who is likely to miss the target, and which provinces move the nation's result most."""

from __future__ import annotations

__all__ = ["count_misses", "levers", "misses"]

import numpy as np
import pandas as pd

from thads_analysis.forecast.outlook import Outlook
from thads_analysis.glossary import MEASURES
from thads_analysis.org import NATION

_TOLD = [
    "completed", "eligible", "rate_now", "rate_median", "lower_80", "upper_80",
    "target", "target_is_national", "required_completions", "required_multiple",
]  # fmt: skip


def misses(forecasts: pd.DataFrame) -> pd.DataFrame:
    """List the provinces by the probability that they do not end above their target, likeliest first.

    Parameters
    ----------
    forecasts : DataFrame
        What `forecast` returned.

    Returns
    -------
    DataFrame
        Index ``measure, place`` (1 is the likeliest to miss; of equals the one with the lower median comes
        first); columns ``org`` (key), ``p_miss`` (``1 - p_target``) and, as in `forecast`, ``completed,
        eligible, rate_now, rate_median, lower_80, upper_80, target, target_is_national,
        required_completions, required_multiple``. Provinces without a forecast or a target are left out.
    """
    known = forecasts[forecasts["org_code"].str.isdigit() & forecasts["p_target"].notna()]
    table = known.assign(org=known["org_regime"] + ":" + known["org_code"], p_miss=1 - known["p_target"])
    table = table.sort_values(["p_miss", "rate_median", "org"], ascending=[False, True, True])
    table["place"] = table.groupby("measure").cumcount() + 1
    order = table.set_index(["measure", "place"])[["org", "p_miss", *_TOLD]]
    return order.sort_index(level=["measure", "place"])


def count_misses(outlook: Outlook, forecasts: pd.DataFrame) -> pd.DataFrame:
    """Count the provinces that end at or below their target, over all paths.

    Parameters
    ----------
    outlook : Outlook
    forecasts : DataFrame
        Its table.

    Returns
    -------
    DataFrame
        Index ``measure``; columns ``lower, median, upper`` (10, 50 and 90 % of the paths) and ``provinces``
        (those with a forecast and a target); whole numbers. A measure without any is left out.
    """
    listed = misses(forecasts)
    rates = outlook.simulation.rates()[..., -1]
    places = {org: place for place, org in enumerate(outlook.simulation.orgs)}
    rows = {}
    for number, measure in enumerate(MEASURES):
        if measure not in listed.index.get_level_values("measure"):
            continue
        own = listed.loc[measure]
        missed = rates[:, number, [places[org] for org in own["org"]]] <= own["target"].to_numpy(np.float64)
        found = np.quantile(missed.sum(axis=1), [0.1, 0.5, 0.9], method="inverted_cdf")
        rows[measure] = [*found.astype(int).tolist(), len(own)]
    columns = ["lower", "median", "upper", "provinces"]
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns).rename_axis("measure")


def levers(outlook: Outlook, forecasts: pd.DataFrame) -> pd.DataFrame:
    """Say how much each province weighs in the nation's result.

    Parameters
    ----------
    outlook : Outlook
    forecasts : DataFrame
        Its table.

    Returns
    -------
    DataFrame
        Index ``org, measure``, in the order of the forecasts; fractions.

        - ``weight``: the province's part of the nation's eligible at the year's end, median over the paths
        - ``points_per_completion``: what one more case or đồng adds to the province's own rate,
          ``1 / eligible`` at its median; to the nation's it adds the same wherever it is completed
        - ``national_points_per_completion``: that, ``1 / eligible`` of the nation
        - ``gain_points``: what the nation's rate gains when the province ends just above its target
          instead of at its median, ``(floor(target x eligible) + 1 - completed) / eligible of the nation``;
          nothing where the median is above; missing without a target
        - ``swing_share``: the province's part of the variance of the nation's rate,
          ``cov(c - R e, C - R E) / var(C - R E)`` over the paths, with completed ``c`` and eligible ``e``,
          the nation's ``C`` and ``E``, and ``R`` its median rate; the parts add up to one, and may be
          negative
    """
    provinces, simulation = outlook.provinces, outlook.simulation
    nation = simulation.orgs.index(NATION.key)
    completed, eligible = (c[..., -1].astype(np.float64) for c in (provinces.completed, provinces.eligible))
    whole = simulation.eligible[:, :, nation, -1].astype(np.float64)
    rate = np.median(simulation.rates()[:, :, nation, -1], axis=0)
    excess = completed - rate[:, None] * eligible
    excess -= excess.mean(axis=0)
    total = excess.sum(axis=2)
    variance = (total**2).mean(axis=0)
    covariance = (excess * total[..., None]).mean(axis=0)
    end = np.median(whole, axis=0)[:, None]
    index = pd.MultiIndex.from_product([provinces.orgs, simulation.measures], names=["org", "measure"])
    frame = pd.DataFrame(
        {
            "weight": np.median(eligible / whole[..., None], axis=0).T.ravel(),
            "national_points_per_completion": np.broadcast_to(1 / end, covariance.shape).T.ravel(),
            "swing_share": (covariance / np.where(variance > 0, variance, np.nan)[:, None]).T.ravel(),
        },
        index=index,
    )
    regime, code = forecasts["org_regime"], forecasts["org_code"]
    rows = forecasts.assign(org=code.where(regime == "", regime + ":" + code))
    rows = rows.set_index(["org", "measure"]).reindex(index)
    wanted = (rows["target"] * rows["eligible_end"]).astype("Float64")
    lacking = (np.floor(wanted) + 1 - rows["completed_end"]).clip(lower=0)
    frame["points_per_completion"] = 1 / rows["eligible_end"].astype("Float64")
    frame["gain_points"] = lacking * frame["national_points_per_completion"]
    return frame
