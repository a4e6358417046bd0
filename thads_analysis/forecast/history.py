"""What was known at a period, as arrays: how past years went on, and where this year stands."""

from __future__ import annotations

__all__ = ["History", "Start", "build_history", "from_logit", "to_logit"]

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from thads_analysis.errors import DataError
from thads_analysis.forecast.breaks import year_weights
from thads_analysis.glossary import MEASURES
from thads_analysis.metrics.logit import from_logit, to_logit
from thads_analysis.org import provinces
from thads_analysis.period import Period

Array = NDArray[np.float64]

_MONTHS = 12
_MAD = 1.4826  # median absolute deviation to standard deviation, for normal errors


@dataclass(frozen=True)
class Start:
    """Where each measure and organisation stands at the period: arrays ``measure x org``.

    ``spread`` (``measure x org x 2``) is the standard error of an imputed start, on the log of
    eligible and on the logit of the rate; zero where the figures were reported. ``reasons`` says of
    (org, measure) why its start is imputed, or why it has none.
    """

    completed: Array
    eligible: Array
    reported: NDArray[np.bool_]
    spread: Array
    reasons: dict[tuple[str, str], str]

    @property
    def rate(self) -> Array:
        """Completion rate from 0 to 1; 0 where nothing is eligible."""
        eligible = np.where(self.eligible > 0, self.eligible, np.inf)
        return np.asarray(np.clip(self.completed / eligible, 0, 1))

    @property
    def imputed(self) -> NDArray[np.bool_]:
        """Organisations of which a start is imputed, in one measure at least."""
        return np.asarray((~self.reported & (self.eligible > 0)).any(axis=0))


@dataclass(frozen=True)
class History:
    """Cumulative figures known at a period, one cell a measure, organisation, year and month.

    Parameters
    ----------
    period : Period
        The period at which the forecast is made; nothing later is held.
    orgs : tuple of str
        Keys of the provinces, sorted.
    years : tuple of int
        Past fiscal years, then the current one.
    completed, eligible : array
        ``measure x org x year x month`` (12 months), NaN where unknown.
    weights : DataFrame
        What each past year counts; see `breaks.year_weights`.
    absent : tuple of str
        Provinces of the list in force of which the panel holds nothing.
    """

    period: Period
    orgs: tuple[str, ...]
    years: tuple[int, ...]
    completed: Array = field(repr=False)
    eligible: Array = field(repr=False)
    weights: pd.DataFrame = field(repr=False)
    absent: tuple[str, ...]

    @property
    def measures(self) -> tuple[str, ...]:
        """The measures, in the order of the arrays."""
        return tuple(MEASURES)

    @property
    def months(self) -> tuple[int, ...]:
        """The months to forecast; the twelfth alone when the year is over."""
        return tuple(range(self.period.months + 1, _MONTHS + 1)) or (_MONTHS,)

    @property
    def past_weights(self) -> Array:
        """Weights of the past years as an array."""
        return self.weights["weight"].to_numpy(np.float64)

    def rates(self) -> Array:
        """Completed over eligible, from 0 to 1: ``measure x org x year x month``; NaN where unknown."""
        known = (self.eligible > 0) & (self.completed >= 0)
        eligible = np.where(known, self.eligible, np.nan)
        return np.asarray(np.clip(self.completed / eligible, 0, 1))

    def levels(self) -> Array:
        """Log of eligible and logit of the rate: ``measure x org x year x month x 2``."""
        rates = self.rates()
        eligible = np.where(np.isfinite(rates), self.eligible, np.nan)
        return np.stack([np.log(eligible), to_logit(rates)], axis=-1)

    def movements(self) -> Array:
        """How far past years moved from this month to each remaining one.

        Returns
        -------
        array
            ``measure x org x past year x remaining month x 2``: change of the log of eligible and of
            the logit of the rate. NaN for a year without this month or without its twelfth month; a
            month missing in between lies on the straight line.
        """
        levels = self.levels()[:, :, :-1]
        now = self.period.months - 1
        window = levels[:, :, :, now:].copy()
        usable = np.isfinite(window[..., [0, -1], :]).all(axis=(-1, -2))
        window[~usable] = np.nan
        steps = np.arange(window.shape[3])
        holes = usable & ~np.isfinite(window).all(axis=(-1, -2))
        for cell in zip(*np.nonzero(holes), strict=True):
            for side in range(2):
                line = window[cell][:, side]
                known = np.isfinite(line)
                window[cell][:, side] = np.interp(steps, steps[known], line[known])
        moved = window - window[:, :, :, :1]
        return np.asarray(moved[:, :, :, 1:] if self.period.months < _MONTHS else moved)

    def usable(self) -> NDArray[np.bool_]:
        """Past years whose movement is known: ``measure x org x past year``."""
        return np.asarray(np.isfinite(self.movements()).all(axis=(-1, -2)))

    def past_completions(self) -> Array:
        """Cases or đồng completed in each remaining month of past years: ``measure x org x year x month``."""
        now = self.period.months
        return np.diff(self.completed[:, :, :-1, now - 1 :], axis=-1)

    def start(self) -> Start:
        """Where this year stands; a province without the period's figures is imputed from its peers.

        The imputed start is the province's latest known figures moved as the median of its peers moved
        between the same two points; its error is their robust spread.
        """
        levels = self.levels()
        now = self.period.months - 1
        completed, eligible = self.completed[:, :, -1, now].copy(), self.eligible[:, :, -1, now].copy()
        reported = np.isfinite(completed) & np.isfinite(eligible)
        spread = np.zeros((*completed.shape, 2))
        reasons: dict[tuple[str, str], str] = {}
        for m, o in zip(*np.nonzero(~reported), strict=True):
            found = self._impute(levels[m], int(o))
            key = (self.orgs[o], self.measures[m])
            if found is None:
                completed[m, o] = eligible[m, o] = 0
                reasons[key] = f"no figures for {self.period} and none earlier; left out of the national sum"
                continue
            level, spread[m, o], since = found
            eligible[m, o] = np.rint(np.exp(level[0]))
            completed[m, o] = np.rint(from_logit(level[1]) * eligible[m, o])
            reasons[key] = f"no figures for {self.period}; imputed from {since} by the movement of the others"
        for m, o in zip(*np.nonzero(reported & (eligible <= 0)), strict=True):
            reasons[self.orgs[o], self.measures[m]] = f"nothing eligible in {self.period}"
        return Start(completed, eligible, reported, spread, reasons)

    def _impute(self, levels: Array, org: int) -> tuple[Array, Array, Period] | None:
        """Level now, its standard error, and the period from which it was carried."""
        last = (len(self.years) - 1, self.period.months - 1)
        peers_now = levels[:, last[0], last[1]]
        known = np.argwhere(np.isfinite(levels[org]).all(axis=-1))
        for year, month in known[::-1]:
            moved = peers_now - levels[:, year, month]
            moved = moved[np.isfinite(moved).all(axis=-1)]
            if len(moved):
                middle = np.median(moved, axis=0)
                spread = _MAD * np.median(np.abs(moved - middle), axis=0)
                return levels[org, year, month] + middle, spread, Period(self.years[year], int(month) + 1)
        return None


