from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from thads_analysis.errors import DataError, UsageError
from thads_analysis.forecast.backtest import SIMPLE, backtest, compare, summarise
from thads_analysis.forecast.history import build_history
from thads_analysis.forecast.outlook import METHODS
from thads_analysis.period import Period


@pytest.fixture(scope="module")
def results() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "method": ["a", "last_movement"] * 4,
            "org": ["63:01"] * 4 + ["63:02"] * 4,
            "measure": "cases",
            "fiscal_year": [2021, 2021, 2022, 2022] * 2,
            "months": 9,
            "error": [0.01, 0.02, -0.03, 0.04, 0.01, -0.04, 0.01, 0.04],
            "crps": 0.01,
            "pinball": 0.01,
            **{f"in_{w}": [1.0, np.nan] * 4 for w in (50, 80, 95)},
            **{f"lower_{w}": 0.5 for w in (50, 80, 95)},
            **{f"upper_{w}": 0.6 for w in (50, 80, 95)},
        }
    )


def test_simple_movements_by_hand(make_panel: Callable[..., pd.DataFrame]) -> None:
    counts = {("63:01", 2023, 9): (50, 100)}
    for year, end in ((2020, 70), (2021, 90), (2022, 65)):
        counts[("63:01", year, 9)] = (40, 100)
        counts[("63:01", year, 12)] = (end, 100)
    history = build_history(make_panel(counts), Period(2023, 9))
    # Gains of 30, 50 and 25 points; the nation is the one province.
    assert SIMPLE["last_movement"](history)[0] == pytest.approx([0.75, 0.75])
    assert SIMPLE["mean_movement"](history)[0] == pytest.approx([0.85, 0.85])


def test_rows_hold_forecast_and_result(steady: pd.DataFrame) -> None:
    table = backtest(steady, months=[9], draws=200)
    assert set(table["method"]) == {*METHODS, *SIMPLE}
    # FY2019 and FY2020 are the first two years held, FY2023 is not over.
    assert sorted(table["fiscal_year"].unique()) == [2021, 2022]
    per_method = table.groupby("method").size()
    assert (per_method == 2 * 2 * 5).all()
    row = table.set_index(["method", "org", "measure", "fiscal_year", "months"]).loc[
        ("pooled", "63:01", "cases", 2022, 9)
    ]
    end = steady.loc[("63:01", 2022, 12), "cases"]
    assert row["actual"] == end["completed"] / end["eligible"]
    assert row["error"] == row["median"] - row["actual"]
    assert row["target"] == 0.815
    assert row["in_80"] == float(row["lower_80"] <= row["actual"] <= row["upper_80"])
    nation = table[(table["org"] == "VN") & (table["months"] == 9) & (table["fiscal_year"] == 2022)]
    sums = steady.xs((2022, 12), level=["fiscal_year", "months"])["cases"].sum()
    cases = nation[nation["measure"] == "cases"]
    assert cases["actual"].to_numpy() == pytest.approx(float(sums["completed"] / sums["eligible"]))


def test_nothing_later_than_the_period_is_used(steady: pd.DataFrame) -> None:
    changed = steady.copy()
    later = (steady.index.get_level_values("fiscal_year") == 2022) & (
        steady.index.get_level_values("months") > 9
    )
    changed.loc[later] = (changed.loc[later] * 1.1).round().astype("Int64")
    asked = {"methods": ["pooled"], "months": [9], "draws": 100, "first": 2022, "last": 2022}
    one, two = backtest(steady, **asked), backtest(changed, **asked)
    np.testing.assert_array_equal(one["median"], two["median"])
    assert (one["actual"] != two["actual"]).any()


def test_panel_as_known_then_is_what_forecasts_see(steady: pd.DataFrame) -> None:
    asked: list[Period] = []

    def panel_at(period: Period) -> pd.DataFrame:
        asked.append(period)
        return steady[steady.index.get_level_values("org") != "63:06"]

    table = backtest(
        steady, methods=["usual_path", "mean_movement"], months=[9], first=2022, draws=50, panel_at=panel_at
    )
    assert asked == [Period(2022, 9)]
    assert "63:06" not in set(table["org"])


def test_averages_by_hand(results: pd.DataFrame) -> None:
    table = summarise(results, ["method"])
    assert table.loc["a", "error"] == pytest.approx(0.015)
    assert table.loc["a", "bias"] == pytest.approx(0.0)
    assert table.loc["a", "relative"] == pytest.approx(0.015 / 0.035)
    assert table.loc["last_movement", "relative"] == 1
    assert table.loc["a", "width_80"] == pytest.approx(0.1)
    assert table.loc["a", "in_80"] == 1
    assert table.loc["a", "forecasts"] == 4


def test_comparison_by_hand(results: pd.DataFrame) -> None:
    found = compare(results, "a").loc[("cases", 9, "last_movement")]
    # Yearly means: 0.01 and 0.02 against 0.03 and 0.04.
    assert found["difference"] == pytest.approx(0.03 / 0.07 - 1)
    assert found["low"] == pytest.approx(1 / 3 - 1)
    assert found["high"] == pytest.approx(1 / 2 - 1)
    assert found["years"] == 2


def test_unknown_method_and_no_year_are_refused(steady: pd.DataFrame) -> None:
    with pytest.raises(UsageError, match="oracle"):
        backtest(steady, methods=["oracle"])
    with pytest.raises(DataError, match="2019, 2020, 2021, 2022"):
        backtest(steady, first=2023)
