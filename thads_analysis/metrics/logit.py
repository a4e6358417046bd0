"""The scale on which rates near 0 or 1 spread as those in the middle do."""

from __future__ import annotations

__all__ = ["from_logit", "to_logit"]

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

_PAD = 1e-3
"""Added to both sides of a rate before the logit: a rate of 0 or 1 stays finite, and a change from
0.1 % to 0.3 % in the first months is not taken for a large one."""


def to_logit(rate: Array) -> Array:
    """Logit of a rate, finite from 0 to 1: ``log((rate + 0.001) / (1 - rate + 0.001))``.

    Examples
    --------
    >>> float(to_logit(np.array([0.5]))[0])
    0.0
    """
    return np.asarray(np.log((rate + _PAD) / (1 - rate + _PAD)))


def from_logit(value: Array) -> Array:
    """Rate of a padded logit, kept within 0 and 1.

    Examples
    --------
    >>> round(float(from_logit(to_logit(np.array([0.3245])))[0]), 12)
    0.3245
    """
    share = 1 / (1 + np.exp(-np.clip(value, -30, 30)))
    return np.asarray(np.clip(share * (1 + 2 * _PAD) - _PAD, 0, 1))
