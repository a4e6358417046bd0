"""Which pages of the sample are rendered for tests: the nation and three provinces."""

from thads_analysis.run import make_plan

PERIOD = "2023-M09"
ORGS = ("VN", "01", "45", "79")
STEMS = [job.stem for job in make_plan(PERIOD, orgs=ORGS).jobs]
