"""What if: one thing changed on every path, the rest left as it is."""

import numpy as np
import pandas as pd
import pytest

from thads_analysis.errors import UsageError
from thads_analysis.forecast import (
    LargeCase,
    Outlook,
    Scenario,
    look_ahead,
    make_scenario,
    standard_scenarios,
    what_if,
)
from thads_analysis.forecast.scenario import _change_paths
from thads_analysis.metrics.target import target_for
from thads_analysis.org import groups
from thads_analysis.period import Period

PERIOD = Period(2023, 9)


@pytest.fixture
def outlook(steady: pd.DataFrame) -> Outlook:
    return look_ahead(steady, PERIOD, draws=200, seed=5)


def ends(outlook: Outlook, scenario: Scenario, org: str, measure: int) -> tuple[np.ndarray, np.ndarray]:
    """Completed and eligible at the year's end on every path."""
    changed = _change_paths(outlook, scenario, target_for)
    place = changed.orgs.index(org)
    return changed.completed[:, measure, place, -1], changed.eligible[:, measure, place, -1]


def test_no_scenario_changes_nothing(outlook: Outlook) -> None:
    pd.testing.assert_frame_equal(what_if(outlook, Scenario()), outlook.table())


def test_provinces_sum_to_the_nation_and_rates_stay_within_bounds(outlook: Outlook) -> None:
    scenario = make_scenario(
        PERIOD,
        more_cases={"VN": 500},
        reach_target=["01", "02"],
        no_reclassification=True,
        large_case={"org": "06", "amount": 100_000_000, "month": 11},
    )
    drawn = _change_paths(outlook, scenario, target_for)
    assert (drawn.completed[:, :, 0] == drawn.completed[:, :, 1:].sum(axis=2)).all()
    assert (drawn.eligible[:, :, 0] == drawn.eligible[:, :, 1:].sum(axis=2)).all()
    assert (drawn.completed <= drawn.eligible).all()
    assert (np.diff(drawn.completed, axis=-1) >= 0).all()
    start = outlook.start.completed
    assert (drawn.completed[:, :, 1:, 0] >= start).all()


def test_more_cases_are_shared_by_what_is_open_and_exact_in_sum(outlook: Outlook) -> None:
    before, _ = ends(outlook, Scenario(), "VN", 0)
    after, _ = ends(outlook, make_scenario(PERIOD, more_cases={"VN": 400}), "VN", 0)
    assert (after - before == 400).all()
    # The four provinces are alike but for their size: 1, 2, 3 and 4 tenths.
    own = [
        ends(outlook, make_scenario(PERIOD, more_cases={"VN": 400}), f"63:{code}", 0)[0]
        - ends(outlook, Scenario(), f"63:{code}", 0)[0]
        for code in ("01", "02", "04", "06")
    ]
    assert [int(gain[0]) for gain in own] == pytest.approx([40, 80, 120, 160], abs=2)


def test_extra_completions_grow_evenly_over_the_months_left(outlook: Outlook) -> None:
    changed = _change_paths(outlook, make_scenario(PERIOD, more_cases={"01": 30}), target_for)
    place = changed.orgs.index("63:01")
    gained = changed.completed[:, 0, place] - outlook.simulation.completed[:, 0, place]
    assert (gained == [10, 20, 30]).all()


def test_the_target_is_reached_by_just_one_case(outlook: Outlook) -> None:
    completed, eligible = ends(outlook, Scenario(reach_target=("63:01",)), "63:01", 0)
    before, _ = ends(outlook, Scenario(), "63:01", 0)
    assert (completed * 1000 > eligible * 825).all()
    lifted = completed > before
    assert lifted.any()
    assert ((completed[lifted] - 1) * 1000 <= eligible[lifted] * 825).all()
    frame = what_if(outlook, Scenario(reach_target=("63:01",)))
    row = frame[(frame["org_code"] == "01") & (frame["measure"] == "cases")].iloc[0]
    assert row["p_target"] == 1


