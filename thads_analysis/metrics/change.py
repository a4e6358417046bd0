"""Change against a base: in units, in percent of the base, in points of a rate."""

from __future__ import annotations

__all__ = ["absolute", "growth", "points"]

from typing import TYPE_CHECKING

import pandas as pd

from thads_analysis.metrics.rates import ratio

if TYPE_CHECKING:
    from thads_analysis.metrics.rates import Figures


def absolute(now: Figures, base: Figures) -> Figures:
    """Change of a count or an amount: tăng/giảm N việc, N đồng.

    Formula: ``now - base``, in the unit of both, signed. Missing where either is.

    Parameters
    ----------
    now, base : number or DataFrame or Series
        Two published numbers, or a panel and `rates.last_year` of it: then the result has the
        panel's index and columns, Int64.

    See Also
    --------
    growth : the same relative to the base.
    points : for two rates.

    Examples
    --------
    >>> absolute(382058, 348490)
    33568
    """
    if isinstance(now, (pd.DataFrame, pd.Series)):
        return now - base
    if pd.isna(now) or pd.isna(base):
        return pd.NA
    return now - base


def growth(now: Figures, base: Figures) -> Figures:
    """Relative change of a count or an amount: tăng/giảm N%.

    Formula: ``(now - base) / base``, a signed fraction. Missing where either is missing or the base
    is 0, never infinite.

    Parameters
    ----------
    now, base : number or DataFrame or Series
        As for `absolute`; frames give Float64.

    See Also
    --------
    points : the change of a rate, which bulletins print with the same percent sign.

    Examples
    --------
    >>> round(growth(382058, 348490), 4)
    0.0963
    """
    return ratio(absolute(now, base), base)


def points(rate_now: Figures, rate_base: Figures) -> Figures:
    """Change of a rate: tăng/giảm N điểm %.

    Formula: ``rate_now - rate_base``. Of fractions it is a fraction (0.0218 prints as 2.18 points);
    of published percentages it is in points. Missing where either is.

    Parameters
    ----------
    rate_now, rate_base : number or DataFrame or Series
        Two rates, or a frame of rates and `rates.last_year` of it.

    See Also
    --------
    growth : relative change; a rate from 20 % to 25 % rises by 5 points and grows by 25 %.

    Examples
    --------
    >>> round(points(82.50, 81.50), 2)
    1.0
    """
    return absolute(rate_now, rate_base)
