"""Shares, the largest provinces and the Herfindahl index, on printed figures and by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from thads_analysis.errors import UsageError
from thads_analysis.metrics import (
    completion_rate,
    gini,
    herfindahl,
    in_top,
    lorenz,
    national,
    rate_without_top,
    shares,
    top_share,
)
from thads_analysis.org import provinces
from thads_analysis.schema import panel_columns

TY = 10**9


def panel_of(regime: str = "63", year: int = 2023, **columns: object) -> pd.DataFrame:
    """Make a panel of all provinces of a list; a column is named measure_item."""
    keys = [(org.key, year, 9) for org in provinces(regime)]
    index = pd.MultiIndex.from_tuples(keys, names=["org", "fiscal_year", "months"])
    named = {tuple(name.split("_", 1)): values for name, values in columns.items()}
    return pd.DataFrame(named, index=index).reindex(columns=panel_columns()).astype("Int64")


def with_large(rest: int, large: dict[str, int], regime: str = "63") -> np.ndarray:
    """One figure for every province, others for those named by key."""
    return np.array([large.get(org.key, rest) for org in provinces(regime)])


def test_the_two_largest_in_2025() -> None:
    # plo.vn post886182, 12/12/2025: Hồ Chí Minh 81.900 cases and 49.000 tỷ, Hà Nội 39.400 and 19.600,
    # of 576.884 cases (plo.vn) and 150.060 tỷ (vietnamnet 2471941). The rest is spread evenly here:
    # (576884 - 121300) / 32 = 14237 cases, (150060 - 68600) tỷ / 32 = 2545.625 tỷ.
    panel = panel_of(
        "34",
        2025,
        cases_completed=with_large(14237, {"34:79": 81900, "34:01": 39400}, "34"),
        money_completed=with_large(2545625 * 10**6, {"34:79": 49000 * TY, "34:01": 19600 * TY}, "34"),
    )
    assert national(panel)["cases", "completed"].tolist() == [576884]
    assert national(panel)["money", "completed"].tolist() == [150060 * TY]
    ho_chi_minh = shares(panel).loc[("34:79", 2025, 9)]
    assert ho_chi_minh["cases"] == pytest.approx(0.14197, abs=5e-6)
    assert ho_chi_minh["money"] == pytest.approx(0.32654, abs=5e-6)
    together = top_share(panel, 2)
    assert together.index.tolist() == [("VN", 2025, 9)]
    assert together.iloc[0].tolist() == pytest.approx([0.21027, 0.45715], abs=5e-6)
    top = in_top(panel, 2)
    for measure in ("cases", "money"):
        assert top.index[top[measure]].get_level_values("org").tolist() == ["34:01", "34:79"]


def test_the_national_rate_without_the_largest_by_hand() -> None:
    # 61 provinces complete 10 of 100; Hà Nội 500 of 1000, Hồ Chí Minh 900 of 1000.
    completed = with_large(10, {"63:01": 500, "63:79": 900})
    eligible = with_large(100, {"63:01": 1000, "63:79": 1000})
    panel = panel_of(money_completed=completed, money_eligible=eligible)
    # 2010 of 8100; without Hồ Chí Minh 1110 of 7100; without both 610 of 6100.
    assert completion_rate(national(panel))["money"].tolist() == pytest.approx([2010 / 8100])
    assert rate_without_top(panel, 1)["money"].tolist() == pytest.approx([1110 / 7100])
    assert rate_without_top(panel, 2)["money"].tolist() == pytest.approx([0.1])
    assert rate_without_top(panel, 63)["money"].tolist() == [pd.NA]
    assert rate_without_top(panel, 2)["cases"].tolist() == [pd.NA]
    # By what is eligible the two are equal, and the lower code counts first: 1510 of 7100 remain.
    assert rate_without_top(panel, 1, "eligible")["money"].tolist() == pytest.approx([1510 / 7100])


def test_the_measures_have_their_own_largest() -> None:
    panel = panel_of(
        cases_completed=with_large(1, {"63:01": 50}), money_completed=with_large(1, {"63:79": 50})
    )
    top = in_top(panel, 1)
    assert top.index[top["cases"]].tolist() == [("63:01", 2023, 9)]
    assert top.index[top["money"]].tolist() == [("63:79", 2023, 9)]


def test_equal_figures_are_told_apart_by_code_whatever_the_order_of_rows() -> None:
    panel = panel_of(cases_completed=np.full(63, 7))
    shuffled = panel.sample(frac=1, random_state=3)
    top = in_top(shuffled, 3)["cases"]
    assert top.index.equals(shuffled.index)
    assert sorted(top.index[top].get_level_values("org")) == ["63:01", "63:02", "63:04"]
    assert top_share(shuffled, 3)["cases"].tolist() == pytest.approx([3 / 63])


def test_herfindahl_at_its_ends_and_between() -> None:
    even = panel_of(cases_completed=np.full(63, 7), money_completed=with_large(0, {"63:79": 9}))
    assert herfindahl(even).iloc[0].tolist() == pytest.approx([1 / 63, 1])
    # Shares 1/2, 1/4, 1/4 and nothing elsewhere: 1/4 + 1/16 + 1/16 = 0.375.
    panel = panel_of(cases_new=with_large(0, {"63:01": 2, "63:48": 1, "63:79": 1}))
    assert herfindahl(panel, "new")["cases"].tolist() == [0.375]


def test_lorenz_and_gini_at_their_ends_and_between() -> None:
    even = panel_of(cases_completed=np.full(63, 7), money_completed=with_large(0, {"63:79": 9}))
    assert gini(even).iloc[0].tolist() == pytest.approx([0, 62 / 63])
    assert lorenz(even)["cases"].sort_values().tolist() == pytest.approx([i / 63 for i in range(1, 64)])
    assert lorenz(even)["money"].sort_values().tolist() == [0] * 62 + [1]
    # Shares 0 for 60 provinces, then 1/4, 1/4, 1/2: (2 x 61 - 64) / 4 + (2 x 62 - 64) / 4 + (2 x 63 - 64) / 2
    # = 14.5 + 15 + 31 = 60.5, over 63.
    panel = panel_of(cases_completed=with_large(0, {"63:01": 2, "63:48": 1, "63:79": 1}))
    assert gini(panel)["cases"].tolist() == pytest.approx([60.5 / 63])
    curve = lorenz(panel)["cases"]
    assert curve.loc[[("63:48", 2023, 9), ("63:79", 2023, 9), ("63:01", 2023, 9)]].tolist() == [0.25, 0.5, 1]


def test_what_is_unknown_of_one_is_unknown_of_the_whole() -> None:
    panel = panel_of(cases_completed=np.full(63, 7), money_completed=np.full(63, 7))
    panel.loc[("63:45", 2023, 9), ("money", "completed")] = pd.NA
    for metric in (shares, herfindahl, lorenz, gini):
        assert metric(panel)["money"].isna().all()
        assert metric(panel)["cases"].notna().all()
    for measure, known in [("cases", True), ("money", False)]:
        assert in_top(panel, 3)[measure].notna().all() == known
        assert top_share(panel, 3)[measure].notna().all() == known
    # Known rates do not help when it is unknown who is largest.
    panel["money", "completed"] = 7
    panel["money", "eligible"] = 10
    panel["money", "new"] = pd.array([pd.NA, *[1] * 62], dtype="Int64")
    assert rate_without_top(panel, 1)["money"].tolist() == pytest.approx([0.7])
    assert rate_without_top(panel, 1, "new")["money"].tolist() == [pd.NA]


def test_a_number_below_one_or_an_unknown_item_is_refused() -> None:
    panel = panel_of(cases_completed=np.full(63, 7))
    for metric in (in_top, top_share, rate_without_top):
        with pytest.raises(UsageError, match="The largest 0 provinces were asked for; give 1 or more"):
            metric(panel, 0)
    with pytest.raises(UsageError, match="'done' is not an item"):
        shares(panel, "done")


@settings(max_examples=25, deadline=None)
@given(
    values=st.lists(st.integers(0, 10**12), min_size=63, max_size=63).filter(any),
    k=st.integers(1, 63),
)
def test_shares_sum_to_one_and_bound_the_index(values: list[int], k: int) -> None:
    panel = panel_of(money_completed=values)
    portions = shares(panel)["money"].to_numpy(float)
    assert portions.sum() == pytest.approx(1)
    assert ((portions >= 0) & (portions <= 1)).all()
    index = herfindahl(panel)["money"].iloc[0]
    assert 1 / 63 - 1e-12 <= index <= 1 + 1e-12
    # Expected from plain Python: the k largest of the list over its sum.
    expected = sum(sorted(values, reverse=True)[:k]) / sum(values)
    assert top_share(panel, k)["money"].iloc[0] == pytest.approx(expected)
    assert in_top(panel, k)["money"].sum() == k
    # The Gini coefficient as the mean difference of all pairs over twice the mean.
    differences = np.abs(np.subtract.outer(values, values)).sum() / 63**2
    assert gini(panel)["money"].iloc[0] == pytest.approx(differences / (2 * sum(values) / 63), abs=1e-9)
