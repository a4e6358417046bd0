"""The spread on money, ranks with intervals, peers: by hand, by peer libraries, in made-up worlds."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from thads_analysis.errors import DataError
from thads_analysis.metrics.logit import from_logit, to_logit
from thads_analysis.metrics.peers import caseload_band, peers
from thads_analysis.metrics.ranks import rank_intervals
from thads_analysis.metrics.spread import Spread, fit_spread, money_funnel, year_logits
from thads_analysis.org import provinces
from thads_analysis.period import Period
from thads_analysis.schema import PANEL_INDEX, panel_columns

PERIOD = Period(2023, 9)
ALL_63 = [org.key for org in provinces("63")]
YEARS = list(range(2016, 2024))


def panel_of(rates: np.ndarray, eligible: np.ndarray, years: list[int], keys: list[str]) -> pd.DataFrame:
    """Make a panel at nine months of each year, years x provinces, money in nghìn đồng, cases alike."""
    index = pd.MultiIndex.from_product([years, keys], names=["fiscal_year", "org"])
    frame = pd.DataFrame(index=index, columns=panel_columns(), dtype="Int64")
    for measure, scale in (("cases", 1), ("money", 1000)):
        frame[measure, "completed"] = np.rint(rates * eligible).astype(int).ravel() * scale
        frame[measure, "eligible"] = np.rint(eligible).astype(int).ravel() * scale
        frame[measure, "due"] = np.rint(eligible * 1.3).astype(int).ravel() * scale
    frame = pd.concat({9: frame}, names=["months"]).astype("Int64")
    return frame.reorder_levels(PANEL_INDEX).sort_index()


def test_a_spread_that_was_planted_is_found() -> None:
    # sd = 0.3 (amount / 1000)^-0.25, 3,000 deviations, one in ten replaced by giants.
    rng = np.random.default_rng(3)
    amounts = np.exp(rng.uniform(np.log(100), np.log(10_000), 3000))
    deviations = rng.standard_normal(3000) * 0.3 * (amounts / 1000) ** -0.25
    clean = fit_spread(deviations, amounts)
    # The slope's standard error is about sd(log|Z|) / sd(log amount) / sqrt(n) = 1.11 / 1.33 / 55 = 0.015.
    assert clean.slope == pytest.approx(-0.25, abs=5 * 0.015)
    assert clean.at(np.array([1000.0]))[0] == pytest.approx(0.3, rel=0.1)
    deviations[:300] = 50.0
    assert fit_spread(deviations, amounts).at(np.array([1000.0]))[0] == pytest.approx(0.3, rel=0.35)


def test_a_spread_by_hand() -> None:
    # sd exactly proportional to the root of the amount: 64 deviations of +-0.6745 sd.
    amounts = np.repeat([100.0, 400.0, 1600.0, 6400.0], 16)
    deviations = np.tile([1.0, -1.0], 32) * 0.6744897501960817 * np.sqrt(amounts) / 100
    found = fit_spread(deviations, amounts)
    assert found.slope == pytest.approx(0.5)
    assert found.at(np.array([100.0, 6400.0])) == pytest.approx([0.1, 0.8])
    assert found.points == 64
    alike = fit_spread(deviations[:32] * 0 + 0.6744897501960817, np.full(32, 5.0))
    assert (alike.slope, alike.at(np.array([5.0]))[0]) == (0.0, pytest.approx(1.0))
    with pytest.raises(DataError, match="needs 30 deviations other than 0; there are 29"):
        fit_spread(np.r_[np.ones(29), np.zeros(10)], np.ones(39))


def test_money_is_placed_by_its_logit_and_its_amount() -> None:
    rng = np.random.default_rng(5)
    eligible = np.exp(rng.uniform(np.log(1e5), np.log(1e8), 63))
    levels = -0.8 + rng.standard_normal((8, 63)) * 0.4
    panel = panel_of(1 / (1 + np.exp(-levels)), np.tile(eligible, (8, 1)), YEARS, ALL_63)
    found = money_funnel(panel, PERIOD)
    about = found.attrs
    assert (about["years"], about["points"]) == (8, 8 * 63 - 8)  # the median province deviates by nothing
    money = panel.xs((2023, 9), level=["fiscal_year", "months"])["money"].astype(float)
    rate = money["completed"] / money["eligible"]
    odds = np.log((rate + 0.001) / (1 - rate + 0.001))
    sd = np.exp(about["level"] + about["slope"] * np.log(money["eligible"] / about["middle"]))
    z = (odds - odds.median()) / sd
    assert found["z"].to_numpy() == pytest.approx(z.to_numpy(), abs=1e-9)
    assert found["p"].to_numpy() == pytest.approx(2 * (1 - norm.cdf(np.abs(z))), abs=1e-9)
    assert sd.median() == pytest.approx(0.4, rel=0.15)
    far = (found["rate"] > found["upper_998"]) | (found["rate"] < found["lower_998"])
    assert (far == (found["z"].abs() > 3.0902323)).all()


def test_a_rate_of_nothing_and_of_all_has_a_logit() -> None:
    values = to_logit(np.array([0.0, 0.5, 1.0]))
    assert values == pytest.approx([np.log(0.001 / 1.001), 0, np.log(1.001 / 0.001)])
    assert from_logit(values) == pytest.approx([0, 0.5, 1])


def test_deviations_are_about_the_median_of_their_own_year() -> None:
    rates = np.array([[0.2, 0.5, 0.8], [0.5, 0.5, 0.9]])
    panel = panel_of(rates, np.full((2, 3), 1000.0), [2022, 2023], ALL_63[:3])
    found = year_logits(panel, PERIOD, "cases")["deviation"].unstack("fiscal_year")
    one = np.log(0.801 / 0.201)
    assert found[2022].to_numpy() == pytest.approx([-one, 0, one])
    assert found[2023].to_numpy() == pytest.approx([0, 0, np.log(0.901 / 0.101)])


def ranks_of(between: float, noise: float) -> pd.DataFrame:
    rng = np.random.default_rng(11)
    levels = 0.5 + rng.standard_normal(63) * between + rng.standard_normal((8, 63)) * noise
    panel = panel_of(1 / (1 + np.exp(-levels)), np.full((8, 63), 1e7), YEARS, ALL_63)
    return rank_intervals(panel, PERIOD).loc["cases", 2023]


def test_where_levels_last_ranks_are_sharp_and_where_none_does_they_say_nothing() -> None:
    sharp, nothing = ranks_of(1.0, 0.005), ranks_of(0.0, 0.3)
    assert (sharp["rank_worst"] - sharp["rank_best"]).max() <= 6
    assert ((sharp["rank_best"] <= sharp["rank"]) & (sharp["rank"] <= sharp["rank_worst"])).all()
    # Every order as likely: places 2 to 62 hold 95 % of 1 to 63, give or take one.
    assert (nothing["rank_best"] <= 8).all()
    assert (nothing["rank_worst"] >= 56).all()


def test_the_interval_holds_the_true_rank_as_often_as_it_says() -> None:
    rng, held = np.random.default_rng(13), []
    for _ in range(8):
        true = rng.standard_normal(63) * 0.5
        levels = true + rng.standard_normal((8, 63)) * 0.25
        panel = panel_of(1 / (1 + np.exp(-levels)), np.full((8, 63), 1e7), YEARS, ALL_63)
        found = rank_intervals(panel, PERIOD, draws=400).loc["cases", 2023]
        place = pd.Series(-true, index=ALL_63).rank()
        held.append(((found["rank_best"] <= place) & (place <= found["rank_worst"])).mean())
    # 504 places, dependent within a world: 95 % give or take four points.
    assert np.mean(held) == pytest.approx(0.95, abs=0.04)


def test_ranks_repeat_and_are_never_given_an_interval_out_of_nothing(sample_panel: pd.DataFrame) -> None:
    first, second = rank_intervals(sample_panel, PERIOD), rank_intervals(sample_panel, PERIOD)
    pd.testing.assert_frame_equal(first, second)
    years = sample_panel.index.get_level_values("fiscal_year")
    alone = rank_intervals(sample_panel[years == 2023], PERIOD)
    assert alone["rank"].notna().all()
    assert alone[["rank_best", "rank_worst"]].isna().all(axis=None)
    with pytest.raises(DataError, match="provinces have completed and eligible cases for 2024-M09"):
        rank_intervals(sample_panel, Period(2024, 9))


def test_bands_end_where_they_say() -> None:
    due = pd.Series([1, 5000, 5001, 10_000, 10_001, 15_000, 15_001], dtype="Int64")
    assert caseload_band(due).tolist() == [
        "to_5000", "to_5000", "to_10000", "to_10000", "to_15000", "to_15000", "above_15000",
    ]  # fmt: skip


def test_the_nearest_are_the_nearest(sample_panel: pd.DataFrame) -> None:
    found = peers(sample_panel, PERIOD)
    now = sample_panel.xs((2023, 9), level=["fiscal_year", "months"]).astype("Float64").astype(float)
    traits = np.column_stack(
        [
            np.log(now["cases", "due"]),
            now["cases", "eligible"] / now["cases", "due"],
            np.log(now["money", "due"] / now["cases", "due"]),
        ]
    )
    standard = (traits - traits.mean(axis=0)) / traits.std(axis=0)
    own = list(now.index).index("63:45")
    apart = pd.Series(np.linalg.norm(standard - standard[own], axis=1), index=now.index).drop("63:45")
    nearest = found[(found["org"] == "63:45") & (found["kind"] == "nearest")]
    assert nearest["peer"].tolist() == apart.nsmallest(5).index.tolist()
    assert nearest["distance"].to_numpy() == pytest.approx(apart.nsmallest(5).to_numpy())
    assert not (found["org"] == found["peer"]).any()


def test_regions_are_those_of_the_list_of_63_and_the_list_of_34_has_none(sample_panel: pd.DataFrame) -> None:
    found = peers(sample_panel, PERIOD)
    same = {org.key for org in provinces("63") if org.region == "Tây Nguyên"}
    mine = found[(found["org"] == "63:64") & (found["kind"] == "region")]
    assert set(mine["peer"]) == same - {"63:64"}
    # 34 rows under the keys of the list of 34.
    rows = sample_panel.xs((2023, 9), level=["fiscal_year", "months"], drop_level=False).iloc[:34]
    keys = [org.key for org in provinces("34")]
    renamed = rows.set_axis(pd.MultiIndex.from_tuples([(k, 2023, 9) for k in keys], names=PANEL_INDEX))
    assert set(peers(renamed, PERIOD)["kind"]) == {"band", "nearest"}


def test_a_spread_stays_itself() -> None:
    assert Spread(0.0, -0.5, 4.0, 30).at(np.array([4.0, 16.0])) == pytest.approx([1.0, 0.5])
