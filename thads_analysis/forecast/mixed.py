"""A linear model with effects of province and year, its variances learnt from all cells at once."""

from __future__ import annotations

__all__ = ["Mixed", "fit_mixed"]

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from thads_analysis.forecast.history import Array

_CENTRES = np.array([np.log(0.15), np.log(0.3), np.log(0.05), np.log(0.5), 1.5, 0.0, 0.2])
"""Where the parameters are expected before the data speak; see `_Parameters` for their order."""

_SPREADS = np.array([1.5, 1.2, 1.5, 1.5, 1.5, 1.0, 0.3])

_INTERCEPT = 100.0  # variance of the intercept: as good as free
_OUTLIER = 4.0  # degrees of freedom of the weights that keep a giant case from ruling the fit
_OWN_SCALE = 4.0  # years by which a province's own error variance is drawn towards the common one
_ROUNDS = 2


@dataclass(frozen=True)
class Mixed:
    """Prediction of the coming year for every province, in the target's unit.

    Parameters
    ----------
    mean : array
        Per province.
    common : array
        Standard error that all provinces share: the year's effect and what is unsure of the slopes.
    own : array
        Standard error of the province alone.
    residuals : array
        ``org x past year``: departures when the cell is left out, in units of ``own``; NaN where the
        cell is unknown.
    left_out : array
        ``org x past year``: departures when the whole year is left out, in the target's unit.
    year_effects : array
        Effect of each past year.
    years : float
        How many years the past ones are worth.
    at : array
        The parameters found, from which a fit of a like quantity may start.
    """

    mean: Array
    common: Array
    own: Array
    residuals: Array
    left_out: Array
    year_effects: Array
    years: float
    at: Array


@dataclass(frozen=True)
class _Parameters:
    habit: float
    year: float
    slope: float
    noise: float
    stay: float
    carry: float
    size: float


@dataclass(frozen=True)
class _Problem:
    """Cells: ``target`` and ``known`` (org x past year); ``features`` (org x year x feature).

    The last year of ``features`` is the one to predict. ``weights`` are of past years; ``doubt`` multiplies
    the noise variance of a cell, ``scale`` that of a province.
    """

    target: Array
    known: NDArray[np.bool_]
    features: Array
    weights: Array
    size: Array
    doubt: Array
    scale: Array


def fit_mixed(
    target: Array, features: Array, size: Array, weights: Array, near: Mixed | None = None
) -> Mixed:
    """Fit the model and predict the coming year.

    ``target = intercept + slopes x features + habit of the province + effect of the year + error``.
    Slopes, habits, year effects and errors are normal with variances of their own, estimated together
    by their most probable values (empirical Bayes); a habit fades from year to year at an estimated
    pace; errors shrink with a province's size at an estimated pace and may be larger in some provinces
    than in others; a feature's average over provinces in a year counts with an estimated part of the
    slope, since there are few years to learn it from. Cells far out weigh less.

    Parameters
    ----------
    target : array
        ``org x past year``, NaN where unknown.
    features : array
        ``org x (past years, then the coming one) x feature``, NaN where unknown, which counts as average.
    size : array
        Log of the size of each province.
    weights : array
        Weight of each past year, above 0 and up to 1.
    near : Mixed, optional
        Fit of a like quantity, from which the search starts: faster, with the same goal.
    """
    known = np.isfinite(target)
    if not known.any():
        return _certain(np.zeros(len(target)), known, weights)
    unit = float(np.sqrt(np.mean((target[known] - np.median(target[known])) ** 2)))
    if unit < 1e-9:
        return _certain(np.full(len(target), np.median(target[known])), known, weights)
    problem = _Problem(
        target=np.where(known, target / unit, 0.0),
        known=known,
        features=_standardise(features),
        weights=weights,
        size=size - np.median(size),
        doubt=np.ones_like(target) / weights,
        scale=np.ones(len(target)),
    )
    at = _maximise(problem, _CENTRES, 25) if near is None else near.at
    for _ in range(_ROUNDS):
        problem = _weigh_cells(problem, _predict(at, problem).residuals)
    at = _maximise(problem, at, 15)
    found = _predict(at, problem)
    return replace(
        found,
        mean=found.mean * unit,
        common=found.common * unit,
        own=found.own * unit,
        residuals=np.where(known, found.residuals, np.nan),
        left_out=np.where(known, found.left_out * unit, np.nan),
        year_effects=found.year_effects * unit,
    )


def _certain(mean: Array, known: NDArray[np.bool_], weights: Array) -> Mixed:
    """Nothing varies, or nothing is known."""
    nothing = np.zeros(len(mean))
    zero = np.where(known, 0.0, np.nan)
    return Mixed(mean, nothing, nothing, zero, zero, 0.0 * weights, _count_years(weights), _CENTRES)


