"""Rules on a panel over time: items that fall, openings, copies of another period, slips of unit."""

from __future__ import annotations

__all__ = ["copied_period", "falling_items", "moving_opening", "opening_above_closing", "slipped_unit"]

import itertools
from collections.abc import Iterator

import numpy as np

from thads_analysis.check.findings import Finding
from thads_analysis.check.neighbours import FLOWS, PER_CASE
from thads_analysis.check.view import Array, View, show
from thads_analysis.glossary import ITEMS, MEASURES
from thads_analysis.locale import Locale

_TOLERANCE = 0.01
"""Of what was carried out: a year is revised by less between its report and the next year's opening."""

_LARGE = ("carried_in", "new", "accepted", "due", "eligible", "completed", "not_eligible", "carried_out")
"""Items whose amounts do not come near 0, so that a factor of 1,000 is a slip and not a quiet month."""

_SLIP = 2.4  # decimal logarithm, half way to a factor of 1,000 and a little more
_NEAR = 0.7  # after the correction: within a factor of 5 of the neighbours
_LEAST_COPIED = 8  # items that agree


def falling_items(view: View, say: Locale) -> Iterator[Finding]:
    """An item that accumulates from 1 October falls within a fiscal year.

    Of the two months the one that breaks the line is named: the earlier where the later lies above
    the one before it and no following month returns to the earlier's value.
    """
    for measure, item in itertools.product(MEASURES, FLOWS):
        if measure not in ITEMS[item].measures:
            continue
        cube = view.cube(measure, item)
        beside = np.full_like(cube, np.nan)
        for org, year in np.argwhere((cube < view.previous(cube)).any(axis=2)):
            for month, value in _find_breaks(cube[org, year]):
                beside[org, year, month] = value
        for cell in view.cells(np.isfinite(beside)):
            found, expected = cube[cell], beside[cell]
            yield view.finding(
                cell,
                measure,
                item,
                found,
                int(expected),
                say.text(
                    "{item} lũy kế {found} phá đường tăng dần trong năm; tháng bên cạnh là {expected}",
                    item=say.term(item),
                    found=show(found, measure, say),
                    expected=show(expected, measure, say),
                ),
                _explain_fall(found, expected, say),
            )


def _find_breaks(line: Array) -> list[tuple[int, float]]:
    """Months that break a rising line, each with the value beside it that shows it."""
    known = [int(month) for month in np.flatnonzero(np.isfinite(line))]
    breaks: list[tuple[int, float]] = []
    for before, after in itertools.pairwise(known):
        if line[after] >= line[before]:
            continue
        earlier = [line[month] for month in known if month < before]
        later = [line[month] for month in known if month > after]
        peak = bool(earlier) and line[after] >= max(earlier) and not (later and later[0] >= line[before])
        breaks.append((before, line[after]) if peak and later else (after, line[before]))
    return breaks


def _explain_fall(found: float, expected: float, say: Locale) -> str:
    ratio = max(found, 1) / max(expected, 1)
    if ratio > 100 or ratio < 0.01:
        return say.text("Chênh hàng trăm lần: có thể sai đơn vị tính")
    if abs(ratio - 1) < 0.05:
        return say.text("Chênh ít: có thể đã điều chỉnh giảm số của kỳ trước")
    return say.text("Có thể nhầm kỳ báo cáo hoặc gõ nhầm")


def moving_opening(view: View, say: Locale) -> Iterator[Finding]:
    """``carried_in`` differs from the month before in the same fiscal year.

    Silent where the circular changed between the two: TT06-2019 took the separate book out of it.
    """
    circulars = view.circulars()
    changed = np.zeros(circulars.shape, dtype=bool)
    changed[:, 1:] = circulars[:, 1:] != circulars[:, :-1]
    for measure in MEASURES:
        cube = view.cube(measure, "carried_in")
        before = view.previous(cube)
        for cell in view.cells((cube != before) & np.isfinite(cube + before) & ~changed):
            yield view.finding(
                cell,
                measure,
                "carried_in",
                cube[cell],
                int(before[cell]),
                say.text(
                    "{item} là {found}, kỳ trước trong cùng năm là {expected}",
                    item=say.term("carried_in"),
                    found=show(cube[cell], measure, say),
                    expected=show(before[cell], measure, say),
                ),
                say.text(
                    "Số đầu kỳ được điều chỉnh trong năm, thường vì chuyển sổ theo dõi riêng; chưa hẳn là sai"
                ),
            )


def opening_above_closing(view: View, say: Locale) -> Iterator[Finding]:
    """``carried_in`` is above what the year before carried out, by more than 1 %.

    Said of the first known month of a year, and of the period asked for.
    """
    for measure in MEASURES:
        cube = view.cube(measure, "carried_in")
        closing = np.full_like(cube, np.nan)
        closing[:, 1:] = view.cube(measure, "carried_out")[:, :-1, -1:]
        above = cube > closing * (1 + _TOLERANCE)
        if view.period is None:
            above &= np.isnan(view.previous(cube))
        for cell in view.cells(above):
            yield view.finding(
                cell,
                measure,
                "carried_in",
                cube[cell],
                int(closing[cell]),
                say.text(
                    "{item} {found} lớn hơn số chuyển kỳ sau của năm trước {expected}",
                    item=say.term("carried_in"),
                    found=show(cube[cell], measure, say),
                    expected=show(closing[cell], measure, say),
                ),
            )


