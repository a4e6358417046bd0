"""A small panel whose account closes, and faults to plant in one: used by the tests of the checker."""

from __future__ import annotations

__all__ = ["FAULTS", "Fault", "Place", "make_panel", "plant"]

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from thads_analysis.schema import PANEL_INDEX, panel_columns

Place = tuple[str, int, int]
THOUSAND = 1000


def make_panel(seed: int = 1, orgs: int = 16, first: int = 2014, last: int = 2023) -> pd.DataFrame:
    """Provinces of the list of 63 with cumulative months; every identity of the account holds.

    Sizes, rates and their scatter are invented: rates of 55 to 80 % (cases) and 25 to 50 % (money) that
    move by a tenth of a logit from year to year, and a third bucket of 1 to 3 % from January 2020 on.
    """
    from thads_analysis.org import provinces

    rng = np.random.Generator(np.random.PCG64(seed))
    keys = [org.key for org in provinces("63")[:orgs]]
    rows: dict[Place, dict[tuple[str, str], int]] = {}
    for key in keys:
        for measure, unit, scale in (("cases", 1, 8000), ("money", THOUSAND, 9 * 10**8)):
            size = scale * float(np.exp(rng.normal(0, 0.5)))
            base_rate = rng.uniform(0.2, 1.3) if measure == "cases" else rng.uniform(-1.1, 0)
            carried = int(size * 0.4)
            for year in range(first, last + 1):
                intake = size * np.cumsum(rng.dirichlet(np.full(12, 60.0))) * np.exp(rng.normal(0, 0.05))
                final = base_rate + rng.normal(0, 0.1)
                share = rng.normal(1.1, 0.05)
                done_before: dict[str, int] = {}
                for month in range(1, 13):
                    row = rows.setdefault((key, year, month), {})
                    wobble = rng.normal(0, 0.02)
                    done_before = _close_month(
                        row,
                        measure,
                        unit,
                        carried,
                        int(intake[month - 1]),
                        1 / (1 + np.exp(-(final - 1.2 * (12 - month) / 11))),
                        1 / (1 + np.exp(-(share + wobble))),
                        rng.uniform(0.01, 0.03) if (year, month) >= (2020, 4) else 0.0,
                        done_before,
                    )
                carried = int(rows[key, year, 12][measure, "carried_out"] // unit * 0.97)
    panel = pd.DataFrame.from_dict(rows, orient="index")
    panel.index = pd.MultiIndex.from_tuples(panel.index, names=PANEL_INDEX)
    return panel.reindex(columns=panel_columns()).astype("Int64").sort_index()


def _close_month(
    row: dict[tuple[str, str], int],
    measure: str,
    unit: int,
    carried: int,
    new: int,
    rate: float,
    share: float,
    third: float,
    before: dict[str, int],
) -> dict[str, int]:
    """Fill one month of one measure; the flows are no lower than the month before."""
    flow = {
        "new": new,
        "entrusted": int(0.01 * new),
        "revoked": int(0.002 * new),
    }
    due = carried + flow["new"] - flow["entrusted"] - flow["revoked"]
    eligible = int(due * share)
    done = int(eligible * rate)
    flow |= {
        "fully_enforced": int(0.85 * done),
        "discontinued": int(0.13 * done),
        "reduced": int(0.02 * done) if measure == "money" else 0,
        "pulled_up": 0,
    }
    flow = {item: max(value, before.get(item, 0)) for item, value in flow.items()}
    due = carried + flow["new"] - flow["entrusted"] - flow["revoked"]
    completed = flow["fully_enforced"] + flow["discontinued"] + flow["reduced"]
    eligible = max(eligible, completed)
    agreed = (eligible - completed) // 50
    outside = int(third * due)
    values = {
        **flow,
        "carried_in": carried,
        "accepted": carried + flow["new"],
        "due": due,
        "eligible": eligible,
        "completed": completed,
        "postponed_agreed": agreed,
        "in_progress": eligible - completed - agreed,
        "postponed": outside // 3,
        "suspended": outside // 3,
        "other_pending": outside - 2 * (outside // 3),
        "not_eligible": due - eligible - outside,
        "carried_out": due - completed,
        "separate_book": due // 5,
    }
    if measure == "cases":
        del values["reduced"]
    row |= {(measure, item): value * unit for item, value in values.items()}
    return flow


@dataclass(frozen=True)
class Fault:
    """What is done to a panel at a place, and the rules of which one must name the place."""

    apply: Callable[[pd.DataFrame, Place, str, np.random.Generator], None]
    rules: tuple[str, ...]
    measures: tuple[str, ...] = ("cases", "money")
    first_month: int = 1


def plant(
    panel: pd.DataFrame, fault: Fault, place: Place, measure: str, rng: np.random.Generator
) -> pd.DataFrame:
    """Copy of the panel with the fault in it."""
    changed = panel.copy()
    fault.apply(changed, place, measure, rng)
    return changed


def _add(panel: pd.DataFrame, place: Place, measure: str, **changes: int) -> None:
    for item, change in changes.items():
        panel.loc[place, (measure, item)] += change


def _swap_digits(panel: pd.DataFrame, place: Place, measure: str, rng: np.random.Generator) -> None:
    item = rng.choice(["new", "due", "eligible", "completed", "not_eligible"])
    digits = list(str(panel.loc[place, (measure, item)]))
    spots = [i for i in range(len(digits) - 1) if digits[i] != digits[i + 1] and digits[i + 1] != "0"]
    if not spots:  # such as 7 or 440
        _misadd(panel, place, measure, rng)
        return
    i = int(rng.choice(spots))
    digits[i], digits[i + 1] = digits[i + 1], digits[i]
    panel.loc[place, (measure, item)] = int("".join(digits))


def _misadd(panel: pd.DataFrame, place: Place, measure: str, rng: np.random.Generator) -> None:
    unit = 1 if measure == "cases" else THOUSAND
    _add(
        panel,
        place,
        measure,
        **{str(rng.choice(["accepted", "due", "carried_out"])): int(rng.integers(1, 99)) * unit},
    )


def _slip_one(panel: pd.DataFrame, place: Place, measure: str, rng: np.random.Generator) -> None:
    cell = (measure, str(rng.choice(["new", "eligible", "completed"])))
    panel.loc[place, cell] //= THOUSAND


def _slip_all(panel: pd.DataFrame, place: Place, measure: str, rng: np.random.Generator) -> None:
    columns = [column for column in panel.columns if column[0] == measure]
    row = panel.loc[place, columns]
    panel.loc[place, columns] = row * THOUSAND if rng.random() < 0.5 else row // THOUSAND


def _lose_results(panel: pd.DataFrame, place: Place, measure: str, rng: np.random.Generator) -> None:
    org, year, month = place
    before = int(panel.loc[(org, year, month - 1), (measure, "fully_enforced")])
    lost = int(panel.loc[place, (measure, "fully_enforced")]) - int(before * 0.9)
    _add(panel, place, measure, fully_enforced=-lost, completed=-lost, in_progress=lost, carried_out=lost)


def _copy_from(years: int, months: int) -> Callable[[pd.DataFrame, Place, str, np.random.Generator], None]:
    def copy(panel: pd.DataFrame, place: Place, measure: str, rng: np.random.Generator) -> None:
        org, year, month = place
        panel.loc[place, :] = panel.loc[(org, year - years, month - months), :].to_numpy()

    return copy


def _restate_opening(panel: pd.DataFrame, place: Place, measure: str, rng: np.random.Generator) -> None:
    org, year, month = place
    moved = int(panel.loc[place, (measure, "not_eligible")]) // 20
    for later in range(month, 13):
        _add(
            panel,
            (org, year, later),
            measure,
            **dict.fromkeys(("carried_in", "accepted", "due", "not_eligible", "carried_out"), -moved),
        )


def _inflate_opening(panel: pd.DataFrame, place: Place, measure: str, rng: np.random.Generator) -> None:
    org, year, _ = place
    more = int(panel.loc[place, (measure, "carried_in")]) // 8
    for month in range(1, 13):
        _add(
            panel,
            (org, year, month),
            measure,
            **dict.fromkeys(("carried_in", "accepted", "due", "not_eligible", "carried_out"), more),
        )


def _reclassify(panel: pd.DataFrame, place: Place, measure: str, rng: np.random.Generator) -> None:
    moved = min(int(panel.loc[place, (measure, "in_progress")]), int(panel.loc[place, (measure, "due")]) // 4)
    _add(panel, place, measure, eligible=-moved, in_progress=-moved, not_eligible=moved)


def _lower_rate(panel: pd.DataFrame, place: Place, measure: str, rng: np.random.Generator) -> None:
    """A whole year at a third of its results: nothing falls within it."""
    org, year, _ = place
    for month in range(1, 13):
        lost = int(panel.loc[(org, year, month), (measure, "fully_enforced")]) * 2 // 3
        _add(
            panel,
            (org, year, month),
            measure,
            fully_enforced=-lost,
            completed=-lost,
            in_progress=lost,
            carried_out=lost,
        )


def _widen_third(panel: pd.DataFrame, place: Place, measure: str, rng: np.random.Generator) -> None:
    moved = min(
        int(panel.loc[place, (measure, "not_eligible")]), int(panel.loc[place, (measure, "due")]) // 8
    )
    _add(panel, place, measure, not_eligible=-moved, suspended=moved)


def _swap_buckets(panel: pd.DataFrame, place: Place, measure: str, rng: np.random.Generator) -> None:
    cells = [(measure, "eligible"), (measure, "not_eligible")]
    panel.loc[place, cells] = panel.loc[place, cells[::-1]].to_numpy()


FAULTS = {
    "two digits swapped": Fault(_swap_digits, ("sum_of_parts",)),
    "a total added up wrongly": Fault(_misadd, ("sum_of_parts",)),
    "one amount a thousand times too small": Fault(_slip_one, ("sum_of_parts", "unit_factor"), ("money",)),
    "all amounts off by a thousand": Fault(_slip_all, ("unit_factor",), ("money",)),
    "results fall within the year": Fault(_lose_results, ("cumulative_falls",), first_month=3),
    "last month's report again": Fault(_copy_from(0, 1), ("copied_period",), first_month=2),
    "last year's report again": Fault(_copy_from(1, 0), ("copied_period",)),
    "opening restated within the year": Fault(_restate_opening, ("opening_changes",), first_month=2),
    "opening above last year's closing": Fault(_inflate_opening, ("opening_from_last_year",)),
    "a quarter of due reclassified": Fault(
        _reclassify, ("reclassification", "outside_history"), first_month=2
    ),
    "a third of the usual results": Fault(_lower_rate, ("outside_history",)),
    "a third bucket of an eighth of due": Fault(_widen_third, ("split_of_due",)),
    "eligible and not eligible swapped": Fault(_swap_buckets, ("sum_of_parts",)),
}
