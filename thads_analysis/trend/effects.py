"""What a change of a rate is made of: its numerator, its denominator, and what moved the denominator."""

from __future__ import annotations

__all__ = ["eligible_change", "rate_change"]

import pandas as pd

from thads_analysis.errors import UsageError
from thads_analysis.metrics.rates import ratio
from thads_analysis.period import Period
from thads_analysis.trend.slices import stack_measures, take_period


def rate_change(now: pd.DataFrame, base: pd.DataFrame) -> pd.DataFrame:
    """Split the change of a completion rate between its numerator and its denominator.

    Formula, with C completed, E eligible, D due, 1 now and 0 base::

        numerator_effect      = (C1 - C0) x (1/E1 + 1/E0) / 2
        denominator_effect    = (C1 + C0) / 2 x (1/E1 - 1/E0)
        due_effect            = (C1 + C0) / 2 x (D0 - D1) / (E1 x E0)
        classification_effect = (C1 + C0) / 2 x ((D1 - E1) - (D0 - E0)) / (E1 x E0)

    The first two are each the mean of moving one first and moving it last (Shapley value), so that
    neither order is favoured, and sum to ``C1/E1 - C0/E0``. The last two sum to the second: given the
    two rates it is linear in the change of ``eligible``, which is that of ``due`` less that of what is
    due but not eligible.

    Parameters
    ----------
    now, base : DataFrame
        Columns ``completed, eligible`` and, where it is known, ``due``, among others; one measure,
        cases or đồng; any index. ``panel["cases"]`` and ``metrics.last_year(panel)["cases"]`` give
        every row its change on the same period.

    Returns
    -------
    DataFrame
        The index of ``now``; columns ``base_rate, rate, change, numerator_effect,
        denominator_effect, due_effect, classification_effect``, fractions (0.0218 is 2.18 points),
        Float64. A row is missing where it has no base, a part is missing, or an eligible figure is 0;
        the last two also where a figure of ``due`` is missing.

    See Also
    --------
    national_rate_change : splits by province instead.

    Notes
    -----
    Source: Shapley (1953), "A value for n-person games"; for two factors Marshall's midpoint form.
    A negative ``due_effect`` says that more was due; a positive ``classification_effect`` that more of
    it counts as not eligible, postponed or suspended. Both are net: a new case that is not eligible
    from the start moves both and leaves the rate as it was.

    Examples
    --------
    >>> now = pd.DataFrame({"completed": [60], "eligible": [100], "due": [150]})
    >>> base = pd.DataFrame({"completed": [40], "eligible": [80], "due": [100]})
    >>> rate_change(now, base).astype(float).round(4).iloc[0].tolist()
    [0.5, 0.6, 0.1, 0.225, -0.125, -0.3125, 0.1875]
    """
    base = base.reindex(now.index)
    done, done_base = now["completed"].astype("Float64"), base["completed"].astype("Float64")
    rate, base_rate = ratio(done, now["eligible"]), ratio(done_base, base["eligible"])
    crossed_now, crossed_base = ratio(done, base["eligible"]), ratio(done_base, now["eligible"])
    denominator = ((rate - crossed_now) + (crossed_base - base_rate)) / 2
    # (C1 + C0) / 2 / (E1 x E0), without the product of two amounts.
    weight = ratio(ratio((done + done_base) / 2, now["eligible"]), base["eligible"].astype("Float64"))
    unknown = pd.Series(pd.NA, now.index, dtype="Float64")
    more_due = now["due"] - base["due"] if "due" in now and "due" in base else unknown
    less_eligible = more_due - (now["eligible"] - base["eligible"])
    return pd.DataFrame(
        {
            "base_rate": base_rate,
            "rate": rate,
            "change": rate - base_rate,
            "numerator_effect": ((rate - crossed_base) + (crossed_now - base_rate)) / 2,
            "denominator_effect": denominator,
            "due_effect": -weight * more_due,
            "classification_effect": weight * less_eligible,
        }
    )


def eligible_change(panel: pd.DataFrame, period: Period, since: Period) -> pd.DataFrame:
    """Split a rate's change since an earlier month of the year: completions, moving denominator.

    Formula: `rate_change` between the two months. Between them ``eligible`` moves only by new eligible
    cases, reclassification, and what is entrusted or revoked; a completion leaves it as it is. A
    positive ``denominator_effect`` is thus the part of the rise that came without any result, and its
    ``classification_effect`` the part that came from what is due being counted as not eligible.

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
        eligible_change, due_change`` in cases or đồng, Int64.

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
    now, base = take_period(panel, period), take_period(panel, since)

    def split(measure: str) -> pd.DataFrame:
        items, base_items = pd.DataFrame(now[measure]), pd.DataFrame(base[measure])
        changes = {
            f"{item}_change": items[item] - base_items[item] for item in ("completed", "eligible", "due")
        }
        return rate_change(items, base_items).assign(**changes)

    return stack_measures(split)
