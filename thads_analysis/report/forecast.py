"""The forecast page: where the year will end, how sure that is, and what the target would take."""

from __future__ import annotations

__all__ = ["fan", "method", "required", "summary", "year_end"]

import pandas as pd

from thads_analysis.errors import DataError
from thads_analysis.forecast import required_months
from thads_analysis.glossary import MEASURES, N_
from thads_analysis.metrics import rates
from thads_analysis.period import Period
from thads_analysis.report.charts.fan import fan_chart
from thads_analysis.report.exhibits import Column, Exhibit
from thads_analysis.report.facts import Fact
from thads_analysis.report.page import Page
from thads_analysis.report.text import gap_phrase

_STATED = (
    "rate_median", "lower_50", "upper_50", "lower_80", "upper_80", "lower_95", "upper_95",
    "p_target", "p_last_year", "required_completions", "required_per_month", "required_multiple",
)  # fmt: skip


_TOO_SHORT = N_("Không có dự báo: năm đã kết thúc, hoặc kho chưa có năm trước nào đủ số liệu.")


def summary(page: Page) -> Exhibit:
    """Say in words where the year is likely to end and whether the target is within reach."""
    if not page.period.remaining_months:
        return page.lead(
            [page.text("Năm thống kê đã kết thúc; trang này chỉ đối chiếu kết quả với chỉ tiêu.")]
        )
    figures, locale, sentences = page.figures(), page.locale, []
    for measure in MEASURES:
        facts = _state(page, measure)
        if not facts:
            sentences.append(
                page.text(
                    "Chưa dự báo được về {measure}: không đủ số liệu của những năm trước.",
                    measure=locale.term(measure),
                )
            )
            continue
        now = page.state(figures("completion_rate", measure))
        gap = page.state(figures("gap_full_year", measure))
        sentences.append(
            page.text(
                "Về {measure}: hiện đạt {now}, {gap}; nếu các tháng còn lại diễn biến như thường lệ, cuối "
                "năm đạt khoảng {median} (khoảng tin cậy 80%: {low} đến {high}).",
                measure=locale.term(measure),
                now=now.show(locale),
                gap=gap_phrase(locale, gap, page.state(figures("target", measure))),
                median=facts["rate_median"].show(locale),
                low=facts["lower_80"].show(locale),
                high=facts["upper_80"].show(locale),
            )
        )
        if facts["p_target"].known:
            sentences.append(
                page.text(
                    "Khả năng vượt chỉ tiêu về {measure}: {words} ({chance}). Muốn vượt, mỗi tháng còn lại "
                    "cần thêm "
                    "{month}, bằng {multiple} lần mức những tháng này thường đạt.",
                    measure=locale.term(measure),
                    words=_chance_in_words(page, facts["p_target"].value),
                    chance=locale.percent(facts["p_target"].value, 0),
                    month=facts["required_per_month"].show(locale),
                    multiple=facts["required_multiple"].show(locale),
                )
            )
    return page.lead(sentences)


def fan(page: Page) -> Exhibit:
    """Draw this year's path and the fan of its remaining months, with last year and the target."""
    rows = page.context.rows(page.org)
    history = rates.completion_rate(pd.concat({page.org.key: rows}, names=["org"])).droplevel("org")
    year = page.period.fiscal_year
    paths = None if _forecasts(page) is None else page.context.paths.xs(page.org.key, level="org")
    ahead = None if paths is None else pd.DataFrame(paths)
    targets = pd.Series({m: page.figures()("target", m).value for m in MEASURES}, dtype="float")
    recent = history[history.index.get_level_values("fiscal_year") >= year - 1]
    page.record_history(recent, "completion_rate")
    shown = {}
    for measure in MEASURES:
        facts = _state(page, measure)
        shown[measure] = facts["rate_median"].show(page.locale) if facts else "–"
        shown[f"{measure}_low"] = facts["lower_80"].show(page.locale) if facts else "–"
        shown[f"{measure}_high"] = facts["upper_80"].show(page.locale) if facts else "–"
    return page.chart(
        "fig-fan",
        fan_chart(recent, ahead, targets, page.locale),
        title=page.text("Cuối năm: về việc khoảng {cases}, về tiền khoảng {money}", **shown),
        subtitle=page.text(
            "Tỷ lệ lũy kế, %. Đậm: năm nay; xám: năm trước; dải màu: khoảng 50, 80 và 95% của dự báo"
        ),
        alt=page.text(
            "Biểu đồ quạt. Dự báo cuối năm về việc {cases} (80%: {cases_low} đến {cases_high}); về tiền "
            "{money} (80%: "
            "{money_low} đến {money_high}).",
            **shown,
        ),
        frame=recent if ahead is None else ahead,
    )


