"""Trend, season, calendar and named events of a monthly series by a structural model, with intervals."""

from __future__ import annotations

__all__ = ["StructuralResult", "fit_structure"]

import warnings
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import product
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from thads_analysis.trend.calendar import named_events
from thads_analysis.trend.design import Design, Floats, Reason, Scale, make_design

_YEAR = 12
_LEVEL_RATIOS = (0.0, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0)
_SEASON_RATIOS = (0.0, 0.003, 0.02, 0.1)
_CONFIDENCE = 0.95
_LEAST_NOISE, _STILL_VAGUE = 1e-12, 1e-10
# Order of the states: level, slope, eleven of the season, one for each effect.
_LEVEL, _SLOPE, _SEASON, _FIRST_EFFECT = 0, 1, 2, 13
_ESTIMATE = ["estimate", "low", "high"]
_BOUNDED = ("adjusted", "trend", "seasonal", "calendar")
_COMPONENTS = [
    "observed",
    *(name + suffix for name in _BOUNDED for suffix in ("", "_low", "_high")),
    "shock",
    "remainder",
]


@dataclass(frozen=True)
class StructuralResult:
    """A series taken apart by `fit_structure`, and how.

    Parameters
    ----------
    method : {"structural", "level", "none"}
        ``level``: the trend is the median, there is no season. ``none``: there was nothing to fit.
    reason : str
        Why it is not ``structural``, a key of `design.REASONS`; otherwise ``""``.
    scale : {"multiplicative", "additive"}
        Whether effects are fractions of the trend (``observed = trend x (1 + seasonal) x (1 + calendar)
        x (1 + shock) x (1 + remainder)``) or amounts in the unit of the series (their sum).
    first, last : pandas.Period or None
        First and last month that was fitted.
    months : int
        How many were: gaps and months of a break in definition are not.
    cut : str
        Break in definition before which less than a year was left, so that it was not used; or ``""``.
    left_out : tuple of str
        Effects that the figures could not tell from line, season and other effects.
    odd : tuple of pandas.Period
        Months whose figure no noise of the others' size explains, at most three: missing to the fit, and
        their distance in ``remainder``.
    warnings : tuple of str
        What the fit warned of, for the page to show.
    frame : DataFrame
        Index monthly, from the first to the last month of the series without holes; Float64 columns
        ``observed``; ``adjusted`` (without season and calendar) and ``trend`` (with the steps of breaks and
        mergers), unit of the series; ``seasonal, calendar, shock, remainder`` as ``scale`` says. ``adjusted,
        trend, seasonal, calendar`` have ``_low`` and ``_high`` of their 95 % intervals. Missing where the
        month was not used.
    season : DataFrame
        Index ``months`` (1 for October to 12 for September); columns ``estimate, low, high``: the season in
        the last twelve months of the fit.
    effects : DataFrame
        Index ``effect``: ``slope`` (a year), ``tet`` (the whole holiday in a month), ``working_day`` (one day
        more), and the named events; columns ``kind`` (``trend``, ``calendar``, or the event's), ``estimate,
        low, high`` and ``p_value`` of no effect.
    """

    method: Literal["structural", "level", "none"]
    reason: Reason
    scale: Scale
    first: pd.Period | None
    last: pd.Period | None
    months: int
    cut: str
    left_out: tuple[str, ...]
    odd: tuple[pd.Period, ...]
    warnings: tuple[str, ...]
    frame: pd.DataFrame = field(repr=False)
    season: pd.DataFrame = field(repr=False)
    effects: pd.DataFrame = field(repr=False)


@dataclass(frozen=True)
class _Posterior:
    """State of every month given all figures: mean (state, month), covariance (state, state, month)."""

    mean: Floats
    covariance: Floats
    free: int

    @property
    def reach(self) -> float:
        """Standard errors to each side of an interval."""
        from scipy import stats

        return float(stats.t.ppf((1 + _CONFIDENCE) / 2, self.free))

    def combine(self, weights: Floats, months: NDArray[np.int_]) -> tuple[Floats, Floats]:
        """Mean and standard error of sums of states: a row of weights and a month for each."""
        variance = np.einsum("ri,rj,ijr->r", weights, weights, self.covariance[:, :, months])
        error: Floats = np.sqrt(np.maximum(variance, 0))
        return np.einsum("ri,ir->r", weights, self.mean[:, months]), error


