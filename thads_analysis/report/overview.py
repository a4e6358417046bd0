"""The overview of the nation: the bulletin's figures, who stands where, what it hangs on."""

from __future__ import annotations

__all__ = ["below_national", "concentration", "headline", "league", "provinces", "recomputed", "summary"]

from collections.abc import Hashable

import pandas as pd

from thads_analysis.glossary import ITEMS, MEASURES, items_of
from thads_analysis.load import published_for
from thads_analysis.metrics import concentration as concentration_metrics
from thads_analysis.metrics import rates, standing
from thads_analysis.metrics.target import gap_full_year
from thads_analysis.org import NATION
from thads_analysis.report.charts.concentration import top_shares
from thads_analysis.report.charts.rates import province_strip, rate_bullets
from thads_analysis.report.exhibits import Column, Exhibit, cite, numbered
from thads_analysis.report.facts import Fact, Origin
from thads_analysis.report.page import Page
from thads_analysis.report.text import change_phrase, points_phrase, target_sentence

_TOP = (1, 3, 5)


def summary(page: Page) -> Exhibit:
    """Say in words where the nation stands, against last year, the target, and the provinces."""
    figures, locale = page.figures(), page.locale
    sentences = []
    for measure in MEASURES:
        absolute = page.state(figures("completed_change_abs", measure))
        growth = page.state(figures("completed_change_pct", measure))
        sentences.append(
            page.text(
                "Về {measure}: thi hành xong {completed}, {change}; tỷ lệ {rate}, {points}.",
                measure=locale.term(measure),
                completed=page.show(figures("completed", measure), full=True),
                change=change_phrase(locale, absolute, growth, full=True),
                rate=page.show(figures("completion_rate", measure)),
                points=points_phrase(locale, page.state(figures("completion_rate_change", measure))),
            )
        )
    gaps = {
        measure: (page.state(figures("gap_full_year", measure)), page.state(figures("target", measure)))
        for measure in MEASURES
    }
    if against_target := target_sentence(locale, gaps, page.period.remaining_months):
        sentences.append(against_target)
    sentences.append(
        page.text(
            "Thấp hơn mức chung toàn quốc: {cases} địa phương về việc, {money} về tiền, {both} về cả hai.",
            **_count_below(page),
        )
    )
    return page.lead(sentences)


def headline(page: Page) -> Exhibit:
    """Table of the nation's figures: level, change on the same period, growth."""
    figures, stated, rows = page.figures(), [], []
    for identifier in ("due", "eligible", "completed", "carried_out", "eligible_share", "completion_rate"):
        for measure in MEASURES:
            item = identifier in ITEMS
            level = figures(identifier, measure)
            change = figures(f"{identifier}_change_abs" if item else f"{identifier}_change", measure)
            growth = figures(f"{identifier}_change_pct", measure) if item else None
            stated += [page.state(fact) for fact in (level, change, growth) if fact is not None]
            rows.append(
                {
                    "name": f"{page.locale.heading(identifier)} ({page.locale.term(measure)})",
                    "level": _marked(page, level),
                    "change": _marked(page, change),
                    "growth": _marked(page, growth) if growth else "",
                }
            )
    columns = {
        "name": Column(page.text("Chỉ tiêu thống kê"), number=False),
        "level": Column(page.period.label(page.locale.lang)),
        "change": Column(page.text("So với cùng kỳ")),
        "growth": Column(page.text("Tăng, giảm")),
    }
    title = page.text("Kết quả toàn quốc {period}", period=page.period.label(page.locale.lang))
    note = page.text("Số có dấu * chưa được công bố: tính từ tổng các địa phương.")
    return page.table("tab-headline", pd.DataFrame(rows), columns, title=title, facts=stated, notes=[note])


