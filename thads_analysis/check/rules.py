"""The rules, each in one place: statement, severity, formula, source, and the functions that hold it."""

from __future__ import annotations

__all__ = ["RULES", "Rule"]

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import MappingProxyType

from thads_analysis.check import accounts, changes, dates, flows, history, neighbours, ratios, sums, targets
from thads_analysis.check.findings import Finding, Severity
from thads_analysis.check.stated import Book
from thads_analysis.check.view import View
from thads_analysis.glossary import N_
from thads_analysis.locale import Locale


@dataclass(frozen=True)
class Rule:
    """One rule.

    Parameters
    ----------
    id : str
        Stable name, as findings carry it.
    severity : {"error", "warning", "note"}
        ``error`` cannot be right, ``warning`` is probably wrong, ``note`` is worth knowing. A finding
        that needs figures of two sources is a note whatever the rule.
    statement : str
        What holds, in Vietnamese.
    formula : str
        The same in identifiers of the glossary.
    source : str
        Why it holds.
    stated, panel : callable, optional
        Functions that hold it to printed figures and to a panel.
    """

    id: str
    severity: Severity
    statement: str
    formula: str
    source: str
    stated: Callable[[Book, Locale], Iterator[Finding]] | None = None
    panel: Callable[[View, Locale], Iterator[Finding]] | None = None


_ACCOUNT = "Columns of forms 01 and 02, as bulletins that close exactly show them (nation, 9 months of 2017)"
_RATE = "Rate on what is eligible: Resolution 96/2019/QH14; 382,058 / 574,289 = 66.53 % (9 months of 2023)"
_CUMULATIVE = "Reports cover the months since 1 October, cumulatively: Circular 06/2019/TT-BTP"
_THIRD = "TT08-2015 splits due in two; from TT06-2019 on a rest of 1 to 4 % is postponed, suspended or other"
_ROUNDING = "Arithmetic on what is printed, within its rounding"
_ASSUMED = "Assumption: see docs/checks.md"

