from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from thads_analysis.errors import UsageError
from thads_analysis.forecast import DEFAULT_METHOD, METHODS, forecast, paths, simulate
from thads_analysis.org import Org
from thads_analysis.period import Period

PERIOD = Period(2023, 9)


def _row(frame: pd.DataFrame, code: str, measure: str = "cases") -> pd.Series:
    found = frame[(frame["org_code"] == code) & (frame["measure"] == measure)]
    assert len(found) == 1
    return found.iloc[0]


@pytest.mark.parametrize("method", sorted(METHODS))
def test_one_row_an_organisation_and_measure_the_nation_first(steady: pd.DataFrame, method: str) -> None:
    frame = forecast(steady, PERIOD, method=method, draws=300)
    assert frame["org_code"].tolist() == ["VN", "VN", "01", "01", "02", "02", "04", "04", "06", "06"]
    assert frame["measure"].tolist() == ["cases", "money"] * 5
    assert set(frame["method"]) == {method}
    ordered = ["lower_95", "lower_80", "lower_50", "rate_median", "upper_50", "upper_80", "upper_95"]
    assert (frame[ordered].diff(axis=1).iloc[:, 1:] >= 0).all(axis=None)
    assert frame[[*ordered, "rate_mean", "p_target", "p_last_year"]].stack().between(0, 1).all()


def test_figures_at_the_period_are_exact(steady: pd.DataFrame) -> None:
    frame = forecast(steady, PERIOD, draws=100)
    now = steady.xs((2023, 9), level=["fiscal_year", "months"])["money"]
    nation = _row(frame, "VN", "money")
    assert nation["completed"] == now["completed"].sum()
    assert nation["eligible"] == now["eligible"].sum()
    assert nation["rate_now"] == now["completed"].sum() / now["eligible"].sum()
    last = steady.xs((2022, 12), level=["fiscal_year", "months"])["money"]
    assert nation["last_year"] == last["completed"].sum() / last["eligible"].sum()


def test_targets_of_the_year_and_the_chance_to_pass(steady: pd.DataFrame) -> None:
    frame = forecast(steady, PERIOD, draws=400, seed=5)
    nation = _row(frame, "VN")
    assert nation["target"] == 0.825
    assert nation["target_source"]
    drawn = simulate(steady, PERIOD, draws=400, seed=5)
    rates = drawn.completed[:, 0, 0, -1] / drawn.eligible[:, 0, 0, -1]
    assert drawn.orgs[0] == "VN"
    assert nation["p_target"] == (rates > 0.825).mean()
    assert nation["p_last_year"] == (rates > nation["last_year"]).mean()


def test_year_without_a_target_names_the_last_known_and_uses_none(steady: pd.DataFrame) -> None:
    def only_2020(period: Period, org: Org, measure: str) -> object:
        from thads_analysis.metrics.target import target_for

        return target_for(Period(2020, 12), org, measure) if period.fiscal_year == 2020 else None

    nation = _row(forecast(steady, PERIOD, draws=50, targets=only_2020), "VN")
    assert pd.isna(nation["target"])
    assert (nation["last_target"], nation["last_target_year"]) == (0.80, 2020)
    assert (
        nation[["p_target", "required_completions", "required_per_month", "required_multiple"]].isna().all()
    )


def test_late_province_is_imputed_and_named(steady: pd.DataFrame) -> None:
    late = steady.drop(index=("63:04", 2023, 9))
    frame = forecast(late, PERIOD, draws=300)
    row, nation = _row(frame, "04"), _row(frame, "VN")
    assert row["method"] == DEFAULT_METHOD
    assert pd.isna(row["completed"])
    assert "imputed from 2023-M08" in row["reason"]
    assert 0 < row["rate_median"] < 1
    assert "imputed: 63:04" in nation["reason"]
    assert frame.attrs["imputed"] == ["63:04"]
    whole = _row(forecast(steady, PERIOD, draws=300), "VN")
    assert nation["eligible"] == pytest.approx(whole["eligible"], rel=0.02)