def rate_chart(page: Page) -> Exhibit:
    """Draw the two rates against last year's and the target."""
    figures = page.figures()
    facts = {
        (measure, key): page.state(figures(identifier, measure, period))
        for measure in MEASURES
        for key, identifier, period in (
            ("now", "completion_rate", page.period),
            ("base", "completion_rate", page.period.same_period_last_year),
            ("target", "target", page.period),
        )
    }
    frame = pd.Series({key: fact.value for key, fact in facts.items()}, dtype="Float64").unstack()
    frame = frame.reindex(index=list(MEASURES), columns=["now", "base", "target"])
    show = {key: fact.show(page.locale) for key, fact in facts.items()}
    title = page.text(
        "Tỷ lệ thi hành xong: {cases} về việc, {money} về tiền",
        cases=show["cases", "now"],
        money=show["money", "now"],
    )
    alt = page.text(
        "Hai biểu đồ thanh. Về việc: kỳ này {cases}, cùng kỳ {cases_base}, chỉ tiêu {cases_target}. "
        "Về tiền: kỳ này {money}, cùng kỳ {money_base}, chỉ tiêu {money_target}.",
        cases=show["cases", "now"],
        cases_base=show["cases", "base"],
        cases_target=show["cases", "target"],
        money=show["money", "now"],
        money_base=show["money", "base"],
        money_target=show["money", "target"],
    )
    return page.chart(
        "fig-rates",
        rate_bullets(frame, page.locale),
        title=title,
        subtitle=page.text("Số thi hành xong trên số có điều kiện thi hành, %; vạch là chỉ tiêu cả năm"),
        alt=alt,
        frame=frame,
        facts=facts.values(),
    )


def provinces(page: Page) -> Exhibit:
    """Draw every province's rate in order around the national one."""
    here = _here(page)
    rate = rates.completion_rate(here).droplevel(["fiscal_year", "months"])
    nation = rates.completion_rate(rates.national(here)).iloc[0]
    names = pd.Series({org.key: org.name for org in page.context.orgs})
    ordered = {measure: rate[measure].dropna().sort_values() for measure in MEASURES}
    ends = {
        f"{measure}_{end}": f"{names[ordered[measure].index[i]]} "
        f"({page.locale.percent(ordered[measure].iloc[i])})"
        for measure in MEASURES
        for end, i in (("low", 0), ("high", -1))
    }
    return page.chart(
        "fig-provinces",
        province_strip(rate, names, nation, page.locale),
        title=page.text(
            "Về việc, {cases_low} thấp nhất, {cases_high} cao nhất; về tiền, {money_low} thấp nhất, "
            "{money_high} cao nhất",
            **ends,
        ),
        subtitle=page.text(
            "Tỷ lệ thi hành xong của từng địa phương, xếp từ thấp đến cao; chấm đặc: thấp hơn mức chung"
        ),
        alt=page.text(
            "Mỗi chấm là một địa phương. Về việc từ {cases_low} đến {cases_high}; về tiền từ {money_low} đến "
            "{money_high}. Số liệu đầy đủ ở bảng xếp hạng.",
            **ends,
        ),
        frame=rate,
    )


def below_national(page: Page) -> Exhibit:
    """List the provinces below the national rate, those below on both first."""
    here = _here(page)
    against = standing.against_national(here).droplevel(["fiscal_year", "months"])
    rate = rates.completion_rate(here).droplevel(["fiscal_year", "months"])
    below = _below(page)
    frame = pd.concat([rate, against.add_suffix("_gap"), below.add_suffix("_below")], axis=1)
    frame = frame[below["cases"] | below["money"]]
    frame = frame.sort_values(["both_below", "cases_below", "cases_gap"], ascending=[False, False, True])
    names = {org.key: org.name for org in page.context.orgs}
    words = {
        (True, True): page.text("việc và tiền"),
        (True, False): page.text("việc"),
        (False, True): page.text("tiền"),
    }
    frame = frame.assign(
        name=[names[key] for key in frame.index],
        which=[
            words[bool(c), bool(m)] for c, m in zip(frame["cases_below"], frame["money_below"], strict=True)
        ],
    )
    percent, points = page.locale.percent, lambda value: page.locale.points(value, unit=False)
    columns = {
        "name": Column(page.text("Địa phương"), number=False),
        "which": Column(page.text("Thấp hơn về"), number=False),
        "cases": Column(page.text("Việc: tỷ lệ"), percent),
        "cases_gap": Column(page.text("Việc: so với toàn quốc (điểm %)"), points),
        "money": Column(page.text("Tiền: tỷ lệ"), percent),
        "money_gap": Column(page.text("Tiền: so với toàn quốc (điểm %)"), points),
    }
    title = page.text(
        "{cases} địa phương thấp hơn mức chung về việc, {money} về tiền, {both} về cả hai",
        **_count_below(page),
    )
    return page.table("tab-below", frame, columns, title=title)


