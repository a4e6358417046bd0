"""A list of provinces made by rule: what it holds, and how a page shows and records it."""

from __future__ import annotations

__all__ = [
    "Field",
    "Listing",
    "amount_head",
    "at",
    "by_org",
    "fields_by_measure",
    "named",
    "on_page",
    "say_which",
    "unit",
    "who",
]

from collections.abc import Collection, Hashable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pandas as pd

from thads_analysis.context import Context
from thads_analysis.glossary import MEASURES
from thads_analysis.locale import MISSING, Locale
from thads_analysis.org import Org
from thads_analysis.period import Period
from thads_analysis.report.exhibits import Column, Exhibit
from thads_analysis.report.facts import Fact
from thads_analysis.report.page import Page


@dataclass(frozen=True)
class Field:
    """A column of a list: its head, and what its values are.

    ``kind`` is ``text``, ``cases`` (any count), ``money`` (đồng), ``percent``, ``points``, ``date`` or
    ``year``.
    """

    head: str
    kind: str = "text"

    def column(self, locale: Locale) -> Column:
        """Show the column on a page."""
        match self.kind:
            case "cases":
                return Column(self.head, locale.integer)
            case "money":
                return Column(self.head, locale.thousands)
            case "percent":
                return Column(self.head, locale.percent)
            case "points":
                return Column(self.head, lambda value: locale.points(value, unit=False))
            case "date":
                return Column(self.head, lambda day: MISSING if pd.isna(day) else locale.date(day))
            case _:
                return Column(self.head, number=False)


@dataclass(frozen=True)
class Listing:
    """A list of provinces with the rule that made it.

    Parameters
    ----------
    id : str
        Anchor on a page.
    sheet : str
        Name of its sheet in the annex, at most 31 letters.
    title, rule : str
        What it lists, and why a province is on it or not.
    fields : mapping of str to Field
        Columns of `frame` to show, in order.
    frame : DataFrame
        Index the keys of the provinces, some of them more than once. Where rows differ in measure or
        period, columns ``measure`` and ``period`` say so.
    facts : mapping of str to (str, str)
        Which columns are figures: by column the identifier, and the measure, empty for that of the row.
    notes : tuple of str
        What could not be told, and whose figures these are.
    """

    id: str
    sheet: str
    title: str
    rule: str
    fields: Mapping[str, Field]
    frame: pd.DataFrame = field(repr=False)
    facts: Mapping[str, tuple[str, str]] = field(repr=False)
    notes: tuple[str, ...] = ()

    def of(self, keys: Collection[str]) -> Listing:
        """Keep the rows of some provinces."""
        return replace(self, frame=self.frame[self.frame.index.isin(list(keys))])


def on_page(page: Page, listing: Listing, *, most: int | None = None) -> Exhibit:
    """Show a list on a page, its rule under it; only its first rows where it is long."""
    listing = listing.of([org.key for org in page.provinces])
    for measure in MEASURES if "measure" in listing.frame else [""]:
        frame = listing.frame[listing.frame["measure"] == measure] if measure else listing.frame
        page.list_orgs(listing.id, measure, map(str, frame.index))
    if listing.frame.empty:
        return page.note(
            page.text("{title}: không có địa phương nào trong số đủ số liệu để xét.", title=listing.title),
            listing.rule,
            *listing.notes,
        )
    shown = listing.frame if most is None else listing.frame.head(most)
    notes = [listing.rule, *listing.notes]
    if len(shown) < len(listing.frame):
        notes.append(
            page.text(
                "In {shown} dòng đầu trong {total}; danh sách đầy đủ ở trang tính “{sheet}” của annex.xlsx.",
                shown=len(shown),
                total=len(listing.frame),
                sheet=listing.sheet,
            )
        )
    _record(page, replace(listing, frame=shown))
    columns = {name: one.column(page.locale) for name, one in listing.fields.items() if name != "code"}
    return page.table(listing.id, shown, columns, title=listing.title, notes=notes)


def _record(page: Page, listing: Listing) -> None:
    """Put the figures of a list into the record of the page."""
    for key, row in zip(listing.frame.index, listing.frame.to_dict("records"), strict=True):
        period = Period.parse(row.get("period", page.period))
        for column, (identifier, measure) in listing.facts.items():
            page.state(
                Fact(
                    identifier,
                    Org.from_key(key),
                    period,
                    measure or row["measure"],
                    row[column],
                    page.origin(period),
                    derived=True,
                )
            )


def at(context: Context, *periods: Period) -> pd.DataFrame:
    """Rows of the panel in some periods, with its whole index."""
    periods_there = context.panel.index.to_frame()[["fiscal_year", "months"]]
    wanted = [(period.fiscal_year, period.months) for period in periods]
    return context.panel[pd.MultiIndex.from_frame(periods_there).isin(wanted)]


def by_org(columns: pd.DataFrame | Mapping[str, pd.Series[Any]]) -> pd.DataFrame:
    """Lay columns that are each of one period side by side, by organisation."""
    levels: list[Hashable] = ["fiscal_year", "months"]
    if isinstance(columns, pd.DataFrame):
        return columns.droplevel(levels)
    return pd.DataFrame({name: column.droplevel(levels) for name, column in columns.items()})


def named(frame: pd.DataFrame) -> pd.DataFrame:
    """Add the columns ``name`` and ``code`` of the provinces of the index."""
    orgs = [Org.from_key(str(key)) for key in frame.index]
    return frame.assign(code=[org.code for org in orgs], name=[org.name for org in orgs])


def who(locale: Locale) -> dict[str, Field]:
    """Fields of the province itself; its code stands in the annex only."""
    return {"name": Field(locale.text("Địa phương")), "code": Field(locale.text("Mã"))}


def fields_by_measure(locale: Locale, *columns: tuple[str, str, str]) -> dict[str, Field]:
    """Fields of both measures beside each other, from (name, head with ``{measure}``, kind)."""
    fields = who(locale)
    for measure in MEASURES:
        for name, head, kind in columns:
            fields[f"{measure}_{name}"] = Field(head.format(measure=locale.heading(measure)), kind)
    return fields


def say_which(flags: pd.DataFrame, locale: Locale) -> list[str]:
    """Name the measures of which boolean columns ``cases, money`` are true, row by row."""
    words = {
        (True, True): locale.text("việc và tiền"),
        (True, False): locale.text("việc"),
        (False, True): locale.text("tiền"),
    }
    pairs = zip(flags["cases"].astype(bool), flags["money"].astype(bool), strict=True)
    return [words.get(pair, MISSING) for pair in pairs]


def unit(locale: Locale, measure: str) -> str:
    """Unit of a column of counts or amounts."""
    return locale.text("việc") if measure == "cases" else locale.text("nghìn đồng")


def amount_head(locale: Locale, item: str, measure: str) -> str:
    """Head of a column of an item, with its unit."""
    return f"{locale.heading(item)} ({unit(locale, measure)})"
