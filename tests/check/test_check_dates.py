"""The checker on the dates and words of a text."""

import pandas as pd
import pytest

from thads_analysis.check import check_stated

# Quảng Ninh, 12 months of 2018: one figure carries the period.
FIGURES = pd.DataFrame(
    [("63", "22", 2018, 12, "cases", "completion_rate", 82.63)],
    columns=["org_regime", "org_code", "fiscal_year", "months", "measure", "item", "value"],
)


def found(text: str, months: int = 12) -> list[tuple[str, str]]:
    findings = check_stated(FIGURES.assign(months=months), text=text)
    return [(f.rule, f.found) for f in findings.itertuples()]


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("Từ 1/10/2017 đến 31/9/2018, toàn tỉnh đạt 82,63%.", "31/9/2018"),
        ("Tính đến ngày 30/02/2018 đã xong.", "30/02/2018"),
        ("Báo cáo ngày 31 tháng 9 năm 2018.", "ngày 31 tháng 9 năm 2018"),
        ("Số liệu đến 5/13/2018.", "5/13/2018"),
    ],
)
def test_a_day_that_is_in_no_calendar(text: str, date: str) -> None:
    assert ("impossible_date", date) in found(text)


@pytest.mark.parametrize(
    "text",
    [
        "Từ 01/10/2017 đến 30/9/2018, toàn tỉnh đạt 82,63%.",
        "Quyết định số 123/5/2018 và Thông tư 06/2019/TT-BTP ngày 21/11/2019.",
        "Tỷ lệ 82,63%; ngày 29/2/2020.",
        "Năm 2018, toàn tỉnh đạt 82,63%.",
        "Trong 12 tháng năm 2018 so với 12 tháng năm 2017.",
        "Từ 1/10/2017 đến 30/9/2018 (cùng kỳ từ 1/10/2016 đến 30/9/2017).",
        "Đến hết tháng 9/2017, số cũ chuyển sang là 3.000 việc.",
        "Đạt tỷ lệ 82,63%, vượt 9,63% so với chỉ tiêu.",
        "",
    ],
)
def test_right_dates_are_silent(text: str) -> None:
    assert found(text) == []


def test_a_range_that_is_not_the_period() -> None:
    # Cà Mau 2017: 29/9 in place of 30/9.
    assert found("Từ 1/10/2017 đến 29/9/2018 đạt 82,63%.") == [
        ("period_in_text", "Từ 1/10/2017 đến 29/9/2018")
    ]
    assert found("Từ 1/10/2016 đến 30/9/2017 đạt 82,63%.") == [
        ("period_in_text", "Từ 1/10/2016 đến 30/9/2017")
    ]


def test_months_counted_from_january() -> None:
    # Đắk Lắk: a headline of 2 months for figures of 5 months of the statistical year.
    assert found("Kết quả 2 tháng đầu năm 2018", months=5) == [("period_in_text", "2 tháng năm 2018")]
    assert found("Kết quả 5 tháng đầu năm 2018", months=5) == []
    assert found("Nhiệm vụ 3 tháng năm 2018", months=9) == []


def test_a_stale_year_at_the_head() -> None:
    # Gia Lai: the paragraph on 2022 opens with 2021.
    assert found("Năm 2017, các cơ quan thi hành án dân sự đã xong.") == [("period_in_text", "2017")]


def test_what_is_carried_in_is_dated_before_the_year() -> None:
    # Bến Tre 2020: "đến hết tháng 5/2020" is left over from another report.
    assert found("Đến hết tháng 5/2018, số cũ chuyển sang là 3.000 việc.") == [
        ("stale_opening_date", "5/2018")
    ]


def test_words_that_exclude_each_other() -> None:
    assert found("Thu được gần trên 95 tỷ đồng.") == [("contradicting_words", "gần trên")]
    assert found("Thu được trên 95 tỷ đồng, gần hơn trước.") == []


def test_a_rate_worded_as_a_part_of_the_target() -> None:
    # Hồ Chí Minh 2019, plo.vn 841262: 26,515 / 54,681 = 48.49 % is the rate itself.
    figures = pd.DataFrame(
        [("completed", 26515), ("eligible", 54681), ("completion_rate", 48.49)], columns=["item", "value"]
    ).assign(org_regime="63", org_code="79", fiscal_year=2019, months=6, measure="cases")
    text = "Xong 26.515 việc (tỉ lệ 48,49% so với chỉ tiêu được giao)."
    assert check_stated(figures, text=text)["rule"].tolist() == ["attainment_wording"]
    assert check_stated(figures, text=text.replace("tỉ lệ", "vượt")).empty


def test_nothing_is_known_before_its_period_has_ended() -> None:
    early = check_stated(FIGURES.assign(as_of="2018-08-31"))
    assert early[["rule", "found", "expected"]].to_numpy().tolist() == [
        ["known_before_end", "2018-08-31", "2018-09-30"]
    ]
    assert check_stated(FIGURES.assign(as_of="2018-09-30")).empty
    assert check_stated(FIGURES.assign(as_of="2018-08-31", item="target")).empty
    assert check_stated(FIGURES.assign(source_date="2018 (approx.)")).empty


def test_a_text_may_come_in_either_unicode_form() -> None:
    import unicodedata

    text = unicodedata.normalize("NFD", "Đến hết tháng 5/2018, số cũ chuyển sang là 3.000 việc.")
    assert found(text) == [("stale_opening_date", "5/2018")]
