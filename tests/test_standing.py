"""Rank and standing against the national rate, by hand and against SciPy."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import rankdata

from thads_analysis.metrics import (
    against_national,
    below_national,
    completion_rate,
    far_below,
    far_below_limit,
    national,
    rank,
    rank_out_of,
)
from thads_analysis.org import provinces
from thads_analysis.schema import panel_columns


def panel_of(keys: list[str], year: int = 2023, months: int = 9, **measures: object) -> pd.DataFrame:
    """Make a panel of one period from (completed, eligible) of each measure."""
    index = pd.MultiIndex.from_tuples(
        [(key, year, months) for key in keys], names=["org", "fiscal_year", "months"]
    )
    columns = {
        (measure, item): values
        for measure, operands in measures.items()
        for item, values in zip(("completed", "eligible"), operands, strict=True)  # type: ignore[call-overload]
    }
    return pd.DataFrame(columns, index=index).reindex(columns=panel_columns()).astype("Int64")


ALL_63 = [org.key for org in provinces("63")]


def test_equal_rates_share_the_better_rank() -> None:
    # 90 %, 80 % twice (once as 8 of 10, once as 80 of 100), 10 %, none eligible.
    panel = panel_of(
        ["63:01", "63:02", "63:04", "63:06", "63:08"],
        cases=([8, 9, 80, 1, 0], [10, 10, 100, 10, 0]),
    )
    assert rank(panel)["cases"].tolist() == [2, 1, 2, 4, pd.NA]
    assert rank_out_of(panel)["cases"].tolist() == [4, 4, 4, 4, pd.NA]
    assert rank(panel)["money"].isna().all()
    assert rank_out_of(panel)["money"].isna().all()
    assert (rank(panel).dtypes == "Int64").all()


def test_each_list_and_period_is_ranked_by_itself_and_the_nation_not_at_all() -> None:
    panel = pd.concat(
        [
            panel_of(["63:01", "63:02", "VN"], cases=([1, 2, 9], [10, 10, 10])),
            panel_of(["34:01", "34:04"], cases=([3, 4], [10, 10])),
            panel_of(["63:01", "63:02"], months=10, cases=([6, 5], [10, 10])),
            panel_of(["63:01", "63:02"], year=2022, cases=([7, 8], [10, 10])),
        ]
    )
    assert rank(panel)["cases"].tolist() == [2, 1, pd.NA, 2, 1, 1, 2, 2, 1]
    assert rank_out_of(panel)["cases"].tolist() == [2, 2, pd.NA, 2, 2, 2, 2, 2, 2]


def test_standing_against_the_national_rate_by_hand() -> None:
    # 61 provinces at 50 of 100; one at 20 of 100 on cases and money; one at 80 of 100 on cases and
    # 20 of 100 on money. Cases: 3150 of 6300 is 50 %; money: 3090 of 6300 is 49.048 %.
    cases = np.array([20, 80, *[50] * 61])
    money = np.array([20, 20, *[50] * 61])
    panel = panel_of(ALL_63, cases=(cases, np.full(63, 100)), money=(money, np.full(63, 100)))
    gaps = against_national(panel)
    assert gaps["cases"].iloc[:3].tolist() == pytest.approx([-0.30, 0.30, 0])
    assert gaps["money"].iloc[:3].tolist() == pytest.approx([-0.29048, -0.29048, 0.00952], abs=5e-6)
    below = below_national(panel)
    assert list(below.columns) == ["cases", "money", "both"]
    assert below.iloc[0].tolist() == [True, True, True]
    assert below.iloc[1].tolist() == [False, True, False]
    # A province at the national rate itself is not below it.
    assert not below.iloc[2:].any(axis=None)


def test_the_national_rate_is_not_the_mean_of_the_rates() -> None:
    # One province has 9 900 of the 10 520 eligible and completes 10 %; 62 have 10 each and complete all.
    # 990 + 620 = 1610 of 10520 is 15.304 %, while the mean of the rates is near 99 %.
    panel = panel_of(ALL_63, cases=([990, *[10] * 62], [9900, *[10] * 62]))
    assert against_national(panel)["cases"].iloc[0] == pytest.approx(0.1 - 0.15304, abs=5e-6)
    assert below_national(panel)["cases"].sum() == 1


def test_without_one_province_nothing_can_be_said() -> None:
    panel = panel_of(ALL_63, cases=(np.arange(63), np.full(63, 100)), money=(np.arange(63), np.full(63, 100)))
    panel.loc[("63:45", 2023, 9), "money"] = pd.NA
    assert against_national(panel)["money"].isna().all()
    assert against_national(panel)["cases"].notna().all()
    below = below_national(panel)
    assert below["money"].isna().all()
    # Not below on cases is not below on both, whatever money would say.
    assert (below["both"].fillna(True) == below["cases"]).all()
    assert rank(panel)["money"].count() == 62
    assert against_national(panel.iloc[:40]).isna().all(axis=None)


def test_far_below_is_a_distance_from_the_median() -> None:
    # Rates of 40 to 60 % by points, thrice each: the median is 50 %, the median distance from it 5 points, so
    # the limit is 50 - 1.5 x 1.4826 x 5 = 38.88 %. With one province at 38 %, one is below.
    rates = np.repeat(np.arange(40, 61), 3)
    panel = panel_of(ALL_63, cases=(rates, np.full(63, 100)))
    assert far_below_limit(panel)["cases"].iloc[0] == pytest.approx(0.3888, abs=5e-5)
    assert not far_below(panel)["cases"].any()
    rates[0] = 38
    panel = panel_of(ALL_63, cases=(rates, np.full(63, 100)))
    assert far_below(panel)["cases"].sum() == 1
    assert far_below(panel)["cases"].iloc[0]
    assert far_below(panel)["money"].isna().all()


def test_where_most_are_alike_nobody_can_be_called_far() -> None:
    panel = panel_of(ALL_63, cases=([1, *[50] * 62], np.full(63, 100)))
    assert far_below_limit(panel)["cases"].isna().all()
    assert far_below(panel)["cases"].isna().all()


operands = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), min_size=63, max_size=63)


@settings(max_examples=25, deadline=None)
@given(operands)
def test_ranks_agree_with_scipy_and_gaps_weigh_out(pairs: list[tuple[int, int]]) -> None:
    completed, pending = (np.array(values) for values in zip(*pairs, strict=True))
    eligible = completed + pending
    panel = panel_of(ALL_63, cases=(completed, eligible))
    known = eligible > 0
    expected = rankdata(-completed[known] / eligible[known], method="min").astype(int)
    assert rank(panel)["cases"][known].tolist() == expected.tolist()
    assert rank(panel)["cases"][~known].isna().all()
    if known.any():
        gaps = against_national(panel)["cases"].fillna(0).to_numpy(float)
        assert (gaps * eligible).sum() == pytest.approx(0, abs=1e-6)
        rates = completion_rate(panel)["cases"][known]
        nation = completion_rate(national(panel))["cases"].iloc[0]
        assert rates.min() <= nation + 1e-12
        assert nation <= rates.max() + 1e-12
        assert below_national(panel)["cases"].fillna(False).sum() < known.sum()
