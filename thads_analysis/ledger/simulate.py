"""A simulated ledger, organisation by organisation, whose forms are those of a panel to the last đồng."""

from __future__ import annotations

__all__ = ["SOURCE", "simulate", "simulate_tables"]

import shutil
from collections.abc import Iterator
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from thads_analysis.errors import DataError, UsageError
from thads_analysis.ledger.files import Ledger, Part, ledger_dir, read_manifest, replace_manifest, write_part
from thads_analysis.ledger.lives import EVENT_CODES, Items, Lives
from thads_analysis.ledger.positions import SINGLE_BOOK
from thads_analysis.ledger.record import EVENTS, KINDS, arrow_schema
from thads_analysis.org import Org
from thads_analysis.period import Period

if TYPE_CHECKING:
    import pyarrow as pa

SOURCE = "simulated"

_SEED = 20_221_001
_CASES_PER_EXECUTOR = 250
_EXECUTORS_PER_DISTRICT = 6
_BREAK = date(2020, 1, 5)
_LETTERS = np.frombuffer(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", dtype=np.uint8)
_KIND_SHARES = (0.40, 0.27, 0.01, 0.24, 0.035, 0.008, 0.002, 0.005, 0.03)
_LATE = (0.55, 0.8, 0.92, 0.97, 0.99)  # shares known on the day, a day later, ...
_EPOCH = date(1970, 1, 1).toordinal()


def simulate(panel: pd.DataFrame, data: str | Path | None = None, *, seed: int = _SEED) -> Ledger:
    """Write a simulated ledger of a panel into an empty data folder, one organisation at a time.

    Parameters
    ----------
    panel : DataFrame
        A panel as in `schema.to_panel`: for each organisation every month from an October on, every
        item. Its organisations and periods are those of the ledger.
    data : str or Path, optional
        The data folder, as in `paths.data_dir`; gets ``ledger/``.
    seed : int
        The same panel and seed give the same bytes.

    Returns
    -------
    Ledger
        Marked as simulated. `forms` of it give the panel back, item by item, month by month.

    Raises
    ------
    UsageError
        When the folder has a ledger already.
    DataError
        When items are missing or do not fit together.

    Notes
    -----
    No more than one organisation is in memory. The cases are invented: of their kinds, executors, ages
    and auctions nothing is known from any source.
    """
    folder = ledger_dir(data)
    if read_manifest(folder).parts:
        message = f"{folder}: has cases already; simulated ones go into a data folder of their own"
        raise UsageError(message)
    shutil.rmtree(folder / "parts", ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)
    parts: list[Part] = []
    for org in panel.index.unique("org"):
        for table, year, rows in simulate_tables(panel.loc[[org]], org, seed):
            parts.append(write_part(folder, table, org, year, rows))
    source = {"name": SOURCE, "sha256": "", "rows": sum(part.rows for part in parts)}
    ledger = Ledger(folder, tuple(parts), (source,), simulated=True)
    replace_manifest(ledger)
    return ledger


def simulate_tables(panel: pd.DataFrame, org: str, seed: int = _SEED) -> Iterator[tuple[str, int, pa.Table]]:
    """Yield the tables of one organisation: name, fiscal year, rows as `record.arrow_schema` has them."""
    rows = _rows(panel, org)
    province = Org.from_key(org)
    rng = np.random.Generator(np.random.PCG64([seed, int(province.regime), int(province.code)]))
    lives, horizon = _live(rows, rng)
    keys = _keys(lives.used, int(province.regime) * 100 + int(province.code), seed)
    yield from _case_tables(lives, keys, province, rng)
    yield from _event_tables(lives, keys, province, rng, horizon)


def _rows(panel: pd.DataFrame, org: str) -> list[tuple[Period, Items]]:
    """Rows of an organisation in order, every month from the first, nothing missing."""
    frame = panel.sort_index()
    years, months = (frame.index.get_level_values(level) for level in ("fiscal_year", "months"))
    periods = [Period(int(year), int(month)) for year, month in zip(years, months, strict=True)]
    if not periods or periods[0].months != 1 or any(b != a + 1 for a, b in pairwise(periods)):
        message = f"{org}: expected every month from an October on, found {', '.join(map(str, periods[:15]))}"
        raise DataError(message)
    if frame.isna().to_numpy().any():
        missing = [" ".join(map(str, column)) for column in frame.columns[frame.isna().any()]]
        message = f"{org}: {', '.join(missing)}: missing in some month; every item is needed"
        raise DataError(message)
    columns = [(str(column[0]), str(column[1])) for column in frame.columns.tolist()]
    values = frame.astype("int64").to_numpy().tolist()
    return [
        (period, dict(zip(columns, row, strict=True))) for period, row in zip(periods, values, strict=True)
    ]


def _live(rows: list[tuple[Period, Items]], rng: np.random.Generator) -> tuple[Lives, date]:
    first = rows[0][1]
    new = sum(items["cases", "new"] for period, items in rows if period.months == 12 or period == rows[-1][0])
    size = first["cases", "carried_in"] + first["cases", "separate_book"] + new
    whole = all(value % 1000 == 0 for _, items in rows for (m, _), value in items.items() if m == "money")
    lives = Lives(rng, size, 1000 if whole else 1, max(2, first["cases", "due"] // _CASES_PER_EXECUTOR))
    lives.open(first, rows[0][0].start)
    before: Items | None = None
    for period, items in rows:
        book = period.circular not in SINGLE_BOOK
        leaving = (0, 0)
        if before is not None:
            stood = "carried_out" if period.months == 1 else "carried_in"
            leaving = (
                before["cases", stood] - items["cases", "carried_in"],
                before["money", stood] - items["money", "carried_in"],
            )
        begin = date(*period.calendar_month, 1)
        if any(leaving) and book and begin < _BREAK:
            begin = _BREAK
        lives.live_month(
            items, None if period.months == 1 else before, leaving, (begin, period.end), book=book
        )
        before = items
    return lives, rows[-1][0].end


def _keys(count: int, org: int, seed: int) -> pa.Array:
    """Keys of twelve letters, all different: a bijection of the case's number (splitmix64)."""
    import pyarrow as pa

    mixed = (np.arange(count, dtype=np.uint64) + np.uint64(org << 40)) * np.uint64(
        0x9E3779B97F4A7C15
    ) + np.uint64(seed)
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        mixed = (mixed ^ (mixed >> np.uint64(shift))) * np.uint64(factor)
    mixed ^= mixed >> np.uint64(31)
    letters = np.empty((count, 12), dtype=np.uint8)
    letters[:, 0] = ord("s")
    for place in range(11):
        letters[:, place + 1] = _LETTERS[((mixed >> np.uint64(6 * place)) & np.uint64(63)).astype(np.intp)]
    offsets = pa.array(np.arange(count + 1, dtype=np.int32) * 12).buffers()[1]
    return pa.Array.from_buffers(pa.string(), count, [None, offsets, pa.py_buffer(letters.tobytes())])


def _executor_names(province: Org, numbers: NDArray[np.int16], many: int) -> pa.Array:
    import pyarrow as pa

    names = pa.array([f"S{province.code}-{number:03d}" for number in range(many)])
    return pa.DictionaryArray.from_arrays(pa.array(numbers.astype(np.int32)), names).cast(pa.string())


def _case_tables(
    lives: Lives, keys: pa.Array, province: Org, rng: np.random.Generator
) -> Iterator[tuple[str, int, pa.Table]]:
    import pyarrow as pa

    count = lives.used
    money = lives.amount[:count]
    kinds = rng.choice(len(KINDS), size=count, p=_KIND_SHARES).astype(np.int32)
    kind_names = list(KINDS)
    large = money > 500_000_000
    credit = large & np.isin(kinds, [0, 4]) & (rng.random(count) < 0.3)
    corruption = large & (kinds == kind_names.index("criminal")) & (rng.random(count) < 0.15)
    asked = np.where(kinds == kind_names.index("criminal"), 0.1, 0.3) + 0.3 * large
    initiative = (rng.random(count) < asked).astype(np.int32)
    executor = lives.executor[:count]
    district = (executor // _EXECUTORS_PER_DISTRICT).astype(np.int32)
    names = [
        f"{province.code}{number:02d}" if number else "" for number in range(int(district.max(initial=0)) + 1)
    ]
    columns = {
        "case_key": keys,
        "district_code": pa.DictionaryArray.from_arrays(pa.array(district), pa.array(names)),
        "executor": _executor_names(province, executor, lives.executors),
        "kind": pa.DictionaryArray.from_arrays(pa.array(kinds), pa.array(kind_names)),
        "initiative": pa.DictionaryArray.from_arrays(
            pa.array(initiative), pa.array(["ex_officio", "on_request"])
        ),
        "credit_institution": pa.array(credit),
        "corruption_economic": pa.array(corruption),
        "amount_due": pa.array(money),
        "intake_date": pa.array(lives.intake[:count]).cast(pa.date32()),
        "row": pa.array(np.arange(1, count + 1)),
    }
    years = _fiscal_years(lives.intake[:count])
    for year in np.unique(years):
        yield "cases", int(year), _table("cases", columns, province, np.flatnonzero(years == year))


def _event_tables(
    lives: Lives, keys: pa.Array, province: Org, rng: np.random.Generator, horizon: date
) -> Iterator[tuple[str, int, pa.Table]]:
    """Yield the events by fiscal year, those of a case together in their order."""
    import pyarrow as pa

    chunks, lives.chunks = lives.chunks, []
    event = {name: np.concatenate([chunk[name] for chunk in chunks]) for name in chunks[0]}
    del chunks
    kept = event["day"] <= horizon.toordinal() - _EPOCH
    event = {name: values[kept] for name, values in event.items()}
    accepted = event["code"] == EVENT_CODES["accepted"]
    event["amount"][accepted] = lives.amount[event["who"][accepted]]
    years = _fiscal_years(event["day"])
    names = pa.array(list(EVENTS))
    for year in np.unique(years):
        one = {name: values[years == year] for name, values in event.items()}
        one = {
            name: values[np.lexsort((one["step"], one["day"], one["who"]))] for name, values in one.items()
        }
        code, flags, amount = one["code"], one["flags"], one["amount"]
        is_auction, is_moved = code == EVENT_CODES["auction"], code == EVENT_CODES["executor_changed"]
        bare = ~np.isin(code, [EVENT_CODES[e.id] for e in EVENTS.values() if e.amount])
        columns = {
            "case_key": keys.take(pa.array(one["who"])),
            "date": pa.array(one["day"]).cast(pa.date32()),
            "step": pa.array(one["step"]),
            "recorded_on": pa.array(_recorded(one["day"], rng)).cast(pa.date32()),
            "event": pa.DictionaryArray.from_arrays(pa.array(code.astype(np.int32)), names),
            "amount": pa.array(amount, mask=bare),
            "partial": pa.array((flags & 1).astype(bool)),
            "ground": pa.DictionaryArray.from_arrays(
                pa.array(1 - (flags >> 1 & 1).astype(np.int32), mask=code != EVENT_CODES["postponed"]),
                pa.array(["art48_1c", "other"]),
            ),
            "round": pa.array(one["number"], mask=~is_auction),
            "starting_price": pa.array(amount, mask=~is_auction),
            "outcome": pa.DictionaryArray.from_arrays(
                pa.array(1 - (flags >> 2 & 1).astype(np.int32), mask=~is_auction),
                pa.array(["sold", "unsold"]),
            ),
            "executor": pa.DictionaryArray.from_arrays(
                pa.array(one["number"].astype(np.int32), mask=~is_moved),
                pa.array([f"S{province.code}-{number:03d}" for number in range(lives.executors)]),
            ),
            "row": pa.array(np.arange(1, len(code) + 1)),
        }
        yield "events", int(year), _table("events", columns, province)


def _recorded(day: NDArray[np.int32], rng: np.random.Generator) -> NDArray[np.int32]:
    """Day of knowledge: the same or a few days later, by the 5th of the next month at the latest."""
    lag = np.searchsorted(_LATE, rng.random(len(day))).astype(np.int32)
    month = day.astype("datetime64[D]").astype("datetime64[M]") + 1
    limit = month.astype("datetime64[D]").astype(np.int64) + 4
    known: NDArray[np.int32] = np.minimum(day + lag, limit).astype(np.int32)
    return known


def _fiscal_years(day: NDArray[np.int32]) -> NDArray[np.int64]:
    month = day.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    years: NDArray[np.int64] = (month + 3) // 12 + 1970
    return years


def _table(
    name: str, columns: dict[str, pa.Array], province: Org, rows: NDArray[np.intp] | None = None
) -> pa.Table:
    """Rows of a table with its schema, ordered by case."""
    import pyarrow as pa

    count = len(columns["case_key"])
    fixed = {"org_regime": province.regime, "org_code": province.code, "file": SOURCE}
    arrays = []
    for field in arrow_schema(name):
        if field.name in fixed:
            arrays.append(pa.repeat(fixed[field.name], count))
        else:
            arrays.append(columns[field.name].cast(field.type))
    table = pa.Table.from_arrays(arrays, schema=arrow_schema(name))
    return table if rows is None else table.take(pa.array(rows))
