"""The year's targets and the three ways in which a rate is held against them."""

from __future__ import annotations

__all__ = [
    "Target",
    "attainment",
    "gap_full_year",
    "gap_prorata",
    "known_targets",
    "meets",
    "missed_two_years",
    "target_for",
    "target_rates",
]

import re
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING

import pandas as pd

from thads_analysis import config, reference
from thads_analysis.errors import DataError, UsageError
from thads_analysis.glossary import MEASURES
from thads_analysis.metrics.change import points
from thads_analysis.metrics.rates import completion_rate, last_year, ratio
from thads_analysis.org import NATION, Org

if TYPE_CHECKING:
    from thads_analysis.period import Period

_MONTHS = 12


@dataclass(frozen=True)
class Target:
    """The completion rate that a year's plan asks of an organisation; "trên", strictly above it.

    The methods hold one rate against it, a published or a forecast one; the functions of this
    module do so for every row of a panel.

    Parameters
    ----------
    fiscal_year : int
        The year for which it was set.
    org : Org
        The organisation to which it was given: the nation where `is_national_fallback` says so.
    measure : str
        ``cases`` or ``money``.
    value : float
        A fraction: 0.825.
    derived : bool
        Whether it was computed from a printed result and a printed gap, rather than printed itself.
    source, source_title, source_date : str
        Where it was read.
    confidence : str
        ``high``, ``medium`` or ``low``.
    is_national_fallback : bool
        True when the province's own target is not known and the nation's stands in for it.

    Examples
    --------
    >>> from thads_analysis.period import Period
    >>> target = target_for(Period(2022, 12), NATION, "cases")
    >>> target.value, target.meets(0.8250), round(target.gap_full_year(0.8250), 4)
    (0.815, True, 0.01)
    """

    fiscal_year: int
    org: Org
    measure: str
    value: float
    derived: bool
    source: str
    source_title: str
    source_date: str
    confidence: str
    is_national_fallback: bool = False

    @property
    def citation(self) -> str:
        """Title and day of the source, as reports print it; the address is in ``source``."""
        day = re.sub(r"(\d{4})-(\d{2})-(\d{2})", r"\3/\2/\1", self.source_date)
        return f"{self.source_title} ({day})"

    def gap_full_year(self, rate: float) -> float:
        """``rate - target``: vượt (+) or thiếu (-) so với chỉ tiêu, a fraction."""
        return rate - self.value

    def gap_prorata(self, rate: float, months: int) -> float:
        """``rate - target x months / 12``: vượt (+) or thiếu (-) so với tiến độ, a fraction."""
        return rate - self.value * months / _MONTHS

    def attainment(self, rate: float) -> float:
        """``rate / target``: bằng ...% chỉ tiêu, a fraction."""
        return rate / self.value

    def meets(self, rate: float) -> bool:
        """Whether the rate is strictly above the target: equal to it is not enough."""
        return rate > self.value


def target_for(period: Period, org: Org, measure: str) -> Target | None:
    """Return the target of an organisation for the year of a period.

    Parameters
    ----------
    period : Period
        Any period of the year: a target is set for the whole of it.
    org : Org
        The nation or a province of either list.
    measure : str
        ``cases`` or ``money``.

    Returns
    -------
    Target or None
        The organisation's own where one is known (`reference.targets`); else the nation's, marked
        as such; else None. No other year's target ever stands in.

    Raises
    ------
    UsageError
        When the measure is neither of the two.

    Examples
    --------
    >>> from thads_analysis.period import Period
    >>> target = target_for(Period(2023, 9), NATION, "money")
    >>> target.value, target.source
    (0.455, 'Quyết định 2426/QĐ-BTP, 12/12/2022')
    """
    if measure not in MEASURES:
        message = f"{measure!r} has no target; the measures are {', '.join(MEASURES)}"
        raise UsageError(message)
    return _find_target(period.fiscal_year, org.key, measure)


def target_rates(panel: pd.DataFrame) -> pd.DataFrame:
    """Lay the year's target beside each row of a panel.

    Returns
    -------
    DataFrame
        The panel's index; columns ``cases, money``; fractions, Float64: the organisation's own
        target, else the nation's, else missing.

    See Also
    --------
    target_for : one target with its source, and whether it is the nation's standing in.

    Examples
    --------
    >>> import thads_analysis as thads
    >>> panel = thads.load_panel()
    >>> print(thads.target_rates(panel).loc[("63:01", 2023, 9), "cases"])
    0.825
    """
    orgs, years = panel.index.get_level_values("org"), panel.index.get_level_values("fiscal_year")
    columns = {}
    for measure in MEASURES:
        found = [_find_target(year, key, measure) for key, year in zip(orgs, years, strict=True)]
        values = [target.value if target else pd.NA for target in found]
        columns[measure] = pd.Series(values, index=panel.index, dtype="Float64")
    return pd.DataFrame(columns).rename_axis(columns="measure")


