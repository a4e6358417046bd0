"""Where the year will end, how sure that is, and what the target would take."""

from thads_analysis.forecast.breaks import year_weights
from thads_analysis.forecast.chain_ladder import ChainLadder
from thads_analysis.forecast.flows import Flows
from thads_analysis.forecast.gap import (
    gap_completions,
    past_completions,
    required_completions,
    required_months,
)
from thads_analysis.forecast.history import History, build_history
from thads_analysis.forecast.levers import count_misses, levers, misses
from thads_analysis.forecast.outlook import (
    DEFAULT_METHOD,
    METHODS,
    Outlook,
    forecast,
    look_ahead,
    methods,
    paths,
    simulate,
)
from thads_analysis.forecast.pooled import Pooled
from thads_analysis.forecast.protocol import Fitted, Method, Simulation, simulate_counts
from thads_analysis.forecast.records import score_records, to_records
from thads_analysis.forecast.scenario import (
    LargeCase,
    Scenario,
    make_scenario,
    standard_scenarios,
    what_if,
)
from thads_analysis.forecast.usual_path import UsualPath

__all__ = [
    "DEFAULT_METHOD",
    "METHODS",
    "ChainLadder",
    "Fitted",
    "Flows",
    "History",
    "LargeCase",
    "Method",
    "Outlook",
    "Pooled",
    "Scenario",
    "Simulation",
    "UsualPath",
    "build_history",
    "count_misses",
    "forecast",
    "gap_completions",
    "levers",
    "look_ahead",
    "make_scenario",
    "methods",
    "misses",
    "past_completions",
    "paths",
    "required_completions",
    "required_months",
    "score_records",
    "simulate",
    "simulate_counts",
    "standard_scenarios",
    "to_records",
    "what_if",
    "year_weights",
]
