"""The nation month by month: paths through the published figures, at the pace of the year."""

from __future__ import annotations

__all__ = ["national_paths"]

from datetime import date, timedelta

import numpy as np

from thads_analysis import reference
from thads_analysis.period import Period
from thads_analysis.sample.anchors import YEARS, Points, anchors
from thads_analysis.sample.calibrate import Floats, Ints

# Work of a month relative to a plain one, October to September: quarter ends, and the last rush.
_PACE: dict[str, tuple[float, ...]] = {
    "cases": (0.55, 0.80, 1.10, 0.95, 0.90, 1.20, 0.95, 1.05, 1.35, 1.00, 1.20, 1.75),
    "money": (0.35, 0.60, 1.10, 0.80, 0.80, 1.30, 0.90, 1.00, 1.40, 1.00, 1.30, 2.20),
}
_INTAKE = (0.85, 0.95, 1.10, 1.00, 0.95, 1.05, 1.00, 1.00, 1.10, 1.00, 1.00, 1.05)
_PACE_NOISE = {"cases": 0.04, "money": 0.14}

# Around Tết little is done from a week before to ten days after the first day of the lunar year.
_LULL_BEFORE, _LULL_AFTER, _LULL_DEPTH = 7, 10, 0.8
_LULL_OF_INTAKE = 0.6  # courts hand down less, too

# What the distancing of 2021 left of a month's work and intake, from its ninth month on.
_LOCKDOWN_YEAR, _LOCKDOWN_PACE = 2021, {9: 0.90, 10: 0.60, 11: 0.50, 12: 0.75}

_REVOKED_OF_OUT = {"cases": 0.04, "money": 0.16}
_LAST_REVOKED_CASES = 501  # FY2023, published; the rest of 12,505 is entrusted


def national_paths(measure: str, rng: np.random.Generator) -> dict[str, Ints]:
    """Draw the national series of a measure through its anchors.

    Between two anchors a cumulative flow grows in the proportions of the months: the usual pace of
    the year, the lull around Tết by its lunar date, the distancing of 2021, and a little chance.
    What is eligible moves with the intake from anchor to anchor.

    Parameters
    ----------
    measure : {"cases", "money"}
        Money is in thousand đồng.
    rng : numpy Generator
        Source of the chance in the months' pace.

    Returns
    -------
    dict of array
        ``carried_in``, ``new``, ``entrusted``, ``revoked``, ``eligible``, ``completed``: one row a
        fiscal year, one column a month, cumulative from 1 October.
    """
    paths: dict[str, list[Ints]] = {}
    undone: int | None = None
    for year in YEARS:
        given = anchors(measure, year)
        noise = np.exp(_PACE_NOISE[measure] * rng.standard_normal((2, 12)))
        work = np.array(_PACE[measure]) * _lull(year, _LULL_DEPTH) * _lockdown(year) * noise[0]
        intake = np.array(_INTAKE) * _lull(year, _LULL_OF_INTAKE) * _lockdown(year) * noise[1]

        carried_in = _hold(given["carried_in"])
        accepted, due = given["accepted"], given["due"]
        out = _run_through({m: accepted[m] - due[m] for m in accepted.keys() & due.keys()}, intake)
        total = accepted | {m: due[m] + int(out[m - 1]) for m in due}
        new = _run_through({m: total[m] - int(carried_in[m - 1]) for m in total}, intake)
        eligible = given["eligible"] if undone is None else given["eligible"] | {0: undone}
        completed = _run_through(given["completed"], work)
        revoked = _split_revoked(out, measure, year, rng)
        drawn = {
            "carried_in": carried_in,
            "new": new,
            "entrusted": out - revoked,
            "revoked": revoked,
            "eligible": _run_through(eligible, np.diff(new, prepend=0).astype(float)),
            "completed": completed,
        }
        for item, path in drawn.items():
            paths.setdefault(item, []).append(path)
        undone = int(drawn["eligible"][-1] - completed[-1])
    return {item: np.stack(rows) for item, rows in paths.items()}


def _run_through(points: Points, pace: Floats) -> Ints:
    """Values at months 1 to 12 through the points, moving between two of them at the months' pace."""
    points = {0: 0} | points
    clock = np.concatenate([[0.0], pace.cumsum()])
    months = sorted(points)
    values = np.interp(clock, clock[months], [points[m] for m in months])
    whole: Ints = np.rint(values[1:]).astype(np.int64)
    return whole


def _hold(points: Points) -> Ints:
    """Values at months 1 to 12, each point holding until the next."""
    return np.array([points[max(since for since in points if since <= m)] for m in range(1, 13)])


def _lull(fiscal_year: int, depth: float) -> Floats:
    """Share of each month's work that Tết leaves."""
    first = reference.tet_dates()[fiscal_year]
    quiet = {first + timedelta(days=d) for d in range(-_LULL_BEFORE, _LULL_AFTER)}
    left = []
    for months in range(1, 13):
        end = Period(fiscal_year, months).end
        days = {date(end.year, end.month, d) for d in range(1, end.day + 1)}
        left.append(1.0 - depth * len(days & quiet) / len(days))
    return np.array(left)


def _lockdown(fiscal_year: int) -> Floats:
    pace = _LOCKDOWN_PACE if fiscal_year == _LOCKDOWN_YEAR else {}
    return np.array([pace.get(m, 1.0) for m in range(1, 13)])


def _split_revoked(out: Ints, measure: str, fiscal_year: int, rng: np.random.Generator) -> Ints:
    """Of what leaves by entrustment or revocation, the part that is revoked."""
    share = _REVOKED_OF_OUT[measure] * float(np.exp(0.2 * rng.standard_normal()))
    if measure == "cases" and fiscal_year == YEARS[-1]:
        share = _LAST_REVOKED_CASES / int(out[-1])
    revoked: Ints = np.rint(out * share).astype(np.int64)
    return revoked
