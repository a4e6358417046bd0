"""The command that lists single cases for the unit that has them."""

from __future__ import annotations

__all__ = ["cases"]

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from thads_analysis.cli.options import DataOption


def cases(
    period: Annotated[str, typer.Argument(metavar="PERIOD", help="Cases as on its last day: 2023-M09.")],
    org: Annotated[str, typer.Option("--org", metavar="CODE|NAME", help="The province that has them.")],
    name: Annotated[
        str,
        typer.Option(
            "--list",
            metavar="NAME",
            help="top_value, unsold, sold_not_delivered, eligible_over_1y, held_money, reclassified or "
            "stalled.",
        ),
    ],
    to: Annotated[Path | None, typer.Option("--to", metavar="FILE.xlsx", help="Write a workbook.")] = None,
    as_of: Annotated[
        datetime | None,
        typer.Option("--as-of", formats=["%Y-%m-%d"], metavar="DATE", help="By what was known on that day."),
    ] = None,
    days: Annotated[
        int | None, typer.Option("--days", min=1, metavar="N", help="With stalled: longer than N days. [180]")
    ] = None,
    lang: Annotated[str, typer.Option("--lang", metavar="vi|en", help="Language of the list.")] = "vi",
    data: DataOption = None,
) -> None:
    """List single cases for the unit's own work: never part of a report that is handed on."""
    from thads_analysis.errors import UsageError
    from thads_analysis.ledger.files import open_ledger
    from thads_analysis.ledger.lists import list_cases
    from thads_analysis.ledger.standing import stand
    from thads_analysis.locale import locale_for
    from thads_analysis.org import Org
    from thads_analysis.period import Period
    from thads_analysis.report.caselists import about_cases, case_table, write_cases

    when, locale = Period.parse(period), locale_for(lang)
    unit = Org.parse(org, when.org_regime)
    if to is not None and to.suffix.lower() != ".xlsx":
        message = f"{to}: a list is written as a workbook; give a name that ends in .xlsx"
        raise UsageError(message)
    ledger, known = open_ledger(data), as_of.date() if as_of else None
    with stand(ledger, unit, when.end, known) as standing:
        table = case_table(name, list_cases(standing, name, days=days), locale, days)
    about = about_cases(unit, when, known, ledger.simulated, locale)
    if to is not None:
        write_cases(to, table, about, locale)
        typer.echo(to)
        return
    for line in (table.title, *about, table.rule):
        typer.echo(line)
    columns = {column: one.column(locale) for column, one in table.fields.items()}
    typer.echo("\t".join(column.head for column in columns.values()))
    for record in table.frame.to_dict("records"):
        shown = (
            column.show(record[key]) if column.show else str(record[key]) for key, column in columns.items()
        )
        typer.echo("\t".join(shown))
