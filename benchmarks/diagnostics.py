"""Proof of the diagnostics: how often they cry wolf, how soon they find a planted change, what they cost.

    python benchmarks/diagnostics.py --worlds 400

Worlds without a real difference are panels of 63 provinces in the sizes of the sample, in which every
province has the same chances. For the funnel a rate has chance alone, or besides it a spread drawn from one
law for all; for the process charts completions are binomial, month by month, with a season.
"""

import argparse
import time

import numpy as np
import pandas as pd
from matplotlib.backends.backend_agg import FigureCanvasAgg
from scipy.stats import norm

from thads_analysis.locale import locale_for
from thads_analysis.metrics.funnel import funnel, funnel_limits
from thads_analysis.metrics.peers import peers
from thads_analysis.metrics.ranks import rank_intervals
from thads_analysis.metrics.spread import Spread, money_funnel, money_limits
from thads_analysis.metrics.xmr import FEWEST_POINTS, RULES, variation, xmr
from thads_analysis.org import provinces
from thads_analysis.period import Period
from thads_analysis.report.charts.funnel import funnel_chart
from thads_analysis.report.charts.process import process_chart
from thads_analysis.schema import PANEL_INDEX, panel_columns
from thads_analysis.store import load_panel, open_store
from thads_analysis.trend.process import process_charts, process_points

NOW = Period(2023, 9)
YEARS = tuple(range(2016, 2024))
GROWN = 0.62 + 0.38 * np.arange(1, 13) / 12
"""What is eligible at the end of each month, as a part of the year's."""

MONTHLY = np.array([0.06, 0.09, 0.12, 0.09, 0.05, 0.13, 0.11, 0.12, 0.16, 0.14, 0.16, 0.24])


def make_world(rng: np.random.Generator, sizes: np.ndarray, planted: float = 0.0) -> pd.DataFrame:
    """Panel of binomial completions; `planted` is added to the monthly rates of the last year.

    Every province has the same chances; money is cases in units of 100 million đồng.
    """
    keys = [org.key for org in provinces("63")]
    index = pd.MultiIndex.from_product([YEARS, range(1, 13), keys], names=["fiscal_year", "months", "org"])
    done = np.zeros((len(YEARS), 12, len(sizes)), dtype=np.int64)
    eligible = np.rint(sizes * GROWN[:, None]).astype(np.int64)
    for y, year in enumerate(YEARS):
        before = np.zeros(len(sizes), dtype=np.int64)
        for month in range(12):
            rate = MONTHLY[month] + (planted if year == NOW.fiscal_year else 0.0)
            before = before + rng.binomial(np.maximum(eligible[month] - before, 0), rate)
            done[y, month] = before
    counts = {"completed": done, "eligible": np.broadcast_to(eligible, done.shape)}
    counts["due"] = counts["eligible"] * 13 // 10
    frame = pd.DataFrame(index=index, columns=panel_columns(), dtype="Int64")
    for item, values in counts.items():
        for measure, scale in (("cases", 1), ("money", 10**8)):
            frame[measure, item] = pd.array(values.ravel() * scale, dtype="Int64")
    frame = frame.reorder_levels(PANEL_INDEX).sort_index()
    years, months = frame.index.get_level_values("fiscal_year"), frame.index.get_level_values("months")
    return frame[(years < NOW.fiscal_year) | (months <= NOW.months)]


def show_funnel(sizes: np.ndarray, worlds: int, seed: int) -> None:
    print("\n## Provinces outside the limits where none differs, percent (nominal 5 and 0.2)")
    print(f"{'world':<42}{'estimate':<14}{'95 %':>8}{'99.8 %':>8}{'mean tau, points':>18}")
    for spread, name in (
        (0.0, "chance alone"),
        (0.01, "and a spread of a hundredth"),
        (0.06, "of 6 hundredths"),
    ):
        found = {False: [], True: []}
        for world in range(worlds):
            panel = make_year(np.random.default_rng([seed, world]), sizes, spread)
            for as_printed, kept in found.items():
                frame = funnel(panel, NOW, as_printed=as_printed)
                outside = [
                    np.mean((frame["rate"] < frame[f"lower_{n}"]) | (frame["rate"] > frame[f"upper_{n}"]))
                    for n in ("95", "998")
                ]
                kept.append([*outside, frame.attrs["tau2"] ** 0.5])
        for as_printed, kept in found.items():
            wide, far, tau = 100 * np.mean(kept, axis=0)
            label = "as printed" if as_printed else "ours"
            print(f"{name:<42}{label:<14}{wide:>8.2f}{far:>8.2f}{tau:>18.2f}")