def year_end(page: Page) -> Exhibit:
    """Table of the forecast of the year's end against the target and last year's result."""
    locale, rows = page.locale, []
    figures = page.figures()
    last = Period(page.period.fiscal_year - 1, 12)
    lines = (
        ("now", page.text("Tỷ lệ hiện nay")),
        ("rate_median", page.text("Cuối năm, trung vị")),
        ("50", page.text("Khoảng 50%")),
        ("80", page.text("Khoảng 80%")),
        ("95", page.text("Khoảng 95%")),
        ("target", page.text("Chỉ tiêu")),
        ("gap", page.text("Hiện nay so với chỉ tiêu năm")),
        ("prorata", page.text("Hiện nay so với tiến độ")),
        ("p_target", page.text("Khả năng vượt chỉ tiêu")),
        ("last", page.text("Kết quả năm trước")),
        ("p_last_year", page.text("Khả năng cao hơn năm trước")),
    )
    columns: dict[str, dict[str, str]] = {}
    for measure in MEASURES:
        facts = _state(page, measure)
        shown = {
            "now": page.show(figures("completion_rate", measure)),
            "target": page.show(figures("target", measure)),
            "gap": page.show(figures("gap_full_year", measure)),
            "prorata": page.show(figures("gap_prorata", measure)),
            "last": page.show(figures("completion_rate", measure, last)),
        }
        if facts:
            shown["rate_median"] = facts["rate_median"].show(locale)
            for width in ("50", "80", "95"):
                shown[width] = page.text(
                    "{low} đến {high}",
                    low=facts[f"lower_{width}"].show(locale),
                    high=facts[f"upper_{width}"].show(locale),
                )
            for chance in ("p_target", "p_last_year"):
                known = facts[chance].known
                shown[chance] = locale.percent(facts[chance].value, 0) if known else "–"
        columns[measure] = shown
    for key, name in lines:
        rows.append({"name": name} | {m: columns[m].get(key, "–") for m in MEASURES})
    return page.table(
        "tab-year-end",
        pd.DataFrame(rows),
        {
            "name": Column(page.text("Chỉ tiêu thống kê"), number=False),
            "cases": Column(page.text("Việc")),
            "money": Column(page.text("Tiền")),
        },
        title=page.text("Dự báo cuối năm {year}", year=page.period.fiscal_year),
    )


