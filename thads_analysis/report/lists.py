"""Lists of provinces against the nation, the target and each other."""

from __future__ import annotations

__all__ = ["below", "below_both", "below_target", "contributions", "doubtful", "far_below", "weighing"]

import pandas as pd

from thads_analysis import metrics
from thads_analysis.context import Context
from thads_analysis.glossary import MEASURES
from thads_analysis.locale import Locale
from thads_analysis.metrics import CREDIBILITY_SIGNS, completion_rate, national
from thads_analysis.report.listing import (
    Field,
    Listing,
    amount_head,
    at,
    by_org,
    fields_by_measure,
    named,
    say_which,
    unit,
    who,
)

_PART = 0.5


def below(context: Context, locale: Locale, measure: str) -> Listing:
    """Provinces below the national rate on one measure, the lowest first."""
    rows = _contributions(context, measure)
    base = completion_rate(at(context, context.period.same_period_last_year))
    frame = rows.assign(base=by_org(base)[measure].reindex(rows.index))
    # Below is below before rounding, as `metrics.below_national` has it.
    frame = named(frame[(frame["national_gap_points"] < 0).fillna(False)].sort_values("completion_rate"))
    nation = completion_rate(national(at(context, context.period)))[measure].iloc[0]
    texts = {
        "cases": (locale.text("Dưới bình quân về việc"), locale.text("Thấp hơn mức chung toàn quốc về việc")),
        "money": (locale.text("Dưới bình quân về tiền"), locale.text("Thấp hơn mức chung toàn quốc về tiền")),
    }
    return Listing(
        f"tab-below-{measure}",
        *texts[measure],
        locale.text(
            "Tỷ lệ thi hành xong của địa phương nhỏ hơn tỷ lệ chung toàn quốc {rate} (so trên số chưa làm "
            "tròn).",
            rate=locale.percent(nation),
        ),
        {
            **who(locale),
            "eligible": Field(amount_head(locale, "eligible", measure), measure),
            "completed": Field(amount_head(locale, "completed", measure), measure),
            "completion_rate": Field(locale.text("Tỷ lệ"), "percent"),
            "national_gap_points": Field(locale.text("So với toàn quốc (điểm %)"), "points"),
            "base": Field(locale.text("Tỷ lệ cùng kỳ"), "percent"),
        },
        frame,
        _facts(measure, "eligible", "completed", "completion_rate", "national_gap_points"),
    )


def below_both(context: Context, locale: Locale) -> Listing:
    """Provinces below the national rate on cases and on money."""
    parts = {measure: _contributions(context, measure) for measure in MEASURES}
    frame = pd.DataFrame(
        {
            f"{measure}_{name}": rows[column]
            for measure, rows in parts.items()
            for name, column in (("rate", "completion_rate"), ("gap", "national_gap_points"))
        }
    )
    frame = frame[((frame["cases_gap"] < 0) & (frame["money_gap"] < 0)).fillna(False)]
    return Listing(
        "tab-below-both",
        locale.text("Dưới bình quân cả hai"),
        locale.text("Thấp hơn mức chung toàn quốc cả về việc và về tiền"),
        locale.text("Có tên trong cả hai danh sách thấp hơn mức chung về việc và về tiền."),
        fields_by_measure(
            locale,
            ("rate", locale.text("{measure}: tỷ lệ"), "percent"),
            ("gap", locale.text("{measure}: so với toàn quốc (điểm %)"), "points"),
        ),
        named(frame.sort_values("cases_gap")),
        _facts_by_measure(rate="completion_rate", gap="national_gap_points"),
    )


