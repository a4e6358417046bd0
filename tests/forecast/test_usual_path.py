import math
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from thads_analysis.forecast import UsualPath
from thads_analysis.period import Period

PERIOD = Period(2023, 9)


def _logit(rate: float) -> float:
    return math.log((rate + 0.001) / (1 - rate + 0.001))


def test_mean_is_the_weighted_mean_of_own_years(make_panel: Callable[..., pd.DataFrame]) -> None:
    ends = {2019: 70, 2020: 74, 2021: 60, 2022: 78}
    counts = {("63:01", year, 9): (50, 100) for year in (*ends, 2023)}
    counts |= {("63:01", year, 12): (end, 100) for year, end in ends.items()}
    fit = UsualPath().fit(make_panel(counts), PERIOD)
    # FY2019 lies before the circular of 2020: half. FY2021 ended in the lockdown: a quarter.
    weights = {2019: 0.5, 2020: 1.0, 2021: 0.25, 2022: 1.0}
    moves = {year: _logit(end / 100) - _logit(0.5) for year, end in ends.items()}
    mean = sum(weights[y] * moves[y] for y in ends) / sum(weights.values())
    assert fit.usual.mean[0, 0, -1, 1] == pytest.approx(mean)
    assert fit.usual.mean[0, 0, -1, 0] == pytest.approx(0)
    median = np.median(fit.simulate(4001, seed=1).rates()[:, 0, 0, -1])
    expected = 1.002 / (1 + math.exp(-_logit(0.5) - mean)) - 0.001
    assert median == pytest.approx(expected, abs=0.01)


def test_errors_have_the_spread_of_a_mean_of_few_years(
    make_panel: Callable[..., pd.DataFrame], monkeypatch: pytest.MonkeyPatch
) -> None:
    # Eligible alone moves, the rate stays at one half; every year counts in full.
    grown = {2022: 1.00, 2023: 1.02, 2024: 0.97, 2025: 1.05, 2026: 1.01, 2027: 0.96}
    counts = {("34:01", year, 11): (500_000, 1_000_000) for year in (*grown, 2028)}
    counts |= {("34:01", year, 12): (round(500_000 * g), round(1_000_000 * g)) for year, g in grown.items()}
    monkeypatch.setattr(
        "thads_analysis.forecast.history.year_weights",
        lambda period, years: pd.DataFrame({"weight": [1.0] * len(years)}, index=years),
    )
    fit = UsualPath().fit(make_panel(counts), Period(2028, 11))
    drawn = np.log(fit.simulate(60_000, seed=3).eligible[:, 0, 0, -1] / 1_000_000)
    logs = np.log(list(grown.values()))
    # Student's predictive interval for a seventh value from six.
    half = stats.t(5).ppf(0.9) * logs.std(ddof=1) * math.sqrt(1 + 1 / 6)
    assert np.quantile(drawn, 0.9) - np.median(drawn) == pytest.approx(half, rel=0.03)
    assert np.quantile(drawn, 0.1) - np.median(drawn) == pytest.approx(-half, rel=0.03)


def test_same_seed_same_paths_whatever_the_order_of_rows(steady: pd.DataFrame) -> None:
    shuffled = steady.sample(frac=1, random_state=5)
    one = UsualPath().fit(steady, PERIOD).simulate(50, seed=7)
    two = UsualPath().fit(shuffled, PERIOD).simulate(50, seed=7)
    other = UsualPath().fit(steady, PERIOD).simulate(50, seed=8)
    np.testing.assert_array_equal(one.completed, two.completed)
    np.testing.assert_array_equal(one.eligible, two.eligible)
    assert (one.completed != other.completed).any()


def test_fit_leaves_the_panel_alone(steady: pd.DataFrame) -> None:
    before = steady.copy()
    UsualPath().fit(steady, PERIOD).simulate(10)
    pd.testing.assert_frame_equal(steady, before)


def test_short_history_leans_on_peers_and_is_less_sure(steady: pd.DataFrame) -> None:
    young = steady[
        (steady.index.get_level_values("org") != "63:01")
        | (steady.index.get_level_values("fiscal_year") >= 2022)
    ]
    fit = UsualPath().fit(young, PERIOD)
    own = fit.usual.moved[0, 0, -1, -1]
    # One year of its own weighs one third, its peers' mean two thirds.
    assert fit.usual.mean[0, 0, -1] == pytest.approx(own / 3 + fit.usual.peers[0, -1] * 2 / 3)
    assert fit.usual.lean[0].tolist() == [2 / 3, 0, 0, 0]
    # Its errors are departures of whole years from the peers' mean, picked by weight.
    departures = fit.usual.moved[0, ..., -1, 0] - fit.usual.peers[0, -1, 0]
    departures, weights = departures[fit.usual.weights[0] > 0], fit.usual.weights[0][fit.usual.weights[0] > 0]
    drawn = np.log(fit.simulate(20_000).eligible[:, 0, 0, -1] / fit.history.start().eligible[0, 0])
    assert drawn.std() == pytest.approx(math.sqrt(np.cov(departures, aweights=weights, ddof=0)), rel=0.05)


def test_horizon_stops_early(steady: pd.DataFrame) -> None:
    fit = UsualPath().fit(steady, PERIOD)
    near, far = fit.simulate(20, seed=1, horizon=1), fit.simulate(20, seed=1)
    assert near.months == (10,)
    assert far.months == (10, 11, 12)
    np.testing.assert_array_equal(near.completed[..., 0], far.completed[..., 0])
