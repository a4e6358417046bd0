"""Tidy observations from CSV or Parquet."""

from __future__ import annotations

__all__ = ["load_tidy"]

from datetime import date, datetime
from pathlib import Path

import pandas as pd

from thads_analysis.errors import DataError
from thads_analysis.load.cells import NotANumberError, read_number
from thads_analysis.org import NATION
from thads_analysis.schema import OBSERVATION_COLUMNS, OBSERVATION_KEY, validate_observations

MAX_FILE_BYTES = 512 * 2**20
"""Files larger than this are refused: every item of 63 provinces over ten years takes some 30 MB."""


def load_tidy(
    path: str | Path,
    *,
    as_of: date | None = None,
    vintage: str | None = None,
    provenance: str | None = None,
) -> pd.DataFrame:
    """Read a file with one row a figure.

    Parameters
    ----------
    path : str or Path
        A .csv (UTF-8, comma or semicolon between fields) or .parquet file. Needed columns:
        ``org_regime, org_code, fiscal_year, months, measure, item, value``; the nation has an empty
        ``org_regime`` and the code VN. The columns ``source, provenance, as_of, vintage`` may be there.
    as_of, vintage, provenance
        Used where the file has no such column: the day of loading, ``unspecified`` and ``reported``
        without them.

    Returns
    -------
    DataFrame
        Columns `schema.OBSERVATION_COLUMNS`; ``source`` is the file's name where the file says none.

    Raises
    ------
    DataError
        With the file's name and the row (the first below the header is row 1), what was found and what
        was expected.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> head = "org_regime,org_code,fiscal_year,months,measure,item,value,provenance,as_of,vintage"
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder, "so-lieu.csv")
    ...     row = "63,79,2023,9,cases,due,90000,reported,2023-07-05,final"
    ...     _ = file.write_text(head + chr(10) + row)
    ...     rows = load_tidy(file)
    >>> rows["value"].tolist()
    [90000]
    """
    path = Path(path)
    frame = _read_frame(path)
    missing = [name for name in [*OBSERVATION_KEY, "value"] if name not in frame]
    unknown = [str(name) for name in frame if name not in OBSERVATION_COLUMNS]
    if missing or unknown:
        found = (
            f"unknown columns {', '.join(unknown)}" if unknown else f"columns {', '.join(map(str, frame))}"
        )
        message = (
            f"{path.name}: {found}; missing: {', '.join(missing) or 'none'}; "
            f"expected {', '.join(OBSERVATION_COLUMNS)}, the last four at will; rename or remove them"
        )
        raise DataError(message)
    if frame.empty:
        message = f"{path.name}: no rows below the header; add a row for each figure"
        raise DataError(message)
    regime = frame["org_regime"].astype("str").where(frame["org_regime"].notna(), "").str.strip()
    code = frame["org_code"].astype("str").str.strip().str.removesuffix(".0")
    code = code.str.zfill(2).where(code.str.isdigit(), code.str.upper())
    filled = frame.assign(
        org_regime=regime.str.removesuffix(".0").where(code != NATION.code, ""), org_code=code
    )
    for name in ("fiscal_year", "months", "value"):
        filled[name] = _read_whole(path, frame[name], name)
    filled["as_of"] = _read_days(path, frame, as_of or datetime.now().astimezone().date())
    for name, value in (
        ("source", path.name),
        ("provenance", provenance or "reported"),
        ("vintage", vintage or "unspecified"),
    ):
        filled[name] = frame[name].fillna(value) if name in frame else value
    return validate_observations(filled[OBSERVATION_COLUMNS], path.name)


def _read_frame(path: Path) -> pd.DataFrame:
    import pyarrow as pa

    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            message = f"{path.name}: larger than {MAX_FILE_BYTES / 2**20:.0f} MB; split the file by year"
            raise DataError(message)
        if path.suffix.lower() == ".parquet":
            return pd.read_parquet(path)
        # Text throughout: codes keep their leading zeros and long amounts their last digit.
        with path.open(encoding="utf-8-sig", newline="") as file:
            head = file.readline()
        separator = ";" if head.count(";") > head.count(",") else ","
        return pd.read_csv(
            path, dtype="str", encoding="utf-8-sig", sep=separator, na_values=[""], keep_default_na=False
        )
    except OSError as error:
        message = (
            f"{path}: cannot be read ({error.strerror or error}); give the path of a .csv or .parquet file"
        )
        raise DataError(message) from None
    except UnicodeDecodeError:
        message = f"{path.name}: not UTF-8 text; save it as 'CSV UTF-8', or give the workbook itself"
        raise DataError(message) from None
    except (pd.errors.ParserError, pd.errors.EmptyDataError, pa.ArrowException, ValueError) as error:
        message = f"{path.name}: not a table ({error}); expected CSV in UTF-8 or Parquet with a header row"
        raise DataError(message) from None


def _read_whole(path: Path, values: pd.Series, name: str) -> pd.Series:
    """Read whole numbers; a fraction, a blank or a text is refused with its row."""
    if pd.api.types.is_integer_dtype(values) and not values.hasnans:
        return values.astype("int64")
    read = []
    for row, value in enumerate(values, start=1):
        try:
            number = read_number("" if pd.isna(value) else value)
        except NotANumberError as error:
            message = f"{path.name}, row {row}, {name}: {error}"
            raise DataError(message) from None
        if number is None:
            message = (
                f"{path.name}, row {row}, {name}: blank, expected a whole number; write it, or drop the row"
            )
            raise DataError(message)
        read.append(number)
    return pd.Series(read, index=values.index, dtype="int64")


def _read_days(path: Path, frame: pd.DataFrame, known: date) -> pd.Series:
    """Days on which the figures were known, with `known` where the file says none."""
    if "as_of" not in frame:
        return pd.Series(pd.Timestamp(known), index=frame.index)
    days = pd.to_datetime(frame["as_of"], format="ISO8601", errors="coerce")
    wrong = days.isna() & frame["as_of"].notna()
    if wrong.any():
        row = int(wrong.to_numpy().argmax())
        found = frame["as_of"].iloc[row]
        message = f"{path.name}, row {row + 1}, as_of: found {found!r}, expected a day such as 2023-07-05"
        raise DataError(message)
    return days.fillna(pd.Timestamp(known))
