"""A page's record as a file: small, since what figures share is written once."""

from __future__ import annotations

__all__ = ["read_record", "write_record"]

import json
from collections.abc import Mapping
from typing import Any

from thads_analysis.errors import DataError

_ORIGIN = ("provenance", "source", "as_of", "vintage")


def write_record(record: Mapping[str, Any]) -> str:
    """Write a record as JSON, a line for each figure, origin, verdict and exhibit.

    Parameters
    ----------
    record : mapping
        What `Page.sidecar` holds. In the file ``figures`` is a table, the names of its columns once and
        a row for each figure; ``provenance, source, as_of, vintage`` stand in the list ``origins``, and
        the figure's ``origin`` is the place there, counted from 0.

    Returns
    -------
    str
        The file. `read_record` gives the same record back.

    Examples
    --------
    >>> origin = {"provenance": "published", "source": "A", "as_of": "2023-07-05", "vintage": "final"}
    >>> record = {"figures": [{"identifier": "rank", "value": 1, **origin}]}
    >>> print(write_record(record).strip())
    {
    "figures": {"columns": ["identifier", "value", "origin"], "data": [
    ["rank", 1, 0]
    ]},
    "origins": [
    {"as_of": "2023-07-05", "provenance": "published", "source": "A", "vintage": "final"}
    ]
    }
    >>> read_record(write_record(record), "79/trend.json") == record
    True
    """
    figures = record["figures"]
    columns = [name for name in (figures[0] if figures else ()) if name not in _ORIGIN]
    origins: dict[tuple[Any, ...], int] = {}
    rows = []
    for figure in figures:
        place = origins.setdefault(tuple(figure[name] for name in _ORIGIN), len(origins))
        rows.append([*(figure[name] for name in columns), place])
    table = f'{{"columns": {_write([*columns, "origin"])}, "data": {_write_lines(rows)}}}'
    whole = {key: _write_lines(value) for key, value in record.items() if key != "figures"}
    whole["origins"] = _write_lines([dict(zip(_ORIGIN, origin, strict=True)) for origin in origins])
    whole["figures"] = table
    return "{\n" + ",\n".join(f"{_write(key)}: {whole[key]}" for key in sorted(whole)) + "\n}\n"


def read_record(text: str, name: str) -> dict[str, Any]:
    """Read a record, each figure with its origin.

    Parameters
    ----------
    text : str
        What `write_record` wrote; or an older file, in which ``figures`` is a list of objects that carry
        their origins themselves.
    name : str
        Path of the file, for the message.

    Raises
    ------
    DataError
        When the text is not a page's record.
    """
    try:
        record: dict[str, Any] = json.loads(text)
        figures = record["figures"]
        if isinstance(figures, dict):
            columns, origins = figures["columns"], record.pop("origins")
            figures = [dict(zip(columns, row, strict=True)) for row in figures["data"]]
            for figure in figures:
                figure.update(origins[figure.pop("origin")])
        record["figures"] = [dict(figure) for figure in figures]
    except (ValueError, KeyError, IndexError, TypeError, AttributeError):
        message = f"{name} is missing or damaged; expected the record of a page. Run the whole period again"
        raise DataError(message) from None
    return record


def _write(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, allow_nan=False)


def _write_lines(value: Any) -> str:
    many = isinstance(value, list) and value and isinstance(value[0], (dict, list))
    return "[\n" + ",\n".join(map(_write, value)) + "\n]" if many else _write(value)
