"""What a second run makes again and what it does not; what a stopped run leaves; who may run."""

import json
import os
import random
import re
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import filelock
import pandas as pd
import pytest
from tiny_notebooks import EXHIBITS, RECORD, write_notebook
from tiny_store import write_store
from typer.testing import CliRunner

from thads_analysis import context, paths, store
from thads_analysis.cli import app
from thads_analysis.context import load_context, save_context
from thads_analysis.errors import DataError
from thads_analysis.org import Org
from thads_analysis.period import Period
from thads_analysis.run import (
    Failure,
    PageFiles,
    Result,
    batch,
    log,
    make_plan,
    publish,
    read_manifest,
    resume,
    run_period,
)
from thads_analysis.run.publish import Places

NOTED = """import pathlib
with pathlib.Path(MARKS, "made").open("a") as file:
    file.write(f"{org}/PAGENAME\\n")
"""


def pretend(jobs, *, data, workers, timeout, context):
    """Stand for `execute`: a page says which notebook, whose figures and which language it is made of."""
    for job in jobs:
        if "1 / 0" in job.topic.source:
            yield Result(job, 0.1, failure=Failure(4, "ZeroDivisionError", "division by zero"), partial="{}")
            continue
        about = {
            "org_code": job.org.code,
            "provenance": ["simulated"],
            "figures": [],
            "made_of": [job.topic.source, context.digest(), job.parameters.lang],
        }
        html = f'<nav class="site-nav"></nav><a href="../79/b.html">79</a>{job.stem}'
        yield Result(job, 0.1, PageFiles(html, "{}", json.dumps(about)))


class Desk:
    """A folder with notebooks, figures and pages."""

    def __init__(self, folder):
        self.folder, self.data, self.out = folder, folder / "data", folder / "out" / "2023-M09"
        self.notebooks = folder / "notebooks"
        self.notebooks.mkdir()
        write_store(self.data)

    def write(self, name, *cells, **about):
        note = NOTED.replace("MARKS", repr(str(self.folder))).replace("PAGENAME", about["page"])
        write_notebook(self.notebooks, name, note, *(cells or (EXHIBITS, RECORD)), **about)

    def run(self, *, lang="vi", whole=False, **choice):
        """Run; give the outcome and the pages that were made, not taken from before."""
        plan = make_plan("2023-M09", orgs=["VN", "01", "79"], lang=lang)
        plan = replace(plan, whole=whole)
        outcome = run_period(plan, data=self.data, folder=self.out, workers=2, timeout=60, **choice)
        return outcome, sorted(entry.stem for entry in outcome.entries if not entry.reused)

    def tree(self):
        """Bytes of the pages by path; the executed notebooks and the record of the run left out."""
        return {
            path.relative_to(self.out).as_posix(): path.read_bytes()
            for path in self.out.rglob("*")
            if path.suffix in (".html", ".json") and path.name != "manifest.json"
        }


@pytest.fixture
def real_desk(tmp_path, monkeypatch):
    desk = Desk(tmp_path)
    real = paths._carried
    monkeypatch.setattr(paths, "_carried", lambda k: desk.notebooks if k == "notebooks" else real(k))
    # Someone may be editing the library while its tests run.
    monkeypatch.setattr(resume, "_digest_library", lambda: "")
    return desk


@pytest.fixture
def desk(real_desk, monkeypatch):
    monkeypatch.setattr(batch, "execute", pretend)
    real_desk.write("a", page="a")
    real_desk.write("b", page="b", orgs=("province",))
    return real_desk


ALL = ["01/a", "01/b", "79/a", "79/b", "VN/a"]


def test_a_second_run_makes_nothing_and_gives_the_same(desk):
    assert desk.run()[1] == ALL
    before = desk.tree()
    outcome, made = desk.run()
    assert made == []
    assert {entry.stem for entry in outcome.entries if entry.reused} == set(ALL)
    assert desk.tree() == before
    assert read_manifest(desk.out).totals["reused"] == 5


def test_force_makes_everything_and_gives_the_same(desk):
    desk.run()
    before = desk.tree()
    assert desk.run(force=True)[1] == ALL
    assert desk.tree() == before
    assert read_manifest(desk.out).totals["reused"] == 0


