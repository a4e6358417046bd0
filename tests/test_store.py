"""The store: nothing overwritten, what was known when, whole after any interruption."""

import random
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import duckdb
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from thads_analysis import store
from thads_analysis.errors import DataError, UsageError
from thads_analysis.period import Period

OCTOBER, DECEMBER = "2023-10-20", "2023-12-01"


def observations(
    value: int,
    *,
    code: str = "45",
    regime: str = "63",
    period: str = "2023-M12",
    item: str = "completed",
    as_of: str = OCTOBER,
    vintage: str = "provisional",
    provenance: str = "reported",
    source: str = "a.xlsx, Biểu 04",
) -> pd.DataFrame:
    when = Period.parse(period)
    return pd.DataFrame(
        {
            "org_regime": [regime],
            "org_code": [code],
            "fiscal_year": [when.fiscal_year],
            "months": [when.months],
            "measure": ["cases"],
            "item": [item],
            "value": [value],
            "source": [source],
            "provenance": [provenance],
            "as_of": [pd.Timestamp(as_of)],
            "vintage": [vintage],
        }
    )


def sha(number: int) -> str:
    return f"{number:064x}"


def put(folder: Path, number: int, frame: pd.DataFrame) -> store.AddResult:
    return store.add(folder, [(f"{number}.xlsx", sha(number), frame)])


def value_of(panel: pd.DataFrame, org: str = "63:45", item: str = "completed") -> int:
    (value,) = panel.xs(org, level="org")["cases", item].tolist()
    return int(value)


@pytest.fixture
def two_vintages(tmp_path: Path) -> Path:
    """FY2023 as it was known in October and in December; both were published for the nation."""
    put(tmp_path, 1, observations(575_667))
    put(tmp_path, 2, observations(574_819, as_of=DECEMBER, vintage="final"))
    return tmp_path


def test_nothing_is_overwritten_and_the_latest_is_read(two_vintages: Path) -> None:
    everything = store.load_observations(two_vintages, every_vintage=True)
    assert sorted(everything["value"]) == [574_819, 575_667]
    assert set(everything["sha256"]) == {sha(1), sha(2)}
    assert value_of(store.load_panel(two_vintages)) == 574_819


def test_what_was_known_then(two_vintages: Path) -> None:
    assert value_of(store.load_panel(two_vintages, as_of=date(2023, 11, 30))) == 575_667
    assert value_of(store.load_panel(two_vintages, as_of=date(2023, 12, 1))) == 574_819
    assert value_of(store.load_panel(two_vintages, vintage="provisional")) == 575_667
    with pytest.raises(DataError, match="known by 2023-10-19") as caught:
        store.load_panel(two_vintages, as_of=date(2023, 10, 19))
    assert "holds 2023-M12 to 2023-M12" in str(caught.value)


def test_on_one_day_final_comes_before_provisional_then_the_later_ingest(tmp_path: Path) -> None:
    put(tmp_path, 1, observations(3, vintage="final"))
    put(tmp_path, 2, observations(4, vintage="provisional"))
    put(tmp_path, 3, observations(5, vintage="unspecified"))
    assert value_of(store.load_panel(tmp_path)) == 3
    put(tmp_path, 4, observations(6, vintage="final", source="b.xlsx"))
    assert value_of(store.load_panel(tmp_path)) == 6
    assert len(store.load_observations(tmp_path, every_vintage=True)) == 4


def test_the_later_of_two_files_in_one_call_is_read(tmp_path: Path) -> None:
    store.add(tmp_path, [("a", sha(1), observations(7)), ("b", sha(2), observations(8))])
    assert value_of(store.load_panel(tmp_path)) == 8


