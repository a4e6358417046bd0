"""Where the change of the nation's or a group's rate came from: provinces, regions, caseload bands."""

from __future__ import annotations

__all__ = ["contributions", "contributions_chart", "find_contributions", "without_largest"]

from collections.abc import Mapping
from functools import partial
from types import MappingProxyType
from typing import Any

import pandas as pd

from thads_analysis.errors import DataError
from thads_analysis.glossary import MEASURES, N_
from thads_analysis.metrics.peers import caseload_band
from thads_analysis.org import NATION, Org
from thads_analysis.report.change import break_note
from thads_analysis.report.charts.waterfall import Step, waterfall
from thads_analysis.report.exhibits import Column, Exhibit
from thads_analysis.report.facts import Fact, combine
from thads_analysis.report.page import Page
from thads_analysis.trend import change_without_largest, national_rate_change

_MOST = 5
"""How many of the largest rises, and of the largest falls, a waterfall shows by name."""

_REGIONS = (
    N_("Trung du và miền núi phía Bắc"),
    N_("Đồng bằng sông Hồng"),
    N_("Bắc Trung Bộ và duyên hải miền Trung"),
    N_("Tây Nguyên"),
    N_("Đông Nam Bộ"),
    N_("Đồng bằng sông Cửu Long"),
)
_BANDS: Mapping[str, str] = MappingProxyType(
    {
        "to_5000": N_("đến 5.000 việc"),
        "to_10000": N_("trên 5.000 đến 10.000 việc"),
        "to_15000": N_("trên 10.000 đến 15.000 việc"),
        "above_15000": N_("trên 15.000 việc"),
    }
)
_PARTS = ("within", "weights", "change")
_IDENTIFIERS = {"change": "contribution"}


def find_contributions(page: Page, by: str = "province", *, across: bool = False) -> pd.DataFrame | None:
    """Split the change of the page's rate on the same period over its provinces, and state every part.

    Parameters
    ----------
    page : Page
        Of the nation or a group.
    by : {"province", "region", "band"}
    across : bool, default False
        Compare over a break in definition too.

    Returns
    -------
    DataFrame or None
        Index ``name, measure``; columns of `national_rate_change`, with ``weights`` the sum of its
        parts that are not ``within``. None for a province, for a group by anything but its provinces,
        where nothing was reported a year before, and over a break.
    """
    base = page.period.same_period_last_year
    divided = {"nation": ("province", "region", "band"), "group": ("province",)}.get(page.org.level, ())
    if by not in divided or (not across and break_note(page, base, page.period)):
        return None
    panel, groups = page.context.members(page.org), None
    try:
        if by != "province":
            groups = _group(page, by)
            panel = panel[panel.index.get_level_values("org").isin(groups.index)]
        split = national_rate_change(panel, page.period, base, groups)
    except DataError:  # the same period of last year is not in the store: the page says so where it splits
        return None
    if split["change"].isna().all():
        return None
    names, origin = _order(page, by, split.index.unique(0)), combine(page.origin(), page.origin(base))
    split = split.assign(weights=split["between"] + split.get("inside", 0))
    for key in names:
        prefix, org = ("", Org.from_key(key)) if by == "province" else (f"{by}:{key}:", page.org)
        for measure in MEASURES:
            for part in [c for c in ("within", "inside", "between", "change") if c in split]:
                identifier = f"{prefix}{_IDENTIFIERS.get(part, part)}_effect"
                value: Any = split.at[(key, measure), part]
                if pd.notna(value):
                    page.state(Fact(identifier, org, page.period, measure, value, origin, derived=True))
    rows = [(key, measure) for key in names for measure in MEASURES]
    split = split.loc[rows].rename(index=names, level=0)
    return split.rename_axis(index=["name", "measure"])


