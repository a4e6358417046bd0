"""Eleven made-up cases of one province, small enough to be worked through by hand."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from thads_analysis.ledger.files import Ledger, Part, ledger_dir, replace_manifest
from thads_analysis.ledger.record import CASE_COLUMNS, EVENT_COLUMNS, EVENTS, arrow_schema

M = 1_000_000

CASES = [
    ("case-0001", "461", "chv-0001", "civil", 100 * M, "2021-01-10"),
    ("case-0002", "461", "chv-0001", "business", 1000 * M, "2022-11-15"),
    ("case-0003", "462", "chv-0002", "criminal", 50 * M, "2022-01-05"),
    ("case-0004", "462", "chv-0002", "civil", 20 * M, "2022-02-01"),
    ("case-0005", None, "chv-0003", "marriage_and_family", 0, "2022-12-05"),
    ("case-0006", "461", "chv-0001", "civil", 5 * M, "2022-12-20"),
    ("case-0007", "462", "chv-0002", "criminal", 8 * M, "2022-10-10"),
    ("case-0008", "461", "chv-0001", "civil", 40 * M, "2023-01-10"),
    ("case-0009", "461", "chv-0001", "civil", 60 * M, "2021-06-01"),
    ("case-0010", "462", "chv-0002", "civil", 15 * M, "2022-11-01"),
    ("case-0011", "462", "chv-0002", "civil", 7 * M, "2023-06-30"),
]
"""Key, district, executor, kind, amount due, intake."""

HAPPENED: list[tuple[str, str, str, dict[str, Any]]] = [
    *((key, intake, "accepted", {"amount": amount}) for key, _, _, _, amount, intake in CASES),
    # Three rounds without a buyer; money held since December.
    ("case-0001", "2022-03-01", "auction", {"round": 1, "starting_price": 90 * M, "outcome": "unsold"}),
    ("case-0001", "2022-05-01", "auction", {"round": 2, "starting_price": 80 * M, "outcome": "unsold"}),
    ("case-0001", "2022-12-01", "collected", {"amount": 30 * M}),
    ("case-0001", "2022-12-10", "paid_out", {"amount": 20 * M}),
    ("case-0001", "2023-02-01", "auction", {"round": 3, "starting_price": 70 * M, "outcome": "unsold"}),
    ("case-0002", "2023-01-15", "postponed", {"ground": "art48_1c"}),
    # Sold, paid for, not handed over.
    ("case-0003", "2022-06-01", "auction", {"round": 1, "starting_price": 40 * M, "outcome": "sold"}),
    ("case-0003", "2022-06-20", "collected", {"amount": 40 * M}),
    ("case-0003", "2022-07-01", "paid_out", {"amount": 40 * M}),
    # Out of eligible at the year's end, back after it.
    ("case-0004", "2022-08-15", "not_eligible", {}),
    ("case-0004", "2022-10-20", "eligible", {}),
    ("case-0005", "2023-03-01", "completed", {}),
    # To another executor twelve days before it was finished.
    ("case-0006", "2023-04-20", "executor_changed", {"executor": "chv-0003"}),
    ("case-0006", "2023-05-02", "collected", {"amount": 5 * M}),
    ("case-0006", "2023-05-02", "completed", {}),
    ("case-0006", "2023-05-20", "paid_out", {"amount": 3 * M}),
    ("case-0007", "2022-12-01", "not_eligible", {}),
    ("case-0007", "2023-06-01", "to_separate_book", {}),
    # Known three days after the period's end.
    ("case-0008", "2023-06-10", "discontinued", {"amount": 40 * M, "recorded_on": "2023-07-03"}),
    ("case-0009", "2022-09-05", "suspended", {}),
    ("case-0010", "2023-01-05", "entrusted", {"amount": 15 * M}),
]
"""Key, day, event and what it carries."""


def write_small_ledger(data: Path, keep: Callable[[date], bool] = lambda recorded: True) -> Ledger:
    """Write the cases into a data folder, with the events that were recorded on the days to keep."""
    return write_ledger(data, [(*case, "63", "45") for case in CASES], HAPPENED, keep)


def write_ledger(
    data: Path,
    cases: list[tuple[Any, ...]],
    happened: list[tuple[str, str, str, dict[str, Any]]],
    keep: Callable[[date], bool] = lambda recorded: True,
) -> Ledger:
    """Write cases and events as the ledger keeps them: Parquet by organisation and year."""
    names = ["case_key", "district_code", "executor", "kind", "amount_due", "intake_date"]
    of = pd.DataFrame(cases, columns=[*names, "org_regime", "org_code"])
    of = of.assign(initiative="on_request", credit_institution=False, corruption_economic=False)
    of["intake_date"] = pd.to_datetime(of["intake_date"]).dt.date
    rows: list[dict[str, Any]] = []
    for key, day, event, more in happened:
        assert event in EVENTS
        steps = sum(row["case_key"] == key and row["date"] == date.fromisoformat(day) for row in rows)
        row = {"case_key": key, "date": date.fromisoformat(day), "step": steps, "event": event}
        row |= {"partial": False, "recorded_on": day} | more
        rows.append(row | {"recorded_on": date.fromisoformat(row["recorded_on"])})
    events = pd.DataFrame([row for row in rows if keep(row["recorded_on"])])
    events = events.merge(of[["case_key", "org_regime", "org_code"]], on="case_key")
    events = events.reindex(columns=EVENT_COLUMNS)
    folder, parts = ledger_dir(data), []
    for table, frame, day, columns in (
        ("cases", of, "intake_date", CASE_COLUMNS),
        ("events", events, "date", EVENT_COLUMNS),
    ):
        frame = frame[columns].assign(file="small.csv", row=range(len(frame)))
        years = frame[day].map(lambda one: one.year + (one.month >= 10))
        for (regime, code, year), part in frame.groupby(["org_regime", "org_code", years]):
            path = f"{table}/org_regime={regime}/org_code={code}/fiscal_year={year}/part.parquet"
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            content = pa.Table.from_pandas(part, schema=arrow_schema(table), preserve_index=False)
            pq.write_table(content.drop_columns(["org_regime", "org_code"]), folder / path)
            parts.append(Part(table, f"{regime}:{code}", int(year), path, len(part)))
    ledger = Ledger(folder, tuple(parts), ({"name": "small.csv", "sha256": "0" * 64, "rows": len(of)},))
    replace_manifest(ledger)
    return ledger
