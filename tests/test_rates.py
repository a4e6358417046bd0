"""Rates, the national sum and the year before, against printed bulletins and hand arithmetic."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from thads_analysis import metrics
from thads_analysis.errors import UsageError
from thads_analysis.metrics import (
    change,
    concentration,
    contribution,
    credibility,
    named,
    rates,
    standing,
    target,
)
from thads_analysis.org import Org, provinces
from thads_analysis.schema import panel_columns, to_panel

TY = 10**9


def panel_of(*rows: tuple[str, int, int, dict[str, dict[str, int]]]) -> pd.DataFrame:
    """Make a panel from (org key, fiscal year, months, {measure: {item: value}})."""
    observations = [
        (*(key.split(":") if ":" in key else ("", key)), year, months, measure, item, value)
        for key, year, months, figures in rows
        for measure, items in figures.items()
        for item, value in items.items()
    ]
    names = ["org_regime", "org_code", "fiscal_year", "months", "measure", "item", "value"]
    return to_panel(pd.DataFrame(observations, columns=names))


def full_panel(columns: dict[tuple[str, str], object], regime: str = "63", year: int = 2023) -> pd.DataFrame:
    """Make a nine-month panel of every province of a list from columns of figures."""
    keys = [(org.key, year, 9) for org in provinces(regime)]
    index = pd.MultiIndex.from_tuples(keys, names=["org", "fiscal_year", "months"])
    return pd.DataFrame(columns, index=index).reindex(columns=panel_columns()).astype("Int64")


# Each line: a paragraph that was published, its operands as printed, the ratio as printed in percent.
PRINTED = [
    # thads.moj.gov.vn ChiDaoDieuHanh 3689, 17/07/2017
    ("VN", 2017, 9, "completion_rate", "cases", 369372, 579413, 63.75),
    ("VN", 2017, 9, "eligible_share", "cases", 579413, 728227, 79.56),
    # Letter 2757/TCTHADS-NV3, bulletin of 01/08/2023; eligible and due from 24h.com.vn of the same report
    ("VN", 2023, 9, "completion_rate", "cases", 382058, 574289, 66.53),
    ("VN", 2023, 9, "completion_rate", "money", 70278705371000, 216558 * TY, 32.45),
    # vietnamnet, December 2020
    ("VN", 2020, 12, "completion_rate", "cases", 576933, 708674, 81.41),
    # tinnhanhchungkhoan.vn post334332, provisional result of 2023
    ("VN", 2023, 12, "completion_rate", "cases", 575667, 691593, 83.24),
    # plo.vn 841262 and baophapluat.vn post310933, 2019
    ("63:79", 2019, 6, "completion_rate", "cases", 26515, 54681, 48.49),
    ("63:79", 2019, 6, "eligible_share", "cases", 54681, 78593, 69.57),
    # demothads.moj.gov.vn/dongthap, 18/07/2025: the merged province
    ("34:82", 2025, 9, "completion_rate", "cases", 21468, 34110, 62.94),
    ("34:82", 2025, 9, "eligible_share", "cases", 34110, 53266, 64.04),
    ("34:82", 2025, 9, "not_eligible_share", "cases", 17034, 53266, 31.98),
    # thads.moj.gov.vn/bentre, 3 and 5 months of 2021
    ("63:83", 2021, 3, "completion_rate", "cases", 2011, 6843, 29.39),
    ("63:83", 2021, 3, "eligible_share", "cases", 6843, 10104, 67.73),
    ("63:83", 2021, 3, "not_eligible_share", "cases", 2922, 10104, 28.92),
    ("63:83", 2021, 5, "completion_rate", "cases", 3558, 8578, 41.48),
    ("63:83", 2021, 5, "eligible_share", "cases", 8578, 11791, 72.75),
    ("63:83", 2021, 5, "not_eligible_share", "cases", 2882, 11791, 24.44),
    # thads.moj.gov.vn, Tây Ninh, 10 months of 2019; due is eligible and not eligible under TT08-2015
    ("63:72", 2019, 10, "completion_rate", "cases", 12195, 20835, 58.53),
    ("63:72", 2019, 10, "completion_rate", "money", 395433927000, 1590173833000, 24.87),
    ("63:72", 2019, 10, "eligible_share", "money", 1590173833000, 1590173833000 + 1017661382000, 60.98),
    ("63:72", 2019, 10, "not_eligible_share", "money", 1017661382000, 1590173833000 + 1017661382000, 39.02),
    # baogialai.com.vn, 23/12/2022
    ("63:64", 2022, 12, "completion_rate", "cases", 11072, 13409, 82.57),
    ("63:64", 2022, 12, "eligible_share", "cases", 13409, 18819, 71.25),
    ("63:64", 2022, 12, "not_eligible_share", "cases", 5255, 18819, 27.92),
]

OPERANDS = {
    "completion_rate": ("completed", "eligible"),
    "eligible_share": ("eligible", "due"),
    "not_eligible_share": ("not_eligible", "due"),
}


@pytest.mark.parametrize(("org", "year", "months", "name", "measure", "above", "below", "printed"), PRINTED)
def test_a_printed_ratio_follows_from_its_printed_operands(
    org: str, year: int, months: int, name: str, measure: str, above: int, below: int, printed: float
) -> None:
    numerator, denominator = OPERANDS[name]
    panel = panel_of((org, year, months, {measure: {numerator: above, denominator: below}}))
    found = getattr(metrics, name)(panel)
    assert found.index.equals(panel.index)
    assert list(found.columns) == ["cases", "money"]
    assert found.loc[(org, year, months), measure] * 100 == pytest.approx(printed, abs=0.00501)


def test_quang_tri_2016_in_whole_percents() -> None:
    # Bulletin of 27/02/2017 on the meeting of 25/02/2017. Its shares are of what was accepted.
    panel = panel_of(
        (
            "63:45",
            2016,
            12,
            {
                "cases": {"completed": 3086, "eligible": 3366, "not_eligible": 337, "due": 3725},
                "money": {
                    "completed": 47 * TY,
                    "eligible": 105 * TY,
                    "not_eligible": 113 * TY,
                    "due": 224500000000,
                },
            },
        )
    )
    row = ("63:45", 2016, 12)
    percent = {
        (name, measure): float(getattr(metrics, name)(panel).loc[row, measure]) * 100
        for name in OPERANDS
        for measure in ("cases", "money")
    }
    assert percent == {
        ("completion_rate", "cases"): pytest.approx(92, abs=0.5),
        ("completion_rate", "money"): pytest.approx(45, abs=0.5),
        ("eligible_share", "cases"): pytest.approx(90, abs=0.5),
        ("eligible_share", "money"): pytest.approx(47, abs=0.5),
        # Printed as 10 %; 337 of 3.725 is 9,05 %.
        ("not_eligible_share", "cases"): pytest.approx(9.047, abs=0.001),
        ("not_eligible_share", "money"): pytest.approx(50, abs=0.5),
    }


def test_six_months_of_2021_mean_about_450_thousand_eligible_cases() -> None:
    # Chinhphu.vn on the conference of 16/04/2021: 230.623 cases, 51,25 %; over 23.517 tỷ, 16,47 %.
    # Hand arithmetic: 230623 / 0.5125 = 449996; 23517 / 0.1647 = 142787.
    panel = panel_of(
        (
            "VN",
            2021,
            6,
            {
                "cases": {"completed": 230623, "eligible": 449996},
                "money": {"completed": 23517 * TY, "eligible": 142787 * TY},
            },
        )
    )
    found = rates.completion_rate(panel).loc[("VN", 2021, 6)]
    assert found["cases"] == pytest.approx(0.5125, abs=5e-6)
    assert found["money"] == pytest.approx(0.1647, abs=5e-6)


def test_clearance_rate_of_nine_months_of_2017() -> None:
    # ChiDaoDieuHanh 3689: 369.372 completed, 446.223 new; by hand 0.82777.
    panel = panel_of(("VN", 2017, 9, {"cases": {"completed": 369372, "new": 446223}}))
    assert rates.clearance_rate(panel).loc[("VN", 2017, 9), "cases"] == pytest.approx(0.82777, abs=5e-6)


def test_disposition_time_of_nine_months_of_2017() -> None:
    # 369.372 completed (+17.190), 358.855 carried out (ChiDaoDieuHanh 3689); 530.428 in all of 2016.
    # By hand: 365 x 358855 / (369372 + 530428 - 352182) = 130982075 / 547618 = 239.18 days.
    panel = panel_of(
        ("VN", 2016, 9, {"cases": {"completed": 352182}}),
        ("VN", 2016, 12, {"cases": {"completed": 530428, "carried_out": 265214}}),
        ("VN", 2017, 9, {"cases": {"completed": 369372, "carried_out": 358855}}),
    )
    days = rates.disposition_time(panel)["cases"]
    assert days["VN", 2017, 9] == pytest.approx(239.18, abs=0.01)
    # Twelve months need no year before: 265.214 is half of 530.428, so half a year.
    assert days["VN", 2016, 12] == 182.5
    assert pd.isna(days["VN", 2016, 9])


@pytest.mark.parametrize(("missing_year", "missing_months"), [(2022, 3), (2022, 12), (2023, 3)])
def test_disposition_time_is_missing_when_any_part_is(missing_year: int, missing_months: int) -> None:
    figures = {"cases": {"completed": 100, "carried_out": 860}}
    panel = panel_of(
        *[("63:01", year, months, figures) for year, months in [(2022, 3), (2022, 12), (2023, 3)]]
    )
    assert rates.disposition_time(panel).loc[("63:01", 2023, 3), "cases"] == pytest.approx(3139)
    panel.loc[("63:01", missing_year, missing_months), ("cases", "completed")] = pd.NA
    assert pd.isna(rates.disposition_time(panel).loc[("63:01", 2023, 3), "cases"])


def test_over_nothing_a_ratio_is_missing() -> None:
    panel = panel_of(("63:01", 2023, 9, {"cases": {"completed": 0, "eligible": 0, "new": 0}}))
    for metric in (rates.completion_rate, rates.clearance_rate, rates.eligible_share):
        found = metric(panel)
        assert (found.dtypes == "Float64").all()
        assert found.isna().all(axis=None)
    assert rates.ratio(0, 5) == 0
    for numerator, denominator in [(5, 0), (None, 5), (5, pd.NA), (5, float("nan"))]:
        assert rates.ratio(numerator, denominator) is pd.NA


def test_an_item_that_a_measure_lacks_is_missing_and_an_unknown_one_refused() -> None:
    panel = panel_of(("63:01", 2023, 9, {"money": {"reduced": 7}}))
    assert rates.by_measure(panel, "reduced").loc[("63:01", 2023, 9)].tolist() == [pd.NA, 7]
    with pytest.raises(UsageError, match="'done' is not an item of the forms; the items are carried_in, new"):
        rates.by_measure(panel, "done")


def test_last_year_finds_the_same_months_and_leaves_gaps() -> None:
    cases = {
        ("63:01", 2022, 1): 10,
        ("63:01", 2022, 12): 99,
        ("63:01", 2023, 1): 11,
        ("63:01", 2023, 2): 21,
        ("63:02", 2023, 1): 5,
    }
    panel = panel_of(*[(*key, {"cases": {"new": value}}) for key, value in cases.items()])
    shuffled = panel.iloc[[3, 0, 4, 1, 2]]
    base = rates.last_year(shuffled)
    assert base.index.equals(shuffled.index)
    assert (base.dtypes == shuffled.dtypes).all()
    assert base["cases", "new"].dropna().to_dict() == {("63:01", 2023, 1): 10}
    year_end = rates.last_year(shuffled, 12)["cases", "new"].dropna().to_dict()
    assert year_end == {("63:01", 2023, 1): 99, ("63:01", 2023, 2): 99}


def test_the_nation_is_the_sum_of_its_provinces() -> None:
    # 1 + 2 + ... + 63 = 2016, by hand.
    panel = full_panel({("cases", "new"): np.arange(1, 64), ("money", "new"): np.full(63, 10**15)})
    nation = rates.national(panel)
    assert nation.index.tolist() == [("VN", 2023, 9)]
    assert nation.index.names == panel.index.names
    assert nation["cases", "new"].tolist() == [2016]
    assert nation["money", "new"].tolist() == [63 * 10**15]
    assert (nation.dtypes == "Int64").all()
    assert nation["cases", "due"].isna().all()


def test_a_group_is_the_sum_of_its_members_and_missing_where_one_is() -> None:
    group = Org.parse("low-4", "63")  # 14, 35, 42, 70
    keys = [(f"63:{code}", year, 9) for year in (2022, 2023) for code in ("01", "14", "35", "42", "70")]
    index = pd.MultiIndex.from_tuples(keys, names=["org", "fiscal_year", "months"])
    panel = pd.DataFrame({("cases", "completed"): range(10)}, index=index, dtype="Int64")
    panel = panel.drop(index=("63:70", 2022, 9))
    expected = pd.MultiIndex.from_tuples([(group.key, 2023, 9)], names=index.names)
    summed = rates.total(panel, group)
    assert summed.index.equals(expected)
    assert summed["cases", "completed"].tolist() == [6 + 7 + 8 + 9]


def test_a_missing_province_or_figure_leaves_no_national_figure() -> None:
    panel = full_panel({("cases", "new"): np.ones(63), ("cases", "due"): np.full(63, 2)})
    without_one = rates.national(panel.drop(index=("63:45", 2023, 9)))
    assert without_one.index.tolist() == [("VN", 2023, 9)]
    assert without_one.isna().all(axis=None)
    panel.loc[("63:45", 2023, 9), ("cases", "new")] = pd.NA
    assert rates.national(panel)["cases", "new"].isna().all()
    assert rates.national(panel)["cases", "due"].tolist() == [126]


def test_no_province_counts_twice() -> None:
    old = full_panel({("cases", "new"): np.full(63, 34)})
    # A restated sum of the new provinces: what the old ones reported at the time counts.
    new = full_panel({("cases", "new"): np.full(34, 64)}, regime="34")
    nation = full_panel({("cases", "new"): np.full(63, 34)}).iloc[:1].rename(index={"63:01": "VN"})
    later = full_panel({("cases", "new"): np.full(34, 2)}, regime="34", year=2026)
    total = rates.national(pd.concat([new, later, nation, old]))["cases", "new"]
    assert total.to_dict() == {("VN", 2023, 9): 34 * 63, ("VN", 2026, 9): 68}


def test_the_nation_is_laid_beside_each_row_by_period() -> None:
    panel = full_panel({("cases", "new"): np.ones(63)})
    later = panel.rename(index={2023: 2024}, level="fiscal_year").iloc[:5]
    laid = rates.beside(rates.national(panel), pd.concat([later, panel]))["cases", "new"]
    assert laid.iloc[:5].isna().all()
    assert laid.iloc[5:].tolist() == [63] * 63


counts = st.lists(st.integers(0, 10**6), min_size=63, max_size=63)


@settings(max_examples=25, deadline=None)
@given(completed=counts, pending=counts, rest=counts)
def test_rates_are_fractions_and_the_nation_lies_between_its_provinces(
    completed: list[int], pending: list[int], rest: list[int]
) -> None:
    eligible = np.add(completed, pending)
    columns = {"completed": completed, "eligible": eligible, "not_eligible": rest, "due": eligible + rest}
    panel = full_panel({("cases", item): values for item, values in columns.items()})
    rate = rates.completion_rate(panel)["cases"].dropna()
    assert rate.between(0, 1).all()
    nation = rates.completion_rate(rates.national(panel))["cases"].dropna()
    assert len(nation) == (eligible.sum() > 0)
    for value in nation:
        assert rate.min() <= value + 1e-12
        assert value <= rate.max() + 1e-12
    both = rates.eligible_share(panel)["cases"] + rates.not_eligible_share(panel)["cases"]
    assert both.dropna().to_numpy(float) == pytest.approx(1)


@pytest.mark.parametrize(
    "metric",
    [
        rates.completion_rate,
        rates.eligible_share,
        rates.not_eligible_share,
        rates.clearance_rate,
        rates.disposition_time,
        rates.last_year,
        target.target_rates,
        target.gap_full_year,
        target.gap_prorata,
        target.attainment,
        target.meets,
        standing.rank,
        standing.rank_out_of,
        standing.against_national,
        standing.below_national,
        concentration.shares,
        lambda panel: concentration.in_top(panel, 3),
    ],
)
def test_a_metric_keeps_the_index_and_never_changes_the_panel(metric) -> None:  # type: ignore[no-untyped-def]
    rng = np.random.default_rng(2023)
    panel = full_panel({column: rng.integers(0, 1000, 63) for column in panel_columns()})
    panel.iloc[3] = pd.NA
    shuffled = panel.sample(frac=1, random_state=9)
    before = shuffled.copy(deep=True)
    found = metric(shuffled)
    pd.testing.assert_frame_equal(shuffled, before)
    assert found.index.equals(before.index)
    assert len(metric(panel.iloc[:0])) == 0


def test_public_names() -> None:
    modules = [change, concentration, contribution, credibility, named, rates, standing, target]
    assert set(metrics.__all__) == {name for module in modules for name in module.__all__}
    assert all(hasattr(metrics, name) for name in metrics.__all__)
