"""A run on a Dask cluster: real processes, one of them killed in the middle; the tree of a local run."""

import io
import json
import os
import pickle
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tiny_notebooks import EXHIBITS, RECORD, write_notebook
from tiny_store import write_store

import thads_analysis
from thads_analysis import paths
from thads_analysis.errors import DataError, UsageError
from thads_analysis.run import cluster, make_plan, run_period, station
from thads_analysis.run.zygote import can_fork

pytestmark = pytest.mark.skipif(not can_fork(), reason="finds and kills processes as Linux does")

STARTED = """import os, pathlib, time
with pathlib.Path(MARKS, f"{org}-PAGENAME").open("a") as file:
    file.write(f"{os.getpid()}\\n")
time.sleep(0.5)
"""
ALL = ["01/a", "01/b", "79/a", "79/b", "VN/a"]


class Cluster:
    """A scheduler and its workers, as the commands of Dask start them."""

    def __init__(self, folder, workers):
        self.processes, self._folder = [], folder
        file = folder / "scheduler.json"
        self._start("scheduler", "--host", "127.0.0.1", "--port", "0", "--scheduler-file", file)
        wait_until(lambda: file.is_file() and file.read_text())
        self.address = json.loads(file.read_text())["address"]
        for number in range(workers):
            local = folder / f"worker-{number}"
            self._start("worker", self.address, "--no-nanny", "--nthreads", "1", "--local-directory", local)

    def _start(self, kind, *arguments):
        command = [sys.executable, "-m", f"distributed.cli.dask_{kind}", *map(str, arguments)]
        environment = {
            **os.environ,
            "PYTHONPATH": str(Path(thads_analysis.__file__).parents[1]),
            "DASK_CONFIG": str(self._folder),
            "TMPDIR": str(self._folder),
        }
        self.processes.append(
            subprocess.Popen(  # noqa: S603 - this interpreter, Dask's own commands
                [*command, "--no-dashboard"],
                env=environment,
                cwd=self._folder,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        )

    @property
    def workers(self):
        return self.processes[1:]

    def close(self):
        for process in self.processes:
            process.kill()
            process.wait()


@pytest.fixture(scope="module")
def two_workers(tmp_path_factory):
    running = Cluster(tmp_path_factory.mktemp("cluster"), workers=2)
    yield running
    running.close()


@pytest.fixture
def desk(tmp_path, monkeypatch):
    """A folder with notebooks, one of which fails, and figures."""
    notebooks = tmp_path / "notebooks"
    notebooks.mkdir()
    write_store(tmp_path / "data")
    for name, cells, about in (
        ("a", (EXHIBITS, RECORD), {}),
        ("b", ("open('/home/lan/figures.csv')",), {"orgs": ("province",)}),
    ):
        started = STARTED.replace("MARKS", repr(str(tmp_path))).replace("PAGENAME", name)
        write_notebook(notebooks, name, started, *cells, page=name, **about)
    real = paths._carried
    monkeypatch.setattr(paths, "_carried", lambda kind: notebooks if kind == "notebooks" else real(kind))
    return tmp_path


def run(desk, name, **choice):
    plan = make_plan("2023-M09", orgs=["VN", "01", "79"])
    folder = desk / name / "2023-M09"
    return run_period(plan, data=desk / "data", folder=folder, workers=2, timeout=60, **choice)


def tree(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name not in ("manifest.json", "run.jsonl")
    }


def test_a_run_that_loses_a_worker_gives_the_tree_of_a_local_run(desk, two_workers):
    local = run(desk, "local")
    assert sorted(entry.stem for entry in local.entries) == ALL
    marks = {stem: desk / stem.replace("/", "-") for stem in ALL}
    for mark in marks.values():
        mark.unlink()
    killed = {}

    def kill(entry):
        """Kill a worker, with the first page, while it has a kernel that runs another."""
        if killed:
            return

        def find():
            for stem, mark in marks.items():
                kernel = int(mark.read_text().split()[-1]) if mark.is_file() and mark.read_text() else 0
                for worker in two_workers.workers:
                    if kernel in (tree := descendants(worker.pid)):
                        killed.update(worker=worker, stem=stem, tree=tree)
            return killed

        wait_until(find)
        killed["worker"].send_signal(signal.SIGKILL)

    outcome = run(desk, "cluster", scheduler=two_workers.address, on_page=kill)
    assert sorted(entry.stem for entry in outcome.entries) == ALL
    assert tree(desk / "cluster" / "2023-M09") == tree(desk / "local" / "2023-M09")
    assert [(e.stem, str(e.error)) for e in outcome.failed] == [(e.stem, str(e.error)) for e in local.failed]
    assert {entry.stem for entry in outcome.failed} == {"01/b", "79/b"}
    assert len(marks[killed["stem"]].read_text().split()) == 2  # begun again elsewhere
    # With the worker went all that it had started; the other has ended what it started for this run.
    assert len(killed["tree"]) >= 3
    wait_until(lambda: not any(is_alive(pid) for pid in killed["tree"]))
    [other] = [worker for worker in two_workers.workers if worker is not killed["worker"]]
    assert other.poll() is None
    wait_until(lambda: not any(is_alive(pid) for pid in descendants(other.pid)))


def test_a_worker_that_would_make_other_pages_is_refused(desk, two_workers, monkeypatch):
    versions = cluster.tool_versions() | {"pandas": "0.1", "thads_analysis": "another digest"}
    monkeypatch.setattr(cluster, "tool_versions", lambda: versions)
    with pytest.raises(
        UsageError, match=r"other pages: it has pandas [\d.]+ instead of 0\.1, thads_analysis"
    ):
        run(desk, "out", scheduler=two_workers.address)
    assert not (desk / "out" / "2023-M09").exists()


def test_a_cluster_without_workers_is_not_waited_for_without_end(desk, tmp_path, monkeypatch):
    monkeypatch.setattr(cluster, "_PATIENCE", 0.5)
    monkeypatch.setattr(cluster, "_LULL", 0.2)
    empty = Cluster(tmp_path, workers=0)
    try:
        with pytest.raises(DataError, match="has no worker; 5 pages wait"):
            run(desk, "out", scheduler=empty.address)
    finally:
        empty.close()


def test_a_scheduler_that_goes_away_ends_the_run_and_what_was_made_is_kept(desk, tmp_path, monkeypatch):
    monkeypatch.setattr(cluster, "_CONNECT_SECONDS", 5)  # also how long a lost one is looked for
    alone = Cluster(tmp_path, workers=1)
    try:
        with pytest.raises(DataError, match="is gone"):
            run(desk, "out", scheduler=alone.address, on_page=lambda entry: alone.processes[0].kill())
    finally:
        alone.close()
    log = (desk / "out" / ".2023-M09.work" / "run.jsonl").read_text(encoding="utf-8")
    assert [json.loads(line)["event"] for line in log.splitlines()][:2] == ["started", "page"]


@pytest.mark.parametrize(
    ("address", "found"), [("tcp://127.0.0.1:1", "Timed out"), ("may-chu", "missing port"), ("tcp://:x", "")]
)
def test_an_address_where_nobody_answers_is_a_usage_error(desk, monkeypatch, address, found):
    monkeypatch.setattr(cluster, "_CONNECT_SECONDS", 0.5)
    with pytest.raises(UsageError, match=f"No Dask scheduler answers at {address} .*{found}"):
        run(desk, "out", scheduler=address)


def test_without_dask_the_error_says_what_to_install(desk, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(UsageError, match=r"pip install 'thads_analysis\[dask\]'"):
        run(desk, "out", scheduler="tcp://127.0.0.1:1")


# --- the process beside a Dask worker


def test_a_station_without_work_ends_by_itself_and_leaves_nothing(tmp_path):
    order = station.Order("2023-M09", 60, cluster.tool_versions(), empty_archive())
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    code = "from thads_analysis.run import station; station._IDLE_SECONDS = 0.1; station.serve()"
    with subprocess.Popen(  # noqa: S603 - this interpreter, our own code
        [sys.executable, "-c", code],
        stdin=subprocess.PIPE,
        env={**os.environ, "TMPDIR": str(temporary)},
    ) as process:
        station._send(process.stdin, pickle.dumps(order))
        assert process.wait(timeout=60) == 0
    assert list(temporary.iterdir()) == []


def test_a_run_that_is_over_gets_no_further_station():
    station.close_stations("over")
    with pytest.raises(RuntimeError, match="over is over"):
        station.run_in_station(b"", "over", b"")


def test_half_a_message_is_the_end_of_the_other_side():
    whole = io.BytesIO()
    station._send(whole, b"a page")
    assert station._receive(io.BytesIO(whole.getvalue())) == b"a page"
    assert [station._receive(io.BytesIO(whole.getvalue()[:n])) for n in (0, 5, 8, 13)] == [None] * 4


def empty_archive():
    return b"PK\x05\x06" + bytes(18)


def descendants(pid):
    found = []
    for task in Path(f"/proc/{pid}/task").glob("*"):
        try:
            children = [int(child) for child in (task / "children").read_text().split()]
        except OSError:
            continue
        for child in children:
            found += [child, *descendants(child)]
    return found


def is_alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def wait_until(condition):
    limit = time.monotonic() + 60
    while not condition():
        if time.monotonic() > limit:
            pytest.fail("waited a minute in vain")
        time.sleep(0.05)
