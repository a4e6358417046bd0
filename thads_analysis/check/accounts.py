"""Rules on a panel's account: identities, bounds, and which cell is the wrong one."""

from __future__ import annotations

__all__ = [
    "broken_sums",
    "excess_parts",
    "nation_against_provinces",
    "panel_against_print",
    "unusual_split",
]

from collections.abc import Iterator
from fractions import Fraction

import numpy as np

from thads_analysis.check.findings import Finding
from thads_analysis.check.interval import Interval
from thads_analysis.check.stated import Figure, term, to_number
from thads_analysis.check.sums import judge_split, say_split
from thads_analysis.check.view import View, show
from thads_analysis.glossary import IDENTITIES, ITEMS, MEASURES, items_of
from thads_analysis.locale import Locale
from thads_analysis.org import NATION

_BUCKETS = {"eligible": 1, "not_eligible": 1, "postponed": 1, "suspended": 1, "other_pending": 1}
_RATIOS = {
    "completion_rate": ("completed", "eligible"),
    "eligible_share": ("eligible", "due"),
    "not_eligible_share": ("not_eligible", "due"),
}

_WITHIN = (
    ("completed", "eligible"),
    ("eligible", "due"),
    ("not_eligible", "due"),
    ("due", "accepted"),
)


def _identities(measure: str) -> list[tuple[str, dict[str, int]]]:
    """Each identity as coefficients that sum to nothing, with the total's name."""
    sums = [*IDENTITIES.items(), ("due", _BUCKETS)]
    return [
        (
            total,
            {total: 1, **{part: -sign for part, sign in parts.items() if measure in ITEMS[part].measures}},
        )
        for total, parts in sums
    ]


def broken_sums(view: View, say: Locale) -> Iterator[Finding]:
    """Totals that are not the sum of their parts.

    Where one cell alone, given one other value, mends every identity that is broken, the finding is
    about that cell and expects that value. Else each broken total is a finding.
    """
    for measure in MEASURES:
        identities = _identities(measure)
        residuals = np.stack(
            [
                np.sum([sign * view.cube(measure, item) for item, sign in parts.items()], axis=0)
                for _, parts in identities
            ]
        )
        for cell in view.cells((np.nan_to_num(residuals) != 0).any(axis=0)):
            known = {k: float(r) for k, r in enumerate(residuals[:, *cell]) if np.isfinite(r)}
            culprit = _find_culprit(identities, known)
            if culprit:
                item, shift = culprit
                found = view.cube(measure, item)[cell]
                yield view.finding(
                    cell,
                    measure,
                    item,
                    found,
                    int(found + shift),
                    say.text(
                        "{item} {found} làm {count} đẳng thức không khớp; với {expected} thì khớp cả",
                        item=say.term(item),
                        found=show(found, measure, say),
                        count=sum(residual != 0 for residual in known.values()),
                        expected=show(found + shift, measure, say),
                    ),
                    _explain_cell(found, found + shift, say),
                )
                continue
            for k, residual in known.items():
                if residual:
                    total = identities[k][0]
                    found = view.cube(measure, total)[cell]
                    yield view.finding(
                        cell,
                        measure,
                        total,
                        found,
                        int(found - residual),
                        say.text(
                            "{item} {found} khác tổng các thành phần {expected}",
                            item=say.term(total),
                            found=show(found, measure, say),
                            expected=show(found - residual, measure, say),
                        ),
                        _explain_cell(found, found - residual, say),
                    )


def _find_culprit(
    identities: list[tuple[str, dict[str, int]]], residuals: dict[int, float]
) -> tuple[str, float] | None:
    """The only cell whose change mends every broken identity and breaks none, with that change."""
    broken = [k for k, residual in residuals.items() if residual]
    if len(broken) < 2:
        return None  # any part of a single broken sum could be the wrong one
    found = []
    for item in identities[broken[0]][1]:
        touched = [k for k in residuals if item in identities[k][1]]
        shifts = {-residuals[k] / identities[k][1][item] for k in touched}
        if sorted(touched) == broken and len(shifts) == 1:
            found.append((item, shifts.pop()))
    return found[0] if len(found) == 1 else None


def _explain_cell(found: float, expected: float, say: Locale) -> str:
    for factor in (1e3, 1e6):
        if expected == found * factor or expected * factor == found:
            return say.text("Có thể sai đơn vị tính, {factor} lần", factor=say.integer(int(factor)))
    if found != expected and sorted(str(int(found))) == sorted(str(int(abs(expected)))):
        return say.text("Hai số có cùng các chữ số: có thể đảo chữ số khi gõ")
    return ""


