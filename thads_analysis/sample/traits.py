"""What sets one simulated province apart from another: size, ease, and how both move."""

from __future__ import annotations

__all__ = ["Traits", "draw_ease", "draw_traits"]

from dataclasses import dataclass

import numpy as np

from thads_analysis.org import Org, provinces
from thads_analysis.sample.anchors import FIRST_YEAR, YEARS
from thads_analysis.sample.calibrate import Floats, expit, logit


@dataclass(frozen=True)
class _Hint:
    """What is taken to be known of a province."""

    cases: float  # size: share of all that is due, about per mille
    money: float
    ease: float | None = None  # of enforcement, in log-odds, where a published rate hints at it


# Sizes are assumptions: of the right order where a provincial count is published, otherwise by
# population and economy. docs/sample-data.md compares them with what is published.
_HINTS: dict[str, _Hint] = {
    "01": _Hint(62.0, 130.0),
    "02": _Hint(3.7, 0.9),
    "04": _Hint(3.6, 0.7),
    "06": _Hint(2.5, 0.4),
    "08": _Hint(6.5, 0.6, ease=0.62),
    "10": _Hint(6.0, 1.8),
    "11": _Hint(5.4, 0.6, ease=0.75),
    "12": _Hint(2.6, 0.4),
    "14": _Hint(9.8, 1.4),
    "15": _Hint(6.0, 0.8, ease=0.40),
    "17": _Hint(6.5, 1.6),
    "19": _Hint(12.0, 5.0, ease=0.34),
    "20": _Hint(6.7, 2.0),
    "22": _Hint(13.0, 10.0, ease=0.12),
    "24": _Hint(12.0, 6.0),
    "25": _Hint(11.4, 4.0),
    "26": _Hint(9.2, 3.5),
    "27": _Hint(9.8, 12.0),
    "30": _Hint(12.4, 8.0),
    "31": _Hint(16.3, 22.0),
    "33": _Hint(7.3, 6.0, ease=0.42),
    "34": _Hint(8.7, 4.0),
    "35": _Hint(5.0, 2.0),
    "36": _Hint(9.2, 6.0),
    "37": _Hint(6.5, 4.0),
    "38": _Hint(21.7, 8.0),
    "40": _Hint(25.0, 6.2, ease=0.28),
    "42": _Hint(5.4, 3.2, ease=0.68),
    "44": _Hint(5.6, 2.5),
    "45": _Hint(4.5, 1.7, ease=0.72),
    "46": _Hint(8.1, 5.0),
    "48": _Hint(15.6, 34.0),
    "49": _Hint(10.8, 8.0),
    "51": _Hint(9.2, 5.0),
    "52": _Hint(13.0, 8.0),
    "54": _Hint(7.6, 4.0),
    "56": _Hint(15.2, 13.0),
    "58": _Hint(7.0, 2.5),
    "60": _Hint(18.4, 10.0),
    "62": _Hint(5.4, 2.5),
    "64": _Hint(21.5, 9.0, ease=-0.12),
    "66": _Hint(23.0, 9.6),
    "67": _Hint(9.8, 3.5),
    "68": _Hint(18.4, 12.0),
    "70": _Hint(19.5, 9.0),
    "72": _Hint(36.0, 11.5, ease=-0.32),
    "74": _Hint(39.0, 32.0),
    "75": _Hint(31.0, 14.0, ease=-0.22),
    "77": _Hint(17.3, 18.0),
    "79": _Hint(130.0, 500.0, ease=0.0),
    "80": _Hint(29.3, 30.0),
    "82": _Hint(30.3, 11.0),
    "83": _Hint(22.0, 6.6, ease=-0.08),
    "84": _Hint(15.2, 5.0),
    "86": _Hint(15.2, 6.0),
    "87": _Hint(23.8, 9.0),
    "89": _Hint(20.8, 12.0, ease=-0.14),
    "91": _Hint(23.0, 10.3, ease=-0.02),
    "92": _Hint(18.4, 22.0),
    "93": _Hint(13.0, 4.5),
    "94": _Hint(17.3, 8.0),
    "95": _Hint(14.1, 6.0),
    "96": _Hint(23.0, 9.0, ease=-0.14),
}

