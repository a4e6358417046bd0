"""The data-quality page: what came in, which figures deserve a call, what was changed afterwards."""

from __future__ import annotations

__all__ = ["coverage", "findings", "published_findings", "revised", "rules", "summary"]

from dataclasses import replace

import pandas as pd

from thads_analysis.check import RULES, check_panel, check_stated
from thads_analysis.glossary import MEASURES
from thads_analysis.load import published_for
from thads_analysis.org import NATION, Org
from thads_analysis.period import Period
from thads_analysis.report.exhibits import Column, Exhibit
from thads_analysis.report.facts import Fact
from thads_analysis.report.page import Page
from thads_analysis.report.text import item_heading

_MOST_ROWS = 60
_SEVERITIES = ("error", "warning", "note")


def summary(page: Page) -> Exhibit:
    """Say in words how many provinces reported, and how many figures deserve a call."""
    here = page.context.at(page.period)
    reported = {measure: int(here[measure, "completed"].notna().sum()) for measure in MEASURES}
    counts = _found(page)["severity"].value_counts()
    totals = {severity: int(counts.get(severity, 0)) for severity in _SEVERITIES}
    for measure, count in reported.items():
        _count(page, "provinces_reported", measure, count)
    for severity, count in totals.items():
        _count(page, f"findings_{severity}", "", count)
    sentences = [
        page.text(
            "Có số liệu của {cases} trên {total} địa phương về việc, {money} về tiền.",
            total=len(page.context.orgs),
            **reported,
        ),
        page.text(
            "Kiểm tra số liệu các địa phương: {error} lỗi, {warning} cảnh báo, {note} điểm cần lưu ý.",
            **totals,
        ),
    ]
    changed = page.context.revisions
    _count(page, "findings_revised", "", len(changed))
    sentences.append(
        page.text(
            "{count} số liệu của kỳ này đã thay đổi sau khi báo cáo lần đầu.",
            count=page.locale.integer(len(changed)),
        )
        if len(changed)
        else page.text("Không có số liệu nào của kỳ này bị thay đổi sau khi báo cáo lần đầu.")
    )
    return page.lead(sentences)


def findings(page: Page) -> Exhibit:
    """Table of what the checker found in the provinces' figures of the period."""
    return _findings_table(
        page, "tab-findings", _found(page), page.text("Số liệu địa phương cần kiểm tra lại")
    )


def published_findings(page: Page) -> Exhibit:
    """Table of what the checker found in the published figures of the period's year."""
    stated = published_for(NATION, known_by=page.context.as_of)
    found = check_stated(stated, lang=page.locale.lang)
    year = found[found["fiscal_year"] == page.period.fiscal_year]
    return _findings_table(
        page,
        "tab-published-findings",
        year,
        page.text("Số liệu toàn quốc đã công bố của năm {year} cần đọc kỹ", year=page.period.fiscal_year),
    )


def coverage(page: Page) -> Exhibit:
    """Table of the year's months: how many provinces reported, from where, known when."""
    year = page.period.fiscal_year
    rows = []
    for months in range(1, page.period.months + 1):
        key = (year, months)
        if key not in page.context.origins.index:
            rows.append(
                {"month": page.locale.month(months), "count": 0, "as_of": "–", "vintage": "–", "kind": "–"}
            )
            continue
        when = Period(year, months)
        origin = page.origin(when)
        completed = page.context.at(when)["cases", "completed"]
        rows.append(
            {
                "month": page.locale.month(months),
                "count": int(completed.notna().sum()),
                "as_of": page.locale.date(origin.as_of) if origin.as_of else "–",
                "vintage": page.vintage(origin),
                "kind": page.provenance(origin),
            }
        )
    return page.table(
        "tab-coverage",
        pd.DataFrame(rows),
        {
            "month": Column(page.text("Tháng"), number=False),
            "count": Column(page.text("Số địa phương có số liệu"), page.locale.integer),
            "as_of": Column(page.text("Biết đến ngày"), number=False),
            "vintage": Column(page.text("Loại số"), number=False),
            "kind": Column(page.text("Tính chất"), number=False),
        },
        title=page.text("Số liệu đã nhận của năm {year}", year=year),
    )


