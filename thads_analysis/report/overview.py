"""The overview of the nation or of a group: the bulletin's figures, and who stands where."""

from __future__ import annotations

__all__ = [
    "below_national",
    "headline",
    "league",
    "marked",
    "provinces",
    "rate_chart",
    "recomputed",
    "summary",
]

import pandas as pd

from thads_analysis.glossary import ITEMS, MEASURES, items_of
from thads_analysis.load import published_for
from thads_analysis.metrics import CREDIBILITY_SIGNS, concentration, rates, standing, total
from thads_analysis.metrics.target import gap_full_year
from thads_analysis.org import NATION, Org
from thads_analysis.report.charts.rates import province_strip, rate_bullets
from thads_analysis.report.exhibits import Column, Exhibit, cite, numbered
from thads_analysis.report.facts import Fact, Origin, combine
from thads_analysis.report.listing import at, by_org
from thads_analysis.report.page import Page
from thads_analysis.report.text import against_phrase, change_phrase, points_phrase, target_sentence

_FEW = 3


def summary(page: Page) -> Exhibit:
    """Say in words where the nation or the group stands, and what to look at: three to six sentences."""
    figures, locale = page.figures(), page.locale
    group = page.org.level == "group"
    sentences = []
    for measure in MEASURES:
        told = {
            "measure": locale.term(measure),
            "completed": page.show(figures("completed", measure), full=True),
            "change": change_phrase(
                locale,
                page.state(figures("completed_change_abs", measure)),
                page.state(figures("completed_change_pct", measure)),
                full=True,
            ),
            "rate": page.show(figures("completion_rate", measure)),
            "points": points_phrase(locale, page.state(figures("completion_rate_change", measure))),
        }
        sentences.append(
            page.text(
                "Về {measure}: thi hành xong {completed}, {change}; tỷ lệ {rate}, {points}; {beside}.",
                **told,
                beside=_beside_nation(page, measure),
            )
            if group
            else page.text(
                "Về {measure}: thi hành xong {completed}, {change}; tỷ lệ {rate}, {points}.", **told
            )
        )
    gaps = {
        measure: (page.state(figures("gap_full_year", measure)), page.state(figures("target", measure)))
        for measure in MEASURES
    }
    if against_target := target_sentence(locale, gaps, page.period.remaining_months):
        sentences.append(against_target)
    counts = _count_below(page)
    for measure in MEASURES:
        page.state(_count(page, "provinces_below_national", measure, counts[measure]))
    sentences.append(
        page.text(
            "Thấp hơn mức chung toàn quốc: {cases} địa phương về việc, {money} về tiền, {both} về cả hai.",
            **counts,
        )
    )
    if not group:
        sentences.append(_on_few(page))
    sentences.append(_look_at(page))
    return page.lead(sentences)


def _beside_nation(page: Page, measure: str) -> str:
    """Set a group's rate beside the nation's, with its weight."""
    rate, nation = (page.figures(org)("completion_rate", measure) for org in (page.org, NATION))
    gap = Fact(
        "national_gap_points",
        page.org,
        page.period,
        measure,
        rate.value - nation.value if rate.known and nation.known else None,
        combine(rate.origin, nation.origin),
        derived=True,
    )
    rows = page.context.contributions.xs(measure, level="measure").loc[list(page.org.members)]
    weight = Fact(
        "share_of_eligible",
        page.org,
        page.period,
        measure,
        rows["share_of_eligible"].sum(skipna=False),
        page.origin(),
        derived=True,
    )
    return page.text(
        "{comparison} {nation} của toàn quốc; chiếm {weight} số có điều kiện toàn quốc",
        comparison=against_phrase(page.locale, page.state(gap)),
        nation=page.show(nation),
        weight=page.show(weight),
    )


def _on_few(page: Page) -> str:
    """Say on how few provinces the money hangs, and what the rate is without them."""
    here = at(page.context, page.period)
    share = concentration.top_share(here, _FEW)["money"].iloc[0]
    rate = concentration.rate_without_top(here, _FEW)["money"].iloc[0]
    names = {org.key: org.name for org in page.context.orgs}
    largest = by_org(concentration.shares(here))["money"].sort_values(ascending=False).index[:_FEW]
    facts = {
        name: Fact(name, NATION, page.period, "money", value, page.origin(), derived=True)
        for name, value in ((f"share_of_top_{_FEW}", share), (f"rate_without_top_{_FEW}", rate))
    }
    return page.text(
        "{names} chiếm {share} số tiền thi hành xong; không tính các địa phương này, tỷ lệ về tiền là "
        "{rate}.",
        names=page.locale.join([names[str(key)] for key in largest]),
        share=page.show(facts[f"share_of_top_{_FEW}"]),
        rate=page.show(facts[f"rate_without_top_{_FEW}"]),
    )


def _look_at(page: Page) -> str:
    """Say what to look at: who pulls the national rate down the most, and whose figures to ask about."""
    keys = [org.key for org in page.provinces]
    names = {org.key: org.name for org in page.context.orgs}
    told = []
    for measure in MEASURES:
        pulls = page.context.contributions.xs(measure, level="measure")["pull_points"].reindex(keys).dropna()
        if pulls.empty or pulls.min() >= 0:
            continue
        key = str(pulls.astype("float").idxmin())
        fact = Fact(
            "pull_points", Org.from_key(key), page.period, measure, pulls[key], page.origin(), derived=True
        )
        told.append(
            page.text(
                "về {measure} là {name} ({points})",
                measure=page.locale.term(measure),
                name=names[key],
                points=page.show(fact),
            )
        )
    signs = page.context.credibility[list(CREDIBILITY_SIGNS)].fillna(False).any(axis="columns")
    doubts = signs[signs].index.unique("org").intersection(pd.Index(keys))
    page.state(_count(page, "provinces_with_signs", "cases", len(doubts)))
    credible = (
        page.text(
            "{count} địa phương có dấu hiệu cần xem lại số liệu", count=page.locale.integer(len(doubts))
        )
        if len(doubts)
        else page.text("không địa phương nào có dấu hiệu cần xem lại số liệu")
    )
    if not told:
        return page.text("Cần chú ý: {credible}.", credible=credible)
    return page.text(
        "Cần chú ý: kéo tỷ lệ toàn quốc xuống nhiều nhất {pulled}; {credible}.",
        pulled="; ".join(told),
        credible=credible,
    )


