"""Measure the ledger of cases: ``python -m benchmarks.ledger [DIR] [--rounds 3]``.

Ledgers of about 1 and 15 million events are simulated in DIR; the second grows to 60 and 100 million by
letting the same events happen to further cases; all of it is removed at the end (about 3 GB). Each
measurement is a process of its own, so that its peak memory is its own; those that are compared take
turns. The bare query scans and groups the columns that the forms need, one organisation after the other
as the forms do (``bare``), and all at once. ``past`` is the state as known on an earlier day.
"""

from __future__ import annotations

__all__ = ["main"]

import argparse
import json
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import replace
from datetime import date
from pathlib import Path

import pandas as pd

from thads_analysis import schema
from thads_analysis.ledger.files import create_view, open_duckdb, read_manifest, replace_manifest
from thads_analysis.ledger.forms import forms
from thads_analysis.ledger.record import EVENTS
from thads_analysis.ledger.simulate import simulate
from thads_analysis.period import Period
from thads_analysis.sample import make_observations

PERIOD = Period(2023, 9)
KNOWN = date(2023, 7, 5)
THREADS = 2
PROVINCES = {1: 3, 15: 23}
"""By millions of events: of how many of the sample's provinces, over all of its years."""
EVENT_COLUMNS = ["case_key", "date", "step", "event", "amount", "partial", "ground"]


def make_panel(millions: int) -> pd.DataFrame:
    observations = make_observations()
    panel = schema.to_panel(observations[observations["vintage"] != "provisional"])
    return panel.loc[panel.index.unique("org")[-PROVINCES[millions] :].tolist()]


def bare_query(condition: str) -> str:
    return f"""SELECT count(*), max(d), max(s), max(e), max(g), bool_or(p), sum(a), max(c) FROM (
        SELECT org_regime, org_code, case_key, max(date) d, max(step) s, max(event) e, max(ground) g,
            bool_or(partial) p, sum(amount) a, count(*) c
        FROM events WHERE {condition} GROUP BY ALL)"""  # noqa: S608 - ours


def run_bare(folder: Path, *, as_of: date | None, at_once: bool, memory: str, orgs: list[str] | None) -> None:
    ledger = read_manifest(folder)
    condition = f"date <= DATE '{PERIOD.end}'" + (f" AND recorded_on <= DATE '{as_of}'" if as_of else "")
    everyone = orgs or list(ledger.orgs)
    with open_duckdb(threads=THREADS, memory_limit=memory) as connection:
        for group in [everyone] if at_once else [[org] for org in everyone]:
            create_view(connection, "events", ledger.paths("events", group, PERIOD.fiscal_year))
            connection.execute(bare_query(condition)).fetchall()


def run_pandas(folder: Path, orgs: list[str]) -> None:
    """Count the stocks and flows of the year the way one would in pandas."""
    paths = read_manifest(folder).paths("events", orgs, PERIOD.fiscal_year)
    frame = pd.concat(
        [pd.read_parquet(path, columns=EVENT_COLUMNS, partitioning=None) for path in paths], ignore_index=True
    )
    days = pd.to_datetime(frame["date"])
    frame = frame[days <= pd.Timestamp(PERIOD.end)].assign(day=days)
    frame = frame.sort_values(["case_key", "day", "step"], kind="stable")
    late = frame["day"] >= pd.Timestamp(PERIOD.start)
    states = [event.id for event in EVENTS.values() if event.state]
    setting = frame[frame["event"].isin(states) & ~frame["partial"]]
    now = setting.groupby("case_key").last()
    then = setting[setting["day"] < pd.Timestamp(PERIOD.start)].groupby("case_key").last()
    flows = [event.id for event in EVENTS.values() if event.reduces]
    taken = frame[frame["event"].isin(flows)]
    accepted = frame[frame["event"] == "accepted"].groupby("case_key")["amount"].max()
    left = accepted.sub(taken.groupby("case_key")["amount"].sum(), fill_value=0)
    year = taken[late.loc[taken.index]].groupby("event")["amount"].sum()
    table = now.join(then["event"].rename("opening")).join(left.rename("left"))
    table["ground"] = table["ground"].fillna("")
    stocks = table.groupby(["event", "ground", "opening"], dropna=False)["left"].agg(["size", "sum"])
    assert len(stocks)
    assert year.sum() > 0


