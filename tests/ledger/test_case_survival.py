"""Kaplan and Meier, Aalen and Johansen, and expected completions, against published and known truths."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from statsmodels.duration.survfunc import CumIncidenceRight

from thads_analysis.errors import DataError
from thads_analysis.ledger.survival import (
    expected_completions,
    incidence,
    kaplan_meier,
    time_to_completion,
)

# Weeks to relapse of the 21 patients given 6-mercaptopurine; + is censored. E. J. Freireich et al., Blood 21
# (1963), 699-716; E. A. Gehan, Biometrika 52 (1965), 203-223.
FREIREICH = "6 6 6 6+ 7 9+ 10 10+ 11+ 13 16 17+ 19+ 20+ 22 23 25+ 32+ 32+ 34+ 35+"
# Estimates and Greenwood standard errors as textbooks print them, such as D. G. Kleinbaum and M. Klein,
# Survival Analysis, 3rd ed., Springer 2012, chapter 2 and its computer appendix.
PUBLISHED = {
    6: (21, 3, 0.8571, 0.0764),
    7: (17, 1, 0.8067, 0.0869),
    10: (15, 1, 0.7529, 0.0963),
    13: (12, 1, 0.6902, 0.1068),
    16: (11, 1, 0.6275, 0.1141),
    22: (7, 1, 0.5378, 0.1282),
    23: (6, 1, 0.4482, 0.1346),
}


def watched(exits: np.ndarray, endings: np.ndarray, entries: np.ndarray | int = -1) -> pd.DataFrame:
    return pd.DataFrame({"entry": entries, "exit": exits, "ending": endings, "kind": "civil"})


@pytest.fixture(scope="module")
def freireich() -> pd.DataFrame:
    weeks = FREIREICH.split()
    return watched(
        np.array([int(week.strip("+")) for week in weeks]),
        np.array(["open" if week.endswith("+") else "completed" for week in weeks]),
    )


def test_the_textbook_s_estimates(freireich: pd.DataFrame) -> None:
    found = kaplan_meier(freireich)
    assert found.index.tolist() == list(PUBLISHED)
    for week, (at_risk, events, share, error) in PUBLISHED.items():
        row = found.loc[week]
        assert (row["at_risk"], row["completed"]) == (at_risk, events)
        assert row["share"] == pytest.approx(share, abs=5e-5)
        assert row["std_error"] == pytest.approx(error, abs=5e-5)
    assert time_to_completion(freireich, "kind").loc["all", "median"] == 23


def test_the_interval_is_on_the_scale_of_log_minus_log(freireich: pd.DataFrame) -> None:
    # By hand from the published figures of week 10: theta = 1.96 x 0.0963 / (0.7529 x ln 0.7529).
    row = kaplan_meier(freireich).loc[10]
    theta = 1.96 * 0.0963 / (0.7529 * np.log(0.7529))
    assert row["lower"] == pytest.approx(0.7529 ** np.exp(-theta), abs=5e-4)
    assert row["upper"] == pytest.approx(0.7529 ** np.exp(theta), abs=5e-4)
    assert (row["lower"], row["upper"]) == (pytest.approx(0.5032, abs=5e-4), pytest.approx(0.8894, abs=5e-4))


def test_incidence_agrees_with_a_peer() -> None:
    rng = np.random.default_rng(5)
    exits = rng.integers(0, 60, 300)
    codes = rng.integers(0, 3, 300)
    found = incidence(watched(exits, np.array(["open", "completed", "other"])[codes]))
    peer = CumIncidenceRight(exits, codes)
    at = np.searchsorted(peer.times, found.index)
    np.testing.assert_allclose(found["completed"], peer.cinc[0][at])
    np.testing.assert_allclose(found["other"], peer.cinc[1][at])
    np.testing.assert_allclose(found.sum(axis="columns"), 1)


def test_late_entry_gives_what_watching_from_the_start_gives() -> None:
    # Exponential times, watched from a random age on: the share open after 100 days is exp(-1).
    rng = np.random.default_rng(6)
    times, entries = rng.exponential(100, 40_000).astype(int), rng.integers(-1, 80, 40_000)
    seen = times > entries
    spells = watched(times[seen], np.full(seen.sum(), "completed"), entries[seen])
    assert kaplan_meier(spells).loc[:100, "share"].iloc[-1] == pytest.approx(np.exp(-1), abs=0.01)
    assert incidence(spells).loc[:100, "open"].iloc[-1] == pytest.approx(np.exp(-1), abs=0.01)


def test_intervals_cover_the_truth_as_often_as_they_say() -> None:
    rng = np.random.default_rng(7)
    rounds, inside = 300, 0
    for _ in range(rounds):
        times, ends = rng.exponential(100, 150), rng.uniform(20, 300, 150)
        found = kaplan_meier(
            watched(
                np.ceil(np.minimum(times, ends)).astype(int), np.where(times <= ends, "completed", "open")
            )
        )
        row = found.loc[:70].iloc[-1]
        inside += row["lower"] <= np.exp(-0.7) <= row["upper"]
    # 95 % of 300, and three standard deviations of chance to either side.
    assert 0.95 - 3 * 0.0126 <= inside / rounds <= 0.95 + 3 * 0.0126


def test_what_nobody_watched_is_not_told() -> None:
    spells = watched(np.array([10, 20, 600]), np.array(["completed"] * 3), np.array([-1, -1, 500]))
    row = time_to_completion(spells, "kind").loc["all"]
    assert np.isnan(row["within_6m"])
    assert row["completed"] == 3


def make_year(rng: np.random.Generator, cases: int, shares: dict[tuple[bool, str], float]) -> pd.DataFrame:
    traits = list(shares)
    picked = [traits[i] for i in rng.integers(0, len(traits), cases)]
    rate = np.array([shares[one] for one in picked])
    draw = rng.random(cases)
    # Of those that are not completed some leave otherwise.
    ending = np.where(draw < rate, "completed", np.where(draw < rate + 0.1, "other", "open"))
    return pd.DataFrame(
        {
            "eligible": [one[0] for one in picked],
            "age": [one[1] for one in picked],
            "amount": "none",
            "kind": "civil",
            "ending": ending,
        }
    )


def test_expected_completions_cover_what_comes() -> None:
    # Years differ as a whole, by a fifth of their shares in the mean; three of them are known.
    rng = np.random.default_rng(8)
    shares = {(True, "under_6m"): 0.6, (True, "over_5y"): 0.1, (False, "under_6m"): 0.05}

    def one_year(cases: int) -> pd.DataFrame:
        effect = rng.normal(1, 0.2)
        return make_year(rng, cases, {one: min(max(effect * rate, 0), 0.9) for one, rate in shares.items()})

    inside, errors, rounds = 0, [], 30
    for _ in range(rounds):
        past = pd.concat([one_year(300).assign(year=year) for year in (2020, 2021, 2022)])
        stock = one_year(300)
        came = (stock["ending"] == "completed").sum()
        found = expected_completions(past, stock)
        inside += found.lower_80 <= came <= found.upper_80
        errors.append(found.mean - came)
    assert 0.80 - 3 * 0.073 <= inside / rounds <= 0.80 + 3 * 0.073
    assert np.mean(errors) == pytest.approx(0, abs=3 * np.std(errors) / np.sqrt(rounds))


def test_expected_completions_by_hand() -> None:
    # Ten past cases, four completed; groups mixed with 20 cases' worth of the share around them.
    past = pd.DataFrame({"eligible": [True] * 5 + [False] * 5, "ending": ["completed"] * 4 + ["other"] * 6})
    past = past.assign(age="under_6m", amount="none", kind="civil", year=2022)
    stock = pd.DataFrame({"eligible": [True], "age": ["over_5y"], "amount": ["none"], "kind": ["civil"]})
    found = expected_completions(past, stock)
    # 4 of 5 eligible ones were completed; nobody was as old, so that the later traits add nothing.
    assert found.mean == pytest.approx((4 + 20 * 0.4) / 25)
    assert found.by_year == {2022: found.mean}
    assert np.isnan(found.lower_80)  # one year does not tell how years differ
    with pytest.raises(DataError, match="no past cases"):
        expected_completions(past.iloc[:0], stock)
