"""Files of cases and events into the ledger: wholly or not at all."""

from __future__ import annotations

__all__ = ["IngestResult", "ingest"]

import shutil
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from thads_analysis.errors import DataError, UsageError
from thads_analysis.ledger.files import (
    ROW_GROUP,
    TABLES,
    Ledger,
    Part,
    create_view,
    ledger_dir,
    open_duckdb,
    read_manifest,
    replace_manifest,
)
from thads_analysis.ledger.privacy import secret_salt
from thads_analysis.ledger.record import arrow_schema
from thads_analysis.ledger.rows import Source, open_source, read_batches

if TYPE_CHECKING:
    import duckdb

_LOCK_SECONDS = 120
_SHOWN = 3

# What must hold between rows: the question that finds the rows which break it, and what to tell of them.
_BETWEEN_ROWS = (
    (
        "SELECT file, row FROM staged_cases SEMI JOIN cases USING (case_key)",
        "case_key: the ledger has this case already; bring in its events alone, or all of the province again "
        "with --replace",
    ),
    (
        "SELECT file, row FROM staged_cases "
        "QUALIFY row_number() OVER (PARTITION BY case_key ORDER BY file, row) > 1",
        "case_key: an earlier row has this case; expected one row for each case",
    ),
    (
        "SELECT e.file, e.row FROM staged_events e ANTI JOIN "
        "(SELECT case_key, org_regime, org_code FROM staged_cases UNION ALL "
        "SELECT case_key, org_regime, org_code FROM cases) USING (case_key, org_regime, org_code)",
        "case_key: no case of that province has this key; bring in the case with its events",
    ),
    (
        "SELECT file, row FROM staged_events "
        "QUALIFY row_number() OVER (PARTITION BY case_key, date, step ORDER BY file, row) > 1",
        "an earlier row has this case, day and step; expected one row for each event, and a step where "
        "several happen on one day",
    ),
    (
        "SELECT file, row FROM staged_events SEMI JOIN events USING (case_key, date, step)",
        "the ledger has an event of this case on this day and step already",
    ),
    (
        "SELECT c.file, c.row FROM staged_cases c ANTI JOIN "
        "(SELECT case_key FROM staged_events WHERE event = 'accepted') USING (case_key)",
        "no event 'accepted' of this case; a case cannot be counted without it",
    ),
)


@dataclass(frozen=True)
class IngestResult:
    """What came in: names of files added and of those that the ledger had, and how many rows."""

    added: tuple[str, ...]
    known: tuple[str, ...]
    cases: int
    events: int


def ingest(
    files: Iterable[str | Path], data: str | Path | None = None, *, replace: bool = False
) -> IngestResult:
    """Take files of cases and of events into the ledger in one step, wholly or not at all.

    A file is known by its content: one that the ledger has adds nothing. Cases come with their events,
    in one call; events of cases that the ledger has may come alone.

    Parameters
    ----------
    files : iterable of path
        .csv (UTF-8) or .parquet; columns as in ``docs/ledger.md``. A file with the column ``event``
        holds events.
    data : str or Path, optional
        The data folder, as in `paths.data_dir`.
    replace : bool
        Let the files take the place of everything that the ledger has of their provinces.

    Returns
    -------
    IngestResult

    Raises
    ------
    DataError
        With file and row, when something is personal, unreadable, out of range, there twice, or missing:
        an event without its case, a case without its acceptance. The ledger is then as it was.

    Notes
    -----
    Parts are written beside and moved in; they count from the moment in which the new manifest replaces
    the old. What a killed process left is cleared by the next call.
    """
    import filelock

    folder = ledger_dir(data)
    sources = [open_source(path) for path in files]
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with filelock.FileLock(folder / ".lock", timeout=_LOCK_SECONDS):
            staging = folder / "staging"
            shutil.rmtree(staging, ignore_errors=True)
            try:
                return _ingest_locked(read_manifest(folder), sources, staging, replace=replace)
            finally:
                shutil.rmtree(staging, ignore_errors=True)
    except filelock.Timeout:
        message = (
            f"{folder}: another process has held the ledger for {_LOCK_SECONDS} seconds; wait until it ends"
        )
        raise DataError(message) from None


def _ingest_locked(ledger: Ledger, sources: list[Source], staging: Path, *, replace: bool) -> IngestResult:
    had = {source["sha256"] for source in ledger.sources}
    fresh: list[Source] = []
    known = []
    for source in sources:
        if source.sha256 in had:
            known.append(source.path.name)
        else:
            had.add(source.sha256)
            fresh.append(source)
    if not fresh:
        return IngestResult((), tuple(known), 0, 0)
    if ledger.simulated:
        message = f"{ledger.folder}: holds simulated cases; real ones go into a data folder of their own"
        raise UsageError(message)
    named = {part.path for part in ledger.parts}
    for left in (ledger.folder / "parts").rglob("*.parquet"):
        if left.relative_to(ledger.folder).as_posix() not in named:
            left.unlink()
    counts = _stage(fresh, staging, secret_salt(ledger.folder))
    with open_duckdb() as connection:
        connection.execute("SET preserve_insertion_order = true")
        orgs = _open_staged(connection, staging, fresh)
        kept = tuple(part for part in ledger.parts if not (replace and part.org in orgs))
        held = Ledger(ledger.folder, kept)
        for table in TABLES:
            create_view(connection, table, held.paths(table, orgs))
        _check_between_rows(connection)
        parts = _write_parts(connection, staging, ledger.folder)
    new = tuple(
        {"name": source.path.name, "sha256": source.sha256, "rows": rows}
        for source, rows in zip(fresh, counts, strict=True)
    )
    replace_manifest(Ledger(ledger.folder, (*kept, *parts), (*ledger.sources, *new)))
    for part in set(ledger.parts) - set(kept):
        (ledger.folder / part.path).unlink(missing_ok=True)
    rows = {
        table: sum(count for source, count in zip(fresh, counts, strict=True) if source.table == table)
        for table in TABLES
    }
    return IngestResult(
        tuple(source.path.name for source in fresh), tuple(known), rows["cases"], rows["events"]
    )