def test_the_same_file_adds_nothing(tmp_path: Path) -> None:
    first = put(tmp_path, 1, observations(10))
    assert (first.added, first.known, first.rows) == (("1.xlsx",), (), 1)
    stamp = store.stamp(tmp_path)
    again = put(tmp_path, 1, observations(10))
    assert again == store.AddResult((), ("1.xlsx",), 0, None)
    assert store.stamp(tmp_path) == stamp
    twice = store.add(tmp_path, [("x", sha(2), observations(1)), ("y", sha(2), observations(1))])
    assert (twice.added, twice.known) == (("x",), ("y",))
    assert store.stamp(tmp_path) != stamp


def test_a_frame_that_fits_no_schema_is_refused_whole(tmp_path: Path) -> None:
    good, bad = observations(1), observations(1, code="03")
    with pytest.raises(DataError, match="province in the list that org_regime names"):
        store.add(tmp_path, [("a", sha(1), good), ("b", sha(2), bad)])
    assert store.periods(tmp_path) == []


def test_simulated_and_real_figures_never_mix(tmp_path: Path) -> None:
    put(tmp_path, 1, observations(1, provenance="simulated"))
    with pytest.raises(DataError, match="simulated and real"):
        put(tmp_path, 2, observations(1))
    both = pd.concat([observations(1), observations(1, code="44", provenance="simulated")])
    with pytest.raises(DataError, match="simulated and real"):
        put(tmp_path / "other", 2, both)


def test_selecting_periods_and_lists(tmp_path: Path) -> None:
    frames = [observations(n, period=f"2023-M{n:02d}") for n in (7, 8, 9)]
    frames.append(observations(70, regime="34", code="44", period="2025-M10"))
    frames.append(observations(99, regime="", code="VN", period="2023-M09"))
    store.add(tmp_path, [(f"{n}.xlsx", sha(n), frame) for n, frame in enumerate(frames)])
    months = store.load_panel(tmp_path).index.get_level_values("months")
    assert sorted(months) == [7, 8, 9]
    assert sorted(store.load_panel(tmp_path, first="2023-M08")["cases", "completed"]) == [8, 9]
    assert sorted(store.load_panel(tmp_path, last="2023-M08")["cases", "completed"]) == [7, 8]
    assert value_of(store.load_panel(tmp_path, period="2023-M08")) == 8
    # Code 44 is Quảng Bình in the list of 63 and Quảng Trị in the list of 34.
    merged = store.load_panel(tmp_path, regime="34", period="2025-M10")
    assert value_of(merged, "34:44") == 70
    nation = store.load_observations(tmp_path, period="2023-M09")
    assert set(nation["org_code"]) == {"VN", "45"}
    assert store.periods(tmp_path) == [Period(2023, 7), Period(2023, 8), Period(2023, 9), Period(2025, 10)]


def test_what_cannot_be_asked_for(two_vintages: Path, tmp_path: Path) -> None:
    for wrong in ({"vintage": "draft"}, {"regime": "62"}, {"period": "2023-M13"}):
        with pytest.raises(UsageError):
            store.load_panel(two_vintages, **wrong)
    with pytest.raises(DataError, match="2024-M01"):
        store.load_panel(two_vintages, period="2024-M01")
    with pytest.raises(DataError, match="thads ingest"):
        store.load_panel(tmp_path / "none")


def test_origins_name_the_least_certain(two_vintages: Path) -> None:
    put(two_vintages, 3, observations(20, code="44", as_of="2023-11-05", source="b.xlsx"))
    row = store.origins(two_vintages).loc[(2023, 12)]
    assert row.to_dict() == {
        "provenance": "reported",
        "source": "a.xlsx, Biểu 04; b.xlsx",
        "as_of": pd.Timestamp(DECEMBER),
        "vintage": "provisional",
    }
    then = store.origins(two_vintages, as_of=date(2023, 10, 31))
    assert then["source"].tolist() == ["a.xlsx, Biểu 04"]


def test_the_users_store_comes_before_the_sample(tmp_path: Path) -> None:
    assert store.open_store(tmp_path) == tmp_path / "sample" / "store"
    put(tmp_path / "store", 1, observations(1))
    assert store.open_store(tmp_path) == tmp_path / "store"


