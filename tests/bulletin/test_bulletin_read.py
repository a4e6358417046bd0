"""Sentences: what each quantity is said of, and what is left unread."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from thads_analysis.errors import UsageError
from thads_analysis.load.bulletin import RECORD_KEYS, load_bulletin

MEASURES = {"c": "cases", "m": "money", "a": "administrative", "-": None}
BOUNDS = {"": "exact", ">": "at_least", "<": "at_most", "~": "about"}


def readings(text: str) -> list[tuple]:
    return [
        (r["measure"], r["item"], r["value"], r["unit"], r["bound"]) for r in load_bulletin(text).records()
    ]


def parse(expected: str) -> list[tuple]:
    """Read "c completed 1250 cases; c completion_rate 61.2 pct": what a sentence must give, in order."""
    rows = []
    for row in filter(None, map(str.strip, expected.split(";"))):
        measure, item, value, unit = row.split()
        bound = value[0] if value[0] in "<>~" else ""
        number = value.removeprefix(bound)
        rows.append(
            (
                MEASURES[measure],
                item,
                float(number) if unit in ("pct", "pp") else int(number),
                unit,
                BOUNDS[bound],
            )
        )
    return rows


PATTERNS = {
    "level, change, growth": (
        "Tổng số thụ lý là 5.210 việc, tăng 130 việc (tăng 2,56%) so với cùng kỳ.",
        "c accepted 5210 cases; c accepted_change_abs 130 cases; c accepted_change_pct 2.56 pct",
    ),
    "growth in a bare bracket takes the direction before it": (
        "Số thụ lý mới là 990 việc, giảm 27 việc (2,65%) so với năm trước.",
        "c new 990 cases; c new_change_abs -27 cases; c new_change_pct -2.65 pct",
    ),
    "points behind a rate": (
        "Thi hành xong 411 việc, đạt tỉ lệ 70,1% (giảm 1,3%) so với cùng kỳ.",
        "c completed 411 cases; c completion_rate 70.1 pct; c completion_rate_change -1.3 pp",
    ),
    "points that say so": (
        "Về tiền: thi hành xong 12 tỷ đồng, tăng 1,2 điểm %.",
        "m completed 12000000000 dong; m completion_rate_change 1.2 pp",
    ),
    "points about the rate by name": (
        "Về việc: giải quyết xong 830 việc, giảm 27 việc (3,15%) và giảm 0,5% về tỷ lệ.",
        "c completed 830 cases; c completed_change_abs -27 cases; c completed_change_pct -3.15 pct;"
        "c completion_rate_change -0.5 pp",
    ),
    "a percentage that cannot be the growth beside it": (
        # 1.900 of 52.900 is 3,7 %, so that 0,8 % is of the rate.
        "Thi hành xong 54.800 việc, đạt tỷ lệ 79,3%, tăng 1.900 việc (tăng 0,8%).",
        "c completed 54800 cases; c completion_rate 79.3 pct; c completed_change_abs 1900 cases;"
        "c completion_rate_change 0.8 pp",
    ),
    "the same without the level, by the size that it would imply": (
        "đạt tỉ lệ 78,1%, tăng 19.500 việc (tăng 0,7%)",
        "c completion_rate 78.1 pct; c completed_change_abs 19500 cases; c completion_rate_change 0.7 pp",
    ),
    "growth that is called a share": (
        "Thi hành xong 4.310 việc, tăng 700 việc (chiếm 19,39%).",  # 700 of 3.610
        "c completed 4310 cases; c completed_change_abs 700 cases; c completed_change_pct 19.39 pct",
    ),
    "shares of the due total": (
        "Tổng số phải thi hành 900 việc; có điều kiện 630 việc, chiếm 70% trong tổng số phải thi "
        "hành; chưa có "
        "điều kiện 250 việc (27,78%).",
        "c due 900 cases; c eligible 630 cases; c eligible_share 70 pct; c not_eligible 250 cases;"
        "c not_eligible_share 27.78 pct",
    ),
    "two shares, cases and money": (
        "Có điều kiện thi hành trên 61 nghìn việc và gần 15 nghìn tỷ đồng (chiếm 77% trong tổng số "
        "việc và 52% trong "
        "tổng số tiền phải thi hành).",
        "c eligible >61000 cases; m eligible <15000000000000 dong; c eligible_share 77 pct;"
        "m eligible_share 52 pct",
    ),
    "the item behind its number": (
        "Kết quả phân loại có 512 việc có điều kiện giải quyết và 48 việc chưa có điều kiện giải quyết.",
        "c eligible 512 cases; c not_eligible 48 cases",
    ),
    "the separate book is left out of the name and counted where it is stated": (
        "Chưa có điều kiện (trừ số đã chuyển sổ theo dõi riêng) 170 việc; đã chuyển sổ theo dõi "
        "riêng 124 việc.",
        "c not_eligible 170 cases; c separate_book 124 cases",
    ),
    "what leaves the due total": (
        "Ủy thác 58 việc, Cục rút lên thi hành bốn việc, thu hồi, hủy quyết định 02 việc.",
        "c entrusted 58 cases; c pulled_up 4 cases; c revoked 2 cases",
    ),
    "what stands inside and beside the eligible": (
        "Đình chỉ 12 việc; đang thi hành 300 việc; hoãn thi hành án 9 việc; tạm đình chỉ 3 việc.",
        "c discontinued 12 cases; c in_progress 300 cases; c postponed 9 cases; c suspended 3 cases",
    ),
    "carried in and carried out": (
        "Năm trước chuyển sang 1.700 việc; số việc chuyển kỳ sau là 1.650 việc, giảm 50 việc.",
        "c carried_in 1700 cases; c carried_out 1650 cases; c carried_out_change_abs -50 cases",
    ),
    "cases and their money in one breath": (
        "Thi hành xong 411 việc, tương ứng với số tiền 31 tỷ 5 triệu đồng, đạt tỷ lệ 70% về việc "
        "và 31% về tiền.",
        "c completed 411 cases; m completed 31005000000 dong; c completion_rate 70 pct;"
        "m completion_rate 31 pct",
    ),
    "completed of eligible as a fraction": (
        "Thi hành xong 640 việc/800 việc có điều kiện, đạt tỷ lệ 80%.",
        "c completed 640 cases; c eligible 800 cases; c completion_rate 80 pct",
    ),
    "a fraction whose whole only arithmetic names": (
        "Về việc đã giải quyết xong 640/800 việc, đạt 80%.",
        "c completed 640 cases; c eligible 800 cases; c completion_rate 80 pct",
    ),
    "a fraction that names neither side": (
        "1,206 tỷ đồng/1,340 tỷ đồng có điều kiện thi hành, đạt tỉ lệ 90%",
        "m completed 1206000000000 dong; m eligible 1340000000000 dong; m completion_rate 90 pct",
    ),
    "a comma as the decimal mark of an amount": (
        "đã thi hành xong 266,732 tỷ đồng",
        "m completed 266732000000 dong",
    ),
    "signs inherited by the second of a pair": (
        "đạt tỷ lệ 61% về việc và 25% về tiền, thấp hơn 2,1% về việc và 0,8% so với cùng kỳ",
        "c completion_rate 61 pct; m completion_rate 25 pct; c completion_rate_change -2.1 pp;"
        "m completion_rate_change -0.8 pp",
    ),
    "opposite signs": (
        "đạt 42% về việc và 9% về tiền, cao hơn 3,1% về việc nhưng thấp hơn 4,4% về tiền",
        "c completion_rate 42 pct; m completion_rate 9 pct; c completion_rate_change 3.1 pp;"
        "m completion_rate_change -4.4 pp",
    ),
    "two changes that answer two rates in turn": (
        "Tỷ lệ đạt 71,2% về việc và 35,5% về tiền, tăng 1,5% và 2,3% so với cùng kỳ.",
        "c completion_rate 71.2 pct; m completion_rate 35.5 pct; c completion_rate_change 1.5 pp;"
        "m completion_rate_change 2.3 pp",
    ),
    "the measure before, the growth in brackets": (
        "Tổng số thụ lý tăng về việc (10,5%) và về tiền (18,2%).",
        "c accepted_change_pct 10.5 pct; m accepted_change_pct 18.2 pct",
    ),
    "the measure carried across sentences": (
        "Về tiền, toàn tỉnh có kết quả khá. Tỷ lệ thi hành xong đạt 35,5%. So với cùng kỳ tăng 2%.",
        "m completion_rate 35.5 pct",
    ),
    "the item carried across sentences": (
        "Đã giải quyết xong gần 30 tỷ đồng. Thế nhưng so với cùng kỳ thì giảm 9 tỷ đồng.",
        "m completed <30000000000 dong; m completed_change_abs -9000000000 dong",
    ),
    "over the year's target": (
        "Về việc đạt 83,9%, vượt chỉ tiêu cấp trên giao 1,4%; về tiền đạt 38%, còn thiếu 03% so "
        "với chỉ tiêu.",
        "c completion_rate 83.9 pct; c over_target 1.4 pp; m completion_rate 38 pct; m over_target -3 pp",
    ),
    "over the pace": (
        "Về việc đạt 48,4%, vượt tiến độ 11,9%; về tiền đạt 14%, còn thiếu 2,5% so với tiến độ chỉ tiêu.",
        "c completion_rate 48.4 pct; c over_prorata_target 11.9 pp; m completion_rate 14 pct;"
        "m over_prorata_target -2.5 pp",
    ),
    "the base ahead of both": (
        "So với tiến độ được giao: về việc vượt 3,1%, về tiền còn thiếu 2,4%.",
        "c over_prorata_target 3.1 pp; m over_prorata_target -2.4 pp",
    ),
    "higher than the target": (
        "Tỷ lệ thi hành xong về việc đạt 81%, cao hơn 1% so với chỉ tiêu được giao.",
        "c completion_rate 81 pct; c over_target 1 pp",
    ),
    "qualified gaps turn their bound with their sign": (
        "Về tiền đạt 16%, còn thiếu trên 15% so với chỉ tiêu.",
        "m completion_rate 16 pct; m over_target <-15 pp",
    ),
    "targets": (
        "Phấn đấu đạt tỷ lệ thi hành xong trên 82% về việc và trên 45% về tiền.",
        "c target >82 pct; m target >45 pct",
    ),
    "a target, then the result": (
        "Chỉ tiêu được giao là 82% về việc, đạt 80%; về tiền được giao 40%, kết quả đạt 41%.",
        "c target 82 pct; c completion_rate 80 pct; m target 40 pct; m completion_rate 41 pct",
    ),
    "the target that a gap names": (
        "Kết quả về tiền đạt tỷ lệ 16%, còn thiếu 16% so với chỉ tiêu của Tổng cục giao là trên 32%.",
        "m completion_rate 16 pct; m over_target -16 pp; m target >32 pct",
    ),
    "administrative judgments": (
        "Theo dõi thi hành án hành chính: đã tiếp nhận 21 bản án, ra 15 thông báo tự nguyện thi "
        "hành án, 06 quyết "
        "định buộc thi hành án, 03 văn bản kiến nghị; đã thi hành xong 8 việc.",
        "a judgments_received 21 cases; a voluntary_notices 15 cases; a compulsory_decisions 6 cases;"
        "a recommendations 3 cases; a completed 8 cases",
    ),
    "footnote digits": (
        "Số thi hành xong[1] là 369 việc; số thụ lý mới2 là 400 việc.",
        "c completed 369 cases; c new 400 cases",
    ),
    "a rate of words that arithmetic settles": (
        "Phải thi hành 1.000 việc, có điều kiện 700 việc, đạt tỷ lệ 70%.",
        "c due 1000 cases; c eligible 700 cases; c eligible_share 70 pct",
    ),
    "a number without its unit, right behind its item": (
        "Về việc: tổng số giải quyết là 5.169, trong đó thụ lý mới 4.237 việc.",
        "c accepted 5169 cases; c new 4237 cases",
    ),
    "where nothing says cases or money, neither is made up": (
        "đạt tỷ lệ 83,9%, tăng 0,5% so với năm 2020, vượt chỉ tiêu cấp trên giao 1,4%",
        "- completion_rate 83.9 pct; - completion_rate_change 0.5 pp; - over_target 1.4 pp",
    ),
}


@pytest.mark.parametrize("name", PATTERNS)
def test_pattern(name: str) -> None:
    text, expected = PATTERNS[name]

    assert readings(text) == parse(expected)


REJECTED = {
    "a share of the target": ("Về việc đạt 67%, bằng 91,2% chỉ tiêu giao.", "91,2%"),
    "a ratio": ("Về việc đạt 50%, đạt 61% kế hoạch.", "61%"),
    "a limit": ("Các đơn vị có tỷ lệ dưới 66,5% về việc phải giải trình.", "dưới 66,5%"),
    "another month": ("Thi hành xong 40 việc, tăng 5 việc so với tháng trước.", "5 việc"),
    "an average": ("Về việc đạt 60%, thấp hơn 2% so với bình quân chung cả nước.", "2%"),
    "another base": ("Thi hành xong 40 việc, so với số việc của tòa án là 90 việc.", "90 việc"),
    "credit institutions": ("Về án tín dụng, ngân hàng: đã thi hành xong 62 việc.", "62 việc"),
    "corruption": (
        "Đối với án tham nhũng, kinh tế, phải thi hành 90 việc. Đã thi hành xong 62 việc.",
        "62 việc",
    ),
    "complaints": ("Giải quyết khiếu nại đạt tỷ lệ 85%.", "85%"),
    "a district": ("Chi cục THADS huyện Ba Tri thi hành xong 300 việc.", "300 việc"),
    "an average officer": ("Bình quân mỗi Chấp hành viên thi hành xong 120 việc.", "120 việc"),
    "several items in one figure": ("Ủy thác, đình chỉ, hoãn 1.416 việc.", "1.416 việc"),
    "an item outside the forms": ("Số có điều kiện nhưng chưa thi hành xong là 480 việc.", "480 việc"),
    "handled or finished": ("Đơn vị đã giải quyết 232 việc.", "232 việc"),
    "a range": ("Đơn vị có từ 500 đến 5.000 việc.", "từ 500 đến 5.000 việc"),
    "growth or points": ("Kết quả thi hành xong về tiền tăng 2%.", "2%"),
    "some other rate": ("Tổng số việc là 90 việc. Tỷ lệ hài lòng đạt 95%.", "95%"),
    "cases or money": ("Thi hành xong 90 việc và 3 tỷ đồng, đạt tỷ lệ 60%.", "60%"),
    "investigation": ("Công an thụ lý điều tra 11 vụ.", "11 vụ"),
    "a span of its own": ("Từ 01/3/2023 đến 30/6/2023, thi hành xong 90 việc.", "90 việc"),
    "several years": ("Giai đoạn 2016-2020, thi hành xong 2.800 việc.", "2.800 việc"),
    "a base that is not the year before": (
        "9 tháng năm 2023, thi hành xong 90 việc, tăng 5 việc so với năm 2019.",
        "5 việc",
    ),
}


@pytest.mark.parametrize("name", REJECTED)
def test_rejected(name: str) -> None:
    text, words = REJECTED[name]

    reading = load_bulletin(text)

    assert words not in [record["text"] for record in reading.records()]
    assert words in set(reading.rejects["text"])
    assert reading.rejects["reason"].str.len().min() > 0


@pytest.mark.parametrize(
    ("text", "period"),
    [
        ("Từ 01/10/2022 đến 30/6/2023, thi hành xong 5 việc.", (2023, 9)),
        ("Từ ngày 01/10/2022 đến hết ngày 30/4/2023, thi hành xong 5 việc.", (2023, 7)),
        ("Từ 01/10/2022 đến 31/12/2022, thi hành xong 5 việc.", (2023, 3)),
        ("Tính đến 30/6/2023, thi hành xong 5 việc.", (2023, 9)),
        ("Kết quả 09 tháng đầu năm 2023: thi hành xong 5 việc.", (2023, 9)),
        ("Sáu tháng đầu năm 2023, thi hành xong 5 việc.", (2023, 6)),
        ("Công tác tháng thứ 5 năm 2026: thi hành xong 5 việc.", (2026, 5)),
        ("Quý I năm 2021, thi hành xong 5 việc.", (2021, 3)),
        ("Năm 20161, thi hành xong 5 việc.", (2016, 12)),
        ("Báo cáo kết quả tháng 4 năm 2023\nThi hành xong 5 việc.", (2023, 7)),
        ("Báo cáo tháng 4 năm 2023\nTừ 01/10/2022 đến 30/4/2023, thi hành xong 5 việc.", (2023, 7)),
        ("Thi hành xong 5 việc, tăng 1 việc so với cùng kỳ năm 2016.", (2017, None)),
        ("Sơ kết 6 tháng đầu năm 2021\nTrong 6 tháng qua, thi hành xong 5 việc.", (2021, 6)),
        ("Thực hiện nhiệm vụ năm 2024, kết quả 9 tháng năm 2023: thi hành xong 5 việc.", (2023, 9)),
        ("Kết quả 9 tháng năm 2023. Trong năm 2023, thi hành xong 5 việc.", (2023, 9)),
        ("Nhiệm vụ 03 tháng cuối năm 2023. Thi hành xong 5 việc.", (None, None)),
        ("Thi hành xong 5 việc.", (None, None)),
    ],
)
def test_period(text: str, period: tuple[int | None, int | None]) -> None:
    record = load_bulletin(text).records()[0]

    assert (record["fiscal_year"], record["months"]) == period


def test_the_date_of_the_opening_stock_is_no_period() -> None:
    text = (
        "Về tiền, đến hết tháng 9/2015, số cũ chuyển sang 50 tỷ đồng; từ 01/10/2015 đến 30/9/2016, "
        "thụ lý mới "
        "9 tỷ đồng."
    )

    assert [(r["item"], r["fiscal_year"], r["months"]) for r in load_bulletin(text).records()] == [
        ("carried_in", 2016, 12),
        ("new", 2016, 12),
    ]


def test_a_target_is_the_years() -> None:
    text = "Kết quả 7 tháng năm 2023. Chỉ tiêu giao năm 2023 là 83% về việc; đạt 60% về việc."

    assert [(r["item"], r["fiscal_year"], r["months"]) for r in load_bulletin(text).records()] == [
        ("target", 2023, 12),
        ("completion_rate", 2023, 7),
    ]


def test_the_callers_period_replaces_the_documents_own() -> None:
    # A calendar half-year in the words, nine months of the statistical year in the figures.
    text = "6 tháng đầu năm 2023, thi hành xong 11 việc. Năm 2022, thi hành xong 40 việc."

    periods = [(r["fiscal_year"], r["months"]) for r in load_bulletin(text, period="2023-M09").records()]

    assert periods == [(2023, 9), (2022, 12)]
    assert load_bulletin("Thi hành xong 5 việc.", period="2022-M12").records()[0]["fiscal_year"] == 2022


def test_a_wrong_period_is_the_callers_fault() -> None:
    with pytest.raises(UsageError, match="2023-M09"):
        load_bulletin("Thi hành xong 5 việc.", period="9 tháng")


@pytest.mark.parametrize(
    ("text", "level", "code"),
    [
        ("Cả nước thi hành xong 5 việc.", "national", "VN"),
        ("Thi hành xong 5 việc.", "national", "VN"),
        ("Cục THADS tỉnh Bến Tre thi hành xong 5 việc.", "province", "83"),
        ("CỤC THI HÀNH ÁN DÂN SỰ\nTỈNH BẾN TRE\nKẾT QUẢ\nThi hành xong 5 việc.", "province", "83"),
        ("TP.HCM thi hành xong 5 việc.", "province", "79"),
        ("Cục THADS tỉnh Hoà Bình thi hành xong 5 việc.", "province", "17"),
        ("Tại Hà Nội, cả nước thi hành xong 5 việc.", "national", "VN"),
        ("Ngày 5/1, tại Hà Nội, hội nghị cho biết đã thi hành xong 5 việc.", "national", "VN"),
        ("10 tháng năm 2025, THADS tỉnh Đồng Tháp thi hành xong 5 việc.", "province", "82"),
        ("10 tháng năm 2025, Cục THADS tỉnh Bình Phước (cũ) thi hành xong 5 việc.", "province", "70"),
        ("9 tháng năm 2025, THADS tỉnh Đồng Tháp thi hành xong 5 việc.", "province", "87"),
        ("Toàn tỉnh thi hành xong 5 việc.", "province", None),
    ],
)
def test_organisation(text: str, level: str, code: str | None) -> None:
    record = load_bulletin(text).records()[0]

    assert (record["org_level"], record["org_code"]) == (level, code)


def test_each_name_of_a_list_has_its_own_rate() -> None:
    text = (
        "Một số nơi có tỷ lệ thi hành xong về việc thấp: Sơn La (60,1%), Hà Tĩnh (61,2%). "
        "Cả nước đạt 65% về việc."
    )

    assert [(r["org_name"], r["value"]) for r in load_bulletin(text).records()] == [
        ("Sơn La", 60.1),
        ("Hà Tĩnh", 61.2),
        ("Toàn quốc", 65.0),
    ]


def test_a_figure_behind_a_list_of_provinces_is_nobodys() -> None:
    reading = load_bulletin("Hà Nội, Đà Nẵng và Cần Thơ đã thi hành xong 500 việc.")

    assert reading.records() == []
    assert reading.rejects["reason"].tolist() == ["several provinces are named"]


def test_headings_hold_for_the_bullets_under_them() -> None:
    text = (
        "II. KẾT QUẢ\n1. Về việc\n- Thi hành xong 50 việc;\n- Tỷ lệ đạt 60%.\n2. Về tiền\n- Tỷ lệ đạt 30%.\n"
        "3. Án tín dụng, ngân hàng\n- Thi hành xong 7 việc.\n"
        "4. Theo dõi thi hành án hành chính\n- Thi hành xong 2 việc."
    )

    assert readings(text) == parse(
        "c completed 50 cases; c completion_rate 60 pct; m completion_rate 30 pct; a completed 2 cases"
    )


def test_a_bullet_under_a_bullet_goes_on_about_the_same_figure() -> None:
    assert readings("- Thi hành xong: 40 việc\n+ Tăng 5 việc so với cùng kỳ\n- Tăng 7 việc") == parse(
        "c completed 40 cases; c completed_change_abs 5 cases"
    )


def test_records_are_json() -> None:
    (record,) = json.loads(json.dumps(load_bulletin("9 tháng năm 2023, thi hành xong 40 việc.").records()))

    assert (record["fiscal_year"], record["months"], record["value"]) == (2023, 9, 40)


def test_rejects_carry_the_number_as_read() -> None:
    rejects = load_bulletin("Chi cục THADS huyện Ba Tri thi hành xong gần 3 tỷ đồng.").rejects

    row = rejects.iloc[0]
    assert (row["value"], row["unit"], row["bound"], row["text"]) == (
        3 * 10**9,
        "dong",
        "at_most",
        "gần 3 tỷ đồng",
    )


def test_a_text_without_figures_gives_empty_frames() -> None:
    reading = load_bulletin("Hội nghị đã thành công tốt đẹp.")

    assert reading.records() == []
    assert list(reading.observations.columns[: len(RECORD_KEYS)]) == list(RECORD_KEYS)
    assert reading.rejects.empty


WORDS = [
    *(
        "về việc",
        "về tiền",
        "đạt",
        "tỷ lệ",
        "tăng",
        "giảm",
        "so với cùng kỳ",
        "chỉ tiêu",
        "tiến độ",
        "vượt",
        "thiếu",
    ),
    *(
        "(",
        ")",
        ",",
        ";",
        ".",
        ":",
        "/",
        "5.000 việc",
        "12 tỷ đồng",
        "66,5%",
        "868/2.098",
        "trên",
        "gần",
        "năm 2021",
    ),
    *(
        "có điều kiện",
        "thi hành xong",
        "trong tổng số",
        "phải thi hành",
        "thụ lý mới",
        "9 tháng",
        "tỉnh",
        "Hà Nội",
    ),
    *(
        "án hành chính",
        "tín dụng",
        "trong đó",
        "và",
        "là",
        "bằng",
        "chiếm",
        "chuyển kỳ sau",
        "bản án",
        "kiến nghị",
    ),
]


@given(st.lists(st.sampled_from(WORDS), max_size=40).map(" ".join))
def test_any_order_of_the_fields_words_is_read_or_left(text: str) -> None:
    reading = load_bulletin(text)

    for record in reading.records():
        assert reading.text[record["start"] : record["end"]] == record["text"]
        assert record["unit"] in ("cases", "dong", "pct", "pp")
        assert record["bound"] in ("exact", "at_least", "at_most", "about")
    taken = [(r["start"], r["end"]) for r in reading.records()]
    left = list(zip(reading.rejects["start"], reading.rejects["end"], strict=True))
    assert not set(taken) & set(left)
