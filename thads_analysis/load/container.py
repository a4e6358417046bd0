"""Workbook files: what a file really is, whether it is safe to open, and its sheets as plain cells."""

from __future__ import annotations

__all__ = ["MAX_COLUMNS", "MAX_FILE_BYTES", "MAX_ROWS", "MAX_UNPACKED_BYTES", "Sheet", "read_sheets"]

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.parsers import expat

from thads_analysis.errors import DataError
from thads_analysis.load.biff import BiffError, scan_biff

# Forms have a few hundred rows and some thirty columns. The limits leave room for any honest file and
# keep a crafted or broken one from filling the memory: the reader lays a sheet out from its first used
# cell to its last, however far apart they are.
MAX_FILE_BYTES = 16 * 2**20
MAX_UNPACKED_BYTES = 128 * 2**20
MAX_MEMBERS = 2_000
MAX_ROWS = 5_000
MAX_COLUMNS = 300

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP = b"PK\x03\x04"
_ADDRESS = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})", flags=re.ASCII)
# What the zip and XML readers raise for archives whose bytes were changed.
_ZIP_FAULTS = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    KeyError,
    NotImplementedError,
    OSError,
    RuntimeError,
    ValueError,
)
_NO_VALUE = "a formula without a stored value"

Cell = tuple[int, int]
Range = tuple[Cell, Cell]


@dataclass
class Sheet:
    """Cells of one sheet, counted from zero at A1, and what the cells alone do not tell.

    ``odd`` holds the cells that look blank to a reader of values but are not: errors such as #REF!,
    and formulas without a stored value.
    """

    name: str
    cells: list[list[Any]]
    merges: list[Range] = field(default_factory=list)
    odd: dict[Cell, str] = field(default_factory=dict)


def read_sheets(path: Path) -> Iterator[Sheet]:
    """Read the sheets of an .xlsx, .xlsm, .xls or .ods file, values only.

    What a file is follows from its content, not from its name. Macros and formulas are never run.

    Raises
    ------
    DataError
        When the file is missing, empty, damaged, locked by a password, no workbook at all, or beyond
        the limits that this module names.
    """
    import python_calamine

    content = _read_content(path)
    scans = _scan_zip(path, content) if content.startswith(_ZIP) else _scan_ole(path, content)
    try:
        with python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content)) as workbook:
            kinds = {data.name: data.typ for data in workbook.sheets_metadata}
            for index, name in enumerate(workbook.sheet_names):
                if kinds[name] is not python_calamine.SheetTypeEnum.WorkSheet:
                    continue
                sheet = workbook.get_sheet_by_name(name)
                scan = scans.get(name) or scans.get(index) or Sheet(name, [])
                cells = sheet.to_python(skip_empty_area=False) if sheet.start else []
                yield Sheet(name, cells, sheet.merged_cell_ranges or scan.merges, scan.odd)
    except python_calamine.PasswordError:
        raise DataError(_locked(path)) from None
    except (python_calamine.CalamineError, OSError, ValueError) as error:
        raise DataError(_damaged(path, str(error))) from None
    except BaseException as error:
        # A fault inside the reader's compiled part is raised outside of Exception.
        if type(error).__name__ != "PanicException":
            raise
        raise DataError(_damaged(path, "the reader gave up")) from None


def _read_content(path: Path) -> bytes:
    try:
        size = path.stat().st_size
        if size > MAX_FILE_BYTES:
            message = (
                f"{path.name}: {size / 2**20:.0f} MB, expected at most {MAX_FILE_BYTES / 2**20:.0f} MB; "
                "save a copy with nothing but the forms in it"
            )
            raise DataError(message)
        content = path.read_bytes()
    except OSError as error:
        message = f"{path}: cannot be read ({error.strerror}); give the path of a workbook"
        raise DataError(message) from None
    if not content.startswith((_ZIP, _OLE)):
        message = f"{path.name}: found {_describe(content)}, expected a workbook (.xlsx, .xls, .ods); {_CURE}"
        raise DataError(message)
    return content


_CURE = "open it in Excel or LibreOffice and save it as .xlsx"


