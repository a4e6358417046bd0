"""Changes that nobody named: against least squares by hand, on planted changes, and on plain noise."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from thads_analysis.trend import calendar_effects, changes, event_effects, find_changes

SEASON = np.array([-0.15, -0.30, 0.10, 0.0, 0.0, 0.20, -0.10, 0.0, 0.60, -0.60, 0.05, 0.20])


def noisy(
    seed: int, first: str = "2018-10", last: str = "2023-06", noise: float = 0.1, memory: float = 0.0
) -> pd.Series:
    """Logarithms of a line with a season, and noise of which a part stays from month to month."""
    rng, months = np.random.default_rng(seed), pd.period_range(first, last, freq="M")
    steps = rng.normal(0, noise * np.sqrt(1 - memory**2), len(months) + 30)
    kept = np.zeros(len(steps))
    for at in range(1, len(steps)):
        kept[at] = memory * kept[at - 1] + steps[at]
    line = 7 + 0.004 * np.arange(len(months)) + SEASON[months.month - 1]
    return pd.Series(line + kept[30:], months)


def step_from(month: str, size: float, logs: pd.Series) -> pd.Series:
    return logs + size * (logs.index >= pd.Period(month))


@pytest.fixture
def only_steps_in_white_noise(monkeypatch):
    monkeypatch.setattr(changes, "_MEMORIES", (0.0,))
    monkeypatch.setattr(changes, "_LEAST_MONTHS", {"level": 6})
    changes._prepare.cache_clear()
    yield
    changes._prepare.cache_clear()


@pytest.mark.usefixtures("only_steps_in_white_noise")
def test_it_is_least_squares_over_every_month():
    logs = step_from("2022-03", 0.6, noisy(3, first="2020-02"))
    found = find_changes(np.exp(logs)).changes.iloc[0]
    months = pd.PeriodIndex(logs.index)
    effects = pd.concat([calendar_effects(months), event_effects(months)], axis=1)
    null = np.column_stack([np.arange(len(logs)), np.eye(12)[months.month - 1], effects])
    squares = {}
    for at in range(6, len(logs) - 5):
        columns = np.column_stack([null, np.arange(len(logs)) >= at])
        beta, rest, _, _ = np.linalg.lstsq(columns, logs.to_numpy())
        squares[at] = (rest[0], beta[-1], np.linalg.inv(columns.T @ columns)[-1, -1])
    best = min(squares, key=lambda at: squares[at][0])
    rest, size, own = squares[best]
    free = len(logs) - null.shape[1] - 1
    reach = stats.t.ppf(0.975, free) * np.sqrt(rest / free * own)
    assert found["month"] == months[best]
    estimate = found[["estimate", "low", "high"]].astype(float)
    assert estimate.tolist() == pytest.approx(np.expm1([size, size - reach, size + reach]).tolist(), rel=1e-6)
    # The set: twice the log-likelihood ratio within 7.35, with the null's degrees of freedom.
    near = [at for at in squares if (free + 1) * np.log(squares[at][0] / rest) <= -2 * np.log(1 - 0.95**0.5)]
    assert (found["first"], found["last"]) == (months[min(near)], months[max(near)])


def test_a_step_is_found_in_its_month():
    found = find_changes(np.exp(step_from("2022-01", 0.5, noisy(5))))
    change = found.changes.iloc[0]
    assert (found.reason, found.scale, len(found.changes)) == ("", "multiplicative", 1)
    assert (change["kind"], str(change["month"])) == ("level", "2022-01")
    assert change["low"] < np.expm1(0.5) < change["high"]
    assert change["first"] <= pd.Period("2022-01") <= change["last"]
    assert change["p_value"] < 0.01
    assert found.p_value > 0.05


def test_a_bend_is_found():
    logs = noisy(6, first="2014-10", last="2019-12")
    since = np.maximum(np.arange(len(logs)) - 34, 0) / 12
    change = find_changes(np.exp(logs + 0.4 * since)).changes.iloc[0]
    assert change["kind"] == "slope"
    assert change["low"] < np.expm1(0.4) < change["high"]


def test_what_fell_with_an_event_is_named_beside_it():
    change = find_changes(np.exp(step_from("2021-08", -0.6, noisy(7)))).changes.iloc[0]
    assert change["events"] == "lockdown_2021"


def test_a_step_at_a_named_break_is_no_finding():
    assert find_changes(np.exp(step_from("2020-01", 0.5, noisy(8)))).changes.empty


@pytest.mark.parametrize("memory", [0.0, 0.6])
def test_it_is_silent_on_noise(memory):
    # At 5 % more than 9 alarms in 60 come less than once in a thousand times.
    assert stats.binom.sf(9, 60, 0.05) < 0.001
    alarms = [
        len(find_changes(np.exp(noisy(seed, first="2020-02", memory=memory))).changes) for seed in range(60)
    ]
    assert np.count_nonzero(alarms) <= 9


def test_one_odd_month_is_no_change():
    logs = noisy(9)
    logs["2023-03"] += 1.5
    assert find_changes(np.exp(logs)).changes.empty


def test_amounts_that_are_not_all_positive_are_told_in_amounts():
    observed = np.exp(noisy(10, noise=0.02)) + 400 * (np.arange(57) >= 40)
    observed["2019-05"] = 0
    found = find_changes(observed)
    assert found.scale == "additive"
    change = found.changes.iloc[0]
    assert (change["kind"], str(change["month"])) == ("level", "2022-02")
    assert change["low"] < 400 < change["high"]


@pytest.mark.parametrize(
    ("series", "reason"),
    [
        (noisy(1, first="2022-05"), "short"),
        (pd.Series(0.0, pd.period_range("2020-02", "2023-06", freq="M")), "constant"),
        (pd.Series(dtype=float, index=pd.PeriodIndex([], freq="M")), "empty"),
    ],
)
def test_what_cannot_be_tested_says_why(series, reason):
    found = find_changes(series)
    assert (found.reason, found.p_value, len(found.changes)) == (reason, None, 0)