def make_year(rng: np.random.Generator, sizes: np.ndarray, spread: float) -> pd.DataFrame:
    """Panel of one period on cases: 66.53 % everywhere, plus a normal spread on the logit scale."""
    rate = 1 / (1 + np.exp(-(np.log(0.6653 / 0.3347) + rng.normal(0, spread / 0.2227, len(sizes)))))
    done = rng.binomial(sizes, rate)
    index = pd.MultiIndex.from_product([[o.key for o in provinces("63")], [NOW.fiscal_year], [NOW.months]])
    frame = pd.DataFrame(index=index.set_names(PANEL_INDEX), columns=panel_columns(), dtype="Int64")
    frame["cases", "completed"], frame["cases", "eligible"] = done, sizes
    return frame.astype("Int64")


def show_rules(sizes: np.ndarray, worlds: int, seed: int) -> None:
    theory = rule_theory()
    print("\n## Last month signals although nothing has changed, percent")
    rng = np.random.default_rng(seed)
    rows = {"theory, limits known": theory}
    for length, series in ((1000, 4_000), (41, 20_000), (24, 20_000), (FEWEST_POINTS, 20_000)):
        chart = xmr(pd.DataFrame(rng.standard_normal((length, series))))
        rows[f"normal, {length} months"] = {rule: flagged(chart.signals[rule].iloc[-1]) for rule in RULES} | {
            "any": flagged(variation(chart)["rule"] != "")
        }
    found = []
    for world in range(max(worlds // 20, 2)):
        panel = make_world(np.random.default_rng([seed, world]), sizes)
        for months in range(1, NOW.months + 1):
            chart = process_charts(panel, Period(NOW.fiscal_year, months))
            held = [name for name in chart.points if name[1:] == ("cases", "monthly_rate")]
            found.append(
                {rule: flagged(chart.signals[rule][held].iloc[-1]) for rule in RULES}
                | {"any": flagged(variation(chart).loc[held, "rule"] != "")}
            )
    rows[f"{len(found) * 63} months of binomial worlds"] = pd.DataFrame(found).mean().to_dict()
    print((pd.DataFrame(rows).T * 100).round(2))


def flagged(values: pd.Series) -> float:
    return float(np.mean(values.to_numpy() != 0))


def rule_theory() -> dict[str, float]:
    """Chance that the last of many independent normal months is part of a signal, limits known."""
    far = norm.sf(2.66 * 1.128 / 3 * 2)
    single = 2 * norm.sf(2.66 * 1.128)
    return {
        "outside": single,
        "run": 0.5**6,
        # The last is far, and at least one of the two before it on the same side.
        "two_of_three": 2 * far * (1 - (1 - far) ** 2),
        "trend": 2 / 5040,
    }


def show_planted(worlds: int, seed: int) -> None:
    print("\n## A change of 3 points in the monthly rate of cases from October on: when it is found")
    print(
        "eligible  planted  sigmas    October outside: theory  found    any sign by month 1, 2, 3, 9   median"
    )
    for size in (1234, 2733, 6935):
        for points in (0.03, -0.03):
            outside, waits = watch_planted(size, points, max(worlds // 40, 2), seed)
            sigmas, theory = detection_theory(size, points)
            by = [np.mean(waits <= month) for month in (1, 2, 3, 9)]
            print(
                f"{size:>8}{100 * points:>+9.0f}{sigmas:>8.1f}{theory:>27.2f}{outside:>7.2f}    "
                + "".join(f"{share:>7.2f}" for share in by)
                + f"{np.median(waits):>10.0f}"
            )


def watch_planted(size: int, points: float, worlds: int, seed: int) -> tuple[float, np.ndarray]:
    """Share outside the limits in October, and the month of the first right sign of every unit.

    Each month is judged as its report would judge it, by what is known until then.
    """
    way = "improving" if points > 0 else "worsening"
    outside, waits = [], []
    for world in range(worlds):
        panel = make_world(np.random.default_rng([seed, size, world]), np.full(63, size), planted=points)
        seen = []
        for months in range(1, NOW.months + 1):
            found = variation(process_charts(panel, Period(NOW.fiscal_year, months)))
            found = found.xs(("cases", "monthly_rate"), level=["measure", "series"])
            seen.append((found["verdict"] == way).to_numpy())
            if months == 1:
                outside.append(np.mean(seen[0] & (found["rule"] == "outside").to_numpy()))
        some = np.array(seen)
        waits.append(np.where(some.any(axis=0), some.argmax(axis=0) + 1.0, np.inf))
    return float(np.mean(outside)), np.concatenate(waits)


def detection_theory(size: int, points: float) -> tuple[float, float]:
    """Shift in sigmas, and the chance that October is outside the limits, by binomial arithmetic.

    On the log scale a monthly rate y of so many open cases has the variance ``(1 - y) / (open y)``, and the
    usual pattern of m years adds an m-th of it. Sigma is what moving ranges give for months of unlike
    variance; the mean contains the changed month itself.
    """
    open_, done = [], 0.0
    for month in range(12):
        open_.append(size * GROWN[month] - done)
        done += open_[-1] * MONTHLY[month]
    variance = (1 - MONTHLY) / (np.array(open_) * MONTHLY)
    years = [year for year in YEARS for _ in range(12)]
    # Months judged since the break of January 2020, without the lockdown of July to September 2021.
    kept = [k for k in range(12 * 4 + 4, 12 * 7 + 1) if not 12 * 5 + 9 <= k < 12 * 6]
    noise = np.array([variance[k % 12] * (1 + 1 / (years[k] - YEARS[0])) for k in kept])
    pairs = np.diff(kept) == 1
    sigma = np.mean(np.sqrt((noise[1:] + noise[:-1]) / 2)[pairs])
    shift = np.log((MONTHLY[0] + points) / MONTHLY[0]) * (1 - 1 / len(kept))
    changed = MONTHLY[0] + points
    own = np.sqrt((1 - changed) / (open_[0] * changed) + variance[0] / 7 + sigma**2 / len(kept))
    return abs(shift) / sigma, float(norm.sf((2.66 * 1.128 * sigma - abs(shift)) / own))


def timed(steps: list) -> list[float]:
    spent = []
    for step in steps:
        start = time.perf_counter()
        step()
        spent.append(time.perf_counter() - start)
    return spent


def show_cost(panel: pd.DataFrame, rounds: int) -> None:
    locale, key = locale_for("vi"), "63:45"
    cases, money = funnel(panel, NOW), money_funnel(panel, NOW)
    points = process_points(process_charts(panel, NOW))
    own = points[points.index.get_level_values("org") == key].droplevel("org")
    names = {org.key: org.name for org in provinces("63")}

    def diagnose() -> None:
        funnel(panel, NOW)
        money_funnel(panel, NOW)
        rank_intervals(panel, NOW)
        peers(panel, NOW)
        chart = process_charts(panel, NOW)
        process_points(chart)
        variation(chart)

    def read() -> None:
        load_panel(open_store(), last=NOW)

    def draw() -> None:
        about = money.attrs
        spread = Spread(about["level"], about["slope"], about["middle"], about["points"])
        limits = {
            "cases": lambda e: funnel_limits(e, cases.attrs["centre"], cases.attrs["tau2"]),
            "money": lambda e: money_limits(e, about["centre"], spread),
        }
        titles = {(m, s): "" for m in ("cases", "money") for s in ("completed", "monthly_rate")}
        for drawing in (
            funnel_chart({"cases": cases, "money": money}, limits, key, names, locale),
            process_chart(own, titles, {}, locale),
        ):
            FigureCanvasAgg(drawing).draw()

    timed([diagnose, read, draw])
    spent = np.array([timed([diagnose, read, draw]) for _ in range(rounds)])
    ratios = spent[:, 0] / (spent[:, 1] + spent[:, 2])
    print("\n## Diagnostics of all 63 provinces against reading the panel and drawing one page's two figures")
    print(f"ratio {np.median(ratios):.2f} (from {ratios.min():.2f} to {ratios.max():.2f}; must be below 3)")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--worlds", type=int, default=400)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=7)
    args = parser.parse_args()
    pd.set_option("display.width", 200)
    panel = load_panel(open_store(), last=NOW)
    years = panel.xs((NOW.fiscal_year, NOW.months), level=["fiscal_year", "months"])
    sizes = years["cases", "eligible"].to_numpy(np.int64)
    show_funnel(sizes, args.worlds, args.seed)
    show_rules(sizes, args.worlds, args.seed)
    show_planted(args.worlds, args.seed)
    show_cost(panel, args.rounds)


if __name__ == "__main__":
    main()
