"""The diagnostics of a province: what it comes to in words, its rates, its stocks, what was published."""

from __future__ import annotations

__all__ = ["account", "paths", "published", "summary", "workload"]

from collections.abc import Mapping

import pandas as pd

from thads_analysis.glossary import ITEMS, MEASURES, items_of
from thads_analysis.load import published_for
from thads_analysis.metrics import rates
from thads_analysis.org import NATION
from thads_analysis.period import Period
from thads_analysis.report.charts.history import yearly_bars
from thads_analysis.report.charts.rates import monthly_paths
from thads_analysis.report.difference import Difference, state_difference
from thads_analysis.report.exhibits import Column, Exhibit, cite, numbered
from thads_analysis.report.facts import Fact, Origin
from thads_analysis.report.page import Page
from thads_analysis.report.process import Course, Variation, state_assurance, state_variation
from thads_analysis.report.text import change_phrase, points_phrase
from thads_analysis.report.verdicts import (
    assurance_phrase,
    difference_phrase,
    look_sentence,
    own_phrase,
    rank_phrase,
    target_clause,
)

_RATIOS = ("eligible_share", "completion_rate", "clearance_rate", "disposition_time")


def summary(page: Page) -> Exhibit:
    """Say in six sentences: the results, against others, itself and the target, and what to look at."""
    figures, nation, locale = page.figures(), page.figures(NATION), page.locale
    sentences = []
    for measure in MEASURES:
        completed = page.state(figures("completed", measure))
        rate = page.state(figures("completion_rate", measure))
        if not (completed.known and rate.known):
            sentences.append(
                page.text("Không có số liệu về {measure} cho kỳ này.", measure=locale.term(measure))
            )
            continue
        sentences.append(
            page.text(
                "Về {measure}: thi hành xong {completed}, {change}; tỷ lệ {rate}, {points}; toàn quốc "
                "{nation}.",
                measure=locale.term(measure),
                completed=completed.show(locale),
                change=change_phrase(
                    locale,
                    page.state(figures("completed_change_abs", measure)),
                    page.state(figures("completed_change_pct", measure)),
                ),
                rate=rate.show(locale),
                points=points_phrase(locale, page.state(figures("completion_rate_change", measure))),
                nation=page.show(nation("completion_rate", measure)),
            )
        )
    differences, variations, courses = state_difference(page), state_variation(page), state_assurance(page)
    sentences += [
        _difference_sentence(page, differences),
        _change_sentence(page, variations),
        _target_sentence(page, courses),
        look_sentence(
            locale,
            {measure: one.place for measure, one in differences.items()},
            {key: one.verdict for key, one in variations.items()},
            {measure: course.verdict for measure, course in courses.items()},
        ),
    ]
    return page.lead(sentences)


def _difference_sentence(page: Page, differences: Mapping[str, Difference]) -> str:
    """Compare the province with the others: its place among the limits, its rank with an interval."""
    locale = page.locale
    if not differences:
        return page.text("Chưa so sánh được với các địa phương khác vì quá ít địa phương có số liệu.")
    told = [
        page.text(
            "tỷ lệ về {measure} {place}, {rank}",
            measure=locale.term(measure),
            place=difference_phrase(locale, one.place, one.z),
            rank=rank_phrase(locale, one.rank, one.best, one.worst, one.out_of),
        )
        for measure, one in differences.items()
    ]
    return page.text("So với các địa phương khác: {told}.", told="; ".join(told))


def _change_sentence(page: Page, variations: Mapping[tuple[str, str], Variation]) -> str:
    """Compare the month's completions with the province's own usual pattern."""
    told = [
        page.text(
            "{measure} {said}",
            measure=page.locale.term(measure),
            said=own_phrase(page.locale, one.ratio, one.low, one.high, one.verdict, one.rule),
        )
        for measure in MEASURES
        for one in [variations[measure, "completed"]]
    ]
    return page.text(
        "So với chính mình, số thi hành xong riêng {month}: {told}.",
        month=page.locale.month(page.period.months, full=True),
        told="; ".join(told),
    )


