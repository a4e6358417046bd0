"""Where every case stands on a day, and what happened to it since the year began: one pass over events."""

from __future__ import annotations

__all__ = ["ENDINGS", "POSITION_COLUMNS", "positions", "positions_sql"]

from datetime import date
from typing import TYPE_CHECKING

from thads_analysis.errors import UsageError
from thads_analysis.ledger.record import CLOSED, EVENTS, STATES
from thads_analysis.period import Period

if TYPE_CHECKING:
    import duckdb

FLOWS = ("fully_enforced", "discontinued", "reduced", "entrusted", "revoked")
"""Flows of money out of a case, as items of the forms."""

ENDINGS = tuple(event.id for event in EVENTS.values() if event.state == CLOSED)
"""Events that end a case."""

POSITION_COLUMNS = [
    "org_regime",
    "org_code",
    "case_key",
    "counted",
    "opening_state",
    "state",
    "ending",
    "since",
    "opening_balance",
    "balance",
    *FLOWS,
]

# A state is a number in the low four bits of a mark whose high bits order the events of a case by day
# and step, so that the greatest mark is the last state: one integer maximum in place of a sort.
_OPEN = [state for state in STATES if state not in ("separate_book", CLOSED)]
_CODES = {state: code for code, state in enumerate([*_OPEN, "separate_book", *ENDINGS], start=1)}
BOOK, LEFT = _CODES["separate_book"], _CODES["struck_off"]
LAST_OPEN = len(_OPEN)

# Flows of money by number: those that take something off, then what was accepted.
_REDUCING = {
    event.id: number for number, event in enumerate((e for e in EVENTS.values() if e.reduces), start=1)
}
_ACCEPTED = len(_REDUCING) + 1

# Before TT06-2019 the forms know two places only: what is postponed, suspended or otherwise pending stands
# with what is in progress, and what is in the separate book with what is not eligible.
SINGLE_BOOK = frozenset({"TT01-2013", "TT08-2015"})
_MERGED = {
    "postponed": "in_progress",
    "suspended": "in_progress",
    "other_pending": "in_progress",
    "separate_book": "not_eligible",
}


def state_code(name: str) -> int:
    """Return the number that stands for a state, or for the event that ended the case."""
    return _CODES[name]


def positions_sql(
    start: date, day: date, *, as_of: date | None = None, separate: bool = True, ended: bool = False
) -> str:
    """Return the query that gives each case one row, from the view ``events``.

    Parameters
    ----------
    start : date
        1 October: where the year's flows begin.
    day : date
        The last day that counts.
    as_of : date, optional
        Only what was known by the end of that day.
    separate : bool
        Whether the separate book and the three kinds outside ``eligible`` stand apart, as they do from
        TT06-2019.
    ended : bool
        Whether to give a row to the many cases, too, that ended before `start`.

    Returns
    -------
    str
        One row for each case to which something happened by `day`.
        Columns ``org_regime, org_code, case_key``; ``opening`` and ``mark``: the state before `start`
        and on `day` as numbers (the first null when the case is new), ``since`` (day number of the last
        change), ``entered`` (whether it was accepted since `start`), ``opening_balance``, ``balance``
        and `FLOWS`: đồng.

    Notes
    -----
    Two passes, over the years before and over this one, since only the second has flows.
    """
    year = Period(start.year + 1, 1).fiscal_year
    codes = _CODES | ({} if separate else {state: _CODES[target] for state, target in _MERGED.items()})
    known = f" AND recorded_on <= DATE '{as_of}'" if as_of else ""
    unended = "" if ended else f"HAVING max(state) & 15 <= {BOOK}"
    flows = ",\n".join(
        f"sum(CASE WHEN flow = {number} THEN amount ELSE 0 END)::BIGINT AS {event}"
        for event, number in _REDUCING.items()
    )
    names = {next(e for e in _REDUCING if EVENTS[e].item == item): item for item in FLOWS}
    renamed = ", ".join(f"coalesce(this.{event}, 0) AS {item}" for event, item in names.items())
    taken = " + ".join(f"coalesce(this.{event}, 0)" for event in _REDUCING)
    return f"""
        SELECT org_regime, org_code, case_key, before.mark & 15 AS opening,
            coalesce(this.mark, before.mark) & 15 AS mark, coalesce(this.mark, before.mark) >> 12 AS since,
            coalesce(this.entered, false) AS entered,
            before.accepted - before.taken AS opening_balance,
            CASE WHEN this.accepted IS NULL OR before.mark & 15 <= {BOOK} THEN before.accepted - before.taken
                ELSE this.accepted END - ({taken}) AS balance, {renamed}
        FROM (
            SELECT org_regime, org_code, case_key, max(state) AS mark,
                max(CASE WHEN flow = {_ACCEPTED} THEN amount END) AS accepted,
                sum(CASE WHEN flow < {_ACCEPTED} THEN amount ELSE 0 END)::BIGINT AS taken
            FROM ({_events_sql(f"fiscal_year < {year}{known}", codes)})
            GROUP BY ALL {unended}
        ) before FULL JOIN (
            SELECT org_regime, org_code, case_key, max(state) AS mark, bool_or(flow = {_ACCEPTED}) AS entered,
                max(CASE WHEN flow = {_ACCEPTED} THEN amount END) AS accepted, {flows}
            FROM ({_events_sql(f"fiscal_year >= {year} AND date <= DATE '{day}'{known}", codes)})
            GROUP BY ALL
        ) this USING (org_regime, org_code, case_key)"""  # noqa: S608 - numbers, dates, identifiers of ours


