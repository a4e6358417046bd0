"""Where the year will end, how sure that is, and what the target would take."""

from thads_analysis.forecast.breaks import year_weights
from thads_analysis.forecast.chain_ladder import ChainLadder
from thads_analysis.forecast.flows import Flows
from thads_analysis.forecast.gap import required_completions, required_months, usual_completions
from thads_analysis.forecast.outlook import DEFAULT_METHOD, METHODS, forecast, paths, simulate
from thads_analysis.forecast.pooled import Pooled
from thads_analysis.forecast.protocol import Fitted, Method, Simulation
from thads_analysis.forecast.usual_path import UsualPath

__all__ = [
    "DEFAULT_METHOD",
    "METHODS",
    "ChainLadder",
    "Fitted",
    "Flows",
    "Method",
    "Pooled",
    "Simulation",
    "UsualPath",
    "forecast",
    "paths",
    "required_completions",
    "required_months",
    "simulate",
    "usual_completions",
    "year_weights",
]
