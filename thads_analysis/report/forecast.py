"""The forecast page: where the year will end, how sure that is, and what the target would take."""

from __future__ import annotations

__all__ = ["fan", "gaps", "method", "required", "say_misses", "summary", "year_end"]

from dataclasses import replace
from typing import Any

import pandas as pd

from thads_analysis.errors import DataError
from thads_analysis.forecast import gap_completions
from thads_analysis.glossary import MEASURES, N_
from thads_analysis.metrics import rates
from thads_analysis.metrics.target import target_for
from thads_analysis.org import NATION, Org
from thads_analysis.period import Period
from thads_analysis.report.charts.fan import fan_chart
from thads_analysis.report.exhibits import Column, Exhibit
from thads_analysis.report.facts import Fact, combine
from thads_analysis.report.page import Page
from thads_analysis.report.text import chance_phrase, gap_phrase

_STATED = (
    "rate_median", "rate_mean", "lower_50", "upper_50", "lower_80", "upper_80", "lower_95", "upper_95",
    "p_target", "p_last_year", "required_completions", "required_per_month", "required_multiple",
    "usual_completions",
)  # fmt: skip

TOO_SHORT = N_("Không có dự báo: năm đã kết thúc, hoặc kho chưa có năm trước nào đủ số liệu.")

_METHODS = {
    "usual_path": N_(
        "Dự báo lấy mức tăng của phần còn lại trong năm mà chính đơn vị thường có, tính trên thang logit, "
        "rồi cộng vào kết quả hiện nay; độ rộng của khoảng lấy từ sai lệch của những năm trước."
    ),
    "chain_ladder": N_(
        "Dự báo nhân số thi hành xong và số có điều kiện hiện nay với hệ số tăng thường có của các tháng còn "
        "lại; độ rộng của khoảng lấy từ sai lệch của những năm trước."
    ),
    "combined": N_(
        "Dự báo ước lượng chung cho mọi địa phương mức tăng của phần còn lại trong năm, theo thói quen của "
        "từng đơn vị, ảnh hưởng chung của năm và vị trí hiện nay, trên ba thang đo và bằng mức tăng bình "
        "quân; bốn cách được cộng theo tỷ trọng của sai lệch đã có, độ rộng của khoảng rút ra từ những năm "
        "trước."
    ),
    "flows": N_(
        "Dự báo số thi hành xong mỗi ngày làm việc của từng tháng còn lại, theo mùa vụ, kỳ nghỉ Tết và nhịp "
        "của những tháng gần đây; độ rộng của khoảng lấy từ sai lệch của những năm trước."
    ),
    "pooled": N_(
        "Dự báo ước lượng chung cho mọi địa phương mức tăng của phần còn lại trong năm, theo thói quen của "
        "từng đơn vị, ảnh hưởng chung của năm và vị trí hiện nay; sai lệch rút ra từ những năm trước."
    ),
}


def summary(page: Page) -> Exhibit:
    """Say in words where the year is likely to end and whether the target is within reach."""
    if not page.period.remaining_months:
        return page.lead(
            [page.text("Năm thống kê đã kết thúc; trang này chỉ đối chiếu kết quả với chỉ tiêu.")]
        )
    sentences = []
    for measure in MEASURES:
        sentences += _say_measure(page, measure)
    if page.org == NATION and (told := say_misses(page)):
        sentences.append(told)
    return page.lead([*sentences, *_say_missing_figures(page)])


