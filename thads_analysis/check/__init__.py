"""The checker: which figures deserve a call, and what is probably wrong with them."""

from __future__ import annotations

__all__ = ["COLUMNS", "RULES", "Rule", "check_panel", "check_stated", "to_records"]

import pandas as pd

from thads_analysis.check.findings import COLUMNS, to_frame, to_records
from thads_analysis.check.rules import RULES, Rule
from thads_analysis.check.stated import Book, read_book
from thads_analysis.check.view import read_view
from thads_analysis.locale import locale_for
from thads_analysis.period import Period

_HISTORY = ("outside_history", "reclassification")


def check_stated(figures: pd.DataFrame, *, text: str = "", lang: str = "vi") -> pd.DataFrame:
    """Hold printed figures against each other, within their rounding and words.

    Parameters
    ----------
    figures : DataFrame
        One row a figure: ``org_regime, org_code`` (or ``org``), ``fiscal_year, months, measure, item,
        value``; where present also ``unit``, ``bound`` (exact, at_least, at_most, about), ``derived``,
        ``vintage``, ``source``, ``as_printed`` or ``text``, ``as_of``. Items of the glossary and those
        of texts; percent as 66.53, cases and đồng as integers. Figures of other periods and of other
        organisations serve as neighbours.
    text : str
        The whole text, for its dates and words.
    lang : {"vi", "en"}
        Language of message and explanation.

    Returns
    -------
    DataFrame
        Columns `COLUMNS`, one row a finding, gravest first; no row when all closes.

    Raises
    ------
    DataError
        When a column is missing or a value cannot be read.

    Examples
    --------
    >>> import pandas as pd
    >>> figures = pd.DataFrame(
    ...     [("completed", 4569), ("eligible", 7902), ("completion_rate", 75.82)], columns=["item", "value"]
    ... ).assign(org_regime="63", org_code="66", fiscal_year=2018, months=5, measure="cases")
    >>> check_stated(figures)[["rule", "item", "found", "expected"]].values.tolist()
    [['rate_on_base', 'completion_rate', 75.82, 57.82]]
    """
    book, say = read_book(figures, text), locale_for(lang)
    return to_frame(
        (rule.id, rule.severity, finding)
        for rule in RULES.values()
        if rule.stated is not None
        for finding in rule.stated(book, say)
    )


def check_panel(
    panel: pd.DataFrame,
    period: Period | str | None = None,
    *,
    stated: pd.DataFrame | None = None,
    lang: str = "vi",
) -> pd.DataFrame:
    """Hold a panel against its own account, its neighbours in time, its history and the nation.

    Parameters
    ----------
    panel : DataFrame
        Index ``org, fiscal_year, months``; columns ``measure, item``.
    period : Period or str, optional
        Report on this period only; the others are its neighbours and its history. Without it, on all.
    stated : DataFrame, optional
        Printed figures, as for `check_stated`, to hold the panel against.
    lang : {"vi", "en"}
        Language of message and explanation.

    Returns
    -------
    DataFrame
        Columns `COLUMNS`, as from `check_stated`; rates in percent. Where the account of a period does
        not close, its history is not held against it.
    """
    wanted = None if period is None else Period.parse(period)
    book = Book(()) if stated is None else read_book(stated)
    view, say = read_view(panel, wanted, book), locale_for(lang)
    found = to_frame(
        (rule.id, rule.severity, finding)
        for rule in RULES.values()
        if rule.panel is not None and len(panel)
        for finding in rule.panel(view, say)
    )
    # An account that does not close explains why a figure looks unlike its past: one finding, not three.
    place = ["org_regime", "org_code", "fiscal_year", "months", "measure"]
    wrong = pd.MultiIndex.from_frame(found.loc[found["severity"] == "error", place])
    echo = found["rule"].isin(_HISTORY) & pd.MultiIndex.from_frame(found[place]).isin(wrong)
    return found[~echo].reset_index(drop=True)