def test_a_changed_notebook_makes_its_own_pages_again(desk):
    desk.run()
    desk.write("b", EXHIBITS, RECORD, "x = 1", page="b", orgs=("province",))
    assert desk.run()[1] == ["01/b", "79/b"]


def test_another_language_makes_every_page_again(desk):
    desk.run()
    assert desk.run(lang="en", whole=True)[1] == ALL
    assert read_manifest(desk.out).lang == "en"


def test_a_page_that_was_touched_is_made_again(desk):
    desk.run()
    (desk.out / "79" / "a.html").write_text("other", encoding="utf-8")
    assert desk.run()[1] == ["79/a"]


def test_new_figures_of_one_province_make_its_pages_again_and_those_that_compare(desk):
    # Notebook b says that it reads the figures of its own organisation alone.
    own = desk.notebooks / "b.ipynb"
    notebook = json.loads(own.read_text(encoding="utf-8"))
    notebook["metadata"]["thads"]["reads"] = "own"
    own.write_text(json.dumps(notebook), encoding="utf-8")
    desk.run()
    row = ("63", "79", 2023, 9, "cases", "completed", 400_001, "Thử", "reported", "2023-07-05", "final")
    columns = [
        "org_regime", "org_code", "fiscal_year", "months", "measure", "item", "value", "source",
        "provenance", "as_of", "vintage",
    ]  # fmt: skip
    frame = pd.DataFrame([row], columns=columns).astype({"as_of": "datetime64[ns]"})
    store.add(desk.data / "store", [(Path("later.csv"), "1" * 64, frame)])
    assert desk.run()[1] == ["01/a", "79/a", "79/b", "VN/a"]


def test_the_digest_of_one_province_does_not_see_another(sample_panel, monkeypatch):
    period = Period.parse("2021-M09")
    panel = sample_panel[sample_panel.index.get_level_values("fiscal_year") <= 2021]
    nation = panel.groupby(level=["fiscal_year", "months"]).sum(min_count=1)
    origins = pd.DataFrame({"source": ["Thử"]})
    one, other = (panel.index.get_level_values("org")[i] for i in (0, -1))
    changed = panel.copy()
    place = (other, 2021, 9)
    changed.loc[place, ("cases", "separate_book")] += 1
    first, second = (
        context.Context(period, frame, nation, origins, pd.DataFrame({"x": [1]}))
        for frame in (panel, changed)
    )
    assert first.digest(Org.from_key(one)) == second.digest(Org.from_key(one))
    assert first.digest(Org.from_key(other)) != second.digest(Org.from_key(other))
    assert first.digest() != second.digest()


def test_a_failed_run_does_not_replace_a_good_one(desk):
    desk.run()
    before = desk.tree()
    desk.write("b", "1 / 0", page="b", orgs=("province",))
    outcome, _ = desk.run()
    assert desk.tree() == before
    beside = Places(desk.out).failed
    assert outcome.index == beside / "index.html"
    assert outcome.index.is_file()
    assert "ZeroDivisionError" in (beside / "failed" / "79" / "b.txt").read_text(encoding="utf-8")
    assert (beside / "failed" / "79" / "b.ipynb").is_file()
    # Mended, it takes the place of the good one, and what lay beside goes.
    desk.write("b", page="b", orgs=("province",))
    outcome, made = desk.run()
    assert (outcome.index.parent, made) == (desk.out, [])  # the good pages were still there
    assert not beside.exists()


def test_a_run_with_failures_replaces_one_with_failures(desk):
    desk.write("b", "1 / 0", page="b", orgs=("province",))
    first, _ = desk.run()
    second, made = desk.run()
    assert first.index == second.index == desk.out / "index.html"
    assert made == ["01/b", "79/b"]  # what failed is tried again, what was made is not


