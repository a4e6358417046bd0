from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from thads_analysis.forecast import METHODS
from thads_analysis.forecast.scales import SCALES, Scale
from thads_analysis.period import Period

PERIOD = Period(2023, 9)


@pytest.mark.parametrize("scale", SCALES, ids=lambda scale: scale.name)
@given(rate=st.floats(0, 1), moved=st.floats(-50, 50))
def test_scale_leads_back_and_never_out_of_bounds(scale: Scale, rate: float, moved: float) -> None:
    there = scale.forward(np.array([rate]))
    assert scale.back(there)[0] == pytest.approx(rate, abs=1e-9)
    assert 0 <= scale.back(there + moved)[0] <= 1


def _make_panel(
    make_panel: Callable[..., pd.DataFrame], end: Callable[[np.ndarray], np.ndarray], years: range
) -> pd.DataFrame:
    """Forty provinces whose rates differ from year to year, and go on by one rule but for a little noise."""
    rng = np.random.default_rng(6)
    counts = {}
    for year in years:
        now = rng.uniform(0.15, 0.45, 40)
        then = end(now) + rng.normal(0, 0.002, 40)
        for place in range(40):
            org = f"63:{CODES[place]}"
            counts[org, year, 9] = (round(now[place] * 1e6), 1_000_000)
            counts[org, year, 12] = (round(then[place] * 1e6), 1_000_000)
    return make_panel(counts)


def _list_codes() -> list[str]:
    from thads_analysis.org import provinces

    return [org.code for org in provinces("63")][:40]


CODES = _list_codes()


@pytest.mark.parametrize(
    ("best", "end"),
    [("points", lambda now: now + 0.2), ("log", lambda now: 1.5 * (now + 0.02) - 0.02)],
)
def test_scale_on_which_years_were_even_counts_most(
    make_panel: Callable[..., pd.DataFrame], best: str, end: Callable[[np.ndarray], np.ndarray]
) -> None:
    panel = _make_panel(make_panel, end, range(2016, 2024))
    fit = METHODS["combined"].fit(panel, PERIOD)
    names = [*(scale.name for scale in SCALES), "usual"]
    weights = dict(zip(names, fit.parts[0].weights, strict=True))
    assert sum(weights.values()) == pytest.approx(1)
    # The plain mean in points is as good as the scale of points; neither is on the other's rule.
    against = {"points": ("log", "logit"), "log": ("logit", "usual")}[best]
    assert all(weights[best] > weights[name] for name in against)
    now = panel.xs((2023, 9), level=["fiscal_year", "months"])["cases"]
    expected = end((now["completed"] / now["eligible"]).to_numpy(float))
    found = np.median(fit.simulate(400).rates()[:, 0, :, -1], axis=0)
    assert np.abs(found - expected).mean() < 0.004


def test_single_past_year_is_enough(make_panel: Callable[..., pd.DataFrame]) -> None:
    panel = _make_panel(make_panel, lambda now: now + 0.2, range(2022, 2024))
    fit = METHODS["combined"].fit(panel, PERIOD)
    assert fit.parts[0].weights.tolist() == pytest.approx([1 / 3, 1 / 3, 1 / 3, 0])
    assert np.isfinite(fit.simulate(50).rates()).all()
