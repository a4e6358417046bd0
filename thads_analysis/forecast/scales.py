"""The scales on which a rate's movement may be even: in odds, in points, in proportion."""

from __future__ import annotations

__all__ = ["SCALES", "Scale"]

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from thads_analysis.forecast.history import Array, from_logit, to_logit

_FLOOR = 0.02
"""Added to a rate before its log: below about 2 % a doubling is chance, not proportion."""


@dataclass(frozen=True)
class Scale:
    """A scale of rates and the way back, which keeps a rate within 0 and 1."""

    name: str
    forward: Callable[[Array], Array]
    back: Callable[[Array], Array]


def _keep(rate: Array) -> Array:
    return rate


def _clip(rate: Array) -> Array:
    return np.asarray(np.clip(rate, 0, 1))


def _to_log(rate: Array) -> Array:
    return np.asarray(np.log(rate + _FLOOR))


def _from_log(value: Array) -> Array:
    return np.asarray(np.clip(np.exp(np.minimum(value, 1.0)) - _FLOOR, 0, 1))


SCALES = (
    Scale("logit", to_logit, from_logit),
    Scale("points", _keep, _clip),
    Scale("log", _to_log, _from_log),
)
"""Odds: gains count more near the ends. Points: everyone gains the same. Log: gains in proportion."""
