"""The simulated provinces: drawn freely, then fitted so that they sum to the nation exactly."""

from __future__ import annotations

__all__ = ["SOURCE", "make_observations"]

from collections.abc import Iterator
from datetime import date

import numpy as np
import pandas as pd

from thads_analysis.glossary import IDENTITIES, MEASURES, N_, items_of
from thads_analysis.period import Period
from thads_analysis.sample.anchors import FINAL_TO_PROVISIONAL, FIRST_YEAR, YEARS
from thads_analysis.sample.calibrate import Floats, Ints, apportion, expit, tilt
from thads_analysis.sample.national import national_paths
from thads_analysis.sample.traits import Traits, draw_ease, draw_traits
from thads_analysis.schema import OBSERVATION_COLUMNS

SOURCE = N_("Số liệu mô phỏng của thads_analysis")

_SEED = 20_161_001
_UNIT = {"cases": 1, "money": 1_000}

# TT06-2019 is first reported with the fourth month of FY2020.
_BREAK = (2020, 4)
_PROVISIONAL_AS_OF = date(2023, 10, 20)
_REVISED_PROVINCES = 14

# Parts of a whole, each varied by province and month; assumptions.
_DISCONTINUED = {"cases": 0.13, "money": 0.10}
_REDUCED = {"cases": 0.0, "money": 0.012}
_AGREED = {"cases": 0.012, "money": 0.02}
_OUTSIDE = (0.014, 0.036)  # of due: postponed, suspended and other, from TT06-2019
_OUTSIDE_PARTS = (0.28, 0.47, 0.25)  # postponed, suspended, other
_BOOK_RETURNS = 0.004  # of the separate book, a month

Block = dict[str, Ints]
"""Items of one measure, each (year, month, province)."""


def make_observations() -> pd.DataFrame:
    """Make the simulated sample: 63 provinces, FY2016 to FY2023, every month, both measures.

    The provinces are drawn from a fixed seed and fitted to the published national figures; see
    ``docs/sample-data.md``. Every call returns the same values.

    Returns
    -------
    DataFrame
        Columns `schema.OBSERVATION_COLUMNS`, one row a figure, sorted by measure, period, vintage,
        organisation and item. ``provenance`` is ``simulated``. Months 1 to 11 are known on the 5th
        of the next month, a year on 1 December (``final``); FY2023 also as it stood on 20 October
        (``provisional``).
    """
    rng = np.random.Generator(np.random.PCG64(_SEED))
    ease = draw_ease(rng)
    frames: list[pd.DataFrame] = []
    for measure in MEASURES:
        traits = draw_traits(measure, ease, rng)
        nation = national_paths(measure, rng)
        block = _simulate(measure, nation, traits, rng)
        last_year = {item: values[-1, -1] for item, values in block.items()}
        provisional = _unrevise(measure, last_year, traits, rng)
        frames.extend(_tabulate(measure, block, provisional, [org.code for org in traits.orgs]))
    return pd.concat(frames, ignore_index=True)[OBSERVATION_COLUMNS]


