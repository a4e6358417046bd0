"""Lists of cases that leaders ask a province for: which ones hold the result back, which need work."""

from __future__ import annotations

__all__ = ["LISTS", "STALLED_DAYS", "YEAR_END_MONTHS", "list_cases"]

from collections.abc import Callable
from datetime import date
from types import MappingProxyType

import pandas as pd

from thads_analysis.errors import UsageError
from thads_analysis.ledger.standing import ELIGIBLE_STATES, Standing

YEAR_END_MONTHS = 2
"""The months at the end of a statistical year in which a case moved out of eligible is listed."""

STALLED_DAYS = 180
"""So long nothing has happened to a stalled case, unless asked for otherwise."""

_MOST = 50
_ROUNDS = 3
_WHO = "case_key, district_code, executor, kind"
_ELIGIBLE = ", ".join(f"'{state}'" for state in ELIGIBLE_STATES)


def top_value(standing: Standing, *, most: int = _MOST) -> pd.DataFrame:
    """Eligible cases that are not finished, with most money left, and what each weighs on the rate.

    With C and E the unit's completed and eligible money, c what was completed of the case since
    1 October and r what is left of it: ``share`` = (c + r) / E, ``pull`` = C / E − (C − c) / (E − c − r),
    the unit's rate less that of all its other cases, and ``gain`` = r / E, what the rate would rise by
    if the case were finished.

    Returns
    -------
    DataFrame
        The ``most`` largest by ``left_over``; columns ``case_key, district_code, executor, kind, state,
        intake_date, amount_due, completed, left_over, share, pull, gain``. Ratios are missing where
        they would divide by nothing.
    """
    return standing.ask(
        f"""
        WITH unit AS (
            SELECT sum(completed) AS done,
                   sum(completed) + coalesce(sum(left_over) FILTER (state IN ({_ELIGIBLE})), 0) AS eligible
            FROM standing WHERE counted IS NOT NULL
        )
        SELECT {_WHO}, state, intake_date, amount_due, completed, left_over,
               (completed + left_over) / nullif(eligible, 0) AS share,
               done / nullif(eligible, 0)
                   - (done - completed) / nullif(eligible - completed - left_over, 0) AS pull,
               left_over / nullif(eligible, 0) AS gain
        FROM standing, unit
        WHERE state IN ({_ELIGIBLE}) AND left_over > 0
        ORDER BY left_over DESC, case_key
        LIMIT $most
        """,  # noqa: S608 - identifiers of this package
        most=most,
    )


def unsold(standing: Standing, *, rounds: int = _ROUNDS) -> pd.DataFrame:
    """Cases whose asset was put up for auction three times or more since the last sale, without a buyer.

    Returns
    -------
    DataFrame
        Most rounds first; columns ``case_key, district_code, executor, kind, state, left_over, rounds,
        first_price, last_price, price_fall`` (fraction of the first starting price), ``last_auction``.
    """
    return standing.ask(
        f"""
        WITH tried AS (
            SELECT a.* FROM happened AS a
            LEFT JOIN (
                SELECT case_key, max(place) AS sold FROM happened WHERE outcome = 'sold' GROUP BY case_key
            ) AS s USING (case_key)
            WHERE a.event = 'auction' AND (s.sold IS NULL OR a.place > s.sold)
        ), counted AS (
            SELECT case_key, greatest(count(*), max(round)) AS rounds,
                   arg_min(starting_price, place) AS first_price,
                   arg_max(starting_price, place) AS last_price, max(date) AS last_auction
            FROM tried GROUP BY case_key
        )
        SELECT {_WHO}, state, left_over, rounds, first_price, last_price,
               1 - last_price / nullif(first_price, 0) AS price_fall, last_auction
        FROM standing JOIN counted USING (case_key)
        WHERE state NOT IN ('closed', 'separate_book') AND rounds >= $rounds
        ORDER BY rounds DESC, left_over DESC, case_key
        """,  # noqa: S608 - identifiers of this package
        rounds=rounds,
    )


def sold_not_delivered(standing: Standing) -> pd.DataFrame:
    """Cases with an asset that was sold and not handed over to the buyer, and the days since the sale.

    Each delivery is of the oldest sale of its case that had none.

    Returns
    -------
    DataFrame
        Longest first; columns ``case_key, district_code, executor, kind, state, sold_on``,
        ``starting_price`` of that round, ``waiting`` (how many sales have no delivery), ``days``.
    """
    return standing.ask(
        f"""
        WITH sales AS (
            SELECT case_key, date, starting_price,
                   row_number() OVER (PARTITION BY case_key ORDER BY place) AS number,
                   count(*) OVER (PARTITION BY case_key) AS sold
            FROM happened WHERE outcome = 'sold'
        ), deliveries AS (
            SELECT case_key, count(*) AS delivered FROM happened WHERE event = 'delivered' GROUP BY case_key
        )
        SELECT {_WHO}, state, date AS sold_on, starting_price, sold - coalesce(delivered, 0) AS waiting,
               $day - date AS days
        FROM sales LEFT JOIN deliveries USING (case_key) JOIN standing USING (case_key)
        WHERE number = coalesce(delivered, 0) + 1
        ORDER BY days DESC, case_key
        """  # noqa: S608 - identifiers of this package
    )


