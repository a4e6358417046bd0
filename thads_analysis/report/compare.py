"""One item or metric of some organisations through time, beside what they are to be held against."""

from __future__ import annotations

__all__ = ["COMPARISONS", "Choice", "choose", "comparisons_for", "history", "latest", "table"]

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, cast

import pandas as pd

from thads_analysis.errors import DataError, UsageError
from thads_analysis.glossary import ITEMS, MEASURES, N_
from thads_analysis.metrics import metric, metric_names, metric_unit, total
from thads_analysis.org import NATION, Org
from thads_analysis.period import Period
from thads_analysis.report.charts import compare as charts
from thads_analysis.report.exhibits import Column, Exhibit
from thads_analysis.report.facts import Fact
from thads_analysis.report.page import Page

COMPARISONS = MappingProxyType(
    {
        "nation": N_("toàn quốc"),
        "region": N_("cùng vùng"),
        "band": N_("cùng nhóm lượng việc"),
        "nearest": N_("các địa phương giống nhất"),
        "own": N_("nhóm do người dùng chọn"),
        "last_year": N_("cùng kỳ năm trước"),
    }
)
"""What organisations can be held against; those of `metrics.peers` are the first organisation's."""

_MOST = 4
"""Organisations that a chart can tell apart beside what they are held against."""


@dataclass(frozen=True)
class Choice:
    """What is looked at, and its figures.

    Parameters
    ----------
    page : Page
    item : str
        An item of the glossary, or a metric's name.
    measure : {"cases", "money"}
    orgs : tuple of Org
    versus : tuple of str
        Keys of `COMPARISONS`.
    frame : DataFrame
        Index ``fiscal_year, months``; a column a line: keys of organisations, then of comparisons. An item's
        comparison is the mean of its provinces, a metric's is the metric of their sum.
    """

    page: Page
    item: str
    measure: str
    orgs: tuple[Org, ...]
    versus: tuple[str, ...]
    frame: pd.DataFrame = field(repr=False)
    whole: pd.DataFrame = field(repr=False)
    """The lines over all periods up to the page's."""

    @property
    def unit(self) -> str:
        """``percent``, ``ratio``, ``days``, ``cases`` or ``dong``."""
        if self.item in ITEMS:
            return "cases" if self.measure == "cases" else "dong"
        return metric_unit(self.item)

    @property
    def names(self) -> dict[str, str]:
        """Name of each line."""
        text = self.page.text
        found = {org.key: self.page.name_of(org) for org in self.orgs}
        for kind in self.frame.columns.drop(list(found)):
            name = text(COMPARISONS[kind])
            found[kind] = text("{name}, bình quân", name=name) if self.item in ITEMS else name
        return found

    @property
    def subject(self) -> str:
        """What is measured, as it heads a chart: "Tỷ lệ thi hành xong (việc)"."""
        locale = self.page.locale
        return self.page.text(
            "{item} ({measure})", item=locale.heading(self.item), measure=locale.term(self.measure)
        )

    def show(self, value: Any) -> str:
        """Print a value of the chosen item."""
        fact = Fact(self.item, self.orgs[0], self.page.period, self.measure, value, self.page.origin())
        return fact.show(self.page.locale)


def comparisons_for(org: Org) -> tuple[str, ...]:
    """What an organisation can be held against: a province against its peers, the nation against itself.

    Examples
    --------
    >>> comparisons_for(Org.parse("79", "63"))
    ('nation', 'region', 'band', 'nearest', 'own', 'last_year')
    >>> comparisons_for(NATION)
    ('last_year',)
    """
    if org.level == "province":
        return tuple(kind for kind in COMPARISONS if kind != "region" or org.region)
    return ("last_year",) if org == NATION else ("nation", "last_year")


