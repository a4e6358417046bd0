"""The package as it is installed: what is the user's own is added to it without touching it."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from test_config import say_own
from tiny_store import write_store

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder with the wheel of this checkout in it, as pip lays it out."""
    folder = tmp_path_factory.mktemp("wheel")
    site = folder / "site-packages"
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    subprocess.run(build, check=True, capture_output=True)  # noqa: S603
    (wheel,) = folder.glob("*.whl")
    pip = [sys.executable, "-m", "pip", "-q", "install", "--no-deps", "--no-index", "--target", str(site)]
    subprocess.run([*pip, str(wheel)], check=True, capture_output=True)  # noqa: S603
    return site


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user's data folder, in a folder with spaces and Vietnamese letters, found without being named."""
    monkeypatch.delenv("THADS_DATA", raising=False)
    folder = tmp_path / "thư mục có dấu" / "data"
    folder.mkdir(parents=True)
    say_own(folder)
    write_store(folder)
    return folder


def run(installed: Path, data: Path, *arguments: str) -> str:
    """Run the installed command in the user's folder; what it prints."""
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-m", "thads_analysis", *arguments],
        cwd=data.parent,
        env={**os.environ, "PYTHONPATH": str(installed), "PYTHONSAFEPATH": "1"},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_what_is_the_users_own_is_listed_and_a_topic_is_run(installed: Path, data: Path) -> None:
    where = "import thads_analysis; print(thads_analysis.__file__, len(thads_analysis.__all__))"
    environment = {**os.environ, "PYTHONPATH": str(installed), "PYTHONSAFEPATH": "1"}
    told = subprocess.run(  # noqa: S603
        [sys.executable, "-c", where], env=environment, cwd=data, capture_output=True, text=True, check=True
    )
    assert told.stdout.startswith(str(installed))

    rows = {row["setting"]: row for row in json.loads(run(installed, data, "config", "--json"))}
    assert rows["data"]["value"] == str(data)
    assert rows["groups.bac-trung-bo"]["where"].endswith("thads.toml, line 3")
    assert rows["methods.steady"]["value"] == "mine.py:Steady"

    notebook = Path(run(installed, data, "new-topic", "mine").strip())
    assert notebook == data / "chuyên đề" / "mine.ipynb"
    index = Path(run(installed, data, "run", "2023-M09", "--org", "79", "--topic", "mine").splitlines()[-1])
    assert index == data.parent / "outputs" / "2023-M09" / "index.html"
    page = (index.parent / "79" / "mine.html").read_text(encoding="utf-8")
    assert "Tỷ lệ xong (việc)" in page  # in words of the user's own
    assert 'id="fig-history"' in page
    assert '"completion_rate"' in (index.parent / "79" / "mine.json").read_text(encoding="utf-8")
    assert re.search(r'href="79/mine.html"[^>]*>\s*Mine', index.read_text(encoding="utf-8"))


def test_a_group_is_forecast_by_a_method_and_a_province_against_a_target_of_the_users_own(
    installed: Path, tmp_path: Path, sample_data: Path, sample_panel: pd.DataFrame
) -> None:
    data = tmp_path / "data"
    shutil.copytree(sample_data, data)
    say_own(data)
    asked = ("2023-M09", "--org", "bac-trung-bo", "--org", "45", "--method", "steady", "--json")
    rows = {
        (row["org_code"], row["measure"]): row
        for row in json.loads(run(installed, data, "forecast", *asked, "--data", str(data)))
    }
    assert {row["method"] for row in rows.values()} == {"steady"}
    members = [("63:44", 2023, 9), ("63:45", 2023, 9), ("63:46", 2023, 9)]
    completed, eligible = sample_panel.loc[members]["cases"][["completed", "eligible"]].sum()
    group, province = rows["bac-trung-bo", "cases"], rows["45", "cases"]
    assert (group["completed"], group["eligible"]) == (completed, eligible)
    assert group["lower_80"] < group["rate_median"] < group["upper_80"]
    assert (province["target"], province["target_source"]) == (84.5, "Quyết định ví dụ")
