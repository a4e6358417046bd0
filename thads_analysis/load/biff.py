"""A first look through an .xls: how far its sheets reach, which cells are errors, whether it is locked."""

from __future__ import annotations

__all__ = ["BiffError", "SheetScan", "scan_biff"]

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

# [MS-CFB], the compound file that wraps the stream.
_END_OF_CHAIN = 0xFFFFFFFA
_HEADER_FAT = 109
_MINI_SECTOR = 64

# [MS-XLS], the records that matter here.
_BOF, _EOF, _SHEET, _LOCKED, _STRINGS, _DIMENSIONS = 0x809, 0x0A, 0x85, 0x2F, 0xFC, 0x200
_ONE_CELL = {
    0x06: "formula",
    0x203: "number",
    0x204: "label",
    0x205: "bool or error",
    0x27E: "rk",
    0xFD: "text",
}
_MANY_NUMBERS = 0xBD


class BiffError(Exception):
    """The file is cut short, malformed, or locked by a password."""

    def __init__(self, message: str, *, locked: bool = False) -> None:
        super().__init__(message)
        self.locked = locked


@dataclass
class SheetScan:
    """How far the values of a sheet reach, counted from zero, and where errors stand."""

    name: str
    last_row: int = -1
    last_column: int = -1
    errors: list[tuple[int, int]] = field(default_factory=list)


def scan_biff(content: bytes) -> list[SheetScan]:
    """Walk the records of the workbook stream, sheet by sheet, in the order of the tabs.

    Raises
    ------
    BiffError
        When the file cannot be walked to its end or asks for a password.
    """
    try:
        return _scan_stream(_workbook_stream(content))
    except (struct.error, IndexError, KeyError) as error:
        message = f"a part of it is missing: {error}"
        raise BiffError(message) from None


def _workbook_stream(content: bytes) -> bytes:
    size = 1 << struct.unpack_from("<H", content, 30)[0]
    _require(size in (512, 4096), "the size of its sectors")
    fat_sectors, first_directory = struct.unpack_from("<II", content, 44)
    cutoff, first_mini_fat = struct.unpack_from("<II", content, 56)
    _require(fat_sectors <= _HEADER_FAT, "its number of sectors")
    for at in (40, 64, 72):  # sectors of the directory, of the small streams' table, of the table of tables
        _require(struct.unpack_from("<I", content, at)[0] * size <= len(content), "its number of sectors")
    fat: list[int] = []
    for sector in struct.unpack_from(f"<{fat_sectors}I", content, 76):
        fat += struct.unpack_from(f"<{size // 4}I", content, (sector + 1) * size)

    def stream(first: int) -> bytes:
        sectors = [content[(s + 1) * size : (s + 2) * size] for s in _walk_chain(first, fat)]
        return b"".join(sectors)

    directory = stream(first_directory)
    _require(len(directory) % 128 == 0, "the length of its directory")
    entries = {}
    for at in range(0, len(directory) - 127, 128):
        length = struct.unpack_from("<H", directory, at + 64)[0]
        name = directory[at : at + max(0, min(length, 64) - 2)].decode("utf-16-le", errors="replace")
        first, low, high = struct.unpack_from("<III", directory, at + 116)
        _require(low <= len(content) and (size == 512 or high == 0), f"the length of {name!r}")
        entries[name] = first, low
    wanted = entries.get("Workbook") or entries.get("Book")
    if wanted is None:
        message = "no workbook inside"
        raise BiffError(message)
    first, length = wanted
    if length >= cutoff:
        return stream(first)[:length]
    mini_fat_bytes = stream(first_mini_fat)
    mini_fat = list(struct.unpack(f"<{len(mini_fat_bytes) // 4}I", mini_fat_bytes))
    mini = stream(entries["Root Entry"][0])
    parts = [mini[s * _MINI_SECTOR : (s + 1) * _MINI_SECTOR] for s in _walk_chain(first, mini_fat)]
    return b"".join(parts)[:length]


def _walk_chain(first: int, fat: list[int]) -> Iterator[int]:
    sector = first
    for _ in range(len(fat) + 1):
        if sector >= _END_OF_CHAIN:
            return
        yield sector
        sector = fat[sector]
    message = "its sectors run in a circle"
    raise BiffError(message)


def _scan_stream(stream: bytes) -> list[SheetScan]:
    sheets = []
    for kind, start, length in _walk_records(stream, 0):
        if kind == _LOCKED:
            message = "a password is asked for"
            raise BiffError(message, locked=True)
        if kind == _STRINGS:
            _require(struct.unpack_from("<I", stream, start + 4)[0] <= len(stream), "its list of texts")
        elif kind == _SHEET:
            offset, _, _, letters, wide = struct.unpack_from("<IBBBB", stream, start)
            raw = stream[start + 8 : start + length]
            name = raw[: letters * (1 + (wide & 1))].decode("utf-16-le" if wide & 1 else "latin-1", "replace")
            sheets.append(_scan_sheet(stream, offset, name))
    return sheets


def _scan_sheet(stream: bytes, offset: int, name: str) -> SheetScan:
    _require(struct.unpack_from("<H", stream, offset)[0] == _BOF, f"where {name!r} begins")
    scan = SheetScan(name)
    for kind, start, length in _walk_records(stream, offset):
        if kind == _DIMENSIONS:
            first_row, last_row, first_column, last_column = struct.unpack_from("<IIHH", stream, start)
            within = first_row <= last_row <= 65_536 and first_column <= last_column <= 256
            _require(within, f"the size of {name!r}")
        if kind not in _ONE_CELL and kind != _MANY_NUMBERS:
            continue
        row, column = struct.unpack_from("<HH", stream, start)
        last = struct.unpack_from("<H", stream, start + length - 2)[0] if kind == _MANY_NUMBERS else column
        scan.last_row, scan.last_column = max(scan.last_row, row), max(scan.last_column, last)
        if _is_error(kind, stream[start + 6 : start + 14]):
            scan.errors.append((row, column))
    return scan


def _walk_records(stream: bytes, at: int) -> Iterator[tuple[int, int, int]]:
    """Kind, start and length of each record from a place on, to the end of its part of the stream."""
    while True:
        kind, length = struct.unpack_from("<HH", stream, at)
        if kind == _EOF:
            return
        yield kind, at + 4, length
        at += 4 + length


def _require(holds: bool, what: str) -> None:
    """Refuse a number that the reader would reserve memory by."""
    if not holds:
        message = f"{what} is not what it says"
        raise BiffError(message)


def _is_error(kind: int, value: bytes) -> bool:
    """Tell an error among the eight bytes after a cell's format index."""
    if _ONE_CELL.get(kind) == "bool or error":
        return value[1] == 1
    return _ONE_CELL.get(kind) == "formula" and value[0] == 2 and value[6:8] == b"\xff\xff"
