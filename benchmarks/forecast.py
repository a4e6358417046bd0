"""Proof of the forecasts: the default on the sample and on other worlds, beside what else one could use.

    python benchmarks/forecast.py --seeds 3
    make bench-env && python benchmarks/forecast.py --worlds sample queue --flow-python .bench-venv/bin/python

Prints mean absolute errors, differences with bootstrap intervals over years, coverage, reliability, seconds,
and how many times faster a forecast is than AutoARIMA on the same series in the same run. Worlds of
several seeds are pooled: a year of one seed is a year of its own.
"""

import argparse
import subprocess
import tempfile
import time
from pathlib import Path

import pandas as pd
from worlds import WORLDS

from thads_analysis.forecast.backtest import KEY, backtest, compare, summarise
from thads_analysis.forecast.outlook import DEFAULT_METHOD, METHODS, forecast
from thads_analysis.forecast.score import reliability
from thads_analysis.org import NATION
from thads_analysis.period import Period
from thads_analysis.sample import make_observations
from thads_analysis.schema import OBSERVATION_KEY, to_panel

FLOW_MODELS = ("AutoETS", "AutoTheta", "AutoARIMA")
SIDES = ("completed", "eligible")
COMPARED = (DEFAULT_METHOD, "chain_ladder", "last_movement", "mean_movement")


def load_sample() -> pd.DataFrame:
    observations = make_observations().sort_values("as_of", kind="stable")
    return to_panel(observations.drop_duplicates(OBSERVATION_KEY, keep="last"))


def collect(name: str, args: argparse.Namespace) -> tuple[pd.DataFrame, dict]:
    results, panels = [], {}
    for seed in range(1, 2 if name == "sample" else args.seeds + 1):
        panel = load_sample() if name == "sample" else WORLDS[name](seed)
        found = backtest(panel, methods=args.methods, first=args.first, months=args.months, draws=args.draws)
        results.append(found.assign(seed=seed))
        panels[seed] = panel
    return pd.concat(results, ignore_index=True), panels


def run_flow_models(
    panel: pd.DataFrame, keys: pd.DataFrame, python: str, models: list[str]
) -> tuple[pd.DataFrame, dict[str, float]]:
    """Rates at the year's end by univariate models: completions summed over the months, eligible at the last.

    Completed is taken as monthly completions, eligible as the level of each month, which falls back every
    October; both with a season of twelve. Negative completions are cut to 0 and rates to 0 and 1.
    """
    frames = []
    for row in keys.drop_duplicates().itertuples():
        own = panel.loc[row.org][row.measure][list(SIDES)].astype("float64").sort_index()
        own = own[[(y, m) <= (row.fiscal_year, row.months) for y, m in own.index]]
        flows = own["completed"].groupby(level="fiscal_year").diff().fillna(own["completed"])
        dates = [pd.Timestamp(y - (m <= 3), (m + 8) % 12 + 1, 1) for y, m in own.index]
        for side, values in (("completed", flows), ("eligible", own["eligible"])):
            name = f"{row.org}|{row.measure}|{row.fiscal_year}|{row.months}|{side}"
            frames.append(
                pd.DataFrame({"unique_id": name, "ds": dates, "y": values.to_numpy(), "h": 12 - row.months})
            )
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "series.parquet", Path(folder) / "forecasts.parquet"
        pd.concat(frames).to_parquet(source)
        worker = Path(__file__).with_name("flow_models.py")
        command = [python, str(worker), str(source), str(target), *models]
        said = subprocess.run(command, check=True, capture_output=True, text=True).stdout  # noqa: S603
        found = pd.read_parquet(target)
    seconds = {name: float(took) for name, _, took in map(str.split, said.splitlines())}
    parts = found["unique_id"].str.split("|", expand=True)
    found[[*KEY, "side"]] = parts.set_axis([*KEY, "side"], axis=1)
    found = found.astype({"fiscal_year": int, "months": int})
    rows = []
    for key, group in found.groupby(KEY):
        org, measure, year, month = key
        now = panel.loc[(org, year, month), measure]["completed"]
        for model in models:
            gained = group.loc[group["side"] == "completed", model].clip(lower=0).sum()
            eligible = group.loc[group["side"] == "eligible"].sort_values("ds")[model].iloc[-1]
            rate = (now + gained) / eligible if eligible > 0 else 1.0
            rows.append((*key, model, min(max(float(rate), 0.0), 1.0)))
    return pd.DataFrame(rows, columns=[*KEY, "method", "median"]), seconds


