"""Plan, execution and publication of a run, on tiny notebooks that go right and wrong."""

import ast
import hashlib
import json
import re
import sys
import tempfile
from pathlib import Path

import papermill
import pytest
from pydantic import ValidationError
from tiny_notebooks import EXHIBITS, RECORD, write_notebook
from tiny_store import write_store

import thads_analysis
from thads_analysis import paths
from thads_analysis.errors import DataError, UsageError
from thads_analysis.org import NATION, Org
from thads_analysis.run import (
    Failure,
    Job,
    Parameters,
    execute,
    make_plan,
    read_manifest,
    read_topics,
    run_period,
)
from thads_analysis.run.partial import hide_paths
from thads_analysis.run.plan import longest_first
from thads_analysis.run.zygote import can_fork
from thads_analysis.site import check_page

HCMC = Org.parse("79", "63")
LIMIT = 5 if can_fork() else 30
"""Seconds for a notebook: new interpreters, several at once on a busy machine, take some to start."""


@pytest.fixture
def notebooks(tmp_path, monkeypatch):
    """An empty folder that stands for the package's notebooks."""
    folder = tmp_path / "notebooks"
    folder.mkdir()
    real = paths._carried
    monkeypatch.setattr(paths, "_carried", lambda kind: folder if kind == "notebooks" else real(kind))
    return folder


# --- parameters


@pytest.mark.parametrize("topic", [topic.name for topic in read_topics()])
def test_every_notebook_declares_the_parameters_of_the_model(topic):
    declared = papermill.inspect_notebook(str(paths.notebook_file(topic)))
    wanted = {name: field.annotation.__name__ for name, field in Parameters.model_fields.items()}
    types = {name: about["inferred_type_name"] for name, about in declared.items()}
    assert {name: types.get(name) for name in wanted} == wanted
    # An analyst may ask a notebook for more; a run does not, and leaves these as they are.
    more = {name: ast.literal_eval(declared[name]["default"]) for name in types.keys() - wanted.keys()}
    assert not any(more.values())
    assert all(about["help"] for about in declared.values())


def test_parameters_are_kept_in_one_form():
    assert Parameters(period=" 2023-M09 ", org="TP. Hồ Chí Minh").model_dump() == {
        "period": "2023-M09",
        "org": "79",
        "lang": "vi",
        "data": "",
    }


def test_a_code_belongs_to_the_list_in_force_at_the_period():
    # Long An is 80 in the list of 63; Tây Ninh is 80 in the list of 34.
    assert Parameters(period="2023-M09", org="Long An").org == "80"
    assert Parameters(period="2026-M01", org="Tây Ninh").org == "80"


@pytest.mark.parametrize(
    ("wrong", "found"),
    [
        ({"period": "2023-M13"}, "2023-M13"),
        ({"period": "2023-M09", "org": "999"}, "999"),
        ({"period": "2023-M09", "lang": "fr"}, "fr"),
    ],
)
def test_a_wrong_parameter_says_what_it_is(wrong, found):
    with pytest.raises(UsageError, match=found):
        Parameters(**wrong)


def test_an_unknown_parameter_is_refused():
    with pytest.raises(ValidationError, match="colour"):
        Parameters(period="2023-M09", colour="red")


# --- plan


def test_the_plan_of_the_package_has_the_pages_of_the_nation_and_of_63_provinces():
    plan = make_plan("2023-M09")
    stems = [job.stem for job in plan.jobs]
    nation = {stem for stem in stems if stem.startswith("VN/")}
    assert nation >= {"VN/overview", "VN/trend", "VN/forecast"}
    assert {stem for stem in stems if stem.startswith("79/")} == {"79/diagnostics", "79/trend", "79/forecast"}
    assert len(stems) == len(set(stems)) == len(nation) + 63 * 3
    assert stems[0].startswith("VN/")
    assert plan.whole


def test_after_the_merger_the_plan_has_34_provinces():
    assert len({job.org.code for job in make_plan("2026-M01").jobs}) == 35


def test_a_topic_is_planned_for_whom_it_is_made(notebooks):
    write_notebook(notebooks, "a", page="a", orgs=("nation",))
    write_notebook(notebooks, "b", page="b", orgs=("province",))
    write_notebook(notebooks, "c", page="c")
    plan = make_plan("2023-M09", orgs=["TPHCM", "79", "VN", "Hà Nội"])
    assert [job.stem for job in plan.jobs] == ["VN/a", "VN/c", "01/b", "01/c", "79/b", "79/c"]
    assert not plan.whole
    assert not make_plan("2023-M09", topics=["c"]).whole


