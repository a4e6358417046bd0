"""Sixty-three provinces into thirty-four: sums, colliding codes, the mixed year."""

import pandas as pd
import pytest

from thads_analysis.errors import UsageError
from thads_analysis.merger import merged_from, to_regime
from thads_analysis.metrics import completion_rate, national
from thads_analysis.org import Org, merger_map, provinces
from thads_analysis.schema import PANEL_INDEX, empty_panel, validate_panel

COLLIDING = {
    # New code: the old provinces summed (Resolution 202/2025/QH15).
    "15": {"Yên Bái", "Lào Cai"},
    "24": {"Bắc Giang", "Bắc Ninh"},
    "44": {"Quảng Bình", "Quảng Trị"},
    "52": {"Bình Định", "Gia Lai"},
    "80": {"Long An", "Tây Ninh"},
    "82": {"Tiền Giang", "Đồng Tháp"},
    "91": {"Kiên Giang", "An Giang"},
}


def row(org: str, year: int, months: int, completed: int | None, eligible: int) -> pd.DataFrame:
    index = pd.MultiIndex.from_tuples([(org, year, months)], names=PANEL_INDEX)
    panel = empty_panel().reindex(index)
    panel[("cases", "completed")] = pd.array([completed], dtype="Int64")
    panel[("cases", "eligible")] = pd.array([eligible], dtype="Int64")
    return panel


@pytest.mark.parametrize(("code", "names"), COLLIDING.items())
def test_colliding_codes_sum_the_right_provinces(code: str, names: set[str]) -> None:
    assert {old.name for old in merged_from(Org.parse(code, "34"))} == names


def test_every_old_province_goes_into_one_new_one() -> None:
    parts = [old.key for new in provinces("34") for old in merged_from(new)]
    assert sorted(parts) == sorted(merger_map())


def test_totals_are_equal_for_every_item(sample_panel: pd.DataFrame) -> None:
    new = to_regime(sample_panel, "34")
    pd.testing.assert_frame_equal(
        new.groupby(level=["fiscal_year", "months"]).sum(min_count=34),
        sample_panel.groupby(level=["fiscal_year", "months"]).sum(min_count=63),
    )
    assert new.index.get_level_values("org").nunique() == 34
    validate_panel(new)


def test_dong_thap_is_tien_giang_and_dong_thap_by_hand() -> None:
    old = pd.concat([row("63:82", 2025, 9, 30, 50), row("63:87", 2025, 9, 12, 70)])
    new = to_regime(old, "34")
    assert new.loc[("34:82", 2025, 9), ("cases", "completed")] == 42
    assert completion_rate(new)["cases"].iloc[0] == pytest.approx(42 / 120)


def test_a_missing_part_makes_no_sum() -> None:
    lone = to_regime(row("63:82", 2025, 9, 30, 50), "34")
    assert lone[("cases", "completed")].isna().all()
    holed = pd.concat([row("63:82", 2025, 9, None, 50), row("63:87", 2025, 9, 12, 70)])
    new = to_regime(holed, "34")
    assert new[("cases", "completed")].isna().all()
    assert new.loc[("34:82", 2025, 9), ("cases", "eligible")] == 120


def test_a_new_provinces_own_figures_stand() -> None:
    both = pd.concat(
        [row("63:82", 2025, 9, 30, 50), row("63:87", 2025, 9, 12, 70), row("34:82", 2025, 9, 40, 119)]
    )
    new = to_regime(both, "34")
    assert new[("cases", "completed")].tolist() == [40]


def test_the_mixed_year_counts_nothing_twice(sample_panel: pd.DataFrame) -> None:
    year = sample_panel.xs(2023, level="fiscal_year", drop_level=False)
    months = year.index.get_level_values("months")
    mixed = pd.concat(
        [year[months <= 9], to_regime(year, "34")[lambda p: p.index.get_level_values("months") > 9]]
    )
    whole = to_regime(mixed, "34")
    pd.testing.assert_frame_equal(whole, to_regime(year, "34"))
    pd.testing.assert_frame_equal(national(whole), national(year), check_dtype=False)


def test_thirty_four_are_never_split_into_sixty_three() -> None:
    with pytest.raises(UsageError, match="cannot be split"):
        to_regime(row("34:82", 2025, 10, 1, 2), "63")


def test_an_unknown_list_is_refused() -> None:
    with pytest.raises(UsageError, match="63 and 34"):
        to_regime(row("63:82", 2025, 9, 1, 2), "61")
