"""The user's own configuration: what ``thads.toml`` and the tables beside it add to the reference tables."""

from __future__ import annotations

__all__ = ["FILE", "Config", "cached", "in_force", "use"]

import hashlib
import importlib.util
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from traceback import extract_tb
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar, cast

from thads_analysis.errors import DataError
from thads_analysis.paths import data_dir

if TYPE_CHECKING:
    from thads_analysis.config.settings import Settings

FILE = "thads.toml"
TABLES = ("targets.csv", "events.csv")

Row = dict[str, str]
P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True)
class Config:
    """What a data folder's configuration says.

    Parameters
    ----------
    folder : Path
        The data folder.
    settings : Settings
        What ``thads.toml`` says, with defaults where it says nothing.
    targets, events : tuple of dict
        Rows of ``targets.csv`` and ``events.csv``, as those of ``data/reference``; ``where`` names file and
        line.
    files : mapping of str to bytes
        Every file that the configuration is made of, code included: where they are equal, it is.
    lines : mapping of tuple to int
        Line of each setting in ``thads.toml``.
    """

    folder: Path
    settings: Settings
    targets: tuple[Row, ...] = ()
    events: tuple[Row, ...] = ()
    files: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    lines: Mapping[tuple[str, ...], int] = field(default_factory=dict, repr=False)

    @property
    def topics(self) -> Path:
        """Folder of the user's own notebooks, which need not exist."""
        return self.folder / self.settings.topics

    @cached_property
    def digest(self) -> str:
        """SHA-256 of all files of the configuration."""
        digest = hashlib.sha256()
        for name in sorted(self.files):
            digest.update(name.encode() + b"\0" + hashlib.sha256(self.files[name]).digest())
        return digest.hexdigest()

    def where(self, *setting: str) -> str:
        """File and line of a setting, or of the nearest around it: ``thads.toml, line 12``."""
        for length in range(len(setting), 0, -1):
            if line := self.lines.get(setting[:length]):
                return f"{self.folder / FILE}, line {line}"
        return str(self.folder / FILE)

    def texts(self, lang: str) -> Mapping[str, str]:
        """Texts of the reports that the configuration words otherwise, by source text."""
        return self._texts.get(lang, {})

    @cached_property
    def _texts(self) -> Mapping[str, Mapping[str, str]]:
        from thads_analysis.config.settings import IDENTIFIERS
        from thads_analysis.glossary import label

        found: dict[str, dict[str, str]] = {}
        for lang, own in self.settings.labels.items():
            names = {name: label(name) for name in own if name in IDENTIFIERS}
            names |= {name: metric.label for name, metric in self.settings.metrics.items()}
            found[lang] = {names.get(name, name): text for name, text in own.items()}
        return found

    def load(self, place: str, *setting: str) -> Any:
        """Return what a setting such as ``"mine.py:recovery"`` names: an object of a Python file.

        Raises
        ------
        DataError
            When the file cannot be run, or has no such object.
        """
        file, _, name = place.rpartition(":")
        module = _run_file(self.folder / file, self.digest, self.where(*setting))
        try:
            return getattr(module, name)
        except AttributeError:
            message = f"{self.where(*setting)}: {file} defines no {name!r}; define it or correct the name"
            raise DataError(message) from None


_dependent: list[Callable[[], None]] = []
_given: str | Path | None = None
_held: tuple[tuple[object, ...], Config] | None = None


def cached(function: Callable[P, T]) -> Callable[P, T]:
    """Keep the results of a function, as `functools.cache` does, as long as the configuration stays."""
    kept = cache(function)
    _dependent.append(kept.cache_clear)
    return cast("Callable[P, T]", kept)


def use(data: str | Path | None = None) -> None:
    """Put the configuration of a data folder in force, as its files are now.

    Parameters
    ----------
    data : str or Path, optional
        Data folder; without it the usual one (`paths.data_dir`).
    """
    global _given, _held
    _given = data
    folder = data_dir(data)
    if _held and _stamp(folder, _held[1].files) == _held[0]:
        return
    _held = None
    for clear in _dependent:
        clear()


def in_force() -> Config:
    """Return the configuration in force; at first that of the usual data folder.

    Raises
    ------
    DataError
        When one of its files holds what it must not; the message names file, line and what may stand there.
    """
    global _held
    if _held is None:
        from thads_analysis.config.settings import read_config

        config = read_config(data_dir(_given))
        _held = _stamp(config.folder, config.files), config
    return _held[1]


def _stamp(folder: Path, files: Mapping[str, bytes]) -> tuple[object, ...]:
    """Tell whether a folder's configuration may have changed, without reading it."""
    found: list[object] = [folder]
    for name in sorted({FILE, *TABLES, *files}):
        try:
            about = (folder / name).stat()
            found.append((name, about.st_mtime_ns, about.st_size))
        except OSError:
            found.append(name)
    return tuple(found)


@cached
def _run_file(file: Path, digest: str, where: str) -> Any:
    name = f"thads_own_{file.stem}"
    spec = importlib.util.spec_from_file_location(name, file)
    assert spec  # noqa: S101 - the settings let pass names that end in .py
    assert spec.loader  # noqa: S101
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses look their module up
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        own = [frame.lineno for frame in extract_tb(error.__traceback__) if frame.filename == str(file)]
        line = own[-1] if own else getattr(error, "lineno", None)  # a mistake of syntax has it itself
        at = f"{file}, line {line}" if line else str(file)
        message = f"{where}: {at}: {type(error).__name__}: {error}. Mend the file, or take the setting out"
        raise DataError(message) from error
    return module