# How hard the distancing of summer 2021 held a region: general knowledge, in parts of the hardest.
_DISTANCING = {"Đông Nam Bộ": 0.85, "Đồng bằng sông Cửu Long": 0.75, "Đồng bằng sông Hồng": 0.25}
_DISTANCING_ELSEWHERE = 0.20
_DISTANCING_CITIES = {"79": 1.0, "01": 0.6, "48": 0.6}
_DISTANCING_INTAKE = 0.35  # of a month's intake, where it was hardest
_DISTANCING_MONTHS = {9: 0.15, 10: 0.5, 11: 0.9, 12: 1.0}


@dataclass(frozen=True)
class _Spread:
    """How far provinces lie apart in a measure, in log-odds unless said otherwise."""

    follows_ease: float  # part of the ease that shows in the rate
    rate: float  # lasting difference in the rate, besides the ease
    rate_year: float  # difference of one year, of which `_YEAR_MEMORY` is left in the next
    rate_month: float  # difference of one month, of which `_MONTH_MEMORY` is left in the next
    rate_late: float  # lasting habit: how far more is done late in the year than early
    share: float  # lasting difference in the share that is eligible
    share_year: float
    share_month: float
    intake: float  # relative: chance in a month's intake of a province of average size
    intake_year: float  # relative
    growth: float  # relative, a year
    backlog_growth: float  # part of what is due by which a year opens larger than the last
    distancing: float  # loss in the rate at the end of summer 2021 where it was hardest


_SPREAD = {
    "cases": _Spread(
        follows_ease=0.78,
        rate=0.05,
        rate_year=0.08,
        rate_month=0.10,
        rate_late=0.10,
        share=0.16,
        share_year=0.08,
        share_month=0.03,
        intake=0.09,
        intake_year=0.05,
        growth=0.012,
        backlog_growth=0.03,
        distancing=0.55,
    ),
    "money": _Spread(
        follows_ease=0.8,
        rate=0.22,
        rate_year=0.24,
        rate_month=0.24,
        rate_late=0.20,
        share=0.30,
        share_year=0.14,
        share_month=0.06,
        intake=0.42,
        intake_year=0.18,
        growth=0.025,
        backlog_growth=0.12,
        distancing=0.35,
    ),
}
_YEAR_MEMORY, _MONTH_MEMORY = 0.6, 0.88
_EASE, _EASE_BY_SIZE = 0.16, 0.13
_EASE_IN_SHARE = 0.6
_TREND = 0.02  # log-odds a year
_HEAVY_TAIL = 5  # degrees of freedom of a month's surprise
_GIANTS_A_YEAR, _GIANT_PART = {"cases": 0, "money": 4}, (0.08, 0.25)  # of a month's whole intake
_USUAL = {"cases": (0.76, 0.79), "money": (0.52, 0.38)}  # share eligible and rate, at year end


@dataclass(frozen=True)
class Traits:
    """How the provinces differ in one measure; arrays end in the axis of the provinces, by code.

    Attributes
    ----------
    orgs : tuple of Org
    opening : array (province)
        Weight in what was carried into the first year.
    intake : array (year, month, province)
        Weight in a month's new matters.
    share, rate : array (year, month, province)
        Log-odds of the share that is eligible and of the completion rate, up to what is national.
    """

    orgs: tuple[Org, ...]
    opening: Floats
    intake: Floats
    share: Floats
    rate: Floats


