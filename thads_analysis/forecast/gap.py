"""What it would take: completions still needed to end the year above the target."""

from __future__ import annotations

__all__ = ["required_completions", "required_months", "usual_completions"]

from fractions import Fraction

import numpy as np
import pandas as pd

from thads_analysis.forecast.history import History, build_history
from thads_analysis.org import NATION
from thads_analysis.period import Period

_RECENT_YEARS = 3
"""How many of the latest usable years say what the remaining months usually bring."""


def required_completions(completed: int, eligible: int, target: float) -> int:
    """Completions still needed for a rate strictly above the target.

    Formula: ``max(0, floor(target x eligible) + 1 - completed)``.

    Parameters
    ----------
    completed : int
        Completed so far, cases or đồng.
    eligible : int
        Eligible at the year's end, as expected.
    target : float
        A fraction, taken at its printed digits: 0.825 is 825/1000.

    Examples
    --------
    82.5 % of 200 cases are 165: "above" asks for 166.

    >>> required_completions(completed=100, eligible=200, target=0.825)
    66
    """
    needed = Fraction(repr(float(target))) * eligible
    return max(0, needed.numerator // needed.denominator + 1 - completed)


def usual_completions(history: History) -> pd.DataFrame:
    """What each remaining month brought in the latest three usable years, on average.

    Years are weighted by `breaks.year_weights`; a year is usable when every month from the period to the
    twelfth is known. The nation is the sum of its provinces; a province without such a year adds nothing.

    Returns
    -------
    DataFrame
        Index ``org, measure``, the nation included; one column a remaining month; cases or đồng, float;
        NaN for a province without a usable year.
    """
    gains = history.past_completions()
    usable = np.isfinite(gains).all(axis=-1) & (gains.shape[-1] > 0)
    recent = usable & (usable[:, :, ::-1].cumsum(axis=2)[:, :, ::-1] <= _RECENT_YEARS)
    weights = recent * history.past_weights
    total = weights.sum(axis=2)
    with np.errstate(invalid="ignore"):
        mean = np.einsum("mot,moth->moh", weights, np.where(recent[..., None], gains, 0.0)) / total[..., None]
    mean = np.concatenate([mean, np.nansum(mean, axis=1, keepdims=True)], axis=1)
    orgs = (*history.orgs, NATION.key)
    return pd.DataFrame(
        mean.transpose(1, 0, 2).reshape(len(orgs) * len(history.measures), -1),
        index=pd.MultiIndex.from_product([orgs, history.measures], names=["org", "measure"]),
        columns=pd.Index(history.months[: mean.shape[-1]], name="months"),
    )


def required_months(panel: pd.DataFrame, period: Period, forecasts: pd.DataFrame) -> pd.DataFrame:
    """Spread what is required over the remaining months as they usually share it.

    Formula: ``required = required_completions x usual of the month / usual of all remaining months``,
    rounded up; ``multiple = required / usual``, the same in every month: above about 1.5 few have done it.

    Parameters
    ----------
    panel : DataFrame
        The panel behind the forecast.
    period : Period
        Its period.
    forecasts : DataFrame
        What `forecast` returned.

    Returns
    -------
    DataFrame
        Index ``org, measure, months``; columns ``usual`` and ``required`` (Int64, cases or đồng) and
        ``multiple`` (Float64). Rows of units without a target, a forecast or a usable year are left out.
    """
    usual = usual_completions(build_history(panel, period))
    rows = []
    for row in forecasts[forecasts["required_completions"].notna()].to_dict("records"):
        regime, code = row["org_regime"], row["org_code"]
        org = f"{regime}:{code}" if regime else code
        months = usual.loc[(org, row["measure"])]
        total = months.sum()
        if not total > 0:
            continue
        multiple = int(row["required_completions"]) / total
        rows += [
            (org, row["measure"], month, round(brought), int(np.ceil(brought * multiple)), multiple)
            for month, brought in months.items()
        ]
    columns = ["org", "measure", "months", "usual", "required", "multiple"]
    frame = pd.DataFrame(rows, columns=columns).set_index(columns[:3]).sort_index()
    return frame.astype({"usual": "Int64", "required": "Int64", "multiple": "Float64"})
