"""Completions month by month: a season per working day, and the pace of the latest months."""

from __future__ import annotations

__all__ = ["Flows"]

from dataclasses import dataclass

import numpy as np
import pandas as pd

from thads_analysis.forecast.history import Array, History, build_history, to_logit
from thads_analysis.forecast.resample import average_years, learn_usual
from thads_analysis.forecast.usual_path import UsualPathFit
from thads_analysis.period import Period
from thads_analysis.trend import working_days

_MONTHS = 12
_FLOOR = 0.05
"""Part of a usual month added before the log: a month without completions is low, not minus infinity."""

_PEERS = 2.0
"""Years by which a province's season is drawn to that of all."""

_FADING = 0.8
"""What a month counts less than the next one in the latest pace."""


@dataclass(frozen=True)
class Flows:
    """Forecast each remaining month's completions, eligible as it usually moves.

    On ``log(completions a working day)``, Tết and the other public holidays not being working days,
    ``month = season of the month + carry x pace``. The season is the province's weighted mean of that
    month over past years, drawn to the profile of all provinces; the pace is how the latest twelve
    months departed from it, a month counting 0.8 of the next; the carry, one a measure, is the least
    squares slope of the rest of past years on their pace. A past year's departure from what this says
    of it gives bias and errors, as `resample.draw_errors` does.

    See Also
    --------
    pooled.Pooled : the rate's movement without the months in between.

    Notes
    -----
    A local level with a fixed season and exponential smoothing, one carry for all provinces: A. C. Harvey
    (1989), Forecasting, Structural Time Series Models and the Kalman Filter, chapters 2 and 4.
    """

    name: str = "flows"

    def fit(self, panel: pd.DataFrame, period: Period) -> UsualPathFit:
        """Learn season, pace and carry; see `history.build_history` for what is refused."""
        history = build_history(panel, period)
        moved, weights = history.movements(), history.past_weights
        start = history.start()
        usable = history.usable() * weights
        eligible = average_years(moved[..., :1], usable)[..., 0]
        completed = np.where(start.reported, history.completed[:, :, -1, period.months - 1], start.completed)
        before = np.concatenate(
            [history.completed[:, :, :-1, period.months - 1], completed[:, :, None]], axis=2
        )
        stock = np.concatenate(
            [history.eligible[:, :, :-1, period.months - 1], start.eligible[:, :, None]], axis=2
        )
        gained = np.cumsum(_forecast_months(history), axis=-1) if period.remaining_months else 0.0
        with np.errstate(divide="ignore", invalid="ignore"):
            now = np.clip(before / stock, 0, 1)[..., None]
            later = (before[..., None] + gained) / (stock[..., None] * np.exp(eligible)[:, :, None])
        said = to_logit(np.clip(later, 0, 1)) - to_logit(now)
        said = np.nan_to_num(np.broadcast_to(said, (*said.shape[:3], moved.shape[3])))
        # A past year's movement, less what the flows said of it, around what they say of this one.
        around = moved.copy()
        around[..., 1] += said[:, :, -1:] - said[:, :, :-1]
        return UsualPathFit(self.name, history, learn_usual(around, weights))


def _forecast_months(history: History) -> Array:
    """Completions of the remaining months: ``measure x org x year x month``, past years as if not known."""
    now = history.period.months
    flows = np.maximum(np.diff(history.completed, axis=-1, prepend=0.0), 0.0)
    usual = np.nan_to_num(np.nanmean(np.where(np.isfinite(flows), flows, 0.0), axis=(2, 3), keepdims=True))
    floor = np.maximum(_FLOOR * usual, 1e-9)
    days = _count_days(history)
    pace = np.log((flows + floor) / days)
    season = _find_season(pace[:, :, :-1], history.past_weights)
    departures = pace - season[:, :, None]
    latest = _smooth(departures, now)
    expected = np.exp(season[:, :, None, now:]) * days[:, now:]
    carry = _learn_carry(flows[..., now:] + floor, expected, latest, history.past_weights)
    found = expected * np.exp(carry[:, None, None] * latest)[..., None] - floor
    return np.asarray(np.maximum(found, 0.0))


def _count_days(history: History) -> Array:
    """Working days: ``year x month``."""
    first, last = history.years[0], history.years[-1]
    counted = working_days(Period(first, 1), Period(last, _MONTHS)).to_numpy(np.float64)
    places = np.array(history.years) - first
    return np.asarray(counted.reshape(-1, _MONTHS)[places])


def _find_season(pace: Array, weights: Array) -> Array:
    """Usual log pace of each month: ``measure x org x month``."""
    known = np.isfinite(pace)
    counted = known * weights[:, None]
    filled = np.where(known, pace, 0.0)
    total = counted.sum(axis=2)
    own = (counted * filled).sum(axis=2) / np.maximum(total, 1e-12)
    level = (counted * filled).sum(axis=(2, 3)) / np.maximum(counted.sum(axis=(2, 3)), 1e-12)
    relative = np.where(total > 0, own - level[..., None], 0.0)
    profile = (total * relative).sum(axis=1) / np.maximum(total.sum(axis=1), 1e-12)
    lean = _PEERS / (_PEERS + total)
    return np.asarray(level[..., None] + (1 - lean) * relative + lean * profile[:, None])


def _smooth(departures: Array, now: int) -> Array:
    """Latest departure from the season at the month: ``measure x org x year``; 0 where nothing is known."""
    joined = departures[..., :now]
    earlier = np.full((*departures.shape[:3], _MONTHS - now), np.nan)
    earlier[:, :, 1:] = departures[:, :, :-1, now:]
    window = np.concatenate([earlier, joined], axis=-1)
    known = np.isfinite(window)
    counts = known * _FADING ** np.arange(_MONTHS - 1, -1, -1)
    return np.asarray(
        (counts * np.where(known, window, 0.0)).sum(axis=-1) / np.maximum(counts.sum(axis=-1), 1e-12)
    )


def _learn_carry(flows: Array, expected: Array, latest: Array, weights: Array) -> Array:
    """Slope of the rest of past years on their latest pace, one a measure, from 0 to 1."""
    with np.errstate(divide="ignore", invalid="ignore"):
        rest = np.log(flows.sum(axis=-1) / expected.sum(axis=-1))[:, :, :-1]
    known = np.isfinite(rest)
    counted = known * weights
    past = latest[:, :, :-1]
    above = (counted * np.where(known, rest, 0.0) * past).sum(axis=(1, 2))
    below = (counted * past**2).sum(axis=(1, 2))
    return np.asarray(np.clip(above / np.maximum(below, 1e-12), 0.0, 1.0))