def _target_sentence(page: Page, courses: Mapping[str, Course]) -> str:
    """Say where the rates stand against the year's targets, and where they end if nothing changes."""
    locale, figures, told = page.locale, page.figures(), []
    for measure, course in courses.items():
        gap, target = (page.state(figures(name, measure)) for name in ("gap_full_year", "target"))
        parts = [f"{locale.term(measure)} {target_clause(locale, gap, target)}"]
        parts.append(assurance_phrase(locale, course.verdict, course.low, course.high, course.chance))
        told.append(", ".join(part for part in parts if part))
    if not page.period.remaining_months:
        return page.text("So với chỉ tiêu cả năm: {told}.", told="; ".join(told))
    return page.text(
        "So với chỉ tiêu cả năm, còn {months} tháng: {told}.",
        months=page.period.remaining_months,
        told="; ".join(told),
    )


def account(page: Page) -> Exhibit:
    """Table of every item and ratio of the period, with its change on the same period."""
    figures, stated, rows = page.figures(), [], []
    for identifier in (*ITEMS, *_RATIOS):
        row: dict[str, str] = {"name": page.locale.heading(identifier)}
        for measure in MEASURES:
            if identifier in ITEMS and identifier not in items_of(measure):
                row |= {measure: "", f"{measure}_change": ""}
                continue
            fact = page.state(figures(identifier, measure))
            stated.append(fact)
            row[measure] = _in_table(page, fact)
            row[f"{measure}_change"] = _change_in_table(page, identifier, measure)
        rows.append(row)
    columns = {
        "name": Column(page.text("Chỉ tiêu thống kê"), number=False),
        "cases": Column(page.text("Việc")),
        "cases_change": Column(page.text("Việc: so với cùng kỳ")),
        "money": Column(page.text("Tiền (nghìn đồng)")),
        "money_change": Column(page.text("Tiền: so với cùng kỳ")),
    }
    return page.table(
        "tab-account",
        pd.DataFrame(rows),
        columns,
        title=page.text("Số liệu {period}", period=page.period.label(page.locale.lang)),
        facts=stated,
        notes=[
            page.text(
                "Số đếm so với cùng kỳ bằng % tăng, giảm; tỷ lệ bằng điểm %. Thời gian giải quyết tồn = 365 "
                "× số "
                "chuyển kỳ sau ÷ số thi hành xong trong 12 tháng gần nhất."
            )
        ],
    )


def paths(page: Page) -> Exhibit:
    """Draw the cumulative rate month by month: this year, earlier years, the nation, the target."""
    rows = page.context.rows(page.org)
    own = rates.completion_rate(_as_panel(rows, page.org.key)).droplevel("org")
    nation = rates.completion_rate(_as_panel(page.context.nation, NATION.key)).droplevel("org")
    page.record_history(own, "completion_rate")
    figures = page.figures()
    facts = {m: page.state(figures("completion_rate", m)) for m in MEASURES}
    targets = pd.Series({m: page.state(figures("target", m)).value for m in MEASURES}, dtype="float")
    around = {m: page.state(page.figures(NATION)("completion_rate", m)) for m in MEASURES}
    national = {m: fact.show(page.locale) for m, fact in around.items()}
    shown = {m: fact.show(page.locale) for m, fact in facts.items()}
    return page.chart(
        "fig-paths",
        monthly_paths(own, page.locale, targets=targets, nation=nation),
        title=page.text(
            "Tỷ lệ về việc {cases} (toàn quốc {cases_nation}), về tiền {money} (toàn quốc {money_nation})",
            cases=shown["cases"],
            cases_nation=national["cases"],
            money=shown["money"],
            money_nation=national["money"],
        ),
        subtitle=page.text(
            "Tỷ lệ lũy kế từ tháng 10, %. Đậm: năm nay; xám: năm trước; nhạt: các năm khác; nét đứt đen: "
            "toàn quốc"
        ),
        alt=page.text(
            "Đường tỷ lệ lũy kế theo tháng của {org}. Kỳ này về việc {cases}, toàn quốc {cases_nation}; về "
            "tiền {money}, "
            "toàn quốc {money_nation}.",
            org=page.org.name,
            cases=shown["cases"],
            cases_nation=national["cases"],
            money=shown["money"],
            money_nation=national["money"],
        ),
        frame=own,
        facts=[*facts.values(), *around.values()],
    )


