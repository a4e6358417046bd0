"""The front page of a period: where the nation stands, who needs attention, every organisation and page."""

from __future__ import annotations

__all__ = ["FRONT_SCRIPT", "render_index"]

import base64
import hashlib
from collections.abc import Iterable, Mapping
from importlib.resources import files
from typing import Any

from thads_analysis.errors import UsageError
from thads_analysis.glossary import MEASURES, N_
from thads_analysis.locale import MISSING, Locale, locale_for
from thads_analysis.org import NATION, Org, provinces
from thads_analysis.report.facts import Fact
from thads_analysis.report.page import PROVENANCES, VINTAGES
from thads_analysis.site.attention import find_reasons
from thads_analysis.site.changes import say_changes
from thads_analysis.site.diff import Report, compare_reports
from thads_analysis.site.maps import Shapes, draw_maps
from thads_analysis.site.templating import org_name, page_label, page_order, render_template

FRONT_SCRIPT = (files("thads_analysis.site") / "templates" / "front.js").read_text(encoding="utf-8")
"""The one script of the one page that has one: it sorts and searches the table of organisations."""

_FEWEST_REASONS = 2
_MOST_NAMED = 10
_VARIATIONS = {
    "improving": N_("▲ tốt lên"),
    "worsening": N_("▼ kém đi"),
    "common": N_("● bình thường"),
    "short": N_("– chưa đủ số"),
}
_COURSES = {
    "will_hit": N_("✓ sẽ đạt"),
    "may_hit": N_("? chưa chắc"),
    "will_miss": N_("✗ sẽ không đạt"),
}
_SIGN_ORDER = (*_VARIATIONS, *_COURSES)


def render_index(report: Report, previous: Report | None = None, shapes: Shapes | None = None) -> str:
    """Render the front page from the manifest and the pages' records alone.

    Parameters
    ----------
    report : Report
    previous : Report, optional
        The report of the month before, where there is one.
    shapes : mapping, optional
        Outlines of provinces to draw instead of tiles (`load.geography.read_shapes`).

    Returns
    -------
    str
        A whole page. Organisations come by code, the nation first. A figure that no record states is a
        dash.
    """
    manifest = report.manifest
    locale = locale_for(manifest["lang"])
    entries = sorted(
        manifest["entries"],
        key=lambda entry: (entry["org_regime"], entry["org_code"], page_order(entry["page"])),
    )
    orgs = {_org(entry): org_name(entry, locale) for entry in entries}
    when = report.period
    return render_template(
        "index.html.j2",
        locale,
        page_title=f"{locale.text('Thống kê thi hành án dân sự')} · {when}",
        script=FRONT_SCRIPT,
        script_hash=base64.b64encode(hashlib.sha256(FRONT_SCRIPT.encode()).digest()).decode(),
        period=when.label(locale.lang),
        simulated="simulated" in manifest["provenance"],
        strip=_strip(report, orgs, locale),
        headline=[_headline(measure, report, locale) for measure in MEASURES],
        maps=draw_maps(report, locale, shapes),
        attention=_attention(report, orgs, locale),
        changes=say_changes(compare_reports(report, previous), locale) if previous else [],
        quality=_quality(report, locale),
        brief="VN/brief.html" if "VN/brief" in report.pages else "",
        measures=[locale.term(measure) for measure in MEASURES],
        rows=[_row(org, name, entries, report, locale) for org, name in orgs.items()],
        failures=[
            {
                "org": org_name(entry, locale),
                "page": page_label(entry["page"], locale, report.titles.get(entry["page"], "")),
                "cell": entry["error"]["cell"] or MISSING,
                "error": f"{entry['error']['type']}: {entry['error']['message']}",
            }
            for entry in entries
            if entry["status"] == "failed"
        ],
        library=manifest["library"],
    )


def _org(entry: Mapping[str, Any]) -> Org:
    """Organisation of an entry, which may be a group that has been given up since."""
    regime, code = entry["org_regime"], entry["org_code"]
    try:
        return Org.from_key(f"{regime}:{code}".removeprefix(":"))
    except UsageError:
        return Org(regime, code, entry["org_name"])


def _strip(report: Report, orgs: Iterable[Org], locale: Locale) -> list[tuple[str, str]]:
    """Say of which days the figures are, when they were known, and what kind they are."""
    shown = [
        fact
        for org in dict.fromkeys([NATION, *orgs])
        for measure in MEASURES
        if (fact := report.fact("completion_rate", org, measure))
    ]
    vintages, kinds = ({getattr(fact.origin, name) for fact in shown} for name in ("vintage", "provenance"))
    totals, when = report.manifest["totals"], report.period
    strip = [
        (
            locale.text("Số liệu từ"),
            locale.text("{first} đến {last}", first=locale.date(when.start), last=locale.date(when.end)),
        ),
        (locale.text("Biết đến ngày"), locale.date(report.as_of)),
        (
            locale.text("Loại số"),
            locale.join([locale.text(text) for name, text in VINTAGES.items() if name in vintages])
            or MISSING,
        ),
        (
            locale.text("Tính chất"),
            locale.join([locale.text(text) for name, text in PROVENANCES.items() if name in kinds])
            or MISSING,
        ),
        (locale.text("Số trang"), locale.integer(totals["ok"])),
    ]
    if totals["failed"]:
        strip.append((locale.text("Trang không lập được"), locale.integer(totals["failed"])))
    return strip