def choose(
    page: Page,
    *,
    item: str = "completion_rate",
    measure: str = "cases",
    orgs: Iterable[str | Org] = (),
    first: str | Period = "",
    versus: Iterable[str] = ("nation", "last_year"),
) -> Choice:
    """Take the figures of an item or a metric up to the page's period.

    Parameters
    ----------
    page : Page
    item : str
        An item of the glossary (``completed``) or a metric's name (`metrics.metric_names`).
    measure : {"cases", "money"}
    orgs : iterable of str or Org
        Codes or names, at most four; the page's organisation without any.
    first : str or Period
        First period shown; the first month of the year before without it.
    versus : iterable of str
        Keys of `COMPARISONS`; those that do not apply to the first organisation are left out.

    Returns
    -------
    Choice

    Raises
    ------
    UsageError
        When something that is named does not exist, or there are more than four organisations.
    DataError
        When there are no figures.
    """
    units = tuple(dict.fromkeys(Org.parse(org, page.period.org_regime) for org in orgs)) or (page.org,)
    kinds = tuple(dict.fromkeys(versus))
    for found, known in (
        ((item,), (*metric_names(), *ITEMS)),
        ((measure,), MEASURES),
        (kinds, COMPARISONS),
    ):
        if unknown := [name for name in found if name not in known]:
            message = f"There is no {unknown[0]!r} to choose; expected one of {', '.join(known)}"
            raise UsageError(message)
    if len(units) > _MOST:
        message = (
            f"A chart tells at most {_MOST} organisations apart; {len(units)} are chosen. Leave some out"
        )
        raise UsageError(message)
    start = Period.parse(first) if first else Period(page.period.fiscal_year - 1, 1)
    if page.period < start:
        message = f"The periods from {start} to {page.period} run backwards; give an earlier first period"
        raise UsageError(message)
    lines = {unit.key: _values(page.context.rows(unit), unit, item, measure) for unit in units}
    applicable = [kind for kind in COMPARISONS if kind in kinds and kind in comparisons_for(units[0])]
    for kind in applicable:
        if kind == "last_year":
            lines[kind] = lines[units[0].key].rename(lambda year: year + 1, level="fiscal_year")
        elif (values := _pool(page, units[0], kind, item, measure)) is not None:
            lines[kind] = values
    whole = pd.DataFrame(lines).sort_index().rename_axis(columns="line")
    years, months = (whole.index.get_level_values(level) for level in ("fiscal_year", "months"))
    number = years * 12 + months
    inside = (number >= start.fiscal_year * 12 + start.months) & (
        number <= page.period.fiscal_year * 12 + page.period.months
    )
    frame = whole[inside]
    if frame[[unit.key for unit in units]].dropna(how="all").empty:
        names = ", ".join(page.name_of(unit) for unit in units)
        message = f"No figures of {item} ({measure}) for {names} from {start} to {page.period}"
        raise DataError(message)
    return Choice(page, item, measure, units, tuple(applicable), frame, whole)


def _values(rows: pd.DataFrame, unit: Org, item: str, measure: str) -> pd.Series[Any]:
    """One line: index ``fiscal_year, months``."""
    if item in ITEMS:
        if (measure, item) not in rows:
            message = f"The store has no {item} ({measure}); choose another item"
            raise DataError(message)
        return rows[measure, item]
    found = metric(pd.concat({unit.key: rows}, names=["org"]), item).droplevel("org")
    if measure not in found:
        message = f"The metric {item} has no {measure}; choose the other measure"
        raise DataError(message)
    return found[measure]


def _pool(page: Page, unit: Org, kind: str, item: str, measure: str) -> pd.Series[Any] | None:
    """Line of the nation or of a province's peers; None where it has no such peers."""
    if kind == "nation":
        rows, count = page.context.rows(NATION), len(page.context.orgs)
    else:
        peers = page.context.peers
        keys = tuple(peers.loc[(peers["org"] == unit.key) & (peers["kind"] == kind), "peer"])
        if not keys:
            return None
        pooled = Org(unit.regime, kind, kind, members=keys)
        rows, count = total(page.context.panel, pooled).droplevel("org"), len(keys)
    values = _values(rows, unit, item, measure)
    return values.astype("Float64") / count if item in ITEMS else values


