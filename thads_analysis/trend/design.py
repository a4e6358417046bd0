"""A monthly series made ready for a model: which months, on which scale, beside which known effects."""

from __future__ import annotations

__all__ = [
    "MINIMUM_MONTHS",
    "REASONS",
    "Design",
    "Floats",
    "Reason",
    "Scale",
    "fixed_columns",
    "lay_on_months",
    "make_design",
    "wander",
]

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from thads_analysis.errors import UsageError
from thads_analysis.glossary import N_
from thads_analysis.trend.calendar import breaks, calendar_effects, event_effects

MINIMUM_MONTHS = 24
"""Two years of figures: with less, a season cannot be told from what happened once."""

REASONS = MappingProxyType(
    {
        "short": N_("chỉ có {months} tháng dùng được, không đủ 24 tháng để tách mùa vụ"),
        "unseen": N_("có tháng trong năm chưa bao giờ có số liệu nên chưa tách được mùa vụ"),
        "constant": N_("chuỗi không thay đổi nên không có mùa vụ để tách"),
        "empty": N_("không có số liệu"),
    }
)
"""Why a series is not taken apart, as a page says it; ``{months}`` is the number of months at hand."""

Reason = Literal["", "short", "unseen", "constant", "empty"]
Scale = Literal["multiplicative", "additive"]
Floats = NDArray[np.float64]

_YEAR = 12
_RATIOS = (0.0, 0.03, 0.3)
_FAVOUR = 1.0
_ODD_CHANCE = 0.01
_MOST_ODD = 3
_LEAST_NEW, _LEAST_NOISE = 1e-8, 1e-12


@dataclass(frozen=True)
class Design:
    """What a model of a series is fitted to.

    Parameters
    ----------
    observed : Series
        The series on all months from its first to its last, float64, its own unit.
    values : Series
        The figures on the model's scale, centred and of spread 1: from the first to the last that can be
        used, missing in gaps and in the month of a break, whose flow is a difference between two
        definitions.
    scale : {"multiplicative", "additive"}
        Whether ``values`` are logarithms.
    centre, spread : float
        ``values x spread + centre`` is the series or its logarithm.
    effects : DataFrame
        Index as ``values``: ``tet, working_day`` and the named events inside, as far as the figures can
        tell each from line, season and the ones before it.
    left_out : tuple of str
        Those that they cannot tell.
    odd : tuple of pandas.Period
        Months whose figure no noise of the others' size explains, at most three; to be left out of a fit.
    cut : str
        Break before which too little was left to be used; ``""`` for none.
    reason : str
        Why nothing can be fitted (a key of `REASONS`), or ``""``.
    """

    observed: pd.Series[float] = field(repr=False)
    values: pd.Series[float] = field(repr=False)
    scale: Scale
    centre: float
    spread: float
    effects: pd.DataFrame = field(repr=False)
    left_out: tuple[str, ...]
    odd: tuple[pd.Period, ...]
    cut: str
    reason: Reason

    @property
    def months(self) -> pd.PeriodIndex:
        """The months of ``values``."""
        return pd.PeriodIndex(self.values.index)

    @property
    def fitted(self) -> Floats:
        """The values without the odd ones."""
        return np.asarray(self.values.mask(self.values.index.isin(self.odd)), dtype=np.float64)

    @property
    def columns(self) -> Floats:
        """Line, fixed season and known effects, a row for each month; see `fixed_columns`."""
        return fixed_columns(self.months, self.effects)


def make_design(series: pd.Series[Any]) -> Design:
    """Choose months, scale and known effects for a monthly series.

    A break in definition stays inside, with a step of its own, when a year of figures lies before it;
    otherwise the series starts after it. The scale is logarithmic when every figure is positive, unless
    the logarithm of the likelihood (line, season, known effects; noise round a level that may wander) is
    higher without by more than 1: the choice of X-13ARIMA-SEATS, whose AICC favours logarithms by 2.

    Parameters
    ----------
    series : Series
        Monthly PeriodIndex, in any order, each month once; integers or floats. Absent and missing
        months are gaps.

    Returns
    -------
    Design

    Raises
    ------
    UsageError
        When the index is not one of months, or holds a month twice.
    """
    observed = lay_on_months(series)
    values, cut = _choose_months(observed)
    reason = _find_reason(values)
    if reason:
        return Design(
            observed, values, "additive", 0.0, 1.0, pd.DataFrame(index=values.index), (), (), cut, reason
        )
    effects, left_out = _choose_effects(values)
    scale: Scale = "additive"
    if (values.dropna() > 0).all():
        logs = values.map(np.log, na_action="ignore")
        # Over their geometric mean the figures change scale without a term of their own, in any unit.
        without = _fit_noise(values / np.exp(logs.mean()), effects)[0]
        if _fit_noise(logs, effects)[0] >= without - _FAVOUR:
            scale, values = "multiplicative", logs
    centre, spread = float(values.median()), float(values.std())
    values = (values - centre) / spread
    odd = _find_odd(values, effects)
    return Design(observed, values, scale, centre, spread, effects, left_out, odd, cut, "")