def below_target(context: Context, locale: Locale) -> list[Listing]:
    """Provinces not above the target, by each of the three conventions in use."""
    here, months = at(context, context.period), context.period.months
    rate, target = completion_rate(here), metrics.target_rates(here)
    part = target * months / 12
    not_known = locale.text(
        "Địa phương không biết chỉ tiêu riêng thì dùng chỉ tiêu toàn quốc; năm không biết chỉ tiêu nào thì "
        "không có trong danh sách."
    )
    compared = (
        (
            "year",
            locale.text("Chưa đạt chỉ tiêu năm"),
            locale.text("Chưa vượt chỉ tiêu cả năm"),
            locale.text(
                "Tỷ lệ không lớn hơn chỉ tiêu cả năm (chỉ tiêu ghi “trên”); chênh lệch = tỷ lệ − chỉ tiêu."
            ),
            target,
            "gap_full_year",
            metrics.gap_full_year(here),
            ~metrics.meets(here),
            (locale.text("{measure}: vượt, thiếu (điểm %)"), "points"),
        ),
        (
            "prorata",
            locale.text("Chậm tiến độ"),
            locale.text("Chưa vượt phần chỉ tiêu theo tiến độ {months}/12", months=months),
            locale.text(
                "Tỷ lệ không lớn hơn chỉ tiêu × {months}/12; chênh lệch = tỷ lệ − chỉ tiêu × {months}/12.",
                months=months,
            ),
            part,
            "gap_prorata",
            metrics.gap_prorata(here),
            rate <= part,
            (locale.text("{measure}: vượt, thiếu (điểm %)"), "points"),
        ),
        (
            "attainment",
            locale.text("Bằng bao nhiêu % chỉ tiêu"),
            locale.text("Đạt không quá 100% chỉ tiêu cả năm"),
            locale.text(
                "Tỷ lệ ÷ chỉ tiêu cả năm không quá 100%. Cùng những địa phương như danh sách chưa vượt chỉ "
                "tiêu cả năm, "
                "xếp theo phần đã đạt."
            ),
            target,
            "attainment",
            metrics.attainment(here),
            ~metrics.meets(here),
            (locale.text("{measure}: bằng … chỉ tiêu"), "percent"),
        ),
    )
    lists = []
    for name, sheet, title, rule, against, identifier, gap, wanted, (head, kind) in compared:
        columns: dict[str, pd.Series[float]] = {}
        for measure in MEASURES:
            columns |= {
                f"{measure}_rate": rate[measure],
                f"{measure}_target": against[measure],
                f"{measure}_gap": gap[measure],
            }
        misses = by_org(wanted).fillna(False).astype(bool)
        misses = misses[misses.any(axis="columns")]
        frame = by_org(columns).loc[misses.index].join(misses.add_prefix("misses_"))
        fields = fields_by_measure(
            locale,
            ("rate", locale.text("{measure}: tỷ lệ"), "percent"),
            ("target", locale.text("{measure}: chỉ tiêu so sánh"), "percent"),
            ("gap", head, kind),
        )
        fields["which"] = Field(locale.text("Chưa đạt về"))
        frame = named(frame.assign(which=say_which(misses, locale)).sort_values("cases_gap"))
        facts = _facts_by_measure(rate="completion_rate", gap=identifier)
        lists.append(Listing(f"tab-target-{name}", sheet, title, rule, fields, frame, facts, (not_known,)))
    return lists


def weighing(context: Context, locale: Locale, measure: str) -> Listing:
    """Provinces that weigh on the national result: their weight times their gap to the national rate."""
    rows = _contributions(context, measure)
    frame = named(rows[rows["weighs"].fillna(False)].sort_values("pull_points"))
    texts = {
        "cases": (
            locale.text("Ảnh hưởng chung về việc"),
            locale.text("Địa phương kéo tỷ lệ chung về việc xuống nhiều nhất"),
        ),
        "money": (
            locale.text("Ảnh hưởng chung về tiền"),
            locale.text("Địa phương kéo tỷ lệ chung về tiền xuống nhiều nhất"),
        ),
    }
    return Listing(
        f"tab-weighing-{measure}",
        *texts[measure],
        locale.text(
            "Kéo xuống = tỷ trọng số có điều kiện × (tỷ lệ − tỷ lệ chung). Danh sách gồm ít địa phương nhất "
            "mà cộng lại bằng "
            "ít nhất {part} tổng mức kéo xuống của mọi địa phương thấp hơn mức chung. Phần thiếu tính theo "
            "chỉ tiêu toàn quốc.",
            part=locale.percent(_PART, 0),
        ),
        {
            **who(locale),
            "share_of_eligible": Field(locale.text("Tỷ trọng có điều kiện"), "percent"),
            "completion_rate": Field(locale.text("Tỷ lệ"), "percent"),
            "national_gap_points": Field(locale.text("So với toàn quốc (điểm %)"), "points"),
            "pull_points": Field(locale.text("Kéo tỷ lệ chung (điểm %)"), "points"),
            "gap_completions": Field(_gap_head(locale, measure), measure),
        },
        frame,
        _facts(
            measure,
            "share_of_eligible",
            "completion_rate",
            "national_gap_points",
            "pull_points",
            "gap_completions",
        ),
    )


def far_below(context: Context, locale: Locale) -> Listing:
    """Provinces far below the others, whatever they weigh."""
    here = at(context, context.period)
    rates, limit = by_org(completion_rate(here)), by_org(metrics.far_below_limit(here))
    limits = limit.max()
    frames = [
        pd.DataFrame(
            {
                "rate": rates[measure],
                "limit": limit[measure],
                "gap": rates[measure] - limit[measure],
                "measure": measure,
                "term": locale.term(measure),
            }
        )[(rates[measure] < limit[measure]).fillna(False)].sort_values("rate")
        for measure in MEASURES
    ]
    return Listing(
        "tab-far-below",
        locale.text("Thấp xa"),
        locale.text("Địa phương thấp xa so với các địa phương khác"),
        locale.text(
            "Tỷ lệ thấp hơn trung vị của các địa phương quá 1,5 độ lệch chuẩn bền vững (1,4826 × độ lệch "
            "tuyệt đối trung vị): "
            "dưới {cases} về việc, dưới {money} về tiền. Đơn vị nhỏ có thể xuống dưới mức này do ngẫu nhiên.",
            cases=locale.percent(limits["cases"]),
            money=locale.percent(limits["money"]),
        ),
        {
            **who(locale),
            "term": Field(locale.text("Về")),
            "rate": Field(locale.text("Tỷ lệ"), "percent"),
            "limit": Field(locale.text("Giới hạn"), "percent"),
            "gap": Field(locale.text("Dưới giới hạn (điểm %)"), "points"),
        },
        named(pd.concat(frames)),
        {"rate": ("completion_rate", ""), "limit": ("far_below_limit", "")},
    )


