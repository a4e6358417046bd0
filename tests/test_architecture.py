"""Who may import whom: ARCHITECTURE.md's rooms, from the top down; no arrow runs back up."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import thads_analysis

PACKAGE = Path(thads_analysis.__file__).parent

# From the top of the house to the ground; a room may import from rooms below its own.
ROOMS = [
    ("__main__",),
    ("cli",),
    ("publishing",),
    ("run",),
    ("explore",),
    ("site",),
    ("report",),
    ("context",),
    ("check",),
    ("ledger",),
    ("forecast",),
    ("trend",),
    ("metrics",),
    ("sample",),
    ("forms",),
    ("revisions",),
    ("store",),
    ("merger",),
    ("load",),
    ("schema",),
    ("locale",),
    ("org",),
    ("period",),
    ("reference",),
    ("config",),
    ("glossary",),
    ("paths",),
    ("errors",),
]
FLOOR = {room: level for level, rooms in enumerate(reversed(ROOMS)) for room in rooms}
MODULES = sorted(PACKAGE.rglob("*.py"))


def imported_rooms(path: Path) -> set[str]:
    """Rooms of the package that a module imports, anywhere in it."""
    rooms = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("thads_analysis"):
            parts = node.module.split(".")
            rooms |= {parts[1]} if len(parts) > 1 else {alias.name for alias in node.names}
        elif isinstance(node, ast.Import):
            rooms |= {a.name.split(".")[1] for a in node.names if a.name.startswith("thads_analysis.")}
    return rooms - {"__version__"}


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_imports_run_downwards(path: Path) -> None:
    room = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    if room == "__init__":
        return
    upwards = {other for other in imported_rooms(path) if other != room and FLOOR[other] >= FLOOR[room]}
    assert not upwards


def test_every_room_is_on_the_plan() -> None:
    rooms = {path.relative_to(PACKAGE).parts[0].removesuffix(".py") for path in MODULES}
    assert rooms - {"__init__"} == set(FLOOR)


def test_modules_stay_readable() -> None:
    long = {p.name: n for p in MODULES if (n := len(p.read_text(encoding="utf-8").splitlines())) > 600}
    assert not long


def test_importing_the_package_is_light() -> None:
    code = "import sys, thads_analysis; print({'pandas', 'matplotlib', 'statsmodels'} & set(sys.modules))"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603
    assert out.stdout.strip() == "set()"
