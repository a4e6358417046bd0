"""Forecast monthly series with statsforecast, in an environment of its own.

statsforecast asks for pandas below 3, which this project is not held back to; so `forecast.py` runs this
file with another Python and exchanges Parquet::

    make bench-env
    .bench-venv/bin/python benchmarks/flow_models.py series.parquet forecasts.parquet AutoETS AutoTheta

In: ``unique_id, ds, y, h`` (h: months wanted of the series). Out: ``unique_id, ds`` and a column a model.
Prints each model, its number of series and its processor seconds, models only.
"""

import sys
import time
import warnings
from pathlib import Path

import pandas as pd
from statsforecast import StatsForecast, models


def main() -> None:
    warnings.simplefilter("ignore")
    source, target, *names = sys.argv[1:]
    series = pd.read_parquet(Path(source))
    chosen = {name: getattr(models, name)(season_length=12) for name in names}
    # The first fit compiles; it is not counted.
    first = series[series["unique_id"] == series["unique_id"].iloc[0]]
    tables = []
    for name, model in chosen.items():
        runner = StatsForecast(models=[model], freq="MS", n_jobs=1, fallback_model=models.SeasonalNaive(12))
        runner.forecast(df=first[["unique_id", "ds", "y"]], h=2)
        start = time.process_time()
        parts = [
            runner.forecast(df=group[["unique_id", "ds", "y"]], h=int(h)) for h, group in series.groupby("h")
        ]
        print(name, series["unique_id"].nunique(), round(time.process_time() - start, 2), flush=True)
        tables.append(pd.concat(parts).set_index(["unique_id", "ds"]))
    pd.concat(tables, axis=1).reset_index().to_parquet(Path(target))


if __name__ == "__main__":
    main()