def lay_on_months(series: pd.Series[Any]) -> pd.Series[float]:
    """Lay a series on all months from its first to its last; what is absent is missing.

    Raises
    ------
    UsageError
        When the index is not one of months, or holds a month twice.
    """
    index = series.index
    if not isinstance(index, pd.PeriodIndex) or index.freqstr != "M":
        message = f"A season needs a series by calendar month, not {type(index).__name__}; use calendar_index"
        raise UsageError(message)
    if index.has_duplicates:
        twice = index[index.duplicated()][0]
        message = f"A season needs each month once; {twice} stands twice. Pass the series of one organisation"
        raise UsageError(message)
    whole = index if index.empty else pd.period_range(index.min(), index.max(), freq="M")
    return series.astype("Float64").reindex(whole).astype("float64")


def fixed_columns(months: pd.PeriodIndex, effects: pd.DataFrame) -> Floats:
    """Line, fixed season (eleven contrasts that sum to nothing over a year) and known effects."""
    n = len(months)
    season = np.eye(_YEAR)[months.month - 1]
    line = np.column_stack([np.ones(n), np.arange(n) / n])
    return np.column_stack([line, season[:, :-1] - season[:, -1:], effects.to_numpy(float)])


def wander(known: NDArray[np.bool_], ratio: float) -> Floats:
    """Square root of the covariance of noise round a wandering level, at the known months.

    Noise has variance 1 in each month, the level moves from month to month by steps of variance
    ``ratio``; lower triangular.
    """
    at = np.flatnonzero(known).astype(float)
    root: Floats = np.linalg.cholesky(np.eye(len(at)) + ratio * np.minimum.outer(at, at))
    return root


def _choose_months(observed: pd.Series[float]) -> tuple[pd.Series[float], str]:
    """Leave out the months of breaks, and what lies before one that has less than a year before it."""
    definitions = breaks()
    inside = definitions[definitions.index.isin(observed.index)]
    values, cut = observed.where(~observed.index.isin(inside.index)), ""
    for month, event in inside.items():
        if 0 < values.loc[values.index < month].count() < _YEAR:
            values, cut = values.loc[values.index > month], str(event)
    if values.notna().any():
        values = values.loc[values.first_valid_index() : values.last_valid_index()]
    return values, cut


def _find_reason(values: pd.Series[float]) -> Reason:
    known = values.dropna()
    if known.empty:
        return "empty"
    if len(known) < MINIMUM_MONTHS:
        return "short"
    if known.nunique() == 1:
        return "constant"
    return "unseen" if pd.PeriodIndex(known.index).month.nunique() < _YEAR else ""


def _choose_effects(values: pd.Series[float]) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Keep the effects, in order, that add something of their own at the known months."""
    months = pd.PeriodIndex(values.index)
    found = pd.concat([calendar_effects(months), event_effects(months)], axis="columns")
    known = values.notna().to_numpy()
    kept: list[str] = []
    for name in found:
        basis, _ = np.linalg.qr(fixed_columns(months, found[kept])[known])
        own = found[name].to_numpy()[known]
        rest = own - basis @ (basis.T @ own)
        if rest @ rest > _LEAST_NEW * known.sum():
            kept.append(str(name))
    return found[kept], tuple(str(name) for name in found if name not in kept)


def _fit_noise(values: pd.Series[float], effects: pd.DataFrame) -> tuple[float, Floats]:
    """Restricted log-likelihood at the best of a few ratios of wandering to noise, and its residuals.

    A month's residual is its distance from what the other months say of it, in standard errors that
    the month itself has helped to estimate; missing where no other month says anything.
    """
    known = values.notna().to_numpy()
    columns = fixed_columns(pd.PeriodIndex(values.index), effects)[known]
    free, best, residuals = len(columns) - columns.shape[1], -np.inf, np.empty(0)
    for ratio in _RATIOS:
        root = np.linalg.inv(wander(known, ratio))
        basis, upper = np.linalg.qr(root @ columns)
        clear = root - basis @ (basis.T @ root)
        rest = clear @ values.to_numpy()[known]
        noise = max(float(rest @ rest) / free, _LEAST_NOISE)
        volume = np.log(np.abs(np.diag(upper))).sum() - np.log(np.diag(root)).sum()
        likelihood = float(-free / 2 * np.log(noise) - volume)
        if likelihood > best:
            own = (clear**2).sum(axis=0)
            own[own < _LEAST_NEW] = np.nan
            best, residuals = likelihood, clear.T @ rest / np.sqrt(noise * own)
    laid_out = np.full(len(values), np.nan)
    laid_out[known] = residuals
    return best, laid_out


def _find_odd(values: pd.Series[float], effects: pd.DataFrame) -> tuple[pd.Period, ...]:
    """Set the oddest month aside and look again, while it is too odd for chance (Bonferroni)."""
    from scipy import stats

    left = values.copy()
    while len(odd := values.index[values.notna() & left.isna()]) < _MOST_ODD:
        _, residuals = _fit_noise(left, effects)
        free = left.notna().sum() - fixed_columns(pd.PeriodIndex(left.index), effects).shape[1]
        squares = np.minimum(residuals**2, free * (1 - _LEAST_NEW))
        distance = np.sqrt(squares * (free - 1) / (free - squares))
        chance = 2 * stats.t.sf(distance, free - 1) * left.notna().sum()
        if not np.nanmin(chance) < _ODD_CHANCE:
            break
        left.iloc[int(np.nanargmin(chance))] = np.nan
    return tuple(odd)