def gap_full_year(panel: pd.DataFrame) -> pd.DataFrame:
    """Completion rate against the whole year's target: vượt/thiếu so với chỉ tiêu.

    Formula: ``completion_rate - target``, in points as a fraction, signed.

    Returns
    -------
    DataFrame
        The panel's index; columns ``cases, money``; Float64; missing without a rate or a target.

    See Also
    --------
    gap_prorata : against the part of the target that falls to the months gone by.

    Notes
    -----
    Convention of bulletins such as "đạt 82,50%, vượt 01%" on a target above 81,50 %. Before the
    year's end it is nearly always negative.
    """
    return points(completion_rate(panel), target_rates(panel))


def gap_prorata(panel: pd.DataFrame) -> pd.DataFrame:
    """Completion rate against the straight-line part of the target: vượt tiến độ.

    Formula: ``completion_rate - target x months / 12``, in points as a fraction, signed.

    Returns
    -------
    DataFrame
        The panel's index; columns ``cases, money``; Float64; missing without a rate or a target.

    See Also
    --------
    gap_full_year : the same thing at the year's end.

    Notes
    -----
    Convention of provincial reports ("vượt tiến độ"), sometimes printed without the word. Rates do
    not rise in a straight line: the last quarter of 2023 brought a third of the completed cases.
    """
    months = pd.Series(panel.index.get_level_values("months"), index=panel.index, dtype="Float64")
    return points(completion_rate(panel), target_rates(panel).mul(months / _MONTHS, axis="index"))


def attainment(panel: pd.DataFrame) -> pd.DataFrame:
    """Completion rate as a part of the target: bằng ...% chỉ tiêu.

    Formula: ``completion_rate / target``, a fraction; 1 is the target itself.

    Returns
    -------
    DataFrame
        The panel's index; columns ``cases, money``; Float64; missing without a rate or a target.

    Notes
    -----
    Convention of reports such as "đạt tỷ lệ 67%, bằng 91,2% chỉ tiêu". A gap of a point weighs more
    here on money than on cases, since money's target is lower.
    """
    return ratio(completion_rate(panel), target_rates(panel))


def meets(panel: pd.DataFrame) -> pd.DataFrame:
    """Whether the completion rate is above the whole year's target.

    Formula: ``completion_rate > target``, strictly, since targets read "trên".

    Returns
    -------
    DataFrame
        The panel's index; columns ``cases, money``; boolean, missing without a rate or a target.
    """
    return completion_rate(panel) > target_rates(panel)


def missed_two_years(panel: pd.DataFrame) -> pd.DataFrame:
    """Tell which provinces ended two years running without reaching the target.

    Formula: ``not meets`` at twelve months of a year and of the year before, each year against its own
    target. ``cases`` and ``money`` ask for the same measure in both years; ``any`` asks for at least
    one of the two measures in each year, not necessarily the same.

    Returns
    -------
    DataFrame
        The panel's index; columns ``cases, money, any``; boolean; missing before the twelfth month and
        where a rate or a target of either year is not known and would decide.

    See Also
    --------
    meets : one year.

    Notes
    -----
    Source: official letter 2757/TCTHADS-NV3 of 31 July 2023: firm handling of the heads of units that
    "02 năm liền không hoàn thành chỉ tiêu, nhiệm vụ được giao". The letter does not say whether both
    years must miss on the same measure; hence the three columns.
    """
    missed = ~meets(panel)
    missed.loc[panel.index.get_level_values("months") != _MONTHS] = pd.NA
    missed = missed.assign(any=missed["cases"] | missed["money"])
    return missed & last_year(missed)


def known_targets() -> tuple[Target, ...]:
    """Every target of ``data/reference/targets.csv``, national and provincial."""
    return tuple(_read_targets().values())


@config.cached
def _read_targets() -> dict[tuple[int, str, str], Target]:
    found = {}
    for row in reference.targets():
        regime, code = row["org_regime"], row["org_code"]
        target = Target(
            fiscal_year=int(row["fiscal_year"]),
            org=_find_org(f"{regime}:{code}" if regime else code, row["where"]),
            measure=row["measure"],
            # Through Decimal, so that 45.45 % is the same number as 4545 / 10000 and a tie is a tie.
            value=float(Decimal(row["target"]) / 100),
            derived=row["derived"] == "1",
            source=row["source"],
            source_title=row["source_title"],
            source_date=row["source_date"],
            confidence=row["confidence"],
        )
        found[target.fiscal_year, target.org.key, target.measure] = target
    return found


def _find_org(key: str, where: str) -> Org:
    try:
        return Org.from_key(key)
    except UsageError as error:
        message = f"{where}: org_regime and org_code: {error}"
        raise DataError(message) from None


def _find_target(fiscal_year: int, key: str, measure: str) -> Target | None:
    own = _read_targets().get((fiscal_year, key, measure))
    if own is not None:
        return own
    nation = _read_targets().get((fiscal_year, NATION.key, measure))
    return replace(nation, is_national_fallback=True) if nation else None
