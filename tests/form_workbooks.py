"""Small workbooks of forms 04 and 05 for the tests, laid out by hand after TT06-2019."""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import xlsxwriter

THU_LY, PHAI, CO, XONG = (
    "Tổng số thụ lý",
    "Tổng số phải thi hành",
    "Có điều kiện thi hành",
    "Thi hành xong",
)

# Item, header chain, cases of one agency. The account closes by hand: 100 + 50 = 150; 150 - 3 - 0 - 1 = 146;
# 50 + 10 = 60; 60 + 45 + 5 = 110; 110 + 30 + 2 + 3 + 1 = 146; 146 - 60 = 86.
CASES = [
    ("accepted", (THU_LY, "Tổng số"), 150),
    ("carried_in", (THU_LY, "Chia ra", "Năm trước chuyển sang (trừ số đã chuyển sổ theo dõi riêng)"), 100),
    ("new", (THU_LY, "Chia ra", "Mới thụ lý"), 50),
    ("entrusted", ("Ủy thác thi hành án",), 3),
    ("pulled_up", ("Cục rút lên thi hành",), 0),
    ("revoked", ("Thu hồi, hủy quyết định thi hành án",), 1),
    ("due", (PHAI, "Tổng số"), 146),
    ("eligible", (PHAI, CO, "Tổng số"), 110),
    ("completed", (PHAI, CO, XONG, "Tổng số"), 60),
    ("fully_enforced", (PHAI, CO, XONG, "Chia ra", "Thi hành xong"), 50),
    ("discontinued", (PHAI, CO, XONG, "Chia ra", "Đình chỉ thi hành án"), 10),
    ("in_progress", (PHAI, CO, "Đang thi hành"), 45),
    ("postponed_agreed", (PHAI, CO, "Hoãn thi hành án theo điểm c khoản 1 Điều 48"), 5),
    ("not_eligible", (PHAI, "Chưa có điều kiện thi hành (trừ số đã chuyển sổ theo dõi riêng)"), 30),
    ("postponed", (PHAI, "Hoãn thi hành án (trừ điểm c khoản 1 Điều 48)"), 2),
    ("suspended", (PHAI, "Tạm đình chỉ thi hành án"), 3),
    ("other_pending", (PHAI, "Trường hợp khác"), 1),
    ("carried_out", ("Tổng số chuyển kỳ sau",), 86),
    ("separate_book", ("Số đã chuyển sổ theo dõi riêng",), 20),
]
# Money in 1.000 đồng: the same account at 400 million đồng a case, with one of ten discontinued as reduced.
_MONEY = [(item, chain, value * 400_000) for item, chain, value in CASES]
_MONEY[10] = ("discontinued", (PHAI, CO, XONG, "Chia ra", "Đình chỉ thi hành án"), 9 * 400_000)
MONEY = [
    *_MONEY[:11],
    ("reduced", (PHAI, CO, XONG, "Chia ra", "Giảm thi hành án"), 400_000),
    *_MONEY[11:],
]


@dataclass
class SheetPlan:
    """Cells of a sheet by (row, column), with merged ranges; what a test changes before writing."""

    name: str
    cells: dict[tuple[int, int], Any] = field(default_factory=dict)
    merges: list[tuple[int, int, int, int]] = field(default_factory=list)
    header: int = 0
    first: int = 0
    total: int = 0
    agencies: dict[str, int] = field(default_factory=dict)
    columns: dict[str, int] = field(default_factory=dict)

    def at(self, agency: str, item: str) -> tuple[int, int]:
        return self.agencies[agency], self.columns[item]

    def find(self, text: str) -> tuple[int, int]:
        return next(cell for cell, value in self.cells.items() if isinstance(value, str) and text in value)

    def move_rows(self, start: int, by: int) -> None:
        self.cells = {(r + by if r >= start else r, c): v for (r, c), v in self.cells.items()}