def contributions_chart(page: Page, by: str, *, across: bool = False) -> Exhibit | None:
    """Draw what provinces, regions or caseload bands add to the change of the rate."""
    if by == "region" and page.org == NATION and not _has_regions(page):
        return page.note(
            page.text(
                "Danh sách 34 tỉnh, thành phố trong bộ số liệu này chưa phân vùng, nên không tách theo vùng."
            )
        )
    split = find_contributions(page, by, across=across)
    if split is None:
        return None
    show = partial(page.locale.points, unit=False)
    panels, ends = {}, []
    for measure in MEASURES:
        parts = split["change"].xs(measure, level="measure").dropna().astype(float)
        if parts.empty:
            continue
        ordered = _fold_middle(page, parts.sort_values(ascending=False)) if by == "province" else parts
        panels[page.text("{measure} (điểm %)", measure=page.locale.heading(measure))] = [
            *(Step(_capital(str(name)), 100 * value, show(value)) for name, value in ordered.items()),
            Step(page.text("Tỷ lệ thay đổi"), 100 * parts.sum(), show(parts.sum()), total=True),
        ]
        ends.append(
            page.text(
                "về {measure}, {high} ({high_points}) kéo lên nhiều nhất, {low} ({low_points}) kéo xuống "
                "nhiều nhất",
                measure=page.locale.term(measure),
                high=parts.idxmax(),
                high_points=show(parts.max()),
                low=parts.idxmin(),
                low_points=show(parts.min()),
            )
            if parts.max() > 0 > parts.min()
            else page.text(
                "về {measure}, đóng góp từ {low_points} ({low}) đến {high_points} ({high})",
                measure=page.locale.term(measure),
                high=parts.idxmax(),
                high_points=show(parts.max()),
                low=parts.idxmin(),
                low_points=show(parts.min()),
            )
        )
    told = "; ".join(ends)
    return page.chart(
        f"fig-by-{by}",
        waterfall(panels, beside=by != "province"),
        title=told[:1].upper() + told[1:],
        subtitle=_subtitle(page, by),
        alt=page.text("Biểu đồ thác nước: {told}. Số liệu đầy đủ ở bảng bên dưới.", told=told),
        frame=split,
    )


def contributions(page: Page, by: str, *, across: bool = False) -> Exhibit | None:
    """Table of what each province, region or caseload band adds: by its rate, by its weight."""
    split = find_contributions(page, by, across=across)
    if split is None:
        return None
    by_measure = {m: split.xs(m, level="measure") for m in MEASURES}
    columns_of = {f"{m}_{part}": by_measure[m][part] for m in MEASURES for part in _PARTS}
    wide = pd.DataFrame(columns_of, index=split.index.unique(level="name"))
    missing = wide.index[wide.isna().all(axis=1).to_numpy(bool)]
    wide = wide.drop(index=missing)
    if by == "province":
        wide = wide.sort_values("cases_change", ascending=False)
    total = pd.DataFrame([wide.sum()], index=[page.text("Cộng")])
    rows = pd.concat([total, wide])
    rows.insert(0, "name", [_capital(str(name)) for name in rows.index])
    points = lambda value: page.locale.points(value, unit=False)  # noqa: E731 - a column's form
    heads = {
        "within": page.text("tỷ lệ riêng"),
        "weights": page.text("tỷ trọng"),
        "change": page.text("cộng"),
    }
    columns = {"name": Column(_head(page, by), number=False)} | {
        f"{measure}_{part}": Column(f"{page.locale.heading(measure)}: {heads[part]}", points)
        for measure in MEASURES
        for part in _PARTS
    }
    first = by == ("province" if page.org != NATION else "region" if _has_regions(page) else "band")
    explained = [
        page.text(
            "Tách theo Kitagawa (1955), điểm %: phần tỷ lệ riêng là do tỷ lệ của từng địa phương thay đổi; "
            "phần tỷ trọng là do phần của địa phương trong tổng số có điều kiện thay đổi, tính từ mức chung. "
            "Phần của nhóm bằng tổng các phần của địa phương trong nhóm."
        )
    ]
    notes = explained if first else []
    if by == "band":
        notes.append(
            page.text(
                "Nhóm theo số việc phải thi hành của kỳ này, dùng cho cả việc và tiền; các mốc theo chỉ tiêu "
                "của đợt cao điểm năm 2022 (thads.moj.gov.vn, ChiDaoDieuHanh 3899, 15/4/2022)."
            )
        )
    if len(missing):
        notes.append(
            page.text(
                "Không tính vì thiếu số liệu ở một trong hai kỳ: {names}.",
                names=page.locale.join([str(name) for name in missing]),
            )
        )
    return page.table(
        f"tab-by-{by}",
        rows,
        columns,
        title=_subtitle(page, by),
        notes=notes,
        row_class=lambda name: "nation" if name == total.index[0] else "",
    )


