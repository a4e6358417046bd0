"""Break a real run and see what is left of it: ``python -m benchmarks.drills [killed] [memory] [disk]``.

Over the real notebooks and the simulated sample, on Linux. ``killed`` kills the whole tree of processes
with SIGKILL at random moments, runs again, and compares with an undisturbed run. ``memory`` lets a
notebook take all the memory of a cgroup; ``disk`` fills a small file system. Those two need root, to make
a cgroup and to mount. Each prints what it found, and the status is 1 when something is not as it should be.
"""

from __future__ import annotations

__all__ = ["main"]

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from thads_analysis.context import load_context
from thads_analysis.org import NATION
from thads_analysis.publishing import publish_folder, publish_zip
from thads_analysis.run import Job, Parameters, Topic, execute, make_plan, read_manifest
from thads_analysis.run.log import LOG, RunLog
from thads_analysis.run.publish import Places
from thads_analysis.sample.install import ensure_sample

PERIOD = "2023-M09"
GREEDY = "blocks = []\nwhile True: blocks.append(bytearray(64 << 20))"
FILLING = "with open('large', 'wb') as file:\n    while True: file.write(bytes(1 << 20))"
MEMORY = 1400 << 20
SHM = Path("/sys/fs/cgroup")
_PUBLISHER = """
import itertools, sys
from pathlib import Path
from thads_analysis.publishing import publish_folder, publish_zip
old, new, folder, file = map(Path, sys.argv[1:])
print("ready", flush=True)
for source in itertools.cycle((new, old)):
    publish_folder(source, folder)
    publish_zip(source, file)
"""


