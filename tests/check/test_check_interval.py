"""What a printed number can have stood for: rounding, cutting off, and the words trên, gần, khoảng."""

from decimal import ROUND_DOWN, ROUND_HALF_UP, ROUND_UP, Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from thads_analysis.check.interval import Interval, printed_interval

TY = 10**9


def span(value: object, unit: str, bound: str = "exact", text: str = "") -> tuple[Fraction, Fraction]:
    found = printed_interval(Fraction(str(value)), unit, bound, text)
    return found.low, found.high


@pytest.mark.parametrize(
    ("value", "unit", "bound", "text", "low", "high"),
    [
        ("66.53", "pct", "exact", "", "66.52", "66.54"),
        ("45.5", "pct", "exact", "", "45.4", "45.6"),
        ("92", "pct", "exact", "đạt tỷ lệ 92%", "91", "93"),
        ("26", "pct", "exact", "26,00% về tiền", "25.99", "26.01"),
        ("93.4", "pct", "exact", "đạt tỷ lệ 93,40 %", "93.39", "93.41"),
        ("85", "pct", "at_most", "gần 85%", "84", "85.5"),
        ("382058", "cases", "exact", "", "382058", "382058"),
        ("13190", "cases", "exact", "", "13190", "13190"),
        ("13190", "cases", "exact", "13,19 ngàn việc", "13180", "13200"),
        ("47000", "cases", "exact", "", "46000", "48000"),
        ("11800", "cases", "at_least", "hơn 11.800 việc", "11750", "11900"),
        ("4151", "cases", "at_most", "gần 4.151 việc", "4150", "4151"),
    ],
)
def test_printed_numbers(value: str, unit: str, bound: str, text: str, low: str, high: str) -> None:
    assert span(value, unit, bound, text) == (Fraction(low), Fraction(high))


def test_amounts_are_as_exact_as_their_last_word() -> None:
    assert span(70_278_705_371_000, "dong") == (70_278_705_370_000, 70_278_705_372_000)
    assert span(1_573 * TY, "dong", "at_least") == (Fraction(3145 * TY, 2), 1_574 * TY)
    assert span(5 * TY, "dong") == (4 * TY, 6 * TY)
    assert span("5300000000", "dong") == (5_200_000_000, 5_400_000_000)


def test_a_round_amount_is_not_rounded_to_more_than_a_twentieth() -> None:
    low, high = span(40_000 * TY, "dong")
    assert (low, high) == (38_000 * TY, 42_000 * TY)


def test_a_bound_on_a_fall_is_open_to_both_sides() -> None:
    assert span("-15.42", "pp", "at_least") == (Fraction("-15.43"), Fraction("-15.41"))


def test_about_is_at_least_two_percent_wide() -> None:
    assert span("20265", "cases", "about") == (Fraction("19859.7"), Fraction("20670.3"))


@given(
    st.decimals(0, 100, places=4),
    st.integers(0, 2),
    st.sampled_from([ROUND_HALF_UP, ROUND_DOWN, ROUND_UP]),
)
def test_a_percentage_is_in_the_span_of_its_print(value: Decimal, places: int, rounding: str) -> None:
    printed = value.quantize(Decimal(1).scaleb(-places), rounding=rounding)
    low, high = span(printed, "pct", "exact", f"đạt {str(printed).replace('.', ',')}%")
    assert low <= Fraction(value) <= high


@given(
    st.integers(10 * TY, 10**6 * TY),
    st.sampled_from([(ROUND_DOWN, "at_least"), (ROUND_UP, "at_most"), (ROUND_HALF_UP, "exact")]),
)
def test_an_amount_is_in_the_span_of_its_print_in_ty(dong: int, how: tuple[str, str]) -> None:
    rounding, bound = how
    printed = int((Decimal(dong) / TY).quantize(Decimal(1), rounding=rounding)) * TY
    low, high = span(printed, "dong", bound)
    assert low <= dong <= high


fractions = st.fractions(-1000, 1000, max_denominator=100)


@given(st.lists(fractions, min_size=3, max_size=3), st.lists(fractions, min_size=3, max_size=3))
def test_intervals_hold_the_sums_and_quotients_of_their_numbers(one: list, other: list) -> None:
    (a, x, b), (c, y, d) = sorted(one), sorted(other)
    left, right = Interval(a, b), Interval(c, d)
    for found, value in ((left + right, x + y), (left - right, x - y), (left * right, x * y)):
        assert found.low <= value <= found.high
    if c > 0:
        quotient = left.over(right)
        assert quotient.low <= x / y <= quotient.high
    else:
        with pytest.raises(ZeroDivisionError):
            left.over(right)


def test_spans_overlap_when_they_share_a_number() -> None:
    one = Interval(Fraction(1), Fraction(2))
    assert one.overlaps(Interval(Fraction(2), Fraction(3)))
    assert not one.overlaps(Interval(Fraction(21, 10), Fraction(3)))
