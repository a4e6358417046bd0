"""Five texts of our own with published figures, and every observation that each one states.

The figures are those of the ministry's bulletins on 10 months of 2020, 9 months of 2023, Quảng Trị in
2016 and 4 months of 2017, 6 months of 2021, and the years 2022 and 2023; the wording is ours. The lists
were made by hand from the texts, before any of them was read by the program.
"""

from __future__ import annotations

Row = tuple[str, int, int, str, str, float, str, str]

_MEASURES = {"c": "cases", "m": "money", "a": "administrative"}
_BOUNDS = {"=": "exact", ">": "at_least", "<": "at_most"}


def rows(block: str) -> list[Row]:
    """Read "VN 2020 10 c completion_rate 65.96 pct =" and so on, one a line."""
    found = []
    for line in block.strip().split("\n"):
        org, year, months, measure, item, value, unit, bound = line.split()
        found.append(
            (org, int(year), int(months), _MEASURES[measure], item, float(value), unit, _BOUNDS[bound])
        )
    return sorted(found)


TEN_MONTHS_2020 = (
    "Đôn đốc thực hiện chỉ tiêu năm 2020\n\n"
    "Ngày 28/8/2020, văn bản số 2792/TCTHADS-VP được gửi tới các địa phương. Qua tổng hợp kết quả 10 tháng "
    "năm 2020, cả nước đạt tỷ lệ 65,96% về việc và 26,00% về tiền, giảm 2,04% về việc và 0,91% so "
    "với cùng kỳ "
    "năm 2019. Các đơn vị có lượng án lớn (như Hà Nội, Đà Nẵng, Cần Thơ) cần rà soát, lập danh sách "
    "trước ngày "
    "08/9/2020.",
    rows(
        """
VN 2020 10 c completion_rate 65.96 pct =
VN 2020 10 m completion_rate 26.00 pct =
VN 2020 10 c completion_rate_change -2.04 pp =
VN 2020 10 m completion_rate_change -0.91 pp =
"""
    ),
)

NINE_MONTHS_2023 = (
    "Về công tác 03 tháng cuối năm 2023\n\n"
    "Căn cứ Quyết định số 1395/QĐ-TCTHADS ngày 14/12/2022 về việc giao chỉ tiêu năm 2023, qua phân "
    "tích kết quả "
    "9 tháng năm 2023 cho thấy: đã thi hành xong 382.058 việc (tăng 33.568 việc, tương ứng 9,63% so "
    "với cùng kỳ "
    "năm 2022), tỷ lệ đạt 66,53%, tăng 2,18%; về tiền, thi hành xong được 70.278 tỷ 705 triệu 371 "
    "nghìn đồng, tăng "
    "18.111 tỷ 946 triệu 392 nghìn đồng, tăng 34,72% so với cùng kỳ, đạt tỷ lệ 32,45% (tăng 2,98%).\n"
    "Những địa phương có tỷ lệ dưới 66,53% về việc phải báo cáo trước ngày 05 hàng tháng; án có điều "
    "kiện đã quá "
    "01 năm chưa thi hành xong phải được thống kê riêng.",
    rows(
        """
VN 2023 9 c completed 382058 cases =
VN 2023 9 c completed_change_abs 33568 cases =
VN 2023 9 c completed_change_pct 9.63 pct =
VN 2023 9 c completion_rate 66.53 pct =
VN 2023 9 c completion_rate_change 2.18 pp =
VN 2023 9 m completed 70278705371000 dong =
VN 2023 9 m completed_change_abs 18111946392000 dong =
VN 2023 9 m completed_change_pct 34.72 pct =
VN 2023 9 m completion_rate 32.45 pct =
VN 2023 9 m completion_rate_change 2.98 pp =
"""
    ),
)

