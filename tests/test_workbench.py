"""The notebooks to work in: the desk, the lesson, and what other tools make of all of them."""

from __future__ import annotations

import ast
import json
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pandas as pd
import pytest

from thads_analysis import config, context
from thads_analysis.errors import UsageError
from thads_analysis.explore import Explorer, explore
from thads_analysis.paths import notebook_file, notebooks_dir
from thads_analysis.report import compare, open_page

NOTEBOOKS = sorted(notebooks_dir().glob("*.ipynb"))


@pytest.fixture(autouse=True)
def _in_the_sample(sample_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("THADS_DATA", str(sample_data))
    monkeypatch.chdir(tmp_path)
    config.use()
    yield
    monkeypatch.undo()
    config.use()


def run_cells(name: str, **parameters: str) -> dict[str, Any]:
    """Run a notebook's code cells here, the parameters put in after the first; give its names."""
    names: dict[str, Any] = {}
    notebook = json.loads(notebook_file(name).read_text(encoding="utf-8"))
    code = ["".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code"]
    exec(code[0], names)  # noqa: S102 - our own notebook
    names |= parameters
    for source in code[1:]:
        exec(compile(ast.parse(source), name, "exec"), names)  # noqa: S102
    return names


def test_the_desk_runs_from_its_parameters_without_a_front_end() -> None:
    names = run_cells("explore", org="45; 01", measure="money", versus="nearest last_year", first="2022-M07")
    desk = names["desk"]
    bundle = desk._repr_mimebundle_()
    assert set(bundle) == {"application/vnd.jupyter.widget-view+json", "text/html"}
    page = open_page("explore", title="Khám phá số liệu", period="2023-M09", org="45")
    choice = compare.choose(
        page, measure="money", orgs=["45", "01"], first="2022-M07", versus=["nearest", "last_year"]
    )
    pd.testing.assert_frame_equal(desk.frame, choice.frame)
    assert list(desk.frame.columns) == ["63:45", "63:01", "nearest", "last_year"]
    assert compare.history(choice).html in bundle["text/html"]
    assert compare.table(choice).html in bundle["text/html"]


def test_a_choice_changes_what_is_shown_and_a_wrong_one_says_why() -> None:
    desk = explore(period="2023-M09", org="79")
    before = desk.html
    desk.orgs.value = ("45",)
    assert "Quảng Trị" in desk.html != before
    desk.measure.value = "money"
    assert "(tiền)" in desk.shown.value
    desk.item.value = "reduced"
    desk.measure.value = "cases"  # cases are never reduced: back to what they have
    assert desk.choice.item == "completion_rate"
    kept = desk.html
    desk.first.value, desk.last.value = "2023-M09", "2022-M09"
    assert "run backwards" in desk.said.value
    desk.last.value = "2023-M09"
    assert desk.said.value == ""
    assert desk.html != kept
    desk.orgs.value = ("01", "31", "45", "48", "79")
    assert "at most 4 organisations" in desk.said.value


def test_organisations_are_searched_by_name_and_what_is_chosen_stays() -> None:
    desk = explore(period="2023-M09", org="79")
    desk.search.value = "quang t"
    assert [code for _, code in desk.orgs.options] == ["45", "79"]
    assert desk.orgs.value == ("79",)
    desk.search.value = ""
    assert len(desk.orgs.options) == 63 + 3 + 1


def test_a_view_is_kept_as_pictures_figures_and_the_code_that_makes_it_again(tmp_path: Path) -> None:
    desk = explore(period="2023-M06", org="45", item="completed", measure="money")
    files = {file.name: file for file in desk.save(tmp_path / "đã giữ")}
    stem = "2023-M06-45-completed-money"
    assert set(files) == {f"{stem}-history.png", f"{stem}-latest.png", f"{stem}.csv", f"{stem}.py"}
    assert files[f"{stem}-history.png"].read_bytes().startswith(b"\x89PNG")
    table = pd.read_csv(files[f"{stem}.csv"], index_col=["fiscal_year", "months"])
    assert table["63:45"].astype("int64").tolist() == desk.frame["63:45"].astype("int64").tolist()
    names: dict[str, Any] = {}
    exec(files[f"{stem}.py"].read_text(encoding="utf-8"), names)  # noqa: S102 - what the button wrote
    pd.testing.assert_frame_equal(names["choice"].frame, desk.frame)
    assert compare.history(names["choice"]).html == desk.exhibits[0].html


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"item": "complete"}, "There is no 'complete' to choose; expected one of completion_rate"),
        ({"measure": "việc"}, "expected one of cases, money"),
        ({"versus": ["peers"]}, "expected one of nation, region"),
        ({"first": "2024-M01"}, "run backwards"),
    ],
)
def test_what_cannot_be_chosen_is_said(wrong: dict[str, Any], message: str) -> None:
    page = open_page("mine", title="Của tôi", period="2023-M09", org="45")
    with pytest.raises(UsageError, match=message):
        compare.choose(page, **wrong)


def test_comparisons_are_of_sums_and_means_of_the_right_provinces() -> None:
    page = open_page("mine", title="Của tôi", period="2023-M09", org="45")
    panel = page.context.panel
    region = [org.key for org in page.context.orgs if org.region == page.org.region]
    others = [(key, 2023, 9) for key in region if key != "63:45"]
    counts = panel.loc[others, "cases"][["completed", "eligible"]].sum()
    rate = compare.choose(page, versus=["region"]).frame.loc[(2023, 9), "region"]
    assert rate == pytest.approx(counts["completed"] / counts["eligible"])
    mean = compare.choose(page, item="completed", versus=["region"]).frame.loc[(2023, 9), "region"]
    assert mean == pytest.approx(counts["completed"] / len(others))
    choice = compare.choose(page, versus=["last_year"])
    assert choice.frame.loc[(2023, 9), "last_year"] == choice.frame.loc[(2022, 9), "63:45"]


def test_the_lesson_ends_with_a_published_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # What its one page does not show is not computed.
    monkeypatch.setattr(context, "_COMPUTED", ())
    names = run_cells("tutorial", data=str(tmp_path / "bài học"))
    assert names["faults"] == []
    assert [entry.stem for entry in names["outcome"].entries] == ["45/diagnostics", "45/lesson"]
    with zipfile.ZipFile(tmp_path / "bài học" / "phát hành.zip") as package:
        held = [name.split("/", 1)[1] for name in package.namelist()]
    assert {"index.html", "45/lesson.html", "45/diagnostics.html"} <= set(held)
    assert names["figures"]["provenance"].unique().tolist() == ["simulated"]
    assert not list(Path.cwd().glob("*.ipynb"))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_goes_to_percent_text_and_back_without_loss(path: Path) -> None:
    jupytext = pytest.importorskip("jupytext")
    before = nbformat.read(path, as_version=4)
    after = jupytext.reads(jupytext.writes(before, fmt="py:percent"), fmt="py:percent")
    for old, new in zip(before.cells, after.cells, strict=True):
        assert (new.cell_type, new.source, new.metadata.get("tags")) == (
            old.cell_type,
            old.source,
            old.metadata.get("tags"),
        )


def test_every_chart_of_the_desk_says_what_it_shows() -> None:
    desk: Explorer = explore(period="2023-M09", org="45", lang="en")
    alts = re.findall(r'<img [^>]*alt="([^"]+)"', desk.html)
    assert len(alts) == 2
    assert all("Quảng Trị" in alt for alt in alts)
    assert "SIMULATED FIGURES" in desk.html