def eligible_over_1y(standing: Standing) -> pd.DataFrame:
    """Eligible cases that were taken in more than a year before and are not finished.

    Returns
    -------
    DataFrame
        Oldest first; columns ``case_key, district_code, executor, kind, state, intake_date, days,
        amount_due, left_over, last_event, last_date``.
    """
    return standing.ask(
        f"""
        SELECT {_WHO}, state, intake_date, $day - intake_date AS days, amount_due, left_over, last_event,
               last_date
        FROM standing
        WHERE state IN ({_ELIGIBLE}) AND intake_date < $day - INTERVAL 1 YEAR
        ORDER BY intake_date, case_key
        """  # noqa: S608 - identifiers of this package
    )


def held_money(standing: Standing) -> pd.DataFrame:
    """Cases with money collected and not yet paid out, finished ones too.

    What is paid out is what was collected first: money is held since the first day on which more had
    been collected than is paid out by now.

    Returns
    -------
    DataFrame
        Most first; columns ``case_key, district_code, executor, kind, state, collected, paid_out, held,
        held_since, days``.
    """
    return standing.ask(
        f"""
        WITH running AS (
            SELECT case_key, date, sum(amount) OVER (PARTITION BY case_key ORDER BY place) AS by_then
            FROM happened WHERE event = 'collected'
        ), since AS (
            SELECT case_key, min(r.date) AS held_since
            FROM running AS r JOIN standing AS s USING (case_key)
            WHERE r.by_then > s.paid_out GROUP BY case_key
        )
        SELECT {_WHO}, state, collected, paid_out, collected - paid_out AS held, held_since,
               $day - held_since AS days
        FROM standing JOIN since USING (case_key)
        WHERE collected > paid_out
        ORDER BY held DESC, case_key
        """  # noqa: S608 - identifiers of this package
    )


def reclassified(standing: Standing) -> pd.DataFrame:
    """Cases moved out of eligible in the last two months of a statistical year.

    Of the year that the day is in from August on; before, of the year before.

    Returns
    -------
    DataFrame
        Most money first; columns ``case_key, district_code, executor, kind, moved_on, recorded_on,
        moved_to, left_over`` (what is left on the day), ``state, returned_on`` (first day on which the case
        was eligible again, or missing).
    """
    first, last = _year_end(standing)
    return standing.ask(
        f"""
        WITH states AS (
            SELECT case_key, date, recorded_on, place, state,
                   lag(state) OVER (PARTITION BY case_key ORDER BY place) AS before
            FROM happened WHERE state IS NOT NULL
        ), moved AS (
            SELECT case_key, arg_max({{'on': date, 'known': recorded_on, 'to': state}}, place) AS last,
                   max(place) AS place
            FROM states
            WHERE before IN ({_ELIGIBLE}) AND state NOT IN ({_ELIGIBLE}, 'closed')
              AND date BETWEEN $first AND $last
            GROUP BY case_key
        ), returned AS (
            SELECT case_key, min(s.date) AS returned_on
            FROM states AS s JOIN moved AS m USING (case_key)
            WHERE s.place > m.place AND s.state IN ({_ELIGIBLE}) GROUP BY case_key
        )
        SELECT {_WHO}, last.on AS moved_on, last.known AS recorded_on, last.to AS moved_to, left_over, state,
               returned_on
        FROM moved JOIN standing USING (case_key) LEFT JOIN returned USING (case_key)
        ORDER BY left_over DESC, case_key
        """,  # noqa: S608 - identifiers of this package
        first=first,
        last=last,
    )


def _year_end(standing: Standing) -> tuple[date, date]:
    """First and last day of the last months of the latest statistical year in which they have begun."""
    year = standing.year_start.year + 1
    first = date(year, 10 - YEAR_END_MONTHS, 1)
    if standing.day < first:
        year, first = year - 1, first.replace(year=year - 1)
    return first, date(year, 9, 30)


def stalled(standing: Standing, *, days: int = STALLED_DAYS) -> pd.DataFrame:
    """Cases in progress of which nothing has been recorded for a number of days.

    A change of executor is no work on a case; a case postponed as agreed must wait and is left out.

    Returns
    -------
    DataFrame
        Longest first; columns ``case_key, district_code, executor, kind, intake_date, left_over,
        last_event, last_date, days``.
    """
    return standing.ask(
        f"""
        SELECT {_WHO}, intake_date, left_over, last_event, last_date, $day - last_date AS days
        FROM standing
        WHERE state = 'in_progress' AND $day - last_date > $least
        ORDER BY days DESC, case_key
        """,  # noqa: S608 - identifiers of this package
        least=days,
    )


LISTS: MappingProxyType[str, Callable[..., pd.DataFrame]] = MappingProxyType(
    {
        "top_value": top_value,
        "unsold": unsold,
        "sold_not_delivered": sold_not_delivered,
        "eligible_over_1y": eligible_over_1y,
        "held_money": held_money,
        "reclassified": reclassified,
        "stalled": stalled,
    }
)
"""Every list by its name, in the order of the pages."""


def list_cases(standing: Standing, name: str, *, days: int | None = None) -> pd.DataFrame:
    """Make a list by its name; ``days`` is for ``stalled``.

    Raises
    ------
    UsageError
        When there is no such list, or it knows no days.
    """
    if name not in LISTS:
        message = f"There is no list {name!r}; there are: {', '.join(LISTS)}"
        raise UsageError(message)
    if days is None:
        return LISTS[name](standing)
    if name != "stalled":
        message = f"A number of days goes with the list stalled, not with {name}"
        raise UsageError(message)
    return stalled(standing, days=days)
