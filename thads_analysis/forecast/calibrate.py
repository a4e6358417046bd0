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
    the ``N_t`` provinces known in year ``t`` of weight ``w_t``, and ``n`` the number of such years::

        common'^2 = common^2 (b + sum_t w_t z_t^2) / (b + sum_t w_t),
                    z_t^2 = (1 - 1 / n^2) m_t^2 / (common^2 + own^2 / N_t)
        own'^2    = own^2 (b + r^2 sum_t w_t) / (b + sum_t w_t),
                    r = mean |L - m_t| sqrt(N_t / (N_t - 1)) / mean |own x residual|

    ``b`` is two years: so far the model's word counts. ``1 - 1 / n^2`` allows for one year fewer to learn
    from. The two are scaled apart, since a nation's interval hangs on what is shared and a province's
    mostly on its own; each path still adds up, as errors are scaled and not quantiles. The mean of
    absolute values keeps a giant case from widening every interval.

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
    drawn, spread = _measure_own(model, known * weights)
    if years < 2 or not spread > 0:
        return model
    departures = np.where(known, model.left_out, 0.0)
    means = departures.sum(axis=0) / np.maximum(counts, 1)
    expected = model.common.mean() ** 2 + drawn / np.maximum(counts, 1)
    squares = (1 - 1 / years**2) * means**2 / expected
    # Of a single province nothing tells its own error from the year's.
    several = counts > 1
    cells = known * np.where(several, weights, 0.0)
    around = np.abs(departures - means) * np.sqrt(counts / np.maximum(counts - 1, 1))
    ratio = (cells * around).sum() / max(cells.sum(), 1e-12) / spread
    return replace(
        model,
        common=model.common * _lean(squares, np.where(counts > 0, weights, 0.0)),
        own=model.own * _lean(np.full_like(weights, ratio**2), np.where(several, weights, 0.0)),
    )


def _lean(squares: Array, weights: Array) -> float:
    """Root of a weighted mean square, drawn to 1 the more the fewer years it comes from."""
    total = weights.sum()
    if not total > 0:
        return 1.0
    years = total**2 / (weights**2).sum()
    mean = (weights * squares).sum() / total
    return float(np.sqrt((_BELIEVED + years * mean) / (_BELIEVED + years)))


def _measure_own(model: Mixed, cells: Array) -> tuple[float, float]:
    """Mean square and mean absolute value of the errors that paths draw for a province alone."""
    residuals = np.nan_to_num(model.residuals)
    total = max(cells.sum(), 1e-12)
    square = (model.own**2).mean() * (cells * residuals**2).sum() / total
    absolute = model.own.mean() * (cells * np.abs(residuals)).sum() / total
    return float(square), float(absolute)
