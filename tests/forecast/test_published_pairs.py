import math

import pandas as pd
import pytest

from thads_analysis.forecast.published import leave_one_out, published_pairs


def _logit(rate: float) -> float:
    return math.log((rate + 0.001) / (1 - rate + 0.001))


def test_pairs_are_those_of_the_bulletins() -> None:
    pairs = published_pairs()
    # 9 months of FY2023: 66.53 % and 32.45 %; the year, final: 83.25 % and 46.78 %.
    assert pairs.loc[("cases", 9, 2023)].tolist() == pytest.approx([0.6653, 0.8325])
    assert pairs.loc[("money", 9, 2023)].tolist() == pytest.approx([0.3245, 0.4678])
    # 9 months of FY2022: 64.35 % and 29.47 %; the year: 82.50 % and 45.42 %.
    assert pairs.loc[("cases", 9, 2022)].tolist() == pytest.approx([0.6435, 0.8250])
    assert pairs.loc[("money", 9, 2022)].tolist() == pytest.approx([0.2947, 0.4542])
    assert pairs.index.is_unique
    # 10 months of FY2021 were only printed as "above 66 %".
    assert ("cases", 10, 2021) not in pairs.index


def test_leaving_one_out_by_hand() -> None:
    rows = {2020: (0.60, 0.80), 2021: (0.62, 0.76), 2022: (0.64, 0.83)}
    pairs = pd.DataFrame(
        [("cases", 9, year, *pair) for year, pair in rows.items()],
        columns=["measure", "months", "fiscal_year", "rate", "end"],
    ).set_index(["measure", "months", "fiscal_year"])
    found = leave_one_out(pairs).loc[("cases", 9, 2022)]
    moves = [_logit(end) - _logit(rate) for rate, end in (rows[2020], rows[2021])]
    middle = _logit(0.64) + sum(moves) / 2
    # Student with one degree of freedom: its 90 % point is 3.0777; two values' s is their distance / sqrt 2.
    half = 3.0777 * abs(moves[0] - moves[1]) / math.sqrt(2) * math.sqrt(1.5)
    for name, logit in (("forecast", middle), ("lower", middle - half), ("upper", middle + half)):
        assert found[name] == pytest.approx(1.002 / (1 + math.exp(-logit)) - 0.001, abs=1e-4)
    assert found["error"] == pytest.approx(found["forecast"] - 0.83)
    assert found["others"] == 2


def test_a_single_other_year_borrows_the_scatter_of_other_months() -> None:
    rows = {
        (10, 2019): (0.27, 0.35),
        (10, 2020): (0.26, 0.40),
        (6, 2018): (0.20, 0.40),
        (6, 2019): (0.20, 0.50),
        (6, 2021): (0.20, 0.45),
    }
    pairs = pd.DataFrame(
        [("money", *key, *pair) for key, pair in rows.items()],
        columns=["measure", "months", "fiscal_year", "rate", "end"],
    ).set_index(["measure", "months", "fiscal_year"])
    found = leave_one_out(pairs).loc[("money", 10, 2019)]
    assert found["pooled"]
    assert found["others"] == 1
    middle = _logit(0.27) + _logit(0.40) - _logit(0.26)
    # Without 2019: 6 months of 2018 and 2021 about their mean, one degree of freedom.
    spread = abs(_logit(0.40) - _logit(0.45)) / math.sqrt(2)
    half = 3.0777 * spread * math.sqrt(2)
    assert found["lower"] == pytest.approx(1.002 / (1 + math.exp(half - middle)) - 0.001, abs=1e-4)


def test_a_single_other_year_of_all_gives_no_interval() -> None:
    pairs = pd.DataFrame(
        [("money", 10, 2019, 0.27, 0.35), ("money", 10, 2020, 0.26, 0.40), ("money", 8, 2020, 0.2, 0.4)],
        columns=["measure", "months", "fiscal_year", "rate", "end"],
    ).set_index(["measure", "months", "fiscal_year"])
    found = leave_one_out(pairs)
    assert len(found) == 2
    assert found[["lower", "inside"]].isna().all(axis=None)
