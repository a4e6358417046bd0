"""The command ``thads ledger``: files of cases in, forms of cases out, reports held against cases."""

from __future__ import annotations

__all__ = ["ledger_app"]

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from thads_analysis.cli.intake import print_json, store_folder
from thads_analysis.cli.options import DataOption, JsonOption, StoreOption

if TYPE_CHECKING:
    from thads_analysis.period import Period

PeriodArgument = Annotated[str, typer.Argument(metavar="PERIOD", help="Such as 2023-M09: 9 months of 2023.")]
AsOfOption = Annotated[
    datetime | None,
    typer.Option("--as-of", formats=["%Y-%m-%d"], metavar="DATE", help="What was known on that day."),
]

ledger_app: typer.Typer = typer.Typer(
    help="The ledger of single cases.", no_args_is_help=True, rich_markup_mode=None
)


@ledger_app.command()
def ingest(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE...", help="Cases and events, .csv or .parquet.")
    ],
    replace: Annotated[
        bool, typer.Option("--replace", help="In place of all that the ledger has of their provinces.")
    ] = False,
    data: DataOption = None,
) -> None:
    """Take files of cases and their events into the ledger, wholly or not at all."""
    from thads_analysis.ledger import load

    result = load.ingest(files, data, replace=replace)
    for name in result.known:
        typer.echo(f"known: {name}: the ledger has this file already")
    typer.echo(f"{len(result.added)} files added: {result.cases} cases, {result.events} events")


@ledger_app.command()
def check(
    org: Annotated[
        list[str] | None, typer.Option("--org", metavar="KEY", help="63:79; repeat for several. [all]")
    ] = None,
    as_json: JsonOption = False,
    data: DataOption = None,
) -> None:
    """Find what does not fit in the lives of cases, with file and row."""
    from thads_analysis.ledger import open_ledger
    from thads_analysis.ledger.check import check as find_faults

    found = find_faults(open_ledger(data), org)
    if as_json:
        print_json(_plain(found.to_dict("records")))
    else:
        for row in found.to_dict("records"):
            typer.echo(
                f"{row['rule']}: {row['file']}, row {row['row']}: {row['event']} on {row['date']:%Y-%m-%d}: "
                f"{row['message']} (found {row['found']}, expected {row['expected']})"
            )
        typer.echo(f"{len(found)} findings")
    raise typer.Exit(1 if len(found) else 0)


@ledger_app.command()
def forms(
    period: PeriodArgument,
    org: Annotated[
        list[str] | None, typer.Option("--org", metavar="CODE|NAME", help="A province; repeat. [all]")
    ] = None,
    as_of: AsOfOption = None,
    as_json: JsonOption = False,
    data: DataOption = None,
) -> None:
    """Count the items of forms 01 and 02 from the cases of the ledger."""
    from thads_analysis.glossary import MEASURES, items_of
    from thads_analysis.ledger import forms as count_forms
    from thads_analysis.ledger import open_ledger
    from thads_analysis.org import Org
    from thads_analysis.period import Period

    when: Period = Period.parse(period)
    held = open_ledger(data)
    panel = count_forms(
        held,
        when,
        orgs=[Org.parse(name, when.org_regime).key for name in org] if org else None,
        as_of=as_of.date() if as_of else None,
    )
    provenance = "simulated" if held.simulated else "reported"
    rows = [
        {
            "org": key,
            "fiscal_year": when.fiscal_year,
            "months": when.months,
            "measure": measure,
            "item": item,
            "value": int(panel.loc[[key]].iloc[0][measure, item]),
            "provenance": provenance,
        }
        for key in panel.index.unique("org").tolist()
        for measure in MEASURES
        for item in items_of(measure)
    ]
    if as_json:
        print_json(rows)
        return
    if held.simulated:
        typer.echo("Simulated cases")
    for row in rows:
        typer.echo(f"{row['org']} {when} {row['measure']} {row['item']} {row['value']}")


@ledger_app.command()
def reconcile(
    period: PeriodArgument,
    org: Annotated[str, typer.Option("--org", metavar="CODE|NAME", help="A province.")],
    reported_on: Annotated[
        datetime | None,
        typer.Option("--reported-on", formats=["%Y-%m-%d"], metavar="DATE", help="Day of the report."),
    ] = None,
    as_json: JsonOption = False,
    store: StoreOption = None,
    data: DataOption = None,
) -> None:
    """Hold what a province reported against its cases; name the cases that explain a difference."""
    from thads_analysis.ledger import open_ledger
    from thads_analysis.ledger.reconcile import reconcile as hold_against
    from thads_analysis.org import Org
    from thads_analysis.period import Period
    from thads_analysis.store import load_panel

    when: Period = Period.parse(period)
    unit = Org.parse(org, when.org_regime)
    reported = load_panel(store_folder(store, data), period=when, regime=when.org_regime)
    day = reported_on.date() if reported_on else None
    found = hold_against(open_ledger(data), when, unit.key, reported, reported_on=day)
    if as_json:
        cases = _plain(found.cases.to_dict("records"))
        print_json(
            [
                row | {"cases": [case for case in cases if _figure(case) == _figure(row)]}
                for row in _plain(found.differences.to_dict("records"))
            ]
        )
    else:
        for row in found.differences.to_dict("records"):
            typer.echo(
                f"{row['measure']} {row['item']}: reported {row['reported']}, cases {row['counted']}: "
                f"{row['difference']:+d}{_explain(row, when)}"
            )
        for row in found.cases.to_dict("records"):
            typer.echo(
                f"  {row['measure']} {row['item']}: {row['case_key']} {row['difference']:+d}: "
                f"{row['state']} since {row['since']:%Y-%m-%d}"
            )
        typer.echo(f"{len(found.differences)} of {found.compared} items differ")
    raise typer.Exit(1 if len(found.differences) else 0)


def _figure(row: dict[str, Any]) -> tuple[str, str]:
    return row["measure"], row["item"]


def _explain(row: dict[Any, Any], period: Period) -> str:
    what = {
        "later": f"as it was on {row['day']}, after the period's end on {period.end}",
        "earlier": f"as it was on {row['day']}, before the period's end on {period.end}",
        "known_then": "as it was known when it was reported",
    }
    if not row["explanation"]:
        return ""
    cases = f"{row['cases']} case{'' if row['cases'] == 1 else 's'}"
    if row["exact"]:
        return f"; {what[row['explanation']]}: {cases}"
    return f"; perhaps a part of what happened until {row['day']}: {cases}"


def _plain(rows: list[dict[Any, Any]]) -> list[dict[str, Any]]:
    """Rows as JSON has them: days as text, missing as null."""
    import pandas as pd

    return [
        {
            str(name): None if pd.isna(value) else str(value)[:10] if hasattr(value, "year") else value
            for name, value in row.items()
        }
        for row in rows
    ]
