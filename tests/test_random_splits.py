"""Each split is exact on 1,000 random panels, and does not care for names, order, units or mergers."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pandas as pd
import pytest

from thads_analysis.glossary import MEASURES
from thads_analysis.merger import to_regime
from thads_analysis.org import merger_map, provinces
from thads_analysis.period import Period
from thads_analysis.schema import PANEL_INDEX
from thads_analysis.trend import (
    change_without_largest,
    eligible_stock,
    national_rate_change,
    rate_change,
    stock_change,
    stock_flow,
    stock_states,
)

NOW, BASE = Period(2023, 9), Period(2022, 9)
ORGS = [org.key for org in provinces("63")]
PARTS = ["within", "between", "change"]
ACCOUNT = ["opening", "new", "entrusted", "pulled_up", "revoked", "completed"]
PANELS = 1000


def random_figures(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Whole numbers of any size from 1 to 10^14; a tenth of them nothing, all of some panels small."""
    figures = np.floor(10 ** rng.uniform(0, rng.uniform(1, 14), shape)).astype("int64")
    figures[rng.random(shape) < 0.1] = 0
    return figures


def random_panel(seed: int) -> pd.DataFrame:
    """Completed, eligible and due of up to nine provinces in two periods; some rows and figures missing."""
    rng = np.random.default_rng(seed)
    orgs = sorted(rng.choice(ORGS, rng.integers(1, 10), replace=False))
    index = pd.MultiIndex.from_tuples(
        [(org, p.fiscal_year, p.months) for org in orgs for p in (BASE, NOW)], names=PANEL_INDEX
    )
    columns = pd.MultiIndex.from_product([MEASURES, ["completed", "eligible", "due"]])
    figures = np.sort(random_figures(rng, (len(index), 2, 3)), axis=2)
    panel = pd.DataFrame(figures.reshape(len(index), 6), index, columns, dtype="Int64")
    if seed % 4 == 0:
        panel = panel.mask(pd.DataFrame(rng.random(panel.shape) < 0.05, index, columns))
    if seed % 5 == 0 and len(orgs) > 1:
        panel = panel.drop(index=index[rng.integers(len(index))])
    return panel


def exact_change(panel: pd.DataFrame, measure: str) -> Fraction | None:
    """Change of the joint rate of the provinces that have all four figures, in whole numbers."""
    rows = panel[measure][["completed", "eligible"]].dropna()
    figures = {key: tuple(map(int, pair)) for key, pair in zip(rows.index, rows.to_numpy(), strict=True)}
    both = [org for org in ORGS if (org, 2023, 9) in figures and (org, 2022, 9) in figures]
    (now, now_of), (base, base_of) = (
        [sum(figures[org, year, 9][n] for org in both) for n in (0, 1)] for year in (2023, 2022)
    )
    return Fraction(now, now_of) - Fraction(base, base_of) if now_of and base_of else None


