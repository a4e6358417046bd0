"""How figures move: monthly flows, season, this year's path, changes of level, exact splits of a change."""

__all__ = [
    "REASONS",
    "ChangesResult",
    "SeasonResult",
    "StructuralResult",
    "best_year",
    "breaks",
    "breaks_between",
    "calendar_effects",
    "calendar_index",
    "change_without_largest",
    "decompose_season",
    "eligible_change",
    "eligible_stock",
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
    "stock_change",
    "stock_flow",
    "stock_states",
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
from thads_analysis.trend.comparable import best_year, breaks_between
from thads_analysis.trend.design import REASONS
from thads_analysis.trend.effects import eligible_change, rate_change
from thads_analysis.trend.flows import falls, monthly_flows
from thads_analysis.trend.path import pace, path_envelope, path_rank
from thads_analysis.trend.season import SeasonResult, decompose_season
from thads_analysis.trend.stock import eligible_stock, stock_change, stock_flow, stock_states
from thads_analysis.trend.structural import StructuralResult, fit_structure
from thads_analysis.trend.weights import change_without_largest, national_rate_change
