"""Each list on eleven cases worked by hand, and what it was on an earlier day."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from small_ledger import M, write_small_ledger

from thads_analysis.errors import UsageError
from thads_analysis.ledger import forms
from thads_analysis.ledger.age import age_of_stock, spells, watched_since
from thads_analysis.ledger.files import Ledger
from thads_analysis.ledger.lists import LISTS, list_cases
from thads_analysis.ledger.standing import Standing, stand
from thads_analysis.ledger.workload import caseloads, load_spread, transfers
from thads_analysis.org import NATION, Org
from thads_analysis.period import Period

QUANG_TRI = Org.parse("45", "63")
DAY = date(2023, 6, 30)


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Ledger:
    return write_small_ledger(tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="module")
def standing(ledger: Ledger) -> Iterator[Standing]:
    with stand(ledger, QUANG_TRI, DAY, threads=1) as found:
        yield found


def numbers(frame: pd.DataFrame) -> list[int]:
    """The cases of a list by the number in their key."""
    return [int(key.removeprefix("case-")) for key in frame["case_key"]]


def test_top_value_says_what_each_case_weighs(standing: Standing) -> None:
    # Completed in the year: 30 + 5 + 40; eligible: that and 1000 + 70 + 20 + 10 + 7 left.
    found = list_cases(standing, "top_value").set_index("case_key")
    assert list(found["left_over"]) == [1000 * M, 70 * M, 20 * M, 10 * M, 7 * M]
    assert list(found.index[:2]) == ["case-0002", "case-0001"]
    assert found.loc["case-0002", "share"] == pytest.approx(1000 / 1182)
    assert found.loc["case-0002", "pull"] == pytest.approx(75 / 1182 - 75 / 182)
    assert found.loc["case-0001", "share"] == pytest.approx(100 / 1182)
    assert found.loc["case-0001", "pull"] == pytest.approx(75 / 1182 - 45 / 1082)
    assert found.loc["case-0001", "gain"] == pytest.approx(70 / 1182)
    assert found.loc["case-0002", "state"] == "postponed_agreed"


def test_the_weights_are_of_the_rate_of_the_form(ledger: Ledger) -> None:
    row = forms(ledger, "2023-M09", orgs=["63:45"], threads=1)["money"].iloc[0]
    assert (row["completed"], row["eligible"]) == (75 * M, 1182 * M)


def test_unsold_counts_rounds_since_the_last_sale(standing: Standing) -> None:
    found = list_cases(standing, "unsold")
    assert numbers(found) == [1]
    row = found.iloc[0]
    assert (row["rounds"], row["first_price"], row["last_price"]) == (3, 90 * M, 70 * M)
    assert row["price_fall"] == pytest.approx(2 / 9)
    assert row["last_auction"] == pd.Timestamp("2023-02-01")


def test_sold_not_delivered_counts_the_days_since_the_sale(standing: Standing) -> None:
    found = list_cases(standing, "sold_not_delivered")
    assert numbers(found) == [3]
    # 1 June 2022 to 1 June 2023, and 29 days more.
    assert (found["days"].iloc[0], found["waiting"].iloc[0]) == (365 + 29, 1)


def test_eligible_over_a_year(standing: Standing) -> None:
    found = list_cases(standing, "eligible_over_1y")
    assert numbers(found) == [1, 3, 4]
    # Two years and 171 days: 31-10 + 28 + 31 + 30 + 31 + 30 days from 10 January to 30 June.
    assert found["days"].iloc[0] == 2 * 365 + 171


def test_money_is_held_since_more_came_in_than_went_out(standing: Standing) -> None:
    found = list_cases(standing, "held_money")
    assert list(zip(numbers(found), found["held"], strict=True)) == [(1, 10 * M), (6, 2 * M)]
    assert list(found["held_since"]) == [pd.Timestamp("2022-12-01"), pd.Timestamp("2023-05-02")]
    # December has 30 days left, then January to June 181.
    assert found["days"].iloc[0] == 30 + 181


def test_reclassified_is_of_the_last_two_months_and_says_what_came_back(standing: Standing) -> None:
    found = list_cases(standing, "reclassified")
    assert list(zip(numbers(found), found["moved_to"], strict=True)) == [
        (9, "suspended"),
        (4, "not_eligible"),
    ]
    assert found["returned_on"].isna().tolist() == [True, False]
    assert found["returned_on"].iloc[1] == pd.Timestamp("2022-10-20")


def test_stalled_leaves_out_what_must_wait(standing: Standing) -> None:
    found = list_cases(standing, "stalled")
    assert list(zip(numbers(found), found["days"], strict=True)) == [(3, 364), (4, 253)]
    assert numbers(list_cases(standing, "stalled", days=148)) == [3, 4, 1]
    assert numbers(list_cases(standing, "stalled", days=149)) == [3, 4]


def test_what_was_recorded_later_was_not_known_then(ledger: Ledger) -> None:
    # Case 8 was discontinued on 10 June, known on 3 July.
    with stand(ledger, QUANG_TRI, DAY, DAY, threads=1) as then:
        found = list_cases(then, "top_value")
        assert numbers(found) == [2, 1, 8, 4, 3, 11]
        assert found.set_index("case_key").loc["case-0008", "share"] == pytest.approx(40 / 1182)


@pytest.mark.parametrize("day", [date(2022, 9, 30), date(2023, 1, 31), DAY])
def test_the_state_at_a_past_date_is_the_state_found_then(ledger: Ledger, tmp_path: Path, day: date) -> None:
    then = write_small_ledger(tmp_path, keep=lambda recorded: recorded <= day)
    with (
        stand(ledger, QUANG_TRI, day, day, threads=1) as now,
        stand(then, QUANG_TRI, day, threads=1) as earlier,
    ):
        for name in LISTS:
            pd.testing.assert_frame_equal(list_cases(now, name), list_cases(earlier, name))
        pd.testing.assert_frame_equal(age_of_stock(now), age_of_stock(earlier))
        pd.testing.assert_frame_equal(caseloads(now), caseloads(earlier))
        assert len(list_cases(now, "top_value")) > 0


def test_ages_are_bands_of_time_since_intake(standing: Standing) -> None:
    found = age_of_stock(standing)
    assert found["eligible_cases"].tolist() == [1, 1, 2, 1, 0, 0]
    assert found["eligible_money"].tolist() == [7 * M, 1000 * M, 30 * M, 70 * M, 0, 0]
    assert found.loc["2y_to_3y", ["other_cases", "other_money"]].tolist() == [1, 60 * M]
    assert found["other_cases"].sum() == 1


def test_spells_begin_at_intake_or_where_they_are_first_watched(standing: Standing) -> None:
    found = spells(standing, date(2022, 9, 30))
    assert len(found) == 11
    # Case 1 was 628 days old then and is open still, 273 days later.
    assert found.query("amount == '100m_to_1b'")[["entry", "exit", "ending"]].values.tolist() == [
        [628, 901, "open"]
    ]
    ended = found[found["ending"] != "open"].sort_values("exit")
    assert ended["exit"].tolist() == [65, 86, 133, 151, 234]
    assert ended["ending"].tolist() == ["other", "completed", "completed", "completed", "other"]
    assert set(ended["entry"]) == {-1}
    assert found["eligible"].sum() == 2  # cases 1 and 3; 4 and 9 were out, the others not there yet
    assert watched_since(standing) == date(2023, 1, 5)


def test_caseloads_follow_a_case_to_its_executor(standing: Standing) -> None:
    found = caseloads(standing)
    assert found.index.tolist() == ["chv-0001", "chv-0002", "chv-0003"]
    assert found["eligible"].tolist() == [2, 3, 0]
    assert found["other"].tolist() == [1, 0, 0]
    assert found["completed"].tolist() == [1, 0, 2]
    assert found["received"].tolist() == [0, 0, 1]
    assert found["passed_on"].tolist() == [1, 0, 0]
    spread = load_spread(found).loc["eligible"]
    assert (spread["executors"], spread["total"], spread["median"], spread["most"]) == (3, 5, 2, 3)
    assert spread["top_fifth"] == pytest.approx(3 / 5)


def test_transfers_say_what_was_completed_soon_after(standing: Standing) -> None:
    found = transfers(standing)
    assert found.index.tolist() == list(range(1, 10))
    assert found.loc[7].tolist() == [1, 1, 1]  # April, completed twelve days later
    assert found.drop(index=7).to_numpy().sum() == 0


def test_a_list_is_of_one_province_that_has_cases(ledger: Ledger, standing: Standing) -> None:
    with pytest.raises(UsageError, match="one province at a time"), stand(ledger, NATION, DAY):
        pass
    with pytest.raises(UsageError, match="no cases of Hà Nội"), stand(ledger, Org.parse("01", "63"), DAY):
        pass
    with pytest.raises(UsageError, match="there are: top_value, unsold"):
        list_cases(standing, "best")
    with pytest.raises(UsageError, match="goes with the list stalled"):
        list_cases(standing, "unsold", days=3)
    assert Period.parse("2023-M09").end == DAY
