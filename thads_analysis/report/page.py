"""The page behind a notebook: its parameters, its data, and the record of what it states."""

from __future__ import annotations

__all__ = ["PROVENANCES", "VINTAGES", "Page", "open_page"]

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pandas as pd

from thads_analysis import __version__, config
from thads_analysis.context import Context, load_context
from thads_analysis.errors import DataError, UsageError
from thads_analysis.glossary import N_
from thads_analysis.locale import Locale, locale_for
from thads_analysis.merger import merged_from
from thads_analysis.org import NATION, Org
from thads_analysis.period import Period
from thads_analysis.report import exhibits
from thads_analysis.report.exhibits import Column, Exhibit
from thads_analysis.report.facts import Fact, Origin
from thads_analysis.report.figures import Figures

if TYPE_CHECKING:
    from matplotlib.figure import Figure


TITLES = {
    "brief": N_("Bản tin thống kê thi hành án dân sự"),
    "overview": N_("Tổng quan kết quả thi hành án dân sự"),
    "diagnostics": N_("Chẩn đoán kết quả thi hành án dân sự"),
    "trend": N_("Xu hướng kết quả thi hành án dân sự"),
    "forecast": N_("Dự báo và khoảng cách so với chỉ tiêu"),
    "evaluation": N_("Dự báo đúng đến đâu"),
    "quality": N_("Chất lượng số liệu"),
    "cases": N_("Từng việc cần chỉ đạo"),
}
PROVENANCES = {
    "published": N_("số đã công bố"),
    "reported": N_("số báo cáo"),
    "simulated": N_("số liệu mô phỏng"),
}
VINTAGES = {
    "provisional": N_("số sơ bộ"),
    "final": N_("số chính thức"),
    "unspecified": N_("chưa xác định sơ bộ hay chính thức"),
}
_SIDECAR = "application/vnd.thads.page+json"


