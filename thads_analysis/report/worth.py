"""What each province is worth to the nation: parts of the rate, of its change, of the gap to the target."""

from __future__ import annotations

__all__ = ["change_parts", "concentration", "contributions", "far_below", "own", "weighing", "without_top"]

from collections.abc import Hashable

import pandas as pd

from thads_analysis.glossary import MEASURES
from thads_analysis.metrics import (
    gini,
    herfindahl,
    in_top,
    lorenz,
    national,
    rate_without_top,
    top_share,
)
from thads_analysis.metrics.rates import completion_rate
from thads_analysis.org import NATION
from thads_analysis.report import lists
from thads_analysis.report.charts.concentration import shares_and_lorenz
from thads_analysis.report.charts.contribution import change_bars
from thads_analysis.report.exhibits import Column, Exhibit
from thads_analysis.report.facts import Fact, combine
from thads_analysis.report.listing import at, by_org, on_page
from thads_analysis.report.page import Page

_ITEMS = ("completed", "eligible")
_TOP = (1, 3, 5)
_BARS = 10
_ENDS = 4
"""How many provinces at either end of the change are drawn by name."""
_ROWS = 10


def change_parts(page: Page) -> Exhibit:
    """Draw what each province brought to the change of the national rate, summing exactly to it."""
    parts, facts = {}, []
    for measure in MEASURES:
        points = _rows(page, measure)["to_change_points"].dropna()
        if len(points) < len(page.context.orgs):
            return page.note(
                page.text(
                    "Không có đủ số liệu cùng kỳ của mọi địa phương để tách thay đổi của tỷ lệ toàn quốc."
                )
            )
        chosen = _choose(page, points)
        rest = points.drop(chosen.index)
        whole = points.sum()
        rows = [{"name": _names(page)[key], "points": value, "kind": "one"} for key, value in chosen.items()]
        rows.append(
            {
                "name": page.text("{count} địa phương khác", count=len(rest)),
                "points": rest.sum(),
                "kind": "rest",
            }
        )
        rows.append({"name": page.text(NATION.name), "points": whole, "kind": "whole"})
        parts[measure] = pd.DataFrame(rows)
        page.record(chosen.to_frame(), measure)
        origin = combine(page.origin(), page.origin(page.period.same_period_last_year))
        fact = Fact("sum_of_change_points", NATION, page.period, measure, whole, origin, derived=True)
        facts.append(page.state(fact))
    cases, money = (frame.iloc[0] for frame in parts.values())
    told = {
        "cases": page.locale.points(facts[0].value),
        "money": page.locale.points(facts[1].value),
        "cases_first": f"{cases['name']} ({page.locale.points(cases['points'], unit=False)})",
        "money_first": f"{money['name']} ({page.locale.points(money['points'], unit=False)})",
    }
    return page.chart(
        "fig-change-parts",
        change_bars(parts, page.locale),
        title=page.text(
            "Tỷ lệ toàn quốc về việc {cases}, góp nhiều nhất là {cases_first}; về tiền {money}, góp nhiều "
            "nhất là {money_first}",
            **told,
        ),
        subtitle=page.text(
            "Phần của từng địa phương trong thay đổi của tỷ lệ toàn quốc so với cùng kỳ, điểm %; cộng lại "
            "đúng bằng thay đổi"
        ),
        alt=page.text(
            "Biểu đồ thanh quanh số 0. Về việc, thay đổi {cases}, lớn nhất {cases_first}; về tiền, thay đổi "
            "{money}, lớn nhất {money_first}.",
            **told,
        ),
        frame=pd.concat(parts),
        facts=facts,
    )


def contributions(page: Page, measure: str) -> Exhibit:
    """Table of the largest provinces' parts of the national result; of all members of a group."""
    most = None if page.org.level == "group" else _ROWS
    return on_page(page, lists.contributions(page.context, page.locale, measure), most=most)


