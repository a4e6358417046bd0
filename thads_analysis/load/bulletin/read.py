"""Reading a bulletin from end to end: the observations that it states and the figures left unread."""

from __future__ import annotations

__all__ = ["RECORD_KEYS", "BulletinReading", "load_bulletin"]

from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd

from thads_analysis.load.bulletin.clauses import Draft
from thads_analysis.load.bulletin.context import (
    Clock,
    Spotlight,
    Times,
    Turn,
    org_in,
    reporting_org,
    reporting_period,
)
from thads_analysis.load.bulletin.documents import SUFFIXES, Document, document_of, read_document
from thads_analysis.load.bulletin.grammar import read_sentence
from thads_analysis.load.bulletin.meaning import Reading, interpret
from thads_analysis.load.bulletin.outline import Outline, split_paragraphs
from thads_analysis.org import NATION
from thads_analysis.period import Period

RECORD_KEYS = (
    "org_level", "org_code", "org_name", "fiscal_year", "months", "measure", "item", "value", "unit", "bound",
    "start", "end", "text",
)  # fmt: skip
"""Keys of one observation as JSON, in order."""

_OBSERVATION_COLUMNS = [*RECORD_KEYS, "org_regime", "page"]
_REJECT_COLUMNS = ["reason", "value", "unit", "bound", "start", "end", "text", "page"]
_UNITS = ("cases", "dong", "pct", "judgments", "documents", "range")


@dataclass(frozen=True)
class BulletinReading:
    """What a bulletin says.

    Parameters
    ----------
    text : str
        The text as extracted, to which all offsets refer.
    observations : DataFrame
        One row a figure, in the order of the text: `RECORD_KEYS`, and ``org_regime`` and ``page``.
        ``value`` holds whole cases or đồng as int, percent and points as float; ``fiscal_year`` and
        ``months`` are missing where neither the text nor the caller says them, ``measure`` where a
        text speaks of neither cases nor money anywhere.
    rejects : DataFrame
        One row a figure that was not read: ``reason``; ``value``, ``unit`` and ``bound`` of the number
        as it stands, without sign; ``start, end, text, page``.
    """

    text: str
    observations: pd.DataFrame
    rejects: pd.DataFrame

    def records(self) -> list[dict[str, Any]]:
        """Return the observations as objects for JSON, with exactly the keys `RECORD_KEYS`."""
        rows = self.observations[list(RECORD_KEYS)].astype(object)
        return [
            {str(key): None if pd.isna(value) else value for key, value in row.items()}
            for row in rows.to_dict("records")
        ]


def load_bulletin(source: Path | str, period: Period | str | None = None) -> BulletinReading:
    """Read the figures of a bulletin, an article or a provincial report.

    What cannot be read with confidence is not guessed: it is listed among the rejects with the
    reason. Nothing is computed either; a printed rate stays as printed, whatever its operands give.

    Parameters
    ----------
    source : Path or str
        A file (.pdf with a text layer, .docx, .html, .txt), or the text itself. A string is taken for
        a file when it is one line that ends in one of these suffixes.
    period : Period or str, optional
        The period that the document reports on, where the text does not say it or says it wrongly.
        Figures for which the text names another period keep that one.

    Returns
    -------
    BulletinReading
        Observations and rejects.

    Raises
    ------
    UsageError
        When there is no such file, its suffix is another, or ``period`` has the wrong form.
    DataError
        When the file cannot be read, or is a scan.

    Examples
    --------
    >>> reading = load_bulletin("Về việc: 9 tháng năm 2021 thi hành xong 1.250 việc, đạt tỷ lệ 61,2%.")
    >>> [(r["item"], r["value"], r["unit"]) for r in reading.records()]
    [('completed', 1250, 'cases'), ('completion_rate', 61.2, 'pct')]
    """
    given = Period.parse(period) if period is not None else None
    document = _open(source)
    walk = _Walk(document, given)
    walk.run()
    for number in document.blank_pages:
        start = document.page_starts[number - 1]
        walk.rejects.append({"reason": "a page without text, a picture", "start": start, "end": start})
    return BulletinReading(document.text, walk.observed(), walk.rejected())


def _open(source: Path | str) -> Document:
    if isinstance(source, Path):
        return read_document(source)
    if "\n" not in source and source.strip().lower().endswith(SUFFIXES):
        return read_document(Path(source.strip()).expanduser())
    return document_of(source)


