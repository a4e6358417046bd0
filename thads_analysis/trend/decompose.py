"""What a change is made of, exactly: of a rate, of the national rate, of the stock carried over."""

from __future__ import annotations

__all__ = ["eligible_change", "national_rate_change", "rate_change", "stock_flow"]

from typing import TYPE_CHECKING, Any

import pandas as pd

from thads_analysis.errors import DataError, UsageError
from thads_analysis.glossary import MEASURES
from thads_analysis.metrics.rates import ratio
from thads_analysis.org import NATION
from thads_analysis.period import Period

if TYPE_CHECKING:
    from collections.abc import Callable

_SIGNS = {"new": 1, "entrusted": -1, "pulled_up": -1, "revoked": -1, "completed": -1}


def rate_change(now: pd.DataFrame, base: pd.DataFrame) -> pd.DataFrame:
    """Split the change of a completion rate between its numerator and its denominator.

    Formula, with C completed, E eligible, 1 now and 0 base::

        numerator_effect   = (C1 - C0) x (1/E1 + 1/E0) / 2
        denominator_effect = (C1 + C0) / 2 x (1/E1 - 1/E0)

    Each is the mean of moving it first and moving it last (Shapley value), so that neither order is
    favoured, and the two sum to ``C1/E1 - C0/E0``.

    Parameters
    ----------
    now, base : DataFrame
        Columns ``completed, eligible`` among others, one measure, cases or đồng; any index.
        ``panel["cases"]`` and ``metrics.last_year(panel)["cases"]`` give every row its change on the
        same period.

    Returns
    -------
    DataFrame
        The index of ``now``; columns ``base_rate, rate, change, numerator_effect,
        denominator_effect``, fractions (0.0218 is 2.18 points), Float64. A row is missing where it
        has no base, a part is missing, or an eligible figure is 0.

    See Also
    --------
    national_rate_change : splits by province instead.

    Notes
    -----
    Source: Shapley (1953), "A value for n-person games"; for two factors Marshall's midpoint form.
    A denominator effect says that ``eligible`` moved, not why: new cases raise it, a
    reclassification lowers it.

    Examples
    --------
    >>> now = pd.DataFrame({"completed": [60], "eligible": [100]})
    >>> base = pd.DataFrame({"completed": [40], "eligible": [80]})
    >>> rate_change(now, base).round(3).iloc[0].tolist()
    [0.5, 0.6, 0.1, 0.225, -0.125]
    """
    base = base.reindex(now.index)
    done, done_base = now["completed"].astype("Float64"), base["completed"].astype("Float64")
    rate, base_rate = ratio(done, now["eligible"]), ratio(done_base, base["eligible"])
    crossed_now, crossed_base = ratio(done, base["eligible"]), ratio(done_base, now["eligible"])
    return pd.DataFrame(
        {
            "base_rate": base_rate,
            "rate": rate,
            "change": rate - base_rate,
            "numerator_effect": ((rate - crossed_base) + (crossed_now - base_rate)) / 2,
            "denominator_effect": ((rate - crossed_now) + (crossed_base - base_rate)) / 2,
        }
    )


def eligible_change(panel: pd.DataFrame, period: Period, since: Period) -> pd.DataFrame:
    """Split a rate's change since an earlier month of the year: completions, moving denominator.

    Formula: `rate_change` between the two months. Between them ``eligible`` moves only by new eligible
    cases, reclassification, and what is entrusted or revoked; a completion leaves it as it is. A
    positive ``denominator_effect`` is thus the part of the rise that came without any result.

    Parameters
    ----------
    panel : DataFrame
        Index ``org, fiscal_year, months``; columns ``measure, item``; provinces or the nation's row.
    period, since : Period
        Two months of one fiscal year, ``since`` the earlier.

    Returns
    -------
    DataFrame
        Index ``org, measure``; the columns of `rate_change`, then ``completed_change,
        eligible_change`` in cases or đồng, Int64.

    Raises
    ------
    UsageError
        When ``since`` is not an earlier month of the same fiscal year.
    DataError
        When the panel lacks one of the two months.
    """
    if since.fiscal_year != period.fiscal_year or since >= period:
        message = (
            f"{since} is not an earlier month of the fiscal year of {period}; give an earlier month of "
            f"{period.fiscal_year}, such as {Period(period.fiscal_year, max(1, period.months - 1))}"
        )
        raise UsageError(message)
    now, base = _take_period(panel, period), _take_period(panel, since)

    def split(measure: str) -> pd.DataFrame:
        items, base_items = pd.DataFrame(now[measure]), pd.DataFrame(base[measure])
        return rate_change(items, base_items).assign(
            completed_change=items["completed"] - base_items["completed"],
            eligible_change=items["eligible"] - base_items["eligible"],
        )

    return _stack_measures(split)


