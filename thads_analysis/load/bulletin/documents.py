"""From a file to text: PDF, Word, web page or plain text, with broken lines mended and pages known."""

from __future__ import annotations

__all__ = [
    "MAX_CHARACTERS",
    "MAX_FILE_BYTES",
    "MAX_PAGES",
    "MAX_UNPACKED_BYTES",
    "SUFFIXES",
    "Document",
    "document_of",
    "read_document",
]

import re
import unicodedata
import zipfile
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from thads_analysis.errors import DataError, UsageError

if TYPE_CHECKING:
    from bs4 import BeautifulSoup
    from docx.document import Document as WordDocument
    from docx.table import Table
    from docx.text.paragraph import Paragraph

MAX_FILE_BYTES = 50_000_000
MAX_UNPACKED_BYTES = 200_000_000
MAX_PAGES = 1_000
MAX_CHARACTERS = 5_000_000

SUFFIXES = (".pdf", ".docx", ".html", ".htm", ".txt")

_MARKER = re.compile(
    r"\s*(?:[-–—•*+▪●○]\s|(?:\d{1,2}\.)+\d{0,2}\s|\d{1,2}\)\s|[IVX]{1,5}[.)]\s|[a-zđ][.)]\s|\((?:[ivx]+|[a-zđ]|\d{1,2})\)\s)"
)
_PAGE_NUMBER = re.compile(r"\s*[-–—]?\s*(?:trang\s+)?\d{1,4}(?:\s*/\s*\d{1,4})?\s*[-–—]?\s*", re.IGNORECASE)
_LOOSE_HYPHENS = "\u00ad\u2010\ufffe\x02"
_VOWELS = set("aeiouyăâêôơư")
_WORDS_WITH_TWO_VOWELS = frozenset(
    [
        "triệu",
        "nghìn",
        "ngàn",
        "việc",
        "tiền",
        "kiện",
        "giảm",
        "thiếu",
        "điều",
        "nhiều",
        "giao",
        "tháng",
        "quyết",
    ]
)
_WRAP_LIMIT = 200
_BLOCKS = frozenset(
    [
        "address",
        "article",
        "blockquote",
        "body",
        "center",
        "dd",
        "div",
        "dl",
        "dt",
        "figcaption",
        "figure",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "hr",
        "li",
        "main",
        "ol",
        "p",
        "pre",
        "section",
        "table",
        "tbody",
        "td",
        "tfoot",
        "th",
        "thead",
        "tr",
        "ul",
    ]
)
_NOT_CONTENT = ("script", "style", "noscript", "template", "nav", "footer", "aside", "form", "head", "button")


@dataclass(frozen=True)
class Document:
    """The text of a file.

    Parameters
    ----------
    text : str
        NFC; a paragraph ends with a line break, a line that was only wrapped does not.
    page_starts : tuple of int
        Offset in ``text`` at which each page begins; one page where the file knows none.
    blank_pages : tuple of int
        Numbers of the pages that hold a picture and no text, so that nothing of them was read.
    """

    text: str
    page_starts: tuple[int, ...] = (0,)
    blank_pages: tuple[int, ...] = ()

    def page(self, offset: int) -> int:
        """Return the number of the page, from 1, on which an offset lies."""
        return bisect_right(self.page_starts, offset)


def document_of(text: str) -> Document:
    """Take text that is at hand: compose its letters (NFC) and mend its broken lines.

    Text that is composed and has no word broken at a line's end keeps its length, so that offsets
    into the document are offsets into what was given.
    """
    if len(text) > MAX_CHARACTERS:
        message = (
            f"The text has {len(text):,} characters; at most {MAX_CHARACTERS:,} are read. Give one bulletin"
        )
        raise DataError(message)
    return _assemble([_compose(text.replace("\r\n", "\n").replace("\r", "\n"))])


def read_document(path: Path) -> Document:
    """Read the text of a .pdf, .docx, .html or .txt file.

    Raises
    ------
    UsageError
        When there is no such file, it is a folder, or its suffix is none of `SUFFIXES`.
    DataError
        When the file is too large, damaged, encrypted, of another kind than its suffix says, in an
        unknown encoding, or a scan without a text layer.
    """
    if not path.is_file():
        message = f"{path}: a folder; give one file" if path.is_dir() else f"{path}: no such file"
        raise UsageError(message)
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        message = f"{path}: a bulletin is one of {', '.join(SUFFIXES)}; save it as .docx or .pdf with text"
        raise UsageError(message)
    size = path.stat().st_size
    if size > MAX_FILE_BYTES:
        message = (
            f"{path}: {size:,} bytes; at most {MAX_FILE_BYTES:,} are read. Give the bulletin without annexes"
        )
        raise DataError(message)
    content = path.read_bytes()
    if suffix == ".pdf":
        return _read_pdf(path, content)
    if suffix == ".docx":
        return document_of(_read_word(path, content))
    if suffix in (".html", ".htm"):
        return document_of(_read_page(path, content))
    return document_of(_decode(path, content))