def _count(page: Page, identifier: str, measure: str, value: int) -> Fact:
    return Fact(identifier, page.org, page.period, measure, value, page.origin(), derived=True)


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
                    "level": marked(page, level),
                    "change": marked(page, change),
                    "growth": marked(page, growth) if growth else "",
                }
            )
    columns = {
        "name": Column(page.text("Chỉ tiêu thống kê"), number=False),
        "level": Column(page.period.label(page.locale.lang)),
        "change": Column(page.text("So với cùng kỳ")),
        "growth": Column(page.text("Tăng, giảm")),
    }
    period = page.period.label(page.locale.lang)
    if page.org.level == "group":
        title = page.text("Kết quả của nhóm {period}", period=period)
        names = page.locale.join([org.name for org in page.provinces])
        note = page.text("Số có dấu * là tổng các địa phương của nhóm: {names}.", names=names)
    else:
        title = page.text("Kết quả toàn quốc {period}", period=period)
        note = page.text("Số có dấu * chưa được công bố: tính từ tổng các địa phương.")
    return page.table("tab-headline", pd.DataFrame(rows), columns, title=title, facts=stated, notes=[note])


def rate_chart(page: Page) -> Exhibit:
    """Draw the two rates against last year's and the target."""
    wanted = {
        "now": ("completion_rate", page.org, page.period),
        "base": ("completion_rate", page.org, page.period.same_period_last_year),
        "target": ("target", page.org, page.period),
    }
    if page.org != NATION:
        wanted["nation"] = ("completion_rate", NATION, page.period)
    facts = {
        (measure, key): page.state(page.figures(org)(identifier, measure, period))
        for measure in MEASURES
        for key, (identifier, org, period) in wanted.items()
    }
    frame = pd.Series({key: fact.value for key, fact in facts.items()}, dtype="Float64").unstack()
    frame = frame.reindex(index=list(MEASURES), columns=list(wanted))
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
    here = at(page.context, page.period)
    rate = by_org(rates.completion_rate(here)).reindex([org.key for org in page.provinces])
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
    here = at(page.context, page.period)
    below = _below(page)
    against = by_org(standing.against_national(here)).reindex(below.index)
    rate = by_org(rates.completion_rate(here)).reindex(below.index)
    frame = pd.concat([rate, against.add_suffix("_gap"), below.add_suffix("_below")], axis=1)
    for measure in MEASURES:
        page.list_orgs("tab-below", measure, below.index[below[measure]])
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
    here, before = (at(page.context, when) for when in (page.period, page.period.same_period_last_year))
    everything, base = _with_wholes(page, here), _with_wholes(page, before)
    rate, base_rate = (by_org(rates.completion_rate(rows))[measure] for rows in (everything, base))
    frame = pd.DataFrame(
        {
            "rank": by_org(standing.rank(here))[measure].reindex(rate.index),
            "eligible": by_org(everything)[measure, "eligible"],
            "completed": by_org(everything)[measure, "completed"],
            "completion_rate": rate,
            "completion_rate_change": rate - base_rate.reindex(rate.index),
            "gap_full_year": by_org(gap_full_year(everything))[measure],
        }
    )
    first = [NATION.key] if page.org == NATION else [NATION.key, page.org.key]
    others = frame.loc[[org.key for org in page.provinces if org.key in frame.index]]
    page.record(others, measure)
    frame = pd.concat([frame.loc[first], others.sort_values("completion_rate", ascending=False)])
    names = {org.key: org.name for org in page.context.orgs}
    names |= {org.key: page.name_of(org) for org in (NATION, page.org)}
    frame.insert(0, "name", [names[str(key)] for key in frame.index])
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
        row_class=lambda key: "nation" if key == NATION.key else "own" if key == page.org.key else "",
    )


def recomputed(page: Page) -> Exhibit:
    """Set every published figure of the period beside the one computed from the panel."""
    if page.org != NATION:
        return page.note(page.text("Số đã công bố là của toàn quốc: xem trang tổng quan toàn quốc."))
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


def _with_wholes(page: Page, rows: pd.DataFrame) -> pd.DataFrame:
    """Put the nation, and the group of the page, before the provinces."""
    group = [total(rows, page.org)] if page.org.level == "group" else []
    return pd.concat([rates.national(rows), *group, rows])


def _below(page: Page) -> pd.DataFrame:
    below = by_org(standing.below_national(at(page.context, page.period)))
    return below.reindex([org.key for org in page.provinces]).fillna(False).astype(bool)


def _count_below(page: Page) -> dict[str, int]:
    below = _below(page)
    return {name: int(below[name].sum()) for name in ("cases", "money", "both")}


def marked(page: Page, fact: Fact) -> str:
    """Print a fact, with a star where it was not published."""
    shown = fact.show(page.locale)
    return shown if fact.origin.provenance == "published" or not fact.known else f"{shown} *"
