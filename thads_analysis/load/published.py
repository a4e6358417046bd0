"""Figures printed by the ministry and the press, each with its citation."""

from __future__ import annotations

__all__ = ["load_published", "published_figure", "published_for"]

import calendar
import csv
import re
from datetime import date
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import pandas as pd

from thads_analysis.errors import DataError
from thads_analysis.glossary import VINTAGES
from thads_analysis.org import NATION, Org
from thads_analysis.paths import published_file
from thads_analysis.period import Period

_COUNTED = ("cases", "dong")
_UNITS = (*_COUNTED, "pct", "pp", "ratio")
_BOUNDS = ("exact", "about", "at_least", "at_most")
_CONFIDENCE = ("high", "medium", "low")
_DAY = re.compile(r"(\d{4})(?:-(\d{2}))?(?:-(\d{2}))?")
_FULL_DAY = re.compile(r"\d{4}-\d{2}(-\d{2})?")
_KEY = ["org", "fiscal_year", "months", "measure", "item"]


@cache
def load_published() -> pd.DataFrame:
    """Read the table of published figures (``data/published/figures.csv``), best first of each key.

    Returns
    -------
    DataFrame
        One row a printed figure, columns: ``org`` (key, as in panels), ``fiscal_year``, ``months``,
        ``measure``, ``item`` (glossary), ``value`` (int for cases and đồng; else float, in percent or
        points as printed), ``unit`` (``cases``, ``dong``, ``pct``, ``pp``, ``ratio``), ``bound``
        (``exact``, ``about``, ``at_least``, ``at_most``), ``derived`` (bool: worked out from printed
        figures), ``vintage``, ``confidence``, ``as_printed``, ``citation`` (title, publisher and day
        in one line), ``source`` (address or document), ``source_day`` (last day on which it can have
        been published), ``note``. Treat it as read-only: the frame is kept.

        Rows of one key stand in the order in which they are to be believed: an exact value before a
        rounded one or a bound; printed before derived; final before provisional or unspecified; high
        before medium before low confidence; the later source first.

    Raises
    ------
    DataError
        When a row of the file cannot be read; the message names line, column and value.
    """
    path = published_file()
    rows = []
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        for row in reader:
            try:
                rows.append(_read_row(row))
            except (ValueError, KeyError) as error:
                message = f"{path.name}, line {reader.line_num}: {error}; correct the row"
                raise DataError(message) from None
    frame = pd.DataFrame(rows)
    # Counts stay integers: one column of both kinds would turn them into floats.
    frame["value"] = pd.Series([row["value"] for row in rows], dtype=object)
    rank = pd.DataFrame(
        {
            **{name: frame[name] for name in _KEY},
            "exact": frame["bound"] != "exact",
            "derived": frame["derived"],
            "final": frame["vintage"] != "final",
            "confidence": frame["confidence"].map(_CONFIDENCE.index),
            "age": [-day.toordinal() for day in frame["source_day"]],
        }
    )
    return frame.loc[rank.sort_values([*rank.columns], kind="stable").index].reset_index(drop=True)


def _read_row(row: dict[str, str]) -> dict[str, Any]:
    org = NATION if row["org_code"] == NATION.code else Org.from_key(f"{row['org_regime']}:{row['org_code']}")
    period = Period(int(row["fiscal_year"]), int(row["months"]))
    unit = _require(row, "unit", _UNITS)
    return {
        "org": org.key,
        "fiscal_year": period.fiscal_year,
        "months": period.months,
        "measure": row["measure"],
        "item": row["item"],
        "value": int(row["value"]) if unit in _COUNTED else float(row["value"]),
        "unit": unit,
        "bound": _require(row, "bound", _BOUNDS),
        "derived": _require(row, "derived", ("0", "1")) == "1",
        "vintage": _require(row | {"vintage": row["vintage"] or "unspecified"}, "vintage", VINTAGES),
        "confidence": _require(row, "confidence", _CONFIDENCE),
        "as_printed": row["as_printed"],
        "citation": _cite(row),
        "source": row["source"],
        "source_day": _last_day(row["source_date"]),
        "note": row["note"],
    }


def _require(row: dict[str, str], column: str, allowed: tuple[str, ...]) -> str:
    if row[column] not in allowed:
        message = f"{column}: found {row[column]!r}, expected one of {', '.join(allowed)}"
        raise ValueError(message)
    return row[column]


def _cite(row: dict[str, str]) -> str:
    """Title, publisher, day: what a reader needs to find the page; the address is in ``source``."""
    host = urlsplit(row["source"]).hostname
    publisher = host.removeprefix("www.") if host else row["source"]
    day, _, roughly = row["source_date"].partition(" (approx.")
    written = "/".join(reversed(day.split("-"))) if _FULL_DAY.fullmatch(day) else day
    return f"{row['source_title']} ({publisher}, {'khoảng ' if roughly else ''}{written})"


def _last_day(text: str) -> date:
    """Last day that a date such as "2022-10/11 (approx.)", "2015" or "2023-07-20" leaves open."""
    match = _DAY.match(text)
    if match is None:
        message = f"source_date: found {text!r}, expected a year, a month or a day such as 2023-07-20"
        raise ValueError(message)
    year, month = int(match[1]), int(match[2] or 12)
    return date(year, month, int(match[3] or calendar.monthrange(year, month)[1]))


def published_for(org: Org, period: Period | None = None, *, known_by: date | None = None) -> pd.DataFrame:
    """Every figure published about an organisation, or about one period of it.

    Parameters
    ----------
    org : Org
    period : Period, optional
    known_by : date, optional
        Only what had been published by the end of that day.

    Returns
    -------
    DataFrame
        Rows of `load_published`, in its order; without rows when nothing was found.
    """
    frame = load_published()
    wanted = frame["org"] == org.key
    if period is not None:
        wanted &= (frame["fiscal_year"] == period.fiscal_year) & (frame["months"] == period.months)
    if known_by is not None:
        wanted &= frame["source_day"] <= known_by
    return frame[wanted].reset_index(drop=True)


def published_figure(
    org: Org, period: Period, measure: str, item: str, *, known_by: date | None = None
) -> dict[str, Any] | None:
    """Best of the published figures of one key, by the order that `load_published` gives, or None.

    ``known_by`` leaves out what was published after that day.

    Examples
    --------
    >>> from thads_analysis.org import NATION
    >>> found = published_figure(NATION, Period.parse("2023-M09"), "cases", "completed")
    >>> found["value"], found["bound"], found["source_day"].isoformat()
    (382058, 'exact', '2023-08-01')
    """
    return _best_of_each_key(known_by).get((org.key, period.fiscal_year, period.months, measure, item))


@cache
def _best_of_each_key(known_by: date | None) -> dict[tuple[Any, ...], dict[str, Any]]:
    frame = load_published()
    known = frame if known_by is None else frame[frame["source_day"] <= known_by]
    best = known.drop_duplicates(_KEY).to_dict("records")
    return {
        tuple(row[name] for name in _KEY): {str(name): value for name, value in row.items()} for row in best
    }