def national_rate_change(
    panel: pd.DataFrame, period: Period, base: Period, by: pd.Series[Any] | None = None
) -> pd.DataFrame:
    """Split the change of the national rate: rates within provinces, weights between them.

    Formula, with r a province's rate, w its share of the eligible total, R the national rate::

        within  = (w1 + w0) / 2 x (r1 - r0)
        between = ((r1 + r0) / 2 - (R1 + R0) / 2) x (w1 - w0)

    Measured from the national rate, ``between`` is positive for a province that gains weight with a
    rate above it; as weights sum to 1, the sum over provinces is the same as without. Where a
    province has nothing eligible in one of the periods, its rate of the other stands in: it enters or
    leaves by its weight alone.

    Parameters
    ----------
    panel : DataFrame
        Index ``org, fiscal_year, months``; columns ``measure, item``; provinces of one list. A row of
        the nation is left aside.
    period, base : Period
        The two periods, such as a period and its ``same_period_last_year``.
    by : Series, optional
        Group of every province (a region, a caseload band), index ``org``. Groups are then summed
        first, and what moves between provinces of one group is part of ``within``.

    Returns
    -------
    DataFrame
        Index ``org, measure`` (or the name of ``by`` and ``measure``); columns ``base_rate, rate,
        base_weight, weight, within, between, change``, fractions, Float64; ``change`` is ``within +
        between``, and its sum over a measure is the change of the national rate. A province that
        lacks a figure in either period is in neither sum: it is a row of missing values, or absent
        from its group's sum.

    Raises
    ------
    UsageError
        When ``by`` has no group for a province.
    DataError
        When the panel lacks one of the periods, or no province is in both.

    Notes
    -----
    Source: Kitagawa (1955), "Components of a Difference Between Two Rates", Journal of the American
    Statistical Association 50(272), 1168-1194: the symmetric form, without interaction.
    """
    now, then = (_take_period(panel, p).drop(index=NATION.key, errors="ignore") for p in (period, base))
    if now.index.intersection(then.index).empty:
        message = (
            f"{period} and {base} have no province in common ({_show_orgs(now)}; {_show_orgs(then)}); "
            "bring both to one list of provinces first"
        )
        raise DataError(message)
    orgs = now.index.union(then.index)
    if by is not None and (left := orgs.difference(by.dropna().index)).size:
        message = (
            f"The grouping has no group for {', '.join(left[:5])} ({len(left)} in all); "
            "give every province of the panel one"
        )
        raise UsageError(message)

    def split(measure: str) -> pd.DataFrame:
        columns = [(measure, "completed"), (measure, "eligible")]
        both = pd.concat([now[columns].reindex(orgs), then[columns].reindex(orgs)], axis="columns")
        both.columns = pd.Index(["completed", "eligible", "base_completed", "base_eligible"])
        known = both.dropna()
        if by is None:
            return _split_kitagawa(known).reindex(orgs)
        groups = by.reindex(orgs).rename(str(by.name or "group"))
        return _split_kitagawa(known.groupby(groups.reindex(known.index)).sum()).reindex(groups.unique())

    return _stack_measures(split)


