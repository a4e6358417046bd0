"""The vintaged store: every figure as it was known on a day, in Parquet parts under one manifest."""

from __future__ import annotations

__all__ = [
    "AddResult",
    "add",
    "check",
    "file_sha256",
    "load_observations",
    "load_panel",
    "open_store",
    "origins",
    "panels_as_known",
    "periods",
    "stamp",
]

import functools
import hashlib
import json
import operator
import os
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from thads_analysis.errors import DataError, UsageError
from thads_analysis.glossary import IDENTITIES, VINTAGES
from thads_analysis.merger import to_regime
from thads_analysis.org import provinces
from thads_analysis.paths import data_dir
from thads_analysis.period import Period
from thads_analysis.schema import OBSERVATION_COLUMNS, OBSERVATION_KEY, to_panel, validate_observations

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.dataset as ds

COLUMNS = [*OBSERVATION_COLUMNS, "sha256"]
"""Columns of the Parquet files: the observation, and the SHA-256 of the file that it came from."""

_FORMAT = 1
_LOCK_SECONDS = 120
_RANK = {"unspecified": 0, "provisional": 1, "final": 2}
_LEAST_CERTAIN = ["simulated", "reported", "published", "provisional", "unspecified", "final"]
_PANEL_COLUMNS = [*OBSERVATION_KEY, "value", "as_of", "vintage"]


@dataclass(frozen=True)
class AddResult:
    """What one call of `add` did.

    ``added`` and ``known`` name the files, ``known`` those whose content the store had before;
    ``rows`` counts the observations added and ``part`` names the Parquet file, if there is one.
    """

    added: tuple[str, ...]
    known: tuple[str, ...]
    rows: int
    part: str | None


def open_store(data: str | Path | None = None) -> Path:
    """Folder of the store to read: the user's own if it holds figures, else the simulated sample's.

    The two are never read together. Neither need exist yet.

    Parameters
    ----------
    data : str or Path, optional
        The data folder, as in `paths.data_dir`; a store's own folder is taken as well.
    """
    folder = data_dir(data)
    for own in (folder, folder / "store"):
        if _read_manifest(own)["parts"]:
            return own
    return folder / "sample" / "store"


def file_sha256(path: str | Path) -> str:
    """SHA-256 of a file's content in hexadecimal, by which the store knows the file."""
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def add(store: str | Path, frames: Iterable[tuple[str | Path, str, pd.DataFrame]]) -> AddResult:
    """Add the observations of some files in one step, wholly or not at all.

    A file is known by its SHA-256: one that the store has adds nothing. Nothing is overwritten: a
    figure that arrives again, in another file, with another value, day or vintage, is kept beside
    the first, and `load_observations` says which of them is read.

    Parameters
    ----------
    store : str or Path
        The store's folder; made when it does not exist.
    frames : iterable of (path, sha256, observations)
        One for each file; columns `schema.OBSERVATION_COLUMNS`.

    Raises
    ------
    DataError
        When observations do not fit the schema, when simulated figures would mix with others, or
        when another process holds the store for two minutes.

    Notes
    -----
    A part is written outside ``observations/``, moved in under a name made from its content, and
    counts from the moment in which the new manifest replaces the old. A process killed before that
    leaves the last complete state; what it left behind is cleared by the next call.
    """
    import filelock

    folder = Path(store)
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with filelock.FileLock(folder / ".lock", timeout=_LOCK_SECONDS):
            return _add_locked(folder, frames)
    except filelock.Timeout:
        message = (
            f"{folder}: another process has held the store for {_LOCK_SECONDS} seconds; "
            "wait until it ends, or end it, and try again"
        )
        raise DataError(message) from None


