"""Is the province different: its place in the funnel, its rank with an interval, its peers."""

from __future__ import annotations

__all__ = ["Difference", "funnel", "funnel_method", "peers", "rank_history", "state_difference"]

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from thads_analysis.errors import DataError
from thads_analysis.glossary import MEASURES
from thads_analysis.metrics.funnel import funnel_limits, place
from thads_analysis.metrics.peers import BANDS
from thads_analysis.metrics.rates import by_measure
from thads_analysis.metrics.spread import Spread, money_limits
from thads_analysis.org import NATION, Org
from thads_analysis.report.charts.funnel import funnel_chart
from thads_analysis.report.charts.history import rank_lines
from thads_analysis.report.exhibits import Column, Exhibit
from thads_analysis.report.facts import Fact
from thads_analysis.report.page import Page
from thads_analysis.report.verdicts import rank_phrase

_Limits = Callable[[NDArray[np.float64]], pd.DataFrame]


@dataclass(frozen=True)
class Difference:
    """What sets a province apart on one measure: ``place`` is one of `metrics.funnel.place`."""

    place: str
    z: Fact
    rank: Fact
    best: Fact
    worst: Fact
    out_of: int


def state_difference(page: Page) -> dict[str, Difference]:
    """Record where the province stands among the others; a measure that cannot be compared is left out."""
    found = {}
    ranks = _ranks(page)
    for measure, frame in _placed(page).items():
        if page.org.key not in frame.index:
            continue
        row: dict[Any, Any] = frame.assign(place=place(frame)).loc[page.org.key].to_dict()
        key = (measure, page.period.fiscal_year, page.org.key)
        held = key in ranks.index
        rank: dict[str, Any] = {name: ranks.at[key, name] for name in ranks.columns} if held else {}
        page.conclude("funnel", row["place"], org=page.org, measure=measure)
        _own(page, "p_funnel", measure, row["p"])
        _own(page, "rank_out_of", measure, rank.get("rank_out_of"))
        found[measure] = Difference(
            place=row["place"],
            z=_own(page, "funnel_z", measure, row["z"]),
            rank=_own(page, "rank", measure, rank.get("rank")),
            best=_own(page, "rank_best", measure, rank.get("rank_best")),
            worst=_own(page, "rank_worst", measure, rank.get("rank_worst")),
            out_of=int(rank.get("rank_out_of", 0)),
        )
    return found


def funnel(page: Page) -> Exhibit:
    """Draw every province between the control limits, the page's own marked."""
    placed, locale = _placed(page), page.locale
    if not placed:
        return page.note(
            page.text("Chưa so sánh được các địa phương với nhau: quá ít địa phương có số liệu kỳ này.")
        )
    difference = state_difference(page)
    limits = {measure: _limits_of(measure, frame) for measure, frame in placed.items()}
    beyond = {}
    for measure, frame in placed.items():
        scores = frame[["z", "p"]].rename(columns={"z": "funnel_z", "p": "p_funnel"})
        outside = place(frame).isin(["above_998", "below_998"])
        page.record(scores[outside | (frame.index == page.org.key)], measure)
        for name in ("lower_95", "upper_95", "lower_998", "upper_998"):
            if page.org.key in frame.index:
                _own(page, f"funnel_{name}", measure, frame.at[page.org.key, name])
        beyond[measure] = int(outside.sum())
        _own(page, "funnel_centre_rate", measure, frame.attrs["centre"])
        _own(page, "funnel_beyond", measure, beyond[measure])
    shown = "; ".join(
        page.text(
            "{measure}: {where}",
            measure=locale.heading(measure),
            where=_where(page, one.place),
        )
        for measure, one in difference.items()
    )
    names = {org.key: org.name for org in page.context.orgs}
    return page.chart(
        "fig-funnel",
        funnel_chart(placed, limits, page.org.key, names, locale),
        title=shown or page.text("Không có số liệu của địa phương để so sánh"),
        subtitle=page.text(
            "Mỗi chấm là một địa phương: tỷ lệ thi hành xong theo quy mô. Thoi xanh: {org}; đường chấm: mức "
            "giữa; nét đứt và nét liền: giới hạn 95% và 99,8%; chấm đặc: ngoài giới hạn 99,8%",
            org=page.org.name,
        ),
        alt=page.text(
            "Biểu đồ phễu của {count} địa phương. {shown}. Ngoài giới hạn 99,8%: {beyond}.",
            count=max(len(frame) for frame in placed.values()),
            shown=shown,
            beyond=", ".join(
                f"{locale.term(measure)} {locale.integer(count)}" for measure, count in beyond.items()
            ),
        ),
        frame=pd.concat(placed, names=["measure"]),
    )


