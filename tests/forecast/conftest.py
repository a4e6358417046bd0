"""Small panels made by hand."""

from collections.abc import Callable, Mapping

import pandas as pd
import pytest

from thads_analysis.schema import PANEL_INDEX, panel_columns

Counts = Mapping[tuple[str, int, int], tuple[int, int]]


@pytest.fixture(scope="session")
def make_panel() -> Callable[..., pd.DataFrame]:
    """A panel from completed and eligible by (org, year, month); money is cases times a million."""

    def make(counts: Counts) -> pd.DataFrame:
        index = pd.MultiIndex.from_tuples(list(counts), names=PANEL_INDEX)
        panel = pd.DataFrame(index=index, columns=panel_columns(), dtype="Int64")
        for measure, unit in (("cases", 1), ("money", 1_000_000)):
            panel[measure, "completed"] = [c * unit for c, _ in counts.values()]
            panel[measure, "eligible"] = [e * unit for _, e in counts.values()]
        return panel.astype("Int64")

    return make


@pytest.fixture(scope="session")
def steady(make_panel: Callable[..., pd.DataFrame]) -> pd.DataFrame:
    """Four provinces whose every year is alike but for a few cases; FY2019 to M09 of FY2023."""
    counts = {}
    for place, code in enumerate(("01", "02", "04", "06")):
        for year in range(2019, 2024):
            for month in range(1, 13 if year < 2023 else 10):
                wiggle = (7 * place + 3 * year + month * (year % 3)) % 5
                completed = 60 * (place + 1) * month + wiggle
                eligible = (place + 1) * (700 + 20 * month) + 2 * wiggle
                counts[f"63:{code}", year, month] = (completed, eligible)
    return make_panel(counts)
