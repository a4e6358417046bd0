"""Monthly workbooks of forms 04 and 05: what they say of themselves, and their observations."""

from __future__ import annotations

__all__ = ["load_workbook"]

import re
import statistics
from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path

import pandas as pd

from thads_analysis import reference
from thads_analysis.errors import DataError, UsageError
from thads_analysis.load.cells import compare_key
from thads_analysis.load.container import read_sheets
from thads_analysis.load.form import Form, Table, find_form, known_layouts, read_table
from thads_analysis.org import NATION, Org, provinces
from thads_analysis.period import Period
from thads_analysis.schema import (
    OBSERVATION_COLUMNS,
    OBSERVATION_KEY,
    broken_identities,
    to_panel,
    validate_observations,
)

_DAY = r"(\d{1,2})\s*(?:[/.\-]|tháng)\s*(\d{1,2})\s*(?:[/.\-]|năm)\s*(\d{4})"
_SPAN = re.compile(rf"từ\s+(?:ngày\s+)?{_DAY}\s+đến\s+(?:hết\s+)?(?:ngày\s+)?{_DAY}", flags=re.IGNORECASE)
_MONTHS = re.compile(r"(?<!\d)(\d{1,2})\s+tháng\s+(?:đầu\s+)?năm\s+(\d{4})", flags=re.IGNORECASE)
_YEAR = re.compile(r"(?:kỳ báo cáo\s*:?\s*)?(?:cả\s+)?năm\s+(\d{4})", flags=re.IGNORECASE)
_SIGNED = re.compile(r"ngày\s+(\d{1,2})\s+tháng\s+(\d{1,2})\s+năm\s+(\d{4})", flags=re.IGNORECASE)
_NAMED_PERIOD = re.compile(r"(?<!\d)(20\d{2})-M(\d{2})(?!\d)")
_CIRCULAR = re.compile(r"(?:thông tư|tt)\s+(?:số\s*:?\s*)?(\d{1,2})/(\d{4})/tt-btp", flags=re.IGNORECASE)
_UNIT = re.compile(r"(?:đơn vị tính|đvt)\s*:?\s*(.+)", flags=re.IGNORECASE)
_REPORTER = re.compile(r"đơn vị báo cáo\s*:?\s*(.+)", flags=re.IGNORECASE)
_MARKS = {
    "vintage": {"số liệu sơ bộ": "provisional", "số liệu chính thức": "final"},
    "provenance": {"số liệu mô phỏng": "simulated"},
}
_UNITS = {
    "cases": {"việc": 1},
    "money": {"đồng": 1, "nghìn đồng": 1_000, "ngàn đồng": 1_000, "triệu đồng": 1_000_000},
}
_THOUSAND = re.compile(r"1[.,' ]?000\s+đồng")
# Money per case differs between provinces by a factor of some hundred; a unit mistaken by a thousand
# lies outside of these bounds. National average of FY2023: 421 million đồng.
_LEAST_PER_CASE, _MOST_PER_CASE = 2_000_000, 50_000_000_000


def load_workbook(
    path: str | Path,
    *,
    period: Period | str | None = None,
    circular: str | None = None,
    vintage: str | None = None,
    as_of: date | None = None,
    provenance: str | None = None,
) -> pd.DataFrame:
    """Read forms 04 (cases) and 05 (money) from a workbook, wholly or not at all.

    Parameters
    ----------
    path : str or Path
        An .xlsx, .xlsm, .xls or .ods file with one of the forms or both.
    period : Period or str, optional
        Must agree with the header and with a file name such as ``2023-M09.xlsx``; needed where
        neither says it.
    circular : str, optional
        The circular whose layout to read by; without it the one in force on the period's last day.
    vintage : {"provisional", "final", "unspecified"}, optional
        Must agree with the mark "Số liệu sơ bộ" or "Số liệu chính thức", if the file has one.
    as_of : date, optional
        The day when the figures were known; without it the day of the signature line, else today.
    provenance : {"reported", "published", "simulated"}, optional
        ``reported`` without it; ``simulated`` when the file is marked "SỐ LIỆU MÔ PHỎNG".

    Returns
    -------
    DataFrame
        Columns `schema.OBSERVATION_COLUMNS`, one row an agency, measure and item. Totals are compared
        with the sum of their agencies and not returned. ``source`` is the file's name and the sheet.

    Raises
    ------
    DataError
        With file, sheet, cell, what was found, what was expected and what to do.
    UsageError
        When the circular or the vintage does not exist, or there is no layout for the circular.

    Notes
    -----
    The layout of each circular is in ``data/reference/forms``. docs/intake.md says what is taken, what is
    refused and why.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import thads_analysis as thads
    >>> from thads_analysis.sample.workbooks import write_workbooks
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = write_workbooks(thads.load_observations(period="2023-M09"), Path(folder))[0]
    ...     rows = thads.load_workbook(file)
    >>> file.name, rows["org_code"].nunique()
    ('2023-M09.xlsx', 63)
    """
    path = Path(path)
    forms = _find_forms(path)
    said = _agreed_period(path, forms, Period.parse(period) if period else None)
    by = _agreed_circular(forms, said, circular)
    marks = {
        name: _agreed_mark(forms, name, argument)
        for name, argument in (("vintage", vintage), ("provenance", provenance))
    }
    tables = [read_table(form, by, _expected_agencies(form, said), _read_unit(form, by)) for form in forms]
    signed = [day for table in tables if (day := _signature_day(table, said))]
    known = as_of or max(signed, default=datetime.now().astimezone().date())
    rows = [
        {
            "org_regime": org.regime,
            "org_code": org.code,
            "fiscal_year": said.fiscal_year,
            "months": said.months,
            "measure": _measure(table.form),
            "item": item,
            "value": value,
            "source": f"{path.name}, {table.form.sheet.name}",
            "provenance": marks["provenance"] or "reported",
            "as_of": known,
            "vintage": marks["vintage"] or "unspecified",
        }
        for table in tables
        for (org, item), value in table.values.items()
    ]
    observations = validate_observations(pd.DataFrame(rows, columns=OBSERVATION_COLUMNS), path.name)
    _require_identities(tables, observations)
    _require_plausible_money(tables)
    return observations


