"""The evaluation page: how far forecasts made earlier can be said to have come true."""

from __future__ import annotations

__all__ = ["calibration", "differences", "errors", "limits", "outcome", "published", "sizes", "summary"]

import numpy as np
import pandas as pd

from thads_analysis.errors import DataError
from thads_analysis.forecast.backtest import compare, summarise
from thads_analysis.forecast.published import leave_one_out, published_pairs
from thads_analysis.forecast.score import reliability
from thads_analysis.glossary import MEASURES, N_
from thads_analysis.load import published_for
from thads_analysis.org import NATION
from thads_analysis.period import Period
from thads_analysis.report.charts.calibration import calibration_chart, error_chart
from thads_analysis.report.exhibits import Column, Exhibit
from thads_analysis.report.facts import Fact, Origin, combine
from thads_analysis.report.forecast import state_forecast
from thads_analysis.report.page import Page

_METHODS = {
    "usual_path": N_("đường thường lệ"),
    "chain_ladder": N_("hệ số tăng"),
    "pooled": N_("mô hình chung"),
    "combined": N_("mô hình kết hợp"),
    "flows": N_("dòng hằng tháng"),
    "last_movement": N_("mức tăng năm trước"),
    "mean_movement": N_("mức tăng bình quân"),
}
_TOO_SHORT = N_("Chưa thử lại được: kho cần ít nhất ba năm đủ số liệu cả năm trước kỳ này.")


def summary(page: Page) -> Exhibit:
    """Say how large the errors of past forecasts were, and whether intervals held what came."""
    sentences = []
    results = _results(page)
    if results is None:
        return page.lead([page.text(_TOO_SHORT)])
    years = sorted(results["fiscal_year"].unique())
    sentences.append(
        page.text(
            "Dự báo được thử lại cho các năm {first} đến {last}, từ tháng thứ 3 đến tháng thứ 11 của mỗi "
            "năm, chỉ dùng số liệu đã biết khi đó.",
            first=years[0],
            last=years[-1],
        )
    )
    own = _provinces(results[results["method"] == _own_method(results)])
    table = summarise(own, ["measure", "method"]).droplevel("method").to_dict("index")
    for measure in MEASURES:
        if measure not in table:
            continue
        row = table[measure]
        sentences.append(
            page.text(
                "Về {measure}: tính bình quân các địa phương và các tháng, dự báo lệch {error} điểm % so "
                "với kết quả cuối năm; khoảng 80% chứa kết quả {inside} số lần, khoảng 95% chứa {wide}.",
                measure=page.locale.term(measure),
                error=_points(page, measure, "error_points", row["error"]),
                inside=_share(page, measure, "in_80", row["in_80"]),
                wide=_share(page, measure, "in_95", row["in_95"]),
            )
        )
    if page.origin().provenance == "simulated":
        sentences.append(
            page.text(
                "Số liệu địa phương là mô phỏng: kết quả thử cho thấy cách làm chạy đúng, không cho biết "
                "dự báo sẽ đúng đến đâu với số liệu thật."
            )
        )
    return page.lead(sentences)


def outcome(page: Page) -> Exhibit:
    """Set the forecast of this period beside what was published of the year's end, whatever it is."""
    rows, held = [], []
    for measure in MEASURES:
        facts = state_forecast(page, measure)
        if not facts:
            continue
        held += list(facts.values())
        told = {
            "name": page.locale.heading(measure),
            "median": facts["rate_median"].show(page.locale),
            "interval": page.text(
                "{low} đến {high}",
                low=facts["lower_80"].show(page.locale),
                high=facts["upper_80"].show(page.locale),
            ),
        }
        came = _published_ends(page, measure)
        held += came
        rows += [
            told
            | {
                "came": page.show(fact),
                "vintage": page.vintage(fact.origin),
                "error": _points(
                    page,
                    measure,
                    f"miss_{fact.origin.vintage}_points",
                    facts["rate_median"].value - fact.value,
                    signed=True,
                ),
                "inside": _place(page, fact.value, facts),
            }
            for fact in came
        ] or [told | {"came": "–", "vintage": page.text("chưa công bố"), "error": "–", "inside": "–"}]
    if not rows:
        return page.note(page.text("Không có dự báo từ kỳ này để đối chiếu."))
    return page.table(
        "tab-outcome",
        pd.DataFrame(rows),
        {
            "name": Column(page.text("Chỉ số"), number=False),
            "median": Column(page.text("Dự báo, trung vị")),
            "interval": Column(page.text("Khoảng 80%")),
            "came": Column(page.text("Đã công bố")),
            "vintage": Column(page.text("Loại số"), number=False),
            "error": Column(page.text("Dự báo lệch (điểm %)")),
            "inside": Column(page.text("Kết quả nằm"), number=False),
        },
        title=page.text(
            "Dự báo cuối năm {year} từ {months} tháng, và kết quả toàn quốc đã công bố",
            year=page.period.fiscal_year,
            months=page.period.months,
        ),
        notes=[page.text("Kết quả được công bố sau kỳ báo cáo và không được dùng khi dự báo.")],
        facts=held,
    )


