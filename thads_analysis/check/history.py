"""Rules on a panel against its own past: robust, and silent where the past is short."""

from __future__ import annotations

__all__ = ["outside_history", "reclassification"]

import math
import warnings
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from thads_analysis.check.findings import Finding
from thads_analysis.check.view import Array, Cell, View, show
from thads_analysis.glossary import MEASURES
from thads_analysis.locale import Locale
from thads_analysis.org import NATION

_LEAST_YEARS = 4
_LEAST_PEERS = 10
_FAR = 6.0  # robust standard deviations
_FAR_MOVE = 8.0
_LEAST_MOVE = 0.05  # of due: a smaller reclassification changes no rate that anybody would ask about
_LEAST_FACTOR = math.log(1.5)
_SLIP = math.log(250)  # left to flows.slipped_unit
_MAD = 1.4826  # median absolute deviation to standard deviation, for normal errors
_PAD = 1e-3

_RATES = {"completion_rate": ("completed", "eligible"), "eligible_share": ("eligible", "due")}
_LEVELS = ("due", "new", "completed")


def _to_logit(share: Array) -> Array:
    clipped = np.clip(share, 0, 1)
    return np.asarray(np.log((clipped + _PAD) / (1 - clipped + _PAD)))


def _from_logit(value: Array | float) -> Array:
    share = 1 / (1 + np.exp(-np.asarray(value)))
    return np.asarray(np.clip(share * (1 + 2 * _PAD) - _PAD, 0, 1))


def _divide(part: Array, whole: Array) -> Array:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(whole > 0, part / whole, np.nan)


def _take_log(cube: Array) -> Array:
    return np.log(np.where(cube > 0, cube, np.nan))


