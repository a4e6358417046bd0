"""The trend page: its summary, this year's path and pace, monthly flows, caveats."""

from __future__ import annotations

__all__ = ["caveats", "envelope", "flows", "months", "pace", "summary"]

from typing import Any

import pandas as pd

from thads_analysis.glossary import MEASURES
from thads_analysis.metrics import rates
from thads_analysis.period import Period
from thads_analysis.report.change import break_note, find_best, tell_span, year_end_span
from thads_analysis.report.charts.heat import month_heat
from thads_analysis.report.charts.trend import envelope_chart, flow_bars
from thads_analysis.report.contributions import find_contributions
from thads_analysis.report.exhibits import Column, Exhibit
from thads_analysis.report.facts import Fact
from thads_analysis.report.page import Page
from thads_analysis.report.splits import split_rate
from thads_analysis.report.stock import tell_stock
from thads_analysis.report.text import median_phrase, points_phrase
from thads_analysis.trend import (
    falls,
    path_envelope,
    path_rank,
)
from thads_analysis.trend import pace as measure_pace

_YEARS_OF_FLOWS = 3


def summary(page: Page) -> Exhibit:
    """Say in words where the rate stands, what moved it, and what became of the stock."""
    sentences = [_tell_rate(page, measure) for measure in MEASURES]
    if among := _tell_places(page):
        sentences.append(page.text("So với các năm trước: {told}.", told="; ".join(among)))
    sentences += [told for tell in (_tell_contributions, _tell_stock, _tell_year_end) if (told := tell(page))]
    return page.lead(sentences)


def _tell_rate(page: Page, measure: str) -> str:
    """Say the rate, its change on the same period, and what moved it; or why there is no rate."""
    figures, locale, term = page.figures(), page.locale, page.locale.term(measure)
    rate = page.state(figures("completion_rate", measure))
    if not rate.known:
        eligible = page.state(figures("eligible", measure))
        if eligible.known and eligible.value == 0:
            return page.text(
                "Về {measure}: không có số nào có điều kiện thi hành, nên không có tỷ lệ.", measure=term
            )
        return page.text("Không có tỷ lệ về {measure} cho kỳ này.", measure=term)
    base = page.period.same_period_last_year
    if break_note(page, base, page.period):
        return page.text(
            "Về {measure}: tỷ lệ {rate}; quy định thống kê đã thay đổi từ cùng kỳ năm trước nên không so mức."
            "",
            measure=term,
            rate=rate.show(locale),
        )
    change = page.state(figures("completion_rate_change", measure))
    split = split_rate(page, measure, page.period, base)
    told = {"measure": term, "rate": rate.show(locale), "change": points_phrase(locale, change)}
    if split is None:
        return page.text("Về {measure}: tỷ lệ {rate}, {change}.", **told)
    return page.text(
        "Về {measure}: tỷ lệ {rate}, {change}; số thi hành xong {numerator}, số có điều kiện {denominator}.",
        **told,
        numerator=_tell_effect(page, split.effects["numerator_effect"].value),
        denominator=_tell_effect(page, split.effects["denominator_effect"].value),
    )


def _tell_effect(page: Page, value: float) -> str:
    size = page.locale.points(abs(value), signed=False)
    if round(value, 4) == 0:
        return page.text("không làm đổi")
    return page.text("làm tăng {size}", size=size) if value > 0 else page.text("làm giảm {size}", size=size)


def _tell_places(page: Page) -> list[str]:
    """Say where this year's rates stand among the years that compare; nothing where none does."""
    if not any(_has_rate(page, measure) for measure in MEASURES):
        return []
    paces = _own_rows(page, measure_pace(page.own_panel(), page.period)).to_dict("index")
    places = _own_rows(page, path_rank(_rates(page), page.period)).to_dict("index")
    below = any(places[measure]["rank"] != 1 for measure in MEASURES)
    best, sentences = find_best(page) if below else {}, []
    for measure in MEASURES:
        place, points = places[measure], paces[measure, "median"]["points"]
        if pd.isna(points):
            continue
        gap = median_phrase(page.locale, _own(page, "pace_points", measure, points))
        told = page.text("về {measure}, {gap}", measure=page.locale.term(measure), gap=gap)
        years = page.locale.integer(place["years"])
        if place["rank"] == 1:
            told += page.text(", cao nhất trong {years} năm so sánh được", years=years)
        else:
            rank = page.locale.integer(place["rank"])
            told += page.text(", cao thứ {rank} trong {years} năm so sánh được", rank=rank, years=years)
        if place["rank"] != 1 and measure in best:
            told += page.text(
                " (cao nhất: {year}, {rate})",
                year=best[measure].base.fiscal_year,
                rate=page.locale.percent(best[measure].rates["base_rate"]),
            )
        sentences.append(told)
    return sentences