def league(page: Page, measure: str) -> Exhibit:
    """Table of all provinces by rate on one measure, the nation first."""
    here = _here(page)
    everything = pd.concat([rates.national(here), here])
    keys: list[Hashable] = ["fiscal_year", "months"]
    base_rate = rates.completion_rate(_last_year(page)).droplevel(keys)[measure]
    rate = rates.completion_rate(everything).droplevel(keys)[measure]
    frame = pd.DataFrame(
        {
            "rank": standing.rank(here).droplevel(keys)[measure].reindex(rate.index),
            "eligible": everything[measure, "eligible"].droplevel(keys),
            "completed": everything[measure, "completed"].droplevel(keys),
            "completion_rate": rate,
            "completion_rate_change": rate - base_rate.reindex(rate.index),
            "gap_full_year": gap_full_year(everything).droplevel(keys)[measure],
        }
    )
    page.record(frame.drop(index=NATION.key), measure)
    nation, others = frame.loc[[NATION.key]], frame.drop(index=NATION.key)
    frame = pd.concat([nation, others.sort_values("completion_rate", ascending=False)])
    names = {org.key: org.name for org in page.context.orgs} | {NATION.key: page.text(NATION.name)}
    frame.insert(0, "name", [names[key] for key in frame.index])
    amount = page.locale.integer if measure == "cases" else page.locale.thousands
    unit = page.text("việc") if measure == "cases" else page.text("nghìn đồng")
    points = lambda value: page.locale.points(value, unit=False)  # noqa: E731 - a column's form
    columns = {
        "name": Column(page.text("Địa phương"), number=False),
        "rank": Column(page.text("Hạng"), page.locale.integer),
        "eligible": Column(page.text("Có điều kiện ({unit})", unit=unit), amount),
        "completed": Column(page.text("Thi hành xong ({unit})", unit=unit), amount),
        "completion_rate": Column(page.text("Tỷ lệ"), page.locale.percent),
        "completion_rate_change": Column(page.text("So với cùng kỳ (điểm %)"), points),
        "gap_full_year": Column(page.text("So với chỉ tiêu (điểm %)"), points),
    }
    title = (
        page.text("Xếp theo tỷ lệ thi hành xong về việc")
        if measure == "cases"
        else page.text("Xếp theo tỷ lệ thi hành xong về tiền")
    )
    note = page.text(
        "Dòng toàn quốc là tổng các địa phương. Chỉ tiêu của địa phương nếu không biết thì lấy chỉ tiêu "
        "toàn quốc. "
        "Hạng không nói lên chênh lệch có ý nghĩa: đơn vị ít việc dao động mạnh hơn."
    )
    return page.table(
        f"tab-league-{measure}",
        frame,
        columns,
        title=title,
        notes=[note],
        row_class=lambda key: "nation" if key == NATION.key else "",
    )


def concentration(page: Page) -> Exhibit:
    """Draw the largest shares of completed money, and what the nation's rate is without them."""
    here = _here(page)
    share = concentration_metrics.shares(here).droplevel(["fiscal_year", "months"])["money"]
    names = pd.Series({org.key: org.name for org in page.context.orgs})
    top = share.astype("float").sort_values(ascending=False).head(10)
    frame = pd.DataFrame({"name": names[top.index], "share": top})
    first = page.locale.join([str(names[key]) for key in top.index[:3]])
    total = page.locale.percent(top.iloc[:3].sum(), 1)
    return page.chart(
        "fig-concentration",
        top_shares(frame, page.locale),
        title=page.text("{names} chiếm {share} số tiền thi hành xong", names=first, share=total),
        subtitle=page.text("Mười địa phương có số tiền thi hành xong lớn nhất, % của toàn quốc"),
        alt=page.text(
            "Biểu đồ thanh mười địa phương có số tiền thi hành xong lớn nhất; đứng đầu là {name} với "
            "{share}.",
            name=names[top.index[0]],
            share=page.locale.percent(top.iloc[0], 1),
        ),
        frame=frame,
    )


