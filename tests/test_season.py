"""Trend and season of series whose components are known, and what is said of those that have none."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from thads_analysis.errors import UsageError
from thads_analysis.schema import PANEL_INDEX, panel_columns
from thads_analysis.trend import calendar_index, decompose_season, monthly_flows

PARTS = ["trend", "seasonal", "remainder"]
# A September surge, a quiet Tết, quarter ends; January to December, sums to nothing.
SEASON = np.array([-60.0, -90, 20, -10, -5, 40, -15, 0, 150, -40, -10, 20])


def series(first: str, values: object) -> pd.Series:
    data = pd.Series(values, dtype="float64")
    return data.set_axis(pd.period_range(first, periods=len(data), freq="M"))


def known(
    first: str, months: int, level: float = 500.0, slope: float = 2.0
) -> tuple[pd.Series, pd.Series, pd.Series]:
    """Make a series that is a straight line and a fixed season, with its two components."""
    index = pd.period_range(first, periods=months, freq="M")
    trend = pd.Series(level + slope * np.arange(months), index)
    seasonal = pd.Series(SEASON[index.month - 1], index)
    return trend + seasonal, trend, seasonal


def test_a_line_and_a_fixed_season_are_recovered():
    observed, trend, seasonal = known("2020-02", 48)
    result = decompose_season(observed)
    assert (result.method, result.reason, result.months, result.cut) == ("stl", "", 48, "")
    assert result.frame["trend"].to_numpy() == pytest.approx(trend.to_numpy(), abs=1)
    assert result.frame["seasonal"].to_numpy() == pytest.approx(seasonal.to_numpy(), abs=1)


def test_one_odd_month_goes_into_the_remainder():
    observed, trend, seasonal = known("2020-02", 48)
    observed[pd.Period("2021-08")] -= 400
    frame = decompose_season(observed).frame
    assert frame.loc["2021-08", "remainder"] == pytest.approx(-400, abs=20)
    assert frame["seasonal"].to_numpy() == pytest.approx(seasonal.to_numpy(), abs=20)
    assert frame["trend"].to_numpy() == pytest.approx(trend.to_numpy(), abs=20)


def test_noise_does_not_all_become_season():
    # With two years a season could follow every value; noise of 30 has to stay a remainder.
    rng = np.random.default_rng(7)
    observed, _, _ = known("2021-01", 24)
    results = [decompose_season(observed + rng.normal(0, 30, 24)) for _ in range(20)]
    assert np.mean([result.frame["remainder"].std() for result in results]) > 15


@settings(max_examples=25, deadline=None)
@given(st.integers(24, 53), st.integers(0, 2**32 - 1))
def test_parts_sum_to_the_observed(months, seed):
    values = np.random.default_rng(seed).integers(-50, 10**6, months)
    frame = decompose_season(series("2020-02", values)).frame
    assert frame[PARTS].sum(axis=1).to_numpy() == pytest.approx(values, abs=1e-6)


@pytest.mark.parametrize(("months", "method"), [(24, "stl"), (23, "level"), (14, "level"), (1, "level")])
def test_two_full_years_are_the_least(months, method):
    result = decompose_season(known("2021-01", months)[0])
    assert (result.method, result.reason) == (method, "" if method == "stl" else "short")
    assert result.months == months


def test_a_short_series_has_a_level_and_no_season():
    result = decompose_season(series("2022-05", [10, 40, 20, 30, 500]))
    assert result.frame["trend"].tolist() == [30] * 5
    assert result.frame["remainder"].tolist() == [-20, 10, -10, 0, 470]
    assert result.frame["seasonal"].isna().all()


def test_the_fit_starts_after_the_last_break():
    observed, _, _ = known("2018-10", 57)
    observed[:"2020-01"] *= 3
    result = decompose_season(observed)
    assert result.cut == "circular_2019"
    assert (str(result.first), str(result.last), result.months) == ("2020-02", "2023-06", 41)
    assert result.frame.loc[:"2020-01", PARTS].isna().all(axis=None)
    assert result.frame["observed"].tolist() == observed.tolist()
    alone = decompose_season(observed["2020-02":]).frame
    pd.testing.assert_frame_equal(result.frame.loc["2020-02":], alone)


def test_a_late_break_leaves_too_little():
    result = decompose_season(known("2022-10", 48)[0])  # to September 2026; the last break is July 2026
    assert (result.method, result.reason, result.cut, result.months) == ("level", "short", "circular_2026", 2)


@pytest.mark.parametrize("absent", [True, False], ids=["row absent", "value missing"])
@pytest.mark.parametrize(
    ("hole", "method", "first", "months"),
    [
        ("2021-03", "stl", "2021-04", 27),
        ("2022-12", "level", "2023-01", 6),
        ("2019-05", "stl", "2020-02", 41),
    ],
)
def test_a_gap_is_not_bridged(absent, hole, method, first, months):
    observed, _, _ = known("2018-10", 57)
    observed = observed.drop(pd.Period(hole)) if absent else observed.where(observed.index != pd.Period(hole))
    result = decompose_season(observed)
    assert (result.method, str(result.first), result.months) == (method, first, months)
    assert result.cut == ("circular_2019" if hole < "2020" else "gap")
    assert len(result.frame) == 57
    assert pd.isna(result.frame.loc[hole, "observed"])


def test_a_missing_quarter_cuts_at_its_end():
    observed, _, _ = known("2020-02", 41)
    observed["2020-10":"2020-12"] = np.nan
    result = decompose_season(observed)
    assert (result.method, str(result.first), result.months, result.cut) == ("stl", "2021-01", 30, "gap")


def test_months_not_reported_yet_shorten_the_end_only():
    observed, _, _ = known("2020-02", 41)
    observed["2023-05":] = np.nan
    result = decompose_season(observed)
    assert (result.method, str(result.last), result.months, result.cut) == ("stl", "2023-04", 39, "")


@pytest.mark.parametrize("value", [0.0, 7.0])
def test_a_constant_series_is_said_to_be_constant(value):
    result = decompose_season(series("2020-02", [value] * 41))
    assert (result.method, result.reason) == ("level", "constant")
    assert result.frame["trend"].tolist() == [value] * 41
    assert result.frame["remainder"].tolist() == [0] * 41


def test_nearly_always_zero_is_finite():
    result = decompose_season(series("2020-02", [0.0] * 30 + [5.0] + [0.0] * 10))
    assert result.method == "stl"
    assert np.isfinite(result.frame.to_numpy(float)).all()


@pytest.mark.parametrize("values", [[], [np.nan, np.nan]], ids=["no month", "no value"])
def test_nothing_to_fit(values):
    result = decompose_season(series("2022-01", values))
    assert (result.method, result.reason, result.first, result.months) == ("none", "empty", None, 0)
    assert len(result.frame) == len(values)


def test_order_and_the_callers_series_do_not_matter():
    observed, _, _ = known("2020-02", 41)
    shuffled = observed.sample(frac=1, random_state=3).astype("Int64")
    before = shuffled.copy()
    pd.testing.assert_frame_equal(decompose_season(shuffled).frame, decompose_season(observed).frame)
    pd.testing.assert_series_equal(shuffled, before)


def test_a_panel_goes_in_through_its_flows():
    keys = [("63:24", year, m) for year in (2021, 2022, 2023) for m in range(1, 13)]
    index = pd.MultiIndex.from_tuples(keys, names=PANEL_INDEX)
    observed, _, _ = known("2020-10", 36)
    panel = pd.DataFrame({("cases", "completed"): observed.astype("int64").to_numpy()}, index=index)
    panel = panel.groupby(level="fiscal_year").cumsum().reindex(columns=panel_columns()).astype("Int64")
    flows = monthly_flows(panel)["cases", "completed"]
    result = decompose_season(flows.set_axis(calendar_index(flows)))
    assert (result.method, str(result.first), str(result.last)) == ("stl", "2020-10", "2023-09")
    assert result.frame["observed"].tolist() == observed.tolist()


def test_what_the_fit_warns_of_is_handed_on(monkeypatch):
    from statsmodels.tsa import seasonal

    class Doubtful(seasonal.STL):
        def fit(self):
            warnings.warn("did not settle", RuntimeWarning, stacklevel=1)
            warnings.warn("did not settle", RuntimeWarning, stacklevel=1)
            return super().fit()

    monkeypatch.setattr(seasonal, "STL", Doubtful)
    assert decompose_season(known("2020-02", 41)[0]).warnings == ("RuntimeWarning: did not settle",)


def test_a_series_without_calendar_months_is_refused():
    with pytest.raises(UsageError, match="by calendar month, not RangeIndex; use calendar_index"):
        decompose_season(pd.Series([1.0, 2.0]))


def test_a_series_of_several_organisations_is_refused():
    twice = pd.concat([series("2022-01", [1, 2]), series("2022-02", [3])])
    with pytest.raises(UsageError, match="2022-02 stands twice"):
        decompose_season(twice)
