"""Who needs attention: provinces to which several rules point, each with its reason and where it is shown."""

from __future__ import annotations

__all__ = ["Reason", "find_reasons"]

from dataclasses import dataclass

from thads_analysis.glossary import MEASURES, N_
from thads_analysis.org import NATION, Org
from thads_analysis.site.diff import Report

_LISTED = {
    "tab-two-years": N_("có tên trong danh sách hai năm liền không đạt chỉ tiêu ({measures})"),
    "tab-far-below": N_("tỷ lệ thấp xa so với các địa phương khác ({measures})"),
}
_JUDGED = {
    ("funnel", "below_998"): (
        N_("tỷ lệ thấp hơn giới hạn 99,8% của biểu đồ phễu ({measures})"),
        "fig-funnel",
    ),
    ("funnel", "below_95"): (N_("tỷ lệ thấp hơn giới hạn 95% của biểu đồ phễu ({measures})"), "fig-funnel"),
    ("target", "will_miss"): (
        N_("nếu không có gì thay đổi thì sẽ không đạt chỉ tiêu ({measures})"),
        "tab-verdicts",
    ),
    ("completed", "worsening"): (
        N_("số thi hành xong trong tháng có dấu hiệu kém đi ({measures})"),
        "fig-process",
    ),
}


@dataclass(frozen=True)
class Reason:
    """Why a province is named.

    Parameters
    ----------
    text : str
        Source text with the place ``{measures}``.
    measures : tuple of str
    href : str
        Address in the period's folder of the figure or table that shows it; empty where that is not there.
    """

    text: str
    measures: tuple[str, ...]
    href: str


def find_reasons(report: Report) -> dict[Org, list[Reason]]:
    """Collect what the pages of a period hold against each province.

    The rules are those of the pages, read from their records: the lists of those that missed the target
    two years running and of those far below the others; the verdicts on the funnel, on the target if
    nothing changes and on the month's completions.

    Parameters
    ----------
    report : Report
        A page that is not there gives no reason.

    Returns
    -------
    dict of Org to list of Reason
        Most reasons first (a rule that holds for cases and for money counts twice), then by code.
    """
    found: dict[Org, list[Reason]] = {}
    for anchor, text in _LISTED.items():
        by_measure = {measure: report.lists.get((anchor, measure), frozenset()) for measure in MEASURES}
        for org in sorted(frozenset().union(*by_measure.values())):
            listed = tuple(measure for measure, orgs in by_measure.items() if org in orgs)
            found.setdefault(org, []).append(Reason(text, listed, _place(report, NATION.code, anchor)))
    for org in sorted({org for org, _, _ in report.verdicts if org.level == "province"}):
        for (subject, verdict), (text, anchor) in _JUDGED.items():
            if measures := [m for m in MEASURES if report.verdicts.get((org, subject, m)) == verdict]:
                found.setdefault(org, []).append(
                    Reason(text, tuple(measures), _place(report, org.code, anchor))
                )
    weight = {org: sum(len(reason.measures) for reason in reasons) for org, reasons in found.items()}
    return {org: found[org] for org in sorted(found, key=lambda org: (-weight[org], org))}


def _place(report: Report, code: str, anchor: str) -> str:
    """Address of a figure or table on a page of an organisation; empty where none shows it."""
    for stem, sidecar in sorted(report.sidecars.items()):
        if sidecar["org_code"] == code and any(one["id"] == anchor for one in sidecar.get("exhibits", ())):
            return f"{stem}.html#{anchor}"
    return ""
