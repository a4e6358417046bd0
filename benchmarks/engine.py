"""How long a notebook takes on each way to run it, beside its code alone: ``python -m benchmarks.engine``.

All ways run the same real notebooks, in turns within one run, because a machine's speed drifts. The
floor is the notebook's own code, called as plain functions in processes that have imported everything
and hold the figures ready. Starting and ending those processes is not counted, nor is it for the workers
of the other ways; what a command does for every notebook is. Every way has its figures and tables counted:
one that is fast because it lost some is no way.

Wall times are compared, each round anew; the table gives the median round, the quickest beside it, and
processor time, which other work on the machine disturbs less. Each round has other provinces and new
processes: a warm one must not have the answers ready from the round before. The ways that take minutes
have fewer rounds.
"""

from __future__ import annotations

__all__ = ["main"]

import argparse
import ast
import contextlib
import json
import math
import multiprocessing
import os
import platform
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from thads_analysis.context import PREPARED, Context, load_context, save_context
from thads_analysis.org import NATION, provinces
from thads_analysis.paths import data_dir, notebook_file
from thads_analysis.period import Period
from thads_analysis.run import Job, execute, make_plan, run_period
from thads_analysis.run.plan import longest_first
from thads_analysis.sample.install import ensure_sample

ONE_THREAD = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "JE_ARROW_MALLOC_CONF": "background_thread:false",
    "MPLBACKEND": "agg",
    "PYDEVD_DISABLE_FILE_VALIDATION": "1",
}
TARGETS = {"pool of stock papermill": 4.0, "loop of commands": 8.0}
FORKED = "forked kernels (thads run)"


Shown = dict[str, tuple[int, int]]
"""Figures and tables of each page."""


@dataclass(frozen=True)
class Round:
    """What all notebooks took on one way, once: wall and processor seconds; and what their pages hold."""

    seconds: float
    cpu: float
    shown: Shown


@dataclass
class Way:
    """One way to run notebooks, how many rounds it is to have, and those that it had."""

    run: Callable[[list[Job]], Round]
    wanted: int
    rounds: list[Round] = field(default_factory=list)

    @property
    def seconds(self) -> float:
        """Wall time of the median round."""
        return median(done.seconds for done in self.rounds)


def used_cpu() -> float:
    """Processor seconds of this process and of its children that have ended."""
    return sum(os.times()[:4])


def count(html: str) -> tuple[int, int]:
    """Figures and tables of a page or of what a cell shows."""
    return len(re.findall(r'<img[^>]*src="data:image/png', html)), html.count("<table")


# --- the floor: the notebook's code as plain functions


def warm_up(prepared: str) -> None:
    os.environ |= {**ONE_THREAD, PREPARED: prepared}
    from thads_analysis.run import zygote

    zygote._warm()
    zygote._rehearse(next(Path(prepared).iterdir()).name)


def call_plainly(job: Job) -> tuple[str, tuple[int, int], float]:
    began = used_cpu()
    names: dict[str, object] = {}
    figures = tables = 0
    for number, cell in enumerate(
        c for c in json.loads(job.topic.source)["cells"] if c["cell_type"] == "code"
    ):
        code = ast.parse("".join(cell["source"]))
        if number == 0:
            exec(compile(code, "cell", "exec"), names)  # noqa: S102 - our own notebook
            names |= job.parameters.model_dump()
            continue
        last = code.body.pop()
        assert isinstance(last, ast.Expr)
        exec(compile(code, "cell", "exec"), names)  # noqa: S102
        shown = eval(compile(ast.Expression(last.value), "cell", "eval"), names)  # noqa: S307
        found = count(shown._repr_html_()) if hasattr(shown, "_repr_html_") else (0, 0)
        figures, tables = figures + found[0], tables + found[1]
    return job.stem, (figures, tables), used_cpu() - began


# --- a pool of stock papermill


def start_stock_worker(data: str) -> None:
    os.environ |= {**ONE_THREAD, "THADS_DATA": data}
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # each kernel warns that loopback is not encrypted
    import nbconvert  # noqa: F401
    import papermill  # noqa: F401

    from thads_analysis.site.render import _exporter

    _exporter()


def run_stock(job: Job) -> tuple[str, tuple[int, int], float]:
    import papermill

    from thads_analysis.site import render_page

    began = used_cpu()
    with tempfile.TemporaryDirectory() as folder:
        executed = papermill.execute_notebook(
            str(notebook_file(job.topic.name)),
            str(Path(folder, "out.ipynb")),
            parameters=job.parameters.model_dump(),
            kernel_name="python3",
            progress_bar=False,
        )
    shown = count(render_page(executed, title=job.stem, lang="vi"))
    return job.stem, shown, used_cpu() - began


# --- a loop of commands


