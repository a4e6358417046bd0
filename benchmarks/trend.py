"""Proof of the trend library on series whose components are known, and what it costs.

    python benchmarks/trend.py
    python benchmarks/trend.py --parts cost changes --series 50

cost
    Processor seconds of flows, STL, structural fits and change points for 63 provinces and both measures.
components
    How often 95 % intervals hold what they should, and the mean squared error of the seasonally adjusted
    series against STL, which knows no calendar, and MSTL with a second period.
changes
    How often a change is announced where there is none, and how often one is found where there is.
"""

from __future__ import annotations

import argparse
import time
import warnings
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from thads_analysis.metrics import national
from thads_analysis.period import Period
from thads_analysis.sample import make_observations
from thads_analysis.schema import OBSERVATION_KEY, to_panel
from thads_analysis.trend import (
    calendar_index,
    decompose_season,
    find_changes,
    fit_structure,
    monthly_flows,
    tet_share,
    working_days,
)

# January to December: a quiet Tết and October, a surge in June and above all in September.
SEASON = np.array([-0.15, -0.30, 0.10, 0.0, 0.0, 0.20, -0.10, 0.0, 0.60, -0.60, 0.05, 0.20])
TET, WORKING_DAY, STEP, SHOCK, SLOPE = -0.25, 0.03, 0.15, -0.5, 0.004
BREAK = pd.Period("2020-01")
SHOCK_DAYS = {pd.Period("2021-07"): 23 / 31, pd.Period("2021-08"): 1.0, pd.Period("2021-09"): 1.0}


@dataclass(frozen=True)
class World:
    """How a series is made: logarithms of level, season, calendar, events and noise."""

    first: str = "2015-10"
    noise: float = 0.10
    wander: float = 0.02
    drift: float = 0.0  # of each month's season, a year
    memory: float = 0.0  # part of the noise that stays for the next month
    tails: float = 0.0  # degrees of freedom of the noise; 0 for normal
    missing: int = 0  # months without a figure
    step: float = STEP
    unnamed: float = 0.0  # a step that no event explains, two thirds into the series
    calendar: bool = True


WORLDS = {
    "steady level": World(wander=0.0),
    "wandering level": World(),
    "wandering far": World(wander=0.06),
    "heavy tails": World(noise=0.2, tails=4),
    "season drifts": World(drift=0.02),
    "12 months missing": World(missing=12),
    "from 2018": World(first="2018-07"),
    "41 months, one definition": World(first="2020-02"),
    "30 months": World(first="2021-01"),
}


@dataclass(frozen=True)
class Series:
    observed: pd.Series
    season: pd.Series
    trend: pd.Series
    adjusted: pd.Series = field(repr=False)


def centre(values: pd.Series) -> pd.Series:
    return values - values.groupby(values.index.month).transform("mean")


def calendar_of(months: pd.PeriodIndex) -> pd.Series:
    span = Period(2013, 4), Period(2031, 3)
    tet, days = tet_share(*span), working_days(*span)
    return (TET * centre(tet) + WORKING_DAY * centre(days + 5 * tet)).reindex(months)


def draw_noise(world: World, months: int, rng: np.random.Generator) -> np.ndarray:
    tails = world.tails
    steps = (
        rng.standard_t(tails, months + 60) / np.sqrt(tails / (tails - 2))
        if tails
        else rng.normal(size=months + 60)
    )
    noise = np.zeros(months + 60)
    for at in range(1, months + 60):
        noise[at] = world.memory * noise[at - 1] + np.sqrt(1 - world.memory**2) * steps[at]
    return world.noise * noise[60:]