def excess_parts(view: View, say: Locale) -> Iterator[Finding]:
    """Parts above their wholes."""
    for measure in MEASURES:
        for part, whole in _WITHIN:
            parts, wholes = view.cube(measure, part), view.cube(measure, whole)
            for cell in view.cells(parts > wholes):
                yield view.finding(
                    cell,
                    measure,
                    part,
                    parts[cell],
                    int(wholes[cell]),
                    say.text(
                        "{item} {found} lớn hơn {whole} {limit}",
                        item=say.term(part),
                        found=show(parts[cell], measure, say),
                        whole=say.term(whole),
                        limit=show(wholes[cell], measure, say),
                    ),
                )


def unusual_split(view: View, say: Locale) -> Iterator[Finding]:
    """Eligible and not eligible against due, as `sums.split_of_due` for printed figures.

    Where the other buckets are known and do not make up the rest, that is for `broken_sums` to say.
    """
    for measure in MEASURES:
        due = view.cube(measure, "due")
        split = view.cube(measure, "eligible") + view.cube(measure, "not_eligible")
        third = sum(view.cube(measure, item) for item in ("postponed", "suspended", "other_pending"))
        unclear = np.isfinite(third) & (third != due - split)
        # Most cells have a third bucket of a few percent: only the others are looked at one by one.
        early = view.circulars() == "TT08-2015"
        odd = (due < split) | (due - split > 0.05 * due) | ((due > split) & early)
        for cell in view.cells(odd):
            rest = Interval.exact(int(due[cell] - split[cell]))
            fault = judge_split(rest, int(due[cell]), view.at(cell), measure)
            if fault is None or (fault == "short" and unclear[cell]):
                continue
            message, explanation, severity = say_split(
                fault,
                say,
                whole=say.term("due"),
                found=show(due[cell], measure, say),
                parts=show(split[cell], measure, say),
                rest=show(abs(due[cell] - split[cell]), measure, say),
            )
            yield view.finding(
                cell, measure, "due", due[cell], int(split[cell]), message, explanation, severity=severity
            )


def nation_against_provinces(view: View, say: Locale) -> Iterator[Finding]:
    """The nation's row of a panel is the sum of its provinces, where all of a list are there."""
    if NATION.key not in view.orgs:
        return
    nation = view.orgs.index(NATION.key)
    for measure in MEASURES:
        for item in items_of(measure):
            own, total = view.cube(measure, item), view.sum_of_provinces(measure, item)
            differs = np.zeros(own.shape, dtype=bool)
            differs[nation] = np.isfinite(own[nation] - total) & (own[nation] != total)
            for cell in view.cells(differs):
                found, expected = own[cell], total[cell[1:]]
                yield view.finding(
                    cell,
                    measure,
                    item,
                    found,
                    int(expected),
                    say.text(
                        "{item} của toàn quốc {found} khác tổng các tỉnh, thành phố {total}",
                        item=say.term(item),
                        found=show(found, measure, say),
                        total=show(expected, measure, say),
                    ),
                    _explain_cell(found, expected, say),
                )


def panel_against_print(view: View, say: Locale) -> Iterator[Finding]:
    """Printed figures of an organisation and a period against those of the panel.

    The nation is its own row, else the sum of the provinces where all of a list are there. Rates and
    shares are computed from the panel's counts and amounts. Of a figure printed in several ways one
    that agrees is enough.
    """
    places: dict[tuple[object, ...], list[Figure]] = {}
    for figure in view.stated.figures:
        if figure.measure in MEASURES and view.period in (None, figure.period):
            key = (figure.org, figure.period, figure.measure, figure.item)
            places.setdefault(key, []).append(figure)
    for figures in places.values():
        figure = figures[0]
        value = _find_value(view, figure)
        if value is None or any(each.range.overlaps(Interval.exact(value)) for each in figures):
            continue
        yield figure.finding(
            to_number(value) if figure.unit in ("cases", "dong") else round(float(value), 2),
            say.text(
                "{item} công bố là {found}, nhưng số liệu của các đơn vị cho {expected}",
                item=term(figure.item, say),
                found=figure.show(figure.value, say),
                expected=figure.show(value, say),
            ),
        )


def _find_value(view: View, figure: Figure) -> Fraction | None:
    """Value of an item, or of a ratio in percent, of a figure's organisation and period."""
    part, whole = _RATIOS.get(figure.item, (figure.item, ""))
    if figure.fiscal_year not in view.years or part not in ITEMS:
        return None
    place = (view.years.index(figure.fiscal_year), figure.months - 1)
    numbers = []
    for item in (part, whole) if whole else (part,):
        if figure.org in view.orgs:
            numbers.append(view.cube(figure.measure, item)[view.orgs.index(figure.org)][place])
        elif figure.org == NATION.key:
            numbers.append(view.sum_of_provinces(figure.measure, item)[place])
    if not numbers or not np.isfinite(numbers).all() or (whole and numbers[1] <= 0):
        return None
    return Fraction(100 * int(numbers[0]), int(numbers[1])) if whole else Fraction(int(numbers[0]))