def without_largest(page: Page, *, across: bool = False) -> Exhibit | None:
    """Table of the change of the money rate with and without the provinces that complete the most."""
    base = page.period.same_period_last_year
    if page.org != NATION or (not across and break_note(page, base, page.period)):
        return None
    try:
        split = change_without_largest(page.context.panel, page.period, base, "money")
    except DataError:
        return None
    names, origin = (
        {org.key: org.name for org in page.context.orgs},
        combine(page.origin(), page.origin(base)),
    )
    effects = ("change", "numerator_effect", "denominator_effect", "within", "between")
    for k, row in split.iterrows():
        for part in effects:
            identifier = f"without_{k}:{part}{'' if part.endswith('_effect') else '_effect'}"
            fact = Fact(identifier, page.org, page.period, "money", row[part], origin, derived=True)
            page.state(fact)
    who = [
        page.locale.counted("trừ {number} đơn vị lớn nhất", k) if k else page.text("cả nước")
        for k in split.index
    ]
    points = lambda value: page.locale.points(value, unit=False)  # noqa: E731 - a column's form
    columns = {
        "who": Column(page.text("Phạm vi"), number=False),
        "base_rate": Column(page.text("Cùng kỳ"), page.locale.percent),
        "rate": Column(page.text("Kỳ này"), page.locale.percent),
        "change": Column(page.text("Thay đổi (điểm %)"), points),
        "numerator_effect": Column(page.text("Do số thi hành xong"), points),
        "denominator_effect": Column(page.text("Do số có điều kiện"), points),
        "within": Column(page.text("Do tỷ lệ riêng"), points),
        "between": Column(page.text("Do tỷ trọng"), points),
    }
    return page.table(
        "tab-change-without-largest",
        split.assign(who=[_capital(name) for name in who]),
        columns,
        title=page.text("Thay đổi của tỷ lệ về tiền khi không tính các đơn vị lớn nhất"),
        notes=[
            page.text(
                "Đơn vị lớn nhất theo số tiền thi hành xong kỳ này, giống nhau ở cả hai kỳ: {names}. Hai "
                "cách tách, mỗi cách cộng lại bằng thay đổi.",
                names=page.locale.join([names[key] for key in split["orgs"].iloc[-1]]),
            )
        ],
    )


def _group(page: Page, by: str) -> pd.Series[str]:
    """Region or caseload band of every province that has one."""
    if by == "region":
        return pd.Series(
            {org.key: org.region for org in page.context.orgs if org.region}, name=by, dtype="str"
        )
    base = page.period.same_period_last_year
    now, then = (page.context.at(period)["cases", "due"] for period in (page.period, base))
    return caseload_band(now.combine_first(then).dropna().astype("Float64")).rename(by)


def _has_regions(page: Page) -> bool:
    return any(org.region for org in page.context.orgs)


def _capital(name: str) -> str:
    return name[:1].upper() + name[1:]


def _order(page: Page, by: str, keys: pd.Index[Any]) -> dict[str, str]:
    """Names of what a change is split by, under their keys, in the order in which they stand."""
    if by == "province":
        names = {org.key: org.name for org in page.context.orgs}
    elif by == "region":
        names = {region: page.text(region) for region in _REGIONS}
    else:
        names = {band: page.text(text) for band, text in _BANDS.items()}
    return {key: name for key, name in names.items() if key in keys}


def _fold_middle(page: Page, parts: pd.Series[float]) -> pd.Series[float]:
    """Keep the largest and the smallest by name, and sum the others between them."""
    others = parts.iloc[_MOST:-_MOST]
    if len(others) < 2:
        return parts
    label = page.text("{number} địa phương khác", number=page.locale.integer(len(others)))
    middle = pd.Series({label: others.sum()})
    return pd.concat([parts.iloc[:_MOST], middle, parts.iloc[-_MOST:]])


def _head(page: Page, by: str) -> str:
    return {
        "province": page.text("Địa phương"),
        "region": page.text("Vùng"),
        "band": page.text("Nhóm theo số việc phải thi hành"),
    }[by]


def _subtitle(page: Page, by: str) -> str:
    return {
        "province": page.text("Đóng góp của từng địa phương vào thay đổi của tỷ lệ so với cùng kỳ"),
        "region": page.text("Đóng góp của từng vùng vào thay đổi của tỷ lệ so với cùng kỳ"),
        "band": page.text(
            "Đóng góp của từng nhóm theo số việc phải thi hành vào thay đổi của tỷ lệ so với cùng kỳ"
        ),
    }[by]
