"""What each province is worth to the nation: to its rate, and to its gap to the target."""

from __future__ import annotations

__all__ = ["contributions", "gap_completions", "pull", "to_gap", "to_rate", "weighs"]

from typing import TYPE_CHECKING

import pandas as pd

from thads_analysis.errors import UsageError
from thads_analysis.glossary import MEASURES
from thads_analysis.metrics.concentration import shares
from thads_analysis.metrics.rates import beside, by_measure, cohort, completion_rate, national, ratio
from thads_analysis.metrics.standing import against_national
from thads_analysis.metrics.target import target_rates
from thads_analysis.org import NATION
from thads_analysis.schema import PANEL_INDEX

if TYPE_CHECKING:
    from thads_analysis.period import Period

_MILLION = 10**6
"""Targets are taken at six decimals of the fraction: 82.50 % is 825,000 millionths."""


def contributions(panel: pd.DataFrame, period: Period) -> pd.DataFrame:
    """Lay out what every province of a period is worth to the nation.

    Parameters
    ----------
    panel : DataFrame
        Panel of the provinces of a list.
    period : Period

    Returns
    -------
    DataFrame
        Index ``org, measure``; columns ``eligible, completed`` (cases or đồng, Int64),
        ``completion_rate, national_gap_points, share_of_eligible, share_of_completed, to_rate_points,
        pull_points, to_gap_points`` (fractions, Float64), ``gap_completions`` (Int64) and ``weighs``
        (boolean): each by the function of this package that has its name.
    """
    years, months = (panel.index.get_level_values(level) for level in PANEL_INDEX[1:])
    here = panel[(years == period.fiscal_year) & (months == period.months)]
    columns = {
        "eligible": by_measure(here, "eligible"),
        "completed": by_measure(here, "completed"),
        "completion_rate": completion_rate(here),
        "national_gap_points": against_national(here),
        "share_of_eligible": shares(here, "eligible"),
        "share_of_completed": shares(here, "completed"),
        "to_rate_points": to_rate(here),
        "pull_points": pull(here),
        "to_gap_points": to_gap(here),
        "gap_completions": gap_completions(here),
        "weighs": weighs(here),
    }
    index = pd.MultiIndex.from_product([here.index.unique("org"), MEASURES], names=["org", "measure"])
    stacked = {name: frame.droplevel(["fiscal_year", "months"]).stack() for name, frame in columns.items()}
    return pd.DataFrame(stacked).reindex(index)


def to_rate(panel: pd.DataFrame) -> pd.DataFrame:
    """Part of the national completion rate that each province brings.

    Formula: ``completed / eligible of the nation``, in points as a fraction. The parts of a period
    sum to the national rate.

    Returns
    -------
    DataFrame
        The panel's index; columns ``cases, money``; Float64; missing where the nation is.

    See Also
    --------
    pull : what a province adds to or takes from the national rate by being above or below it.
    trend.national_rate_change : the parts of the rate's change on the same period.
    """
    return ratio(by_measure(panel, "completed"), _national(panel, "eligible"))


def pull(panel: pd.DataFrame) -> pd.DataFrame:
    """Weight of a province times its distance from the national rate.

    Formula: ``(eligible / eligible of the nation) x (rate - national rate)``, computed as
    ``(completed - national rate x eligible) / eligible of the nation``, in points as a fraction.
    With -0.01, the nation would stand 1 point higher, had the province worked at the national rate.
    The pulls of a period sum to 0.

    Returns
    -------
    DataFrame
        The panel's index; columns ``cases, money``; Float64; missing where the nation is.

    See Also
    --------
    weighs : the provinces whose pull is the heaviest.
    """
    rate = beside(completion_rate(national(panel)), panel)
    eligible = by_measure(panel, "eligible")
    return ratio(by_measure(panel, "completed") - rate * eligible, _national(panel, "eligible"))