def history(choice: Choice) -> Exhibit:
    """Draw the lines through time, each year beginning anew on 1 October."""
    page, names = choice.page, choice.names
    for org in choice.orgs:
        page.record_history(
            choice.frame[[org.key]].rename(columns={org.key: choice.measure}), choice.item, org
        )
    for kind in choice.frame.columns.drop([org.key for org in choice.orgs]):
        rows = choice.frame[[kind]].rename(columns={kind: choice.measure})
        page.record_history(rows, f"{kind}__{choice.item}", choice.orgs[0])
    ends = [(name, choice.frame[key].iloc[-1]) for key, name in names.items()]
    return page.chart(
        "fig-history",
        charts.lines(choice.frame, names, choice.unit, page.locale),
        title=choice.subject,
        subtitle=page.text("Lũy kế từ đầu năm thống kê (1/10), theo tháng"),
        alt=page.text(
            "Các đường theo tháng của {subject}; ở {period}: {ends}.",
            subject=choice.subject,
            period=page.period.label(page.locale.lang),
            ends="; ".join(f"{name} {choice.show(value)}" for name, value in ends),
        ),
        frame=choice.frame,
    )


def latest(choice: Choice) -> Exhibit:
    """Draw the last period's values as bars, the same period of last year beside each."""
    page, frame = choice.page, _latest(choice)
    return page.chart(
        "fig-latest",
        charts.bars(frame, choice.unit, page.locale),
        title=page.text(
            "{subject}: {period}", subject=choice.subject, period=page.period.label(page.locale.lang)
        ),
        alt=page.text(
            "Thanh ngang: {values}.",
            values="; ".join(f"{row['name']} {choice.show(row['now'])}" for row in frame.to_dict("records")),
        ),
        frame=frame,
    )


def table(choice: Choice) -> Exhibit:
    """Table of the last period's values, those of the same period of last year, and the change."""
    page, frame = choice.page, _latest(choice)
    base = page.period.same_period_last_year
    columns = {
        "name": Column(page.text("Đơn vị"), number=False, wrap=True),
        "now": Column(page.period.label(page.locale.lang), show=choice.show),
        "base": Column(base.label(page.locale.lang), show=choice.show),
    }
    if choice.unit == "percent":
        columns["change"] = Column(page.text("Tăng, giảm (điểm %)"), show=_points(choice))
    elif choice.unit in ("cases", "dong"):
        columns["change"] = Column(page.text("Tăng, giảm (%)"), show=_growth(choice))
    records = frame.to_dict("index")
    for org in choice.orgs:
        _record_change(choice, org, records[org.key])
    return page.table(
        "tab-compare",
        frame,
        columns,
        title=page.text(
            "{subject}: {period} so với cùng kỳ",
            subject=choice.subject,
            period=page.period.label(page.locale.lang),
        ),
        row_class=lambda key: "nation" if key in ("nation", NATION.key) else "",
    )


def _latest(choice: Choice) -> pd.DataFrame:
    """Index lines; columns ``name, now, base, change``: points for a rate, growth for a count."""
    now = choice.page.period
    base = now.same_period_last_year
    periods = pd.MultiIndex.from_tuples([(when.fiscal_year, when.months) for when in (now, base)])
    values = choice.whole.drop(columns="last_year", errors="ignore").reindex(periods).astype("Float64")
    frame = values.set_axis(["now", "base"]).T.rename_axis("line")
    frame.insert(0, "name", pd.Series(choice.names))
    change = frame["now"] - frame["base"]
    if choice.unit in ("cases", "dong"):
        change = change / frame["base"].where(frame["base"] != 0)
    return frame.assign(change=change)


def _record_change(choice: Choice, org: Org, row: Mapping[Any, Any]) -> None:
    page, base = choice.page, choice.page.period.same_period_last_year
    origin, before = page.origin(), page.context.origin_rows.get((base.fiscal_year, base.months))
    page.state(Fact(choice.item, org, page.period, choice.measure, row["now"], origin, derived=True))
    if before:
        fact = Fact(choice.item, org, base, choice.measure, row["base"], page.origin(base), derived=True)
        page.state(fact, cite=False)
    if choice.unit in ("percent", "cases", "dong"):
        name = f"{choice.item}_change" if choice.unit == "percent" else f"{choice.item}_change_pct"
        page.state(Fact(name, org, page.period, choice.measure, row["change"], origin, derived=True))


def _points(choice: Choice) -> Any:
    return lambda value: choice.page.locale.points(cast(float, value), unit=False)


def _growth(choice: Choice) -> Any:
    return lambda value: choice.page.locale.percent(cast(float, value), signed=True)
