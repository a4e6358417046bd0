"""What fills and empties the stock carried over, to the last case: by item, and by what state it is in."""

from __future__ import annotations

__all__ = ["eligible_stock", "stock_change", "stock_flow", "stock_states"]

import pandas as pd

from thads_analysis.errors import UsageError
from thads_analysis.period import Period
from thads_analysis.trend.slices import stack_measures, take_period

_SIGNS = {"new": 1, "entrusted": -1, "pulled_up": -1, "revoked": -1, "completed": -1}


def stock_flow(panel: pd.DataFrame, period: Period, since: Period | None = None) -> pd.DataFrame:
    """Account for the stock carried over: what it opened with, what came, what left.

    Formula: ``opening + restated + new - entrusted - pulled_up - revoked - completed = closing``.

    Without ``since`` the account opens on 1 October with ``carried_in``, and ``restated`` is 0. With an
    earlier period it opens with that period's ``carried_out``; flows are those of the months between,
    also over the turn of a year, and ``restated`` is by how much ``carried_in`` was changed within a
    year or differs from the ``carried_out`` of the year before (what moved to the separate book at the
    turn of the year, or a correction).

    Parameters
    ----------
    panel : DataFrame
        Index ``org, fiscal_year, months``; columns ``measure, item``; provinces or the nation's row.
    period : Period
        The account closes here.
    since : Period, optional
        An earlier period with which to open.

    Returns
    -------
    DataFrame
        Index ``org, measure``; columns ``opening, restated, new, entrusted, pulled_up, revoked,
        completed, closing`` in cases or đồng, Int64, with the sign with which they enter: each row's
        columns but the last sum to the last, to the unit. Missing where a figure is missing.

    Raises
    ------
    UsageError
        When ``since`` is not before ``period``.
    DataError
        When the panel lacks ``period``, ``since`` or the end of a year between them.
    """
    if since is not None:
        _check_order(period, since)
    end = take_period(panel, period)
    turned = _take_year_ends(panel, period, since)
    start = take_period(panel, since) if since else None

    def split(measure: str) -> pd.DataFrame:
        moved = {item: _sum_moved(end, start, turned, measure, item) for item in ("carried_in", *_SIGNS)}
        if start is None:
            opening = moved["carried_in"]
            restated = opening - opening
        else:
            opening = start[measure, "carried_out"].reindex(end.index)
            restated = moved["carried_in"]
            for year_end in turned:
                restated = restated - year_end[measure, "carried_out"].reindex(end.index)
        return pd.DataFrame(
            {
                "opening": opening,
                "restated": restated,
                **{item: sign * moved[item] for item, sign in _SIGNS.items()},
                "closing": end[measure, "carried_out"],
            }
        )

    return stack_measures(split)


def stock_change(panel: pd.DataFrame, period: Period, base: Period) -> pd.DataFrame:
    """Split the change of the stock between the same months of two years, item by item.

    Formula: each column of the account of ``period`` from its 1 October (`stock_flow`), less that of
    the account of ``base`` from its own::

        opening + new - entrusted - pulled_up - revoked - completed = closing

    Parameters
    ----------
    panel : DataFrame
        Index ``org, fiscal_year, months``; columns ``measure, item``; provinces or the nation's row.
    period, base : Period
        Such as a period and its ``same_period_last_year``.

    Returns
    -------
    DataFrame
        Index ``org, measure`` of ``period``; columns ``opening, new, entrusted, pulled_up, revoked,
        completed, closing`` in cases or đồng, Int64, with the sign with which each enters: -5 of
        ``completed`` says that 5 more were completed than in ``base``. The columns but the last sum to
        the last, to the unit. Missing where a figure is missing in either period.

    Raises
    ------
    DataError
        When the panel lacks one of the periods.
    """
    now, then = stock_flow(panel, period), stock_flow(panel, base)
    return (now - then.reindex(now.index)).drop(columns="restated")