@settings(max_examples=10, deadline=None)
@given(
    st.dictionaries(
        st.dates(date(2023, 10, 1), date(2023, 12, 1)), st.integers(0, 10**15), min_size=1, max_size=6
    )
)
def test_any_order_of_arrival_gives_the_latest_day(
    tmp_path_factory: pytest.TempPathFactory, arrivals: dict[date, int]
) -> None:
    folder = tmp_path_factory.mktemp("store")
    frames = [observations(value, as_of=str(day)) for day, value in arrivals.items()]
    store.add(folder, [(f"{n}.xlsx", sha(n), frame) for n, frame in enumerate(frames)])
    for day, value in arrivals.items():
        assert value_of(store.load_panel(folder, as_of=day)) == value
    assert value_of(store.load_panel(folder)) == arrivals[max(arrivals)]


# Any reader, any interruption


def test_other_readers_open_the_folder(two_vintages: Path) -> None:
    whole = pd.read_parquet(two_vintages / "observations")
    assert list(whole.columns) == store.COLUMNS
    table = duckdb.read_parquet(str(two_vintages / "observations" / "*.parquet"))
    assert sorted(table.project("value").fetchall()) == [(574_819,), (575_667,)]


def test_check_finds_what_was_changed(two_vintages: Path) -> None:
    assert store.check(two_vintages) == []
    first, second = sorted((two_vintages / "observations").iterdir())
    first.write_bytes(first.read_bytes()[:-1] + b"x")
    second.unlink()
    faults = store.check(two_vintages)
    assert len(faults) == 2
    assert any("content is not what was written" in fault and first.name in fault for fault in faults)
    assert any("missing" in fault and second.name in fault for fault in faults)
    with pytest.raises(DataError, match="thads store check"):
        store.load_panel(two_vintages)


def test_a_manifest_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text("{", encoding="utf-8")
    with pytest.raises(DataError, match="not a manifest"):
        store.load_panel(tmp_path)
    (tmp_path / "manifest.json").write_text('{"format": 2, "parts": []}', encoding="utf-8")
    with pytest.raises(DataError, match="format 2, expected 1"):
        store.periods(tmp_path)


def test_what_a_killed_writer_left_is_cleared(two_vintages: Path) -> None:
    stray = two_vintages / "observations" / "part-0000000000000000.parquet"
    stray.write_bytes(b"half")
    staged = two_vintages / "staging" / "half"
    staged.write_bytes(b"half")
    assert store.check(two_vintages) == []
    assert value_of(store.load_panel(two_vintages)) == 574_819
    put(two_vintages, 3, observations(1, code="44"))
    assert not stray.exists()
    assert not staged.exists()


_INGEST = """
import sys
from pathlib import Path
import pandas as pd
from thads_analysis import store
folder, first, count = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
base = pd.read_parquet(folder.parent / "base.parquet")
for number in range(first, first + count):
    print(number, flush=True)
    store.add(folder, [(f"{number}.xlsx", f"{number:064x}", base.assign(value=number))])
"""


