"""What ``thads.toml`` and the tables beside it may say, and how they are read."""

from __future__ import annotations

__all__ = ["IDENTIFIERS", "Group", "Metric", "Palette", "Settings", "read_config"]

import csv
import io
import re
import tomllib
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from thads_analysis.config import FILE, Config, Row
from thads_analysis.errors import DataError
from thads_analysis.glossary import ADMINISTRATIVE, ITEMS, MEASURES, RATIOS

IDENTIFIERS = frozenset({*MEASURES, *ITEMS, *RATIOS, *ADMINISTRATIVE})
"""What of the glossary can be given another label."""

_IDENTIFIER = re.compile(r"[a-z][a-z0-9_]*")
_HEADER = re.compile(r"\s*\[\s*(?P<path>[^\[\]]+?)\s*\]\s*(#.*)?$")
_KEY = re.compile(r"""\s*(?P<path>(?:[\w-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[\w-]+|"[^"]*"|'[^']*'))*)\s*=""")
_PART = re.compile(r"""[\w-]+|"[^"]*"|'[^']*'""")


def _identifier(name: str) -> str:
    if not _IDENTIFIER.fullmatch(name):
        message = "a name has small letters, digits and underscores, and begins with a letter"
        raise ValueError(message)
    return name


def _place(text: str) -> str:
    if not re.fullmatch(r"[^:\\]+\.py:[A-Za-z_]\w*", text) or text.startswith("/") or ".." in text:
        message = 'expected a Python file beside thads.toml and a name in it: "mine.py:recovery"'
        raise ValueError(message)
    return text


def _colour(text: str) -> str:
    if not re.fullmatch(r"#[0-9A-Fa-f]{6}", text):
        message = 'expected a colour such as "#0072B2"'
        raise ValueError(message)
    return text


def _folder(text: str) -> str:
    if not text or Path(text).is_absolute() or ".." in Path(text).parts:
        message = "expected the name of a folder beside thads.toml"
        raise ValueError(message)
    return text


Identifier = Annotated[str, AfterValidator(_identifier)]
Place = Annotated[str, AfterValidator(_place)]
Colour = Annotated[str, AfterValidator(_colour)]
Regime = Literal["63", "34"]


class _Strict(BaseModel):
    model_config: ClassVar[ConfigDict] = ConfigDict(frozen=True, extra="forbid")


class Group(_Strict):
    """A group of provinces: which list, its names, the codes of its members, where it is from."""

    org_regime: Regime
    name: str = Field(min_length=1)
    name_en: str = ""
    members: list[str] = Field(min_length=1)
    source: str = Field(min_length=1)


class Palette(_Strict):
    """Colours by their meaning; those that are not given stay."""

    own: Colour = "#0072B2"
    nation: Colour = "#000000"
    target: Colour = "#D55E00"
    last_year: Colour = "#767676"
    other_years: Colour = "#BDBDBD"
    other: Annotated[list[Colour], Field(min_length=4, max_length=4)] = [
        "#009E73",
        "#E69F00",
        "#56B4E9",
        "#CC79A7",
    ]


class Metric(_Strict):
    """A metric of the user's own: a function of a panel that returns a frame with the panel's index."""

    function: Place
    label: str = Field(min_length=1)
    unit: Literal["percent", "ratio", "days"] = "percent"


class Settings(_Strict):
    """All that ``thads.toml`` may say."""

    topics: Annotated[str, AfterValidator(_folder)] = "topics"
    groups: dict[str, Group] = {}
    peers: dict[Regime, dict[str, Annotated[list[str], Field(min_length=1)]]] = {}
    palette: Palette = Palette()
    labels: dict[Literal["vi", "en"], dict[str, str]] = {}
    metrics: dict[Identifier, Metric] = {}
    methods: dict[Identifier, Place] = {}


class _Target(_Strict):
    fiscal_year: Annotated[int, Field(ge=2000, le=2099)]
    org_regime: Literal["", "63", "34"]
    org_code: str = Field(min_length=1)
    measure: Literal["cases", "money"]
    target: Annotated[Decimal, Field(gt=0, le=100)]
    derived: Literal["0", "1"] = "0"
    source: str = Field(min_length=1)
    source_title: str = ""
    source_date: str = ""
    confidence: Literal["high", "medium", "low"] = "high"
    note: str = ""


class _Event(_Strict):
    event: Identifier
    first_day: date
    last_day: date
    label: str = Field(min_length=1)
    kind: Literal["break", "shock"]
    source: str = Field(min_length=1)

    @model_validator(mode="after")
    def _check_days(self) -> _Event:
        if self.last_day < self.first_day:
            message = "last_day lies before first_day"
            raise ValueError(message)
        return self


_KEYS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"targets.csv": ("fiscal_year", "org_regime", "org_code", "measure"), "events.csv": ("event",)}
)


