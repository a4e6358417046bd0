"""Process charts of single values: limits from moving ranges, rules for special causes, verdicts."""

from __future__ import annotations

__all__ = ["FEWEST_POINTS", "RULES", "Chart", "assurance", "variation", "xmr"]

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Array = NDArray[np.float64]
Flags = NDArray[np.int64]

RULES = ("outside", "run", "two_of_three", "trend")
"""Rules for a special cause, the one that is named first where several hold."""

FEWEST_POINTS = 12
"""Limits from fewer points than these say little, and are not drawn."""

_REACH = 2.66  # 3 / d2, with d2 = 1.128 the mean range of two normal values
_RUN = 7
_TREND = 7


@dataclass(frozen=True)
class Chart:
    """Process charts of several series over the same times.

    Every frame has the index of the times and one column a series.

    Parameters
    ----------
    points : DataFrame
        The values; missing where there is none.
    centre, lower, upper : DataFrame
        Mean and natural process limits of each time's phase; missing where the phase has too few points.
    counted : DataFrame
        How many points the limits of the phase rest on; Int64.
    judged : DataFrame
        Whether a point is held against limits: it has a value, no known cause, and its phase has limits.
    signals : dict of str to DataFrame
        By rule of `RULES`: 1 where the point is part of a signal upwards, -1 downwards, else 0.
    """

    points: pd.DataFrame = field(repr=False)
    centre: pd.DataFrame = field(repr=False)
    lower: pd.DataFrame = field(repr=False)
    upper: pd.DataFrame = field(repr=False)
    counted: pd.DataFrame = field(repr=False)
    judged: pd.DataFrame = field(repr=False)
    signals: dict[str, pd.DataFrame] = field(repr=False)


def xmr(
    points: pd.DataFrame, *, phase: pd.Series[int] | None = None, known_cause: pd.Series[bool] | None = None
) -> Chart:
    """Draw up process charts (XmR) of single values.

    Formula, within one phase: ``centre = mean(x)``, ``limits = centre ± 2.66 mean|x(t) - x(t-1)|``; sigma is
    a third of that reach. Moving ranges are taken between neighbours that both have a value. A phase needs
    `FEWEST_POINTS` of them; limits change from phase to phase and never within one. Signals, all
    within one phase and without a gap:

    - ``outside``: one point beyond a limit;
    - ``run``: seven points or more in a row on one side of the centre;
    - ``two_of_three``: of three points in a row two beyond two sigma, on the same side;
    - ``trend``: seven points or more, each above the one before, or each below it.

    Parameters
    ----------
    points : DataFrame
        One row a time in order, without a time left out; one column a series; missing where none.
    phase : Series, optional
        Index of `points`: number of the phase, which changes at named breaks; one phase without it.
    known_cause : Series, optional
        Index of `points`: times whose cause is known. They are shown, and count neither for limits nor
        for signals.

    Returns
    -------
    Chart

    Notes
    -----
    Source: Wheeler and Chambers (1992), "Understanding Statistical Process Control"; rules as in the
    "Making data count" charts of NHS England. When values are independent and normal, limits known,
    a point is outside by chance in 0.27 % of the times, seven points end a run in 1.56 %, two of three are
    beyond two sigma in 0.31 %, seven points follow a trend in 0.04 %. Months that depend on one another
    signal more often.

    Examples
    --------
    >>> chart = xmr(pd.DataFrame({"x": [1.0, 2.0] * 6}))
    >>> float(chart.centre["x"].iloc[0]), float(chart.upper["x"].iloc[0])
    (1.5, 4.16)
    """
    times = np.arange(len(points))
    phases = np.zeros(len(points), int) if phase is None else phase.to_numpy()
    values = points.to_numpy(np.float64, na_value=np.nan, copy=True)
    judged = values.copy()
    if known_cause is not None:
        judged[known_cause.to_numpy(bool)] = np.nan
    centre, reach = np.full_like(values, np.nan), np.full_like(values, np.nan)
    counted = np.zeros(values.shape, np.int64)
    for number in np.unique(phases):
        rows = times[phases == number]
        part = judged[rows]
        known = np.isfinite(part)
        many = known.sum(axis=0)
        ranges = np.abs(np.diff(part, axis=0))
        pairs = np.isfinite(ranges).sum(axis=0)
        enough = (many >= FEWEST_POINTS) & (pairs > 0)
        mean = np.divide(np.nansum(part, axis=0), many, where=enough, out=np.full(len(many), np.nan))
        spread = np.divide(np.nansum(ranges, axis=0), pairs, where=enough, out=np.full(len(many), np.nan))
        centre[rows], reach[rows], counted[rows] = mean, _REACH * spread, many
    judged[~np.isfinite(centre)] = np.nan
    signals = _find_signals((judged - centre), reach, phases)

    def framed(array: Any) -> pd.DataFrame:
        return pd.DataFrame(array, index=points.index, columns=points.columns)

    return Chart(
        framed(values),
        framed(centre),
        framed(centre - reach),
        framed(centre + reach),
        framed(counted).astype("Int64"),
        framed(np.isfinite(judged)),
        {rule: framed(signals[rule]) for rule in RULES},
    )


