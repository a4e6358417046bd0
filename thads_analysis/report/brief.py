"""The bulletin of a period on one sheet: results, forecast, who is below average, what needs attention."""

from __future__ import annotations

__all__ = [
    "attention",
    "below_average",
    "chart",
    "course",
    "figures",
    "results",
    "say_below_average",
    "say_course",
    "say_results",
    "sources",
]

import pandas as pd

from thads_analysis.glossary import ITEMS, MEASURES
from thads_analysis.metrics import CREDIBILITY_SIGNS
from thads_analysis.org import Org
from thads_analysis.report import forecast, lists
from thads_analysis.report.accountability import two_years, watched
from thads_analysis.report.exhibits import Column, Exhibit
from thads_analysis.report.facts import Fact
from thads_analysis.report.overview import marked
from thads_analysis.report.page import PROVENANCES, Page
from thads_analysis.report.text import chance_phrase, change_phrase, gap_phrase, points_phrase

_LINES = ("due", "eligible", "completed", "carried_out", "eligible_share", "completion_rate")
_LOWEST, _PULLING, _NAMED = 4, 2, 4
_SOURCES, _LETTERS = 4, 160
_HEIGHT = 38
"""Of the chart, in millimetres: with it and these limits the sheet is full, and no list makes it two."""


def results(page: Page) -> Exhibit:
    """Say what was achieved on cases and on money, against the same period and the year's target."""
    return page.lead(say_results(page))


def say_results(page: Page) -> list[str]:
    """Sentences of `results`: one on cases, one on money."""
    figures, locale = page.figures(), page.locale
    told = []
    for measure in MEASURES:
        gap, target = (page.state(figures(name, measure)) for name in ("gap_full_year", "target"))
        told.append(
            page.text(
                "Về {measure}: có điều kiện thi hành {eligible}; thi hành xong {completed}, {change}; tỷ lệ "
                "{rate}, {points}, {gap}.",
                measure=locale.term(measure),
                completed=page.show(figures("completed", measure)),
                eligible=page.show(figures("eligible", measure)),
                change=change_phrase(
                    locale,
                    page.state(figures("completed_change_abs", measure)),
                    page.state(figures("completed_change_pct", measure)),
                ),
                rate=page.show(figures("completion_rate", measure)),
                points=points_phrase(locale, page.state(figures("completion_rate_change", measure))),
                gap=gap_phrase(locale, gap, target),
            )
        )
    return told


def figures(page: Page) -> Exhibit:
    """Table of the counts, the amounts and the two shares, with their change on the same period."""
    found, rows = page.figures(), []
    for identifier in _LINES:
        row = {"name": page.locale.heading(identifier)}
        for measure in MEASURES:
            change = found(f"{identifier}_change{'_pct' if identifier in ITEMS else ''}", measure)
            row[measure] = marked(page, page.state(found(identifier, measure)))
            row[f"{measure}_change"] = marked(page, page.state(change))
        rows.append(row)
    return page.table(
        "tab-brief",
        pd.DataFrame(rows),
        {
            "name": Column(page.text("Chỉ tiêu thống kê"), number=False),
            "cases": Column(page.text("Về việc")),
            "cases_change": Column(page.text("So cùng kỳ")),
            "money": Column(page.text("Về tiền")),
            "money_change": Column(page.text("So cùng kỳ")),
        },
        title=page.text("Kết quả toàn quốc {period}", period=page.period.label(page.locale.lang)),
        caption=_caption(page, page.text("Số có dấu * chưa được công bố: tính từ tổng các địa phương.")),
    )


def course(page: Page) -> Exhibit:
    """Say where the year is likely to end, and what the months left must bring to pass the target."""
    return page.note(*say_course(page))


def say_course(page: Page) -> list[str]:
    """Sentences of `course`: one on cases, one on money; one alone at the year's end."""
    if not page.period.remaining_months:
        return [page.text("Năm thống kê đã kết thúc: kết quả trên là kết quả cả năm.")]
    return [_say_course(page, measure) for measure in MEASURES]