QUANG_TRI = (
    "Hội nghị bàn giải pháp năm 2017\n\n"
    "Dự hội nghị có 11 đơn vị, gồm: Bắc Giang, Bắc Ninh, Quảng Bình, Quảng Trị, An Giang.\n"
    "Tại Cục THADS tỉnh Quảng Trị, từ 1/10/2015 đến 30/9/2016, số việc thụ lý mới là 3.379 việc, "
    "nhiều hơn 57 việc "
    "so với cùng kỳ; cộng với 346 việc chuyển từ năm 2015 qua, tổng số thụ lý là 3.725 việc, tăng "
    "111 việc. Qua xác "
    "minh có 3.366 việc có điều kiện giải quyết (chiếm 90%), 337 việc chưa có điều kiện (chiếm 10%). "
    "Đã giải quyết "
    "xong 3.086 việc trong số có điều kiện, đạt tỷ lệ 92%, vượt chỉ tiêu được giao 18%. Về tiền, số "
    "cũ chuyển sang "
    "hơn 50,5 tỷ đồng; thụ lý mới gần 174 tỷ đồng (giảm 11%). Trong đó, có điều kiện trên 105 tỷ "
    "đồng (chiếm tỷ lệ "
    "47%, giảm 41%), chưa có điều kiện 113 tỷ đồng (chiếm 50%). Giải quyết xong gần 47 tỷ đồng, đạt "
    "45%, vượt 13% "
    "so với chỉ tiêu. Tuy vậy, so với cùng kỳ năm 2015 thì giảm 125,5 tỷ đồng. Trong năm 2016, các "
    "đơn vị tiếp 988 "
    "lượt công dân, giải quyết đơn đạt tỷ lệ 85%.\n"
    "Bốn tháng đầu năm 2017, về việc đạt 51% (thiếu 23% so với chỉ tiêu), về tiền đạt 11%, còn thiếu 21%.",
    rows(
        """
45 2016 12 c new 3379 cases =
45 2016 12 c new_change_abs 57 cases =
45 2016 12 c carried_in 346 cases =
45 2016 12 c accepted 3725 cases =
45 2016 12 c accepted_change_abs 111 cases =
45 2016 12 c eligible 3366 cases =
45 2016 12 c eligible_share 90 pct =
45 2016 12 c not_eligible 337 cases =
45 2016 12 c not_eligible_share 10 pct =
45 2016 12 c completed 3086 cases =
45 2016 12 c completion_rate 92 pct =
45 2016 12 c over_target 18 pp =
45 2016 12 m carried_in 50500000000 dong >
45 2016 12 m new 174000000000 dong <
45 2016 12 m new_change_pct -11 pct =
45 2016 12 m eligible 105000000000 dong >
45 2016 12 m eligible_share 47 pct =
45 2016 12 m eligible_share_change -41 pp =
45 2016 12 m not_eligible 113000000000 dong =
45 2016 12 m not_eligible_share 50 pct =
45 2016 12 m completed 47000000000 dong <
45 2016 12 m completion_rate 45 pct =
45 2016 12 m over_target 13 pp =
45 2016 12 m completed_change_abs -125500000000 dong =
45 2017 4 c completion_rate 51 pct =
45 2017 4 c over_target -23 pp =
45 2017 4 m completion_rate 11 pct =
45 2017 4 m over_target -21 pp =
"""
    ),
)

SIX_MONTHS_2021 = (
    "Sơ kết 6 tháng đầu năm 2021\n\n"
    "Nhiều vụ việc có giá trị lên đến hàng trăm tỷ đồng. Trong 6 tháng qua, toàn hệ thống đã thi "
    "hành xong 230.623 "
    "việc, tỉ lệ đạt 51,25%; về tiền, số thi hành xong là trên 23.517 tỷ đồng, đạt tỉ lệ 16,47%.\n"
    "Về theo dõi thi hành án hành chính, các cơ quan THADS tiếp nhận 1.419 bản án hành chính; theo "
    "dõi 738 việc; gửi "
    "238 văn bản thông báo tự nguyện thi hành án; đăng tải 111 quyết định buộc thi hành án; làm việc "
    "với người phải "
    "thi hành án 92 vụ việc; ban hành 35 văn bản kiến nghị xử lý trách nhiệm; đã thi hành xong 203 "
    "việc, nhiều hơn "
    "65 việc so với cùng kỳ năm trước. Trong năm, Bộ ban hành Thông tư số 08/2020/TT-BTP và Đề án "
    "giai đoạn "
    "2021-2025.",
    rows(
        """
VN 2021 6 c completed 230623 cases =
VN 2021 6 c completion_rate 51.25 pct =
VN 2021 6 m completed 23517000000000 dong >
VN 2021 6 m completion_rate 16.47 pct =
VN 2021 6 a judgments_received 1419 cases =
VN 2021 6 a monitored 738 cases =
VN 2021 6 a voluntary_notices 238 cases =
VN 2021 6 a compulsory_decisions 111 cases =
VN 2021 6 a meetings 92 cases =
VN 2021 6 a recommendations 35 cases =
VN 2021 6 a completed 203 cases =
VN 2021 6 a completed_change_abs 65 cases =
"""
    ),
)

TARGETS_2023 = (
    "Chương trình công tác năm 2023\n\n"
    "Năm 2022: kết quả nổi bật\n"
    "Năm 2022, về việc: được giao tỷ lệ thi hành xong trên 81,50%; kết quả đạt 82,50%, vượt 01%, "
    "tăng 6,67% so với "
    "năm 2021; về tiền: được giao tỷ lệ thi hành xong trên trên 40,10%; kết quả đạt 45,42%, vượt "
    "5,32%, tăng 14,21% "
    "so với năm 2021.\n"
    "Năm 2023: nhiệm vụ\n"
    "Chương trình xác định 09 chỉ tiêu, 05 nhiệm vụ. Bộ Tư pháp giao chỉ tiêu thi hành xong trên "
    "82,5% về việc và trên "
    "45,5% về tiền trên tổng số có điều kiện; trả lời đúng hạn 100% số văn bản hỏi nghiệp vụ.",
    rows(
        """
VN 2022 12 c target 81.5 pct >
VN 2022 12 c completion_rate 82.5 pct =
VN 2022 12 c over_target 1 pp =
VN 2022 12 c completion_rate_change 6.67 pp =
VN 2022 12 m target 40.1 pct >
VN 2022 12 m completion_rate 45.42 pct =
VN 2022 12 m over_target 5.32 pp =
VN 2022 12 m completion_rate_change 14.21 pp =
VN 2023 12 c target 82.5 pct >
VN 2023 12 m target 45.5 pct >
"""
    ),
)

BULLETINS = {
    "10 months of 2020": TEN_MONTHS_2020,
    "9 months of 2023": NINE_MONTHS_2023,
    "Quảng Trị": QUANG_TRI,
    "6 months of 2021": SIX_MONTHS_2021,
    "targets of 2023": TARGETS_2023,
}
