"""A report as PDF: each organisation, and all of them in one volume with contents and page numbers."""

from __future__ import annotations

__all__ = ["bind_volumes"]

import re
from collections.abc import Iterable, Sequence
from html import escape
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from thads_analysis.errors import UsageError
from thads_analysis.locale import Locale, locale_for
from thads_analysis.org import NATION
from thads_analysis.period import Period
from thads_analysis.run import Entry, Manifest, read_manifest
from thads_analysis.site.templating import page_label, page_order, render_template

if TYPE_CHECKING:
    from weasyprint import Document

_OUTWARD = re.compile(r'(<a\b[^>]*?)\shref="[^#][^"]*"')
_SHEET = "brief"


def bind_volumes(folder: Path) -> dict[str, bytes]:
    """Lay out a report's pages as PDF.

    Parameters
    ----------
    folder : Path
        A period's folder that `verify.check_tree` finds whole.

    Returns
    -------
    dict of str to bytes
        By path: ``pdf/brief.pdf``, the sheet of the nation; ``pdf/79.pdf``, the pages of an
        organisation; ``pdf/2023-M09.pdf``, all of them behind a table of contents. A volume holds no
        link out of itself, and no date of its making: the same pages give the same bytes.

    Raises
    ------
    UsageError
        When WeasyPrint or a library of the system that it needs is missing.
    """
    _require_weasyprint()
    manifest = read_manifest(folder)
    if manifest is None:
        message = f"{folder} holds no report: it has no manifest.json. Make it with: thads run PERIOD"
        raise UsageError(message)
    entries = sorted(
        (entry for entry in manifest.entries if entry.status == "ok" and not entry.internal),
        key=lambda entry: (entry.org_regime, entry.org_code, page_order(entry.page)),
    )
    found = {}
    for code, own in groupby(entries, key=lambda entry: entry.org_code):
        pages = list(own)
        found[f"pdf/{code}.pdf"] = _write(_lay_out(folder, pages, 0))
        if code == NATION.code and (sheet := [entry for entry in pages if entry.page == _SHEET]):
            found[f"pdf/{_SHEET}.pdf"] = _write(_lay_out(folder, sheet, 0))
    found[f"pdf/{manifest.period}.pdf"] = _bind_all(folder, manifest, entries)
    return found


def _require_weasyprint() -> None:
    try:
        import weasyprint  # noqa: F401
    except (ImportError, OSError) as error:
        message = (
            f"PDF needs WeasyPrint and the Pango library of the system ({error}). Install the extra: "
            "pip install 'thads_analysis[pdf]', and Pango (Debian: libpango-1.0-0, libpangoft2-1.0-0; "
            "Windows and macOS: see WeasyPrint's documentation), or publish without --pdf"
        )
        raise UsageError(message) from None


def _lay_out(folder: Path, entries: Iterable[Entry], before: int) -> list[Document]:
    """Lay out pages one after the other, the first with the number after ``before``."""
    documents = []
    for entry in entries:
        document = _render((folder / f"{entry.stem}.html").read_text(encoding="utf-8"), before)
        before += len(document.pages)
        documents.append(document)
    return documents


def _render(html: str, before: int) -> Document:
    from weasyprint import HTML

    # Behind the page's own styles, and without its links outwards: relative ones would be written as
    # paths of this machine.
    numbers = (
        f"@page :first {{ counter-reset: page {before + 1} }}"
        "@page { @bottom-right { content: counter(page) } }</style>"
    )
    return HTML(string=_OUTWARD.sub(r"\1", html).replace("</style>", numbers, 1)).render()


def _bind_all(folder: Path, manifest: Manifest, entries: Sequence[Entry]) -> bytes:
    locale = locale_for(manifest.lang)
    # The contents are as long whatever their numbers are.
    ahead = len(_contents(manifest, entries, [0] * len(entries), locale).pages)
    documents = _lay_out(folder, entries, ahead)
    starts, number = [], ahead + 1
    for document in documents:
        starts.append(number)
        number += len(document.pages)
    return _write([_contents(manifest, entries, starts, locale), *documents])


def _contents(
    manifest: Manifest, entries: Sequence[Entry], starts: Sequence[int], locale: Locale
) -> Document:
    period = Period.parse(manifest.period).label(locale.lang)
    rows = [
        {
            "org": locale.text(entry.org_name) if entry.org_code == NATION.code else entry.org_name,
            "page": page_label(entry.page, locale),
            "number": number,
        }
        for entry, number in zip(entries, starts, strict=True)
    ]
    html = render_template(
        "contents.html.j2",
        locale,
        page_title=f"{locale.text('Thống kê thi hành án dân sự')} · {escape(period)}",
        period=period,
        simulated="simulated" in manifest.provenance,
        rows=rows,
    )
    return _render(html, 0)


def _write(documents: Sequence[Document]) -> bytes:
    first = documents[0]
    pdf: bytes = first.copy([page for document in documents for page in document.pages]).write_pdf()
    return pdf