def _tell_contributions(page: Page) -> str:
    """Say how much of the change came from the provinces' own rates, and how much from their weights."""
    split = find_contributions(page)
    if split is None:
        return ""
    told = []
    for measure in MEASURES:
        parts = pd.DataFrame(split.xs(measure, level="measure"))[["within", "weights"]].dropna().astype(float)
        if len(parts):
            sums = {p: page.locale.points(parts[p].sum(), unit=False) for p in ("within", "weights")}
            told.append(
                page.text(
                    "về {measure}, {within} do tỷ lệ riêng của từng địa phương, {weights} do tỷ trọng thay "
                    "đổi",
                    measure=page.locale.term(measure),
                    within=sums["within"],
                    weights=sums["weights"],
                )
            )
    return page.text("Tính theo địa phương (điểm %): {told}.", told="; ".join(told))


def _tell_stock(page: Page) -> str:
    told = [text for measure in MEASURES if (text := tell_stock(page, measure))]
    sentence = "; ".join(told)
    return f"{sentence[:1].upper()}{sentence[1:]}." if told else ""


def _tell_year_end(page: Page) -> str:
    """Say how much of the money rate's last move to a year's end came without completions."""
    base, now = year_end_span(page.period)
    if break_note(page, base, now) or not (split := split_rate(page, "money", now, base, "year_end_")):
        return ""
    return page.text(
        "Tỷ lệ về tiền {span} thay đổi {change}, trong đó số có điều kiện {denominator}.",
        span=tell_span(page, base, now),
        change=page.locale.points(split.effects["change"].value),
        denominator=_tell_effect(page, split.effects["denominator_effect"].value),
    )


def envelope(page: Page) -> Exhibit:
    """Draw this year's path against the spread of the earlier years that compare."""
    if not any(_has_rate(page, measure) for measure in MEASURES):
        return page.note(page.text("Kỳ này không có tỷ lệ nào, nên không vẽ được tiến độ của năm."))
    frame = _own_rows(page, path_envelope(_rates(page), page.period))
    for row in frame.reset_index().to_dict("records"):
        if pd.notna(row["this_year"]):
            _own(page, "completion_rate", row["measure"], row["this_year"], months=row["months"])
    now = {m: page.figures()("completion_rate", m).show(page.locale) for m in MEASURES}
    medians = frame["median"].to_dict()
    middle = {m: medians[m, page.period.months] for m in MEASURES}
    told = {}
    for measure in MEASURES:
        term, rate = page.locale.term(measure), now[measure]
        told[measure] = (
            page.text("về {measure} {rate}, chưa có năm trước so sánh được", measure=term, rate=rate)
            if pd.isna(middle[measure])
            else page.text(
                "về {measure} {rate} (trung vị các năm trước {median})",
                measure=term,
                rate=rate,
                median=page.locale.percent(middle[measure]),
            )
        )
    title = ", ".join(told.values())
    return page.chart(
        "fig-envelope",
        envelope_chart(frame, page.period.fiscal_year, page.locale),
        title=title[:1].upper() + title[1:],
        subtitle=page.text(
            "Tỷ lệ lũy kế, %. Đậm: năm nay; xám: năm trước; dải nhạt: thấp nhất đến cao nhất; dải đậm: tứ "
            "phân vị"
        ),
        alt=page.text("Đường tỷ lệ năm nay trên dải của các năm trước so sánh được: {title}.", title=title),
        frame=frame,
    )