def revised(page: Page) -> Exhibit:
    """Table of the figures that changed between vintages, largest first."""
    changed = page.context.revisions
    if changed.empty:
        return page.note(page.text("Kỳ này chỉ có một lần báo cáo, hoặc các lần báo cáo trùng nhau."))
    rows = []
    for row in changed.head(_MOST_ROWS).to_dict("records"):
        measure = str(row["measure"])
        show = page.locale.integer if measure == "cases" else page.locale.thousands
        rows.append(
            {
                "org": _name(page, str(row["org_regime"]), str(row["org_code"])),
                "item": f"{page.locale.heading(str(row['item']))} ({page.locale.term(measure)})",
                "earlier": show(row["earlier"]),
                "later": show(row["later"]),
                "difference": show(row["difference"], signed=True),
                "when": page.text(
                    "{earlier} → {later}",
                    earlier=page.locale.date(row["earlier_as_of"]),
                    later=page.locale.date(row["later_as_of"]),
                ),
            }
        )
    return page.table(
        "tab-revisions",
        pd.DataFrame(rows),
        {
            "org": Column(page.text("Cơ quan"), number=False),
            "item": Column(page.text("Chỉ tiêu thống kê"), number=False),
            "earlier": Column(page.text("Báo cáo đầu")),
            "later": Column(page.text("Báo cáo sau")),
            "difference": Column(page.text("Chênh lệch")),
            "when": Column(page.text("Biết từ ngày"), number=False),
        },
        title=page.text("Số liệu thay đổi sau khi báo cáo, lớn nhất trước (tiền: nghìn đồng)"),
        notes=[_shortened(page, len(changed))] if len(changed) > _MOST_ROWS else (),
    )


def rules(page: Page) -> Exhibit:
    """Table of the rules, so that a reader knows what was looked for."""
    severities = _severity_words(page)
    frame = pd.DataFrame(
        [
            {
                "id": rule.id,
                "statement": page.text(rule.statement),
                "severity": severities[rule.severity],
            }
            for rule in RULES.values()
        ]
    )
    return page.table(
        "tab-rules",
        frame,
        {
            "id": Column(page.text("Quy tắc"), number=False),
            "statement": Column(page.text("Điều phải đúng"), number=False, wrap=True),
            "severity": Column(page.text("Mức độ"), number=False),
        },
        title=page.text("Các quy tắc kiểm tra"),
    )


def _count(page: Page, identifier: str, measure: str, count: int) -> None:
    origin = replace(page.origin(), source="")
    page.state(Fact(identifier, page.org, page.period, measure, count, origin, derived=True))


def _found(page: Page) -> pd.DataFrame:
    return check_panel(page.context.panel, page.period, lang=page.locale.lang)


def _findings_table(page: Page, id: str, found: pd.DataFrame, title: str) -> Exhibit:
    if found.empty:
        return page.note(page.text("{title}: không có.", title=title))
    severities = _severity_words(page)
    rows = []
    for row in found.head(_MOST_ROWS).to_dict("records"):
        item, measure = str(row["item"]), str(row["measure"])
        about = item_heading(page.locale, item)
        rows.append(
            {
                "org": _name(page, str(row["org_regime"]), str(row["org_code"])),
                "severity": severities[str(row["severity"])],
                "item": f"{about} ({page.locale.term(measure)})" if measure in MEASURES else about,
                "message": ". ".join(part for part in (str(row["message"]), str(row["explanation"])) if part),
            }
        )
    return page.table(
        id,
        pd.DataFrame(rows),
        {
            "org": Column(page.text("Cơ quan"), number=False),
            "severity": Column(page.text("Mức độ"), number=False),
            "item": Column(page.text("Về"), number=False, wrap=True),
            "message": Column(page.text("Điều thấy được và cách hiểu"), number=False, wrap=True),
        },
        title=title,
        notes=[_shortened(page, len(found))] if len(found) > _MOST_ROWS else (),
    )


def _shortened(page: Page, total: int) -> str:
    return page.text(
        "Chỉ in {shown} dòng đầu trong {total}; danh sách đầy đủ: thads check, thads revisions.",
        shown=_MOST_ROWS,
        total=page.locale.integer(total),
    )


def _severity_words(page: Page) -> dict[str, str]:
    return {"error": page.text("lỗi"), "warning": page.text("cảnh báo"), "note": page.text("lưu ý")}


def _name(page: Page, regime: str, code: str) -> str:
    return page.text(Org.from_key(f"{regime}:{code}" if regime else code).name)