def test_province_without_a_past_year_is_refused_but_counted(steady: pd.DataFrame) -> None:
    new = steady[
        (steady.index.get_level_values("org") != "63:02")
        | (steady.index.get_level_values("fiscal_year") == 2023)
    ]
    frame = forecast(new, PERIOD, draws=300)
    row = _row(frame, "02")
    assert row["method"] is None
    assert "no earlier year" in row["reason"]
    assert row[["rate_median", "lower_80", "p_target", "required_completions"]].isna().all()
    now = steady.xs((2023, 9), level=["fiscal_year", "months"])["cases"]
    assert _row(frame, "VN")["completed"] == now["completed"].sum()


def test_all_zero_province_is_refused_with_its_reason(steady: pd.DataFrame) -> None:
    empty = steady.copy()
    empty.loc[(["63:06"], slice(None), slice(None)), :] = 0
    frame = forecast(empty, PERIOD, draws=100)
    row = _row(frame, "06")
    assert row["method"] is None
    assert "nothing eligible" in row["reason"]
    assert _row(frame, "VN")["rate_median"] > 0


def test_year_that_is_over_is_what_it_is(steady: pd.DataFrame) -> None:
    frame = forecast(steady, Period(2022, 12), draws=50)
    row = _row(frame, "01")
    assert row["lower_95"] == row["upper_95"] == row["rate_now"]
    assert row["p_target"] == float(row["rate_now"] > 0.815)
    assert pd.isna(row["required_per_month"])


def test_chosen_organisations_are_forecast_as_among_all(steady: pd.DataFrame) -> None:
    whole = forecast(steady, PERIOD, draws=100)
    some = forecast(steady, PERIOD, draws=100, orgs=["63:04", "VN"])
    assert some["org_code"].tolist() == ["VN", "VN", "04", "04"]
    pd.testing.assert_series_equal(_row(some, "04"), _row(whole, "04"), check_names=False)


def test_paths_end_where_the_forecast_ends(steady: pd.DataFrame) -> None:
    frame = forecast(steady, PERIOD, draws=300)
    fan = paths(steady, PERIOD, draws=300, orgs=["VN", "63:01"])
    assert fan.index.get_level_values("months").unique().tolist() == [10, 11, 12]
    assert fan.loc[("63:01", "cases", 12), 0.5] == _row(frame, "01")["rate_median"]
    assert fan.loc[("VN", "money", 12), 0.9] == _row(frame, "VN", "money")["upper_80"]


def test_years_and_their_weights_are_told(steady: pd.DataFrame) -> None:
    attrs = forecast(steady, PERIOD, draws=20).attrs
    assert attrs["years"] == {2019: 0.5, 2020: 1.0, 2021: 0.25, 2022: 1.0}
    assert len(attrs["absent"]) == 59


def test_unknown_method_and_organisation_are_refused(steady: pd.DataFrame) -> None:
    with pytest.raises(UsageError, match="usual_path"):
        forecast(steady, PERIOD, method="oracle")
    with pytest.raises(UsageError, match="63:79"):
        forecast(steady, PERIOD, draws=10, orgs=["63:79"])


def test_list_of_34_is_forecast_from_its_own_rows(make_panel: Callable[..., pd.DataFrame]) -> None:
    counts = {}
    for code in ("01", "79"):
        for year in (2022, 2023, 2024, 2025):
            for month in (10, 12) if year < 2025 else (10,):
                counts[f"34:{code}", year, month] = (40 * month + year % 7, 600 + month)
    frame = forecast(make_panel(counts), Period(2025, 10), draws=50)
    assert frame["org_regime"].tolist() == ["", "", "34", "34", "34", "34"]
    assert np.isfinite(frame["rate_median"].astype(float)).all()
