"""Who answers for what: provinces that missed the target two years running, and those that may."""

from __future__ import annotations

__all__ = ["against_targets", "at_risk", "running", "two_years", "watched"]

from collections.abc import Sequence

import numpy as np
import pandas as pd

from thads_analysis.context import Context
from thads_analysis.glossary import MEASURES
from thads_analysis.locale import MISSING, Locale
from thads_analysis.metrics import (
    by_measure,
    completion_rate,
    gap_prorata,
    meets,
    missed_two_years,
    target_for,
    target_rates,
)
from thads_analysis.org import NATION, Org
from thads_analysis.period import Period
from thads_analysis.report.exhibits import Column, Exhibit
from thads_analysis.report.facts import Fact
from thads_analysis.report.listing import Field, Listing, at, by_org, named, on_page, say_which, who
from thads_analysis.report.lists import below_target
from thads_analysis.report.page import VINTAGES, Page

_FACTS = {
    "eligible": ("eligible", ""),
    "completed": ("completed", ""),
    "rate": ("completion_rate", ""),
    "gap": ("gap_prorata", ""),
}
_PROOF = [
    *_FACTS,
    "target",
    "measure",
    "term",
    "when",
    "period",
    "shown_eligible",
    "shown_completed",
    "whose",
    "vintage",
    "known",
    "missed",
]
_ROWS = 20


def against_targets(page: Page) -> Exhibit:
    """Table of how many provinces are not above their target, by each convention; the lists are annexed."""
    keys = [org.key for org in page.provinces]
    rows = []
    for listing in below_target(page.context, page.locale):
        frame = listing.of(keys).frame
        counts = {"cases": int(frame["misses_cases"].sum()), "money": int(frame["misses_money"].sum())}
        for measure, count in counts.items():
            identifier = f"provinces_{listing.id.removeprefix('tab-').replace('-', '_')}"
            page.state(Fact(identifier, page.org, page.period, measure, count, page.origin(), derived=True))
        both = int((frame["misses_cases"] & frame["misses_money"]).sum())
        rows.append({"name": listing.title, "rule": listing.rule, **counts, "both": both})
    integer = page.locale.integer
    columns = {
        "name": Column(page.text("Cách so với chỉ tiêu"), number=False, wrap=True),
        "cases": Column(page.text("Về việc"), integer),
        "money": Column(page.text("Về tiền"), integer),
        "both": Column(page.text("Cả hai"), integer),
        "rule": Column(page.text("Quy tắc"), number=False, wrap=True),
    }
    note = page.text(
        "Số địa phương. Danh sách từng địa phương ở annex.xlsx. Địa phương không biết chỉ tiêu riêng thì "
        "dùng chỉ tiêu toàn quốc."
    )
    title = page.text("Số địa phương chưa vượt chỉ tiêu, theo ba cách tính đang dùng")
    return page.table("tab-targets", pd.DataFrame(rows), columns, title=title, notes=[note])


def running(page: Page) -> Exhibit:
    """Table of the provinces that missed the target two years running."""
    return on_page(page, two_years(page.context, page.locale), most=_ROWS)


def at_risk(page: Page) -> Exhibit:
    """Table of the provinces that may miss it two years running; at the year's end that is settled."""
    if page.period.months == 12:
        return page.note(page.text("Năm đã hết: hai năm liền không đạt là danh sách trên."))
    return on_page(page, watched(page.context, page.locale), most=_ROWS)


def two_years(context: Context, locale: Locale) -> Listing:
    """Provinces that ended the last two whole years without reaching the target, with the proof."""
    last = context.period if context.period.months == 12 else Period(context.period.fiscal_year - 1, 12)
    before = last.same_period_last_year
    ends = at(context, before, last)
    missed = missed_two_years(ends)
    missed = by_org(missed[missed.index.get_level_values("fiscal_year") == last.fiscal_year])
    listed = missed[missed.fillna(False).any(axis="columns")]
    same = listed[["cases", "money"]].fillna(False)
    basis = [
        say_which(same.loc[[key]], locale)[0]
        if same.loc[key].any()
        else locale.text("mỗi năm một chỉ tiêu khác nhau")
        for key in listed.index
    ]
    rows = _prove(context, locale, [before, last], listed.index)
    # The years that prove it: of the measure missed twice; of any measure where it was not the same.
    pairs = zip(rows.index, rows["measure"], strict=True)
    proves = np.array([bool(same.at[k, m]) or not same.loc[k].any() for k, m in pairs], dtype=bool)
    rows = rows[rows["missed"].astype(bool) & proves]
    rows = rows.assign(basis=pd.Series(basis, listed.index, dtype="str").reindex(rows.index))
    unknown = {
        measure: int(missed[measure].isna().sum()) + len(context.orgs) - len(missed) for measure in MEASURES
    }
    years = {"before": before.fiscal_year, "last": last.fiscal_year}
    notes = [
        locale.text(
            "Không kết luận được vì thiếu số liệu hoặc chỉ tiêu của một trong hai năm: {cases} địa phương về "
            "việc, {money} về tiền.",
            **unknown,
        )
    ]
    notes += _lacking_targets([before, last], locale)
    return Listing(
        "tab-two-years",
        locale.text("Hai năm liền không đạt"),
        locale.text("Hai năm {before}, {last} liền không vượt chỉ tiêu", **years),
        locale.text(
            "Tỷ lệ cả năm không lớn hơn chỉ tiêu của năm đó, cả hai năm: cùng một chỉ tiêu (việc hoặc tiền), "
            "hoặc mỗi năm "
            "một chỉ tiêu. Căn cứ: Công văn 2757/TCTHADS-NV3 ngày 31/7/2023, văn bản không nói rõ cách tính."
        ),
        _proof_fields(locale) | {"basis": Field(locale.text("Hai năm liền về"))},
        rows,
        _FACTS,
        tuple(notes),
    )


