"""Rows of a file of cases or events, read in batches, typed and checked one by one."""

from __future__ import annotations

__all__ = ["Source", "open_source", "read_batches"]

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from thads_analysis.errors import DataError
from thads_analysis.ledger.privacy import personal_columns, pseudonym
from thads_analysis.ledger.record import (
    CASE_COLUMNS,
    EVENT_COLUMNS,
    arrow_schema,
    cases_schema,
    events_schema,
)
from thads_analysis.store import file_sha256

if TYPE_CHECKING:
    import pyarrow as pa

_OPTIONAL = {
    "cases": {"district_code"},
    "events": {"step", "recorded_on", "partial", "ground", "round", "starting_price", "outcome", "executor"},
}
_RAW = {"case_id": "case_key", "executor_id": "executor"}
"""Columns with the unit's own identifiers, and those that their keys go into."""

_WHOLE = ("amount_due", "amount", "starting_price", "round", "step")
_DAYS = ("intake_date", "date", "recorded_on")
_FLAGS = ("credit_institution", "corruption_economic", "partial")
_TRUE, _FALSE = ("true", "1", "yes", "có", "x"), ("false", "0", "no", "không", "")
_BATCH = 100_000
_SHOWN = 3


@dataclass(frozen=True)
class Source:
    """A file that can be taken: which table it holds, and by which columns."""

    path: Path
    sha256: str
    table: str
    columns: tuple[str, ...]


def open_source(path: str | Path) -> Source:
    """Look at a file's columns, and refuse it when it is not a table of cases or events.

    Raises
    ------
    DataError
        When the file cannot be read; when columns look like personal data, are unknown or missing.
    """
    import pyarrow as pa

    path = Path(path)
    try:
        columns = tuple(_open(path)[0])
        sha256 = file_sha256(path)
    except OSError as error:
        message = f"{path}: cannot be read ({error.strerror or error}); give a .csv or .parquet file"
        raise DataError(message) from None
    except pa.ArrowException as error:
        message = f"{path.name}: not a table ({error}); expected CSV in UTF-8 or Parquet with a header row"
        raise DataError(message) from None
    if personal := personal_columns(columns):
        told = ", ".join(f"{column!r} looks like {what}" for column, what in personal.items())
        message = (
            f"{path.name}: {told}. The ledger takes no personal data: take these columns out of the file. "
            "The unit's own number of a case goes into case_id, of an executor into executor_id; both are "
            "replaced by a salted hash while the file is read"
        )
        raise DataError(message)
    table = "events" if "event" in columns else "cases"
    wanted = EVENT_COLUMNS if table == "events" else CASE_COLUMNS
    named = [_RAW.get(column, column) for column in columns]
    missing = [column for column in wanted if column not in named and column not in _OPTIONAL[table]]
    unknown = [column for column, name in zip(columns, named, strict=True) if name not in wanted]
    twice = sorted({name for name in named if named.count(name) > 1})
    if missing or unknown or twice:
        message = (
            f"{path.name}: taken for {table}; unknown columns: {', '.join(unknown) or 'none'}; missing: "
            f"{', '.join(missing) or 'none'}; twice: {', '.join(twice) or 'none'}. Expected "
            f"{', '.join(wanted)} (docs/ledger.md); rename or remove"
        )
        raise DataError(message)
    return Source(path, sha256, table, columns)


def read_batches(source: Source, salt: bytes) -> Iterator[pa.Table]:
    """Yield the rows of a file with the types of the ledger, checked against the schema of the record.

    Raises
    ------
    DataError
        With file, row (the first below the header is row 1), column, what was found and expected.
    """
    import pyarrow as pa

    done = 0
    try:
        for batch in _open(source.path)[1]:
            frame = _type_batch(source, batch, done, salt)
            table = pa.Table.from_pandas(frame, schema=arrow_schema(source.table), preserve_index=False)
            done += len(frame)
            yield table
    except pa.ArrowException as error:
        message = (
            f"{source.path.name}, below row {done}: not a table ({error}); expected UTF-8, one record a row"
        )
        raise DataError(message) from None
    if not done:
        message = f"{source.path.name}: no rows below the header"
        raise DataError(message)


def _open(path: Path) -> tuple[list[str], Iterator[pa.RecordBatch]]:
    """Return a file's columns, and its rows in batches of text."""
    import pyarrow as pa
    import pyarrow.csv
    import pyarrow.parquet as pq

    if path.suffix.lower() == ".parquet":
        file = pq.ParquetFile(path)
        names = file.schema_arrow.names
        batches = (
            pa.RecordBatch.from_arrays([column.cast(pa.string()) for column in batch.columns], names=names)
            for batch in file.iter_batches(_BATCH)
        )
        return names, batches
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as text:
        head = text.readline()
    separator = ";" if head.count(";") > head.count(",") else ","
    names = [name.strip().strip('"') for name in head.rstrip("\r\n").split(separator)]
    reader = pyarrow.csv.open_csv(
        path,
        read_options=pyarrow.csv.ReadOptions(column_names=names, skip_rows=1, block_size=16 << 20),
        parse_options=pyarrow.csv.ParseOptions(delimiter=separator),
        convert_options=pyarrow.csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=True, null_values=[""]
        ),
    )
    return names, iter(reader)


