import numpy as np
import pytest

from thads_analysis.forecast import mixed
from thads_analysis.forecast.mixed import fit_mixed

ORGS, PAST = 5, 4


@pytest.fixture
def problem() -> mixed._Problem:
    rng = np.random.default_rng(8)
    known = rng.random((ORGS, PAST)) < 0.8
    return mixed._Problem(
        target=np.where(known, rng.normal(0.4, 1, (ORGS, PAST)), 0.0),
        known=known,
        features=rng.normal(0, 1, (ORGS, PAST + 1, 2)),
        weights=np.array([0.5, 1.0, 0.25, 1.0]),
        size=rng.normal(0, 1, ORGS),
        doubt=rng.uniform(1, 3, (ORGS, PAST)),
        scale=rng.uniform(0.5, 2, ORGS),
    )


def _covariance(at: np.ndarray, problem: mixed._Problem) -> tuple[np.ndarray, np.ndarray]:
    """Of all cells, past and coming, written out cell by cell; and the noise of each."""
    habit, year, slope, noise = np.exp(at[:4])
    stay, carry = 1 / (1 + np.exp(-at[4:6]))
    seen = problem.features - (1 - carry) * problem.features.mean(axis=0)
    cells = [(o, t) for o in range(ORGS) for t in range(PAST + 1)]
    full = np.zeros((len(cells), len(cells)))
    errors = np.zeros(len(cells))
    for i, (o, t) in enumerate(cells):
        errors[i] = noise * np.exp(-at[6] * problem.size[o]) * problem.scale[o]
        errors[i] *= problem.doubt[o, t] if t < PAST else 1
        for j, (p, s) in enumerate(cells):
            full[i, j] = 100 + slope * seen[o, t] @ seen[p, s]
            full[i, j] += habit * stay ** abs(t - s) * (o == p)
            full[i, j] += year / (problem.weights[t] if t < PAST else 1) * (t == s)
    return full + np.diag(errors), errors


def test_prediction_is_the_conditional_normal(problem: mixed._Problem) -> None:
    at = mixed._CENTRES
    full, _ = _covariance(at, problem)
    past = np.array([t < PAST and problem.known[o, t] for o in range(ORGS) for t in range(PAST + 1)])
    new = np.array([t == PAST for _ in range(ORGS) for t in range(PAST + 1)])
    values = np.concatenate([problem.target, np.zeros((ORGS, 1))], axis=1).ravel()[past]
    solved = np.linalg.solve(full[np.ix_(past, past)], np.c_[values, full[np.ix_(past, new)]])
    found = mixed._predict(at, problem)
    np.testing.assert_allclose(found.mean, full[np.ix_(new, past)] @ solved[:, 0], atol=1e-6)
    variance = np.diag(full[np.ix_(new, new)] - full[np.ix_(new, past)] @ solved[:, 1:])
    # The coming year may vary more than its estimate says, never less.
    assert (found.common**2 + found.own**2 >= variance - 1e-6).all()


def test_density_is_that_of_the_normal(problem: mixed._Problem) -> None:
    def exact(at: np.ndarray) -> float:
        full, _ = _covariance(at, problem)
        past = np.array([t < PAST and problem.known[o, t] for o in range(ORGS) for t in range(PAST + 1)])
        values = np.concatenate([problem.target, np.zeros((ORGS, 1))], axis=1).ravel()[past]
        block = full[np.ix_(past, past)]
        return float(0.5 * (values @ np.linalg.solve(block, values) + np.linalg.slogdet(block)[1]))

    def prior(at: np.ndarray) -> float:
        return float(0.5 * (((at - mixed._CENTRES) / mixed._SPREADS) ** 2).sum())

    one, two = mixed._CENTRES, mixed._CENTRES + 0.4
    found = mixed._lack(two, problem)[0] - mixed._lack(one, problem)[0]
    assert found == pytest.approx(exact(two) + prior(two) - exact(one) - prior(one), abs=1e-6)


@pytest.mark.parametrize("shift", [0.0, 0.4, -0.3])
def test_slope_of_the_density_is_that_of_small_steps(problem: mixed._Problem, shift: float) -> None:
    at = mixed._CENTRES + shift
    steps = np.eye(len(at)) * 1e-5
    by_steps = [
        (mixed._lack(at + step, problem)[0] - mixed._lack(at - step, problem)[0]) / 2e-5 for step in steps
    ]
    np.testing.assert_allclose(mixed._lack(at, problem)[1], by_steps, atol=1e-5)


