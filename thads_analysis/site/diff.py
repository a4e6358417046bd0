"""What changed from one rendered report to another: figures, lists, corrections, pages, provenance."""

from __future__ import annotations

__all__ = ["LISTS", "Difference", "ListChange", "Move", "Report", "compare_reports", "read_report"]

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

from thads_analysis.errors import DataError, UsageError
from thads_analysis.glossary import ITEMS, MEASURES, N_
from thads_analysis.locale import MISSING, Locale
from thads_analysis.org import NATION, Org
from thads_analysis.period import Period
from thads_analysis.report.facts import Fact
from thads_analysis.report.records import read_record
from thads_analysis.site.templating import page_order, page_titles

_TOLD = {
    "completion_rate": N_("Tỷ lệ thi hành xong"),
    "completion_rate_change": N_("So với cùng kỳ"),
    "gap_full_year": N_("So với chỉ tiêu năm"),
    "completed": N_("Thi hành xong"),
    "eligible": N_("Có điều kiện thi hành"),
    "rate_median": N_("Dự báo cuối năm"),
    "lower_80": N_("Dự báo cuối năm, khoảng 80%: thấp"),
    "upper_80": N_("Dự báo cuối năm, khoảng 80%: cao"),
    "p_target": N_("Khả năng vượt chỉ tiêu"),
    "required_completions": N_("Còn phải thi hành xong"),
}
_OF_A_PROVINCE = ("completion_rate", "completion_rate_change", "rate_median", "p_target", "rank")
_AT_YEAR_END = ("rate_median", "lower_80", "upper_80", "p_target", "required_completions")
_CUMULATIVE = ("completion_rate", "gap_full_year", "completed", "eligible")
LISTS = {
    "tab-below": N_("Thấp hơn mức chung toàn quốc"),
    "tab-far-below": N_("Thấp xa so với các địa phương khác"),
    "tab-two-years": N_("Hai năm liền không đạt chỉ tiêu"),
    "tab-watched": N_("Năm trước không đạt, năm nay chậm tiến độ"),
    "tab-doubts": N_("Số liệu cần xem lại"),
}
_CORRECTED = (*ITEMS, "completion_rate", "eligible_share")
_MOVED = {"percent": "points", "pp": "points", "probability": "points"}

Record = Mapping[str, Any]


@dataclass(frozen=True)
class Report:
    """A rendered report as its manifest and its pages' records tell it.

    Parameters
    ----------
    manifest : mapping
        What ``manifest.json`` holds.
    sidecars : mapping
        Records of the pages by their path without suffix, ``79/trend``.
    """

    manifest: Record = field(repr=False)
    sidecars: Mapping[str, Record] = field(repr=False)

    @property
    def period(self) -> Period:
        """Period of the report."""
        return Period.parse(self.manifest["period"])

    @property
    def as_of(self) -> date:
        """Day on which the period's figures were known."""
        return date.fromisoformat(self.manifest["as_of"])

    @cached_property
    def titles(self) -> dict[str, str]:
        """Titles of its pages by topic, those of an analyst's own too."""
        return page_titles(self.sidecars)

    @cached_property
    def facts(self) -> dict[tuple[str, str, str, str, bool], Fact]:
        """Every figure that a page states: by identifier, organisation, period, measure, whether published.

        What an organisation's own pages say comes before what others say of it, and of several
        publications the first that a page states, which is the best.
        """
        found: dict[tuple[str, str, str, str, bool], Fact] = {}
        for own in (True, False):
            for _, sidecar in sorted(self.sidecars.items()):
                for record in sidecar["figures"]:
                    if record["value"] is None or own != _is_own(sidecar, record):
                        continue
                    try:
                        fact = Fact.of(record)
                    except UsageError:  # a group that has been given up since
                        continue
                    published = fact.origin.provenance == "published"
                    key = (fact.identifier, fact.org.key, str(fact.period), fact.measure, published)
                    found.setdefault(key, fact)
        return found

    @cached_property
    def lists(self) -> dict[tuple[str, str], frozenset[Org]]:
        """Who is on which list of the nation's pages, by the list and the measure."""
        return {
            (listed["id"], listed["measure"]): frozenset(Org.from_key(key) for key in listed["orgs"])
            for sidecar in self.sidecars.values()
            if sidecar["org_code"] == NATION.code
            for listed in sidecar.get("lists", ())
        }

    @cached_property
    def verdicts(self) -> dict[tuple[Org, str, str], str]:
        """What the pages conclude: by organisation, subject and measure (`Page.conclude`)."""
        return {
            (_org_of(one), one["subject"], one["measure"]): one["verdict"]
            for sidecar in self.sidecars.values()
            for one in sidecar.get("verdicts", ())
        }

    @property
    def pages(self) -> dict[str, Record]:
        """Entries of the pages that were made, by their path without suffix."""
        return {
            f"{entry['org_code']}/{entry['page']}": entry
            for entry in self.manifest["entries"]
            if entry["status"] == "ok"
        }

    def fact(self, identifier: str, org: Org, measure: str) -> Fact | None:
        """Return what the report says of its period: what was published of the nation, what others report."""
        when = self.period.year_end if identifier in _AT_YEAR_END else self.period
        published_first = org == NATION
        for published in (published_first, not published_first):
            if found := self.facts.get((identifier, org.key, str(when), measure, published)):
                return found
        return None

    def target(self, org: Org, measure: str) -> Fact | None:
        """Return the year's target of an organisation; of the nation where it has none of its own."""
        whole = str(self.period.year_end)
        for key in (org.key, NATION.key):
            for published in (True, False):
                if found := self.facts.get(("target", key, whole, measure, published)):
                    return found
        return None


