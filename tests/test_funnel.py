"""The funnel against hand arithmetic, a published meta-analysis, and worlds in which nobody differs."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.meta_analysis import combine_effects

from thads_analysis.errors import DataError
from thads_analysis.metrics import national
from thads_analysis.metrics.funnel import funnel, funnel_limits, overdispersion, place
from thads_analysis.org import provinces
from thads_analysis.period import Period
from thads_analysis.schema import panel_columns

PERIOD = Period(2023, 9)
ALL_63 = [org.key for org in provinces("63")]


def panel_of(keys: list[str], completed: object, eligible: object, due: object = None) -> pd.DataFrame:
    """Make a panel of one period with cases alone."""
    index = pd.MultiIndex.from_tuples([(k, 2023, 9) for k in keys], names=["org", "fiscal_year", "months"])
    columns = {
        ("cases", "completed"): completed,
        ("cases", "eligible"): eligible,
        ("cases", "due"): eligible if due is None else due,
    }
    return pd.DataFrame(columns, index=index).reindex(columns=panel_columns()).astype("Int64")


# Eleven units, so that the 10 % and 90 % quantiles of the scores are the second and the tenth of them.
COMPLETED = [10, 40, 90, 300, 520, 60, 130, 90, 700, 45, 15]
ELIGIBLE = [20, 50, 100, 400, 800, 100, 200, 200, 1000, 90, 40]


P = sum(COMPLETED) / sum(ELIGIBLE)  # 2000 of 3000
ERRORS = [math.sqrt(P * (1 - P) / n) for n in ELIGIBLE]


def winsorised_square(scores: list[float]) -> float:
    low, high = sorted(scores)[1], sorted(scores)[9]
    return sum(min(max(x, low), high) ** 2 for x in scores) / 11


def scores(tau2: float) -> list[float]:
    away = [c / n - P for c, n in zip(COMPLETED, ELIGIBLE, strict=True)]
    return [d / math.sqrt(e * e + tau2) for d, e in zip(away, ERRORS, strict=True)]


def printed_tau2() -> float:
    """The estimate of Spiegelhalter in plain Python: sums, square roots, a sorted list."""
    weights = [1 / e**2 for e in ERRORS]
    spare = sum(weights) - sum(w**2 for w in weights) / sum(weights)
    return (11 * winsorised_square(scores(0)) - 10) / spare


def solved_tau2() -> float:
    """Ours in plain Python: halve an interval until the winsorised scores spread as normal ones do."""
    cut = 1.2815515655446004
    density = math.exp(-cut * cut / 2) / math.sqrt(2 * math.pi)
    normal = 0.8 - 2 * cut * density + 0.2 * cut * cut
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if winsorised_square(scores(middle)) > normal * 10 / 11 else (low, middle)
    return low


@pytest.mark.parametrize(("as_printed", "tau2"), [(True, printed_tau2()), (False, solved_tau2())])
def test_phi_and_tau_squared_by_hand(as_printed: bool, tau2: float) -> None:
    found = funnel(panel_of(ALL_63[:11], COMPLETED, ELIGIBLE), PERIOD, as_printed=as_printed)
    expected = {"phi": winsorised_square(scores(0)), "tau2": tau2, "centre": P}
    assert found.attrs == pytest.approx(expected, rel=1e-6)
    assert tau2 > 0


@pytest.mark.parametrize(("as_printed", "tau2"), [(True, printed_tau2()), (False, solved_tau2())])
def test_limits_scores_and_p_by_hand(as_printed: bool, tau2: float) -> None:
    found = funnel(panel_of(ALL_63[:11], COMPLETED, ELIGIBLE), PERIOD, as_printed=as_printed)
    for key, eligible, z in zip(ALL_63, ELIGIBLE, scores(tau2), strict=False):
        error = math.sqrt(P * (1 - P) / eligible + tau2)
        row = found.loc[key]
        assert row["z"] == pytest.approx(z, abs=1e-6)
        assert row["p"] == pytest.approx(math.erfc(abs(z) / math.sqrt(2)), abs=1e-6)
        for name, quantile in (("95", 1.959963985), ("998", 3.090232306)):
            assert row[f"lower_{name}"] == pytest.approx(max(0, P - quantile * error), abs=1e-6)
            assert row[f"upper_{name}"] == pytest.approx(min(1, P + quantile * error), abs=1e-6)


# Thirteen trials of BCG vaccine against tuberculosis (Colditz and others 1994, JAMA 271, 698-702): ill and
# well of the vaccinated, ill and well of the others. metafor's own tests print Q = 152.2330 for the log
# relative risks, and the estimate of DerSimonian and Laird is 0.3088.
BCG = np.array(
    [
        [4, 119, 11, 128], [6, 300, 29, 274], [3, 228, 11, 209], [62, 13536, 248, 12619],
        [33, 5036, 47, 5761], [180, 1361, 372, 1079], [8, 2537, 10, 619], [505, 87886, 499, 87892],
        [29, 7470, 45, 7232], [17, 1699, 65, 1600], [186, 50448, 141, 27197], [5, 2493, 3, 2338],
        [27, 16886, 29, 17825],
    ],
    dtype=float,
)  # fmt: skip


def test_without_winsorising_it_is_the_published_estimate_of_dersimonian_and_laird() -> None:
    ill, well, ill_others, well_others = BCG.T
    effect = np.log(ill / (ill + well)) - np.log(ill_others / (ill_others + well_others))
    variance = 1 / ill - 1 / (ill + well) + 1 / ill_others - 1 / (ill_others + well_others)
    centre = np.average(effect, weights=1 / variance)
    error = np.sqrt(variance)
    found = overdispersion((effect - centre) / error, error, winsorise=0, as_printed=True)
    assert 13 * found.phi == pytest.approx(152.2330, abs=5e-5)
    assert found.tau2 == pytest.approx(0.3088, abs=5e-5)
    peer = combine_effects(effect, variance, method_re="dl")
    assert found.tau2 == pytest.approx(peer.tau2, rel=1e-9)


def test_where_chance_alone_would_give_more_there_is_no_spread() -> None:
    # Rates of 50 % everywhere but for one case: less than chance.
    found = funnel(panel_of(ALL_63[:10], [50] * 9 + [51], [100] * 10), PERIOD)
    assert found.attrs["tau2"] == 0
    limits = funnel_limits(np.array([100.0]), 0.501, 0.0).loc[0]
    assert limits["upper_95"] == pytest.approx(0.501 + 1.959964 * math.sqrt(0.501 * 0.499 / 100), abs=1e-6)
    assert (place(found) == "within").all()


def test_a_centre_for_each_caseload_band() -> None:
    # Six units of up to 5,000 due at 80 %, six of more at 60 %: each band its own centre, no unit apart.
    due = [5000] * 6 + [5001] * 6
    panel = panel_of(ALL_63[:12], [800] * 6 + [600] * 6, [1000] * 12, due)
    by_band = funnel(panel, PERIOD, by="band")
    assert by_band["centre"].tolist() == [0.8] * 6 + [0.6] * 6
    assert by_band["z"].tolist() == [0.0] * 12
    assert funnel(panel, PERIOD)["centre"].tolist() == [0.7] * 12


def test_the_centre_is_the_nations_rate(sample_panel: pd.DataFrame) -> None:
    nation = national(sample_panel).loc[("VN", 2023, 9), "cases"]
    found = funnel(sample_panel, PERIOD)
    assert len(found) == 63
    # 382,058 of 574,289: the published 66.53 %.
    assert found.attrs["centre"] == pytest.approx(382058 / 574289, abs=1e-12)
    assert int(nation["completed"]) == 382058


def test_the_place_among_the_limits() -> None:
    limits = {"lower_998": 0.1, "lower_95": 0.2, "upper_95": 0.8, "upper_998": 0.9}
    rates = [0.05, 0.15, 0.2, 0.8, 0.85, 0.95]
    names = ["below_998", "below_95", "within", "within", "above_95", "above_998"]
    assert place(pd.DataFrame([{"rate": rate, **limits} for rate in rates])).tolist() == names


def test_what_cannot_be_compared_is_refused() -> None:
    with pytest.raises(DataError, match="9 provinces have completed and eligible cases for 2023-M09"):
        funnel(panel_of(ALL_63[:9], [1] * 9, [2] * 9), PERIOD)
    with pytest.raises(DataError, match="None or all of the eligible cases"):
        funnel(panel_of(ALL_63[:10], [0] * 10, [2] * 10), PERIOD)


@given(st.lists(st.tuples(st.integers(0, 500), st.integers(1, 500)), min_size=10, max_size=20))
@settings(max_examples=40, deadline=None)
def test_wider_limits_hold_the_narrower_and_the_caller_keeps_the_frame(pairs: list[tuple[int, int]]) -> None:
    panel = panel_of(ALL_63[: len(pairs)], [a for a, _ in pairs], [a + b for a, b in pairs])
    before = panel.copy(deep=True)
    if not panel["cases", "completed"].sum():
        return
    found = funnel(panel, PERIOD)
    pd.testing.assert_frame_equal(panel, before)
    assert (found["lower_998"] <= found["lower_95"]).all()
    assert (found["upper_95"] <= found["upper_998"]).all()
    assert found[["lower_998", "upper_998"]].stack().between(0, 1).all()
    # A rate beyond a limit is one whose score is beyond its quantile, and the other way round.
    far = place(found).isin(["above_998", "below_998"])
    assert (far == (found["z"].abs() > 3.0902323)).all()


# Worlds in which no province differs: 63 provinces, rate 2/3, sizes as unlike as real ones.
SIZES = np.rint(np.geomspace(1200, 70_000, 63)).astype(int)


def outside(spread: float, worlds: int) -> float:
    rng, found = np.random.default_rng(2023), []
    for _ in range(worlds):
        rates = np.clip(2 / 3 + rng.normal(0, spread, 63), 0.01, 0.99)
        frame = funnel(panel_of(ALL_63, rng.binomial(SIZES, rates), SIZES), PERIOD)
        found.append(place(frame).isin(["above_998", "below_998"]).mean())
    return float(np.mean(found))


@pytest.mark.parametrize("spread", [0.0, 0.05])
def test_at_most_one_in_a_hundred_is_outside_where_nobody_differs(spread: float) -> None:
    # 60 worlds are 3,780 provinces. At the nominal 0.2 % 7.6 are expected outside; 1 % are 37.8,
    # more than ten standard errors (sqrt(7.6) = 2.7) above.
    assert outside(spread, 60) <= 0.01
