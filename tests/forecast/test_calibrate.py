from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from thads_analysis.forecast import Pooled
from thads_analysis.forecast.calibrate import calibrate
from thads_analysis.forecast.mixed import Mixed
from thads_analysis.org import provinces
from thads_analysis.period import Period

ORGS = [org.key for org in provinces("63")]


def _make_model(left_out: np.ndarray, *, common: float, own: float, residuals: np.ndarray) -> Mixed:
    orgs, years = left_out.shape
    return Mixed(
        mean=np.zeros(orgs),
        common=np.full(orgs, common),
        own=np.full(orgs, own),
        residuals=residuals,
        left_out=left_out,
        year_effects=np.zeros(years),
        years=float(years),
        at=np.zeros(7),
    )


def _alternate(orgs: int, years: int) -> np.ndarray:
    return np.where(np.add.outer(np.arange(orgs), np.arange(years)) % 2 == 0, 1.0, -1.0)


def test_both_errors_by_hand() -> None:
    """Four provinces one off a year's mean of two, in four years; the model says one of either."""
    around = _alternate(4, 4)
    model = _make_model(around + np.array([2, -2, 2, -2]), common=1.0, own=1.0, residuals=around)
    found = calibrate(model, np.ones(4))
    # r^2 = 4/3, and (2 + 4 x 4/3) / (2 + 4) = 11/9.
    assert found.own.tolist() == pytest.approx([np.sqrt(11 / 9)] * 4)
    # v = 15/16 x 4 - 11/9 / 4 = 31/9, of which 4 years count beside 2: (2 + 4 x 31/9) / 6 = 71/27.
    assert found.common.tolist() == pytest.approx([np.sqrt(71 / 27)] * 4)
    assert found.left_out is model.left_out
    assert found.residuals is model.residuals


def test_years_count_by_what_they_are_worth() -> None:
    """Weights of 1, 1/2 and 1/2 are worth 8/3 years."""
    around = _alternate(4, 3)
    model = _make_model(around + np.array([0, 3, -3]), common=1.0, own=1.0, residuals=around)
    found = calibrate(model, np.array([1.0, 0.5, 0.5]))
    own = (2 + 8 / 3 * 4 / 3) / (2 + 8 / 3)
    assert found.own[0] ** 2 == pytest.approx(own)
    # m^2 is 9 in the two half years: 8/9 x 9 / 2 on average.
    assert found.common[0] ** 2 == pytest.approx((2 + 8 / 3 * (4 - own / 4)) / (2 + 8 / 3))


@pytest.mark.parametrize(("common", "own"), [(3.0, 0.5), (0.2, 4.0), (1.0, 1.0)])
def test_wrong_errors_are_put_right_where_years_are_many(common: float, own: float) -> None:
    """In truth a year's effect has a standard deviation of 1 and a province's own error one of 2."""
    rng = np.random.default_rng(8)
    truth = rng.normal(0, 1, 400) + rng.normal(0, 2, (40, 400))
    model = _make_model(truth, common=common, own=own, residuals=rng.normal(0, 1, (40, 400)))
    found = calibrate(model, np.ones(400))
    assert found.own[0] == pytest.approx(2, rel=0.05)
    assert found.common[0] == pytest.approx(1, rel=0.1)


def test_giant_case_widens_one_province_and_not_all() -> None:
    around = _alternate(63, 6)
    giant = around.copy()
    giant[3, 2] = 60.0
    calm, hit = (
        calibrate(_make_model(left, common=1.0, own=1.0, residuals=left), np.ones(6))
        for left in (around, giant)
    )
    # It is among the errors that paths draw; that is enough. By squares alone all were 3 times as wide.
    assert hit.own[0] == pytest.approx(calm.own[0], rel=0.1)