def _find_forms(path: Path) -> list[Form]:
    forms: dict[str, Form] = {}
    names = []
    for sheet in read_sheets(path):
        names.append(sheet.name)
        form = find_form(path.name, sheet)
        if form is None:
            continue
        if form.number in forms:
            first = forms[form.number].sheet.name
            raise form.place.fault_of_sheet(
                f"form {form.number} a second time, first in {first!r}; keep one sheet"
            )
        forms[form.number] = form
    if not forms:
        message = (
            f"{path.name}: no sheet of form 04 or 05, found {', '.join(map(repr, names)) or 'no sheet'}; "
            "name the sheets 'Biểu 04' and 'Biểu 05'"
        )
        raise DataError(message)
    return [forms[number] for number in sorted(forms)]


def _measure(form: Form) -> str:
    return "cases" if form.number == "04" else "money"


def _agreed_period(path: Path, forms: list[Form], given: Period | None) -> Period:
    """Period that the caller, the file's name and the headers name, which must be one."""
    agreed, by = given, "the period asked for"
    if match := _NAMED_PERIOD.search(path.name):
        try:
            named = Period.parse(match[0])
        except UsageError as error:
            message = f"{path.name}: {error}; rename the file"
            raise DataError(message) from None
        if agreed and named != agreed:
            message = f"{path.name}: the file's name says {named}, {by} is {agreed}; correct one of the two"
            raise DataError(message)
        agreed, by = agreed or named, by if agreed else "the file's name"
    for form in forms:
        for (row, column), text in form.head:
            try:
                named_here = _read_period(text)
            except ValueError as error:
                raise form.place.fault(row, column, f"{text[:80]!r}: {error}") from None
            if named_here is None:
                continue
            if agreed and named_here != agreed:
                raise form.place.fault(
                    row, column, f"{text[:80]!r} is {named_here}, {by} is {agreed}; correct one of the two"
                )
            if not agreed:
                agreed, by = named_here, f"the header of {form.sheet.name!r}"
    if agreed is None:
        message = f"{path.name}: no period in header or file name; write '9 tháng năm 2023' above the table"
        raise DataError(message)
    return agreed


def _read_period(text: str) -> Period | None:
    if match := _SPAN.search(text):
        first, last = (date(int(y), int(m), int(d)) for d, m, y in (match.groups()[:3], match.groups()[3:]))
        months = (last.year - first.year) * 12 + last.month - first.month + 1
        if 1 <= months <= 12:
            period = Period(first.year + 1, months)
            if (period.start, period.end) == (first, last):
                return period
        message = "a period runs from 1 October to the last day of a month within a year; correct the days"
        raise ValueError(message)
    if match := _MONTHS.search(text):
        if not 1 <= int(match[1]) <= 12:
            message = "a period has 1 to 12 months; correct the number"
            raise ValueError(message)
        return Period(int(match[2]), int(match[1]))
    if match := _YEAR.fullmatch(text.strip(" ()")):
        return Period(int(match[1]), 12)
    return None


def _agreed_circular(forms: list[Form], period: Period, given: str | None) -> str:
    names = [name for name, _ in reference.circulars()]
    if given is not None and given not in names:
        message = f"{given!r} is not a circular; the circulars are {', '.join(names)}"
        raise UsageError(message)
    by = given or period.circular
    if by is None or by not in known_layouts():
        message = (
            f"No form layout for {by or 'the time'} ({period}), only for {', '.join(known_layouts())}. "
            "Add one to data/reference/forms, or name the circular by whose layout the file is made"
        )
        raise UsageError(message)
    for form in forms:
        for (row, column), text in form.head:
            match = _CIRCULAR.search(text)
            stated = f"TT{int(match[1]):02d}-{match[2]}" if match else by
            if stated != by:
                reason = "was asked for" if given else f"is in force for {period}"
                raise form.place.fault(
                    row,
                    column,
                    f"the form is that of {stated}, {by} {reason}; correct the period or the circular",
                )
    return by


