from collections.abc import Callable

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from thads_analysis.forecast import (
    gap_completions,
    look_ahead,
    past_completions,
    required_completions,
    required_months,
)
from thads_analysis.forecast.history import build_history
from thads_analysis.period import Period

PERIOD = Period(2023, 9)


def test_above_means_strictly_above() -> None:
    # 82.5 % of 1,000 is 825: 825 would only equal it.
    assert required_completions(700, 1000, 0.825) == 126
    assert required_completions(826, 1000, 0.825) == 0
    assert required_completions(825, 1000, 0.825) == 1
    assert required_completions(999, 1000, 0.825) == 0


def test_the_nation_after_nine_months_of_2023() -> None:
    # 382,058 of 574,289 cases; at an unchanged 574,289 eligible, above 82.5 % is 473,789 (473,788.425).
    assert required_completions(382_058, 574_289, 0.825) == 473_789 - 382_058


@given(st.integers(0, 10**15), st.integers(0, 10**15), st.integers(1, 9999))
def test_required_is_the_least_that_passes(done: int, eligible: int, hundredths: int) -> None:
    required = required_completions(done, eligible, hundredths / 10_000)
    assert (done + required) * 10_000 > hundredths * eligible
    assert required == 0 or (done + required - 1) * 10_000 <= hundredths * eligible


def _three_years(make_panel: Callable[..., pd.DataFrame]) -> pd.DataFrame:
    counts = {}
    for code, gains in (("01", (10, 20, 30)), ("02", (1, 1, 1))):
        for year in (2020, 2022, 2023):
            done = 100
            counts[f"63:{code}", year, 9] = (done, 400)
            for month, gain in zip((10, 11, 12), gains, strict=True):
                if year < 2023:
                    done += gain * (2 if year == 2022 else 1)
                    counts[f"63:{code}", year, month] = (done, 400)
    return make_panel(counts)


def test_the_three_conventions_after_nine_months_of_2023() -> None:
    # 382,058 of 574,289 cases against 82.5 %: the year asks for 473,789; nine months, 61.875 %, for
    # 355,342 (355,341.3…).
    assert gap_completions(382_058, 574_289, 0.825) == 382_058 - 473_789
    assert gap_completions(382_058, 574_289, 0.825, months=9) == 382_058 - 355_342


def test_past_completions_by_hand(make_panel: Callable[..., pd.DataFrame]) -> None:
    history = build_history(_three_years(make_panel), PERIOD)
    past = past_completions(history, {"VN": ["63:01", "63:02"], "63:01": ["63:01"]}).sort_index()
    assert past.loc[("63:01", "cases"), "usual"].tolist() == [15, 30, 45]
    assert past.loc[("VN", "cases"), "usual"].tolist() == [16.5, 31.5, 46.5]
    assert past.loc[("VN", "money"), "usual"].tolist() == [16.5e6, 31.5e6, 46.5e6]
    # 2022 brought twice what 2020 did: 20 + 40 + 60 in one province, 2 + 2 + 2 in the other.
    assert past.loc[("63:01", "cases"), "best"].tolist() == [20, 40, 60]
    assert past.loc[("VN", "cases"), "best"].tolist() == [22, 42, 62]
    assert set(past.loc[("VN", "cases"), "best_rest"]) == {126}
    assert set(past["best_year"]) == set(past["best_rest_year"]) == {2022}


def test_a_year_that_a_member_lacks_is_no_best_of_the_sum(make_panel: Callable[..., pd.DataFrame]) -> None:
    panel = _three_years(make_panel).drop(index=("63:02", 2022, 11))
    history = build_history(panel, PERIOD)
    past = past_completions(history, {"VN": ["63:01", "63:02"]}).sort_index()
    # The eleventh month of 2022 is missing: its tenth still counts, and what all three brought together.
    assert past.loc[("VN", "cases"), "best"].tolist() == [22, 21, 31]
    assert past.loc[("VN", "cases"), "best_year"].tolist() == [2022, 2020, 2020]
    assert set(past.loc[("VN", "cases"), "best_rest"]) == {126}


def test_without_a_usable_year_nothing_is_usual(make_panel: Callable[..., pd.DataFrame]) -> None:
    panel = _three_years(make_panel)
    years = panel.index.get_level_values("fiscal_year")
    first = (panel.index.get_level_values("org") == "63:02") & (years < 2023)
    past = past_completions(build_history(panel[~first], PERIOD), {"63:02": ["63:02"]})
    assert past.isna().all(axis=None)


def test_required_months_share_as_usual(make_panel: Callable[..., pd.DataFrame]) -> None:
    panel = _three_years(make_panel)
    outlook = look_ahead(panel, PERIOD, draws=200)
    forecasts = outlook.table()
    months = required_months(outlook.history, outlook.members, forecasts)
    row = forecasts[(forecasts["org_code"] == "01") & (forecasts["measure"] == "cases")].iloc[0]
    required = int(row["required_completions"])
    assert required == required_completions(100, int(row["eligible_end"]), 0.825)
    assert row["required_multiple"] == pytest.approx(required / 90)
    assert row["required_per_month"] == -(-required // 3)
    own = months.loc[("63:01", "cases")]
    assert own["usual"].tolist() == [15, 30, 45]
    shares = [-(-required * part // 90) for part in (15, 45)]
    assert own["required"].tolist() == [shares[0], shares[1] - shares[0], required - shares[1]]
    assert own["best"].tolist() == [20, 40, 60]
    assert own["multiple"].tolist() == pytest.approx([required / 90] * 3)
