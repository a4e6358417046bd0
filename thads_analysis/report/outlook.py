"""The forecast page's second half: who will miss, who moves the nation's result, and what if."""

from __future__ import annotations

__all__ = ["likely_to_miss", "what_if", "who_misses", "who_moves"]

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pandas as pd
from markupsafe import escape

from thads_analysis.context import Context
from thads_analysis.forecast import Scenario, make_scenario, misses
from thads_analysis.forecast import what_if as play
from thads_analysis.glossary import MEASURES
from thads_analysis.locale import Locale
from thads_analysis.org import NATION, Org
from thads_analysis.report.exhibits import Column, Exhibit
from thads_analysis.report.facts import Fact
from thads_analysis.report.forecast import TOO_SHORT, forecasts
from thads_analysis.report.listing import Field, Listing, named, unit, who
from thads_analysis.report.page import Page

_LISTED = 10
_CHANGED = ("rate_median", "lower_80", "upper_80", "target", "p_target", "required_completions")


def who_misses(page: Page) -> Exhibit:
    """List the provinces likeliest to miss their target; on the nation's page only."""
    if page.org != NATION:
        return _nothing()
    head = page.text("Địa phương nào có thể không đạt chỉ tiêu?")
    if forecasts(page) is None:
        return _under(head, page.note(page.text(TOO_SHORT)))
    listed = misses(page.context.forecasts)
    if listed.empty:
        note = page.text("Không tính được khả năng của từng địa phương: chưa biết chỉ tiêu của năm.")
        return _under(head, page.note(note))
    shown = [
        _list_misses(page, measure, listed[listed.index.get_level_values("measure") == measure])
        for measure in MEASURES
        if measure in listed.index.get_level_values("measure")
    ]
    return _under(head, *shown)


def _list_misses(page: Page, measure: str, listed: pd.DataFrame) -> Exhibit:
    end, rows = page.period.year_end, []
    for line in listed.head(_LISTED).to_dict("records"):
        org = Org.from_key(line["org"])
        told = {
            name: page.show(Fact(name, org, end, measure, line[name], page.origin(), derived=True))
            for name in ("p_miss", "rate_median", "lower_80", "upper_80", "required_multiple")
        }
        now = Fact(
            "completion_rate", org, page.period, measure, line["rate_now"], page.origin(), derived=True
        )
        target = page.figures(org)("target", measure)
        rows.append(
            told
            | {
                "name": org.name,
                "now": page.show(now),
                "interval": page.text("{low} đến {high}", low=told["lower_80"], high=told["upper_80"]),
                "target": page.show(target) + ("" if line["target_is_national"] else " *"),
            }
        )
    notes = []
    if any(line.endswith("*") for line in (row["target"] for row in rows)):
        notes.append(page.text("* Chỉ tiêu giao riêng; các nơi khác tính theo chỉ tiêu toàn quốc."))
    whole = page.context.forecasts
    refused = whole[(whole["measure"] == measure) & whole["method"].isna()]
    if len(refused):
        keys = (refused["org_regime"] + ":" + refused["org_code"]).tolist()
        names = page.locale.join([Org.from_key(key).name for key in keys])
        notes.append(page.text("Không dự báo được: {names}.", names=names))
    return page.table(
        f"tab-misses-{measure}",
        pd.DataFrame(rows),
        {
            "name": Column(page.text("Địa phương"), number=False),
            "p_miss": Column(page.text("Khả năng không vượt")),
            "now": Column(page.text("Hiện nay")),
            "rate_median": Column(page.text("Cuối năm, trung vị")),
            "interval": Column(page.text("Khoảng 80%")),
            "target": Column(page.text("Chỉ tiêu")),
            "required_multiple": Column(page.text("Cần gấp (lần)")),
        },
        title=page.text(
            "{measure}: {count} địa phương dễ không vượt chỉ tiêu nhất",
            measure=page.locale.heading(measure),
            count=len(rows),
        ),
        notes=notes,
    )


def likely_to_miss(context: Context, locale: Locale, measure: str) -> Listing:
    """Every province by the probability that it does not end above its target, for the annex."""
    listed = misses(context.forecasts)
    listed = listed[listed.index.get_level_values("measure") == measure].set_index("org")
    titles = {
        "cases": (
            locale.text("Dễ không đạt về việc"),
            locale.text("Khả năng không vượt chỉ tiêu năm về việc"),
        ),
        "money": (
            locale.text("Dễ không đạt về tiền"),
            locale.text("Khả năng không vượt chỉ tiêu năm về tiền"),
        ),
    }
    told = ("p_miss", "completion_rate", "rate_median", "lower_80", "upper_80", "required_completions")
    return Listing(
        f"tab-likely-{measure}",
        *titles[measure],
        locale.text(
            "Xếp theo khả năng cuối năm không vượt chỉ tiêu, theo dự báo; chỉ có địa phương dự báo được và "
            "biết chỉ tiêu (riêng hoặc toàn quốc)."
        ),
        {
            **who(locale),
            "p_miss": Field(locale.text("Khả năng không vượt"), "percent"),
            "completion_rate": Field(locale.text("Tỷ lệ hiện nay"), "percent"),
            "rate_median": Field(locale.text("Cuối năm, trung vị"), "percent"),
            "lower_80": Field(locale.text("Khoảng 80%: thấp"), "percent"),
            "upper_80": Field(locale.text("Khoảng 80%: cao"), "percent"),
            "target": Field(locale.text("Chỉ tiêu"), "percent"),
            "required_completions": Field(
                f"{locale.text('Còn phải xong')} ({unit(locale, measure)})", measure
            ),
        },
        named(listed.rename(columns={"rate_now": "completion_rate"})),
        {column: (column, measure) for column in told},
    )


