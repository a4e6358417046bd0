"""The reporting period: its form, its days, what is in force."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from thads_analysis.errors import UsageError
from thads_analysis.period import Period

periods = st.builds(Period, st.integers(2001, 2098), st.integers(1, 12))


def test_nine_months_of_2023_are_october_to_june() -> None:
    # Letter 2757/TCTHADS-NV3 of 31/07/2023: "9 tháng năm 2023", three months left.
    period = Period.parse("2023-M09")
    assert (period.start, period.end) == (date(2022, 10, 1), date(2023, 6, 30))
    assert period.calendar_month == (2023, 6)
    assert period.remaining_months == 3
    assert str(period.same_period_last_year) == "2022-M09"
    assert str(period.previous) == "2023-M08"
    assert str(period.year_end) == "2023-M12"


def test_before_the_first_month_comes_the_year_before() -> None:
    assert str(Period(2023, 1).previous) == "2022-M12"


@pytest.mark.parametrize(
    ("period", "vi", "en"),
    [
        ("2023-M09", "9 tháng năm 2023", "9 months of 2023"),
        ("2023-M01", "1 tháng năm 2023", "1 month of 2023"),
        ("2022-M12", "năm 2022", "the year 2022"),
    ],
)
def test_labels(period: str, vi: str, en: str) -> None:
    assert Period.parse(period).label("vi") == vi
    assert Period.parse(period).label("en") == en


@pytest.mark.parametrize(
    ("period", "circular"),
    [
        ("2012-M12", None),
        ("2014-M06", "TT01-2013"),
        ("2015-M10", "TT08-2015"),  # ends 31 July 2015
        ("2020-M03", "TT08-2015"),  # ends 31 December 2019
        ("2020-M04", "TT06-2019"),  # in force from 5 January 2020
        ("2024-M09", "TT06-2019"),
        ("2024-M10", "TT05-2024"),  # in force from 26 July 2024
        ("2026-M09", "TT05-2024"),
        ("2026-M10", "TT05-2026"),  # in force from 1 July 2026
    ],
)
def test_the_circular_in_force_on_the_last_day(period: str, circular: str | None) -> None:
    assert Period.parse(period).circular == circular


@pytest.mark.parametrize(("period", "regime"), [("2025-M09", "63"), ("2025-M10", "34"), ("2026-M01", "34")])
def test_the_merger_of_1_july_2025(period: str, regime: str) -> None:
    assert Period.parse(period).org_regime == regime


@pytest.mark.parametrize(
    "text", ["2023-M13", "2023-M00", "2023-9", "M09-2023", "", "2023-M9", "1999-M01", "x"]
)
def test_bad_text_is_told_the_right_form(text: str) -> None:
    with pytest.raises(UsageError, match="2023-M09 for 9 months of 2023"):
        Period.parse(text)


def test_bad_numbers_are_refused() -> None:
    with pytest.raises(UsageError, match="months from 1 to 12"):
        Period(2023, 13)


@given(periods)
def test_text_and_back(period: Period) -> None:
    assert Period.parse(str(period)) == period


@given(periods)
def test_a_period_ends_the_day_before_the_next_month_begins(period: Period) -> None:
    following = period + 1
    if following.months > 1:
        assert following.start == period.start
    assert (period.end + timedelta(days=1)).day == 1
    assert following.end > period.end


@given(periods, st.integers(-200, 200))
def test_months_add_and_subtract(period: Period, months: int) -> None:
    ordinal = period.fiscal_year * 12 + period.months + months
    if 2001 * 12 <= ordinal < 2098 * 12:
        assert (period + months) - months == period
        assert (period + months > period) == (months > 0)
