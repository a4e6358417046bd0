"""Files of cases: what is taken, what is refused, and that nothing is half-taken."""

import stat
from pathlib import Path

import pandas as pd
import pytest
from tiny_ledger import CASES, EVENTS, case_table, event_table, write_files, write_ledger

from thads_analysis import ledger
from thads_analysis.errors import DataError, UsageError
from thads_analysis.ledger.files import replace_manifest
from thads_analysis.ledger.load import ingest
from thads_analysis.ledger.privacy import personal_columns, pseudonym, secret_salt


@pytest.fixture(scope="module")
def held(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with the tiny ledger. Do not change it."""
    data = tmp_path_factory.mktemp("held")
    write_ledger(data)
    return data


def rows(data: Path, question: str) -> list[tuple[object, ...]]:
    with ledger.connect(ledger.open_ledger(data)) as duck:
        return duck.execute(question).fetchall()


def test_every_row_comes_in_and_is_found_again(held: Path) -> None:
    assert rows(held, "SELECT count(*), sum(amount_due) FROM cases") == [
        (len(CASES), sum(amount for _, amount, _ in CASES))
    ]
    assert rows(held, "SELECT count(*), sum(amount) FROM events") == [
        (len(EVENTS), sum(amount or 0 for _, _, _, amount, _ in EVENTS))
    ]
    # The day's order is that of the rows: collected, then completed.
    assert rows(held, "SELECT event FROM events WHERE date = DATE '2023-05-10' ORDER BY step") == [
        ("collected",), ("completed",)
    ]  # fmt: skip
    assert rows(held, "SELECT DISTINCT fiscal_year FROM events WHERE date = DATE '2022-11-10'") == [(2023,)]
    assert rows(held, "SELECT file, row FROM events WHERE event = 'entrusted'") == [("su-kien.csv", 14)]


def test_the_units_own_numbers_are_not_kept(held: Path) -> None:
    salt = secret_salt(held / "ledger")
    keys = {key for (key,) in rows(held, "SELECT case_key FROM cases")}
    assert keys == {pseudonym(salt, "case", "63:27", number) for number, _, _ in CASES}
    (executor,) = rows(held, "SELECT DISTINCT executor FROM cases")[0]
    assert executor == pseudonym(salt, "executor", "63:27", "chv  7")
    everything = b"".join(file.read_bytes() for file in (held / "ledger").rglob("*") if file.is_file())
    assert b"CHV 7" not in everything
    assert pseudonym(salt, "case", "63:27", "K1") != pseudonym(b"other", "case", "63:27", "K1")


def test_the_salt_is_the_owners_alone_and_stays(tmp_path: Path) -> None:
    first = secret_salt(tmp_path)
    assert stat.S_IMODE((tmp_path / "salt").stat().st_mode) == 0o600
    assert secret_salt(tmp_path) == first
    (tmp_path / "salt").write_text("12")
    with pytest.raises(DataError, match="not a salt"):
        secret_salt(tmp_path)


@pytest.mark.parametrize(
    "column",
    ["Họ và tên", "ho_ten_nguoi_phai_thi_hanh", "Địa chỉ", "so_cccd", "CMND", "debtor_name", "Điện thoại",
     "ngày sinh", "so_ban_an", "email", "bank_account"],
)  # fmt: skip
def test_columns_of_persons_are_seen(column: str) -> None:
    assert list(personal_columns(["case_id", "amount_due", column, "district_code"])) == [column]


def spoilt(table: str, row: int, column: str, value: object) -> dict[str, pd.DataFrame]:
    frame = (case_table() if table == "cases" else event_table()).astype(object)
    frame.loc[row, column] = value
    return {table: frame}


@pytest.mark.parametrize(
    ("frames", "message"),
    [
        ({"cases": case_table().assign(ho_ten="A")}, r"viec\.csv: 'ho_ten' looks like a name"),
        ({"cases": case_table().assign(colour="A")}, r"viec\.csv: .*unknown columns: colour"),
        ({"events": event_table().drop(columns="date")}, r"su-kien\.csv: .*missing: date"),
        (spoilt("events", 3, "date", "31/02/2023"), r"su-kien\.csv: row 4, date: found '31/02/2023'"),
        (spoilt("events", 0, "amount", "12,5"), r"row 1, amount: found '12,5', expected a whole number"),
        (spoilt("events", 0, "amount", -5), r"row 1, amount: found -5"),
        (spoilt("events", 0, "amount", None), r"row 1, .*amount with accepted"),
        (spoilt("events", 2, "event", "finished"), r"row 3, event: found 'finished'"),
        (spoilt("events", 8, "ground", None), r"row 9, .*ground with postponed"),
        (spoilt("cases", 1, "kind", "tax"), r"viec\.csv: row 2, kind: found 'tax'"),
        (spoilt("cases", 1, "credit_institution", "maybe"), r"row 2, credit_institution: found 'maybe'"),
        (spoilt("cases", 4, "org_code", "99"), r"row 5"),
        (spoilt("cases", 1, "case_id", "K1"), r"viec\.csv: row 2.*one row for each case"),
        (spoilt("events", 4, "case_id", "K77"), r"su-kien\.csv, row 5: case_key: no case"),
        ({"events": event_table().drop(index=0)}, r"viec\.csv, row 1: no event 'accepted'"),
        ({"events": event_table().assign(step=0)}, r"su-kien\.csv, row 3.*this case, day and step"),
        (spoilt("cases", 0, "case_id", None), r"row 1, case_key"),
    ],
)
def test_spoilt_files_are_refused_with_row_and_reason(
    tmp_path: Path, frames: dict[str, pd.DataFrame], message: str
) -> None:
    with pytest.raises(DataError, match=message):
        ingest(write_files(tmp_path / "inbox", **frames), tmp_path)
    assert not list(tmp_path.rglob("*.parquet"))
    with pytest.raises(DataError, match="no cases there"):
        ledger.open_ledger(tmp_path)


def test_a_refused_file_leaves_the_ledger_as_it_was(held: Path, tmp_path: Path) -> None:
    before = {path: path.read_bytes() for path in (held / "ledger").rglob("*.parquet")}
    wrong = event_table().head(1).assign(case_id="K77")
    wrong.to_csv(tmp_path / "more.csv", index=False)
    with pytest.raises(DataError, match=r"more\.csv, row 1"):
        ingest([tmp_path / "more.csv"], held)
    assert {path: path.read_bytes() for path in (held / "ledger").rglob("*.parquet")} == before


def test_the_same_file_adds_nothing_and_later_events_come_alone(tmp_path: Path) -> None:
    files = write_files(tmp_path / "inbox")
    first = ingest(files, tmp_path)
    again = ingest(files, tmp_path)
    assert (first.cases, first.events) == (len(CASES), len(EVENTS))
    assert again.added == ()
    assert again.known == ("viec.csv", "su-kien.csv")
    later = event_table().head(1).assign(case_id="K3", date="2023-07-20", event="resumed", amount=None)
    later.to_parquet(tmp_path / "july.parquet")
    assert ingest([tmp_path / "july.parquet"], tmp_path).events == 1
    later.to_csv(tmp_path / "july.csv", index=False)
    with pytest.raises(DataError, match=r"july\.csv, row 1: the ledger has an event"):
        ingest([tmp_path / "july.csv"], tmp_path)


def test_a_province_can_be_brought_in_anew(tmp_path: Path) -> None:
    write_ledger(tmp_path)
    less = {"cases": case_table().head(1), "events": event_table().head(3)}
    with pytest.raises(DataError, match="has this case already"):
        ingest(write_files(tmp_path / "new", **less), tmp_path)
    ingest(write_files(tmp_path / "new", **less), tmp_path, replace=True)
    assert rows(tmp_path, "SELECT count(*) FROM cases") == [(1,)]
    assert rows(tmp_path, "SELECT count(*) FROM events") == [(3,)]
    assert len(list((tmp_path / "ledger" / "parts").rglob("*.parquet"))) == 3


def test_a_killed_writers_files_do_not_count(tmp_path: Path) -> None:
    write_ledger(tmp_path)
    left = tmp_path / "ledger" / "parts" / "events" / "org_regime=63" / "org_code=27" / "fiscal_year=2023"
    (left / "left.parquet").write_bytes(b"half")
    assert rows(tmp_path, "SELECT count(*) FROM events") == [(len(EVENTS),)]
    later = event_table().head(1).assign(case_id="K3", date="2023-07-20", event="resumed", amount=None)
    later.to_csv(tmp_path / "july.csv", index=False)
    ingest([tmp_path / "july.csv"], tmp_path)
    assert not (left / "left.parquet").exists()


def test_simulated_and_real_cases_do_not_mix(tmp_path: Path) -> None:
    (tmp_path / "ledger").mkdir()
    replace_manifest(ledger.Ledger(tmp_path / "ledger", simulated=True))
    with pytest.raises(UsageError, match="simulated"):
        ingest(write_files(tmp_path / "inbox"), tmp_path)