def contributions(context: Context, locale: Locale, measure: str) -> Listing:
    """Every province's parts of the national rate, of its change and of the gap to the target."""
    frame = _contributions(context, measure).sort_values("share_of_eligible", ascending=False)
    texts = {
        "cases": (locale.text("Đóng góp về việc"), locale.text("Mỗi địa phương góp gì vào kết quả về việc")),
        "money": (locale.text("Đóng góp về tiền"), locale.text("Mỗi địa phương góp gì vào kết quả về tiền")),
    }
    return Listing(
        f"tab-contributions-{measure}",
        *texts[measure],
        locale.text(
            "Xếp theo tỷ trọng số có điều kiện. Cộng mọi địa phương: góp vào tỷ lệ = tỷ lệ toàn quốc; góp "
            "vào thay đổi = tăng, giảm "
            "so với cùng kỳ; góp vào chênh lệch = tỷ lệ toàn quốc − chỉ tiêu toàn quốc; phần thiếu cộng lại "
            "bằng số cần có "
            "để vượt chỉ tiêu trên số có điều kiện hiện nay."
        ),
        {
            **who(locale),
            "share_of_eligible": Field(locale.text("Tỷ trọng có điều kiện"), "percent"),
            "completion_rate": Field(locale.text("Tỷ lệ"), "percent"),
            "to_rate_points": Field(locale.text("Góp vào tỷ lệ (điểm %)"), "points"),
            "to_change_points": Field(locale.text("Góp vào thay đổi (điểm %)"), "points"),
            "to_gap_points": Field(locale.text("Góp vào chênh lệch với chỉ tiêu (điểm %)"), "points"),
            "gap_completions": Field(_gap_head(locale, measure), measure),
        },
        named(frame),
        _facts(
            measure,
            "share_of_eligible",
            "completion_rate",
            "to_rate_points",
            "to_change_points",
            "to_gap_points",
            "gap_completions",
        ),
    )


def doubtful(context: Context, locale: Locale) -> Listing:
    """Provinces with at least one sign that their figures deserve a second look."""
    signs = context.credibility[list(CREDIBILITY_SIGNS)].fillna(False).astype(bool)
    frame = context.credibility[signs.any(axis="columns")].reset_index("measure")
    told = signs[signs.any(axis="columns")]
    frame = frame.assign(
        term=[locale.term(measure) for measure in frame["measure"]],
        why=[
            "; ".join(locale.text(text) for sign, text in CREDIBILITY_SIGNS.items() if row[sign])
            for row in told.to_dict("records")
        ],
    )
    return Listing(
        "tab-doubts",
        locale.text("Số liệu cần xem lại"),
        locale.text("Địa phương có dấu hiệu cần xem lại số liệu"),
        locale.text(
            "Có ít nhất một dấu hiệu ghi ở cột cuối. Dấu hiệu cho biết nên hỏi về số nào, không phải là kết "
            "luận có sai sót."
        ),
        {
            **who(locale),
            "term": Field(locale.text("Về")),
            "eligible_share": Field(locale.text("Tỷ lệ có điều kiện"), "percent"),
            "share_step_points": Field(locale.text("So với tháng trước (điểm %)"), "points"),
            "completion_rate": Field(locale.text("Tỷ lệ"), "percent"),
            "rate_at_peak": Field(locale.text("Tỷ lệ nếu số có điều kiện không giảm"), "percent"),
            "discontinued_share": Field(locale.text("Đình chỉ trong số xong"), "percent"),
            "why": Field(locale.text("Dấu hiệu")),
        },
        named(frame),
        _facts(
            "",
            "eligible_share",
            "share_step_points",
            "completion_rate",
            "rate_at_peak",
            "discontinued_share",
        ),
    )


def _contributions(context: Context, measure: str) -> pd.DataFrame:
    return pd.DataFrame(context.contributions.xs(measure, level="measure"))


def _facts(measure: str, *identifiers: str) -> dict[str, tuple[str, str]]:
    return {identifier: (identifier, measure) for identifier in identifiers}


def _facts_by_measure(**identifiers: str) -> dict[str, tuple[str, str]]:
    return {
        f"{measure}_{name}": (identifier, measure)
        for measure in MEASURES
        for name, identifier in identifiers.items()
    }


def _gap_head(locale: Locale, measure: str) -> str:
    return locale.text("Thừa (+), thiếu (−) so với chỉ tiêu ({unit})", unit=unit(locale, measure))