def pace(page: Page) -> Exhibit:
    """Table of how far ahead or behind the year runs: in points, completions and days."""
    if not any(_has_rate(page, measure) for measure in MEASURES):
        return page.note(page.text("Kỳ này không có tỷ lệ nào, nên không so được nhanh hay chậm."))
    frame = _own_rows(page, measure_pace(page.own_panel(), page.period))
    frame = frame[frame["points"].notna()]
    if frame.empty:
        return page.note(
            page.text("Chưa có năm trước nào cùng quy định thống kê để so nhanh hay chậm ở thời điểm này.")
        )
    bases = {"median": page.text("trung vị các năm trước"), "last_year": page.text("năm trước")}
    rows = []
    for row in frame.reset_index().to_dict("records"):
        measure, base = row["measure"], row["base"]
        suffix = "" if base == "median" else "_last_year"
        _own(page, f"pace{suffix}_points", measure, row["points"])
        completions = _own(page, f"pace{suffix}_completions", measure, row["completions"])
        days = row["days"]
        rows.append(
            {
                "name": page.text(
                    "{measure}, so với {base}", measure=page.locale.heading(measure), base=bases[base]
                ),
                "base": page.locale.percent(row["base_rate"]),
                "points": page.locale.points(row["points"], unit=False),
                "completions": page.locale.amount(completions.value, measure, signed=True)
                if completions.known
                else "–",
                "days": page.locale.integer(days, signed=True),
            }
        )
    return page.table(
        "tab-pace",
        pd.DataFrame(rows),
        {
            "name": Column(page.text("So sánh"), number=False),
            "base": Column(page.text("Tỷ lệ khi đó")),
            "points": Column(page.text("Hơn, kém (điểm %)")),
            "completions": Column(page.text("Tương đương số thi hành xong")),
            "days": Column(page.text("Nhanh, chậm (ngày)")),
        },
        title=page.text("Nhanh hay chậm hơn các năm trước"),
        notes=[
            page.text(
                "Chỉ so với các năm cùng quy định thống kê. Số ngày để trống khi năm so sánh không bao giờ "
                "đạt tỷ lệ này."
            )
        ],
    )


def flows(page: Page) -> Exhibit:
    """Draw completions of each month over the last years."""
    frame = _monthly_completions(page)
    recent = frame[frame.index.get_level_values("fiscal_year") > page.period.fiscal_year - _YEARS_OF_FLOWS]
    page.record_history(recent, "completed_in_month")
    last = frame.loc[[(page.period.fiscal_year, page.period.months)]].iloc[0]
    month = page.locale.month(page.period.months, full=True)
    told = {m: page.locale.amount(last[m], m) for m in MEASURES if pd.notna(last[m])}
    title = (
        page.text(
            "Riêng {month} thi hành xong {told}", month=month, told=page.locale.join(list(told.values()))
        )
        if told
        else page.text("Không tính được số của riêng {month}: thiếu số liệu của tháng trước", month=month)
    )
    return page.chart(
        "fig-flows",
        flow_bars(recent, page.locale),
        title=title,
        subtitle=page.text(
            "Số thi hành xong trong từng tháng, tính từ số lũy kế; tháng thiếu số liệu để trống"
        ),
        alt=page.text(
            "Biểu đồ cột theo tháng trong {years} năm. {title}.", years=_YEARS_OF_FLOWS, title=title
        ),
        frame=recent,
    )


def months(page: Page) -> Exhibit:
    """Draw completions of every month and year as a heat table."""
    frame = _monthly_completions(page)
    page.record_history(frame, "completed_in_month")
    known = frame["cases"].dropna()
    if known.empty or known.max() == 0:
        title = page.text("Không có tháng nào có số việc thi hành xong")
    else:
        key: Any = known.astype("float").idxmax()
        year, month = int(key[0]), int(key[1])
        calendar_year, _ = Period(year, month).calendar_month
        title = page.text(
            "Tháng thi hành xong nhiều việc nhất: {month} năm {year}, {most}",
            month=page.locale.month(month, full=True),
            year=calendar_year,
            most=page.locale.cases(known.max()),
        )
    return page.chart(
        "fig-months",
        month_heat(frame, page.locale),
        title=title,
        subtitle=page.text("Số thi hành xong trong từng tháng của từng năm; ô trống là tháng thiếu số liệu"),
        alt=page.text("Bảng nhiệt theo năm và tháng, số trong từng ô. {title}.", title=title),
        frame=frame,
    )