def _headline(measure: str, report: Report, locale: Locale) -> dict[str, Any]:
    """The nation's figures of a measure, and where they come from."""
    names = ("completion_rate", "completion_rate_change", "gap_full_year", "rate_median", "lower_80")
    facts = {name: report.fact(name, NATION, measure) for name in (*names, "upper_80", "p_target")}
    facts["target"] = report.target(NATION, measure)
    shown = {name: _show(fact, locale) for name, fact in facts.items()}
    known = [fact.origin for fact in facts.values() if fact]
    sources = dict.fromkeys(source for origin in known for source in origin.source.split("; ") if source)
    return shown | {
        "measure": locale.term(measure),
        "interval": locale.text("{low} đến {high}", low=shown["lower_80"], high=shown["upper_80"]),
        "forecast": facts["rate_median"] is not None,
        "kinds": [
            (locale.text(label), locale.text(PROVENANCES[fact.origin.provenance]))
            for label, fact in (
                (N_("tỷ lệ"), facts["completion_rate"]),
                (N_("dự báo"), facts["rate_median"]),
            )
            if fact
        ],
        "sources": "; ".join(locale.text(source) for source in sources),
    }


def _attention(report: Report, orgs: Mapping[Org, str], locale: Locale) -> dict[str, Any]:
    """Name the provinces to which several rules point."""
    reasons = {org: found for org, found in find_reasons(report).items() if len(found) >= _FEWEST_REASONS}
    named = list(reasons.items())[:_MOST_NAMED]
    return {
        "judged": len({org for org, _, _ in report.verdicts if org.level == "province"}),
        "total": len(provinces(report.period.org_regime)),
        "count": len(reasons),
        "rows": [
            {
                "name": orgs.get(org, org.name),
                "reasons": [
                    {
                        "text": locale.text(
                            reason.text, measures=locale.join([locale.term(m) for m in reason.measures])
                        ),
                        "href": reason.href,
                    }
                    for reason in found
                ],
            }
            for org, found in named
        ],
    }


def _quality(report: Report, locale: Locale) -> dict[str, str]:
    """Say in one line how whole and how sure the figures are."""
    page = "VN/quality"
    counts = {name: report.fact(f"findings_{name}", NATION, "") for name in ("error", "warning", "note")}
    cases, money = (report.fact("provinces_reported", NATION, measure) for measure in MEASURES)
    signs = report.fact("provinces_with_signs", NATION, "cases")
    told = []
    if cases and money:
        told.append(
            locale.text(
                "có số liệu của {cases} địa phương về việc, {money} về tiền",
                cases=cases.show(locale),
                money=money.show(locale),
            )
        )
    if all(counts.values()):
        shown = {name: _show(fact, locale) for name, fact in counts.items()}
        told.append(locale.text("kiểm tra thấy {error} lỗi, {warning} cảnh báo, {note} lưu ý", **shown))
    if signs:
        told.append(
            locale.text("{count} địa phương có dấu hiệu cần xem lại số liệu", count=signs.show(locale))
        )
    line = "; ".join(told)
    return {
        "line": f"{line[:1].upper()}{line[1:]}." if line else "",
        "href": f"{page}.html" if page in report.pages else "",
    }


def _row(
    org: Org, name: str, entries: Iterable[Mapping[str, Any]], report: Report, locale: Locale
) -> dict[str, Any]:
    def tell(page: str) -> str:
        return page_label(page, locale, report.titles.get(page, ""))

    own = [entry for entry in entries if _org(entry) == org]
    return {
        "code": org.code,
        "name": name,
        "nation": org == NATION,
        "cells": [cell for measure in MEASURES for cell in _cells(org, measure, report, locale)],
        "pages": [
            {"label": tell(entry["page"]), "href": f"{org.code}/{entry['page']}.html"}
            for entry in own
            if entry["status"] == "ok"
        ],
        "failed": [tell(entry["page"]) for entry in own if entry["status"] == "failed"],
    }


def _cells(org: Org, measure: str, report: Report, locale: Locale) -> list[dict[str, Any]]:
    """Cells of a measure; ``key`` is what they are sorted by."""
    cells = []
    for identifier in ("completion_rate", "completion_rate_change", "gap_full_year", "rate_median"):
        text, key = MISSING, ""
        if fact := report.fact(identifier, org, measure):
            text = locale.decimal(fact.value * 100, 2, signed=fact.unit == "pp")
            key = f"{fact.value:.6f}"
        cells.append({"text": text, "key": key, "more": "", "sign": False})
    low, high = (report.fact(name, org, measure) for name in ("lower_80", "upper_80"))
    if low and high:
        cells[-1]["more"] = "–".join(locale.decimal(fact.value * 100, 1) for fact in (low, high))
    for subject, signs in (("completed", _VARIATIONS), ("target", _COURSES)):
        verdict = report.verdicts.get((org, subject, measure), "")
        text = locale.text(signs[verdict]) if verdict in signs else MISSING
        key = f"{_SIGN_ORDER.index(verdict)}" if verdict in signs else ""
        cells.append({"text": text, "key": key, "more": "", "sign": True})
    return [cell | {"first": not place} for place, cell in enumerate(cells)]


def _show(fact: Fact | None, locale: Locale) -> str:
    return fact.show(locale) if fact else MISSING
