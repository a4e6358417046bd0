"""The structural model: against least squares by hand, on known components, and where it cannot be fitted."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from thads_analysis.errors import UsageError
from thads_analysis.trend import REASONS, calendar_effects, event_effects, fit_structure, structural

# January to December: a quiet Tết and October, a surge in June and above all in September.
SEASON = np.array([-0.15, -0.30, 0.10, 0.0, 0.0, 0.20, -0.10, 0.0, 0.60, -0.60, 0.05, 0.20])
EVENTS = pd.Series({"circular_2019": 0.15, "lockdown_2021": -0.5})
ESTIMATE = ["estimate", "low", "high"]


def line_and_season(first: str, last: str) -> pd.Series:
    months = pd.period_range(first, last, freq="M")
    return pd.Series(7 + 0.004 * np.arange(len(months)) + SEASON[months.month - 1], months)


def simulate(rng: np.random.Generator, *, first: str = "2017-10", last: str = "2022-09") -> pd.Series:
    """Logarithms: Tết -0.25, a step of 0.15 at the circular of 2020, a lockdown of -0.5, noise 0.1."""
    logs = line_and_season(first, last)
    months = pd.PeriodIndex(logs.index)
    logs += np.cumsum(rng.normal(0, 0.02, len(logs))) + rng.normal(0, 0.1, len(logs))
    events = event_effects(months)
    return logs - 0.25 * calendar_effects(months)["tet"] + events @ EVENTS[events.columns]


def quiet(first: str, last: str, seed: int = 0, noise: float = 0.05) -> pd.Series:
    logs = line_and_season(first, last)
    return np.exp(logs + np.random.default_rng(seed).normal(0, noise, len(logs)))


def generalised_least_squares(logs: pd.Series, ratio: float) -> pd.DataFrame:
    """Line, season and effects by hand: noise of variance 1 in a month, level steps of the ratio."""
    months = pd.PeriodIndex(logs.index)
    effects = pd.concat([calendar_effects(months), event_effects(months)], axis=1)
    n, dummies = len(logs), np.eye(12)[months.month - 1]
    columns = np.column_stack([np.arange(n) / 12, dummies, effects])
    covariance = np.eye(n) + ratio * np.minimum.outer(np.arange(n), np.arange(n))
    inverse = np.linalg.inv(covariance)
    normal = np.linalg.inv(columns.T @ inverse @ columns)
    beta = normal @ columns.T @ inverse @ logs.to_numpy()
    rest = logs.to_numpy() - columns @ beta
    free = n - columns.shape[1]
    reach = stats.t.ppf(0.975, free) * np.sqrt(np.diag(normal) * (rest @ inverse @ rest) / free)
    frame = pd.DataFrame({"estimate": beta, "low": beta - reach, "high": beta + reach})
    frame = frame.set_axis(["slope", *range(1, 13), *effects])
    return np.expm1(frame.loc[["slope", *effects]])


@pytest.mark.parametrize("ratio", [0.0, 0.1])
def test_with_fixed_ratios_it_is_generalised_least_squares(monkeypatch, ratio):
    monkeypatch.setattr(structural, "_LEVEL_RATIOS", (ratio,))
    monkeypatch.setattr(structural, "_SEASON_RATIOS", (0.0,))
    logs = simulate(np.random.default_rng(4), first="2020-02", last="2023-06")
    found = fit_structure(np.exp(logs))
    expected = generalised_least_squares(logs, ratio)
    assert (found.scale, found.odd) == ("multiplicative", ())
    assert found.effects.index.tolist() == expected.index.tolist()
    assert found.effects[ESTIMATE].astype(float).to_numpy() == pytest.approx(expected.to_numpy(), rel=1e-5)


def test_known_components_are_held_and_stl_is_beaten():
    # 40 series; intervals of 95 % fail more than 7 of them less than once in a thousand times.
    count, rng = 40, np.random.default_rng(1)
    held = pd.DataFrame(False, index=range(count), columns=["tet", "september", "step", "lockdown"])
    ours, stl = [], []
    for at in range(count):
        logs = simulate(rng)
        found = fit_structure(np.exp(logs))
        truths = {
            "tet": (found.effects.loc["tet"], -0.25),
            "september": (found.season.loc[12], SEASON[8] - SEASON.mean()),
            "step": (found.effects.loc["circular_2019"], 0.15),
            "lockdown": (found.effects.loc["lockdown_2021"], -0.5),
        }
        for name, (row, truth) in truths.items():
            held.loc[at, name] = row["low"] <= np.expm1(truth) <= row["high"]
        ours.append(squared_error(logs, found.frame["adjusted"].dropna().astype(float).map(np.log)))
        stl.append(squared_error(logs, logs - robust_stl(logs)))
    assert stats.binom.cdf(count - 8, count, 0.95) < 0.001
    assert (held.sum() >= count - 7).all()
    # Of two equal methods one would win 31 of 40 less than once in a thousand times.
    assert stats.binom.sf(30, count, 0.5) < 0.001
    assert np.less(ours, stl).sum() >= 31
    assert np.mean(ours) < np.mean(stl)


def squared_error(logs: pd.Series, adjusted: pd.Series) -> float:
    months = pd.PeriodIndex(logs.index)
    truth = logs - (SEASON - SEASON.mean())[months.month - 1] + 0.25 * calendar_effects(months)["tet"]
    return float(((adjusted - truth[adjusted.index]) ** 2).mean())


def robust_stl(logs: pd.Series) -> np.ndarray:
    from statsmodels.tsa.seasonal import STL

    return STL(logs.to_numpy(), period=12, seasonal=13, seasonal_deg=0, robust=True).fit().seasonal


@settings(max_examples=6, deadline=None)
@given(st.integers(25, 60), st.integers(0, 2**32 - 1), st.booleans())
def test_the_parts_make_up_the_observed(months, seed, positive):
    rng = np.random.default_rng(seed)
    values = rng.integers(1 if positive else -50, 10**6, months)
    found = fit_structure(pd.Series(values, pd.period_range("2018-10", periods=months, freq="M")))
    frame = found.frame.dropna().astype(float)
    if found.scale == "additive":
        made = frame["trend"] + frame[["seasonal", "calendar", "shock", "remainder"]].sum(axis=1)
        adjusted = frame["observed"] - frame["seasonal"] - frame["calendar"]
    else:
        made = frame["trend"] * (1 + frame[["seasonal", "calendar", "shock", "remainder"]]).prod(axis=1)
        adjusted = frame["observed"] / (1 + frame["seasonal"]) / (1 + frame["calendar"])
    assert made.to_numpy() == pytest.approx(frame["observed"].to_numpy())
    assert frame["adjusted"].to_numpy() == pytest.approx(adjusted.to_numpy())
    for part in ("adjusted", "trend", "seasonal", "calendar"):
        assert (frame[f"{part}_low"] <= frame[part]).all()
        assert (frame[part] <= frame[f"{part}_high"]).all()
    assert len(frame) == found.months


def test_the_unit_does_not_matter():
    observed = quiet("2020-02", "2023-06")
    small, large = fit_structure(observed), fit_structure(observed * 10**9)
    assert large.frame["trend"].dropna().tolist() == pytest.approx(
        (small.frame["trend"].dropna() * 10**9).tolist()
    )
    assert large.season["high"].tolist() == pytest.approx(small.season["high"].tolist())


def test_figures_that_are_not_all_positive_stay_amounts():
    observed = quiet("2020-02", "2023-06").round()
    observed["2021-05"] = -3
    found = fit_structure(observed)
    assert found.scale == "additive"
    assert found.odd == (pd.Period("2021-05"),)


def test_a_season_of_amounts_is_fitted_in_amounts():
    months = pd.period_range("2018-10", "2023-06", freq="M")
    rng = np.random.default_rng(8)
    observed = pd.Series(
        100 + 8.0 * np.arange(57) + 60 * SEASON[months.month - 1] + rng.normal(0, 4, 57), months
    )
    assert fit_structure(observed).scale == "additive"


def test_a_gap_stays_a_gap_and_the_rest_is_fitted():
    whole = quiet("2020-02", "2023-06")
    observed = whole.copy()
    observed["2021-10":"2021-12"] = np.nan
    found = fit_structure(observed)
    assert (found.method, found.months, str(found.first), str(found.last)) == (
        "structural",
        38,
        "2020-02",
        "2023-06",
    )
    assert found.frame.loc["2021-10":"2021-12"].isna().all(axis=None)
    assert found.frame.drop(pd.period_range("2021-10", "2021-12", freq="M")).notna().all(axis=None)
    assert found.season["estimate"].to_numpy(float) == pytest.approx(
        fit_structure(whole).season["estimate"].to_numpy(float), abs=0.05
    )


def test_absent_rows_are_gaps_and_order_does_not_matter():
    observed = quiet("2020-02", "2023-06").drop(pd.Period("2021-03"))
    shuffled = observed.sample(frac=1, random_state=1)
    before = shuffled.copy()
    found = fit_structure(shuffled)
    pd.testing.assert_frame_equal(found.frame, fit_structure(observed).frame)
    pd.testing.assert_series_equal(shuffled, before)
    assert pd.isna(found.frame.loc["2021-03", "trend"])


def test_a_break_has_its_step_and_its_month_is_on_neither_side():
    observed = quiet("2017-10", "2022-09")
    observed["2020-01":] *= 1.5
    observed["2020-01"] = 1.0  # a difference between two definitions
    found = fit_structure(observed)
    step = found.effects.loc["circular_2019"]
    assert (step["kind"], found.months, found.odd) == ("break", 59, ())
    assert step["low"] < 0.5 < step["high"]
    assert found.frame.loc["2020-01"].isna().sum() == len(found.frame.columns) - 1
    jump = found.frame.loc["2020-02", "trend"] / found.frame.loc["2019-12", "trend"]
    assert jump == pytest.approx(1.5, rel=0.1)


def test_before_a_break_less_than_a_year_is_not_used():
    found = fit_structure(quiet("2019-02", "2022-09"))
    assert (found.cut, str(found.first)) == ("circular_2019", "2020-02")
    assert "circular_2019" not in found.effects.index
    assert fit_structure(quiet("2019-01", "2022-09")).cut == ""


def test_a_break_in_the_last_month_ends_the_fit_before_it():
    found = fit_structure(quiet("2020-02", "2024-07"))  # the circular of 2024 came into force on 26 July
    assert "circular_2024" not in found.effects.index
    assert (str(found.last), found.months) == ("2024-06", 53)


def test_an_event_without_figures_is_left_out():
    observed = quiet("2020-02", "2023-06")
    observed["2021-07":"2021-09"] = np.nan
    found = fit_structure(observed)
    assert found.left_out == ("lockdown_2021",)
    assert "lockdown_2021" not in found.effects.index


def test_one_odd_month_goes_into_the_remainder():
    observed = quiet("2020-02", "2023-06")
    observed["2022-11"] *= 4
    found = fit_structure(observed)
    assert found.odd == (pd.Period("2022-11"),)
    assert found.frame.loc["2022-11", "remainder"] == pytest.approx(3, abs=0.6)
    assert found.season.loc[2, "estimate"] < 0.4


REASON_OF = {
    "short": quiet("2021-08", "2022-09"),
    "constant": pd.Series(0.0, pd.period_range("2020-02", "2023-06", freq="M")),
    "unseen": quiet("2020-02", "2023-06")[lambda s: s.index.month != 12],
    "empty": pd.Series(np.nan, pd.period_range("2020-02", "2023-06", freq="M")),
}


@pytest.mark.parametrize("reason", REASON_OF)
def test_what_cannot_be_fitted_says_why(reason):
    found = fit_structure(REASON_OF[reason])
    assert found.reason == reason
    assert found.method == ("none" if reason == "empty" else "level")
    assert found.season.empty
    assert found.effects.empty
    trend = REASON_OF[reason].median()
    known = found.frame["trend"].dropna()
    assert known.tolist() == pytest.approx([trend] * len(known))
    assert len(known) == REASON_OF[reason].count()


def test_every_reason_has_its_words():
    assert set(REASONS) == set(REASON_OF)


def test_what_the_fit_warns_of_is_handed_on(monkeypatch):
    from statsmodels.tools.sm_exceptions import ConvergenceWarning
    from statsmodels.tsa.statespace import structural as peer

    class Doubtful(peer.UnobservedComponents):
        def update(self, *args, **kwargs):
            warnings.warn("did not settle", ConvergenceWarning, stacklevel=1)
            return super().update(*args, **kwargs)

    monkeypatch.setattr(peer, "UnobservedComponents", Doubtful)
    assert fit_structure(quiet("2020-02", "2023-06")).warnings == ("ConvergenceWarning: did not settle",)


@pytest.mark.parametrize(
    ("series", "what"),
    [
        (pd.Series([1.0, 2.0]), "by calendar month, not RangeIndex; use calendar_index"),
        (pd.Series([1.0, 2.0], pd.PeriodIndex(["2022-01"] * 2, freq="M")), "2022-01 stands twice"),
    ],
)
def test_a_series_that_is_not_one_of_months_is_refused(series, what):
    with pytest.raises(UsageError, match=what):
        fit_structure(series)
