import math
from collections.abc import Callable

import chainladder
import numpy as np
import pandas as pd
import pytest

from thads_analysis.forecast import ChainLadder
from thads_analysis.forecast.chain_ladder import development_factors
from thads_analysis.period import Period

# Months 9 to 12 of five years, of two provinces.
PAST = {
    "63:01": {
        2018: (512, 561, 617, 744),
        2019: (530, 588, 630, 771),
        2020: (498, 570, 655, 802),
        2021: (541, 577, 603, 668),
    },
    "63:02": {
        2018: (91, 104, 118, 160),
        2019: (88, 97, 121, 149),
        2020: (70, 90, 113, 171),
        2021: (99, 105, 109, 126),
    },
}
NOW = {"63:01": 560, "63:02": 103}


@pytest.fixture(scope="module")
def factors() -> dict[str, list[float]]:
    """Volume-weighted factors by the chainladder package."""
    rows = [
        (org, pd.Timestamp(year, 1, 1), pd.Timestamp(year, month, 1), float(done))
        for org, years in PAST.items()
        for year, months in years.items()
        for month, done in zip(range(9, 13), months, strict=True)
    ]
    frame = pd.DataFrame(rows, columns=["org", "origin", "development", "done"])
    triangle = chainladder.Triangle(
        frame, index="org", origin="origin", development="development", columns="done", cumulative=True
    )
    found = chainladder.Development(average="volume").fit(triangle).ldf_
    ages = {org: found.loc[org].values.ravel() for org in PAST}
    return {org: values[np.isfinite(values)].tolist() for org, values in ages.items()}


@pytest.fixture
def panel(make_panel: Callable[..., pd.DataFrame]) -> pd.DataFrame:
    counts = {(org, 2022, 9): (done, 2 * done) for org, done in NOW.items()}
    for org, years in PAST.items():
        for year, months in years.items():
            for month, done in zip(range(9, 13), months, strict=True):
                counts[org, year, month] = (done, 2 * months[0])
    return make_panel(counts)


def test_factors_are_those_of_the_chainladder_package(factors: dict[str, list[float]]) -> None:
    cumulative = np.array([[list(years.values()) for years in PAST.values()]], dtype=float)
    found = development_factors(cumulative, np.ones(4))
    np.testing.assert_allclose(found[0], list(factors.values()), rtol=0, atol=1e-9)


def test_forecast_is_the_figure_now_times_the_factors(
    panel: pd.DataFrame, factors: dict[str, list[float]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "thads_analysis.forecast.history.year_weights",
        lambda period, years: pd.DataFrame({"weight": [1.0] * len(years)}, index=years),
    )
    fit = ChainLadder().fit(panel, Period(2022, 9))
    for place, (org, done) in enumerate(NOW.items()):
        ultimate = done * math.prod(factors[org])
        assert done * math.exp(fit.usual.mean[0, place, -1, 1]) == pytest.approx(ultimate, abs=1e-9)
        # Eligible stands still in this panel.
        assert fit.usual.mean[0, place, -1, 0] == pytest.approx(0, abs=1e-12)
        drawn = fit.simulate(4001, seed=2).completed[:, 0, place, -1]
        assert np.median(drawn) == pytest.approx(ultimate, rel=0.02)


def test_weights_of_years_enter_the_factors() -> None:
    cumulative = np.array([[[[100.0, 150.0], [200.0, 220.0]]]])
    # 150 and half of 220, over 100 and half of 200: 260 of 200.
    assert development_factors(cumulative, np.array([1.0, 0.5]))[0, 0, 0] == pytest.approx(1.3)


def test_month_unknown_in_a_year_leaves_that_year_out() -> None:
    cumulative = np.array([[[[100.0, np.nan, 180.0], [200.0, 220.0, 250.0]]]])
    np.testing.assert_allclose(development_factors(cumulative, np.ones(2))[0, 0], [1.1, 250 / 220])
