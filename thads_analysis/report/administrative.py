"""Administrative judgments (THAHC): the chain from judgments received to judgments done, as published."""

from __future__ import annotations

__all__ = ["chart", "table"]

import pandas as pd

from thads_analysis.locale import MISSING
from thads_analysis.org import NATION
from thads_analysis.report.charts.chain import chain_bars
from thads_analysis.report.exhibits import Column, Exhibit, cite, numbered
from thads_analysis.report.facts import Fact
from thads_analysis.report.page import Page

_MEASURE = "administrative"
_STEPS = (
    "judgments_received",
    "due",
    "monitored",
    "voluntary_notices",
    "compulsory_decisions",
    "meetings",
    "recommendations",
)
_RESULT = "completed"
_BASES = ("due", "monitored")
"""What the judgments done are held against: those to be done, else those monitored."""


def chart(page: Page) -> Exhibit:
    """Draw the published chain of the period, each step with its share of the step before."""
    steps = _steps(page)
    if steps.empty:
        return page.note(
            page.text("Chưa thấy công bố số liệu theo dõi thi hành án hành chính toàn quốc cho kỳ này.")
        )
    told = {
        "first": _show(page, steps.index[0]),
        "first_name": page.locale.term(steps.index[0]),
        "last": _show(page, steps.index[-1]),
        "last_name": page.locale.term(steps.index[-1]),
    }
    return page.chart(
        "fig-administrative",
        chain_bars(steps, page.locale),
        title=page.text("Thi hành án hành chính toàn quốc: {first} {first_name}, {last} {last_name}", **told),
        subtitle=page.text(
            "Số đếm; trong ngoặc: so với bước liền trước, riêng số thi hành xong so với số phải theo dõi"
        ),
        alt=page.text(
            "Biểu đồ thanh các bước theo dõi thi hành án hành chính: {steps}.",
            steps="; ".join(
                f"{row['name']} {page.locale.integer(row['value'])}" for row in steps.to_dict("records")
            ),
        ),
        frame=steps,
        facts=steps["fact"],
    )


def table(page: Page) -> Exhibit:
    """Tabulate the published chain of the period, with its sources."""
    steps = _steps(page)
    no_provinces = page.text(
        "Không có số liệu thi hành án hành chính của từng địa phương: chỉ có số toàn quốc do Bộ Tư pháp công "
        "bố."
    )
    if steps.empty:
        return page.note(no_provinces)
    figures, rows, stated = page.figures(NATION), [], []
    sources: dict[str, int] = {}
    for step, row in steps.iterrows():
        fact = row["fact"]
        changes = [
            figures.published(f"{step}_change_{kind}", _MEASURE, page.period) for kind in ("abs", "pct")
        ]
        known = [page.state(change) for change in changes if change is not None]
        share = Fact(
            f"{step}_share_of_base", NATION, page.period, _MEASURE, row["share"], fact.origin, derived=True
        )
        stated += [fact, *known, page.state(share)]
        rows.append(
            {
                "name": row["name"],
                "value": page.locale.bounded(page.locale.integer(fact.value), fact.bound),
                "share": page.locale.percent(row["share"]),
                "base": row["base"],
                "change": "; ".join(change.show(page.locale) for change in known) or MISSING,
                "source": cite(sources, fact.origin.source),
            }
        )
    columns = {
        "name": Column(page.text("Bước"), number=False, wrap=True),
        "value": Column(page.text("Số đã công bố")),
        "share": Column(page.text("Tỷ lệ")),
        "base": Column(page.text("So với"), number=False, wrap=True),
        "change": Column(page.text("Tăng, giảm so với cùng kỳ")),
        "source": Column(page.text("Nguồn")),
    }
    notes = [
        page.text(
            "Các bước không lồng hẳn vào nhau: một vụ việc có thể thi hành xong mà không qua quyết định "
            "buộc thi hành hay kiến nghị. Bước nào không có trong nguồn thì không ghi."
        ),
        no_provinces,
        *numbered(sources),
    ]
    title = page.text("Các bước theo dõi thi hành án hành chính, toàn quốc")
    return page.table(
        "tab-administrative", pd.DataFrame(rows), columns, title=title, notes=notes, facts=stated
    )


def _steps(page: Page) -> pd.DataFrame:
    """What was published of the period: index the steps; empty where there is no step or no second figure."""
    figures = page.figures(NATION)
    facts = {
        step: page.state(fact)
        for step in (*_STEPS, _RESULT)
        if (fact := figures.published(step, _MEASURE, page.period)) is not None
    }
    steps = [step for step in facts if step != _RESULT]
    if not steps or len(facts) < 2:
        return pd.DataFrame()
    rows = {}
    for step, fact in facts.items():
        before = steps[steps.index(step) - 1] if step in steps[1:] else None
        if step == _RESULT:
            before = next((base for base in _BASES if base in facts), None)
        rows[step] = {
            "name": page.locale.heading(step),
            "value": fact.value,
            "share": fact.value / facts[before].value if before else pd.NA,
            "base": page.locale.term(before) if before else MISSING,
            "result": step == _RESULT,
            "fact": fact,
        }
    return pd.DataFrame.from_dict(rows, orient="index")


def _show(page: Page, step: str) -> str:
    fact = page.figures(NATION).published(step, _MEASURE, page.period)
    return page.locale.integer(fact.value) if fact else MISSING