def draw_traits(measure: str, ease: Floats, rng: np.random.Generator) -> Traits:
    """Draw how provinces differ in a measure.

    Parameters
    ----------
    measure : {"cases", "money"}
    ease : array (province)
        What makes enforcement easy in a province, for both measures (`draw_ease`).
    rng : numpy Generator

    Returns
    -------
    Traits
    """
    orgs, spread = provinces("63"), _SPREAD[measure]
    size = _sizes(measure)
    years, n = len(YEARS), len(orgs)
    centred = np.array(YEARS) - np.mean(YEARS)

    # The larger a province, the more cases make up its figure, and the closer it keeps to the usual.
    unsteady = np.clip((size * n) ** -0.25, 0.3, 1.6)
    lasting = spread.follows_ease * ease + spread.rate * unsteady * rng.standard_normal(n)
    lasting_share = _EASE_IN_SHARE * ease + spread.share * unsteady * rng.standard_normal(n)
    trend = _TREND * centred[:, None] * rng.standard_normal(n)
    late = spread.rate_late * np.linspace(-1, 1, 12)[:, None] * rng.standard_normal(n)
    rate_year = spread.rate_year * _wander(rng, (years, n), _YEAR_MEMORY)
    share_year = spread.share_year * _wander(rng, (years, n), _YEAR_MEMORY)
    rate_month = spread.rate_month * _wander(rng, (years * 12, n), _MONTH_MEMORY).reshape(years, 12, n)
    share_month = spread.share_month * _wander(rng, (years * 12, n), _MONTH_MEMORY).reshape(years, 12, n)
    loss = _distancing(orgs)

    share = lasting_share + share_year[:, None] * unsteady + share_month * unsteady
    rate = lasting + late + trend[:, None] - spread.distancing * loss
    rate += (rate_year[:, None] + rate_month) * unsteady

    usual_share, usual_rate = _USUAL[measure]
    turnover = expit(logit(usual_share) + lasting_share) * expit(logit(usual_rate) + lasting)
    growth = np.exp(spread.growth * centred[:, None] * rng.standard_normal(n))
    year = np.exp(spread.intake_year * _wander(rng, (years, n), _YEAR_MEMORY) * unsteady)
    chance = np.exp(spread.intake * rng.standard_normal((years, 12, n)) * unsteady)
    intake = size * (turnover + spread.backlog_growth) * (growth * year)[:, None] * chance
    intake += _draw_giants(measure, intake, size, rng)
    return Traits(
        orgs=orgs,
        opening=size * (1 - turnover),
        intake=intake * (1 - _DISTANCING_INTAKE * loss),
        share=share,
        rate=rate,
    )


def draw_ease(rng: np.random.Generator) -> Floats:
    """Draw each province's ease in log-odds: the published hint, else chance around its size."""
    size = _sizes("cases")
    drawn = -_EASE_BY_SIZE * np.log(size / np.median(size)) + _EASE * rng.standard_normal(len(size))
    hints = [_HINTS[org.code].ease for org in provinces("63")]
    return np.array([ease if hint is None else hint for ease, hint in zip(drawn, hints, strict=True)])


def _sizes(measure: str) -> Floats:
    hints = [_HINTS[org.code] for org in provinces("63")]
    size = np.array([hint.cases if measure == "cases" else hint.money for hint in hints])
    share: Floats = size / size.sum()
    return share


def _wander(rng: np.random.Generator, shape: tuple[int, int], memory: float) -> Floats:
    """Series along the first axis with variance one, each step keeping a part of the last."""
    surprise = rng.standard_t(_HEAVY_TAIL, shape) / np.sqrt(_HEAVY_TAIL / (_HEAVY_TAIL - 2))
    series = np.empty(shape)
    series[0] = surprise[0]
    for step in range(1, shape[0]):
        series[step] = memory * series[step - 1] + np.sqrt(1 - memory**2) * surprise[step]
    return series


def _draw_giants(measure: str, intake: Floats, size: Floats, rng: np.random.Generator) -> Floats:
    """A few matters a year so large that one of them shows in the nation's month."""
    giants = np.zeros_like(intake)
    count = _GIANTS_A_YEAR[measure]
    for year in range(len(intake)):
        months, homes = rng.integers(12, size=count), rng.choice(len(size), size=count, p=size)
        parts = rng.uniform(*_GIANT_PART, size=count)
        np.add.at(giants[year], (months, homes), parts * intake[year, months].sum(axis=-1))
    return giants


def _distancing(orgs: tuple[Org, ...]) -> Floats:
    """Part of a month's work lost to the distancing of 2021, by year, month and province."""
    depth = np.array(
        [_DISTANCING_CITIES.get(o.code, _DISTANCING.get(o.region, _DISTANCING_ELSEWHERE)) for o in orgs]
    )
    loss = np.zeros((len(YEARS), 12, len(orgs)))
    for months, part in _DISTANCING_MONTHS.items():
        loss[2021 - FIRST_YEAR, months - 1] = part * depth
    return loss
