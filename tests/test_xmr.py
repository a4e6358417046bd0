"""Process charts against a published example, hand-made signals and the arithmetic of chance."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from thads_analysis.metrics import xmr as module
from thads_analysis.metrics.xmr import RULES, Chart, assurance, variation, xmr

# NIST/SEMATECH e-Handbook of Statistical Methods, 6.3.2.2: flow rate of ten batches. It prints a mean of
# 50.81, a mean moving range of 1.8778 and limits of 45.8159 and 55.8041, with 3 / 1.128 = 2.6596 for 2.66.
FLOW = [49.6, 47.6, 49.9, 51.3, 47.8, 51.2, 52.6, 52.4, 53.6, 52.1]
# Two more batches at the mean and at the last value, so that there are twelve: ranges 1.29 and 0.
TWELVE = [50.81, 50.81, *FLOW]


def chart_of(values: list[float], **about: object) -> Chart:
    return xmr(pd.DataFrame({"x": values}, dtype=float), **about)  # type: ignore[arg-type]


def flags(chart: Chart, rule: str) -> list[int]:
    return chart.signals[rule]["x"].tolist()


def test_the_limits_of_a_published_example(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FEWEST_POINTS", 10)
    chart = chart_of(FLOW)
    assert chart.centre["x"].unique() == pytest.approx([50.81], abs=1e-9)
    reach = float(chart.upper["x"].iloc[0]) - 50.81
    assert reach / 2.66 == pytest.approx(1.8778, abs=5e-5)
    assert 50.81 + reach / 2.66 * 3 / 1.128 == pytest.approx(55.8041, abs=5e-5)
    assert 50.81 - reach / 2.66 * 3 / 1.128 == pytest.approx(45.8159, abs=5e-5)
    assert not any(any(flags(chart, rule)) for rule in RULES)


def test_the_limits_by_hand() -> None:
    # Ranges: 0, 1.21, then 2.0 2.3 1.4 3.5 3.4 1.4 0.2 1.2 1.5 (16.9 together): 18.11 over 11.
    chart = chart_of(TWELVE)
    assert chart.centre["x"].iloc[-1] == pytest.approx((508.1 + 2 * 50.81) / 12, abs=1e-9)
    reach = 2.66 * 18.11 / 11
    assert chart.upper["x"].iloc[-1] - chart.centre["x"].iloc[-1] == pytest.approx(reach, abs=1e-6)
    assert chart.centre["x"].iloc[-1] - chart.lower["x"].iloc[-1] == pytest.approx(reach, abs=1e-6)
    assert chart.counted["x"].tolist() == [12] * 12


# Forty quiet months that swing between 9 and 11: mean 10, range 2, limits 10 ± 5.32, two sigma at 3.55.
QUIET = [9.0, 11.0] * 20


def test_a_point_outside() -> None:
    values = [*QUIET, 9.0, 20.0, 9.0, 11.0]
    assert flags(chart_of(values), "outside") == [0] * 41 + [1, 0, 0]
    fallen = [*QUIET, 9.0, 0.0]
    assert flags(chart_of(fallen), "outside") == [0] * 41 + [-1]
    assert variation(chart_of(fallen)).loc["x", ["verdict", "rule"]].tolist() == ["worsening", "outside"]


def test_a_run_of_seven_is_a_signal_and_six_are_none() -> None:
    # The mean is a little above 10; 10.5 and 11 lie above it.
    six, seven = [*QUIET, *[10.9, 10.7] * 3, 9.0], [*QUIET, *[10.9, 10.7] * 4]
    # The last quiet month, 11, is above as well: six more make seven.
    assert flags(chart_of(six), "run") == [0] * 39 + [1] * 7 + [0]
    assert flags(chart_of([*QUIET, *[10.9, 10.7] * 2, 10.9, 9.0]), "run") == [0] * 46
    assert flags(chart_of(seven), "run") == [0] * 39 + [1] * 9
    verdict = variation(chart_of(seven)).loc["x"]
    assert (verdict["verdict"], verdict["rule"]) == ("improving", "run")


def test_a_trend_of_seven_points() -> None:
    # Seven points that each rise, on either side of the mean, so that no run hides them.
    rising = [9.0, 9.4, 9.7, 10.0, 10.3, 10.6, 10.9]
    chart = chart_of([*QUIET, *rising, 9.0, 11.0])
    assert flags(chart, "trend") == [0] * 40 + [1] * 7 + [0, 0]
    assert flags(chart_of([*QUIET, *rising[1:], 9.0, 11.0]), "trend") == [0] * 48
    falling = chart_of([*QUIET[:-1], *[20 - value for value in rising], 11.0])
    assert flags(falling, "trend") == [0] * 39 + [-1] * 7 + [0]


def test_two_of_three_beyond_two_sigma_on_one_side() -> None:
    # 14.5 is beyond two sigma and within the limits.
    chart = chart_of([*QUIET, 14.5, 10.0, 14.5, 9.0])
    assert not any(flags(chart, "outside"))
    assert flags(chart, "two_of_three") == [0] * 40 + [1, 0, 1, 0]
    assert flags(chart_of([*QUIET, 14.5, 10.0, 5.5, 9.0]), "two_of_three") == [0] * 44
    assert flags(chart_of([*QUIET, 14.5, 10.0, 9.0, 14.5]), "two_of_three") == [0] * 44


def test_a_gap_ends_a_run_and_takes_no_range() -> None:
    values = [*QUIET, *[10.9] * 4, np.nan, *[10.7] * 5]
    chart = chart_of(values)
    assert not any(flags(chart, "run")[41:])
    assert chart.points["x"].isna().sum() == 1
    # 39 ranges of 2 and one of 0.1, then three and four of 0: neither 10.9 to nothing nor nothing to 10.7.
    reach = chart.upper["x"].iloc[0] - chart.centre["x"].iloc[0]
    assert reach == pytest.approx(2.66 * (39 * 2 + 0.1) / (39 + 1 + 3 + 4))


def test_limits_change_at_a_break_and_nowhere_else() -> None:
    phase = pd.Series([0] * 20 + [1] * 20)
    chart = chart_of([*QUIET[:20], *[value + 5 for value in QUIET[:20]]], phase=phase)
    assert chart.centre["x"].tolist() == [10.0] * 20 + [15.0] * 20
    assert not any(any(flags(chart, rule)) for rule in RULES)
    short = chart_of([*QUIET, *QUIET[:11]], phase=pd.Series([0] * 40 + [1] * 11))
    assert short.centre["x"].isna().tolist() == [False] * 40 + [True] * 11
    assert variation(short).loc["x", ["verdict", "counted"]].tolist() == ["short", 11]


def test_a_month_with_a_known_cause_is_shown_and_not_judged() -> None:
    known = pd.Series([False] * 20 + [True] * 3 + [False] * 17)
    values = [*QUIET[:20], 0.0, 0.0, 0.0, *QUIET[:17]]
    chart = chart_of(values, known_cause=known)
    assert chart.points["x"].tolist() == values
    assert not any(any(flags(chart, rule)) for rule in RULES)
    assert chart.judged["x"].tolist() == (~known).tolist()
    # Nineteen ranges of 2 before, sixteen after, none across.
    assert chart.upper["x"].iloc[0] - chart.centre["x"].iloc[0] == pytest.approx(5.32)


def test_the_verdict_is_about_the_last_month_alone() -> None:
    assert variation(chart_of([*QUIET, 30.0, 9.0, 11.0])).loc["x", "verdict"] == "common"
    missing = variation(chart_of([*QUIET, np.nan])).loc["x"]
    assert (missing["verdict"], missing["rule"]) == ("missing", "")


@pytest.mark.parametrize(
    ("lower", "upper", "target", "verdict"),
    [
        (0.83, 0.86, 0.825, "will_hit"),
        (0.825, 0.86, 0.825, "may_hit"),  # strictly above is asked
        (0.78, 0.825, 0.825, "will_miss"),
        (0.78, 0.8251, 0.825, "may_hit"),
        (0.78, 0.86, None, "no_target"),
        (None, pd.NA, 0.825, "unknown"),
    ],
)
def test_the_verdict_on_the_target(lower: object, upper: object, target: object, verdict: str) -> None:
    assert assurance(lower, upper, target) == verdict  # type: ignore[arg-type]


def test_the_rules_fire_at_their_theoretical_rate() -> None:
    # The last months of 6,000 independent normal series of 300 months each: limits as good as known. Each
    # rule may flag what it should give or take five binomial standard errors, sqrt(6000 p (1 - p)).
    chart = xmr(pd.DataFrame(np.random.default_rng(7).standard_normal((300, 6000))))
    beyond_two = 0.02275013
    theory = {
        "outside": 0.00269980,  # of |Z| > 3
        "run": 0.5**6,
        # The last is far, and so is at least one of the two before it, on the same side.
        "two_of_three": 2 * beyond_two * (1 - (1 - beyond_two) ** 2),
        "trend": 2 / 5040,  # two of the 7! orders
    }
    for rule, p in theory.items():
        found = int((chart.signals[rule].iloc[-1] != 0).sum())
        assert abs(found - 6000 * p) <= 5 * np.sqrt(6000 * p * (1 - p)), rule
    # Any month is within a run of seven or more: the sum of L / 2**(L + 1) from 7 on. A mean that is
    # estimated from the same months cuts a few.
    assert (chart.signals["run"] != 0).mean(axis=None) == pytest.approx(8 / 2**7, abs=0.005)
