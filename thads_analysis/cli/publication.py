"""Commands on a rendered report: what changed since another, and handing it on."""

from __future__ import annotations

__all__ = ["diff", "publish"]

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from thads_analysis.cli.options import DataOption, OutOption

if TYPE_CHECKING:
    from thads_analysis.locale import Locale
    from thads_analysis.site.diff import Difference

_PERIOD = re.compile(r"\d{4}-M\d{2}")


def diff(
    later: Annotated[str, typer.Argument(metavar="LATER", help="Period such as 2023-M09, or a folder.")],
    earlier: Annotated[str, typer.Argument(metavar="EARLIER", help="Period or folder to compare it with.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print everything as one JSON object.")] = False,
    lang: Annotated[str, typer.Option("--lang", metavar="vi|en", help="Language of the texts.")] = "vi",
    out: OutOption = None,
) -> None:
    """Say what changed between two rendered reports: figures, lists, corrections, pages."""
    import json

    from thads_analysis.locale import locale_for
    from thads_analysis.site import compare_reports, read_report, say_changes

    locale = locale_for(lang)
    found = compare_reports(*(read_report(_find_report(name, out)) for name in (later, earlier)))
    if as_json:
        typer.echo(json.dumps(found.record(), ensure_ascii=False, indent=1))
        return
    for sentence in say_changes(found, locale, most=None):
        typer.echo(sentence)
    _print_provinces(found, locale)


def _find_report(name: str, out: Path | None) -> Path:
    """Folder of a report that is named by its period or its path."""
    from thads_analysis.paths import period_dir
    from thads_analysis.period import Period

    return period_dir(Period.parse(name), out) if _PERIOD.fullmatch(name) else Path(name)


def _print_provinces(found: Difference, locale: Locale) -> None:
    """Print the rate of each province in both reports, a line a province and measure."""
    rows = [move.row(locale) for move in found.provinces if move.fact.identifier == "completion_rate"]
    if not rows:
        return
    wide = max(len(row["org"]) for row in rows)
    typer.echo("")
    for row in rows:
        figures = f"{row['earlier']:>8} {row['later']:>8} {row['difference']:>16}"
        typer.echo(f"{row['org']:{wide}}  {row['name']}  {figures}")


def publish(
    period: Annotated[str, typer.Argument(metavar="PERIOD", help="Such as 2023-M09; its report is there.")],
    to: Annotated[
        Path | None,
        typer.Option("--to", metavar="DIR|FILE.zip", help="Folder or zip. [PERIOD.zip beside the report]"),
    ] = None,
    pdf: Annotated[
        bool, typer.Option("--pdf", help="Add PDF: each organisation, and one bound volume.")
    ] = False,
    out: OutOption = None,
    data: DataOption = None,
) -> None:
    """Check a period's report and pack what leaders need; the last line names it.

    Pages of single cases stay behind; nothing is packed while another file names a case or an executor.
    """
    import time

    from thads_analysis.errors import DataError
    from thads_analysis.ledger.files import ledger_dir, read_manifest
    from thads_analysis.paths import period_dir
    from thads_analysis.period import Period
    from thads_analysis.publishing import (
        bind_volumes,
        check_no_cases,
        check_tree,
        publish_folder,
        publish_zip,
    )

    begun = time.perf_counter()
    source = period_dir(Period.parse(period), out)
    if faults := check_tree(source) + check_no_cases(source, read_manifest(ledger_dir(data))):
        for fault in faults:
            typer.echo(fault, err=True)
        message = f"{source} is not published: {len(faults)} faults. Make it again with: thads run {period}"
        raise DataError(message)
    target = to or source.with_name(f"{source.name}.zip")
    more = bind_volumes(source) if pdf else {}
    (publish_zip if target.suffix.lower() == ".zip" else publish_folder)(source, target, more)
    typer.echo(f"published in {time.perf_counter() - begun:.1f} s")
    typer.echo(target)
