"""How long cases take until they are completed, and how many will be in the months left."""

from __future__ import annotations

__all__ = ["curve", "expected", "table"]

import pandas as pd

from thads_analysis.ledger import age, survival
from thads_analysis.ledger.record import KINDS
from thads_analysis.locale import MISSING
from thads_analysis.report.cases import read_unit, state
from thads_analysis.report.charts.speed import completion_curve
from thads_analysis.report.exhibits import Column, Exhibit
from thads_analysis.report.forecast import forecast_row
from thads_analysis.report.page import Page

_FEWEST = 5


def curve(page: Page) -> Exhibit:
    """Draw what share of cases is completed by time since intake."""
    unit = read_unit(page)
    estimate, really = survival.kaplan_meier(unit.watched), survival.incidence(unit.watched)
    row = survival.time_to_completion(unit.watched, "kind").loc["all"]
    if pd.isna(row["within_1y"]):
        return page.note(
            page.text("Chưa vẽ được thời gian thi hành: dữ liệu chưa theo dõi liên tục đủ 1 năm.")
        )
    shown = {
        name: page.locale.percent(state(page, f"completed_{name}_share", "cases", row[name]).value, 1)
        for name in ("within_1y", "within_1y_lower", "within_1y_upper", "really_within_1y")
    }
    half = page.locale.integer(state(page, "median_time", "cases", row["median"]).value)
    return page.chart(
        "fig-speed",
        completion_curve(estimate, really, page.locale),
        title=page.text(
            "Sau 1 năm, {within_1y} số việc đã thi hành xong; một nửa xong trong {half} ngày",
            half=half,
            **shown,
        ),
        subtitle=page.text(
            "Phần việc đã xong (kể cả đình chỉ) theo số ngày từ khi thụ lý, Kaplan–Meier với khoảng 95%; "
            "đứt nét: khi tính cả việc ra khỏi sổ do ủy thác, thu hồi, chuyển sổ. Theo dõi từ {start}",
            start=page.locale.date(unit.watched_from),
        ),
        alt=page.text(
            "Đường tăng dần: sau 1 năm {within_1y} số việc đã xong (khoảng 95%: {within_1y_lower} đến "
            "{within_1y_upper}); tính cả việc ra khỏi sổ: {really_within_1y}.",
            **shown,
        ),
        frame=estimate,
        facts=[state(page, "watched_stock", "cases", len(unit.watched))],
    )


def table(page: Page, by: str) -> Exhibit:
    """Table of time from intake to completion by kind or by amount."""
    unit = read_unit(page)
    times = survival.time_to_completion(unit.watched, by)
    terms = KINDS if by == "kind" else age.AMOUNT_BANDS
    order = [name for name in (*terms, "all") if name in set(times.index[times["cases"] >= _FEWEST])]
    times = times.loc[order]
    facts = [
        state(page, f"{by}_{name}__{identifier}", "cases", row[column])
        for name, row in times.iterrows()
        for column, identifier in (("median", "median_time"), ("within_1y", "within_1y_share"))
    ]
    heading = {"kind": page.text("Loại việc"), "amount": page.text("Tiền phải thi hành khi thụ lý")}[by]
    names = [page.text(terms[name]) if name in terms else page.text("Tất cả") for name in order]

    def interval(low: float, high: float) -> str:
        if pd.isna(low) or pd.isna(high):
            return MISSING
        return page.text(
            "{low} đến {high}", low=page.locale.percent(low, 1), high=page.locale.percent(high, 1)
        )

    spans = [
        interval(low, high)
        for low, high in zip(times["within_1y_lower"], times["within_1y_upper"], strict=True)
    ]

    def percent(value: float) -> str:
        return page.locale.percent(value, 1)

    return page.table(
        f"tab-speed-{by}",
        times.assign(name=names, interval=spans),
        {
            "name": Column(heading, number=False, wrap=True),
            "cases": Column(page.text("Số việc theo dõi"), page.locale.integer),
            "median": Column(page.text("Một nửa xong trong (ngày)"), page.locale.integer),
            "within_6m": Column(page.text("Xong sau 6 tháng"), percent),
            "within_1y": Column(page.text("Xong sau 1 năm"), percent),
            "interval": Column(page.text("Khoảng 95%")),
            "within_2y": Column(page.text("Xong sau 2 năm"), percent),
            "really_within_1y": Column(page.text("Sau 1 năm, tính cả việc ra khỏi sổ"), percent),
        },
        title={
            "kind": page.text("Thời gian từ thụ lý đến khi xong, theo loại việc"),
            "amount": page.text("Thời gian từ thụ lý đến khi xong, theo số tiền"),
        }[by],
        notes=[page.text("Nhóm dưới 5 việc không in. – : theo dõi chưa đủ lâu, hoặc khoảng chưa xác định.")],
        facts=facts,
    )