_ALL = (
    Rule(
        "sum_of_parts",
        "error",
        N_("Mỗi tổng số bằng tổng các thành phần của nó"),
        "accepted = carried_in + new; due = accepted - entrusted - pulled_up - revoked; completed = "
        "fully_enforced + discontinued + reduced; eligible = completed + in_progress + postponed_agreed; "
        "carried_out = due - completed; "
        "due = eligible + not_eligible + postponed + suspended + other_pending",
        _ACCOUNT,
        sums.sum_of_parts,
        accounts.broken_sums,
    ),
    Rule(
        "part_within_whole",
        "error",
        N_("Không thành phần nào lớn hơn tổng số chứa nó"),
        "completed <= eligible <= due <= accepted; not_eligible <= due; carried_in, new <= accepted",
        _ACCOUNT,
        sums.part_within_whole,
        accounts.excess_parts,
    ),
    Rule(
        "split_of_due",
        "error",
        N_("Có điều kiện và chưa có điều kiện không vượt tổng số phải thi hành; phần còn lại không quá rộng"),
        "eligible + not_eligible <= due; = due under TT08-2015; from TT06-2019 on at least 94 % (cases) or "
        "90 % (money) of due",
        _THIRD,
        sums.split_of_due,
        accounts.unusual_split,
    ),
    Rule(
        "possible_value",
        "error",
        N_("Số việc, số tiền không âm; tỷ lệ từ 0 đến 100%"),
        "value >= 0; 0 <= rate, share <= 100 %",
        _ACCOUNT,
        sums.possible_value,
    ),
    Rule(
        "rate_on_base",
        "error",
        N_("Tỷ lệ thi hành xong bằng thi hành xong chia cho có điều kiện thi hành"),
        "completion_rate = completed / eligible; under TT08-2015 eligible = due - not_eligible; "
        "administrative: completed / due or monitored",
        _RATE,
        ratios.rate_on_base,
    ),
    Rule(
        "share_of_due",
        "error",
        N_("Tỷ lệ có điều kiện và chưa có điều kiện tính trên tổng số phải thi hành"),
        "share = part / due; where due is not printed, eligible + not_eligible <= due <= accepted",
        _ACCOUNT,
        ratios.share_of_due,
    ),
    Rule(
        "shares_add_up",
        "error",
        N_("Tỷ lệ có điều kiện và chưa có điều kiện cộng lại không quá 100%"),
        "eligible_share + not_eligible_share <= 100 %; = 100 % under TT08-2015; from TT06-2019 on at least "
        "94 % (cases) or 90 % (money)",
        _THIRD,
        ratios.shares_add_up,
    ),
    Rule(
        "base_not_printed",
        "note",
        N_("Tỷ lệ thi hành xong phải nêu mẫu số của nó"),
        "completed / completion_rate <= due; = eligible_share x due where both are printed",
        _RATE,
        ratios.base_not_printed,
    ),
    Rule(
        "rates_share_base",
        "warning",
        N_("Hai tỷ lệ của một đoạn văn có cùng mẫu số"),
        "x / x_rate_pct = completed / completion_rate",
        _ROUNDING,
        ratios.rates_share_base,
    ),
    Rule(
        "pair_without_base",
        "note",
        N_("Cặp số a/b chỉ là tỷ lệ thi hành xong khi b là số có điều kiện"),
        "completed / due is not completion_rate",
        _RATE,
        ratios.pair_without_base,
    ),
    Rule(
        "growth_of_change",
        "error",
        N_("Tỷ lệ tăng, giảm bằng mức tăng, giảm chia cho số cùng kỳ"),
        "change_pct = change_abs / (value - change_abs)",
        _ROUNDING,
        changes.growth_of_change,
    ),
    Rule(
        "change_from_last_year",
        "warning",
        N_("Mức tăng, giảm khớp với số đã công bố cùng kỳ năm trước"),
        "change_abs = value - value of the same months last year",
        _ROUNDING,
        changes.change_from_last_year,
    ),
    Rule(
        "growth_from_last_year",
        "warning",
        N_("Tỷ lệ tăng, giảm khớp với số đã công bố cùng kỳ năm trước"),
        "change_pct = value / value of the same months last year - 1",
        _ROUNDING,
        changes.growth_from_last_year,
    ),
    Rule(
        "points_from_last_year",
        "warning",
        N_("Điểm % tăng, giảm khớp với tỷ lệ đã công bố cùng kỳ năm trước"),
        "rate_change = rate - rate of the same months last year",
        _ROUNDING,
        changes.points_from_last_year,
    ),
    Rule(
        "gap_to_target",
        "warning",
        N_("Mức vượt, thiếu bằng tỷ lệ trừ chỉ tiêu, cả năm hoặc theo tiến độ"),
        "over_target = rate - target, or rate - target x months / 12; with the nation's target alone, the "
        "target implied lies within 8 points of it",
        "Conventions seen in bulletins; targets: data/reference/targets.csv",
        targets.gap_to_target,
    ),
    Rule(
        "target_of_year",
        "warning",
        N_("Chỉ tiêu in ra là chỉ tiêu của năm và của đơn vị"),
        "target = known target; a province's >= the nation's - 3 points",
        "data/reference/targets.csv; the margin is an assumption",
        targets.target_of_year,
    ),
    Rule(
        "two_values",
        "warning",
        N_("Một chỉ tiêu thống kê của một kỳ chỉ có một giá trị"),
        "value = value, within rounding; a provisional and a final figure are two",
        _ROUNDING,
        neighbours.two_values,
    ),
    Rule(
        "opening_changes",
        "note",
        N_("Số năm trước chuyển sang không đổi trong năm"),
        "carried_in(months) = carried_in(months - 1), but where the circular changes between them",
        _CUMULATIVE,
        neighbours.opening_changes,
        flows.moving_opening,
    ),
    Rule(
        "opening_from_last_year",
        "warning",
        N_("Số năm trước chuyển sang không lớn hơn số chuyển kỳ sau của năm trước"),
        "carried_in <= carried_out(last year, 12 months); in a panel with 1 % for revisions",
        "carried_in = carried_out less what went to the separate book",
        neighbours.opening_from_last_year,
        flows.opening_above_closing,
    ),
    Rule(
        "cumulative_falls",
        "error",
        N_("Số lũy kế không giảm trong năm"),
        "flow(months) >= flow(months - 1)",
        _CUMULATIVE,
        neighbours.cumulative_falls,
        flows.falling_items,
    ),
    Rule(
        "unit_factor",
        "error",
        N_("Số tiền không sai đơn vị tính 1.000 hay 1.000.000 lần"),
        "300,000 <= money / cases <= 20 x 10^9 đồng; |log10(amount / median of its neighbours)| <= 2.4",
        _ASSUMED,
        neighbours.unit_factor,
        flows.slipped_unit,
    ),
    Rule(
        "dropped_thousand",
        "warning",
        N_("Phần lẻ sau triệu là nghìn đồng"),
        "not 0 < amount mod 1,000,000 < 1,000",
        "Amounts are reported in thousands of đồng",
        neighbours.dropped_thousand,
    ),
    Rule(
        "part_of_nation",
        "error",
        N_("Toàn quốc là tổng các tỉnh, thành phố"),
        "sum of provinces = nation; sum of those stated <= nation",
        _ACCOUNT,
        neighbours.part_of_nation,
        accounts.nation_against_provinces,
    ),
    Rule(
        "published_figure",
        "warning",
        N_("Số liệu của các đơn vị khớp với số đã công bố"),
        "value of the panel, or sum of its provinces = printed figure, within its rounding",
        "data/published/figures.csv, or the figures given",
        panel=accounts.panel_against_print,
    ),
    Rule(
        "copied_period",
        "warning",
        N_("Một kỳ không trùng hoàn toàn với kỳ trước hay cùng kỳ năm trước"),
        "some item differs; at least 8 items above 0",
        _CUMULATIVE,
        panel=flows.copied_period,
    ),
    Rule(
        "outside_history",
        "warning",
        N_("Tỷ lệ và số lượng không nằm quá xa lịch sử của chính đơn vị"),
        "|logit(rate) or log(value), less the peers' median and the unit's own| <= 6 robust standard "
        "deviations, over at least 4 earlier years of the same months",
        _ASSUMED,
        panel=history.outside_history,
    ),
    Rule(
        "reclassification",
        "note",
        N_("Tỷ lệ có điều kiện không nhảy vọt giữa hai tháng, hai năm"),
        "|move of logit(eligible_share), less the peers' median| <= 8 robust deviations or 5 points; "
        "printed: |eligible_share - what printed changes imply for last year| <= 8 points, 15 of money",
        _ASSUMED,
        changes.share_jump,
        history.reclassification,
    ),
    Rule(
        "impossible_date",
        "error",
        N_("Ngày ghi trong văn bản có trong lịch"),
        "day <= days of the month",
        "The calendar",
        dates.impossible_date,
    ),
    Rule(
        "stale_opening_date",
        "warning",
        N_("Số cũ chuyển sang tính đến hết tháng 9 trước năm thống kê"),
        "date of carried_in = 9 / (fiscal_year - 1)",
        _CUMULATIVE,
        dates.stale_opening_date,
    ),
    Rule(
        "period_in_text",
        "warning",
        N_("Kỳ ghi trong văn bản là kỳ của số liệu"),
        "1/10/(fiscal_year - 1) to the end of the month; N months of the year = months",
        _CUMULATIVE,
        dates.period_in_text,
    ),
    Rule(
        "known_before_end",
        "warning",
        N_("Kết quả không thể có trước khi kỳ kết thúc"),
        "as_of >= end of the period",
        _CUMULATIVE,
        dates.known_before_end,
    ),
    Rule(
        "contradicting_words",
        "note",
        N_("Từ chỉ mức độ trước một số không mâu thuẫn"),
        "not gần trên, khoảng hơn, ...",
        "A number is either below or above",
        dates.contradicting_words,
    ),
    Rule(
        "attainment_wording",
        "note",
        N_("Tỷ lệ thi hành xong không được ghi là tỷ lệ so với chỉ tiêu"),
        "completed / eligible = the percentage worded as a part of the target",
        _RATE,
        dates.attainment_wording,
    ),
)

RULES = MappingProxyType({rule.id: rule for rule in _ALL})
"""Every rule by its identifier, in the order in which they are tried."""
