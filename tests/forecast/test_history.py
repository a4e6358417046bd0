import math
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from thads_analysis.errors import DataError
from thads_analysis.forecast.history import build_history, from_logit, to_logit
from thads_analysis.period import Period


@given(st.floats(0, 1))
def test_logit_is_undone(rate: float) -> None:
    assert from_logit(to_logit(np.array([rate])))[0] == pytest.approx(rate, abs=1e-9)


def test_movement_of_a_year_by_hand(make_panel: Callable[..., pd.DataFrame]) -> None:
    panel = make_panel(
        {("63:01", 2022, 9): (60, 100), ("63:01", 2022, 12): (90, 120), ("63:01", 2023, 9): (50, 100)}
    )
    moved = build_history(panel, Period(2023, 9)).movements()
    assert moved.shape == (2, 1, 1, 3, 2)
    log_eligible, logit_rate = moved[0, 0, 0, -1]
    assert log_eligible == pytest.approx(math.log(1.2))
    # 60 % to 75 %, both padded by a thousandth.
    assert logit_rate == pytest.approx(math.log(0.751 / 0.251) - math.log(0.601 / 0.401))
    # Months 10 and 11 are missing: they lie on the line.
    assert moved[0, 0, 0, :, 1] == pytest.approx(logit_rate * np.array([1, 2, 3]) / 3)


def test_year_without_its_end_is_not_usable(steady: pd.DataFrame) -> None:
    cut = steady.drop(index=("63:01", 2021, 12))
    usable = build_history(cut, Period(2023, 9)).usable()
    assert usable[0, 0].tolist() == [True, True, False, True]
    assert usable[0, 1].all()


def test_later_rows_are_not_looked_at(steady: pd.DataFrame) -> None:
    period = Period(2022, 6)
    months = steady.index.get_level_values("months")
    years = steady.index.get_level_values("fiscal_year")
    known = steady[(years < 2022) | ((years == 2022) & (months <= 6))]
    whole, cut = build_history(steady, period), build_history(known, period)
    assert whole.years == cut.years == (2019, 2020, 2021, 2022)
    np.testing.assert_array_equal(whole.completed, cut.completed)
    np.testing.assert_array_equal(whole.eligible, cut.eligible)


def test_late_province_moves_as_the_median_of_the_others(make_panel: Callable[..., pd.DataFrame]) -> None:
    counts = {}
    for code, eligible_now in (("01", 110), ("02", 120), ("04", 130), ("06", None)):
        counts[f"63:{code}", 2022, 9] = (50, 100)
        counts[f"63:{code}", 2022, 12] = (80, 100)
        counts[f"63:{code}", 2023, 8] = (40, 100)
        if eligible_now:
            counts[f"63:{code}", 2023, 9] = (eligible_now // 2, eligible_now)
    start = build_history(make_panel(counts), Period(2023, 9)).start()
    late = 3
    assert not start.reported[0, late]
    assert start.eligible[0, late] == 120
    assert start.completed[0, late] == 60
    # Logs of 1.1, 1.2, 1.3 depart from the middle one by 0.087, 0, 0.080: the median departure is 0.080.
    assert start.spread[0, late, 0] == pytest.approx(1.4826 * math.log(1.3 / 1.2))
    assert "imputed from 2023-M08" in start.reasons["63:06", "cases"]


def test_no_figures_for_the_period_is_refused(steady: pd.DataFrame) -> None:
    with pytest.raises(DataError, match="2023-M10"):
        build_history(steady, Period(2023, 10))


def test_no_earlier_year_is_refused(steady: pd.DataFrame) -> None:
    alone = steady[steady.index.get_level_values("fiscal_year") == 2023]
    with pytest.raises(DataError, match="No earlier year"):
        build_history(alone, Period(2023, 9))


def test_the_other_list_is_left_aside(steady: pd.DataFrame, make_panel: Callable[..., pd.DataFrame]) -> None:
    other = make_panel({("34:01", 2023, 9): (1, 2)})
    history = build_history(pd.concat([steady, other]), Period(2023, 9))
    assert history.orgs == ("63:01", "63:02", "63:04", "63:06")
    assert len(history.absent) == 59