def who_moves(page: Page) -> Exhibit:
    """List the provinces that move the nation's result most; on the nation's page only."""
    if page.org != NATION:
        return _nothing()
    head = page.text("Địa phương nào quyết định kết quả toàn quốc?")
    if forecasts(page) is None:
        return _under(head, page.note(page.text(TOO_SHORT)))
    return _under(head, *(_list_levers(page, measure) for measure in MEASURES))


def _list_levers(page: Page, measure: str) -> Exhibit:
    levers = page.context.levers
    levers = levers[levers.index.get_level_values("measure") == measure].droplevel("measure")
    end, unit = page.period.year_end, 1_000 if measure == "cases" else 1_000_000_000_000
    order = levers.sort_values(["gain_points", "weight"], ascending=False, na_position="last").head(_LISTED)
    rows = []
    for key, line in order.iterrows():
        org = Org.from_key(str(key))
        own = line["points_per_completion"] * unit if pd.notna(line["points_per_completion"]) else None
        told = {
            "weight": line["weight"],
            "gain_points": line["gain_points"],
            "swing_share": line["swing_share"],
            "per_thousand_points": own,
        }
        rows.append(
            {"name": org.name}
            | {
                name: page.show(Fact(name, org, end, measure, value, page.origin(), derived=True))
                for name, value in told.items()
            }
        )
    whole = levers["national_points_per_completion"].iloc[0] * unit
    each = page.show(Fact("per_thousand_points", NATION, end, measure, whole, page.origin(), derived=True))
    step = page.text("1.000 việc") if measure == "cases" else page.text("1.000 tỷ đồng")
    return page.table(
        f"tab-levers-{measure}",
        pd.DataFrame(rows),
        {
            "name": Column(page.text("Địa phương"), number=False),
            "weight": Column(page.text("Phần trong số có điều kiện cả nước")),
            "gain_points": Column(page.text("Toàn quốc tăng nếu nơi này vừa vượt chỉ tiêu")),
            "per_thousand_points": Column(
                page.text("Tỷ lệ của nơi này tăng khi xong thêm {step}", step=step)
            ),
            "swing_share": Column(page.text("Phần trong độ dao động của kết quả toàn quốc")),
        },
        title=page.text(
            "{measure}: {count} địa phương làm thay đổi kết quả toàn quốc nhiều nhất",
            measure=page.locale.heading(measure),
            count=len(rows),
        ),
        notes=[
            page.text(
                "Xong thêm {step} ở bất kỳ đâu, tỷ lệ toàn quốc tăng {points}. Phần dao động: phần của địa "
                "phương trong phương sai của kết quả toàn quốc dự báo; cộng các địa phương bằng 100%.",
                step=step,
                points=each,
            )
        ],
    )


