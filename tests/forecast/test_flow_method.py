from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from thads_analysis.forecast import Flows
from thads_analysis.period import Period
from thads_analysis.trend import working_days

PERIOD = Period(2023, 9)
PACE = {"63:01": 3, "63:02": 8, "63:04": 20}


def _count_days(year: int) -> list[int]:
    return working_days(Period(year, 1), Period(year, 12)).tolist()


def _make_counts(pace_now: float = 1.0) -> dict[tuple[str, int, int], tuple[int, int]]:
    """A fixed number of cases a working day; in the last year ``pace_now`` times as many."""
    counts = {}
    for org, pace in PACE.items():
        for year in range(2018, 2024):
            days = np.cumsum(_count_days(year))
            factor = pace_now if year == 2023 else 1.0
            for month in range(1, 13 if year < 2023 else 10):
                counts[org, year, month] = (round(pace * factor * days[month - 1]), pace * 400)
    return counts


def test_even_pace_goes_on_by_working_days(make_panel: Callable[..., pd.DataFrame]) -> None:
    drawn = Flows().fit(make_panel(_make_counts()), PERIOD).simulate(101, seed=1)
    days = np.cumsum(_count_days(2023))
    for place, pace in enumerate(PACE.values()):
        for step, month in enumerate((10, 11, 12)):
            expected = pace * days[month - 1]
            assert np.median(drawn.completed[:, 0, place, step]) == pytest.approx(expected, rel=0.01)


def test_year_ahead_of_its_season_is_expected_to_stay_between(
    make_panel: Callable[..., pd.DataFrame],
) -> None:
    ends = [
        Flows().fit(make_panel(_make_counts(pace)), PERIOD).simulate(101, seed=1).completed[:, 0, 2, -1]
        for pace in (1.0, 1.1)
    ]
    days = _count_days(2023)
    usual, whole = 20 * sum(days[9:]), 22 * sum(days[9:])
    gained = np.median(ends[1]) - 22 * sum(days[:9])
    # No past year was ahead, so nothing says whether a lead lasts: neither lost nor more than kept.
    assert 0.97 * usual <= gained <= 1.03 * whole
    assert np.median(ends[1]) > np.median(ends[0])


def test_lead_that_lasted_in_the_past_is_carried_on(make_panel: Callable[..., pd.DataFrame]) -> None:
    rng = np.random.default_rng(4)
    counts = {}
    for org, pace in PACE.items():
        for year in range(2014, 2024):
            days = np.cumsum(_count_days(year))
            factor = 1.2 if year == 2023 else rng.uniform(0.8, 1.2)
            for month in range(1, 13 if year < 2023 else 10):
                counts[org, year, month] = (round(100 * pace * factor * days[month - 1]), pace * 50_000)
    drawn = Flows().fit(make_panel(counts), PERIOD).simulate(801, seed=1)
    days = _count_days(2023)
    gained = np.median(drawn.completed[:, 0, 2, -1]) - counts["63:04", 2023, 9][0]
    # Years went on at the pace of their first nine months; a fifth ahead means nearly a fifth more.
    assert gained == pytest.approx(2000 * 1.2 * sum(days[9:]), rel=0.08)


def test_holes_and_an_empty_year_do_no_harm(make_panel: Callable[..., pd.DataFrame]) -> None:
    panel = make_panel(_make_counts())
    panel = panel.drop(index=[("63:01", 2020, 11), ("63:01", 2023, 9), ("63:02", 2019, 12)])
    panel.loc[("63:04", slice(None), slice(None)), :] = 0
    drawn = Flows().fit(panel, PERIOD).simulate(50)
    assert (drawn.completed <= drawn.eligible).all()
    assert drawn.imputed == ("63:01",)