def _count_years(weights: Array) -> float:
    """How many years of full weight the weighted ones are worth: (sum w)^2 / sum w^2."""
    return float(weights.sum() ** 2 / (weights**2).sum())


def _maximise(problem: _Problem, start: Array, rounds: int) -> Array:
    from scipy.optimize import minimize

    bounds = list(zip(_CENTRES - 3 * _SPREADS, _CENTRES + 3 * _SPREADS, strict=True))
    found = minimize(
        _lack, start, args=(problem,), jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": rounds}
    )
    return np.asarray(found.x)


def _weigh_cells(problem: _Problem, residuals: Array) -> _Problem:
    """Let cells far out weigh less, and provinces have their own noise."""
    squares = np.where(problem.known, residuals, 0.0) ** 2
    trust = (_OUTLIER + 1) / (_OUTLIER + squares)
    counted = problem.known * problem.weights
    excess = (_OWN_SCALE + (counted * squares * trust).sum(axis=1)) / (_OWN_SCALE + counted.sum(axis=1))
    return replace(problem, doubt=1 / (trust * problem.weights), scale=problem.scale * excess)


def _read_parameters(at: Array) -> _Parameters:
    habit, year, slope, noise = np.exp(at[:4])
    stay, carry = 1 / (1 + np.exp(-at[4:6]))
    return _Parameters(habit, year, slope, noise, stay, carry, float(at[6]))


@dataclass(frozen=True)
class _System:
    """The equations at given parameters.

    The covariance of a province's cells is ``kernel`` (habit) plus noise; what provinces share (slopes,
    intercept, years) enters through ``design`` with prior ``precision``.
    """

    kernel: Array
    noise: Array
    design: Array
    variance: Array
    inverse: Array
    weighted: Array
    precision: Array
    lack: float


def _assemble(at: Array, problem: _Problem) -> _System:
    p = _read_parameters(at)
    orgs, past = problem.target.shape
    lag = np.abs(np.subtract.outer(np.arange(past + 1), np.arange(past + 1)))
    kernel = p.habit * p.stay**lag
    noise = p.noise * np.exp(-p.size * problem.size) * problem.scale
    # An unknown cell is cut loose: variance 1, nothing in common with the others.
    both = problem.known[:, :, None] & problem.known[:, None, :]
    block = np.where(both, kernel[:past, :past], 0.0)
    own = np.where(problem.known, noise[:, None] * problem.doubt, 1.0)
    block[:, range(past), range(past)] += own
    shared = problem.features - (1 - p.carry) * problem.features.mean(axis=0)
    year = np.broadcast_to(np.eye(past + 1), (orgs, past + 1, past + 1))
    design = np.concatenate([shared, np.ones((orgs, past + 1, 1)), year], axis=2)
    design[:, :past] *= problem.known[:, :, None]
    variance = np.concatenate(
        [np.full(shared.shape[2], p.slope), [_INTERCEPT], p.year / problem.weights, [p.year]]
    )
    inverse = np.linalg.inv(block)
    weighted = inverse @ design[:, :past]
    columns = len(variance)
    # Flattened, a sum over cells is one product of matrices, which is where the time goes.
    flat, flat_weighted = design[:, :past].reshape(-1, columns), weighted.reshape(-1, columns)
    precision = np.diag(1 / variance) + flat.T @ flat_weighted
    half = np.linalg.solve(np.linalg.cholesky(precision), flat_weighted.T @ problem.target.ravel())
    quadratic = (problem.target * (inverse @ problem.target[..., None])[..., 0]).sum() - half @ half
    logs = np.linalg.slogdet(block)[1].sum() + np.log(variance).sum() + np.linalg.slogdet(precision)[1]
    prior = (((at - _CENTRES) / _SPREADS) ** 2).sum()
    lack = 0.5 * (quadratic + logs + prior)
    return _System(kernel, noise, design, variance, inverse, weighted, precision, lack)