def eligible_stock(panel: pd.DataFrame, period: Period, since: Period) -> pd.DataFrame:
    """Account for the eligible stock: what is eligible and not completed.

    Formula, with ``eligible - completed`` as the stock: ``opening + became_eligible - completed =
    closing``. What became eligible is net: new eligible cases and cases found eligible, less those found
    not to be, entrusted or revoked; the forms do not tell these apart.

    Parameters
    ----------
    panel : DataFrame
        Index ``org, fiscal_year, months``; columns ``measure, item``; provinces or the nation's row.
    period : Period
        The account closes here.
    since : Period
        An earlier period with which to open, such as the end of the year before.

    Returns
    -------
    DataFrame
        Index ``org, measure``; columns ``opening, became_eligible, completed, closing`` in cases or
        đồng, Int64, signed: each row's columns but the last sum to the last, to the unit.

    Raises
    ------
    UsageError
        When ``since`` is not before ``period``.
    DataError
        When the panel lacks ``period``, ``since`` or the end of a year between them.
    """
    _check_order(period, since)
    end, start = take_period(panel, period), take_period(panel, since)
    turned = _take_year_ends(panel, period, since)

    def split(measure: str) -> pd.DataFrame:
        completed = _sum_moved(end, start, turned, measure, "completed")
        opening = (start[measure, "eligible"] - start[measure, "completed"]).reindex(end.index)
        closing = end[measure, "eligible"] - end[measure, "completed"]
        return pd.DataFrame(
            {
                "opening": opening,
                "became_eligible": closing - opening + completed,
                "completed": -completed,
                "closing": closing,
            }
        )

    return stack_measures(split)


def stock_states(panel: pd.DataFrame, period: Period) -> pd.DataFrame:
    """Split the stock carried over by its state: eligible, not eligible, and neither.

    Formula: ``(eligible - completed) + not_eligible + other = carried_out``, with ``other`` what is due
    and neither: postponed for other reasons than an agreement, suspended, other. It is 0 until Circular
    06/2019/TT-BTP took these out of the two.

    Parameters
    ----------
    panel : DataFrame
        Index ``org, fiscal_year, months``; columns ``measure, item``; provinces or the nation's row.
    period : Period

    Returns
    -------
    DataFrame
        Index ``org, measure``; columns ``eligible, not_eligible, other, closing`` in cases or đồng,
        Int64; the first three sum to the last, to the unit. Missing where a figure is missing.

    Raises
    ------
    DataError
        When the panel lacks the period.

    See Also
    --------
    eligible_stock : what moved the first of them.
    """
    here = take_period(panel, period)

    def split(measure: str) -> pd.DataFrame:
        eligible = here[measure, "eligible"] - here[measure, "completed"]
        not_eligible, closing = here[measure, "not_eligible"], here[measure, "carried_out"]
        return pd.DataFrame(
            {
                "eligible": eligible,
                "not_eligible": not_eligible,
                "other": closing - eligible - not_eligible,
                "closing": closing,
            }
        )

    return stack_measures(split)


def _check_order(period: Period, since: Period) -> None:
    if since >= period:
        message = f"The account of {period} cannot open with {since}; give an earlier period"
        raise UsageError(message)


def _take_year_ends(panel: pd.DataFrame, period: Period, since: Period | None) -> list[pd.DataFrame]:
    """Ends of the years that turn between two periods."""
    years = range(since.fiscal_year, period.fiscal_year) if since else ()
    return [take_period(panel, Period(year, 12)) for year in years]


def _sum_moved(
    end: pd.DataFrame, start: pd.DataFrame | None, turned: list[pd.DataFrame], measure: str, item: str
) -> pd.Series[int]:
    """What a cumulative item moved by: its last figure, less its first, plus the end of each year turned."""
    total = end[measure, item]
    if start is not None:
        total = total - start[measure, item].reindex(end.index)
    for year_end in turned:
        total = total + year_end[measure, item].reindex(end.index)
    return total
