"""What of a bulletin may enter the store."""

from datetime import date

import pandas as pd
import pytest

from thads_analysis.errors import DataError
from thads_analysis.load.bulletin import bulletin_observations, load_bulletin

REPORT = (
    "Cục THADS tỉnh Quảng Trị: 9 tháng năm 2021, về việc: tổng số thụ lý là 2.250 việc, có điều kiện thi "
    "hành 2.000 việc, đã thi hành xong 1.250 việc, đạt tỷ lệ 62,5%; về tiền: có điều kiện thi hành trên "
    "105 tỷ đồng."
)


def test_exact_counts_enter_and_rates_and_rounded_amounts_do_not() -> None:
    taken = bulletin_observations(load_bulletin(REPORT), source="report.txt", as_of=date(2021, 7, 5))
    assert dict(zip(taken["item"], taken["value"], strict=True)) == {
        "accepted": 2250,
        "eligible": 2000,
        "completed": 1250,
    }
    assert set(taken["measure"]) == {"cases"}
    assert set(taken["provenance"]) == {"reported"}
    assert set(taken["as_of"]) == {pd.Timestamp("2021-07-05")}


def test_without_a_period_nothing_enters() -> None:
    reading = load_bulletin("Cục THADS tỉnh Quảng Trị đã thi hành xong 1.250 việc.")
    with pytest.raises(DataError, match="--period"):
        bulletin_observations(reading, source="report.txt")


def test_one_item_with_two_values_is_refused() -> None:
    text = REPORT + " Trong 9 tháng năm 2021, toàn tỉnh Quảng Trị đã thi hành xong 1.251 việc."
    with pytest.raises(DataError, match="1250 and 1251"):
        bulletin_observations(load_bulletin(text), source="report.txt")