def fit_structure(series: pd.Series[Any]) -> StructuralResult:
    """Take a monthly series apart into trend, season, calendar, named events and remainder.

    Formula, on the scale that `design.make_design` chooses::

        value = level + season + tet x b1 + working_day x b2 + events x b3 + noise

    The level starts anywhere, has a fixed slope and may wander; the season sums to nothing over twelve
    months and may drift; each break and merger has a step, each shock a fall of its own. A state space
    model (`statsmodels` ``UnobservedComponents``) gives the components of every month. How far level
    and season move against the noise is not taken from one optimum: the components are averaged over a
    grid of both ratios, weighted by the restricted likelihood, so that not knowing the ratios is part of
    the intervals, and nothing has to converge.

    Parameters
    ----------
    series : Series
        Monthly PeriodIndex (see `calendar_index`), in any order, each month once; integers or floats, of
        the nation or a province. Absent and missing months are gaps and stay gaps.

    Returns
    -------
    StructuralResult

    Raises
    ------
    UsageError
        When the index is not one of months, or holds a month twice.
    DataError
        When ``tet.csv`` lacks a Tết of the series' years.

    See Also
    --------
    decompose_season : STL, without calendar, events and intervals.

    Notes
    -----
    Source: Harvey (1989), "Forecasting, Structural Time Series Models and the Kalman Filter"; exact diffuse
    start by Durbin and Koopman (2012), "Time Series Analysis by State Space Methods", chapter 5.
    Intervals are of 95 %, Student's t with the figures less the fixed effects as degrees of freedom. A
    step at a break in definition is what the figures differ by on its two sides; it does not say that
    the work has changed.
    """
    design = make_design(series)
    if design.reason:
        return _fall_back(design)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        posterior = _average(design)
    said = tuple(dict.fromkeys(f"{entry.category.__name__}: {entry.message}" for entry in caught))
    return StructuralResult(
        "structural",
        "",
        design.scale,
        design.values.index[0],
        design.values.index[-1],
        int(design.values.notna().sum()),
        design.cut,
        design.left_out,
        design.odd,
        said,
        _lay_out_components(design, posterior),
        _lay_out_season(design, posterior),
        _lay_out_effects(design, posterior),
    )


def _fall_back(design: Design) -> StructuralResult:
    """Carry the level where there is one, and nothing else."""
    known = design.values.dropna()
    parts = {"observed": design.observed}
    if len(known):
        parts |= {"trend": pd.Series(known.median(), known.index), "remainder": known - known.median()}
    return StructuralResult(
        "level" if len(known) else "none",
        design.reason,
        design.scale,
        known.index[0] if len(known) else None,
        known.index[-1] if len(known) else None,
        len(known),
        design.cut,
        (),
        (),
        (),
        pd.DataFrame(parts, design.observed.index, _COMPONENTS, dtype="Float64"),
        pd.DataFrame([], pd.Index([], name="months"), _ESTIMATE, dtype="Float64"),
        pd.DataFrame([], pd.Index([], name="effect"), [*_ESTIMATE, "p_value"], dtype="Float64").assign(
            kind=""
        ),
    )


def _average(design: Design) -> _Posterior:
    """Posterior over the grid of ratios."""
    from statsmodels.tsa.statespace.structural import UnobservedComponents

    values, effects = design.fitted, design.effects.to_numpy()
    model = UnobservedComponents(
        values,
        level="lldtrend",
        seasonal=_YEAR,
        exog=effects if effects.size else None,
        mle_regression=False,
        use_exact_diffuse=True,
    )
    free = int(np.isfinite(values).sum()) - model.k_states
    fits = []
    for ratios in product(_LEVEL_RATIOS, _SEASON_RATIOS):
        model.update(np.array([1.0, *ratios]))
        fits.append(_profile(model.ssm.smooth(), free))
    likelihoods = np.array([fit.likelihood for fit in fits])
    weights = np.exp(likelihoods - likelihoods.max())
    weights /= weights.sum()
    means = np.array([fit.mean for fit in fits])
    mean = np.einsum("g,git->it", weights, means)
    covariance = np.einsum("g,git,gjt->ijt", weights, means - mean, means - mean)
    for weight, fit in zip(weights, fits, strict=True):
        covariance += weight * fit.covariance
    return _Posterior(mean, covariance, free)


@dataclass(frozen=True)
class _Fit:
    """The states at one point of the grid, with the noise that fits best there."""

    likelihood: float
    mean: Floats
    covariance: Floats


