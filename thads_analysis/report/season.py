"""The season on the trend page: the usual month, Tết and other known effects, changes nobody named."""

from __future__ import annotations

__all__ = ["changes", "effects", "notes", "season"]

from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from thads_analysis.glossary import MEASURES, N_
from thads_analysis.locale import MISSING
from thads_analysis.report.charts.season import structure_panels
from thads_analysis.report.exhibits import Column, Exhibit
from thads_analysis.report.facts import Fact
from thads_analysis.report.page import Page
from thads_analysis.trend import (
    REASONS,
    ChangesResult,
    SeasonResult,
    StructuralResult,
    calendar_index,
    decompose_season,
    find_changes,
    fit_structure,
    named_events,
)

_YEAR = 12
_COMPARED_MONTHS = 24
_SURE = 0.05
_NAMES = {
    "tet": N_("Tết rơi trọn vào một tháng"),
    "working_day": N_("Thêm một ngày làm việc"),
    "slope": N_("Mỗi năm, ngoài các yếu tố trên"),
}
_KINDS = {"level": N_("đổi mức"), "slope": N_("đổi độ dốc, mỗi năm")}


class _Study(NamedTuple):
    """What was found in the monthly completions of one measure."""

    structure: StructuralResult
    second: SeasonResult  # STL on the scale of the model
    factor: pd.Series[float]  # what STL's season multiplies or adds
    changes: ChangesResult


def season(page: Page, measure: str) -> Exhibit:
    """Draw trend and season of monthly completions with intervals, or the level and why no season."""
    study = _study(page, measure)
    found, term = study.structure, page.locale.term(measure)
    for row in found.season.reset_index().to_dict("records"):
        _record(page, found.scale, f"season_{row['months']:02d}", measure, row)
    title = _tell_peak(page, found, measure)
    how = (
        page.text(REASONS[found.reason], months=found.months)
        if found.reason
        else page.text("mô hình cấu trúc trên {months} tháng", months=found.months)
    )
    return page.chart(
        f"fig-season-{measure}",
        structure_panels(found, _second_season(study), measure, page.locale),
        title=title,
        subtitle=page.text(
            "Xám: số đã báo cáo; nét đứt: sau khi bỏ mùa vụ, Tết và số ngày làm việc; đậm: xu hướng với "
            "khoảng 95%; dấu nhân: tháng quá khác thường. Cột: mùa vụ 12 tháng cuối với khoảng 95%; hình "
            "thoi: theo STL. Cách tính: {how}",
            how=how,
        ),
        alt=page.text(
            "Số thi hành xong từng tháng về {measure} với xu hướng, và mùa vụ của mười hai tháng. {title}.",
            measure=term,
            title=title,
        ),
        frame=found.frame,
    )


def _tell_peak(page: Page, found: StructuralResult, measure: str) -> str:
    term = page.locale.term(measure)
    if found.season.empty:
        return page.text("Về {measure}: chưa tách được mùa vụ", measure=term)
    ranked = found.season.astype("float").sort_values("estimate", ascending=False)
    first, second = ranked.to_dict("records")[:2]
    months = [page.locale.month(int(month), full=True) for month in ranked.index[:2]]
    told = page.text(
        "Về {measure}: {month} thường cao nhất, so với xu hướng {size} (khoảng 95%: {low} đến {high})",
        measure=term,
        month=months[0],
        **_show_row(page, found.scale, measure, first),
    )
    if second["high"] < first["low"]:
        return told
    return page.text("{told}; chưa chắc hơn {month}", told=told, month=months[1])


def effects(page: Page) -> Exhibit:
    """Table of what Tết, a working day, a year and each named event do to a month's completions."""
    studies = {measure: _study(page, measure).structure for measure in MEASURES}
    known = {measure: found for measure, found in studies.items() if not found.reason}
    if not known:
        return page.note(page.text("Chưa ước lượng được tác động của Tết, ngày làm việc và các sự kiện."))
    events, rows = named_events(), []
    order = list(dict.fromkeys(name for found in known.values() for name in found.effects.index))
    for name in [*(n for n in order if n != "slope"), "slope"]:
        label = _NAMES.get(name) or events.loc[name, "label"]
        row = {"name": page.text(label)}
        for measure in MEASURES:
            row |= {f"{measure}_size": MISSING, f"{measure}_span": MISSING}
            if measure in known and name in known[measure].effects.index:
                found = known[measure]
                effect = found.effects.loc[name].to_dict()
                _record(page, found.scale, name, measure, effect)
                shown = _show_row(page, found.scale, measure, effect)
                row[f"{measure}_size"] = shown["size"]
                row[f"{measure}_span"] = page.text("{low} đến {high}", low=shown["low"], high=shown["high"])
        rows.append(row)
    return page.table(
        "tab-season-effects",
        pd.DataFrame(rows),
        {
            "name": Column(page.text("Yếu tố"), number=False, wrap=True),
            "cases_size": Column(page.locale.heading("cases")),
            "cases_span": Column(page.text("Khoảng 95%")),
            "money_size": Column(page.locale.heading("money")),
            "money_span": Column(page.text("Khoảng 95%")),
        },
        title=_tell_tet(page, known),
        notes=[
            page.text(
                "Chênh lệch của số thi hành xong trong tháng so với khi không có yếu tố đó. Khoảng 95% chứa "
                "số 0: số liệu chưa cho thấy tác động. Dấu gạch: không tách riêng được."
            ),
            page.text(
                "Tại một lần đổi quy định thống kê, con số là chênh lệch giữa hai cách đếm, không nói rằng "
                "kết quả công việc thay đổi."
            ),
        ],
    )


