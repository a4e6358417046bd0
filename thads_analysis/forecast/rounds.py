"""A backtest of a whole store, its years side by side on the cores of the machine."""

from __future__ import annotations

__all__ = ["backtest_store"]

import os
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import pandas as pd

from thads_analysis import config
from thads_analysis import store as stores
from thads_analysis.errors import DataError
from thads_analysis.forecast.backtest import backtest, years_to_forecast

_MOST_WORKERS = 4


def backtest_store(store: Path, *, regime: str = "63", first: int | None = None) -> pd.DataFrame:
    """Forecast past years from what the store's figures were known to be then.

    Parameters
    ----------
    store : Path
        Folder of the store.
    regime : {"63", "34"}
        List of provinces.
    first : int, optional
        First fiscal year to forecast; the third that is held without it.

    Returns
    -------
    DataFrame
        As `backtest.backtest` with every method, `store.panels_as_known` saying what was known.

    Raises
    ------
    DataError
        As `backtest.backtest` and `store.load_panel`.
    """
    years = years_to_forecast(stores.load_panel(store, regime=regime), first, None)
    work = partial(_forecast_year, store, regime)
    workers = min(os.cpu_count() or 1, _MOST_WORKERS, len(years))
    if workers == 1:
        results = [work(year) for year in years]
    else:
        # Started anew, not forked: this process has the threads of numpy and Arrow.
        with ProcessPoolExecutor(
            workers, get_context("spawn"), initializer=config.use, initargs=(config.in_force().folder,)
        ) as pool:
            results = list(pool.map(work, years))
    tables = [result for result in results if isinstance(result, pd.DataFrame)]
    if not tables:
        raise next(result for result in results if isinstance(result, DataError))
    return pd.concat(tables, ignore_index=True)


def _forecast_year(store: Path, regime: str, year: int) -> pd.DataFrame | DataError:
    """Backtest one year; the error where nothing can be forecast in it."""
    panel, known = stores.load_panel(store, regime=regime), stores.panels_as_known(store, regime=regime)
    try:
        return backtest(panel, first=year, last=year, panel_at=known)
    except DataError as error:
        return error
