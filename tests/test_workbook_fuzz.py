"""Two hundred spoilt workbooks: each is refused with its place, or gives exactly the original's values."""

import os
import random
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from form_workbooks import SheetPlan, both, copied, write_xlsx

from thads_analysis.errors import ThadsError
from thads_analysis.load import load_workbook
from thads_analysis.org import provinces

COUNT = int(os.environ.get("THADS_SPOILT_WORKBOOKS", "200"))
NAMES = [org.name for org in provinces("34")]
ORIGINAL = both(
    NAMES,
    period="12 tháng năm 2025",
    circular="05/2024/TT-BTP",
    signed="Hà Nội, ngày 06 tháng 10 năm 2025",
)
# A refusal says where: a cell, else at least the sheet or what the file as a whole is.
PLACED = re.compile(r"^(report\.xlsx, sheet '.+?'(, cell [A-Z]+\d+)?: |report\.xlsx: )")
Change = Callable[[random.Random, list[SheetPlan]], None]


def any_figure(rng: random.Random, sheet: SheetPlan) -> tuple[int, int]:
    return sheet.at(rng.choice(NAMES), rng.choice(list(sheet.columns)))


def notation(rng: random.Random, sheets: list[SheetPlan]) -> None:
    sheet = rng.choice(sheets)
    write = rng.choice(
        [
            lambda v: f"{v:,}",
            lambda v: f"{v:,}".replace(",", "."),
            lambda v: f"{v:,}".replace(",", "\u00a0"),
            lambda v: f" {v} ",
            lambda v: f"'{v}",
            lambda v: float(v),
            lambda v: f"{v:,}.00",
            lambda v: "–" if v == 0 else v,
            lambda v: f"({v})",
            lambda v: f"{v}đ",
        ]
    )
    for _ in range(rng.choice([1, 5, 50])):
        cell = any_figure(rng, sheet)
        if isinstance(sheet.cells.get(cell), int):
            sheet.cells[cell] = write(sheet.cells[cell])


def other_value(rng: random.Random, sheets: list[SheetPlan]) -> None:
    sheet = rng.choice(sheets)
    cell = any_figure(rng, sheet)
    value = sheet.cells.get(cell)
    value = value if isinstance(value, int) else 1
    sheet.cells[cell] = rng.choice(
        [None, "", "x", -value - 1, value + 1, value * 1000, value + 0.5, True, "#N/A"]
    )


def formula(rng: random.Random, sheets: list[SheetPlan]) -> None:
    sheet = rng.choice(sheets)
    cell = any_figure(rng, sheet)
    stored = rng.choice([sheet.cells.get(cell, 0), "#REF!", "#DIV/0!", ""])
    sheet.cells[cell] = lambda ws, row, column: ws.write_formula(row, column, "=1+1", None, stored)


def rows_moved(rng: random.Random, sheets: list[SheetPlan]) -> None:
    sheet = rng.choice(sheets)
    order = NAMES.copy()
    rng.shuffle(order)
    source = {name: sheet.agencies[name] for name in NAMES}
    width = max(c for _, c in sheet.cells) + 1
    rows = {name: [sheet.cells.get((source[name], c)) for c in range(width)] for name in NAMES}
    for place, name in enumerate(order):
        for column in range(width):
            sheet.cells[sheet.first + place, column] = rows[name][column]


def row_spoilt(rng: random.Random, sheets: list[SheetPlan]) -> None:
    sheet = rng.choice(sheets)
    row = sheet.agencies[rng.choice(NAMES)]
    kind = rng.choice(
        ["delete", "repeat", "blank before", "heading", "rename", "unname", "decorate", "total"]
    )
    if kind == "delete":
        sheet.cells = {cell: v for cell, v in sheet.cells.items() if cell[0] != row}
    elif kind == "repeat":
        copy = {c: v for (r, c), v in sheet.cells.items() if r == row}
        sheet.move_rows(row + 1, 1)
        sheet.cells |= {(row + 1, c): v for c, v in copy.items()}
    elif kind in ("blank before", "heading"):
        sheet.move_rows(row, 1)
        if kind == "heading":
            sheet.cells[row, 0] = "III. Các tỉnh còn lại"
    elif kind == "rename":
        sheet.cells[row, 0] = rng.choice(["Hà Nam", "Quang", "Tỉnh X", "Bình Dương (cũ)", "VN", "12"])
    elif kind == "unname":
        sheet.cells[row, 0] = None
    elif kind == "decorate":
        sheet.cells[row, 0] = rng.choice(["{}  ", "7. {}", "THADS tỉnh {}", "\n{}"]).format(
            sheet.cells[row, 0]
        )
    else:
        for column in range(max(c for _, c in sheet.cells) + 1):
            sheet.cells[sheet.total, column] = None


