"""The command: what it prints, where, and its exit status."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tiny_notebooks import write_notebook
from tiny_store import write_store

import thads_analysis.sample
from thads_analysis import __version__, cli, paths, store
from thads_analysis.period import Period

CSV = """org_regime,org_code,fiscal_year,months,measure,item,value
63,79,2023,9,cases,completed,49126
,VN,2023,9,cases,completed,382058
"""


pytestmark = pytest.mark.usefixtures("keep_signals")


@pytest.fixture
def thads(thads):
    """Run the command in this process: exit status, lines of stdout, lines of stderr."""

    def call(*arguments):
        status, out, err = thads(*arguments)
        return status, out.splitlines(), err.splitlines()

    return call


@pytest.fixture
def notebooks(tmp_path, monkeypatch):
    folder = tmp_path / "notebooks"
    folder.mkdir()
    real = paths._carried
    monkeypatch.setattr(paths, "_carried", lambda kind: folder if kind == "notebooks" else real(kind))
    return folder


@pytest.fixture
def data(tmp_path):
    write_store(tmp_path / "data")
    return tmp_path / "data"


@pytest.fixture
def small_sample(monkeypatch, sample_observations):
    """The sample cut down to one month, so that making it takes no time."""
    month = sample_observations[
        (sample_observations["fiscal_year"] == 2023) & (sample_observations["months"] == 9)
    ]
    monkeypatch.setattr(thads_analysis.sample, "make_observations", lambda: month)


def test_the_version(thads):
    assert thads("--version") == (0, [f"thads_analysis {__version__}"], [])


def test_the_module_is_the_command():
    done = subprocess.run(
        [sys.executable, "-m", "thads_analysis", "run", "2023-M13"], capture_output=True, check=False
    )
    assert done.returncode == 2
    assert done.stdout == b""
    assert b"2023-M13" in done.stderr
    assert b"Traceback" not in done.stderr


def test_help_imports_no_heavy_library():
    code = (
        "import sys, thads_analysis.cli as cli; sys.argv = ['thads', '--help']\n"
        "try: cli.main()\n"
        "except SystemExit: pass\n"
        "print(sorted({'pandas', 'numpy', 'papermill', 'nbconvert', 'jinja2'} & set(sys.modules)))"
    )
    done = subprocess.run(  # noqa: S603 - this interpreter, our own code
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "[]"
    assert all(command in done.stdout for command in ("run", "ingest", "sample", "lab"))


@pytest.mark.parametrize(
    ("arguments", "wrong", "right"),
    [
        (["2023-M13"], "2023-M13", "2023-M09"),
        (["June"], "June", "2023-M09"),
        (["2023-M09", "--org", "999"], "999", "VN"),
        (["2023-M09", "--org", "Hà Nụôi"], "Hà Nụôi", "Hà Nội (01)"),
        (["2023-M09", "--topic", "overview"], "overview", "national_overview"),
        (["2023-M09", "--lang", "fr"], "fr", "vi or en"),
    ],
)
def test_a_wrong_argument_is_told_in_one_line_with_what_is_right(thads, data, arguments, wrong, right):
    status, out, err = thads("run", *arguments, "--data", data, "--out", data)
    assert (status, out, len(err)) == (2, [], 1)
    assert err[0].startswith("error: ")
    assert wrong in err[0]
    assert right in err[0]


@pytest.mark.parametrize("arguments", [[], ["2023-M09", "--workers", "0"], ["2023-M09", "--colour"]])
def test_a_command_line_that_cannot_be_read_is_a_usage_error(thads, arguments):
    status, out, err = thads("run", *arguments)
    assert (status, out) == (2, [])
    assert err[0].startswith("Usage: ")


def test_a_period_without_figures_says_which_there_are(thads, data, notebooks, tmp_path):
    write_notebook(notebooks, "good")
    status, out, err = thads("run", "2021-M06", "--data", data, "--out", tmp_path / "out")
    assert (status, out, len(err)) == (1, [], 1)
    assert "2023-M09" in err[0]
    assert not (tmp_path / "out" / "2021-M06").exists()


def test_a_failed_page_is_listed_at_the_end_and_the_others_are_there(thads, data, notebooks, tmp_path):
    write_notebook(notebooks, "good", orgs=("nation",))
    write_notebook(notebooks, "bad", "1 / 0", page="forecast", orgs=("nation",))
    status, out, err = thads("run", "2023-M09", "--org", "VN", "--data", data, "--out", tmp_path)
    assert status == 1
    assert err == ["failed: VN/forecast: cell 3: ZeroDivisionError: division by zero", "1 of 2 pages failed"]
    assert out[-1] == str(tmp_path / "2023-M09" / "index.html")
    assert (tmp_path / "2023-M09" / "VN" / "trend.html").is_file()


def test_a_bug_is_not_dressed_up_as_an_error(thads, monkeypatch):
    def break_(*arguments, **options):
        raise ZeroDivisionError

    monkeypatch.setattr("thads_analysis.run.make_plan", break_)
    monkeypatch.setattr(sys, "argv", ["thads", "run", "2023-M09"])
    with pytest.raises(ZeroDivisionError):
        cli.main()


def test_the_sample_is_made_once(thads, small_sample, tmp_path):
    status, out, _ = thads("sample", "--data", tmp_path)
    assert (status, len(out)) == (0, 1)
    assert out[0].startswith("Made: ")
    assert store.periods(tmp_path / "sample" / "store") == [Period(2023, 9)]
    assert [path.name for path in (tmp_path / "sample" / "workbooks").iterdir()] == ["2023-M09.xlsx"]
    status, out, _ = thads("sample", "--data", tmp_path)
    assert status == 0
    assert out[0].startswith("There already: ")


def test_a_sample_that_was_broken_off_is_made_again(thads, small_sample, tmp_path):
    for left in (".building/workbooks", "workbooks"):
        (tmp_path / "sample" / left).mkdir(parents=True)
        (tmp_path / "sample" / left / "half.xlsx").write_bytes(b"PK")
    thads("sample", "--data", tmp_path)
    assert [path.name for path in (tmp_path / "sample" / "workbooks").iterdir()] == ["2023-M09.xlsx"]
    assert not (tmp_path / "sample" / ".building").exists()


def test_the_first_run_makes_the_sample_then_prints_a_line_a_page_and_the_index_last(
    thads, small_sample, notebooks, tmp_path, monkeypatch
):
    write_notebook(notebooks, "good")
    monkeypatch.delenv("THADS_DATA", raising=False)
    monkeypatch.setattr(paths, "_CHECKOUT", tmp_path / "installed without a checkout")
    monkeypatch.chdir(tmp_path)
    status, lines, err = thads("run", "2023-M09", "--org", "TPHCM")
    assert (status, err, len(lines)) == (0, [], 3)
    assert lines[0] == f"No figures in {tmp_path / 'data'} yet: making the simulated sample there"
    assert lines[1].startswith("79/trend Hồ Chí Minh ok ")
    assert lines[2] == str(tmp_path / "outputs" / "2023-M09" / "index.html")
    assert Path(lines[2]).is_file()


@pytest.mark.parametrize(("there", "found"), [(True, "neither a store nor the sample"), (False, "no such")])
@pytest.mark.parametrize("option", [True, False])
def test_a_data_folder_that_was_named_is_not_filled_with_the_sample(
    thads, notebooks, tmp_path, monkeypatch, there, found, option
):
    write_notebook(notebooks, "good")
    data = tmp_path / "so lieu"
    if there:
        data.mkdir()
    if not option:
        monkeypatch.setenv("THADS_DATA", str(data))
    status, out, err = thads(
        "run", "2023-M09", "--out", tmp_path / "out", *(("--data", data) if option else ())
    )
    assert (status, out, len(err)) == (2, [], 1)
    assert found in err[0]
    assert f"thads sample --data {data}" in err[0]
    assert not (data / "sample").exists()
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "options", [("--engine", "dask"), ("--scheduler", "tcp://127.0.0.1:1"), ("--engine", "spark")]
)
def test_an_engine_without_its_scheduler_is_a_usage_error(thads, data, tmp_path, options):
    status, out, err = thads("run", "2023-M09", *options, "--data", data, "--out", tmp_path / "out")
    assert (status, out) == (2, [])
    assert "--engine" in " ".join(err)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("command", ["bulletin", "check"])
def test_a_folder_in_place_of_a_file_is_called_a_folder(thads, tmp_path, command):
    folder = tmp_path / "inbox.d"
    folder.mkdir()
    status, out, err = thads(command, folder)
    assert (status, out, len(err)) == (2, [], 1)
    assert f"{folder}: a folder" in err[0]


def test_ingest_takes_a_file_once(thads, tmp_path):
    file = tmp_path / "figures.csv"
    file.write_text(CSV, encoding="utf-8")
    first = thads("ingest", file, "--data", tmp_path, "--as-of", "2023-07-05", "--vintage", "final")
    assert first == (0, ["taken: figures.csv: 2 figures"], [])
    assert thads("ingest", file, "--data", tmp_path)[:2] == (0, ["known already: figures.csv"])
    held = store.load_observations(tmp_path / "store")
    assert held["value"].sum() == 49126 + 382058
    assert set(held["vintage"].astype(str)) == {"final"}
    assert {day.isoformat()[:10] for day in held["as_of"]} == {"2023-07-05"}


def test_ingest_takes_the_good_files_and_names_the_others(thads, tmp_path):
    good = tmp_path / "good.csv"
    good.write_text(CSV, encoding="utf-8")
    half = tmp_path / "half.csv"
    half.write_text(CSV + "63,79,2023,9,cases,due,12.5\n", encoding="utf-8")
    text = tmp_path / "text.xlsx"
    text.write_text("not a workbook", encoding="utf-8")
    status, out, err = thads("ingest", good, half, text, tmp_path / "none.xlsx", "--data", tmp_path)
    assert (status, out) == (1, ["taken: good.csv: 2 figures"])
    assert [line.partition(":")[0] for line in err] == ["refused"] * 3
    assert [
        name for name in ("half.csv", "text.xlsx", "none.xlsx") if not any(name in line for line in err)
    ] == []
    assert len(store.load_observations(tmp_path / "store")) == 2


def test_ingest_that_takes_nothing_makes_no_store(thads, tmp_path):
    assert thads("ingest", tmp_path / "none.csv", "--data", tmp_path)[0] == 1
    assert not (tmp_path / "store").exists()


@pytest.mark.parametrize(
    "option",
    [("--period", "2023-M13"), ("--circular", "TT99-1999"), ("--vintage", "new"), ("--as-of", "5/7")],
)
def test_a_wrong_option_of_ingest_is_a_usage_error(thads, tmp_path, option):
    file = tmp_path / "figures.csv"
    file.write_text(CSV, encoding="utf-8")
    status, out, err = thads("ingest", file, *option, "--data", tmp_path)
    assert (status, out) == (2, [])
    assert option[1] in err[-1]


def test_lab_opens_the_notebooks_on_the_data_and_ends_with_its_status(thads, notebooks, data, monkeypatch):
    started = []

    def start(command, *, env, **options):
        assert env["THADS_DATA"] == str(data)
        started.append(command)
        return subprocess.CompletedProcess(command, 3)

    monkeypatch.setattr(subprocess, "run", start)
    monkeypatch.setenv("THADS_DATA", str(data))
    assert thads("lab")[0] == 3
    assert started == [[sys.executable, "-m", "jupyterlab", f"--notebook-dir={notebooks}"]]


@pytest.mark.skipif(sys.platform == "win32", reason="there a process is not asked to end, it is ended")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_run_that_is_stopped_leaves_no_process_and_no_page(data, tmp_path, number):
    notebooks, out = tmp_path / "notebooks", tmp_path / "out"
    notebooks.mkdir()
    mark = tmp_path / "started"
    cell = (
        f"import os, pathlib, time\npathlib.Path({str(mark)!r}).write_text(str(os.getpid()))\ntime.sleep(600)"
    )
    write_notebook(notebooks, "slow", cell, orgs=("nation",))
    script = tmp_path / "main.py"
    script.write_text(
        "from pathlib import Path\n"
        "from thads_analysis import paths\n"
        "real = paths._carried\n"
        f"paths._carried = lambda kind: Path({str(notebooks)!r}) if kind == 'notebooks' else real(kind)\n"
        "from thads_analysis.cli import main\n"
        "if __name__ == '__main__':\n"
        "    main()\n",
        encoding="utf-8",
    )
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    arguments = ["run", "2023-M09", "--org", "VN", "--data", str(data), "--out", str(out)]
    with subprocess.Popen(  # noqa: S603 - this interpreter, our own script
        [sys.executable, str(script), *arguments],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env={**os.environ, "TMPDIR": str(temporary)},
        start_new_session=True,
    ) as process:
        try:
            wait_until(lambda: process.poll() is not None or (mark.is_file() and mark.read_text()))
            process.send_signal(number)
            _, err = process.communicate(timeout=60)
        finally:
            process.kill()
    assert (process.returncode, b"Traceback" in err) == (130, False), err.decode()
    kernel = int(mark.read_text())
    wait_until(lambda: not is_alive(kernel))
    # What the next run goes on from; no pages, no temporary files.
    assert {path.name for path in out.iterdir()} == {".2023-M09.work"}
    assert list(temporary.iterdir()) == []


def wait_until(condition):
    for _ in range(600):
        if condition():
            return
        time.sleep(0.1)
    pytest.fail("waited a minute in vain")


def is_alive(process):
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return "Z" not in Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
