"""How old the cases of a unit are, and how long they were open before they ended."""

from __future__ import annotations

__all__ = ["AGE_BANDS", "AMOUNT_BANDS", "age_of_stock", "spells", "watched_since"]

from datetime import date
from types import MappingProxyType
from typing import TYPE_CHECKING

import pandas as pd

from thads_analysis.glossary import N_
from thads_analysis.ledger.standing import ELIGIBLE_STATES, Standing

if TYPE_CHECKING:
    from collections.abc import Mapping

_ELIGIBLE = ", ".join(f"'{state}'" for state in ELIGIBLE_STATES)
_GONE = "'closed', 'separate_book'"

AGE_BANDS: Mapping[str, str] = MappingProxyType(
    {
        "under_6m": N_("dưới 6 tháng"),
        "6m_to_1y": N_("6 tháng đến 1 năm"),
        "1y_to_2y": N_("trên 1 đến 2 năm"),
        "2y_to_3y": N_("trên 2 đến 3 năm"),
        "3y_to_5y": N_("trên 3 đến 5 năm"),
        "over_5y": N_("trên 5 năm"),
    }
)
"""Time since intake, youngest first. A case exactly a year old is not over a year."""

AMOUNT_BANDS: Mapping[str, str] = MappingProxyType(
    {
        "none": N_("không có tiền"),
        "under_10m": N_("dưới 10 triệu đồng"),
        "10m_to_100m": N_("10 đến dưới 100 triệu đồng"),
        "100m_to_1b": N_("100 triệu đến dưới 1 tỷ đồng"),
        "over_1b": N_("từ 1 tỷ đồng"),
    }
)
"""Amount due at intake."""

_AMOUNT_BAND = """
CASE WHEN amount_due = 0 THEN 'none' WHEN amount_due < 10000000 THEN 'under_10m'
     WHEN amount_due < 100000000 THEN '10m_to_100m' WHEN amount_due < 1000000000 THEN '100m_to_1b'
     ELSE 'over_1b' END
"""


def _age_band(day: str) -> str:
    """Write SQL that bands the time from ``intake_date`` to a day."""
    return f"""
CASE WHEN intake_date > {day} - INTERVAL 6 MONTH THEN 'under_6m'
     WHEN intake_date >= {day} - INTERVAL 1 YEAR THEN '6m_to_1y'
     WHEN intake_date >= {day} - INTERVAL 2 YEAR THEN '1y_to_2y'
     WHEN intake_date >= {day} - INTERVAL 3 YEAR THEN '2y_to_3y'
     WHEN intake_date >= {day} - INTERVAL 5 YEAR THEN '3y_to_5y' ELSE 'over_5y' END
"""


def age_of_stock(standing: Standing) -> pd.DataFrame:
    """Unfinished cases of a unit by time since intake, those in the separate book left out.

    Returns
    -------
    DataFrame
        Index the bands of `AGE_BANDS`, all of them; columns ``eligible_cases, eligible_money,
        other_cases, other_money``: how many, and đồng left; *other* are all that are not eligible now.
    """
    found = standing.ask(
        f"""
        SELECT {_age_band("$day")} AS age,
               count(*) FILTER (state IN ({_ELIGIBLE})) AS eligible_cases,
               coalesce(sum(left_over) FILTER (state IN ({_ELIGIBLE})), 0)::BIGINT AS eligible_money,
               count(*) FILTER (state NOT IN ({_ELIGIBLE})) AS other_cases,
               coalesce(sum(left_over) FILTER (state NOT IN ({_ELIGIBLE})), 0)::BIGINT AS other_money
        FROM standing WHERE state NOT IN ({_GONE}) GROUP BY age
        """  # noqa: S608 - identifiers of this package
    )
    return found.set_index("age").reindex(list(AGE_BANDS), fill_value=0).astype("int64")


def spells(standing: Standing, start: date, end: date | None = None) -> pd.DataFrame:
    """Time that each case was open between two days, and how it ended.

    A case counts from its intake, or from the end of the first day where it was open then: its time
    before is known but nobody watched it (left truncation). It counts until it ends or goes to the
    separate book; one that is still open at the end of the last day is censored there.

    Parameters
    ----------
    standing : Standing
        On the last day or later.
    start, end : date
        ``end`` is the day of the standing without it.

    Returns
    -------
    DataFrame
        One row a case, without its key: ``kind, amount`` (`AMOUNT_BANDS`), ``age`` (`AGE_BANDS`, on the
        first day; missing for later intakes), ``eligible`` (whether it was on the first day; missing
        likewise), ``entry`` and ``exit`` (days since intake; at risk after the one, up to the other),
        ``ending``: ``completed`` (fully enforced or discontinued, as published), ``other`` (entrusted,
        revoked, to the separate book) or ``open``.
    """
    return standing.ask(
        f"""
        WITH at_start AS (
            SELECT case_key, arg_max(state, place) AS before FROM happened
            WHERE state IS NOT NULL AND date <= $start GROUP BY case_key
        ), at_risk AS (
            SELECT case_key, kind, {_AMOUNT_BAND} AS amount, intake_date,
                   CASE WHEN intake_date <= $start THEN {_age_band("$start")} END AS age,
                   CASE WHEN intake_date <= $start THEN before IN ({_ELIGIBLE}) END AS eligible,
                   CASE WHEN intake_date <= $start THEN $start ELSE intake_date - 1 END AS since
            FROM standing LEFT JOIN at_start USING (case_key)
            WHERE intake_date <= $end AND (intake_date > $start OR before NOT IN ({_GONE}))
        ), endings AS (
            SELECT case_key, arg_min(h.event, h.place) AS event, min(h.date) AS date
            FROM happened AS h JOIN at_risk USING (case_key)
            WHERE h.state IN ({_GONE}) AND h.date > since AND h.date <= $end GROUP BY case_key
        )
        SELECT kind, amount, age, eligible, since - intake_date AS entry,
               coalesce(date, $end) - intake_date AS exit,
               CASE WHEN event IN ('completed', 'discontinued') THEN 'completed'
                    WHEN event IS NOT NULL THEN 'other' ELSE 'open' END AS ending
        FROM at_risk LEFT JOIN endings USING (case_key)
        ORDER BY ALL
        """,  # noqa: S608 - identifiers of this package
        start=start,
        end=end or standing.day,
    )


def watched_since(standing: Standing) -> date:
    """First day on which a case of the unit ended: before it the ledger has no history to learn from.

    Returns
    -------
    date
        The day of the standing where none has ended.
    """
    found = standing.ask("SELECT min(date) AS first FROM happened WHERE state = 'closed'")["first"].iloc[0]
    return standing.day if pd.isna(found) else found.date()
