"""The observation (long) and the panel (wide), and what must hold in them."""

from __future__ import annotations

__all__ = [
    "OBSERVATION_COLUMNS",
    "OBSERVATION_KEY",
    "PANEL_INDEX",
    "broken_identities",
    "derive_totals",
    "empty_panel",
    "to_panel",
    "validate_observations",
    "validate_panel",
]

from functools import cache
from typing import TYPE_CHECKING

import pandas as pd

from thads_analysis.errors import DataError
from thads_analysis.glossary import IDENTITIES, ITEMS, MEASURES, PROVENANCES, VINTAGES, items_of
from thads_analysis.org import NATION, provinces

if TYPE_CHECKING:
    import pandera.pandas as pa

OBSERVATION_KEY = ["org_regime", "org_code", "fiscal_year", "months", "measure", "item"]
"""What a figure is about; a vintage and a day of knowledge tell apart two figures of one key."""

OBSERVATION_COLUMNS = [*OBSERVATION_KEY, "value", "source", "provenance", "as_of", "vintage"]

PANEL_INDEX = ["org", "fiscal_year", "months"]

_LARGEST = 10**18

_UNKNOWN_ORG = "a code of a province in the list that org_regime names"
_UNKNOWN_ITEM = "an item that the measure has"


@cache
def _observations_schema() -> pa.DataFrameSchema:
    import pandera.pandas as pa

    def text(*allowed: str) -> pa.Column:
        return pa.Column(str, pa.Check.isin(allowed) if allowed else None, coerce=True)

    keys = {(org.regime, org.code) for regime in ("63", "34") for org in provinces(regime)}
    keys.add((NATION.regime, NATION.code))
    pairs = {(measure, item) for measure in MEASURES for item in items_of(measure)}

    def known_org(frame: pd.DataFrame) -> pd.Series:
        index = pd.MultiIndex.from_frame(frame[["org_regime", "org_code"]])
        return pd.Series(index.isin(sorted(keys)), index=frame.index)

    def known_item(frame: pd.DataFrame) -> pd.Series:
        index = pd.MultiIndex.from_frame(frame[["measure", "item"]])
        return pd.Series(index.isin(sorted(pairs)), index=frame.index)

    return pa.DataFrameSchema(
        {
            "org_regime": text("63", "34", ""),
            "org_code": text(),
            "fiscal_year": pa.Column("int64", pa.Check.in_range(2000, 2099), coerce=True),
            "months": pa.Column("int64", pa.Check.in_range(1, 12), coerce=True),
            "measure": text(*MEASURES),
            "item": text(*ITEMS),
            "value": pa.Column("int64", pa.Check.in_range(0, _LARGEST), coerce=True),
            "source": text(),
            "provenance": text(*PROVENANCES),
            "as_of": pa.Column("datetime64[ns]", coerce=True),
            "vintage": text(*VINTAGES),
        },
        checks=[
            pa.Check(known_org, name="known_org", error=_UNKNOWN_ORG),
            pa.Check(known_item, name="known_item", error=_UNKNOWN_ITEM),
        ],
        unique=[*OBSERVATION_KEY, "as_of", "vintage"],
        report_duplicates="all",
        strict=True,
        ordered=True,
    )


def validate_observations(frame: pd.DataFrame, origin: str) -> pd.DataFrame:
    """Check a long frame against the schema of the observation.

    Parameters
    ----------
    frame : DataFrame
        Columns `OBSERVATION_COLUMNS`, one row a figure.
    origin : str
        Name of the file, for the message.

    Returns
    -------
    DataFrame
        The same rows with the schema's types: int64 values, dates, text.

    Raises
    ------
    DataError
        With the first rows that fail: row, column, what was found, what was expected.
    """
    import pandera.errors

    try:
        return _observations_schema().validate(frame.reset_index(drop=True), lazy=True)
    except pandera.errors.SchemaErrors as errors:
        failures = _one_a_fault(errors.failure_cases)
        cases = failures.head(3)
        parts = []
        for case in cases.to_dict("records"):
            row = f"row {int(case['index']) + 1}, " if pd.notna(case["index"]) else ""
            parts.append(
                f"{row}{case['column'] or ''}: found {case['failure_case']!r}, expected {case['check']}"
            )
        more = len(failures) - len(cases)
        message = f"{origin}: " + "; ".join(parts) + (f"; and {more} more" if more else "")
        raise DataError(message) from None


def _one_a_fault(failures: pd.DataFrame) -> pd.DataFrame:
    """Keep one line of a fault that concerns several columns, the one that names it best."""
    names = {_UNKNOWN_ORG: "org_code", _UNKNOWN_ITEM: "item", "multiple_fields_uniqueness": "item"}
    best = failures["check"].map(names)
    return failures[best.isna() | (best == failures["column"])].replace(
        {"check": {"multiple_fields_uniqueness": "one row for each figure, day and vintage"}}
    )


def panel_columns() -> pd.MultiIndex:
    """Return the columns of a panel: every measure with every item it has, in the forms' order."""
    return pd.MultiIndex.from_tuples(
        [(measure, item) for measure in MEASURES for item in items_of(measure)], names=["measure", "item"]
    )


def empty_panel() -> pd.DataFrame:
    """Return a panel without rows."""
    index = pd.MultiIndex.from_arrays(
        [pd.Index([], dtype="str"), pd.Index([], dtype="int64"), pd.Index([], dtype="int64")],
        names=PANEL_INDEX,
    )
    return pd.DataFrame(index=index, columns=panel_columns(), dtype="Int64")