def _lack(at: Array, problem: _Problem) -> tuple[float, Array]:
    """Minus the log of the posterior density of the parameters, and its slope.

    With ``V`` the covariance of all cells, ``Q`` its inverse and ``a = Q y``, the slope along a parameter
    is ``(trace(Q dV) - a' dV a) / 2`` and what the prior adds; only a province's own block of ``Q`` and
    the shared columns are ever needed.
    """
    p = _read_parameters(at)
    s = _assemble(at, problem)
    past, slopes = problem.target.shape[1], problem.features.shape[2]
    covariance = _invert(s.precision)
    shared = covariance @ np.einsum("otk,ot->k", s.weighted, problem.target)
    alone = np.einsum("ots,os->ot", s.inverse, problem.target) - s.weighted @ shared
    blocks = s.inverse - (s.weighted @ covariance) @ s.weighted.transpose(0, 2, 1)
    blocks -= alone[:, :, None] * alone[:, None, :]
    both = problem.known[:, :, None] & problem.known[:, None, :]
    summed = np.where(both, blocks, 0.0).sum(axis=0)
    lag = np.abs(np.subtract.outer(np.arange(past), np.arange(past)))
    kernel = s.kernel[:past, :past]
    cells = np.diagonal(blocks, axis1=1, axis2=2) * problem.known * s.noise[:, None] * problem.doubt
    # The shared columns: D' Q D and D' a.
    inner = s.precision - np.diag(1 / s.variance)
    onto = shared / s.variance
    along = s.variance * (np.diagonal(inner - inner @ covariance @ inner) - onto**2)
    years = slice(slopes + 1, slopes + 1 + past)
    # The carry changes the columns of the slopes by the features' yearly means.
    moved = problem.features.mean(axis=0)[None, :past] * problem.known[:, :, None] * p.carry * (1 - p.carry)
    solved = s.weighted[..., :slopes] - s.weighted @ (covariance @ inner)[:, :slopes]
    turned = (solved * moved).sum(axis=(0, 1)) - onto[:slopes] * (alone[..., None] * moved).sum(axis=(0, 1))
    slope = 0.5 * np.array(
        [
            (summed * kernel).sum(),
            along[years].sum(),
            along[:slopes].sum(),
            cells.sum(),
            (summed * kernel * lag).sum() * (1 - p.stay),
            2 * (s.variance[:slopes] * turned).sum(),
            -(cells.sum(axis=1) * problem.size).sum(),
        ]
    )
    return float(s.lack), slope + (at - _CENTRES) / _SPREADS**2


def _predict(at: Array, problem: _Problem) -> Mixed:
    s = _assemble(at, problem)
    past = problem.target.shape[1]
    seen, new = s.design[:, :past], s.design[:, past]
    covariance = _invert(s.precision)
    shared = covariance @ np.einsum("otk,ot->k", s.weighted, problem.target)
    to_new = np.where(problem.known, s.kernel[past, :past], 0.0)
    lean = np.einsum("ots,os->ot", s.inverse, to_new)
    mean = new @ shared + (lean * (problem.target - seen @ shared)).sum(axis=1)
    # What is left of the shared part after the habit has taken its share, and how unsure it is.
    rest = new - np.einsum("ot,otk->ok", lean, seen)
    effects = shared[-past - 1 : -1]
    _widen_year(covariance, effects, problem.weights)
    common = np.sqrt(np.einsum("ok,kl,ol->o", rest, covariance, rest))
    habit = np.maximum(s.kernel[past, past] - (lean * to_new).sum(axis=1), 0.0)
    # Leaving one cell out, by the inverse of the whole covariance matrix.
    covariance = _invert(s.precision)
    alone = np.einsum("ots,os->ot", s.inverse, problem.target) - s.weighted @ shared
    sure = np.diagonal(s.inverse, axis1=1, axis2=2) - np.einsum(
        "otk,kl,otl->ot", s.weighted, covariance, s.weighted, optimize=True
    )
    sure = np.maximum(sure, 1e-12)
    unsure = np.maximum(1 / sure - s.noise[:, None] * problem.doubt, 0.0)
    residuals = alone / sure / np.sqrt(unsure + s.noise[:, None])
    own = np.sqrt(habit + s.noise)
    left_out = _leave_years_out(s, covariance, alone)
    return Mixed(mean, common, own, residuals, left_out, effects, _count_years(problem.weights), at)


def _leave_years_out(s: _System, covariance: Array, alone: Array) -> Array:
    """What each past year departs from when the whole year is left out: ``Q_tt^-1 (Q y)_t``."""
    departures = np.empty_like(alone)
    for year in range(alone.shape[1]):
        shared = s.weighted[:, year]
        block = np.diag(s.inverse[:, year, year]) - shared @ covariance @ shared.T
        departures[:, year] = np.linalg.solve(block, alone[:, year])
    return departures


def _invert(matrix: Array) -> Array:
    return np.asarray(np.linalg.inv(matrix), dtype=np.float64)


def _widen_year(covariance: Array, effects: Array, weights: Array) -> None:
    """Let the coming year vary as the past ones did.

    The variance of a year's effect was estimated as if years of low weight varied more; the coming year
    does not, and past effects, weighted, say how much years do vary.
    """
    past = len(effects)
    unsure = np.diagonal(covariance)[-past - 1 : -1]
    seen = float((weights * (effects**2 + unsure)).sum() / weights.sum())
    covariance[-1, -1] = max(covariance[-1, -1], seen)


def _standardise(features: Array) -> Array:
    known = np.isfinite(features)
    count = np.maximum(known.sum(axis=(0, 1)), 1)
    mean = np.where(known, features, 0.0).sum(axis=(0, 1)) / count
    centred = np.where(known, features - mean, 0.0)
    spread = np.sqrt((centred**2).sum(axis=(0, 1)) / count)
    return np.asarray(np.clip(centred / np.where(spread > 1e-9, spread, 1.0), -4, 4))