def test_the_longest_notebooks_are_run_first_and_equals_as_they_were_planned(notebooks):
    write_notebook(notebooks, "a", page="a")
    write_notebook(notebooks, "b", "1  # longer, as it says itself", EXHIBITS, RECORD, page="b")
    plan = make_plan("2023-M09", orgs=["79", "01"])
    assert [job.stem for job in longest_first(plan.jobs)] == ["01/b", "79/b", "01/a", "79/a"]


def test_a_plan_without_a_page_says_for_whom_the_notebook_is_made(notebooks):
    write_notebook(notebooks, "a", page="a", orgs=("nation",))
    with pytest.raises(UsageError, match="Nothing to run for 79: a is made for nation"):
        make_plan("2023-M09", orgs=["79"])


def test_an_unknown_topic_is_refused_with_those_there_are(notebooks):
    write_notebook(notebooks, "a")
    with pytest.raises(UsageError, match="no notebook 'b'; there are: a"):
        make_plan("2023-M09", topics=["b"])


def test_an_analysts_own_notebook_is_no_topic(notebooks):
    (notebooks / "own.ipynb").write_text('{"metadata": {}, "cells": []}', encoding="utf-8")
    assert read_topics() == ()


@pytest.mark.parametrize(
    "text", ["no json", "[]", '{"metadata": {"thads": {"page": "a"}}}', '{"metadata": {"thads": 3}}']
)
def test_a_notebook_without_what_a_topic_needs_is_named(notebooks, text):
    (notebooks / "odd.ipynb").write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match=r"odd\.ipynb"):
        read_topics()


def test_an_unknown_kind_of_organisation_is_named(notebooks):
    write_notebook(notebooks, "odd", orgs=("district",))
    with pytest.raises(UsageError, match="district"):
        read_topics()


# --- execution: one run of notebooks that each go their own way

WARNS = """import os, sys, warnings
warnings.warn("tiny warning")
print("tiny output", os.getcwd())
object()
"""
ENVIRONMENT = f"""import os, sys
assert sys.executable == {sys.executable!r}
assert os.environ["THADS_DATA"] == HERE
assert {{os.environ[name] for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS")}} == {{"1"}}
assert data == "" and "period" in globals()
from IPython.paths import get_ipython_dir
assert os.path.dirname(get_ipython_dir()) == os.path.dirname(os.environ["TMPDIR"])
"""
CASES = {
    "good": (),
    "noisy": (WARNS, EXHIBITS, RECORD),
    "raising": ("x = 1", "open('/nowhere/secret/figures.csv')"),
    "muddled": (WARNS, "import json\njson.loads('{')"),
    "killed": ("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)",),
    "exiting": ("import os\nos._exit(0)",),
    "looping": ("x = 1", "while True: pass"),
    "sleepy": (f"import time\ntime.sleep({0.4 * LIMIT})",) * 3,  # no cell alone takes too long
    "silent": (EXHIBITS,),
    "repeated": (EXHIBITS, RECORD, RECORD),
    "misplaced": (EXHIBITS, RECORD.replace('"page": PAGE', '"page": "other"')),
    "incomplete": (EXHIBITS, RECORD.replace('"title": "Trang thử", ', "")),
    "lacking": (EXHIBITS.replace("tab-a", "tab-b"), RECORD),
    "recorded": (EXHIBITS, RECORD.replace('"id": "fig-a"', '"id": "fig-z"')),
    "hostile": (EXHIBITS + 'display(HTML("<script>alert(1)</script>"))', RECORD),
}


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """Result of each case by its name, and the folder of temporary files as it was left."""
    folder = tmp_path_factory.mktemp("cases")
    for name, cells in CASES.items():
        write_notebook(folder, name, *cells, page=name)
    write_notebook(folder, "environment", ENVIRONMENT.replace("HERE", repr(str(folder))), EXHIBITS, RECORD)
    jobs = [
        Job(topic, NATION, Parameters(period="2023-M09", org=NATION.code)) for topic in read_topics(folder)
    ]
    done = list(execute(jobs, data=folder, workers=2, timeout=LIMIT))
    assert len(done) == len(jobs)
    return {result.job.topic.name: result for result in done}


@pytest.mark.parametrize("name", ["good", "noisy", "environment"])
def test_a_sound_notebook_becomes_a_page(results, name):
    result = results[name]
    assert result.failure is None
    assert check_page(result.page.html, ["fig-a", "tab-a"]) == []
    assert json.loads(result.page.ipynb)["nbformat"] == 4
    assert json.loads(result.page.json)["topic"] == name


