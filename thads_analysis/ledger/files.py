"""The ledger on disk: Parquet by organisation and year under one manifest, opened for questions in DuckDB."""

from __future__ import annotations

__all__ = ["Ledger", "Part", "connect", "ledger_dir", "open_ledger"]

import hashlib
import json
import shutil
import tempfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from thads_analysis.errors import DataError
from thads_analysis.ledger.record import arrow_schema
from thads_analysis.paths import data_dir

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

TABLES = ("cases", "events")

MEMORY_LIMIT = "1200MB"
"""What DuckDB may hold before it spills to disk; the process itself takes some 0.3 GB beside it."""

ROW_GROUP = 122_880
"""Rows that DuckDB reads at a time."""

_FORMAT = 1


@dataclass(frozen=True)
class Part:
    """One Parquet file of the ledger: its table, place, and how many rows it holds.

    ``fiscal_year`` is that of the events' dates, of the cases' intake.
    """

    table: str
    org: str
    fiscal_year: int
    path: str
    rows: int


@dataclass(frozen=True)
class Ledger:
    """A ledger as its manifest describes it.

    Parameters
    ----------
    folder : Path
        ``<data>/ledger``.
    parts : tuple of Part
        Files that count; others in the folder were left by a writer that was killed.
    sources : tuple of dict
        The files that came in: ``name``, ``sha256``, ``rows``.
    simulated : bool
        Whether the cases were generated. A ledger is all simulated or not at all.
    """

    folder: Path
    parts: tuple[Part, ...] = ()
    sources: tuple[dict[str, Any], ...] = ()
    simulated: bool = False

    @property
    def orgs(self) -> tuple[str, ...]:
        """Keys of the organisations that have cases, in order."""
        return tuple(sorted({part.org for part in self.parts}))

    def paths(
        self, table: str, orgs: Collection[str] | None = None, last_year: int | None = None
    ) -> list[str]:
        """Paths of a table's files, of some organisations, up to a fiscal year."""
        return [
            str(self.folder / part.path)
            for part in self.parts
            if part.table == table
            and (orgs is None or part.org in orgs)
            and (last_year is None or part.fiscal_year <= last_year)
        ]


def ledger_dir(data: str | Path | None = None) -> Path:
    """Folder of the ledger inside the data folder (`paths.data_dir`)."""
    return data_dir(data) / "ledger"


def open_ledger(data: str | Path | None = None) -> Ledger:
    """Read which cases are there.

    Parameters
    ----------
    data : str or Path, optional
        The data folder, as in `paths.data_dir`.

    Raises
    ------
    DataError
        When the folder holds no ledger, or a manifest that cannot be read.
    """
    ledger = read_manifest(ledger_dir(data))
    if not ledger.parts:
        message = f"{ledger.folder}: no cases there; bring some in with: thads ledger ingest FILE..."
        raise DataError(message)
    return ledger


def read_manifest(folder: Path) -> Ledger:
    """Return the ledger of a folder; one without parts when nothing is there."""
    path = folder / "manifest.json"
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        if found["format"] != _FORMAT:
            message = f"{path}: format {found['format']!r}, expected {_FORMAT}; use a newer version of thads"
            raise DataError(message)
        parts = tuple(Part(**part) for part in found["parts"])
        return Ledger(folder, parts, tuple(found["sources"]), found["simulated"])
    except FileNotFoundError:
        return Ledger(folder)
    except (ValueError, KeyError, TypeError):
        message = f"{path}: not a manifest; restore the file from a copy, or ingest into a new folder"
        raise DataError(message) from None


def replace_manifest(ledger: Ledger) -> None:
    """Let new parts count, all at once: the new manifest takes the place of the old."""
    staging = ledger.folder / "manifest.json.new"
    content = {
        "format": _FORMAT,
        "simulated": ledger.simulated,
        "sources": list(ledger.sources),
        "parts": [asdict(part) for part in ledger.parts],
    }
    staging.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    staging.replace(ledger.folder / "manifest.json")


def write_part(folder: Path, table: str, org: str, fiscal_year: int, rows: pa.Table) -> Part:
    """Write rows of one organisation and year as a file that counts once a manifest names it.

    Returns
    -------
    Part
        Named after its content.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    sink = pa.BufferOutputStream()
    kept = rows.drop_columns(["org_regime", "org_code"])
    pq.write_table(kept, sink, compression="zstd", row_group_size=ROW_GROUP)
    content = sink.getvalue()
    regime, _, code = org.partition(":")
    place = Path("parts") / table / f"org_regime={regime}" / f"org_code={code}" / f"fiscal_year={fiscal_year}"
    path = place / f"{hashlib.sha256(content).hexdigest()[:16]}.parquet"
    (folder / place).mkdir(parents=True, exist_ok=True)
    (folder / path).write_bytes(content)
    return Part(table, org, fiscal_year, path.as_posix(), rows.num_rows)


@contextmanager
def connect(
    ledger: Ledger,
    *,
    orgs: Collection[str] | None = None,
    last_year: int | None = None,
    threads: int | None = None,
    memory_limit: str = MEMORY_LIMIT,
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open DuckDB over the ledger; nothing is read before a question is asked.

    Parameters
    ----------
    ledger : Ledger
    orgs : collection of str, optional
        Keys of organisations; all without it. Files of others are not opened.
    last_year : int, optional
        Leave out what happened in later fiscal years.
    threads : int, optional
        As many as there are processors without it.
    memory_limit : str
        Beyond it DuckDB spills to a temporary folder, which is removed at the end.

    Yields
    ------
    DuckDBPyConnection
        With the views ``cases`` and ``events``: the columns of the record, ``file``, ``row`` and
        ``fiscal_year``. It loads no extension and needs no network.
    """
    with open_duckdb(threads=threads, memory_limit=memory_limit) as connection:
        for table in TABLES:
            create_view(connection, table, ledger.paths(table, orgs, last_year))
        yield connection


@contextmanager
def open_duckdb(
    *, threads: int | None = None, memory_limit: str = MEMORY_LIMIT
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open an empty DuckDB that stays within its memory and off the network."""
    import duckdb

    spill = tempfile.mkdtemp(prefix="thads-ledger-")
    settings: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": memory_limit,
        "temp_directory": spill,
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        "preserve_insertion_order": "false",
    }
    if threads:
        settings["threads"] = threads
    try:
        with duckdb.connect(config=settings) as connection:
            connection.execute("SET enable_progress_bar = false")
            yield connection
    finally:
        shutil.rmtree(spill, ignore_errors=True)


def create_view(connection: duckdb.DuckDBPyConnection, name: str, paths: list[str]) -> None:
    """Create a view of a table's files; an empty one, with the same columns, where there are none."""
    if not paths:
        connection.register(f"empty_{name}", arrow_schema(name).empty_table())
        connection.execute(
            f"CREATE OR REPLACE VIEW {name} AS SELECT *, 0::SMALLINT AS fiscal_year FROM empty_{name}"  # noqa: S608 - a name of `TABLES`
        )
        return
    types = "{'org_regime': VARCHAR, 'org_code': VARCHAR, 'fiscal_year': SMALLINT}"
    files = ", ".join("'" + path.replace("'", "''") + "'" for path in paths)
    connection.execute(
        f"CREATE OR REPLACE VIEW {name} AS SELECT * FROM "  # noqa: S608 - paths of the manifest, quoted
        f"read_parquet([{files}], hive_partitioning = true, hive_types = {types})"
    )