def weighs(panel: pd.DataFrame, part: float = 0.5) -> pd.DataFrame:
    """Tell which provinces weigh on the national result.

    Rule: the fewest provinces below the national rate that together make at least ``part`` of the
    whole downward `pull` of their period. A province is among them by its weight times its gap: a
    large one slightly below, or a middling one far below.

    Parameters
    ----------
    panel : DataFrame
        A panel of all provinces of a list.
    part : float
        Above 0, at most 1.

    Returns
    -------
    DataFrame
        The panel's index; columns ``cases, money``; boolean, missing where the nation is.

    Raises
    ------
    UsageError
        When ``part`` is not above 0 and at most 1.

    See Also
    --------
    standing.far_below : provinces whose own rate is far below, whatever they weigh.

    Notes
    -----
    Letter 2792/TCTHADS-VP of 28 August 2020 names by hand the localities whose volume moves the
    result of the whole system; this is a rule for such a list.
    """
    if not 0 < part <= 1:
        message = f"Part of the downward pull: found {part}, expected above 0 and at most 1"
        raise UsageError(message)
    pulls = pull(panel).sort_index()
    down = (-pulls).clip(lower=0).fillna(0).astype("float64")
    down.loc[down.index.get_level_values("org") == NATION.key] = 0.0
    chosen = {}
    for measure in MEASURES:
        ordered = down[measure].sort_values(ascending=False, kind="stable")
        groups = ordered.groupby(cohort(ordered.to_frame()))
        before = groups.cumsum() - ordered
        # The sum of the parts may miss the whole by a rounding.
        chosen[measure] = (ordered > 0) & (before < part * groups.transform("sum") - 1e-12)
    found = pd.DataFrame(chosen).rename_axis(columns="measure").reindex(panel.index)
    return found.astype("boolean").mask(pulls.reindex(panel.index).isna())


def to_gap(panel: pd.DataFrame) -> pd.DataFrame:
    """Part of the nation's gap to its target of the year that lies with each province, in points.

    Formula: ``(completed - target x eligible) / eligible of the nation``, with the nation's target for
    everyone, as a signed fraction. The parts of a period sum to the national rate less the target.

    Returns
    -------
    DataFrame
        The panel's index; columns ``cases, money``; Float64; missing without a national target.

    See Also
    --------
    gap_completions : the same in whole cases and đồng.
    target.gap_full_year : a province's own rate against the target that it was given.
    """
    eligible = by_measure(panel, "eligible")
    needed = _national_target(panel) * eligible
    return ratio(by_measure(panel, "completed") - needed, _national(panel, "eligible"))


def gap_completions(panel: pd.DataFrame) -> pd.DataFrame:
    """Part of the nation's gap to its target that lies with each province, in completions.

    Formula: ``completed - target x eligible``, in whole cases or đồng: negative is lacking. For the
    nation the least number above the target is ``floor(target x eligible) + 1``, since targets read
    "trên". Each province is given its part of that number, rounded down, and one more where its
    fraction is among the largest, so that the parts sum to the nation's gap to the unit.

    Returns
    -------
    DataFrame
        The panel's index; columns ``cases, money``; Int64; missing without a national target, where
        nothing is eligible, and for the nation's own row.

    See Also
    --------
    forecast.required_completions : what is still lacking at the eligible of the year's end.

    Notes
    -----
    Largest remainders (Hamilton); of equal remainders the lower code comes first. In integers
    throughout: đồng are not exact in floating point once multiplied.
    """
    rows = panel[panel.index.get_level_values("org") != NATION.key].sort_index()
    eligible = by_measure(rows, "eligible")
    millionths = (_national_target(rows) * _MILLION).round().astype("Int64")
    millions, rest = eligible // _MILLION, eligible % _MILLION
    needed = millions * millionths + rest * millionths // _MILLION
    remainder = rest * millionths % _MILLION
    # Fractions sum to less than one a province, so at most one more goes to each.
    left = beside(national(remainder), rows) // _MILLION + 1
    order = remainder.groupby(cohort(remainder)).rank(method="first", ascending=False)
    gap = by_measure(rows, "completed") - needed - (order <= left).astype("Int64")
    return gap.where((_national(rows, "eligible") > 0).fillna(False)).reindex(panel.index)


def _national(panel: pd.DataFrame, item: str) -> pd.DataFrame:
    return beside(national(by_measure(panel, item)), panel)


def _national_target(panel: pd.DataFrame) -> pd.DataFrame:
    """The nation's target beside every row: the same for all provinces, whatever their own is."""
    return beside(target_rates(national(panel)), panel)