def _events_sql(condition: str, codes: dict[str, int]) -> str:
    """Give each event its flow and, where it changes the state, a mark.

    Both are looked up by the event's place in a list, which DuckDB does once for each entry of a
    Parquet dictionary rather than once a row.
    """
    place = "list_position([" + ", ".join(f"'{event}'" for event in EVENTS) + "], event)"
    flow = [_ACCEPTED if event == "accepted" else _REDUCING.get(event, 9) for event in EVENTS]
    state = [
        codes[event.id if event.state == CLOSED else event.state] if event.state else 0
        for event in EVENTS.values()
    ]
    silent = ", ".join(f"'{e.id}'" for e in EVENTS.values() if not (e.state or e.reduces))
    agreed = codes["postponed_agreed"] - codes["postponed"]
    return f"""
        SELECT org_regime, org_code, case_key, amount, flow,
            CASE WHEN state > 0 AND NOT partial THEN (((date - DATE '1970-01-01') << 8 | step) << 4)
                | (state + CASE WHEN ground = 'art48_1c' THEN {agreed} ELSE 0 END) END AS state
        FROM (
            SELECT org_regime, org_code, case_key, date, step, amount, partial, ground,
                list_extract({flow}::TINYINT[], {place}) AS flow,
                list_extract({state}::TINYINT[], {place}) AS state
            FROM events WHERE {condition} AND event NOT IN ({silent})
        )"""  # noqa: S608 - as above


def positions(
    connection: duckdb.DuckDBPyConnection, day: date, *, as_of: date | None = None
) -> duckdb.DuckDBPyRelation:
    """Say where every case stood at the end of a day.

    Parameters
    ----------
    connection : DuckDBPyConnection
        Of `files.connect`; its choice of organisations is what is answered for.
    day : date
        The year's flows begin on the 1 October before it.
    as_of : date, optional
        Only what was known by the end of that day; everything without it.

    Returns
    -------
    DuckDBPyRelation
        One row a case that was accepted by `day`; columns `POSITION_COLUMNS`. ``counted`` says
        whether the case stands in the year's account as ``carried_in`` or ``new``, and is null for
        one that ended before the year or stays in the separate book; ``opening_state`` and
        ``state`` are of `record.STATES` (the first null when the case is new), ``ending`` the event
        that ended it, ``since`` the day of its last change of state; ``opening_balance`` and
        ``balance`` what was left to enforce then and now, and the flows of the year between: đồng.
        States are those of TT06-2019 and later, whatever the day.

    Examples
    --------
    >>> from datetime import date
    >>> from thads_analysis import ledger
    >>> with ledger.connect(ledger.open_ledger("data"), orgs=["63:79"]) as duck:  # doctest: +SKIP
    ...     now = ledger.positions(duck, date(2023, 6, 30))
    ...     now.filter("state = 'in_progress'").aggregate("count(*), sum(balance)").fetchall()
    """
    if as_of and as_of < day:
        message = f"as of {as_of}, the state on {day} lies ahead; give a day of knowledge not before it"
        raise UsageError(message)
    base = positions_sql(fiscal_start(day), day, as_of=as_of, ended=True)
    states = {code: CLOSED if name in ENDINGS else name for name, code in _CODES.items()}
    endings = {code: name for name, code in _CODES.items() if name in ENDINGS}

    def name(column: str, names: dict[int, str]) -> str:
        whens = " ".join(f"WHEN {code} THEN '{text}'" for code, text in names.items())
        return f"CASE {column} {whens} END"

    return connection.sql(
        f"""SELECT org_regime, org_code, case_key,
            CASE WHEN opening <= {LAST_OPEN} THEN 'carried_in' WHEN entered THEN 'new' END AS counted,
            {name("opening", states)} AS opening_state, {name("mark", states)} AS state,
            {name("mark", endings)} AS ending, DATE '1970-01-01' + since::INTEGER AS since,
            opening_balance, balance, {", ".join(FLOWS)}
        FROM ({base}) WHERE opening IS NOT NULL OR entered"""  # noqa: S608 - identifiers of this package
    )


def fiscal_start(day: date) -> date:
    """First day of the statistical year in which a day lies."""
    return Period(day.year + (day.month > 9), 1).start