@dataclass
class Page:
    """One page of a report while it is being made.

    What a page states goes through `state` and `record`, and so into its sidecar. ``data`` is the data
    folder as a notebook names it, for what is not in the context: single cases.
    """

    name: str
    org: Org
    period: Period
    locale: Locale
    context: Context = field(repr=False)
    data: str = ""
    exhibits: list[Exhibit] = field(default_factory=list, repr=False)
    own_title: str = ""
    _lists: dict[tuple[str, str], list[str]] = field(default_factory=dict, repr=False)
    _facts: dict[tuple[str, ...], Fact] = field(default_factory=dict, repr=False)
    _verdicts: dict[tuple[str, ...], dict[str, str]] = field(default_factory=dict, repr=False)
    _cited: dict[str, None] = field(default_factory=dict, repr=False)
    _figures: dict[Org, Figures] = field(default_factory=dict, repr=False)

    @property
    def provinces(self) -> tuple[Org, ...]:
        """The provinces that the page is about: all, the members of a group, the province itself."""
        if self.org == NATION:
            return self.context.orgs
        return tuple(Org.from_key(key) for key in self.org.members) or (self.org,)

    def figures(self, org: Org | None = None) -> Figures:
        """Facts about the page's organisation, or about another; computed once."""
        org = org or self.org
        if org not in self._figures:
            self._figures[org] = Figures(self.context, org)
        return self._figures[org]

    def own_panel(self) -> pd.DataFrame:
        """History of the page's organisation as a panel of one."""
        return self.figures().panel

    def own_flows(self) -> pd.DataFrame:
        """What each month of it brought (`trend.monthly_flows`)."""
        return self.figures().flows

    def state(self, fact: Fact, *, cite: bool = True) -> Fact:
        """Record a fact that the page states, and give it back; ``cite`` lists its source too."""
        key = (fact.identifier, fact.org.key, str(fact.period), fact.measure, fact.origin.source)
        self._facts[key] = fact
        if cite and fact.known:
            self._cited.update(dict.fromkeys(s for s in fact.origin.source.split("; ") if s))
        return fact

    def show(self, fact: Fact, *, full: bool = False) -> str:
        """Record a fact and print it."""
        return self.state(fact).show(self.locale, full=full)

    def conclude(self, subject: str, verdict: str, *, org: Org, measure: str = "", reason: str = "") -> None:
        """Record what the page concludes of an organisation: no figure, one of a few words.

        Parameters
        ----------
        subject : str
            What was judged: ``funnel``, ``completed``, ``monthly_rate``, ``target``.
        verdict : str
            One of `metrics.funnel.place`, `metrics.xmr.variation`, `metrics.xmr.assurance`.
        reason : str
            The sign by which it is known, where there are several.
        """
        about = {"subject": subject, "org_regime": org.regime, "org_code": org.code, "measure": measure}
        self._verdicts[subject, org.key, measure] = about | {"verdict": verdict, "reason": reason}

    def record(self, frame: pd.DataFrame, measure: str, *, period: Period | None = None) -> None:
        """Record a table of figures computed from the panel: index org keys, columns identifiers."""
        period = period or self.period
        origin = self.origin(period)
        for key, row in frame.iterrows():
            org = Org.from_key(str(key))
            for identifier, value in row.items():
                self.state(Fact(str(identifier), org, period, measure, value, origin, derived=True))

    def record_history(self, rows: pd.DataFrame, identifier: str, org: Org | None = None) -> None:
        """Record a history: index ``fiscal_year, months``, columns measures; the record has its sources."""
        for row in rows.reset_index().to_dict("records"):
            period = Period(row["fiscal_year"], row["months"])
            origin = self.origin(period)
            for measure in rows.columns:
                fact = Fact(identifier, org or self.org, period, measure, row[measure], origin, derived=True)
                self.state(fact, cite=False)

    def list_orgs(self, id: str, measure: str, keys: Iterable[str]) -> None:
        """Record who is on a list, also who is not printed: the next report tells who is new."""
        self._lists[id, measure] = list(dict.fromkeys(keys))

    def origin(self, period: Period | None = None) -> Origin:
        """Where the panel's figures of a period come from."""
        return self.figures().origin(period or self.period)

    def text(self, message: str, /, **values: Any) -> str:
        """Translate a source text and fill in its values."""
        return self.locale.text(message, **values)

    def caption(self, facts: Iterable[Fact] = ()) -> str:
        """Source, period and provenance under a figure or table; of the panel when no facts are given."""
        origins = [fact.origin for fact in facts if fact.known] or [self.origin()]
        sources = dict.fromkeys(s for origin in origins for s in origin.source.split("; ") if s)
        kinds = [name for name in PROVENANCES if any(origin.provenance == name for origin in origins)]
        return self.text(
            "Nguồn: {sources}. Kỳ: {period}. Tính chất: {kinds}.",
            sources="; ".join(self.text(source) for source in sources),
            period=self.period.label(self.locale.lang),
            kinds=self.locale.join([self.text(PROVENANCES[kind]) for kind in kinds]),
        )

    def name_of(self, org: Org) -> str:
        """Name an organisation in the page's language."""
        return self.locale.name(org)

    def provenance(self, origin: Origin) -> str:
        """Name what kind of figure it is: published, reported, simulated."""
        return self.text(PROVENANCES[origin.provenance])

    def vintage(self, origin: Origin) -> str:
        """Name the vintage of a figure."""
        return self.text(VINTAGES[origin.vintage])

    def header(self) -> Exhibit:
        """Title, organisation, period, the strip of provenance, and a banner over simulated figures."""
        origin, lang = self.origin(), self.locale.lang
        simulated = origin.provenance == "simulated"
        banner = self.text(
            "Trang này có số liệu mô phỏng, do chương trình tạo ra để minh họa; không phải số liệu chính "
            "thức của "
            "bất kỳ cơ quan nào. Số đã công bố được ghi rõ nguồn."
        )
        strip = [
            (
                self.text("Số liệu từ"),
                self.text(
                    "{first} đến {last}",
                    first=self.locale.date(self.period.start),
                    last=self.locale.date(self.period.end),
                ),
            ),
            (self.text("Biết đến ngày"), self.locale.date(origin.as_of) if origin.as_of else "–"),
            (self.text("Loại số"), self.vintage(origin)),
            (self.text("Tính chất"), self.provenance(origin)),
        ]
        old = merged_from(self.org) if self.org.regime == "34" else ()
        if len(old) > 1:
            strip.append((self.text("Gồm các tỉnh cũ"), ", ".join(unit.name for unit in old)))
        html = exhibits.template("header.html").render(
            title=self.title,
            organisation=self.name_of(self.org),
            period=self.period.label(lang),
            banner=banner if simulated else "",
            banner_title=self.text("SỐ LIỆU MÔ PHỎNG."),
            strip=strip,
        )
        return Exhibit("page-head", "text", self.title, html)

    @property
    def title(self) -> str:
        """Title of the page in its language."""
        return self.text(self.own_title or TITLES[self.name])

    def lead(self, sentences: list[str]) -> Exhibit:
        """Show the sentences that open the page."""
        return self._keep(exhibits.paragraphs("lead", sentences))

    def chart(
        self,
        id: str,
        drawing: Figure,
        *,
        title: str,
        alt: str,
        frame: pd.DataFrame,
        subtitle: str = "",
        facts: Iterable[Fact] = (),
        caption: str = "",
    ) -> Exhibit:
        """Show a drawing with its finding as title, and the caption of its facts where none is given."""
        return self._keep(
            exhibits.figure(
                id,
                drawing,
                title=title,
                subtitle=subtitle,
                alt=alt,
                caption=caption or self.caption(facts),
                frame=frame,
            )
        )

    def table(
        self,
        id: str,
        frame: pd.DataFrame,
        columns: Mapping[str, Column],
        *,
        title: str,
        notes: Iterable[str] = (),
        facts: Iterable[Fact] = (),
        caption: str = "",
        row_class: Callable[[Any], str] | None = None,
    ) -> Exhibit:
        """Show a table with the caption of its facts where none is given."""
        return self._keep(
            exhibits.table(
                id,
                frame,
                columns,
                title=title,
                caption=caption or self.caption(facts),
                notes=notes,
                row_class=row_class,
            )
        )

    def note(self, *sentences: str, css: str = "note") -> Exhibit:
        """Show sentences that say why something is not shown or how it is to be read."""
        return self._keep(exhibits.paragraphs(f"note-{len(self.exhibits)}", list(sentences), css=css))

    @property
    def cited(self) -> tuple[str, ...]:
        """Sources of what the page has stated so far, in the order in which they came."""
        return tuple(self._cited)

    @property
    def kinds(self) -> tuple[str, ...]:
        """Provenances of what the page has stated so far, the strongest first."""
        found = {self.origin().provenance, *(f.origin.provenance for f in self._facts.values() if f.known)}
        return tuple(kind for kind in PROVENANCES if kind in found)

    def sources(self) -> Exhibit:
        """List every source that the page has cited, and how figures are rounded."""
        lines = [
            *(self.text(source) for source in self._cited),
            self.text("Nguồn của từng con số, kể cả các kỳ trước, có trong tệp JSON cùng tên với trang này."),
            self.text(
                "Tỷ lệ tính từ số việc và số tiền nguyên, làm tròn hai chữ số thập phân khi in; "
                "chênh lệch giữa hai tỷ lệ ghi bằng điểm %."
            ),
        ]
        return exhibits.paragraphs("sources", lines, css="sources")

    def sidecar(self) -> Sidecar:
        """Everything the page states, as the last output of its notebook."""
        facts = list(self._facts.values())
        origins = [self.origin(), *(fact.origin for fact in facts if fact.known)]
        days = [origin.as_of for origin in origins if origin.as_of]
        return Sidecar(
            {
                "title": self.title,
                "page": self.name,
                "lang": self.locale.lang,
                "org_regime": self.org.regime,
                "org_code": self.org.code,
                "org_name": self.org.name,
                "period": str(self.period),
                "provenance": sorted({origin.provenance for origin in origins}),
                "as_of": max(days).isoformat() if days else None,
                "sources": list(self._cited),
                "library": __version__,
                "figures": [fact.record() for fact in facts],
                "lists": [
                    {"id": id, "measure": measure, "orgs": keys}
                    for (id, measure), keys in self._lists.items()
                ],
                "verdicts": list(self._verdicts.values()),
                "exhibits": [
                    {"id": e.id, "kind": e.kind, "title": e.title} for e in self.exhibits if e.kind != "text"
                ],
            }
        )

    def _keep(self, exhibit: Exhibit) -> Exhibit:
        self.exhibits.append(exhibit)
        return exhibit