@pytest.mark.parametrize(
    ("name", "failure"),
    [
        # The cells are counted as In [n]: 1 declares the parameters, 2 is injected.
        ("raising", Failure(4, "FileNotFoundError", "[Errno 2] No such file or directory: 'figures.csv'")),
        ("killed", Failure(3, "DeadKernelError", "The kernel died while it ran this cell")),
        ("exiting", Failure(3, "DeadKernelError", "The kernel died while it ran this cell")),
        ("looping", Failure(4, "TimeoutError", f"The notebook took longer than {LIMIT} s")),
        ("silent", Failure(None, "DataError", "silent.ipynb showed 0 records")),
        ("repeated", Failure(None, "DataError", "repeated.ipynb showed 2 records")),
        ("misplaced", Failure(None, "DataError", "says page is 'other'; the run asked for 'misplaced'")),
        ("incomplete", Failure(None, "DataError", "lacks title")),
        ("lacking", Failure(None, "DataError", "tab-a is missing")),
        ("recorded", Failure(None, "DataError", "fig-z is missing")),
        ("hostile", Failure(None, "DataError", "it holds <script>")),
    ],
)
def test_a_notebook_that_goes_wrong_is_a_failure_with_its_cell(results, name, failure):
    found = results[name].failure
    assert results[name].page is None
    assert (found.cell, found.type) == (failure.cell, failure.type)
    assert failure.message in found.message


def test_the_limit_is_one_for_the_whole_notebook(results):
    assert results["sleepy"].failure.type == "TimeoutError"


def test_the_executed_notebook_has_outputs_and_parameters_but_no_record(results):
    notebook = json.loads(results["good"].page.ipynb)
    assert any('period = "2023-M09"' in "".join(cell["source"]) for cell in notebook["cells"])
    assert [list(output["data"]) for cell in notebook["cells"] for output in cell.get("outputs", [])] == [
        ["text/html"]
    ] * 3


def test_nothing_of_this_machine_or_moment_is_left_in_the_files(results):
    texts = [
        getattr(results[name].page, kind) for name in ("good", "noisy") for kind in ("html", "ipynb", "json")
    ]
    for text in texts:
        assert str(Path.home()) not in text
        assert tempfile.gettempdir() not in text
        assert "papermill" not in text
        assert re.search(r"\d\d:\d\d:\d\d", text) is None
        assert "tiny warning" not in re.sub(r"warnings\.warn\(.*?\)", "", text)
        assert "object at 0x" not in text


def test_a_failed_notebook_has_no_path_of_this_machine(results):
    partials = {name: result.partial for name, result in results.items() if result.failure}
    assert len(partials) > 10
    places = [Path.home(), Path(thads_analysis.__file__).parents[1], sys.prefix, sys.base_prefix]
    for name, partial in partials.items():
        written = json.dumps([cell.get("outputs") for cell in json.loads(partial)["cells"]])
        assert [place for place in (tempfile.gettempdir(), *places) if str(place) in written] == [], name
        assert "papermill" not in partial.replace("injected-parameters", "")
    frames = "".join(json.loads(partials["muddled"])["cells"][-1]["outputs"][0]["traceback"])
    assert "Cell In[4], line 2" in frames
    assert "File json/decoder.py:" in frames
    assert "\x1b" not in frames


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        (
            "File ~/.pyenv/versions/3.11.7/lib/python3.11/json/decoder.py:337, in x",
            "File json/decoder.py:337, in x",
        ),
        (
            "\x1b[36mFile \x1b[39m\x1b[32m/v/site-packages/pandas/core/a.py:1\x1b[39m",
            "File pandas/core/a.py:1",
        ),
        ("/srv/thads_analysis/thads_analysis/report/page.py:298", "thads_analysis/report/page.py:298"),
        ("/srv/thads_analysis/.venv/lib/python3.11/site-packages/numpy/a.py", "numpy/a.py"),
        (r"C:\Users\lan\venv\Lib\site-packages\pandas\a.py:3", "pandas/a.py:3"),
        (r"open('C:\Users\Lan Anh\so lieu.csv')", "open('so lieu.csv')"),
        ("/scratch/thads-run-1-x/job-y/ipykernel_7/3497.py:2: UserWarning", "3497.py:2: UserWarning"),
        ("[Errno 2] No such file: '/home/lan/data/x.csv'", "[Errno 2] No such file: 'x.csv'"),
        (f"in {Path.home()}", "in ~"),
        ("66,53% = 382.058/574.239 việc; 30/9/2023; và/hoặc", None),
        ("https://moj.gov.vn/thads/a.html </td></tr> a / b", None),
    ],
)
def test_paths_are_shortened_and_nothing_else(text, hidden):
    assert hide_paths(text) == (text if hidden is None else hidden)