def columns_spoilt(rng: random.Random, sheets: list[SheetPlan]) -> None:
    sheet = rng.choice(sheets)
    column = rng.choice(list(sheet.columns.values()))
    kind = rng.choice(["delete", "repeat", "extra", "header", "unmerge"])
    if kind == "delete":
        sheet.cells = {cell: v for cell, v in sheet.cells.items() if cell[1] != column}
    elif kind == "repeat":
        last = max(c for _, c in sheet.cells) + 1
        sheet.cells |= {(r, last): v for (r, c), v in list(sheet.cells.items()) if c == column}
    elif kind == "extra":
        last = max(c for _, c in sheet.cells) + 1
        sheet.cells[sheet.header, last] = "Ghi chú"
        sheet.cells |= {(r, last): rng.choice([1, "x"]) for r in range(sheet.first, sheet.first + 9)}
    elif kind == "header":
        cell = rng.choice([c for c in sheet.cells if sheet.header <= c[0] < sheet.header + 5])
        text = str(sheet.cells[cell])
        sheet.cells[cell] = rng.choice(
            [text.upper(), text + " (2)", text.replace(" ", "\n"), text[:-1], "", None]
        )
    else:
        sheet.merges = rng.sample(sheet.merges, len(sheet.merges) // 2)


def head_spoilt(rng: random.Random, sheets: list[SheetPlan]) -> None:
    sheet = rng.choice(sheets)
    kind = rng.choice(["unit", "period", "circular", "signature", "name", "repeat", "drop", "lower"])
    if kind == "unit":
        cell = sheet.find("Đơn vị tính")
        sheet.cells[cell] = rng.choice(
            ["Đơn vị tính: đồng", "Đơn vị tính: triệu đồng", "Đơn vị tính: USD", None]
        )
    elif kind == "period":
        text = rng.choice(["11 tháng năm 2025", "Năm 2025", "12 tháng năm 2024", "13 tháng năm 2025", None])
        sheet.cells[3, 0] = text
    elif kind == "circular":
        sheet.cells[1, 0] = rng.choice(["Thông tư số 06/2019/TT-BTP", "Thông tư số 05/2026/TT-BTP", None])
    elif kind == "signature":
        text = rng.choice(
            ["ngày 06 tháng 10 năm 2025", "ngày 40 tháng 1 năm 2025", "ngày 01 tháng 9 năm 2025"]
        )
        sheet.cells[sheet.find("Hà Nội, ngày")] = text
    elif kind == "name":
        sheet.name = rng.choice(["Sheet1", "bieu 04", "B05", "04"])
    elif kind == "repeat":
        again = copied([sheet])[0]
        again.name = "Bản sao"
        sheets.append(again)
    elif kind == "drop":
        sheets.remove(sheet)
    else:
        sheet.move_rows(0, rng.randint(1, 30))
        sheet.merges = []


CHANGES: list[Change] = [
    notation, notation, other_value, other_value, formula, rows_moved, row_spoilt, row_spoilt, columns_spoilt,
    columns_spoilt, head_spoilt, head_spoilt,
]  # fmt: skip


def spoil_bytes(rng: random.Random, path: Path) -> None:
    content = bytearray(path.read_bytes())
    if rng.random() < 0.4:
        del content[rng.randrange(len(content)) :]
    else:
        for _ in range(rng.choice([1, 20, 500])):
            content[rng.randrange(len(content))] = rng.randrange(256)
    path.write_bytes(content)


def figures(path: Path) -> dict[Any, int]:
    frame = load_workbook(path)
    keys = ["org_code", "fiscal_year", "months", "measure", "item"]
    return dict(zip(frame[keys].itertuples(index=False, name=None), frame["value"].tolist(), strict=True))


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> dict[Any, int]:
    loaded = figures(write_xlsx(tmp_path_factory.mktemp("original") / "report.xlsx", copied(ORIGINAL)))
    assert len(loaded) == 34 * 39
    return loaded


@pytest.mark.parametrize("seed", range(COUNT))
def test_a_spoilt_workbook_is_refused_or_read_right(
    seed: int, original: dict[Any, int], tmp_path: Path
) -> None:
    rng = random.Random(seed)  # noqa: S311 - repeatable, not secret
    sheets = copied(ORIGINAL)
    by_bytes = seed % 8 == 0
    for change in [] if by_bytes else rng.choices(CHANGES, k=rng.choice([1, 1, 2])):
        if sheets:
            change(rng, sheets)
    if not sheets:
        sheets = [SheetPlan("Trống")]
    path = write_xlsx(tmp_path / "report.xlsx", sheets)
    if by_bytes:
        spoil_bytes(rng, path)
    try:
        loaded = figures(path)
    except ThadsError as error:
        refusal = str(error)
    else:
        refusal = ""
    if refusal:
        assert PLACED.match(refusal) or "No form layout" in refusal, refusal
        assert refusal.count("\n") <= 1
        return
    # An item or a form that nobody filled in is left out as a whole, for all agencies alike.
    assert loaded.items() <= original.items()
    left_out = {(key[3], key[4]) for key in original.keys() - loaded.keys()}
    assert not left_out & {(key[3], key[4]) for key in loaded}
