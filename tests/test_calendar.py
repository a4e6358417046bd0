"""What a month holds: working days, Tết, breaks, named events, by hand."""

from __future__ import annotations

import pandas as pd
import pytest

from thads_analysis import reference
from thads_analysis.errors import DataError, UsageError
from thads_analysis.period import Period
from thads_analysis.schema import PANEL_INDEX, empty_panel
from thads_analysis.trend import (
    breaks,
    calendar_effects,
    calendar_index,
    event_effects,
    named_events,
    tet_share,
    working_days,
)


def test_nine_months_of_a_year_end_in_june():
    # Nine months of 2023 are 01/10/2022 to 30/06/2023 (Circular 06/2019/TT-BTP, as bulletins print it).
    panel = pd.DataFrame(
        {"value": range(12)}, pd.MultiIndex.from_product([["VN"], [2023], range(1, 13)], names=PANEL_INDEX)
    )
    assert list(calendar_index(panel).astype(str)) == [
        *("2022-10", "2022-11", "2022-12", "2023-01", "2023-02", "2023-03"),
        *("2023-04", "2023-05", "2023-06", "2023-07", "2023-08", "2023-09"),
    ]
    assert isinstance(calendar_index(panel["value"].droplevel("org")), pd.PeriodIndex)
    assert len(calendar_index(empty_panel())) == 0


@pytest.mark.parametrize(
    ("month", "event"),
    # Law 64/2014 with Circular 08/2015; Circular 06/2019; the merger; Circular 05/2026.
    [
        ("2015-07", "law_2014"),
        ("2020-01", "circular_2019"),
        ("2026-07", "circular_2026"),
    ],
)
def test_breaks_stand_in_their_month(month, event):
    assert breaks()[pd.Period(month)] == event


def test_a_shock_is_no_break_and_breaks_are_in_order():
    assert "lockdown_2021" not in set(breaks())
    assert breaks().index.is_monotonic_increasing


@pytest.mark.parametrize(
    ("period", "days"),
    [
        ("2023-M09", 22),  # June 2023: 22 weekdays, no holiday
        ("2023-M04", 16),  # January 2023: 22 weekdays less 2 January in lieu and 20 to 26 January for Tết
        ("2021-M05", 15),  # February 2021: 20 weekdays less 10 to 16 February for Tết
        ("2024-M07", 19),  # April 2024: 22 weekdays less 18 April, 29 April (moved) and 30 April
        ("2024-M08", 23),  # May 2024: 23 weekdays less 1 May, with Saturday 4 May worked for 29 April
    ],
)
def test_working_days_of_a_month(period, days):
    counted = working_days(Period.parse(period), Period.parse(period))
    assert counted.tolist() == [days]


def test_working_days_run_over_the_turn_of_the_year():
    counted = working_days(Period.parse("2022-M12"), Period.parse("2023-M03"))
    # September to December 2022: weekdays 22, 21, 22, 22; 1 and 2 September are National Day.
    assert counted.tolist() == [20, 21, 22, 22]
    assert list(counted.index.astype(str)) == ["2022-09", "2022-10", "2022-11", "2022-12"]


@pytest.mark.parametrize(
    ("year", "january"),
    [
        (2020, 7),  # 24 to 30 January
        (2022, 1),  # 31 January to 6 February
        (2023, 7),  # 21 to 27 January
        (2024, 0),  # 9 to 15 February
        (2025, 4),  # 28 January to 3 February
    ],
)
def test_tet_falls_into_january_and_february(year, january):
    share = tet_share(Period(year, 4), Period(year, 5))
    assert share.tolist() == pytest.approx([january / 7, (7 - january) / 7])


def test_every_tet_of_the_table_is_shared_out_whole():
    years = sorted(reference.tet_dates())
    share = tet_share(Period(years[0], 1), Period(years[-1], 12))
    by_year = share.groupby(share.index.year).sum()
    assert by_year[years].tolist() == pytest.approx([1.0] * len(years))
    assert share[share.index.month > 2].eq(0).all()


def test_a_tet_that_is_not_in_the_table_is_asked_for():
    with pytest.raises(DataError, match=r"tet\.csv has no Tết for 2099.*Add a line"):
        tet_share(Period(2099, 3), Period(2099, 4))
    assert tet_share(Period(2099, 6), Period(2099, 7)).tolist() == [0, 0]


@pytest.mark.parametrize("count", [working_days, tet_share])
def test_months_that_run_backwards_are_refused(count):
    with pytest.raises(UsageError, match="2023-M09 to 2023-M08 run backwards"):
        count(Period(2023, 9), Period(2023, 8))


# First days of the lunar years 2013 to 2030 whose seven days from the day before reach into January, with
# the days that do: 31/1/2014, 28/1/2017, 25/1/2020, 1/2/2022, 22/1/2023, 29/1/2025, 26/1/2028.
JANUARY_DAYS = {2014: 2, 2017: 5, 2020: 7, 2022: 1, 2023: 7, 2025: 4, 2028: 7}


def test_tet_is_measured_from_the_usual_january():
    usual = sum(JANUARY_DAYS.values()) / 7 / 18
    months = pd.PeriodIndex(["2023-01", "2023-02", "2021-01", "2021-02", "2022-07"], freq="M")
    expected = [1 - usual, usual - 1, -usual, usual, 0]
    assert calendar_effects(months)["tet"].tolist() == pytest.approx(expected)


def test_what_a_calendar_month_always_has_is_no_effect():
    months = pd.period_range("2013-01", "2030-12", freq="M")
    means = calendar_effects(months).groupby(months.month).mean()
    assert means.to_numpy() == pytest.approx(0, abs=1e-12)


def test_the_days_of_tet_do_not_count_as_working_days_lost():
    # January 2023 had 16 working days and the five of Tết, January 2024 22 and none of them; usual cancels.
    effects = calendar_effects(pd.PeriodIndex(["2023-01", "2024-01"], freq="M"))["working_day"]
    assert effects.diff().iloc[-1] == pytest.approx(22 - (16 + 5))


def test_a_tet_missing_from_the_table_stops_the_effects():
    with pytest.raises(DataError, match=r"tet\.csv has no Tết for 2031"):
        calendar_effects(pd.period_range("2030-12", "2031-01", freq="M"))
    assert calendar_effects(pd.PeriodIndex(["2031-06"], freq="M"))["tet"].tolist() == [0]


def test_events_have_the_shape_of_a_step_or_of_their_days():
    effects = event_effects(pd.period_range("2019-11", "2021-11", freq="M"))
    assert list(effects) == ["circular_2019", "lockdown_2021"]
    assert effects["circular_2019"].tolist() == [0, 0] + [1] * 23
    # 9 July to 30 September 2021.
    assert effects.loc["2021-06":"2021-10", "lockdown_2021"].tolist() == pytest.approx([0, 23 / 31, 1, 1, 0])


@pytest.mark.parametrize(("first", "last"), [("2020-01", "2021-06"), ("2021-10", "2022-03")])
def test_an_event_at_or_before_the_first_month_or_after_the_last_has_no_shape(first, last):
    assert event_effects(pd.period_range(first, last, freq="M")).empty


def test_named_events_stand_in_their_months():
    events = named_events()
    assert events["first"].is_monotonic_increasing
    assert events.loc["lockdown_2021", ["kind", "first", "last"]].tolist() == [
        "shock",
        pd.Period("2021-07"),
        pd.Period("2021-09"),
    ]