@dataclass(frozen=True)
class Sidecar:
    """The record of a page; a notebook shows it as data, not as text."""

    record: dict[str, Any] = field(repr=False)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        return {_SIDECAR: self.record}


def open_page(
    name: str, *, period: str, org: str = "VN", lang: str = "vi", data: str = "", title: str = ""
) -> Page:
    """Check a notebook's parameters and read what its page needs, the configuration too.

    Parameters
    ----------
    name : str
        ``brief``, ``overview``, ``diagnostics``, ``trend``, ``forecast``, ``evaluation``, ``quality``,
        ``cases``, or, with a title, the page of a topic of the user's own.
    period : str
        Such as ``2023-M09``.
    org : str
        ``VN``, or code or name of a province in the list in force at the period's end.
    lang : {"vi", "en"}
    data : str
        Data folder; empty for the usual places (see `paths.data_dir`).
    title : str
        Title of a page of the user's own, in Vietnamese; ``[labels.en]`` in ``thads.toml`` may translate it.

    Raises
    ------
    UsageError
        When a parameter is wrong, or the page is not made for the organisation.
    DataError
        When the store holds nothing for the period or the organisation.

    Examples
    --------
    >>> page = open_page("diagnostics", period="2023-M09", org="Quảng Trị")
    >>> page.org.key, page.title
    ('63:45', 'Chẩn đoán kết quả thi hành án dân sự')
    """
    config.use(data or None)
    if (name in TITLES) == bool(title):
        message = (
            f"A page has the name of one of the project's ({', '.join(TITLES)}), or a name and a title of "
            f"its own; found {name!r} and the title {title!r}"
        )
        raise UsageError(message)
    locale = locale_for(lang)
    when = Period.parse(period)
    unit = Org.parse(org, when.org_regime)
    if name in ("brief", "quality", "evaluation") and unit != NATION:
        message = f"The {name} page is made for the nation: org must be VN, not {org!r}"
        raise UsageError(message)
    if name == "overview" and unit.level == "province":
        message = f"The overview is made for the nation or a group: org must be VN or its code, not {org!r}"
        raise UsageError(message)
    if name == "diagnostics" and unit.level != "province":
        message = f"The diagnostics are made for a province: give its code or name as org, not {org!r}"
        raise UsageError(message)
    if name == "cases" and unit.level != "province":
        message = f"The cases are shown to the province that has them: give its code as org, not {org!r}"
        raise UsageError(message)
    context = load_context(when, data or None)
    _require_figures(context, unit, name)
    return Page(name, unit, when, locale, context, data, own_title=title)


def _require_figures(context: Context, unit: Org, name: str) -> None:
    """Refuse a page about an organisation of which the period has no figures.

    Quality says which lack; a forecast estimates them and names them.
    """
    held = set(context.at(context.period).index)
    if lacking := [key for key in unit.members if key not in held]:
        message = (
            f"{unit.name} is the sum of its provinces; no figures for {context.period} of "
            f"{', '.join(Org.from_key(key).name for key in lacking)}. Ingest their reports first"
        )
        raise DataError(message)
    if unit.level == "province" and unit.key not in held:
        message = f"No figures of {unit.name} for {context.period} in the store; ingest its report first"
        raise DataError(message)
    late = [org.name for org in context.orgs if org.key not in held]
    if unit == NATION and late and name not in ("quality", "forecast", "evaluation"):
        more = f" and {len(late) - 5} more" if len(late) > 5 else ""
        message = (
            f"The nation is the sum of all {len(context.orgs)} provinces; no figures for {context.period} of "
            f"{', '.join(late[:5])}{more}. Ingest their reports first"
        )
        raise DataError(message)