@dataclass(frozen=True)
class Move:
    """One figure in both reports.

    ``earlier`` or ``later`` is None where that report does not state it.
    """

    earlier: Fact | None
    later: Fact | None
    comparable: bool = True

    @property
    def fact(self) -> Fact:
        """The figure as the later report has it, or else the earlier one."""
        found = self.later or self.earlier
        assert found is not None  # noqa: S101 - one of the two is there by construction
        return found

    @property
    def difference(self) -> float | int | None:
        """Later minus earlier, as printed: fractions for rates and points, whole counts and đồng."""
        if self.earlier is None or self.later is None or not self.comparable:
            return None
        difference = self.later.value - self.earlier.value
        return round(difference, 6) if isinstance(difference, float) else difference

    @property
    def of_another_kind(self) -> bool:
        """Whether one report's figure is of another provenance or vintage than the other's."""
        if self.earlier is None or self.later is None:
            return False
        kinds = [(fact.origin.provenance, fact.origin.vintage) for fact in (self.earlier, self.later)]
        return kinds[0] != kinds[1]

    def show_difference(self, locale: Locale) -> str:
        """Print the difference with its sign and unit."""
        difference, fact = self.difference, self.fact
        if difference is None:
            return MISSING
        match _MOVED.get(fact.unit, fact.unit):
            case "points":
                return locale.points(difference, 0 if fact.unit == "probability" else 2)
            case "cases":
                return locale.cases(difference, signed=True)
            case "dong":
                return locale.money(difference, signed=True)
            case _:
                return locale.decimal(difference, 0 if isinstance(difference, int) else 2, signed=True)

    def row(self, locale: Locale) -> dict[str, str]:
        """Print the figure of both reports: ``org, name, earlier, later, difference``."""
        fact = self.fact
        name = locale.text(_TOLD[fact.identifier]) if fact.identifier in _TOLD else fact.identifier
        if fact.identifier in _CORRECTED and fact.identifier not in _TOLD:
            name = locale.heading(fact.identifier)
        return {
            "org": locale.name(fact.org),
            "name": f"{name} ({locale.term(fact.measure)})",
            "period": fact.period.label(locale.lang),
            "earlier": self.earlier.show(locale) if self.earlier else MISSING,
            "later": self.later.show(locale) if self.later else MISSING,
            "difference": self.show_difference(locale),
        }

    def record(self) -> dict[str, Any]:
        """Both figures as in the sidecars, and the difference: points for rates, whole counts and đồng."""
        difference = self.difference
        points = self.fact.unit in _MOVED
        return {
            "identifier": self.fact.identifier,
            "org_regime": self.fact.org.regime,
            "org_code": self.fact.org.code,
            "period": str(self.fact.period),
            "measure": self.fact.measure,
            "unit": self.fact.unit,
            "difference": round(difference * 100, 4) if points and difference is not None else difference,
            "difference_unit": "pp" if points else self.fact.unit,
            **{
                f"{when}_{name}": fact.record()[name] if fact else None
                for when, fact in (("earlier", self.earlier), ("later", self.later))
                for name in ("value", "provenance", "vintage", "as_of", "source")
            },
        }


@dataclass(frozen=True)
class ListChange:
    """Who is on a list of the later report and was not on that of the earlier one, and the reverse."""

    id: str
    measure: str
    before: int
    now: int
    entered: tuple[Org, ...]
    left: tuple[Org, ...]

    def record(self) -> dict[str, Any]:
        """Name the list and the keys of those who came and went."""
        return {
            "list": self.id,
            "measure": self.measure,
            "before": self.before,
            "now": self.now,
            "entered": [org.key for org in self.entered],
            "left": [org.key for org in self.left],
        }


@dataclass(frozen=True)
class Difference:
    """What a report says otherwise than an earlier one.

    Parameters
    ----------
    earlier, later : Report
    nation : tuple of Move
        Rates, change, gap, counts, forecast and probability of the nation, cases before money.
    provinces : tuple of Move
        Rates, forecasts, probabilities and ranks of the provinces that both know, by code.
    lists : tuple of ListChange
        The lists that both hold.
    revised : tuple of Move
        Figures of one and the same period that both state, and not alike.
    added, missing : tuple of str
        Pages that only the later, only the earlier report has, by their path without suffix.
    """

    earlier: Report
    later: Report
    nation: tuple[Move, ...]
    provinces: tuple[Move, ...]
    lists: tuple[ListChange, ...]
    revised: tuple[Move, ...]
    added: tuple[str, ...]
    missing: tuple[str, ...]

    def record(self) -> dict[str, Any]:
        """Everything as data, for a program."""
        return {
            **{
                name: {
                    key: report.manifest[key] for key in ("period", "lang", "as_of", "provenance", "library")
                }
                for name, report in (("earlier", self.earlier), ("later", self.later))
            },
            "nation": [move.record() for move in self.nation],
            "provinces": [move.record() for move in self.provinces],
            "lists": [change.record() for change in self.lists],
            "revised": [move.record() for move in self.revised],
            "pages_added": list(self.added),
            "pages_missing": list(self.missing),
        }


