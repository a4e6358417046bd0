"""A unit against its own usual pattern: by hand on made patterns, and by binomial arithmetic."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from thads_analysis.metrics.xmr import variation
from thads_analysis.org import provinces
from thads_analysis.period import Period
from thads_analysis.schema import PANEL_INDEX, panel_columns
from thads_analysis.trend import tet_share
from thads_analysis.trend.process import process_charts, process_points, usual_levels

ALL_63 = [org.key for org in provinces("63")]
YEARS = list(range(2016, 2024))
MONTHLY = np.array([0.06, 0.09, 0.12, 0.09, 0.05, 0.13, 0.11, 0.12, 0.16, 0.14, 0.16, 0.24])


def panel_of(completed: np.ndarray, eligible: np.ndarray, keys: list[str]) -> pd.DataFrame:
    """Make a panel of cumulative cases and money, years x months x provinces."""
    index = pd.MultiIndex.from_product([YEARS, range(1, 13), keys], names=["fiscal_year", "months", "org"])
    frame = pd.DataFrame(index=index, columns=panel_columns(), dtype="Int64")
    for measure, scale in (("cases", 1), ("money", 10**6)):
        frame[measure, "completed"] = pd.array(completed.ravel() * scale, dtype="Int64")
        frame[measure, "eligible"] = pd.array(eligible.ravel() * scale, dtype="Int64")
    return frame.reorder_levels(PANEL_INDEX).sort_index()


def patterned(holiday: float = 0.0) -> pd.DataFrame:
    """Two units whose months are year x month x holiday, exactly but for rounding."""
    rng = np.random.default_rng(1)
    year, month = np.exp(rng.normal(0, 0.3, (8, 1, 2))), np.exp(rng.normal(0, 0.5, (1, 12, 2)))
    tet = tet_share(Period(2016, 1), Period(2023, 12)).to_numpy().reshape(8, 12, 1)
    flows = np.rint(1e6 * year * month * np.exp(holiday * tet)).astype(np.int64)
    return panel_of(flows.cumsum(axis=1), np.full((8, 12, 2), 10**9), ALL_63[:2])


@pytest.mark.parametrize("holiday", [0.0, -0.7])
def test_what_is_left_of_a_pure_pattern_is_the_level_of_the_year(holiday: float) -> None:
    levels = usual_levels(patterned(holiday), Period(2023, 12))
    levels = levels.xs("completed", axis=1, level="series")
    flat = levels.groupby(level="fiscal_year").transform(lambda column: column - column.mean())
    assert levels.loc[2023].notna().all(axis=None)
    assert flat.loc[2018:].abs().max(axis=None) < 1e-5


def test_the_first_two_years_and_the_months_of_a_break_have_no_level() -> None:
    levels = usual_levels(patterned(), Period(2023, 9))
    assert levels.index[-1] == (2023, 9)
    missing = levels.isna().all(axis=1)
    # Circular 06/2019 came into force on 5 January 2020, month 4 of 2020.
    first = [(year, month) for year in (2016, 2017) for month in range(1, 13)]
    assert missing[missing].index.tolist() == [*first, (2020, 4)]


def test_no_month_is_judged_by_itself() -> None:
    panel = patterned()
    before = panel.copy(deep=True)
    usual = usual_levels(panel, Period(2023, 9))
    pd.testing.assert_frame_equal(panel, before)
    changed = panel.copy()
    # 300,000 cases more in the ninth month of 2023 of the first unit.
    row = (ALL_63[0], 2023, 9)
    changed.loc[row, ("cases", "completed")] += 300_000
    own = int(
        panel.loc[row, ("cases", "completed")] - panel.loc[(ALL_63[0], 2023, 8), ("cases", "completed")]
    )
    difference = usual_levels(changed, Period(2023, 9)) - usual
    moved = difference.loc[(2023, 9), (ALL_63[0], "cases", "completed")]
    assert moved == pytest.approx(np.log((own + 300_000) / own), abs=1e-9)
    assert (difference.drop(index=(2023, 9)).fillna(0) == 0).all(axis=None)


def test_limits_start_anew_in_february_2020_and_leave_the_lockdown_aside(sample_panel: pd.DataFrame) -> None:
    chart = process_charts(sample_panel, Period(2023, 9))
    centre = chart.centre["63:45", "cases", "completed"]
    assert centre.loc[2018:2019].nunique() == 1
    assert centre.loc[(2020, 5) :].nunique() == 1
    assert centre.loc[(2020, 3)] != centre.loc[(2020, 5)]
    judged = chart.judged["63:45", "cases", "completed"]
    # Distancing of 9 July to 30 September 2021: months 10 to 12 of 2021.
    assert not judged.loc[[(2021, 10), (2021, 11), (2021, 12)]].any()
    # February 2020 to June 2023 are 41 months.
    assert chart.counted["63:45", "cases", "completed"].iloc[-1] == 41 - 3
    points = process_points(chart).loc[("63:45", "cases", "completed")]
    assert points["centre"].iloc[-1] == pytest.approx(1)
    assert (points["lower"] * points["upper"]).iloc[-1] == pytest.approx(1)  # even on the log scale


def binomial(rng: np.random.Generator, size: int, planted: float) -> pd.DataFrame:
    """63 provinces of one size and the same chances; `planted` adds to the monthly rates of 2023."""
    eligible = np.rint(size * (0.62 + 0.38 * np.arange(1, 13) / 12)).astype(int)
    done = np.zeros((8, 12, 63), dtype=int)
    for year in range(8):
        before = np.zeros(63, dtype=int)
        for month in range(12):
            rate = MONTHLY[month] + (planted if YEARS[year] == 2023 else 0)
            before = before + rng.binomial(eligible[month] - before, rate)
            done[year, month] = before
    return panel_of(done, np.broadcast_to(eligible[:, None], done.shape), ALL_63)


def last_verdicts(panel: pd.DataFrame, months: int) -> pd.Series:
    found = variation(process_charts(panel, Period(2023, months)))
    return found.xs(("cases", "monthly_rate"), level=["measure", "series"])["verdict"]


def test_where_nothing_changes_signals_are_as_rare_as_chance_makes_them() -> None:
    rng = np.random.default_rng(2023)
    verdicts = pd.concat([last_verdicts(binomial(rng, 3000, 0.0), month) for month in (1, 5, 9)])
    # 189 independent months at 2.1 % are 4.0 expected; more than 14 would be five standard errors above.
    assert (verdicts != "common").sum() <= 14


@pytest.mark.parametrize(("points", "verdict"), [(0.03, "improving"), (-0.03, "worsening")])
def test_a_planted_change_of_three_points_is_found_when_theory_says(points: float, verdict: str) -> None:
    size = 3000
    panel = binomial(np.random.default_rng(9), size, points)
    # October: 3000 x 0.6517 = 1,955 open, 6 % of them done. The log of the rate has the standard deviation
    # sqrt(0.94 / (1955 x 0.06)) = 0.0895; limits rest on all months, whose own are no larger than that of
    # February, sqrt(0.95 / (1519 x 0.05)) = 0.112, by sqrt(1 + 1/4) for the pattern of four years or more.
    reach = 3 * 0.112 * np.sqrt(1.25)
    shift = np.log((0.06 + points) / 0.06)
    own = np.sqrt((1 - 0.06 - points) / (1955 * (0.06 + points)) + 0.0895**2 / 7)
    at_least = norm.sf((reach - abs(shift)) / own)
    found = (last_verdicts(panel, 1) == verdict).mean()
    # 63 provinces: at least that share less five binomial standard errors.
    assert at_least > 0.3
    assert found >= at_least - 5 * np.sqrt(at_least * (1 - at_least) / 63)
    # Each further month is another chance: within three it is found in at least four of five.
    seen = [(last_verdicts(panel, month) == verdict).to_numpy() for month in (1, 2, 3)]
    assert np.any(seen, axis=0).mean() >= 0.8
