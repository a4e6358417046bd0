"""Kernels that are forks of a warm process: real ones, fresh ones, and the same pages as from new ones."""

import json
import os
import signal
import socket
import threading
import time

import pytest
from tiny_notebooks import EXHIBITS, RECORD, write_notebook

from thads_analysis.org import NATION
from thads_analysis.run import Job, Parameters, execute, read_topics
from thads_analysis.run.zygote import can_fork, start_zygote

pytestmark = pytest.mark.skipif(not can_fork(), reason="no fork here")

DRAWING = """import pandas as pd
from thads_analysis.report import exhibits
from thads_analysis.report.charts import style

drawing, axes = style.panels(2)
for ax in axes.flat:
    style.title(ax, "Tỷ lệ")
    ax.plot([0.1, 0.5, 0.3])
exhibits.figure("fig-a", drawing, title="Hình", subtitle="", alt="Đường", caption="Nguồn",
                frame=pd.DataFrame())
"""
TABLE = """from IPython.display import HTML
HTML('<header class="page-head"><h1>Trang thử</h1></header><table class="data" id="tab-a"></table>')
"""
LEAVES = """import os, sys, thads_analysis
thads_analysis.left_behind = True
os.environ["THADS_LEFT"] = "yes"
sys.path.insert(0, "/left")
"""
FINDS = """import os, sys, thads_analysis
assert not hasattr(thads_analysis, "left_behind")
assert "THADS_LEFT" not in os.environ
assert "/left" not in sys.path
assert "x" not in globals()
"""
KERNEL = """import os, threading
from ipykernel.kernelapp import IPKernelApp
from IPython import get_ipython
assert IPKernelApp.initialized()
assert get_ipython().kernel is IPKernelApp.instance().kernel
assert os.getsid(0) == os.getpid()
assert os.getcwd() == os.environ["TMPDIR"]
assert not os.listdir()
%time x = 1
print(await __import__("asyncio").sleep(0, "awaited"))
"""
SHOWS = (
    "print('out'); print('out again')",
    "import sys; print('err', file=sys.stderr)",
    "import os, time; os.system('echo printed by a child'); os.write(2, b'written\\n'); time.sleep(0.5)",
    "!echo asked of a shell",
    "from IPython.display import HTML, clear_output, display\n"
    "shown = display(HTML('<b>1</b>'), display_id='shown'); 5",
    "shown.update(HTML('<b>2</b>'))",
    "print('wiped'); clear_output(); print('kept')",
    "import asyncio; await asyncio.sleep(0.01, 'awaited')",
    "task = asyncio.create_task(asyncio.sleep(0.01, 'in the background')); None",
    "await task",
    "import threading; t = threading.Thread(target=print, args=('of a thread',)); t.start(); t.join()",
    "'x' * 3_000_000",
    f"len('{'y' * 1_000_000}')",
    "import matplotlib.pyplot as plt; plt.plot([1, 2]); plt.show()",
    "if os.fork() == 0:\n    print('of a fork'); os._exit(0)\nos.wait(); time.sleep(0.5)",
    "for i in range(300): print(i); display(i)",
    "get_ipython().user_ns['_i'][:7], __name__",
    "input()",
)
"""Cells that show things in all the ways there are; what the last raises keeps the notebook as it is."""
RANDOM = """import pathlib, random, numpy as np
with pathlib.Path(MARKS).open("a") as file:
    file.write(f"{np.random.rand()} {random.random()} {np.random.default_rng().random()}\\n")
"""


def run(folder, *, workers=1):
    parameters = Parameters(period="2023-M09", org=NATION.code)
    jobs = [Job(topic, NATION, parameters) for topic in read_topics(folder)]
    results = {r.job.topic.name: r for r in execute(jobs, data=folder, workers=workers, timeout=60)}
    assert {name: str(result.failure) for name, result in results.items() if result.failure} == {}
    return results


def test_forked_kernels_give_the_pages_that_new_ones_give(tmp_path, monkeypatch):
    write_notebook(tmp_path, "drawn", DRAWING, TABLE, RECORD, page="drawn")
    forked = run(tmp_path)["drawn"]
    monkeypatch.setenv("THADS_NO_FORK", "1")
    fresh = run(tmp_path)["drawn"]
    assert forked.page == fresh.page
    assert "data:image/png;base64" in forked.page.html
    # Only the warm process tells how much memory a kernel took: this is which of them was which.
    assert forked.peak_memory
    assert fresh.peak_memory is None


def test_each_kernel_is_a_real_and_a_fresh_one(tmp_path):
    """One worker, so that they follow each other in the order of their names."""
    marks = tmp_path / "marks"
    noted = RANDOM.replace("MARKS", repr(str(marks)))
    write_notebook(tmp_path, "a", LEAVES, noted, EXHIBITS, RECORD, page="a")
    write_notebook(tmp_path, "b", FINDS, noted, EXHIBITS, RECORD, page="b")
    write_notebook(tmp_path, "c", KERNEL, noted, EXHIBITS, RECORD, page="c")
    run(tmp_path)
    drawn = [line.split() for line in marks.read_text().splitlines()]
    assert len(drawn) == 3
    for numbers in zip(*drawn, strict=True):
        assert len(set(numbers)) == 3  # no two kernels draw the same


