"""The map of tiles: every province of both lists has one place, near its neighbours."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from thads_analysis import reference
from thads_analysis.locale import locale_for
from thads_analysis.org import provinces
from thads_analysis.report.charts.tiles import tile_map


def places(regime: str) -> dict[str, tuple[int, int]]:
    rows = [row for row in reference.tiles() if row["org_regime"] == regime]
    return {row["org_code"]: (int(row["row"]), int(row["column"])) for row in rows}


@pytest.mark.parametrize("regime", ["63", "34"])
def test_every_province_has_one_tile_of_its_own(regime: str) -> None:
    found = places(regime)
    assert set(found) == {org.code for org in provinces(regime)}
    assert len(set(found.values())) == len(found)


# Provinces that share a border, in the north, the centre and the south.
@pytest.mark.parametrize(
    ("one", "other"), [("02", "04"), ("01", "27"), ("46", "48"), ("79", "74"), ("95", "96")]
)
def test_neighbours_lie_side_by_side(one: str, other: str) -> None:
    (row, column), (other_row, other_column) = places("63")[one], places("63")[other]
    assert max(abs(row - other_row), abs(column - other_column)) == 1


def test_tiles_say_name_rate_and_side_of_the_nation() -> None:
    rates = pd.Series({org.key: 0.7 for org in provinces("63")})
    rates["63:79"], rates["63:01"] = 0.5, np.nan
    drawing = tile_map(rates, 0.66, locale_for("vi"), regime="63")
    texts = [text.get_text() for text in drawing.axes[0].texts]
    assert texts[texts.index("Hồ Chí Minh") + 1] == "50,0% ▼"
    assert texts[texts.index("Hà Nội") + 1] == "–"
    assert texts[texts.index("Cần Thơ") + 1] == "70,0%"
    assert {"Hoàng Sa", "(Đà Nẵng)", "Trường Sa", "(Khánh Hòa)"} <= set(texts)