def _median(values: Array, axis: int) -> Array:
    """Median of what is known along an axis, kept as one place; NaN where nothing is."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "All-NaN", RuntimeWarning)
        return np.asarray(np.nanmedian(values, axis=axis, keepdims=True))


@dataclass(frozen=True)
class _Standing:
    """How far each cell stands from where the unit's own past and its peers put it.

    ``expected`` is on the scale of the values; ``score`` in robust standard deviations, NaN where the
    past is shorter than four years.
    """

    expected: Array
    score: Array


def _compare(values: Array, peers: np.ndarray) -> _Standing:
    """Stand each cell against the same month of earlier years.

    Formula: deviation = value - median of the peers in that period; score = (deviation - median of
    the unit's earlier deviations) / (max(its MAD, the peers' usual MAD) x (1 + 2 / years)). Taking the
    peers' median off removes what moved the whole country, such as a new circular or a lockdown; the
    peers' usual spread stands in where a few years make the unit's own look too small, and the last
    factor keeps four years from speaking as loudly as ten.
    """
    middle = _median(np.where(peers[:, None, None], values, np.nan), axis=0)
    if peers.sum() < _LEAST_PEERS:
        middle = np.zeros_like(middle)
    deviation = values - middle
    expected, score = np.full_like(values, np.nan), np.full_like(values, np.nan)
    for year in range(_LEAST_YEARS, values.shape[1]):
        past = deviation[:, :year]
        known = np.isfinite(past).sum(axis=1)
        usual = _median(past, axis=1)
        spread = _MAD * _median(np.abs(past - usual), axis=1)[:, 0]
        pooled = _median(np.where(peers[:, None], spread, np.nan), axis=0)
        scale = np.fmax(spread, pooled) * (1 + 2 / np.maximum(known, 1))
        expected[:, year] = usual[:, 0] + middle[:, year]
        with np.errstate(divide="ignore", invalid="ignore"):
            standing = (deviation[:, year] - usual[:, 0]) / scale
        score[:, year] = np.where((known >= _LEAST_YEARS) & (scale > 0), standing, np.nan)
    return _Standing(expected, score)


def _find_peers(view: View) -> np.ndarray:
    return np.array([org != NATION.key for org in view.orgs])


def outside_history(view: View, say: Locale) -> Iterator[Finding]:
    """Rates, shares and levels far outside the unit's own same-month history.

    Rates and shares on the logit scale, levels on the logarithm, by `_compare`; beyond 6 robust
    standard deviations, levels also beyond a factor of 1.5. At least four earlier years.
    """
    peers = _find_peers(view)
    for measure in MEASURES:
        levels = {
            item: _compare(_take_log(view.cube(measure, item)), peers) for item in (*_LEVELS, "eligible")
        }
        for rate, (part, whole) in _RATES.items():
            shares = _divide(view.cube(measure, part), view.cube(measure, whole))
            standing = _compare(_to_logit(shares), peers)
            for cell in view.cells(np.abs(standing.score) > _FAR):
                expected = float(_from_logit(standing.expected[cell]))
                yield view.finding(
                    cell,
                    measure,
                    rate,
                    round(100 * shares[cell], 2),
                    round(100 * expected, 2),
                    say.text(
                        "{item} {found} khác xa các năm trước của đơn vị cùng kỳ; dự kiến khoảng {expected}",
                        item=say.term(rate),
                        found=say.percent(shares[cell]),
                        expected=say.percent(expected),
                    ),
                    _explain_rate(levels[part], levels[whole], cell, part, whole, say),
                )
        for item in _LEVELS:
            values, standing = view.cube(measure, item), levels[item]
            with np.errstate(invalid="ignore", divide="ignore"):
                away = np.abs(_take_log(values) - standing.expected)
                far = (np.abs(standing.score) > _FAR) & (away > _LEAST_FACTOR) & (away < _SLIP)
            for cell in view.cells(far):
                level = math.exp(standing.expected[cell])
                ratio = values[cell] / level
                yield view.finding(
                    cell,
                    measure,
                    item,
                    values[cell],
                    round(level),
                    say.text(
                        "{item} {found} khác xa các năm trước của đơn vị cùng kỳ; dự kiến khoảng {expected}",
                        item=say.term(item),
                        found=show(values[cell], measure, say),
                        expected=show(round(level, -6 if measure == "money" else 0), measure, say),
                    ),
                    say.text("Chênh khoảng 10 lần: có thể thừa hoặc thiếu một chữ số")
                    if 7 < max(ratio, 1 / ratio) < 14
                    else "",
                )


def _explain_rate(
    part: _Standing, whole: _Standing, cell: Cell, part_item: str, whole_item: str, say: Locale
) -> str:
    """Say which of numerator and denominator is the unusual one, when one is."""
    scores = {part_item: part.score[cell], whole_item: whole.score[cell]}
    known = {item: score for item, score in scores.items() if np.isfinite(score)}
    if len(known) < 2:
        return ""
    item = max(known, key=lambda name: abs(known[name]))
    other = whole_item if item == part_item else part_item
    if abs(known[item]) < 3 or abs(known[other]) > abs(known[item]) / 2:
        return ""
    if known[item] > 0:
        return say.text("{item} cao khác thường", item=say.heading(item))
    return say.text("{item} thấp khác thường", item=say.heading(item))


def reclassification(view: View, say: Locale) -> Iterator[Finding]:
    """The share of eligible in due jumps from one month to the next.

    Formula: the move of its logit, less the peers' median move of that month, beyond 8 robust
    standard deviations of the unit's own earlier moves (at least four years of the same month) and
    beyond 5 points.
    """
    peers = _find_peers(view)
    for measure in MEASURES:
        shares = _divide(view.cube(measure, "eligible"), view.cube(measure, "due"))
        before = np.full_like(shares, np.nan)
        before[..., 1:] = shares[..., :-1]
        moves = _to_logit(shares) - _to_logit(before)
        standing = _compare(moves, peers)
        usual = _from_logit(_to_logit(before) + standing.expected)
        with np.errstate(invalid="ignore"):
            far = (np.abs(standing.score) > _FAR_MOVE) & (np.abs(shares - usual) > _LEAST_MOVE)
        for cell in view.cells(far):
            yield view.finding(
                cell,
                measure,
                "eligible_share",
                round(100 * shares[cell], 2),
                round(100 * float(usual[cell]), 2),
                say.text(
                    "tỷ lệ có điều kiện chuyển từ {before} kỳ trước sang {found}; thường khoảng {expected}",
                    before=say.percent(before[cell]),
                    found=say.percent(shares[cell]),
                    expected=say.percent(float(usual[cell])),
                ),
                say.text("Có thể đã phân loại lại giữa có điều kiện và chưa có điều kiện"),
            )
