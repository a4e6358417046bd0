"""The finding: what a rule found, what it expected, and the frame that findings make."""

from __future__ import annotations

__all__ = ["COLUMNS", "SEVERITIES", "Finding", "Severity", "Value", "to_frame", "to_records"]

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Literal

import pandas as pd

Severity = Literal["error", "warning", "note"]
Value = int | float | str | None

SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")

COLUMNS = [
    "rule",
    "severity",
    "org_regime",
    "org_code",
    "fiscal_year",
    "months",
    "measure",
    "item",
    "found",
    "expected",
    "message",
    "explanation",
]


@dataclass(frozen=True)
class Finding:
    """One figure that deserves a call.

    Parameters
    ----------
    org_regime, org_code, fiscal_year, months, measure, item
        The figure. A year or months that are not known are 0 here and missing in the frame; ``measure``
        and ``item`` are empty where a finding is about a text or a whole period.
    found, expected : int or float or str or None
        Cases, đồng, or percent and points as printed (66.53); text for dates and words. ``expected``
        is what the other figures give, the nearest allowed value where they give a bound, None where
        they give nothing.
    message : str
        What does not fit, in the language asked for.
    explanation : str
        The likeliest cause; empty when the data point to none.
    severity : {"error", "warning", "note"}, optional
        Where it is not that of the rule.
    """

    org_regime: str
    org_code: str
    fiscal_year: int
    months: int
    measure: str
    item: str
    found: Value
    expected: Value
    message: str
    explanation: str = ""
    severity: Severity | None = None

    def about_text(self) -> Finding:
        """Return the same about a whole text rather than one figure of it."""
        return replace(self, measure="", item="")


def to_frame(found: Iterable[tuple[str, Severity, Finding]]) -> pd.DataFrame:
    """Lay findings out as a frame, gravest first, each said once.

    Parameters
    ----------
    found : iterable of (rule, severity of the rule, Finding)

    Returns
    -------
    DataFrame
        Columns `COLUMNS`; ``found`` and ``expected`` as objects, so that counts stay integers.
    """
    rows = []
    for rule, severity, finding in found:
        when = {"fiscal_year": finding.fiscal_year or None, "months": finding.months or None}
        rows.append({"rule": rule, **vars(finding), **when, "severity": finding.severity or severity})
    frame = pd.DataFrame(rows, columns=COLUMNS).astype({"fiscal_year": "Int64", "months": "Int64"})
    for column in ("found", "expected"):
        frame[column] = pd.Series([row[column] for row in rows], dtype=object)
    rank = frame["severity"].map(list(SEVERITIES).index).astype("int64")
    order = frame.assign(_rank=rank).sort_values(
        ["_rank", "fiscal_year", "months", "org_regime", "org_code"], kind="stable"
    )
    # The same figure printed in several places is one finding.
    once = order.drop_duplicates(["rule", *COLUMNS[2:8], "found"])
    return once[COLUMNS].reset_index(drop=True)


def to_records(findings: pd.DataFrame) -> list[dict[str, Any]]:
    """Return findings as a list of objects with the keys `COLUMNS`, ready for JSON."""
    records: list[dict[str, Any]] = []
    for row in findings[COLUMNS].itertuples(index=False):
        record = dict(zip(COLUMNS, row, strict=True))
        for name in ("fiscal_year", "months"):
            record[name] = None if pd.isna(record[name]) else int(record[name])
        records.append(record)
    return records
