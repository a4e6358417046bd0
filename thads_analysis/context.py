"""What all pages of a period share: the panel up to the period, the nation, where it all comes from."""

from __future__ import annotations

__all__ = ["PREPARED", "Context", "load_context", "save_context"]

import ast
import hashlib
import os
from collections.abc import Hashable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from thads_analysis import config
from thads_analysis import store as store_module
from thads_analysis.errors import DataError
from thads_analysis.metrics import contributions, credibility_signs, national, total
from thads_analysis.org import NATION, Org, provinces
from thads_analysis.paths import data_dir
from thads_analysis.period import Period
from thads_analysis.revisions import revisions

if TYPE_CHECKING:
    from thads_analysis.forecast import Outlook
    from thads_analysis.metrics.xmr import Chart

PREPARED = "THADS_CONTEXT"
"""Environment variable that names the folder of contexts prepared for a run."""

_READ = ("panel", "nation", "origins", "revisions")
_COMPUTED = (
    "forecasts",
    "paths",
    "required",
    "scenarios",
    "levers",
    "missed",
    "contributions",
    "credibility",
    "findings",
    "funnel",
    "money_funnel",
    "ranks",
    "peers",
    "process_points",
    "process_verdicts",
)
_FORECAST = ("forecasts", "paths", "required", "scenarios")
"""What of it is forecast: for every organisation it rests on the figures of all provinces."""


