"""Paragraphs printed from a panel that closes, and misprints in them: used by the tests of the checker."""

from __future__ import annotations

__all__ = ["MISPRINTS", "Misprint", "print_paragraph"]

from collections.abc import Callable
from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_UP, ROUND_UP, Decimal
from itertools import pairwise

import numpy as np
import pandas as pd

COUNTED = ("carried_in", "new", "accepted", "due", "eligible", "not_eligible", "completed", "carried_out")
COMPARED = ("new", "eligible", "completed")
# Above every national target of FY2016 to FY2023, as a province's own may be.
TARGETS = {"cases": Decimal("83"), "money": Decimal("46")}
BILLION = 10**9


def print_paragraph(
    panel: pd.DataFrame, org: str, year: int, month: int, rng: np.random.Generator, *, style: str = "full"
) -> pd.DataFrame:
    """What a bulletin would print of a period, rounded as bulletins round.

    ``full`` prints every count and amounts to the thousand; ``press`` prints amounts as trên, gần or
    bare numbers of tỷ, leaves items out, and prints percentages with none to two decimals.
    """
    rows = []
    for measure in ("cases", "money"):
        now, base = panel.loc[(org, year, month), measure], panel.loc[(org, year - 1, month), measure]
        decimals = 2 if style == "full" else int(rng.integers(0, 3))
        kept = COUNTED if style == "full" else [item for item in COUNTED if rng.random() < 0.7]
        amounts = {item: int(now[item]) for item in kept}
        amounts |= {f"{i}_change_abs": int(now[i]) - int(base[i]) for i in COMPARED if i in kept}
        for item, value in amounts.items():
            rows.append((measure, item, *_print_amount(value, measure, style, item, rng)))
        eligible, due, done = (Decimal(int(now[i])) for i in ("eligible", "due", "completed"))
        rate, rate_base = 100 * done / eligible, 100 * Decimal(int(base["completed"])) / int(base["eligible"])
        percents = {
            "completion_rate": rate,
            "eligible_share": 100 * eligible / due,
            "not_eligible_share": 100 * Decimal(int(now["not_eligible"])) / due,
            "completion_rate_change": rate - rate_base,
            "over_prorata_target": rate - TARGETS[measure] * month / 12,
            "target": TARGETS[measure],
        }
        percents |= {
            f"{i}_change_pct": 100 * (Decimal(int(now[i])) / int(base[i]) - 1)
            for i in COMPARED
            if int(base[i])
        }
        for item, percent in percents.items():
            if item == "target" or style == "full" or rng.random() < 0.8:
                rows.append((measure, item, _round(percent, decimals), "exact"))
    frame = pd.DataFrame(rows, columns=["measure", "item", "value", "bound"])
    regime, code = org.split(":")
    frame["value"] = pd.Series([row[2] for row in rows], dtype=object)
    return frame.assign(org_regime=regime, org_code=code, fiscal_year=year, months=month, source="bulletin")


def _round(value: Decimal, decimals: int) -> float:
    return float(value.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP))


def _print_amount(
    value: int, measure: str, style: str, item: str, rng: np.random.Generator
) -> tuple[int, str]:
    if measure == "cases" or style == "full" or abs(value) < 5 * BILLION:
        return value, "exact"
    words = "exact" if item.endswith("_change_abs") else str(rng.choice(["at_least", "at_most", "exact"]))
    rounding = {"at_least": ROUND_DOWN, "at_most": ROUND_UP, "exact": ROUND_HALF_UP}[words]
    return int((Decimal(value) / BILLION).quantize(Decimal(1), rounding=rounding)) * BILLION, words


@dataclass(frozen=True)
class Misprint:
    """What is done to a paragraph in full, and the rules of which one must name its item."""

    apply: Callable[[pd.DataFrame, str, np.random.Generator], None]
    rules: tuple[str, ...]


def _get(frame: pd.DataFrame, measure: str, item: str) -> float:
    return frame.loc[(frame["measure"] == measure) & (frame["item"] == item), "value"].iloc[0]


def _set(frame: pd.DataFrame, measure: str, item: str, value: float) -> None:
    frame.loc[(frame["measure"] == measure) & (frame["item"] == item), "value"] = value


def _swap_measures(frame: pd.DataFrame, measure: str, rng: np.random.Generator) -> None:
    cases, money = (_get(frame, m, "eligible_share") for m in ("cases", "money"))
    _set(frame, "cases", "eligible_share", money)
    _set(frame, "money", "eligible_share", cases)


def _rate_of_due(frame: pd.DataFrame, measure: str, rng: np.random.Generator) -> None:
    rate = 100 * _get(frame, measure, "completed") / _get(frame, measure, "due")
    _set(frame, measure, "completion_rate", round(rate, 2))


def _growth_of_another(frame: pd.DataFrame, measure: str, rng: np.random.Generator) -> None:
    _set(frame, measure, "completed_change_pct", _get(frame, measure, "new_change_pct"))


def _growth_on_current(frame: pd.DataFrame, measure: str, rng: np.random.Generator) -> None:
    growth = 100 * _get(frame, measure, "completed_change_abs") / _get(frame, measure, "completed")
    _set(frame, measure, "completed_change_pct", round(growth, 2))


def _misadd(frame: pd.DataFrame, measure: str, rng: np.random.Generator) -> None:
    step = 1 if measure == "cases" else 1000
    off = int(rng.integers(5, 200)) * step
    _set(frame, measure, "carried_out", int(_get(frame, measure, "carried_out")) - off)


def _swap_digits(frame: pd.DataFrame, measure: str, rng: np.random.Generator) -> None:
    digits = list(str(int(_get(frame, measure, "completed"))))
    spots = [i for i, (one, other) in enumerate(pairwise(digits[:4])) if one != other and other != "0"]
    if not spots:
        return
    i = int(rng.choice(spots))
    digits[i], digits[i + 1] = digits[i + 1], digits[i]
    _set(frame, measure, "completed", int("".join(digits)))


def _thousandth(frame: pd.DataFrame, measure: str, rng: np.random.Generator) -> None:
    _set(frame, "money", "eligible", int(_get(frame, "money", "eligible")) // 1000)


def _wrong_year_target(frame: pd.DataFrame, measure: str, rng: np.random.Generator) -> None:
    _set(frame, measure, "over_prorata_target", round(_get(frame, measure, "over_prorata_target") + 3.5, 2))


def _rest_in_share(frame: pd.DataFrame, measure: str, rng: np.random.Generator) -> None:
    more = int(_get(frame, measure, "due")) - int(_get(frame, measure, "eligible"))
    _set(frame, measure, "not_eligible", more)
    _set(frame, measure, "not_eligible_share", round(_get(frame, measure, "not_eligible_share") - 1.5, 2))


MISPRINTS = {
    "shares of cases and money swapped": Misprint(_swap_measures, ("share_of_due",)),
    "rate on due": Misprint(_rate_of_due, ("rate_on_base",)),
    "growth of another item": Misprint(_growth_of_another, ("growth_of_change",)),
    "growth on this year's value": Misprint(_growth_on_current, ("growth_of_change",)),
    "carried out added up wrongly": Misprint(_misadd, ("sum_of_parts",)),
    "two digits of completed swapped": Misprint(_swap_digits, ("rate_on_base", "sum_of_parts")),
    "eligible money a thousand times too small": Misprint(_thousandth, ("unit_factor", "part_within_whole")),
    "gap to another target": Misprint(_wrong_year_target, ("gap_to_target",)),
    "third bucket in not eligible": Misprint(_rest_in_share, ("share_of_due",)),
}