class Report:
    """A period's report that is run again and again into one folder."""

    def __init__(self, data: Path, out: Path, choice: list[str], environment: dict[str, str] | None = None):
        self.folder = out / PERIOD
        self._command = [sys.executable, "-m", "thads_analysis", "run", PERIOD, *choice]
        self._command += ["--data", str(data), "--out", str(out), "--workers", "2"]
        self._environment = {**os.environ, **(environment or {})}

    def start(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(  # noqa: S603 - this interpreter, our own command
            self._command, env=self._environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        )

    def run(self) -> tuple[int, str, float]:
        """Status, what it said on standard error, seconds."""
        begun = time.perf_counter()
        with self.start() as process:
            _, err = process.communicate()
        return process.returncode, err.decode().strip(), time.perf_counter() - begun

    def noted(self) -> set[str]:
        """Pages that the run under way, or the one that was killed, has finished."""
        return {
            f"{event['entry']['org_code']}/{event['entry']['page']}"
            for event in RunLog(Places(self.folder).work).events("page")
        }

    def tree(self) -> dict[str, bytes]:
        """What readers see, but for the record of how it was made."""
        return {
            path.relative_to(self.folder).as_posix(): path.read_bytes()
            for path in self.folder.rglob("*")
            if path.suffix in (".html", ".json", ".ipynb") and path.name != "manifest.json"
        }


def kill_at_random(data: Path, folder: Path, choice: list[str], times: int) -> bool:
    """Kill a run that makes pages, then one that only publishes them, each at random moments."""
    calm, report = (Report(data, folder / name, choice) for name in ("calm", "goal"))
    status, err, whole = calm.run()
    if status:
        sys.exit(f"The undisturbed run failed: {err}")
    truth = calm.tree()
    _, _, again = calm.run()
    print(f"undisturbed: {len(truth) // 3} pages in {whole:.0f} s; again, with all there, {again:.0f} s")
    chance, pages = random.Random(4), len(truth) // 3  # noqa: S311 - any moments will do
    good = True
    for purpose in ("makes pages", "has them all"):
        for number in range(times):
            before = len(report.noted())
            # By pages made and then by the clock, since a machine's speed drifts.
            more, delay = (
                (chance.randint(0, 3 * pages // (2 * times)), chance.uniform(0, 2))
                if purpose == "makes pages"
                else (0, chance.uniform(0, again))
            )
            seconds, left = kill(report, before + more, delay)
            seen = not report.folder.exists() or report.tree() == truth
            good &= seen and not left
            print(
                f"a run that {purpose}, kill {number + 1:2} after {seconds:5.1f} s: {before:3} -> "
                f"{len(report.noted()):3} pages noted; readers see {'the old' if seen else 'A MIXTURE'}; "
                f"{len(left)} processes left"
            )
        noted = len(truth) // 3 if report.folder.exists() else len(report.noted())
        status, err, seconds = report.run()
        manifest = read_manifest(report.folder)
        assert manifest, err
        reused = manifest.totals["reused"]
        same, kept = report.tree() == truth, reused == noted
        beside = sorted(path.name for path in report.folder.parent.iterdir())
        good &= same and kept and not status and beside == [PERIOD]
        print(
            f"then a run to the end: status {status}, {seconds:.0f} s; {reused} of {noted} noted pages taken "
            f"as they were; {'the same bytes' if same else 'OTHER BYTES'} as undisturbed; "
            f"{len(beside) - 1} other files or folders beside"
        )
    return good


def kill(report: Report, pages: int, delay: float) -> tuple[float, list[int]]:
    """Kill a run and its descendants, some time after it has noted pages.

    Give the second of its life, and the processes that are still there five seconds later.
    """
    begun = time.monotonic()
    with report.start() as process:
        while process.poll() is None and len(report.noted()) < pages:
            time.sleep(0.02)
        with suppress(subprocess.TimeoutExpired):
            process.wait(delay)
        seconds, tree = time.monotonic() - begun, [process.pid, *descendants(process.pid)]
        for pid in tree:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
    limit = time.monotonic() + 5
    while (left := [pid for pid in tree if is_alive(pid)]) and time.monotonic() < limit:
        time.sleep(0.05)
    return seconds, left


def descendants(pid: int) -> list[int]:
    found = []
    for task in Path(f"/proc/{pid}/task").glob("*"):
        with suppress(OSError):
            for child in map(int, (task / "children").read_text().split()):
                found += [child, *descendants(child)]
    return found


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def kill_publishing(data: Path, folder: Path, choice: list[str], times: int) -> bool:
    """Kill a process that publishes one report over another, as a folder and as a zip, at random moments."""
    old, new = (Report(data, folder / name, choice) for name in ("august", "september"))
    for report in (old, new):
        if (status := report.run()[0]) != 0:
            sys.exit(f"The run that makes what is published failed with status {status}")
    # Another report than the first: one page tells it apart.
    target, file = folder / "published", folder / "report.zip"
    index = new.folder / "index.html"
    index.write_text(
        index.read_text(encoding="utf-8").replace("</main>", "<p>2</p></main>"), encoding="utf-8"
    )
    whole = {}
    for source in (new.folder, old.folder):
        publish_folder(source, target)
        publish_zip(source, file)
        whole[source] = {target: read_tree(target), file: file.read_bytes()}
    chance, good, found = random.Random(5), True, []  # noqa: S311 - any moments will do
    for _ in range(times):
        command = [sys.executable, "-c", _PUBLISHER, *map(str, (old.folder, new.folder, target, file))]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as process:  # noqa: S603 - our own code
            assert process.stdout
            process.stdout.readline()
            time.sleep(chance.uniform(0, 1))
            process.kill()
        seen = {target: read_tree(target), file: file.read_bytes()}
        places = [
            next((source.parent.name for source in whole if whole[source][place] == seen[place]), "A MIXTURE")
            for place in (target, file)
        ]
        good &= "A MIXTURE" not in places
        found.append("/".join(places))
    counts = ", ".join(f"{found.count(one)} times {one}" for one in sorted(set(found)))
    publish_folder(new.folder, target)
    publish_zip(new.folder, file)
    beside = sorted(path.name for path in folder.iterdir() if path.name.startswith("."))
    good &= read_tree(target) == whole[new.folder][target] and not beside
    print(
        f"publishing killed {times} times; readers saw (folder/zip): {counts}; "
        f"left beside: {beside or 'nothing'}"
    )
    return good


def read_tree(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def run_out_of_memory(data: Path) -> bool:
    """Run the nation's pages and a notebook that takes all memory, in a cgroup of its own."""
    with memory_cgroup(MEMORY) as group:
        done = subprocess.run(  # noqa: S603 - this interpreter, this module
            [sys.executable, "-m", "benchmarks.drills", "inside", "--data", str(data)],
            preexec_fn=lambda: (group / "cgroup.procs").write_text(str(os.getpid())),
            capture_output=True,
            text=True,
            check=False,
        )
        failures = read_failures(group)
    print(f"memory of {MEMORY >> 20} MB for the whole tree; the system's killer was called: {failures}")
    print(done.stdout.strip() or done.stderr.strip()[-500:])
    return done.returncode == 0


def read_failures(group: Path) -> str:
    """How often the out-of-memory killer has killed in a cgroup, as the system counts it."""
    control = group / "memory.oom_control"
    text = (control if control.exists() else group / "memory.events").read_text()
    return next((line.split()[1] for line in text.splitlines() if line.startswith("oom_kill ")), "?")


@contextmanager
def memory_cgroup(limit: int) -> Iterator[Path]:
    one = SHM / "memory"
    group = (one if one.is_dir() else SHM) / "thads-drill"
    group.mkdir()
    try:
        names = ("limit_in_bytes", "memsw.limit_in_bytes") if one.is_dir() else ("max", "swap.max")
        for name in names:
            with suppress(OSError):  # not every system counts swap
                swap = 0 if name == "swap.max" else limit
                (group / f"memory.{name}").write_text(str(swap))
        yield group
    finally:
        time.sleep(0.5)  # until the last process has gone
        group.rmdir()


def execute_among(data: Path, source: str, expected: tuple[str, ...]) -> bool:
    """Execute the nation's notebooks with a bad one among them; say what came of each."""
    plan = make_plan(PERIOD, orgs=["VN"])
    cells = [{"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None, "source": source}]
    kernel = {"kernelspec": {"name": "python3", "language": "python", "display_name": "Python 3"}}
    notebook = {"nbformat": 4, "nbformat_minor": 4, "metadata": kernel, "cells": cells}
    bad = Topic("bad", "bad", ("nation",), (), "own", json.dumps(notebook))
    jobs = [*plan.jobs[:1], Job(bad, NATION, Parameters(period=PERIOD)), *plan.jobs[1:]]
    context = replace(load_context(plan.period, str(data)))
    good = True
    for result in execute(jobs, data=data, workers=2, timeout=120, context=context):
        print(f"{result.job.stem}: {result.failure or 'ok'} ({result.seconds:.1f} s)")
        found = result.failure.type if result.failure else ""
        good &= found in expected if result.job.topic == bad else not found
    return good


def fill_disk(data: Path, folder: Path) -> bool:
    """Run where the pages do not fit; then with room; then with a notebook that fills the temporary files."""
    with small_disk(folder / "small", "2m") as disk:
        report = Report(data, disk, ["--org", "VN", "--org", "79"])
        status, err, seconds = report.run()
        noted = len(report.noted())
        print(f"pages on a disk of 2 MB: status {status} after {seconds:.0f} s, {noted} pages kept: {err}")
        good = status in (1, 2) and not report.folder.exists() and noted > 0
        mount("-o", "remount,size=64m", str(disk))
        status, err, seconds = report.run()
        manifest = read_manifest(report.folder)
        taken = manifest.totals["reused"] if manifest else None
        print(f"with room: status {status} after {seconds:.0f} s, {taken} pages taken {err}")
        good &= status == 0 and taken == noted
        good &= (report.folder / LOG).is_file()
    with small_disk(folder / "temporary", "64m") as disk:
        os.environ["TMPDIR"], tempfile.tempdir = str(disk), None
        print("temporary files on a disk of 64 MB, which a notebook fills:")
        good &= execute_among(data, FILLING, ("OSError",))
        left = [path.name for path in disk.iterdir()]
        del os.environ["TMPDIR"]
        tempfile.tempdir = None
        print(f"left there: {', '.join(left) or 'nothing'}")
        good &= not left
    return good


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[Path]:
    folder.mkdir()
    mount("-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder))
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)  # noqa: S603, S607 - our own folder


def mount(*arguments: str) -> None:
    subprocess.run(["mount", *arguments], check=True)  # noqa: S603, S607 - a folder of this drill


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.drills", description=__doc__)
    drills = ("killed", "published", "memory", "disk", "inside")
    parser.add_argument("drill", nargs="*", choices=drills, default=drills[:4], help="[all]")
    parser.add_argument("--times", type=int, default=10, help="how often to kill")
    parser.add_argument("--org", nargs="*", default=[], help="whose pages; all of them without it")
    parser.add_argument("--data", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if "inside" in args.drill:  # what `memory` starts in its cgroup
        return 0 if execute_among(args.data, GREEDY, ("DeadKernelError",)) else 1
    good = True
    with tempfile.TemporaryDirectory() as folder:
        data = args.data or Path(folder, "data")
        ensure_sample(data)
        choice = [word for org in args.org for word in ("--org", org)]
        if "killed" in args.drill:
            good &= kill_at_random(data, Path(folder), choice, args.times)
        if "published" in args.drill:
            good &= kill_publishing(data, Path(folder), choice, args.times)
        if "memory" in args.drill:
            good &= run_out_of_memory(data)
        if "disk" in args.drill:
            good &= fill_disk(data, Path(folder))
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