def _simulate(measure: str, nation: Block, traits: Traits, rng: np.random.Generator) -> Block:
    """Carry the provinces through the months, dividing each national step among them."""
    shape = traits.intake.shape
    block = {item: np.zeros(shape, dtype=np.int64) for item in items_of(measure)}
    lean = np.exp(0.25 * rng.standard_normal((2, shape[2])))  # to entrust, to revoke
    chance = np.exp(0.3 * rng.standard_normal(shape))
    lumps = np.exp((0.5 if measure == "cases" else 1.2) * rng.standard_normal(shape))
    parts = _draw_parts(measure, shape, rng)

    opening = apportion(int(nation["carried_in"][0, 0]), traits.opening)
    book = np.zeros(shape[2], dtype=np.int64)
    for year, month in np.ndindex(shape[:2]):
        at = (year, month)
        before = {item: values[year, month - 1] if month else 0 * book for item, values in block.items()}
        if at != (0, 0):
            opening, book = _reopen(at, opening, book, nation, block)
        flows = {
            "new": traits.intake[at],
            "entrusted": traits.intake[at] * lean[0] * chance[at],
            "revoked": traits.intake[at] * lean[1] * lumps[at],
        }
        now = {item: before[item] + _step(nation[item], at, weights) for item, weights in flows.items()}
        due = opening + now["new"] - now["entrusted"] - now["revoked"]

        eligible_total, completed_total = int(nation["eligible"][at]), int(nation["completed"][at])
        eligible = apportion(eligible_total, tilt(due, traits.share[at], eligible_total))
        aim = tilt(eligible, traits.rate[at], completed_total)
        done = _step(nation["completed"], at, _weigh_progress(aim, before["completed"]))
        now |= _split_done(done, before, parts, at)
        completed = before["completed"] + done

        now |= {"carried_in": opening, "due": due, "eligible": eligible, "separate_book": book}
        now |= _split_rest(due, eligible, completed, parts, at)
        for item, values in (now | _totals(now)).items():
            if item in block:
                block[item][at] = values
    return block


def _step(path: Ints, at: tuple[int, int], weights: Floats) -> Ints:
    """One month of a national cumulative flow, divided among the provinces."""
    year, month = at
    before = int(path[year, month - 1]) if month else 0
    return apportion(int(path[at]) - before, weights)


def _weigh_progress(aim: Floats, before: Ints) -> Floats:
    """What each province has to do to reach its aim; none stands quite still."""
    return np.maximum(aim - before, 0.01 * aim)


def _reopen(at: tuple[int, int], opening: Ints, book: Ints, nation: Block, block: Block) -> tuple[Ints, Ints]:
    """Carry over at the turn of the year, restate at the break, and let the separate book shrink.

    What leaves the account goes into the separate book from TT06-2019 on. Before, a year opens with
    a few matters less than the last one closed with: corrections, as the published figures have them.
    """
    year, month = at
    since_break = (FIRST_YEAR + year, month + 1) >= _BREAK
    if month == 0:
        opening = block["carried_out"][year - 1, -1]
        waiting = block["not_eligible"][year - 1, -1]
    else:
        waiting = block["not_eligible"][year, month - 1]
    if since_break:
        book = book - np.rint(_BOOK_RETURNS * book).astype(np.int64)
    leaving = int(opening.sum()) - int(nation["carried_in"][at])
    if leaving:
        moved = apportion(leaving, waiting.astype(float))
        opening = opening - moved
        book = book + moved if since_break else book
    return opening, book


def _draw_parts(measure: str, shape: tuple[int, ...], rng: np.random.Generator) -> dict[str, Floats]:
    """Draw the parts of a whole: lasting differences between provinces, small ones between months."""

    def vary(level: float, lasting: float, passing: float) -> Floats:
        spread = lasting * rng.standard_normal(shape[-1]) + passing * rng.standard_normal(shape)
        return np.minimum(level * np.exp(spread), 0.6)

    low, high = _OUTSIDE
    months = rng.standard_normal((shape[0] * shape[1], shape[2])).cumsum(axis=0).reshape(shape)
    outside = expit(0.8 * rng.standard_normal(shape[-1]) + 0.06 * months)
    kinds = np.stack([vary(level, 0.25, 0.05) for level in _OUTSIDE_PARTS])
    kinds /= kinds.sum(axis=0)
    return {
        "discontinued": vary(_DISCONTINUED[measure], 0.25, 0.25),
        "reduced": vary(_REDUCED[measure], 0.5, 1.0),
        "agreed": vary(_AGREED[measure], 0.4, 0.08),
        "outside": low + (high - low) * outside,
        "postponed": kinds[0],
        "suspended": kinds[1],
    }


