"""Files of every kind, whole and broken."""

import unicodedata
import zipfile
from pathlib import Path

import pytest

from thads_analysis.errors import DataError, UsageError
from thads_analysis.load.bulletin import documents, load_bulletin
from thads_analysis.load.bulletin.documents import document_of, read_document

SENTENCE = "Về việc: thi hành xong 1.250 việc, đạt tỷ lệ 61,2%."


def values(source: Path | str) -> list[tuple[str, float]]:
    return [(r["item"], r["value"]) for r in load_bulletin(source).records()]


READ = [("completed", 1250), ("completion_rate", 61.2)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_text_in_the_encodings_that_word_processors_write(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "bulletin.txt"
    path.write_bytes(SENTENCE.encode(encoding))

    assert values(path) == READ


def test_decomposed_letters_are_composed() -> None:
    reading = load_bulletin(unicodedata.normalize("NFD", SENTENCE))

    assert [r["value"] for r in reading.records()] == [1250, 61.2]
    assert reading.text == SENTENCE


def test_a_path_may_be_given_as_text(tmp_path: Path) -> None:
    path = tmp_path / "bulletin.txt"
    path.write_text(SENTENCE, encoding="utf-8")

    assert values(str(path)) == READ


def test_a_web_page_without_its_frame(tmp_path: Path) -> None:
    path = tmp_path / "bulletin.html"
    path.write_text(
        "<html><head><title>Tin</title><style>p{}</style></head><body><nav>Thi hành xong 9 việc</nav>"
        "<h1>Kết quả</h1><p>Về việc: thi hành xong<sup>1</sup> 1.250 <b>việc</b>,\nđạt tỷ lệ 61,2%.</p>"
        "<script>thi hành xong 7 việc</script><footer>Thi hành xong 5 việc</footer></body></html>",
        encoding="utf-8",
    )

    assert values(path) == READ


def test_a_word_file_drops_the_digits_of_footnotes(tmp_path: Path) -> None:
    import docx

    document = docx.Document()
    paragraph = document.add_paragraph("So với cùng kỳ năm 2016")
    paragraph.add_run("12").font.superscript = True
    paragraph.add_run(", số thi hành xong tăng 35 việc.")
    path = tmp_path / "bulletin.docx"
    document.save(str(path))

    (record,) = load_bulletin(path).records()
    assert (record["fiscal_year"], record["item"], record["value"]) == (2017, "completed_change_abs", 35)
    assert "201612" not in load_bulletin(path).text


@pytest.mark.parametrize(
    ("broken", "whole"),
    [
        ("đã thi hành\nxong 5 việc", "đã thi hành xong 5 việc"),
        ("31.415 tri-\nệu đồng", "31.415 triệu đồng"),
        ("31.415 ngh-\nìn đồng", "31.415 nghìn đồng"),
        ("31.415 tri\u00ad\nệu đồng", "31.415 triệu đồng"),
        ("31.415 tri\ufffe\nệu đồng", "31.415 triệu đồng"),
        ("382.\n058 việc", "382.058 việc"),
        ("kinh tế -\nxã hội", "kinh tế - xã hội"),
        ("Kết quả:\n- Về việc", "Kết quả:\n- Về việc"),
        ("Một câu.\n\nCâu khác.", "Một câu.\n\nCâu khác."),
    ],
)
def test_broken_lines_are_mended(broken: str, whole: str) -> None:
    assert document_of(broken).text == whole


def test_offsets_into_wrapped_text_hold() -> None:
    wrapped = "Trong 9 tháng năm 2023, các cơ quan đã thi hành\nxong 1.250 việc, đạt tỷ lệ\n61,2%."

    for record in load_bulletin(wrapped).records():
        assert wrapped[record["start"] : record["end"]] == record["text"]


def make_pdf(path: Path, *, text: str = "", encrypt: bool = False) -> None:
    """A page with a picture and, perhaps, a line of text."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    figure = Figure(figsize=(4, 3))
    figure.add_axes((0.1, 0.3, 0.5, 0.5)).imshow([[0, 1], [1, 0]])
    for axes in figure.axes:
        axes.set_axis_off()
    if text:
        figure.text(0.05, 0.1, text, fontsize=6)
    with mpl.rc_context({"pdf.fonttype": 42}):
        figure.savefig(path)
    if encrypt:
        # An encryption dictionary that no empty password opens, put into the trailer by hand.
        content = path.read_bytes()
        handler = b"/Encrypt << /Filter /Standard /V 1 /R 2 /P -4 /O (%s) /U (%s) >> /ID [(a)(a)] /Root" % (
            b"o" * 32,
            b"u" * 32,
        )
        path.write_bytes(content.replace(b"/Root", handler, 1) if b"/Root" in content else content)


def test_a_scan_is_refused_with_that_reason(tmp_path: Path) -> None:
    path = tmp_path / "scan.pdf"
    make_pdf(path)

    with pytest.raises(DataError, match="without a text layer: a scan"):
        load_bulletin(path)


def test_a_pdf_with_text_beside_a_picture_is_read(tmp_path: Path) -> None:
    path = tmp_path / "bulletin.pdf"
    make_pdf(path, text=SENTENCE)

    assert values(path) == READ


def test_a_page_that_is_a_picture_is_named_among_the_rejects(tmp_path: Path) -> None:
    import matplotlib as mpl
    from matplotlib.backends.backend_pdf import PdfPages
    from matplotlib.figure import Figure

    path = tmp_path / "bulletin.pdf"
    with mpl.rc_context({"pdf.fonttype": 42}), PdfPages(path) as pdf:
        first, second = Figure(figsize=(4, 3)), Figure(figsize=(4, 3))
        first.text(0.05, 0.5, SENTENCE, fontsize=6)
        axes = second.add_axes((0.1, 0.1, 0.5, 0.5))
        axes.imshow([[0, 1], [1, 0]])
        axes.set_axis_off()
        pdf.savefig(first)
        pdf.savefig(second)

    reading = load_bulletin(path)

    assert [(r["item"], r["value"]) for r in reading.records()] == READ
    assert reading.rejects[["reason", "page"]].values.tolist() == [["a page without text, a picture", 2]]


def test_an_encrypted_pdf_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "secret.pdf"
    make_pdf(path, text=SENTENCE, encrypt=True)

    with pytest.raises(DataError, match="encrypted"):
        load_bulletin(path)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.pdf", b"not a pdf", "not a PDF"),
        ("a.pdf", b"%PDF-1.7 cut short", "damaged"),
        ("a.docx", b"PK\x03\x04 cut short", "not a readable .docx"),
        ("a.docx", b"\xd0\xcf\x11\xe0 old", "old Word file"),
        ("a.txt", b"%PDF-1.7", "not a text file"),
        ("a.txt", "thi hành".encode("cp1258", "replace") + b"\xff\xfe\xc3(", "neither UTF-8 nor UTF-16"),
        ("a.html", b"PK\x00\x00", "not a web page"),
    ],
)
def test_a_broken_file_is_refused(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)

    with pytest.raises(DataError, match=message):
        read_document(path)


@pytest.mark.parametrize("name", ["missing.pdf", "bulletin.doc"])
def test_a_wrong_call_is_the_callers_fault(tmp_path: Path, name: str) -> None:
    (tmp_path / "bulletin.doc").write_bytes(b"x")

    with pytest.raises(UsageError):
        read_document(tmp_path / name)


def test_limits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "bulletin.txt"
    path.write_text(SENTENCE, encoding="utf-8")
    monkeypatch.setattr(documents, "MAX_FILE_BYTES", 10)
    with pytest.raises(DataError, match="at most 10"):
        read_document(path)
    monkeypatch.setattr(documents, "MAX_CHARACTERS", 10)
    with pytest.raises(DataError, match="at most 10"):
        document_of(SENTENCE)


def test_a_word_file_that_unpacks_without_end_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "bomb.docx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", b"0" * 100_000)
    monkeypatch.setattr(documents, "MAX_UNPACKED_BYTES", 50_000)

    with pytest.raises(DataError, match="unpacked"):
        read_document(path)
