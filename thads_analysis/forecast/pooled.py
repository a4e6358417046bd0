"""The rest of the year learnt from all provinces and years at once, each trusted as far as it deserves."""

from __future__ import annotations

__all__ = ["Pooled", "PooledFit"]

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from thads_analysis.forecast.calibrate import calibrate
from thads_analysis.forecast.history import Array, History, Start, build_history, to_logit
from thads_analysis.forecast.mixed import Mixed, fit_mixed
from thads_analysis.forecast.protocol import Simulation, simulate_counts
from thads_analysis.forecast.resample import learn_usual
from thads_analysis.forecast.scales import SCALES, Scale
from thads_analysis.period import Period

_RECENT = 3
"""Months over which the latest pace is taken."""

_DRAWN_TO_NONE = 4
"""Years by which correlations between year effects are drawn towards none."""

_SHARPNESS = 8
"""A scale whose past error is a tenth smaller counts 1.1 ** 8, about twice, as much."""


@dataclass(frozen=True)
class Pooled:
    """Partial pooling of the movement to the year's end over provinces, years and the nation.

    For each measure, the change of the log of eligible and that of the rate from this month to the
    twelfth follow the model of `mixed.fit_mixed`. It knows, of every year and province at this month:
    the rate against the province's usual one, that usual rate, the mean of the former over provinces,
    and how the rate and eligible moved in the last three months. So a province that stands high is not
    expected to gain as much as ever unless such provinces did, and one with a short or erratic past is
    drawn to the others.

    The rate is modelled on one scale or on several (`scales.SCALES`). With several, and with the
    province's mean movement in points as one more, their forecasts are averaged, each with a weight
    ``error ** -8``: its mean absolute error in past years, each year forecast from the others alone.

    A path adds up: the expected movement; an error that all provinces share (the year's effect, heavy
    tailed since years are few, correlated between cases and money, eligible and rate as past years
    were); and each province's own, resampled from what the model missed in past province-years, all
    four quantities of one together, so that giant cases come as often as they did. Both are as wide as
    what past years, left out, departed by (`calibrate.calibrate`). Months on the way
    keep the share of the movement that was usually done by then, and depart from it as in one past
    year, the same for all provinces.

    Parameters
    ----------
    name : str
        Identifier of the method.
    scales : tuple of Scale
        Scales on which the rate is modelled.

    See Also
    --------
    usual_path.UsualPath : each province by itself.

    Notes
    -----
    J. M. Bates, C. W. J. Granger (1969), The combination of forecasts, Operational Research Quarterly 20:
    weights from past errors. Correlations between the forecasts' errors are left out, since a handful of
    years cannot tell them.
    """

    name: str = "pooled"
    scales: tuple[Scale, ...] = SCALES[:1]

    def fit(self, panel: pd.DataFrame, period: Period) -> PooledFit:
        """Learn from all provinces; see `history.build_history` for what is refused."""
        history = build_history(panel, period)
        moved, levels = history.movements(), history.levels()
        parts = [
            _fit_measure(levels[m], moved[m, :, :, -1, 0], rates, history, self.scales)
            for m, rates in enumerate(history.rates())
        ]
        return PooledFit(self.name, history, history.start(), moved, tuple(parts))


@dataclass(frozen=True)
class _Part:
    """One measure: the model of eligible, those of the rate on each scale, their weights, the plain mean.

    ``weights`` has one more than there are scales when the ``usual`` movement in points counts too.
    """

    eligible: Mixed
    rates: tuple[Mixed, ...]
    scales: tuple[Scale, ...]
    weights: Array
    usual: Array


def _fit_measure(
    levels: Array, grown: Array, rates: Array, history: History, scales: tuple[Scale, ...]
) -> _Part:
    now, years = history.period.months - 1, history.past_weights
    size = _average(levels[:, :, now, 0], axis=1)
    models: list[Mixed] = []
    for scale in scales:
        on_scale = np.stack([levels[..., 0], scale.forward(rates)], axis=-1)
        features = _build_features(on_scale, now)
        if not models:
            eligible = calibrate(fit_mixed(grown, features, size, years), years)
        ends = np.where(np.isfinite(grown), on_scale[:, :-1, -1, 1] - on_scale[:, :-1, now, 1], np.nan)
        near = models[0] if models else None
        models.append(calibrate(fit_mixed(ends, features, size, years, near), years))
    points = np.where(np.isfinite(grown), rates[:, :-1, -1] - rates[:, :-1, now], np.nan)
    usual = learn_usual(points[None, :, :, None, None], np.ones(points.shape[1])).mean[0, :, 0, 0]
    weights = _weigh(models, scales, rates, points, now, years)
    return _Part(eligible, tuple(models), scales, weights, usual)


def _weigh(
    models: list[Mixed], scales: tuple[Scale, ...], rates: Array, points: Array, now: int, years: Array
) -> Array:
    """Weights of the scales and of the mean movement, from years forecast from the others alone."""
    known = np.isfinite(points)
    if len(models) == 1:
        return np.ones(1)
    if known.any(axis=0).sum() < 2:
        return np.append(np.ones(len(models)), 0.0) / len(models)
    before, after = rates[:, :-1, now], rates[:, :-1, -1]
    found = []
    for model, scale in zip(models, scales, strict=True):
        found.append(scale.back(scale.forward(after) - model.left_out))
    filled = np.where(known, points, 0.0)
    others = known.sum(axis=1, keepdims=True) - known
    rest = filled.sum(axis=1, keepdims=True) - filled
    found.append(np.clip(before + rest / np.maximum(others, 1), 0, 1))
    counted = known * years
    errors = np.array([(counted * np.abs(np.where(known, f - after, 0.0))).sum() for f in found])
    weights = (np.maximum(errors, 1e-12) / np.maximum(errors.min(), 1e-12)) ** -_SHARPNESS
    return np.asarray(weights / weights.sum())


