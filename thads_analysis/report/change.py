"""What moved the rate: completions or the denominator, since last year, the best year, within a year."""

from __future__ import annotations

__all__ = [
    "best_year",
    "break_note",
    "effects",
    "effects_chart",
    "find_best",
    "tell_span",
    "year_end",
    "year_end_span",
]

from collections.abc import Mapping
from datetime import date

import pandas as pd

from thads_analysis import reference
from thads_analysis.glossary import MEASURES, N_
from thads_analysis.locale import Locale
from thads_analysis.metrics import rates
from thads_analysis.period import Period
from thads_analysis.report.charts.waterfall import Step, waterfall
from thads_analysis.report.exhibits import Column, Exhibit
from thads_analysis.report.page import Page
from thads_analysis.report.splits import Split, split_rate
from thads_analysis.trend import best_year as find_best_year
from thads_analysis.trend import breaks_between

_THIRD_QUARTER = 9
_BREAKS = (
    N_("Luật 64/2014 và Thông tư 08/2015"),
    N_("Thông tư 06/2019"),
    N_("Thông tư 05/2024"),
    N_("Thông tư 05/2026 và Luật 106/2025"),
)
"""Labels of `data/reference/events.csv` that a page may print, for the catalogue."""


def break_note(page: Page, base: Period, now: Period) -> str:
    """Say that a break in definition lies between two periods; empty where they compare."""
    found = breaks_between(base, now)
    if not found:
        return ""
    labels = {row["event"]: (row["label"], row["first_day"]) for row in reference.events()}
    return page.text(
        "Giữa {base} và {now} quy định thống kê đã thay đổi ({events}), nên không so mức trước và sau.",
        base=base.label(page.locale.lang),
        now=now.label(page.locale.lang),
        events=page.locale.join(
            [
                f"{page.text(labels[event][0])}, {page.locale.date(date.fromisoformat(labels[event][1]))}"
                for event in found
            ]
        ),
    )


def effects_chart(page: Page, *, across: bool = False) -> Exhibit:
    """Draw what the change of the rate on the same period is made of.

    ``across`` compares over a break in definition too, for a page that says so.
    """
    splits = _split_same_period(page, across=across)
    if isinstance(splits, str):
        return page.note(splits)
    names = {
        "numerator_effect": page.text("Do số thi hành xong"),
        "due_effect": page.text("Do số phải thi hành"),
        "classification_effect": page.text("Do phần không có điều kiện"),
        "denominator_effect": page.text("Do số có điều kiện"),
    }
    fine = all("due_effect" in split.effects for split in splits.values())
    parts = [
        "numerator_effect",
        *(("due_effect", "classification_effect") if fine else ("denominator_effect",)),
    ]
    panels = {
        page.text("{measure} (điểm %)", measure=page.locale.heading(measure)): [
            *(_step(page.locale, names[part], split.effects[part].value) for part in parts),
            _step(page.locale, page.text("Tỷ lệ thay đổi"), split.effects["change"].value, total=True),
        ]
        for measure, split in splits.items()
    }
    told = page.locale.join([_tell_split(page, split) for split in splits.values()])
    return page.chart(
        "fig-effects",
        waterfall(panels),
        title=told[:1].upper() + told[1:],
        subtitle=page.text(
            "Phần đóng góp vào thay đổi của tỷ lệ thi hành xong so với cùng kỳ, điểm %. Gạch chéo: làm giảm"
        ),
        alt=page.text("Biểu đồ thác nước: {told}. Số liệu đầy đủ ở bảng bên dưới.", told=told),
        frame=pd.DataFrame({m: {k: f.value for k, f in s.effects.items()} for m, s in splits.items()}),
        facts=[fact for split in splits.values() for fact in split.operands.values()],
    )


def effects(page: Page, *, across: bool = False) -> Exhibit | None:
    """Table of the parts of the change on the same period, and how they were worked out."""
    splits = _split_same_period(page, across=across)
    if isinstance(splits, str):
        return None
    return _split_table(
        page,
        "tab-effects",
        splits,
        page.text("Tỷ lệ thay đổi do thi hành xong hay do số có điều kiện"),
        notes=[
            page.text(
                "Tách đối xứng (Shapley): trung bình của hai thứ tự thay đổi, nên các phần cộng lại đúng "
                "bằng thay đổi của tỷ lệ. Phần do số có điều kiện gồm hai phần: số phải thi hành tăng thì tỷ "
                "lệ giảm; phần không có điều kiện (chưa có điều kiện, hoãn, tạm đình chỉ) tăng thì mẫu số "
                "nhỏ đi và tỷ lệ tăng mà không thêm kết quả."
            ),
            *_working(page, splits),
        ],
    )


def best_year(page: Page, *, across: bool = False) -> Exhibit:
    """Table of the change since the earlier year with the highest rate at the same months."""
    splits = find_best(page, across=across)
    if not splits:
        return page.note(
            page.text(
                "Không có năm trước nào cùng quy định thống kê có tỷ lệ ở cùng thời điểm, nên không so với "
                "năm cao nhất."
            )
        )
    return _split_table(
        page,
        "tab-best-year",
        splits,
        page.text("Thay đổi so với năm trước có tỷ lệ cao nhất ở cùng thời điểm"),
        notes=[
            page.text(
                "Chỉ chọn trong các năm trước cùng quy định thống kê; năm nay có thể cao hơn năm cao nhất."
            )
        ],
    )