def funnel_method(page: Page) -> Exhibit:
    """Say how the limits of the funnel are made, with the estimates behind them."""
    placed, lines = _placed(page), []
    if "cases" in placed:
        about = placed["cases"].attrs
        lines.append(
            page.text(
                "Về việc: giới hạn gồm dao động ngẫu nhiên của số việc (nhị thức) và phần chênh lệch "
                "thường có giữa các địa phương (mô hình cộng thêm của Spiegelhalter 2005; φ = {phi}, τ = "
                "{tau}); mức giữa là tỷ lệ chung {centre}.",
                phi=page.locale.decimal(about["phi"], 1),
                tau=page.locale.points(about["tau2"] ** 0.5, signed=False),
                centre=page.locale.percent(about["centre"]),
            )
        )
        _own(page, "funnel_phi", "cases", about["phi"])
        _own(page, "funnel_tau_points", "cases", about["tau2"] ** 0.5)
    if "money" in placed:
        about = placed["money"].attrs
        lines.append(
            page.text(
                "Về tiền: một vài vụ lớn có thể làm đổi tỷ lệ, nên không dùng nhị thức mà so trên thang "
                "logit quanh trung vị của các địa phương ({centre}); độ rộng của giới hạn phụ thuộc số "
                "tiền có điều kiện, ước lượng bền vững từ {points} tỷ lệ cùng kỳ của {years} năm.",
                centre=page.locale.percent(about["centre"]),
                points=about["points"],
                years=about["years"],
            )
        )
    lines.append(
        page.text(
            "Nằm ngoài giới hạn là lý do để hỏi, không phải kết luận về chất lượng: số việc có điều kiện, "
            "loại việc và cách phân loại cũng làm tỷ lệ khác nhau."
        )
    )
    return page.note(*lines)


def rank_history(page: Page) -> Exhibit:
    """Draw the province's rank at the same months of each year, with its interval."""
    ranks = _ranks(page)
    mine = ranks[ranks.index.get_level_values("org") == page.org.key].droplevel("org")
    if mine.empty or mine["rank_best"].isna().all():
        return page.note(
            page.text(
                "Không nêu thứ hạng: chưa đủ số liệu các năm trước để biết thứ hạng có thể dao động bao "
                "nhiêu."
            )
        )
    for name in ("rank", "rank_best", "rank_worst"):
        history = mine[name].unstack("measure").reindex(columns=list(MEASURES))
        history.index = pd.MultiIndex.from_product(
            [history.index, [page.period.months]], names=["fiscal_year", "months"]
        )
        page.record_history(history, name)
    difference = state_difference(page)
    phrases = {
        measure: rank_phrase(page.locale, one.rank, one.best, one.worst, one.out_of)
        for measure, one in difference.items()
    }
    shown = "; ".join(
        page.text("về {measure} {rank}", measure=page.locale.term(measure), rank=phrase)
        for measure, phrase in phrases.items()
    )
    return page.chart(
        "fig-rank",
        rank_lines(mine, int(mine["rank_out_of"].max()), page.locale),
        title=shown[:1].upper() + shown[1:],
        subtitle=page.text(
            "Hạng theo tỷ lệ thi hành xong, cùng số tháng của mỗi năm; hạng 1 ở trên cùng. Vạch dọc: khoảng "
            "95% của hạng nếu năm đó lặp lại với mức dao động thường có từ năm này qua năm khác"
        ),
        alt=page.text(
            "Hạng của {org} theo năm, kèm khoảng 95%. Kỳ này {shown}.", org=page.org.name, shown=shown
        ),
        frame=mine,
    )


def peers(page: Page) -> Exhibit:
    """Table of the rates of the province and of those it can fairly be held against."""
    try:
        mine = page.context.peers
    except DataError:
        mine = pd.DataFrame(columns=["org", "kind", "peer", "distance"])
    mine = mine[mine["org"] == page.org.key]
    if mine.empty:
        return page.note(
            page.text("Chưa so được với các địa phương tương đồng: quá ít địa phương có số liệu.")
        )
    figures = page.figures()
    rates = {measure: page.state(figures("completion_rate", measure)) for measure in MEASURES}
    nation = {measure: page.state(page.figures(NATION)("completion_rate", measure)) for measure in MEASURES}
    rows = [
        {"name": page.org.name}
        | {m: fact.show(page.locale) for m, fact in rates.items()}
        | dict.fromkeys((f"{m}_points" for m in MEASURES), "–"),
        {"name": page.text("Toàn quốc")} | _compared(page, "nation", rates, nation),
    ]
    counts = page.context.at(page.period)
    groups = {str(kind): list(group["peer"]) for kind, group in mine.groupby("kind")}
    for kind in (kind for kind in ("own", "region", "band", "nearest") if kind in groups):
        pooled = {m: _pool(page, counts, kind, m, groups[kind]) for m in MEASURES}
        rows.append(
            {"name": _name_kind(page, kind, len(groups[kind]))} | _compared(page, kind, rates, pooled)
        )
    notes = [
        page.text(
            "Giống nhất: {names}.",
            names=", ".join(Org.from_key(key).name for key in groups.get("nearest", ())),
        ),
        page.text(
            "Tỷ lệ của mỗi nhóm tính từ tổng số của các địa phương khác trong nhóm. Địa phương giống nhất có "
            "khoảng cách chuẩn hóa nhỏ nhất theo số việc phải thi hành, tỷ lệ có điều kiện và số tiền bình "
            "quân một việc."
        ),
    ]
    if not page.org.region:
        notes.append(page.text("Danh mục 34 tỉnh, thành phố không có phân vùng nên không so theo vùng."))
    columns = {"name": Column(page.text("So với"), number=False, wrap=True)}
    for measure in MEASURES:
        columns[measure] = Column(page.text("{measure}: tỷ lệ", measure=page.locale.heading(measure)))
        columns[f"{measure}_points"] = Column(page.text("Hơn, kém (điểm %)"))
    return page.table(
        "tab-peers",
        pd.DataFrame(rows),
        columns,
        title=page.text("So với các địa phương tương đồng"),
        notes=notes,
        facts=[*rates.values(), *nation.values()],
        row_class=lambda label: "own" if label == 0 else "nation" if label == 1 else "",
    )


