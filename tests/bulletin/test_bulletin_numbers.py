"""Numbers: chains, marks, words, qualifiers."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from thads_analysis.load.bulletin.numbers import match_quantity


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("412.307 việc", "412307", "cases"),
        ("7,045 việc", "7045", "cases"),
        ("8009 việc", "8009", "cases"),
        ("9 512 việc", "9512", "cases"),
        ("9\u00a0512 việc", "9512", "cases"),
        ("6.120việc", "6120", "cases"),
        ("1.204 vụ việc", "1204", "cases"),
        ("1.204 vụ, việc", "1204", "cases"),
        ("12,34 ngàn việc", "12340", "cases"),
        ("2,5 triệu việc", "2500000", "cases"),
        ("bảy việc", "7", "cases"),
        ("hai mươi lăm việc", "25", "cases"),
        ("một trăm linh ba việc", "103", "cases"),
        ("1.105 bản án", "1105", "judgments"),
        ("31.415 tỷ 926 triệu 535 nghìn đồng", "31415926535000", "dong"),
        ("612 tỷ 045 triệu 009 nghìn đồng", "612045009000", "dong"),
        ("2.017 tỷ 6 triệu đồng", "2017006000000", "dong"),
        ("4 tỷ 250 triệu 600 đồng", "4250000600", "dong"),
        ("61 nghìn tỷ đồng", "61000000000000", "dong"),
        ("1,475 ngàn tỷ đồng", "1475000000000", "dong"),
        ("48,5 tỷ", "48500000000", "dong"),
        ("120.500 tỉ đồng", "120500000000000", "dong"),
        ("2.13 tỷ đồng", "2130000000", "dong"),
        ("950 triệu đồng", "950000000", "dong"),
        ("412.118.963 nghìn đồng", "412118963000", "dong"),
        ("205.337.410.000đ", "205337410000", "dong"),
        ("71,25%", "71.25", "pct"),
        ("71.25%", "71.25", "pct"),
        ("58 %", "58", "pct"),
        ("03%", "3", "pct"),
        ("1,5 phần trăm", "1.5", "pct"),
        ("45 lượt công dân", "45", "other"),
        ("1.234", "1234", "bare"),
    ],
)
def test_quantity(text: str, value: str, unit: str) -> None:
    quantity = match_quantity(text, 0)

    assert quantity is not None
    assert (quantity.value, quantity.unit) == (Decimal(value), unit)


@pytest.mark.parametrize(
    ("text", "bound"),
    [
        ("trên 46 tỷ đồng", "at_least"),
        ("hơn 5.000 việc", "at_least"),
        ("trên trên 40%", "at_least"),
        ("gần 800 việc", "at_most"),
        ("chưa đến 30%", "at_most"),
        ("khoảng 12.000 việc", "about"),
        ("xấp xỉ 7.500 tỉ đồng", "about"),
        ("gần trên 95 tỷ đồng", "about"),  # nearly and over: neither bound holds
        ("dưới 60%", "below"),
        ("60%", "exact"),
    ],
)
def test_qualifier_becomes_a_bound(text: str, bound: str) -> None:
    quantity = match_quantity(text, 0)

    assert quantity is not None
    assert quantity.bound == bound


def test_points_are_told_from_percent() -> None:
    assert match_quantity("1,27 điểm %", 0).points
    assert match_quantity("1,27 điểm phần trăm", 0).points
    assert not match_quantity("1,27%", 0).points


def test_a_comma_before_three_digits_leaves_two_values() -> None:
    quantity = match_quantity("1,052 tỷ đồng", 0)

    assert (quantity.value, quantity.thousands) == (1_052_000_000, 1_052_000_000_000)


def test_the_word_nam_is_not_taken_for_five() -> None:
    assert match_quantity("năm việc", 0) is None


def test_a_range_is_no_quantity_of_ours() -> None:
    assert match_quantity("từ 500 đến 5.000 việc", 0).unit == "range"
    assert match_quantity("2-3%", 0).unit == "range"


@given(st.integers(min_value=1_000_000, max_value=10**14))
def test_a_chain_says_its_amount_in_thousands_of_dong(thousands: int) -> None:
    billions, rest = divmod(thousands, 10**6)
    millions, units = divmod(rest, 10**3)
    text = f"{billions:,} tỷ {millions:03d} triệu {units:03d} nghìn đồng".replace(",", ".")

    quantity = match_quantity(text, 0)

    assert quantity is not None
    assert (quantity.value, quantity.end) == (thousands * 1000, len(text))


@given(st.integers(min_value=0, max_value=10**7), st.sampled_from([".", ","]))
def test_a_count_is_read_with_either_mark(count: int, mark: str) -> None:
    quantity = match_quantity(f"{count:,} việc".replace(",", mark), 0)

    assert quantity is not None
    assert quantity.value == count