def run_commands(jobs: list[Job], data: Path) -> Round:
    shown = {}
    environment = {**os.environ, **ONE_THREAD, "THADS_DATA": str(data)}
    tools = Path(sys.executable).parent
    started, began = time.perf_counter(), used_cpu()
    with tempfile.TemporaryDirectory() as folder:
        for job in jobs:
            out = Path(folder, "out.ipynb")
            parameters = [w for n, v in job.parameters.model_dump().items() if v for w in ("-p", n, v)]
            for command in (
                [tools / "papermill", notebook_file(job.topic.name), out, *parameters],
                [tools / "jupyter", "nbconvert", "--to", "html", "--no-input", out],
            ):
                subprocess.run(command, check=True, env=environment, capture_output=True, cwd=folder)  # noqa: S603
            shown[job.stem] = count(out.with_suffix(".html").read_text(encoding="utf-8"))
    return Round(time.perf_counter() - started, used_cpu() - began, shown)


# --- forked kernels, as thads run uses them


def run_forked(jobs: list[Job], data: Path, workers: int, context: Context) -> Round:
    shown, cpu, started, ended = {}, 0.0, 0.0, 0.0
    for result in execute(jobs, data=data, workers=workers, timeout=600, context=context):
        ended = time.perf_counter()
        # The first notebook started when the workers and the warm process had.
        started = started or ended - result.seconds
        if result.failure or not result.page:
            raise SystemExit(f"{result.job.stem}: {result.failure}")
        cpu += result.cpu_seconds
        shown[result.job.stem] = count(result.page.html)
    return Round(ended - started, cpu, shown)


@contextlib.contextmanager
def peak_memory() -> Iterator[list[float]]:
    """Largest memory of this process's tree in MB while the block runs, shared pages counted once."""
    peak, done = [0.0], threading.Event()

    def watch() -> None:
        while not done.wait(0.2):
            peak[0] = max(peak[0], sum(map(proportional_memory, descendants(os.getpid()))))

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield peak
    finally:
        done.set()
        thread.join()


def descendants(pid: int) -> list[int]:
    found = [pid]
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            for child in task.read_text().split():
                found += descendants(int(child))
    return found


def proportional_memory(pid: int) -> float:
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) / 1e3
    return 0.0


def run_in_pool(
    start: Callable[[str], None],
    argument: str,
    call: Callable[[Job], tuple[str, tuple[int, int], float]],
    jobs: list[Job],
    workers: int,
    spare: list[Job],
) -> Round:
    """Run jobs in new processes that have each run the spare ones before."""
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, spawn, start, (argument,)) as pool:
        list(pool.map(call_each, [call] * workers, [spare] * workers))
        started = time.perf_counter()
        done = list(pool.map(call, jobs))
        seconds = time.perf_counter() - started
    return Round(seconds, sum(cpu for _, _, cpu in done), {stem: shown for stem, shown, _ in done})


def call_each(call: Callable[[Job], object], jobs: list[Job]) -> None:
    for job in jobs:
        call(job)


def compare(args: argparse.Namespace, data: Path) -> bool:
    rounds, spare = choose_jobs(args)
    context = load_context(Period.parse(args.period), str(data))
    with tempfile.TemporaryDirectory() as prepared:
        save_context(context, Path(prepared))
        workers, many, few = args.workers, args.rounds, args.slow_rounds
        ways = {
            "plain functions (floor)": Way(
                lambda jobs: run_in_pool(warm_up, prepared, call_plainly, jobs, workers, spare), many
            ),
            FORKED: Way(lambda jobs: run_forked(jobs, data, workers, context), many),
            "pool of stock papermill": Way(
                lambda jobs: run_in_pool(start_stock_worker, str(data), run_stock, jobs, workers, spare), few
            ),
            "loop of commands": Way(lambda jobs: run_commands(jobs, data), few),
        }
        for number, jobs in enumerate(rounds):
            for way in ways.values():
                if number < way.wanted:
                    way.rounds.append(way.run(jobs))
    return report({name: way for name, way in ways.items() if way.rounds}, len(rounds[0]), args)


def choose_jobs(args: argparse.Namespace) -> tuple[list[list[Job]], list[Job]]:
    """Choose the jobs of each round, about the nation and provinces that no other has; and spare ones."""
    codes = [org.code for org in provinces(Period.parse(args.period).org_regime)]
    if args.rounds * args.provinces >= len(codes):
        raise SystemExit(f"There are {len(codes)} provinces; choose fewer rounds, or fewer in a round")
    rounds = [codes[i :: args.rounds][: args.provinces] for i in range(args.rounds)]
    spare = make_plan(args.period, orgs=codes[-1:]).jobs
    return [longest_first(make_plan(args.period, orgs=[NATION.code, *some]).jobs) for some in rounds], spare