def add_flow_models(results: pd.DataFrame, panel: pd.DataFrame, args: argparse.Namespace) -> pd.DataFrame:
    """Rows of the flow models for a part of the provinces and years, beside everyone's on the same part."""
    orgs = sorted(set(results["org"]) - {NATION.key})[:: args.every]
    part = results[results["org"].isin(orgs) & results["months"].isin([6, 9])]
    part = part[part["fiscal_year"].isin(sorted(part["fiscal_year"].unique())[-args.flow_years :])]
    rates, seconds = run_flow_models(panel, part[KEY], args.flow_python, list(FLOW_MODELS))
    print("\nProcessor seconds:", seconds)
    truth = part.drop_duplicates(KEY)[[*KEY, "actual"]]
    rates = rates.merge(truth, on=KEY)
    rates["error"] = rates["median"] - rates["actual"]
    return pd.concat([part, rates.assign(seed=1)], ignore_index=True)


def report(name: str, results: pd.DataFrame) -> None:
    results = results.assign(fiscal_year=results["seed"] * 10_000 + results["fiscal_year"])
    provinces, nation = (results[(results["org"] == NATION.key) == flag] for flag in (False, True))
    show_errors(name, provinces)
    print(f"\n## {name}: mean absolute error for the nation, points")
    print(tabulate_errors(nation))
    spread = provinces[provinces["in_80"].notna()]
    print(f"\n## {name}: coverage in percent, width and CRPS in points, provinces")
    columns = ["in_50", "in_80", "in_95", "width_80", "crps"]
    print((summarise(spread)[columns].astype(float) * 100).round(1))
    default = spread[spread["method"] == DEFAULT_METHOD]
    for chance, bar in (("p_last_year", "last_year"), ("p_target", "target")):
        happened = (default["actual"] > default[bar]).astype(float).where(default[bar].notna())
        print(f"\n## {name}: reliability of {chance}, {DEFAULT_METHOD}")
        print(reliability(default[chance], happened).round(3))
        score = ((default[chance] - happened) ** 2).mean()
        print(f"Brier score {score:.3f}; of always stating the mean {happened.var(ddof=0):.3f}")


def tabulate_errors(rows: pd.DataFrame) -> pd.DataFrame:
    points = rows.assign(points=rows["error"].abs() * 100)
    return points.pivot_table("points", ["measure", "months"], "method").round(2)


def show_errors(name: str, provinces: pd.DataFrame) -> None:
    print(f"\n## {name}: mean absolute error of the year-end rate, points, provinces")
    print(tabulate_errors(provinces))
    print(f"\n## {name}: {DEFAULT_METHOD} against each other method, percent, with 95 % interval over years")
    table = compare(provinces, DEFAULT_METHOD)
    print((table[["difference", "low", "high"]] * 100).round(1).assign(years=table["years"]))


def time_forecast(panel: pd.DataFrame) -> None:
    print("\n## Processor seconds of a forecast: 63 provinces and the nation, both measures, 2,000 paths")
    for method in METHODS:
        for month in (9, 3):
            forecast(panel, Period(2023, month), method=method, draws=10)
            start = time.process_time()
            forecast(panel, Period(2023, month), method=method, draws=2000)
            print(method, f"2023-M{month:02d}", round(time.process_time() - start, 2))


def time_against_arima(panel: pd.DataFrame, python: str) -> None:
    """Processor seconds of one default forecast beside AutoARIMA on the same series."""
    period = Period(2023, 9)
    orgs = sorted(set(panel.index.get_level_values("org")))
    rows = [(o, m, period.fiscal_year, period.months) for o in orgs for m in ("cases", "money")]
    start = time.process_time()
    forecast(panel, period, draws=2000)
    ours = time.process_time() - start
    seconds = run_flow_models(panel, pd.DataFrame(rows, columns=KEY), python, ["AutoARIMA"])[1]["AutoARIMA"]
    print(
        f"\n## {len(rows) * len(SIDES)} series: {DEFAULT_METHOD} {ours:.1f} s, AutoARIMA {seconds:.1f} s",
        end="",
    )
    print(f" (processor), {seconds / ours:.0f} times as long")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--worlds", nargs="+", default=["sample", *WORLDS])
    parser.add_argument("--seeds", type=int, default=3, help="seeds of each world but the sample")
    parser.add_argument("--methods", nargs="+", default=list(COMPARED))
    parser.add_argument("--first", type=int, default=2018, help="first fiscal year forecast")
    parser.add_argument("--months", type=int, nargs="+", default=[4, 6, 9, 10])
    parser.add_argument("--draws", type=int, default=1000)
    parser.add_argument("--flow-python", default="", help="a Python that has statsforecast")
    parser.add_argument("--every", type=int, default=6, help="flow models: every nth province")
    parser.add_argument("--flow-years", type=int, default=3, help="flow models: the last n years")
    args = parser.parse_args()
    pd.set_option("display.width", 200, "display.max_columns", 30, "display.max_rows", 500)
    for name in args.worlds:
        results, panels = collect(name, args)
        report(name, results)
        if args.flow_python:
            part = add_flow_models(results[results["seed"] == 1], panels[1], args)
            show_errors(f"{name}, every {args.every}th province, last {args.flow_years} years", part)
    time_forecast(load_sample())
    if args.flow_python:
        time_against_arima(load_sample(), args.flow_python)


if __name__ == "__main__":
    main()
