from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from thads_analysis.forecast import Pooled, UsualPath, forecast
from thads_analysis.org import provinces
from thads_analysis.period import Period

PERIOD = Period(2023, 9)
ORGS = [org.key for org in provinces("63")]


@pytest.fixture(scope="module")
def noisy() -> dict[tuple[str, int, int], tuple[int, int]]:
    """63 provinces, FY2013 to FY2023: normal habits, years and errors, on the logit of the rate.

    Whoever stands high in June gains less: half of the lead is lost by September.
    """
    rng = np.random.default_rng(11)
    counts = {}
    habit = rng.normal(0.7, 0.15, len(ORGS))
    for year in range(2013, 2024):
        common = rng.normal(0, 0.1)
        lead = rng.normal(0, 0.3, len(ORGS))
        now = 0.2 + lead
        end = now + habit + common - 0.5 * lead + rng.normal(0, 0.12, len(ORGS))
        for o, org in enumerate(ORGS):
            for month, logit in ((9, now[o]), (12, end[o])):
                eligible = 50_000 + 1_000 * month
                counts[org, year, month] = (round(eligible / (1 + np.exp(-logit))), eligible)
    return counts


def test_intervals_hold_what_they_promise(
    noisy: dict[tuple[str, int, int], tuple[int, int]], make_panel: Callable[..., pd.DataFrame]
) -> None:
    panel = make_panel(noisy)
    rates = (panel["cases"]["completed"] / panel["cases"]["eligible"]).astype(float)
    inside, missed, naive = [], [], []
    for year in range(2018, 2022):
        actual = rates.xs((year, 12), level=["fiscal_year", "months"]).to_numpy()
        for method, errors in ((Pooled(), missed), (UsualPath(), naive)):
            drawn = method.fit(panel, Period(year, 9)).simulate(500).rates()[:, 0, :, -1]
            low, middle, high = np.quantile(drawn, [0.1, 0.5, 0.9], axis=0)
            errors.append(np.abs(middle - actual))
            if method.name == "pooled":
                inside.append((low <= actual) & (actual <= high))
    assert 0.70 < np.mean(inside) < 0.90
    # The lead is worth 0.15 of the usual path's error beside 0.12 and the year's 0.1: 0.19 against 0.24.
    assert np.mean(missed) < 0.85 * np.mean(naive)


def test_high_standing_gains_less_where_such_provinces_did(
    noisy: dict[tuple[str, int, int], tuple[int, int]], make_panel: Callable[..., pd.DataFrame]
) -> None:
    raised = dict(noisy)
    eligible = raised["63:79", 2023, 9][1]
    low, high = (round(eligible / (1 + np.exp(-x))) for x in (-0.3, 0.7))
    ends = []
    for done in (low, high):
        raised["63:79", 2023, 9] = (done, eligible)
        fit = Pooled().fit(make_panel(raised), PERIOD)
        place = fit.history.orgs.index("63:79")
        ends.append(fit.parts[0].rates[0].mean[place])
    # Half of the difference of one is lost.
    assert ends[0] - ends[1] == pytest.approx(0.5, abs=0.1)


def test_giant_cases_come_as_often_as_they_did(make_panel: Callable[..., pd.DataFrame]) -> None:
    rng = np.random.default_rng(3)
    counts = {}
    for year in range(2014, 2024):
        for org in ORGS:
            giant = 4 if rng.random() < 0.05 else 1
            eligible = round(100_000 * np.exp(rng.normal(0, 0.02)))
            counts[org, year, 9] = (40_000, 100_000)
            if year < 2023:
                counts[org, year, 12] = (20_000 + eligible // 4, eligible * giant)
    drawn = Pooled().fit(make_panel(counts), PERIOD).simulate(2000).eligible[:, 0, :, -1]
    assert (drawn > 200_000).mean() == pytest.approx(0.05, abs=0.03)


def test_provinces_err_together_as_years_did(
    noisy: dict[tuple[str, int, int], tuple[int, int]], make_panel: Callable[..., pd.DataFrame]
) -> None:
    simulation = Pooled().fit(make_panel(noisy), PERIOD).simulate(2000)
    rates = simulation.rates()[:, 0, :, -1]
    together = np.corrcoef(rates, rowvar=False)[np.triu_indices(len(ORGS), 1)].mean()
    # A year's effect of 0.1 and errors of 0.12, with habits learnt from ten years: near 0.4.
    assert 0.2 < together < 0.65
    nation = simulation.grouped({"VN": simulation.orgs}).rates()[:, 0, 0, -1]
    assert nation.std() > 3 * rates.std(axis=0).mean() / np.sqrt(len(ORGS))


def test_month_on_the_way_ends_in_the_year_end(steady: pd.DataFrame) -> None:
    fit = Pooled().fit(steady, PERIOD)
    near, far = fit.simulate(100, horizon=2), fit.simulate(100)
    np.testing.assert_array_equal(near.completed, far.completed[..., :2])
    spread = far.rates().std(axis=0)
    assert (spread[..., 0] > 0).all()


def test_panel_of_cases_alone(steady: pd.DataFrame) -> None:
    alone = steady.copy()
    alone["money"] = pd.NA
    frame = forecast(alone.astype("Int64"), PERIOD, method="pooled", draws=100)
    money = frame[(frame["measure"] == "money") & (frame["org_code"] != "VN")]
    assert money["method"].isna().all()
    assert money["reason"].str.contains("no figures for 2023-M09").all()
    cases = frame[frame["measure"] == "cases"]
    assert cases["rate_median"].notna().all()
