"""The notebooks stay thin, typed and clean."""

import ast
import json
from pathlib import Path
from typing import Any

import pytest

from thads_analysis.paths import notebook_file

NOTEBOOKS = sorted(notebook_file("x").parent.glob("*.ipynb"))


def cells(path: Path, kind: str) -> list[dict[str, Any]]:
    """Cells of one kind."""
    notebook = json.loads(path.read_text(encoding="utf-8"))
    return [cell for cell in notebook["cells"] if cell["cell_type"] == kind]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_nothing_that_ran_is_kept(path: Path) -> None:
    assert all(not cell["outputs"] and cell["execution_count"] is None for cell in cells(path, "code"))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_cells_are_a_table_of_contents(path: Path) -> None:
    for cell in cells(path, "code"):
        source = "".join(cell["source"])
        tree = ast.parse(source)
        assert len(source.splitlines()) <= 10
        assert not [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.BinOp | ast.JoinedStr)]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_the_first_code_cell_declares_typed_parameters(path: Path) -> None:
    first = cells(path, "code")[0]
    assert first["metadata"]["tags"] == ["parameters"]
    statements = ast.parse("".join(first["source"])).body
    typed = [s for s in statements if isinstance(s, ast.AnnAssign)]
    names = [s.target.id for s in typed if isinstance(s.target, ast.Name)]
    assert names[:4] == ["period", "org", "lang", "data"]
    assert len(statements) == len(names)
    # What a run does not set is off until an analyst sets it.
    assert not any(ast.literal_eval(s.value) for s in typed[4:] if s.value is not None)
    assert all("#" in line for line in first["source"])


def test_there_are_notebooks() -> None:
    assert len(NOTEBOOKS) >= 4
