"""The labelled, deterministic simulated sample."""

__all__ = ["make_observations", "write_workbooks"]

from thads_analysis.sample.workbooks import write_workbooks
from thads_analysis.sample.world import make_observations
