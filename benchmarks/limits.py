"""What no forecast could do better: how coverage strays by chance, and which errors are the year's alone.

    python benchmarks/limits.py --seeds 3

A year hits all provinces at once, so the part of results inside an interval strays over six years even if
every interval is right. How far is found by taking paths of the forecasts themselves for what came: one
for each year and seed. Then the error of the default at 6 and 9 months is shown beside what would be left
of it if the year's shared error were known, and beside a regression that has seen the results.
"""

import argparse

import numpy as np
import pandas as pd
from forecast import load_sample
from worlds import WORLDS

from thads_analysis.forecast.backtest import SIMPLE
from thads_analysis.forecast.history import build_history
from thads_analysis.forecast.outlook import simulate
from thads_analysis.glossary import MEASURES
from thads_analysis.period import Period

BANDS = {80: (0.75, 0.85), 95: (0.92, 0.98)}
TRUTHS = 4000
MONTHS = (4, 6, 9, 10)
COMPARED = (6, 9)


def collect(name: str, args: argparse.Namespace) -> tuple[pd.DataFrame, dict]:
    """Coverage of what came, coverage of each path, and the point forecasts of each origin."""
    rows, points = [], {}
    for seed in range(1, 2 if name == "sample" else args.seeds + 1):
        panel = load_sample() if name == "sample" else WORLDS[name](seed)
        for year in range(args.first, 2024):
            ends = build_history(panel, Period(year, 12))
            actual = np.moveaxis(ends.rates()[:, :, -1, -1], 0, -1)
            total = [counts[:, :, -1, -1].sum(axis=1) for counts in (ends.completed, ends.eligible)]
            actual = np.concatenate([(total[0] / total[1])[None], actual])
            for month in MONTHS:
                drawn = simulate(panel, Period(year, month), draws=args.draws)
                paths = drawn.rates()[..., -1].transpose(0, 2, 1)
                history = build_history(panel, Period(year, month))
                usual = SIMPLE["mean_movement"](history).T
                for m, measure in enumerate(MEASURES):
                    own = paths[:, 1:, m]
                    row = {"world": name, "measure": measure, "months": month}
                    for width in BANDS:
                        tails = [0.5 - width / 200, 0.5 + width / 200]
                        low, high = np.quantile(own, tails, axis=0)
                        row[f"held_{width}"] = np.mean((low <= actual[1:, m]) & (actual[1:, m] <= high))
                        row[f"paths_{width}"] = ((low <= own) & (own <= high)).mean(axis=1)
                        low, high = np.quantile(paths[:, 0, m], tails)
                        row[f"nation_{width}"] = float(low <= actual[0, m] <= high)
                    rows.append(row)
                    now = history.rates()[m, :, -1, month - 1]
                    point = (actual[1:, m], np.median(own, axis=0), usual[1:, m], now)
                    points.setdefault((name, measure, month), []).append(point)
    return pd.DataFrame(rows), points


def compare_coverage(rows: pd.DataFrame) -> pd.DataFrame:
    """Coverage, the range of nine in ten true forecasts, and their chance to lie outside the band."""
    rng = np.random.default_rng(2023)
    found = []
    for key, group in rows.groupby(["world", "measure", "months"], sort=False):
        row = dict(zip(("world", "measure", "months"), key, strict=True))
        for width, (low, high) in BANDS.items():
            picked = [path[rng.integers(0, len(path), TRUTHS)] for path in group[f"paths_{width}"]]
            true = np.mean(picked, axis=0)
            row[f"held_{width}"] = group[f"held_{width}"].mean()
            row[f"low_{width}"], row[f"high_{width}"] = np.quantile(true, [0.05, 0.95])
            row[f"outside_{width}"] = not low <= row[f"held_{width}"] <= high
            row[f"by_chance_{width}"] = ((true < low) | (true > high)).mean()
            row[f"nation_{width}"] = group[f"nation_{width}"].mean()
        found.append(row)
    return pd.DataFrame(found).set_index(["world", "measure", "months"])


def compare_errors(points: dict) -> pd.DataFrame:
    """Error against the mean movement's, in percent: as it is, with the year known, in hindsight."""
    rows = []
    for key, origins in points.items():
        if key[2] not in COMPARED:
            continue
        usual = np.mean([np.abs(u - a).mean() for a, _, u, _ in origins])
        plain = np.mean([np.abs(f - a).mean() for a, f, _, _ in origins])
        known = np.mean([np.abs(f - a - np.median(f - a)).mean() for a, f, _, _ in origins])
        design, target = [], []
        for place, (came, default, mean, now) in enumerate(origins):
            year = np.zeros((len(came), len(origins)))
            year[:, place] = 1
            design.append(np.column_stack([default - mean, mean, now, year]))
            target.append(came - mean)
        columns, wanted = np.concatenate(design), np.concatenate(target)
        fitted = columns @ np.linalg.lstsq(columns, wanted, rcond=None)[0]
        seen = np.abs(wanted - fitted).mean()
        rows.append((*key, *(100 * (value / usual - 1) for value in (plain, known, seen))))
    names = ["world", "measure", "months", "default", "year known", "hindsight"]
    return pd.DataFrame(rows, columns=names).set_index(names[:3]).round(1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--worlds", nargs="+", default=["sample", *WORLDS])
    parser.add_argument("--seeds", type=int, default=3, help="seeds of each world but the sample")
    parser.add_argument("--first", type=int, default=2018, help="first fiscal year forecast")
    parser.add_argument("--draws", type=int, default=1000)
    args = parser.parse_args()
    pd.set_option("display.width", 200, "display.max_columns", 30, "display.max_rows", 500)
    rows, points = [], {}
    for name in args.worlds:
        found, own = collect(name, args)
        rows.append(found)
        points |= own
    table = compare_coverage(pd.concat(rows, ignore_index=True))
    for width in BANDS:
        part = table[[f"held_{width}", f"low_{width}", f"high_{width}"]]
        print(f"\n## {width} %: held, and the range of nine in ten true forecasts, percent, provinces")
        print((part * 100).round(0).astype(int).to_string())
        print(
            f"Cells outside {BANDS[width]}: {int(table[f'outside_{width}'].sum())} of {len(table)}; ", end=""
        )
        print(f"of true forecasts {table[f'by_chance_{width}'].sum():.1f} on average")
    print("\n## Nation, percent held")
    nation = table[["nation_80", "nation_95"]].groupby(level=["measure", "months"], sort=False).mean()
    print((nation * 100).round(0).astype(int).to_string())
    print("\n## Error of the default against the mean movement, percent")
    print(compare_errors(points).to_string())


if __name__ == "__main__":
    main()