def published(page: Page) -> Exhibit:
    """Show each printed part of a year, forecast from the other years, beside the printed year's end."""
    pairs, rows, held = published_pairs(), [], []
    table = leave_one_out(pairs).reset_index()
    known_by = page.context.as_of
    for line in table.to_dict("records"):
        measure, year, months = line["measure"], line["fiscal_year"], line["months"]
        now = page.figures(NATION)("completion_rate", measure, Period(year, months))
        end = page.figures(NATION)("completion_rate", measure, Period(year, 12))
        if known_by is not None and not (now.origin.provenance == end.origin.provenance == "published"):
            continue
        held += [now, end]
        origin = combine(now.origin, end.origin)
        told = {
            name: page.show(
                Fact(f"leave_one_out__{name}", NATION, now.period, measure, line[name], origin, derived=True)
            )
            for name in ("forecast", "lower", "upper")
        }
        rows.append(
            {
                "name": page.text(
                    "{measure}, {months} tháng {year}",
                    measure=page.locale.heading(measure),
                    months=months,
                    year=year,
                ),
                "now": page.show(now),
                "forecast": told["forecast"],
                "interval": page.text("{low} đến {high}", low=told["lower"], high=told["upper"]),
                "came": page.show(end),
                "inside": (
                    "–"
                    if pd.isna(line["inside"])
                    else page.text("trong")
                    if line["inside"]
                    else page.text("ngoài")
                ),
                "others": page.locale.integer(line["others"]) + ("*" if line["pooled"] else ""),
            }
        )
    inside = int(table["inside"].fillna(False).sum())
    return page.table(
        "tab-published",
        pd.DataFrame(rows),
        {
            "name": Column(page.text("Kỳ"), number=False),
            "now": Column(page.text("Tỷ lệ khi đó")),
            "forecast": Column(page.text("Dự báo cuối năm")),
            "interval": Column(page.text("Khoảng 80%")),
            "came": Column(page.text("Kết quả")),
            "inside": Column(page.text("Trong khoảng"), number=False),
            "others": Column(page.text("Số năm khác")),
        },
        title=page.text(
            "Số toàn quốc đã công bố: {inside} trong {count} kết quả nằm trong khoảng 80%",
            inside=inside,
            count=int(table["inside"].notna().sum()),
        ),
        notes=[
            page.text(
                "Mỗi dòng: bỏ năm đó ra, lấy mức tăng từ cùng tháng đến cuối năm của các năm khác, cả "
                "trước và sau. Rất ít điểm, nên ghi từng điểm. * Chỉ có một năm khác: độ rộng lấy từ các "
                "tháng khác của cùng chỉ số."
            )
        ],
        facts=held,
    )


def errors(page: Page) -> Exhibit:
    """Draw the mean absolute error of provinces by month, of the method in use and of simple ones."""
    results = _results(page)
    if results is None:
        return page.note(page.text(_TOO_SHORT))
    table = summarise(_provinces(results), ["measure", "months", "method"])["error"].unstack("method")
    own = _own_method(results)
    order = [own, *(name for name in results["method"].unique() if name != own)]
    table = table[order]
    for row in table.reset_index().to_dict("records"):
        for name in order:
            _points(page, row["measure"], f"{name}__error_points", row[name], months=row["months"])
    names = {name: _name_method(page, name) for name in order}
    found = table[own].to_dict()
    shown = {
        f"{measure}_{part}": page.locale.points(found.get((measure, month), np.nan), signed=False)
        for measure in MEASURES
        for part, month in (("early", 6), ("late", 9))
    }
    return page.chart(
        "fig-errors",
        error_chart(table, names, page.locale),
        title=page.text(
            "Từ 9 tháng, dự báo lệch bình quân {cases_late} về việc, {money_late} về tiền", **shown
        ),
        subtitle=page.text(
            "Sai lệch tuyệt đối bình quân của các địa phương, điểm %, theo tháng dự báo. Đậm: cách đang dùng"
        ),
        alt=page.text(
            "Sai lệch theo tháng dự báo. Cách đang dùng: về việc {cases_early} từ 6 tháng, {cases_late} "
            "từ 9 tháng; về tiền {money_early} và {money_late}.",
            **shown,
        ),
        frame=table,
    )