def _say_measure(page: Page, measure: str) -> list[str]:
    """Two sentences: where the rate stands and will end; the chance, and what the months left must bring."""
    locale, term = page.locale, page.locale.term(measure)
    facts, row = state_forecast(page, measure), forecast_row(page, measure)
    if row is None or not facts:
        return [
            page.text("Chưa dự báo được về {measure}: {reason}.", measure=term, reason=_refusal(page, row))
        ]
    now, gap, target = stand(page, measure)
    values = {
        "measure": term,
        "now": page.show(now),
        "median": facts["rate_median"].show(locale),
        "low": facts["lower_80"].show(locale),
        "high": facts["upper_80"].show(locale),
    }
    if not target.known:
        told = page.text(
            "Về {measure}: hiện đạt {now}; nếu các tháng còn lại diễn biến như thường lệ, cuối năm đạt "
            "khoảng {median} (khoảng tin cậy 80%: {low} đến {high}).",
            **values,
        )
        return [told, _say_no_target(page, measure, row)]
    told = page.text(
        "Về {measure}: hiện đạt {now}, {gap}; nếu các tháng còn lại diễn biến như thường lệ, cuối năm đạt "
        "khoảng {median} (khoảng tin cậy 80%: {low} đến {high}).",
        gap=gap_phrase(locale, page.state(gap), page.state(target)),
        **values,
    )
    chances = {
        "measure": term,
        "target": chance_phrase(locale, facts["p_target"].value),
        "last": chance_phrase(locale, facts["p_last_year"].value) if facts["p_last_year"].known else "–",
    }
    if facts["required_completions"].value == 0:
        return [
            told,
            page.text(
                "Khả năng vượt chỉ tiêu về {measure}: {target}; khả năng cao hơn năm trước: {last}. Số đã "
                "thi hành xong đã đủ để vượt, nếu số có điều kiện cuối năm như dự báo.",
                **chances,
            ),
        ]
    return [
        told,
        page.text(
            "Khả năng vượt chỉ tiêu về {measure}: {target}; khả năng cao hơn năm trước: {last}. Muốn vượt, "
            "{months} tháng còn lại cần thêm {total}, bằng {multiple} lần mức những tháng này thường đạt.",
            months=locale.integer(page.period.remaining_months),
            total=facts["required_completions"].show(locale),
            multiple=facts["required_multiple"].show(locale),
            **chances,
        ),
    ]


def _say_no_target(page: Page, measure: str, row: dict[str, Any]) -> str:
    """Say that the year has no known target, and what the last one was, as such."""
    term, year = page.locale.term(measure), page.period.fiscal_year
    if pd.isna(row["last_target"]):
        return page.text("Chưa biết chỉ tiêu về {measure} của năm {year}.", measure=term, year=year)
    last = page.figures()("target", measure, Period(int(row["last_target_year"]), 12))
    return page.text(
        "Chưa biết chỉ tiêu về {measure} của năm {year}; chỉ tiêu gần nhất đã biết là {target} (năm {last}), "
        "không dùng để tính.",
        measure=term,
        year=year,
        target=page.show(last),
        last=int(row["last_target_year"]),
    )


def say_misses(page: Page) -> str:
    """Say how many provinces are likely to miss; nothing without a forecast or a target."""
    if forecasts(page) is None:
        return ""
    told = []
    for measure, row in page.context.missed.to_dict("index").items():
        if not page.figures()("target", str(measure)).known:
            continue  # a few provinces' own targets say nothing of the nation
        facts = {
            name: page.state(
                Fact(f"provinces_missing_{name}", page.org, page.period.year_end, str(measure), row[name],
                     page.origin(), derived=True)
            )
            for name in ("lower", "median", "upper")
        }  # fmt: skip
        told.append(
            page.text(
                "{median} trong {count} về {measure} (khoảng 80%: {low} đến {high})",
                median=facts["median"].show(page.locale),
                count=page.locale.integer(row["provinces"]),
                measure=page.locale.term(str(measure)),
                low=facts["lower"].show(page.locale),
                high=facts["upper"].show(page.locale),
            )
        )
    if not told:
        return ""
    return page.text("Số địa phương có thể không vượt chỉ tiêu: {counts}.", counts="; ".join(told))


def _say_missing_figures(page: Page) -> list[str]:
    """Name the provinces whose start is estimated, and those that the nation lacks."""
    frame = forecasts(page)
    if frame is None or page.org.level == "province":
        return []
    wanted = set(page.org.members) or {org.key for org in page.context.orgs}
    late = [Org.from_key(key).name for key in frame.attrs["imputed"] if key in wanted]
    absent = [Org.from_key(key).name for key in frame.attrs["absent"] if key in wanted]
    told = []
    if late:
        told.append(
            page.text(
                "Chưa có đủ báo cáo kỳ này của {names}: số của các nơi đó là số ước tính, lấy từ kỳ gần "
                "nhất đã có và mức biến động của các địa phương khác.",
                names=page.locale.join(late),
            )
        )
    if absent:
        told.append(
            page.text(
                "Không có số liệu nào của {names}: số toàn quốc trên trang này thiếu các địa phương đó.",
                names=page.locale.join(absent),
            )
        )
    return told


