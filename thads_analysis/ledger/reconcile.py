"""What was reported held against the cases, item by item, and the cases that explain a difference."""

from __future__ import annotations

__all__ = ["Reconciliation", "reconcile"]

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import pandas as pd

from thads_analysis.errors import DataError, UsageError
from thads_analysis.ledger.files import MEMORY_LIMIT, Ledger, connect
from thads_analysis.ledger.forms import choose_orgs, count_items, items_by_case
from thads_analysis.ledger.positions import SINGLE_BOOK, positions
from thads_analysis.period import Period
from thads_analysis.schema import panel_columns

WINDOW = 10
"""Days before and after the period's end in which an explanation is looked for."""

DIFFERENCE_COLUMNS = [
    "measure", "item", "reported", "counted", "difference", "explanation", "day", "exact", "cases"
]  # fmt: skip
CASE_COLUMNS = ["measure", "item", "case_key", "difference", "state", "since"]


@dataclass(frozen=True)
class Reconciliation:
    """What an organisation reported, beside what its cases come to.

    Parameters
    ----------
    differences : DataFrame
        One row an item of which the two differ, cases before money; columns ``measure, item,
        reported, counted, difference`` (reported less counted), ``explanation`` (``later``: what was
        reported is what the cases came to on a later ``day``; ``earlier``: on an earlier one;
        ``known_then``: what was known when it was reported; empty), ``day``, ``exact`` (whether the
        whole difference is explained, or it is only a part of what happened by that day) and
        ``cases``: how many cases make the difference between the two days.
    cases : DataFrame
        Those cases: ``measure, item, case_key, difference`` (cases or đồng that each adds), and its
        ``state`` (or how it ended) ``since`` a day.
    compared : int
        How many items were reported and could be compared.
    """

    differences: pd.DataFrame
    cases: pd.DataFrame
    compared: int


@dataclass(frozen=True)
class _Other:
    """Another day, or another state of knowledge, at which the cases might have been counted."""

    explanation: str
    day: date
    as_of: date | None


def reconcile(
    ledger: Ledger,
    period: Period | str,
    org: str,
    reported: pd.DataFrame,
    *,
    reported_on: date | None = None,
    threads: int | None = None,
    memory_limit: str = MEMORY_LIMIT,
) -> Reconciliation:
    """Compare an organisation's report with its cases, and look for the cases that explain what differs.

    An item that was reported as the cases came to some days after the period's end took in what belongs
    to the next period; one that fits some days before was closed too early; one that fits what was
    known on the day of the report was right when it was made.

    Parameters
    ----------
    ledger : Ledger
    period : Period or str
    org : str
        Key of a province.
    reported : DataFrame
        A panel (`store.load_panel`) with the organisation and the period.
    reported_on : date, optional
        The day on which it was reported.
    threads, memory_limit
        As in `files.connect`.

    Raises
    ------
    UsageError
        When the ledger has no case of the organisation.
    DataError
        When the panel has no figures of it.
    """
    when = Period.parse(period)
    choose_orgs(ledger, [org])
    key = (org, when.fiscal_year, when.months)
    if key not in reported.index:
        message = f"{org}: no figures reported for {when}; bring them in with: thads ingest FILE..."
        raise DataError(message)
    if reported_on and reported_on < when.end:
        message = f"{org}: reported on {reported_on}, before the period's end on {when.end}; give a later day"
        raise UsageError(message)
    said = reported.loc[[key]].iloc[0].reindex(panel_columns()).dropna().astype("int64")
    separate = when.circular not in SINGLE_BOOK
    last_year = when.fiscal_year + (when.months == 12)
    with connect(
        ledger, orgs=[org], last_year=last_year, threads=threads, memory_limit=memory_limit
    ) as connection:

        def count(other: _Other) -> pd.Series:
            values = count_items(connection, when.start, other.day, as_of=other.as_of, separate=separate)
            return pd.Series(values, index=panel_columns())

        now = _Other("", when.end, None)
        counted = count(now)[said.index]
        wrong = said.index[said != counted]
        found: dict[tuple[str, str], tuple[_Other, bool]] = {}
        if len(wrong):
            found = _explain(said[wrong], counted[wrong], ((o, count(o)) for o in _others(when, reported_on)))
        by_case = {
            other: items_by_case(connection, when.start, other.day, as_of=other.as_of, separate=separate)
            for other in {now, *(other for other, _ in found.values())}
        }
        states = {
            other: positions(connection, other.day, as_of=other.as_of).df().set_index("case_key")
            for other in {other for other, _ in found.values()}
        }
    rows, cases = [], []
    for measure, item in wrong:
        other, exact = found.get((measure, item), (now, False))
        moved = by_case[other][measure, item].sub(by_case[now][measure, item], fill_value=0).astype("int64")
        moved = moved[moved != 0]
        difference = int(said[measure, item] - counted[measure, item])
        rows.append(
            (measure, item, int(said[measure, item]), int(counted[measure, item]), difference,
             other.explanation, other.day if other.explanation else None, exact, len(moved))
        )  # fmt: skip
        if other.explanation:
            state = states[other].reindex(moved.index)
            named = {
                "measure": measure,
                "item": item,
                "case_key": moved.index,
                "difference": moved.to_numpy(),
                "state": state["ending"].fillna(state["state"]).to_numpy(),
                "since": state["since"].to_numpy(),
            }
            cases.append(pd.DataFrame(named).sort_values(["since", "case_key"]))
    return Reconciliation(
        pd.DataFrame(rows, columns=DIFFERENCE_COLUMNS),
        pd.concat(cases, ignore_index=True) if cases else pd.DataFrame(columns=CASE_COLUMNS),
        len(said),
    )


def _others(when: Period, reported_on: date | None) -> Iterator[_Other]:
    """Days to look at, the likeliest first: what was known then, then one day away, two, ..."""
    if reported_on:
        yield _Other("known_then", when.end, reported_on)
    for days in range(1, WINDOW + 1):
        yield _Other("later", when.end + timedelta(days=days), None)
        yield _Other("earlier", when.end - timedelta(days=days), None)


def _explain(
    said: pd.Series, counted: pd.Series, others: Iterator[tuple[_Other, pd.Series]]
) -> dict[tuple[str, str], tuple[_Other, bool]]:
    """Find for each item the nearest day on which the cases come to what was reported, or go beyond it."""
    exact: dict[tuple[str, str], tuple[_Other, bool]] = {}
    partly: dict[tuple[str, str], tuple[_Other, bool]] = {}
    for other, values in others:
        step = values[said.index] - counted
        wanted = said - counted
        for column in said.index[(step == wanted)]:
            exact.setdefault((str(column[0]), str(column[1])), (other, True))
        beyond = (step * wanted.map(lambda value: 1 if value > 0 else -1)) > wanted.abs()
        for column in said.index[beyond]:
            partly.setdefault((str(column[0]), str(column[1])), (other, False))
    return partly | exact
