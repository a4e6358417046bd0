"""Development factors of completed and eligible, as in claims reserving."""

from __future__ import annotations

__all__ = ["ChainLadder", "ChainLadderFit", "development_factors"]

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from thads_analysis.forecast.history import Array, build_history, to_logit
from thads_analysis.forecast.resample import learn_usual
from thads_analysis.forecast.usual_path import UsualPathFit
from thads_analysis.period import Period


@dataclass(frozen=True)
class ChainLadder:
    """Multiply completed and eligible, each by its own development factors.

    For each province and measure, ``factor of month k = sum over years of C(k + 1) / sum of C(k)``
    (volume weighted, years also by `breaks.year_weights`), and the forecast is the figure now times the
    factors of the months to come. Errors are past years' departures from those factors, in logs.

    A unit with one or two usable years is drawn towards its peers' mean development.

    See Also
    --------
    usual_path.UsualPath : the rate rather than its two parts.

    Notes
    -----
    T. Mack (1993), Distribution-free calculation of the standard error of chain ladder reserve
    estimates, ASTIN Bulletin 23(2): the factors are those of its section 2. Its standard errors, made for
    many development years and one triangle, are not used.
    """

    name: str = "chain_ladder"

    def fit(self, panel: pd.DataFrame, period: Period) -> ChainLadderFit:
        """Learn the factors; see `history.build_history` for what is refused."""
        history = build_history(panel, period)
        with np.errstate(divide="ignore", invalid="ignore"):
            logs = np.log(np.stack([history.eligible, history.completed], axis=-1))
        now = period.months - 1
        window = logs[:, :, :-1, now:]
        window = np.where(np.isfinite(window), window, np.nan)
        moved = window - window[:, :, :, :1]
        moved = moved[:, :, :, 1:] if period.remaining_months else moved
        usual = learn_usual(moved, history.past_weights)
        factors = np.stack(
            [
                development_factors(cube[:, :, :-1, now:], history.past_weights)
                for cube in (history.eligible, history.completed)
            ],
            axis=-1,
        )
        developed = np.log(np.cumprod(factors, axis=2)) if period.remaining_months else usual.own
        return ChainLadderFit(self.name, history, replace(usual, own=developed))


class ChainLadderFit(UsualPathFit):
    """Developments of every province: log of eligible, log of completed."""

    def _to_movements(self, drawn: Array, rate: Array) -> Array:
        later = rate[..., None] * np.exp(np.clip(drawn[..., 1] - drawn[..., 0], -4, 4))
        moved = to_logit(np.clip(later, 0, 1)) - to_logit(rate)[..., None]
        return np.stack([drawn[..., 0], moved], axis=-1)


def development_factors(cumulative: Array, weights: Array) -> Array:
    """Volume-weighted factors from each month to the next.

    Formula: ``sum over years of w C(k + 1) / sum over years of w C(k)``, over the years in which both
    are known; 1 where none is.

    Parameters
    ----------
    cumulative : array
        ``measure x org x year x month``, NaN where unknown.
    weights : array
        Weight of each year.

    Returns
    -------
    array
        ``measure x org x month``, one month fewer.
    """
    before, after = cumulative[..., :-1], cumulative[..., 1:]
    both = np.isfinite(before) & np.isfinite(after)
    above, below = (
        np.einsum("t,motk->mok", weights, np.where(both, values, 0.0)) for values in (after, before)
    )
    return np.where((below > 0) & (above > 0), above / np.where(below > 0, below, 1.0), 1.0)