def _profile(found: Any, free: int) -> _Fit:
    """Read a smoother's output for noise of variance 1; the best noise only scales covariances."""
    errors, spread = found.forecasts_error[0], found.forecasts_error_cov[0, 0]
    # While the start is still vague, a month may be used up to settle it; it says nothing of the noise.
    telling = np.isfinite(errors) & (found.forecasts_error_diffuse_cov[0, 0] <= _STILL_VAGUE)
    squares = float((errors[telling] ** 2 / spread[telling]).sum())
    noise = max(squares / free, _LEAST_NOISE)
    likelihood = float(found.llf) + squares / 2 - free / 2 * np.log(noise)
    return _Fit(likelihood, found.smoothed_state, noise * found.smoothed_state_cov)


def _weigh_states(effects: pd.DataFrame, chosen: Iterable[str], **parts: float) -> Floats:
    """Weights (month, state) that add up level and season, as far as asked for, and chosen effects."""
    weights = np.zeros((len(effects), _FIRST_EFFECT + len(effects.columns)))
    weights[:, _LEVEL], weights[:, _SEASON] = parts.get("level", 0), parts.get("season", 0)
    for name in chosen:
        at = list(effects.columns).index(name)
        weights[:, _FIRST_EFFECT + at] = effects[name]
    return weights


def _kinds(effects: pd.DataFrame) -> pd.Series[str]:
    """Kind of each effect: ``calendar``, or the kind of the event."""
    return named_events()["kind"].reindex(effects.columns).fillna("calendar")


def _lay_out_components(design: Design, posterior: _Posterior) -> pd.DataFrame:
    effects, kinds = design.effects, _kinds(design.effects)
    calendar = kinds.index[kinds == "calendar"]
    wanted = {
        "trend": _weigh_states(effects, kinds.index[kinds.isin(["break", "merger"])], level=1),
        "seasonal": _weigh_states(effects, [], season=1),
        "calendar": _weigh_states(effects, calendar),
        "moved": _weigh_states(effects, calendar, season=1),
        "shock": _weigh_states(effects, kinds.index[kinds == "shock"]),
    }
    values = design.values * design.spread + design.centre
    months = np.arange(len(effects))
    found: dict[str, pd.Series[float]] = {}
    for name, weights in wanted.items():
        middle, error = posterior.combine(weights, months)
        shift = design.centre if name == "trend" else 0.0
        for suffix, reach in (("", 0.0), ("_low", -posterior.reach), ("_high", posterior.reach)):
            part = (middle + reach * error) * design.spread + shift
            found[name + suffix] = pd.Series(part, effects.index).where(values.notna())
    for suffix, other in (("", ""), ("_low", "_high"), ("_high", "_low")):
        found["adjusted" + suffix] = values - found["moved" + other]
    found["remainder"] = found["adjusted"] - found["trend"] - found["shock"]
    if design.scale == "multiplicative":
        for name, logs in found.items():
            found[name] = logs.map(np.exp if name.startswith(("adjusted", "trend")) else np.expm1)
    return pd.DataFrame(
        found | {"observed": design.observed}, design.observed.index, _COMPONENTS, dtype="Float64"
    )


def _lay_out_season(design: Design, posterior: _Posterior) -> pd.DataFrame:
    effects = design.effects
    last = np.arange(len(effects))[-_YEAR:]
    found = posterior.combine(_weigh_states(effects, [], season=1)[last], last)
    months = (pd.PeriodIndex(effects.index[last]).month + 2) % _YEAR + 1
    return _estimates(design, posterior, found, pd.Index(months, name="months")).sort_index()


def _lay_out_effects(design: Design, posterior: _Posterior) -> pd.DataFrame:
    from scipy import stats

    kinds = {"slope": "trend"} | _kinds(design.effects).to_dict()
    weights = np.zeros((len(kinds), len(posterior.mean)))
    states = [_SLOPE, *range(_FIRST_EFFECT, len(posterior.mean))]
    weights[range(len(kinds)), states] = [_YEAR] + [1] * len(design.effects.columns)
    # They are the same in every month.
    found = posterior.combine(weights, np.zeros(len(kinds), dtype=int))
    frame = _estimates(design, posterior, found, pd.Index(list(kinds), name="effect"))
    middle, error = found
    frame["p_value"] = 2 * stats.t.sf(np.abs(middle) / error, posterior.free)
    return frame.assign(kind=list(kinds.values())).astype({"p_value": "Float64"})


def _estimates(
    design: Design, posterior: _Posterior, found: tuple[Floats, Floats], index: pd.Index[Any]
) -> pd.DataFrame:
    """Estimate with its interval: a fraction on the multiplicative scale, otherwise in the unit."""
    middle, error = found
    reach = posterior.reach * error
    frame = pd.DataFrame({"estimate": middle, "low": middle - reach, "high": middle + reach}, index)
    frame *= design.spread
    return (frame.map(np.expm1) if design.scale == "multiplicative" else frame).astype("Float64")