def build_history(panel: pd.DataFrame, period: Period) -> History:
    """Arrange what a panel says up to a period; later rows are left aside.

    Parameters
    ----------
    panel : DataFrame
        Index ``org, fiscal_year, months``, in any order; columns ``measure, item``.
    period : Period
        Provinces are those of the list in force at its end.

    Raises
    ------
    DataError
        When no province has figures for the period, or none has a complete earlier year.
    """
    index = panel.index
    year, month = (index.get_level_values(level).to_numpy(np.int64) for level in ("fiscal_year", "months"))
    key = index.get_level_values("org").astype(str)
    kept = key.str.startswith(f"{period.org_regime}:")
    kept &= (year < period.fiscal_year) | ((year == period.fiscal_year) & (month <= period.months))
    held = panel[kept]
    orgs = tuple(sorted(set(key[kept])))
    years = (*sorted(set(year[kept]) - {period.fiscal_year}), period.fiscal_year)
    place = (
        np.searchsorted(np.array(orgs), key[kept].to_numpy()) if orgs else np.empty(0, int),
        np.searchsorted(np.array(years), year[kept]),
        month[kept] - 1,
    )
    cubes = {}
    for item in ("completed", "eligible"):
        cube = np.full((len(MEASURES), len(orgs), len(years), _MONTHS), np.nan)
        for m, measure in enumerate(MEASURES):
            cube[m][place] = held[measure, item].to_numpy(np.float64, na_value=np.nan)
        cubes[item] = cube
    history = History(
        period,
        orgs,
        tuple(int(y) for y in years),
        cubes["completed"],
        cubes["eligible"],
        year_weights(period, [int(y) for y in years[:-1]]),
        tuple(org.key for org in provinces(period.org_regime) if org.key not in set(orgs)),
    )
    _check_history(history)
    return history


def _check_history(history: History) -> None:
    period = history.period
    now = np.isfinite(history.levels()[:, :, -1, period.months - 1]).all(axis=-1)
    if not now.any():
        message = (
            f"No province of the list of {period.org_regime} has completed and eligible for {period}; "
            "a forecast starts from that period's figures. Ingest them, or name an earlier period"
        )
        raise DataError(message)
    if not np.isfinite(history.movements()).any():
        have = ", ".join(str(year) for year in history.years[:-1]) or "none"
        message = (
            f"No earlier year has both its month {period.months} and its month 12 (years held: {have}); "
            f"a forecast at {period} needs at least one. Ingest an earlier year's figures"
        )
        raise DataError(message)
