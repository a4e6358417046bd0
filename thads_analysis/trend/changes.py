"""Changes of level or slope that no named event explains: test, month, size."""

from __future__ import annotations

__all__ = ["ChangesResult", "find_changes"]

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from thads_analysis.trend.calendar import named_events
from thads_analysis.trend.design import Design, Floats, Reason, Scale, make_design

_MEMORIES = (-0.3, -0.15, 0.0, 0.15, 0.3, 0.45, 0.6, 0.75, 0.9)
_LEAST_MONTHS = {"level": 6, "slope": 12}
_SIGNIFICANT = 0.05
_MOST_CHANGES = 3
_DRAWS, _SEED = 999, 2023
_CONFIDENCE = 0.95
_LEAST_NOISE = 1e-12
_YEAR = 12
_COLUMNS = ["kind", "month", "first", "last", "estimate", "low", "high", "p_value", "events"]


@dataclass(frozen=True)
class ChangesResult:
    """What `find_changes` has found.

    Parameters
    ----------
    reason : str
        Why nothing was tested, a key of `design.REASONS`; otherwise ``""``.
    scale : {"multiplicative", "additive"}
        Whether sizes are fractions or amounts in the unit of the series.
    first, last : pandas.Period or None
        First and last month of the series that was tested.
    p_value : float or None
        Of the last test made: that nothing has changed, or nothing besides what was found.
    changes : DataFrame
        A row for each change, the strongest first; columns ``kind`` (``level``: a step; ``slope``: a bend,
        its size a year), ``month`` (the first month after it), ``first, last`` (between which it lies with
        95 %), ``estimate, low, high`` (given that month), ``p_value``, and ``events`` (names of the events
        that lie between ``first`` and ``last``).
    """

    reason: Reason
    scale: Scale
    first: pd.Period | None
    last: pd.Period | None
    p_value: float | None
    changes: pd.DataFrame = field(repr=False)


def find_changes(series: pd.Series[Any]) -> ChangesResult:
    """Test whether level or slope of a series has changed, in which month, and by how much.

    Null: line, season, calendar and named events of `design.make_design`, and noise of which a part
    stays from month to month. Against it stand a step or a bend in any month that leaves six months
    (twelve for a bend) on both sides, to the ends and to the next break. The statistic is the highest
    likelihood ratio over month, kind and memory of the noise (sup-LR); its p-value comes from 999
    simulated series of the same months and the same memory. A change at 5 % joins the null and the
    test is made again, up to three changes.

    Parameters
    ----------
    series : Series
        As for `fit_structure`.

    Returns
    -------
    ChangesResult

    Raises
    ------
    UsageError
        When the index is not one of months, or holds a month twice.
    DataError
        When ``tet.csv`` lacks a Tết of the series' years.

    Notes
    -----
    Source: Andrews (1993), "Tests for Parameter Instability and Structural Change with Unknown Change
    Point", Econometrica 61(4), for the test; Eo and Morley (2015), "Likelihood-ratio-based confidence sets
    for the timing of structural breaks", Quantitative Economics 6(2), for the set of months: those whose
    log-likelihood is within -log(1 - sqrt(0.95)) of the highest. A level that wanders without end is, to
    this test, one that changes. The size is that of the month which fits best, hence rather too large
    where the change is faint.
    """
    design = make_design(series)
    if design.reason:
        return ChangesResult(design.reason, design.scale, None, None, None, pd.DataFrame(columns=_COLUMNS))
    values = design.fitted
    known = np.isfinite(values)
    kinds = named_events()["kind"]
    steps = [name for name in design.effects if kinds.get(name) in ("break", "merger")]
    borders = [int(design.effects[name].to_numpy().argmax()) for name in steps]
    columns, found = design.columns, list[dict[str, Any]]()
    while True:
        search = _prepare(columns[known].tobytes(), known.tobytes(), tuple(borders))
        p_value = search.test(values[known])
        if p_value > _SIGNIFICANT or len(found) == _MOST_CHANGES:
            break
        change = search.locate(values[known])
        found.append(_describe(design, change, p_value))
        columns = np.column_stack([columns, _shape(change.kind, change.at, len(known))])
        borders.append(change.at)
    months, frame = design.months, pd.DataFrame(found, columns=_COLUMNS)
    return ChangesResult("", design.scale, months[0], months[-1], p_value, frame)


class _Point(NamedTuple):
    """One memory of the noise: what makes it white, and what of the candidates the null leaves then."""

    root: Floats
    white: Floats
    basis: Floats
    shapes: Floats
    lengths: Floats
    volume: float


class _Change(NamedTuple):
    """The candidate that fits best, on the scale of the values."""

    kind: str
    at: int
    first: int
    last: int
    size: float
    error: float
    free: int