def test_a_second_run_at_once_is_told_who_runs(desk):
    places = Places(desk.out)
    desk.out.parent.mkdir()
    places.work.mkdir()
    owner = {"process": 4711, "host": "may-chu", "since": "2023-07-05T08:00:00+00:00"}
    (places.work / "owner.json").write_text(json.dumps(owner) + "\n", encoding="utf-8")
    with filelock.FileLock(places.lock), pytest.raises(DataError) as caught:
        desk.run()
    assert "process 4711 on may-chu since 2023-07-05T08:00:00" in str(caught.value)
    assert not desk.out.exists()
    # The holder is gone: its lock is given back by the system, whatever the file says.
    assert desk.run()[1] == ALL


@pytest.mark.skipif(sys.platform == "win32", reason="there an open file keeps its name")
def test_the_lock_of_a_file_whose_name_has_gone_is_not_taken(desk, monkeypatch):
    """Another run ends, and its lock file goes, between this one's opening of the file and its lock."""
    import fcntl

    desk.out.parent.mkdir()
    places, flock = Places(desk.out), fcntl.flock

    def come_late(descriptor, operation):
        places.lock.unlink(missing_ok=True)
        flock(descriptor, operation)

    with monkeypatch.context() as patch:
        patch.setattr(fcntl, "flock", come_late)
        with pytest.raises(DataError, match="a run is under way"), publish.hold(places):
            pass
    assert desk.run()[1] == ALL


def test_a_run_names_itself_while_it_runs_and_no_longer(desk, monkeypatch):
    seen = []

    def look(*arguments, **options):
        seen.append(log.read_owner(Places(desk.out).work))
        yield from pretend(*arguments, **options)

    monkeypatch.setattr(batch, "execute", look)
    desk.run()
    assert re.fullmatch(
        rf"process {os.getpid()} on {re.escape(socket.gethostname())} since [\dT:-]{{19}} UTC", seen[0]
    )
    published = b"".join(path.read_bytes() for path in desk.out.rglob("*") if path.is_file())
    assert f'"{socket.gethostname()}"'.encode() not in published


def test_half_a_swap_is_mended(desk):
    desk.run()
    before = desk.tree()
    places = Places(desk.out)
    desk.out.rename(places.old)
    places.new.mkdir()
    assert desk.run()[1] == []
    assert desk.tree() == before
    assert not places.old.exists()
    assert not places.new.exists()


def test_without_the_exchange_of_folders_the_result_is_the_same(desk, monkeypatch):
    monkeypatch.setattr(publish, "_exchange", lambda one, other: False)
    desk.run()
    before = desk.tree()
    desk.run(force=True)
    assert desk.tree() == before
    assert {path.name for path in desk.out.parent.iterdir()} == {"2023-M09"}


