import numpy as np
import pandas as pd
import pytest

from thads_analysis.forecast import METHODS, Simulation
from thads_analysis.forecast.history import build_history
from thads_analysis.forecast.protocol import simulate_counts
from thads_analysis.period import Period

PERIOD = Period(2023, 9)


@pytest.fixture(scope="module", params=sorted(METHODS))
def simulation(request: pytest.FixtureRequest, steady: pd.DataFrame) -> Simulation:
    return METHODS[request.param].fit(steady, PERIOD).simulate(200, seed=4)


def test_every_method_keeps_counts_possible(simulation: Simulation, steady: pd.DataFrame) -> None:
    assert simulation.completed.shape == simulation.eligible.shape == (200, 2, 4, 3)
    assert (simulation.completed <= simulation.eligible).all()
    assert (np.diff(simulation.completed, axis=-1) >= 0).all()
    now = steady.xs((2023, 9), level=["fiscal_year", "months"])["cases", "completed"].to_numpy(np.int64)
    assert (simulation.completed[:, 0] >= now[:, None]).all()


def test_every_method_repeats_itself_and_ignores_row_order(
    simulation: Simulation, steady: pd.DataFrame
) -> None:
    again = (
        METHODS[simulation.method].fit(steady.sample(frac=1, random_state=1), PERIOD).simulate(200, seed=4)
    )
    np.testing.assert_array_equal(simulation.completed, again.completed)
    np.testing.assert_array_equal(simulation.eligible, again.eligible)


def test_groups_are_sums_in_every_path(simulation: Simulation) -> None:
    frame = simulation.to_frame()
    nation = simulation.grouped({"VN": simulation.orgs}).to_frame().droplevel("org")
    pd.testing.assert_frame_equal(
        frame.groupby(level=["draw", "measure", "months"]).sum(), nation, check_index_type=False
    )


def test_quantiles_are_those_of_the_paths(simulation: Simulation) -> None:
    frame = simulation.to_frame()
    rates = frame["completed"] / frame["eligible"]
    found = simulation.rate_quantiles([0.1, 0.5])
    expected = rates.groupby(level=["org", "measure", "months"]).quantile(0.1)
    pd.testing.assert_series_equal(found[0.1].sort_index(), expected.sort_index(), check_names=False)


def test_wild_movements_still_give_rates_between_0_and_1(steady: pd.DataFrame) -> None:
    history = build_history(steady, PERIOD)
    rng = np.random.default_rng(0)
    wild = rng.normal(0, 8, (50, 2, 4, 3, 2))
    simulation = simulate_counts("wild", history, history.start(), wild, rng)
    rates = simulation.rates()
    assert ((rates >= 0) & (rates <= 1)).all()
    assert (simulation.completed <= simulation.eligible).all()


def test_late_organisations_are_named_and_so_are_their_groups(steady: pd.DataFrame) -> None:
    late = steady.drop(index=("63:04", 2023, 9))
    simulation = METHODS["usual_path"].fit(late, PERIOD).simulate(20)
    assert simulation.imputed == ("63:04",)
    groups = {"north": ["63:01", "63:04"], "south": ["63:02"]}
    assert simulation.grouped(groups).imputed == ("north",)
    assert METHODS["usual_path"].fit(steady, PERIOD).simulate(20).imputed == ()