def _add_locked(folder: Path, frames: Iterable[tuple[str | Path, str, pd.DataFrame]]) -> AddResult:
    manifest = _read_manifest(folder)
    _clear_leftovers(folder, manifest)
    had = {file["sha256"] for part in manifest["parts"] for file in part["files"]}
    added, known, files, kept = [], [], [], []
    for path, sha256, observations in frames:
        name = Path(path).name
        if sha256 in had:
            known.append(name)
            continue
        had.add(sha256)
        checked = validate_observations(observations[OBSERVATION_COLUMNS], name)
        added.append(name)
        files.append({"name": name, "sha256": sha256, "rows": len(checked)})
        kept.append(checked.assign(sha256=sha256))
    if not kept:
        return AddResult((), tuple(known), 0, None)
    rows = pd.concat(kept, ignore_index=True)
    simulated = sorted({bool(flag) for flag in rows["provenance"].eq("simulated")})
    if len({*simulated, *(part["simulated"] for part in manifest["parts"])}) > 1:
        message = (
            f"{folder}: simulated and real figures would stand in one store ({', '.join(added)}); "
            "keep them in two, each with a data folder of its own"
        )
        raise DataError(message)
    part = _write_part(folder, rows)
    entry = {**part, "rows": len(rows), "simulated": simulated[0], "files": files}
    _replace_manifest(folder, {"format": _FORMAT, "parts": [*manifest["parts"], entry]})
    return AddResult(tuple(added), tuple(known), len(rows), part["name"])


def _read_manifest(folder: Path) -> dict[str, Any]:
    path = folder / "manifest.json"
    try:
        manifest: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {"format": _FORMAT, "parts": []}
    except ValueError:
        message = f"{path}: not a manifest; restore the file from a copy, or ingest into a new folder"
        raise DataError(message) from None
    if manifest.get("format") != _FORMAT:
        message = (
            f"{path}: format {manifest.get('format')!r}, expected {_FORMAT}; use a newer version of thads"
        )
        raise DataError(message)
    return manifest


def _replace_manifest(folder: Path, manifest: dict[str, Any]) -> None:
    text = json.dumps(manifest, ensure_ascii=False, indent=1) + "\n"
    _publish(folder, text.encode(), folder / "manifest.json")


def _write_part(folder: Path, rows: pd.DataFrame) -> dict[str, str]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    # Sorted rows compress to a tenth and let readers skip row groups by period.
    ordered = rows.sort_values(
        ["fiscal_year", "months", "org_regime", "org_code", "measure", "item"], kind="stable"
    )
    table = pa.Table.from_pandas(ordered[COLUMNS], schema=_arrow_schema(), preserve_index=False)
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="zstd", row_group_size=65536)
    content = sink.getvalue().to_pybytes()
    sha256 = hashlib.sha256(content).hexdigest()
    name = f"part-{sha256[:16]}.parquet"
    _publish(folder, content, folder / "observations" / name)
    return {"name": name, "sha256": sha256}


def _publish(folder: Path, content: bytes, target: Path) -> None:
    """Write beside, force to the disk, then move into place: readers see all of it or nothing."""
    staging = folder / "staging" / uuid.uuid4().hex
    staging.parent.mkdir(exist_ok=True)
    target.parent.mkdir(exist_ok=True)
    with staging.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    staging.replace(target)


def _clear_leftovers(folder: Path, manifest: dict[str, Any]) -> None:
    """Remove what a killed writer left; the caller holds the lock, so nothing here is in use."""
    named = {part["name"] for part in manifest["parts"]}
    for left in [*(folder / "staging").glob("*"), *(folder / "observations").glob("*.parquet")]:
        if left.parent.name == "staging" or left.name not in named:
            left.unlink()


def _arrow_schema() -> pa.Schema:
    import pyarrow as pa

    text = pa.dictionary(pa.int32(), pa.string())
    types = {"fiscal_year": pa.int16(), "months": pa.int8(), "value": pa.int64(), "as_of": pa.date32()}
    return pa.schema([(column, types.get(column, text)) for column in COLUMNS])