def _compared(page: Page, kind: str, own: dict[str, Fact], others: dict[str, Fact]) -> dict[str, str]:
    """Rates of others and how far the province is above or below, as cells."""
    cells = {}
    for measure, other in others.items():
        known = own[measure].known and other.known
        points = own[measure].value - other.value if known else None
        gap = _own(page, f"over_{kind}_points", measure, points)
        cells[measure] = other.show(page.locale)
        cells[f"{measure}_points"] = page.locale.points(gap.value, unit=False) if gap.known else "–"
    return cells


def _pool(page: Page, counts: pd.DataFrame, kind: str, measure: str, keys: list[str]) -> Fact:
    """Rate of the summed counts of some provinces; missing when one of them lacks a figure."""
    part = counts.reindex(keys)
    completed, eligible = (by_measure(part, item)[measure] for item in ("completed", "eligible"))
    above, below = completed.sum(skipna=False), eligible.sum(skipna=False)
    value = None if pd.isna(above) or pd.isna(below) or below == 0 else above / below
    return _own(page, f"{kind}_rate", measure, value)


def _name_kind(page: Page, kind: str, count: int) -> str:
    match kind:
        case "own":
            return page.text("Do người dùng chọn ({count} địa phương khác)", count=count)
        case "region":
            return page.text("Cùng vùng ({count} địa phương khác)", count=count)
        case "band":
            return page.text("Cùng nhóm {band} ({count} địa phương khác)", band=_band(page), count=count)
    return page.text("{count} địa phương giống nhất", count=count)


def _band(page: Page) -> str:
    """Name the caseload band of the page's province."""
    due = int(page.figures()("due", "cases").value)
    ends = [end for end in BANDS.values() if np.isfinite(end)]
    below = [end for end in ends if due <= end]
    if below == ends:
        return page.text("đến {number} việc phải thi hành", number=page.locale.integer(ends[0]))
    if not below:
        return page.text("trên {number} việc phải thi hành", number=page.locale.integer(ends[-1]))
    return page.text(
        "trên {low} đến {high} việc phải thi hành",
        low=page.locale.integer(ends[ends.index(below[0]) - 1]),
        high=page.locale.integer(below[0]),
    )


def _where(page: Page, where: str) -> str:
    return {
        "above_998": page.text("cao hơn giới hạn 99,8%"),
        "above_95": page.text("cao hơn giới hạn 95%"),
        "within": page.text("trong mức khác biệt thường thấy"),
        "below_95": page.text("thấp hơn giới hạn 95%"),
        "below_998": page.text("thấp hơn giới hạn 99,8%"),
    }[where]


def _placed(page: Page) -> dict[str, pd.DataFrame]:
    """Provinces placed in the funnel by measure; a measure that cannot be compared is left out."""
    found = {}
    with suppress(DataError):
        found["cases"] = page.context.funnel
    with suppress(DataError):
        found["money"] = page.context.money_funnel
    return found


def _limits_of(measure: str, frame: pd.DataFrame) -> _Limits:
    about = frame.attrs
    if measure == "cases":
        return lambda eligible: funnel_limits(eligible, about["centre"], about["tau2"])
    spread = Spread(about["level"], about["slope"], about["middle"], about["points"])
    return lambda eligible: money_limits(eligible, about["centre"], spread)


def _ranks(page: Page) -> pd.DataFrame:
    try:
        return page.context.ranks
    except DataError:
        names = ["measure", "fiscal_year", "org"]
        empty = pd.MultiIndex.from_arrays([[], [], []], names=names)
        return pd.DataFrame(columns=["rank", "rank_best", "rank_worst", "rank_out_of"], index=empty)


def _own(page: Page, identifier: str, measure: str, value: object) -> Fact:
    """Record a figure about the page's province computed from the panel."""
    return page.state(Fact(identifier, page.org, page.period, measure, value, page.origin(), derived=True))