def what_if(
    page: Page,
    *,
    more_cases: Mapping[str, int] | None = None,
    more_money: Mapping[str, int] | None = None,
    large_case: Mapping[str, Any] | None = None,
    reach_target: str = "",
    no_reclassification: bool = False,
    target_last_year: bool = False,
) -> Exhibit:
    """Set the forecast beside what it would be if one thing were otherwise.

    Parameters
    ----------
    page : Page
    more_cases, more_money, large_case, no_reclassification, target_last_year
        As in `forecast.make_scenario`; together one scenario, shown after the standard ones. A large case is
        shown both enforced and not.
    reach_target : str
        Codes or names of provinces or groups that end above their target, separated by semicolons.
    """
    if forecasts(page) is None:
        return page.note(page.text(TOO_SHORT))
    chosen = make_scenario(
        page.period,
        more_cases=more_cases,
        more_money=more_money,
        large_case=large_case,
        reach_target=[name.strip() for name in reach_target.split(";") if name.strip()],
        no_reclassification=no_reclassification,
        target_last_year=target_last_year,
    )
    names = {
        "large_8": page.text("8 địa bàn trọng điểm vượt chỉ tiêu"),
        "no_reclassification": page.text("số tiền có điều kiện không giảm"),
        "target_last_year": page.text("chỉ tiêu không thấp hơn kết quả năm trước"),
    }
    standard = page.context.scenarios
    # The eight large provinces change nothing on the page of another one.
    apart = {"large_8"} if page.org.level == "province" else set()
    lines = [
        (str(name), names[str(name)], standard[standard["scenario"] == name])
        for name in standard["scenario"].unique()
        if name not in apart
    ]
    lines += _chosen_lines(page, chosen)
    rows: list[dict[str, str]] = []
    for measure in MEASURES:
        base = _changed_row(page, measure, "", page.context.forecasts)
        if base is None:
            continue
        rows.append({"name": _head(page, measure, page.text("dự báo, không đổi gì"))} | base)
        for name, told, table in lines:
            row = _changed_row(page, measure, name, table)
            if row not in (None, base):
                rows.append({"name": _head(page, measure, told)} | (row or {}))
    if not rows:
        return page.note(page.text(TOO_SHORT))
    return page.table(
        "tab-what-if",
        pd.DataFrame(rows),
        {
            "name": Column(page.text("Nếu"), number=False, wrap=True),
            "rate_median": Column(page.text("Cuối năm, trung vị")),
            "interval": Column(page.text("Khoảng 80%")),
            "target": Column(page.text("Mức phải vượt")),
            "p_target": Column(page.text("Khả năng vượt")),
            "required_completions": Column(page.text("Còn phải xong")),
        },
        title=page.text("Kết quả cuối năm trong từng giả định, tính lại trên cùng các đường mô phỏng"),
        notes=[
            page.text(
                "Mỗi giả định chỉ đổi điều nêu ra, phần còn lại như dự báo. Giả định không phải là dự đoán "
                "rằng điều đó sẽ xảy ra. Giả định không làm đổi con số nào của một chỉ số thì không ghi ở đó."
            )
        ],
    )


def _chosen_lines(page: Page, chosen: Scenario) -> list[tuple[str, str, pd.DataFrame]]:
    """Play what the notebook's parameters ask for; nothing when they ask for nothing."""
    if chosen == Scenario():
        return []
    told = _describe(page, chosen)
    case = chosen.large_case
    if case is None:
        return [("chosen", told, play(page.context.outlook, chosen))]
    values = {
        "amount": page.locale.money(case.amount),
        "org": Org.from_key(case.org).name,
        "month": page.locale.month(case.month, full=True),
    }
    both = (
        ("case_enforced", True, page.text("vụ {amount} của {org} xong trong {month}", **values)),
        ("case_open", False, page.text("vụ {amount} của {org} chưa xong trong năm", **values)),
    )
    return [
        (
            name,
            "; ".join(part for part in (words, told) if part),
            play(page.context.outlook, replace(chosen, large_case=replace(case, enforced=enforced))),
        )
        for name, enforced, words in both
    ]


def _describe(page: Page, chosen: Scenario) -> str:
    """Name a scenario by what it changes, a large case apart."""
    parts = []
    for measure, numbers in chosen.extra.items():
        for key, number in numbers.items():
            parts.append(
                page.text(
                    "{org} xong thêm {amount}",
                    org=page.name_of(Org.from_key(key)),
                    amount=page.locale.amount(number, measure),
                )
            )
    if chosen.reach_target:
        names = page.locale.join([Org.from_key(key).name for key in chosen.reach_target])
        parts.append(page.text("{names} vượt chỉ tiêu", names=names))
    if chosen.no_reclassification:
        parts.append(page.text("số tiền có điều kiện không giảm"))
    if chosen.target_last_year:
        parts.append(page.text("chỉ tiêu không thấp hơn kết quả năm trước"))
    return "; ".join(parts)


def _changed_row(page: Page, measure: str, name: str, table: pd.DataFrame) -> dict[str, str] | None:
    """Cells of one scenario; states its figures under the scenario's name."""
    mine = (table["org_regime"] == page.org.regime) & (table["org_code"] == page.org.code)
    found = table[mine & (table["measure"] == measure)]
    if not len(found) or found["method"].iloc[0] is None:
        return None
    row, end = found.iloc[0], page.period.year_end
    prefix = f"{name}__" if name else ""
    facts = {
        key: Fact(f"{prefix}{key}", page.org, end, measure, row[key], page.origin(), derived=True)
        for key in _CHANGED
    }
    target = page.figures()("target", measure)
    same = target.known and row["target"] == target.value
    facts["target"] = target if same or not name else replace(facts["target"], bound="at_least")
    told = {key: page.show(fact) for key, fact in facts.items()}
    return told | {"interval": page.text("{low} đến {high}", low=told["lower_80"], high=told["upper_80"])}


def _head(page: Page, measure: str, name: str) -> str:
    return page.text("{measure}: {name}", measure=page.locale.heading(measure), name=name)


def _nothing() -> Exhibit:
    return Exhibit("nothing", "text", "", "")


def _under(head: str, *shown: Exhibit) -> Exhibit:
    """Put exhibits under a heading of their own: a section that only some pages have."""
    html = "\n".join([f"<h2>{escape(head)}</h2>", *(exhibit.html for exhibit in shown)])
    return Exhibit(shown[0].id, "text", head, html, shown[0].frame)
