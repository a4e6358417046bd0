"""What every forecasting method offers, and the simulated paths that it hands back."""

from __future__ import annotations

__all__ = ["Fitted", "Method", "Simulation", "simulate_counts"]

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from thads_analysis.forecast.history import Array, History, Start, from_logit, to_logit
from thads_analysis.glossary import MEASURES
from thads_analysis.period import Period

Counts = NDArray[np.int64]


class Fitted(Protocol):
    """A method that has seen its data."""

    @property
    def history(self) -> History:
        """What it was fitted on."""

    def simulate(self, draws: int = 2000, seed: int = 2023, horizon: int | None = None) -> Simulation:
        """Draw joint paths of all provinces, over ``horizon`` months or to the year's end."""


class Method(Protocol):
    """A way of forecasting the rest of the year for all provinces at once."""

    @property
    def name(self) -> str:
        """Identifier, as in tables and on the command line."""

    def fit(self, panel: pd.DataFrame, period: Period) -> Fitted:
        """Learn from what the panel held at the period; later rows are not looked at."""


@dataclass(frozen=True)
class Simulation:
    """Simulated cumulative figures; one draw is one joint future of all organisations.

    Parameters
    ----------
    method : str
        Method that drew them.
    period : Period
        The last period known.
    orgs : tuple of str
        Keys of organisations, or names of groups.
    months : tuple of int
        The months drawn, cumulative from 1 October.
    completed, eligible : array of int64
        ``draw x measure x org x month``; cases or đồng; ``completed <= eligible`` and completed never
        falls.
    imputed : tuple of str
        Organisations that start from imputed figures: late ones, and groups with one of them.
    """

    method: str
    period: Period
    orgs: tuple[str, ...]
    months: tuple[int, ...]
    completed: Counts = field(repr=False)
    eligible: Counts = field(repr=False)
    imputed: tuple[str, ...] = ()

    @property
    def measures(self) -> tuple[str, ...]:
        """The measures, in the order of the arrays."""
        return tuple(MEASURES)

    @property
    def draws(self) -> int:
        """Number of paths."""
        return len(self.completed)

    def rates(self) -> Array:
        """Completed over eligible: ``draw x measure x org x month``; NaN where nothing is eligible."""
        eligible = np.where(self.eligible > 0, self.eligible, np.nan)
        return np.asarray(self.completed / eligible)

    def grouped(self, groups: Mapping[str, Sequence[str]]) -> Simulation:
        """Sum organisations in every path.

        Parameters
        ----------
        groups : mapping of str to sequence of str
            Keys of organisations by the group's name; for the nation ``{"VN": simulation.orgs}``.

        Returns
        -------
        Simulation
            One organisation a group.
        """
        places = {org: place for place, org in enumerate(self.orgs)}
        members = [[places[org] for org in group] for group in groups.values()]

        def add(counts: Counts) -> Counts:
            return np.stack([counts[:, :, group].sum(axis=2) for group in members], axis=2)

        late = set(self.imputed)
        return Simulation(
            self.method,
            self.period,
            tuple(groups),
            self.months,
            add(self.completed),
            add(self.eligible),
            tuple(name for name, group in groups.items() if late & set(group)),
        )

    def rate_quantiles(
        self, levels: Sequence[float] = (0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975)
    ) -> pd.DataFrame:
        """Quantiles of the completion rate in each month.

        Returns
        -------
        DataFrame
            Index ``org, measure, months``; one column a level; fractions.
        """
        found = np.quantile(self.rates(), levels, axis=0)
        return pd.DataFrame(
            found.transpose(2, 1, 3, 0).reshape(-1, len(levels)),
            index=self._index("org", "measure", "months"),
            columns=pd.Index(list(levels), name="level"),
        )

    def to_frame(self) -> pd.DataFrame:
        """Every path, long: index ``draw, org, measure, months``; columns ``completed, eligible``, int64."""
        index = self._index("draw", "org", "measure", "months")
        columns = {
            name: counts.transpose(0, 2, 1, 3).reshape(-1)
            for name, counts in (("completed", self.completed), ("eligible", self.eligible))
        }
        return pd.DataFrame(columns, index=index)

    def _index(self, *names: str) -> pd.MultiIndex:
        values: dict[str, Sequence[object]] = {
            "draw": range(self.draws),
            "org": self.orgs,
            "measure": self.measures,
            "months": self.months,
        }
        return pd.MultiIndex.from_product([values[name] for name in names], names=names)


def simulate_counts(
    method: str, history: History, start: Start, movements: Array, rng: np.random.Generator
) -> Simulation:
    """Turn drawn movements into counts that could have been reported.

    Eligible is the start's times the exponential of its movement; the rate is the start's moved on the
    logit scale; completed is their product, never below what is already completed.

    Parameters
    ----------
    method : str
        Name of the method.
    history, start
        What is known, and where this year stands.
    movements : array
        ``draw x measure x org x month x 2``, as `History.movements`; may cover fewer months.
    rng : numpy.random.Generator
        For the error of imputed starts.
    """
    draws = len(movements)
    base = np.stack([np.zeros_like(start.rate), to_logit(start.rate)], axis=-1)
    error = rng.standard_normal((draws, *start.spread.shape)) * start.spread
    levels = movements + (base + error)[:, :, :, None, :]
    eligible = np.rint(start.eligible[:, :, None] * np.exp(np.clip(levels[..., 0], -4, 4)))
    completed = np.rint(from_logit(levels[..., 1]) * eligible)
    # An imputed start is no floor: the province may have reported less.
    floor = np.where(start.reported, start.completed, 0.0)
    completed = np.maximum.accumulate(np.maximum(completed, floor[:, :, None]), axis=-1)
    eligible = np.maximum(eligible, completed)
    months = history.months[: movements.shape[3]]
    return Simulation(
        method,
        history.period,
        history.orgs,
        months,
        completed.astype(np.int64),
        eligible.astype(np.int64),
        tuple(org for org, late in zip(history.orgs, start.imputed, strict=True) if late),
    )
