"""The draft letter to the provinces: the period's figures in a Word template that an office can change."""

from __future__ import annotations

__all__ = ["LETTER", "write_letter"]

import io
import zipfile
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd

from thads_analysis.context import Context
from thads_analysis.glossary import MEASURES
from thads_analysis.locale import MISSING, Locale, locale_for
from thads_analysis.org import NATION
from thads_analysis.paths import template_file
from thads_analysis.report import brief, lists
from thads_analysis.report.annex import every_list, late
from thads_analysis.report.exhibits import plain
from thads_analysis.report.page import PROVENANCES, VINTAGES, Page

LETTER = "cong-van.docx"

_WRITTEN = datetime(2000, 1, 1)  # noqa: DTZ001 - a constant, so that the same figures give the same bytes
_EARLIEST = (1980, 1, 1, 0, 0, 0)


def write_letter(path: Path, context: Context, template: Path | None = None) -> bool:
    """Write the draft of the letter that tells the provinces the period's results.

    It is Vietnamese, as the letters of the agencies are. What no figure says stays an open place in
    square brackets or an ellipsis: who sends it, its number, place and day, the tasks, who signs.

    Parameters
    ----------
    path : Path
        The .docx to write. The same figures and template always give the same bytes.
    context : Context
    template : Path, optional
        Another template than ``data/templates/cong-van.docx``, with the same names in it.

    Returns
    -------
    bool
        False, with nothing written, while a province has not reported: the nation is then not known.
    """
    if late(context):
        return False
    from docxtpl import DocxTemplate

    document = DocxTemplate(template or template_file(LETTER))
    document.render(_plain(_values(context, locale_for("vi"))), autoescape=True)
    about = document.docx.core_properties
    about.author = about.last_modified_by = about.comments = ""
    about.title = f"Công văn: {context.period.label()}"
    about.created = about.modified = _WRITTEN
    file = io.BytesIO()
    document.save(file)
    path.write_bytes(_without_clock(file.getvalue()))
    return True


def _values(context: Context, locale: Locale) -> dict[str, Any]:
    """Everything that the template names."""
    page = Page("brief", NATION, context.period, locale, context)
    origin, period = page.origin(), context.period
    told = {
        "results": brief.say_results(page),
        "course": brief.say_course(page),
        "below": brief.say_below_average(page),
    }
    nation = {measure: page.show(page.figures()("completion_rate", measure)) for measure in MEASURES}
    return {
        **told,
        "period": period.label(locale.lang),
        "first": locale.date(period.start),
        "last": locale.date(period.end),
        "known": locale.date(origin.as_of) if origin.as_of else MISSING,
        "kinds": locale.join([locale.text(PROVENANCES[kind]) for kind in page.kinds]),
        "vintage": locale.text(VINTAGES[origin.vintage]),
        "simulated": origin.provenance == "simulated",
        "nation": nation,
        "rows": _rows(context, locale),
        "sources": locale.text("Nguồn: {sources}.", sources="; ".join(map(locale.text, page.cited))),
        "annexes": "; ".join(listing.sheet for listing in every_list(context, locale)),
    }


def _rows(context: Context, locale: Locale) -> list[dict[str, str]]:
    """Provinces below the national rate on either measure, by code; a dash where one is not below."""
    frames = {measure: lists.below(context, locale, measure).frame for measure in MEASURES}
    rows = []
    for org in context.orgs:
        row = {"name": org.name}
        for measure, frame in frames.items():
            rate, gap = (
                frame[name].get(org.key, pd.NA) for name in ("completion_rate", "national_gap_points")
            )
            row |= {measure: locale.percent(rate), f"{measure}_gap": locale.points(gap, unit=False)}
        if set(row.values()) != {org.name, MISSING}:
            rows.append(row)
    return rows


def _plain(value: Any) -> Any:
    """Leave letters and spaces of every text: no line break, control character or turned writing."""
    match value:
        case str():
            return plain(" ".join(value.split()))
        case dict():
            return {key: _plain(one) for key, one in value.items()}
        case list():
            return [_plain(one) for one in value]
    return value


def _without_clock(content: bytes) -> bytes:
    """Pack a document's parts again, without the time at which they were packed."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(file, "w") as new:
        for name in old.namelist():
            entry = zipfile.ZipInfo(name, date_time=_EARLIEST)
            entry.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(entry, old.read(name))
    return file.getvalue()