def find_best(page: Page, *, across: bool = False) -> dict[str, Split]:
    """Split the change since the best earlier year that compares, for each measure that has one."""
    found = find_best_year(rates.completion_rate(page.own_panel()), page.period, across)
    splits = {}
    for measure in MEASURES:
        year = found["best_year"].get((page.org.key, measure))
        if pd.notna(year):
            base = Period(int(year), page.period.months)
            if split := split_rate(page, measure, page.period, base, "best_year_"):
                splits[measure] = split
    return splits


def year_end_span(period: Period) -> tuple[Period, Period]:
    """Months of which a page says how the year ended: this year's last quarter, or last year's rest."""
    if period.months > _THIRD_QUARTER:
        return Period(period.fiscal_year, _THIRD_QUARTER), period
    base = period.same_period_last_year
    return base, base.year_end


def tell_span(page: Page, base: Period, now: Period) -> str:
    """Name months of one year: "từ 9 tháng đến hết năm 2022"."""
    if now.months == now.year_end.months:
        return page.text("từ {months} tháng đến hết năm {year}", months=base.months, year=now.fiscal_year)
    return page.text(
        "từ {first} đến {last} tháng năm {year}", first=base.months, last=now.months, year=now.fiscal_year
    )


def year_end(page: Page) -> Exhibit:
    """Table of how much of the rate's rise to the year's end came without completions."""
    base, now = year_end_span(page.period)
    labels = {"base": base.label(page.locale.lang), "now": now.label(page.locale.lang)}
    if note := break_note(page, base, now):
        return page.note(note)
    found = {m: split_rate(page, m, now, base, "year_end_") for m in MEASURES}
    splits = {measure: split for measure, split in found.items() if split}
    if not splits:
        return page.note(
            page.text("Thiếu số liệu của {base} hoặc {now} nên không tách được đoạn cuối năm.", **labels)
        )
    return _split_table(
        page,
        "tab-year-end",
        splits,
        page.text("Tỷ lệ thay đổi {span} do đâu", span=tell_span(page, base, now)),
        notes=[
            page.text(
                "Trong một năm, việc đã thi hành xong vẫn nằm trong số có điều kiện. Số có điều kiện giảm là "
                "do chuyển sang chưa có điều kiện, hoãn, tạm đình chỉ, ủy thác hoặc thu hồi nhiều hơn số "
                "mới: phần tỷ lệ tăng do đó không phải là kết quả thi hành."
            ),
            *_working(page, splits),
        ],
    )


def _split_same_period(page: Page, *, across: bool) -> dict[str, Split] | str:
    """Split each measure that can be; or say why none is."""
    base = page.period.same_period_last_year
    if not across and (note := break_note(page, base, page.period)):
        return note
    found = {m: split_rate(page, m, page.period, base) for m in MEASURES}
    splits = {measure: split for measure, split in found.items() if split}
    return splits or page.text("Không có số cùng kỳ năm trước nên không tách được.")


def _step(locale: Locale, name: str, value: float, *, total: bool = False) -> Step:
    return Step(name, 100 * float(value), locale.points(value, unit=False), total)


def _tell_split(page: Page, split: Split) -> str:
    """Say a split in words: "về việc +2,18 điểm %, gồm +6,02 do số thi hành xong và …"."""
    shown = {name: page.locale.points(fact.value, unit=False) for name, fact in split.effects.items()}
    return page.text(
        "về {measure} {change} điểm %, gồm {numerator_effect} do số thi hành xong và {denominator_effect} do "
        "số có điều kiện",
        measure=page.locale.term(split.measure),
        change=shown["change"],
        numerator_effect=shown["numerator_effect"],
        denominator_effect=shown["denominator_effect"],
    )


def _split_table(page: Page, id: str, splits: Mapping[str, Split], title: str, notes: list[str]) -> Exhibit:
    points = lambda value: page.locale.points(value, unit=False)  # noqa: E731 - a column's form
    rows = pd.DataFrame(
        [
            {
                "name": page.locale.heading(measure),
                "base": f"{page.locale.percent(split.rates['base_rate'])} ({split.base.fiscal_year})",
                "rate": page.locale.percent(split.rates["rate"]),
                **{name: fact.value for name, fact in split.effects.items()},
            }
            for measure, split in splits.items()
        ]
    )
    columns = {
        "name": Column(page.text("Loại"), number=False),
        "base": Column(page.text("Kỳ gốc (năm)")),
        "numerator_effect": Column(page.text("Do số thi hành xong"), points),
        "denominator_effect": Column(page.text("Do số có điều kiện"), points),
        "due_effect": Column(page.text("gồm: số phải thi hành"), points),
        "classification_effect": Column(page.text("gồm: phần không có điều kiện"), points),
        "rate": Column(next(iter(splits.values())).now.label(page.locale.lang).capitalize()),
        "change": Column(page.text("Thay đổi (điểm %)"), points),
    }
    facts = [fact for split in splits.values() for fact in split.operands.values()]
    notes = [*notes, *dict.fromkeys(_tell_vintages(page, split) for split in splits.values())]
    shown = {key: column for key, column in columns.items() if key in rows}
    return page.table(id, rows, shown, title=title, facts=facts, notes=filter(None, notes))