def read_config(folder: Path) -> Config:
    """Read the configuration of a data folder; where there is none, everything is the project's own.

    Raises
    ------
    DataError
        When a file holds what it must not; the message names file, line and what may stand there.
    """
    files = {}
    for name in (FILE, *_KEYS):
        if (folder / name).is_file():
            files[name] = (folder / name).read_bytes()
    settings, lines = _read_settings(folder / FILE, files.get(FILE, b""))
    targets, events = (
        _read_table(folder / name, model, files.get(name, b""))
        for name, model in (("targets.csv", _Target), ("events.csv", _Event))
    )
    config = Config(folder, settings, targets, events, files, lines)
    named = {("metrics", name): metric.function for name, metric in settings.metrics.items()}
    named |= {("methods", name): place for name, place in settings.methods.items()}
    for setting, place in named.items():
        file = place.rpartition(":")[0]
        try:
            files[file] = (folder / file).read_bytes()
        except OSError as error:
            message = f"{config.where(*setting)}: cannot read {folder / file}: {error.strerror}"
            raise DataError(message) from None
    return config


def _read_settings(file: Path, content: bytes) -> tuple[Settings, dict[tuple[str, ...], int]]:
    try:
        text = content.decode("utf-8-sig")
        lines = _find_lines(text)
        found = Settings.model_validate(tomllib.loads(text))
        _check_labels(found)
    except UnicodeDecodeError:
        message = f"{file}: is not written in UTF-8; save it so"
        raise DataError(message) from None
    except tomllib.TOMLDecodeError as error:
        message = f"{file}: is not TOML: {error}"
        raise DataError(message) from None
    except _LabelError as error:
        line = lines.get(error.setting, 0)
        message = (
            f"{file}, line {line}: {'.'.join(error.setting)}: no such identifier; expected one of {error}"
        )
        raise DataError(message) from None
    except ValidationError as error:
        first = error.errors()[0]
        path = tuple(str(part) for part in first["loc"] if part != "[key]")
        line = next((lines[path[:n]] for n in range(len(path), 0, -1) if path[:n] in lines), 0)
        message = f"{file}, line {line}: {'.'.join(path)}: {_say(first, Settings)}"
        raise DataError(message) from None
    return found, lines


class _LabelError(Exception):
    """A label for something that the glossary does not have."""

    def __init__(self, setting: tuple[str, ...], allowed: str) -> None:
        super().__init__(allowed)
        self.setting = setting


def _check_labels(settings: Settings) -> None:
    known = {*IDENTIFIERS, *settings.metrics, *settings.methods}
    for lang, labels in settings.labels.items():
        for name in labels:
            # Any other text is one of the reports' own, or of the user's.
            if _IDENTIFIER.fullmatch(name) and name not in known:
                raise _LabelError(("labels", lang, name), ", ".join(sorted(known)))


def _find_lines(text: str) -> dict[tuple[str, ...], int]:
    """Line of every table and key of a TOML text."""
    found: dict[tuple[str, ...], int] = {}
    table: tuple[str, ...] = ()
    for number, line in enumerate(text.splitlines(), 1):
        if header := _HEADER.match(line):
            table = _split(header["path"])
            path = table
        elif key := _KEY.match(line):
            path = table + _split(key["path"])
        else:
            continue
        for length in range(1, len(path) + 1):
            found.setdefault(path[:length], number)
    return found


def _split(path: str) -> tuple[str, ...]:
    return tuple(part.strip("\"'") for part in _PART.findall(path))


def _read_table(file: Path, model: type[BaseModel], content: bytes) -> tuple[Row, ...]:
    if not content:
        return ()
    try:
        reader = csv.DictReader(io.StringIO(content.decode("utf-8-sig")))
        rows: list[Row] = []
        seen: dict[tuple[str, ...], int] = {}
        for row in reader:
            line = reader.line_num
            given = {str(name): value for name, value in row.items() if value is not None}
            found = model.model_validate(given)
            written = {name: str(value) for name, value in found.model_dump(mode="json").items()}
            key = tuple(written[name] for name in _KEYS[file.name])
            if key in seen:
                message = f"{file}, line {line}: the same {', '.join(_KEYS[file.name])} as line {seen[key]}"
                raise DataError(message)
            seen[key] = line
            rows.append(written | {"where": f"{file}, line {line}"})
    except UnicodeDecodeError:
        message = f"{file}: is not written in UTF-8; save it so"
        raise DataError(message) from None
    except ValidationError as error:
        first = error.errors()[0]
        column = ".".join(str(part) for part in first["loc"]) or "the row"
        message = f"{file}, line {line}: {column}: {_say(first, model)}"
        raise DataError(message) from None
    return tuple(rows)


def _say(error: Any, model: type[BaseModel]) -> str:
    """What is wrong, and what may stand there."""
    found = error["input"]
    if error["type"] == "extra_forbidden":
        return f"there is no such name; expected {_siblings(error['loc'], model)}"
    if error["type"] == "missing":
        return f"is missing; expected {_siblings(error['loc'], model)}"
    said = error["msg"].removeprefix("Value error, ").replace("Input should be", "expected")
    return f"{said}; found {found!r}" if isinstance(found, str | int | float) else said


def _siblings(path: tuple[Any, ...], model: type[BaseModel]) -> str:
    nested: dict[str, type[BaseModel]] = {"groups": Group, "palette": Palette, "metrics": Metric}
    inner = nested.get(str(path[0])) if model is Settings and len(path) > 1 else model
    return ", ".join(inner.model_fields) if inner else "another"