def fan(page: Page, *, height: float = 76, caption: str = "") -> Exhibit:
    """Draw this year's path and the fan of its remaining months, with last year and the target."""
    rows = page.context.rows(page.org)
    history = rates.completion_rate(pd.concat({page.org.key: rows}, names=["org"])).droplevel("org")
    year = page.period.fiscal_year
    paths = None if forecasts(page) is None else page.context.paths.xs(page.org.key, level="org")
    ahead = None if paths is None else pd.DataFrame(paths)
    targets = pd.Series({m: page.figures()("target", m).value for m in MEASURES}, dtype="float")
    recent = history[history.index.get_level_values("fiscal_year") >= year - 1].astype("float64")
    page.record_history(recent, "completion_rate")
    shown = {}
    for measure in MEASURES:
        now, _, _ = stand(page, measure)
        if now.bound == "about":  # estimated: not in the panel
            recent.loc[(year, page.period.months), measure] = float(now.value)
        facts = state_forecast(page, measure)
        shown[measure] = facts["rate_median"].show(page.locale) if facts else "–"
        shown[f"{measure}_now"] = now.show(page.locale)
        shown[f"{measure}_low"] = facts["lower_80"].show(page.locale) if facts else "–"
        shown[f"{measure}_high"] = facts["upper_80"].show(page.locale) if facts else "–"
        if not facts and ahead is not None:
            ahead = ahead[ahead.index.get_level_values("measure") != measure]
    drawing = fan_chart(recent, ahead, targets, page.locale, height=height)
    if ahead is None:
        return page.chart(
            "fig-fan",
            drawing,
            title=page.text("Tỷ lệ thi hành xong: {cases_now} về việc, {money_now} về tiền", **shown),
            subtitle=page.text("Tỷ lệ lũy kế, %. Đậm: năm nay; xám: năm trước"),
            alt=page.text(
                "Đường tỷ lệ lũy kế theo tháng, không có dự báo. Kỳ này về việc {cases_now}, về tiền "
                "{money_now}.",
                **shown,
            ),
            frame=recent,
            caption=caption,
        )
    return page.chart(
        "fig-fan",
        drawing,
        title=page.text("Cuối năm: về việc khoảng {cases}, về tiền khoảng {money}", **shown),
        subtitle=page.text(
            "Tỷ lệ lũy kế, %. Đậm: năm nay; xám: năm trước; dải màu: khoảng 50, 80 và 95% của dự báo, ghi số "
            "của khoảng 80%"
        ),
        alt=page.text(
            "Biểu đồ quạt. Dự báo cuối năm về việc {cases} (80%: {cases_low} đến {cases_high}); về tiền "
            "{money} (80%: "
            "{money_low} đến {money_high}).",
            **shown,
        ),
        frame=ahead,
        caption=caption,
    )


def year_end(page: Page) -> Exhibit:
    """Table of the forecast of the year's end against the target and last year's result."""
    locale = page.locale
    last = Period(page.period.fiscal_year - 1, 12)
    columns: dict[str, dict[str, str]] = {}
    held: list[Fact] = []
    for measure in MEASURES:
        facts = state_forecast(page, measure)
        now, _, target = stand(page, measure)
        result = page.figures()("completion_rate", measure, last)
        held += [now, target, result, *facts.values()]
        shown = {"now": page.show(now), "target": page.show(target), "last": page.show(result)}
        if facts:
            shown["rate_median"] = facts["rate_median"].show(locale)
            for width in ("50", "80", "95"):
                shown[width] = page.text(
                    "{low} đến {high}",
                    low=facts[f"lower_{width}"].show(locale),
                    high=facts[f"upper_{width}"].show(locale),
                )
            for chance in ("p_target", "p_last_year"):
                shown[chance] = facts[chance].show(locale)
        columns[measure] = shown
    lines = (
        ("now", page.text("Tỷ lệ hiện nay")),
        ("rate_median", page.text("Cuối năm, trung vị")),
        ("50", page.text("Khoảng 50%")),
        ("80", page.text("Khoảng 80%")),
        ("95", page.text("Khoảng 95%")),
        ("target", page.text("Chỉ tiêu")),
        ("p_target", page.text("Khả năng vượt chỉ tiêu")),
        ("last", page.text("Kết quả năm trước")),
        ("p_last_year", page.text("Khả năng cao hơn năm trước")),
    )
    rows = [{"name": name} | {m: columns[m].get(key, "–") for m in MEASURES} for key, name in lines]
    return page.table(
        "tab-year-end",
        pd.DataFrame(rows),
        {
            "name": Column(page.text("Chỉ tiêu thống kê"), number=False),
            "cases": Column(page.text("Việc")),
            "money": Column(page.text("Tiền")),
        },
        title=page.text("Dự báo cuối năm {year}", year=page.period.fiscal_year),
        facts=held,
        notes=[
            page.text(
                'Năm sau phải cao hơn năm trước: Nghị quyết 96/2019/QH14. Chỉ tiêu là "trên": bằng chỉ '
                "tiêu chưa "
                "phải là vượt."
            )
        ],
    )