def _tell_vintages(page: Page, split: Split) -> str:
    """Say that provisional figures stand against final ones; empty where they do not."""
    now, base = (split.operands[side, "completed"].origin for side in ("now", "base"))
    if {now.vintage, base.vintage} != {"provisional", "final"}:
        return ""
    return page.text(
        "Kỳ gốc là {base}, kỳ này là {now}: thay đổi gồm cả phần điều chỉnh từ số sơ bộ sang số chính thức.",
        base=page.vintage(base),
        now=page.vintage(now),
    )


def _working(page: Page, splits: Mapping[str, Split]) -> list[str]:
    """Write out splits of published figures: operands, where each is from, the sum, the rounding."""
    notes = []
    for measure, split in splits.items():
        if not split.published:
            continue
        number = page.locale.integer if measure == "cases" else page.locale.billions
        shown = {
            f"{item}_{side}": number(split.operands[side, item].value)
            for side in ("base", "now")
            for item in ("completed", "eligible")
        }
        points = {
            name: page.locale.points(split.effects[name].value, unit=False)
            for name in ("change", "numerator_effect", "denominator_effect")
        }
        unit = page.text("tỷ đồng") if measure == "money" else page.text("việc")
        notes.append(
            page.text(
                "Về {measure}, từ số đã công bố ({unit}): ({completed_now} − {completed_base}) × (1/"
                "{eligible_now} + 1/{eligible_base}) ÷ 2 = {numerator_effect} điểm %; ({completed_now} + "
                "{completed_base}) ÷ 2 × (1/{eligible_now} − 1/{eligible_base}) = {denominator_effect} điểm "
                "%; cộng lại {change} điểm %.",
                measure=page.locale.term(measure),
                unit=unit,
                **shown,
                **points,
            )
            + "".join(
                f" {sentence}"
                for sentence in (*_derivations(page, split), _rounding(page, split), *_conflicts(page, split))
                if sentence
            )
        )
    return notes


def _derivations(page: Page, split: Split) -> list[str]:
    """Say from which printed growth or rate an operand was worked out."""
    sentences = []
    number = page.locale.integer if split.measure == "cases" else page.locale.billions
    for (side, item), through in split.through.items():
        operand = split.operands[side, item]
        values = {
            "item": page.locale.heading(item),
            "period": operand.period.label(page.locale.lang),
            "value": number(operand.value),
            "printed": page.locale.percent(through.value),
        }
        sentences.append(
            page.text("{item} của {period}, khoảng {value}, suy từ tỷ lệ đã công bố {printed}.", **values)
            if through.identifier == "completion_rate"
            else page.text(
                "{item} của {period}, khoảng {value}, suy từ mức tăng, giảm đã công bố {printed}.", **values
            )
        )
    return sentences


def _conflicts(page: Page, split: Split) -> list[str]:
    """Say where a published rate, or its change, is not what the published figures give."""
    sentences = []
    for side, period in (("base", split.base), ("now", split.now)):
        printed = page.figures().published("completion_rate", split.measure, period)
        computed = page.locale.percent(split.rates["rate" if side == "now" else "base_rate"])
        if printed and printed.bound == "exact" and (shown := printed.show(page.locale)) != computed:
            sentences.append(
                page.text(
                    "Tỷ lệ đã công bố của {period} là {printed}, còn tính từ các số trên là {computed}.",
                    period=period.label(page.locale.lang),
                    printed=shown,
                    computed=computed,
                )
            )
    printed = page.figures().published("completion_rate_change", split.measure, split.now)
    computed = page.locale.points(split.effects["change"].value)
    same_period = split.base == split.now.same_period_last_year
    if same_period and printed and (shown := printed.show(page.locale)) != computed:
        sentences.append(
            page.text(
                "Mức thay đổi đã công bố là {printed}, còn tính từ các số trên là {computed}.",
                printed=shown,
                computed=computed,
            )
        )
    return sentences


def _rounding(page: Page, split: Split) -> str:
    """Say how far the rounding of the printed figures leaves the parts open."""
    names = {
        "numerator_effect": page.text("do số thi hành xong"),
        "denominator_effect": page.text("do số có điều kiện"),
        "change": page.text("cộng lại"),
    }
    told = [
        page.text(
            "{part} từ {low} đến {high}",
            part=names[name],
            low=page.locale.points(split.ranges[name][0], unit=False),
            high=page.locale.points(split.ranges[name][1], unit=False),
        )
        for name in names
        if name in split.ranges and split.effects[name].bound == "about"
    ]
    if not told:
        return ""
    return page.text("Do số công bố đã làm tròn: {parts}.", parts="; ".join(told))