def weighing(page: Page, measure: str) -> Exhibit:
    """Table of the provinces that pull the national rate down the most."""
    return on_page(page, lists.weighing(page.context, page.locale, measure))


def far_below(page: Page) -> Exhibit:
    """Table of the provinces far below the others."""
    return on_page(page, lists.far_below(page.context, page.locale))


def concentration(page: Page) -> Exhibit:
    """Draw the largest shares of completed money beside the Lorenz curves of money."""
    here = at(page.context, page.period)
    names = _names(page)
    share = _rows(page, "money")["share_of_completed"].astype("float").sort_values(ascending=False)
    own = share[[org.key for org in page.provinces]].sort_values(ascending=False)
    top = own.head(_BARS)
    page.record(top.rename("share_of_completed").to_frame(), "money")
    curves = pd.DataFrame({item: by_org(lorenz(here, item))["money"] for item in _ITEMS})
    ginis = {item: float(gini(here, item)["money"].iloc[0]) for item in _ITEMS}
    for item in _ITEMS:
        page.state(_national(page, f"gini_{item}", "money", ginis[item]))
        index = herfindahl(here, item)["money"].iloc[0]
        page.state(_national(page, f"herfindahl_{item}", "money", index))
    told = {
        "names": page.locale.join([names[key] for key in top.index[:3]]),
        "share": page.locale.percent(top.iloc[:3].sum(), 1),
        "gini": page.locale.decimal(ginis["completed"], 2),
        "gini_eligible": page.locale.decimal(ginis["eligible"], 2),
    }
    return page.chart(
        "fig-concentration",
        shares_and_lorenz(
            pd.DataFrame({"name": [names[key] for key in top.index], "share": top}),
            curves,
            ginis,
            page.locale,
        ),
        title=page.text("{names} chiếm {share} số tiền thi hành xong toàn quốc", **told),
        subtitle=page.text(
            "Trái: các địa phương có số tiền thi hành xong lớn nhất. Phải: đường Lorenz của mọi địa phương; "
            "Gini 0 là chia đều, gần 1 là dồn vào một nơi"
        ),
        alt=page.text(
            "Trái: biểu đồ thanh các địa phương có số tiền thi hành xong lớn nhất; {names} chiếm {share}. "
            "Phải: đường Lorenz của số tiền; hệ số Gini {gini} với số thi hành xong, {gini_eligible} với số "
            "có điều kiện.",
            **told,
        ),
        frame=curves,
    )


def without_top(page: Page) -> Exhibit:
    """Table of the national money rate with and without the largest units, or without a group."""
    here = at(page.context, page.period)
    nation = completion_rate(national(here))["money"].iloc[0]
    names = _names(page)
    rows = [_apart(page.text("Cả nước"), 1.0, nation, nation)]
    if page.org.level == "group":
        members = _rows(page, "money").loc[list(page.org.members), ["completed", "eligible"]].sum()
        whole = national(here)["money"].iloc[0]
        rate = (whole["completed"] - members["completed"]) / (whole["eligible"] - members["eligible"])
        part = members["completed"] / whole["completed"]
        page.state(_national(page, "rate_without_group", "money", rate))
        rows.append(_apart(page.text("Không tính nhóm này"), 1 - part, rate, nation))
        rows.append(
            _apart(page.text("Chỉ nhóm này"), part, members["completed"] / members["eligible"], nation)
        )
    else:
        for k in _TOP:
            chosen = by_org(in_top(here, k))["money"]
            rate = rate_without_top(here, k)["money"].iloc[0]
            page.state(_national(page, f"rate_without_top_{k}", "money", rate))
            who = page.locale.join([names[key] for key in chosen.index[chosen.fillna(False)]])
            left = 1 - top_share(here, k)["money"].iloc[0]
            rows.append(_apart(page.text("Không tính {names}", names=who), left, rate, nation))
    columns = {
        "who": Column(page.text("Phạm vi"), number=False, wrap=True),
        "share": Column(page.text("Phần số tiền xong"), page.locale.percent),
        "rate": Column(page.text("Tỷ lệ về tiền"), page.locale.percent),
        "difference": Column(
            page.text("Chênh lệch (điểm %)"), lambda value: page.locale.points(value, unit=False)
        ),
    }
    index = herfindahl(here)["money"].iloc[0]
    return page.table(
        "tab-without-top",
        pd.DataFrame(rows),
        columns,
        title=page.text("Tỷ lệ về tiền khi không tính các đơn vị lớn nhất"),
        notes=[
            page.text(
                "Chỉ số Herfindahl của số tiền thi hành xong: {index}; chia đều cho {count} địa phương là "
                "{even}.",
                index=page.locale.decimal(index, 3),
                count=len(page.context.orgs),
                even=page.locale.decimal(1 / len(page.context.orgs), 3),
            )
        ],
    )