@dataclass(frozen=True)
class Context:
    """The data behind a period's pages.

    Parameters
    ----------
    period : Period
    panel : DataFrame
        Panel of the provinces in force, nothing later than the period.
    nation : DataFrame
        The provinces' sums, index ``fiscal_year, months``.
    origins : DataFrame
        Index ``fiscal_year, months``; columns ``provenance, source, as_of, vintage``: where the
        figures of each period come from.
    revisions : DataFrame
        What changed in the period's figures after they were first known (`revisions.revisions`).
    as_of : date, optional
        Only what was known by the end of that day is in here; everything without it.
    store : Path, optional
        Where it was read, for what needs earlier vintages.

    Examples
    --------
    >>> import thads_analysis as thads
    >>> context = thads.load_context(thads.Period(2023, 9))
    >>> len(context.orgs), context.nation.index.names
    (63, FrozenList(['fiscal_year', 'months']))
    """

    period: Period
    panel: pd.DataFrame = field(repr=False)
    nation: pd.DataFrame = field(repr=False)
    origins: pd.DataFrame = field(repr=False)
    revisions: pd.DataFrame = field(repr=False)
    as_of: date | None = None
    store: Path | None = None

    @property
    def orgs(self) -> tuple[Org, ...]:
        """The provinces of the list in force."""
        return provinces(self.period.org_regime)

    @cached_property
    def origin_rows(self) -> dict[Hashable, dict[Hashable, Any]]:
        """Rows of `origins` by ``(fiscal_year, months)``: every fact of a page looks one up."""
        return self.origins.to_dict("index")

    @cached_property
    def outlook(self) -> Outlook:
        """One fit and its joint paths, for what is not prepared for all pages of a run."""
        from thads_analysis.forecast import look_ahead

        return look_ahead(self.panel, self.period)

    @cached_property
    def forecasts(self) -> pd.DataFrame:
        """Forecast of the year's end for the nation, the groups and every province (`forecast.forecast`)."""
        return self.outlook.table()

    @cached_property
    def forecast_rows(self) -> dict[tuple[str, str, str], dict[str, Any]]:
        """Rows of `forecasts` by ``(org_regime, org_code, measure)``: a page looks them up many times."""
        keys = zip(*(self.forecasts[name] for name in ("org_regime", "org_code", "measure")), strict=True)
        rows = self.forecasts.to_dict("records")
        return {key: {str(name): v for name, v in row.items()} for key, row in zip(keys, rows, strict=True)}

    @cached_property
    def paths(self) -> pd.DataFrame:
        """Quantiles of the rate in each remaining month (`forecast.paths`)."""
        return self.outlook.simulation.rate_quantiles()

    @cached_property
    def required(self) -> pd.DataFrame:
        """What each remaining month must bring (`forecast.required_months`)."""
        from thads_analysis.forecast import required_months

        return required_months(self.outlook.history, self.outlook.members, self.forecasts)

    @cached_property
    def levers(self) -> pd.DataFrame:
        """How much each province moves the nation's result (`forecast.levers`)."""
        from thads_analysis.forecast import levers

        return levers(self.outlook, self.forecasts)

    @cached_property
    def scenarios(self) -> pd.DataFrame:
        """Forecast under each standard scenario (`forecast.standard_scenarios`), told by ``scenario``."""
        from thads_analysis.forecast import standard_scenarios, what_if

        found = [
            what_if(self.outlook, changes).assign(scenario=name)
            for name, changes in standard_scenarios(self.outlook).items()
        ]
        return pd.concat(found, ignore_index=True)

    @cached_property
    def missed(self) -> pd.DataFrame:
        """How many provinces end at or below their target (`forecast.count_misses`)."""
        from thads_analysis.forecast import count_misses

        return count_misses(self.outlook, self.forecasts)

    @cached_property
    def evaluation(self) -> pd.DataFrame:
        """Forecasts of every complete year from its months 3 to 11, as known then (`forecast.backtest`).

        Of the method in use, of chain ladder, of the user's own and of the simplest ones. Takes up to
        minutes: read by one page, which is made on request.
        """
        from thads_analysis.forecast import DEFAULT_METHOD, METHODS, methods
        from thads_analysis.forecast.backtest import SIMPLE, backtest

        regime, known = self.period.org_regime, None
        if self.store is not None:
            known = store_module.panels_as_known(self.store, regime=regime, as_of=self.as_of)
        names = dict.fromkeys(
            [DEFAULT_METHOD, "chain_ladder", *(name for name in methods() if name not in METHODS), *SIMPLE]
        )
        return backtest(self.panel, methods=list(names), panel_at=known)

    @cached_property
    def funnel(self) -> pd.DataFrame:
        """Every province's place by its rate on cases (`metrics.funnel.funnel`)."""
        from thads_analysis.metrics.funnel import funnel

        return funnel(self.panel, self.period)

    @cached_property
    def money_funnel(self) -> pd.DataFrame:
        """Every province's place by its rate on money (`metrics.spread.money_funnel`)."""
        from thads_analysis.metrics.spread import money_funnel

        return money_funnel(self.panel, self.period)

    @cached_property
    def ranks(self) -> pd.DataFrame:
        """Every province's rank in each year, with its interval (`metrics.ranks.rank_intervals`)."""
        from thads_analysis.metrics.ranks import rank_intervals

        return rank_intervals(self.panel, self.period)

    @cached_property
    def peers(self) -> pd.DataFrame:
        """Every province's peers (`metrics.peers.peers`)."""
        from thads_analysis.metrics.peers import peers

        return peers(self.panel, self.period)

    @cached_property
    def process_points(self) -> pd.DataFrame:
        """Every province's months against its own usual pattern (`trend.process.process_points`)."""
        from thads_analysis.trend.process import process_points

        return process_points(self._process)

    @cached_property
    def process_verdicts(self) -> pd.DataFrame:
        """What the process charts say of every province's last month (`metrics.xmr.variation`)."""
        from thads_analysis.metrics.xmr import variation

        return variation(self._process)

    @cached_property
    def _process(self) -> Chart:
        from thads_analysis.trend.process import process_charts

        return process_charts(self.panel, self.period)

    @cached_property
    def contributions(self) -> pd.DataFrame:
        """What each province is worth to the nation (`metrics.contributions`), index ``org, measure``.

        ``to_change_points`` is its part of the national rate's change on the same period
        (`trend.national_rate_change`), missing where there is no such period.
        """
        from thads_analysis.trend import national_rate_change

        found = contributions(self.panel, self.period)
        try:
            change = national_rate_change(self.panel, self.period, self.period.same_period_last_year)
        except DataError:  # no period to compare with
            return found.assign(to_change_points=pd.Series(pd.NA, found.index, dtype="Float64"))
        return found.assign(to_change_points=change["change"].reindex(found.index))

    @cached_property
    def credibility(self) -> pd.DataFrame:
        """What speaks for a second look at each province's figures (`metrics.credibility_signs`)."""
        return credibility_signs(self.panel, self.period)

    @cached_property
    def findings(self) -> pd.DataFrame:
        """What the checker finds in the period's figures, one row a finding, without its words.

        Columns ``rule, severity, org_regime, org_code, measure, item``: the rule says in every language
        what does not hold.
        """
        from thads_analysis.check import check_panel

        columns = ["rule", "severity", "org_regime", "org_code", "measure", "item"]
        return check_panel(self.panel, self.period)[columns].astype("str")

    def rows(self, org: Org) -> pd.DataFrame:
        """History of one organisation: index ``fiscal_year, months``."""
        if org == NATION:
            return self.nation
        if org.level == "group":
            return total(self.panel, org).droplevel("org")
        # A province that has never reported has a history without rows.
        return self.panel[self.panel.index.get_level_values("org") == org.key].droplevel(["org"])

    def members(self, org: Org) -> pd.DataFrame:
        """Panel of the provinces that make up an organisation: all, a group's, or itself."""
        if org == NATION:
            return self.panel
        return self.panel[self.panel.index.get_level_values("org").isin(org.members or (org.key,))]

    def at(self, period: Period) -> pd.DataFrame:
        """All provinces in one period: index ``org``."""
        return self.panel[_find_period(self.panel, period)].droplevel(["fiscal_year", "months"])

    def digest(self, org: Org | None = None, forecast: bool = False) -> str:
        """SHA-256 of the figures that a page reads; where it is the same, the page is.

        Parameters
        ----------
        org : Org, optional
            A province or a group: its own figures alone. Without it, and for the nation, everything.
        forecast : bool
            Its own forecasts too.
        """
        own = org if org != NATION else None
        frames = [self.members(own), self.origins] if own else [self.panel, self.origins, self.revisions]
        # What is computed of all figures follows from them; a forecast is one organisation's share of that.
        if own and forecast:
            for name in _FORECAST:
                with suppress(DataError):  # what cannot be computed cannot differ either
                    frames.append(_select(getattr(self, name), own))
        digest = hashlib.sha256(str(self.as_of).encode())
        for frame in frames:
            digest.update(repr((list(frame.columns), frame.attrs)).encode())
            digest.update(pd.util.hash_pandas_object(frame).to_numpy().tobytes())
        return digest.hexdigest()