def _split_kitagawa(sums: pd.DataFrame) -> pd.DataFrame:
    eligible, base_eligible = sums["eligible"].astype("Float64"), sums["base_eligible"].astype("Float64")
    rate, base_rate = ratio(sums["completed"], eligible), ratio(sums["base_completed"], base_eligible)
    # Where nothing is eligible anywhere there is no national rate, hence nothing to split.
    total, base_total = eligible.sum() or pd.NA, base_eligible.sum() or pd.NA
    weight, base_weight = eligible / total, base_eligible / base_total
    national: Any = sums["completed"].sum() / total
    base_national: Any = sums["base_completed"].sum() / base_total
    # Nothing eligible in one period: the other's rate stands in; in both: any rate has weight 0.
    rate_in, base_rate_in = rate.fillna(base_rate).fillna(0), base_rate.fillna(rate).fillna(0)
    within = (weight + base_weight) / 2 * (rate_in - base_rate_in)
    between = ((rate_in + base_rate_in) / 2 - (national + base_national) / 2) * (weight - base_weight)
    return pd.DataFrame(
        {
            "base_rate": base_rate,
            "rate": rate,
            "base_weight": base_weight,
            "weight": weight,
            "within": within,
            "between": between,
            "change": within + between,
        }
    )


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
    if since is not None and since >= period:
        message = f"The account of {period} cannot open with {since}; give an earlier period"
        raise UsageError(message)
    end = _take_period(panel, period)
    # Cumulative figures whose signed sum is what moved: the closing one, less the opening one, plus
    # the end of every year that was turned in between.
    turned = [
        _take_period(panel, Period(year, 12)).reindex(end.index)
        for year in range(since.fiscal_year if since else period.fiscal_year, period.fiscal_year)
    ]
    start = _take_period(panel, since).reindex(end.index) if since else None

    def moved(measure: str, item: str) -> pd.Series[int]:
        total = end[measure, item] if start is None else end[measure, item] - start[measure, item]
        for year_end in turned:
            total = total + year_end[measure, item]
        return total

    def split(measure: str) -> pd.DataFrame:
        opening = end[measure, "carried_in"] if start is None else start[measure, "carried_out"]
        restated = moved(measure, "carried_in") - (opening if start is None else 0)
        for year_end in turned:
            restated = restated - year_end[measure, "carried_out"]
        return pd.DataFrame(
            {
                "opening": opening,
                "restated": restated,
                **{item: sign * moved(measure, item) for item, sign in _SIGNS.items()},
                "closing": end[measure, "carried_out"],
            }
        )

    return _stack_measures(split)


def _take_period(panel: pd.DataFrame, period: Period) -> pd.DataFrame:
    """All organisations in one period: index ``org``."""
    years, months = (panel.index.get_level_values(level) for level in ("fiscal_year", "months"))
    here = panel[(years == period.fiscal_year) & (months == period.months)]
    if here.empty:
        held = sorted({Period(int(y), int(m)) for y, m in zip(years, months, strict=True)})
        span = f"it holds {held[0]} to {held[-1]}, {len(held)} periods" if held else "it is empty"
        message = f"The panel has no figures for {period}; {span}. Load that period first, or choose another"
        raise DataError(message)
    return here.droplevel(["fiscal_year", "months"])


def _stack_measures(split: Callable[[str], pd.DataFrame]) -> pd.DataFrame:
    """One frame of all measures: the index of the parts, then ``measure``; organisations in order."""
    parts = pd.concat({measure: split(measure) for measure in MEASURES}, names=["measure"])
    first = parts.index.names[1]
    wanted = [(key, measure) for key in parts.index.unique(level=first) for measure in MEASURES]
    return parts.swaplevel().reindex(pd.MultiIndex.from_tuples(wanted, names=[first, "measure"]))


def _show_orgs(frame: pd.DataFrame) -> str:
    return f"{frame.index[0]} and others, {len(frame)} in all" if len(frame) else "none"