PAIRS = [random_panel(seed) for seed in range(PANELS // 2)]
"""Panels of two measures each: a thousand panels of one."""


def test_the_parts_of_a_rate_sum_to_its_change() -> None:
    rng = np.random.default_rng(6)
    figures = np.sort(random_figures(rng, (2, PANELS, 3)), axis=2)
    now, base = (pd.DataFrame(f, columns=["completed", "eligible", "due"], dtype="Int64") for f in figures)
    split = rate_change(now, base).astype("float64").to_numpy()
    exact = [
        float(Fraction(c1, e1) - Fraction(c0, e0)) if e1 and e0 else np.nan
        for (c1, e1, _), (c0, e0, _) in zip(*figures.tolist(), strict=True)
    ]
    change, numerator, denominator, due, classification = split[:, 2:].T
    assert np.isnan(exact).any()
    # A part can be a multiple of the whole: of the largest part, 1e-9 and less is left over.
    size = np.fmax(1, np.abs(split[:, 3:]).max(axis=1))
    for left in (
        change - exact,
        numerator + denominator - change,
        (due + classification - denominator) * (due == due),
    ):
        np.testing.assert_array_less(np.abs(left / size)[~np.isnan(exact)], 1e-9)
        assert np.isnan(left[np.isnan(exact)]).all()


def test_the_parts_of_provinces_sum_to_the_change() -> None:
    for seed, panel in enumerate(PAIRS):
        split = national_rate_change(panel, NOW, BASE)[PARTS]
        for measure in MEASURES:
            exact = exact_change(panel, measure)
            parts = split.xs(measure, level="measure").dropna().to_numpy("float64")
            assert bool(len(parts)) == (exact is not None), seed
            if exact is not None:
                within, between, change = parts.sum(axis=0)
                assert change == pytest.approx(float(exact), abs=1e-9), seed
                assert within + between == pytest.approx(change, abs=1e-9), seed


def test_the_parts_of_provinces_sum_to_those_of_their_groups() -> None:
    by = pd.Series({org: f"g{n % 3}" for n, org in enumerate(ORGS)}, name="band")
    for panel in PAIRS[:100]:
        provinces_of = national_rate_change(panel, NOW, BASE)[PARTS].dropna().astype("float64")
        groups = provinces_of.index.get_level_values("org").map(by)
        sums = provinces_of.groupby([groups, provinces_of.index.get_level_values("measure")]).sum()
        nested = national_rate_change(panel, NOW, BASE, by).dropna(subset="change")
        assert sorted(nested.index) == sorted(sums.index)
        nested = nested.astype("float64").loc[sums.index]
        weights = nested["inside"] + nested["between"]
        for ours, theirs in (
            (nested["within"], sums["within"]),
            (weights, sums["between"]),
            (nested["change"], sums["change"]),
        ):
            np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-9)


@pytest.mark.parametrize("seed", range(0, 60))
def test_names_order_and_units_change_nothing(seed: int) -> None:
    panel, rng = PAIRS[seed], np.random.default_rng(seed)
    orgs = list(panel.index.unique(level="org"))
    names = dict(zip(orgs, rng.permutation(orgs), strict=True))
    other = (1000 * panel).rename(index=names, level="org").sample(frac=1, random_state=seed)
    split = national_rate_change(panel, NOW, BASE).rename(index=names, level="org")
    again = national_rate_change(other, NOW, BASE).reindex(split.index)
    np.testing.assert_allclose(
        again.astype(float), split.astype(float), rtol=0, atol=1e-12, err_msg=str(names)
    )


@pytest.mark.parametrize("seed", range(0, 60))
def test_merging_two_changes_neither_the_whole_nor_the_others(seed: int) -> None:
    rng = np.random.default_rng(seed)
    # Hà Giang and Tuyên Quang, one since 1 July 2025, and provinces that stayed as they were.
    kept = [old for old, new in merger_map().items() if list(merger_map().values()).count(new) == 1]
    orgs = ["63:02", "63:08", *sorted(rng.choice(kept, 4, replace=False))]
    figures = np.sort(random_figures(rng, (12, 2, 2)) + 1, axis=2).reshape(12, 4)
    index = pd.MultiIndex.from_product([orgs, [2022, 2023], [9]], names=PANEL_INDEX)
    columns = pd.MultiIndex.from_product([MEASURES, ["completed", "eligible"]])
    panel = pd.DataFrame(figures, index, columns, dtype="Int64")
    apart = national_rate_change(panel, NOW, BASE)[PARTS].astype(float)
    merged = national_rate_change(to_regime(panel, "34"), NOW, BASE)[PARTS].astype(float)
    for measure in MEASURES:
        before, after = (split.xs(measure, level="measure") for split in (apart, merged))
        assert after["change"].sum() == pytest.approx(before["change"].sum(), abs=1e-9)
        two = before.loc[["63:02", "63:08"], "change"].sum()
        assert after.loc["34:08", "change"] == pytest.approx(two, abs=1e-9)
        same = after.rename(index={new: old for old, new in merger_map().items() if old in kept})
        np.testing.assert_allclose(same.loc[orgs[2:]], before.loc[orgs[2:]], rtol=0, atol=1e-9)


@pytest.mark.parametrize("seed", range(0, 40))
def test_without_the_largest_the_parts_still_sum(seed: int) -> None:
    panel = PAIRS[seed]
    for measure in MEASURES:
        split = change_without_largest(panel, NOW, BASE, measure)
        for k, row in split.iterrows():
            rest = panel.drop(index=list(row["orgs"]), level="org")
            exact = exact_change(rest, measure)
            if exact is None:
                assert pd.isna(row["change"])
                continue
            assert row["change"] == pytest.approx(float(exact), abs=1e-9)
            assert row["within"] + row["between"] == pytest.approx(row["change"], abs=1e-9), k
            size = max(1, abs(row["numerator_effect"]))
            effects = row["numerator_effect"] + row["denominator_effect"]
            assert effects == pytest.approx(row["change"], abs=1e-9 * size)


def random_accounts() -> pd.DataFrame:
    """A thousand units over the turn of two years: six months of 2021 to 2023, and the ends between."""
    rng = np.random.default_rng(9)
    months = [(2021, 6), (2021, 12), (2022, 6), (2022, 12), (2023, 6)]
    index = pd.MultiIndex.from_tuples(
        [(f"unit {n:03d}", *month) for n in range(PANELS // 2) for month in months], names=PANEL_INDEX
    )
    items = [
        "carried_in",
        "new",
        "entrusted",
        "pulled_up",
        "revoked",
        "completed",
        "eligible",
        "not_eligible",
    ]
    panel = pd.DataFrame(
        random_figures(rng, (len(index), 16)),
        index,
        pd.MultiIndex.from_product([MEASURES, items]),
        dtype="Int64",
    )
    for measure in MEASURES:
        of = panel[measure]
        panel[measure, "carried_out"] = (
            of["carried_in"] + of["new"] - of[["entrusted", "pulled_up", "revoked", "completed"]].sum(axis=1)
        )
    return panel.mask(pd.DataFrame(rng.random(panel.shape) < 0.01, index, panel.columns))


def test_accounts_of_the_stock_sum_to_the_unit() -> None:
    panel = random_accounts()
    period, base = Period(2023, 6), Period(2021, 6)
    over = stock_flow(panel, period, base)
    accounts = [
        stock_flow(panel, period),
        over,
        stock_change(panel, period, base),
        eligible_stock(panel, period, base),
        stock_states(panel, period),
    ]
    for account in accounts:
        assert len(account) == PANELS
        known = account.dropna()
        assert 0.7 * PANELS < len(known) < PANELS
        assert (known.drop(columns="closing").sum(axis=1) == known["closing"]).all()
    # The change of the stock over two years is the same on both ways to it.
    changed = (over["closing"] - over["opening"]).dropna()
    assert (accounts[2]["closing"].reindex(changed.index).dropna() == changed).all()


def test_accounts_add_up_over_units_in_any_order() -> None:
    panel = random_accounts().fillna(0)
    one = pd.concat({"all": panel.groupby(level=["fiscal_year", "months"]).sum()}, names=["org"])
    shuffled = panel.sample(frac=1, random_state=1)
    for make in (
        lambda p: stock_flow(p, Period(2023, 6), Period(2021, 6)),
        lambda p: stock_change(p, Period(2023, 6), Period(2022, 6)),
        lambda p: eligible_stock(p, Period(2023, 6), Period(2021, 12)),
        lambda p: stock_states(p, Period(2022, 12)),
    ):
        summed = make(shuffled).groupby(level="measure").sum()
        pd.testing.assert_frame_equal(summed.sort_index(), make(one).droplevel("org").sort_index())