class _Walk:
    """One way through a document; what is found gathers in ``found`` and ``rejects``."""

    def __init__(self, document: Document, given: Period | None) -> None:
        self.document = document
        self.text = document.text
        self.paragraphs = split_paragraphs(self.text)
        printed, year = reporting_period(self.text, self.paragraphs)
        self.clock = Clock(self.text, given or printed, year)
        # A document's own period gives way to the caller's, unless the text speaks of both.
        self.printed = printed if given and given not in self.clock.named_in(self.paragraphs) else None
        self.given = given
        self.spotlight = Spotlight(self.text, reporting_org(self.paragraphs))
        self.names_measure = any(
            token.kind == "measure" or (token.kind == "quantity" and token.value in ("cases", "dong"))
            for paragraph in self.paragraphs
            for row in paragraph.sentences
            for token in row
        )
        self.found: list[dict[str, Any]] = []
        self.rejects: list[dict[str, Any]] = []

    def run(self) -> None:
        """Read every sentence."""
        outline = Outline()
        for paragraph in self.paragraphs:
            scope = outline.enter(paragraph)
            self.spotlight.enter_paragraph()
            for sentence in paragraph.sentences:
                times, turns = self.clock.read(sentence), self.spotlight.read(sentence)
                drafts = read_sentence(self.text, sentence, scope)
                for reading in interpret(drafts, scope):
                    self._take(reading, times, turns)
                for draft in drafts:
                    self._reject(draft)
                    if draft.denominator is not None:
                        self._reject(draft.denominator)

    def _reject(self, draft: Draft) -> None:
        """Add a quantity to the rejects if it was refused and counts something of ours."""
        quantity = draft.quantity
        if not draft.refusal or quantity.unit not in _UNITS:
            return
        self.rejects.append(
            {
                "reason": draft.refusal,
                "value": _plain(quantity.value, quantity.unit),
                "unit": quantity.unit if quantity.unit in ("dong", "pct") else "cases",
                "bound": quantity.bound,
                "start": draft.token.start,
                "end": draft.end,
            }
        )

    def _take(self, reading: Reading, times: Times, turns: list[Turn]) -> None:
        """Add a reading to the observations, or refuse it for its period, organisation or measure."""
        draft = reading.draft
        period, off = times.period_at(draft.token.start)
        if self.printed is not None and period == self.printed:
            period = self.given
        turn = next(turn for turn in reversed(turns) if turn.start < draft.token.start)
        org, unknown = org_in(turn.place, period)
        if off:
            draft.refusal = "of a span that is no part of one statistical year"
        elif turn.doubtful:
            draft.refusal = "several provinces are named"
        elif unknown:
            draft.refusal = unknown
        elif reading.measure is None and self.names_measure:
            draft.refusal = "neither cases nor money is named"
        elif reading.compared_with and period is not None and reading.compared_with != period.fiscal_year - 1:
            draft.refusal = (
                f"compared with {reading.compared_with}, not with the year before {period.fiscal_year}"
            )
        if draft.refusal:
            return
        self.spotlight.use()
        year = times.year_at(draft.token.start) if reading.item == "target" else None
        months = 12 if reading.item == "target" else period.months if period else None
        compared = reading.compared_with + 1 if reading.compared_with else times.year
        start, end = draft.token.start, draft.end
        self.found.append(
            {
                "org_level": "national" if org is NATION else "province",
                "org_code": org.code if org else None,
                "org_name": org.name if org else None,
                "fiscal_year": year or (period.fiscal_year if period else compared),
                "months": months,
                "measure": reading.measure,
                "item": reading.item,
                "value": _plain(reading.value, reading.unit),
                "unit": reading.unit,
                "bound": reading.bound,
                "start": start,
                "end": end,
                "text": self.text[start:end],
                "org_regime": org.regime if org else None,
                "page": self.document.page(start),
            }
        )

    def observed(self) -> pd.DataFrame:
        """Return the observations as a frame."""
        return _frame(self.found, _OBSERVATION_COLUMNS).astype({"fiscal_year": "Int64", "months": "Int64"})

    def rejected(self) -> pd.DataFrame:
        """Return what was left unread as a frame, in the order of the text."""
        rows = sorted(self.rejects, key=lambda reject: (reject["start"], reject["end"]))
        for row in rows:
            row |= {"text": self.text[row["start"] : row["end"]], "page": self.document.page(row["start"])}
        return _frame(rows, _REJECT_COLUMNS)


def _plain(value: Decimal, unit: str) -> int | float:
    """Whole numbers for counts and đồng, floats for percent."""
    return float(value) if unit in ("pct", "pp") else int(value)


def _frame(rows: list[dict[str, Any]], columns: list[str]) -> pd.DataFrame:
    """Rows as a frame; values keep their Python type, since đồng do not fit a float."""
    frame = pd.DataFrame(rows, columns=columns)
    frame["value"] = pd.Series([row.get("value") for row in rows], dtype=object)
    return frame.astype({"start": "int64", "end": "int64", "page": "int64"})
