"""Is the province changing: its process charts, and whether it meets its target if nothing changes."""

from __future__ import annotations

__all__ = ["Course", "Variation", "chart", "state_assurance", "state_variation", "verdicts"]

from dataclasses import dataclass
from typing import Any

import pandas as pd

from thads_analysis import reference
from thads_analysis.errors import DataError
from thads_analysis.glossary import MEASURES, N_
from thads_analysis.metrics.xmr import assurance
from thads_analysis.org import Org
from thads_analysis.report.charts.process import process_chart
from thads_analysis.report.exhibits import Column, Exhibit
from thads_analysis.report.facts import Fact
from thads_analysis.report.page import Page
from thads_analysis.report.verdicts import assurance_sign, chance_phrase, variation_phrase, variation_sign
from thads_analysis.trend.process import SERIES

_YEARS = 5
_COLUMNS = ["ratio", "centre", "lower", "upper", "judged", "signal", "rule"]

_SERIES = {
    "completed": N_("số trong tháng"),
    "monthly_rate": N_("tỷ lệ tháng"),
}

_BREAKS = {"break": N_("đổi quy định"), "merger": N_("sáp nhập")}


@dataclass(frozen=True)
class Variation:
    """A month against the usual pattern: ``verdict`` and ``rule`` as `metrics.xmr.variation` gives them."""

    verdict: str
    rule: str
    ratio: Fact
    low: Fact
    high: Fact


@dataclass(frozen=True)
class Course:
    """Where a year ends if nothing changes: ``verdict`` is one of `metrics.xmr.assurance`."""

    verdict: str
    low: Fact
    high: Fact
    chance: Fact


def state_variation(page: Page) -> dict[tuple[str, str], Variation]:
    """Record the province's last month against its usual pattern, by measure and series."""
    points, held = _points(page), _process(page)[1]
    found = {}
    for measure in MEASURES:
        for series in SERIES:
            verdict, rule = "missing", ""
            if (key := (page.org.key, measure, series)) in held.index:
                verdict, rule = str(held.at[key, "verdict"]), str(held.at[key, "rule"])
            place = (measure, series, page.period.fiscal_year, page.period.months)
            # Before there is a mean since the last break, there is nothing to state a ratio to.
            told = verdict != "short" and place in points.index
            facts = [
                _own(page, f"{series}_vs_usual{suffix}", measure, points.at[place, name] if told else None)
                for name, suffix in (("ratio", ""), ("lower", "_lower"), ("upper", "_upper"))
            ]
            page.conclude(series, verdict, org=page.org, measure=measure, reason=rule)
            found[measure, series] = Variation(verdict, rule, *facts)
    return found


def state_assurance(page: Page) -> dict[str, Course]:
    """Record whether the target is met if nothing changes, by the forecast of the usual course."""
    found = {}
    end = page.period.year_end
    for measure in MEASURES:
        row = _forecast(page, page.org, measure)
        low, high, chance = (
            page.state(Fact(name, page.org, end, measure, row.get(name), page.origin(), derived=True))
            for name in ("lower_95", "upper_95", "p_target")
        )
        target = page.state(page.figures()("target", measure)).value
        found[measure] = Course(assurance(low.value, high.value, target), low, high, chance)
        page.conclude("target", found[measure].verdict, org=page.org, measure=measure)
    return found


def chart(page: Page) -> Exhibit:
    """Draw the process charts of completions and of the monthly rate, on cases and on money."""
    variation, points, locale = state_variation(page), _points(page), page.locale
    recent = points[points.index.get_level_values("fiscal_year") > page.period.fiscal_year - _YEARS]
    for series in SERIES:
        part = recent[recent.index.get_level_values("series") == series].droplevel("series")
        if len(part):
            page.record_history(part["ratio"].unstack("measure"), f"{series}_vs_usual")
    titles = {
        (measure, series): page.text(
            "{measure}, {series}: {verdict}",
            measure=locale.heading(measure),
            series=page.text(_SERIES[series]),
            verdict=variation_sign(locale, one.verdict),
        )
        for (measure, series), one in variation.items()
    }
    month = locale.month(page.period.months, full=True)
    shown = ", ".join(
        f"{locale.term(measure)} {locale.percent(fact.value, 0) if fact.known else '–'}"
        for measure in MEASURES
        for fact in [variation[measure, "completed"].ratio]
    )
    title = page.text("Riêng {month} so với mức thường của chính đơn vị: {shown}", month=month, shown=shown)
    return page.chart(
        "fig-process",
        process_chart(recent, titles, _breaks(page, recent), locale),
        title=title,
        subtitle=page.text(
            "Số thi hành xong trong tháng, và tỷ lệ tháng (số đó trên số có điều kiện còn lại), bằng % mức "
            "thường, đã loại mùa vụ. Nét đứt: giới hạn dao động tự nhiên; ▲ ▼: dấu hiệu thay đổi; chấm "
            "rỗng: không xét (chưa có giới hạn, hoặc có nguyên nhân đã biết như giãn cách 2021)"
        ),
        alt=page.text(
            "Bốn biểu đồ kiểm soát. {title}. {verdicts}.", title=title, verdicts="; ".join(titles.values())
        ),
        frame=recent,
    )


