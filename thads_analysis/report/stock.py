"""What filled and emptied the stock carried over, item by item, and what state it is in."""

from __future__ import annotations

__all__ = ["eligible_account", "stock_account", "stock_chart", "stock_states", "tell_stock"]

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import pandas as pd

from thads_analysis import trend
from thads_analysis.errors import DataError
from thads_analysis.glossary import MEASURES, N_, items_of
from thads_analysis.locale import MISSING
from thads_analysis.metrics import growth
from thads_analysis.period import Period
from thads_analysis.report.change import break_note
from thads_analysis.report.charts.waterfall import Step, waterfall
from thads_analysis.report.exhibits import Column, Exhibit
from thads_analysis.report.facts import Fact, combine
from thads_analysis.report.page import Page
from thads_analysis.report.text import change_phrase

_ACCOUNT: Mapping[str, str] = MappingProxyType(
    {
        "opening": "carried_in",
        "new": "new",
        "entrusted": "entrusted",
        "pulled_up": "pulled_up",
        "revoked": "revoked",
        "completed": "completed",
        "closing": "carried_out",
    }
)
"""Lines of the account, in their order, and the item of the forms that each shows."""

_LEAVES = ("entrusted", "pulled_up", "revoked", "completed")
_OF_COMPLETED = ("fully_enforced", "discontinued", "reduced")
_STATES: Mapping[str, str] = MappingProxyType(
    {
        "eligible": N_("Có điều kiện, chưa thi hành xong"),
        "not_eligible": N_("Chưa có điều kiện"),
        "other": N_("Hoãn, tạm đình chỉ, trường hợp khác"),
        "closing": N_("Chuyển kỳ sau"),
    }
)
_ELIGIBLE: Mapping[str, str] = MappingProxyType(
    {
        "opening": N_("Có điều kiện, chưa xong cuối năm trước"),
        "became_eligible": N_("Thêm vào số có điều kiện (trừ phần ra khỏi)"),
        "completed": N_("Thi hành xong"),
        "closing": N_("Có điều kiện, chưa xong cuối kỳ"),
    }
)


def stock_chart(page: Page) -> Exhibit:
    """Draw the account of the stock from 1 October: what it opened with, what came, what left."""
    account = _own(page, trend.stock_flow(page.own_panel(), page.period)).drop(columns="restated")
    known = account.dropna()
    if known.empty:
        return page.note(
            page.text(
                "Thiếu một trong các số năm trước chuyển sang, mới thụ lý, ủy thác, rút lên, thu hồi, thi "
                "hành xong nên không lập được cân đối số chuyển kỳ sau."
            )
        )
    panels = {}
    for measure, row in known.iterrows():
        show = page.locale.integer if measure == "cases" else page.locale.billions
        title = page.locale.heading(str(measure))
        title += f" ({page.text('tỷ đồng')})" if measure == "money" else ""
        panels[title] = [
            Step(
                page.locale.heading(item),
                float(row[line]),
                show(row[line], signed=line not in ("opening", "closing")),
                total=line in ("opening", "closing"),
            )
            for line, item in _ACCOUNT.items()
        ]
    facts = [
        page.state(page.figures().computed(item, m, page.period))
        for m in known.index
        for item in _ACCOUNT.values()
    ]
    told = "; ".join(tell_stock(page, str(measure)) for measure in known.index)
    return page.chart(
        "fig-stock",
        waterfall(panels, share=False),
        title=told[:1].upper() + told[1:],
        subtitle=page.text(
            "Từ số năm trước chuyển sang đến số chuyển kỳ sau, từ đầu năm thống kê; mỗi ô một thang đo. Gạch "
            "chéo: làm giảm"
        ),
        alt=page.text("Biểu đồ thác nước: {told}. Số liệu đầy đủ ở bảng bên dưới.", told=told),
        frame=account,
        facts=facts,
    )


