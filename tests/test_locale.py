"""Numbers, amounts and dates as Vietnamese and English readers expect them."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from thads_analysis.errors import UsageError
from thads_analysis.locale import locale_for

vi, en = locale_for("vi"), locale_for("en")


def test_the_forms_of_the_bulletin_of_9_months_of_2023() -> None:
    # Letter 2757/TCTHADS-NV3 of 31/07/2023.
    assert vi.percent(382058 / 574289) == "66,53%"
    assert vi.cases(382058) == "382.058 việc"
    assert vi.money_in_full(70_278_705_371_000) == "70.278 tỷ 705 triệu 371 nghìn đồng"
    assert vi.money_in_full(18_111_946_392_000) == "18.111 tỷ 946 triệu 392 nghìn đồng"
    assert vi.points(0.6653 - 0.6435) == "+2,18 điểm %"
    assert vi.date(date(2023, 6, 30)) == "30/6/2023"


def test_the_same_in_english() -> None:
    assert en.percent(382058 / 574289) == "66.53%"
    assert en.integer(382058) == "382,058"
    assert en.money_in_full(70_278_705_371_000) == "70,278,705,371,000 VND"
    assert en.money(70_278_705_371_000) == "70,278.7 billion VND"
    assert en.points(0.6653 - 0.6435) == "+2.18 pp"
    assert en.date(date(2023, 6, 30)) == "30 June 2023"


def test_english_has_a_form_for_one() -> None:
    assert [en.cases(n) for n in (0, 1, 2, 1000)] == ["0 cases", "1 case", "2 cases", "1,000 cases"]
    assert en.cases(-1, signed=True) == "−1 case"
    assert vi.cases(1) == "1 việc"
    assert [en.counted("{number} ngày", n) for n in (1, 21)] == ["1 day", "21 days"]


@pytest.mark.parametrize(
    ("bound", "vietnamese", "english"),
    [
        ("exact", "82,50%", "82.50%"),
        ("at_least", "trên 82,50%", "over 82.50%"),
        ("at_most", "gần 82,50%", "nearly 82.50%"),
        ("about", "khoảng 82,50%", "about 82.50%"),
    ],
)
def test_the_word_for_a_bound(bound: str, vietnamese: str, english: str) -> None:
    assert vi.bounded(vi.percent(0.825), bound) == vietnamese
    assert en.bounded(en.percent(0.825), bound) == english


@pytest.mark.parametrize(
    ("dong", "text"),
    [
        (0, "0 đồng"),
        (999, "999 đồng"),
        (588_190_067_000, "588 tỷ 190 triệu 67 nghìn đồng"),
        (5_000_000_000, "5 tỷ đồng"),
        (-1_500_000, "−1 triệu 500 nghìn đồng"),
    ],
)
def test_amounts_in_full(dong: int, text: str) -> None:
    assert vi.money_in_full(dong) == text


def test_halves_round_away_from_zero() -> None:
    assert [vi.decimal(x, 2) for x in (0.125, 0.375, -0.125)] == ["0,13", "0,38", "−0,13"]


def test_what_is_missing_is_marked_not_blank() -> None:
    missing = float("nan")
    forms = [vi.percent, vi.points, vi.integer, vi.cases, vi.money, vi.billions, vi.thousands]
    assert {form(missing) for form in forms} == {"–"}


def test_months_run_in_the_order_of_the_fiscal_year() -> None:
    assert [vi.month(n) for n in (1, 3, 4, 12)] == ["T10", "T12", "T1", "T9"]
    assert [en.month(n) for n in (1, 9)] == ["Oct", "Jun"]
    assert [vi.month(n, full=True) for n in (1, 9)] == ["tháng 10", "tháng 6"]
    assert [en.month(n, full=True) for n in (1, 9)] == ["October", "June"]


def test_an_unknown_language_is_refused() -> None:
    with pytest.raises(UsageError, match="give vi or en"):
        locale_for("fr")


@given(st.integers(-(10**15), 10**15))
def test_grouped_integers_keep_every_digit(number: int) -> None:
    shown = vi.integer(number)
    assert int(shown.replace(".", "").replace("−", "-")) == number
    assert all(len(group) == 3 for group in shown.lstrip("−").split(".")[1:])


@given(st.integers(0, 10**15))
def test_amounts_in_full_keep_every_dong(dong: int) -> None:
    total = 0
    words = vi.money_in_full(dong).removesuffix(" đồng").split()
    sizes = {"tỷ": 10**9, "triệu": 10**6, "nghìn": 10**3}
    numbers = [int(word.replace(".", "")) for word in words if word not in sizes]
    units = [sizes[word] for word in words if word in sizes]
    units += [1] * (len(numbers) - len(units))
    total = sum(n * u for n, u in zip(numbers, units, strict=True))
    assert total == dong