# --- publication


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    write_store(folder)
    return folder


def publish(data, out, *, workers=2, on_page=lambda entry: None, **choice):
    plan = make_plan("2023-M09", **choice)
    return run_period(plan, data=data, folder=out / "2023-M09", workers=workers, timeout=60, on_page=on_page)


def tree(folder):
    return {
        file.relative_to(folder).as_posix(): file.read_bytes()
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    }


@pytest.fixture(scope="module")
def published(tmp_path_factory, data):
    """A run of a good and a failing notebook for two organisations: outcome and folder."""
    folder = tmp_path_factory.mktemp("published")
    notebooks = folder / "notebooks"
    notebooks.mkdir()
    link = EXHIBITS + 'display(HTML(\'<a href="../79/trend.html">79</a> <a href="../01/trend.html">01</a>\'))'
    write_notebook(notebooks, "good", link, RECORD, page="trend")
    write_notebook(notebooks, "bad", "1 / 0", page="forecast", orgs=("province",))
    with pytest.MonkeyPatch.context() as patch:
        real = paths._carried
        patch.setattr(paths, "_carried", lambda kind: notebooks if kind == "notebooks" else real(kind))
        outcome = publish(data, folder, orgs=["VN", "79"])
        yield outcome, folder / "2023-M09", folder


def test_a_run_leaves_the_files_that_others_rely_on(published):
    outcome, folder, _ = published
    assert list(tree(folder)) == [
        *(f"79/trend.{suffix}" for suffix in ("html", "ipynb", "json")),
        *(f"VN/trend.{suffix}" for suffix in ("html", "ipynb", "json")),
        "annex.xlsx",
        "failed/79/forecast.ipynb",
        "failed/79/forecast.txt",
        "index.html",
        "manifest.json",
        "run.jsonl",
    ]
    assert outcome.index == folder / "index.html"
    assert {path.name for path in folder.parent.iterdir()} == {"2023-M09", "notebooks"}


def test_the_manifest_lists_every_page_with_its_files_and_every_failure(published):
    outcome, folder, _ = published
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert [(e["org_code"], e["page"], e["status"]) for e in manifest["entries"]] == [
        ("VN", "trend", "ok"),
        ("79", "forecast", "failed"),
        ("79", "trend", "ok"),
    ]
    assert manifest["entries"][1]["error"] == {
        "cell": 3,
        "type": "ZeroDivisionError",
        "message": "division by zero",
    }
    files = [file for e in manifest["entries"] for file in e["files"]]
    assert len(files) == 3 + 2 + 3  # a failed page has its notebook and its error
    for file in files:
        assert hashlib.sha256((folder / file["path"]).read_bytes()).hexdigest() == file["sha256"]
    counts = {name: manifest["totals"][name] for name in ("pages", "ok", "failed", "reused")}
    assert counts == {"pages": 3, "ok": 2, "failed": 1, "reused": 0}
    assert (manifest["as_of"], manifest["provenance"]) == ("2023-07-05", ["simulated"])
    assert [entry.stem for entry in outcome.failed] == ["79/forecast"]


def test_every_link_of_the_tree_leads_to_a_file(published):
    _, folder, _ = published
    links = 0
    for file in folder.rglob("*.html"):
        for href in re.findall(r'<a href="([^"]*)"', file.read_text(encoding="utf-8")):
            assert (file.parent / href).is_file(), f"{file.name}: {href}"
            links += 1
    # The index to pages, pages to the index, to each other in the navigation, to 79/trend; the annex.
    assert links == 2 + 2 + 2 + 2 + 1


def test_a_restricted_run_adds_to_the_tree_and_replaces_what_it_made(published, data, monkeypatch):
    _, folder, root = published
    before = tree(folder)
    with monkeypatch.context() as patch:
        real = paths._carried
        patch.setattr(paths, "_carried", lambda k: root / "notebooks" if k == "notebooks" else real(k))
        publish(data, root, orgs=["01"], topics=["good"])
        after = tree(folder)
        assert set(after) - set(before) == {f"01/trend.{suffix}" for suffix in ("html", "ipynb", "json")}
        assert after["79/trend.json"] == before["79/trend.json"]
        # The link to the page that was not there has come to life.
        assert b'<a data-page="../01/trend.html">' in before["VN/trend.html"]
        assert b'<a href="../01/trend.html">' in after["VN/trend.html"]
        # A page that now fails goes, with its link.
        write_notebook(root / "notebooks", "good", "1 / 0", page="trend")
        publish(data, root, orgs=["01"], topics=["good"])
        last = tree(folder)
    assert {path for path in last if path.startswith("01/")} == set()
    assert last["VN/trend.html"] == before["VN/trend.html"]
    assert [e.status for e in read_manifest(folder).entries if e.org_code == "01"] == ["failed"]


