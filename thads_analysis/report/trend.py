"""The trend page: this year's path and pace, monthly flows, season, what moved the rate."""

from __future__ import annotations

__all__ = ["envelope", "flows", "months", "pace", "rate_effects", "season", "summary"]

import pandas as pd

from thads_analysis.glossary import MEASURES
from thads_analysis.metrics import rates
from thads_analysis.period import Period
from thads_analysis.report.charts.heat import month_heat
from thads_analysis.report.charts.trend import envelope_chart, flow_bars, season_panels
from thads_analysis.report.exhibits import Column, Exhibit
from thads_analysis.report.facts import Fact
from thads_analysis.report.page import Page
from thads_analysis.report.text import median_phrase, points_phrase
from thads_analysis.trend import (
    calendar_index,
    decompose_season,
    monthly_flows,
    path_envelope,
    path_rank,
    rate_change,
)
from thads_analysis.trend import pace as measure_pace

_YEARS_OF_FLOWS = 3


def summary(page: Page) -> Exhibit:
    """Say in words whether the year runs ahead or behind, and what moved the rate."""
    figures, locale, sentences = page.figures(), page.locale, []
    ranks = _own_rows(page, path_rank(_rates(page), page.period)).to_dict("index")
    paces = _own_rows(page, measure_pace(_panel(page), page.period)).to_dict("index")
    for measure in MEASURES:
        rate = page.state(figures("completion_rate", measure))
        if not rate.known:
            sentences.append(
                page.text("Không có tỷ lệ về {measure} cho kỳ này.", measure=locale.term(measure))
            )
            continue
        change = page.state(figures("completion_rate_change", measure))
        sentence = page.text(
            "Về {measure}: tỷ lệ {rate}, {change}",
            measure=locale.term(measure),
            rate=rate.show(locale),
            change=points_phrase(locale, change),
        )
        row = paces[measure, "median"]
        if pd.notna(row["points"]):
            gap = _own(page, "pace_points", measure, row["points"])
            sentence += f"; {median_phrase(locale, gap)}"
        place = ranks[measure]
        if pd.notna(place["rank"]) and place["years"] > 1:
            years = locale.integer(place["years"])
            sentence += (
                page.text("; cao nhất trong {years} năm so sánh được", years=years)
                if place["rank"] == 1
                else page.text(
                    "; cao thứ {rank} trong {years} năm so sánh được",
                    rank=locale.integer(place["rank"]),
                    years=years,
                )
            )
        sentences.append(sentence + ".")
    return page.lead(sentences)


def envelope(page: Page) -> Exhibit:
    """Draw this year's path against the spread of the earlier years that compare."""
    frame = _own_rows(page, path_envelope(_rates(page), page.period))
    for row in frame.reset_index().to_dict("records"):
        if pd.notna(row["this_year"]):
            _own(page, "completion_rate", row["measure"], row["this_year"], months=row["months"])
    now = {m: page.figures()("completion_rate", m).show(page.locale) for m in MEASURES}
    medians = frame["median"].to_dict()
    middle = {f"{m}_median": page.locale.percent(medians[m, page.period.months]) for m in MEASURES}
    return page.chart(
        "fig-envelope",
        envelope_chart(frame, page.period.fiscal_year, page.locale),
        title=page.text(
            "Về việc {cases} (trung vị các năm trước {cases_median}), về tiền {money} (trung vị "
            "{money_median})",
            **now,
            **middle,
        ),
        subtitle=page.text(
            "Tỷ lệ lũy kế, %. Đậm: năm nay; xám: năm trước; dải nhạt: thấp nhất đến cao nhất; dải đậm: tứ "
            "phân vị"
        ),
        alt=page.text(
            "Đường tỷ lệ năm nay trên dải của các năm trước. Về việc {cases}, trung vị {cases_median}; về "
            "tiền "
            "{money}, trung vị {money_median}.",
            **now,
            **middle,
        ),
        frame=frame,
    )


def pace(page: Page) -> Exhibit:
    """Table of how far ahead or behind the year runs: in points, completions and days."""
    frame = _own_rows(page, measure_pace(_panel(page), page.period))
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
    shown = {m: page.locale.amount(last[m], m) for m in MEASURES}
    notes = {"month": page.locale.month(page.period.months, full=True), **shown}
    return page.chart(
        "fig-flows",
        flow_bars(recent, page.locale),
        title=page.text("Riêng {month} thi hành xong {cases} và {money}", **notes),
        subtitle=page.text(
            "Số thi hành xong trong từng tháng, tính từ số lũy kế; tháng thiếu số liệu để trống"
        ),
        alt=page.text(
            "Biểu đồ cột theo tháng trong {years} năm; riêng {month}: {cases}, {money}.",
            years=_YEARS_OF_FLOWS,
            **notes,
        ),
        frame=recent,
    )


def months(page: Page) -> Exhibit:
    """Draw completions of every month and year as a heat table."""
    frame = _monthly_completions(page)
    page.record_history(frame, "completed_in_month")
    highest = frame["cases"].astype("float").nlargest(1).reset_index().to_dict("records")[0]
    year, _ = Period(highest["fiscal_year"], highest["months"]).calendar_month
    month = page.locale.month(highest["months"], full=True)
    when = page.text("{month} năm {year}", month=month, year=year)
    most = page.locale.cases(highest["cases"])
    return page.chart(
        "fig-months",
        month_heat(frame, page.locale),
        title=page.text("Tháng thi hành xong nhiều việc nhất: {when}, {most}", when=when, most=most),
        subtitle=page.text("Số thi hành xong trong từng tháng của từng năm; ô trống là tháng thiếu số liệu"),
        alt=page.text(
            "Bảng nhiệt theo năm và tháng, số trong từng ô; nhiều việc nhất là {when} với {most}.",
            when=when,
            most=most,
        ),
        frame=frame,
    )


