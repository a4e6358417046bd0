"""This year's path against earlier years, by hand on small rates and on published ones."""

from __future__ import annotations

import pandas as pd
import pytest

from thads_analysis.errors import DataError
from thads_analysis.period import Period
from thads_analysis.schema import PANEL_INDEX, panel_columns
from thads_analysis.trend import pace, path_envelope, path_rank

Path_ = dict[tuple[int, int], float]


def rates_of(figures: Path_, org: str = "VN") -> pd.DataFrame:
    """Make rates of cases from {(fiscal year, months): rate}."""
    index = pd.MultiIndex.from_tuples([(org, *key) for key in figures], names=PANEL_INDEX)
    return pd.DataFrame({"cases": list(figures.values())}, index=index, dtype="Float64")


def panel_of(
    figures: dict[tuple[int, int], tuple[int, int]], org: str = "VN", measure: str = "cases"
) -> pd.DataFrame:
    """Make a panel from {(fiscal year, months): (completed, eligible)}."""
    index = pd.MultiIndex.from_tuples([(org, *key) for key in figures], names=PANEL_INDEX)
    columns = {
        (measure, "completed"): [completed for completed, _ in figures.values()],
        (measure, "eligible"): [eligible for _, eligible in figures.values()],
    }
    return pd.DataFrame(columns, index=index).reindex(columns=panel_columns()).astype("Int64")


def at(frame: pd.DataFrame, *key: object) -> dict[str, object]:
    return frame.loc[("VN", "cases", *key)].to_dict()


NINE_MONTHS = {(2020, 9): 0.40, (2021, 9): 0.10, (2022, 9): 0.20, (2023, 9): 0.30, (2024, 9): 0.25}


def test_the_spread_of_earlier_years():
    # 0.1, 0.2, 0.3, 0.4: quartiles by linear interpolation at 0.175, 0.25, 0.325.
    row = at(path_envelope(rates_of(NINE_MONTHS), Period(2024, 9)), 9)
    assert row == pytest.approx(
        {
            "this_year": 0.25,
            "last_year": 0.30,
            "minimum": 0.10,
            "lower_quartile": 0.175,
            "median": 0.25,
            "upper_quartile": 0.325,
            "maximum": 0.40,
            "years": 4,
            "across": 0,
        }
    )


def test_the_envelope_has_every_month_and_this_year_ends_at_the_period():
    figures = {(2022, m): m / 20 for m in range(1, 13)} | {(2023, m): m / 15 for m in range(1, 13)}
    envelope = path_envelope(rates_of(figures), Period(2023, 9))
    assert envelope.index.names == ["org", "measure", "months"]
    assert envelope["median"].tolist() == pytest.approx([m / 20 for m in range(1, 13)])
    assert envelope["this_year"].tolist()[:9] == pytest.approx([m / 15 for m in range(1, 10)])
    assert envelope["this_year"].isna().tolist() == [False] * 9 + [True] * 3


def test_a_later_year_is_not_an_earlier_one():
    figures = NINE_MONTHS | {(2025, 9): 0.99}
    assert at(path_envelope(rates_of(figures), Period(2024, 9)), 9)["maximum"] == 0.40


# Nine months of 2017: 63.75 % (thads.moj.gov.vn, 17/07/2017); of 2022 and 2023: 64.35 and 66.53 %
# (letter 2757/TCTHADS-NV3 of 31/07/2023). Circular 06/2019/TT-BTP lies between the first and the others.
PUBLISHED = {(2017, 9): 0.6375, (2022, 9): 0.6435, (2023, 9): 0.6653}


def test_years_before_a_break_do_not_count_and_are_named():
    row = at(path_envelope(rates_of(PUBLISHED), Period(2023, 9)), 9)
    assert (row["median"], row["years"], row["across"]) == (0.6435, 1, 1)


def test_years_before_a_break_count_when_asked_for():
    row = at(path_envelope(rates_of(PUBLISHED), Period(2023, 9), across=True), 9)
    assert row["median"] == pytest.approx(0.6405)
    assert (row["years"], row["across"]) == (2, 1)


def test_a_year_with_a_break_inside_counts_from_the_month_of_the_break():
    # The circular came into force on 5 January 2020: the fourth month of 2020 is its first.
    figures = {(year, m): 0.05 * m for year in (2020, 2023) for m in range(1, 13)}
    envelope = path_envelope(rates_of(figures), Period(2023, 9))
    assert envelope["years"].tolist() == [0, 0, 0] + [1] * 9
    assert envelope["across"].tolist() == [1, 1, 1] + [0] * 9
    assert envelope["median"].isna().tolist() == [True] * 3 + [False] * 9


def test_in_the_year_of_a_break_each_month_has_its_own_base():
    figures = {(year, m): 0.05 * m for year in (2018, 2019, 2020) for m in range(1, 13)}
    envelope = path_envelope(rates_of(figures), Period(2020, 9))
    assert envelope["years"].tolist() == [2, 2, 2] + [0] * 9
    assert envelope["last_year"].isna().tolist() == [False] * 3 + [True] * 9


def test_an_organisation_without_history_has_an_empty_envelope():
    rates = pd.concat([rates_of(NINE_MONTHS), rates_of({(2024, 9): 0.5}, org="63:06")])
    envelope = path_envelope(rates, Period(2024, 9))
    assert envelope.loc[("63:06", "cases", 9), "years"] == 0
    assert pd.isna(envelope.loc[("63:06", "cases", 9), "median"])