@dataclass(frozen=True)
class _Search:
    """All that a test needs but the values; shared by series of the same months and events."""

    candidates: tuple[tuple[str, int], ...]
    points: tuple[_Point, ...]
    free: int
    nulls: dict[int, Floats] = field(default_factory=dict)

    def weigh(self, values: Floats) -> tuple[Floats, Floats]:
        """Log-likelihoods of the null (memory, series) and of each change (memory, candidate, series)."""
        null, changed = [], []
        for point in self.points:
            rest = point.white @ values
            rest -= point.basis @ (point.basis.T @ rest)
            squares = np.maximum((rest**2).sum(axis=0), _LEAST_NOISE)
            left = np.maximum(squares - (point.shapes.T @ rest) ** 2, _LEAST_NOISE)
            null.append(-self.free / 2 * np.log(squares) - point.volume)
            changed.append(-self.free / 2 * np.log(left) - point.volume)
        return np.array(null), np.array(changed)

    def test(self, values: Floats) -> float:
        """Chance of as high a ratio where nothing has changed."""
        if not self.candidates:
            return 1.0
        null, changed = self.weigh(values[:, None])
        memory = int(null.argmax())
        if memory not in self.nulls:
            rng = np.random.default_rng(_SEED)
            draws = self.points[memory].root @ rng.standard_normal((len(values), _DRAWS))
            drawn_null, drawn = self.weigh(draws)
            self.nulls[memory] = drawn.max(axis=(0, 1)) - drawn_null.max(axis=0)
        ratio = changed.max() - null.max()
        return float((1 + (self.nulls[memory] >= ratio).sum()) / (1 + _DRAWS))

    def locate(self, values: Floats) -> _Change:
        """Describe the change that fits best."""
        _, changed = self.weigh(values[:, None])
        memory, best = np.unravel_index(changed[:, :, 0].argmax(), changed.shape[:2])
        kind, at = self.candidates[best]
        heights = changed[:, :, 0].max(axis=0)
        near = heights >= heights[best] + np.log(1 - np.sqrt(_CONFIDENCE))
        months = [
            month
            for (other, month), within in zip(self.candidates, near, strict=True)
            if within and other == kind
        ]
        point = self.points[memory]
        rest = point.white @ values
        rest -= point.basis @ (point.basis.T @ rest)
        size = float(point.shapes[:, best] @ rest)
        noise = max(float(rest @ rest) - size**2, _LEAST_NOISE) / (self.free - 1)
        length = float(point.lengths[best])
        return _Change(
            kind, at, min(months), max(months), size / length, np.sqrt(noise) / length, self.free - 1
        )


@lru_cache(maxsize=16)
def _prepare(columns: bytes, known: bytes, borders: tuple[int, ...]) -> _Search:
    """Lay out candidates and memories; from bytes, so that series of the same months share it."""
    there = np.frombuffer(known, dtype=bool)
    fixed = np.frombuffer(columns).reshape(there.sum(), -1)
    candidates = tuple(_list_candidates(there, borders))
    shapes = (
        np.array([_shape(kind, at, len(there))[there] for kind, at in candidates]).reshape(-1, len(fixed)).T
    )
    at = np.flatnonzero(there)
    distance = np.abs(at[:, None] - at)
    points = []
    for memory in _MEMORIES:
        root = np.linalg.cholesky(np.float64(memory) ** distance)
        white = np.linalg.inv(root)
        basis, upper = np.linalg.qr(white @ fixed)
        left = white @ shapes
        left -= basis @ (basis.T @ left)
        lengths = np.linalg.norm(left, axis=0)
        volume = np.log(np.diag(root)).sum() + np.log(np.abs(np.diag(upper))).sum()
        points.append(_Point(root, white, basis, left / lengths, lengths, float(volume)))
    return _Search(candidates, tuple(points), len(fixed) - fixed.shape[1])


def _list_candidates(known: NDArray[np.bool_], borders: tuple[int, ...]) -> Iterator[tuple[str, int]]:
    """Months in which a step or a bend leaves enough figures on both sides."""
    before = np.concatenate([[0], np.cumsum(known)])
    ends = [0, len(known)]
    for kind, least in _LEAST_MONTHS.items():
        # A bend is no step: a break beside it does not hide it.
        walls = [*ends, *borders] if kind == "level" else ends
        for at in range(len(known)):
            if (np.abs(before[at] - before[walls]) >= least).all():
                yield kind, at


def _shape(kind: str, at: int, months: int) -> Floats:
    """A step from a month on, or a bend that rises by one in a year."""
    since = np.arange(months) - at
    shape: Floats = (since >= 0).astype(float) if kind == "level" else np.maximum(since + 1, 0) / _YEAR
    return shape


def _describe(design: Design, change: _Change, p_value: float) -> dict[str, Any]:
    from scipy import stats

    months, events = design.months, named_events()
    reach = float(stats.t.ppf((1 + _CONFIDENCE) / 2, change.free)) * change.error
    sizes = np.array([change.size, change.size - reach, change.size + reach]) * design.spread
    if design.scale == "multiplicative":
        sizes = np.expm1(sizes)
    first, last = months[change.first], months[change.last]
    near = events.index[(events["first"] <= last) & (events["last"] >= first)]
    return {
        "kind": change.kind,
        "month": months[change.at],
        "first": first,
        "last": last,
        **dict(zip(("estimate", "low", "high"), sizes.tolist(), strict=True)),
        "p_value": p_value,
        "events": ", ".join(near),
    }