def to_panel(observations: pd.DataFrame) -> pd.DataFrame:
    """Spread observations, one of each key, into a panel and derive the totals they imply.

    Parameters
    ----------
    observations : DataFrame
        Long frame with the columns of `OBSERVATION_KEY` and ``value``, at most one row a key.

    Returns
    -------
    DataFrame
        Index ``org, fiscal_year, months`` (sorted), columns ``measure, item``, dtype Int64.
    """
    if observations.empty:
        return empty_panel()
    wide = (
        observations.assign(org=_org_keys(observations))
        .set_index([*PANEL_INDEX, "measure", "item"])["value"]
        .astype("Int64")
        .unstack(["measure", "item"])
        .reindex(columns=panel_columns())
        .astype("Int64")
        .sort_index()
    )
    return derive_totals(wide)


def _org_keys(observations: pd.DataFrame) -> pd.Series[str]:
    """Key of the organisation of each row, put together once an organisation."""
    regime, code = (observations[name].astype("category").cat for name in ("org_regime", "org_code"))
    pairs = regime.codes.astype("int64") * len(code.categories) + code.codes
    places, found = pd.factorize(pairs)
    keys = []
    for pair in found:
        first, second = (int(place) for place in divmod(pair, len(code.categories)))
        keys.append(f"{regime.categories[first]}:{code.categories[second]}".removeprefix(":"))
    return pd.Series(pd.array(keys, dtype="str").take(places), observations.index)


def derive_totals(panel: pd.DataFrame) -> pd.DataFrame:
    """Fill totals that are missing where all their parts are known; nothing that is there changes.

    The identities are those of `glossary.IDENTITIES`, for instance
    ``carried_out = due - completed``.
    """
    filled = panel.copy()
    for measure in MEASURES:
        for total, parts in IDENTITIES.items():
            known = [(sign, (measure, part)) for part, sign in parts.items() if (measure, part) in filled]
            implied = sum(sign * filled[column] for sign, column in known)
            filled[measure, total] = filled[measure, total].fillna(implied)
    return filled


def broken_identities(panel: pd.DataFrame) -> pd.DataFrame:
    """List every place of a panel where a total is not the sum of its parts.

    Besides `glossary.IDENTITIES` these are ``due = eligible + not_eligible + postponed + suspended
    + other_pending`` and the bound ``eligible + not_eligible <= due``, which holds even where the
    last three are unknown.

    Returns
    -------
    DataFrame
        Columns ``org, fiscal_year, months, measure, item, found, expected, rule``; no row when
        everything adds up. Missing parts are never taken for a fault.
    """
    faults = []
    for measure in MEASURES:
        wide = pd.DataFrame(panel.xs(measure, axis=1, level="measure"))
        rules = {
            total: sum(sign * wide[part] for part, sign in parts.items() if part in wide)
            for total, parts in IDENTITIES.items()
        }
        buckets = ["eligible", "not_eligible", "postponed", "suspended", "other_pending"]
        for total, implied in [*rules.items(), ("due", sum(wide[bucket] for bucket in buckets))]:
            expected = pd.Series(implied, index=wide.index)
            wrong = (wide[total] != expected).fillna(False)
            faults.append(_faults(wide, wrong, measure, total, expected, f"{total} is the sum of its parts"))
        split = wide["eligible"] + wide["not_eligible"]
        over = (split > wide["due"]).fillna(False)
        faults.append(_faults(wide, over, measure, "due", split, "eligible + not_eligible <= due"))
    return pd.concat(faults, ignore_index=True)


def _faults(
    wide: pd.DataFrame, wrong: pd.Series, measure: str, item: str, expected: pd.Series, rule: str
) -> pd.DataFrame:
    rows = wide.index[wrong.to_numpy(bool)].to_frame(index=False)
    return rows.assign(
        measure=measure,
        item=item,
        found=wide.loc[wrong.to_numpy(bool), item].to_numpy(),
        expected=expected[wrong.to_numpy(bool)].to_numpy(),
        rule=rule,
    )


@cache
def _panel_schema() -> pa.DataFrameSchema:
    import pandera.pandas as pa

    keys = [org.key for regime in ("63", "34") for org in provinces(regime)] + [NATION.key]
    return pa.DataFrameSchema(
        {
            column: pa.Column("Int64", pa.Check.in_range(0, _LARGEST), nullable=True)
            for column in panel_columns()
        },
        index=pa.MultiIndex(
            [
                pa.Index(str, pa.Check.isin(keys), name="org"),
                pa.Index("int64", pa.Check.in_range(2000, 2099), name="fiscal_year"),
                pa.Index("int64", pa.Check.in_range(1, 12), name="months"),
            ],
            unique=PANEL_INDEX,
        ),
        strict=True,
    )


def validate_panel(panel: pd.DataFrame) -> pd.DataFrame:
    """Check a wide panel: index, columns, types, bounds and identities.

    Raises
    ------
    DataError
        With the first cell that fails.
    """
    import pandera.errors

    try:
        checked = _panel_schema().validate(panel)
    except pandera.errors.SchemaError as error:
        message = f"panel: {error}"
        raise DataError(message) from None
    faults = broken_identities(checked)
    if len(faults):
        first = faults.iloc[0]
        message = (
            f"panel: {first['org']} {first['fiscal_year']}-M{first['months']:02d} {first['measure']} "
            f"{first['item']}: found {first['found']}, expected {first['expected']} ({first['rule']})"
            f"; {len(faults)} in all"
        )
        raise DataError(message)
    return checked
