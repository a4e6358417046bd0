"""Every example of a docstring runs as it stands, and every public name has one."""

from __future__ import annotations

import doctest
import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import ModuleType

import pytest

import thads_analysis as thads
from thads_analysis import config, store

MODULES = sorted(
    module.name
    for module in pkgutil.walk_packages(thads.__path__, "thads_analysis.")
    if not module.name.endswith(".__main__")
)
CALLED = sorted(
    name
    for name in thads.__all__
    if not isinstance(getattr(thads, name), ModuleType) and not name.endswith("Error")
)


@pytest.fixture(scope="module", autouse=True)
def _use_the_sample(sample_data: Path) -> Iterator[None]:
    """The examples read the sample, wherever the suite runs."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("THADS_DATA", str(sample_data))
        patch.setattr(store, "load_panel", cache(store.load_panel))  # each reads the same
        config.use()
        yield
    config.use()


def test_every_example_runs() -> None:
    wrong: list[str] = []
    for name in MODULES:
        module = importlib.import_module(name)
        runner = doctest.DocTestRunner(verbose=False)
        for example in doctest.DocTestFinder(exclude_empty=True).find(module):
            runner.run(example, out=wrong.append)
    assert "".join(wrong) == ""


@pytest.mark.parametrize("name", CALLED)
def test_a_public_name_has_an_example(name: str) -> None:
    found = getattr(thads, name)
    assert ">>>" in (inspect.getdoc(found if callable(found) else type(found)) or "")
