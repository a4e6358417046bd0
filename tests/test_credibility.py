"""Signs that a rate moved without enforcement: by hand, on published figures, planted in the sample."""

from __future__ import annotations

import pandas as pd
import pytest

from thads_analysis.metrics import (
    CREDIBILITY_SIGNS,
    completion_rate,
    credibility_signs,
    discontinued_share,
    eligible_fall,
    rate_at_peak,
)
from thads_analysis.period import Period
from thads_analysis.schema import panel_columns

KEY = ["org", "fiscal_year", "months"]


def months_of(**items: list[object]) -> pd.DataFrame:
    """Make the panel of one province from the months of 2023 on; a column is named measure_item."""
    length = len(next(iter(items.values())))
    index = pd.MultiIndex.from_product([["63:45"], [2023], range(1, length + 1)], names=KEY)
    named = {tuple(name.split("_", 1)): values for name, values in items.items()}
    return pd.DataFrame(named, index=index).reindex(columns=panel_columns()).astype("Int64")


def test_the_fall_and_the_rate_without_it_by_hand() -> None:
    panel = months_of(cases_eligible=[100, 160, 150, pd.NA, 120], cases_completed=[10, 40, 60, pd.NA, 90])
    assert eligible_fall(panel)["cases"].tolist() == [0, 0, 10, pd.NA, 40]
    # 90 of 120 are 75 %; of the 160 that were eligible in November, 56.25 %.
    assert completion_rate(panel)["cases"].iloc[-1] == 0.75
    assert rate_at_peak(panel)["cases"].iloc[-1] == 0.5625
    assert eligible_fall(panel)["money"].isna().all()


def test_each_year_has_its_own_peak() -> None:
    panel = months_of(cases_eligible=[100, 160], cases_completed=[1, 2])
    index = pd.MultiIndex.from_tuples([("63:45", 2022, 12), ("63:45", 2023, 1)], names=KEY)
    assert eligible_fall(panel.set_axis(index))["cases"].tolist() == [0, 0]


def test_the_nations_money_of_2023_as_published() -> None:
    # 70,278.7 thousand million at 32.45 % after nine months is 216.6 thousand tỷ eligible; the year ended
    # with 89,412 tỷ at 46.78 %, which is 191.1: 89,412 / 216.6 = 41.3 %.
    nine, whole = round(70_278.705 / 0.3245), round(89_412 / 0.4678)
    panel = months_of(money_eligible=[nine, whole], money_completed=[70_279, 89_412])
    assert eligible_fall(panel)["money"].iloc[-1] == pytest.approx(25_440, abs=60)
    assert round(100 * rate_at_peak(panel)["money"].iloc[-1], 1) == 41.3


def test_the_discontinued_share() -> None:
    panel = months_of(cases_discontinued=[3, 0], cases_completed=[12, 0])
    assert discontinued_share(panel)["cases"].tolist() == [0.25, pd.NA]


@pytest.fixture(scope="module")
def before(sample_panel: pd.DataFrame) -> pd.DataFrame:
    years, months = (
        sample_panel.index.get_level_values("fiscal_year"),
        sample_panel.index.get_level_values("months"),
    )
    return sample_panel[(years == 2023) & (months <= 9)]


def signs_of(panel: pd.DataFrame) -> pd.DataFrame:
    found = credibility_signs(panel, Period(2023, 9))
    return found[list(CREDIBILITY_SIGNS)].fillna(False).astype(bool)


def test_quiet_where_nothing_was_planted(before: pd.DataFrame) -> None:
    signs = signs_of(before)
    assert not signs.loc[("63:40", "money")].any()
    assert signs.to_numpy().mean() < 0.03
    assert len(signs) == 126


def test_a_reclassification_in_one_month_is_seen(before: pd.DataFrame) -> None:
    panel = before.copy()
    due = panel.loc[("63:40", 2023, 9), ("money", "due")]
    share = (
        panel.loc[("63:40", 2023, 8), ("money", "eligible")] / panel.loc[("63:40", 2023, 8), ("money", "due")]
    )
    panel.loc[("63:40", 2023, 9), ("money", "eligible")] = int((share - 0.12) * due)
    signs = signs_of(panel).loc[("63:40", "money")]
    assert signs["share_jumped"]
    found = credibility_signs(panel, Period(2023, 9)).loc[("63:40", "money")]
    assert found["share_step_points"] == pytest.approx(-0.12, abs=1e-6)


def test_a_falling_denominator_is_seen_by_what_it_does_to_the_rate(before: pd.DataFrame) -> None:
    panel = before.copy()
    peak = max(int(panel.loc[("63:40", 2023, month), ("money", "eligible")]) for month in range(1, 9))
    completed = int(panel.loc[("63:40", 2023, 9), ("money", "completed")])
    # Eligible falls to what makes the rate 6 points higher than on the peak.
    panel.loc[("63:40", 2023, 9), ("money", "eligible")] = int(completed / (completed / peak + 0.06))
    found = credibility_signs(panel, Period(2023, 9)).loc[("63:40", "money")]
    assert found["eligible_fell"]
    assert found["completion_rate"] - found["rate_at_peak"] == pytest.approx(0.06, abs=1e-6)


def test_an_annulled_judgment_is_seen_in_the_discontinued_share(before: pd.DataFrame) -> None:
    panel = before.copy()
    panel.loc[("63:40", 2023, 9), ("money", "discontinued")] = int(
        panel.loc[("63:40", 2023, 9), ("money", "completed")] * 0.6
    )
    assert signs_of(panel).loc[("63:40", "money"), "discontinued_apart"]


def test_a_share_unlike_all_others_is_seen(before: pd.DataFrame) -> None:
    panel = before.copy()
    for month in range(1, 10):
        panel.loc[("63:40", 2023, month), ("cases", "eligible")] = int(
            panel.loc[("63:40", 2023, month), ("cases", "due")] * 0.15
        )
    signs = signs_of(panel).loc[("63:40", "cases")]
    assert signs["share_apart"]
    assert not signs["share_jumped"]


def test_october_has_no_month_before(before: pd.DataFrame) -> None:
    found = credibility_signs(before, Period(2023, 1))
    assert found["share_step_points"].isna().all()
    assert found["eligible_share"].notna().all()


def test_a_province_that_did_not_report_a_month_has_no_step(before: pd.DataFrame) -> None:
    panel = before.drop(index=("63:40", 2023, 8))
    found = credibility_signs(panel, Period(2023, 9))["share_step_points"]
    assert found.loc["63:40"].isna().all()
    assert found.loc["63:38"].notna().all()