def without_top(page: Page) -> Exhibit:
    """Table of the national money rate with and without the largest units."""
    here = _here(page)
    nation = rates.completion_rate(rates.national(here))["money"].iloc[0]
    names = pd.Series({org.key: org.name for org in page.context.orgs})
    rows = [{"who": page.text("Cả nước"), "share": 1.0, "rate": nation, "difference": 0.0}]
    for k in _TOP:
        chosen = concentration_metrics.in_top(here, k).droplevel(["fiscal_year", "months"])["money"]
        rate = concentration_metrics.rate_without_top(here, k)["money"].iloc[0]
        who = page.locale.join([str(names[key]) for key in chosen.index[chosen.fillna(False)]])
        rows.append(
            {
                "who": page.text("Không tính {names}", names=who),
                "share": 1 - concentration_metrics.top_share(here, k)["money"].iloc[0],
                "rate": rate,
                "difference": rate - nation,
            }
        )
    columns = {
        "who": Column(page.text("Phạm vi"), number=False, wrap=True),
        "share": Column(page.text("Phần số tiền xong"), page.locale.percent),
        "rate": Column(page.text("Tỷ lệ về tiền"), page.locale.percent),
        "difference": Column(
            page.text("Chênh lệch (điểm %)"), lambda value: page.locale.points(value, unit=False)
        ),
    }
    return page.table(
        "tab-without-top",
        pd.DataFrame(rows),
        columns,
        title=page.text("Tỷ lệ về tiền khi không tính các đơn vị lớn nhất"),
    )


def recomputed(page: Page) -> Exhibit:
    """Set every published figure of the period beside the one computed from the panel."""
    figures = page.figures()
    published = published_for(NATION, page.period, known_by=page.context.as_of)
    rows, stated = [], []
    sources: dict[str, int] = {}
    for row in published.to_dict("records"):
        measure, identifier = row["measure"], row["item"]
        if measure not in MEASURES or identifier not in {
            *items_of(measure),
            "completion_rate",
            "eligible_share",
        }:
            continue
        item = identifier in ITEMS
        value = int(row["value"]) if item else row["value"] / 100
        origin = Origin("published", row["citation"], row["source_day"], row["vintage"] or "unspecified")
        fact = Fact(
            identifier, NATION, page.period, measure, value, origin, row["bound"], bool(row["derived"])
        )
        computed = figures.computed(identifier, measure, page.period)
        stated += [page.state(fact), page.state(computed)]
        rows.append(
            {
                "name": f"{page.locale.heading(identifier)} ({page.locale.term(measure)})",
                "published": fact.show(page.locale, full=True),
                "computed": computed.show(page.locale, full=True),
                "source": cite(sources, fact.origin.source),
            }
        )
    if not rows:
        return page.note(page.text("Chưa có số liệu toàn quốc nào được công bố cho kỳ này."))
    columns = {
        "name": Column(page.text("Chỉ tiêu thống kê"), number=False),
        "published": Column(page.text("Đã công bố")),
        "computed": Column(page.text("Tổng các địa phương")),
        "source": Column(page.text("Nguồn")),
    }
    return page.table(
        "tab-published",
        pd.DataFrame(rows),
        columns,
        title=page.text("Số đã công bố và số tính từ các địa phương"),
        notes=numbered(sources),
        facts=stated,
    )


def _here(page: Page) -> pd.DataFrame:
    return _slice(page, page.period.fiscal_year)


def _last_year(page: Page) -> pd.DataFrame:
    base = _slice(page, page.period.fiscal_year - 1)
    return pd.concat([rates.national(base), base])


def _slice(page: Page, year: int) -> pd.DataFrame:
    index = page.context.panel.index
    chosen = (index.get_level_values("fiscal_year") == year) & (
        index.get_level_values("months") == page.period.months
    )
    return page.context.panel[chosen]


def _below(page: Page) -> pd.DataFrame:
    below = standing.below_national(_here(page)).droplevel(["fiscal_year", "months"])
    return below.fillna(False).astype(bool)


def _count_below(page: Page) -> dict[str, int]:
    below = _below(page)
    return {name: int(below[name].sum()) for name in ("cases", "money", "both")}


def _marked(page: Page, fact: Fact) -> str:
    """Print a fact, with a star where it was not published."""
    shown = fact.show(page.locale)
    return shown if fact.origin.provenance == "published" or not fact.known else f"{shown} *"
