"""Whether figures can be believed: a falling denominator, discontinued cases, findings, restatements."""

from __future__ import annotations

__all__ = ["doubtful", "eligible", "falls", "own"]

import pandas as pd

from thads_analysis.check import RULES
from thads_analysis.glossary import MEASURES
from thads_analysis.metrics import CREDIBILITY_SIGNS, completion_rate, eligible_fall, rate_at_peak
from thads_analysis.metrics.rates import by_measure
from thads_analysis.period import Period
from thads_analysis.report import lists
from thads_analysis.report.charts.eligible import eligible_months
from thads_analysis.report.exhibits import Column, Exhibit
from thads_analysis.report.facts import Fact
from thads_analysis.report.listing import on_page
from thads_analysis.report.page import Page


def eligible(page: Page) -> Exhibit:
    """Draw eligible month by month, and say what its fall did to the rates."""
    rows = by_measure(_panel(page), "eligible").droplevel("org")
    year = page.period.fiscal_year
    recent = rows[rows.index.get_level_values("fiscal_year").isin([year - 1, year])].dropna(how="all")
    page.record_history(recent, "eligible")
    largest = _largest_fall(page)
    if largest is None:
        title = page.text("Số có điều kiện không giảm so với đỉnh trong năm, cả năm nay và năm trước")
    else:
        title = page.text(
            "{period}: số {measure} có điều kiện giảm {fall} so với đỉnh trong năm; không giảm thì tỷ lệ là "
            "{at_peak}, không phải {rate}",
            **largest,
        )
    return page.chart(
        "fig-eligible",
        eligible_months(recent, page.locale),
        title=title,
        subtitle=page.text(
            "Số có điều kiện thi hành lũy kế theo tháng; đậm: năm nay, nét đứt: năm trước. Mẫu số giảm thì "
            "tỷ lệ tăng mà không có thêm kết quả"
        ),
        alt=page.text(
            "Hai biểu đồ đường số có điều kiện theo tháng, năm nay và năm trước, về việc và về tiền. "
            "{title}.",
            title=title,
        ),
        frame=recent,
        facts=[_fact(page, "eligible_fall", measure, when) for when in _ends(page) for measure in MEASURES],
    )


def falls(page: Page) -> Exhibit:
    """Table of how far eligible stands below the year's peak, and the rate without that fall."""
    rows = []
    stated: list[Fact] = []
    for when in _ends(page):
        for measure in MEASURES:
            fact = {name: page.state(_fact(page, name, measure, when)) for name in _FALLS}
            stated += fact.values()
            rows.append(
                {
                    "when": when.label(page.locale.lang),
                    "measure": page.locale.term(measure),
                    "fall": fact["eligible_fall"].show(page.locale),
                    "rate": fact["completion_rate"].show(page.locale),
                    "at_peak": fact["rate_at_peak"].show(page.locale),
                    "difference": page.locale.points(_difference(fact), unit=False),
                }
            )
    columns = {
        "when": Column(page.text("Kỳ"), number=False),
        "measure": Column(page.text("Về"), number=False),
        "fall": Column(page.text("Giảm so với đỉnh trong năm")),
        "rate": Column(page.text("Tỷ lệ")),
        "at_peak": Column(page.text("Tỷ lệ nếu không giảm")),
        "difference": Column(page.text("Chênh lệch (điểm %)")),
    }
    return page.table(
        "tab-falls",
        pd.DataFrame(rows),
        columns,
        title=page.text("Mẫu số giảm làm tỷ lệ tăng bao nhiêu"),
        notes=[
            page.text(
                "Tỷ lệ nếu không giảm = thi hành xong ÷ số có điều kiện cao nhất của năm đến kỳ đó. Một phần "
                "mức giảm có thể đúng, như việc ủy thác cho nơi khác hoặc thu hồi quyết định. Tỷ lệ ở đây "
                "tính từ tổng các địa phương, có thể khác số đã công bố."
            )
        ],
        facts=stated,
    )


def doubtful(page: Page) -> Exhibit:
    """Table of the provinces with at least one sign that their figures deserve a second look."""
    return on_page(page, lists.doubtful(page.context, page.locale), most=20)