def _describe(content: bytes) -> str:
    if not content.strip(b"\0 \t\r\n"):
        return "an empty file"
    head = content[:4096].decode("utf-8", errors="replace").lstrip("\ufeff \t\r\n").lower()
    if head.startswith("%pdf"):
        return "a PDF"
    if "<html" in head or head.startswith(("<!doctype html", "<table")):
        return "a web page (HTML)"
    if head.startswith("<?xml"):
        return "plain XML"
    if "\ufffd" not in head[:-4] and head.isprintable() | ("\n" in head or "\t" in head):
        return "plain text"
    return "something else"


def _damaged(path: Path, detail: str) -> str:
    return f"{path.name}: cut short or damaged ({detail}); ask for the file again, or {_CURE}"


def _locked(path: Path) -> str:
    return f"{path.name}: locked by a password; open it with the password and save it without one"


def _scan_ole(path: Path, content: bytes) -> dict[Any, Sheet]:
    """Look through an .xls before it is laid out in memory; sheets come by their number."""
    if "EncryptedPackage".encode("utf-16-le") in content:
        raise DataError(_locked(path))
    try:
        scans = scan_biff(content)
    except BiffError as error:
        raise DataError(_locked(path) if error.locked else _damaged(path, str(error))) from None
    sheets = {}
    for index, scan in enumerate(scans):
        _require_within(path, scan.name, scan.last_row, scan.last_column)
        sheets[index] = Sheet(scan.name, [], odd=dict.fromkeys(scan.errors, "an error value"))
    return sheets