def _select(frame: pd.DataFrame, org: Org) -> pd.DataFrame:
    """Rows of an organisation; all of a frame that does not tell organisations apart."""
    if "org_code" in frame:
        return frame[(frame["org_regime"] == org.regime) & (frame["org_code"] == org.code)]
    if "org" in frame.index.names:
        return frame[frame.index.get_level_values("org") == org.key]
    return frame


def _find_period(panel: pd.DataFrame, period: Period) -> NDArray[np.bool_]:
    years, months = panel.index.get_level_values("fiscal_year"), panel.index.get_level_values("months")
    return np.asarray((years == period.fiscal_year) & (months == period.months))


@config.cached
def _load(store: Path, stamp: int, period: Period, as_of: date | None) -> Context:
    panel = store_module.load_panel(store, regime=period.org_regime, last=period, as_of=as_of)
    if not _find_period(panel, period).any():
        held = store_module.periods(store)
        span = f"it holds {held[0]} to {held[-1]}" if held else "it holds none"
        message = f"No figures for {period} in the store; {span}. Add them with: thads ingest FILE"
        raise DataError(message)
    origins = store_module.origins(store, regime=period.org_regime, last=period, as_of=as_of)
    panel, origins = _compare_like_with_like(panel, origins, store, period, as_of)
    nation = national(panel).droplevel("org")
    return Context(period, panel, nation, origins, revisions(store, period, as_of), as_of, store)