def _read_pdf(path: Path, content: bytes) -> Document:
    import pypdfium2

    if b"%PDF-" not in content[:1024]:
        message = f"{path}: not a PDF, whatever its suffix says; give the file as it was issued"
        raise DataError(message)
    try:
        pdf = pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError as error:
        if "password" in str(error).lower():
            message = f"{path}: the PDF is encrypted; save a copy without the password"
        else:
            message = f"{path}: the PDF is damaged ({error}); ask for the file again"
        raise DataError(message) from None
    try:
        if len(pdf) > MAX_PAGES:
            message = (
                f"{path}: {len(pdf)} pages; at most {MAX_PAGES} are read. Give the bulletin without annexes"
            )
            raise DataError(message)
        pages: list[str] = []
        blank: list[int] = []
        for number in range(len(pdf)):
            page = pdf[number]
            text = page.get_textpage().get_text_range()
            pages.append(_compose(text.replace("\r\n", "\n").replace("\r", "\n")))
            if not text.strip() and next(iter(page.get_objects()), None) is not None:
                blank.append(number + 1)
            if sum(map(len, pages)) > MAX_CHARACTERS:
                message = (
                    f"{path}: more than {MAX_CHARACTERS:,} characters. Give the bulletin without annexes"
                )
                raise DataError(message)
    except pypdfium2.PdfiumError as error:
        message = f"{path}: the PDF is damaged ({error}); ask for the file again"
        raise DataError(message) from None
    finally:
        pdf.close()
    if not any(page.strip() for page in pages):
        message = (
            f"{path}: {len(pages)} page(s) without a text layer: a scan. "
            "Ask for the PDF made from the word processor, or for the .docx"
        )
        raise DataError(message)
    read = _assemble([_drop_page_number(page) for page in pages])
    return Document(read.text, read.page_starts, tuple(blank))


def _read_word(path: Path, content: bytes) -> str:
    import io

    import docx
    from docx.opc.exceptions import PackageNotFoundError

    if content[:4] == b"\xd0\xcf\x11\xe0":
        message = f"{path}: an encrypted or an old Word file; save it as .docx without a password"
        raise DataError(message)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
        if unpacked > MAX_UNPACKED_BYTES:
            message = f"{path}: {unpacked:,} bytes unpacked; at most {MAX_UNPACKED_BYTES:,} are read"
            raise DataError(message)
        word = docx.Document(io.BytesIO(content))
        return "\n".join(_blocks_of(word))
    except (zipfile.BadZipFile, PackageNotFoundError, KeyError, ValueError, SyntaxError) as error:
        message = f"{path}: not a readable .docx ({error}); save it again from the word processor"
        raise DataError(message) from None


def _blocks_of(holder: WordDocument) -> Iterator[str]:
    """Yield paragraphs in reading order; the two-column head of a letter is a table."""
    from docx.text.paragraph import Paragraph

    for block in holder.iter_inner_content():
        if isinstance(block, Paragraph):
            yield _text_of(block)
        else:
            yield from _cells_of(block)


def _cells_of(table: Table) -> Iterator[str]:
    seen = set()
    for row in table.rows:
        for cell in row.cells:
            if cell._tc not in seen:  # a merged cell is met once for each place that it covers
                seen.add(cell._tc)
                yield from (_text_of(paragraph) for paragraph in cell.paragraphs)


def _text_of(paragraph: Paragraph) -> str:
    """Text of a paragraph without the raised digits that point to footnotes."""
    from docx.text.run import Run

    parts = []
    for part in paragraph.iter_inner_content():
        raised = isinstance(part, Run) and part.font.superscript and part.text.strip().isdigit()
        parts.append("" if raised else part.text)
    return "".join(parts)


def _read_page(path: Path, content: bytes) -> str:
    from bs4 import BeautifulSoup

    if b"\x00" in content[:1024] and not content.startswith((b"\xff\xfe", b"\xfe\xff")):
        message = f"{path}: not a web page, whatever its suffix says"
        raise DataError(message)
    return re.sub(r"[ \t]*\n[ \t]*", "\n", _words_of(BeautifulSoup(content, "html.parser")))


