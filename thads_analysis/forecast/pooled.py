"""The rest of the year learnt from all provinces and years at once, each trusted as far as it deserves."""

from __future__ import annotations

__all__ = ["Pooled", "PooledFit"]

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from thads_analysis.forecast.history import Array, History, build_history
from thads_analysis.forecast.mixed import Mixed, fit_mixed
from thads_analysis.forecast.protocol import Simulation, simulate_counts
from thads_analysis.period import Period

_RECENT = 3
"""Months over which the latest pace is taken."""

_DRAWN_TO_NONE = 4
"""Years by which correlations between year effects are drawn towards none."""


@dataclass(frozen=True)
class Pooled:
    """Partial pooling of the movement to the year's end over provinces, years and the nation.

    For each measure, the change of the log of eligible and of the logit of the rate from this month to
    the twelfth follow the model of `mixed.fit_mixed`. It knows, of every year and province at this month:
    the rate against the province's usual one, that usual rate, the mean of the former over provinces,
    and how the rate and eligible moved in the last three months. So a province that stands high is not
    expected to gain as much as ever unless such provinces did, and one with a short or erratic past is
    drawn to the others.

    A path adds up: the expected movement; an error that all provinces share (the year's effect, heavy
    tailed since years are few, correlated between cases and money, eligible and rate as past years
    were); and each province's own, resampled from what the model missed in past province-years, all
    four quantities of one together, so that giant cases come as often as they did. Months on the way
    keep the share of the movement that was usually done by then, and depart from it as in one past
    year, the same for all provinces.

    See Also
    --------
    usual_path.UsualPath : each province by itself.
    """

    name: str = "pooled"

    def fit(self, panel: pd.DataFrame, period: Period) -> PooledFit:
        """Learn from all provinces; see `history.build_history` for what is refused."""
        history = build_history(panel, period)
        moved, levels = history.movements(), history.levels()
        models = []
        for measure in range(len(history.measures)):
            features = _build_features(levels[measure], period.months)
            size = _average(levels[measure, :, :, period.months - 1, 0], axis=1)
            ends = moved[measure, :, :, -1]
            models += [fit_mixed(ends[..., k], features, size, history.past_weights) for k in range(2)]
        return PooledFit(self.name, history, moved, tuple(models))


@dataclass(frozen=True)
class PooledFit:
    """Fitted models: eligible and rate of the first measure, then of the second."""

    name: str
    history: History
    moved: Array = field(repr=False)
    models: tuple[Mixed, ...] = field(repr=False)

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
        return simulate_counts(self.name, self.history, self.history.start(), paths[:, :, :, :horizon], rng)

    def _draw_ends(self, draws: int, rng: np.random.Generator) -> Array:
        """Movements to the year's end: ``draw x measure x org x 2``."""
        measures, orgs = self.moved.shape[:2]
        missed = np.stack([model.residuals for model in self.models], axis=-1)
        cells = np.isfinite(missed).any(axis=-1)
        chance = np.broadcast_to(self.history.past_weights, cells.shape)[cells]
        picked = rng.choice(int(cells.sum()), (draws, orgs), p=chance / chance.sum())
        own = np.nan_to_num(missed[cells])[picked]
        degrees = max(self.models[0].years - 1, 3.0)
        tail = np.sqrt(degrees / rng.chisquare(degrees, (draws, 1)))
        common = rng.standard_normal((draws, len(self.models))) @ self._mix_years().T * tail
        ends = np.stack(
            [
                model.mean + common[:, k, None] * model.common + own[:, :, k] * model.own
                for k, model in enumerate(self.models)
            ],
            axis=-1,
        )
        return ends.reshape(draws, orgs, measures, 2).swapaxes(1, 2)

    def _mix_years(self) -> Array:
        """Square root of the correlation of year effects between the four quantities."""
        effects = np.stack([model.year_effects for model in self.models])
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


def _build_features(levels: Array, months: int) -> Array:
    """What is known at this month of each year: ``org x year x feature``; NaN where unknown."""
    now = levels[:, :, months - 1]
    before = levels[:, :, max(months - 1 - _RECENT, 0)]
    rate = now[..., 1]
    usual = _average(rate, axis=1)[:, None]
    standing = rate - usual
    features = [
        standing,
        np.broadcast_to(usual, rate.shape),
        np.broadcast_to(_average(standing, axis=0), rate.shape),
        now[..., 1] - before[..., 1],
        now[..., 0] - before[..., 0],
    ]
    return np.stack(features, axis=-1)


def _average(values: Array, axis: int) -> Array:
    """Mean of what is known, 0 where nothing is."""
    known = np.isfinite(values)
    return np.asarray(np.where(known, values, 0.0).sum(axis=axis) / np.maximum(known.sum(axis=axis), 1))
