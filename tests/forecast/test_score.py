import numpy as np
import pandas as pd
import pytest
import scoringrules
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from thads_analysis.forecast.score import (
    bootstrap_difference,
    brier,
    covered,
    crps,
    pinball,
    pit,
    reliability,
)

DRAWS = np.array([0.61, 0.66, 0.70, 0.71, 0.72, 0.78, 0.80])


@pytest.mark.parametrize("actual", [0.55, 0.70, 0.733])
def test_crps_is_that_of_scoringrules(actual: float) -> None:
    expected = scoringrules.crps_ensemble(actual, DRAWS, estimator="nrg")
    assert crps(DRAWS, np.array(actual)) == pytest.approx(expected, abs=1e-12)
    shuffled = np.random.default_rng(0).permutation(DRAWS)
    assert crps(shuffled, np.array(actual)) == pytest.approx(expected, abs=1e-12)


def test_crps_of_a_normal_forecast_comes_near_its_closed_form() -> None:
    draws = stats.norm(0.7, 0.05).ppf((np.arange(4000) + 0.5) / 4000)
    z = (0.76 - 0.7) / 0.05
    exact = 0.05 * (z * (2 * stats.norm.cdf(z) - 1) + 2 * stats.norm.pdf(z) - 1 / np.sqrt(np.pi))
    assert crps(draws, np.array(0.76)) == pytest.approx(exact, rel=1e-3)


@given(st.floats(0, 1), st.floats(0, 1))
def test_crps_of_a_single_draw_is_the_absolute_error(draw: float, actual: float) -> None:
    assert crps(np.array([draw]), np.array(actual)) == pytest.approx(abs(draw - actual))


@pytest.mark.parametrize(("quantile", "level"), [(0.70, 0.1), (0.80, 0.9), (0.72, 0.5)])
def test_pinball_is_that_of_scoringrules(quantile: float, level: float) -> None:
    expected = scoringrules.quantile_score(0.733, quantile, level)
    assert pinball(np.array(quantile), np.array(0.733), level) == pytest.approx(expected, abs=1e-12)


def test_interval_holds_its_ends() -> None:
    inside = covered(np.array([0.1, 0.1, 0.1]), np.array([0.2, 0.2, 0.2]), np.array([0.1, 0.2, 0.21]))
    assert inside.tolist() == [True, True, False]


def test_pit_counts_ties_half() -> None:
    assert pit(np.array([1.0, 2.0, 2.0, 3.0]), np.array(2.0)) == 0.5
    assert pit(np.array([1.0, 2.0, 3.0, 4.0]), np.array(3.5)) == 0.75


def test_brier() -> None:
    assert brier(np.array([0.3, 0.3]), np.array([True, False])) == pytest.approx([0.49, 0.09])


def test_reliability_by_hand() -> None:
    chance = pd.Series([0.05, 0.02, 0.95, 1.0, 0.92, np.nan])
    happened = pd.Series([0.0, 1.0, 1.0, 1.0, 0.0, 1.0])
    table = reliability(chance, happened, bins=10)
    assert table.index.tolist() == [0, 9]
    assert table["forecasts"].tolist() == [2, 3]
    assert table["happened"].tolist() == pytest.approx([1 / 2, 2 / 3])
    assert table["chance"].tolist() == pytest.approx([0.035, 2.87 / 3])


def test_bootstrap_of_a_steady_difference_has_no_width() -> None:
    others = pd.Series([1.0, 2.0, 3.0, 4.0], index=[2019, 2020, 2021, 2022])
    assert bootstrap_difference(others * 0.9, others) == pytest.approx((-0.1, -0.1, -0.1))


def test_bootstrap_over_two_years_meets_every_mixture() -> None:
    found, low, high = bootstrap_difference(pd.Series([1.0, 3.0]), pd.Series([2.0, 2.0]))
    assert (found, low, high) == (0.0, -0.5, 0.5)