def run_task(task: str, folder: Path, memory: str, orgs: list[str] | None, millions: int) -> dict[str, float]:
    begun, cpu = time.perf_counter(), time.process_time()
    as_of = KNOWN if task.endswith("past") else None
    if task == "generate":
        simulate(make_panel(millions), folder.parent)
    elif task.startswith("forms"):
        forms(read_manifest(folder), PERIOD, orgs=orgs, as_of=as_of, threads=THREADS, memory_limit=memory)
    elif task == "pandas":
        run_pandas(folder, orgs or [])
    else:
        run_bare(folder, as_of=as_of, at_once="at once" in task, memory=memory, orgs=orgs)
    return {
        "seconds": time.perf_counter() - begun,
        "cpu": time.process_time() - cpu,
        "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def grow(folder: Path, times: int) -> None:
    """Let every event happen to further cases, so that there are as many times more."""
    ledger = read_manifest(folder)
    parts = [part for part in ledger.parts if not part.path.endswith("x.parquet")]
    more = []
    with open_duckdb(threads=THREADS) as connection:
        for part in parts:
            for copy in range(1, times):
                if part.table == "cases":
                    continue
                path = part.path.replace(".parquet", f"-{copy}x.parquet")
                if not (folder / path).exists():
                    connection.execute(
                        f"COPY (SELECT * REPLACE ('{chr(97 + copy)}' || case_key[2:] AS case_key) "  # noqa: S608
                        f"FROM read_parquet('{folder / part.path}', hive_partitioning = false)) "
                        f"TO '{folder / path}' (FORMAT parquet, COMPRESSION zstd)"
                    )
                more.append(replace(part, path=path))
    replace_manifest(replace(ledger, parts=(*parts, *more)))


def measure(
    task: str, folder: Path, *, memory: str = "1200MB", orgs: list[str] | None = None, millions: int = 0
) -> dict[str, float]:
    """Run a task in a process of its own, and watch what it spills to disk meanwhile."""
    with tempfile.TemporaryDirectory(prefix="bench-", dir=folder.parent) as spill:
        code = "import sys; from benchmarks.ledger import child; child(sys.argv[1:])"
        command = [sys.executable, "-c", code, task, str(folder), memory, ",".join(orgs or []), str(millions)]
        most = [0]
        done = threading.Event()

        def watch() -> None:
            while not done.wait(0.05):
                sizes = []
                for path in Path(spill).rglob("*"):
                    try:
                        sizes.append(path.stat().st_blocks * 512)
                    except FileNotFoundError:
                        continue
                most[0] = max(most[0], sum(sizes))

        watcher = threading.Thread(target=watch)
        watcher.start()
        try:
            out = subprocess.run(  # noqa: S603 - this interpreter, our own code
                command, env={**_environment(), "TMPDIR": spill}, check=True, capture_output=True
            )
        finally:
            done.set()
            watcher.join()
    return {**json.loads(out.stdout), "spilt": most[0] / 2**20}


def _environment() -> dict[str, str]:
    import os

    return {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parent.parent)}


def child(arguments: list[str]) -> None:
    task, folder, memory, orgs, millions = arguments
    print(json.dumps(run_task(task, Path(folder), memory, orgs.split(",") if orgs else None, int(millions))))


def compare(label: str, tasks: tuple[str, ...], folder: Path, rounds: int, **options: object) -> None:
    """Let tasks take turns; print the least time of each, and how many times that of the last."""
    found: dict[str, list[dict[str, float]]] = {task: [] for task in tasks}
    for _ in range(rounds):
        for task in tasks:
            found[task].append(measure(task, folder, **options))  # type: ignore[arg-type]
    least = {
        task: {key: min(run[key] for run in runs) for key in ("seconds", "cpu")}
        for task, runs in found.items()
    }
    for task, runs in found.items():
        base = least[tasks[-1]]
        print(
            f"| {label} | {task} | {least[task]['seconds']:.1f} | {least[task]['cpu']:.1f} "
            f"| {least[task]['seconds'] / base['seconds']:.2f} | {least[task]['cpu'] / base['cpu']:.2f} "
            f"| {max(run['memory'] for run in runs):.0f} | {max(run['spilt'] for run in runs):.0f} |",
            flush=True,
        )


def describe(folder: Path) -> str:
    parts = [part for part in read_manifest(folder).parts if part.table == "events"]
    size = sum((folder / part.path).stat().st_size for part in parts) / 2**20
    return f"{sum(part.rows for part in parts) / 1e6:.1f} M events, {size:.0f} MB"


def measure_growth(folder: Path, rounds: int) -> None:
    """Measure a ledger of 15 million events, then as it grows."""
    name = describe(folder)
    compare(name, ("forms", "bare"), folder, rounds)
    some = list(read_manifest(folder).orgs)[:6]
    compare(f"{name}, six provinces", ("pandas", "forms"), folder, rounds, orgs=some)
    grow(folder, 4)
    name = describe(folder)
    compare(name, ("forms", "bare, at once", "bare"), folder, rounds)
    compare(name, ("forms, past", "bare, past"), folder, rounds)
    grow(folder, 7)
    name = describe(folder)
    compare(name, ("forms", "bare"), folder, 1)
    compare(f"{name}, within 250 MB", ("forms",), folder, 1, memory="250MB")
    compare(f"{name}, within 600 MB", ("bare, at once",), folder, 1, memory="600MB")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=None)
    parser.add_argument("--rounds", type=int, default=3)
    chosen = parser.parse_args()
    base = Path(tempfile.mkdtemp(prefix="thads-bench-", dir=chosen.folder))
    print("| ledger | task | s | s of processor | × wall | × processor | MB at most | MB spilt |")
    print("|---|---|---|---|---|---|---|---|")
    try:
        for millions in PROVINCES:
            folder = base / str(millions) / "ledger"
            folder.parent.mkdir()
            compare(f"{millions} M", ("generate",), folder, 1, millions=millions)
            if millions == 1:
                compare(describe(folder), ("forms", "bare"), folder, chosen.rounds)
        measure_growth(folder, chosen.rounds)
    finally:
        shutil.rmtree(base, ignore_errors=True)


if __name__ == "__main__":
    main()
