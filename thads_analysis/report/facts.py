"""The fact: one stated figure with its unit, bound, provenance and source."""

from __future__ import annotations

__all__ = ["Fact", "Origin", "combine", "unit_of"]

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd

from thads_analysis import config
from thads_analysis.glossary import ADMINISTRATIVE, ITEMS
from thads_analysis.locale import MISSING, Locale, rounded
from thads_analysis.org import Org
from thads_analysis.period import Period

_STRENGTH = {"published": 2, "reported": 1, "simulated": 0}
_COUNTED = ("_change_abs", "_completions", "_in_month", "_per_month", "_stock", "_fall", *ADMINISTRATIVE)
_DECIMALS = {"percent": 2, "pp": 2, "days": 0, "ratio": 4, "probability": 4}


@dataclass(frozen=True)
class Origin:
    """Where a figure comes from.

    Parameters
    ----------
    provenance : {"published", "reported", "simulated"}
    source : str
        Title and address of a publication, or name and sheet of a file.
    as_of : datetime.date or None
        Day on which the figure was known.
    vintage : {"provisional", "final", "unspecified"}
    """

    provenance: str
    source: str
    as_of: date | None = None
    vintage: str = "unspecified"


def combine(*origins: Origin) -> Origin:
    """Origin of a figure computed from others: as weak as the weakest, as late as the latest."""
    weakest = min(origins, key=lambda origin: _STRENGTH[origin.provenance])
    sources = dict.fromkeys(origin.source for origin in origins)
    days = [origin.as_of for origin in origins if origin.as_of is not None]
    vintages = {origin.vintage for origin in origins}
    vintage = next((v for v in ("provisional", "unspecified", "final") if v in vintages), "unspecified")
    return Origin(weakest.provenance, "; ".join(sources), max(days, default=None), vintage)


def unit_of(identifier: str, measure: str) -> str:
    """Unit of a figure: cases, dong, percent, pp, days, ratio, probability, rank or count."""
    identifier = identifier.rpartition("__")[2]  # of a scenario: its name, then what it is about
    if own := config.in_force().settings.metrics.get(identifier):
        return own.unit
    if identifier.startswith(("provinces_", "findings_")):
        return "count"
    if identifier in ITEMS or identifier.endswith(_COUNTED):
        return "dong" if measure == "money" else "cases"
    if identifier.endswith(("_change", "_effect", "_points")) or identifier.startswith("gap_"):
        return "pp"
    if identifier.startswith("p_"):
        return "probability"
    return {
        "disposition_time": "days",
        "median_time": "days",
        "executors": "count",
        "clearance_rate": "ratio",
        "required_multiple": "ratio",
        "funnel_z": "ratio",
        "funnel_phi": "ratio",
        "funnel_beyond": "rank",
        "gini_completed": "ratio",
        "gini_eligible": "ratio",
        "herfindahl_completed": "ratio",
        "herfindahl_eligible": "ratio",
        "rank": "rank",
        "rank_best": "rank",
        "rank_out_of": "rank",
        "rank_worst": "rank",
    }.get(identifier, "percent")


@dataclass(frozen=True)
class Fact:
    """One figure about one organisation and period.

    Parameters
    ----------
    identifier : str
        Glossary identifier, such as ``completion_rate`` or ``completed_change_pct``.
    org : Org
    period : Period
    measure : {"cases", "money"}
    value : int, float or None
        Counts and amounts are whole; percent and points are fractions until printed.
    origin : Origin
    bound : {"exact", "at_least", "at_most", "about"}
    derived : bool
        Whether the value was computed here from the sources rather than read in them.
    """

    identifier: str
    org: Org
    period: Period
    measure: str
    value: Any
    origin: Origin
    bound: str = "exact"
    derived: bool = False

    @classmethod
    def of(cls, record: Mapping[str, Any]) -> Fact:
        """Read a fact back from an entry of a sidecar, as exact as it was printed."""
        value, scale = record["value"], 100 if record["unit"] in ("percent", "pp") else 1
        day = record["as_of"]
        return cls(
            record["identifier"],
            Org.from_key(f"{record['org_regime']}:{record['org_code']}".removeprefix(":")),
            Period.parse(record["period"]),
            record["measure"],
            value / scale if scale > 1 and value is not None else value,
            Origin(
                record["provenance"],
                record["source"],
                date.fromisoformat(day) if day else None,
                record["vintage"],
            ),
            record["bound"],
            record["derived"],
        )

    @property
    def unit(self) -> str:
        """Unit of the value."""
        return unit_of(self.identifier, self.measure)

    @property
    def known(self) -> bool:
        """Whether there is a value."""
        return self.value is not None and not pd.isna(self.value)

    def show(self, locale: Locale, *, full: bool = False) -> str:
        """Print the value with its unit; ``full`` gives amounts to the last đồng."""
        if not self.known:
            return MISSING
        signed = "_change" in self.identifier or self.identifier.startswith("gap_")
        match self.unit:
            case "cases":
                figure = locale.cases(self.value, signed=signed)
            case "dong" if full:
                figure = locale.money_in_full(self.value)
                figure = f"+{figure}" if signed and self.value > 0 else figure
            case "dong":
                figure = locale.money(self.value, signed=signed)
            case "percent":
                figure = locale.percent(self.value, signed=signed)
            case "pp":
                figure = locale.points(self.value)
            case "days":
                figure = locale.counted("{number} ngày", round(self.value))
            case "ratio":
                figure = locale.decimal(self.value, 2)
            case "probability":
                figure = locale.chance(self.value)
            case _:
                figure = locale.integer(self.value)
        return locale.bounded(figure, self.bound)

    def record(self) -> dict[str, Any]:
        """Entry of the sidecar: percent as 66.53, points as 2.18, counts and đồng whole."""
        value: int | float | None = None
        if self.known:
            digits = _DECIMALS.get(self.unit)
            scale = 100 if self.unit in ("percent", "pp") else 1
            value = int(self.value) if digits is None else float(rounded(float(self.value) * scale, digits))
        return {
            "identifier": self.identifier,
            "org_regime": self.org.regime,
            "org_code": self.org.code,
            "period": str(self.period),
            "measure": self.measure,
            "value": value,
            "unit": self.unit,
            "bound": self.bound,
            "derived": self.derived,
            "provenance": self.origin.provenance,
            "source": self.origin.source,
            "as_of": self.origin.as_of.isoformat() if self.origin.as_of else None,
            "vintage": self.origin.vintage,
        }
