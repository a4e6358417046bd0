"""What is wrong in the lives of cases: findings with the file and row that they are in."""

from __future__ import annotations

__all__ = ["FINDING_COLUMNS", "RULES", "Rule", "check"]

from collections.abc import Iterable
from dataclasses import dataclass
from types import MappingProxyType

import pandas as pd

from thads_analysis.ledger.files import MEMORY_LIMIT, TABLES, Ledger, create_view, open_duckdb
from thads_analysis.ledger.forms import choose_orgs
from thads_analysis.ledger.record import CLOSED, EVENTS

FINDING_COLUMNS = ["rule", "org", "case_key", "date", "event", "file", "row", "found", "expected", "message"]

_ENDS = ", ".join(f"'{event.id}'" for event in EVENTS.values() if event.state == CLOSED)
_REDUCES = ", ".join(f"'{event.id}'" for event in EVENTS.values() if event.reduces)
_STATES = ", ".join(f"'{event.id}'" for event in EVENTS.values() if event.state)

# Each event with what is known of its case by then; `prior` is the event that had set the state before it.
_LIVES = f"""
    SELECT *, accepted - taken AS left_over,
        last_value(CASE WHEN sets THEN event END IGNORE NULLS) OVER before AS prior
    FROM (
        SELECT org_regime, org_code, case_key, date, step, event, amount, e.file, e.row,
            c.intake_date, c.amount_due,
            event IN ({_STATES}) AND NOT partial AS sets,
            event IN ({_ENDS}) AND NOT partial AS ends,
            coalesce(max(CASE WHEN event = 'accepted' THEN amount END) OVER until, 0) AS accepted,
            coalesce(sum(CASE WHEN event IN ({_REDUCES}) THEN amount END) OVER until, 0) AS taken,
            coalesce(sum(CASE event WHEN 'collected' THEN amount WHEN 'paid_out' THEN -amount END)
                OVER until, 0) AS money_held,
            count(*) FILTER (event = 'accepted') OVER until AS acceptances,
            count(*) FILTER (event = 'auction' AND outcome = 'sold') OVER until AS sales,
            count(*) FILTER (event = 'delivered') OVER until AS deliveries
        FROM events e JOIN (SELECT case_key, intake_date, amount_due FROM cases) c USING (case_key)
        WINDOW until AS (PARTITION BY case_key ORDER BY date, step ROWS UNBOUNDED PRECEDING)
    ) WINDOW before AS (
        PARTITION BY case_key ORDER BY date, step ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
    )"""  # noqa: S608 - identifiers of this package


@dataclass(frozen=True)
class Rule:
    """What an event may not be: a condition over the life of its case, and what to tell of it, in SQL."""

    id: str
    condition: str
    found: str
    expected: str
    message: str


RULES: MappingProxyType[str, Rule] = MappingProxyType(
    {
        rule.id: rule
        for rule in (
            Rule(
                "before_intake",
                "date < intake_date",
                "date",
                "intake_date",
                "happened before the case was taken in",
            ),
            Rule(
                "intake_differs",
                "event = 'accepted' AND acceptances = 1 AND date <> intake_date",
                "date",
                "intake_date",
                "the first acceptance is not on the day of intake",
            ),
            Rule(
                "amount_differs",
                "event = 'accepted' AND acceptances = 1 AND amount <> amount_due",
                "amount",
                "amount_due",
                "the amount accepted is not the amount due",
            ),
            Rule(
                "above_amount_due",
                f"event IN ({_REDUCES}) AND left_over < 0",
                "taken",
                "accepted",
                "collected, discontinued, reduced, entrusted, revoked: together more than was accepted",
            ),
            Rule(
                "paid_out_above_collected",
                "event = 'paid_out' AND money_held < 0",
                "amount",
                "amount + money_held",
                "more was paid out than was held",
            ),
            Rule(
                "ended_with_remainder",
                "ends AND left_over > 0",
                "left_over",
                "0",
                "the case ended with money left to enforce",
            ),
            Rule(
                "after_the_end",
                f"prior IN ({_ENDS}) "
                "AND event NOT IN ('accepted', 'paid_out', 'delivered', 'executor_changed')",
                "event",
                "prior",
                "happened after the case had ended",
            ),
            Rule(
                "accepted_while_open",
                f"event = 'accepted' AND acceptances > 1 AND prior NOT IN ('to_separate_book', {_ENDS})",
                "event",
                "prior",
                "accepted again without having ended or gone into the separate book",
            ),
            Rule(
                "in_separate_book",
                "prior = 'to_separate_book' AND event NOT IN "
                "('accepted', 'struck_off', 'paid_out', 'executor_changed', 'pulled_up')",
                "event",
                "'accepted'",
                "happened in the separate book; the event that takes the case back is missing",
            ),
            Rule(
                "resumed_without_hold",
                "event = 'resumed' AND prior NOT IN ('postponed', 'suspended')",
                "prior",
                "'postponed, suspended'",
                "resumed without having been postponed or suspended",
            ),
            Rule(
                "delivered_without_sale",
                "event = 'delivered' AND deliveries > sales",
                "deliveries",
                "sales",
                "delivered without a sale",
            ),
        )
    }
)


def check(
    ledger: Ledger,
    orgs: Iterable[str] | None = None,
    *,
    threads: int | None = None,
    memory_limit: str = MEMORY_LIMIT,
) -> pd.DataFrame:
    """Find what does not fit in the lives of cases; nothing is changed.

    What cannot be read, is there twice or is missing altogether was refused by `load.ingest`; what is
    found here stands in the ledger and in its forms, and needs a look into the file of the case.

    Parameters
    ----------
    ledger : Ledger
    orgs : iterable of str, optional
        Keys of provinces; all without it.
    threads, memory_limit
        As in `files.connect`.

    Returns
    -------
    DataFrame
        Columns `FINDING_COLUMNS`, by organisation, file and row; ``rule`` is one of `RULES`, ``found``
        and ``expected`` are text.
    """
    questions = " UNION ALL ".join(
        f"SELECT '{rule.id}' AS rule, org_regime || ':' || org_code AS org, "  # noqa: S608 - ours
        "case_key, date, event, file, row, "
        f"({rule.found})::VARCHAR AS found, ({rule.expected})::VARCHAR AS expected, "
        f"'{rule.message}' AS message FROM lives WHERE {rule.condition}"
        for rule in RULES.values()
    )
    frames = []
    with open_duckdb(threads=threads, memory_limit=memory_limit) as connection:
        for org in choose_orgs(ledger, orgs):
            for table in TABLES:
                create_view(connection, table, ledger.paths(table, [org]))
            connection.execute(f"CREATE OR REPLACE TEMP TABLE lives AS {_LIVES}")
            frames.append(connection.execute(f"{questions} ORDER BY file, row, rule").df())
    return pd.concat(frames, ignore_index=True)[FINDING_COLUMNS]
