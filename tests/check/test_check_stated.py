"""The checker on printed figures: what is described as wrong is found, what closes stays silent."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from paragraphs import MISPRINTS, print_paragraph
from planted import make_panel

from thads_analysis.check import COLUMNS, check_stated, to_records
from thads_analysis.errors import DataError
from thads_analysis.load import load_published

TY = 10**9


def state(
    org: str, year: int, months: int, cases: dict | None = None, money: dict | None = None, **more: object
) -> pd.DataFrame:
    """Figures of one text; a value with a bound is a pair."""
    rows = []
    for measure, figures in (("cases", cases), ("money", money)):
        for item, value in (figures or {}).items():
            number, bound = value if isinstance(value, tuple) else (value, "exact")
            rows.append({"measure": measure, "item": item, "value": number, "bound": bound})
    frame = pd.DataFrame(rows)
    frame["value"] = pd.Series([row["value"] for row in rows], dtype=object)
    regime, _, code = org.rpartition(":")
    return frame.assign(org_regime=regime, org_code=code, fiscal_year=year, months=months, **more)


def found(figures: pd.DataFrame, **more: object) -> set[tuple[str, str, str]]:
    return {(f.rule, f.measure, f.item) for f in check_stated(figures, **more).itertuples()}


# Paragraphs whose arithmetic closes, each with its address.

# plo.vn 841262: 79,177 - 580 - 4 = 78,593 = 54,681 + 23,912; 26,515 / 54,681 = 48.49 %;
# 48.49 - 73 / 2 = 11.99.
HO_CHI_MINH_2019 = state(
    "63:79",
    2019,
    6,
    {
        "accepted": 79177,
        "accepted_change_abs": -2676,
        "accepted_change_pct": -3.27,
        "entrusted": 580,
        "pulled_up": 4,
        "due": 78593,
        "eligible": 54681,
        "not_eligible": 23912,
        "completed": 26515,
        "completion_rate": 48.49,
        "over_prorata_target": 11.99,
    },
)

# baonamdinh.vn 2522490: 4,918 / 5,422 = 90.70 %; 435 / 6,824 = 6.37 %; 102,990,477 / 163,702,787 = 62.91 %;
# 165,603,599 / 304,977,447 = 54.30 %.
NAM_DINH_2017 = state(
    "63:36",
    2017,
    12,
    {
        "accepted": 7259,
        "accepted_change_abs": 435,
        "accepted_change_pct": 6.37,
        "eligible": 5422,
        "completed": 4918,
        "completion_rate": 90.7,
        "over_target": 17.7,
    },
    {
        "accepted": 470_581_046_000,
        "accepted_change_abs": 165_603_599_000,
        "accepted_change_pct": 54.3,
        "eligible": 163_702_787_000,
        "completed": 102_990_477_000,
        "completion_rate": 62.91,
        "over_target": 30.91,
    },
)

# baophapluat.vn 276159: 647 / 1,786 = 36.226 %, printed 36.22;
# 5,949,843 / 13,844,386 = 42.976 %, printed 42.97.
LANG_SON_2018 = state(
    "63:20",
    2018,
    6,
    {
        "completed": 2433,
        "completion_rate": 75,
        "over_target": 0.5,
        "completed_change_abs": 647,
        "completed_change_pct": 36.22,
        "completion_rate_change": 9,
    },
    {
        "completed": 19_794_229_000,
        "completion_rate": 42,
        "over_target": 8.5,
        "completed_change_abs": 5_949_843_000,
        "completed_change_pct": 42.97,
        "completion_rate_change": 9,
    },
)

# thads.moj.gov.vn DongThap, 18/07/2025: 53,640 - 368 - 6 = 53,266; 34,110 = 64.04 %; 17,034 = 31.98 %; the
# third bucket is 2,122 = 3.98 %; 21,468 / 34,110 = 62.94 %.
DONG_THAP_2025 = state(
    "34:82",
    2025,
    9,
    {
        "accepted": 53640,
        "entrusted": 368,
        "revoked": 6,
        "due": 53266,
        "eligible": 34110,
        "eligible_share": 64.04,
        "not_eligible": 17034,
        "not_eligible_share": 31.98,
        "completed": 21468,
        "completion_rate": 62.94,
    },
)

# Only through "hơn" and "gần": 7,500 to 7,600 of 75 to 77 % of 11,800 to 11,900 is 81.9 to 85.9 %.
QUANG_TRI_2025 = state(
    "34:44",
    2025,
    12,
    {
        "accepted": (11800, "at_least"),
        "eligible_share": 76,
        "completed": (7500, "at_least"),
        "completion_rate": (85, "at_most"),
    },
)


@pytest.mark.parametrize(
    "figures",
    [HO_CHI_MINH_2019, NAM_DINH_2017, LANG_SON_2018, DONG_THAP_2025, QUANG_TRI_2025],
    ids=["Hồ Chí Minh 2019", "Nam Định 2017", "Lạng Sơn 2018", "Đồng Tháp 2025", "Quảng Trị 2025"],
)
def test_what_closes_is_silent(figures: pd.DataFrame) -> None:
    assert found(figures) == set()


def test_the_third_bucket_of_one_to_four_percent_is_silent() -> None:
    # Bến Tre, 3 and 5 months of 2021: 339 of 10,104 (3.36 %) and 331 of 11,791 (2.81 %) are in neither.
    for months, due, eligible, rest, done in ((3, 10104, 6843, 2922, 2011), (5, 11791, 8578, 2882, 3558)):
        items = {"due": due, "eligible": eligible, "not_eligible": rest, "completed": done}
        assert found(state("63:83", 2021, months, items)) == set()
    shares = {"eligible_share": 67.73, "not_eligible_share": 28.92}
    assert found(state("63:83", 2021, 3, shares)) == set()


# What is published and does not close, with the arithmetic.
WRONG = {
    "rate of another base": (
        # thtg.vn, 14/12/2016, Tiền Giang: 14,659 / 25,533 = 57.41 %; 387.36 / 1,945.28 = 19.91 %.
        state(
            "63:82",
            2016,
            12,
            {"completed": 14659, "accepted": 25533, "completion_rate": 73.3},
            {
                "completed": (387_360_000_000, "at_least"),
                "accepted": (1_945_280_000_000, "at_most"),
                "completion_rate": 32.2,
            },
        ),
        {
            ("base_not_printed", "cases", "completion_rate"),
            ("base_not_printed", "money", "completion_rate"),
        },
    ),
    "nghìn left out": (
        # thads.moj.gov.vn TinTuDiaPhuong 1771, Nam Định 2011.
        state(
            "63:36",
            2011,
            11,
            {"completed": 2714, "eligible": 3114, "completion_rate": 87.15},
            {"completed": 10_917_000_603, "eligible": 18_391_153_000, "completion_rate": 59.36},
        ),
        {("dropped_thousand", "money", "completed")},
    ),
    "one item, two values": (
        # Gia Lai 2021: 4,355 and, further on, 1,281 cases not eligible.
        pd.concat(
            [state("63:64", 2021, 12, {"not_eligible": value}, source="one page") for value in (4355, 1281)]
        ),
        {("two_values", "cases", "not_eligible")},
    ),
    "growth of another base": (
        # An Giang, 8 months of 2023: 562.2 / (1,573 - 562.2) = 55.62 %, printed 56.21.
        state(
            "63:89",
            2023,
            8,
            money={
                "new": (1_573 * TY, "at_least"),
                "new_change_abs": 562_200_000_000,
                "new_change_pct": 56.21,
            },
        ),
        {("growth_of_change", "money", "new_change_pct")},
    ),
    "growth of new receipts beside due": (
        # An Giang, 6 months of 2023: 822 / (13,087 - 822) = 6.70 %, printed 15.85.
        state("63:89", 2023, 6, {"due": 13087, "due_change_abs": 822, "due_change_pct": 15.85}),
        {("growth_of_change", "cases", "due_change_pct")},
    ),
    "points printed as growth": (
        # Kon Tum 2011: 251 / (1,658 - 251) = 17.84 %, printed 7.26, the change of the rate.
        state(
            "63:62", 2011, 12, {"completed": 1658, "completed_change_abs": 251, "completed_change_pct": 7.26}
        ),
        {("growth_of_change", "cases", "completed_change_pct")},
    ),
    "a thousand times too small": (
        # Gia Lai 2021: 2.13 tỷ for 16,608 cases, 850 triệu for 10,009.
        state(
            "63:64",
            2021,
            12,
            {"accepted": 16608, "new": 10009},
            {"accepted": (2_130_000_000, "at_least"), "new": (850_000_000, "at_least")},
        ),
        {("unit_factor", "money", "accepted"), ("unit_factor", "money", "new")},
    ),
    "two years that do not match": (
        # Hà Nội: over 25,000 tỷ in 2024; 25,096 tỷ "up nearly 6.6 %" in 2025 would be 23,542 tỷ.
        pd.concat(
            [
                state("63:01", 2024, 12, money={"completed": (25_000 * TY, "at_least")}),
                state(
                    "34:01",
                    2025,
                    12,
                    money={"completed": 25_096 * TY, "completed_change_pct": (6.6, "at_most")},
                ),
            ]
        ),
        {("growth_from_last_year", "money", "completed_change_pct")},
    ),
    "two gaps to two targets": (
        # Quảng Ninh 2018: 9.63 points above one target and 10.63 above another.
        pd.concat([state("63:22", 2018, 12, {"over_target": gap}, source="page") for gap in (9.63, 10.63)]),
        {("two_values", "cases", "over_target")},
    ),
    "administrative judgments": (
        # FY2025: 868 / 2,098 = 41.37 %, printed 41.51.
        state("VN", 2025, 12, {"completed": 868, "monitored": 2098, "completion_rate": 41.51}).assign(
            measure="administrative"
        ),
        {("rate_on_base", "administrative", "completion_rate")},
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_does_not_close_is_found(name: str) -> None:
    figures, expected = WRONG[name]
    assert found(figures) == expected


def explanation(name: str) -> str:
    return " ".join(check_stated(WRONG[name][0])["explanation"])


def test_the_explanation_names_the_likeliest_cause() -> None:
    # 14,659 / 73.3 % = 19,999; 1.5 of the growth of due stays open; 7.26 is nobody's growth.
    assert "19.999 việc" in explanation("rate of another base")
    assert "10 tỷ 917 triệu 603 nghìn đồng" in explanation("nghìn left out")
    assert "nhân với 1.000" in explanation("a thousand times too small")
    # 562.2 tỷ at 56.21 % is a base of 1,000.2 tỷ.
    assert "1.000,2 tỷ đồng" in explanation("growth of another base")
    # 25,096 / 1.066 = 23,542.2 tỷ.
    assert "23.542,2 tỷ đồng" in explanation("two years that do not match")


# Findings on the published table, each worked out by hand from the figures printed.
PUBLISHED = {
    # 4,151 / 5,761 = 72.05 %
    ("rate_on_base", "19 2009-M12", "cases", "completion_rate", 85),
    # 7,902 / 11,647 = 67.85 %, 837 / 1,480 = 56.55 %: swapped
    ("share_of_due", "66 2018-M05", "cases", "eligible_share", 56.49),
    ("share_of_due", "66 2018-M05", "cases", "not_eligible_share", 43.51),
    ("share_of_due", "66 2018-M05", "money", "eligible_share", 67.85),
    ("share_of_due", "66 2018-M05", "money", "not_eligible_share", 32.15),
    # 20,352 - 12,056 = 8,296
    ("sum_of_parts", "91 2022-M12", "cases", "carried_out", 8122),
    # 5,078 / 13,087 = 38.80 %
    ("share_of_due", "89 2023-M06", "cases", "not_eligible_share", 34.14),
    # 15.30 / 29.49 % = 51.9 tỷ, 32.11 / 38.22 % = 84.0 tỷ
    ("rates_share_base", "96 2006-M12", "money", "resolved_all_forms_rate_pct", 38.22),
    # 87,380,432 - 7,717,061 = 79,663,371 nghìn
    ("sum_of_parts", "62 2011-M12", "money", "due", 79_663_270_000),
    # 47 + 50 = 97 %
    ("shares_add_up", "45 2016-M12", "money", "not_eligible_share", 50),
    # 2,036 / (4,262 - 1,152) = 65.47 %
    ("rate_on_base", "33 2017-M06", "cases", "completion_rate", 67),
    # what came in on 1 October 2019 is dated May 2020
    ("stale_opening_date", "83 2020-M09", "cases", "carried_in", "5/2020"),
    # the nation's targets of 2020 were 80 and 38 %
    ("target_of_year", "75 2020-M12", "cases", "target", 73),
    ("target_of_year", "75 2020-M12", "money", "target", 32),
    # 46.78 - 45.42 = 1.36
    ("points_from_last_year", "VN 2023-M12", "money", "completion_rate_change", 1.24),
    # gần trên 95 tỷ
    ("contradicting_words", "33 2011-M06", "money", "eligible", "gần trên"),
    # 89.3 - 88 = 1.3, printed 13
    ("gap_to_target", "48 2015-M12", "cases", "over_target", 13),
    # 675,429 - 530,428 = 145,001, in another source
    ("sum_of_parts", "VN 2016-M12", "cases", "carried_out_eligible", 144857),
    # 574,289 / 775,101 = 74.1 %; (574,289 / 1.0604) / (775,101 / 1.1962) = 541,578 / 647,969 = 83.6 %
    ("reclassification", "VN 2023-M09", "cases", "eligible", 574289),
    # 18,987 and 6,144.7 tỷ in a later source
    ("two_values", "VN 2017-M12", "cases", "completed_change_abs", 19134),
    ("two_values", "VN 2017-M12", "money", "completed_change_abs", 6_136 * TY),
    # 53,750.695 / 132,905.418 = 40.44 %
    ("rate_on_base", "VN 2020-M12", "money", "completion_rate", 40.09),
    # 6,711 at 3 months
    ("opening_changes", "83 2021-M05", "cases", "carried_in", 6667),
    # 539 at 9 months
    ("opening_changes", "VN 2023-M12", "administrative", "carried_in", 563),
    # 535 / 1,968.7 tỷ, where 1,968.7 is due
    ("pair_without_base", "40 2022-M12", "money", "due", 1_968_700_000_000),
    # Rates beside a total that is not their base: 15.3 / 158.9 = 9.6 %; 5,378 / 11,193 = 48.0 %; 68.5 / 392.5
    # = 17.5 %; 7,494 / 14,314 = 52.4 %; 328.5 / 1,050.8 = 31.3 %; 12,548 / 16,630 = 75.5 %; 303.5 / 863.2 =
    # 35.2 %; 8,253 / 14,972 = 55.1 %; 574,819 / 922,311 = 62.3 %; 89,412 / 388,509 = 23.0 %
    ("base_not_printed", "96 2006-M12", "money", "completion_rate", 29.49),
    ("base_not_printed", "89 2007-M12", "cases", "completion_rate", 71.73),
    ("base_not_printed", "89 2007-M12", "money", "completion_rate", 59.9),
    ("base_not_printed", "91 2014-M09", "cases", "completion_rate", 61),
    ("base_not_printed", "91 2014-M09", "money", "completion_rate", 42),
    ("base_not_printed", "40 2017-M12", "cases", "completion_rate", 90),
    ("base_not_printed", "40 2017-M12", "money", "completion_rate", 54),
    ("base_not_printed", "40 2020-M06", "cases", "completion_rate", 63),
    ("base_not_printed", "VN 2023-M12", "cases", "completion_rate", 83.25),
    ("base_not_printed", "VN 2023-M12", "money", "completion_rate", 46.78),
}


def test_the_published_table_has_these_findings_and_no_others() -> None:
    findings = check_stated(load_published())
    assert {
        (f.rule, f"{f.org_code} {f.fiscal_year}-M{f.months:02d}", f.measure, f.item, f.found)
        for f in findings.itertuples()
    } == PUBLISHED


def test_swapped_shares_are_explained_as_swapped() -> None:
    findings = check_stated(load_published())
    swapped = findings[(findings["rule"] == "share_of_due") & (findings["org_code"] == "66")]
    assert swapped["explanation"].str.contains("đổi chỗ giữa việc và tiền").all()
    swallowed = findings[(findings["rule"] == "share_of_due") & (findings["org_code"] == "89")]
    # 34.14 % of 13,087 is 4,468.
    assert "4.468 việc" in swallowed["explanation"].iloc[0]


def test_figures_of_two_sources_that_differ_are_only_a_note() -> None:
    findings = check_stated(load_published()).set_index(["rule", "org_code", "fiscal_year"])
    severity = findings["severity"].to_dict()
    assert severity["rate_on_base", "VN", 2020] == "note"
    assert severity["rate_on_base", "19", 2009] == "error"


def test_a_provisional_and_a_final_figure_are_two_figures() -> None:
    both = pd.concat(
        [
            state("VN", 2023, 12, {"completed": 575667, "completion_rate": 83.24}, vintage="provisional"),
            state("VN", 2023, 12, {"completed": 574819, "completion_rate": 83.25}, vintage="final"),
        ]
    )
    assert found(both) == set()


def test_derived_figures_are_no_statement() -> None:
    figures = state("63:66", 2018, 5, {"completed": 4569, "eligible": 7902, "completion_rate": 75.82})
    assert found(figures) == {("rate_on_base", "cases", "completion_rate")}
    assert found(figures.assign(derived=[0, 1, 0])) == set()


@pytest.mark.parametrize(
    ("gap", "silent"),
    [(-18.47, True), (2.78, True), (11.99, False), (18.47, False)],
    ids=["full year", "pro rata", "neither", "sign"],
)
def test_a_gap_may_follow_either_convention(gap: float, silent: bool) -> None:
    # 66.53 against 85 for the year: 66.53 - 85 = -18.47; 66.53 - 85 x 9 / 12 = 2.78.
    figures = state("63:06", 2023, 9, {"completion_rate": 66.53, "over_target": gap, "target": 85})
    assert (found(figures) == set()) == silent


def test_a_figure_printed_for_the_wrong_year_is_recognised() -> None:
    # Gia Lai: 11,072 - 2,641 = 8,431 is the result of 2021, so 11,072 belongs to 2022.
    early = state("63:64", 2021, 12, {"completed": 8431}, source="one")
    late = state("63:64", 2021, 12, {"completed": 11072, "completed_change_abs": 2641}, source="other")
    findings = check_stated(pd.concat([early, late]))
    assert findings["rule"].tolist() == ["two_values"]
    assert "2022" in findings["explanation"].iloc[0]


def test_an_unknown_period_does_not_stop_the_arithmetic() -> None:
    figures = state("63:66", 2018, 5, {"completed": 4569, "eligible": 7902, "completion_rate": 75.82})
    records = to_records(check_stated(figures.assign(months=None)))
    assert [(r["rule"], r["fiscal_year"], r["months"]) for r in records] == [("rate_on_base", 2018, None)]


def test_provinces_do_not_exceed_the_nation() -> None:
    nation = state("VN", 2023, 9, {"completed": 382058})
    parts = [state(f"63:{code}", 2023, 9, {"completed": 200_001}) for code in ("01", "79")]
    assert found(pd.concat([nation, *parts])) == {("part_of_nation", "cases", "completed")}
    assert found(pd.concat([nation, parts[0]])) == set()


def test_cumulative_figures_do_not_fall() -> None:
    months = [state("63:06", 2023, m, {"new": n, "eligible": n}) for m, n in ((3, 900), (5, 850))]
    assert found(pd.concat(months)) == {("cumulative_falls", "cases", "new")}


def test_what_is_carried_in_is_at_most_what_was_carried_out() -> None:
    last = state("63:06", 2022, 12, {"carried_out": 1003})
    assert found(pd.concat([last, state("63:06", 2023, 3, {"carried_in": 953})])) == set()
    assert found(pd.concat([last, state("63:06", 2023, 3, {"carried_in": 1053})])) == {
        ("opening_from_last_year", "cases", "carried_in")
    }


def test_impossible_values_are_errors() -> None:
    figures = state("63:06", 2023, 9, {"completion_rate": 665.3, "new": -3})
    assert found(figures) == {
        ("possible_value", "cases", "completion_rate"),
        ("possible_value", "cases", "new"),
    }


def test_two_way_split_before_2020_and_third_bucket_after() -> None:
    items = {"due": 1003, "eligible": 701, "not_eligible": 281}
    assert found(state("63:06", 2018, 6, items)) == {("split_of_due", "cases", "due")}
    assert found(state("63:06", 2021, 6, items)) == set()
    assert found(state("63:06", 2021, 6, items | {"not_eligible": 201})) == {("split_of_due", "cases", "due")}
    assert found(state("63:06", 2021, 6, items | {"not_eligible": 303})) == {("split_of_due", "cases", "due")}


def test_a_code_alone_means_the_list_in_force() -> None:
    figures = pd.DataFrame([("accepted", 100), ("new", 120)], columns=["item", "value"]).assign(
        org_code="15", measure="cases", months=12
    )
    assert check_stated(figures.assign(fiscal_year=2024))["org_regime"].tolist() == ["63"]
    assert check_stated(figures.assign(fiscal_year=2025))["org_regime"].tolist() == ["34"]


@pytest.mark.parametrize("style", ["full", "press"])
def test_paragraphs_that_close_are_silent_however_they_are_printed(style: str) -> None:
    panel, rng = make_panel(), np.random.Generator(np.random.PCG64(11))
    for _ in range(40):
        org = str(rng.choice(sorted(set(panel.index.get_level_values("org")))))
        year, month = int(rng.integers(2016, 2024)), int(rng.integers(1, 13))
        figures = print_paragraph(panel, org, year, month, rng, style=style)
        findings = check_stated(figures)
        # A press paragraph that leaves eligible out does not name the base of its rate.
        unnamed = findings["rule"].eq("base_not_printed") & (
            "eligible" not in set(figures["item"]) or style == "press"
        )
        assert findings[~unnamed].empty, findings.to_dict("records")


@pytest.mark.parametrize("name", MISPRINTS)
def test_misprints_are_found(name: str) -> None:
    panel, rng = make_panel(), np.random.Generator(np.random.PCG64(13))
    misprint, missed = MISPRINTS[name], []
    for _ in range(15):
        org = str(rng.choice(sorted(set(panel.index.get_level_values("org")))))
        year, month = int(rng.integers(2016, 2024)), int(rng.integers(3, 13))
        measure = str(rng.choice(["cases", "money"]))
        figures = print_paragraph(panel, org, year, month, rng)
        wrong = figures.copy()
        misprint.apply(wrong, measure, rng)
        if not wrong.equals(figures) and not check_stated(wrong)["rule"].isin(misprint.rules).any():
            missed.append((org, year, month, measure))
    # What differs by less than the rounding of the print cannot be seen.
    assert len(missed) <= 2, missed


def test_findings_have_exactly_these_columns_and_are_json() -> None:
    findings = check_stated(WRONG["a thousand times too small"][0])
    assert list(findings.columns) == COLUMNS
    records = json.loads(json.dumps(to_records(findings), ensure_ascii=False))
    assert [list(record) for record in records] == [COLUMNS, COLUMNS]
    assert records[0]["found"] == 2_130_000_000
    assert records[0]["expected"] == 2_130_000_000_000
    assert records[0]["message"].startswith("Tổng số thụ lý")
    assert to_records(check_stated(HO_CHI_MINH_2019)) == []


def test_findings_in_english() -> None:
    message = check_stated(WRONG["a thousand times too small"][0], lang="en")["message"].iloc[0]
    assert "billion VND" in message or "2,130,000,000" in message


def test_the_callers_frame_stays_as_it_is() -> None:
    figures = WRONG["rate of another base"][0]
    before = figures.copy(deep=True)
    check_stated(figures)
    pd.testing.assert_frame_equal(figures, before)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"value": "nhiều"}, "row 1: value 'nhiều'"),
        ({"months": 13}, "months 13"),
        ({"fiscal_year": 1823}, "fiscal_year 1823"),
        ({"bound": "trên"}, "bound 'trên'"),
    ],
)
def test_what_cannot_be_read_is_refused(change: dict, message: str) -> None:
    with pytest.raises(DataError, match=message):
        check_stated(state("63:06", 2023, 9, {"new": 3}).astype(object).assign(**change))


def test_a_missing_column_is_refused() -> None:
    figures = state("63:06", 2023, 9, {"new": 3})
    with pytest.raises(DataError, match="no column org_code, value"):
        check_stated(figures.drop(columns=["org_code", "value"]))


def test_another_source_does_not_hide_what_a_text_says_wrongly() -> None:
    # 9 months of 2023: 382,058 / 574,289 = 66.53 %; with 382,508 in the text it would be 66.61 %.
    text = state("VN", 2023, 9, {"completed": 382508, "eligible": 574289, "completion_rate": 66.53})
    published = state("VN", 2023, 9, {"completed": 382058}, source="a page")
    assert found(pd.concat([text, published])) == {
        ("rate_on_base", "cases", "completion_rate"),
        ("two_values", "cases", "completed"),
    }
