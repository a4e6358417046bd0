"""Items of forms 01 and 02 from single cases, by the rules of the circular in force."""

from __future__ import annotations

__all__ = ["forms"]

from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING

import pandas as pd

from thads_analysis.errors import UsageError
from thads_analysis.glossary import IDENTITIES, MEASURES, items_of
from thads_analysis.ledger.files import MEMORY_LIMIT, Ledger, create_view, open_duckdb
from thads_analysis.ledger.positions import (
    BOOK,
    FLOWS,
    LAST_OPEN,
    LEFT,
    SINGLE_BOOK,
    positions_sql,
    state_code,
)
from thads_analysis.period import Period
from thads_analysis.schema import PANEL_INDEX, panel_columns

if TYPE_CHECKING:
    import duckdb

_STOCKS = ("in_progress", "postponed_agreed", "not_eligible", "postponed", "suspended", "other_pending")


def forms(
    ledger: Ledger,
    period: Period | str,
    *,
    orgs: Iterable[str] | None = None,
    as_of: date | None = None,
    threads: int | None = None,
    memory_limit: str = MEMORY_LIMIT,
) -> pd.DataFrame:
    """Count the items of forms 01 and 02 from the cases of the ledger.

    A case counts in the year's account as ``carried_in`` when it was open and outside the separate
    book on 30 September, as ``new`` when it was accepted since; with the đồng that were left to
    enforce then. What it is on the last day, or how it ended, makes the other items; money that was
    collected, discontinued, reduced, entrusted or revoked since 1 October counts whether or not the
    case ended. One that went into the separate book leaves the account with what is left of it.
    Before TT06-2019 the book and the three kinds outside ``eligible`` do not stand apart.

    Parameters
    ----------
    ledger : Ledger
    period : Period or str
    orgs : iterable of str, optional
        Keys of provinces; every one of the ledger without it.
    as_of : date, optional
        Only events that were known by the end of that day, so that an old report can be made again.
    threads, memory_limit
        As in `files.connect`.

    Returns
    -------
    DataFrame
        A panel: index ``org, fiscal_year, months``, columns ``measure, item``, Int64; cases and đồng.

    Raises
    ------
    UsageError
        For an organisation of which the ledger has no case.

    Notes
    -----
    Money that is left on a case that has ended (a mistake; see `check`) stands in ``other_pending``,
    so that the account closes and the mistake shows.

    Organisations are counted one after the other: the cases of one fit into memory, and what has been
    counted of it is let go.

    Examples
    --------
    >>> from thads_analysis import ledger
    >>> panel = ledger.forms(ledger.open_ledger("data"), "2023-M09", orgs=["63:79"])  # doctest: +SKIP
    """
    when = Period.parse(period)
    chosen = choose_orgs(ledger, orgs)
    rows = []
    with open_duckdb(threads=threads, memory_limit=memory_limit) as connection:
        for org in chosen:
            create_view(connection, "events", ledger.paths("events", [org], when.fiscal_year))
            counted = count_items(
                connection, when.start, when.end, as_of=as_of, separate=when.circular not in SINGLE_BOOK
            )
            rows.append((org, when.fiscal_year, when.months, *counted))
    index = pd.MultiIndex.from_tuples([row[:3] for row in rows], names=PANEL_INDEX)
    return pd.DataFrame([row[3:] for row in rows], index=index, columns=panel_columns(), dtype="Int64")


def choose_orgs(ledger: Ledger, orgs: Iterable[str] | None) -> tuple[str, ...]:
    """Return the organisations asked for, all of which the ledger must have."""
    chosen = ledger.orgs if orgs is None else tuple(dict.fromkeys(orgs))
    if missing := [org for org in chosen if org not in ledger.orgs]:
        message = (
            f"{ledger.folder}: no cases of {', '.join(missing)}; it has those of "
            f"{', '.join(ledger.orgs) or 'nobody'}"
        )
        raise UsageError(message)
    return chosen


