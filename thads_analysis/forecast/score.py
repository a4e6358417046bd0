"""How good forecasts were: error, sharpness, calibration, and whether a difference is more than luck."""

from __future__ import annotations

__all__ = ["bootstrap_difference", "brier", "covered", "crps", "pinball", "pit", "reliability"]

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from thads_analysis.forecast.history import Array


def crps(draws: Array, actual: Array) -> Array:
    """Continuous ranked probability score of simulated values.

    Formula: ``mean |x - y| - mean |x - x'| / 2`` over all draws ``x, x'``, in the unit of the values; of
    a single draw it is the absolute error. Smaller is better.

    Parameters
    ----------
    draws : array
        ``draw x ...``.
    actual : array
        What came, of the remaining shape.

    Notes
    -----
    T. Gneiting, A. Raftery (2007), Strictly proper scoring rules, prediction, and estimation, JASA 102,
    equation 21. The same as ``crps_ensemble`` of the scoringrules package with its energy estimator.
    """
    ordered = np.sort(draws, axis=0)
    count = len(ordered)
    ranks = (2 * np.arange(1, count + 1) - count - 1).reshape(-1, *[1] * (ordered.ndim - 1))
    return np.asarray(np.abs(ordered - actual).mean(axis=0) - (ranks * ordered).sum(axis=0) / count**2)


def pinball(quantile: Array, actual: Array, level: float) -> Array:
    """Loss of a quantile: ``level x shortfall`` when too low, ``(1 - level) x excess`` when too high."""
    miss = np.asarray(actual) - quantile
    return np.asarray(np.maximum(level * miss, (level - 1) * miss))


def covered(lower: Array, upper: Array, actual: Array) -> NDArray[np.bool_]:
    """Whether what came lies in the interval, its ends included."""
    return np.asarray((lower <= actual) & (actual <= upper))


def pit(draws: Array, actual: Array) -> Array:
    """Probability integral transform: the part of the draws below what came, ties counting half.

    Uniform from 0 to 1 over many forecasts when intervals mean what they say; heaped at both ends when
    they are too narrow, in the middle when too wide.
    """
    return np.asarray((draws < actual).mean(axis=0) + (draws == actual).mean(axis=0) / 2)


def brier(chance: Array, happened: Array) -> Array:
    """Squared error of a probability against what happened, 1 or 0."""
    return np.asarray((np.asarray(chance) - np.asarray(happened, dtype=np.float64)) ** 2)


def reliability(chance: pd.Series, happened: pd.Series, bins: int = 10) -> pd.DataFrame:
    """Compare stated probabilities with how often it happened.

    Returns
    -------
    DataFrame
        Index: bin, 0 for probabilities from 0 to 1 / bins; columns ``chance`` (mean stated), ``happened``
        (part in which it did) and ``forecasts`` (number). Empty bins are left out.
    """
    known = chance.notna() & happened.notna()
    stated = chance[known].astype("float64")
    table = pd.DataFrame({"chance": stated, "happened": happened[known].astype("float64")})
    table["bin"] = (stated * bins).astype("int64").clip(upper=bins - 1)
    grouped = table.groupby("bin")
    return grouped.mean().assign(forecasts=grouped.size())


def bootstrap_difference(
    errors: pd.Series, others: pd.Series, draws: int = 4000, seed: int = 2023
) -> tuple[float, float, float]:
    """Relative difference of two mean errors, with an interval over years.

    Formula: ``sum of errors / sum of others - 1``. Whole years are drawn with replacement, since the
    errors of one year go together; with few years the interval is a guide, not more.

    Parameters
    ----------
    errors, others : Series
        Mean error of either method in each year, on the same index.

    Returns
    -------
    tuple of float
        The difference and its 95 % interval; below zero the first method is better.
    """
    table = pd.concat([errors, others], axis=1).dropna().to_numpy(np.float64)
    rng = np.random.default_rng(seed)
    picked = table[rng.integers(0, len(table), (draws, len(table)))].sum(axis=1)
    low, high = np.quantile(picked[:, 0] / picked[:, 1] - 1, [0.025, 0.975])
    whole = table.sum(axis=0)
    return float(whole[0] / whole[1] - 1), float(low), float(high)
