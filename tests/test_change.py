"""Changes against the same period, on the printed figures of bulletins."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from thads_analysis.metrics import absolute, completion_rate, growth, last_year, points
from thads_analysis.schema import to_panel

# Each line: the figure now, its printed change, the base by hand, the growth printed in percent.
COUNTS = [
    # Letter 2757/TCTHADS-NV3, bulletin of 01/08/2023, 9 months of 2023: cases; money in đồng
    (382058, 33568, 348490, 9.63),
    (70278705371000, 18111946392000, 52166758979000, 34.72),
    # thads.moj.gov.vn ChiDaoDieuHanh 3689, 17/07/2017, 9 months of 2017
    (736747, 39080, 697667, 5.60),
    (446223, 5703, 440520, 1.29),
    (579413, 7240, 572173, 1.27),
    (369372, 17190, 352182, 4.88),
    (168182330867000, 36576087535000, 131606243332000, 27.79),
    # thads.moj.gov.vn/bentre, 3 and 5 months of 2021
    (2011, -780, 2791, -27.95),
    (3446, -482, 3928, -12.27),
    (3558, -1170, 4728, -24.75),
    (5198, -937, 6135, -15.27),
    # baogialai.com.vn, 23/12/2022
    (11261, 1252, 10009, 12.51),
    # thads.moj.gov.vn ThongTinChung 1355, provisional year 2023
    (636950, 89829, 547121, 16.42),
]


@pytest.mark.parametrize(("now", "printed_change", "base", "printed_growth"), COUNTS)
def test_a_printed_change_and_growth(now: int, printed_change: int, base: int, printed_growth: float) -> None:
    assert absolute(now, base) == printed_change
    assert absolute(now, printed_change) == base
    assert growth(now, base) * 100 == pytest.approx(printed_growth, abs=0.00501)


@pytest.mark.parametrize(
    ("now", "change", "base", "percent"),
    [
        # Bulletin of 27/02/2017, Quảng Trị, year 2016: growth by hand where it is not printed.
        (3379, 57, 3322, 1.716),
        (3725, 111, 3614, 3.071),
        # Completed money, tenths of a tỷ: 47 tỷ, less by 125,5 tỷ.
        (470, -1255, 1725, -72.754),
        # Chinhphu.vn on the conference of 16/04/2021: administrative judgments, 6 months.
        (203, 65, 138, 47.101),
    ],
)
def test_a_printed_change_with_growth_by_hand(now: int, change: int, base: int, percent: float) -> None:
    assert absolute(now, base) == change
    assert growth(now, base) * 100 == pytest.approx(percent, abs=0.0005)


def test_growth_printed_alone_gives_the_base() -> None:
    # Quảng Trị 2016: new money 174 tỷ, down 11 %; eligible money 105 tỷ, down 41 %.
    # By hand: 174 / 0.89 = 195.5; 105 / 0.59 = 178.0.
    assert growth(174, 195.5) * 100 == pytest.approx(-11, abs=0.01)
    assert growth(105, 178) * 100 == pytest.approx(-41, abs=0.02)


@pytest.mark.parametrize(
    ("now", "base", "printed"),
    [
        # 9 months of 2023: 66,53 % (+2,18), 32,45 % (+2,98)
        (66.53, 64.35, 2.18),
        (32.45, 29.47, 2.98),
        # Bulletin of 01/09/2020, 10 months of 2020: 65,96 % (-2,04), 26,00 % (-0,91)
        (65.96, 68.00, -2.04),
        (26.00, 26.91, -0.91),
        # Bulletin of 14/12/2022, year 2022: 82,50 % (+6,67), 45,42 % (+14,21)
        (82.50, 75.83, 6.67),
        (45.42, 31.21, 14.21),
        # The same against the targets 81,50 % and 40,10 %
        (82.50, 81.50, 1.00),
        (45.42, 40.10, 5.32),
        # baogialai.com.vn, 23/12/2022; thads.moj.gov.vn/bentre, 3 months of 2021
        (82.57, 70.24, 12.33),
        (29.39, 33.87, -4.48),
    ],
)
def test_printed_points(now: float, base: float, printed: float) -> None:
    assert points(now, base) == pytest.approx(printed, abs=1e-9)


def _panel(rows: list[tuple[str, int, int, str, str, int]]) -> pd.DataFrame:
    names = ["org_regime", "org_code", "fiscal_year", "months", "measure", "item", "value"]
    return to_panel(pd.DataFrame([(*row[0].split(":"), *row[1:]) for row in rows], columns=names))


def test_the_nation_in_2023_with_the_year_before_beside_it() -> None:
    # 24h.com.vn on the same report: 574.289 eligible, up 6,04 %; by hand 574289 / 1.0604 = 541578.
    panel = _panel(
        [
            ("63:01", 2022, 9, "cases", "completed", 348490),
            ("63:01", 2022, 9, "cases", "eligible", 541578),
            ("63:01", 2023, 9, "cases", "completed", 382058),
            ("63:01", 2023, 9, "cases", "eligible", 574289),
            ("63:01", 2023, 10, "cases", "completed", 400000),
        ]
    )
    base = last_year(panel)
    change = absolute(panel, base)["cases", "completed"]
    assert change.dtype == "Int64"
    assert change.dropna().to_dict() == {("63:01", 2023, 9): 33568}
    row = ("63:01", 2023, 9)
    assert growth(panel, base).loc[row, ("cases", "completed")] * 100 == pytest.approx(9.63, abs=0.005)
    rates = completion_rate(panel)
    assert points(rates, last_year(rates)).loc[row, "cases"] * 100 == pytest.approx(2.18, abs=0.005)


def test_a_base_of_zero_or_none_gives_a_missing_growth() -> None:
    for base in (0, None, pd.NA, float("nan")):
        assert growth(5, base) is pd.NA
    assert growth(None, 5) is pd.NA
    assert absolute(5, 0) == 5
    assert absolute(5, None) is pd.NA
    assert points(pd.NA, 0.5) is pd.NA
    panel = _panel(
        [
            ("63:01", 2022, 9, "cases", "completed", 0),
            ("63:01", 2023, 9, "cases", "completed", 7),
        ]
    )
    grown = growth(panel, last_year(panel))
    assert grown.isna().all(axis=None)
    assert absolute(panel, last_year(panel)).loc[("63:01", 2023, 9), ("cases", "completed")] == 7


def test_a_code_of_the_other_list_is_no_base() -> None:
    # 80 is Long An in the list of 63 and Tây Ninh in the list of 34.
    panel = _panel(
        [
            ("63:80", 2025, 9, "cases", "completed", 100),
            ("34:80", 2026, 9, "cases", "completed", 300),
        ]
    )
    assert absolute(panel, last_year(panel)).isna().all(axis=None)


@given(st.integers(0, 10**15), st.integers(0, 10**15))
def test_changes_are_antisymmetric(now: int, base: int) -> None:
    assert absolute(now, base) == -absolute(base, now)
    assert absolute(base, base) == 0


@given(st.integers(1, 10**6), st.integers(1, 10**6))
def test_growth_there_and_back_is_none(now: int, base: int) -> None:
    assert (1 + growth(now, base)) * (1 + growth(base, now)) == pytest.approx(1)


@given(st.lists(st.tuples(st.integers(0, 10**9), st.integers(0, 10**9)), min_size=1, max_size=20))
def test_numbers_and_series_agree(pairs: list[tuple[int, int]]) -> None:
    now, base = (pd.Series(values, dtype="Int64") for values in zip(*pairs, strict=True))
    for function in (absolute, growth, points):
        assert function(now, base).tolist() == [function(*pair) for pair in pairs]
