"""Exact fitting: whole numbers that add up to a given total."""

from __future__ import annotations

__all__ = ["Floats", "Ints", "apportion", "expit", "logit", "tilt"]

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

_BISECTIONS = 60
_FARTHEST_TILT = 20.0


def expit(x: Floats) -> Floats:
    """Return the share whose log-odds are `x`."""
    share: Floats = 1.0 / (1.0 + np.exp(-x))
    return share


def logit(share: Floats | float) -> Floats:
    """Return the log-odds of a share strictly between 0 and 1."""
    odds: Floats = np.log(share) - np.log1p(-np.asarray(share))
    return odds


def apportion(total: int, weights: Floats) -> Ints:
    """Divide a whole number in proportion to weights, by largest remainder.

    Parameters
    ----------
    total : int
        What is divided; not negative.
    weights : array of float
        Not negative, at least one above zero.

    Returns
    -------
    array of int
        As long as `weights`; its sum is `total`, and each part is less than one away from its
        exact share.

    Notes
    -----
    The method of Hamilton (largest remainder): every part is rounded down, and the units that are
    left go to the largest remainders.

    Examples
    --------
    >>> apportion(10, np.array([1.0, 1.0, 1.0, 0.0])).tolist()
    [4, 3, 3, 0]
    """
    exact = weights * (total / weights.sum())
    parts: Ints = np.floor(exact).astype(np.int64)
    left = total - int(parts.sum())
    parts[np.argsort(parts - exact, kind="stable")[:left]] += 1
    return parts


def tilt(base: Floats | Ints, log_odds: Floats, total: int) -> Floats:
    """Take a share of every base so that the shares keep their order and meet a total.

    Parameters
    ----------
    base : array
        What shares are taken of; not negative.
    log_odds : array of float
        Log-odds of each share before the fit.
    total : int
        Sum to be met, between 0 and the sum of `base`.

    Returns
    -------
    array of float
        ``base * expit(log_odds + t)`` with the one ``t`` at which the sum is `total`: each stays
        between 0 and its base, which plain scaling would not grant.
    """
    low, high = -_FARTHEST_TILT, _FARTHEST_TILT
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        if float((base * expit(log_odds + middle)).sum()) < total:
            low = middle
        else:
            high = middle
    return base * expit(log_odds + (low + high) / 2)