def copied_period(view: View, say: Locale) -> Iterator[Finding]:
    """All figures of a period equal those of the month before, or of the same month last year."""
    cubes = np.stack([view.cube(m, i) for m in MEASURES for i in ITEMS if m in ITEMS[i].measures])
    before = np.full_like(cubes, np.nan)
    before[..., 1:] = cubes[..., :-1]
    last_year = np.full_like(cubes, np.nan)
    last_year[:, :, 1:] = cubes[:, :, :-1]
    for other, which, gap in (
        (before, say.text("kỳ trước"), (0, 1)),
        (last_year, say.text("cùng kỳ năm trước"), (1, 0)),
    ):
        both = np.isfinite(cubes) & np.isfinite(other)
        # Items that are 0 in both say nothing.
        same = (cubes == other) & (cubes > 0)
        copied = (same | (cubes == 0) & (other == 0) | ~both).all(axis=0) & (
            same.sum(axis=0) >= _LEAST_COPIED
        )
        for cell in view.cells(copied):
            source = view.at((cell[0], cell[1] - gap[0], cell[2] - gap[1]))
            yield view.finding(
                cell,
                "",
                "",
                int(same.sum(axis=0)[cell]),
                None,
                say.text(
                    "{count} số liệu trùng hoàn toàn với {which} ({period})",
                    count=int(same.sum(axis=0)[cell]),
                    which=which,
                    period=source.label(say.lang),
                ),
                say.text("Có thể gửi lại báo cáo của kỳ khác"),
            )


def slipped_unit(view: View, say: Locale) -> Iterator[Finding]:
    """Amounts that are 1,000 or 1,000,000 times away from the organisation's own.

    Formula: the decimal logarithm of the amount less the median of its neighbours (other years at the
    same month, other months of the same year) is beyond 2.4, and a factor of 1,000 or 1,000,000
    brings it back within 0.7. With fewer than three neighbours the amount a case must lie within
    `neighbours.PER_CASE`. When several items of a period slip alike, the first speaks for all.
    """
    shifts = {item: _find_slips(view, item) for item in _LARGE}
    said = np.zeros_like(next(iter(shifts.values())))
    for item, factor in shifts.items():
        for cell in view.cells((factor != 0) & (factor != said)):
            alike = [other for other in _LARGE if shifts[other][cell] == factor[cell]]
            said[cell] = factor[cell]
            found = view.cube("money", item)[cell]
            expected = int(found * 10.0 ** factor[cell])
            yield view.finding(
                cell,
                "money",
                item,
                found,
                expected,
                say.text(
                    "{item} {found} khác hàng trăm lần so với các kỳ khác của đơn vị",
                    item=say.term(item),
                    found=show(found, "money", say),
                ),
                say.text(
                    "Có thể sai đơn vị tính {factor} lần: {expected} thì hợp lý; cùng tình trạng: {items}",
                    factor=say.integer(int(10 ** abs(factor[cell]))),
                    expected=show(expected, "money", say),
                    items=say.join([say.term(other) for other in alike]),
                ),
            )


def _find_slips(view: View, item: str) -> Array:
    """Decimal logarithm of the factor that mends each amount of an item; 0 where none is needed."""
    logs, counts = _take_log10(view.cube("money", item)), _take_log10(view.cube("cases", item))
    away = logs - _median_of_neighbours(logs, view.places())
    factor = -3 * np.rint(away / 3)
    slipped = (np.abs(away) > _SLIP) & (np.abs(away + factor) < _NEAR)
    least, most = np.log10(np.array(PER_CASE, dtype=np.float64))
    each = logs - counts
    outside = np.isnan(away) & ((each < least) | (each > most))
    factor = np.where(outside, -3 * np.rint((each - (least + most) / 2) / 3), factor)
    return np.where((slipped | outside) & (np.abs(factor) <= 6), factor, 0)


def _take_log10(cube: Array) -> Array:
    return np.log10(np.where(cube > 0, cube, np.nan))


def _median_of_neighbours(logs: Array, places: list[tuple[int, int]]) -> Array:
    """Median over other years at the same month and other months of the same year; three at least."""
    result = np.full(logs.shape, np.nan)
    for year, month in places:
        others = np.concatenate(
            [np.delete(logs[:, :, month], year, axis=1), np.delete(logs[:, year], month, axis=1)], axis=1
        )
        enough = np.isfinite(others).sum(axis=1) >= 3
        if enough.any():
            result[enough, year, month] = np.nanmedian(others[enough], axis=1)
    return result