def calibration(page: Page) -> Exhibit:
    """Draw coverage by month, the probability integral transform, and reliability of the chance to pass."""
    results = _results(page)
    if results is None:
        return page.note(page.text(_TOO_SHORT))
    own = _provinces(results[results["method"] == _own_method(results)])
    coverage = own.groupby(["measure", "months"])[["in_80", "in_95"]].mean()
    edges = np.linspace(0, 1, 11)
    pit = pd.DataFrame(
        {
            measure: np.histogram(rows["pit"].dropna(), edges)[0] / max(rows["pit"].notna().sum(), 1)
            for measure, rows in own.groupby("measure")
        }
    )
    chances = {
        str(measure): reliability(
            rows["p_target"], (rows["actual"] > rows["target"]).where(rows["target"].notna())
        )
        for measure, rows in own.groupby("measure")
    }
    shown = {}
    for measure in MEASURES:
        rows = own[own["measure"] == measure]
        for width in (80, 95):
            shown[f"{measure}_{width}"] = _share(page, measure, f"in_{width}", rows[f"in_{width}"].mean())
    return page.chart(
        "fig-calibration",
        calibration_chart(coverage, pit, chances, page.locale),
        title=page.text("Khoảng 80% chứa {cases_80} kết quả về việc và {money_80} về tiền", **shown),
        subtitle=page.text(
            "Các địa phương. Trái: phần kết quả nằm trong khoảng, theo tháng. Giữa: đều nhau là đúng. "
            "Phải: khả năng đã nêu (ngang) và tỷ lệ đã vượt (dọc); đường đứt: mức đúng. Xanh, tròn: việc; "
            "cam, vuông: tiền"
        ),
        alt=page.text(
            "Khoảng 80% chứa {cases_80} kết quả về việc, {money_80} về tiền; khoảng 95% chứa {cases_95} và "
            "{money_95}.",
            **shown,
        ),
        frame=coverage,
    )


def sizes(page: Page) -> Exhibit:
    """Table of errors and coverage for the nation and for provinces by size."""
    results = _results(page)
    if results is None:
        return page.note(page.text(_TOO_SHORT))
    own = results[results["method"] == _own_method(results)]
    groups = {
        "nation": (page.text("Toàn quốc"), own[own["org"] == NATION.key]),
        "large": (page.text("Một phần ba địa phương lớn nhất"), own[own["size"] == "large"]),
        "middle": (page.text("Một phần ba ở giữa"), own[own["size"] == "middle"]),
        "small": (page.text("Một phần ba nhỏ nhất"), own[own["size"] == "small"]),
    }
    rows = []
    for measure in MEASURES:
        for key, (name, chosen) in groups.items():
            some = chosen[chosen["measure"] == measure]
            if some.empty:
                continue
            row = summarise(some, ["method"]).iloc[0]
            rows.append(
                {
                    "name": page.text("{measure}: {name}", measure=page.locale.heading(measure), name=name),
                    "error": _points(page, measure, f"{key}__error_points", row["error"]),
                    "in_80": _share(page, measure, f"{key}__in_80", row["in_80"]),
                    "width_80": _points(page, measure, f"{key}__width_80_points", row["width_80"]),
                    "in_95": _share(page, measure, f"{key}__in_95", row["in_95"]),
                    "forecasts": page.locale.integer(row["forecasts"]),
                }
            )
    return page.table(
        "tab-sizes",
        pd.DataFrame(rows),
        {
            "name": Column(page.text("Đơn vị"), number=False, wrap=True),
            "error": Column(page.text("Lệch bình quân (điểm %)")),
            "in_80": Column(page.text("Trong khoảng 80%")),
            "width_80": Column(page.text("Độ rộng khoảng 80% (điểm %)")),
            "in_95": Column(page.text("Trong khoảng 95%")),
            "forecasts": Column(page.text("Số lần dự báo")),
        },
        title=page.text("Dự báo của đơn vị lớn chính xác đến đâu, của đơn vị nhỏ đến đâu"),
    )


