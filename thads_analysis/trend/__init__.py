"""How figures move: monthly flows, season, this year's path, and exact splits of a change."""

__all__ = [
    "REASONS",
    "ChangesResult",
    "SeasonResult",
    "StructuralResult",
    "breaks",
    "calendar_effects",
    "calendar_index",
    "decompose_season",
    "eligible_change",
    "event_effects",
    "falls",
    "find_changes",
    "fit_structure",
    "monthly_flows",
    "named_events",
    "national_rate_change",
    "pace",
    "path_envelope",
    "path_rank",
    "rate_change",
    "stock_flow",
    "tet_share",
    "working_days",
]

from thads_analysis.trend.calendar import (
    breaks,
    calendar_effects,
    calendar_index,
    event_effects,
    named_events,
    tet_share,
    working_days,
)
from thads_analysis.trend.changes import ChangesResult, find_changes
from thads_analysis.trend.decompose import eligible_change, national_rate_change, rate_change, stock_flow
from thads_analysis.trend.design import REASONS
from thads_analysis.trend.flows import falls, monthly_flows
from thads_analysis.trend.path import pace, path_envelope, path_rank
from thads_analysis.trend.season import SeasonResult, decompose_season
from thads_analysis.trend.structural import StructuralResult, fit_structure
