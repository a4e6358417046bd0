"""What breaks in a run, and what then happens: the one notebook fails, nothing is left, the rest goes on."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest
from tiny_notebooks import write_notebook

from thads_analysis.org import NATION
from thads_analysis.run import Failure, Job, Parameters, execute, read_topics
from thads_analysis.run.zygote import can_fork

pytestmark = pytest.mark.skipif(not can_fork(), reason="the drills are for kernels that are forked")

LIMIT = 10
"""Seconds that each notebook may take."""

SLEEPER = (
    "import subprocess, sys\nchild = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'"
)
NOTE = "import pathlib\npathlib.Path(MARKS, NAME).write_text(str(child.pid))\n"
DAEMON = """import os, pathlib, sys, time
if os.fork() == 0:
    os.setsid()
    if os.fork():
        os._exit(0)
    pathlib.Path(MARKS, NAME).write_text(str(os.getpid()))
    os.execv(sys.executable, [sys.executable, '-c', 'import time; time.sleep(600)'])
time.sleep(0.5)
"""
C_LOOP = """import itertools
sum(itertools.repeat(1))
"""
# The address space ends a little above what is in use; what is asked for is really written to.
MEMORY = """import pathlib, resource
used = int(pathlib.Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + (128 << 20), used + (128 << 20)))
blocks = [bytearray(16 << 20) for _ in range(100)]
"""
TOO_LARGE = """import resource, os
resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))
with open("large", "wb") as file:
    while True:
        file.write(bytes(1 << 16))
"""
CASES = {
    "good": (),
    "raising": ("x = 1", "raise ValueError('wrong')"),
    "exiting": ("import os\nos._exit(7)",),
    "crashing": ("import ctypes\nctypes.string_at(0)",),
    "killed": ("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)",),
    "aborting": ("import os\nos.abort()",),
    "looping": ("print('before the loop')\nwhile True: pass",),
    "looping-in-c": (C_LOOP,),
    "deaf": ("import signal, time\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\ntime.sleep(600)",),
    "greedy": (MEMORY,),
    "filling": (TOO_LARGE,),
    "flooding": ("while True: print('x' * 200)",),
    "homeless": ("import os, shutil\nshutil.rmtree(os.getcwd())\nos.getcwd()",),
    "parent": (f"{SLEEPER}])\n{NOTE}raise ValueError('and gone')",),
    "parent-of-session": (f"{SLEEPER}], start_new_session=True)\n{NOTE}raise ValueError('and gone')",),
    "parent-of-daemon": (f"{DAEMON}raise ValueError('and gone')",),
    "littering": ("import tempfile\ntempfile.mkdtemp()\nopen('litter', 'w').write('x')\nraise ValueError",),
}


@pytest.fixture(scope="module")
def drill(tmp_path_factory):
    """Results by name, what was left in the temporary folder, and the folder of marks."""
    folder = tmp_path_factory.mktemp("drill")
    marks = tmp_path_factory.mktemp("marks")
    for name, cells in CASES.items():
        cells = tuple(cell.replace("MARKS", repr(str(marks))).replace("NAME", repr(name)) for cell in cells)
        write_notebook(folder, name, *cells, page=name)
    with pytest.MonkeyPatch.context() as patch:
        temporary = tmp_path_factory.mktemp("temporary")
        patch.setenv("TMPDIR", str(temporary))
        patch.setattr(tempfile, "tempdir", None)
        results = list(execute(jobs_of(folder), data=folder, workers=2, timeout=LIMIT))
        left = sorted(path.name for path in temporary.rglob("*"))
    return {result.job.topic.name: result for result in results}, left, marks


def jobs_of(folder):
    parameters = Parameters(period="2023-M09", org=NATION.code)
    return [Job(topic, NATION, parameters) for topic in read_topics(folder)]


def test_the_next_notebook_runs_while_the_caller_looks_at_the_last_one(tmp_path):
    mark = tmp_path / "mark"
    write_notebook(tmp_path, "first", "'first'", page="first")
    write_notebook(tmp_path, "second", f"import pathlib\npathlib.Path({str(mark)!r}).touch()", page="second")
    results = execute(jobs_of(tmp_path), data=tmp_path, workers=1, timeout=60)
    assert next(results).job.topic.name == "first"
    deadline = time.monotonic() + 30
    while not mark.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert mark.exists()
    assert next(results).job.topic.name == "second"
    results.close()


@pytest.mark.parametrize(
    ("name", "failure"),
    [
        ("raising", Failure(4, "ValueError", "wrong")),
        ("exiting", Failure(3, "DeadKernelError", "exited with status 7")),
        ("crashing", Failure(3, "DeadKernelError", "SIGSEGV")),
        ("killed", Failure(3, "DeadKernelError", "SIGKILL, as when memory runs out")),
        ("aborting", Failure(3, "DeadKernelError", "SIGABRT")),
        ("looping", Failure(3, "TimeoutError", f"longer than {LIMIT} s")),
        ("looping-in-c", Failure(3, "TimeoutError", f"longer than {LIMIT} s")),
        ("deaf", Failure(3, "TimeoutError", f"longer than {LIMIT} s")),
        ("greedy", Failure(3, "MemoryError", "")),
        ("filling", Failure(3, "OSError", "File too large")),
        ("flooding", Failure(3, "OutputError", "more than a page can hold")),
        ("homeless", Failure(3, "FileNotFoundError", "No such file")),
        ("parent", Failure(3, "ValueError", "and gone")),
        ("parent-of-session", Failure(3, "ValueError", "and gone")),
        ("parent-of-daemon", Failure(3, "ValueError", "and gone")),
        ("littering", Failure(3, "ValueError", "")),
    ],
)
def test_a_notebook_fails_alone_with_its_cell_and_its_reason(drill, name, failure):
    found = drill[0][name].failure
    assert (found.cell, found.type) == (failure.cell, failure.type)
    assert failure.message in found.message


def test_the_good_one_among_them_is_made(drill):
    results, _, _ = drill
    assert results["good"].failure is None
    assert len(results) == len(CASES)


def test_every_one_ends_once_its_limit_is_over(drill):
    assert {name: r.seconds for name, r in drill[0].items() if r.seconds > LIMIT + 20} == {}


def test_the_partial_notebook_has_what_ran_and_what_did_not(drill):
    results, _, _ = drill
    cells = json.loads(results["raising"].partial)["cells"]
    assert [cell["cell_type"] for cell in cells] == ["code", "code", "markdown", "code", "code"]
    assert cells[-1]["outputs"][0]["ename"] == "ValueError"
    printed = json.loads(results["looping"].partial)["cells"][-1]["outputs"]
    assert "before the loop" in "".join(text for output in printed for text in output["text"])
    assert results["good"].partial == ""


def test_no_child_of_a_notebook_outlives_it(drill):
    _, _, marks = drill
    children = {path.name: int(path.read_text()) for path in marks.iterdir()}
    assert set(children) == {"parent", "parent-of-session", "parent-of-daemon"}
    wait_until(lambda: not any(is_alive(pid) for pid in children.values()))


def test_no_file_is_left(drill):
    assert drill[1] == []


def test_the_record_has_what_the_kernel_used(drill):
    used = drill[0]["good"]
    assert 0 < used.cpu_seconds < 60
    assert 10e6 < used.peak_memory < 4e9


def test_a_kernel_that_the_warm_process_does_not_give_is_started_anew(tmp_path, monkeypatch):
    # The warm process refuses to serve: it finds threads that it did not start.
    write_notebook(tmp_path, "good", page="good")
    monkeypatch.setenv("THADS_TEST_THREAD", "1")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    (tmp_path / "sitecustomize.py").write_text(
        "import sys, threading, time\n"
        "if 'serve()' in ' '.join(sys.orig_argv):\n"
        "    threading.Thread(target=time.sleep, args=(600,), daemon=True).start()\n"
    )
    [result] = execute(jobs_of(tmp_path), data=tmp_path, workers=1, timeout=60)
    assert result.failure is None
    assert result.peak_memory is None  # which only the warm process tells


def test_a_dead_worker_costs_its_notebook_one_more_try(tmp_path):
    # The kernel of the first try kills the worker that drives it: the one that has asked for it.
    cell = f"""import os, pathlib, signal, time
