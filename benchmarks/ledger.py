"""Measure the ledger of cases: ``python -m benchmarks.ledger [DIR] [--millions 1 10 60] [--rounds 3]``.

Simulated ledgers of about 1, 10 and 60 million events are made in DIR and removed again; that of 60 is
doubled to 120 before it goes. Each measurement is a process of its own, so that its peak memory is its own; those that are
compared take turns. The bare query scans and groups the columns that the forms need, one organisation
after the other as the forms do (``bare``) and all in one (``bare, at once``).
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
from thads_analysis.ledger.simulate import simulate
from thads_analysis.period import Period
from thads_analysis.sample import make_observations

PERIOD = Period(2023, 9)
KNOWN = date(2023, 7, 5)
THREADS = 2
SIZES = {1: (1, 3), 10: (1, 23), 60: (9, 63)}
"""By millions of events: the sample's figures are multiplied by a quarter of the first number for as many
organisations as the second says (27 million events are the sample itself)."""
EVENT_COLUMNS = ["case_key", "date", "step", "event", "amount", "partial", "ground"]


def make_panel(millions: int) -> pd.DataFrame:
    """Take the sample a whole number of times for each organisation, so that it still adds up."""
    quarters, many = SIZES[millions]
    observations = make_observations()
    panel = schema.to_panel(observations[observations["vintage"] != "provisional"])
    chosen = panel.index.unique("org")[-many:] if many < 63 else panel.index.unique("org")
    panel = panel.loc[chosen.tolist()]
    times = {org: (quarters + place % 4) // 4 or 1 for place, org in enumerate(chosen)}
    return panel.mul(panel.index.get_level_values("org").map(times), axis=0).astype("Int64")


def bare_query(condition: str) -> str:
    return f"""SELECT count(*), max(d), max(s), max(e), max(g), bool_or(p), sum(a), max(c) FROM (
        SELECT org_regime, org_code, case_key, max(date) d, max(step) s, max(event) e, max(ground) g,
            bool_or(partial) p, sum(amount) a, count(*) c
        FROM events WHERE {condition} GROUP BY ALL)"""


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
    states = ["accepted", "eligible", "not_eligible", "postponed", "suspended", "resumed", "other_pending",
              "to_separate_book", "struck_off", "completed", "discontinued", "entrusted", "revoked"]  # fmt: skip
    setting = frame[frame["event"].isin(states) & ~frame["partial"]]
    now = setting.groupby("case_key").last()
    then = setting[setting["day"] < pd.Timestamp(PERIOD.start)].groupby("case_key").last()
    flows = ["collected", "discontinued", "reduced", "entrusted", "revoked", "struck_off"]
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


def double(folder: Path) -> None:
    """Let every event happen to a second case as well."""
    ledger = read_manifest(folder)
    parts = []
    with open_duckdb(threads=THREADS) as connection:
        for part in ledger.parts:
            if part.table == "events":
                path = part.path.replace(".parquet", "d.parquet")
                connection.execute(
                    "COPY (SELECT * REPLACE ('d' || case_key[2:] AS case_key) "
                    f"FROM read_parquet('{folder / part.path}', hive_partitioning = false)) "
                    f"TO '{folder / path}' (FORMAT parquet, COMPRESSION zstd)"
                )
                parts.append(replace(part, path=path))
    replace_manifest(replace(ledger, parts=(*ledger.parts, *parts)))


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
            out = subprocess.run(
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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=None)
    parser.add_argument("--millions", type=int, nargs="*", default=[1, 10, 60], choices=sorted(SIZES))
    parser.add_argument("--rounds", type=int, default=3)
    chosen = parser.parse_args()
    base = Path(tempfile.mkdtemp(prefix="thads-bench-", dir=chosen.folder))
    print("| ledger | task | s | s of processor | × wall | × processor | MB at most | MB spilt |")
    print("|---|---|---|---|---|---|---|---|")
    try:
        for millions in chosen.millions:
            data = base / str(millions)
            data.mkdir()
            folder = data / "ledger"
            compare(f"{millions} M", ("generate",), folder, 1, millions=millions)
            ledger = read_manifest(folder)
            rows = {
                table: sum(p.rows for p in ledger.parts if p.table == table) for table in ("cases", "events")
            }
            size = sum(path.stat().st_size for path in folder.rglob("*.parquet")) / 2**20
            name = f"{rows['cases'] / 1e6:.1f} M cases, {rows['events'] / 1e6:.1f} M events, {size:.0f} MB"
            compare(name, ("forms", "bare"), folder, chosen.rounds)
            if millions == 60:
                compare(name, ("forms, past", "bare, past"), folder, chosen.rounds)
                compare(name, ("bare, at once",), folder, 1)
            if millions == 10:
                some = list(ledger.orgs)[:6]
                compare(f"{name}: six provinces", ("pandas", "forms"), folder, chosen.rounds, orgs=some)
            if millions == 60:
                double(folder)
                name = f"{2 * rows['events'] / 1e6:.0f} M events"
                compare(name, ("forms", "bare"), folder, 1)
                compare(f"{name}, within 250 MB", ("forms",), folder, 1, memory="250MB")
                compare(f"{name}, within 600 MB", ("bare, at once",), folder, 1, memory="600MB")
            shutil.rmtree(data)
    finally:
        shutil.rmtree(base, ignore_errors=True)


if __name__ == "__main__":
    main()