def _scan_zip(path: Path, content: bytes) -> dict[Any, Sheet]:
    """Look through an .xlsx or .ods before it is laid out in memory; sheets come by their name."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            _require_small(path, archive)
            names = set(archive.namelist())
            if "xl/workbook.xml" in names:
                return _scan_xlsx(path, archive)
            if "content.xml" in names:
                if b"encryption-data" in archive.read("META-INF/manifest.xml"):
                    raise DataError(_locked(path))
                scan = _OdsScan(path)
                _parse_xml(path, archive, "content.xml", scan.start, scan.end)
                return {sheet.name: sheet for sheet in scan.sheets}
    except _ZIP_FAULTS as error:
        raise DataError(_damaged(path, str(error))) from None
    message = f"{path.name}: found a zip archive without a workbook in it; {_CURE}"
    raise DataError(message)


def _require_small(path: Path, archive: zipfile.ZipFile) -> None:
    # The sizes are those that the archive states; reading a member stops at its stated size.
    members = archive.infolist()
    unpacked = sum(member.file_size for member in members)
    if unpacked > MAX_UNPACKED_BYTES or len(members) > MAX_MEMBERS:
        message = (
            f"{path.name}: {unpacked / 2**20:.0f} MB in {len(members)} parts when unpacked, expected at most "
            f"{MAX_UNPACKED_BYTES / 2**20:.0f} MB in {MAX_MEMBERS}; copy the forms into a new workbook "
            "(formatted empty rows and pictures swell a file)"
        )
        raise DataError(message)
    for member in members:
        with archive.open(member) as file:
            while file.read(2**20):
                pass


def _require_within(path: Path, sheet: str, row: int, column: int) -> None:
    if row >= MAX_ROWS or column >= MAX_COLUMNS:
        message = (
            f"{path.name}, sheet {sheet!r}: a value stands in row {row + 1}, column {column + 1}, expected "
            f"all within {MAX_ROWS} rows and {MAX_COLUMNS} columns; delete what is not part of the form"
        )
        raise DataError(message)


def _parse_xml(
    path: Path,
    archive: zipfile.ZipFile,
    member: str,
    start: Callable[[str, dict[str, str]], None],
    end: Callable[[str], None] | None = None,
    text: Callable[[str], None] | None = None,
) -> None:
    def refuse_entities(*_: object) -> None:
        message = f"{path.name}: {member} declares its own entities, which no spreadsheet does; {_CURE}"
        raise DataError(message)

    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = refuse_entities
    parser.StartElementHandler = lambda tag, attributes: start(tag.rpartition(":")[2], attributes)
    if end:
        parser.EndElementHandler = lambda tag: end(tag.rpartition(":")[2])
    if text:
        parser.CharacterDataHandler = text
    try:
        with archive.open(member) as file:
            parser.ParseFile(file)
    except (expat.ExpatError, ValueError) as error:
        raise DataError(_damaged(path, f"{member}: {error}")) from None


def _scan_xlsx(path: Path, archive: zipfile.ZipFile) -> dict[Any, Sheet]:
    targets: dict[str, str] = {}
    relations: list[tuple[str, str]] = []

    def relation(tag: str, attributes: dict[str, str]) -> None:
        if tag == "Relationship":
            target = attributes["Target"]
            targets[attributes["Id"]] = target.removeprefix("/") if target[0] == "/" else f"xl/{target}"

    def listed(tag: str, attributes: dict[str, str]) -> None:
        if tag == "sheet":
            link = next((value for name, value in attributes.items() if name.endswith(":id")), "")
            relations.append((attributes.get("name", ""), link))

    _parse_xml(path, archive, "xl/_rels/workbook.xml.rels", relation)
    _parse_xml(path, archive, "xl/workbook.xml", listed)
    if "xl/sharedStrings.xml" in archive.namelist():
        _parse_xml(path, archive, "xl/sharedStrings.xml", lambda *_: None)
    sheets = {}
    for name, link in relations:
        if (member := targets.get(link, "")).startswith("xl/worksheets/"):
            scan = _XlsxScan(path, name)
            _parse_xml(path, archive, member, scan.start, scan.end, scan.text)
            sheets[name] = scan.sheet
    return sheets


class _XlsxScan:
    """Walks one worksheet of an .xlsx: how far its values reach, and which cells are odd."""

    def __init__(self, path: Path, name: str) -> None:
        self.path = path
        self.sheet = Sheet(name, [])
        self.row = self.column = -1
        self.type = ""
        self.formula = self.has_value = False
        self.value = ""

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "row":
            self.row = int(attributes["r"]) - 1 if "r" in attributes else self.row + 1
            self.column = -1
        elif tag == "c":
            self.row, self.column = _read_address(attributes.get("r"), self.row, self.column + 1)
            self.type = attributes.get("t", "")
            self.formula = self.has_value = False
            self.value = ""
        elif tag == "f":
            self.formula = True
        elif tag in ("v", "is"):
            self.has_value = True

    def text(self, data: str) -> None:
        if self.has_value:
            self.value += data

    def end(self, tag: str) -> None:
        if tag != "c":
            return
        if self.has_value:
            _require_within(self.path, self.sheet.name, self.row, self.column)
        if self.type == "e":
            self.sheet.odd[self.row, self.column] = self.value.strip() or "an error value"
        elif self.formula and not self.value.strip() and self.type != "str":
            self.sheet.odd[self.row, self.column] = _NO_VALUE
        self.has_value = False


def _read_address(address: str | None, row: int, column: int) -> Cell:
    if address is None:
        return row, column
    match = _ADDRESS.fullmatch(address)
    if match is None:
        message = f"no cell has the address {address[:20]!r}"
        raise ValueError(message)
    number = 0
    for letter in match[1]:
        number = number * 26 + ord(letter) - 64
    return int(match[2]) - 1, number - 1


class _OdsScan:
    """Walks the tables of an .ods: how far their values reach, merged cells, and which cells are odd."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.sheets: list[Sheet] = []
        self.row = self.column = self.next_row = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        named = {name.rpartition(":")[2]: value for name, value in attributes.items()}
        if tag == "table":
            self.sheets.append(Sheet(named.get("name", ""), []))
            self.next_row = 0
        elif tag == "table-row":
            self.row, self.column = self.next_row, 0
            self.next_row += int(named.get("number-rows-repeated", 1))
        elif tag in ("table-cell", "covered-table-cell") and self.sheets:
            self._visit(attributes, named)

    def end(self, tag: str) -> None:
        """Nothing ends that matters here."""

    def _visit(self, attributes: dict[str, str], named: dict[str, str]) -> None:
        sheet, here = self.sheets[-1], (self.row, self.column)
        self.column += int(named.get("number-columns-repeated", 1))
        valued = any(name.endswith(":value-type") for name in attributes)
        if valued:
            _require_within(self.path, sheet.name, self.next_row - 1, self.column - 1)
        if attributes.get("calcext:value-type") == "error":
            sheet.odd[here] = "an error value"
        elif "formula" in named and not valued:
            sheet.odd[here] = _NO_VALUE
        rows, columns = (int(named.get(f"number-{kind}-spanned", 1)) for kind in ("rows", "columns"))
        if rows > 1 or columns > 1:
            sheet.merges.append((here, (here[0] + rows - 1, here[1] + columns - 1)))
