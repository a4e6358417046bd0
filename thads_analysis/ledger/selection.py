"""Choosing some of many amounts so that they come to a given sum, exactly."""

from __future__ import annotations

__all__ = ["divide", "pick", "settle"]

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]

_BISECTIONS = 8
_STEEPEST = 4.0
_SWAPS = 12
_TRIED = 128


def divide(rng: np.random.Generator, total: int, count: int, unit: int, spread: float = 3.0) -> Ints:
    """Divide a sum into `count` amounts of lognormal sizes, multiples of `unit` where the sum is one."""
    if count == 0:
        return np.zeros(0, dtype=np.int64)
    # The least stand for fees of one rate, of which there are many.
    weights = np.exp(spread * np.maximum(rng.standard_normal(count), -1.3))
    least = unit if total >= unit * count * 2 else 0
    free = total - least * count
    parts: Ints = least + (np.floor(weights * (free / unit / weights.sum())).astype(np.int64) * unit)
    parts[parts.argmax()] += total - int(parts.sum())
    return parts


def pick(rng: np.random.Generator, values: Ints, count: int, target: int) -> Ints:
    """Choose `count` of the values at random so that their sum comes near a target.

    Parameters
    ----------
    values : array of int
        Not negative.
    count : int
        How many, at most as many as there are.
    target : int
        The sum to come near to.

    Returns
    -------
    array of int
        Places of the chosen.

    Notes
    -----
    Drawn without replacement with weights that are a power of the value (the largest of Gumbel keys);
    the power is found by bisection, then single values are exchanged.
    """
    if count <= 0 or count >= len(values):
        return np.arange(max(min(count, len(values)), 0))
    noise, sizes = rng.gumbel(size=len(values)), np.log1p(values.astype(np.float64))
    low, high, best, nearest = -_STEEPEST, _STEEPEST, np.zeros(0, dtype=np.int64), None
    for _ in range(_BISECTIONS):
        power = (low + high) / 2
        chosen = np.argpartition(power * sizes + noise, len(values) - count)[len(values) - count :]
        gap = target - int(values[chosen].sum())
        if nearest is None or abs(gap) < nearest:
            best, nearest = chosen, abs(gap)
        low, high = (power, high) if gap > 0 else (low, power)
    return _exchange(rng, values, best, target)


def _exchange(rng: np.random.Generator, values: Ints, chosen: Ints, target: int) -> Ints:
    """Exchange single chosen values for others while that brings the sum nearer."""
    chosen = chosen.copy()
    free = np.ones(len(values), dtype=bool)
    free[chosen] = False
    others = np.flatnonzero(free)
    others = others[np.argsort(values[others], kind="stable")]
    gap = target - int(values[chosen].sum())
    for _ in range(_SWAPS):
        if gap == 0:
            break
        tried = rng.integers(len(chosen), size=min(_TRIED, len(chosen)))
        wanted = values[chosen[tried]] + gap
        place = np.searchsorted(values[others], wanted).clip(0, len(others) - 1)
        left = np.abs(wanted - values[others[place]])
        one = int(left.argmin())
        if left[one] >= abs(gap):
            continue
        inside, outside = int(tried[one]), int(place[one])
        gap += int(values[chosen[inside]]) - int(values[others[outside]])
        chosen[inside], others[outside] = others[outside], chosen[inside]
        others = others[np.argsort(values[others], kind="stable")]
    return chosen


def settle(
    balance: Ints, likeness: NDArray[np.uint64], chosen: Ints, staying: Ints, gap: int
) -> list[tuple[int, int]] | None:
    """Find what has to pass between the chosen and the others so that the chosen come to their sum.

    Amounts pass only between two that are alike, so that no sum of the past changes.

    Parameters
    ----------
    balance : array of int
        What is left of every case.
    likeness : array
        Cases of the same value have been in the same places at the same times.
    chosen, staying : array of int
        Places of the chosen ones, and of those that stay where they are.
    gap : int
        What the chosen lack (or have too much, when negative).

    Returns
    -------
    list of (place, change), or None
        Changes of balances; they add up to zero, and leave none below zero. None when there are not
        enough that are alike.
    """
    giving, taking = (staying, chosen) if gap > 0 else (chosen, staying)
    shared = np.intersect1d(likeness[giving], likeness[taking])
    givers = giving[np.isin(likeness[giving], shared)]
    _, first = np.unique(likeness[taking], return_index=True)
    receiver = {int(likeness[taking[at]]): int(taking[at]) for at in first}
    changes, left = [], abs(gap)
    for giver in givers[np.argsort(-balance[givers], kind="stable")]:
        passed = min(left, int(balance[giver]))
        if passed <= 0:
            break
        changes += [(int(giver), -passed), (receiver[int(likeness[giver])], passed)]
        left -= passed
    return None if left else changes
