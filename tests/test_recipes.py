"""Every recipe of the documentation runs, and is kept without what it printed."""

import ast
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from thads_analysis import config

ROOT = Path(__file__).parents[1]
RECIPES = sorted((ROOT / "docs" / "recipes").glob("*.ipynb"))

every_recipe = pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.stem)


@pytest.fixture(autouse=True)
def _usual_configuration() -> Iterator[None]:
    """After a recipe that puts a configuration of its own in force, the usual one again."""
    yield
    config.use()


def code_cells(path: Path) -> list[dict[str, Any]]:
    notebook = json.loads(path.read_text(encoding="utf-8"))
    return [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]


@every_recipe
def test_a_recipe_runs(path, sample_data, tmp_path, monkeypatch):
    """Its cells one after the other in this process; what a cell ends with is shown, as a notebook would."""
    monkeypatch.setenv("THADS_DATA", str(sample_data))
    monkeypatch.setenv("MPLBACKEND", "Agg")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    for cell in code_cells(path):
        code = ast.parse("".join(cell["source"]))
        last = code.body.pop() if isinstance(code.body[-1], ast.Expr) else None
        exec(compile(code, cell["id"], "exec"), names)  # noqa: S102 - our own notebook
        if last is not None:
            shown = eval(compile(ast.Expression(last.value), cell["id"], "eval"), names)  # noqa: S307
            assert getattr(shown, "_repr_html_", shown.__repr__)()


@every_recipe
def test_a_recipe_holds_something_and_nothing_that_ran_is_kept(path):
    cells = code_cells(path)
    assert any(
        isinstance(node, ast.Assert)
        for cell in cells
        for node in ast.walk(ast.parse("".join(cell["source"])))
    )
    assert all(not cell["outputs"] and cell["execution_count"] is None for cell in cells)


def test_there_are_recipes():
    assert len(RECIPES) >= 12