def count_items(
    connection: duckdb.DuckDBPyConnection,
    start: date,
    day: date,
    *,
    as_of: date | None = None,
    separate: bool = True,
) -> list[int]:
    """Count the items of both measures over all cases of the connection, in the order of a panel's columns.

    Parameters
    ----------
    start, day, as_of, separate
        As in `positions.positions_sql`.
    """
    found = _ask(connection, start, day, as_of, separate=separate)
    totals = _with_totals(found, separate=separate)
    return [int(value) for value in totals.iloc[0]]


def items_by_case(
    connection: duckdb.DuckDBPyConnection,
    start: date,
    day: date,
    *,
    as_of: date | None = None,
    separate: bool = True,
) -> pd.DataFrame:
    """Say what each case adds to every item.

    Returns
    -------
    DataFrame
        Index ``case_key``; columns of a panel, int64; its sum is what `count_items` returns.
    """
    found = _ask(connection, start, day, as_of, separate=separate, by_case=True)
    return _with_totals(found.set_index("case_key"), separate=separate)


def _ask(
    connection: duckdb.DuckDBPyConnection,
    start: date,
    day: date,
    as_of: date | None,
    *,
    separate: bool,
    by_case: bool = False,
) -> pd.DataFrame:
    base = positions_sql(start, day, as_of=as_of, separate=separate)
    return connection.execute(_items_sql(base, by_case=by_case)).df()


def _with_totals(found: pd.DataFrame, *, separate: bool) -> pd.DataFrame:
    """Complete the items that were counted by those that follow from them."""
    counted = found.fillna(0).astype("int64")
    values: dict[tuple[str, str], pd.Series] = {}
    nothing = pd.Series(0, index=counted.index, dtype="int64")
    for measure in MEASURES:
        for item in items_of(measure):
            values[measure, item] = counted.get(f"{measure}_{item}", nothing)
        for total, parts in IDENTITIES.items():
            values[measure, total] = sum(
                (sign * values[measure, part] for part, sign in parts.items() if (measure, part) in values),
                nothing,
            )
        if not separate:
            values[measure, "separate_book"] = nothing
    return pd.DataFrame({column: values[column] for column in panel_columns()}, columns=panel_columns())


def _items_sql(base: str, *, by_case: bool = False) -> str:
    """Sum over cases, or for each; ``gone`` are those whose remainder left the account."""
    terms = {}
    for item, counted in (("carried_in", "carried"), ("new", "NOT carried")):
        terms[f"cases_{item}"] = f"count(*) FILTER (counts AND {counted} AND NOT gone)"
        terms[f"money_{item}"] = (
            f"sum(CASE WHEN gone THEN taken ELSE balance + taken END) FILTER (counts AND {counted})"
        )
    for item in FLOWS:
        if item != "reduced":
            ending = "completed" if item == "fully_enforced" else item
            terms[f"cases_{item}"] = f"count(*) FILTER (counts AND mark = {state_code(ending)})"
        terms[f"money_{item}"] = f"sum({item}) FILTER (counts)"
    for item in _STOCKS:
        terms[f"cases_{item}"] = f"count(*) FILTER (counts AND mark = {state_code(item)})"
        left = f"mark = {state_code(item)}" + (f" OR mark > {LEFT}" if item == "other_pending" else "")
        terms[f"money_{item}"] = f"sum(balance) FILTER (counts AND ({left}))"
    terms["cases_separate_book"] = f"count(*) FILTER (mark = {BOOK})"
    terms["money_separate_book"] = f"sum(balance) FILTER (mark = {BOOK})"
    columns = ", ".join(f"({term})::BIGINT AS {name}" for name, term in terms.items())
    if by_case:
        columns = f"case_key, {columns}"
    return f"""SELECT {columns} FROM (
        SELECT *, coalesce(opening <= {LAST_OPEN}, false) AS carried, mark IN ({BOOK}, {LEFT}) AS gone,
            coalesce(opening <= {LAST_OPEN}, false) OR entered AS counts, {" + ".join(FLOWS)} AS taken
        FROM ({base})) {"GROUP BY case_key" if by_case else ""}"""  # noqa: S608 - identifiers of this package