def _agreed_mark(forms: list[Form], name: str, given: str | None) -> str | None:
    agreed = given
    for form in forms:
        for (row, column), text in form.texts(range(len(form.sheet.cells))):
            for mark, value in _MARKS[name].items():
                if mark not in text.casefold():
                    continue
                if agreed and agreed != value:
                    raise form.place.fault(
                        row,
                        column,
                        f"{text[:60]!r} makes the figures {value}, but {agreed} was said; correct one",
                    )
                agreed = value
    return agreed


def _expected_agencies(form: Form, period: Period) -> tuple[Org, ...]:
    """All provinces of the list in force, or the one that reports."""
    for _, text in form.head:
        if match := _REPORTER.search(text):
            try:
                org = Org.parse(match[1], period.org_regime)
            except UsageError:
                break
            return (org,) if org != NATION else provinces(period.org_regime)
    return provinces(period.org_regime)


def _read_unit(form: Form, circular: str) -> int:
    measure = _measure(form)
    unit = reference.form_layout(circular)["forms"][form.number]["unit"]
    printed = _UNIT.search(unit["text"])
    known = {compare_key(name): factor for name, factor in _UNITS[measure].items()}
    if printed:
        known[compare_key(printed[1])] = unit["factor"]
    found: set[int] = set()
    for (row, column), text in form.head:
        if match := _UNIT.search(text):
            name = "nghìn đồng" if measure == "money" and _THOUSAND.match(match[1]) else match[1]
            factor = known.get(compare_key(name))
            if factor is None or found - {factor}:
                raise form.place.fault(
                    row, column, f"found {text[:60]!r}, expected {unit['text']!r}; correct the units line"
                )
            found.add(factor)
    if not found and measure == "money":
        raise form.place.fault(
            form.row, form.column, f"no units line above the table, expected {unit['text']!r}; write it"
        )
    return found.pop() if found else 1


def _signature_day(table: Table, period: Period) -> date | None:
    """Day under the table, else in the letter-head; the last one named."""
    form = table.form
    below = form.texts(range(table.end, len(form.sheet.cells)))
    return _find_day(form, below, period) or _find_day(form, form.head, period)


def _find_day(form: Form, texts: Iterable[tuple[tuple[int, int], str]], period: Period) -> date | None:
    found = None
    for (row, column), text in texts:
        if _SPAN.search(text) or _CIRCULAR.search(text) or not (match := _SIGNED.search(text)):
            continue
        try:
            found = date(int(match[3]), int(match[2]), int(match[1]))
        except ValueError:
            raise form.place.fault(row, column, f"{text[:60]!r}: there is no such day; correct it") from None
        if found < period.end:
            raise form.place.fault(
                row,
                column,
                f"signed on {found}, before {period} ended on {period.end}; correct the day or the period",
            )
    return found


def _require_identities(tables: list[Table], observations: pd.DataFrame) -> None:
    faults = broken_identities(to_panel(observations[[*OBSERVATION_KEY, "value"]]))
    if faults.empty:
        return
    first = faults.iloc[0]
    table = next(table for table in tables if _measure(table.form) == first["measure"])
    item = first["item"] if first["item"] in table.columns else next(iter(table.columns))
    found, expected = (int(first[name]) / table.factor for name in ("found", "expected"))
    more = f"; {len(faults)} such places in all" if len(faults) > 1 else ""
    raise table.fault(
        Org.from_key(first["org"]),
        item,
        f"found {found:,.15g}, expected {expected:,.15g} ({first['rule']}); find the wrong figure{more}",
    )


def _require_plausible_money(tables: list[Table]) -> None:
    """Refuse a units line that is wrong by a thousand: money per case gives it away."""
    due = {
        _measure(table.form): {org: v for (org, item), v in table.values.items() if item == "due"}
        for table in tables
    }
    if len(due) < 2:
        return
    per_case = [
        due["money"][org] / cases for org, cases in due["cases"].items() if cases and org in due["money"]
    ]
    if not per_case or _LEAST_PER_CASE <= (typical := statistics.median(per_case)) <= _MOST_PER_CASE:
        return
    form = tables[1].form
    cell = next((cell for cell, text in form.head if _UNIT.search(text)), (form.row, form.column))
    raise form.place.fault(
        *cell,
        f"by this unit a case is worth {typical:,.0f} đồng (median), expected {_LEAST_PER_CASE:,} to "
        f"{_MOST_PER_CASE:,}; check whether the figures are in đồng, 1.000 đồng or triệu đồng",
    )
