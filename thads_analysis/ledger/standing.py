"""How the cases of one organisation stand on a day, by what was known on another."""

from __future__ import annotations

__all__ = ["ELIGIBLE_STATES", "Standing", "stand"]

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from thads_analysis.errors import UsageError
from thads_analysis.ledger.files import Ledger, connect
from thads_analysis.ledger.positions import positions
from thads_analysis.ledger.record import EVENTS
from thads_analysis.org import Org

if TYPE_CHECKING:
    import duckdb
    import pandas as pd

ELIGIBLE_STATES = ("in_progress", "postponed_agreed")
"""States of a case that counts as eligible and is not finished."""


@dataclass(frozen=True)
class Standing:
    """Cases of an organisation as they stood at the end of a day.

    Parameters
    ----------
    connection : DuckDBPyConnection
        With two tables. ``happened``: the events by then, with ``state`` (that the event puts the case
        in, or null) and ``place`` (its order).
        ``standing``: one row a case accepted by then, with ``case_key, district_code, executor`` (the
        present one), ``kind, initiative, credit_institution, corruption_economic, amount_due,
        intake_date``; ``counted`` (null for one that ended before 1 October, or is in the separate book),
        ``state, ending`` (the event), ``since``; ``left_over`` (đồng still to be enforced), ``completed``
        (đồng completed since 1 October, as published), ``collected, paid_out`` (đồng in all);
        ``last_event, last_date`` (a change of executor apart).
    org : Org
    day : date
        The end of this day.
    """

    connection: duckdb.DuckDBPyConnection = field(repr=False)
    org: Org
    day: date

    @property
    def year_start(self) -> date:
        """1 October of the statistical year that the day is in."""
        return date(self.day.year if self.day.month >= 10 else self.day.year - 1, 10, 1)

    @property
    def last_known(self) -> date:
        """Day on which the latest of its events was recorded."""
        found: pd.Timestamp = self.ask("SELECT max(recorded_on) AS day FROM happened")["day"].iloc[0]
        return found.date()

    def ask(self, question: str, **values: Any) -> pd.DataFrame:
        """Put a question in SQL; ``$day`` and ``$year_start`` are known in it, and what is given."""
        known = {"day": self.day, "year_start": self.year_start} | values
        used = {name: value for name, value in known.items() if f"${name}" in question}
        return self.connection.execute(question, used).df()


@contextmanager
def stand(
    ledger: Ledger, org: Org, day: date, known: date | None = None, *, threads: int | None = None
) -> Iterator[Standing]:
    """Work out how every case of an organisation stood at the end of a day.

    Parameters
    ----------
    ledger : Ledger
    org : Org
        A province: lists of cases are made for one unit only.
    day : date
        Events of later days are left out.
    known : date, optional
        Events that were recorded later are left out too, so that what is found is what would have been
        found then. Without it, all that is known now.
    threads : int, optional
        As for `connect`.

    Raises
    ------
    UsageError
        When the organisation is not a province, the ledger has none of its cases, or ``known`` is before
        the day.
    """
    if org.level != "province":
        message = f"Cases are listed for one province at a time, not for {org.name}; give the code of one"
        raise UsageError(message)
    if org.key not in ledger.orgs:
        held = ", ".join(ledger.orgs[:8]) + (", …" if len(ledger.orgs) > 8 else "")
        message = f"{ledger.folder}: no cases of {org.name} ({org.key}); it has those of {held}"
        raise UsageError(message)
    last_year = day.year + (day.month >= 10)
    with connect(ledger, orgs=[org.key], last_year=last_year, threads=threads) as connection:
        standing = Standing(connection, org, day)
        positions(connection, day, as_of=known).create_view("position")
        connection.execute(_HAPPENED, {"day": day, "known": known or date.max})
        connection.execute(_STANDING)
        yield standing


def _case(branches: dict[str, str]) -> str:
    """Write SQL that gives a value by event."""
    whens = " ".join(f"WHEN '{event}' THEN '{value}'" for event, value in branches.items())
    return f"CASE event {whens} END"


_STATE = _case({event.id: event.state for event in EVENTS.values() if event.state})

_HAPPENED = f"""
CREATE TEMP TABLE happened AS
SELECT case_key, date, recorded_on, event, amount, round, starting_price, outcome, executor,
       (date - DATE '1970-01-01') * 256 + step AS place,
       CASE WHEN partial THEN NULL
            WHEN event = 'postponed' AND ground = 'art48_1c' THEN 'postponed_agreed'
            ELSE {_STATE} END AS state
FROM events
WHERE date <= $day AND recorded_on <= $known
"""  # noqa: S608 - identifiers of this package

_STANDING = """
CREATE TEMP TABLE standing AS
SELECT c.case_key, c.district_code, coalesce(e.executor, c.executor) AS executor, c.kind, c.initiative,
       c.credit_institution, c.corruption_economic, c.amount_due, c.intake_date,
       p.counted, e.state, CASE WHEN e.state = 'closed' THEN e.last_turn END AS ending, e.since,
       coalesce(p.balance, 0) AS left_over,
       coalesce(p.fully_enforced + p.discontinued + p.reduced, 0) AS completed,
       e.collected, e.paid_out, e.last_event, e.last_date
FROM cases AS c JOIN (
    SELECT case_key,
           arg_max(state, place) FILTER (state IS NOT NULL) AS state,
           arg_max(event, place) FILTER (state IS NOT NULL) AS last_turn,
           max(date) FILTER (state IS NOT NULL) AS since,
           coalesce(sum(amount) FILTER (event = 'collected'), 0)::BIGINT AS collected,
           coalesce(sum(amount) FILTER (event = 'paid_out'), 0)::BIGINT AS paid_out,
           arg_max(executor, place) FILTER (executor IS NOT NULL) AS executor,
           arg_max(event, place) FILTER (event <> 'executor_changed') AS last_event,
           max(date) FILTER (event <> 'executor_changed') AS last_date
    FROM happened GROUP BY case_key HAVING bool_or(event = 'accepted')
) AS e USING (case_key)
LEFT JOIN position AS p USING (case_key)  -- which has no case that ended before the year
"""