def caveats(page: Page) -> Exhibit:
    """Say what the page could not compare or compute, and why: breaks, gaps, falls, few years."""
    rows, locale = page.context.rows(page.org), page.locale
    held = [Period(int(year), int(months)) for year, months in rows.index]
    sentences = [
        page.text(
            "Số liệu của {org} có từ {first} đến {last}: {number} tháng.",
            org=page.name_of(page.org),
            first=held[0].label(locale.lang),
            last=held[-1].label(locale.lang),
            number=locale.integer(len(held)),
        )
    ]
    if note := break_note(page, held[0], held[-1]):
        sentences.append(note)
    if held[0].org_regime == "63" and held[-1].org_regime == "34":
        sentences.append(
            page.text(
                "Số liệu trước ngày 1/7/2025 là tổng của các tỉnh, thành phố cũ hợp thành đơn vị hiện nay."
            )
        )
    if gaps := _find_gaps(rows):
        sentences.append(
            page.text(
                "Thiếu số thi hành xong hoặc số có điều kiện của {gaps}: để trống, không suy từ các tháng "
                "bên cạnh; số riêng của tháng liền sau cũng không tính được.",
                gaps=locale.join([period.label(locale.lang) for period in gaps]),
            )
        )
    for measure in MEASURES:
        eligible = rows[measure, "eligible"].dropna()
        if len(eligible) and (eligible == 0).all():
            sentences.append(
                page.text(
                    "Số có điều kiện về {measure} bằng 0 ở mọi kỳ, nên không có tỷ lệ để so sánh.",
                    measure=locale.term(measure),
                )
            )
    return page.note(*sentences, *_tell_falls(page))


def _find_gaps(rows: pd.DataFrame) -> list[Period]:
    """Months between the first and the last that lack completed or eligible of a measure that others have."""
    needed = [(m, item) for m in MEASURES for item in ("completed", "eligible")]
    known = rows[[key for key in needed if rows[key].notna().any()]].dropna()
    held = {Period(int(year), int(months)) for year, months in known.index}
    if not held:
        return []
    first, last = min(held), max(held)
    span = 12 * (last.fiscal_year - first.fiscal_year) + last.months - first.months
    return [period for n in range(span) if (period := first + n) not in held]


def _tell_falls(page: Page) -> list[str]:
    """Say how often cumulative figures fell within a year, and what that means."""
    found = falls(page.own_panel())
    reasons = {
        True: page.text("do phân loại lại, ủy thác hoặc thu hồi"),
        False: page.text("do điều chỉnh số đã báo cáo"),
    }
    sentences = []
    for reclassified, part in found.groupby(found["item"] == "eligible"):
        last = part.iloc[-1]
        sentences.append(
            page.text(
                "Số lũy kế giảm trong năm {number} lần, {reason}; gần nhất: {item} về {measure}, "
                "{period}, {flow}. Số âm được giữ nguyên.",
                number=page.locale.integer(len(part)),
                reason=reasons[bool(reclassified)],
                item=page.locale.term(last["item"]),
                measure=page.locale.term(last["measure"]),
                period=Period(int(last["fiscal_year"]), int(last["months"])).label(page.locale.lang),
                flow=page.locale.amount(last["flow"], last["measure"]),
            )
        )
    return sentences


def _has_rate(page: Page, measure: str) -> bool:
    return bool(
        _rates(page)[measure].notna().get((page.org.key, page.period.fiscal_year, page.period.months))
    )


def _own_rows(page: Page, frame: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(frame.xs(page.org.key, level="org"))


def _monthly_completions(page: Page) -> pd.DataFrame:
    monthly = _own_rows(page, page.own_flows())
    return pd.DataFrame({m: monthly[m, "completed"] for m in MEASURES})


def _rates(page: Page) -> pd.DataFrame:
    return rates.completion_rate(page.own_panel())


def _own(page: Page, identifier: str, measure: str, value: object, months: int | None = None) -> Fact:
    """Record a figure computed from the page's own series."""
    period = Period(page.period.fiscal_year, months) if months else page.period
    fact = Fact(identifier, page.org, period, measure, value, page.origin(period), derived=True)
    return page.state(fact, cite=period == page.period)
