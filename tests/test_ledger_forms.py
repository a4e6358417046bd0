"""Forms from cases: by hand, against another way of counting, and against the simulated sample."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny_ledger import AT_NINE_MONTHS, case_table, event_table, write_files, write_ledger

from thads_analysis import ledger
from thads_analysis.errors import DataError, UsageError
from thads_analysis.glossary import MEASURES, items_of
from thads_analysis.ledger.forms import count_items, forms
from thads_analysis.ledger.load import ingest
from thads_analysis.ledger.positions import positions
from thads_analysis.ledger.record import EVENTS, arrow_schema
from thads_analysis.ledger.selection import divide, pick
from thads_analysis.ledger.simulate import simulate, simulate_tables
from thads_analysis.period import Period
from thads_analysis.schema import broken_identities, panel_columns, validate_panel

# A small province, and one whose month of January 2020 brings the separate book.
TWO, YEAR = ["63:45", "63:06"], 2020


@pytest.fixture(scope="module")
def hand(tmp_path_factory: pytest.TempPathFactory) -> ledger.Ledger:
    """Give the ledger worked by hand."""
    data = tmp_path_factory.mktemp("hand")
    write_ledger(data)
    return ledger.open_ledger(data)


@pytest.fixture(scope="module")
def two_provinces(sample_panel: pd.DataFrame) -> pd.DataFrame:
    """Give every month of a year of two provinces of the sample."""
    orgs, years = (sample_panel.index.get_level_values(level) for level in ("org", "fiscal_year"))
    return sample_panel[orgs.isin(TWO) & (years == YEAR)]


@pytest.fixture(scope="module")
def simulated(tmp_path_factory: pytest.TempPathFactory, two_provinces: pd.DataFrame) -> ledger.Ledger:
    """Give the ledger simulated of them. Do not change it."""
    return simulate(two_provinces, tmp_path_factory.mktemp("simulated"))


def of(panel: pd.DataFrame, measure: str) -> dict[str, int]:
    row = panel.iloc[0].xs(measure, level="measure")
    return {str(item): int(value) for item, value in row.items() if item in items_of(measure)}


def test_forms_by_hand(hand: ledger.Ledger) -> None:
    panel = forms(hand, "2023-M09")
    assert list(panel.index) == [("63:27", 2023, 9)]
    for measure, expected in AT_NINE_MONTHS.items():
        assert of(panel, measure) == expected
    validate_panel(panel)


def test_before_2020_the_book_does_not_stand_apart(tmp_path: Path) -> None:
    """The same lives five years earlier, under TT08-2015: K6 and K8 are carried in, not eligible."""
    cases, events = case_table(), event_table()
    for frame, column in ((cases, "intake_date"), (events, "date")):
        days = pd.to_datetime(frame[column]) - pd.DateOffset(years=5)
        frame[column] = days.dt.strftime("%Y-%m-%d")
    ingest(write_files(tmp_path / "inbox", cases, events), tmp_path)
    panel = forms(ledger.open_ledger(tmp_path), "2018-M09")
    counted = of(panel, "cases")
    assert counted["carried_in"] == AT_NINE_MONTHS["cases"]["carried_in"] + 3  # K6, K7, K8
    assert counted["new"] == AT_NINE_MONTHS["cases"]["new"] - 1  # K7 never left
    assert counted["not_eligible"] == 3  # K2, K6, K8
    assert counted["in_progress"] == 2
    assert counted["separate_book"] == 0
    assert not len(broken_identities(panel))


def test_positions_by_hand(hand: ledger.Ledger) -> None:
    with ledger.connect(hand) as duck:
        found = positions(duck, date(2023, 6, 30)).df()
    assert len(found) == 10
    assert found["counted"].isna().sum() == 2  # K6 stays in the separate book, K9 ended in 2021
    by_state = found.groupby(["counted", "state"], dropna=False)["balance"].sum().to_dict()
    assert by_state["carried_in", "not_eligible"] == 270
    assert by_state["new", "in_progress"] == 270
    assert by_state["new", "closed"] == by_state["carried_in", "closed"] == 0
    assert found.loc[found["ending"] == "entrusted", "since"].dt.date.tolist() == [date(2023, 1, 15)]
    with ledger.connect(hand) as duck, pytest.raises(UsageError, match="lies ahead"):
        positions(duck, date(2023, 6, 30), as_of=date(2023, 6, 1))


def test_what_was_known_on_a_day(tmp_path: Path) -> None:
    """A state of the past, known then, is that of a ledger that holds no more than was known then."""
    known = date(2023, 7, 5)
    events = event_table().assign(recorded_on=lambda frame: frame["date"])
    events.loc[events["event"] == "discontinued", "recorded_on"] = "2023-07-10"
    ingest(write_files(tmp_path / "a" / "inbox", events=events), tmp_path / "a")
    then = events[pd.to_datetime(events["recorded_on"]) <= pd.Timestamp(known)]
    ingest(write_files(tmp_path / "b" / "inbox", events=then), tmp_path / "b")
    whole, part = (ledger.open_ledger(tmp_path / name) for name in "ab")
    pd.testing.assert_frame_equal(forms(whole, "2023-M09", as_of=known), forms(part, "2023-M09"))
    assert of(forms(whole, "2023-M09"), "cases")["discontinued"] == 1
    assert of(forms(whole, "2023-M09", as_of=known), "cases")["discontinued"] == 0


def test_an_organisation_without_cases_is_refused(hand: ledger.Ledger) -> None:
    with pytest.raises(UsageError, match="no cases of 63:79"):
        forms(hand, "2023-M09", orgs=["63:79"])


def test_forms_of_the_simulated_ledger_are_the_sample(
    simulated: ledger.Ledger, two_provinces: pd.DataFrame
) -> None:
    """Two provinces, a year, every item and month, cases and đồng."""
    found = pd.concat([forms(simulated, Period(YEAR, month)) for month in range(1, 13)]).sort_index()
    expected = two_provinces.loc[found.index]
    assert len(found) == 24
    pd.testing.assert_frame_equal(found, expected)
    assert (found["cases", "separate_book"].xs(4, level="months") > 0).all()


def test_the_simulated_ledger_is_deterministic(two_provinces: pd.DataFrame) -> None:
    one, other = (list(simulate_tables(two_provinces.loc[["63:06"]], "63:06")) for _ in range(2))
    assert [name for name, *_ in one] == [name for name, *_ in other]
    assert all(a[2].equals(b[2]) for a, b in zip(one, other, strict=True))
    another = list(simulate_tables(two_provinces.loc[["63:06"]], "63:06", seed=1))
    assert not any(a[2].equals(b[2]) for a, b in zip(one, another, strict=False))


def test_what_was_known_by_the_fifth_is_the_months_report(
    simulated: ledger.Ledger, two_provinces: pd.DataFrame
) -> None:
    known = forms(simulated, "2020-M06", as_of=date(2020, 4, 5))
    pd.testing.assert_frame_equal(known, two_provinces.loc[known.index])
    early = forms(simulated, "2020-M06", as_of=date(2020, 3, 31))
    assert (early["cases", "completed"] < known["cases", "completed"]).all()


def test_a_panel_that_does_not_fit_together_is_refused(two_provinces: pd.DataFrame, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="every month from an October"):
        simulate(two_provinces.drop(index=two_provinces.index[2]), tmp_path / "a")
    wrong = two_provinces.copy()
    wrong.iloc[6, list(wrong.columns).index(("cases", "in_progress"))] += 1
    with pytest.raises(DataError, match="cases"):
        simulate(wrong, tmp_path / "b")


def test_amounts_add_up() -> None:
    import numpy as np

    rng = np.random.default_rng(1)
    values = divide(rng, 123_456_000, 500, 1000)
    assert values.sum() == 123_456_000
    assert values.min() >= 1000
    chosen = pick(rng, values, 40, 30_000_000)
    assert len(set(chosen.tolist())) == 40
    assert abs(int(values[chosen].sum()) - 30_000_000) < 300_000


FIRST = date(2021, 6, 1)
START, DAY = date(2022, 10, 1), date(2023, 6, 30)
FLOWS = ("collected", "discontinued", "reduced", "entrusted", "revoked")
STOCKS = ("in_progress", "postponed_agreed", "not_eligible", "postponed", "suspended", "other_pending")
MOVES = {
    "eligible": "in_progress", "resumed": "in_progress", "not_eligible": "not_eligible",
    "suspended": "suspended", "other_pending": "other_pending",
}  # fmt: skip
Row = tuple[str, date, str, int | None, bool, str | None]


@st.composite
def lives(draw: st.DrawFn) -> list[Row]:
    """Give events of one case in order: possible ones, none after its end."""
    day = FIRST + timedelta(days=draw(st.integers(0, 700)))
    left = draw(st.integers(0, 1000))
    rows: list[Row] = [("", day, "accepted", left, False, None)]
    in_book = False
    for _ in range(draw(st.integers(0, 7))):
        day += timedelta(days=draw(st.integers(0, 200)))
        if in_book:
            in_book = False
            rows.append(("", day, "accepted", left, False, None))
            continue
        event = draw(st.sampled_from([*MOVES, "postponed", "to_separate_book", *FLOWS, "completed"]))
        ground = draw(st.sampled_from(["art48_1c", "other"])) if event == "postponed" else None
        amount, partial = None, False
        if event in FLOWS:
            partial = event not in ("collected", "reduced") and draw(st.booleans())
            whole = event in ("discontinued", "entrusted", "revoked") and not partial
            amount = left if whole else draw(st.integers(0, left))
            left -= amount
        if event == "completed" and left:
            rows.append(("", day, "collected", left, False, None))
            left = 0
        rows.append(("", day, event, amount, partial, ground))
        in_book = event == "to_separate_book"
        if event == "completed" or (event in ("discontinued", "entrusted", "revoked") and not partial):
            break
    return rows


def follow(rows: list[Row], until: date) -> tuple[str | None, int, dict[str, int]]:
    """Follow one case: its state, what is left, and what was taken off since the year began."""
    state: str | None = None
    left, taken = 0, dict.fromkeys(FLOWS, 0)
    for _, day, event, amount, partial, ground in rows:
        if day > until:
            break
        if event == "accepted":
            left = amount or 0
            state = "in_progress"
        elif event in FLOWS:
            left -= amount or 0
            if day >= START:
                taken[event] += amount or 0
            if event not in ("collected", "reduced") and not partial:
                state = event
        elif event == "postponed":
            state = "postponed_agreed" if ground == "art48_1c" else "postponed"
        elif event == "to_separate_book":
            state = "separate_book"
        else:
            state = MOVES.get(event, event)
    return state, left, taken


def count_by_hand(cases: list[list[Row]]) -> Iterator[tuple[tuple[str, str], int]]:
    """Count the items with a loop over cases, as the glossary words them."""
    items = ("completed", "discontinued", "entrusted", "revoked")
    for rows in cases:
        opening, _stood, _ = follow(rows, START - timedelta(days=1))
        state, left, taken = follow(rows, DAY)
        if state == "separate_book":
            yield ("cases", "separate_book"), 1
            yield ("money", "separate_book"), left
        open_then = opening in STOCKS
        entered = any(row[2] == "accepted" and START <= row[1] <= DAY for row in rows)
        if not (open_then or entered):
            continue
        entry = "carried_in" if open_then else "new"
        gone = state == "separate_book"
        yield ("cases", entry), int(not gone)
        yield ("money", entry), sum(taken.values()) + (0 if gone else left)
        for flow, amount in taken.items():
            yield ("money", "fully_enforced" if flow == "collected" else flow), amount
        if state in items:
            yield ("cases", "fully_enforced" if state == "completed" else state), 1
        if state in STOCKS:
            yield ("cases", state), 1
            yield ("money", state), left


@settings(max_examples=15, deadline=None)
@given(st.lists(lives(), min_size=1, max_size=12))
def test_counting_agrees_with_a_loop_over_cases(cases: list[list[Row]]) -> None:
    columns = ["case_key", "date", "event", "amount", "partial", "ground"]
    events = pd.DataFrame(
        [(f"case-{n:04d}", *row[1:]) for n, rows in enumerate(cases) for row in rows], columns=columns
    ).assign(org_regime="63", org_code="27", recorded_on=lambda frame: frame["date"], step=0)
    events["step"] = events.groupby(["case_key", "date"]).cumcount()
    days = pd.to_datetime(events["date"])
    events["fiscal_year"] = days.dt.year + (days.dt.month > 9)
    events = events.astype({"amount": "Int64", "ground": "str"})
    with duckdb.connect() as connection:
        connection.register("frame", events)
        connection.execute(
            "CREATE VIEW events AS SELECT * "
            "REPLACE (date::DATE AS date, recorded_on::DATE AS recorded_on) FROM frame"
        )
        counted = dict(zip(panel_columns(), count_items(connection, START, DAY), strict=True))
    expected: dict[tuple[str, str], int] = {}
    for key, value in count_by_hand(cases):
        expected[key] = expected.get(key, 0) + value
    for measure in MEASURES:
        for item in ("carried_in", "new", "entrusted", "revoked", "fully_enforced", "discontinued", *STOCKS):
            assert counted[measure, item] == expected.get((measure, item), 0), (measure, item)
        assert counted[measure, "separate_book"] == expected.get((measure, "separate_book"), 0)
    panel = pd.DataFrame(
        [list(counted.values())],
        columns=panel_columns(),
        index=pd.MultiIndex.from_tuples([("63:27", 2023, 9)], names=["org", "fiscal_year", "months"]),
        dtype="Int64",
    )
    assert not len(broken_identities(panel))


def test_every_event_has_its_place_in_the_schema() -> None:
    assert {e.item for e in EVENTS.values()} - {""} <= {i for m in MEASURES for i in items_of(m)}
    assert arrow_schema("events").names[-2:] == ["file", "row"]