def test_a_whole_run_replaces_the_tree_and_gives_the_same_bytes_again(notebooks, data, tmp_path):
    write_notebook(notebooks, "good", WARNS, EXHIBITS, RECORD, page="trend", orgs=("nation",))
    stale = tmp_path / "second" / "2023-M09" / "VN" / "gone.html"
    stale.parent.mkdir(parents=True)
    stale.write_text("old", encoding="utf-8")
    (tmp_path / "second" / "2023-M09" / "manifest.json").write_text("{}", encoding="utf-8")
    for name in ("first", "second"):
        publish(data, tmp_path / name)
    assert not stale.exists()
    first, second = (tree(tmp_path / name) for name in ("first", "second"))
    differ = {"2023-M09/manifest.json", "2023-M09/run.jsonl"}
    assert {path for path in first if first[path] != second[path]} == differ


def test_an_interrupted_run_leaves_the_old_tree_and_nothing_else(notebooks, data, tmp_path):
    write_notebook(notebooks, "good", page="trend", orgs=("nation",))
    write_notebook(notebooks, "slow", "import time; time.sleep(60)", page="slow", orgs=("nation",))
    old = tmp_path / "2023-M09"
    old.mkdir()
    (old / "manifest.json").write_text("{}", encoding="utf-8")
    (old / "index.html").write_text("old", encoding="utf-8")

    def interrupt(entry):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        publish(data, tmp_path, on_page=interrupt)
    assert tree(old) == {"index.html": b"old", "manifest.json": b"{}"}
    hidden = {".2023-M09.work"}  # the next run goes on from there
    assert {path.name for path in tmp_path.iterdir()} == {"2023-M09", "notebooks"} | hidden


def test_a_folder_that_no_run_made_is_not_touched(notebooks, data, tmp_path):
    write_notebook(notebooks, "good", orgs=("nation",))
    letter = tmp_path / "2023-M09" / "letter.docx"
    letter.parent.mkdir()
    letter.write_text("mine", encoding="utf-8")
    with pytest.raises(UsageError, match="no run made it"):
        publish(data, tmp_path)
    assert letter.read_text(encoding="utf-8") == "mine"


def test_an_output_that_is_a_file_is_a_usage_error(notebooks, data, tmp_path):
    write_notebook(notebooks, "good", orgs=("nation",))
    (tmp_path / "out").write_text("x", encoding="utf-8")
    with pytest.raises(UsageError, match="Cannot write"):
        publish(data, tmp_path / "out")


def test_one_folder_holds_one_language(published, data, monkeypatch):
    _, _, root = published
    real = paths._carried
    monkeypatch.setattr(paths, "_carried", lambda k: root / "notebooks" if k == "notebooks" else real(k))
    with pytest.raises(UsageError, match="in 'vi'"):
        publish(data, root, orgs=["79"], topics=["good"], lang="en")


def test_a_damaged_manifest_is_named(notebooks, data, tmp_path):
    write_notebook(notebooks, "good")
    (tmp_path / "2023-M09").mkdir()
    (tmp_path / "2023-M09" / "manifest.json").write_text('{"period": 3}', encoding="utf-8")
    with pytest.raises(DataError, match=r"2023-M09/manifest\.json: period"):
        publish(data, tmp_path, orgs=["79"])


def test_a_map_of_something_else_is_refused_before_anything_runs(notebooks, data, tmp_path):
    write_notebook(notebooks, "good")
    file = tmp_path / "map.json"
    file.write_text('{"features": [{"properties": {"name": "Atlantis"}}]}', encoding="utf-8")
    folder = tmp_path / "out" / "2023-M09"
    plan = make_plan("2023-M09", orgs=["79"])
    with pytest.raises(DataError, match=r"map\.json: feature 1: name 'Atlantis' is no province"):
        run_period(plan, data=data, folder=folder, workers=1, timeout=60, map_file=file)
    assert not folder.exists()


def test_a_period_without_figures_is_refused_before_anything_runs(notebooks, data, tmp_path):
    write_notebook(notebooks, "good")
    plan = make_plan("2019-M02", orgs=["79"])
    with pytest.raises(DataError, match="2023-M09"):
        run_period(plan, data=data, folder=tmp_path / "2019-M02", workers=1, timeout=60)
    assert not (tmp_path / "2019-M02").exists()
