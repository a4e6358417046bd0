"""Reports held against cases: planted mistakes are found, and explained by the cases that make them."""

from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from tiny_ledger import AT_NINE_MONTHS, write_ledger

from thads_analysis import ledger
from thads_analysis.errors import DataError, UsageError
from thads_analysis.ledger.reconcile import reconcile
from thads_analysis.ledger.simulate import simulate
from thads_analysis.schema import panel_columns

ORG, YEAR = "63:45", 2022
KEY = (ORG, YEAR, 9)


@pytest.fixture(scope="module")
def panel(sample_panel: pd.DataFrame) -> pd.DataFrame:
    """Give every month of a year of a small province."""
    return sample_panel.loc[[ORG]].loc[(slice(None), [YEAR], slice(None)), :]


@pytest.fixture(scope="module")
def simulated(tmp_path_factory: pytest.TempPathFactory, panel: pd.DataFrame) -> ledger.Ledger:
    """Give the ledger simulated of it. Do not change it."""
    return simulate(panel, tmp_path_factory.mktemp("reconcile"))


def test_a_right_report_has_no_differences(simulated: ledger.Ledger, panel: pd.DataFrame) -> None:
    found = reconcile(simulated, "2022-M09", ORG, panel)
    assert not len(found.differences)
    assert not len(found.cases)
    assert found.compared == len(panel_columns())


def test_cases_completed_after_the_end_explain_a_report_that_took_them_in(
    simulated: ledger.Ledger, panel: pd.DataFrame
) -> None:
    """The report counts what was completed by 4 July in nine months that ended on 30 June."""
    with ledger.connect(simulated) as duck:
        late = duck.execute(
            "SELECT case_key FROM events WHERE event = 'completed' "
            "AND date BETWEEN DATE '2022-07-01' AND DATE '2022-07-04'"
        ).fetchall()
    assert late
    reported = panel.copy()
    for item, sign in (("fully_enforced", 1), ("completed", 1), ("in_progress", -1), ("carried_out", -1)):
        reported.loc[KEY, ("cases", item)] += sign * len(late)
    found = reconcile(simulated, "2022-M09", ORG, reported)
    told = found.differences.set_index(["measure", "item"])
    assert set(told.index) == {
        ("cases", i) for i in ("fully_enforced", "completed", "in_progress", "carried_out")
    }
    row = told.loc["cases", "fully_enforced"]
    assert (row["difference"], row["explanation"], row["exact"]) == (len(late), "later", True)
    assert date(2022, 7, 1) <= row["day"] <= date(2022, 7, 4)
    named = found.cases[(found.cases["item"] == "fully_enforced")]
    assert set(named["case_key"]) == {key for (key,) in late}
    assert set(named["state"]) == {"completed"}


def test_a_part_of_the_next_days_is_told_as_a_part(simulated: ledger.Ledger, panel: pd.DataFrame) -> None:
    reported = panel.copy()
    reported.loc[KEY, ("money", "fully_enforced")] += 1
    told = reconcile(simulated, "2022-M09", ORG, reported).differences.set_index(["measure", "item"])
    row = told.loc["money", "fully_enforced"]
    assert (row["difference"], row["exact"]) == (1, False)


def test_what_was_recorded_late_explains_a_report_that_lacks_it(
    simulated: ledger.Ledger, panel: pd.DataFrame
) -> None:
    known = ledger.forms(simulated, "2022-M09", as_of=date(2022, 6, 30))
    assert known.loc[KEY, ("money", "fully_enforced")] < panel.loc[KEY, ("money", "fully_enforced")]
    found = reconcile(simulated, "2022-M09", ORG, known, reported_on=date(2022, 6, 30))
    assert len(found.differences)
    assert set(found.differences["explanation"]) == {"known_then"}
    assert found.differences["exact"].all()
    late = found.cases[(found.cases["measure"] == "money") & (found.cases["item"] == "fully_enforced")]
    lacking = panel.loc[KEY, ("money", "fully_enforced")] - known.loc[KEY, ("money", "fully_enforced")]
    assert -late["difference"].sum() == lacking


def test_the_case_of_the_hand_ledger_is_named(tmp_path: Path) -> None:
    """K10 was completed on 3 July; the report has it in nine months."""
    write_ledger(tmp_path)
    values = {
        (measure, item): value for measure, row in AT_NINE_MONTHS.items() for item, value in row.items()
    }
    values["cases", "fully_enforced"] += 1
    values["money", "fully_enforced"] += 200
    reported = pd.DataFrame(
        [values],
        index=pd.MultiIndex.from_tuples([("63:27", 2023, 9)], names=["org", "fiscal_year", "months"]),
        dtype="Int64",
    ).reindex(columns=panel_columns())
    found = reconcile(ledger.open_ledger(tmp_path), "2023-M09", "63:27", reported)
    assert found.differences["explanation"].tolist() == ["later", "later"]
    assert found.differences["day"].tolist() == [date(2023, 7, 3)] * 2
    assert found.cases["difference"].tolist() == [1, 200]
    assert found.cases["case_key"].nunique() == 1


def test_what_cannot_be_compared_is_refused(simulated: ledger.Ledger, panel: pd.DataFrame) -> None:
    with pytest.raises(DataError, match="no figures reported for 2021-M09"):
        reconcile(simulated, "2021-M09", ORG, panel)
    with pytest.raises(UsageError, match="no cases of 63:79"):
        reconcile(simulated, "2022-M09", "63:79", panel)