def differences(page: Page) -> Exhibit:
    """Table of the error of the method in use relative to others', with an interval over years."""
    results = _results(page)
    if results is None:
        return page.note(page.text(_TOO_SHORT))
    own = _own_method(results)
    table = compare(results, own).reset_index()
    rows = []
    for line in table[table["months"].isin((6, 9))].to_dict("records"):
        rows.append(
            {
                "name": page.text(
                    "{measure}, {months} tháng, so với {other}",
                    measure=page.locale.heading(line["measure"]),
                    months=line["months"],
                    other=_name_method(page, line["other"]),
                ),
                "difference": page.locale.percent(line["difference"], 1, signed=True),
                "interval": page.text(
                    "{low} đến {high}",
                    low=page.locale.percent(line["low"], 1, signed=True),
                    high=page.locale.percent(line["high"], 1, signed=True),
                ),
                "years": page.locale.integer(line["years"]),
            }
        )
        period = Period(page.period.fiscal_year, line["months"])
        for part in ("difference", "low", "high"):
            name = f"{line['other']}__error_{part}"
            page.state(Fact(name, NATION, period, line["measure"], line[part], page.origin(), derived=True))
    return page.table(
        "tab-differences",
        pd.DataFrame(rows),
        {
            "name": Column(page.text("So sánh"), number=False, wrap=True),
            "difference": Column(page.text("Sai lệch tăng, giảm")),
            "interval": Column(page.text("Khoảng 95% theo năm")),
            "years": Column(page.text("Số năm")),
        },
        title=page.text(
            "Cách đang dùng ({name}) so với những cách khác",
            name=_name_method(page, own),
        ),
        notes=[
            page.text(
                "Số âm: cách đang dùng lệch ít hơn. Khoảng: lấy mẫu lại các năm; nếu chứa 0 thì chưa thể "
                "nói cách nào hơn."
            )
        ],
    )


def limits(page: Page) -> Exhibit:
    """Say what these scores do not show."""
    return page.note(
        page.text(
            "Mỗi năm chỉ cho một ảnh hưởng chung: với ít năm, độ chính xác của số toàn quốc không thể "
            "khẳng định chắc."
        ),
        page.text(
            "Việc lần đầu xảy ra (dịch bệnh, luật mới, sắp xếp lại bộ máy) không có trong năm nào đã qua, "
            "nên không khoảng nào ở đây tính đến."
        ),
    )


def _results(page: Page) -> pd.DataFrame | None:
    try:
        return page.context.evaluation
    except DataError:
        return None


def _own_method(results: pd.DataFrame) -> str:
    """The method in use is the first that the backtest ran."""
    return str(results["method"].iloc[0])


def _name_method(page: Page, name: str) -> str:
    return page.text(_METHODS.get(name, name))


def _provinces(results: pd.DataFrame) -> pd.DataFrame:
    return results[results["org"] != NATION.key]


def _published_ends(page: Page, measure: str) -> list[Fact]:
    """Every vintage in which the year's end was published, the most certain first."""
    end = page.period.year_end
    table = published_for(NATION, end, known_by=page.context.as_of)
    chosen = table[
        (table["measure"] == measure) & (table["item"] == "completion_rate") & (table["bound"] == "exact")
    ]
    return [
        Fact(
            "completion_rate",
            NATION,
            end,
            measure,
            row["value"] / 100,
            Origin("published", row["citation"], row["source_day"], row["vintage"]),
        )
        for row in chosen.drop_duplicates("vintage").to_dict("records")
        if row["vintage"] != "unspecified" or chosen["vintage"].eq("unspecified").all()
    ]


def _place(page: Page, value: float, facts: dict[str, Fact]) -> str:
    """Name the narrowest interval that holds a result."""
    for width in (50, 80, 95):
        if facts[f"lower_{width}"].value <= value <= facts[f"upper_{width}"].value:
            return page.text("trong khoảng {width}%", width=width)
    return page.text("ngoài khoảng 95%")


def _points(
    page: Page, measure: str, name: str, value: float, *, months: int | None = None, signed: bool = False
) -> str:
    """State a difference of rates and print it without its unit."""
    period = Period(page.period.fiscal_year, months or page.period.months)
    page.state(Fact(name, NATION, period, measure, value, page.origin(), derived=True))
    return page.locale.points(value, signed=signed, unit=False)


def _share(page: Page, measure: str, name: str, value: float) -> str:
    """State a part of the forecasts and print it in whole percent."""
    page.state(Fact(name, NATION, page.period, measure, value, page.origin(), derived=True))
    return page.locale.percent(value, 0)