mark = pathlib.Path({str(tmp_path)!r}, "tried")
if not mark.exists():
    mark.write_text("x")
    for status in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = status.read_text()
        except OSError:
            continue
        if "spawn_main" in words and pathlib.Path(f"/proc/{{status.parent.name}}/cwd").resolve() == \\
                pathlib.Path.cwd().parent:
            os.kill(int(status.parent.name), signal.SIGKILL)
    time.sleep(600)
"""
    from tiny_notebooks import EXHIBITS, RECORD

    write_notebook(tmp_path, "murderous", cell, EXHIBITS, RECORD, page="murderous")
    write_notebook(tmp_path, "good", page="good")
    results = {r.job.topic.name: r for r in execute(jobs_of(tmp_path), data=tmp_path, workers=2, timeout=60)}
    assert {name: result.failure for name, result in results.items()} == {"good": None, "murderous": None}
    assert (tmp_path / "tried").exists()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_nothing_outlives_a_run_that_is_stopped(tmp_path, number):
    loop = (
        f"import os, pathlib\npathlib.Path({str(tmp_path)!r}, 'pid').write_text(str(os.getpid()))\n{C_LOOP}"
    )
    write_notebook(tmp_path, "looping", loop, page="looping")
    script = tmp_path / "script.py"
    script.write_text(
        "import signal, sys\nfrom pathlib import Path\n"
        f"sys.path.insert(0, {str(Path(__file__).parent)!r})\n"
        "from test_failures import jobs_of\nfrom thads_analysis.run import execute\n"
        "def stop(number, frame):\n    raise KeyboardInterrupt\n"
        "if __name__ == '__main__':\n"
        "    signal.signal(signal.SIGTERM, stop)\n"
        f"    folder = Path({str(tmp_path)!r})\n"
        "    list(execute(jobs_of(folder), data=folder, workers=2, timeout=600))\n"
    )
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    environment = {**os.environ, "TMPDIR": str(temporary)}
    with subprocess.Popen([sys.executable, str(script)], env=environment, stderr=subprocess.DEVNULL) as run:  # noqa: S603
        wait_until(lambda: (tmp_path / "pid").is_file() and (tmp_path / "pid").read_text())
        tree = descendants(run.pid)
        assert len(tree) > 3  # a worker, the warm process, the kernel, the spawner's tracker
        run.send_signal(number)
        stopped = time.monotonic()
        wait_until(lambda: not any(is_alive(pid) for pid in tree))
        assert time.monotonic() - stopped < 30  # a hang, not a slow machine; docs/reliability.md has the time
    if number == signal.SIGTERM:
        assert list(temporary.iterdir()) == []


def descendants(pid):
    found = []
    for task in Path(f"/proc/{pid}/task").glob("*"):
        for child in map(int, (task / "children").read_text().split()):
            found += [child, *descendants(child)]
    return found


def is_alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def wait_until(condition):
    for _ in range(300):
        if condition():
            return
        time.sleep(0.1)
    pytest.fail("waited half a minute in vain")