def _tell_tet(page: Page, known: dict[str, StructuralResult]) -> str:
    """Say what Tết does, where the figures show it."""
    told = []
    for measure, found in known.items():
        tet = found.effects.reindex(["tet"]).iloc[0].to_dict()
        if pd.notna(tet["p_value"]) and tet["p_value"] < _SURE:
            shown = _show_row(page, found.scale, measure, tet)
            told.append(
                page.text("về {measure} {size}", measure=page.locale.term(measure), size=shown["size"])
            )
    if not told:
        return page.text("Số liệu chưa cho thấy rõ tác động của Tết đến kết quả trong tháng")
    return page.text(
        "Tháng có trọn kỳ nghỉ Tết, so với tháng đó không có Tết: {told}", told=page.locale.join(told)
    )


def notes(page: Page) -> Exhibit:
    """Say what the fits could not use or tell, where two methods disagree, and what they warned of."""
    sentences = [text for measure in MEASURES for text in _tell_fit(page, measure, _study(page, measure))]
    return page.note(
        page.text(
            "Mùa vụ, Tết, số ngày làm việc và các sự kiện được tách bằng mô hình cấu trúc; STL là cách tính "
            "thứ hai, không biết Tết và ngày làm việc, để đối chiếu. Khoảng 95% gồm cả việc chưa biết xu "
            "hướng và mùa vụ thay đổi nhanh hay chậm."
        ),
        *sentences,
    )


def _tell_fit(page: Page, measure: str, study: _Study) -> list[str]:
    found, locale, term = study.structure, page.locale, page.locale.term(measure)
    labels = named_events()["label"]
    if found.reason:
        why = page.text(REASONS[found.reason], months=found.months)
        return [page.text("Về {measure}: {why}; chỉ nêu mức (trung vị).", measure=term, why=why)]
    told = []
    if found.cut:
        event = page.text(labels[found.cut])
        told.append(
            page.text("không dùng số trước {event}, vì trước đó chưa đủ một năm số liệu", event=event)
        )
    inside = found.frame.loc[found.first : found.last, "observed"]
    if gaps := int(inside.isna().sum()):
        told.append(page.text("thiếu số của {months} tháng, để trống", months=gaps))
    if found.odd:
        told.append(
            page.text(
                "số của tháng {months} quá khác thường, không dùng để ước lượng",
                months=_months(page, found.odd),
            )
        )
    if found.left_out:
        names = locale.join([page.text(_NAMES.get(name) or labels[name]) for name in found.left_out])
        told.append(page.text("không tách riêng được: {names}", names=names))
    apart = _find_disagreement(study)
    if outside := int(apart["outside"].sum()):
        far = apart.reset_index(names="month").sort_values("distance").to_dict("records")[-1]
        told.append(
            page.text(
                "số đã bỏ mùa vụ theo STL nằm ngoài khoảng 95% của mô hình ở {outside} trong {months} tháng "
                "gần nhất, xa nhất là tháng {month}: {second} so với {first}",
                outside=outside,
                months=len(apart),
                month=_month(far["month"]),
                second=locale.amount(round(far["second"]), measure),
                first=locale.amount(round(far["adjusted"]), measure),
            )
        )
    said = dict.fromkeys((*found.warnings, *study.second.warnings))
    if said:
        told.append(page.text("phép tính có cảnh báo: {said}", said="; ".join(said)))
    if not told:
        return []
    return [page.text("Về {measure}: {told}.", measure=term, told="; ".join(told))]