def plan(
    form: str,
    agencies: list[str],
    *,
    period: str = "9 tháng năm 2023 (từ ngày 01 tháng 10 năm 2022 đến ngày 30 tháng 6 năm 2023)",
    circular: str = "06/2019/TT-BTP",
    signed: str = "Hà Nội, ngày 05 tháng 7 năm 2023",
    reporter: str = "",
) -> SheetPlan:
    """Lay a form out: each agency has the account above, times its place in the list."""
    account = CASES if form == "04" else MONEY
    sheet = SheetPlan(f"Biểu {form}")
    last = len(account)
    put = sheet.cells.__setitem__
    put((0, 0), f"Biểu số: {form}/TK-THA")
    put((1, 0), f"Ban hành theo Thông tư số {circular}")
    put((2, 0), "KẾT QUẢ THI HÀNH ÁN DÂN SỰ")
    put((3, 0), period)
    if reporter:
        put((1, last), f"Đơn vị báo cáo: {reporter}")
    put((4, last), "Đơn vị tính: việc" if form == "04" else "Đơn vị tính: 1.000 đồng")
    sheet.header, depth = 6, 5
    put((6, 0), "Tên cơ quan thi hành án dân sự")
    sheet.merges.append((6, 0, 10, 0))
    chains = [chain for _, chain, _ in account]
    for level in range(depth):
        column = 0
        while column < last:
            chain = chains[column]
            if len(chain) <= level:
                column += 1
                continue
            leaf = len(chain) == level + 1
            end = column
            while not leaf and end + 1 < last and chains[end + 1][: level + 1] == chain[: level + 1]:
                end += 1
            put((6 + level, column + 1), chain[level])
            bottom = 10 if leaf else 6 + level
            if (bottom, end) != (6 + level, column):
                sheet.merges.append((6 + level, column + 1, bottom, end + 1))
            column = end + 1
    put((11, 0), "A")
    for number in range(1, last + 1):
        put((11, number), number)
    sheet.total, sheet.first = 12, 13
    put((12, 0), "Tổng số")
    times = sum(range(1, len(agencies) + 1))
    for column, (item, _, value) in enumerate(account, start=1):
        sheet.columns[item] = column
        put((12, column), value * times)
    for place, agency in enumerate(agencies, start=1):
        row = 12 + place
        sheet.agencies[agency] = row
        put((row, 0), agency)
        for column, (_, _, value) in enumerate(account, start=1):
            put((row, column), value * place)
    after = 14 + len(agencies)
    put((after, last - 2), signed)
    put((after + 1, 1), "NGƯỜI LẬP BIỂU")
    put((after + 1, last - 2), "THỦ TRƯỞNG CƠ QUAN")
    return sheet


def write_xlsx(path: Path, sheets: list[SheetPlan]) -> Path:
    """Write the plans; a callable in a cell receives (worksheet, row, column) and writes itself."""
    with xlsxwriter.Workbook(path, {"strings_to_numbers": False, "strings_to_formulas": False}) as workbook:
        for sheet in sheets:
            worksheet = workbook.add_worksheet(sheet.name)
            for top, left, bottom, right in sheet.merges:
                worksheet.merge_range(top, left, bottom, right, "")
            for (row, column), value in sheet.cells.items():
                if isinstance(value, Callable):
                    value(worksheet, row, column)
                elif value is not None:
                    worksheet.write(row, column, value)
    return path


def both(agencies: list[str], **kwargs: Any) -> list[SheetPlan]:
    return [plan("04", agencies, **kwargs), plan("05", agencies, **kwargs)]


def one_province(name: str = "Quảng Trị", **kwargs: Any) -> list[SheetPlan]:
    """Forms of a province that reports for itself."""
    return both([name], reporter=f"Cục THADS tỉnh {name}", **kwargs)


def copied(sheets: list[SheetPlan]) -> list[SheetPlan]:
    return deepcopy(sheets)