def load_observations(
    store: str | Path | None = None,
    *,
    period: Period | str | None = None,
    first: Period | str | None = None,
    last: Period | str | None = None,
    as_of: date | None = None,
    vintage: str | None = None,
    every_vintage: bool = False,
) -> pd.DataFrame:
    """Read figures in the long form, one of each key unless every vintage is asked for.

    Of several figures of one key the one with the latest ``as_of`` is read; on the same day a final
    one before a provisional one before one that does not say; else the one ingested last.

    Parameters
    ----------
    store : str or Path, optional
        The store's folder; `open_store` without it.
    period, first, last : Period or str, optional
        One period, or the first and the last of a span.
    as_of : date, optional
        Only what was known by the end of that day.
    vintage : {"provisional", "final", "unspecified"}, optional
        Only figures of that vintage.
    every_vintage : bool
        Keep all figures of a key.

    Returns
    -------
    DataFrame
        Columns `COLUMNS`; text as categories.

    Raises
    ------
    DataError
        When the store holds no such figure, or a part is missing or cannot be read.

    Examples
    --------
    >>> import thads_analysis as thads
    >>> rows = thads.load_observations(period="2023-M09")
    >>> rows["provenance"].unique().tolist()
    ['simulated']
    """
    wanted = _Wanted.of(period, first, last, as_of, vintage)
    frame = _read(store, COLUMNS, wanted)
    return frame if every_vintage else _winners(frame)


def load_panel(
    store: str | Path | None = None,
    *,
    period: Period | str | None = None,
    regime: str = "63",
    as_of: date | None = None,
    vintage: str | None = None,
    first: Period | str | None = None,
    last: Period | str | None = None,
) -> pd.DataFrame:
    """Read the panel of provinces, as known on a day or as known last.

    Parameters
    ----------
    store : str or Path, optional
        The store's folder; `open_store` without it.
    period, first, last : Period or str, optional
        One period, or the first and the last of a span; without them everything.
    regime : {"63", "34"}
        List of provinces; figures of the list of 63 are summed into the list of 34 (see
        `merger.to_regime`). Figures of the nation are not in the panel: it is the provinces' sum.
    as_of : date, optional
        What was known by the end of that day, so that an old report can be made again.
    vintage : {"provisional", "final", "unspecified"}, optional
        Only figures of that vintage.

    Returns
    -------
    DataFrame
        Index ``org, fiscal_year, months``; columns ``measure, item``; dtype Int64.

    Raises
    ------
    DataError
        As `load_observations`.

    Examples
    --------
    >>> import thads_analysis as thads
    >>> panel = thads.load_panel(period="2023-M09")
    >>> panel.shape[0], list(panel.index.names)
    (63, ['org', 'fiscal_year', 'months'])
    """
    wanted = _Wanted.of(period, first, last, as_of, vintage, regime)
    return to_regime(to_panel(_winners(_read(store, _PANEL_COLUMNS, wanted))), regime)


def panels_as_known(
    store: str | Path, *, regime: str = "63", as_of: date | None = None
) -> Callable[[Period], pd.DataFrame]:
    """Give panels of completed and eligible as they were known when a period was first reported.

    Parameters
    ----------
    store, regime, as_of
        As in `load_panel`.

    Returns
    -------
    callable
        From a period to the panel up to it, as known on the day by which every province that has reported
        the period had done so first. A figure of which nothing was known by then, because a history was
        brought in later, counts as it was first known.

    Raises
    ------
    DataError
        As `load_panel`.
    """
    frame = _read(store, _PANEL_COLUMNS, _Wanted.of(None, None, None, as_of, None, regime))
    needed = {item for total in ("completed", "eligible") for item in (total, *IDENTITIES[total])}
    frame = frame[frame["item"].isin(needed)].reset_index(drop=True)
    place = frame["fiscal_year"] * 100 + frame["months"]
    first = frame.groupby(OBSERVATION_KEY, observed=True)["as_of"].transform("min")
    days = first.groupby(place).max()

    def at(period: Period) -> pd.DataFrame:
        code = period.fiscal_year * 100 + period.months
        day = days.get(code, pd.Timestamp.max)
        known = (place <= code) & ((frame["as_of"] <= day) | (frame["as_of"] == first))
        return to_regime(to_panel(_winners(frame[known].reset_index(drop=True))), regime)

    if not frame.duplicated(OBSERVATION_KEY).any():
        whole = to_regime(to_panel(frame), regime)
        years, months = (whole.index.get_level_values(level) for level in ("fiscal_year", "months"))
        return lambda period: whole[years * 100 + months <= period.fiscal_year * 100 + period.months]
    return at