def _split_done(done: Ints, before: Block, parts: dict[str, Floats], at: tuple[int, int]) -> Block:
    """Divide what a month completed into enforced, discontinued and reduced."""
    discontinued = np.rint(done * parts["discontinued"][at]).astype(np.int64)
    reduced = np.floor(done * parts["reduced"][at]).astype(np.int64)
    months = {
        "fully_enforced": done - discontinued - reduced,
        "discontinued": discontinued,
        "reduced": reduced,
    }
    return {item: before[item] + month for item, month in months.items() if item in before}


def _split_rest(
    due: Ints, eligible: Ints, completed: Ints, parts: dict[str, Floats], at: tuple[int, int]
) -> Block:
    """Divide what is not completed: agreed postponement within, the four kinds outside eligible."""
    agreed = np.floor((eligible - completed) * parts["agreed"][at]).astype(np.int64)
    outside = 0 * due
    if (FIRST_YEAR + at[0], at[1] + 1) >= _BREAK:
        outside = np.rint(due * parts["outside"][at]).astype(np.int64)
    postponed = np.floor(outside * parts["postponed"][at]).astype(np.int64)
    suspended = np.floor(outside * parts["suspended"][at]).astype(np.int64)
    return {
        "postponed_agreed": agreed,
        "in_progress": eligible - completed - agreed,
        "not_eligible": due - eligible - outside,
        "postponed": postponed,
        "suspended": suspended,
        "other_pending": outside - postponed - suspended,
    }


def _totals(now: Block) -> Block:
    """Totals from their parts, in the order in which the identities build on each other."""
    known = dict(now)
    for total, parts in IDENTITIES.items():
        known[total] = sum(
            (sign * known[part] for part, sign in parts.items() if part in known), 0 * now["due"]
        )
    return known


def _unrevise(measure: str, final: Block, traits: Traits, rng: np.random.Generator) -> Block:
    """Return the count of October 2023 from that of December: a few provinces had reported more."""
    provisional = dict(final)
    chosen = rng.choice(len(traits.orgs), _REVISED_PROVINCES, replace=False)
    weights = np.zeros(len(traits.orgs))
    weights[chosen] = final["completed"][chosen] * np.exp(0.5 * rng.standard_normal(_REVISED_PROVINCES))
    surplus = {item: apportion(total, weights) for item, total in FINAL_TO_PROVISIONAL[measure].items()}
    provisional["new"] = final["new"] + surplus["new"]
    provisional["fully_enforced"] = final["fully_enforced"] + surplus["completed"]
    provisional["in_progress"] = final["in_progress"] + surplus["eligible"] - surplus["completed"]
    provisional["not_eligible"] = final["not_eligible"] + surplus["new"] - surplus["eligible"]
    return provisional | {i: v for i, v in _totals(provisional).items() if i in final}


def _tabulate(measure: str, block: Block, provisional: Block, codes: list[str]) -> Iterator[pd.DataFrame]:
    """Yield one long frame a period and vintage."""
    for year in YEARS:
        for months in range(1, 13):
            period = Period(year, months)
            known = {item: values[year - FIRST_YEAR, months - 1] for item, values in block.items()}
            if months < 12:
                following = (period + 1).end
                yield _to_frame(measure, known, codes, period, following.replace(day=5), "unspecified")
                continue
            if year == YEARS[-1]:
                yield _to_frame(measure, provisional, codes, period, _PROVISIONAL_AS_OF, "provisional")
            yield _to_frame(measure, known, codes, period, date(year, 12, 1), "final")


def _to_frame(
    measure: str, known: Block, codes: list[str], period: Period, as_of: date, vintage: str
) -> pd.DataFrame:
    items = list(items_of(measure))
    values = np.column_stack([known[item] for item in items]) * _UNIT[measure]
    return pd.DataFrame(
        {
            "org_regime": "63",
            "org_code": np.repeat(codes, len(items)),
            "fiscal_year": period.fiscal_year,
            "months": period.months,
            "measure": measure,
            "item": items * len(codes),
            "value": values.ravel(),
            "source": SOURCE,
            "provenance": "simulated",
            "as_of": pd.Timestamp(as_of).as_unit("ns"),
            "vintage": vintage,
        }
    )