def _type_batch(source: Source, batch: pa.RecordBatch, done: int, salt: bytes) -> pd.DataFrame:
    import pandera.errors

    raw = batch.to_pandas().rename(columns=str.strip)
    raw = raw.apply(lambda column: column.str.strip().replace("", None))
    wanted = EVENT_COLUMNS if source.table == "events" else CASE_COLUMNS
    frame = raw.reindex(columns=[*wanted, *(column for column in _RAW if column in raw)])
    if frame["org_code"].notna().any():
        frame["org_code"] = frame["org_code"].str.removesuffix(".0").str.zfill(2)
        frame["org_regime"] = frame["org_regime"].str.removesuffix(".0")
    faults: list[tuple[int, str, object, str]] = []
    for column in wanted:
        if column in _WHOLE:
            frame[column] = _whole(frame[column], column, faults)
        elif column in _DAYS:
            frame[column] = _days(frame[column], column, faults)
        elif column in _FLAGS:
            frame[column] = _flags(frame[column], column, faults)
    for own, key in _RAW.items():
        if own in frame:
            frame[key] = _pseudonyms(frame, own, salt)
    frame = frame[wanted]
    if source.table == "events":
        frame["recorded_on"] = frame["recorded_on"].fillna(frame["date"])
        frame["step"] = frame["step"].fillna(0).astype("int64")
    if faults:
        raise DataError(_tell(source, done, faults))
    schema = events_schema() if source.table == "events" else cases_schema()
    texts = [column for column in wanted if column not in (*_WHOLE, *_DAYS, *_FLAGS)]
    try:
        checked = schema.validate(frame.astype(dict.fromkeys(texts, "str")), lazy=True)
    except pandera.errors.SchemaErrors as errors:
        cases = errors.failure_cases.drop_duplicates(["index", "check"])
        told = [
            (int(row["index"]) if pd.notna(row["index"]) else -1, str(row["column"]), row["failure_case"],
             str(row["check"]).replace("multiple_fields_uniqueness", "one row for each case"))
            for row in cases.to_dict("records")
        ]  # fmt: skip
        raise DataError(_tell(source, done, told)) from None
    rows = pd.Series(range(done + 1, done + len(checked) + 1), index=checked.index, dtype="int64")
    return checked.assign(file=source.path.name, row=rows)


def _tell(source: Source, done: int, faults: list[tuple[int, str, object, str]]) -> str:
    """Say what is wrong in the first rows that are."""
    ordered = sorted(faults, key=lambda fault: fault[0])
    parts = [
        f"row {done + row + 1}, {column}: found {found!r}, expected {expected}"
        if row >= 0
        else f"{column}: found {found!r}, expected {expected}"
        for row, column, found, expected in ordered[:_SHOWN]
    ]
    more = f"; and {len(faults) - _SHOWN} more in the rows read so far" if len(faults) > _SHOWN else ""
    return f"{source.path.name}: " + "; ".join(parts) + more + ". Nothing was taken in"


def _whole(values: pd.Series, column: str, faults: list[tuple[int, str, object, str]]) -> pd.Series:
    text = values.astype("str").str.replace(r"\.0+$", "", regex=True)
    good = text.str.fullmatch(r"-?\d{1,18}").fillna(False).astype(bool)
    _note(values, ~good & values.notna(), column, "a whole number", faults)
    numbers = pd.Series(pd.NA, index=values.index, dtype="Int64")
    numbers[good] = text[good].astype("int64")
    return numbers


def _days(values: pd.Series, column: str, faults: list[tuple[int, str, object, str]]) -> pd.Series:
    days = pd.to_datetime(values.astype("str").str.slice(0, 10), format="%Y-%m-%d", errors="coerce")
    _note(values, days.isna() & values.notna(), column, "a day such as 2023-07-05", faults)
    return days.astype("datetime64[s]")


def _flags(values: pd.Series, column: str, faults: list[tuple[int, str, object, str]]) -> pd.Series:
    text = values.astype("str").str.lower().fillna("")
    true = text.isin(_TRUE)
    _note(values, ~true & ~text.isin(_FALSE), column, "yes or no", faults)
    return true.astype(bool)


def _note(
    values: pd.Series,
    wrong: pd.Series,
    column: str,
    expected: str,
    faults: list[tuple[int, str, object, str]],
) -> None:
    for row in wrong.to_numpy().nonzero()[0].tolist():
        faults.append((row, column, values.iloc[row], expected))


def _pseudonyms(frame: pd.DataFrame, own: str, salt: bytes) -> pd.Series:
    """Replace the unit's own identifiers; each distinct one is hashed once."""
    kind = own.removesuffix("_id")
    orgs = frame["org_regime"].astype("str") + ":" + frame["org_code"].astype("str")
    pairs = pd.MultiIndex.from_arrays([orgs, frame[own]])
    codes, distinct = pd.factorize(pairs)
    keys = [None if pd.isna(name) else pseudonym(salt, kind, org, str(name)) for org, name in distinct]
    return pd.Series([keys[code] for code in codes], index=frame.index, dtype="object")