@dataclass(frozen=True)
class PooledFit:
    """Fitted models of either measure."""

    name: str
    history: History
    start: Start = field(repr=False)
    moved: Array = field(repr=False)
    parts: tuple[_Part, ...] = field(repr=False)

    def simulate(self, draws: int = 2000, seed: int = 2023, horizon: int | None = None) -> Simulation:
        """Draw joint paths; the same seed gives the same paths.

        Parameters
        ----------
        draws : int
            Number of paths.
        seed : int
            Seed of the random numbers.
        horizon : int, optional
            How many months ahead; all that remain without it.
        """
        rng = np.random.default_rng(seed)
        paths = self._bridge(self._draw_ends(draws, rng), rng)
        return simulate_counts(self.name, self.history, self.start, paths[:, :, :, :horizon], rng)

    def _draw_ends(self, draws: int, rng: np.random.Generator) -> Array:
        """Movements to the year's end: ``draw x measure x org x 2``."""
        sides = [model for part in self.parts for model in (part.eligible, part.rates[0])]
        cells = np.asarray(np.isfinite(np.stack([model.residuals for model in sides])).any(axis=0))
        chance = np.broadcast_to(self.history.past_weights, cells.shape)[cells]
        picked = rng.choice(int(cells.sum()), (draws, len(cells)), p=chance / chance.sum())
        degrees = max(sides[0].years - 1, 3.0)
        tail = np.sqrt(degrees / rng.chisquare(degrees, (draws, 1)))
        common = rng.standard_normal((draws, len(sides))) @ self._mix_years(sides).T * tail
        now = self.start.rate
        ends = []
        for m, part in enumerate(self.parts):
            shared_eligible, shared_rate = common[:, 2 * m, None], common[:, 2 * m + 1, None]

            def draw(model: Mixed, shared: Array) -> Array:
                own = np.nan_to_num(model.residuals[cells])[picked]
                return np.asarray(model.mean + shared * model.common + own * model.own)

            end = _average_scales(part, now[m], [draw(model, shared_rate) for model in part.rates])
            moved = to_logit(end) - to_logit(now[m])
            ends.append(np.stack([draw(part.eligible, shared_eligible), moved], axis=-1))
        return np.stack(ends, axis=1)

    def _mix_years(self, sides: list[Mixed]) -> Array:
        """Square root of the correlation of year effects between the four quantities."""
        effects = np.stack([model.year_effects for model in sides])
        years = effects.shape[1]
        effects = effects - effects.mean(axis=1, keepdims=True)
        length = np.sqrt((effects**2).sum(axis=1, keepdims=True))
        unit = effects / np.where(length > 0, length, 1.0)
        correlation = unit @ unit.T * years / (years + _DRAWN_TO_NONE)
        np.fill_diagonal(correlation, 1.0)
        return np.linalg.cholesky(correlation)

    def _bridge(self, ends: Array, rng: np.random.Generator) -> Array:
        """Months on the way: ``draw x measure x org x month x 2``."""
        weights = self.history.past_weights
        filled = np.nan_to_num(self.moved)
        last = filled[..., -1, :]
        above = np.einsum("t,motq,mothq->mhq", weights, last, filled, optimize=True)
        below = np.einsum("t,motq,motq->mq", weights, last, last, optimize=True)
        share = above / np.where(below > 0, below, 1.0)[:, None]
        departures = filled - share[:, None, None] * last[..., None, :]
        year = rng.choice(len(weights), len(ends), p=weights / weights.sum())
        steady = ends[:, :, :, None, :] * share[:, None]
        return np.asarray(steady + np.moveaxis(departures, 2, 0)[year])


def _average_scales(part: _Part, now: Array, moved: list[Array]) -> Array:
    """Rates at the year's end: ``draw x org``, the scales' paths averaged one by one."""
    found = np.zeros_like(moved[0])
    for scale, moves, weight in zip(part.scales, moved, part.weights, strict=False):
        found += weight * scale.back(scale.forward(now) + moves)
    if len(part.weights) > len(part.scales):
        # The mean movement has no errors of its own: it takes those of the scale of points.
        place = [scale.name for scale in part.scales].index("points")
        shifted = moved[place] - part.rates[place].mean + part.usual
        found += part.weights[-1] * np.clip(now + shifted, 0, 1)
    return found


def _build_features(levels: Array, now: int) -> Array:
    """What is known at this month of each year: ``org x year x feature``; NaN where unknown."""
    here = levels[:, :, now]
    before = levels[:, :, max(now - _RECENT, 0)]
    rate = here[..., 1]
    usual = _average(rate, axis=1)[:, None]
    standing = rate - usual
    features = [
        standing,
        np.broadcast_to(usual, rate.shape),
        np.broadcast_to(_average(standing, axis=0), rate.shape),
        here[..., 1] - before[..., 1],
        here[..., 0] - before[..., 0],
    ]
    return np.stack(features, axis=-1)


def _average(values: Array, axis: int) -> Array:
    """Mean of what is known, 0 where nothing is."""
    known = np.isfinite(values)
    return np.asarray(np.where(known, values, 0.0).sum(axis=axis) / np.maximum(known.sum(axis=axis), 1))
