"""A monthly report in the form in which provinces send it, with made-up figures that close.

The province is real, its figures are not. Every change, share, rate and gap below was worked out by
hand from the counts beside it, and is rounded to two decimals as reports print it.
"""

from __future__ import annotations

import textwrap
from pathlib import Path

HEAD_LEFT = ["TỔNG CỤC THI HÀNH ÁN DÂN SỰ", "CỤC THI HÀNH ÁN DÂN SỰ", "TỈNH VĨNH LONG", "Số: 512/BC-CTHADS"]
HEAD_RIGHT = [
    "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
    "Độc lập - Tự do - Hạnh phúc",
    "",
    "Vĩnh Long, ngày 05 tháng 5 năm 2023",
]
BODY = [
    "BÁO CÁO",
    "Kết quả công tác thi hành án dân sự tháng 4 năm 2023",
    "Kính gửi: Tổng cục Thi hành án dân sự",
    (
        "Thực hiện Thông tư số 06/2019/TT-BTP ngày 21/11/2019 của Bộ trưởng Bộ Tư pháp, Cục Thi hành "
        "án dân sự tỉnh Vĩnh Long báo cáo kết quả công tác 07 tháng năm 2023 (từ ngày 01/10/2022 đến "
        "ngày 30/4/2023) như sau:"
    ),
    "I. CÔNG TÁC CHỈ ĐẠO, ĐIỀU HÀNH",
    (
        "Trong kỳ, đơn vị đã ban hành 36 văn bản chỉ đạo, tổ chức 04 cuộc họp giao ban và kiểm tra 03"
        " Chi cục; 100% quyết định thi hành án được đăng tải đúng hạn."
    ),
    "II. KẾT QUẢ THI HÀNH ÁN DÂN SỰ",
    "1. Về việc",
    (
        "- Tổng số việc giải quyết là 10.048 việc, trong đó số cũ chuyển sang (trừ số đã chuyển sổ "
        "theo dõi riêng) là 4.812 việc; số thụ lý mới là 5.236 việc, giảm 184 việc (giảm 3,39%) so "
        "với cùng kỳ năm 2022;"
    ),
    "- Số ủy thác thi hành án là 61 việc; số thu hồi, hủy quyết định thi hành án là 04 việc;",
    "- Tổng số phải thi hành là 9.983 việc, trong đó:",
    "+ Có điều kiện thi hành là 7.345 việc, chiếm 73,58% trong tổng số phải thi hành;",
    (
        "+ Chưa có điều kiện thi hành (trừ số đã chuyển sổ theo dõi riêng) là 2.412 việc, chiếm "
        "24,16% trong tổng số phải thi hành;"
    ),
    (
        "- Số thi hành xong là 4.127 việc, tăng 215 việc (tăng 5,50%) so với cùng kỳ năm 2022; đạt tỷ"
        " lệ 56,19% trên số có điều kiện thi hành, tăng 1,27% so với cùng kỳ;"
    ),
    "- Số việc chuyển kỳ sau là 5.856 việc.",
    "2. Về tiền",
    (
        "- Tổng số tiền giải quyết là 1.418.087.025 nghìn đồng, trong đó số cũ chuyển sang (trừ số đã"
        " chuyển sổ theo dõi riêng) là 1.105.432.118 nghìn đồng; số thụ lý mới là 312.654.907 nghìn "
        "đồng, tăng 45.210.336 nghìn đồng (tăng 16,90%) so với cùng kỳ năm 2022;"
    ),
    "- Số ủy thác thi hành án là 12.318.440 nghìn đồng;",
    "- Tổng số phải thi hành là 1.405.768.585 nghìn đồng, trong đó:",
    "+ Có điều kiện thi hành là 702.118.963 nghìn đồng, chiếm 49,95% trong tổng số phải thi hành;",
    (
        "+ Chưa có điều kiện thi hành (trừ số đã chuyển sổ theo dõi riêng) là 689.204.517 nghìn đồng,"
        " chiếm 49,03% trong tổng số phải thi hành;"
    ),
    (
        "- Số thi hành xong là 168.905.214 nghìn đồng, giảm 20.117.602 nghìn đồng (giảm 10,64%) so "
        "với cùng kỳ năm 2022; đạt tỷ lệ 24,06% trên số có điều kiện thi hành, giảm 3,15% so với cùng"
        " kỳ;"
    ),
    "- Số tiền chuyển kỳ sau là 1.236.863.371 nghìn đồng.",
    "3. Kết quả thi hành án liên quan đến tổ chức tín dụng, ngân hàng",
    (
        "- Tổng số phải thi hành là 212 việc, tương ứng với số tiền 402.115.300 nghìn đồng; đã thi "
        "hành xong 35 việc, đạt tỷ lệ 28,40%."
    ),
    "4. Theo dõi thi hành án hành chính",
    (
        "- Tổng số đã tiếp nhận 14 bản án; đang theo dõi 11 việc; ra 05 văn bản thông báo tự nguyện "
        "thi hành án; đăng tải công khai 03 quyết định buộc thi hành án; đã thi hành xong 02 việc."
    ),
    "5. Công tác tiếp công dân, giải quyết khiếu nại, tố cáo",
    "- Đã tiếp 45 lượt công dân; giải quyết 11/12 đơn, đạt tỷ lệ 91,67%.",
    "III. ĐÁNH GIÁ CHUNG",
    (
        "Chỉ tiêu được giao năm 2023 về việc là 83,50%, về tiền là 46,50%. Kết quả thi hành xong về "
        "việc đạt 56,19%, vượt tiến độ 7,48%; về tiền đạt 24,06%, còn thiếu 3,07% so với tiến độ."
    ),
    ("Một số đơn vị đạt thấp: Chi cục THADS huyện Trà Ôn (41,20%), Chi cục THADS huyện Vũng Liêm (43,05%)."),
    "Biên chế được giao 98 người, hiện có 95 người.",
    "Nơi nhận: Như trên; Lưu: VT.",
    "CỤC TRƯỞNG",
]

