"""A user's own map: GeoJSON whose features are provinces, read as rings of points."""

from __future__ import annotations

__all__ = ["Shapes", "read_shapes"]

import difflib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from thads_analysis.errors import DataError, UsageError
from thads_analysis.org import Org, provinces

Ring = NDArray[np.float64]
Shapes = Mapping[str, list[list[Ring]]]
"""By the key of a province its polygons, each an outer ring and its holes, as (n, 2) degrees."""

_CODES = ("code", "ma", "ma_tinh", "matinh", "province_code", "gso_code", "code_63", "code_34")
_NAMES = ("name", "ten", "ten_tinh", "tentinh", "province", "name_1", "varname_1", "shapename", "nom")
_FEWEST_POINTS = 4


def read_shapes(file: Path, regime: str) -> dict[str, list[list[Ring]]]:
    """Read the provinces of a GeoJSON file.

    A feature is matched by a property that holds a code (``code``, ``ma_tinh``, ``province_code`` …) or
    else a name (``name``, ``ten_tinh``, ``NAME_1`` …), both as `Org.parse` takes them. Several features of
    one province are put together. Coordinates are longitude and latitude.

    Parameters
    ----------
    file : Path
        A FeatureCollection of Polygons and MultiPolygons.
    regime : {"63", "34"}
        List of provinces to which the features belong.

    Returns
    -------
    dict
        By key of the province: its polygons, each a list of rings, the outer one first.

    Raises
    ------
    DataError
        When the file is not such a collection, a feature is no province of the list, or a province is
        missing; the message names the feature and what is allowed.
    """
    try:
        content = json.loads(file.read_text(encoding="utf-8-sig"))
    except OSError as error:
        message = f"{file}: cannot be read ({error.strerror}); expected a GeoJSON file of provinces"
        raise DataError(message) from None
    except ValueError:
        message = f"{file}: is no JSON; expected a GeoJSON FeatureCollection of provinces"
        raise DataError(message) from None
    features = content.get("features") if isinstance(content, dict) else None
    if not isinstance(features, list) or not features:
        found = content.get("type") if isinstance(content, dict) else type(content).__name__
        message = f"{file}: expected a GeoJSON FeatureCollection with features; found {found!r}"
        raise DataError(message)
    shapes: dict[str, list[list[Ring]]] = {}
    for number, feature in enumerate(features, start=1):
        where = f"{file}: feature {number}"
        org = _find_org(feature, regime, where)
        shapes.setdefault(org.key, []).extend(_polygons(feature, f"{where} ({org.name})"))
    if lacking := [org for org in provinces(regime) if org.key not in shapes]:
        names = ", ".join(f"{org.name} ({org.code})" for org in lacking[:5])
        more = f" and {len(lacking) - 5} more" if len(lacking) > 5 else ""
        message = (
            f"{file}: no feature is {names}{more}; the map must hold all {len(provinces(regime))} provinces "
            f"of the list of {regime}"
        )
        raise DataError(message)
    return shapes


def _find_org(feature: Any, regime: str, where: str) -> Org:
    properties = feature.get("properties") if isinstance(feature, dict) else None
    if not isinstance(properties, dict):
        message = f"{where} has no properties; expected a code or a name of a province"
        raise DataError(message)
    given = {str(key).casefold(): value for key, value in properties.items()}
    tried = []
    for name in (*_CODES, *_NAMES):
        value = given.get(name)
        if not isinstance(value, str | int) or isinstance(value, bool) or not str(value).strip():
            continue
        tried.append(f"{name} {str(value)!r}")
        try:
            org = Org.parse(str(value).zfill(2) if isinstance(value, int) else value, regime)
        except UsageError:
            continue
        if org.level == "province":
            return org
    if not tried:
        message = (
            f"{where} has neither a code nor a name; its properties are "
            f"{', '.join(map(str, properties)) or 'none'}; expected one of {', '.join((*_CODES, *_NAMES))}"
        )
        raise DataError(message)
    message = (
        f"{where}: {', '.join(tried)} is no province of the list of {regime}; allowed are its codes and "
        f"names: {_allowed(tried[-1], regime)}"
    )
    raise DataError(message)


def _allowed(tried: str, regime: str) -> str:
    """The nearest names first, then the others, each with its code."""
    names = {org.name: org.code for org in provinces(regime)}
    near = difflib.get_close_matches(tried.rpartition(" ")[2].strip("'"), names, n=3, cutoff=0.4)
    return ", ".join(f"{name} ({names[name]})" for name in dict.fromkeys([*near, *names]))


def _polygons(feature: Mapping[str, Any], where: str) -> Iterator[list[Ring]]:
    geometry = feature.get("geometry") or {}
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    if kind not in ("Polygon", "MultiPolygon"):
        message = f"{where}: its geometry is {kind!r}; expected a Polygon or a MultiPolygon"
        raise DataError(message)
    coordinates = geometry.get("coordinates")
    for polygon in [coordinates] if kind == "Polygon" else coordinates or []:
        rings = []
        for points in polygon or []:
            try:
                ring = np.array([point[:2] for point in points], dtype=np.float64)
            except (TypeError, ValueError):
                ring = np.empty((0, 2))
            inside = ring.ndim == 2 and len(ring) >= _FEWEST_POINTS and bool(np.isfinite(ring).all())
            if not inside or (np.abs(ring) > (180, 90)).any():
                message = (
                    f"{where}: a ring is not a list of at least {_FEWEST_POINTS} points [longitude, "
                    "latitude] in degrees; save the map in WGS 84"
                )
                raise DataError(message)
            rings.append(ring)
        if rings:
            yield rings