def _say_course(page: Page, measure: str) -> str:
    locale, facts = page.locale, forecast.state_forecast(page, measure)
    if not facts:
        return page.text("Chưa dự báo được về {measure}.", measure=locale.term(measure))
    shown = {name: fact.show(locale) for name, fact in facts.items()}
    ahead = page.text(
        "Về {measure}: nếu các tháng còn lại diễn biến như thường lệ, cuối năm đạt khoảng {median} (khoảng "
        "80%: {low} đến {high})",
        measure=locale.term(measure),
        median=shown["rate_median"],
        low=shown["lower_80"],
        high=shown["upper_80"],
    )
    target = page.figures()("target", measure)
    if not target.known:
        return page.text("{ahead}; chưa biết chỉ tiêu của năm.", ahead=ahead)
    chance = chance_phrase(locale, facts["p_target"].value)
    if facts["required_completions"].value == 0:
        return page.text(
            "{ahead}; khả năng vượt chỉ tiêu {target}: {chance}. Số đã thi hành xong đã đủ để vượt, nếu số "
            "có điều kiện cuối năm như dự báo.",
            ahead=ahead,
            target=page.show(target),
            chance=chance,
        )
    return page.text(
        "{ahead}; khả năng vượt chỉ tiêu {target}: {chance}. Muốn vượt, {months} tháng còn lại phải thi hành "
        "xong thêm {total}, bằng {multiple} lần mức những tháng này thường đạt.",
        ahead=ahead,
        target=page.show(target),
        chance=chance,
        months=page.period.remaining_months,
        total=shown["required_completions"],
        multiple=shown["required_multiple"],
    )


def chart(page: Page) -> Exhibit:
    """Draw this year's path and the fan of its remaining months, low enough for the sheet."""
    return forecast.fan(page, height=_HEIGHT, caption=_caption(page))


def below_average(page: Page) -> Exhibit:
    """Say how many provinces are below the national rates, and name the lowest."""
    return page.note(*say_below_average(page))


def say_below_average(page: Page) -> list[str]:
    """Sentences of `below_average`: on cases, on money, on both."""
    locale, told = page.locale, []
    keys: dict[str, set[str]] = {}
    for measure in MEASURES:
        listing = lists.below(page.context, locale, measure)
        keys[measure] = set(listing.frame.index)
        count = _count(page, "provinces_below_national", measure, len(listing.frame))
        if listing.frame.empty:
            told.append(page.text("Về {measure}: không có.", measure=locale.term(measure)))
            continue
        lowest = [
            f"{row['name']} ({_show(page, 'completion_rate', str(key), measure, row['completion_rate'])})"
            for key, row in listing.frame.head(_LOWEST).iterrows()
        ]
        told.append(
            page.text(
                "Về {measure}: {count} địa phương; thấp nhất là {names}.",
                measure=locale.term(measure),
                count=count,
                names=locale.join(lowest),
            )
        )
    both = _count(page, "provinces_below_both", "cases", len(keys["cases"] & keys["money"]))
    told.append(
        page.text(
            "Thấp hơn mức chung cả về việc và về tiền: {count} địa phương. Danh sách đầy đủ ở annex.xlsx.",
            count=both,
        )
    )
    return told


def attention(page: Page) -> Exhibit:
    """Say what to look at: who weighs most, who misses two years running, whose figures to ask about."""
    told = [_say_pulls(page), forecast.say_misses(page), _say_two_years(page)]
    signs = page.context.credibility[list(CREDIBILITY_SIGNS)].fillna(False).any(axis="columns")
    doubts = [Org.from_key(key).name for key in signs[signs].index.unique("org")]
    count = _count(page, "provinces_with_signs", "cases", len(doubts))
    if doubts:
        told.append(
            page.text(
                "Số liệu cần xem lại: {count} địa phương ({names}).", count=count, names=_few(page, doubts)
            )
        )
    return page.note(*(sentence for sentence in told if sentence))