def changes(page: Page) -> Exhibit:
    """Table of changes of level or slope that no named event explains, or a word that there is none."""
    rows, told = [], []
    labels = named_events()["label"]
    for measure in MEASURES:
        found, term = _study(page, measure).changes, page.locale.term(measure)
        if found.p_value is None:
            why = page.text(REASONS[found.reason], months=_study(page, measure).structure.months)
            told.append(page.text("về {measure} không kiểm định được, {why}", measure=term, why=why))
            continue
        _state(page, "p_change_level_slope", measure, found.p_value)
        if found.changes.empty:
            chance = page.locale.decimal(found.p_value, 3)
            told.append(page.text("về {measure} không thấy (p = {chance})", measure=term, chance=chance))
        for number, row in enumerate(found.changes.to_dict("records"), 1):
            _record(page, found.scale, f"change_{number}", measure, row)
            shown = _show_row(page, found.scale, measure, row)
            names = [page.text(labels[event]) for event in row["events"].split(", ") if event]
            rows.append(
                {
                    "name": page.locale.heading(measure),
                    "month": _month(row["month"]),
                    "span": page.text(
                        "{first} đến {last}", first=_month(row["first"]), last=_month(row["last"])
                    ),
                    "kind": page.text(_KINDS[row["kind"]]),
                    "size": shown["size"],
                    "size_span": page.text("{low} đến {high}", low=shown["low"], high=shown["high"]),
                    "p": page.locale.decimal(row["p_value"], 3),
                    "events": ", ".join(names) or MISSING,
                }
            )
    none = page.text(
        "Thay đổi mức hoặc độ dốc của số thi hành xong ngoài các sự kiện đã biết: {told}.",
        told="; ".join(told),
    )
    if not rows:
        return page.note(none)
    return page.table(
        "tab-changes",
        pd.DataFrame(rows),
        {
            "name": Column(page.text("Loại"), number=False),
            "month": Column(page.text("Từ tháng")),
            "span": Column(page.text("Khoảng 95% của tháng"), wrap=True),
            "kind": Column(page.text("Thay đổi"), number=False, wrap=True),
            "size": Column(page.text("Cỡ")),
            "size_span": Column(page.text("Khoảng 95%"), wrap=True),
            "p": Column(page.text("p")),
            "events": Column(page.text("Sự kiện cùng lúc"), number=False, wrap=True),
        },
        title=page.text("Thay đổi mức hoặc độ dốc mà không sự kiện nào đã biết giải thích hết"),
        notes=[
            *([none] if told else []),
            page.text(
                "Kiểm định tỷ số hợp lý lớn nhất qua mọi tháng; p là xác suất thấy một thay đổi rõ như vậy "
                "khi không có gì thay đổi, tính từ 999 chuỗi mô phỏng. Kết quả chỉ ra lúc nào, không chỉ ra "
                "vì sao."
            ),
        ],
    )


def _study(page: Page, measure: str) -> _Study:
    """Study a measure once for all exhibits of the page."""
    series = page.own_flows()[measure, "completed"]
    return _study_series(
        tuple(calendar_index(series).astype(str)), tuple(series.to_numpy(float, na_value=np.nan))
    )


@lru_cache(maxsize=4)
def _study_series(months: tuple[str, ...], values: tuple[float, ...]) -> _Study:
    series = pd.Series(values, pd.PeriodIndex(list(months), freq="M"), dtype="float64")
    structure = fit_structure(series)
    if structure.scale == "multiplicative":
        second = decompose_season(series.where(series > 0).map(np.log, na_action="ignore"))
        factor = second.frame["seasonal"].astype("float").map(np.exp)
    else:
        second = decompose_season(series)
        factor = second.frame["seasonal"].astype("float")
    return _Study(structure, second, factor, find_changes(series))


def _second_season(study: _Study) -> pd.Series[float] | None:
    """Season of the last twelve months by STL, as the structural model gives it."""
    last = study.factor.dropna().tail(_YEAR)
    if last.empty or study.structure.season.empty:
        return None
    size = last - 1 if study.structure.scale == "multiplicative" else last
    months = pd.PeriodIndex(last.index).month
    return pd.Series(size.to_numpy(), pd.Index((months + 2) % _YEAR + 1, name="months")).sort_index()


def _find_disagreement(study: _Study) -> pd.DataFrame:
    """Compare adjusted figures of the last two years: whether STL's lies outside the model's interval."""
    frame = study.structure.frame[["observed", "adjusted", "adjusted_low", "adjusted_high"]].astype("float")
    factor = study.factor.reindex(frame.index)
    multiplicative = study.structure.scale == "multiplicative"
    second = frame["observed"] / factor if multiplicative else frame["observed"] - factor
    both = frame.assign(second=second).tail(_COMPARED_MONTHS).dropna()
    outside = (both["second"] < both["adjusted_low"]) | (both["second"] > both["adjusted_high"])
    return both.assign(outside=outside, distance=(both["second"] - both["adjusted"]).abs())


def _month(month: pd.Period) -> str:
    return f"{month.month}/{month.year}"


def _months(page: Page, months: tuple[pd.Period, ...]) -> str:
    return page.locale.join([_month(month) for month in months])


def _show_row(page: Page, scale: str, measure: str, row: Any) -> dict[str, str]:
    """Print an estimate and the ends of its interval."""

    def show(value: float) -> str:
        if scale == "multiplicative":
            return page.locale.percent(value, 1, signed=True)
        return page.locale.amount(round(value), measure, signed=True)

    return {"size": show(row["estimate"]), "low": show(row["low"]), "high": show(row["high"])}


def _record(page: Page, scale: str, name: str, measure: str, row: Any) -> None:
    """Record an estimate, its interval and its p-value."""
    kind = "pct" if scale == "multiplicative" else "in_month"
    for suffix, key in (("", "estimate"), ("_low", "low"), ("_high", "high")):
        _state(page, f"{name}{suffix}_{kind}", measure, row[key])
    if "p_value" in row:
        _state(page, f"p_{name}", measure, row["p_value"])


def _state(page: Page, identifier: str, measure: str, value: float) -> None:
    page.state(Fact(identifier, page.org, page.period, measure, value, page.origin(), derived=True))