def start_ingest(folder: Path, first: int, count: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", _INGEST, str(folder), str(first), str(count)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)  # noqa: S603 - our own interpreter


@pytest.fixture
def folder_with_base(tmp_path: Path) -> Path:
    base = pd.concat([observations(0, item=item) for item in ("due", "eligible", "completed")])
    base.to_parquet(tmp_path / "base.parquet")
    return tmp_path / "store"


def test_killed_at_any_moment_it_keeps_the_last_complete_state(folder_with_base: Path) -> None:
    rng = random.Random(7)  # noqa: S311 - repeatable, not secret
    start_ingest(folder_with_base, 0, 1).communicate(timeout=60)
    for attempt in range(1, 5):
        process = start_ingest(folder_with_base, 1000 * attempt, 1000)
        assert process.stdout is not None
        for _ in range(rng.randint(1, 20)):
            process.stdout.readline()
        process.kill()
        process.communicate()
        assert store.check(folder_with_base) == []
        rows = store.load_observations(folder_with_base, every_vintage=True)
        # Each file has three figures, all of one value: none is there by halves.
        by_file = rows.groupby("sha256", observed=True)["value"]
        assert set(by_file.size()) == {3}
        assert set(by_file.nunique()) == {1}
    put(folder_with_base, 99_999, observations(5, code="44"))
    named = {part.name for part in (folder_with_base / "observations").iterdir()}
    assert len(named) == len(set(rows["sha256"])) + 1


def test_four_writers_at_once_lose_nothing(folder_with_base: Path) -> None:
    count = 3
    with ThreadPoolExecutor(4) as pool:
        processes = [start_ingest(folder_with_base, 100 * writer, count) for writer in range(4)]
        results = list(pool.map(lambda process: process.communicate(timeout=120), processes))
    assert [len(output.split()) for output, _ in results] == [count] * 4
    rows = store.load_observations(folder_with_base, every_vintage=True)
    expected = {sha(100 * writer + n) for writer in range(4) for n in range(count)}
    assert set(rows["sha256"]) == expected
    assert store.check(folder_with_base) == []


def test_a_store_that_is_held_is_said_to_be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import filelock

    put(tmp_path, 1, observations(1))
    monkeypatch.setattr(store, "_LOCK_SECONDS", 0.1)
    with filelock.FileLock(tmp_path / ".lock"), pytest.raises(DataError, match="another process"):
        put(tmp_path, 2, observations(2))


def test_panels_as_known_hold_no_later_figure(tmp_path):
    rows = [
        (2022, 12, "2022-10-05", "provisional", 80),
        (2022, 12, "2022-12-14", "final", 84),
        (2023, 1, "2022-11-05", "unspecified", 10),
        (2023, 3, "2023-01-05", "unspecified", 30),
        (2021, 12, "2026-01-01", "final", 70),
    ]
    frame = pd.DataFrame(rows, columns=["fiscal_year", "months", "as_of", "vintage", "value"])
    frame = frame.assign(
        org_regime="63", org_code="01", measure="cases", item="completed", source="x", provenance="reported"
    ).assign(as_of=pd.to_datetime(frame["as_of"]))
    store.add(tmp_path / "store", [("x.csv", "0" * 64, frame)])
    known = store.panels_as_known(tmp_path / "store")
    column = ("cases", "completed")
    # In November only the provisional result was known; in January the final one.
    assert known(Period(2023, 1)).loc[("63:01", 2022, 12), column] == 80
    assert known(Period(2023, 3)).loc[("63:01", 2022, 12), column] == 84
    assert known(Period(2022, 12)).loc[("63:01", 2022, 12), column] == 80
    # A history brought in later counts as it was first known.
    assert known(Period(2023, 1)).loc[("63:01", 2021, 12), column] == 70
    assert ("63:01", 2023, 3) not in known(Period(2023, 1)).index


def test_panels_of_a_store_without_corrections_are_its_panel(tmp_path):
    frame = pd.DataFrame(
        [(2022, month, month * 10) for month in (3, 6)], columns=["fiscal_year", "months", "value"]
    ).assign(
        org_regime="63", org_code="01", measure="cases", item="completed", source="x", provenance="reported",
        vintage="final", as_of=pd.Timestamp("2026-01-01"),
    )  # fmt: skip
    store.add(tmp_path / "store", [("x.csv", "0" * 64, frame)])
    whole = store.load_panel(tmp_path / "store", last="2022-M03")
    found = store.panels_as_known(tmp_path / "store")(Period(2022, 3))
    assert found["cases", "completed"].tolist() == whole["cases", "completed"].tolist() == [30]
