"""Our notebooks as jobs of jupyter-scheduler, asked for through its own interface."""

from __future__ import annotations

import json
import shutil
import time
import urllib.request
from pathlib import Path
from typing import Any

import nbformat
from notebook_server import serve
from sample_report import PERIOD

from thads_analysis.paths import notebook_file
from thads_analysis.report.records import read_record
from thads_analysis.run.execute import SIDECAR

ORG = "45"


def ask(address: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    request = urllib.request.Request(  # noqa: S310 - our own server
        address,
        data=json.dumps(body).encode() if body else None,
        headers={"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request) as answer:  # noqa: S310
        found: dict[str, Any] = json.load(answer)
    return found


def run_as_job(server: str, notebook: str, **parameters: str) -> dict[str, Any]:
    """Create a job, as JupyterLab's form does, and wait until it has ended."""
    environment = ask(f"{server}/scheduler/runtime_environments")[0]["name"]  # type: ignore[index]
    job = {
        "name": "monthly",
        "input_uri": notebook,
        "runtime_environment_name": environment,
        "runtime_environment_parameters": {},
        "output_formats": ["ipynb"],
        # The form takes values as they are to stand in the notebook.
        "parameters": {name: json.dumps(value, ensure_ascii=False) for name, value in parameters.items()},
    }
    identifier = ask(f"{server}/scheduler/jobs", job)["job_id"]
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        found = ask(f"{server}/scheduler/jobs/{identifier}")
        if found["status"] in ("COMPLETED", "FAILED"):  # a job that has not begun is called STOPPED
            return found
        time.sleep(0.2)
    message = "the job did not end"
    raise AssertionError(message)


def outputs(notebook: nbformat.NotebookNode, kind: str) -> list[Any]:
    """Everything of a kind that the cells of a notebook show."""
    return [
        output["data"][kind]
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if kind in output.get("data", {})
    ]


def test_a_scheduled_job_makes_the_same_page_as_a_run(
    tmp_path: Path, sample_data: Path, report: Path
) -> None:
    root = tmp_path / "sổ tay"
    root.mkdir()
    shutil.copy(notebook_file("province_diagnostics"), root)
    options = [
        "--ServerApp.disable_check_xsrf=True",
        "--ServerApp.jpserver_extensions={'jupyter_scheduler': True}",
        f"--SchedulerApp.db_url=sqlite:///{(tmp_path / 'jobs.sqlite').as_posix()}",
    ]
    with serve("jupyter_server", tmp_path / "home", root, sample_data, *options) as server:
        job = run_as_job(
            server, "province_diagnostics.ipynb", period=PERIOD, org=ORG, lang="vi", data=str(sample_data)
        )
    assert job["status"] == "COMPLETED", job["status_message"]
    (made,) = (tmp_path / "home").rglob("*diagnostics*-*.ipynb")
    executed = nbformat.read(made, as_version=4)
    assert [o for cell in executed.cells for o in cell.get("outputs", []) if o.output_type == "error"] == []
    ours = nbformat.read(report / ORG / "diagnostics.ipynb", as_version=4)
    shown = outputs(executed, "text/html")
    assert len(shown) > 10
    assert shown == outputs(ours, "text/html")
    (record,) = outputs(executed, SIDECAR)
    text = (report / ORG / "diagnostics.json").read_text(encoding="utf-8")
    assert record["figures"] == read_record(text, "diagnostics.json")["figures"]
