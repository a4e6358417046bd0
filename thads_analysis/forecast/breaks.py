"""How much each past year counts: full, or less where a known break or shock lies in between."""

from __future__ import annotations

__all__ = ["WEIGHTS", "year_weights"]

from collections.abc import Iterable, Sequence
from datetime import date
from types import MappingProxyType

import pandas as pd

from thads_analysis import reference
from thads_analysis.period import Period

WEIGHTS = MappingProxyType({"before": 0.5, "across": 0.25, "shock": 0.25})
"""Weight of a year whose rest lies before a break, has the break inside, or has a shock inside.

A choice, not an estimate: with fewer than ten years nothing could be estimated. None is zero, so that
a unit whose whole history lies behind a break still has one.
"""


def year_weights(
    period: Period, years: Sequence[int], events: Iterable[reference.Row] | None = None
) -> pd.DataFrame:
    """Weigh past years for a forecast made at a period.

    What a past year lends to the forecast is the movement of its last months, from the same month to
    30 September. A ``break`` (a new circular, a merger) after that movement halves the year's weight,
    a break inside it quarters it; a ``shock`` (a lockdown) inside it quarters it. Weights multiply.
    Only events that began by the period's end count.

    Parameters
    ----------
    period : Period
        The period at which the forecast is made.
    years : sequence of int
        Past fiscal years.
    events : iterable of mapping, optional
        Rows with ``event, kind, first_day, last_day``; the project's own (`reference.events`) without it.

    Returns
    -------
    DataFrame
        Index ``fiscal_year``; columns ``weight`` (0 to 1) and ``events`` (names of what reduced it).

    Examples
    --------
    >>> from thads_analysis.period import Period
    >>> rows = [{"event": "law", "kind": "break", "first_day": "2020-01-05", "last_day": "2020-01-05"}]
    >>> year_weights(Period(2022, 9), [2019, 2020], rows)["weight"].tolist()
    [0.5, 1.0]
    """
    rows = list(reference.events() if events is None else events)
    found = []
    for year in years:
        start, end = Period(year, period.months).end, Period(year, 12).end
        weight, names = 1.0, []
        for row in rows:
            effect = _classify_event(row, start, end, period.end)
            if effect is not None:
                weight *= WEIGHTS[effect]
                names.append(row["event"])
        found.append((year, weight, ", ".join(names)))
    return pd.DataFrame(found, columns=["fiscal_year", "weight", "events"]).set_index("fiscal_year")


def _classify_event(row: reference.Row, start: date, end: date, known_at: date) -> str | None:
    first, last = date.fromisoformat(row["first_day"]), date.fromisoformat(row["last_day"])
    if first > known_at:
        return None
    if row["kind"] == "shock":
        return "shock" if first <= end and last > start else None
    if first > end:
        return "before"
    return "across" if first > start else None
