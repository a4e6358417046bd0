"""What ``data/reference`` says, with what the user's configuration adds: groups, targets, events.

Provinces, circulars, Tết, tiles and form layouts are the project's alone.
"""

from __future__ import annotations

__all__ = [
    "circulars",
    "events",
    "form_layout",
    "groups",
    "province_aliases",
    "provinces",
    "targets",
    "tet_dates",
    "tiles",
]

import csv
from datetime import date
from functools import cache
from typing import Any

from thads_analysis import config
from thads_analysis.errors import UsageError
from thads_analysis.paths import reference_file

Row = dict[str, str]


@cache
def _rows(name: str) -> tuple[Row, ...]:
    with reference_file(name).open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))


def provinces() -> tuple[Row, ...]:
    """Return the 63 provinces, each with its place in the list of 34 (``provinces.csv``)."""
    return _rows("provinces.csv")


def province_aliases() -> tuple[Row, ...]:
    """Return spellings found in the field that no rule covers (``province_aliases.csv``)."""
    return _rows("province_aliases.csv")


@config.cached
def groups() -> tuple[dict[str, Any], ...]:
    """Return the named groups: code, list, names, members, source, and ``where`` each is written.

    Those of ``groups.yaml``, then the user's own; one of the user's with the same code and list takes the
    other's place.
    """
    import yaml

    own = config.in_force()
    rows = yaml.safe_load(reference_file("groups.yaml").read_text(encoding="utf-8"))
    found = {(row["code"], row["org_regime"]): row | {"where": "data/reference/groups.yaml"} for row in rows}
    for code, group in own.settings.groups.items():
        row = group.model_dump() | {"code": code, "where": own.where("groups", code)}
        found[code, group.org_regime] = row
    return tuple(found.values())


@config.cached
def targets() -> tuple[Row, ...]:
    """Return the yearly targets in percent, with source, and ``where`` each is written.

    Those of ``data/reference/targets.csv``, then the user's own; one of the user's for the same year,
    organisation and measure takes the other's place.
    """
    return _merge(
        "targets.csv", config.in_force().targets, "fiscal_year", "org_regime", "org_code", "measure"
    )


def _merge(name: str, own: tuple[Row, ...], *key: str) -> tuple[Row, ...]:
    found = {
        tuple(row[part] for part in key): row
        for row in (*(row | {"where": f"data/reference/{name}"} for row in _rows(name)), *own)
    }
    return tuple(found.values())


def circulars() -> tuple[tuple[str, date], ...]:
    """Return the reporting regimes and the day from which each is in force, oldest first."""
    return tuple((row["circular"], date.fromisoformat(row["in_force"])) for row in _rows("circulars.csv"))


@config.cached
def events() -> tuple[Row, ...]:
    """Return the named breaks in the series: identifier, first and last day, label, source, and ``where``.

    Those of ``data/reference/events.csv``, then the user's own; one of the user's with the same identifier
    takes the other's place.
    """
    return _merge("events.csv", config.in_force().events, "event")


@cache
def tet_dates() -> dict[int, date]:
    """Return the first day of the lunar year by calendar year."""
    return {int(row["year"]): date.fromisoformat(row["first_day"]) for row in _rows("tet.csv")}


def tiles() -> tuple[Row, ...]:
    """Return the place of every province of both lists on the map of tiles, with a short name."""
    return _rows("tiles.csv")


@cache
def form_layout(circular: str) -> dict[str, Any]:
    """Return the header texts by which forms 04 and 05 are read under a circular.

    Raises
    ------
    UsageError
        When there is no layout file for the circular.
    """
    import yaml

    path = reference_file(f"forms/{circular}.yaml")
    if not path.is_file():
        known = ", ".join(sorted(p.stem for p in path.parent.glob("*.yaml")))
        message = f"No form layout for circular {circular!r}; known: {known}"
        raise UsageError(message)
    layout: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return layout
