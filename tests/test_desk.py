"""The library in the hand: what it offers under one name, and how its two small values behave."""

from __future__ import annotations

import subprocess
import sys

import pytest

import thads_analysis as thads
from thads_analysis import Org, Period
from thads_analysis.errors import UsageError

PUBLIC = {
    "Context", "DataError", "NATION", "Org", "Period", "UsageError", "backtest", "check", "clearance_rate",
    "completion_rate", "disposition_time", "eligible_share", "forecast", "groups", "growth", "last_year",
    "load_context", "load_observations", "load_panel", "load_tidy", "load_workbook", "look_ahead", "metric",
    "metric_names", "metrics", "monthly_flows", "national", "open_page", "path_envelope", "peers", "points",
    "provinces", "report", "store", "target_for", "target_rates", "total", "trend",
}  # fmt: skip


def test_the_public_names_are_these() -> None:
    assert set(thads.__all__) == PUBLIC
    assert set(thads.__all__) <= set(dir(thads))


@pytest.mark.parametrize("name", sorted(PUBLIC))
def test_a_public_name_is_there_and_typed(name: str) -> None:
    found = getattr(thads, name)
    if callable(found) and not isinstance(found, type):
        assert "return" in found.__annotations__


def test_names_are_imported_when_they_are_used() -> None:
    code = (
        "import sys, thads_analysis as thads; before = 'pandas' in sys.modules; thads.Period;"
        "print(before, 'pandas' in sys.modules, 'pydantic' in sys.modules)"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603
    assert out.stdout.split() == ["False", "False", "False"]


def test_a_subpackage_stays_what_it_is_after_all_is_imported() -> None:
    import thads_analysis.forecast.outlook  # noqa: F401 - binds the subpackage as an attribute

    assert thads.forecast is sys.modules["thads_analysis.forecast"]
    assert callable(thads.peers)


def test_periods_add_months_across_years() -> None:
    period = Period.parse("2023-M09")
    assert [str(period + n) for n in (0, 3, 4, -9, 15)] == [
        "2023-M09",
        "2023-M12",
        "2024-M01",
        "2022-M12",
        "2024-M12",
    ]
    assert period + 1 - 1 == period
    assert sorted([period + 1, period - 12, period])[0] == Period(2022, 9)
    assert len({period, Period(2023, 9), period + 1}) == 2


@pytest.mark.parametrize("other", ["1", 1.5, None])
def test_only_whole_months_are_added(other: object) -> None:
    with pytest.raises(TypeError):
        Period(2023, 9) + other  # type: ignore[operator]


def test_a_period_leaves_no_known_years() -> None:
    with pytest.raises(UsageError, match="No such period"):
        Period(2099, 12) + 1


def test_values_show_themselves_in_a_notebook() -> None:
    assert Period(2023, 9)._repr_html_() == "<b>2023-M09</b> 9 tháng năm 2023 (1/10/2022 – 30/6/2023)"
    assert Org.parse("45", "63")._repr_html_().startswith("Quảng Trị (63:45, ")
    assert Org.parse("large-8", "63")._repr_html_().endswith("(63:large-8, 8 địa phương)")
    assert Org("", "VN", "<b>")._repr_html_() == "&lt;b&gt; (VN)"


def test_organisations_are_one_where_their_keys_are() -> None:
    assert Org.parse("TPHCM", "63") == Org.parse("79", "63") != Org.parse("79", "34")
    assert sorted([Org.parse("79", "63"), thads.NATION, Org.parse("01", "63")])[0] == thads.NATION
