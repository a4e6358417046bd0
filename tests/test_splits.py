"""Exact splits: published figures, hand arithmetic, exact fractions, random panels."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from thads_analysis.errors import DataError, UsageError
from thads_analysis.merger import to_regime
from thads_analysis.metrics import completion_rate, last_year, national
from thads_analysis.org import merger_map, provinces
from thads_analysis.period import Period
from thads_analysis.schema import PANEL_INDEX, derive_totals, panel_columns
from thads_analysis.trend import (
    best_year,
    breaks_between,
    change_without_largest,
    eligible_change,
    eligible_stock,
    monthly_flows,
    national_rate_change,
    rate_change,
    stock_change,
    stock_flow,
    stock_states,
)

NOW, BASE = Period(2023, 9), Period(2022, 9)
ORGS = [org.key for org in provinces("63")]
EFFECTS = ["numerator_effect", "denominator_effect"]
ACCOUNT = ["opening", "restated", "new", "entrusted", "pulled_up", "revoked", "completed"]


def rate_frame(completed: int | None, eligible: int | None) -> pd.DataFrame:
    return pd.DataFrame({"completed": [completed], "eligible": [eligible]}, dtype="Int64")


def panel_of(figures: dict[tuple[str, int, int], dict[str, int]], measure: str = "cases") -> pd.DataFrame:
    """Make a panel of one measure from {(org, fiscal year, months): {item: value}}."""
    index = pd.MultiIndex.from_tuples(list(figures), names=PANEL_INDEX)
    items = sorted({item for row in figures.values() for item in row})
    columns = {(measure, item): [row.get(item, pd.NA) for row in figures.values()] for item in items}
    return derive_totals(pd.DataFrame(columns, index=index).reindex(columns=panel_columns()).astype("Int64"))


def two_periods(
    now: dict[str, tuple[int, int]], base: dict[str, tuple[int, int]], measure: str = "cases"
) -> pd.DataFrame:
    """Make a panel of NOW and BASE from {org: (completed, eligible)}."""
    rows = {
        (org, period.fiscal_year, period.months): pair
        for period, figures in ((BASE, base), (NOW, now))
        for org, pair in figures.items()
    }
    panel = pd.DataFrame(
        pd.NA, pd.MultiIndex.from_tuples(list(rows), names=PANEL_INDEX), panel_columns(), dtype="Int64"
    )
    panel[[(measure, "completed"), (measure, "eligible")]] = pd.DataFrame(
        list(rows.values()), panel.index, dtype="Int64"
    )
    return panel


# --- numerator and denominator -----------------------------------------------------------------


# Nine months of 2023, cases. Completed 382,058, up 33,568; rate 66.53 %, up 2.18: letter 2757/TCTHADS-NV3,
# 31/07/2023. Eligible 574,289, up 6.04 %: 24h.com.vn on the same report. The growth is printed to 0.01 %,
# so that the base is 574,289 / 1.06045 to 574,289 / 1.06035: 541,552 to 541,603.
@pytest.mark.parametrize("base_eligible", [541552, 541577, 541603])
def test_nine_months_of_2023_as_published(base_eligible):
    row = rate_change(rate_frame(382058, 574289), rate_frame(382058 - 33568, base_eligible)).iloc[0]
    assert round(100 * row["rate"], 2) == 66.53
    assert 100 * row["base_rate"] == pytest.approx(64.35, abs=0.006)
    assert 100 * row["change"] == pytest.approx(2.18, abs=0.005)
    # By hand: 33,568 x (1/574,289 + 1/541,577) / 2 = 6.022 points of results;
    # (382,058 + 348,490) / 2 x (1/574,289 - 1/541,577) = -3.842 points of a larger denominator.
    assert 100 * row["numerator_effect"] == pytest.approx(6.022, abs=0.002)
    assert 100 * row["denominator_effect"] == pytest.approx(-3.842, abs=0.004)
    assert row[EFFECTS].sum() == pytest.approx(row["change"], abs=1e-9)


def test_what_moved_the_denominator_in_nine_months_of_2023_as_published():
    # Due 775,101, up 19.62 % (24h.com.vn on the same report): 647,969 a year before (± 27).
    now = rate_frame(382058, 574289).assign(due=775101)
    row = rate_change(now, rate_frame(348490, 541577).assign(due=647969)).iloc[0]
    # By hand: 365,274 / (574,289 x 541,577) x (647,969 - 775,101) = -14.931 points; not eligible or
    # otherwise pending 200,812 after 106,392: 365,274 / (574,289 x 541,577) x 94,420 = +11.089 points.
    assert 100 * row["due_effect"] == pytest.approx(-14.931, abs=0.001)
    assert 100 * row["classification_effect"] == pytest.approx(11.089, abs=0.001)
    assert row["due_effect"] + row["classification_effect"] == pytest.approx(row["denominator_effect"])


def test_without_due_the_denominator_is_not_taken_apart():
    row = rate_change(rate_frame(60, 100).assign(due=120), rate_frame(40, 80)).iloc[0]
    assert row[EFFECTS].tolist() == pytest.approx([0.225, -0.125])
    assert row[["due_effect", "classification_effect"]].isna().all()


def test_a_hand_example():
    # (60 - 40) x (1/100 + 1/80) / 2 = 0.225; (60 + 40) / 2 x (1/100 - 1/80) = -0.125.
    row = rate_change(rate_frame(60, 100), rate_frame(40, 80)).iloc[0]
    assert row[EFFECTS].tolist() == pytest.approx([0.225, -0.125])


@pytest.mark.parametrize(
    ("now", "base", "effects"),
    [
        ((50, 100), (50, 100), [0, 0]),
        ((60, 100), (50, 100), [0.1, 0]),  # only the numerator moved
        ((50, 80), (50, 100), [0, 0.125]),  # only the denominator moved
        ((0, 100), (0, 80), [0, 0]),
    ],
)
def test_what_did_not_move_has_no_effect(now, base, effects):
    row = rate_change(rate_frame(*now), rate_frame(*base)).iloc[0]
    assert row[EFFECTS].tolist() == pytest.approx(effects, abs=1e-12)


@pytest.mark.parametrize(
    ("now", "base"),
    [((5, 0), (5, 10)), ((5, 10), (0, 0)), ((None, 10), (5, 10)), ((5, 10), (5, None))],
)
def test_without_both_rates_there_is_no_split(now, base):
    row = rate_change(rate_frame(*now), rate_frame(*base)).iloc[0]
    assert row[["change", *EFFECTS]].isna().all()


counts = st.integers(0, 10**18)


@settings(max_examples=300, deadline=None)
@given(counts, st.integers(1, 10**18), counts, st.integers(1, 10**18))
def test_the_split_is_the_mean_over_both_orders(done, eligible, done_base, eligible_base):
    done, done_base = min(done, eligible), min(done_base, eligible_base)
    row = rate_change(rate_frame(done, eligible), rate_frame(done_base, eligible_base)).iloc[0]
    now, base = Fraction(done, eligible), Fraction(done_base, eligible_base)
    crossed = Fraction(done, eligible_base), Fraction(done_base, eligible)
    numerator = ((crossed[0] - base) + (now - crossed[1])) / 2
    size = max(1.0, *(float(abs(rate)) for rate in crossed))
    assert row["numerator_effect"] == pytest.approx(float(numerator), rel=1e-9, abs=1e-9 * size)
    assert row["denominator_effect"] == pytest.approx(
        float(now - base - numerator), rel=1e-9, abs=1e-9 * size
    )
    assert row["change"] == pytest.approx(float(now - base), abs=1e-9)
    assert row[EFFECTS].sum() == pytest.approx(row["change"], abs=1e-9 * size)


def test_it_is_the_same_in_any_unit_and_turns_its_sign_with_the_order():
    now, base = rate_frame(382058, 574289), rate_frame(348490, 541577)
    there, back = rate_change(now, base), rate_change(base, now)
    thousands = rate_change(1000 * now, 1000 * base)
    columns = ["change", *EFFECTS]
    assert thousands.iloc[0][columns].tolist() == pytest.approx(there.iloc[0][columns].tolist(), abs=1e-12)
    assert back.iloc[0][columns].tolist() == pytest.approx((-there.iloc[0][columns]).tolist(), abs=1e-12)


def test_a_whole_panel_against_the_year_before():
    panel = two_periods({"63:01": (60, 100), "63:02": (5, 9)}, {"63:01": (40, 80)})
    split = rate_change(panel["cases"], last_year(panel)["cases"])
    assert split.index.equals(panel.index)
    assert split.loc[("63:01", 2023, 9), EFFECTS].tolist() == pytest.approx([0.225, -0.125])
    assert split.loc[("63:02", 2023, 9), "change"] is pd.NA


# --- completions and the moving denominator inside a year ----------------------------------------


def test_money_of_2023_after_nine_months_as_published():
    # After 9 months 70,278 tỷ 705 triệu 371 nghìn of 216,558 tỷ, 32.45 % (letter 2757/TCTHADS-NV3;
    # 24h.com.vn); at the end of the year, provisional, 89,505 of 192,712 tỷ, 46.44 %
    # (tinnhanhchungkhoan.vn post334332).
    panel = panel_of(
        {
            ("VN", 2023, 9): {"completed": 70_278_705_371_000, "eligible": 216_558 * 10**9},
            ("VN", 2023, 12): {"completed": 89_505 * 10**9, "eligible": 192_712 * 10**9},
        },
        measure="money",
    )
    row = eligible_change(panel, Period(2023, 12), since=NOW).loc[("VN", "money")]
    assert [round(100 * row[c], 2) for c in ("base_rate", "rate", "change")] == [32.45, 46.44, 13.99]
    # By hand: 19,226.295 x (1/192,712 + 1/216,558) / 2 = 9.427 points;
    # 79,891.853 x (1/192,712 - 1/216,558) = 4.565 points without any result.
    assert [round(100 * row[c], 2) for c in EFFECTS] == [9.43, 4.56]
    assert row["completed_change"] == 89_505 * 10**9 - 70_278_705_371_000
    assert row["eligible_change"] == -23_846 * 10**9
    assert row[["due_change", "due_effect"]].isna().all()


def test_a_province_without_the_earlier_month_is_missing():
    panel = panel_of(
        {
            ("63:01", 2023, 6): {"completed": 40, "eligible": 80},
            ("63:01", 2023, 9): {"completed": 60, "eligible": 100},
            ("63:02", 2023, 9): {"completed": 6, "eligible": 10},
        }
    )
    split = eligible_change(panel, NOW, since=Period(2023, 6)).xs("cases", level="measure")
    assert split.loc["63:01", [*EFFECTS, "eligible_change"]].tolist() == pytest.approx([0.225, -0.125, 20])
    assert split.loc["63:02", [*EFFECTS, "eligible_change"]].isna().all()


@pytest.mark.parametrize("since", [Period(2022, 12), NOW, Period(2023, 12)])
def test_only_an_earlier_month_of_the_year_will_do(since):
    panel = two_periods({"63:01": (60, 100)}, {"63:01": (40, 80)})
    with pytest.raises(UsageError, match="not an earlier month of the fiscal year of 2023-M09"):
        eligible_change(panel, NOW, since)


# --- within and between provinces ---------------------------------------------------------------


def sums(split: pd.DataFrame, measure: str = "cases") -> list[float]:
    return split.xs(measure, level="measure")[["within", "between", "change"]].sum().tolist()


def test_two_provinces_by_hand():
    # Rates 0.5 -> 0.6 and 0.8 -> 0.8, weights 0.5 -> 0.75 and 0.5 -> 0.25; nation 0.65 -> 0.65.
    panel = two_periods({"63:01": (180, 300), "63:79": (80, 100)}, {"63:01": (50, 100), "63:79": (80, 100)})
    split = national_rate_change(panel, NOW, BASE).xs("cases", level="measure")
    # Within: 0.625 x 0.1. Between: (0.55 - 0.65) x 0.25 and (0.80 - 0.65) x -0.25.
    assert split["within"].tolist() == pytest.approx([0.0625, 0])
    assert split["between"].tolist() == pytest.approx([-0.025, -0.0375])
    assert split["change"].sum() == pytest.approx(0, abs=1e-12)
    assert split["weight"].tolist() == pytest.approx([0.75, 0.25])
    assert split["base_rate"].tolist() == pytest.approx([0.5, 0.8])


def test_rates_that_stay_leave_only_the_weights():
    # Simpson's case: no province moved, yet the nation fell from 0.7 to 0.6.
    panel = two_periods({"63:01": (150, 300), "63:79": (90, 100)}, {"63:01": (50, 100), "63:79": (90, 100)})
    within, between, change = sums(national_rate_change(panel, NOW, BASE))
    assert within == pytest.approx(0, abs=1e-12)
    assert (between, change) == pytest.approx((-0.1, -0.1))


# A completed and an eligible figure; nothing eligible and nothing completed are allowed.
figure = st.tuples(st.integers(0, 10**6), st.integers(0, 10**6)).map(lambda pair: (min(pair), pair[1]))
random_sides = st.lists(st.tuples(figure, figure), min_size=1, max_size=8)


def exact_rate(figures: list[tuple[int, int]]) -> Fraction:
    return Fraction(sum(done for done, _ in figures), sum(eligible for _, eligible in figures))


@settings(max_examples=100, deadline=None)
@given(random_sides)
def test_parts_sum_to_the_change_of_the_national_rate(sides):
    now, base = zip(*sides, strict=True)
    panel = two_periods(dict(zip(ORGS, now, strict=False)), dict(zip(ORGS, base, strict=False)))
    split = national_rate_change(panel, NOW, BASE)
    if not sum(e for _, e in now) or not sum(e for _, e in base):
        assert split.xs("cases", level="measure")["change"].isna().all()
        return
    within, between, change = sums(split)
    assert change == pytest.approx(float(exact_rate(list(now)) - exact_rate(list(base))), abs=1e-9)
    assert within + between == pytest.approx(change, abs=1e-9)


@settings(max_examples=30, deadline=None)
@given(random_sides.filter(lambda s: sum(n[1] for n, _ in s) and sum(b[1] for _, b in s)), st.randoms())
def test_order_names_and_units_of_provinces_do_not_matter(sides, random):
    now, base = ([pair[side] for pair in sides] for side in (0, 1))
    panel = two_periods(dict(zip(ORGS, now, strict=False)), dict(zip(ORGS, base, strict=False)))
    split = national_rate_change(panel, NOW, BASE).xs("cases", level="measure")
    shuffled = random.sample(ORGS, len(sides))
    renamed = two_periods(
        {org: (1000 * c, 1000 * e) for org, (c, e) in zip(shuffled, now, strict=True)},
        {org: (1000 * c, 1000 * e) for org, (c, e) in zip(shuffled, base, strict=True)},
    )
    other = national_rate_change(renamed, NOW, BASE).xs("cases", level="measure")
    parts = ["within", "between", "change"]
    assert other.loc[shuffled, parts].to_numpy(float) == pytest.approx(
        split[parts].to_numpy(float), abs=1e-12
    )


@settings(max_examples=30, deadline=None)
@given(random_sides.filter(lambda s: sum(n[1] for n, _ in s) and sum(b[1] for _, b in s)))
def test_groups_split_the_same_change(sides):
    now, base = ([pair[side] for pair in sides] for side in (0, 1))
    panel = two_periods(dict(zip(ORGS, now, strict=False)), dict(zip(ORGS, base, strict=False)))
    by = pd.Series([f"g{n % 3}" for n in range(len(sides))], index=ORGS[: len(sides)], name="band")
    grouped = national_rate_change(panel, NOW, BASE, by)
    assert grouped.index.names == ["band", "measure"]
    expected = float(exact_rate(now) - exact_rate(base))
    assert sums(grouped)[2] == pytest.approx(expected, abs=1e-9)
    one = national_rate_change(panel, NOW, BASE, pd.Series("all", index=by.index))
    apart = sums(national_rate_change(panel, NOW, BASE))
    # One group has no weight to gain: what moved between provinces moved inside it.
    assert sums(one) == pytest.approx([apart[0], 0, expected], abs=1e-9)
    assert one["inside"].sum() == pytest.approx(apart[1], abs=1e-9)


def test_a_group_by_hand():
    # The large ones go from 20 and 20 of 100 to 30 of 150 and 45 of 50; the small one stays at half of 200.
    panel = two_periods(
        {"63:01": (30, 150), "63:02": (45, 50), "63:79": (100, 200)},
        {"63:01": (20, 100), "63:02": (20, 100), "63:79": (100, 200)},
    )
    bands = pd.Categorical(["large", "large", "small"], categories=["small", "large"])
    split = national_rate_change(panel, NOW, BASE, pd.Series(bands, index=["63:01", "63:02", "63:79"]))
    large = split.loc[("large", "cases")]
    assert large[["base_rate", "rate", "weight"]].tolist() == pytest.approx([0.2, 0.375, 0.5])
    # By hand: 0.5 x 0.175 = 0.0875 of the nation's 0.0875. Of it the second's rate, 0.7 higher on a mean
    # weight of 0.1875, is 0.13125; the first, at 0.2, took over its weight: the rest.
    assert large[["within", "inside", "between"]].tolist() == pytest.approx([0.13125, -0.04375, 0])
    assert split["change"].sum() == pytest.approx(0.0875 - 0)
    assert split.index.names == ["group", "measure"]


def test_the_merger_as_a_grouping_keeps_every_part():
    # Hà Giang (02) and Tuyên Quang (08) became one province on 1 July 2025 (Resolution 202/2025/QH15).
    now = {"63:02": (30, 100), "63:08": (180, 200), "63:01": (500, 1000)}
    base = {"63:02": (40, 100), "63:08": (70, 100), "63:01": (450, 1000)}
    panel = two_periods(now, base)
    apart = national_rate_change(panel, NOW, BASE).xs("cases", level="measure")
    by_new = national_rate_change(panel, NOW, BASE, pd.Series(merger_map())).xs("cases", level="measure")
    assert sorted(by_new.index) == ["34:01", "34:08"]
    old = apart.loc[["63:02", "63:08"], ["within", "between", "change"]].sum()
    new = by_new.loc["34:08"]
    assert new["rate"] == pytest.approx(0.7)
    assert new["within"] == pytest.approx(old["within"], abs=1e-12)
    assert new["inside"] + new["between"] == pytest.approx(old["between"], abs=1e-12)
    assert new["change"] == pytest.approx(old["change"], abs=1e-12)
    # Figures summed into the list of 34 beforehand give the new province the same change.
    merged = national_rate_change(to_regime(panel, "34"), NOW, BASE).xs("cases", level="measure")
    for part in ("change", "between"):
        assert merged[part].tolist() == pytest.approx(by_new[part][merged.index].tolist(), abs=1e-12)


@pytest.mark.parametrize("missing_from", ["now", "base"])
def test_a_province_that_is_missing_once_is_in_neither_sum(missing_from):
    both = {"63:01": (180, 300), "63:79": (80, 100)}, {"63:01": (50, 100), "63:79": (80, 100)}
    expected = sums(national_rate_change(two_periods(*both), NOW, BASE))
    sides = [dict(side) for side in both]
    sides[missing_from == "base"]["63:06"] = (9, 10)
    split = national_rate_change(two_periods(*sides), NOW, BASE)
    assert sums(split) == pytest.approx(expected, abs=1e-12)
    assert split.loc[("63:06", "cases")].isna().all()
    grouped = national_rate_change(two_periods(*sides), NOW, BASE, pd.Series("all", index=ORGS))
    assert sums(grouped)[2] == pytest.approx(expected[2], abs=1e-12)


@pytest.mark.parametrize(("entering", "sign"), [(True, 1), (False, -1)])
def test_a_province_with_nothing_eligible_enters_and_leaves_by_its_weight(entering, sign):
    # 63:06 has nothing in one of the periods: its 0.9 of the other counts through its weight alone.
    alone, both = {"63:01": (50, 100), "63:06": (0, 0)}, {"63:01": (50, 100), "63:06": (90, 100)}
    panel = two_periods(both, alone) if entering else two_periods(alone, both)
    split = national_rate_change(panel, NOW, BASE).xs("cases", level="measure")
    assert split["within"].tolist() == [0, 0]
    # Nation 0.5 and 0.7, mean 0.6: (0.5 - 0.6) x -0.5 and (0.9 - 0.6) x 0.5.
    assert split["between"].tolist() == pytest.approx([sign * 0.05, sign * 0.15])
    assert pd.isna(split.loc["63:06", "base_rate" if entering else "rate"])


def test_the_nations_own_row_is_left_aside():
    panel = two_periods({"63:01": (180, 300), "63:79": (80, 100)}, {"63:01": (50, 100), "63:79": (80, 100)})
    nation = two_periods({"VN": (260, 400)}, {"VN": (130, 200)})
    pd.testing.assert_frame_equal(
        national_rate_change(pd.concat([panel, nation]), NOW, BASE), national_rate_change(panel, NOW, BASE)
    )


def test_all_63_provinces_sum_to_the_national_rate():
    rng = np.random.default_rng(2023)
    figures = rng.integers(10**3, 10**5, (2, 63, 2))
    figures.sort(axis=2)
    now, base = (dict(zip(ORGS, map(tuple, side.tolist()), strict=True)) for side in figures)
    panel = two_periods(now, base, measure="money")
    rates = completion_rate(national(panel))["money"]
    change = rates[("VN", 2023, 9)] - rates[("VN", 2022, 9)]
    assert sums(national_rate_change(panel, NOW, BASE), "money")[2] == pytest.approx(change, abs=1e-12)
    regions = pd.Series({org.key: org.region for org in provinces("63")}, name="region")
    assert sums(national_rate_change(panel, NOW, BASE, regions), "money")[2] == pytest.approx(
        change, abs=1e-12
    )


def test_without_the_largest_by_hand():
    panel = two_periods(
        {"63:01": (60, 100), "63:02": (5, 10), "63:79": (400, 1000)},
        {"63:01": (40, 80), "63:02": (5, 20), "63:79": (100, 1000)},
        "money",
    )
    split = change_without_largest(panel, NOW, BASE, "money", left_out=(0, 1, 2, 3))
    assert split["orgs"].tolist() == [(), ("63:79",), ("63:79", "63:01"), ("63:79", "63:01", "63:02")]
    # 465/1110 after 145/1100; then 65/110 after 45/100; then 5/10 after 5/20; then nothing is left.
    assert split["rate"].tolist()[:3] == pytest.approx([465 / 1110, 65 / 110, 0.5])
    assert split["base_rate"].tolist()[:3] == pytest.approx([145 / 1100, 0.45, 0.25])
    assert split.loc[3, ["rate", "change", "within", "between"]].isna().all()
    # Without the two largest one province is left: its rate is the change, by a smaller denominator alone.
    parts = ["numerator_effect", "denominator_effect", "within", "between"]
    assert split.loc[2, parts].tolist() == pytest.approx([0, 0.25, 0.25, 0])
    for pair in (parts[:2], parts[2:]):
        assert split.loc[:2, pair].sum(axis=1).tolist() == pytest.approx(split.loc[:2, "change"].tolist())


# --- years that compare --------------------------------------------------------------------------


def yearly_rates(month: int, **by_year: float | None) -> pd.DataFrame:
    keys = [("VN", int(year.removeprefix("y")), month) for year in by_year]
    index = pd.MultiIndex.from_tuples(keys, names=PANEL_INDEX)
    return pd.DataFrame({"cases": list(by_year.values()), "money": None}, index=index, dtype="Float64")


# Circular 06/2019/TT-BTP came into force on 5 January 2020: month 4 of 2020 is the first reported under it.
@pytest.mark.parametrize(("month", "best", "rate", "years"), [(3, 2021, 0.60, 2), (4, 2020, 0.70, 3)])
def test_the_best_year_is_one_that_compares(month, best, rate, years):
    rates = yearly_rates(month, y2019=0.90, y2020=0.70, y2021=0.60, y2022=0.50, y2023=0.80, y2024=0.95)
    found = best_year(rates, Period(2023, month))
    assert found.loc[("VN", "cases")].tolist() == [best, rate, years]
    assert found.loc[("VN", "money"), ["best_year", "best_rate"]].isna().all()
    assert found.loc[("VN", "money"), "years"] == 0


def test_of_equal_years_the_later_and_of_missing_ones_none():
    found = best_year(yearly_rates(9, y2020=0.7, y2021=0.7, y2022=None, y2023=0.6), NOW)
    assert found.loc[("VN", "cases")].tolist() == [2021, 0.7, 2]
    alone = best_year(yearly_rates(9, y2023=0.6), NOW).loc[("VN", "cases")]
    assert alone["years"] == 0
    assert pd.isna(alone["best_year"])


def test_years_across_a_break_count_when_asked_for():
    rates = yearly_rates(9, y2019=0.90, y2022=0.50, y2023=0.60)
    assert best_year(rates, NOW).loc[("VN", "cases"), "best_year"] == 2022
    assert best_year(rates, NOW, across=True).loc[("VN", "cases"), "best_year"] == 2019


@pytest.mark.parametrize(
    ("first", "last", "found"),
    [
        # In force on 5 January 2020, 26 July 2024 and 1 July 2026: in the figures of months 4, 10, 10.
        (Period(2019, 3), Period(2020, 3), []),
        (Period(2019, 4), Period(2020, 4), ["circular_2019"]),
        (Period(2020, 4), Period(2021, 4), []),
        (Period(2023, 9), Period(2024, 9), []),
        (Period(2023, 10), Period(2024, 10), ["circular_2024"]),
        (Period(2019, 12), Period(2026, 10), ["circular_2019", "circular_2024", "circular_2026"]),
        (Period(2024, 12), Period(2025, 12), []),  # the merger of 1 July 2025 is no change of definition
    ],
)
def test_breaks_between_two_periods(first, last, found):
    assert breaks_between(first, last) == found


def test_what_cannot_be_compared_is_refused():
    panel = panel_of(
        {
            ("63:01", 2022, 9): {"completed": 50, "eligible": 100},
            ("34:01", 2023, 9): {"completed": 60, "eligible": 100},
        }
    )
    with pytest.raises(DataError, match=r"no province in common.*one list of provinces first"):
        national_rate_change(panel, NOW, BASE)
    with pytest.raises(DataError, match="no figures for 2021-M09; it holds 2022-M09 to 2023-M09"):
        national_rate_change(panel, NOW, Period(2021, 9))
    with pytest.raises(UsageError, match="no group for 63:79 \\(1 in all\\)"):
        national_rate_change(
            two_periods({"63:01": (1, 2), "63:79": (1, 2)}, {"63:01": (1, 2)}),
            NOW,
            BASE,
            pd.Series({"63:01": "north"}),
        )


# --- the stock ---------------------------------------------------------------------------------


def test_the_year_2023_as_published():
    # Provisional: carried in 299,096; new 636,950; entrusted 12,004; revoked 501; due 923,541
    # (thads.moj.gov.vn ThongTinChung 1355); completed 575,667 (tinnhanhchungkhoan.vn post334332).
    # None was pulled up: 936,046 - 12,004 - 501 = 923,541. Left: 923,541 - 575,667 = 347,874.
    figures = {"carried_in": 299096, "new": 636950, "entrusted": 12004, "pulled_up": 0, "revoked": 501}
    panel = panel_of({("VN", 2023, 12): figures | {"completed": 575667}})
    account = stock_flow(panel, Period(2023, 12)).loc[("VN", "cases")]
    assert account.to_dict() == {
        "opening": 299096,
        "restated": 0,
        "new": 636950,
        "entrusted": -12004,
        "pulled_up": 0,
        "revoked": -501,
        "completed": -575667,
        "closing": 347874,
    }
    assert list(account.index) == [*ACCOUNT, "closing"]


def two_years(**changes: int) -> pd.DataFrame:
    """Make nine months of 2022, its end, and six months of 2023; the stock of 120 opens 2023 as 100."""
    none = {"entrusted": 0, "pulled_up": 0, "revoked": 0}
    return panel_of(
        {
            ("63:01", 2022, 9): none | {"carried_in": 90, "new": 200, "completed": 150},
            ("63:01", 2022, 12): none | {"carried_in": 90, "new": 260, "entrusted": 10, "completed": 220},
            ("63:01", 2023, 6): none
            | {"carried_in": 100, "new": 80, "revoked": 5, "completed": 70}
            | changes,
        }
    )


def test_over_the_turn_of_a_year_by_hand():
    account = stock_flow(two_years(), Period(2023, 6), since=Period(2022, 9)).loc[("63:01", "cases")]
    # Opens with 90 + 200 - 150; new 60 + 80; completed 70 + 70; 120 became 100 at the turn of the year.
    assert account.tolist() == [140, -20, 140, -10, 0, -5, -140, 105]


def test_within_a_year_a_restated_opening_is_shown():
    panel = pd.concat(
        [two_years(), two_years(carried_in=97, new=90).loc[[("63:01", 2023, 6)]].rename({6: 7})]
    )
    account = stock_flow(panel, Period(2023, 7), since=Period(2023, 6)).loc[("63:01", "cases")]
    assert account.tolist() == [105, -3, 10, 0, 0, 0, 0, 112]


def test_from_year_end_to_year_end_only_the_turn_is_restated():
    account = stock_flow(two_years(), Period(2023, 6), since=Period(2022, 12)).loc[("63:01", "cases")]
    assert account.tolist() == [120, -20, 80, 0, 0, -5, -70, 105]


def random_account(seed: int) -> pd.DataFrame:
    """Make two provinces, three years, both measures; stocks are restated and figures fall at random."""
    rng = np.random.default_rng(seed)
    keys = [(org, year, m) for org in ORGS[:2] for year in (2021, 2022, 2023) for m in range(1, 13)]
    index = pd.MultiIndex.from_tuples(keys, names=PANEL_INDEX)
    scale = 10 ** rng.integers(1, 14)
    moves = pd.DataFrame(rng.integers(-scale, 9 * scale, (len(index), 39)), index, panel_columns())
    panel = moves.groupby(level=["org", "fiscal_year"]).cumsum().astype("Int64")
    panel[[c for c in panel if c[1] in ("accepted", "due", "completed", "carried_out")]] = pd.NA
    return derive_totals(panel.astype("Int64"))


spans = st.tuples(st.integers(0, 35), st.integers(0, 35)).filter(lambda pair: pair[0] < pair[1])


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), spans)
def test_the_account_closes_to_the_unit_and_agrees_with_the_months(seed, span):
    panel = random_account(seed)
    since, period = (Period(2021, 1) + months for months in span)
    account = stock_flow(panel, period, since)
    assert (account[ACCOUNT].sum(axis=1) == account["closing"]).all()
    assert (
        account["closing"]
        == [panel.loc[(o, period.fiscal_year, period.months)][m, "carried_out"] for o, m in account.index]
    ).all()
    months = [since + n for n in range(1, span[1] - span[0] + 1)]
    rows = [(org, m.fiscal_year, m.months) for org in ORGS[:2] for m in months]
    moved = monthly_flows(panel).loc[rows].groupby(level="org").sum()
    for item, sign in (("new", 1), ("entrusted", -1), ("pulled_up", -1), ("revoked", -1), ("completed", -1)):
        for org, measure in account.index:
            assert account.loc[(org, measure), item] == sign * moved.loc[org, (measure, item)]


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(0, 35))
def test_the_account_of_a_year_closes_to_the_unit(seed, months):
    account = stock_flow(random_account(seed), Period(2021, 1) + months)
    assert (account[ACCOUNT].sum(axis=1) == account["closing"]).all()
    assert (account["restated"] == 0).all()


def test_a_missing_part_leaves_the_account_open():
    panel = two_years()
    panel[("cases", "revoked")] = pd.NA
    account = stock_flow(panel, Period(2023, 6)).loc[("63:01", "cases")]
    assert pd.isna(account["revoked"])
    assert account[["opening", "new", "completed", "closing"]].tolist() == [100, 80, -70, 105]
    assert stock_flow(panel, Period(2023, 6)).loc[("63:01", "money")].isna().all()


def test_the_account_adds_up_over_provinces():
    panel = random_account(11)
    summed = stock_flow(panel, Period(2023, 4), Period(2021, 7)).groupby(level="measure").sum()
    nation = panel.groupby(level=["fiscal_year", "months"]).sum()
    nation = pd.concat({"VN": nation}, names=["org"])
    expected = stock_flow(nation, Period(2023, 4), Period(2021, 7)).droplevel("org")
    pd.testing.assert_frame_equal(summed.sort_index(), expected.sort_index())


def test_the_change_of_the_stock_item_by_item():
    change = stock_change(two_years(), Period(2023, 6), Period(2022, 12)).loc[("63:01", "cases")]
    # 100 + 80 - 0 - 5 - 70 = 105 against 90 + 260 - 10 - 0 - 220 = 120.
    assert change.to_dict() == {
        "opening": 10,
        "new": -180,
        "entrusted": 10,
        "pulled_up": 0,
        "revoked": -5,
        "completed": 150,
        "closing": -15,
    }


# National, 9 months of 2017 (thads.moj.gov.vn ChiDaoDieuHanh 3689, 17/07/2017): due 728,227, of it 579,413
# eligible and 148,814 not; completed 369,372; carried out 358,855, of it 210,041 eligible.
NINE_MONTHS_2017 = {"due": 728227, "eligible": 579413, "completed": 369372, "not_eligible": 148814}


def test_the_stock_by_state_as_published():
    panel = panel_of({("VN", 2017, 9): NINE_MONTHS_2017 | {"carried_out": 358855}})
    states = stock_states(panel, Period(2017, 9)).loc[("VN", "cases")]
    assert states.to_dict() == {"eligible": 210041, "not_eligible": 148814, "other": 0, "closing": 358855}


def test_since_2020_some_of_the_stock_is_neither():
    # Đồng Tháp, 9 months of 2025 (THADS Đồng Tháp, 18/07/2025): due 53,266; eligible 34,110; not eligible
    # 17,034; completed 21,468. Left 31,798: 12,642 eligible, 17,034 not, 2,122 postponed or suspended.
    figures = {"due": 53266, "eligible": 34110, "not_eligible": 17034, "completed": 21468}
    states = stock_states(panel_of({("63:87", 2025, 9): figures}), Period(2025, 9)).loc[("63:87", "cases")]
    assert states.tolist() == [12642, 17034, 2122, 31798]


def test_the_eligible_stock_of_2023_as_published():
    # 216,558 tỷ eligible and 70,278,705,371,000 đồng completed after nine months, 192,712 and 89,505 at the
    # end: 146,279.3 tỷ eligible were left and 19,226.3 more completed, so of 103,207 tỷ left at the end
    # 23,846 tỷ less had become eligible than had ceased to be.
    panel = panel_of(
        {
            ("VN", 2023, 9): {"completed": 70_278_705_371_000, "eligible": 216_558 * 10**9},
            ("VN", 2023, 12): {"completed": 89_505 * 10**9, "eligible": 192_712 * 10**9},
        },
        measure="money",
    )
    account = eligible_stock(panel, Period(2023, 12), since=NOW).loc[("VN", "money")]
    assert account["became_eligible"] == -23_846 * 10**9
    assert account.tolist()[:2] == [146_279_294_629_000, -23_846 * 10**9]
    assert account.tolist()[2:] == [-19_226_294_629_000, 103_207 * 10**9]


def test_the_eligible_stock_over_the_turn_of_a_year():
    panel = panel_of(
        {
            ("63:01", 2022, 9): {"eligible": 100, "completed": 60},
            ("63:01", 2022, 12): {"eligible": 130, "completed": 90},
            ("63:01", 2023, 3): {"eligible": 70, "completed": 20},
        }
    )
    account = eligible_stock(panel, Period(2023, 3), since=Period(2022, 9)).loc[("63:01", "cases")]
    # 40 were left; 30 and 20 were completed; 50 are left, so that 60 had become eligible.
    assert account.tolist() == [40, 60, -50, 50]
    with pytest.raises(UsageError, match="cannot open with 2023-M03"):
        eligible_stock(panel, Period(2022, 9), since=Period(2023, 3))


def test_an_account_that_cannot_be_made_is_refused():
    with pytest.raises(UsageError, match="2022-M09 cannot open with 2022-M12; give an earlier period"):
        stock_flow(two_years(), Period(2022, 9), since=Period(2022, 12))
    with pytest.raises(DataError, match="no figures for 2022-M12"):
        stock_flow(two_years().drop(index=("63:01", 2022, 12)), Period(2023, 6), since=Period(2022, 9))


def test_the_panel_stays_as_it_was():
    panel = random_account(5)
    before = panel.copy()
    national_rate_change(panel, NOW, BASE)
    stock_flow(panel, NOW, BASE)
    eligible_change(panel, NOW, Period(2023, 6))
    change_without_largest(panel, NOW, BASE, "cases")
    stock_change(panel, NOW, BASE)
    eligible_stock(panel, NOW, BASE)
    stock_states(panel, NOW)
    pd.testing.assert_frame_equal(panel, before)
