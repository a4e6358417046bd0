"""What changed between vintages."""

from pathlib import Path

import pandas as pd
import pytest

from thads_analysis import store
from thads_analysis.period import Period
from thads_analysis.revisions import revisions
from thads_analysis.schema import OBSERVATION_COLUMNS


def figures(vintage: str, as_of: str, **values: int) -> pd.DataFrame:
    # The nation's year 2023 as the ministry printed it in October and in December 2023.
    rows = [
        ("", "VN", 2023, 12, "cases", item, value, vintage, "reported", as_of, vintage)
        for item, value in values.items()
    ]
    return pd.DataFrame(rows, columns=OBSERVATION_COLUMNS)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    october = figures("provisional", "2023-10-20", completed=575667, due=923541, revoked=501)
    december = figures("final", "2023-12-01", completed=574819, due=922311, revoked=501)
    store.add(tmp_path, [("october.xlsx", "a" * 64, october)])
    store.add(tmp_path, [("december.xlsx", "b" * 64, december)])
    return tmp_path


def test_the_year_2023_between_october_and_december(folder: Path) -> None:
    found = revisions(folder, Period(2023, 12))
    assert found["item"].tolist() == ["due", "completed"]  # largest first; revoked did not change
    assert found["difference"].tolist() == [922311 - 923541, 574819 - 575667]
    assert found["growth"].iloc[1] == pytest.approx(-848 / 575667)
    assert found["earlier_vintage"].tolist() == ["provisional"] * 2
    assert found["later_vintage"].tolist() == ["final"] * 2


def test_both_vintages_stay(folder: Path) -> None:
    rows = store.load_observations(folder, period="2023-M12", every_vintage=True)
    completed = rows[rows["item"].astype(str) == "completed"]
    assert sorted(completed["value"]) == [574819, 575667]


def test_nothing_changed_is_an_empty_table(tmp_path: Path) -> None:
    store.add(tmp_path, [("october.xlsx", "a" * 64, figures("provisional", "2023-10-20", due=1))])
    assert revisions(tmp_path, Period(2023, 12)).empty
