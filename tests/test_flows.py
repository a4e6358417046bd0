"""Monthly flows and falls, by hand and by property."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from thads_analysis.glossary import IDENTITIES, MEASURES
from thads_analysis.schema import PANEL_INDEX, derive_totals, empty_panel, panel_columns
from thads_analysis.trend import falls, monthly_flows

Figures = dict[tuple[str, int, int], dict[str, int]]


def cases_panel(figures: Figures) -> pd.DataFrame:
    """Make a panel of cases from {(org, fiscal year, months): {item: value}}."""
    index = pd.MultiIndex.from_tuples(list(figures), names=PANEL_INDEX)
    columns = {
        ("cases", item): [row.get(item, pd.NA) for row in figures.values()]
        for item in sorted({item for row in figures.values() for item in row})
    }
    return pd.DataFrame(columns, index=index).reindex(columns=panel_columns()).astype("Int64")


def months_of(item: str, *values: int | None, year: int = 2023) -> pd.DataFrame:
    """Make a panel of one item over the first months of a year; None is a figure that is missing."""
    return cases_panel(
        {("VN", year, m): {} if v is None else {item: v} for m, v in enumerate(values, start=1)}
    )


def flow(panel: pd.DataFrame, item: str) -> list[int | None]:
    return [None if pd.isna(v) else int(v) for v in monthly_flows(panel)["cases", item]]


def test_a_flow_is_the_difference_of_two_months_and_the_first_month_itself():
    assert flow(months_of("completed", 30, 75, 75, 140), "completed") == [30, 45, 0, 65]


def test_flows_start_again_with_the_fiscal_year():
    panel = cases_panel({("VN", 2022, 12): {"new": 500}, ("VN", 2023, 1): {"new": 40}})
    assert flow(panel, "new") == [None, 40]


def test_a_missing_figure_leaves_its_own_month_and_the_next_missing():
    assert flow(months_of("completed", 10, None, 30, 45), "completed") == [10, None, None, 15]


def test_a_missing_row_leaves_the_next_month_missing():
    panel = months_of("completed", 10, 20, 30, 45).drop(index=("VN", 2023, 2))
    assert flow(panel, "completed") == [10, None, 15]


def test_a_missing_first_month_is_not_invented():
    assert flow(months_of("completed", None, 20, 30), "completed") == [None, None, 10]


def test_provinces_do_not_run_into_each_other():
    panel = cases_panel({("63:01", 2023, 9): {"new": 50}, ("63:02", 2023, 10): {"new": 70}})
    assert flow(panel, "new") == [None, None]


def test_totals_move_from_the_opening_stock():
    # 1,000 cases carried in; 100 come in October and 80 in November; 5 are handed on, 60 completed.
    panel = cases_panel(
        {
            ("VN", 2023, 1): {
                "carried_in": 1000,
                "new": 100,
                "accepted": 1100,
                "due": 1095,
                "carried_out": 1035,
            },
            ("VN", 2023, 2): {
                "carried_in": 990,
                "new": 180,
                "accepted": 1170,
                "due": 1160,
                "carried_out": 1080,
            },
        }
    )
    assert flow(panel, "accepted") == [100, 70]
    assert flow(panel, "due") == [95, 65]
    assert flow(panel, "carried_out") == [35, 45]
    assert flow(panel, "carried_in") == [0, -10]


@pytest.mark.parametrize("item", ["eligible", "not_eligible", "in_progress", "separate_book"])
def test_a_stock_without_an_opening_figure_has_no_first_month(item):
    assert flow(months_of(item, 500, 480), item) == [None, -20]


def test_the_panel_stays_as_it_was_and_an_empty_one_gives_an_empty_one():
    panel = months_of("completed", 10, 30)
    before = panel.copy()
    monthly_flows(panel)
    pd.testing.assert_frame_equal(panel, before)
    assert monthly_flows(empty_panel()).empty
    assert falls(empty_panel()).empty


def random_panel(seed: int) -> pd.DataFrame:
    """Make two provinces, two years, both measures, with falls, from random movements."""
    rng = np.random.default_rng(seed)
    keys = [(org, year, m) for org in ("63:01", "63:79") for year in (2021, 2022) for m in range(1, 13)]
    index = pd.MultiIndex.from_tuples(keys, names=PANEL_INDEX)
    moves = pd.DataFrame(rng.integers(-3, 50, (len(index), len(panel_columns()))), index, panel_columns())
    panel = moves.groupby(level=["org", "fiscal_year"]).cumsum().astype("Int64")
    totals = [column for column in panel if column[1] in IDENTITIES]
    panel[totals] = pd.NA
    return derive_totals(panel.astype("Int64"))


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_months_add_up_to_the_cumulative_figure(seed):
    panel = random_panel(seed)
    summed = monthly_flows(panel).groupby(level=["org", "fiscal_year"]).cumsum()
    for measure in MEASURES:
        opening = panel[measure, "carried_in"].groupby(level=["org", "fiscal_year"]).transform("first")
        assert (summed[measure, "new"] == panel[measure, "new"]).all()
        assert (summed[measure, "completed"] == panel[measure, "completed"]).all()
        assert (summed[measure, "carried_out"] + opening == panel[measure, "carried_out"]).all()


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_identities_hold_in_the_flows(seed):
    flows_ = monthly_flows(random_panel(seed))
    after_october = flows_.index.get_level_values("months") > 1
    for measure in MEASURES:
        for total, parts in IDENTITIES.items():
            expected = sum(sign * flows_[measure, i] for i, sign in parts.items() if (measure, i) in flows_)
            # What stands eligible on 1 October is not in the forms.
            rows = after_october if total == "eligible" else slice(None)
            assert (flows_[measure, total][rows] == expected[rows]).all()


def test_falls_are_kept_and_listed():
    panel = cases_panel(
        {
            ("63:01", 2023, 1): {"completed": 40, "eligible": 400, "not_eligible": 90},
            ("63:01", 2023, 2): {"completed": 38, "eligible": 350, "not_eligible": 70},
            ("63:02", 2023, 1): {"completed": 10, "eligible": 100},
            ("63:02", 2023, 2): {"completed": 20, "eligible": 130},
            ("63:02", 2024, 1): {"completed": 3, "eligible": 90},
        }
    )
    assert falls(panel).to_dict("split")["data"] == [
        ["63:01", 2023, 2, "cases", "eligible", -50],
        ["63:01", 2023, 2, "cases", "completed", -2],
    ]
    assert list(falls(panel).columns) == ["org", "fiscal_year", "months", "measure", "item", "flow"]
