"""Phrases that sentences are built from: up or down, over or short, each with what it compares with."""

from __future__ import annotations

__all__ = [
    "against_phrase",
    "chance_phrase",
    "change_phrase",
    "gap_phrase",
    "median_phrase",
    "points_phrase",
    "target_sentence",
]

from collections.abc import Mapping

from thads_analysis.glossary import ITEMS, RATIOS
from thads_analysis.locale import Locale
from thads_analysis.report.facts import Fact


def chance_phrase(locale: Locale, chance: float) -> str:
    """Name a probability as reports do, the figure beside the word: "nhiều khả năng (83%)"."""
    steps = (
        (0.05, locale.text("rất khó")),
        (0.33, locale.text("khó")),
        (0.67, locale.text("chưa chắc chắn")),
        (0.95, locale.text("nhiều khả năng")),
        (2.0, locale.text("gần như chắc chắn")),
    )
    words = next(words for limit, words in steps if chance < limit)
    return locale.text("{words} ({chance})", words=words, chance=locale.chance(chance))


def change_phrase(locale: Locale, absolute: Fact, growth: Fact, *, full: bool = False) -> str:
    """Say how a count or an amount moved: "tăng 33.568 việc (9,63%) so với cùng kỳ"."""
    if not absolute.known:
        return locale.text("không có số cùng kỳ để so sánh")
    if absolute.value == 0:
        return locale.text("không đổi so với cùng kỳ")
    size = abs(absolute.value)
    in_full = full and absolute.measure == "money"
    amount = locale.money_in_full(size) if in_full else locale.amount(size, absolute.measure)
    if growth.known:
        amount += f" ({locale.percent(abs(growth.value))})"
    if absolute.value > 0:
        return locale.text("tăng {amount} so với cùng kỳ", amount=amount)
    return locale.text("giảm {amount} so với cùng kỳ", amount=amount)


def points_phrase(locale: Locale, change: Fact) -> str:
    """Say how a rate moved, in points: "tăng 2,18 điểm % so với cùng kỳ"."""
    if not change.known:
        return locale.text("không có tỷ lệ cùng kỳ để so sánh")
    if round(change.value, 4) == 0:
        return locale.text("không đổi so với cùng kỳ")
    size = locale.points(abs(change.value), signed=False)
    if change.value > 0:
        return locale.text("tăng {amount} so với cùng kỳ", amount=size)
    return locale.text("giảm {amount} so với cùng kỳ", amount=size)


def gap_phrase(locale: Locale, gap: Fact, target: Fact) -> str:
    """Say where a rate stands against the year's target: "còn thiếu 15,97 điểm % so với chỉ tiêu …"."""
    if not gap.known:
        return locale.text("chưa có chỉ tiêu để so sánh")
    shown = target.show(locale)
    if round(gap.value, 4) == 0:
        return locale.text("vừa bằng, chưa vượt chỉ tiêu {target}", target=shown)
    size = locale.points(abs(gap.value), signed=False)
    if gap.value > 0:
        return locale.text("vượt {points} so với chỉ tiêu {target}", points=size, target=shown)
    return locale.text("còn thiếu {points} so với chỉ tiêu {target}", points=size, target=shown)


def target_sentence(locale: Locale, gaps: Mapping[str, tuple[Fact, Fact]], months: int) -> str:
    """Say where the rates stand against the year's targets, and how many months are left.

    Parameters
    ----------
    gaps : mapping of str to (gap, target)
        By measure.
    months : int
        What is left of the fiscal year.

    Returns
    -------
    str
        Empty when there is no gap to tell.
    """
    told = [
        f"{locale.term(measure)} {gap_phrase(locale, gap, target)}"
        for measure, (gap, target) in gaps.items()
        if gap.known
    ]
    if not told:
        return ""
    if not months:
        return locale.text("So với chỉ tiêu cả năm: {gaps}.", gaps="; ".join(told))
    return locale.text(
        "So với chỉ tiêu cả năm: {gaps}; còn {months} tháng.", gaps="; ".join(told), months=months
    )


def median_phrase(locale: Locale, difference: Fact) -> str:
    """Say where a rate lies beside the median of the earlier years: "cao hơn 2,18 điểm % so với …"."""
    if round(difference.value, 4) == 0:
        return locale.text("ngang với trung vị các năm trước cùng thời điểm")
    size = locale.points(abs(difference.value), signed=False)
    if difference.value > 0:
        return locale.text("cao hơn {points} so với trung vị các năm trước cùng thời điểm", points=size)
    return locale.text("thấp hơn {points} so với trung vị các năm trước cùng thời điểm", points=size)


def against_phrase(locale: Locale, gap: Fact) -> str:
    """Say how a rate compares with another that is named next: "cao hơn 2,18 điểm % so với mức"."""
    if not gap.known:
        return locale.text("không so sánh được với mức")
    if round(gap.value, 4) == 0:
        return locale.text("ngang với mức")
    size = locale.points(abs(gap.value), signed=False)
    if gap.value > 0:
        return locale.text("cao hơn {points} so với mức", points=size)
    return locale.text("thấp hơn {points} so với mức", points=size)


def item_heading(locale: Locale, identifier: str) -> str:
    """Name what a figure of a text is: an item, a ratio, or the change of one."""
    name, _, kind = identifier.partition("_change")
    if name not in ITEMS and name not in RATIOS:
        return identifier
    heading = locale.heading(name)
    return locale.text("{item}: tăng, giảm", item=heading) if kind or identifier != name else heading
