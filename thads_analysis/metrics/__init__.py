"""Metrics: functions of a panel that return frames with the panel's own index."""

__all__ = [
    "Target",
    "absolute",
    "against_national",
    "attainment",
    "below_national",
    "beside",
    "by_measure",
    "clearance_rate",
    "cohort",
    "completion_rate",
    "disposition_time",
    "eligible_share",
    "gap_full_year",
    "gap_prorata",
    "growth",
    "herfindahl",
    "in_top",
    "last_year",
    "meets",
    "national",
    "not_eligible_share",
    "points",
    "rank",
    "rank_out_of",
    "rate_without_top",
    "ratio",
    "shares",
    "target_for",
    "target_rates",
    "top_share",
    "total",
]

from thads_analysis.metrics.change import absolute, growth, points
from thads_analysis.metrics.concentration import herfindahl, in_top, rate_without_top, shares, top_share
from thads_analysis.metrics.rates import (
    beside,
    by_measure,
    clearance_rate,
    cohort,
    completion_rate,
    disposition_time,
    eligible_share,
    last_year,
    national,
    not_eligible_share,
    ratio,
    total,
)
from thads_analysis.metrics.standing import against_national, below_national, rank, rank_out_of
from thads_analysis.metrics.target import (
    Target,
    attainment,
    gap_full_year,
    gap_prorata,
    meets,
    target_for,
    target_rates,
)
