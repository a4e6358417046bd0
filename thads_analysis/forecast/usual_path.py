"""The unit's own usual rest of the year, carried forward on the logit scale."""

from __future__ import annotations

__all__ = ["UsualPath", "UsualPathFit"]

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from thads_analysis.forecast.history import Array, History, build_history
from thads_analysis.forecast.protocol import Simulation, simulate_counts
from thads_analysis.forecast.resample import Usual, draw_errors, learn_usual
from thads_analysis.period import Period


@dataclass(frozen=True)
class UsualPath:
    """Carry a province's own mean movement from this month to each later one.

    On the log of eligible and the logit of the completion rate, ``forecast = now + mean over past
    years of (later - same month)``, years weighted by `breaks.year_weights`. Errors are its own past
    years' departures from that mean, as `resample.draw_errors` says.

    A unit with one or two usable years is drawn towards its peers' mean and takes its errors from
    them; with none it moves as they do, and `forecast` gives no row for it.

    See Also
    --------
    pooled.Pooled : the same idea with as much of the peers as the data ask for.
    """

    name: str = "usual_path"

    def fit(self, panel: pd.DataFrame, period: Period) -> UsualPathFit:
        """Learn the usual movements; see `history.build_history` for what is refused."""
        history = build_history(panel, period)
        return UsualPathFit(self.name, history, learn_usual(history.movements(), history.past_weights))


@dataclass(frozen=True)
class UsualPathFit:
    """Usual movements of every province, and the past years' departures from them."""

    name: str
    history: History
    usual: Usual = field(repr=False)

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
        start = self.history.start()
        paths = self.usual.mean + draw_errors(self.usual, draws, rng)
        paths = self._to_movements(paths, start.rate)[:, :, :, :horizon]
        return simulate_counts(self.name, self.history, start, paths, rng)

    def _to_movements(self, drawn: Array, rate: Array) -> Array:
        """What was drawn, as movements of the log of eligible and of the logit of the rate."""
        return drawn