def report(ways: dict[str, Way], pages: int, args: argparse.Namespace) -> bool:
    floor, forked = list(ways.values())[:2]
    print(
        f"{pages} notebooks, {args.workers} workers, {args.rounds} rounds in turns, {args.slow_rounds} of "
        "them with the slow ways; seconds a notebook, figures and tables a round"
    )
    print(f"{'way':27} {'wall':>6} {'least':>6} {'x floor':>7} {'CPU':>6} {'x floor':>7} figures tables")

    def base(way: Way) -> float:
        return median(done.cpu for done in floor.rounds[: len(way.rounds)])

    good = True
    for name, way in ways.items():
        least, cpu = min(done.seconds for done in way.rounds), median(done.cpu for done in way.rounds)
        figures, tables = (sum(shown[i] for shown in way.rounds[0].shown.values()) for i in (0, 1))
        print(
            f"{name:27} {way.seconds / pages:6.3f} {least / pages:6.3f} {median(ratios(way, floor)):7.2f} "
            f"{cpu / pages:6.3f} {cpu / base(way):7.2f} {figures:7} {tables:6}"
        )
        if lost := [
            stem
            for done, truth in zip(way.rounds, floor.rounds, strict=False)
            for stem, shown in truth.shown.items()
            if done.shown.get(stem) != shown
        ]:
            good = False
            print(f"  NOT the same figures and tables: {', '.join(lost)}")
    goals = [(forked, floor, "times the floor, at most 1.20", 0.0, 1.2)]
    for name, least in TARGETS.items():
        if name in ways:
            text = f"times faster than the {name}, at least {least:g}"
            goals.append((ways[name], forked, text, least, math.inf))
    for way, other, text, low, high in goals:
        each = ratios(way, other)
        reached = low <= median(each) <= high
        spread = f" (each round: {', '.join(f'{value:.2f}' for value in each)})" if len(each) > 1 else ""
        print(f"{'reached' if reached else 'MISSED '}: {median(each):.2f} {text}{spread}")
        good = good and reached
    return good


def ratios(way: Way, base: Way) -> list[float]:
    """One way's wall time to another's, in each round that both had."""
    return [a.seconds / b.seconds for a, b in zip(way.rounds, base.rounds, strict=False)]


def whole(args: argparse.Namespace, data: Path) -> None:
    """Print what a whole period takes, from the store to the index, all processes and imports included."""
    plan = make_plan(args.period)
    with tempfile.TemporaryDirectory() as folder, peak_memory() as peak:
        started = time.perf_counter()
        outcome = run_period(
            plan, data=data, folder=Path(folder, str(plan.period)), workers=args.workers, timeout=600
        )
        seconds = time.perf_counter() - started
        sizes = {
            suffix: sum(file.stat().st_size for file in Path(folder).rglob(f"*.{suffix}")) / 1e6
            for suffix in ("html", "ipynb", "json")
        }
    print(
        f"\nthe whole of {plan.period}: {len(outcome.entries)} pages, {len(outcome.failed)} failed, in "
        f"{seconds:.0f} s; peak {peak[0]:.0f} MB; "
        + ", ".join(f"{suffix} {size:.0f} MB" for suffix, size in sizes.items())
    )


def grow(args: argparse.Namespace, data: Path) -> None:
    """Print how the time and the memory of a whole run grow with the number of notebooks."""
    print("\nnotebooks   seconds   a notebook   peak MB   (start of the workers included)")
    every = make_plan(args.period).jobs  # in turns: what is run again is as much work as the first time
    context = load_context(Period.parse(args.period), str(data))
    for number in args.growth:
        jobs = longest_first(every[i % len(every)] for i in range(number))
        started = time.perf_counter()
        with peak_memory() as peak:
            failed = [
                r
                for r in execute(jobs, data=data, workers=args.workers, timeout=600, context=context)
                if r.failure
            ]
        seconds = time.perf_counter() - started
        lost = f"   {len(failed)} FAILED" if failed else ""
        print(f"{number:9} {seconds:9.1f} {seconds / number:12.3f} {peak[0]:9.0f}{lost}", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.engine", description=__doc__)
    parser.add_argument("--period", default="2023-M09")
    parser.add_argument("--provinces", type=int, default=9, help="how many in a round, beside the nation")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--slow-rounds", type=int, default=1, help="0: only the floor and the forked kernels")
    parser.add_argument("--whole", action="store_true", help="also make all pages of the period")
    parser.add_argument("--growth", nargs="*", type=int, default=[16], help="such as 16 64 192 768")
    args = parser.parse_args()
    data = data_dir()
    ensure_sample(data)
    machine = f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores"
    print(f"{machine}, Python {platform.python_version()}")
    good = compare(args, data)
    if args.growth:
        grow(args, data)
    if args.whole:
        whole(args, data)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
