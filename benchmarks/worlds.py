"""Two simulated worlds of different mechanisms, on which forecasts are tried beside the sample.

Neither is the sample's generator, and no method is told how either works. Both give a panel of the 63
provinces for FY2014 to FY2023 with the items that forecasts need: completed, eligible and due.

queue
    Work arrives and waits. Every month a share of what is eligible gets done; the share has a season
    and a productivity that drifts from month to month, for the nation and for each province. Nobody looks
    at a target. Money follows the cases done, each with a lognormal amount.
steering
    Offices steer by last year's result. Whoever is behind in spring works harder in summer and puts
    eligible money aside in the last months. A single case may be as large as a province's usual year.
    In some years a shock slows everyone in the last months.
"""

from __future__ import annotations

__all__ = ["WORLDS", "queue", "steering"]

from collections.abc import Callable
from types import MappingProxyType

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from thads_analysis.org import provinces
from thads_analysis.schema import PANEL_INDEX, panel_columns

Array = NDArray[np.float64]

YEARS = tuple(range(2014, 2024))
_SEASON = np.array([0.5, 0.9, 1.2, 0.9, 0.5, 1.3, 0.9, 1.0, 1.3, 1.0, 1.1, 1.6])


def queue(seed: int = 1) -> pd.DataFrame:
    """Work that arrives, waits and is served at a drifting pace."""
    rng = np.random.default_rng(seed)
    orgs = len(provinces("63"))
    size = rng.lognormal(np.log(600), 0.8, orgs)
    pace = rng.normal(-2.1, 0.18, orgs)
    amount = rng.lognormal(np.log(8e7), 0.5, orgs)
    money_pace = rng.normal(-3.4, 0.35, orgs)
    share = rng.beta(30, 9, orgs)
    waiting = size * rng.uniform(2, 4, orgs)
    waiting_money = waiting * amount * rng.uniform(3, 5, orgs)
    nation, own, money_own = 0.0, np.zeros(orgs), np.zeros(orgs)
    rows = []
    for year in YEARS:
        carried, carried_money = waiting, waiting_money
        arrived, arrived_money = np.zeros(orgs), np.zeros(orgs)
        done, done_money = np.zeros(orgs), np.zeros(orgs)
        aside = rng.beta(30, 9 / share * 0.75, orgs)
        for month in range(12):
            nation = 0.92 * nation + rng.normal(0, 0.05)
            own = 0.9 * own + rng.normal(0, 0.07, orgs)
            money_own = 0.85 * money_own + rng.normal(0, 0.18, orgs)
            new = rng.poisson(size * (1 + 0.1 * np.sin(month)))
            arrived = arrived + new
            arrived_money = arrived_money + new * amount * rng.lognormal(0, 0.35, orgs) * 3.0
            open_cases = np.maximum((carried + arrived) * aside - done, 0)
            rate = _SEASON[month] * np.exp(pace + nation + own)
            done = done + rng.binomial(open_cases.astype(int), np.clip(rate, 0, 0.6))
            open_money = np.maximum((carried_money + arrived_money) * aside - done_money, 0)
            paid = _SEASON[month] * np.exp(money_pace + nation + money_own) * rng.lognormal(0, 0.4, orgs)
            done_money = done_money + open_money * np.clip(paid, 0, 0.5)
            due, due_money = carried + arrived, carried_money + arrived_money
            eligible, eligible_money = (
                np.maximum(due * aside, done),
                np.maximum(due_money * aside, done_money),
            )
            rows.append((year, month + 1, done, eligible, due, done_money, eligible_money, due_money))
        waiting = carried + arrived - done
        waiting_money = (carried_money + arrived_money - done_money) * 0.9
    return _as_panel(rows)


def steering(seed: int = 2) -> pd.DataFrame:
    """Offices that steer by last year's result, and single cases as large as a year."""
    rng = np.random.default_rng(seed)
    orgs = len(provinces("63"))
    size = rng.lognormal(np.log(9000), 0.9, orgs)
    habit = rng.normal(0.80, 0.035, orgs)
    money_habit = rng.normal(0.40, 0.09, orgs)
    zeal = rng.uniform(0.3, 1.0, orgs)
    worth = size * rng.lognormal(np.log(1.5e8), 0.6, orgs)
    usual = np.cumsum(_SEASON) / _SEASON.sum()
    level = 0.0
    rows = []
    for year in YEARS:
        level += rng.normal(0.004, 0.008)
        goal = np.clip(habit + level + rng.normal(0, 0.012, orgs), 0.5, 0.97)
        goal_money = np.clip(money_habit + 2 * level + rng.normal(0, 0.05, orgs), 0.08, 0.9)
        total = size * rng.lognormal(0.02 * (year - 2014), 0.06, orgs)
        money = worth * rng.lognormal(0.08 * (year - 2014), 0.2, orgs)
        giants = np.where(rng.random(orgs) < 0.08, rng.pareto(1.5, orgs) * 0.3, 0.0) * money
        giant_month = rng.integers(2, 13, orgs)
        # Offices with a slow first half catch up in the second, as far as their zeal goes.
        slow = rng.normal(0, 0.10, orgs) + rng.normal(0, 0.05)
        shock = rng.uniform(0.02, 0.08) if rng.random() < 0.15 else 0.0
        done, done_money = np.zeros(orgs), np.zeros(orgs)
        for month in range(1, 13):
            behind = slow * np.exp(-2.5 * zeal * max(month - 6, 0) / 6)
            reached = usual[month - 1] * (1 - behind) - (shock * (month - 9) / 3 if month > 9 else 0.0)
            grown = 0.62 + 0.38 * (month / 12) ** 0.8
            eligible = total * grown * rng.lognormal(0, 0.006, orgs)
            done = np.maximum(done, eligible * np.clip(goal * reached / grown * 0.98, 0, 0.99))
            base = money * grown + giants * (month >= giant_month)
            put_aside = 0.18 * zeal * np.clip(behind + 0.3, 0, 1) * max(month - 9, 0) / 3
            eligible_money = base * (1 - put_aside) * rng.lognormal(0, 0.015, orgs)
            reached_money = goal_money * reached * money * rng.lognormal(0, 0.03, orgs)
            luck = giants * (month > giant_month) * (rng.random(orgs) < 0.1)
            done_money = np.maximum(done_money, np.minimum(reached_money + luck, 0.98 * eligible_money))
            due, due_money = eligible / 0.78, base / 0.55
            rows.append((year, month, done, eligible, due, done_money, eligible_money, due_money))
    return _as_panel(rows)


WORLDS: MappingProxyType[str, Callable[[int], pd.DataFrame]] = MappingProxyType(
    {"queue": queue, "steering": steering}
)


def _as_panel(rows: list[tuple[int, int, Array, Array, Array, Array, Array, Array]]) -> pd.DataFrame:
    keys = [org.key for org in provinces("63")]
    frames = []
    for year, month, *values in rows:
        index = pd.MultiIndex.from_product([keys, [year], [month]], names=PANEL_INDEX)
        frame = pd.DataFrame(index=index, columns=panel_columns(), dtype="Int64")
        names = [(m, item) for m in ("cases", "money") for item in ("completed", "eligible", "due")]
        for name, counts in zip(names, values, strict=True):
            # Completed is rounded down and the rest up, so that it never exceeds what is eligible.
            whole = np.floor(counts) if name[1] == "completed" else np.ceil(counts)
            frame[name] = whole.astype(np.int64)
        frames.append(frame.astype("Int64"))
    return pd.concat(frames).sort_index()
