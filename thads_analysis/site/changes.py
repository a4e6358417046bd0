"""What changed between two reports, in words: for the front page and the terminal."""

from __future__ import annotations

__all__ = ["say_changes"]

from collections.abc import Iterable
from datetime import date

from thads_analysis.glossary import MEASURES, N_
from thads_analysis.locale import MISSING, Locale
from thads_analysis.org import Org
from thads_analysis.report.facts import Fact
from thads_analysis.report.page import PROVENANCES, VINTAGES
from thads_analysis.site.diff import LISTS, Difference, ListChange, Report
from thads_analysis.site.templating import page_label

_SAID = {
    "completion_rate": N_("tỷ lệ thi hành xong"),
    "completion_rate_change": N_("so với cùng kỳ"),
    "gap_full_year": N_("so với chỉ tiêu năm"),
    "rate_median": N_("dự báo cuối năm"),
    "p_target": N_("khả năng vượt chỉ tiêu"),
}


def say_changes(difference: Difference, locale: Locale, *, most: int | None = 5) -> list[str]:
    """Say what changed: which reports, the nation, lists, corrections, pages.

    Parameters
    ----------
    difference : Difference
    locale : Locale
    most : int, optional
        How many names, figures or pages one sentence may list; all without it.

    Returns
    -------
    list of str
        The first says which reports were compared; lists on which nobody came or went are left out.
    """
    told = [*_basis(difference, locale), *(_nation(difference, measure, locale) for measure in MEASURES)]
    told += [_list(change, locale, most) for change in difference.lists if change.entered or change.left]
    told += [_revised(difference, locale, most)]
    for stems, report, words in (
        (difference.added, difference.later, N_("{count} trang mới: {pages}.")),
        (difference.missing, difference.earlier, N_("{count} trang của báo cáo trước không còn: {pages}.")),
    ):
        if stems:
            told.append(locale.text(words, count=len(stems), pages=_pages(stems, report, locale, most)))
    return [sentence for sentence in told if sentence]


def _basis(difference: Difference, locale: Locale) -> list[str]:
    """Which reports these are, what cannot be compared, and whose kind of figures is another."""
    later, earlier = difference.later, difference.earlier
    told = [
        locale.text(
            "Báo cáo {now} (số biết đến ngày {known_now}) so với báo cáo {before} (số biết đến ngày "
            "{known_before}).",
            now=later.period.label(locale.lang),
            known_now=_day(later, locale),
            before=earlier.period.label(locale.lang),
            known_before=_day(earlier, locale),
        )
    ]
    if earlier.period.fiscal_year != later.period.fiscal_year:
        told.append(
            locale.text(
                "Hai báo cáo thuộc hai năm thống kê: số lũy kế tính lại từ 1/10, nên không lấy chênh lệch."
            )
        )
    if earlier.period.org_regime != later.period.org_regime:
        told.append(
            locale.text(
                "Hai báo cáo theo hai danh sách tỉnh, thành phố khác nhau, nên không so từng địa phương."
            )
        )
    kinds = [_kinds(report.manifest["provenance"], locale) for report in (earlier, later)]
    if kinds[0] != kinds[1]:
        told.append(
            locale.text(
                "Tính chất số liệu khác nhau: báo cáo trước có {before}; báo cáo này có {now}.",
                before=kinds[0],
                now=kinds[1],
            )
        )
    told += [
        locale.text(
            "Tỷ lệ toàn quốc về {measure}: báo cáo trước là {before}; báo cáo này là {now}.",
            measure=locale.term(move.fact.measure),
            before=_kind_of(move.earlier, locale),
            now=_kind_of(move.later, locale),
        )
        for move in difference.nation
        if move.of_another_kind and move.fact.identifier == "completion_rate"
    ]
    return told


def _nation(difference: Difference, measure: str, locale: Locale) -> str:
    parts = []
    for move in difference.nation:
        if move.fact.measure != measure or move.fact.identifier not in _SAID:
            continue
        values = move.row(locale) | {"name": locale.text(_SAID[move.fact.identifier])}
        parts.append(
            locale.text("{name} {later} (báo cáo trước {earlier}, {difference})", **values)
            if move.difference
            else locale.text("{name} {later} (báo cáo trước {earlier})", **values)
        )
    if not parts:
        return ""
    return locale.text(
        "Toàn quốc về {measure}: {figures}.", measure=locale.term(measure), figures="; ".join(parts)
    )


def _list(change: ListChange, locale: Locale, most: int | None) -> str:
    parts = [
        locale.text(
            "{list}, về {measure}: {now} địa phương (báo cáo trước {before})",
            list=locale.text(LISTS[change.id]),
            measure=locale.term(change.measure),
            now=change.now,
            before=change.before,
        )
    ]
    if change.entered:
        parts.append(locale.text("mới có {names}", names=_names(change.entered, locale, most)))
    if change.left:
        parts.append(locale.text("không còn {names}", names=_names(change.left, locale, most)))
    return "; ".join(parts) + "."


def _revised(difference: Difference, locale: Locale, most: int | None) -> str:
    moves = difference.revised[:most]
    if not moves:
        return ""
    told = [
        locale.text("{org}, {name}, {period}: {earlier} thành {later}", **move.row(locale)) for move in moves
    ]
    return locale.text(
        "{count} con số của cùng một kỳ khác với báo cáo trước: {figures}.",
        count=locale.integer(len(difference.revised)),
        figures="; ".join([*told, "…"] if len(told) < len(difference.revised) else told),
    )


def _names(orgs: tuple[Org, ...], locale: Locale, most: int | None) -> str:
    names = [locale.name(org) for org in orgs[:most]]
    if rest := len(orgs) - len(names):
        names.append(locale.text("{count} nơi khác", count=rest))
    return locale.join(names)


def _pages(stems: tuple[str, ...], report: Report, locale: Locale, most: int | None) -> str:
    entries = [report.pages[stem] for stem in stems[:most]]
    told = [f"{page_label(entry['page'], locale)} ({locale.text(entry['org_name'])})" for entry in entries]
    return ", ".join([*told, "…"] if len(told) < len(stems) else told)


def _day(report: Report, locale: Locale) -> str:
    return locale.date(date.fromisoformat(report.manifest["as_of"]))


def _kinds(names: Iterable[str], locale: Locale) -> str:
    return locale.join([locale.text(PROVENANCES[name]) for name in PROVENANCES if name in names])


def _kind_of(fact: Fact | None, locale: Locale) -> str:
    if fact is None:
        return MISSING
    return ", ".join(
        [locale.text(PROVENANCES[fact.origin.provenance]), locale.text(VINTAGES[fact.origin.vintage])]
    )
