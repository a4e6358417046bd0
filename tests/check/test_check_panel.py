"""The checker on a panel: a clean one is silent, planted faults are found where they were planted."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from planted import FAULTS, Place, make_panel, plant

from thads_analysis.check import COLUMNS, check_panel, to_records
from thads_analysis.org import NATION, provinces
from thads_analysis.schema import broken_identities, empty_panel, validate_panel

ORG = "63:04"


@pytest.fixture(scope="module")
def panel() -> pd.DataFrame:
    return make_panel()


def found(panel: pd.DataFrame, period: str | None = None, **more: object) -> set[tuple[str, str, str]]:
    return {(f.rule, f.measure, f.item) for f in check_panel(panel, period, **more).itertuples()}


def test_the_made_panel_closes(panel: pd.DataFrame) -> None:
    assert broken_identities(validate_panel(panel)).empty


def test_a_clean_panel_is_silent(panel: pd.DataFrame) -> None:
    assert check_panel(panel).empty
    assert list(check_panel(panel).columns) == COLUMNS


def test_the_sample_has_few_findings_and_only_of_history(sample_panel: pd.DataFrame) -> None:
    findings = check_panel(sample_panel)
    assert set(findings["rule"]) <= {"outside_history", "reclassification"}
    # Ten series of each row of the four years that have four before them.
    cells = 10 * int((sample_panel.index.get_level_values("fiscal_year") >= 2020).sum())
    assert len(findings) < cells / 1000


@pytest.mark.parametrize("name", FAULTS)
def test_planted_faults_are_found_where_they_are(panel: pd.DataFrame, name: str) -> None:
    fault, rng = FAULTS[name], np.random.Generator(np.random.PCG64(3))
    missed, elsewhere = [], 0
    for _ in range(5):
        year, month = int(rng.integers(2020, 2024)), int(rng.integers(fault.first_month, 13))
        place: Place = (str(rng.choice([org.key for org in provinces("63")[:16]])), year, month)
        measure = str(rng.choice(fault.measures))
        findings = check_panel(plant(panel, fault, place, measure, rng), f"{year}-M{month:02d}")
        own = findings[findings["org_regime"] + ":" + findings["org_code"] == place[0]]
        if not (own["rule"].isin(fault.rules) & own["measure"].isin([measure, ""])).any():
            missed.append((place, measure))
        elsewhere += len(findings) - len(own)
    # A year of poor results is far from usual only where the unit itself varies little.
    assert len(missed) <= (1 if fault.rules == ("outside_history",) else 0), missed
    assert elsewhere == 0


def spoil(panel: pd.DataFrame, place: Place, cell: tuple[str, str], value: object) -> pd.DataFrame:
    changed = panel.copy()
    changed.loc[place, cell] = value
    return changed


def test_the_cell_that_breaks_several_sums_is_named_with_its_value(panel: pd.DataFrame) -> None:
    place, cell = (ORG, 2022, 7), ("cases", "completed")
    right = int(panel.loc[place, cell])
    findings = check_panel(spoil(panel, place, cell, right + 90), "2022-M07")
    sums = findings[findings["rule"] == "sum_of_parts"]
    assert sums[["item", "found", "expected"]].to_numpy().tolist() == [["completed", right + 90, right]]


def test_a_thousandfold_slip_is_explained(panel: pd.DataFrame) -> None:
    place, cell = (ORG, 2022, 7), ("money", "eligible")
    right = int(panel.loc[place, cell])
    findings = check_panel(spoil(panel, place, cell, right // 1000), "2022-M07")
    slips = findings[findings["rule"] == "unit_factor"].iloc[0]
    assert slips["item"] == "eligible"
    assert abs(slips["expected"] / right - 1) < 0.01
    assert "1.000 lần" in slips["explanation"]


def test_without_neighbours_the_amount_a_case_shows_a_slip(panel: pd.DataFrame) -> None:
    alone = panel.loc[[(ORG, 2022, 12)]].copy()
    assert check_panel(alone).empty
    money = [column for column in alone.columns if column[0] == "money"]
    alone.loc[:, money] = alone[money] * 1000
    findings = check_panel(alone)
    assert findings[["rule", "measure", "item"]].to_numpy().tolist() == [
        ["unit_factor", "money", "carried_in"]
    ]


def test_of_a_fall_the_month_that_breaks_the_line_is_named(panel: pd.DataFrame) -> None:
    one = panel.loc[[(ORG, 2022, month) for month in range(1, 13)], [("cases", "new")]]
    peak, dip = one.copy(), one.copy()
    peak.loc[(ORG, 2022, 6), ("cases", "new")] += 10_000
    dip.loc[(ORG, 2022, 6), ("cases", "new")] = 1
    for changed in (peak, dip):
        findings = check_panel(changed)
        assert findings[["rule", "fiscal_year", "months"]].to_numpy().tolist() == [
            ["cumulative_falls", 2022, 6]
        ]


def test_the_third_bucket_of_one_to_four_percent_is_silent(panel: pd.DataFrame) -> None:
    late = panel.loc[panel.index.get_level_values("fiscal_year") >= 2021]
    due = late["cases"]["due"]
    rest = (due - late["cases"]["eligible"] - late["cases"]["not_eligible"]) / due
    assert rest.between(0.005, 0.04).all()
    assert check_panel(late).empty


def test_a_short_history_is_silent() -> None:
    short = make_panel(first=2020, last=2023)
    place, year = (ORG, 2023, 6), ("cases", "eligible")
    changed = spoil(short, place, year, int(short.loc[place, ("cases", "completed")]) + 1)
    rules = {rule for rule, _, _ in found(changed, "2023-M06")}
    assert "outside_history" not in rules
    assert "reclassification" not in rules


def test_missing_parts_are_no_fault(panel: pd.DataFrame) -> None:
    wanted = ("completed", "eligible", "due", "new")
    sparse = panel[[column for column in panel.columns if column[1] in wanted]]
    assert check_panel(sparse.reindex(columns=panel.columns)).empty
    assert check_panel(sparse).empty
    assert check_panel(empty_panel()).empty


def test_only_the_period_asked_for_is_reported(panel: pd.DataFrame) -> None:
    changed = spoil(panel, (ORG, 2022, 7), ("cases", "due"), 1)
    assert check_panel(changed, "2022-M06").empty
    assert set(check_panel(changed, "2022-M07")["months"]) == {7}
    assert found(changed) >= found(changed, "2022-M07")


def test_the_nation_is_the_sum_of_all_provinces() -> None:
    whole = make_panel(orgs=63, first=2023, last=2023).loc[(slice(None), 2023, 12), :]
    nation = whole.sum().to_frame().T
    nation.index = pd.MultiIndex.from_tuples([(NATION.key, 2023, 12)], names=whole.index.names)
    both = pd.concat([whole, nation.astype("Int64")]).sort_index()
    assert check_panel(both).empty
    wrong = both.copy()
    wrong.loc[(NATION.key, 2023, 12), ("money", "separate_book")] += 1000
    findings = check_panel(wrong)
    assert findings[["rule", "org_code", "item"]].to_numpy().tolist() == [
        ["part_of_nation", "VN", "separate_book"]
    ]
    # One province short, and there is nothing to hold the nation against.
    assert check_panel(wrong.drop(index=[("63:96", 2023, 12)])).empty


def test_printed_figures_are_held_against_the_panel() -> None:
    whole = make_panel(orgs=63, first=2023, last=2023).loc[(slice(None), 2023, 12), :]
    total = int(whole["cases", "completed"].sum())
    rate = round(100 * total / int(whole["cases", "eligible"].sum()), 2)
    printed = pd.DataFrame(
        [("completed", total, ""), ("completion_rate", rate, ""), ("new", 12, ""), ("new", 13, "63:01")],
        columns=["item", "value", "org"],
    ).assign(measure="cases", fiscal_year=2023, months=12)
    printed["org"] = printed["org"].replace("", NATION.key)
    findings = check_panel(whole, "2023-M12", stated=printed)
    assert findings[["rule", "org_code", "item", "found"]].to_numpy().tolist() == [
        ["published_figure", "VN", "new", 12],
        ["published_figure", "01", "new", 13],
    ]
    assert check_panel(whole, "2023-M11", stated=printed).empty


def test_the_sample_agrees_with_what_is_published(sample_panel: pd.DataFrame) -> None:
    # Letter 2757/TCTHADS-NV3 of 31/07/2023 and the report to the press of July 2023.
    printed = pd.DataFrame(
        [
            ("cases", "completed", 382_058),
            ("cases", "eligible", 574_289),
            ("cases", "due", 775_101),
            ("cases", "completion_rate", 66.53),
            ("money", "completed", 70_278_705_371_000),
            ("money", "completion_rate", 32.45),
        ],
        columns=["measure", "item", "value"],
    ).assign(org="VN", fiscal_year=2023, months=9)
    assert check_panel(sample_panel, "2023-M09", stated=printed).empty
    wrong = printed.assign(value=printed["value"].replace(574_289, 574_298))
    assert found(sample_panel, "2023-M09", stated=wrong) == {("published_figure", "cases", "eligible")}


def test_findings_are_json(panel: pd.DataFrame) -> None:
    changed = spoil(panel, (ORG, 2022, 7), ("cases", "due"), 1)
    records = json.loads(json.dumps(to_records(check_panel(changed, "2022-M07"))))
    assert {tuple(record) for record in records} == {tuple(COLUMNS)}
    assert {record["org_regime"] + ":" + record["org_code"] for record in records} == {ORG}


def test_the_callers_panel_stays_as_it_is(panel: pd.DataFrame) -> None:
    before = panel.copy(deep=True)
    check_panel(panel, "2022-M07")
    pd.testing.assert_frame_equal(panel, before)