def test_the_log_has_one_object_a_line(desk):
    desk.run()
    events = [json.loads(line) for line in (desk.out / "run.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [event["event"] for event in events] == ["started", *["page"] * 5, "finished"]
    assert {event["entry"]["org_code"] for event in events[1:-1]} == {"VN", "01", "79"}
    assert all(event["time"].endswith("+00:00") for event in events)


def test_status_prints_the_totals_and_every_page(desk):
    desk.write("b", "1 / 0", page="b", orgs=("province",))
    desk.run()
    shown = CliRunner().invoke(app, ["status", str(desk.out)])
    assert shown.exit_code == 1
    assert "2023-M09 vi: 3 of 5 pages, 2 failed, 0 there already" in shown.output
    assert "79/b Hồ Chí Minh failed" in shown.output
    assert "cell 4: ZeroDivisionError: division by zero" in shown.output


def test_status_of_a_folder_without_pages_says_so(tmp_path):
    shown = CliRunner().invoke(app, ["status", str(tmp_path)])
    assert isinstance(shown.exception, DataError)


@pytest.mark.skipif(sys.platform != "linux", reason="finds the processes in /proc")
def test_a_killed_run_goes_on_where_it_was(real_desk):
    """Kill the whole tree of processes at random moments; then let a run get through."""
    desk = real_desk
    desk.write("a", EXHIBITS, RECORD, "import time; time.sleep(0.3)", page="a")
    desk.write("b", page="b", orgs=("province",))
    goal, desk.out = desk.out, desk.folder / "calm" / "2023-M09"
    desk.run()
    undisturbed, desk.out = desk.tree(), goal
    made = desk.folder / "made"
    made.unlink()
    script = desk.folder / "script.py"
    script.write_text(
        "from pathlib import Path\nfrom thads_analysis import paths\n"
        "from thads_analysis.run import make_plan, resume, run_period\n"
        "real = paths._carried\n"
        f"paths._carried = lambda k: Path({str(desk.notebooks)!r}) if k == 'notebooks' else real(k)\n"
        "resume._digest_library = lambda: ''\n"
        "if __name__ == '__main__':\n"
        "    plan = make_plan('2023-M09', orgs=['VN', '01', '79'])\n"
        f"    run_period(plan, data=Path({str(desk.data)!r}), folder=Path({str(desk.out)!r}),"
        " workers=2, timeout=60)\n"
    )
    moments = random.Random(4)  # noqa: S311 - any moments will do
    for _ in range(3):
        noted = len(noted_pages(desk))
        with subprocess.Popen([sys.executable, str(script)], stderr=subprocess.DEVNULL) as run:  # noqa: S603
            limit = time.monotonic() + 120
            while len(noted_pages(desk)) == noted and run.poll() is None and time.monotonic() < limit:
                time.sleep(0.02)
            time.sleep(moments.uniform(0, 0.4))
            for pid in [run.pid, *descendants(run.pid)]:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        assert not desk.out.exists() or desk.tree() == undisturbed
    # A fast machine may have got through before the last of them.
    noted = set(ALL) if desk.out.exists() else noted_pages(desk)
    assert noted
    made.unlink(missing_ok=True)
    desk.run()
    again = set(made.read_text().split()) if made.exists() else set()
    assert again == set(ALL) - noted
    assert desk.tree() == undisturbed


def noted_pages(desk):
    log = Places(desk.out).work / "run.jsonl"
    found = set()
    for line in log.read_text(encoding="utf-8").splitlines() if log.exists() else ():
        try:
            event = json.loads(line)
        except ValueError:
            continue
        if event["event"] == "page":
            found.add(f"{event['entry']['org_code']}/{event['entry']['page']}")
    return found


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


# --- the context that a run prepares


def test_a_prepared_context_is_what_was_saved(tmp_path, monkeypatch):
    data = tmp_path / "data"
    write_store(data)
    period = Period.parse("2023-M09")
    saved = load_context(period, str(data))
    vars(saved)["forecasts"] = pd.DataFrame(
        {
            "method": pd.Series(["usual_path", None], dtype=object),
            "rate": pd.array([0.5, None], dtype="Float64"),
        }
    )
    saved.forecasts.attrs["years"] = {2020: 0.5, 2021: 1.0}
    vars(saved)["paths"] = pd.DataFrame({0.025: [0.1], 0.5: [0.2]}, index=pd.Index(["63:79"], name="org"))
    save_context(saved, tmp_path / "prepared")
    monkeypatch.setenv("THADS_CONTEXT", str(tmp_path / "prepared"))
    monkeypatch.setenv("THADS_DATA", str(tmp_path / "nowhere"))
    read = load_context(period)
    for name in ("panel", "nation", "origins", "revisions", "forecasts", "paths"):
        pd.testing.assert_frame_equal(getattr(read, name), getattr(saved, name))
        assert getattr(read, name).attrs == getattr(saved, name).attrs
    assert read.forecasts["method"].tolist() == ["usual_path", None]
    assert load_context(period, str(data)) is saved  # a folder that is named is read


def test_a_context_is_read_without_a_thread(tmp_path):
    data = tmp_path / "data"
    write_store(data)
    period = Period.parse("2023-M09")
    save_context(load_context(period, str(data)), tmp_path / "prepared")
    code = (
        "import os; from thads_analysis.context import load_context; "
        "from thads_analysis.period import Period; import thads_analysis.report.page; "
        "load_context(Period.parse('2023-M09')); print(len(os.listdir('/proc/self/task')))"
    )
    environment = {
        **os.environ,
        "THADS_CONTEXT": str(tmp_path / "prepared"),
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        "JE_ARROW_MALLOC_CONF": "background_thread:false",
    }
    if sys.platform != "linux":
        pytest.skip("counts the threads in /proc")
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, check=True)  # noqa: S603
    assert done.stdout.strip() == b"1"