def _stage(sources: list[Source], staging: Path, salt: bytes) -> list[int]:
    """Write the checked rows of every file beside the ledger, a batch at a time; return how many."""
    import pyarrow.parquet as pq

    staging.mkdir()
    counts = []
    for number, source in enumerate(sources):
        rows = 0
        path = staging / f"{source.table}-{number}.parquet"
        with pq.ParquetWriter(path, arrow_schema(source.table), compression="zstd") as writer:
            for batch in read_batches(source, salt):
                writer.write_table(batch)
                rows += batch.num_rows
        counts.append(rows)
    return counts


def _open_staged(connection: duckdb.DuckDBPyConnection, staging: Path, sources: list[Source]) -> list[str]:
    """Create the views ``staged_cases`` and ``staged_events``; return the organisations in them.

    Where a file gives no step, the order of its rows does.
    """
    year = "(year({0}) + (month({0}) > 9)::INTEGER)::SMALLINT AS fiscal_year"
    for table, day in (("cases", "intake_date"), ("events", "date")):
        files = {number: source for number, source in enumerate(sources) if source.table == table}
        if not files:
            connection.register(f"none_{table}", arrow_schema(table).empty_table())
            origin = f"none_{table}"
        else:
            names = ", ".join(f"'{_quote(staging / f'{table}-{number}.parquet')}'" for number in files)
            origin = f"read_parquet([{names}])"
        columns = "*"
        stepless = [s.path.name.replace("'", "''") for s in files.values() if "step" not in s.columns]
        if table == "events" and stepless:
            among = ", ".join(f"'{name}'" for name in stepless)
            columns = (
                f"* REPLACE (CASE WHEN file IN ({among}) THEN (row_number() OVER "
                "(PARTITION BY case_key, date, file ORDER BY row) - 1)::SMALLINT ELSE step END AS step)"
            )
        connection.execute(
            f"CREATE TABLE staged_{table} AS SELECT {columns}, {year.format(day)} FROM {origin}"  # noqa: S608
        )
    found = connection.execute(
        "SELECT DISTINCT org_regime || ':' || org_code FROM "
        "(SELECT org_regime, org_code FROM staged_cases "
        "UNION ALL SELECT org_regime, org_code FROM staged_events)"
    ).fetchall()
    return sorted(row[0] for row in found)


def _check_between_rows(connection: duckdb.DuckDBPyConnection) -> None:
    for question, what in _BETWEEN_ROWS:
        rows = connection.execute(f"SELECT * FROM ({question}) ORDER BY file, row LIMIT {_SHOWN}").fetchall()  # noqa: S608
        if rows:
            many = connection.execute(f"SELECT count(*) FROM ({question})").fetchall()[0][0]  # noqa: S608
            where = "; ".join(f"{file}, row {row}" for file, row in rows)
            more = f" and {many - len(rows)} more" if many > len(rows) else ""
            message = f"{where}{more}: {what}. Nothing was taken in"
            raise DataError(message)


def _write_parts(connection: duckdb.DuckDBPyConnection, staging: Path, folder: Path) -> list[Part]:
    """Write the staged rows by organisation and year, the rows of a case together, and move them in."""
    import pyarrow.parquet as pq

    parts = []
    for table, order in (("cases", "case_key"), ("events", "case_key, date, step")):
        target = staging / "parts" / table
        target.mkdir(parents=True)
        connection.execute(
            f"COPY (SELECT * FROM staged_{table} ORDER BY org_regime, org_code, fiscal_year, {order}) "  # noqa: S608
            f"TO '{_quote(target)}' (FORMAT parquet, COMPRESSION zstd, "
            f"ROW_GROUP_SIZE {ROW_GROUP}, PARTITION_BY (org_regime, org_code, fiscal_year))"
        )
        for file in sorted(target.rglob("*.parquet")):
            place = dict(level.split("=") for level in file.relative_to(target).parts[:-1])
            inside = (
                Path("parts") / table / file.relative_to(target).parent / f"{uuid.uuid4().hex[:16]}.parquet"
            )
            (folder / inside).parent.mkdir(parents=True, exist_ok=True)
            rows = pq.read_metadata(file).num_rows
            file.replace(folder / inside)
            org = f"{place['org_regime']}:{place['org_code']}"
            parts.append(Part(table, org, int(place["fiscal_year"]), inside.as_posix(), rows))
    return parts


def _quote(path: Path) -> str:
    return path.as_posix().replace("'", "''")