def stock_account(page: Page) -> Exhibit | None:
    """Table of the account, beside that of the same period, with the difference of each line."""
    now = _own(page, trend.stock_flow(page.own_panel(), page.period)).drop(columns="restated")
    if now.dropna().empty:
        return None
    base = page.period.same_period_last_year
    before = break_note(page, base, page.period)
    change = None if before else _change_of_stock(page, base)
    lines = []
    for line, item in _ACCOUNT.items():
        lines.append(
            _line(page, page.locale.heading(item), now[line], None if change is None else change[line])
        )
        if line == "completed":
            lines += _parts_of_completed(page, base, shown=change is not None)
    if change is not None:
        origin = combine(page.origin(), page.origin(base))
        for measure, row in change.to_dict("index").items():
            for line, item in _ACCOUNT.items():
                # The form's own figure, without the sign with which it enters the account.
                moved = -row[line] if line in _LEAVES else row[line]
                page.state(
                    Fact(
                        f"{item}_change_abs", page.org, page.period, str(measure), moved, origin, derived=True
                    )
                )
    notes = [
        page.text(
            "Mỗi cột cộng đúng đến từng đơn vị: năm trước chuyển sang + mới thụ lý − ủy thác − rút lên − thu "
            "hồi, hủy − thi hành xong = chuyển kỳ sau. Cột thay đổi là chênh lệch với cùng kỳ của từng dòng, "
            "có dấu như trong phép cộng."
        )
    ]
    if before or change is None:
        notes.append(before or page.text("Không có số cùng kỳ năm trước để so sánh."))
    return page.table(
        "tab-stock",
        pd.DataFrame(lines),
        _columns(page, page.text("Khoản mục"), compared=change is not None),
        title=page.text("Số chuyển kỳ sau tăng, giảm do đâu"),
        notes=notes,
    )


def stock_states(page: Page) -> Exhibit | None:
    """Table of the stock carried over by its state: eligible, not eligible, neither."""
    panel, base = page.own_panel(), page.period.same_period_last_year
    now = _own(page, trend.stock_states(panel, page.period))
    if now.dropna().empty:
        return None
    before, change = break_note(page, base, page.period), None
    if not before and _holds(panel, base):
        change = now - _own(page, trend.stock_states(panel, base))
    for measure in MEASURES:
        for line in ("eligible", "other"):
            value: Any = now.at[measure, line]
            page.state(
                Fact(f"{line}_stock", page.org, page.period, measure, value, page.origin(), derived=True)
            )
    rows = [
        _line(page, page.text(label), now[line], None if change is None else change[line])
        for line, label in _STATES.items()
    ]
    return page.table(
        "tab-states",
        pd.DataFrame(rows),
        _columns(page, page.text("Trạng thái"), compared=change is not None),
        title=page.text("Số chuyển kỳ sau đang ở trạng thái nào"),
        notes=[before] if before else [],
    )


def eligible_account(page: Page) -> Exhibit:
    """Table of the eligible stock since the end of last year: what became eligible, what was completed."""
    since = Period(page.period.fiscal_year - 1, 12)
    if note := break_note(page, since, page.period):
        return page.note(note)
    try:
        account = _own(page, trend.eligible_stock(page.own_panel(), page.period, since))
    except DataError:
        account = pd.DataFrame()
    if account.dropna().empty:
        return page.note(
            page.text(
                "Thiếu số có điều kiện hoặc số thi hành xong của {year} nên không lập được cân đối số có "
                "điều kiện.",
                year=since.label(page.locale.lang),
            )
        )
    for measure, row in account.dropna().iterrows():
        for line, identifier in (
            ("opening", "eligible_stock"),
            ("became_eligible", "eligible_stock_change_abs"),
        ):
            period = since if line == "opening" else page.period
            value = row[line] if line == "opening" else row["closing"] - row["opening"]
            page.state(
                Fact(identifier, page.org, period, str(measure), value, page.origin(period), derived=True)
            )
        page.state(
            Fact(
                "became_eligible_change_abs",
                page.org,
                page.period,
                str(measure),
                row["became_eligible"],
                page.origin(),
                derived=True,
            )
        )
    rows = [_line(page, page.text(label), account[line], None) for line, label in _ELIGIBLE.items()]
    return page.table(
        "tab-eligible-stock",
        pd.DataFrame(rows),
        _columns(page, page.text("Khoản mục"), compared=False),
        title=page.text("Số có điều kiện chưa thi hành xong, từ cuối năm trước"),
        notes=[
            page.text(
                "Dòng thứ hai là số thuần: việc mới có điều kiện và việc chuyển thành có điều kiện, trừ việc "
                "chuyển sang chưa có điều kiện, hoãn, ủy thác, thu hồi; biểu mẫu không tách riêng từng phần. "
                "Số âm là phần ra khỏi nhiều hơn phần vào."
            )
        ],
    )


