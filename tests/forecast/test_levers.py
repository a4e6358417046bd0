"""Who will miss, and who moves the nation."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from thads_analysis.forecast import Outlook, count_misses, levers, look_ahead, misses
from thads_analysis.period import Period

PERIOD = Period(2023, 9)


@pytest.fixture
def outlook(steady: pd.DataFrame) -> Outlook:
    return look_ahead(steady, PERIOD, draws=4)


def set_ends(outlook: Outlook, completed: list[list[int]], eligible: list[list[int]]) -> Outlook:
    """The outlook with year ends of cases given by path and province; money is the same."""
    drawn = outlook.provinces
    done, base = drawn.completed.copy(), drawn.eligible.copy()
    done[..., -1] = np.array(completed)[:, None, :]
    base[..., -1] = np.array(eligible)[:, None, :]
    changed = replace(drawn, completed=done, eligible=base)
    return replace(outlook, simulation=changed.grouped(outlook.members))


def test_who_misses_by_hand(outlook: Outlook) -> None:
    # Above 82.5 % of 1000 from 826 on: the four provinces miss in 4, 3, 1 and 0 of the four paths.
    done = [[800, 820, 826, 900], [810, 825, 825, 900], [825, 826, 830, 901], [700, 800, 840, 902]]
    changed = set_ends(outlook, done, [[1000] * 4] * 4)
    table = changed.table()
    listed = misses(table).loc["cases"]
    assert listed["org"].tolist() == ["63:01", "63:02", "63:04", "63:06"]
    assert listed["p_miss"].tolist() == [1, 0.75, 0.25, 0]
    counted = count_misses(changed, table).loc["cases"]
    # Two, three, one and two provinces miss in the paths.
    assert counted.tolist() == [1, 2, 3, 4]


def test_provinces_without_a_target_are_in_no_list(outlook: Outlook) -> None:
    table = outlook.table(targets=lambda *_: None)
    assert misses(table).empty
    assert count_misses(outlook, table).empty
    assert levers(outlook, table)["gain_points"].isna().all()


def test_levers_by_hand(outlook: Outlook) -> None:
    done = [[500, 80, 80, 90], [520, 80, 80, 90], [500, 80, 80, 90], [520, 80, 80, 90]]
    changed = set_ends(outlook, done, [[700, 100, 100, 100]] * 4)
    found = levers(changed, changed.table()).xs("cases", level="measure")
    assert found["weight"].tolist() == pytest.approx([0.7, 0.1, 0.1, 0.1])
    assert set(found["national_points_per_completion"]) == {1 / 1000}
    assert found["points_per_completion"].tolist() == pytest.approx([1 / 700, 0.01, 0.01, 0.01])
    # Above 82.5 % of 700 is 578, of 100 is 83; medians are 510, 80, 80, 90.
    assert found["gain_points"].tolist() == pytest.approx([0.068, 0.003, 0.003, 0])
    # Only the first province's result varies: the nation's does so with it, but for rounding.
    assert found["swing_share"].tolist() == pytest.approx([1, 0, 0, 0])


def test_parts_of_the_swing_add_up_to_one(steady: pd.DataFrame) -> None:
    outlook = look_ahead(steady, PERIOD, draws=300)
    found = levers(outlook, outlook.table())
    assert found.groupby("measure")["swing_share"].sum().tolist() == pytest.approx([1, 1])