@dataclass(frozen=True)
class _Wanted:
    """Which figures are asked for; ``regime`` is empty for all lists and the nation."""

    low: Period | None
    high: Period | None
    as_of: date | None
    vintage: str | None
    regime: str

    @classmethod
    def of(
        cls,
        period: Period | str | None,
        first: Period | str | None,
        last: Period | str | None,
        as_of: date | None,
        vintage: str | None,
        regime: str = "",
    ) -> _Wanted:
        if vintage is not None and vintage not in VINTAGES:
            message = f"{vintage!r} is not a vintage; the vintages are {', '.join(VINTAGES)}"
            raise UsageError(message)
        if regime:
            provinces(regime)  # refuses a list that does not exist
        first, last = period or first, period or last
        low = Period.parse(first) if first else None
        high = Period.parse(last) if last else None
        return cls(low, high, as_of, vintage, regime)

    def filter(self) -> pc.Expression | None:
        import pyarrow.compute as pc

        conditions = []
        month = pc.field("fiscal_year").cast("int32") * 12 + pc.field("months").cast("int32")
        if self.low:
            conditions.append(month >= self.low.fiscal_year * 12 + self.low.months)
        if self.high:
            conditions.append(month <= self.high.fiscal_year * 12 + self.high.months)
        if self.as_of:
            conditions.append(pc.field("as_of") <= self.as_of)
        if self.vintage:
            conditions.append(pc.field("vintage").cast("string") == self.vintage)
        if self.regime:
            # The list of 34 takes in the list of 63, whose provinces are summed into it.
            lists = ["63", "34"] if self.regime == "34" else [self.regime]
            conditions.append(pc.field("org_regime").cast("string").isin(lists))
        return functools.reduce(operator.and_, conditions) if conditions else None

    def __str__(self) -> str:
        parts = [
            f"from {self.low} to {self.high}" if self.low and self.high else "",
            f"from {self.low}" if self.low and not self.high else "",
            f"to {self.high}" if self.high and not self.low else "",
            f"for the list of {self.regime} provinces" if self.regime else "",
            f"known by {self.as_of}" if self.as_of else "",
            f"of vintage {self.vintage!r}" if self.vintage else "",
        ]
        return ", ".join(part for part in parts if part)


def _read(store: str | Path | None, columns: list[str], wanted: _Wanted) -> pd.DataFrame:
    import pyarrow as pa

    folder = open_store() if store is None else Path(store)
    manifest = _read_manifest(folder)
    if not manifest["parts"]:
        message = f"{folder}: no figures yet; add workbooks with: thads ingest FILE..."
        raise DataError(message)
    try:
        dataset = _open_dataset(folder, manifest)
        table = dataset.to_table(columns, filter=wanted.filter())
        if not table.num_rows:
            held = dataset.to_table(["org_regime", "fiscal_year", "months", "as_of"]).to_pandas()
            raise DataError(_nothing_found(folder, held, wanted))
    except (OSError, pa.ArrowInvalid) as error:
        message = f"{folder}: a part cannot be read ({error}); run: thads store check"
        raise DataError(message) from None
    frame: pd.DataFrame = table.to_pandas(date_as_object=False)
    return frame.astype({"fiscal_year": "int64", "months": "int64", "as_of": "datetime64[ns]"})


def _open_dataset(folder: Path, manifest: dict[str, Any]) -> ds.Dataset:
    import pyarrow.dataset as ds

    files = [str(folder / "observations" / part["name"]) for part in manifest["parts"]]
    return ds.dataset(files, schema=_arrow_schema(), format="parquet")


def _winners(frame: pd.DataFrame) -> pd.DataFrame:
    """Keep one figure of each key; rows come in the order of ingestion."""
    contested = frame.duplicated(OBSERVATION_KEY, keep=False)
    if not contested.any():
        return frame
    rank = frame.loc[contested, "vintage"].astype("str").map(_RANK)
    order = frame[contested].assign(rank=rank).sort_values(["as_of", "rank"], kind="stable")
    beaten = order.index[order.duplicated(OBSERVATION_KEY, keep="last")]
    return frame.drop(index=beaten).reset_index(drop=True)