def expected(page: Page) -> Exhibit:
    """Set the completions expected of the cases at hand beside the forecast from totals."""
    unit = read_unit(page)
    if unit.expected is None:
        return page.note(
            page.text(
                "Không ước tính từ từng việc: năm đã kết thúc, hoặc dữ liệu chưa có cùng những tháng này "
                "của năm nào trước."
            )
        )
    found, later = unit.expected, sum(unit.arrivals.values()) / len(unit.arrivals)
    row = forecast_row(page, "cases")
    totals = None if row is None or pd.isna(row["completed_end"]) else row["completed_end"] - row["completed"]
    values = {
        "at_hand": found.mean,
        "at_hand_low": found.lower_80,
        "at_hand_high": found.upper_80,
        "arrivals": later,
        "both": found.mean + later,
        "totals": totals,
    }
    facts = {
        name: state(page, f"{name}_completions", "cases", None if pd.isna(value) else round(value))
        for name, value in values.items()
    }
    shown = {name: page.locale.integer(fact.value) if fact.known else MISSING for name, fact in facts.items()}
    low, high = shown["at_hand_low"], shown["at_hand_high"]
    span = MISSING if low == MISSING else page.text("{low} đến {high}", low=low, high=high)
    rows = [
        (page.text("Từ {cases} việc đang có", cases=page.locale.integer(found.cases)), shown["at_hand"],
         span),
        (page.text("Từ việc thụ lý thêm, bình quân các năm trước"), shown["arrivals"], MISSING),
        (page.text("Cộng, tính từ từng việc"), shown["both"], MISSING),
        (page.text("Dự báo tính từ tổng số của báo cáo"), shown["totals"], MISSING),
    ]  # fmt: skip
    years = "; ".join(
        f"{year}: {page.locale.integer(round(mean))}" for year, mean in sorted(found.by_year.items())
    )
    return page.table(
        "tab-expected",
        pd.DataFrame(rows, columns=["name", "number", "interval"]),
        {
            "name": Column(page.text("Nguồn"), number=False, wrap=True),
            "number": Column(page.text("Số việc xong thêm")),
            "interval": Column(page.text("Khoảng 80%")),
        },
        title=page.text(
            "{months} tháng còn lại: khoảng {both} việc xong thêm",
            months=page.period.remaining_months,
            both=shown["both"],
        ),
        notes=[
            page.text(
                "Mỗi việc đang có được tính khả năng xong bằng phần đã xong của những việc cùng tình trạng, "
                "tuổi, số tiền, loại, trong cùng những tháng này của các năm trước. Việc ra khỏi sổ do ủy "
                "thác, thu hồi, chuyển sổ tính là không xong. Khoảng gồm cả khác biệt giữa các năm, nên rộng "
                "khi có ít năm; chưa có hai năm thì không tính. Theo riêng từng năm: {years}.",
                years=years,
            ),
            page.text("Hai cách tính độc lập với nhau; lệch nhiều thì cần xem lại số liệu."),
        ],
        facts=list(facts.values()),
    )