def test_what_a_cell_printed_is_kept_with_that_cell(tmp_path):
    """Also when another fails: nothing is left in a stream that was thought to be empty."""
    fails = "import sys\nprint('two'); print('three', file=sys.stderr)\nraise ValueError('stop')"
    write_notebook(tmp_path, "prints", "print('one')", "1", fails)
    job = Job(read_topics(tmp_path)[0], NATION, Parameters(period="2023-M09", org=NATION.code))
    (result,) = execute([job], data=tmp_path, workers=1, timeout=60)
    assert result.peak_memory  # a forked kernel
    cells = [cell for cell in json.loads(result.partial)["cells"] if cell["cell_type"] == "code"]
    printed = ["".join("".join(output.get("text", "")) for output in cell["outputs"]) for cell in cells]
    assert printed[-3:] == ["one\n", "", "two\nthree\n"]
    assert cells[-1]["outputs"][-1]["evalue"] == "stop"


def test_what_is_printed_comes_while_the_cell_still_runs_and_once(tmp_path):
    """Also when a fork prints after it: a copy of the text waits in the fork too."""
    prints = "import os, time\nprint('begun')\nif os.fork() == 0:\n    print('of a fork'); os._exit(0)"
    write_notebook(tmp_path, "prints", f"{prints}\nos.wait(); time.sleep(60)")
    job = Job(read_topics(tmp_path)[0], NATION, Parameters(period="2023-M09", org=NATION.code))
    (result,) = execute([job], data=tmp_path, workers=1, timeout=2)
    assert result.failure.type == "TimeoutError"
    (shown,) = [cell["outputs"] for cell in json.loads(result.partial)["cells"] if cell.get("outputs")]
    printed = "".join(output["text"] for output in join_streams(shown) if output["output_type"] == "stream")
    assert sorted(printed.splitlines()) == ["begun", "of a fork"]


def join_streams(outputs):
    """A cell's outputs with what was printed in one piece: a clock decides in how many it comes."""
    joined = []
    for output in outputs:
        if joined and output["output_type"] == "stream" and joined[-1].get("name") == output["name"]:
            joined[-1]["text"] += output["text"]
        else:
            joined.append(output)
    for output in joined:
        output["text"] = "".join(output.get("text", ""))
    return joined


def test_a_forked_kernel_shows_what_a_new_one_shows(tmp_path, monkeypatch):
    write_notebook(tmp_path, "shows", *SHOWS)
    monkeypatch.delenv("PYTEST_CURRENT_TEST")  # where it is set, kernels leave what children print alone
    job = Job(read_topics(tmp_path)[0], NATION, Parameters(period="2023-M09", org=NATION.code))

    def outputs():
        (result,) = execute([job], data=tmp_path, workers=1, timeout=60)
        assert result.failure.type == "StdinNotImplementedError"
        cells = [cell for cell in json.loads(result.partial)["cells"] if cell["cell_type"] == "code"]
        return result.peak_memory, [join_streams(cell["outputs"]) for cell in cells]

    memory, forked = outputs()
    monkeypatch.setenv("THADS_NO_FORK", "1")
    no_memory, fresh = outputs()
    assert memory
    assert no_memory is None
    assert forked == fresh
    texts = json.dumps(forked)
    for expected in ("printed by a child", "written", "asked of a shell", "<b>2</b>", "kept", "'awaited'",
                     "'in the background'", "of a thread", "of a fork", "1000000"):  # fmt: skip
        assert expected in texts
    assert "wiped" not in texts


def test_the_warm_process_ends_with_its_owner(tmp_path):
    zygote = start_zygote({}, tmp_path)
    process = zygote._process
    zygote.close()
    assert process.returncode is not None
    with socket.socket(socket.AF_UNIX) as line, pytest.raises(ConnectionRefusedError):
        line.connect(zygote.address)


def test_who_waits_for_the_warm_process_waits_until_it_serves(tmp_path):
    zygote = start_zygote({}, tmp_path)
    done = threading.Event()
    waiting = threading.Thread(target=lambda: (zygote.wait(), done.set()))
    waiting.start()
    assert not done.wait(0.1)  # it is held until it is released
    zygote.release("")
    assert done.wait(60)
    zygote.close()
    zygote.wait()  # nor for one that is gone
    waiting.join()


def test_a_warm_process_that_ended_early_is_told_of(tmp_path, caplog):
    zygote = start_zygote({}, tmp_path)
    os.kill(zygote._process.pid, signal.SIGKILL)
    while zygote._process.poll() is None:
        time.sleep(0.01)
    zygote.release("")
    zygote.close()
    assert "ended early (-9)" in caplog.text
