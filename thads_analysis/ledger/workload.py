"""How cases are spread over executors, and how they change hands: counts, no ranking of people."""

from __future__ import annotations

__all__ = ["SOON_DAYS", "caseloads", "load_spread", "transfers"]

import pandas as pd

from thads_analysis.ledger.standing import ELIGIBLE_STATES, Standing

SOON_DAYS = 30
"""A case completed within so many days after it went to another executor counts as completed soon."""

_ELIGIBLE = ", ".join(f"'{state}'" for state in ELIGIBLE_STATES)
_GONE = "'closed', 'separate_book'"

_HANDS = """
SELECT h.case_key, h.date, h.executor,
       coalesce(lag(h.executor) OVER (PARTITION BY h.case_key ORDER BY h.place), c.executor) AS before
FROM happened AS h JOIN cases AS c USING (case_key) WHERE h.event = 'executor_changed'
QUALIFY h.executor <> before
"""
"""Every change of executor, with the one before."""


def caseloads(standing: Standing) -> pd.DataFrame:
    """Cases of each executor of a unit, by pseudonym.

    Returns
    -------
    DataFrame
        Index ``executor`` in the order of the pseudonyms, which says nothing of anybody's work; columns
        ``eligible`` and ``other`` (unfinished cases now, the separate book left out), ``completed``
        (cases since 1 October, as published), ``received`` and ``passed_on`` (cases that came from and
        went to another executor since then).
    """
    found = standing.ask(
        f"""
        WITH hands AS ({_HANDS}), moved AS (
            SELECT executor, count(*) AS received, 0 AS passed_on FROM hands
            WHERE date >= $year_start GROUP BY executor
            UNION ALL
            SELECT before, 0, count(*) FROM hands WHERE date >= $year_start GROUP BY before
        ), held AS (
            SELECT executor, count(*) FILTER (state IN ({_ELIGIBLE})) AS eligible,
                   count(*) FILTER (state NOT IN ({_ELIGIBLE}, {_GONE})) AS other,
                   count(*) FILTER (counted IS NOT NULL AND ending IN ('completed', 'discontinued'))
                       AS completed
            FROM standing GROUP BY executor
        )
        SELECT executor, coalesce(any_value(eligible), 0) AS eligible, coalesce(any_value(other), 0) AS other,
               coalesce(any_value(completed), 0) AS completed, coalesce(sum(received), 0) AS received,
               coalesce(sum(passed_on), 0) AS passed_on
        FROM held FULL JOIN moved USING (executor)
        GROUP BY executor HAVING eligible + other + completed + received + passed_on > 0
        ORDER BY executor
        """  # noqa: S608 - identifiers of this package
    )
    return found.set_index("executor").astype("int64")


def load_spread(loads: pd.DataFrame) -> pd.DataFrame:
    """Say how unevenly cases are spread over executors.

    Parameters
    ----------
    loads : DataFrame
        Of `caseloads`.

    Returns
    -------
    DataFrame
        Index ``eligible, other, completed``; columns ``executors`` (with any case), ``total, mean, least,
        quarter, median, three_quarters, most`` and ``top_fifth``, the share of the total that the fifth
        of the executors with most cases has.
    """
    columns = ["eligible", "other", "completed"]
    busy = loads[loads[columns].sum(axis="columns") > 0][columns]
    fifth = max(round(len(busy) / 5), 1)
    quantiles = busy.quantile([0, 0.25, 0.5, 0.75, 1]).T
    quantiles.columns = pd.Index(["least", "quarter", "median", "three_quarters", "most"])
    total = busy.sum()
    top = busy.apply(lambda cases: cases.nlargest(fifth).sum()) / total.where(total > 0)
    front = pd.DataFrame({"executors": len(busy), "total": total, "mean": busy.mean()})
    return front.join(quantiles).assign(top_fifth=top).rename_axis("load")


def transfers(standing: Standing) -> pd.DataFrame:
    """Cases that went from one executor to another since 1 October, month by month.

    Returns
    -------
    DataFrame
        Index ``months``, 1 for October to the month of the day; columns ``transfers``, ``cases`` (a case
        that moved twice in a month once), ``completed_soon`` (completed within `SOON_DAYS` days after).
    """
    found = standing.ask(
        f"""
        WITH hands AS ({_HANDS}), finished AS (
            SELECT case_key, min(date) AS ended FROM happened
            WHERE event IN ('completed', 'discontinued') AND state = 'closed' GROUP BY case_key
        )
        SELECT (month(date) + 2) % 12 + 1 AS months, count(*) AS transfers,
               count(DISTINCT case_key) AS cases,
               count(*) FILTER (ended BETWEEN date AND date + {SOON_DAYS}) AS completed_soon
        FROM hands LEFT JOIN finished USING (case_key)
        WHERE date >= $year_start GROUP BY months
        """  # noqa: S608 - identifiers of this package
    )
    months = pd.RangeIndex(1, (standing.day.month + 2) % 12 + 2, name="months")
    return found.set_index("months").reindex(months, fill_value=0).astype("int64")