@settings(deadline=None, max_examples=30)
@given(unit=st.floats(1e-3, 1e3), order=st.permutations(range(6)), seed=st.integers(0, 1000))
def test_unit_and_order_do_not_matter(unit: float, order: list[int], seed: int) -> None:
    departures = np.random.default_rng(seed).standard_t(3, (6, 4))
    residuals = _alternate(6, 4) * 0.8
    weights = np.array([1.0, 0.5, 0.25, 1.0])
    found = calibrate(_make_model(departures, common=0.7, own=1.3, residuals=residuals), weights)
    again = calibrate(
        _make_model(departures[order] * unit, common=0.7 * unit, own=1.3 * unit, residuals=residuals[order]),
        weights,
    )
    np.testing.assert_allclose(again.common, found.common * unit, rtol=1e-9)
    np.testing.assert_allclose(again.own, found.own * unit, rtol=1e-9)


def test_too_little_to_learn_from_changes_nothing() -> None:
    around = _alternate(5, 3)
    model = _make_model(around, common=1.0, own=1.0, residuals=around)
    one_year = np.full((5, 3), np.nan)
    one_year[:, 1] = 7.0
    for poor in (
        replace(model, left_out=one_year, residuals=one_year),
        replace(model, left_out=np.full((5, 3), np.nan), residuals=np.full((5, 3), np.nan)),
        replace(model, common=np.zeros(5), own=np.zeros(5)),
    ):
        assert calibrate(poor, np.ones(3)) is poor


def test_single_province_keeps_its_own_error() -> None:
    left = np.array([[1.0, -2.0, 3.0]])
    found = calibrate(_make_model(left, common=1.0, own=1.0, residuals=left), np.ones(3))
    assert found.own.tolist() == [1.0]
    assert np.isfinite(found.common).all()


def test_unknown_cells_are_left_aside() -> None:
    around = _alternate(8, 4)
    left, residuals = around + np.array([2, -2, 2, -2]), around.copy()
    left[4:, 3] = residuals[4:, 3] = np.nan
    found = calibrate(_make_model(left, common=1.0, own=1.0, residuals=residuals), np.ones(4))
    # Eight provinces in three years, four in the last: r^2 is a mean over 28 cells.
    ratio = (24 * np.sqrt(8 / 7) + 4 * np.sqrt(4 / 3)) / 28
    own = (2 + 4 * ratio**2) / 6
    assert found.own[0] ** 2 == pytest.approx(own)
    left = 15 / 16 * 4 - own * (3 / 8 + 1 / 4) / 4
    assert found.common[0] ** 2 == pytest.approx((2 + 4 * left) / 6)


def test_intervals_hold_what_they_say_where_years_are_alike(
    make_panel: Callable[..., pd.DataFrame],
) -> None:
    """Exchangeable years: whole panels made anew, eight years each, the ninth forecast.

    On the logit of the rate a year moves all provinces by 0.06 and each by 0.15, both normal.
    """
    rng = np.random.default_rng(21)
    inside, wide = [], []
    for _ in range(8):
        counts = {}
        for year in range(2015, 2024):
            now = rng.normal(0, 0.2, len(ORGS))
            end = now + 0.8 + rng.normal(0, 0.06) + rng.normal(0, 0.15, len(ORGS))
            for o, org in enumerate(ORGS):
                for month, logit in ((9, now[o]), (12, end[o])):
                    counts[org, year, month] = (round(1e6 / (1 + np.exp(-logit))), 1_000_000)
        panel = make_panel(counts)
        drawn = Pooled().fit(panel, Period(2023, 9)).simulate(400)
        actual = panel["cases"]["completed"].xs((2023, 12), level=["fiscal_year", "months"])
        rates = actual.loc[list(drawn.orgs)].to_numpy(float) / 1e6
        paths = drawn.rates()[:, 0, :, -1]
        for width, found in ((0.8, inside), (0.95, wide)):
            low, high = np.quantile(paths, [0.5 - width / 2, 0.5 + width / 2], axis=0)
            found.append(((low <= rates) & (rates <= high)).mean())
    assert np.mean(inside) == pytest.approx(0.80, abs=0.04)
    assert np.mean(wide) == pytest.approx(0.95, abs=0.03)
