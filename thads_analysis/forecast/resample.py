"""Means of past movements, and errors drawn from how past years departed from them."""

from __future__ import annotations

__all__ = ["Usual", "average_years", "draw_errors", "learn_usual"]

from dataclasses import dataclass, field

import numpy as np

from thads_analysis.forecast.history import Array

_OWN_YEARS = 3
"""From so many usable years on, a unit's own past speaks alone."""

_PEER_YEARS = 2
"""Weight of the peers' mean beside a shorter own past, in years."""


@dataclass(frozen=True)
class Usual:
    """Usual movements and the departures from them, for every province.

    Parameters
    ----------
    moved : array
        ``measure x org x past year x month x 2``: past movements, NaN where unknown.
    weights : array
        ``measure x org x past year``; 0 where unknown.
    own, peers : array
        Weighted mean of the province (``measure x org x month x 2``) and of all of them
        (``measure x month x 2``).
    lean : array
        ``measure x org``: part of the peers in the usual movement, 0 from three own years on.
    years : array
        ``measure x org``: how many years of full weight the own past is worth.
    """

    moved: Array = field(repr=False)
    weights: Array = field(repr=False)
    own: Array = field(repr=False)
    peers: Array = field(repr=False)
    lean: Array = field(repr=False)
    years: Array = field(repr=False)

    @property
    def mean(self) -> Array:
        """The usual movement: the own mean, drawn towards the peers' where the own past is short."""
        lean = self.lean[..., None, None]
        return (1 - lean) * self.own + lean * self.peers[:, None]


def learn_usual(moved: Array, weights: Array) -> Usual:
    """Average past movements, each province by itself, a short past together with its peers.

    Parameters
    ----------
    moved : array
        ``measure x org x past year x month x 2``, NaN where unknown.
    weights : array
        Weight of each past year.
    """
    usable = np.asarray(np.isfinite(moved).all(axis=(-1, -2)))
    cells = usable * weights
    total, squares = cells.sum(axis=2), (cells**2).sum(axis=2)
    count = usable.sum(axis=2)
    return Usual(
        moved=moved,
        weights=cells,
        own=average_years(moved, cells),
        peers=np.stack([_average_peers(m, w) for m, w in zip(moved, cells, strict=True)]),
        lean=np.where(count >= _OWN_YEARS, 0.0, _PEER_YEARS / (_PEER_YEARS + count)),
        years=np.where(total > 0, total**2 / np.where(squares > 0, squares, 1.0), 0.0),
    )


def average_years(moved: Array, weights: Array) -> Array:
    """Weighted mean over the years of each province, 0 where there is none."""
    filled = np.where(weights[..., None, None] > 0, moved, 0.0)
    total = weights.sum(axis=2)[..., None, None]
    return np.asarray((filled * weights[..., None, None]).sum(axis=2) / np.where(total > 0, total, 1.0))


def draw_errors(usual: Usual, draws: int, rng: np.random.Generator) -> Array:
    """Draw departures from the usual movement: ``draw x measure x org x month x 2``.

    A province with three usable years or more: its own past departures, mixed with normal weights that
    are the same for all provinces, measures, sides and months, so that what went together in the past
    goes together in a path; widened for the estimated mean and by Student's factor, since years are few.
    A shorter past: whole departures of other provinces' years from the mean of all.
    """
    errors = _mix_own(usual, draws, rng)
    for m, o in zip(*np.nonzero(usual.lean > 0), strict=True):
        errors[:, m, o] = _pick_peers(usual, int(m), draws, rng)
    return errors


def _mix_own(usual: Usual, draws: int, rng: np.random.Generator) -> Array:
    measures, orgs, past, months, sides = usual.moved.shape
    error = np.where(usual.weights[..., None, None] > 0, usual.moved - usual.own[:, :, None], 0.0)
    # Sum of w e^2 / sum of w, times n / (n - 1) for the estimated mean, times 1 + 1 / n for using it.
    total = np.maximum(usual.weights.sum(axis=2), 1e-12)
    widen = np.sqrt((usual.years + 1) / np.maximum(usual.years - 1, 1) / total)
    error *= (np.sqrt(usual.weights) * widen[:, :, None])[..., None, None]
    mix = rng.standard_normal((draws, past))
    # Student's factor, one a path; with fewer than 3 degrees of freedom the tail would have no variance.
    degrees = max(float(np.median(usual.years)) - 1, 3.0)
    mix *= np.sqrt(degrees / rng.chisquare(degrees, (draws, 1)))
    drawn = np.einsum("dt,motq->dmoq", mix, error.reshape(measures, orgs, past, -1), optimize=True)
    return np.asarray(drawn.reshape(draws, measures, orgs, months, sides))


def _pick_peers(usual: Usual, measure: int, draws: int, rng: np.random.Generator) -> Array:
    cells = np.argwhere(usual.weights[measure] > 0)
    if not len(cells):
        return np.zeros((draws, *usual.peers.shape[1:]))
    chance = usual.weights[measure][cells[:, 0], cells[:, 1]]
    picked = cells[rng.choice(len(cells), draws, p=chance / chance.sum())]
    return np.asarray(usual.moved[measure, picked[:, 0], picked[:, 1]] - usual.peers[measure])


def _average_peers(moved: Array, weights: Array) -> Array:
    if weights.sum() <= 0:
        return np.zeros(moved.shape[2:])
    filled = np.where(weights[..., None, None] > 0, moved, 0.0)
    return np.asarray(np.tensordot(weights, filled, axes=2) / weights.sum())