def gaps(page: Page) -> Exhibit:
    """Table of the gap to the target now, by the three conventions in use, in points and in completions."""
    rows, held = [], []
    for measure in MEASURES:
        now, gap, target = stand(page, measure)
        origin = combine(now.origin, target.origin)
        done, eligible = (page.state(_count_now(page, item, measure)) for item in ("completed", "eligible"))
        part = page.period.months / 12
        prorata, attained = None, None
        lacking: dict[int, int | None] = {12: None, page.period.months: None}
        if now.known and target.known:
            prorata, attained = now.value - target.value * part, now.value / target.value
            lacking = {
                months: gap_completions(int(done.value), int(eligible.value), target.value, months)
                for months in lacking
            }

        def fact(name: str, value: Any, measure: str = measure, origin: Any = origin) -> Fact:
            return Fact(name, page.org, page.period, measure, value, origin, derived=True)

        names = (
            (page.text("So với chỉ tiêu năm"), gap, fact("gap_full_year_completions", lacking[12])),
            (
                page.text("So với tiến độ {months} tháng", months=page.period.months),
                fact("gap_prorata", prorata),
                fact("gap_prorata_completions", lacking[page.period.months]),
            ),
            (page.text("Bằng bao nhiêu phần chỉ tiêu"), fact("attainment", attained), done),
        )
        held += [now, target, done, eligible]
        for name, points, count in names:
            head = page.text("{measure}: {name}", measure=page.locale.heading(measure), name=name)
            rows.append({"name": head, "points": page.show(points), "count": page.show(count)})
    return page.table(
        "tab-gap",
        pd.DataFrame(rows),
        {
            "name": Column(page.text("Cách tính"), number=False, wrap=True),
            "points": Column(page.text("Tỷ lệ")),
            "count": Column(page.text("Số thi hành xong")),
        },
        title=page.text("Hiện nay so với chỉ tiêu, theo ba cách đang dùng"),
        facts=held,
        notes=[
            page.text(
                "Số thi hành xong của hai cách đầu: thừa (+) hoặc thiếu (−) để tỷ lệ trên chỉ tiêu, với số "
                "có điều kiện như hiện nay; của cách thứ ba: số đã thi hành xong."
            )
        ],
    )


def required(page: Page) -> Exhibit:
    """Table of what each remaining month must bring, beside what it usually brings and ever brought."""
    if not page.period.remaining_months:
        return page.note(page.text("Không còn tháng nào trong năm thống kê."))
    if forecasts(page) is None:
        return page.note(page.text(TOO_SHORT))
    months = page.context.required
    months = months[months.index.get_level_values("org") == page.org.key].droplevel("org")
    if months.empty:
        return page.note(
            page.text(
                "Không tính được mức cần đạt: chưa biết chỉ tiêu của năm hoặc không đủ số liệu năm trước."
            )
        )
    rows = []
    for measure in MEASURES:
        if measure not in months.index.get_level_values("measure"):
            continue
        own = months[months.index.get_level_values("measure") == measure].reset_index()
        for line in own.to_dict("records"):
            period = Period(page.period.fiscal_year, line["months"])
            rows.append(_required_line(page, measure, period, line))
        row = forecast_row(page, measure) or {}
        whole = {
            "usual": row["usual_completions"],
            "required": row["required_completions"],
            "multiple": row["required_multiple"],
            "best": row["best_completions"],
            "best_year": row["best_year"],
        }
        rows.append(_required_line(page, measure, page.period.year_end, whole, whole=True))
    return page.table(
        "tab-required",
        pd.DataFrame(rows),
        {
            "name": Column(page.text("Tháng"), number=False),
            "required": Column(page.text("Cần đạt")),
            "usual": Column(page.text("Thường đạt")),
            "multiple": Column(page.text("Cần gấp (lần)")),
            "best": Column(page.text("Cao nhất từng đạt")),
            "verdict": Column(page.text("So với cao nhất"), number=False),
        },
        title=page.text("Mỗi tháng còn lại phải thi hành xong bao nhiêu để vượt chỉ tiêu"),
        notes=[
            page.text(
                "Thường đạt: trung bình cùng tháng của ba năm gần nhất dùng được; cao nhất: trong các năm "
                "đang giữ. Cần đạt: số còn thiếu chia theo tỷ trọng thường lệ của các tháng (tháng thiếu "
                "số thì chia đều), với số có điều kiện cuối năm ở mức dự báo."
            )
        ],
    )


