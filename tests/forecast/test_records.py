"""Forecasts and scores as JSON objects."""

import json

import pandas as pd
import pytest

from thads_analysis.forecast import forecast, score_records, to_records
from thads_analysis.period import Period

PERIOD = Period(2023, 9)


def test_rates_are_percent_probabilities_are_parts_and_nothing_is_nan(steady: pd.DataFrame) -> None:
    table = forecast(steady, PERIOD, draws=100)
    records = to_records(table)
    assert json.loads(json.dumps(records, allow_nan=False)) == records
    nation = records[0]
    assert (nation["org_regime"], nation["org_code"], nation["measure"]) == ("", "VN", "cases")
    assert nation["target"] == 82.5
    assert nation["rate_now"] == pytest.approx(100 * nation["completed"] / nation["eligible"], abs=1e-4)
    assert 0 <= nation["p_target"] <= 1
    assert isinstance(nation["required_completions"], int)
    assert list(nation)[: len(table.columns)] == list(table.columns)


def test_what_is_not_known_is_none(steady: pd.DataFrame) -> None:
    row = to_records(forecast(steady, PERIOD, draws=20, targets=lambda *_: None))[0]
    assert row["target"] is row["p_target"] is row["required_completions"] is row["last_target"] is None


def test_scores_by_hand() -> None:
    rows = []
    for org, size, actual, chance in (
        ("VN", "", 0.84, 0.8),
        ("63:01", "large", 0.80, 0.4),
        ("63:02", "small", 0.9, 0.9),
    ):
        for method, median in (("own", 0.82), ("last_movement", 0.80)):
            rows.append(
                {
                    "method": method, "org": org, "measure": "cases", "fiscal_year": 2022, "months": 9,
                    "size": size, "actual": actual, "target": 0.825, "error": median - actual, "crps": 0.01,
                    "pinball": 0.01, "p_target": chance if method == "own" else None,
                }
                | {f"lower_{w}": median - w / 1000 for w in (50, 80, 95)}
                | {f"upper_{w}": median + w / 1000 for w in (50, 80, 95)}
                | {f"in_{w}": 1.0 for w in (50, 80, 95)}
            )  # fmt: skip
    found = {(r["size"], r["method"]): r for r in score_records(pd.DataFrame(rows))}
    assert {size for size, _ in found} == {"nation", "provinces", "small", "large"}
    assert found["nation", "own"]["error"] == pytest.approx(2.0)
    assert found["nation", "own"]["relative"] == pytest.approx(0.5)
    assert found["provinces", "own"]["error"] == pytest.approx(5.0)
    assert found["provinces", "own"]["width_80"] == pytest.approx(16.0)
    # 0.4 where it did not happen, 0.9 where it did.
    assert found["provinces", "own"]["brier"] == pytest.approx((0.16 + 0.01) / 2)
    assert found["provinces", "last_movement"]["brier"] is None