def _say_pulls(page: Page) -> str:
    """Name the provinces that pull the national rates down the most."""
    told = []
    for measure in MEASURES:
        pulls = page.context.contributions.xs(measure, level="measure")["pull_points"].dropna()
        worst = pulls[pulls < 0].sort_values().head(_PULLING)
        names = [
            f"{Org.from_key(str(key)).name} ({_show(page, 'pull_points', str(key), measure, value)})"
            for key, value in worst.items()
        ]
        if names:
            told.append(
                page.text(
                    "về {measure} {names}", measure=page.locale.term(measure), names=page.locale.join(names)
                )
            )
    return page.text("Kéo tỷ lệ toàn quốc xuống nhiều nhất: {names}.", names="; ".join(told)) if told else ""


def _say_two_years(page: Page) -> str:
    """Say who missed the target two years running, and how many may."""
    running = two_years(page.context, page.locale).frame
    names = list(dict.fromkeys(running["name"]))
    count = _count(page, "provinces_two_years", "cases", len(names))
    told = (
        page.text("{count} địa phương ({names})", count=count, names=_few(page, names))
        if names
        else page.text("không có trong số đủ số liệu để xét")
    )
    sentence = page.text("Hai năm liền không đạt chỉ tiêu: {told}", told=told)
    if page.period.remaining_months:
        risk = watched(page.context, page.locale).frame
        may = _count(page, "provinces_watched", "cases", risk.index.nunique())
        sentence = page.text(
            "{sentence}; năm nay có thể thêm: {count} địa phương", sentence=sentence, count=may
        )
    return f"{sentence}."


def sources(page: Page) -> Exhibit:
    """Name the sources of the sheet in a few lines; all of them are in its record."""
    cited = [page.text(source) for source in page.cited]
    half = _LETTERS // 2  # the end of a long one has its day or its sheet
    shown = [
        source if len(source) <= _LETTERS else f"{source[:half].rstrip()} … {source[-half:].lstrip()}"
        for source in cited
    ]
    line = page.text("Nguồn: {sources}.", sources="; ".join(shown[:_SOURCES]))
    if len(shown) > _SOURCES:
        line = page.text(
            "Nguồn: {sources}; và {count} nguồn khác, ghi trong tệp JSON cùng tên với trang này.",
            sources="; ".join(shown[:_SOURCES]),
            count=len(shown) - _SOURCES,
        )
    return page.note(
        line,
        page.text(
            "Tỷ lệ tính từ số việc và số tiền nguyên, làm tròn hai chữ số thập phân khi in; chênh lệch giữa "
            "hai tỷ lệ ghi bằng điểm %."
        ),
        css="note sheet-foot",
    )


def _caption(page: Page, more: str = "") -> str:
    """Period and provenance; the sources stand once, at the foot of the sheet."""
    kinds = page.locale.join([page.text(PROVENANCES[kind]) for kind in page.kinds])
    caption = page.text(
        "Kỳ: {period}. Tính chất: {kinds}. Nguồn ghi ở cuối trang.",
        period=page.period.label(page.locale.lang),
        kinds=kinds,
    )
    return f"{more} {caption}" if more else caption


def _count(page: Page, identifier: str, measure: str, value: int) -> str:
    return page.show(Fact(identifier, page.org, page.period, measure, value, page.origin(), derived=True))


def _show(page: Page, identifier: str, key: str, measure: str, value: object) -> str:
    org = Org.from_key(key)
    return page.show(Fact(identifier, org, page.period, measure, value, page.origin(), derived=True))


def _few(page: Page, names: list[str]) -> str:
    """Join names for a sentence, of many only the first."""
    rest = len(names) - _NAMED
    if rest > 1:
        names = [*names[:_NAMED], page.text("{count} nơi khác", count=rest)]
    return page.locale.join(names)
