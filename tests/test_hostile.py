"""Hostile strings in every text field of the data are plain text in all that is handed on, or refused."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

import docx
import openpyxl
import pytest
from bs4 import BeautifulSoup
from hostile_pages import FORMULA, SCRIPT

from thads_analysis import org as orgs
from thads_analysis import reference
from thads_analysis.errors import DataError
from thads_analysis.publishing import check_tree, publish_zip
from thads_analysis.publishing.bundle import _contents
from thads_analysis.report.annex import ANNEX
from thads_analysis.report.letter import LETTER
from thads_analysis.site import FRONT_SCRIPT, check_page

HIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def pages(report: Path) -> list[Path]:
    return sorted(report.rglob("*.html"))


def test_pages_and_index_hold_them_as_text(hostile_report: Path):
    assert len(pages(hostile_report)) == 7
    named = 0
    for file in pages(hostile_report):
        html = file.read_text(encoding="utf-8")
        script = FRONT_SCRIPT if file.name == "index.html" else ""
        assert check_page(html, [], script) == [], file.name
        assert not HIDDEN.search(html), file.name
        soup = BeautifulSoup(html, "html.parser")
        assert [tag.string for tag in soup.find_all(["script", "svg", "iframe"])] == (
            [script] if script else []
        )
        assert not [tag for tag in soup.find_all(True) for name in tag.attrs if name.startswith("on")]
        assert all(image["src"].startswith("data:image/png;base64,") for image in soup.find_all("img"))
        assert len(soup.find_all("title")) == 1
        named += SCRIPT in soup.get_text()
    assert named == 7


def test_the_report_is_whole_and_may_be_published(hostile_report: Path):
    assert check_tree(hostile_report) == []


def test_the_annex_holds_them_as_strings(hostile_report: Path):
    book = openpyxl.load_workbook(hostile_report / ANNEX)
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert {cell.data_type for cell in cells} <= {"s", "n"}
    assert not [cell for cell in cells if cell.hyperlink]
    hostile = [cell for cell in cells if isinstance(cell.value, str) and FORMULA in cell.value]
    assert any(cell.value.startswith(FORMULA) for cell in hostile)
    assert all(cell.data_type == "s" and cell.quotePrefix for cell in hostile)
    assert not [cell for cell in cells if HIDDEN.search(str(cell.value))]
    assert not book.defined_names
    with zipfile.ZipFile(hostile_report / ANNEX) as archive:
        assert not [name for name in archive.namelist() if re.search("vba|macro|external|embed", name, re.I)]


def test_the_letter_holds_them_as_text(hostile_report: Path):
    document = docx.Document(str(hostile_report / LETTER))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    text = "\n".join([*(p.text for p in document.paragraphs), *cells])
    assert FORMULA in text
    assert SCRIPT in text
    assert not HIDDEN.search(text)
    with zipfile.ZipFile(hostile_report / LETTER) as archive:
        assert not [name for name in archive.namelist() if re.search("vba|macro|external|embed", name, re.I)]
        links = [archive.read(name) for name in archive.namelist() if name.endswith(".rels")]
    assert not [link for link in links if b'TargetMode="External"' in link]


def test_names_in_the_zip_stay_inside_its_folder(hostile_report: Path, tmp_path: Path):
    publish_zip(hostile_report, tmp_path / "out.zip")
    with zipfile.ZipFile(tmp_path / "out.zip") as archive:
        names = archive.namelist()
    assert len(names) == 7 + 3
    assert all(re.fullmatch(r"2023-M09/([\w-]+/)?[\w.-]+", name, re.ASCII) for name in names)


@pytest.mark.parametrize(
    "name", ["../x.html", "..\\x.html", "C:/x.html", "a\nb.html", "/x.html", ".hidden", "a\u202eb.html"]
)
def test_a_name_that_could_lead_out_is_refused(tmp_path: Path, name: str):
    with pytest.raises(DataError, match="a file is named"):
        _contents(tmp_path, {name: b""})


@pytest.mark.parametrize("name", ["", " An", "a\r\nb", "a\x00", "\u202egnp.exe", "dài" * 50])
def test_a_name_that_cannot_be_printed_is_refused_with_its_place(name: str, monkeypatch: pytest.MonkeyPatch):
    rows = tuple(row | {"name_63": name} if row["code_63"] == "45" else row for row in reference.provinces())
    monkeypatch.setattr(reference, "provinces", lambda: rows)
    with pytest.raises(DataError, match=r"provinces\.csv: code 45 of the list of 63: the name is"):
        orgs.provinces.__wrapped__("63")
    monkeypatch.undo()
    groups = tuple(row | {"name": name} for row in reference.groups())
    monkeypatch.setattr(reference, "groups", lambda: groups)
    with pytest.raises(DataError, match=r"groups\.yaml: group 'large-8': the name is"):
        orgs.groups.__wrapped__("63")
