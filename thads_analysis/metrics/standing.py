"""Where a province stands: its rank, and its rate against the nation's."""

from __future__ import annotations

__all__ = ["against_national", "below_national", "far_below", "far_below_limit", "rank", "rank_out_of"]

import pandas as pd

from thads_analysis.metrics.change import points
from thads_analysis.metrics.rates import beside, cohort, completion_rate, national
from thads_analysis.org import NATION

_FAR = 1.5
_MAD = 1.4826
"""Median absolute deviation to standard deviation, for normal errors."""


def rank(panel: pd.DataFrame) -> pd.DataFrame:
    """Rank the provinces of each period by completion rate, 1 the highest.

    Equal rates share the better rank and the next one is left out: 1, 2, 2, 4. Each list of
    provinces is ranked by itself.

    Returns
    -------
    DataFrame
        The panel's index; columns ``cases, money``; Int64; missing for a province without a rate
        and for the nation.

    See Also
    --------
    rank_out_of : how many were ranked, without which a rank says little.

    Notes
    -----
    Convention of provincial reports ("xếp thứ 5/34"). Ranks of small provinces move by chance: one
    case more or less may be worth several places.
    """
    rates = _provincial_rates(panel)
    ranks = rates.groupby(cohort(rates)).rank(method="min", ascending=False)
    return ranks.astype("Int64")


def rank_out_of(panel: pd.DataFrame) -> pd.DataFrame:
    """Count the provinces ranked in each row's period, within its list.

    Returns
    -------
    DataFrame
        The panel's index; columns ``cases, money``; Int64; missing where `rank` is.
    """
    rates = _provincial_rates(panel)
    counts = rates.groupby(cohort(rates)).transform("count").astype("Int64")
    return counts.mask(rates.isna())


def against_national(panel: pd.DataFrame) -> pd.DataFrame:
    """Completion rate against the nation's in the same period.

    Formula: ``completion_rate - completion_rate of the nation``, in points as a fraction, signed.
    The nation's rate is that of the summed counts, not the mean of the provinces' rates.

    Returns
    -------
    DataFrame
        The panel's index; columns ``cases, money``; Float64; missing where a province is missing
        from the period, since there is no national figure then (`rates.national`).
    """
    return points(completion_rate(panel), _national_rates(panel))


def below_national(panel: pd.DataFrame) -> pd.DataFrame:
    """Tell which provinces are below the national rate: on cases, on money, on both.

    Formula: ``completion_rate < completion_rate of the nation``, strictly.

    Returns
    -------
    DataFrame
        The panel's index; columns ``cases, money, both``; boolean, missing where it cannot be told.

    See Also
    --------
    against_national : by how much.

    Notes
    -----
    Source: official letter 2757/TCTHADS-NV3 of 31 July 2023, which lists the localities below
    66,53 % on cases and 32,45 % on money at 9 months.

    Examples
    --------
    The list for one period::

        below = below_national(panel).xs((2023, 9), level=["fiscal_year", "months"])
        below.index[below["both"].fillna(False)]
    """
    below = completion_rate(panel) < _national_rates(panel)
    return below.assign(both=below["cases"] & below["money"])


def far_below_limit(panel: pd.DataFrame) -> pd.DataFrame:
    """Rate under which a province is far below the others.

    Formula: ``median - 1.5 x 1.4826 x MAD`` of the provinces' completion rates, where MAD is the median
    of their distances from that median: one and a half robust standard deviations.

    Returns
    -------
    DataFrame
        The panel's index; columns ``cases, money``; fractions, Float64, the same for all provinces of
        a list and period; missing where more than half of them have the same rate.

    Notes
    -----
    Medians, so that neither a few giant cases nor the far provinces themselves move the limit. Of
    63 normal rates about four lie below it by chance alone, and rather those of small provinces: the
    list says where to look, not who failed.
    """
    rates = _provincial_rates(panel)
    groups = cohort(rates)
    middle = rates.groupby(groups).transform("median")
    spread = (rates - middle).abs().groupby(groups).transform("median")
    return middle - _FAR * _MAD * spread.mask(spread == 0)


def far_below(panel: pd.DataFrame) -> pd.DataFrame:
    """Tell which provinces are far below the others, whatever they weigh.

    Formula: ``completion_rate < far_below_limit``.

    Returns
    -------
    DataFrame
        The panel's index; columns ``cases, money``; boolean, missing where it cannot be told.

    See Also
    --------
    contribution.weighs : provinces that matter to the national result.
    """
    return _provincial_rates(panel) < far_below_limit(panel)


def _national_rates(panel: pd.DataFrame) -> pd.DataFrame:
    return beside(completion_rate(national(panel)), panel)


def _provincial_rates(panel: pd.DataFrame) -> pd.DataFrame:
    rates = completion_rate(panel)
    rates.loc[panel.index.get_level_values("org") == NATION.key] = pd.NA
    return rates
