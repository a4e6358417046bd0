"""The metrics by name, with those of the user's own: what a reader can choose from."""

from __future__ import annotations

__all__ = ["metric", "metric_names", "metric_unit"]

from collections.abc import Callable, Mapping
from types import MappingProxyType

import pandas as pd

from thads_analysis import config
from thads_analysis.errors import DataError, UsageError
from thads_analysis.glossary import MEASURES
from thads_analysis.metrics.rates import (
    clearance_rate,
    completion_rate,
    disposition_time,
    eligible_share,
    not_eligible_share,
)

Function = Callable[[pd.DataFrame], pd.DataFrame]

_METRICS: Mapping[str, Function] = MappingProxyType(
    {
        "completion_rate": completion_rate,
        "eligible_share": eligible_share,
        "not_eligible_share": not_eligible_share,
        "clearance_rate": clearance_rate,
        "disposition_time": disposition_time,
    }
)
"""The project's own that can be chosen by name; `metric` gives those of the user's configuration too."""

_UNITS = MappingProxyType({"clearance_rate": "ratio", "disposition_time": "days"})


def metric_names() -> tuple[str, ...]:
    """Names of all metrics: the project's own, then those of the user's configuration.

    Examples
    --------
    >>> metric_names()[:2]
    ('completion_rate', 'eligible_share')
    """
    return (*_METRICS, *config.in_force().settings.metrics)


def metric_unit(name: str) -> str:
    """Unit of a metric: ``percent`` (a fraction until it is printed), ``ratio`` or ``days``.

    Examples
    --------
    >>> metric_unit("completion_rate"), metric_unit("disposition_time")
    ('percent', 'days')
    """
    own = config.in_force().settings.metrics.get(name)
    return own.unit if own else _UNITS.get(name, "percent")


def metric(panel: pd.DataFrame, name: str) -> pd.DataFrame:
    """Compute a metric by its name.

    Parameters
    ----------
    panel : DataFrame
        Index ``org, fiscal_year, months``; columns ``measure, item``.
    name : str
        One of `metric_names`.

    Returns
    -------
    DataFrame
        The panel's index; columns ``cases, money`` or one of the two.

    Raises
    ------
    UsageError
        When there is no such metric.
    DataError
        When a function of the user's own does not return such a frame.

    Examples
    --------
    >>> import thads_analysis as thads
    >>> panel = thads.load_panel()
    >>> bool(metric(panel, "completion_rate").loc[("63:79", 2023, 9), "cases"] < 1)
    True
    """
    if name in _METRICS:
        return _METRICS[name](panel)
    own = config.in_force()
    if name not in own.settings.metrics:
        message = f"No metric {name!r}; the metrics are {', '.join(metric_names())}"
        raise UsageError(message)
    place = own.settings.metrics[name].function
    found = own.load(place, "metrics", name)(panel)
    if (
        not isinstance(found, pd.DataFrame)
        or not found.index.equals(panel.index)
        or found.columns.empty
        or not set(found.columns) <= set(MEASURES)
    ):
        message = (
            f"{own.where('metrics', name)}: {place} must return a DataFrame with the panel's index and "
            f"columns among {', '.join(MEASURES)}; it returned "
            + (f"columns {list(found.columns)}" if isinstance(found, pd.DataFrame) else type(found).__name__)
        )
        raise DataError(message)
    return found