def workload(page: Page) -> Exhibit:
    """Draw new, completed and carried-out at the same months of each year."""
    rows = page.context.rows(page.org)
    same = rows[rows.index.get_level_values("months") == page.period.months].droplevel("months")
    items = ("new", "completed", "carried_out")
    frame = pd.concat({m: same[m][list(items)] for m in MEASURES}, axis=1)
    for item in items:
        history = pd.concat({m: same[m][item] for m in MEASURES}, axis=1)
        history.index = pd.MultiIndex.from_product(
            [history.index, [page.period.months]], names=["fiscal_year", "months"]
        )
        page.record_history(history, item)
    figures = page.figures()
    carried = figures("carried_out", "cases")
    change = figures("carried_out_change_abs", "cases")
    growth = figures("carried_out_change_pct", "cases")
    page.state(change)
    page.state(growth)
    phrase = change_phrase(page.locale, change, growth)
    return page.chart(
        "fig-workload",
        yearly_bars(frame, page.locale),
        title=page.text("Chuyển kỳ sau {carried}, {change}", carried=page.show(carried), change=phrase),
        subtitle=page.text("Số mới thụ lý, thi hành xong và chuyển kỳ sau, cùng số tháng của mỗi năm"),
        alt=page.text(
            "Biểu đồ cột theo năm: mới thụ lý, thi hành xong, chuyển kỳ sau của {org}. Kỳ này chuyển kỳ sau "
            "{carried}, {change}.",
            org=page.org.name,
            carried=carried.show(page.locale),
            change=phrase,
        ),
        frame=frame,
    )


def published(page: Page) -> Exhibit:
    """Table of every figure published about the province, beside the panel's value of that period."""
    rows, stated = [], []
    sources: dict[str, int] = {}
    figures = page.figures()
    for row in published_for(page.org, known_by=page.context.as_of).to_dict("records"):
        identifier, measure = row["item"], row["measure"]
        comparable = measure in MEASURES and identifier in {
            *items_of(measure),
            "completion_rate",
            "eligible_share",
        }
        if not comparable:
            continue
        period = Period(int(row["fiscal_year"]), int(row["months"]))
        value = int(row["value"]) if identifier in ITEMS else row["value"] / 100
        origin = Origin("published", row["citation"], row["source_day"], row["vintage"] or "unspecified")
        fact = Fact(identifier, page.org, period, measure, value, origin, row["bound"], bool(row["derived"]))
        held = figures.computed(identifier, measure, period) if period <= page.period else None
        stated.append(page.state(fact))
        rows.append(
            {
                "period": period.label(page.locale.lang),
                "name": f"{page.locale.heading(identifier)} ({page.locale.term(measure)})",
                "published": fact.show(page.locale, full=True),
                "held": page.show(held) if held is not None and held.known else "–",
                "source": cite(sources, origin.source),
            }
        )
    if not rows:
        return page.note(page.text("Chưa tìm thấy số liệu nào đã công bố về {org}.", org=page.org.name))
    columns = {
        "period": Column(page.text("Kỳ"), number=False),
        "name": Column(page.text("Chỉ tiêu thống kê"), number=False),
        "published": Column(page.text("Đã công bố")),
        "held": Column(page.text("Trong bộ số liệu của trang này")),
        "source": Column(page.text("Nguồn")),
    }
    simulated = page.origin().provenance == "simulated"
    notes = [page.text("Cột thứ tư là số mô phỏng, không kỳ vọng khớp với số đã công bố của địa phương.")]
    return page.table(
        "tab-published",
        pd.DataFrame(rows),
        columns,
        title=page.text("Số liệu đã công bố về {org}", org=page.org.name),
        facts=stated,
        notes=[*(notes if simulated else ()), *numbered(sources)],
    )


def _as_panel(rows: pd.DataFrame, key: str) -> pd.DataFrame:
    return pd.concat({key: rows}, names=["org"])


def _in_table(page: Page, fact: Fact) -> str:
    if fact.known and fact.unit == "dong":
        return page.locale.thousands(fact.value)
    if fact.known and fact.unit == "cases":
        return page.locale.integer(fact.value)
    return fact.show(page.locale)


def _change_in_table(page: Page, identifier: str, measure: str) -> str:
    if identifier in ("clearance_rate", "disposition_time"):
        return "–"
    kind = "_change_pct" if identifier in ITEMS else "_change"
    return page.show(page.figures()(f"{identifier}{kind}", measure))
