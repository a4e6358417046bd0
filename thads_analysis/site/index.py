"""The index of a period: where the nation stands, every organisation, every page, every failure."""

from __future__ import annotations

__all__ = ["render_index"]

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from thads_analysis.glossary import MEASURES
from thads_analysis.locale import MISSING, Locale, locale_for
from thads_analysis.org import NATION
from thads_analysis.period import Period
from thads_analysis.site.templating import page_label, page_order, render_template

_SHOWN = ("completion_rate", "completion_rate_change", "gap_full_year", "rank")

Record = Mapping[str, Any]
Figures = dict[tuple[str, str, str], Record]
"""The figure to show, by organisation's code, measure and identifier."""


def render_index(manifest: Record, sidecars: Mapping[str, Record]) -> str:
    """Render the index from the manifest and the pages' records alone.

    Parameters
    ----------
    manifest : mapping
        What ``manifest.json`` holds.
    sidecars : mapping
        Records of the pages by their path without suffix, ``79/trend``.

    Returns
    -------
    str
        A whole page. Organisations come by code, the nation first.
    """
    locale = locale_for(manifest["lang"])
    entries = sorted(
        manifest["entries"],
        key=lambda entry: (entry["org_regime"], entry["org_code"], page_order(entry["page"])),
    )
    codes = {entry["org_code"]: entry["org_name"] for entry in entries}
    figures = _collect_figures(manifest["period"], sidecars)
    titles = {str(record["page"]): str(record["title"]) for record in sidecars.values()}
    return render_template(
        "index.html.j2",
        locale,
        page_title=f"{locale.text('Thống kê thi hành án dân sự')} · {manifest['period']}",
        period=Period.parse(manifest["period"]).label(locale.lang),
        simulated="simulated" in manifest["provenance"],
        as_of=locale.date(date.fromisoformat(manifest["as_of"])),
        headline=[_headline(measure, figures, locale) for measure in MEASURES],
        measures=[locale.text(measure.label) for measure in MEASURES.values()],
        rows=[_row(code, name, entries, figures, titles, locale) for code, name in codes.items()],
        failures=[
            {
                "org": locale.text(entry["org_name"]),
                "page": page_label(entry["page"], locale, titles.get(entry["page"], "")),
                "cell": entry["error"]["cell"] or MISSING,
                "error": f"{entry['error']['type']}: {entry['error']['message']}",
            }
            for entry in entries
            if entry["status"] == "failed"
        ],
        totals=manifest["totals"],
        library=manifest["library"],
    )


def _collect_figures(period: str, sidecars: Mapping[str, Record]) -> Figures:
    """Choose one figure for each place: from the organisation's own pages rather than from another's.

    What was published comes first for the nation; for a province the figures of its reports do, as
    they do on its pages.
    """
    chosen: Figures = {}
    ranks: dict[tuple[str, str, str], tuple[bool, bool]] = {}
    for stem in sorted(sidecars):
        record = sidecars[stem]
        for figure in record["figures"]:
            code = figure["org_code"]
            wanted = figure["identifier"] in _SHOWN and figure["period"] == period
            # A target is stated for the year, and the nation's stands on the pages of the provinces.
            wanted = wanted or (figure["identifier"] == "target" and code == NATION.code)
            if not wanted or figure["value"] is None:
                continue
            key = (code, figure["measure"], figure["identifier"])
            published_first = code == NATION.code
            rank = (record["org_code"] != code, (figure["provenance"] == "published") != published_first)
            if key not in chosen or rank < ranks[key]:
                chosen[key], ranks[key] = figure, rank
    return chosen


def _headline(measure: str, figures: Figures, locale: Locale) -> dict[str, Any]:
    def show(identifier: str) -> str:
        figure = figures.get((NATION.code, measure, identifier))
        if figure is None:
            return MISSING
        points = figure["unit"] == "pp"
        unit = f" {locale.text('điểm %')}" if points else "%"
        shown = locale.decimal(float(figure["value"]), 2, signed=points) + unit
        return locale.bounded(shown, figure["bound"])

    return {
        "measure": locale.text(MEASURES[measure].label),
        **{identifier: show(identifier) for identifier in (*_SHOWN, "target") if identifier != "rank"},
    }


def _row(
    code: str,
    name: str,
    entries: Iterable[Record],
    figures: Figures,
    titles: Mapping[str, str],
    locale: Locale,
) -> dict[str, Any]:
    def tell(page: str) -> str:
        return page_label(page, locale, titles.get(page, ""))

    def show(measure: str, identifier: str) -> str:
        figure = figures.get((code, measure, identifier))
        if figure is None:
            return MISSING
        if identifier == "rank":
            return locale.integer(figure["value"])
        return locale.decimal(float(figure["value"]), 2, signed=identifier != "completion_rate")

    own = [entry for entry in entries if entry["org_code"] == code]
    return {
        "code": code,
        "name": locale.text(name),
        "nation": code == NATION.code,
        "cells": [
            {"text": show(measure, identifier), "first": identifier == _SHOWN[0]}
            for measure in MEASURES
            for identifier in _SHOWN
        ],
        "pages": [
            {"label": tell(entry["page"]), "href": f"{code}/{entry['page']}.html"}
            for entry in own
            if entry["status"] == "ok"
        ],
        "failed": [tell(entry["page"]) for entry in own if entry["status"] == "failed"],
    }
