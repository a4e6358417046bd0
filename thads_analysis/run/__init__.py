"""One period's batch: plan it, execute it, publish it."""

from thads_analysis.run.batch import Outcome, run_period
from thads_analysis.run.execute import Failure, PageFiles, Result, execute, run_job
from thads_analysis.run.manifest import Entry, Manifest, read_manifest
from thads_analysis.run.plan import Job, Parameters, Plan, Topic, make_plan, read_topics

__all__ = [
    "Entry",
    "Failure",
    "Job",
    "Manifest",
    "Outcome",
    "PageFiles",
    "Parameters",
    "Plan",
    "Result",
    "Topic",
    "execute",
    "make_plan",
    "read_manifest",
    "read_topics",
    "run_job",
    "run_period",
]