def verdicts(page: Page) -> Exhibit:
    """Table of the verdicts: changing or not, and on course for the target or not."""
    locale, variation, courses = page.locale, state_variation(page), state_assurance(page)
    rows = []
    for (measure, series), one in variation.items():
        low, high = _whole(page, one.low), _whole(page, one.high)
        rows.append(
            {
                "name": page.text(
                    "{measure}, {series}", measure=locale.heading(measure), series=page.text(_SERIES[series])
                ),
                "verdict": variation_sign(locale, one.verdict),
                "now": _whole(page, one.ratio),
                "limits": page.text("{low} đến {high}", low=low, high=high) if one.low.known else "–",
                "why": variation_phrase(locale, one.verdict, one.rule),
            }
        )
    for measure, course in courses.items() if page.period.remaining_months else ():
        now = page.state(page.figures()("completion_rate", measure))
        known = course.low.known
        rows.append(
            {
                "name": page.text("{measure}, chỉ tiêu cả năm", measure=locale.heading(measure)),
                "verdict": assurance_sign(locale, course.verdict),
                "now": now.show(locale),
                "limits": page.text(
                    "{low} đến {high}", low=course.low.show(locale), high=course.high.show(locale)
                )
                if known
                else "–",
                "why": page.text(
                    "{target}; khả năng vượt {chance}",
                    target=page.show(page.figures()("target", measure)),
                    chance=chance_phrase(locale, course.chance),
                ),
            }
        )
    columns = {
        "name": Column(page.text("Xét về"), number=False),
        "verdict": Column(page.text("Kết luận"), number=False),
        "now": Column(page.text("Kỳ này")),
        "limits": Column(page.text("Giới hạn; khoảng 95% cuối năm")),
        "why": Column(page.text("Căn cứ"), number=False, wrap=True),
    }
    return page.table(
        "tab-verdicts",
        pd.DataFrame(rows),
        columns,
        title=page.text("Có thay đổi không, có đạt chỉ tiêu không nếu không có gì thay đổi"),
        notes=[
            page.text(
                "Số trong tháng và tỷ lệ tháng: tháng cuối kỳ bằng bao nhiêu phần trăm mức thường của chính "
                "đơn vị, đã loại mùa vụ và Tết theo các năm trước; giới hạn = trung bình ± 2,66 lần biến "
                "động trung bình giữa hai tháng liền nhau (thang log), chỉ tính lại khi đổi quy định hoặc "
                "sáp nhập. Chỉ tiêu cả năm: dự báo theo diễn biến thường lệ."
            ),
            page.text(
                "Mỗi biểu đồ vẫn có dấu hiệu ở khoảng 2 trong 100 tháng dù không có gì thay đổi; nhiều hơn "
                "khi các tháng phụ thuộc nhau."
            ),
        ],
    )


def _whole(page: Page, fact: Fact) -> str:
    return page.locale.percent(fact.value, 0) if fact.known else "–"


def _process(page: Page) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Points and verdicts of all provinces; empty where there is nothing to chart."""
    try:
        return page.context.process_points, page.context.process_verdicts
    except DataError:
        names = ["org", "measure", "series"]
        index = [
            pd.MultiIndex.from_arrays([[]] * n, names=[*names, "fiscal_year", "months"][:n]) for n in (5, 3)
        ]
        return pd.DataFrame(index=index[0], columns=_COLUMNS), pd.DataFrame(index=index[1])


def _points(page: Page) -> pd.DataFrame:
    points = _process(page)[0]
    return points[points.index.get_level_values("org") == page.org.key].droplevel("org")


def _breaks(page: Page, points: pd.DataFrame) -> dict[float, str]:
    """Where limits are recalculated within the chart, on its axis of calendar years."""
    if points.empty:
        return {}
    first = int(points.index.get_level_values("fiscal_year").min()) - 1
    found = {}
    for row in reference.events():
        year, month = int(row["first_day"][:4]), int(row["first_day"][5:7])
        if row["kind"] in _BREAKS and year >= first and row["first_day"] <= page.period.end.isoformat():
            found[year + (month - 0.5) / 12] = page.text(_BREAKS[row["kind"]])
    return found


def _forecast(page: Page, org: Org, measure: str) -> dict[Any, Any]:
    """Row of the forecast; empty when the year is over or nothing could be forecast."""
    if not page.period.remaining_months:
        return {}
    try:
        frame = page.context.forecasts
    except DataError:
        return {}
    mine = (frame["org_regime"] == org.regime) & (frame["org_code"] == org.code)
    rows: list[dict[Any, Any]] = frame[mine & (frame["measure"] == measure)].to_dict("records")
    return rows[0] if rows and rows[0]["method"] is not None else {}


def _own(page: Page, identifier: str, measure: str, value: object) -> Fact:
    return page.state(Fact(identifier, page.org, page.period, measure, value, page.origin(), derived=True))
