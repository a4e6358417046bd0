"""How figures move: monthly flows, season, this year's path, and exact splits of a change."""

__all__ = [
    "SeasonResult",
    "breaks",
    "calendar_index",
    "decompose_season",
    "eligible_change",
    "falls",
    "monthly_flows",
    "national_rate_change",
    "pace",
    "path_envelope",
    "path_rank",
    "rate_change",
    "stock_flow",
    "tet_share",
    "working_days",
]

from thads_analysis.trend.decompose import eligible_change, national_rate_change, rate_change, stock_flow
from thads_analysis.trend.flows import breaks, calendar_index, falls, monthly_flows, tet_share, working_days
from thads_analysis.trend.path import pace, path_envelope, path_rank
from thads_analysis.trend.season import SeasonResult, decompose_season