def test_residuals_are_those_of_leaving_the_cell_out(problem: mixed._Problem) -> None:
    at = mixed._CENTRES
    full, errors = _covariance(at, problem)
    cells = [(o, t) for o in range(ORGS) for t in range(PAST + 1)]
    past = [i for i, (o, t) in enumerate(cells) if t < PAST and problem.known[o, t]]
    found = mixed._predict(at, problem).residuals
    for i in past[:6]:
        o, t = cells[i]
        rest = [j for j in past if j != i]
        weights = np.linalg.solve(full[np.ix_(rest, rest)], full[rest, i])
        values = np.array([problem.target[cells[j]] for j in rest])
        plain = errors[i] / problem.doubt[o, t]
        spread = np.sqrt(full[i, i] - weights @ full[rest, i] - errors[i] + plain)
        assert found[o, t] == pytest.approx((problem.target[o, t] - weights @ values) / spread, abs=1e-5)


def test_years_left_out_are_forecast_from_the_others_alone(problem: mixed._Problem) -> None:
    at = mixed._CENTRES
    full, _ = _covariance(at, problem)
    cells = [(o, t) for o in range(ORGS) for t in range(PAST + 1)]
    found = mixed._predict(at, problem).left_out
    for year in range(PAST):
        known = [i for i, (o, t) in enumerate(cells) if t < PAST and problem.known[o, t]]
        here = [i for i in known if cells[i][1] == year]
        rest = [i for i in known if cells[i][1] != year]
        values = np.array([problem.target[cells[i]] for i in rest])
        said = full[np.ix_(here, rest)] @ np.linalg.solve(full[np.ix_(rest, rest)], values)
        for i, expected in zip(here, said, strict=True):
            o = cells[i][0]
            assert found[o, year] == pytest.approx(problem.target[o, year] - expected, abs=1e-5)


def _make_cells(seed: int, orgs: int = 60, past: int = 12) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Cells with a known slope, habits, years and errors."""
    rng = np.random.default_rng(seed)
    feature = rng.normal(0, 1, (orgs, past + 1))
    habit = rng.normal(0, 0.5, (orgs, 1))
    year = rng.normal(0, 0.2, past + 1)
    whole = 1 + 0.6 * feature + habit + year + rng.normal(0, 0.3, (orgs, past + 1))
    return whole[:, :-1], feature[..., None], whole[:, -1]


def test_slope_habit_and_years_are_found_again() -> None:
    target, features, actual = _make_cells(1)
    found = fit_mixed(target, features, np.zeros(len(target)), np.ones(target.shape[1]))
    assert found.own.mean() == pytest.approx(0.3 * np.sqrt(1 + 1 / 12), rel=0.15)
    assert found.common.mean() == pytest.approx(0.2, rel=0.6)
    missed = actual - found.mean
    assert (missed - missed.mean()).std() == pytest.approx(0.31, rel=0.2)


def test_province_without_a_past_is_drawn_to_the_others() -> None:
    target, features, _ = _make_cells(2)
    target[0] = np.nan
    found = fit_mixed(target, features, np.zeros(len(target)), np.ones(target.shape[1]))
    others = found.mean[1:]
    assert others.min() < found.mean[0] < others.max()
    # Habit and error together: the square root of 0.5^2 + 0.3^2.
    assert found.own[0] == pytest.approx(0.583, rel=0.15)


def test_one_giant_does_not_rule() -> None:
    target, features, _ = _make_cells(3)
    plain = fit_mixed(target, features, np.zeros(len(target)), np.ones(target.shape[1]))
    target[5, 4] += 15
    disturbed = fit_mixed(target, features, np.zeros(len(target)), np.ones(target.shape[1]))
    assert abs(disturbed.mean[5] - plain.mean[5]) < 0.25  # a plain mean of 12 years would move by 1.25
    assert np.abs(np.delete(disturbed.mean - plain.mean, 5)).max() < 0.1


def test_nothing_that_varies_and_nothing_known() -> None:
    still = fit_mixed(np.full((3, 2), 0.7), np.zeros((3, 3, 1)), np.zeros(3), np.ones(2))
    assert still.mean.tolist() == [0.7] * 3
    assert not still.common.any()
    assert not still.own.any()
    empty = fit_mixed(np.full((3, 2), np.nan), np.zeros((3, 3, 1)), np.zeros(3), np.ones(2))
    assert not empty.mean.any()