_CASES = """
accepted 10048 cases
carried_in 4812 cases
new 5236 cases
new_change_abs -184 cases
new_change_pct -3.39 pct
entrusted 61 cases
revoked 4 cases
due 9983 cases
eligible 7345 cases
eligible_share 73.58 pct
not_eligible 2412 cases
not_eligible_share 24.16 pct
completed 4127 cases
completed_change_abs 215 cases
completed_change_pct 5.5 pct
completion_rate 56.19 pct
completion_rate_change 1.27 pp
carried_out 5856 cases
target 83.5 pct
completion_rate 56.19 pct
over_prorata_target 7.48 pp
"""
_MONEY = """
accepted 1418087025000 dong
carried_in 1105432118000 dong
new 312654907000 dong
new_change_abs 45210336000 dong
new_change_pct 16.9 pct
entrusted 12318440000 dong
due 1405768585000 dong
eligible 702118963000 dong
eligible_share 49.95 pct
not_eligible 689204517000 dong
not_eligible_share 49.03 pct
completed 168905214000 dong
completed_change_abs -20117602000 dong
completed_change_pct -10.64 pct
completion_rate 24.06 pct
completion_rate_change -3.15 pp
carried_out 1236863371000 dong
target 46.5 pct
completion_rate 24.06 pct
over_prorata_target -3.07 pp
"""
_ADMINISTRATIVE = """
judgments_received 14 cases
monitored 11 cases
voluntary_notices 5 cases
compulsory_decisions 3 cases
completed 2 cases
"""

Figure = tuple[str, int, int, str, str, float, str]


def expected() -> list[Figure]:
    """Every figure that the report states of the province, sorted."""
    figures = []
    for measure, block in (("cases", _CASES), ("money", _MONEY), ("administrative", _ADMINISTRATIVE)):
        for line in block.split("\n"):
            if line:
                item, value, unit = line.split()
                months = 12 if item == "target" else 7
                figures.append(("86", 2023, months, measure, item, float(value), unit))
    return sorted(figures)


def write_text(path: Path) -> None:
    """One paragraph a line, the head's columns one below the other."""
    path.write_text("\n".join([*HEAD_LEFT, *HEAD_RIGHT, *BODY]), encoding="utf-8")


def write_docx(path: Path) -> None:
    """The head as a table without borders, as word processors make it."""
    import docx

    document = docx.Document()
    table = document.add_table(rows=1, cols=2)
    for cell, lines in zip(table.rows[0].cells, (HEAD_LEFT, HEAD_RIGHT), strict=True):
        cell.text = "\n".join(lines)
    for paragraph in BODY:
        document.add_paragraph(paragraph)
    document.save(str(path))


def write_pdf(path: Path, rows_a_page: int = 24) -> None:
    """Wrapped lines on numbered pages; paragraphs run over the edge of a page."""
    import matplotlib as mpl
    from matplotlib.backends.backend_pdf import PdfPages
    from matplotlib.figure import Figure as Sheet

    lines = [line for paragraph in BODY for line in textwrap.wrap(paragraph, 92)]
    head = list(zip(HEAD_LEFT, HEAD_RIGHT, strict=True))
    with mpl.rc_context({"pdf.fonttype": 42}), PdfPages(path) as pdf:
        for number, start in enumerate(range(0, len(lines), rows_a_page), start=1):
            sheet = Sheet(figsize=(8.27, 11.69))
            top = 0.9
            if number == 1:
                for n, (left, right) in enumerate(head):
                    sheet.text(0.08, 0.95 - 0.02 * n, left, fontsize=8)
                    sheet.text(0.52, 0.95 - 0.02 * n, right, fontsize=8)
                top = 0.84
            else:
                sheet.text(0.5, 0.97, str(number), fontsize=8)
            for n, line in enumerate(lines[start : start + rows_a_page]):
                sheet.text(0.08, top - 0.03 * n, line, fontsize=9)
            pdf.savefig(sheet)