def own(page: Page) -> Exhibit:
    """Table of what speaks for or against the figures of a province, on its own page."""
    heads = {
        "eligible_share": page.text("Tỷ lệ có điều kiện"),
        "share_gap_points": page.text("So với trung vị các địa phương"),
        "share_step_points": page.text("So với tháng trước"),
        "eligible_fall": page.text("Số có điều kiện giảm so với đỉnh trong năm"),
        "rate_at_peak": page.text("Tỷ lệ thi hành xong nếu số có điều kiện không giảm"),
        "discontinued_share": page.text("Đình chỉ trong số thi hành xong"),
    }
    rows = [
        {"name": head} | {measure: page.show(_sign(page, name, measure)) for measure in MEASURES}
        for name, head in heads.items()
    ]
    counts = _count_findings(page)
    rows.append({"name": page.text("Phát hiện của bộ quy tắc kiểm tra")} | counts)
    rows.append({"name": page.text("Số liệu đã sửa sau khi báo cáo")} | _count_revisions(page))
    columns = {
        "name": Column(page.text("Dấu hiệu"), number=False, wrap=True),
        "cases": Column(page.text("Việc")),
        "money": Column(page.text("Tiền")),
    }
    return page.table(
        "tab-credibility",
        pd.DataFrame(rows),
        columns,
        title=page.text("Số liệu của {org} có điểm nào cần xem lại không", org=page.org.name),
        notes=_say_signs(page),
    )


_FALLS = ("eligible_fall", "completion_rate", "rate_at_peak")


def _sign(page: Page, identifier: str, measure: str) -> Fact:
    value = page.context.credibility[identifier].get((page.org.key, measure))
    return Fact(identifier, page.org, page.period, measure, value, page.origin(), derived=True)


def _panel(page: Page) -> pd.DataFrame:
    return pd.concat({page.org.key: page.context.rows(page.org)}, names=["org"])


def _ends(page: Page) -> list[Period]:
    """The end of last year and this period, of those that are known."""
    known = page.context.rows(page.org).index
    ends = (Period(page.period.fiscal_year - 1, 12), page.period)
    return [when for when in ends if (when.fiscal_year, when.months) in known]


def _fact(page: Page, identifier: str, measure: str, when: Period) -> Fact:
    metric = {
        "eligible_fall": eligible_fall,
        "rate_at_peak": rate_at_peak,
        "completion_rate": completion_rate,
    }
    panel = _panel(page)
    panel = panel[panel.index.get_level_values("fiscal_year") == when.fiscal_year]
    value = metric[identifier](panel).at[(page.org.key, when.fiscal_year, when.months), measure]
    return Fact(identifier, page.org, when, measure, value, page.origin(when), derived=True)


def _difference(fact: dict[str, Fact]) -> float:
    rate, at_peak = fact["completion_rate"].value, fact["rate_at_peak"].value
    return float("nan") if pd.isna(rate) or pd.isna(at_peak) else float(rate - at_peak)


def _largest_fall(page: Page) -> dict[str, str] | None:
    """The measure and year-end whose rate the fall moved the most, in words; None where nothing fell."""
    found = []
    for when in _ends(page):
        for measure in MEASURES:
            fact = {name: _fact(page, name, measure, when) for name in _FALLS}
            difference = _difference(fact)
            if round(difference, 4) > 0:
                found.append((difference, when, measure, fact))
    if not found:
        return None
    _, when, measure, fact = max(found, key=lambda one: one[0])
    label = when.label(page.locale.lang)
    return {
        "period": label[:1].upper() + label[1:],
        "measure": page.locale.term(measure),
        "fall": fact["eligible_fall"].show(page.locale),
        "at_peak": fact["rate_at_peak"].show(page.locale),
        "rate": fact["completion_rate"].show(page.locale),
    }


def _count_findings(page: Page) -> dict[str, str]:
    found = _findings(page)
    counts = {measure: int((found["measure"] == measure).sum()) for measure in MEASURES}
    return {measure: page.locale.integer(count) for measure, count in counts.items()}


def _findings(page: Page) -> pd.DataFrame:
    found = page.context.findings
    return found[(found["org_regime"] == page.org.regime) & (found["org_code"] == page.org.code)]


def _count_revisions(page: Page) -> dict[str, str]:
    changed = page.context.revisions
    if changed.empty:
        return dict.fromkeys(MEASURES, page.locale.integer(0))
    mine = changed[(changed["org_regime"] == page.org.regime) & (changed["org_code"] == page.org.code)]
    return {measure: page.locale.integer(int((mine["measure"] == measure).sum())) for measure in MEASURES}


def _say_signs(page: Page) -> list[str]:
    """Name the signs that are set and the rules that found something, or say that none did."""
    signs = page.context.credibility[list(CREDIBILITY_SIGNS)].fillna(False).astype(bool).stack()
    said = [
        page.text("Về {measure}: {sign}.", measure=page.locale.term(measure), sign=page.text(text))
        for measure in MEASURES
        for sign, text in CREDIBILITY_SIGNS.items()
        if signs[page.org.key, measure, sign]
    ]
    said += [
        page.text("Quy tắc không giữ được: {rule}.", rule=page.text(RULES[rule].statement))
        for rule in dict.fromkeys(_findings(page)["rule"])
    ]
    if not said:
        said = [page.text("Không có dấu hiệu nào trong các dấu hiệu được xét.")]
    rules = "; ".join(page.text(text) for text in CREDIBILITY_SIGNS.values())
    return [*said, page.text("Các dấu hiệu được xét: {rules}.", rules=rules)]