def _nothing_found(folder: Path, held: pd.DataFrame, wanted: _Wanted) -> str:
    months = held["fiscal_year"].astype(int) * 100 + held["months"]
    first, last = (Period(*divmod(int(code), 100)) for code in (months.min(), months.max()))
    lists = ", ".join(sorted(set(held["org_regime"].astype("str")) - {""})) or "the nation only"
    return (
        f"{folder}: no figures {wanted}; the store holds {first} to {last}, lists of provinces: {lists}, "
        f"known from {held['as_of'].min()} to {held['as_of'].max()}"
    )


def origins(
    store: str | Path | None = None,
    *,
    regime: str = "63",
    last: Period | str | None = None,
    as_of: date | None = None,
    vintage: str | None = None,
) -> pd.DataFrame:
    """Say for each period where the figures of the panel come from and when they were known.

    Parameters
    ----------
    store, regime, last, as_of, vintage
        As in `load_panel`.

    Returns
    -------
    DataFrame
        Index ``fiscal_year, months``; columns ``provenance`` and ``vintage`` (where a period has
        several, the least certain: simulated, reported, published; provisional, unspecified, final),
        ``source`` (the distinct ones, joined by "; ") and ``as_of`` (the latest day).
    """
    wanted = _Wanted.of(None, None, last, as_of, vintage, regime)
    about = ["fiscal_year", "months", "provenance", "source", "as_of", "vintage"]
    distinct = _winners(_read(store, [*_PANEL_COLUMNS, "source", "provenance"], wanted))[
        about
    ].drop_duplicates()
    text = distinct.astype({"provenance": "str", "source": "str", "vintage": "str"})
    grouped = text.groupby(["fiscal_year", "months"])
    return pd.DataFrame(
        {
            "provenance": grouped["provenance"].agg(lambda found: min(found, key=_LEAST_CERTAIN.index)),
            "source": grouped["source"].agg(lambda found: "; ".join(sorted(set(found)))),
            "as_of": grouped["as_of"].max(),
            "vintage": grouped["vintage"].agg(lambda found: min(found, key=_LEAST_CERTAIN.index)),
        }
    )


def periods(store: str | Path) -> list[Period]:
    """Periods of which the store holds figures, in order; none for a store that does not exist."""
    folder = Path(store)
    manifest = _read_manifest(folder)
    if not manifest["parts"]:
        return []
    held = _open_dataset(folder, manifest).to_table(["fiscal_year", "months"]).to_pandas().drop_duplicates()
    return sorted(Period(int(year), int(months)) for year, months in held.itertuples(index=False))


def stamp(store: str | Path) -> int:
    """Number that changes whenever the store's content does, for those who remember what they read."""
    path = Path(store) / "manifest.json"
    return int(file_sha256(path)[:15], 16) if path.is_file() else 0


def check(store: str | Path) -> list[str]:
    """Compare every part with the hash and the number of rows in the manifest.

    Returns
    -------
    list of str
        One sentence for each fault; empty when the store is whole. Files that the manifest does not
        name are no fault: they were left by a writer that was killed, and nothing reads them.
    """
    import pyarrow.parquet as pq

    folder = Path(store)
    faults = []
    for part in _read_manifest(folder)["parts"]:
        path = folder / "observations" / part["name"]
        cure = f"; restore it from a copy or ingest again: {', '.join(f['name'] for f in part['files'][:5])}"
        if not path.is_file():
            faults.append(f"{path}: missing{cure}")
        elif file_sha256(path) != part["sha256"]:
            faults.append(f"{path}: its content is not what was written{cure}")
        elif pq.read_metadata(path).num_rows != part["rows"]:
            faults.append(f"{path}: {pq.read_metadata(path).num_rows} rows, expected {part['rows']}{cure}")
    return faults