def _find_signals(away: Array, reach: Array, phases: NDArray[Any]) -> dict[str, Flags]:
    """Flag the points of every rule: 1 upwards, -1 downwards."""
    linked = np.isfinite(away)
    linked[1:] &= np.isfinite(away[:-1]) & (phases[1:] == phases[:-1])[:, None]
    linked[:1] = False
    side = np.nan_to_num(np.sign(away)).astype(np.int64)
    step = np.zeros_like(side)
    step[1:] = np.where(linked[1:], np.sign(np.diff(np.nan_to_num(away), axis=0)), 0)
    far = side * (np.nan_to_num(np.abs(away)) > np.nan_to_num(reach, nan=np.inf) * 2 / 3)
    return {
        "outside": side * (np.nan_to_num(np.abs(away)) > np.nan_to_num(reach, nan=np.inf)),
        "run": _find_runs(side, linked, _RUN),
        "two_of_three": _find_two_of_three(far, linked),
        "trend": _find_trends(step, _TREND),
    }


def _find_runs(direction: Flags, linked: NDArray[np.bool_], least: int) -> Flags:
    """Flag every point of a stretch of at least so many linked points of one direction."""
    length = (direction != 0).astype(np.int64)
    for t in range(1, len(direction)):
        goes_on = linked[t] & (direction[t] == direction[t - 1]) & (direction[t] != 0)
        length[t] += np.where(goes_on, length[t - 1], 0)
    whole = length >= least
    for t in range(len(direction) - 2, -1, -1):
        whole[t] |= whole[t + 1] & (length[t + 1] == length[t] + 1) & (length[t] > 0)
    return np.asarray(direction * whole)


def _find_trends(step: Flags, least: int) -> Flags:
    """Flag every point of a stretch of at least so many points that each go one way."""
    always = np.ones(step.shape, bool)
    steps = _find_runs(step, always, least - 1)
    found = steps.copy()
    # The point from which the first step was taken belongs to the trend.
    starts = (found[:-1] == 0) & (steps[1:] != 0)
    found[:-1] = np.where(starts, steps[1:], found[:-1])
    return found


def _find_two_of_three(far: Flags, linked: NDArray[np.bool_]) -> Flags:
    """Flag the far points of every three linked points of which two are far on the same side."""
    found = np.zeros_like(far)
    for t in range(2, len(far)):
        together = linked[t] & linked[t - 1]
        for way in (1, -1):
            window = far[t - 2 : t + 1] == way
            signal = together & (window.sum(axis=0) >= 2)
            found[t - 2 : t + 1] = np.where(window & signal, way, found[t - 2 : t + 1])
    return found


def variation(chart: Chart) -> pd.DataFrame:
    """Say of each series whether its last time is part of a special cause, and of which.

    Returns
    -------
    DataFrame
        Index: the series; columns ``verdict`` (``improving`` when the signal is upwards, ``worsening``
        downwards, ``common`` when there is none, ``short`` when the phase has too few points for limits,
        ``missing`` when the last time has no value to judge), ``rule`` (the first of `RULES` that holds,
        else ``""``), ``value, centre, lower, upper`` of the last time and ``counted`` points.
    """
    last = pd.DataFrame(
        {
            "value": chart.points.iloc[-1],
            "centre": chart.centre.iloc[-1],
            "lower": chart.lower.iloc[-1],
            "upper": chart.upper.iloc[-1],
            "counted": chart.counted.iloc[-1],
        }
    )
    flags = np.array([chart.signals[rule].iloc[-1].to_numpy() for rule in RULES])
    first = (flags != 0).argmax(axis=0)
    way = np.take_along_axis(flags, first[None], axis=0)[0]
    verdict = np.select(
        [last["value"].isna(), last["centre"].isna(), way > 0, way < 0],
        ["missing", "short", "improving", "worsening"],
        "common",
    )
    rule = np.where(np.isin(verdict, ["improving", "worsening"]), np.array(RULES)[first], "")
    found = pd.DataFrame({"verdict": verdict, "rule": rule}, index=last.index)
    return pd.concat([found, last], axis=1)


def assurance(lower: float | None, upper: float | None, target: float | None) -> str:
    """Say whether a target is met if nothing changes.

    Parameters
    ----------
    lower, upper : float
        Ends of the interval in which the year's rate will lie if nothing changes; missing if unknown.
    target : float
        Met when the rate is strictly above it; missing if there is none.

    Returns
    -------
    str
        ``will_hit`` when the whole interval is above the target, ``will_miss`` when none of it is,
        ``may_hit`` otherwise; ``no_target`` or ``unknown`` when there is nothing to compare.

    Examples
    --------
    >>> assurance(0.80, 0.86, 0.825), assurance(0.83, 0.86, 0.825), assurance(0.78, 0.825, 0.825)
    ('may_hit', 'will_hit', 'will_miss')
    """
    if pd.isna(target):
        return "no_target"
    if pd.isna(lower) or pd.isna(upper):
        return "unknown"
    if lower > target:
        return "will_hit"
    return "may_hit" if upper > target else "will_miss"
