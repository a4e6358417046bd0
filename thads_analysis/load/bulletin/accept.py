"""From what a bulletin says to what a person may let into the store."""

from __future__ import annotations

__all__ = ["bulletin_observations"]

from datetime import date, datetime

import pandas as pd

from thads_analysis.errors import DataError
from thads_analysis.glossary import MEASURES, items_of
from thads_analysis.load.bulletin.read import BulletinReading
from thads_analysis.schema import OBSERVATION_COLUMNS, OBSERVATION_KEY, validate_observations

_STORED = [(measure, item) for measure in MEASURES for item in items_of(measure)]


def bulletin_observations(
    reading: BulletinReading, *, source: str, vintage: str = "unspecified", as_of: date | None = None
) -> pd.DataFrame:
    """Return the counts and amounts of a bulletin that the store can hold.

    These are items of the glossary, printed exactly, whose organisation, period and measure are
    known. Rates, changes and rounded figures ("trên 105 tỷ") are not stored: they are checked.

    Parameters
    ----------
    reading : BulletinReading
    source : str
        Name of the document.
    vintage : {"provisional", "final", "unspecified"}
    as_of : date, optional
        Day on which the figures were known; today without it.

    Returns
    -------
    DataFrame
        Columns `schema.OBSERVATION_COLUMNS`, provenance ``reported``.

    Raises
    ------
    DataError
        When there is no such figure, or one is printed with two values.
    """
    found = reading.observations
    known = found[["org_code", "fiscal_year", "months", "measure"]].notna().all(axis=1)
    items = pd.MultiIndex.from_frame(found[["measure", "item"]]).isin(_STORED)
    kept = found[known & items & (found["bound"] == "exact")]
    if kept.empty:
        message = (
            f"{source}: no exact count or amount of a known organisation and period; name the period with "
            "--period, or look at what was left out: thads bulletin FILE --rejects"
        )
        raise DataError(message)
    rows = kept[[*OBSERVATION_KEY, "value"]].drop_duplicates()
    if (twice := rows.duplicated(OBSERVATION_KEY, keep=False)).any():
        first = rows[twice].iloc[0]
        values = " and ".join(
            str(value) for value in rows.loc[twice & (rows["item"] == first["item"]), "value"]
        )
        figure = f"{first['measure']} {first['item']}"
        message = f"{source}: {figure} is printed with two values, {values}; ask which is right"
        raise DataError(message)
    day = as_of or datetime.now().astimezone().date()
    whole = rows.assign(source=source, provenance="reported", as_of=str(day), vintage=vintage)
    return validate_observations(whole[OBSERVATION_COLUMNS], source)
