"""Seven simulated worlds of different mechanisms, on which forecasts are tried beside the sample.

None is the sample's generator, and no method is told how one works. Each gives a panel of the 63
provinces for FY2014 to FY2023 with the items that forecasts need: completed, eligible and due.

queue
    Work arrives and waits. Every month a share of what is eligible gets done; the share has a season
    and a productivity that drifts from month to month, for the nation and for each province. Nobody looks
    at a target. Money follows the cases done, each with a lognormal amount.
steering
    Offices steer by last year's result. Whoever is behind in spring works harder in summer and puts
    eligible money aside in the last months. A single case may be as large as a province's usual year.
    In some years a shock slows everyone in the last months.
flows
    Completions and money come month by month whatever is eligible, each office by a calendar of its own.
goals
    S-shaped years; whoever is behind the goal in summer catches up, whoever has reached it stops.
regimes
    The nation works fast or slowly for months on end, regions drift, habits change once for good.
alike
    Provinces differ in size alone, some of them very small.
reclassifying
    At the year's end eligible money is put aside, more or less each year and in each province.
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


def flows(seed: int = 3) -> pd.DataFrame:
    """Gamma completions a month, each office with a calendar of its own; rare lognormal giants in money."""
    rng = np.random.default_rng(seed)
    orgs = len(provinces("63"))
    size = rng.lognormal(np.log(700), 0.8, orgs)
    worth = rng.lognormal(np.log(9e7), 0.5, orgs)
    calendar = rng.dirichlet(9 * _SEASON, orgs) * 12
    ease, money_ease = rng.normal(-0.35, 0.1, orgs), rng.normal(-0.9, 0.2, orgs)
    drift, money_drift = rng.normal(0, 0.08, orgs), rng.normal(0, 0.2, orgs)
    nation = rng.normal(0, 0.05)
    rows = []
    for year in YEARS:
        drift = 0.5 * drift + rng.normal(0, 0.07, orgs)
        money_drift = 0.5 * money_drift + rng.normal(0, 0.17, orgs)
        nation = 0.4 * nation + rng.normal(0, 0.05)
        carried = size * rng.uniform(4, 6, orgs)
        carried_money = carried * worth * rng.gamma(8, 1 / 8, orgs)
        arrived, arrived_money = carried.copy(), carried_money.copy()
        done, done_money = np.zeros(orgs), np.zeros(orgs)
        for month in range(12):
            arrived = arrived + rng.gamma(30, size / 30)
            giants = rng.random(orgs) < 0.012
            giant = np.where(giants, worth * size * rng.lognormal(0.8, 1.0, orgs), 0.0)
            arrived_money = arrived_money + worth * size * rng.gamma(3, 1 / 3, orgs) + giant
            pace = calendar[:, month] * size * 1.25 * np.exp(nation)
            done = done + pace * np.exp(ease + drift) * rng.gamma(12, 1 / 12, orgs)
            paid = pace * worth * np.exp(money_ease + money_drift) * rng.gamma(2, 1 / 2, orgs)
            done_money = done_money + paid + 0.6 * giant * (rng.random(orgs) < 0.5)
            eligible, eligible_money = 0.82 * arrived, 0.7 * arrived_money
            done = np.minimum(done, 0.98 * eligible)
            done_money = np.minimum(done_money, 0.98 * eligible_money)
            rows.append((year, month + 1, done, eligible, arrived, done_money, eligible_money, arrived_money))
    return _as_panel(rows)


def goals(seed: int = 4) -> pd.DataFrame:
    """S-shaped years that end near a goal: whoever is behind catches up, whoever is there stops."""
    rng = np.random.default_rng(seed)
    orgs = len(provinces("63"))
    total = rng.lognormal(np.log(8000), 0.9, orgs)
    worth = total * rng.lognormal(np.log(1.2e8), 0.5, orgs)
    middle, above = rng.normal(6.6, 0.5, orgs), rng.normal(0.01, 0.03, orgs)
    money_above = rng.normal(0, 0.09, orgs)
    rows = []
    for place, year in enumerate(YEARS):
        goal, money_goal = 0.74 + 0.009 * place, 0.32 + 0.012 * place
        late = rng.normal(0, 0.5)
        reach = goal + above + 0.02 * rng.standard_t(4, orgs) - 0.012 * late
        money_reach = money_goal + money_above + 0.05 * rng.standard_t(4, orgs) - 0.02 * late
        turn = middle + late + rng.normal(0, 0.4, orgs)
        grown, stock = rng.normal(0.3, 0.05, orgs), total * rng.lognormal(0, 0.07, orgs)
        money = worth * rng.lognormal(0.06 * place, 0.15, orgs)
        done, done_money = np.zeros(orgs), np.zeros(orgs)
        for month in range(1, 13):
            slope = 2.3 + rng.normal(0, 0.05)
            curve = 1 / (1 + np.exp(-(month - turn) / slope))
            full = 1 / (1 + np.exp(-(12.5 - middle) / slope))
            eligible = stock * (1 - grown * (1 - month / 12)) * rng.lognormal(0, 0.005, orgs)
            eligible_money = money * (1 - grown * (1 - month / 12)) * rng.lognormal(0, 0.03, orgs)
            push = np.where(month >= 10, 0.5 * (month - 9) / 3, 0.0)
            part, money_part = reach * curve / full, money_reach * curve / full
            part = part + push * np.clip(goal + 0.005 - part, -0.03, 0.08)
            money_part = money_part + push * np.clip(money_goal + 0.01 - money_part, -0.05, 0.12)
            done = np.maximum(done, eligible * np.clip(part, 0, 0.99))
            done_money = np.maximum(done_money, eligible_money * np.clip(money_part, 0.002, 0.97))
            due, due_money = eligible / 0.8, eligible_money / 0.55
            rows.append((year, month, done, eligible, due, done_money, eligible_money, due_money))
    return _as_panel(rows)


def regimes(seed: int = 5) -> pd.DataFrame:
    """A nation fast or slow for months on end, regions of their own, one lasting change of habits."""
    rng = np.random.default_rng(seed)
    orgs = len(provinces("63"))
    region = rng.integers(0, 6, orgs)
    size = rng.lognormal(np.log(7000), 0.8, orgs)
    worth = size * rng.lognormal(np.log(1e8), 0.6, orgs)
    base, money_base = rng.normal(-1.95, 0.15, orgs), rng.normal(-2.9, 0.3, orgs)
    turning, fast = int(rng.integers(2017, 2020)), 0
    season = _SEASON
    own, regional = rng.normal(0, 0.12, orgs), np.zeros(6)
    rows = []
    for year in YEARS:
        if year == turning:
            season = np.roll(_SEASON, int(rng.integers(1, 3)))
            base = base + rng.normal(0.12, 0.06, orgs)
        own = 0.7 * own + rng.normal(0, 0.09, orgs)
        stock, money = size * rng.lognormal(0, 0.06, orgs), worth * rng.lognormal(0, 0.2, orgs)
        done, done_money = np.zeros(orgs), np.zeros(orgs)
        for month in range(12):
            fast = 1 - fast if rng.random() < 0.15 else fast
            regional = 0.8 * regional + rng.normal(0, 0.05, 6)
            eligible = stock * (0.55 + 0.45 * (month + 1) / 12)
            eligible_money = money * (0.6 + 0.4 * (month + 1) / 12)
            pace = season[month] * np.exp(0.22 * fast + own + regional[region])
            done = done + (eligible - done) * np.clip(pace * np.exp(base), 0, 0.6) * rng.gamma(
                40, 1 / 40, orgs
            )
            paid = np.clip(pace * np.exp(money_base), 0, 0.6) * rng.lognormal(-0.12, 0.5, orgs)
            done_money = done_money + (eligible_money - done_money) * np.clip(paid, 0, 0.6)
            due, due_money = eligible / 0.78, eligible_money / 0.5
            rows.append((year, month + 1, done, eligible, due, done_money, eligible_money, due_money))
    return _as_panel(rows)


def alike(seed: int = 6) -> pd.DataFrame:
    """Provinces that do not differ but in size, some very small: chance and the year are all there is."""
    rng = np.random.default_rng(seed)
    orgs = len(provinces("63"))
    size = np.exp(rng.uniform(np.log(40), np.log(4000), orgs)).astype(int)
    rows = []
    for year in YEARS:
        pace, money_pace = rng.normal(-1.85, 0.08), rng.normal(-2.8, 0.12)
        stock = rng.poisson(0.6 * size)
        stock_money = stock * 1e8 * rng.lognormal(0, 0.4, orgs)
        done, done_money = np.zeros(orgs), np.zeros(orgs)
        for month in range(12):
            new = rng.poisson(0.045 * size)
            stock = stock + new
            stock_money = stock_money + new * 1e8 * rng.lognormal(0, 0.5, orgs)
            left = np.maximum(stock - done, 0).astype(int)
            finished = rng.binomial(left, np.clip(_SEASON[month] * np.exp(pace), 0, 0.8))
            done = done + finished
            # Each case finished pays an exponential amount around what is usual.
            mean = (stock_money - done_money) / np.maximum(left, 1) * np.exp(money_pace - pace)
            done_money = done_money + rng.gamma(np.maximum(finished, 1e-9)) * mean
            done_money = np.minimum(done_money, 0.95 * stock_money)
            due, due_money = stock / 0.8, stock_money / 0.6
            rows.append((year, month + 1, done, stock, due, done_money, stock_money, due_money))
    return _as_panel(rows)


def reclassifying(seed: int = 7) -> pd.DataFrame:
    """Eligible money put aside at the year's end, here much and there nothing, as each year orders."""
    rng = np.random.default_rng(seed)
    orgs = len(provinces("63"))
    size = rng.lognormal(np.log(9000), 0.9, orgs)
    worth = size * rng.lognormal(np.log(1.4e8), 0.6, orgs)
    habit, money_habit = rng.normal(1.5, 0.25, orgs), rng.normal(-0.5, 0.35, orgs)
    readiness = rng.uniform(0, 1, orgs)
    usual = np.cumsum(_SEASON) / _SEASON.sum()
    trend = 0.0
    rows = []
    for year in YEARS:
        habit = habit + rng.normal(0, 0.08, orgs)
        money_habit = money_habit + rng.normal(0, 0.15, orgs)
        trend += rng.normal(0.03, 0.06)
        order = rng.beta(2, 5)
        stock, money = size * rng.lognormal(0, 0.08, orgs), worth * rng.lognormal(0, 0.25, orgs)
        pace, money_pace = rng.normal(0, 0.08) + rng.normal(0, 0.12, orgs), 0.25 * rng.standard_t(4, orgs)
        done, done_money = np.zeros(orgs), np.zeros(orgs)
        for month in range(1, 13):
            part = usual[month - 1] ** np.exp(0.5 * pace * (1 - month / 12))
            pace = 0.9 * pace + rng.normal(0, 0.05, orgs)
            money_pace = 0.9 * money_pace + 0.08 * rng.standard_t(4, orgs)
            end = 1 / (1 + np.exp(-habit - trend - pace))
            money_end = 1 / (1 + np.exp(-money_habit - trend - money_pace))
            last = max(month - 9, 0) / 3
            eligible = stock * (0.6 + 0.4 * month / 12) * (1 - 0.06 * order * readiness * last)
            eligible_money = money * (0.6 + 0.4 * month / 12) * (1 - 0.5 * order * readiness * last)
            done = np.maximum(done, eligible * end * part)
            done_money = np.maximum(done_money, np.minimum(money * money_end * part, 0.97 * eligible_money))
            due, due_money = stock * (0.6 + 0.4 * month / 12) / 0.8, money * (0.6 + 0.4 * month / 12) / 0.6
            rows.append((year, month, done, eligible, due, done_money, eligible_money, due_money))
    return _as_panel(rows)


WORLDS: MappingProxyType[str, Callable[[int], pd.DataFrame]] = MappingProxyType(
    {world.__name__: world for world in (queue, steering, flows, goals, regimes, alike, reclassifying)}
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