def test_eligible_money_does_not_fall_and_cases_are_left_alone(outlook: Outlook) -> None:
    scenario = Scenario(no_reclassification=True)
    _, eligible = ends(outlook, scenario, "63:02", 1)
    now = outlook.start.eligible[1, outlook.history.orgs.index("63:02")]
    _, before = ends(outlook, Scenario(), "63:02", 1)
    assert (eligible == np.maximum(before, now)).all()
    assert (ends(outlook, scenario, "63:02", 0)[1] == ends(outlook, Scenario(), "63:02", 0)[1]).all()


def test_a_large_case_comes_whole_in_its_month_or_not_at_all(outlook: Outlook) -> None:
    place = outlook.history.orgs.index("63:04")
    done, eligible = (int(a[1, place]) for a in (outlook.start.completed, outlook.start.eligible))
    amount = (eligible - done) // 2
    base = outlook.simulation.completed[:, 1, outlook.simulation.orgs.index("63:04")]
    others = (base - done) // 2  # half of what is open is the case: the rest brings half
    for enforced in (True, False):
        case = LargeCase("63:04", amount, month=11, enforced=enforced)
        changed = _change_paths(outlook, Scenario(large_case=case), target_for)
        own = changed.completed[:, 1, changed.orgs.index("63:04")]
        added = np.array([0, amount, amount]) if enforced else 0
        limit = changed.eligible[:, 1, changed.orgs.index("63:04")]
        assert np.abs(own - np.minimum(done + others + added, limit)).max() <= 1


def test_a_target_is_raised_to_last_years_result_and_never_lowered(outlook: Outlook) -> None:
    base, raised = outlook.table(), what_if(outlook, Scenario(target_last_year=True))
    wanted = base[["target", "last_year"]].max(axis=1)
    assert raised["target"].tolist() == wanted.tolist()
    higher = base["last_year"] > base["target"]
    assert raised.loc[higher, "p_target"].tolist() == base.loc[higher, "p_last_year"].tolist()


def test_without_a_target_last_years_result_is_the_bar(outlook: Outlook) -> None:
    raised = what_if(outlook, Scenario(target_last_year=True), targets=lambda *_: None)
    assert raised["target"].tolist() == outlook.table()["last_year"].tolist()
    assert raised["p_target"].tolist() == raised["p_last_year"].tolist()


def test_the_eight_large_provinces_are_there_only_when_all_are_held(
    outlook: Outlook, sample_panel: pd.DataFrame
) -> None:
    assert list(standard_scenarios(outlook)) == ["no_reclassification", "target_last_year"]
    whole = look_ahead(sample_panel, PERIOD, draws=50)
    found = standard_scenarios(whole)
    assert list(found) == ["large_8", "no_reclassification", "target_last_year"]
    assert set(found["large_8"].reach_target) == set(groups("63")[0].members)
    base, changed = whole.table(), what_if(whole, found["large_8"])
    assert (changed["p_target"] >= base["p_target"]).all()
    other = (base["org_code"] == "45") & (base["measure"] == "cases")
    pd.testing.assert_frame_equal(changed[other], base[other])


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ({"more_cases": {"01": 0}}, "above zero"),
        ({"more_cases": {"01": 1.5}}, "whole number"),
        ({"more_money": {"Atlantis": 5}}, "Atlantis"),
        ({"large_case": {"org": "01", "amount": 5}}, "month"),
        ({"large_case": {"org": "01", "amount": 5, "month": 11, "day": 3}}, "day"),
    ],
)
def test_a_scenario_that_makes_no_sense_is_refused(wanted: dict, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        make_scenario(PERIOD, **wanted)


@pytest.mark.parametrize(
    ("scenario", "said"),
    [
        (Scenario(large_case=LargeCase("63:01", 10**15, 11)), "only .* eligible"),
        (Scenario(large_case=LargeCase("63:01", 10**6, 8)), "10, 11, 12"),
        (Scenario(large_case=LargeCase("63:79", 10**6, 11)), "63:79"),
        (Scenario(extra={"cases": {"63:01": 10**9}}), "eligible and not completed"),
        (Scenario(extra={"cases": {"63:79": 1}}), "63:79"),
        (Scenario(reach_target=("63:79",)), "63:79"),
    ],
)
def test_a_scenario_beyond_what_is_held_is_refused(outlook: Outlook, scenario: Scenario, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        what_if(outlook, scenario)
