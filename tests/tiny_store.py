"""A store with a handful of made-up figures, for tests of the run and the command."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from thads_analysis import store


def write_store(data: Path) -> None:
    """Write due, eligible and completed of two provinces in 2023-M09 into ``store`` of a data folder."""
    rows = [
        ("63", code, 2023, 9, measure, item, value)
        for code in ("01", "79")
        for measure in ("cases", "money")
        for item, value in (("due", 900_000), ("eligible", 600_000), ("completed", 400_000))
    ]
    frame = pd.DataFrame(
        rows, columns=["org_regime", "org_code", "fiscal_year", "months", "measure", "item", "value"]
    )
    frame = frame.assign(
        source="Thử", provenance="reported", as_of=pd.Timestamp("2023-07-05"), vintage="unspecified"
    )
    store.add(data / "store", [(Path("tiny.csv"), "0" * 64, frame)])
