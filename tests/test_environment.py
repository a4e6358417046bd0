"""The lists of dependencies agree: pyproject.toml, environment.yml, requirements.lock and the docs."""

import re
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")

# What conda-forge calls otherwise than the Python package index does.
FROM_CONDA = {"jupyter_client": "jupyter-client"}


def named(lines: list[str]) -> dict[str, SpecifierSet]:
    requirements = [Requirement(line) for line in lines]
    found = {canonicalize_name(r.name): r.specifier for r in requirements}
    assert len(found) == len(requirements), "a dependency is listed twice"
    return found


def locked() -> dict[str, list[tuple[str, int]]]:
    """Versions and number of hashes of every locked package: one entry a marker."""
    found: dict[str, list[tuple[str, int]]] = {}
    for entry in re.split(r"\n(?=[a-z0-9])", LOCK):
        if match := re.match(r"([A-Za-z0-9._-]+)==(\S+)", entry):
            hashes = re.findall(r"--hash=sha256:[0-9a-f]{64}\b", entry)
            found.setdefault(canonicalize_name(match[1]), []).append((match[2], len(hashes)))
    return found


RUNTIME = named(PROJECT["dependencies"])
DEV = named(PROJECT["optional-dependencies"]["dev"])
CONDA = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))


def test_environment_yml_lists_the_runtime_dependencies_with_their_bounds():
    lines = [line for line in CONDA["dependencies"] if isinstance(line, str) and line != "pip"]
    conda = named([re.sub(r"^[\w.-]+", lambda m: FROM_CONDA.get(m[0], m[0]), line) for line in lines])
    assert conda.pop("python") == SpecifierSet(PROJECT["requires-python"])
    assert conda == RUNTIME


def test_environment_yml_installs_the_package_itself_with_pip():
    assert "pip" in CONDA["dependencies"]
    assert CONDA["dependencies"][-1] == {"pip": ["-e ."]}


def test_environment_yml_takes_packages_from_conda_forge_alone():
    assert CONDA["channels"] == ["conda-forge", "nodefaults"]


@pytest.mark.parametrize("name", sorted(RUNTIME | DEV))
def test_every_direct_dependency_is_locked_within_its_bounds(name):
    entries = locked().get(name)
    assert entries, f"{name} is not in requirements.lock: run `make lock`"
    bounds = (RUNTIME | DEV)[name]
    assert all(bounds.contains(version, prereleases=True) for version, _ in entries)


def test_every_locked_package_has_hashes():
    bare = [name for name, entries in locked().items() if any(hashes == 0 for _, hashes in entries)]
    assert bare == []


def test_the_lock_starts_at_the_python_that_the_package_asks_for():
    oldest = str(SpecifierSet(PROJECT["requires-python"])).removeprefix(">=")
    assert f"--python-version {oldest} " in (ROOT / "Makefile").read_text(encoding="utf-8")
    ruff_target = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["ruff"]
    assert ruff_target["target-version"] == "py" + oldest.replace(".", "")


@pytest.mark.parametrize(
    "pattern", [r"://", r"(?m)(?:^|\s)(?:/|~|[A-Za-z]:\\)", r"--(?:extra-)?index-url", r"--find-links"]
)
def test_the_lock_names_no_index_and_no_machine(pattern):
    assert re.findall(pattern, LOCK) == []


def test_the_docs_have_one_line_for_each_direct_dependency():
    text = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")
    lines = [canonicalize_name(name) for name in re.findall(r"(?m)^- \*\*([\w.-]+)\*\*", text)]
    assert sorted(lines) == sorted(RUNTIME | DEV)