def simulate(world: World, rng: np.random.Generator) -> Series:
    months = pd.period_range(world.first, "2023-06", freq="M")
    n = len(months)
    level = 8 + SLOPE * np.arange(n) + np.cumsum(rng.normal(0, world.wander, n))
    level += world.step * (months >= BREAK) * (months[0] < BREAK)
    level += world.unnamed * (np.arange(n) >= n * 2 // 3)
    yearly = np.cumsum(rng.normal(0, world.drift, (n // 12 + 1, 12)), axis=0)
    season = (SEASON - SEASON.mean())[months.month - 1] + yearly[np.arange(n) // 12, months.month - 1]
    calendar = calendar_of(months).to_numpy() if world.calendar else np.zeros(n)
    shock = SHOCK * np.array([SHOCK_DAYS.get(month, 0.0) for month in months]) * (months[0] < min(SHOCK_DAYS))
    noise = draw_noise(world, n, rng)
    logs = pd.Series(level + season + calendar + shock + noise, months)
    observed = np.exp(logs)
    if world.missing:
        observed.iloc[rng.choice(np.arange(6, n - 6), world.missing, replace=False)] = np.nan
    return Series(observed, pd.Series(season, months), pd.Series(level, months), logs - season - calendar)


def spans(frame: pd.DataFrame | pd.Series, truth: object, name: str = "") -> object:
    prefix = f"{name}_" if name else ""
    return (frame[f"{prefix}low"] <= truth) & (truth <= frame[f"{prefix}high"])


def try_world(world: World, count: int, seed: int) -> dict[str, float]:
    rng, held, errors = np.random.default_rng(seed), [], []
    for _ in range(count):
        made = simulate(world, rng)
        found = fit_structure(made.observed)
        assert found.method == "structural"
        scale = np.expm1 if found.scale == "multiplicative" else None
        if scale is None:  # nothing to hold against: the truth is a product
            continue
        row = {}
        truths = {"tet": TET, "working_day": WORKING_DAY, "circular_2019": world.step, "lockdown_2021": SHOCK}
        for name, truth in truths.items():
            if name in found.effects.index:
                row[name] = spans(found.effects.loc[name], np.expm1(truth))
        last = made.season[-12:].set_axis((made.season.index[-12:].month + 2) % 12 + 1)
        row["September"] = spans(found.season.loc[12], np.expm1(last[12]))
        shown = found.frame.dropna(subset=["trend"]).astype(float)
        row["trend"] = spans(shown, np.exp(made.trend[shown.index]), "trend").mean()
        row["adjusted"] = spans(shown, np.exp(made.adjusted[shown.index]), "adjusted").mean()
        held.append(row)
        errors.append(compare_with_stl(made, shown))
    error = pd.DataFrame(errors).mean()
    covered = (pd.DataFrame(held).astype(float).mean() * 100).round(1).to_dict()
    ratios = {f"MSE / {name}": round(error["structural"] / error[name], 2) for name in ("STL", "MSTL")}
    return covered | {"series": len(held)} | ratios


def compare_with_stl(made: Series, shown: pd.DataFrame) -> dict[str, float]:
    """Squared errors of the adjusted series in logarithms; gaps are filled for STL alone."""
    from statsmodels.tsa.seasonal import MSTL, STL

    logs = np.log(made.observed).interpolate()
    options = {"seasonal_deg": 0, "robust": True}
    seasons = {
        "STL": STL(logs.to_numpy(), period=12, seasonal=13, **options).fit().seasonal,
        "MSTL": MSTL(logs.to_numpy(), periods=(6, 12), windows=(13, 13), stl_kwargs=options)
        .fit()
        .seasonal.sum(axis=1),
    }
    at, truth = shown.index, made.adjusted[shown.index]
    found = {"structural": np.log(shown["adjusted"])}
    found |= {name: (logs - season)[at] for name, season in seasons.items()}
    return {name: float(((adjusted - truth) ** 2).mean()) for name, adjusted in found.items()}


def show_components(count: int) -> None:
    print(f"\n## 95 % intervals that hold the truth, percent, and mean squared errors, {count} series each")
    columns = ["tet", "working_day", "September", "circular_2019", "lockdown_2021", "trend", "adjusted"]
    print(f"{'':26}", *(f"{name:>13}" for name in [*columns, "MSE / STL", "MSE / MSTL", "series"]))
    for name, world in WORLDS.items():
        row = try_world(world, count, seed=1)
        shown = [row.get(column, float("nan")) for column in [*columns, "MSE / STL", "MSE / MSTL", "series"]]
        print(f"{name:26}", *(f"{value:13}" for value in shown), flush=True)


def show_one_optimum(count: int) -> None:
    """What intervals at the most likely ratios alone would hold: the reason for the grid."""
    from scipy import stats
    from statsmodels.tsa.statespace.structural import UnobservedComponents

    from thads_analysis.trend.design import make_design

    print(f"\n## The same for the trend at one optimum of the likelihood, {count} series each")
    for name in ("steady level", "wandering level", "41 months, one definition"):
        rng, held, unsettled = np.random.default_rng(1), [], 0
        for _ in range(count):
            made = simulate(WORLDS[name], rng)
            design = make_design(made.observed)
            model = UnobservedComponents(
                design.fitted,
                "lldtrend",
                seasonal=12,
                exog=design.effects.to_numpy(),
                mle_regression=False,
                use_exact_diffuse=True,
            )
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always")
                fit = model.fit(disp=0)
            unsettled += bool(caught)
            weights = np.zeros((len(design.effects), model.k_states))
            weights[:, 0] = 1
            for at, effect in enumerate(design.effects):
                weights[:, 13 + at] = design.effects[effect] * (effect == "circular_2019")
            state, cov = fit.smoother_results.smoothed_state, fit.smoother_results.smoothed_state_cov
            middle = np.einsum("ti,it->t", weights, state) * design.spread + design.centre
            error = np.sqrt(np.einsum("ti,tj,ijt->t", weights, weights, cov).clip(0)) * design.spread
            reach = error * stats.norm.ppf(0.975)
            inside = np.abs(middle - made.trend.to_numpy()) <= reach
            held.append(inside[np.isfinite(design.fitted)].mean())
        print(f"{name}: {100 * np.mean(held):.1f} % (with warnings: {unsettled})")


def show_changes(count: int) -> None:
    quiet = {
        "white noise": {},
        "memory 0.3": {"memory": 0.3},
        "memory 0.5": {"memory": 0.5},
        "memory 0.7": {"memory": 0.7},
        "heavy tails": {"tails": 4},
        "12 months missing": {"missing": 12},
        "41 months": {"first": "2020-02"},
        "level wanders by 0.2 of the noise": {"wander": 0.02},
    }
    print(f"\n## Changes announced where there is none, percent of {count} series, at 5 %")
    for name, how in quiet.items():
        rng = np.random.default_rng(2)
        world = World(**({"wander": 0.0} | how))
        said = [len(find_changes(simulate(world, rng).observed).changes) > 0 for _ in range(count)]
        print(f"{name}: {100 * np.mean(said):.1f}")
    print(f"\n## A step two thirds into 93 months, {count} series: found; month held, in a set of; size held")
    for size in (0.1, 0.15, 0.2, 0.3):
        rng = np.random.default_rng(3)
        world = World(wander=0.0, unnamed=size)
        found, when, wide, much = [], [], [], []
        for _ in range(count):
            made = simulate(world, rng)
            changes = find_changes(made.observed).changes
            found.append(len(changes) > 0)
            if len(changes):
                change, month = changes.iloc[0], made.observed.index[len(made.observed) * 2 // 3]
                when.append(change["first"] <= month <= change["last"])
                wide.append((change["last"] - change["first"]).n + 1)
                much.append(change["low"] <= np.expm1(size) <= change["high"])
        shares = [100 * np.mean(values) for values in (found, when, much)]
        said, held, much_held = (f"{share:.0f} %" for share in shares)
        print(f"{size / 0.1:.1f} x noise: {said}; {held}, {np.median(wide):.0f} months; {much_held}")


def load_series() -> dict[tuple[str, str], pd.Series]:
    observations = make_observations().sort_values("as_of", kind="stable")
    panel = to_panel(observations.drop_duplicates(OBSERVATION_KEY, keep="last"))
    flows = monthly_flows(pd.concat([panel, national(panel)]))
    found = {}
    for org, rows in flows.groupby(level="org"):
        for measure in ("cases", "money"):
            found[org, measure] = pd.Series(rows[measure, "completed"].to_numpy(), calendar_index(rows))
    return found


def show_cost() -> None:
    start = time.process_time()
    series = load_series()
    print(f"\n## Processor seconds for {len(series)} series of {len(next(iter(series.values())))} months")
    print(f"making the sample, its sums and its flows: {time.process_time() - start:.1f}")
    total = 0.0
    for name, method in (("STL", decompose_season), ("structural", fit_structure), ("changes", find_changes)):
        method(next(iter(series.values())))  # imports are not counted
        start = time.process_time()
        results = [method(values) for values in series.values()]
        spent = time.process_time() - start
        total += spent
        assert all(result.reason == "" for result in results)
        print(f"{name}: {spent:.1f}")
    print(f"together: {total:.1f}")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parts = {"cost": show_cost, "components": None, "changes": None}
    parser.add_argument("--parts", nargs="+", choices=list(parts), default=list(parts))
    parser.add_argument("--series", type=int, default=200, help="simulated series of each kind")
    args = parser.parse_args()
    if "cost" in args.parts:
        show_cost()
    if "components" in args.parts:
        show_components(args.series)
        show_one_optimum(args.series)
    if "changes" in args.parts:
        show_changes(args.series)


if __name__ == "__main__":
    main()