def _compare_like_with_like(
    panel: pd.DataFrame, origins: pd.DataFrame, store: Path, period: Period, as_of: date | None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Read the same period of last year in the vintage of this one, where the store holds that vintage.

    Provisional figures are set against last year's provisional ones: the corrections that come later
    would otherwise look like a change.
    """
    base = period.same_period_last_year
    key, vintages = (base.fiscal_year, base.months), origins["vintage"].to_dict()
    wanted = vintages[period.fiscal_year, period.months]
    if wanted == "unspecified" or vintages.get(key, wanted) == wanted:
        return panel, origins
    regime = period.org_regime
    try:
        like = store_module.load_panel(store, period=base, regime=regime, as_of=as_of, vintage=wanted)
    except DataError:  # the store has no such vintage: what it has stays, under its own name
        return panel, origins
    source = store_module.origins(store, regime=regime, last=base, as_of=as_of, vintage=wanted).loc[[key]]
    return (
        pd.concat([panel.drop(like.index, errors="ignore"), like]).sort_index(),
        pd.concat([origins.drop(key), source]).sort_index(),
    )


def load_context(period: Period, data: str | None = None, as_of: date | None = None) -> Context:
    """Read what the pages of a period share; a second call in the same process reads nothing.

    Parameters
    ----------
    period : Period
    data : str, optional
        Data folder; see `paths.data_dir`.
    as_of : date, optional
        Leave out what was not known by the end of that day, so that an old report can be made again.

    Raises
    ------
    DataError
        When the store holds no figures for the period.

    Notes
    -----
    Without a data folder, a context that `save_context` has prepared for the period is read instead
    of the store, so that all pages of a run see the same figures and none computes them again.

    Examples
    --------
    >>> from thads_analysis.period import Period
    >>> len(load_context(Period(2023, 9)).at(Period(2023, 9)))
    63
    """
    if (
        not data
        and (prepared := os.environ.get(PREPARED))
        and (folder := Path(prepared, str(period))).is_dir()
    ):
        return _load_prepared(folder, period)
    store = store_module.open_store(data_dir(data))
    return _load(store, store_module.stamp(store), period, as_of)


def save_context(context: Context, folder: Path) -> None:
    """Write a context, with what is computed from it, for the kernels of a run.

    Parameters
    ----------
    context : Context
    folder : Path
        What ``THADS_CONTEXT`` will name; the period gets a folder in it.
    """
    target = folder / str(context.period)
    target.mkdir(parents=True)
    (target / "as_of").write_text(str(context.as_of or ""), encoding="ascii")
    (target / "store").write_text(str(context.store or ""), encoding="utf-8")
    for name in _READ:
        _write_frame(getattr(context, name), target / f"{name}.arrow")
    for name in _COMPUTED:
        # What cannot be computed fails on the page that needs it, and on no other.
        with suppress(DataError):
            _write_frame(getattr(context, name), target / f"{name}.arrow")


@config.cached
def _load_prepared(folder: Path, period: Period) -> Context:
    day = (folder / "as_of").read_text(encoding="ascii")
    panel, nation, origins, changed = (_read_frame(folder / f"{name}.arrow") for name in _READ)
    store = (folder / "store").read_text(encoding="utf-8")
    context = Context(
        period,
        panel,
        nation,
        origins,
        changed,
        date.fromisoformat(day) if day else None,
        Path(store) if store else None,
    )
    for name in _COMPUTED:
        if (file := folder / f"{name}.arrow").is_file():
            vars(context)[name] = _read_frame(file)
    return context


def _write_frame(frame: pd.DataFrame, file: Path) -> None:
    import pyarrow as pa

    if frame.empty:  # as a batch, which keeps the categories of a column without rows
        batch = pa.RecordBatch.from_pandas(frame)
    else:  # a column put together from several is one chunk again
        batch = pa.Table.from_pandas(frame, nthreads=1).combine_chunks().to_batches()[0]
    # Arrow would turn the keys of the attributes into text.
    batch = batch.replace_schema_metadata({**batch.schema.metadata, b"attrs": repr(frame.attrs).encode()})
    with file.open("wb") as sink, pa.ipc.new_stream(sink, batch.schema) as writer:
        writer.write_batch(batch)


def _read_frame(file: Path) -> pd.DataFrame:
    """Read a frame without starting a thread: a process that forks must not have any."""
    import pyarrow as pa

    options = pa.ipc.IpcReadOptions(use_threads=False)
    table = pa.ipc.open_stream(file.read_bytes(), options=options).read_all()
    frame: pd.DataFrame = table.to_pandas(use_threads=False)
    frame.attrs = ast.literal_eval(table.schema.metadata[b"attrs"].decode())
    for column, about in zip(frame.columns, table.schema.pandas_metadata["columns"], strict=False):
        if about["numpy_type"] == "object":  # comes back as text, with NaN in place of None
            values = frame[column].astype(object)
            frame[column] = values.where(values.notna(), None)
    return frame