def season(page: Page, measure: str) -> Exhibit:
    """Draw trend, season and remainder of monthly completions, and say how they were made."""
    monthly = _monthly_completions(page)[measure]
    series = pd.Series(monthly.to_numpy(), index=calendar_index(monthly))
    result = decompose_season(series)
    how = {
        "": page.text("STL bền vững trên {months} tháng liền mạch", months=result.months),
        "short": page.text(
            "chỉ có {months} tháng liền mạch, không đủ 24 để tách mùa vụ", months=result.months
        ),
        "constant": page.text("chuỗi không thay đổi, không có mùa vụ để tách"),
        "empty": page.text("không có số liệu"),
    }[result.reason]
    seasonal = result.frame["seasonal"].dropna()
    by_month = seasonal.groupby(pd.PeriodIndex(seasonal.index).month).mean()
    peak = int(by_month.index.to_numpy()[by_month.to_numpy().argmax()]) if len(by_month) else None
    term = page.locale.term(measure)
    title = (
        page.text(
            "Về {measure}: {month} thường cao nhất trong năm",
            measure=term,
            month=page.locale.month((peak + 2) % 12 + 1, full=True),
        )
        if peak
        else page.text("Về {measure}: chưa tách được mùa vụ", measure=term)
    )
    return page.chart(
        f"fig-season-{measure}",
        season_panels(result.frame, measure, page.locale),
        title=title,
        subtitle=page.text("Số thi hành xong theo tháng, xu hướng, mùa vụ và phần còn lại; {how}", how=how),
        alt=page.text(
            "Bốn ô: số quan sát, xu hướng, mùa vụ, phần còn lại về {measure}. {title}.",
            measure=term,
            title=title,
        ),
        frame=result.frame,
    )


def rate_effects(page: Page) -> Exhibit:
    """Split the change of the rate on the same period between completions and eligible."""
    figures, rows, stated = page.figures(), [], []
    before = page.period.same_period_last_year
    for measure in MEASURES:
        facts = [
            page.state(figures(item, measure, period))
            for period in (before, page.period)
            for item in ("completed", "eligible")
        ]
        stated += facts
        if not all(fact.known for fact in facts):
            continue
        base, now = facts[:2], facts[2:]
        effects = rate_change(_operands(now), _operands(base)).iloc[0]
        numerator = _own(page, "numerator_effect", measure, effects["numerator_effect"])
        denominator = _own(page, "denominator_effect", measure, effects["denominator_effect"])
        total = _own(page, "completion_rate_change", measure, effects["change"])
        rows.append(
            {
                "name": page.locale.heading(measure),
                "base": page.locale.percent(effects["base_rate"]),
                "numerator": numerator.show(page.locale),
                "denominator": denominator.show(page.locale),
                "now": page.locale.percent(effects["rate"]),
                "change": total.show(page.locale),
            }
        )
    if not rows:
        return page.note(page.text("Không có số cùng kỳ năm trước nên không tách được."))
    return page.table(
        "tab-effects",
        pd.DataFrame(rows),
        {
            "name": Column(page.text("Loại"), number=False),
            "base": Column(page.text("Cùng kỳ")),
            "numerator": Column(page.text("Do số thi hành xong")),
            "denominator": Column(page.text("Do số có điều kiện")),
            "now": Column(page.text("Kỳ này")),
            "change": Column(page.text("Thay đổi")),
        },
        title=page.text("Tỷ lệ thay đổi do thi hành xong hay do số có điều kiện"),
        facts=stated,
        notes=[
            page.text(
                "Tách đối xứng (Shapley): trung bình của hai thứ tự thay đổi; hai phần cộng lại đúng bằng "
                "thay đổi của tỷ lệ "
                "tính từ các số nguyên, có thể lệch số đã công bố ở chữ số thập phân cuối."
            )
        ],
    )


def _operands(facts: list[Fact]) -> pd.DataFrame:
    return pd.DataFrame({fact.identifier: [fact.value] for fact in facts}, dtype="Int64")


def _panel(page: Page) -> pd.DataFrame:
    return pd.concat({page.org.key: page.context.rows(page.org)}, names=["org"])


def _own_rows(page: Page, frame: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(frame.xs(page.org.key, level="org"))


def _monthly_completions(page: Page) -> pd.DataFrame:
    monthly = _own_rows(page, monthly_flows(_panel(page)))
    return pd.DataFrame({m: monthly[m, "completed"] for m in MEASURES})


def _rates(page: Page) -> pd.DataFrame:
    return rates.completion_rate(_panel(page))


def _own(page: Page, identifier: str, measure: str, value: object, months: int | None = None) -> Fact:
    """Record a figure computed from the page's own series."""
    period = Period(page.period.fiscal_year, months) if months else page.period
    fact = Fact(identifier, page.org, period, measure, value, page.origin(period), derived=True)
    return page.state(fact, cite=period == page.period)