@pytest.mark.parametrize("follow", [path_envelope, path_rank])
def test_a_period_without_rates_is_refused(follow):
    with pytest.raises(DataError, match="No organisation has a rate for 2024-M10"):
        follow(rates_of(NINE_MONTHS), Period(2024, 10))


def test_the_rank_among_the_years():
    row = path_rank(rates_of(NINE_MONTHS), Period(2024, 9)).loc[("VN", "cases")].to_dict()
    assert row == {"rate": 0.25, "rank": 3, "years": 5, "across": 0}


def test_a_later_year_takes_no_rank():
    ranks = path_rank(rates_of(NINE_MONTHS), Period(2022, 9)).loc[("VN", "cases")]
    assert ranks[["rank", "years"]].tolist() == [2, 3]


def test_equal_rates_share_the_better_rank_and_breaks_stay_out():
    figures = {(2019, 9): 0.99, (2021, 9): 0.3, (2022, 9): 0.3, (2023, 9): 0.3}
    ranks = path_rank(rates_of(figures), Period(2023, 9))
    assert ranks.loc[("VN", "cases"), ["rank", "years", "across"]].tolist() == [1, 3, 1]
    asked = path_rank(rates_of(figures), Period(2023, 9), across=True)
    assert asked.loc[("VN", "cases"), ["rank", "years"]].tolist() == [2, 4]


def test_without_a_rate_of_its_own_there_is_no_rank():
    rates = pd.concat([rates_of(NINE_MONTHS), rates_of({(2023, 9): 0.5}, org="63:06")])
    assert pd.isna(path_rank(rates, Period(2024, 9)).loc[("63:06", "cases"), "rank"])


def held_against_last_year(
    now: tuple[int, int], last_year: dict[int, int], months: int = 9
) -> dict[str, object]:
    """Compare (completed, eligible) with last year's path, in completed of 100 eligible by month."""
    figures = {(2022, m): (done, 100) for m, done in last_year.items()} | {(2023, months): now}
    return at(pace(panel_of(figures), Period(2023, months)), "last_year")


def test_ahead_of_last_year():
    # 66 % is where last year stood a month later, at the end of July: 31 days.
    row = held_against_last_year((660, 1000), {8: 50, 9: 60, 10: 66, 11: 70})
    assert row == pytest.approx(
        {"rate": 0.66, "base_rate": 0.60, "points": 0.06, "completions": 60, "days": 31}
    )


def test_behind_last_year():
    # From 45 % at the end of May to 60 % at the end of June: 50 % on 10 June, 20 days before the end.
    row = held_against_last_year((500, 1000), {8: 45, 9: 60})
    assert (row["completions"], row["days"]) == (-100, -20)


def test_level_with_last_year():
    row = held_against_last_year((600, 1000), {8: 45, 9: 60})
    assert (row["points"], row["completions"], row["days"]) == (0, 0, 0)


def test_the_year_starts_from_nothing():
    # A quarter of last October: day 7.75 of 31, the eighth.
    assert held_against_last_year((10, 1000), {1: 4}, months=1)["days"] == 8 - 31


def test_days_keep_the_sign_of_the_points_where_a_path_dips():
    # 47.5 % stood already in May, but from June's 45 % it is a quarter of the way to July's 55 %.
    row = held_against_last_year((475, 1000), {7: 45, 8: 50, 9: 45, 10: 55})
    assert (row["points"], row["days"]) == (pytest.approx(0.025), 8)


@pytest.mark.parametrize(
    ("now", "last_year"),
    [
        ((900, 1000), {9: 60, 10: 66, 11: 70, 12: 80}),  # last year never got there
        ((750, 1000), {9: 60, 11: 70, 12: 80}),  # October's end is missing
        ((500, 1000), {7: 40, 9: 60}),  # May is missing
    ],
)
def test_days_end_where_the_path_ends(now, last_year):
    row = held_against_last_year(now, last_year)
    assert pd.isna(row["days"])
    assert pd.notna(row["points"])


def test_the_median_path_is_the_other_base():
    figures = {(2021, 9): (40, 100), (2022, 9): (60, 100), (2023, 9): (30, 50)}
    frame = pace(panel_of(figures), Period(2023, 9))
    assert list(frame.xs("cases", level="measure").index) == [("VN", "median"), ("VN", "last_year")]
    assert at(frame, "median")["points"] == pytest.approx(0.10)
    assert at(frame, "median")["completions"] == 5
    assert at(frame, "last_year")["points"] == pytest.approx(0)


def test_nine_months_of_2023_as_published():
    # Completed 348,490 and 382,058; eligible 574,289, up 6.04 %. At last year's rate the eligible cases
    # would have brought 348,490 x 1.0604 = 369,538.8: 12,519 more were completed. The growth is printed
    # to 0.01 %, so this holds to 348,490 x 0.00005 = 17.4 cases.
    figures = {(2022, 9): (348490, 541577), (2023, 9): (382058, 574289)}
    row = at(pace(panel_of(figures), Period(2023, 9)), "last_year")
    assert row["completions"] == pytest.approx(12519, abs=18)
    assert round(100 * row["points"], 2) == 2.18


def test_money_is_counted_in_dong():
    figures = {(2022, 9): (2 * 10**17, 4 * 10**17), (2023, 9): (3 * 10**17, 5 * 10**17)}
    frame = pace(panel_of(figures, measure="money"), Period(2023, 9))
    completions = frame.loc[("VN", "money", "last_year"), "completions"]
    assert completions == pytest.approx(5 * 10**16, abs=100)
    assert pd.isna(frame.loc[("VN", "cases", "last_year"), "completions"])
