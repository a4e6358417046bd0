"""The draft letter: laid out as Decree 30/2020/NĐ-CP asks, with the period's figures and open places."""

from __future__ import annotations

import re
import zipfile
from dataclasses import replace
from pathlib import Path

import docx
import pytest
from docx.shared import Pt
from sample_pages import with_source

from thads_analysis.context import Context
from thads_analysis.paths import template_file
from thads_analysis.report.letter import LETTER, write_letter


@pytest.fixture(scope="module")
def letter(tmp_path_factory: pytest.TempPathFactory, sample_context: Context) -> Path:
    path = tmp_path_factory.mktemp("letter") / LETTER
    assert write_letter(path, sample_context)
    return path


def all_text(path: Path) -> str:
    document = docx.Document(str(path))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(p.text for p in document.paragraphs), *cells])


def test_the_page_is_that_of_the_decree(letter: Path) -> None:
    # Decree 30/2020/NĐ-CP, annex I: A4; 20 to 25 mm above and below, 30 to 35 left, 15 to 20 right;
    # Times New Roman, 13 to 14 for the text; the number of the page in the head, not on the first page.
    document = docx.Document(str(letter))
    (section,) = document.sections
    assert [round(side.mm) for side in (section.page_width, section.page_height)] == [210, 297]
    assert 20 <= round(section.top_margin.mm) <= 25
    assert 20 <= round(section.bottom_margin.mm) <= 25
    assert 30 <= round(section.left_margin.mm) <= 35
    assert 15 <= round(section.right_margin.mm) <= 20
    normal = document.styles["Normal"].font
    assert (normal.name, normal.size) == ("Times New Roman", Pt(13))
    assert section.different_first_page_header_footer
    assert "PAGE" in section.header._element.xml
    assert not section.first_page_header.paragraphs[0].text


def test_the_head_has_both_columns_and_nothing_is_invented(letter: Path) -> None:
    left, right = docx.Document(str(letter)).tables[0].rows[0].cells
    assert left.text.split("\n")[:2] == ["[TÊN CƠ QUAN CHỦ QUẢN]", "[TÊN CƠ QUAN BAN HÀNH]"]
    assert "Số: …/[ký hiệu]" in left.text
    assert "V/v thông báo kết quả thi hành án dân sự 9 tháng năm 2023" in left.text
    assert right.text.startswith("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM\nĐộc lập - Tự do - Hạnh phúc")
    assert "[Địa danh], ngày … tháng … năm …" in right.text
    text = all_text(letter)
    for open_place in (
        "Kính gửi: [",
        "[Nhiệm vụ, thời hạn",
        "Nơi nhận:",
        "[QUYỀN HẠN, CHỨC VỤ",
        "[Họ và tên]",
    ):
        assert open_place in text


def test_it_tells_the_figures_of_the_period(letter: Path) -> None:
    # Official letter 2757/TCTHADS-NV3 of 31 July 2023.
    text = all_text(letter)
    for figure in ("382.058 việc", "66,53%", "tăng 2,18 điểm %", "70.278,7 tỷ đồng", "32,45%"):
        assert figure in text
    assert "từ ngày 1/10/2022 đến ngày 30/6/2023" in text
    assert "SỐ LIỆU MÔ PHỎNG" in text
    assert not re.findall(r"\{[{%#]|[%}#]\}", text)


def test_its_annex_lists_who_is_below(letter: Path, sample_context: Context) -> None:
    rows = [[cell.text for cell in row.cells] for row in docx.Document(str(letter)).tables[-1].rows][1:]
    here = sample_context.at(sample_context.period)
    rates = {m: here[m, "completed"] / here[m, "eligible"] for m in ("cases", "money")}
    whole = {m: here[m, "completed"].sum() / here[m, "eligible"].sum() for m in rates}
    below = {m: set(rates[m].index[rates[m] < whole[m]]) for m in rates}
    assert len(rows) == len(below["cases"] | below["money"])
    assert sum(row[2] != "–" for row in rows) == len(below["cases"])
    assert sum(row[4] != "–" for row in rows) == len(below["money"])
    assert [row[0] for row in rows] == [str(number) for number in range(1, len(rows) + 1)]


def test_it_is_the_same_each_time_and_tells_nothing_of_its_making(
    letter: Path, sample_context: Context, tmp_path: Path
) -> None:
    write_letter(tmp_path / LETTER, sample_context)
    assert (tmp_path / LETTER).read_bytes() == letter.read_bytes()
    with zipfile.ZipFile(letter) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    about = docx.Document(str(letter)).core_properties
    assert (about.author, about.last_modified_by, about.comments) == ("", "", "")
    assert about.created == about.modified
    assert about.created.year == 2000


def test_there_is_none_while_a_province_has_not_reported(sample_context: Context, tmp_path: Path) -> None:
    late = sample_context.panel.drop(index=("63:79", 2023, 9))
    assert not write_letter(tmp_path / LETTER, replace(sample_context, panel=late))
    assert not (tmp_path / LETTER).exists()


def test_what_is_hostile_stays_text(sample_context: Context, tmp_path: Path) -> None:
    hostile = "<w:p/>&amp;{{ 7*7 }}{% x %}\u202egpj\x00\x0b\r\n\t\f=cmd|'/c calc'!A0"
    path = tmp_path / LETTER
    write_letter(path, with_source(sample_context, hostile))
    assert "<w:p/>&amp;{{ 7*7 }}{% x %}\ufffdgpj\ufffd =cmd|'/c calc'!A0" in all_text(path)
    with zipfile.ZipFile(path) as archive:
        assert not [name for name in archive.namelist() if "vba" in name.lower() or "embed" in name.lower()]


def test_the_template_has_every_place_that_is_filled() -> None:
    with zipfile.ZipFile(template_file(LETTER)) as archive:
        xml = archive.read("word/document.xml").decode("utf-8")
    named = set(re.findall(r"\{\{ ([a-z_.]+) \}\}|for \w+ in (\w+) ", xml))
    assert {a or b for a, b in named} >= {
        "period",
        "first",
        "last",
        "known",
        "results",
        "course",
        "below",
        "rows",
    }