def tell_stock(page: Page, measure: str) -> str:
    """Say how much is carried over and how that compares: "về việc, chuyển kỳ sau 393.043 việc, tăng …".

    Empty where it is not known.
    """
    figures = page.figures()
    carried = figures.computed("carried_out", measure, page.period)
    if not carried.known:
        return ""
    told = page.text(
        "về {measure}, chuyển kỳ sau {carried}", measure=page.locale.term(measure), carried=page.show(carried)
    )
    base = page.period.same_period_last_year
    before = figures.computed("carried_out", measure, base)
    if break_note(page, base, page.period) or not before.known:
        return told
    origin = combine(carried.origin, before.origin)
    change, share = (
        page.state(Fact(f"carried_out_{kind}", page.org, page.period, measure, value, origin, derived=True))
        for kind, value in (
            ("change_abs", carried.value - before.value),
            ("change_pct", growth(carried.value, before.value)),
        )
    )
    return f"{told}, {change_phrase(page.locale, change, share)}"


def _own(page: Page, frame: pd.DataFrame) -> pd.DataFrame:
    """Rows of the page's organisation, by measure."""
    return pd.DataFrame(frame.xs(page.org.key, level="org"))


def _change_of_stock(page: Page, base: Period) -> pd.DataFrame | None:
    if not _holds(page.own_panel(), base):
        return None
    return _own(page, trend.stock_change(page.own_panel(), page.period, base))


def _holds(panel: pd.DataFrame, period: Period) -> bool:
    return (panel.index[0][0], period.fiscal_year, period.months) in panel.index


def _parts_of_completed(page: Page, base: Period, *, shown: bool) -> list[dict[str, str]]:
    """Lines of what completed is made of, where the forms say so."""
    figures, lines = page.figures(), []
    for item in _OF_COMPLETED:
        facts = {m: figures.computed(item, m, page.period) for m in MEASURES if item in items_of(m)}
        if not any(fact.known for fact in facts.values()):
            continue
        before = {m: figures.computed(item, m, base) for m in facts}
        now = pd.Series({m: -f.value if f.known else pd.NA for m, f in facts.items()}, dtype="Int64")
        moved = pd.Series(
            {m: b.value - facts[m].value if b.known and facts[m].known else pd.NA for m, b in before.items()},
            dtype="Int64",
        )
        for fact in facts.values():
            page.state(fact)
        name = page.text("trong đó: {item}", item=page.locale.term(item))
        lines.append(_line(page, name, now, moved if shown else None))
    return lines


def _line(page: Page, name: str, now: pd.Series[int], change: pd.Series[int] | None) -> dict[str, str]:
    """A row of a table: the figures of both measures, and by how much they changed."""
    line = {"name": name}
    for measure in MEASURES:
        show = page.locale.integer if measure == "cases" else page.locale.thousands
        line[measure] = show(now[measure]) if measure in now else MISSING
        if change is not None:
            moved = show(change[measure], signed=True) if measure in change else MISSING
            line[f"{measure}_change"] = moved
    return line


def _columns(page: Page, head: str, *, compared: bool) -> dict[str, Column]:
    columns = {
        "name": Column(head, number=False),
        "cases": Column(page.text("Việc")),
        "cases_change": Column(page.text("Việc: thay đổi so với cùng kỳ")),
        "money": Column(page.text("Tiền (nghìn đồng)")),
        "money_change": Column(page.text("Tiền: thay đổi so với cùng kỳ (nghìn đồng)")),
    }
    return {key: column for key, column in columns.items() if compared or not key.endswith("_change")}
