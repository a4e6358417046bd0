"""Whether anything that is handed on names a single case or an executor."""

from __future__ import annotations

__all__ = ["check_no_cases"]

import io
import re
import zipfile
from collections.abc import Iterator
from html import unescape
from pathlib import Path

from thads_analysis.ledger.files import Ledger, connect
from thads_analysis.publishing.verify import leaders_files

_WORD = re.compile(r"[A-Za-z0-9_-]{4,64}")
_PART = re.compile(r"[A-Za-z0-9]+")
_PICTURE = re.compile(r"data:image/png;base64,[A-Za-z0-9+/=]+")
_MOST_PARTS = 8


def check_no_cases(folder: Path, ledger: Ledger) -> list[str]:
    """List the files for leaders that hold the key of a case or the pseudonym of an executor.

    Every word of every page, and of the parts of every workbook and letter, is held against the keys
    and pseudonyms of the ledger; so is every run of a word's parts, so that one is found in ``row-KEY``
    too. Pictures are left out: what they print is on their page as text.

    Parameters
    ----------
    folder : Path
        A period's folder.
    ledger : Ledger
        One without cases finds nothing.

    Returns
    -------
    list of str
        One fault a file; the key itself is not repeated.
    """
    if not ledger.parts:
        return []
    import pyarrow as pa

    places = [(word, path.as_posix()) for path in leaders_files(folder) for word in _words(folder / path)]
    words, files = zip(*places, strict=True) if places else ((), ())
    table = pa.table({"word": pa.array(words, pa.string()), "file": pa.array(files, pa.string())})
    with connect(ledger) as connection:
        connection.register("found", table)
        named = connection.execute(
            """
            SELECT file, count(DISTINCT word) FROM found SEMI JOIN (
                SELECT case_key AS word FROM cases UNION SELECT executor FROM cases
                UNION SELECT executor FROM events WHERE executor IS NOT NULL
            ) USING (word) GROUP BY file ORDER BY file
            """
        ).fetchall()
    return [
        f"{file}: it names cases or executors of the ledger ({count}); such files are not handed on"
        for file, count in named
    ]


def _words(file: Path) -> set[str]:
    """Words of a file that could be a key, and runs of their parts."""
    found: set[str] = set()
    for text in _texts(file):
        for word in set(_WORD.findall(text)):
            spans = [part.span() for part in _PART.finditer(word)][:_MOST_PARTS]
            found.add(word)
            found |= {
                word[first[0] : last[1]] for number, first in enumerate(spans) for last in spans[number:]
            }
    return found


def _texts(file: Path) -> Iterator[str]:
    content = file.read_bytes()
    if zipfile.is_zipfile(io.BytesIO(content)):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for name in archive.namelist():
                yield unescape(archive.read(name).decode("utf-8", errors="replace"))
    else:
        yield unescape(_PICTURE.sub(" ", content.decode("utf-8", errors="replace")))