def _required_line(
    page: Page, measure: str, period: Period, line: dict[Any, Any], *, whole: bool = False
) -> dict[str, str]:
    """One month, or all that remain, of the table of required completions; states its figures."""
    locale, suffix = page.locale, "completions" if whole else "in_month"
    name = page.text("cả kỳ còn lại") if whole else locale.month(period.months)

    def told(kind: str, when: Period) -> str:
        identifier = f"{kind}_{suffix}"
        return page.show(Fact(identifier, page.org, when, measure, line[kind], page.origin(), derived=True))

    best, verdict = "–", "–"
    if pd.notna(line["best"]):
        # The fact's period is the month in which it was brought.
        best = f"{told('best', Period(int(line['best_year']), period.months))} ({int(line['best_year'])})"
        beyond = line["required"] > line["best"]
        verdict = page.text("chưa từng đạt") if beyond else page.text("đã từng đạt")
    return {
        "name": page.text("{measure}, {month}", measure=locale.heading(measure), month=name),
        "required": told("required", period),
        "usual": told("usual", period),
        "multiple": locale.decimal(float(line["multiple"]), 2),
        "best": best,
        "verdict": verdict,
    }


def method(page: Page) -> Exhibit:
    """Say what the forecast rests on, and when it should not be believed."""
    frame = forecasts(page)
    if frame is None:
        return page.note(page.text(TOO_SHORT))
    years = frame.attrs.get("years", {})
    used = [str(year) for year, weight in years.items() if weight >= 1]
    less = [str(year) for year, weight in years.items() if 0 < weight < 1]
    name = frame["method"].dropna().iloc[0]
    lines = [
        page.text(_METHODS[name])
        if name in _METHODS
        else page.text("Phương pháp dự báo: {name} (mô tả trong docs/forecasting.md).", name=name),
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


def forecasts(page: Page) -> pd.DataFrame | None:
    """Return the forecasts; None when the year is over or no earlier year is held."""
    if not page.period.remaining_months:
        return None
    try:
        return page.context.forecasts
    except DataError:
        return None


def forecast_row(page: Page, measure: str) -> dict[str, Any] | None:
    """Row of the page's organisation, also one that was refused; None where nothing can be forecast."""
    if forecasts(page) is None:
        return None
    return page.context.forecast_rows.get((page.org.regime, page.org.code, measure))


def state_forecast(page: Page, measure: str) -> dict[str, Fact]:
    """Record and return the forecast's figures; nothing where there is no forecast."""
    row = forecast_row(page, measure)
    if row is None or row["method"] is None:
        return {}
    end = page.period.year_end
    return {
        name: page.state(Fact(name, page.org, end, measure, row[name], page.origin(), derived=True))
        for name in _STATED
    }


def stand(page: Page, measure: str) -> tuple[Fact, Fact, Fact]:
    """Rate now, its gap to the year's target, and the target; estimated where reports are late."""
    figures = page.figures()
    now, gap = figures("completion_rate", measure), figures("gap_full_year", measure)
    target, row = figures("target", measure), forecast_row(page, measure)
    if now.known or row is None or pd.isna(row["rate_now"]):
        return now, gap, target
    now = replace(now, value=row["rate_now"], bound="about", derived=True)
    known = target_for(page.period, page.org, measure)
    value = known.gap_full_year(now.value) if known else None
    return now, replace(gap, value=value, bound="about", derived=True), target


def _count_now(page: Page, item: str, measure: str) -> Fact:
    """Completed or eligible now, estimated where reports are late."""
    fact, row = page.figures()(item, measure), forecast_row(page, measure)
    if fact.known or row is None:
        return fact
    return replace(fact, value=row[item], bound="about", derived=True)


def _refusal(page: Page, row: dict[str, Any] | None) -> str:
    """Why there is no forecast, in the page's language."""
    reason = "" if row is None else row["reason"]
    if "nothing eligible" in reason:
        return page.text("kỳ này không có số có điều kiện thi hành")
    return page.text("không đủ số liệu của những năm trước")
