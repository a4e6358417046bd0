"""Facts about one organisation: published where there is a publication, else from the panel."""

from __future__ import annotations

__all__ = ["Figures"]

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd

from thads_analysis.context import Context
from thads_analysis.glossary import ITEMS
from thads_analysis.load import published_figure
from thads_analysis.metrics import change, rates
from thads_analysis.metrics.target import Target, target_for
from thads_analysis.org import NATION, Org
from thads_analysis.period import Period
from thads_analysis.report.facts import Fact, Origin, combine
from thads_analysis.trend import monthly_flows

_RATIOS: dict[str, Callable[[pd.DataFrame], pd.DataFrame]] = {
    "completion_rate": rates.completion_rate,
    "eligible_share": rates.eligible_share,
    "not_eligible_share": rates.not_eligible_share,
    "clearance_rate": rates.clearance_rate,
    "disposition_time": rates.disposition_time,
}
_CHANGES = {"_abs": change.absolute, "_pct": change.growth, "": change.points}
_AGAINST_TARGET = ("gap_full_year", "gap_prorata", "attainment")


@dataclass(frozen=True)
class Figures:
    """Every figure that a page may state about an organisation, as a `Fact`.

    For the nation a published figure comes first and is marked as published; what is not published
    is computed from the provinces. For a province the panel comes first, and what was published
    about it stands beside it.
    """

    context: Context
    org: Org

    @cached_property
    def panel(self) -> pd.DataFrame:
        """History of the organisation as a panel of one."""
        return pd.concat({self.org.key: self._rows}, names=["org"])

    @cached_property
    def flows(self) -> pd.DataFrame:
        """What each month of it brought (`trend.monthly_flows`)."""
        return monthly_flows(self.panel)

    @cached_property
    def _rows(self) -> pd.DataFrame:
        return self.context.rows(self.org)

    @cached_property
    def _ratios(self) -> dict[str, pd.DataFrame]:
        return {name: function(self.panel).droplevel("org") for name, function in _RATIOS.items()}

    def __call__(self, identifier: str, measure: str, period: Period | None = None) -> Fact:
        """Return the fact of an identifier: an item, a ratio, a change, a target or a gap."""
        period = period or self.context.period
        if self.org == NATION and (published := self.published(identifier, measure, period)):
            return published
        if identifier == "target":
            return self._target(measure, period)
        if identifier in _AGAINST_TARGET:
            return self._against_target(identifier, measure, period)
        if "_change" in identifier:
            return self._change(identifier, measure, period)
        return self.computed(identifier, measure, period)

    def published(self, identifier: str, measure: str, period: Period) -> Fact | None:
        """Return what was published under an identifier, the best of several, or None."""
        row = published_figure(self.org, period, measure, identifier, known_by=self.context.as_of)
        if row is None:
            return None
        counted = row["unit"] in ("cases", "dong")
        value = int(row["value"]) if counted else row["value"] / 100
        origin = Origin("published", row["citation"], row["source_day"], row["vintage"] or "unspecified")
        return Fact(identifier, self.org, period, measure, value, origin, row["bound"], bool(row["derived"]))

    def computed(self, identifier: str, measure: str, period: Period) -> Fact:
        """Return an item or a ratio from the panel alone."""
        key = (period.fiscal_year, period.months)
        column: Any = measure if identifier in _RATIOS else (measure, ITEMS[identifier].id)
        frame = self._ratios[identifier] if identifier in _RATIOS else self._rows
        value: Any = frame.at[key, column] if key in frame.index and column in frame else None
        return Fact(
            identifier,
            self.org,
            period,
            measure,
            value,
            self.origin(period),
            derived=identifier in _RATIOS or self.org.level != "province",
        )

    def origin(self, period: Period) -> Origin:
        """Where the panel's figures of a period come from."""
        rows, now = self.context.origin_rows, self.context.period
        row = rows.get((period.fiscal_year, period.months)) or rows[now.fiscal_year, now.months]
        return Origin(row["provenance"], row["source"], row["as_of"].date(), row["vintage"])

    def _target(self, measure: str, period: Period) -> Fact:
        found = target_for(period, self.org, measure)
        if found is None:
            return Fact("target", self.org, period.year_end, measure, None, Origin("published", ""))
        return Fact("target", found.org, period.year_end, measure, found.value, _origin_of(found), "at_least")

    def _against_target(self, identifier: str, measure: str, period: Period) -> Fact:
        rate, found = self("completion_rate", measure, period), target_for(period, self.org, measure)
        if found is None or not rate.known:
            return Fact(identifier, self.org, period, measure, None, rate.origin, derived=True)
        months = {"months": period.months} if identifier == "gap_prorata" else {}
        value = getattr(found, identifier)(rate.value, **months)
        return Fact(
            identifier,
            self.org,
            period,
            measure,
            value,
            combine(rate.origin, _origin_of(found)),
            derived=True,
        )

    def _change(self, identifier: str, measure: str, period: Period) -> Fact:
        name, _, kind = identifier.rpartition("_change")
        now, base = self(name, measure, period), self(name, measure, period.same_period_last_year)
        value = _CHANGES[kind](now.value, base.value) if now.known and base.known else None
        origin = combine(now.origin, base.origin)
        # A change between figures of which one is only a bound is itself only about right.
        bound = "exact" if (now.bound, base.bound) == ("exact", "exact") else "about"
        return Fact(identifier, self.org, period, measure, value, origin, bound, derived=True)


def _origin_of(target: Target) -> Origin:
    return Origin("published", target.citation)