def own(page: Page) -> Exhibit:
    """Table of what a province is worth to the nation, on its own page."""
    heads = {
        "share_of_eligible": page.text("Tỷ trọng số có điều kiện trong toàn quốc"),
        "share_of_completed": page.text("Tỷ trọng số thi hành xong trong toàn quốc"),
        "to_rate_points": page.text("Góp vào tỷ lệ toàn quốc"),
        "to_change_points": page.text("Góp vào thay đổi của tỷ lệ toàn quốc so với cùng kỳ"),
        "pull_points": page.text("Nâng (+), kéo (−) tỷ lệ toàn quốc so với khi đạt mức chung"),
        "to_gap_points": page.text("Góp vào chênh lệch của toàn quốc với chỉ tiêu năm"),
        "gap_completions": page.text(
            "Thừa (+), thiếu (−) so với chỉ tiêu toàn quốc, trên số có điều kiện hiện nay"
        ),
    }
    rows = [
        {"name": head} | {measure: page.show(_own(page, identifier, measure)) for measure in MEASURES}
        for identifier, head in heads.items()
    ]
    columns = {
        "name": Column(page.text("Đóng góp"), number=False, wrap=True),
        "cases": Column(page.text("Việc")),
        "money": Column(page.text("Tiền")),
    }
    return page.table(
        "tab-worth",
        pd.DataFrame(rows),
        columns,
        title=page.text("{org} góp gì vào kết quả toàn quốc", org=page.org.name),
        notes=[
            page.text(
                "Phần của mọi địa phương cộng lại đúng bằng tỷ lệ, thay đổi và chênh lệch của toàn quốc. "
                "Nâng, kéo = tỷ trọng × (tỷ lệ − tỷ lệ toàn quốc)."
            )
        ],
    )


def _own(page: Page, identifier: str, measure: str) -> Fact:
    value = page.context.contributions[identifier].get((page.org.key, measure))
    return Fact(identifier, page.org, page.period, measure, value, page.origin(), derived=True)


def _rows(page: Page, measure: str) -> pd.DataFrame:
    return pd.DataFrame(page.context.contributions.xs(measure, level="measure"))


def _names(page: Page) -> dict[Hashable, str]:
    return {org.key: org.name for org in page.context.orgs}


def _choose(page: Page, points: pd.Series[float]) -> pd.Series[float]:
    """The parts to draw by name, from the largest to the smallest: the ends, or all of a group."""
    ordered = points.sort_values(ascending=False)
    if page.org.level == "group":
        return ordered[ordered.index.isin(page.org.members)]
    return pd.concat([ordered.head(_ENDS), ordered.tail(_ENDS)])


def _apart(who: str, share: float, rate: float, nation: float) -> dict[str, object]:
    return {"who": who, "share": share, "rate": rate, "difference": rate - nation}


def _national(page: Page, identifier: str, measure: str, value: float) -> Fact:
    return Fact(identifier, NATION, page.period, measure, value, page.origin(), derived=True)