def compare_reports(later: Report, earlier: Report) -> Difference:
    """Compare two rendered reports by their manifests and records alone.

    Parameters
    ----------
    later, earlier : Report
        Of the same period, made at two times, or of two periods.

    Returns
    -------
    Difference
        Cumulative figures of two fiscal years are set side by side without a difference; provinces of the
        list of 63 and of the list of 34 are not compared.

    Raises
    ------
    UsageError
        When the second report's period is after the first's.
    """
    if earlier.period > later.period:
        message = f"{earlier.period} is after {later.period}; give the later report first"
        raise UsageError(message)
    known = sorted({Org.from_key(key[1]) for report in (later, earlier) for key in report.facts})
    same_list = later.period.org_regime == earlier.period.org_regime
    provinces = [org for org in known if org.level == "province"] if same_list else []
    pages, before = later.pages, earlier.pages
    return Difference(
        earlier,
        later,
        tuple(_moves(later, earlier, [NATION], _TOLD)),
        tuple(
            move for move in _moves(later, earlier, provinces, _OF_A_PROVINCE) if move.earlier and move.later
        ),
        tuple(_list_changes(later, earlier)) if same_list else (),
        tuple(_revised(later, earlier)),
        tuple(sorted(pages.keys() - before.keys(), key=_page_place)),
        tuple(sorted(before.keys() - pages.keys(), key=_page_place)),
    )


def read_report(folder: Path) -> Report:
    """Read the manifest and the records of a period's folder, without the pages of single cases.

    Raises
    ------
    UsageError
        When the folder holds no report.
    DataError
        When the manifest or a record is missing or damaged.
    """
    if not (folder / "manifest.json").is_file():
        message = f"{folder} holds no report: it has no manifest.json. Make it with: thads run PERIOD"
        raise UsageError(message)
    manifest = _read_json(folder / "manifest.json")
    try:
        manifest["entries"] = [entry for entry in manifest["entries"] if not entry.get("internal")]
        report = Report(manifest, {})
        return Report(manifest, {stem: _read_sidecar(folder / f"{stem}.json") for stem in report.pages})
    except (KeyError, TypeError) as error:
        message = f"{folder}/manifest.json is not a report's manifest ({error!r}); run the whole period again"
        raise DataError(message) from None


def _read_json(file: Path) -> dict[str, Any]:
    try:
        record: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        message = f"{file} is missing or damaged; expected JSON that a run wrote. Run the whole period again"
        raise DataError(message) from None
    return record


def _read_sidecar(file: Path) -> dict[str, Any]:
    text = file.read_text(encoding="utf-8") if file.is_file() else ""
    return read_record(text, str(file))


def _org_of(record: Record) -> Org:
    return Org.from_key(f"{record['org_regime']}:{record['org_code']}".removeprefix(":"))


def _is_own(sidecar: Record, record: Record) -> bool:
    return (sidecar["org_regime"], sidecar["org_code"]) == (record["org_regime"], record["org_code"])


def _moves(later: Report, earlier: Report, orgs: Iterable[Org], identifiers: Iterable[str]) -> Iterable[Move]:
    same_year = later.period.fiscal_year == earlier.period.fiscal_year
    for org in orgs:
        for measure in MEASURES:
            for identifier in identifiers:
                before, now = (report.fact(identifier, org, measure) for report in (earlier, later))
                if before or now:
                    runs_on = identifier not in (*_CUMULATIVE, *_AT_YEAR_END)
                    yield Move(before, now, comparable=same_year or runs_on)


def _list_changes(later: Report, earlier: Report) -> Iterable[ListChange]:
    for id in LISTS:
        for measure in MEASURES:
            now, before = (report.lists.get((id, measure)) for report in (later, earlier))
            if now is not None and before is not None:
                came, went = sorted(now - before), sorted(before - now)
                yield ListChange(id, measure, len(before), len(now), tuple(came), tuple(went))


def _revised(later: Report, earlier: Report) -> list[Move]:
    found = [
        Move(earlier.facts[key], fact)
        for key, fact in later.facts.items()
        if fact.identifier in _CORRECTED and key in earlier.facts and earlier.facts[key].value != fact.value
    ]
    order = {identifier: place for place, identifier in enumerate(_CORRECTED)}
    return sorted(
        found,
        key=lambda move: (
            move.fact.org != NATION,
            move.fact.org,
            move.fact.period,
            move.fact.measure,
            order[move.fact.identifier],
        ),
    )


def _page_place(stem: str) -> tuple[bool, str, tuple[int, str]]:
    code, _, page = stem.partition("/")
    return (code != NATION.code, code, page_order(page))
