"""Errors made as wide as what a model missed in past years that it had not seen."""

from __future__ import annotations

__all__ = ["calibrate"]

from dataclasses import replace

import numpy as np

from thads_analysis.forecast.history import Array
from thads_analysis.forecast.mixed import Mixed

_BELIEVED = 2.0
"""Years for which the model's own word on its errors counts beside the past years."""


def calibrate(model: Mixed, weights: Array) -> Mixed:
    """Scale what provinces share of the error, and what is each one's own, to years left out.

    With ``L`` the departures of past years, each forecast from the others alone, ``m_t`` their mean over
    the ``N_t`` provinces known in year ``t`` of weight ``w_t``, and ``n`` years (what their weights make
    them worth; ``k`` when each counts one)::

        own'^2    = own^2 (b + n r^2) / (b + n)
                    r = mean |L - m_t| sqrt(N_t / (N_t - 1)) / mean |own x residual|
        common'^2 = (b common^2 + n v) / (b + n)
                    v = mean of (1 - 1 / k^2) m_t^2 - own'^2 / N_t, or 0 where that is below 0

    ``b`` is two years: so far the model's word counts. ``1 - 1 / k^2`` allows for one year fewer to learn
    from, ``own'^2 / N_t`` for what provinces' own errors leave in a mean. The two are scaled apart, since
    a nation's interval hangs on what is shared and a province's mostly on its own; each path still adds
    up, as errors are scaled and not quantiles. Absolute values keep a giant case from widening every
    interval.

    Parameters
    ----------
    model : Mixed
        What `mixed.fit_mixed` found.
    weights : array
        Weight of each past year.

    Returns
    -------
    Mixed
        The same with other ``common`` and ``own``; as it was with fewer than two usable years.

    Notes
    -----
    R. Barber, E. Candès, A. Ramdas, R. Tibshirani (2021), Predictive inference with the jackknife+, Annals
    of Statistics 49: the width of an interval from errors of what was left out. Their intervals need as
    many exchangeable units as years are missing here (ten for 80 % both ways), hence a scale and not
    quantiles; that years are few is in Student's factor of the paths.
    """
    known = np.isfinite(model.left_out)
    counts = known.sum(axis=0)
    years = int((counts > 0).sum())
    square, absolute = _measure_own(model, known * weights)
    if years < 2 or not absolute > 0:
        return model
    departures = np.where(known, model.left_out, 0.0)
    means = departures.sum(axis=0) / np.maximum(counts, 1)
    around = np.abs(departures - means) * np.sqrt(counts / np.maximum(counts - 1, 1))
    # Of a year with a single province nothing tells its own error from the year's.
    several = np.where(counts > 1, weights, 0.0)
    cells = known * several
    ratio = (cells * around).sum() / max(cells.sum(), 1e-12) / absolute
    own = _lean(ratio**2, several)
    seen = np.where(counts > 0, weights, 0.0)
    left = (1 - 1 / years**2) * means**2 - own * square / np.maximum(counts, 1)
    before = model.common.mean() ** 2
    shared = max((seen * left).sum() / seen.sum(), 0.0) / before if before > 0 else 1.0
    return replace(model, common=model.common * np.sqrt(_lean(shared, seen)), own=model.own * np.sqrt(own))


def _lean(square: float, weights: Array) -> float:
    """Draw a mean square over years to 1, the more the fewer they are worth."""
    total = weights.sum()
    years = total**2 / (weights**2).sum() if total > 0 else 0.0
    return float((_BELIEVED + years * square) / (_BELIEVED + years))


def _measure_own(model: Mixed, cells: Array) -> tuple[float, float]:
    """Mean square and mean absolute value of the errors that paths draw for a province alone."""
    residuals = np.nan_to_num(model.residuals)
    total = max(cells.sum(), 1e-12)
    square = (model.own**2).mean() * (cells * residuals**2).sum() / total
    absolute = model.own.mean() * (cells * np.abs(residuals)).sum() / total
    return float(square), float(absolute)