def watched(context: Context, locale: Locale) -> Listing:
    """Provinces that missed last year's target and are behind this year's: two years, should it stay so."""
    last = Period(context.period.fiscal_year - 1, 12)
    now = by_org(gap_prorata(at(context, context.period)) <= 0)
    then = by_org(~meets(at(context, last)))
    both = (now & then.reindex(now.index))[list(MEASURES)].fillna(False)
    listed = both[both.any(axis="columns")]
    rows = _prove(context, locale, [last, context.period], listed.index)
    pairs = zip(rows.index, rows["measure"], strict=True)
    keep = np.array([bool(listed.at[key, measure]) for key, measure in pairs], dtype=bool)
    return Listing(
        "tab-watched",
        locale.text("Có thể hai năm liền"),
        locale.text("Năm {last} không vượt chỉ tiêu, năm nay đang chậm tiến độ", last=last.fiscal_year),
        locale.text(
            "Cùng một chỉ tiêu (việc hoặc tiền): tỷ lệ cả năm {last} không lớn hơn chỉ tiêu, và tỷ lệ đến "
            "kỳ này không lớn hơn chỉ tiêu × {months}/12. Cuối năm chưa vượt thì thành hai năm liền.",
            last=last.fiscal_year,
            months=context.period.months,
        ),
        _proof_fields(locale),
        rows[keep],
        _FACTS,
        tuple(_lacking_targets([last, context.period], locale)),
    )


def _prove(context: Context, locale: Locale, periods: Sequence[Period], keys: pd.Index) -> pd.DataFrame:
    """Figures and vintages of some provinces, a row for each measure and period."""
    parts = []
    for measure in MEASURES:
        for when in periods:
            here = at(context, when)
            if here.empty:
                continue
            origin = context.origin_rows[when.fiscal_year, when.months]
            due = target_rates(here) * (when.months / 12)
            rows = pd.DataFrame(
                {
                    "eligible": by_measure(here, "eligible")[measure],
                    "completed": by_measure(here, "completed")[measure],
                    "rate": completion_rate(here)[measure],
                    "target": due[measure],
                    "gap": completion_rate(here)[measure] - due[measure],
                }
            )
            rows = by_org(rows).reindex(keys)
            own = [target_for(when, Org.from_key(key), measure) for key in rows.index]
            # Cases and nghìn đồng share a column; the row says which.
            scale = 1 if measure == "cases" else 1000
            parts.append(
                rows.assign(
                    measure=measure,
                    term=locale.term(measure) if measure == "cases" else locale.text("tiền (nghìn đồng)"),
                    when=when.label(locale.lang),
                    period=str(when),
                    shown_eligible=rows["eligible"] / scale,
                    shown_completed=rows["completed"] / scale,
                    whose=[
                        MISSING
                        if one is None
                        else locale.text("toàn quốc")
                        if one.is_national_fallback
                        else locale.text("riêng")
                        for one in own
                    ],
                    vintage=locale.text(VINTAGES[origin["vintage"]]),
                    known=locale.date(origin["as_of"].date()),
                    missed=(rows["gap"] <= 0).fillna(False),
                )
            )
    frame = pd.concat(parts) if parts else pd.DataFrame(columns=_PROOF)
    place = pd.Series({org.key: i for i, org in enumerate(context.orgs)})
    frame = frame.assign(place=place.reindex(frame.index)).sort_values(["place", "measure", "period"])
    return named(frame)


def _proof_fields(locale: Locale) -> dict[str, Field]:
    return {
        **who(locale),
        "term": Field(locale.text("Về")),
        "when": Field(locale.text("Kỳ")),
        "shown_eligible": Field(locale.heading("eligible"), "cases"),
        "shown_completed": Field(locale.heading("completed"), "cases"),
        "rate": Field(locale.text("Tỷ lệ"), "percent"),
        "target": Field(locale.text("Chỉ tiêu so sánh"), "percent"),
        "gap": Field(locale.text("Chênh lệch (điểm %)"), "points"),
        "whose": Field(locale.text("Chỉ tiêu của")),
        "vintage": Field(locale.text("Loại số")),
        "known": Field(locale.text("Biết đến ngày")),
    }


def _lacking_targets(periods: Sequence[Period], locale: Locale) -> list[str]:
    """Say for which years and measures the nation's target is not known."""
    return [
        locale.text(
            "Không biết chỉ tiêu toàn quốc năm {year} về {measure}: chỉ xét được địa phương biết chỉ tiêu "
            "riêng.",
            year=when.fiscal_year,
            measure=locale.term(measure),
        )
        for when in periods
        for measure in MEASURES
        if target_for(when, NATION, measure) is None
    ]