def required(page: Page) -> Exhibit:
    """Table of what each remaining month must bring, beside what it usually brings."""
    if not page.period.remaining_months:
        return page.note(page.text("Không còn tháng nào trong năm thống kê."))
    forecasts = _forecasts(page)
    if forecasts is None:
        return page.note(page.text(_TOO_SHORT))
    months = required_months(page.context.panel, page.period, forecasts)
    months = months[months.index.get_level_values("org") == page.org.key].droplevel("org")
    if months.empty:
        return page.note(
            page.text(
                "Không tính được mức cần đạt: chưa biết chỉ tiêu của năm hoặc không đủ số liệu năm trước."
            )
        )
    lines, rows = months.to_dict("index"), []
    for number in range(page.period.months + 1, 13):
        row = {"name": page.locale.month(number)}
        for measure in MEASURES:
            line = lines.get((measure, number))
            if line is None:
                row |= {f"{measure}_usual": "–", f"{measure}_required": "–", f"{measure}_multiple": "–"}
                continue
            show = page.locale.integer if measure == "cases" else page.locale.billions
            row |= {
                f"{measure}_usual": show(line["usual"]),
                f"{measure}_required": show(line["required"]),
                f"{measure}_multiple": page.locale.decimal(float(line["multiple"]), 2),
            }
            period = Period(page.period.fiscal_year, number)
            for name, value in (
                ("usual_completions", line["usual"]),
                ("required_completions", line["required"]),
            ):
                page.state(Fact(name, page.org, period, measure, value, page.origin(), derived=True))
        rows.append(row)
    return page.table(
        "tab-required",
        pd.DataFrame(rows),
        {
            "name": Column(page.text("Tháng"), number=False),
            "cases_usual": Column(page.text("Việc: thường đạt")),
            "cases_required": Column(page.text("Việc: cần đạt")),
            "cases_multiple": Column(page.text("Gấp (lần)")),
            "money_usual": Column(page.text("Tiền: thường đạt (tỷ đồng)")),
            "money_required": Column(page.text("Tiền: cần đạt (tỷ đồng)")),
            "money_multiple": Column(page.text("Gấp (lần)")),
        },
        title=page.text("Mỗi tháng còn lại phải thi hành xong bao nhiêu để vượt chỉ tiêu"),
        notes=[
            page.text(
                "Thường đạt: trung bình cùng tháng của ba năm gần nhất dùng được. Cần đạt: số còn thiếu "
                "chia theo tỷ "
                "trọng thường lệ của các tháng, với số có điều kiện cuối năm ở mức dự báo."
            )
        ],
    )


def method(page: Page) -> Exhibit:
    """Say what the forecast rests on, and when it should not be believed."""
    frame = _forecasts(page)
    if frame is None:
        return page.note(page.text(_TOO_SHORT))
    years = frame.attrs.get("years", {})
    used = [str(year) for year, weight in years.items() if weight >= 1]
    less = [str(year) for year, weight in years.items() if 0 < weight < 1]
    lines = [
        page.text(
            "Dự báo lấy mức tăng của phần còn lại trong năm mà chính đơn vị thường có, tính trên thang "
            "logit, rồi cộng "
            "vào kết quả hiện nay; độ rộng của khoảng lấy từ sai lệch của những năm trước."
        ),
        page.text("Năm được tính đủ: {years}.", years=page.locale.join(used) if used else "–"),
    ]
    if less:
        lines.append(
            page.text(
                "Năm tính nhẹ hơn vì nằm qua chỗ đổi quy định hoặc có biến động lớn: {years}.",
                years=page.locale.join(less),
            )
        )
    lines.append(
        page.text(
            "Không nên tin dự báo khi có vụ việc giá trị rất lớn sắp xong hoặc vừa đổi cách thống kê, và "
            "khi đơn vị chỉ "
            "có một hai năm số liệu."
        )
    )
    return page.note(*lines)


def _forecasts(page: Page) -> pd.DataFrame | None:
    """Return the forecasts; None when the year is over or no earlier year is held."""
    if not page.period.remaining_months:
        return None
    try:
        return page.context.forecasts
    except DataError:
        return None


def _state(page: Page, measure: str) -> dict[str, Fact]:
    """Record and return the forecast's figures; nothing where there is no forecast."""
    frame = _forecasts(page)
    if frame is None:
        return {}
    mine = (frame["org_regime"] == page.org.regime) & (frame["org_code"] == page.org.code)
    row = frame[mine & (frame["measure"] == measure)].iloc[0]
    if row["method"] is None:
        return {}
    end = page.period.year_end
    return {
        name: page.state(Fact(name, page.org, end, measure, row[name], page.origin(), derived=True))
        for name in _STATED
    }


def _chance_in_words(page: Page, chance: float) -> str:
    """Name a probability as reports do; the figure always stands beside the word."""
    steps = (
        (0.05, page.text("rất khó")),
        (0.33, page.text("khó")),
        (0.67, page.text("chưa chắc chắn")),
        (0.95, page.text("nhiều khả năng")),
    )
    for limit, words in steps:
        if chance < limit:
            return words
    return page.text("gần như chắc chắn")