def _words_of(page: BeautifulSoup) -> str:
    from bs4.element import NavigableString, PreformattedString, Tag

    for tag in page(_NOT_CONTENT):
        tag.decompose()
    parts: list[str] = []

    def walk(node: Tag) -> None:
        for child in node.children:
            if isinstance(child, Tag):
                if child.name == "sup" and child.get_text().strip().strip("[]").isdigit():
                    continue
                edge = "\n" if child.name in _BLOCKS or child.name == "br" else ""
                parts.append(edge)
                walk(child)
                parts.append(edge)
            elif isinstance(child, NavigableString) and not isinstance(child, PreformattedString):
                parts.append(re.sub(r"\s+", " ", str(child)))

    walk(page)
    return "".join(parts)


def _decode(path: Path, content: bytes) -> str:
    if content.startswith((b"%PDF-", b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        message = f"{path}: not a text file, whatever its suffix says; give it its own suffix"
        raise DataError(message)
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        encoding = "utf-16"
    elif b"\x00" in content[:1024]:
        encoding = "utf-16-be" if content[:1] == b"\x00" else "utf-16-le"
    else:
        encoding = "utf-8-sig"
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        message = f"{path}: neither UTF-8 nor UTF-16 (byte {error.start}); save the text as UTF-8"
        raise DataError(message) from None


def _compose(text: str) -> str:
    return unicodedata.normalize("NFC", text.removeprefix("\ufeff"))


def _drop_page_number(page: str) -> str:
    lines = page.split("\n")
    filled = [n for n, line in enumerate(lines) if line.strip()]
    for n in {filled[0], filled[-1]} if filled else ():
        if _PAGE_NUMBER.fullmatch(lines[n]):
            lines[n] = ""
    return "\n".join(lines).strip("\n")


def _assemble(pages: list[str]) -> Document:
    """Put pages together: a wrapped line goes on with a space, a broken word without one."""
    lines = [(number, line) for number, page in enumerate(pages) for line in page.split("\n")]
    widths = sorted(len(line) for _, line in lines if line.strip() and len(line) <= _WRAP_LIMIT)
    full = 0.75 * widths[int(0.95 * (len(widths) - 1))] if widths else 0.0
    parts: list[str] = []
    starts = [0] * len(pages)
    length = 0
    page = 0
    for n, (number, line) in enumerate(lines):
        for passed in range(page + 1, number + 1):
            starts[passed] = length
        page = number
        following = lines[n + 1][1] if n + 1 < len(lines) else None
        kept, joint = (line, "") if following is None else _join(line, following, full)
        parts.append(kept + joint)
        length += len(kept) + len(joint)
    return Document("".join(parts), tuple(starts))


def _join(line: str, following: str, full: float) -> tuple[str, str]:
    """Return what remains of a line and what stands between it and the next."""
    end, start = line.rstrip(), following.lstrip()
    if not end or not start or len(line) > _WRAP_LIMIT or _MARKER.match(following):
        return line, "\n"
    if end[-1] in _LOOSE_HYPHENS:
        return end[:-1], ""
    if end[-1] == "-" and _is_broken_word(end, start):
        return end[:-1], ""
    if re.search(r"(?<![\d.,])\d{1,3}(?:[.,]\d{3})*[.,]$", end) and re.match(r"\d{3}(?!\d)", start):
        return end, ""  # a number broken behind its separator
    goes_on = start[0].islower() or start[0].isdigit() or start[0] in "(%,;)"
    if end[-1] in ".:;!?":
        wrapped = len(end) >= full and (goes_on or end[-1] == ".")
    else:
        wrapped = goes_on or len(end) >= full
    if not wrapped:
        return line, "\n"
    return line, " "


def _is_broken_word(end: str, start: str) -> bool:
    """Whether a hyphen broke a word: no syllable stands on one side, or a known word is whole again."""
    left = re.search(r"([^\W\d_]+)-$", end)
    right = re.match(r"[^\W\d_]+", start)
    if left is None or right is None or not right[0].islower():
        return False
    if not (_has_vowel(left[1]) and _has_vowel(right[0])):
        return True
    return (left[1] + right[0]).lower() in _WORDS_WITH_TWO_VOWELS


def _has_vowel(letters: str) -> bool:
    return any(unicodedata.normalize("NFD", c)[0] in _VOWELS or c in _VOWELS for c in letters.lower())
