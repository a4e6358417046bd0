"""Signs that a rate moved without enforcement: what was eligible, what was dropped, what was discontinued."""

from __future__ import annotations

__all__ = ["CREDIBILITY_SIGNS", "credibility_signs", "discontinued_share", "eligible_fall", "rate_at_peak"]

from types import MappingProxyType
from typing import TYPE_CHECKING

import pandas as pd

from thads_analysis.glossary import MEASURES, N_
from thads_analysis.metrics.rates import by_measure, cohort, completion_rate, eligible_share, ratio
from thads_analysis.schema import PANEL_INDEX

if TYPE_CHECKING:
    from thads_analysis.period import Period

_MAD = 1.4826
_FAR = 3.0
_STEP = 0.05
_RISE = 0.05

CREDIBILITY_SIGNS = MappingProxyType(
    {
        "share_apart": N_("tỷ lệ có điều kiện cách trung vị các địa phương quá 3 độ lệch chuẩn bền vững"),
        "share_jumped": N_("tỷ lệ có điều kiện trong một tháng đổi từ 5 điểm % trở lên so với trung vị"),
        "eligible_fell": N_("số có điều kiện giảm so với đỉnh trong năm, nâng tỷ lệ từ 5 điểm % trở lên"),
        "discontinued_apart": N_(
            "tỷ trọng đình chỉ cao hơn trung vị các địa phương quá 3 độ lệch chuẩn bền vững"
        ),
    }
)
"""The signs of `credibility_signs`, each with its rule."""


def discontinued_share(panel: pd.DataFrame) -> pd.DataFrame:
    """Discontinued over completed: đình chỉ trong số thi hành xong.

    Formula: ``discontinued / completed``; fractions, Float64; the panel's index, columns ``cases,
    money``.

    Notes
    -----
    Both count as completed (forms 01 and 02). A judgment that is annulled ends as discontinued: the
    case is closed and nothing was enforced, so that a unit's money rate may rise by one such judgment.
    """
    return ratio(by_measure(panel, "discontinued"), by_measure(panel, "completed"))


def eligible_fall(panel: pd.DataFrame) -> pd.DataFrame:
    """How far eligible stands below its highest month of the same fiscal year.

    Formula: ``max of eligible over the months so far - eligible``, 0 at the peak itself. New cases raise
    eligible during a year; it falls only when cases are reclassified, entrusted or revoked.

    Returns
    -------
    DataFrame
        The panel's index; columns ``cases, money``; cases or đồng, Int64. Months that are not known are
        passed over.

    See Also
    --------
    rate_at_peak : what the rate would have been.
    trend.eligible_change : completions and a moving denominator between any two months.
    """
    return _peak(panel) - by_measure(panel, "eligible")


def rate_at_peak(panel: pd.DataFrame) -> pd.DataFrame:
    """Completion rate on the highest eligible of the fiscal year so far.

    Formula: ``completed / (eligible + eligible_fall)``: the rate without the fall of the denominator.

    Returns
    -------
    DataFrame
        The panel's index; columns ``cases, money``; fractions, Float64; never above the rate itself.

    Notes
    -----
    An upper bound on what the fall did: some of it may be correct, such as cases entrusted to another
    agency, which count there. From 9 months to the end of 2023 the nation's eligible money fell from
    about 216.6 to about 191.1 thousand tỷ, and the rate of 46.78 % would be about 41.3 % without.
    """
    return ratio(by_measure(panel, "completed"), _peak(panel))


def credibility_signs(panel: pd.DataFrame, period: Period) -> pd.DataFrame:
    """Lay out, for every province of a period, what speaks for a second look at its figures.

    Parameters
    ----------
    panel : DataFrame
        Panel of the provinces of a list, with the earlier months of the period's year.
    period : Period

    Returns
    -------
    DataFrame
        Index ``org, measure``; fractions (Float64) ``eligible_share``, ``share_gap_points`` (from the
        median of the provinces), ``share_step_points`` (from the month before; missing in October),
        ``completion_rate``, ``rate_at_peak``, ``discontinued_share``; ``eligible_fall`` in cases or
        đồng (Int64); then `CREDIBILITY_SIGNS` as booleans, missing where they cannot be told.

    Notes
    -----
    A sign is no finding of fault: it says which figure to ask about, and why. A robust standard
    deviation is 1.4826 times the median distance from the median. The bounds are chosen so that a
    sign is rare in ordinary months; they are printed wherever a sign is.
    """
    years = panel.index.get_level_values("fiscal_year")
    months = panel.index.get_level_values("months")
    year = panel[(years == period.fiscal_year) & (months <= period.months)]
    here = year.index.get_level_values("months") == period.months
    share, discontinued = eligible_share(year), discontinued_share(year)
    # The month before, not the row before: a month that was not reported gives no step.
    step = share - _month_before(share)
    rate, at_peak = completion_rate(year), rate_at_peak(year)
    columns = {
        "eligible_share": share,
        "share_gap_points": share - _median(share),
        "share_step_points": step,
        "eligible_fall": eligible_fall(year),
        "completion_rate": rate,
        "rate_at_peak": at_peak,
        "discontinued_share": discontinued,
        "share_apart": _distance(share).abs() > _FAR,
        "share_jumped": (step - _median(step)).abs() >= _STEP,
        "eligible_fell": rate - at_peak >= _RISE,
        "discontinued_apart": _distance(discontinued) > _FAR,
    }
    laid = {name: frame[here].droplevel(["fiscal_year", "months"]).stack() for name, frame in columns.items()}
    orgs = year[here].index.get_level_values("org")
    index = pd.MultiIndex.from_product([orgs, MEASURES], names=["org", "measure"])
    return pd.DataFrame(laid).reindex(index)


def _peak(panel: pd.DataFrame) -> pd.DataFrame:
    eligible = by_measure(panel, "eligible").sort_index()
    return eligible.groupby(level=PANEL_INDEX[:2]).cummax().reindex(panel.index)


def _month_before(frame: pd.DataFrame) -> pd.DataFrame:
    orgs, years, months = (frame.index.get_level_values(level) for level in PANEL_INDEX)
    before = frame.reindex(pd.MultiIndex.from_arrays([orgs, years, months - 1], names=PANEL_INDEX))
    return before.set_axis(frame.index)


def _median(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.groupby(cohort(frame)).transform("median")


def _distance(frame: pd.DataFrame) -> pd.DataFrame:
    """Robust standard deviations from the median of the provinces; missing where they do not differ."""
    away = frame - _median(frame)
    return ratio(away, _MAD * _median(away.abs()))
