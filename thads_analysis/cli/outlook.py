"""Commands that look ahead: forecast, and backtest, which says how far forecasts can be believed."""

from __future__ import annotations

__all__ = ["backtest", "forecast"]

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from thads_analysis.cli.intake import print_json, store_folder
from thads_analysis.cli.options import DataOption, JsonOption, StoreOption, make_sample_on_first_use

if TYPE_CHECKING:
    from rich.console import Console

    from thads_analysis.locale import Locale

_WIDTH = 130
"""Columns of a table that is not printed on a terminal."""

_SCORES = (
    "measure", "months", "method", "error", "relative", "crps", "in_80", "in_95", "width_80", "brier",
    "forecasts",
)  # fmt: skip


def forecast(
    period: Annotated[str, typer.Argument(metavar="PERIOD", help="Last period known: 2023-M09.")],
    org: Annotated[
        list[str] | None,
        typer.Option(
            "--org", metavar="CODE|NAME", help="VN, a group or a province; repeat for several. [all]"
        ),
    ] = None,
    measure: Annotated[
        Literal["cases", "money"] | None, typer.Option("--measure", help="Only one of the two.")
    ] = None,
    method: Annotated[
        str | None, typer.Option("--method", metavar="NAME", help="Forecasting method. [the reports']")
    ] = None,
    seed: Annotated[int, typer.Option("--seed", min=0, metavar="N", help="Same seed, same result.")] = 2023,
    as_json: JsonOption = False,
    store: StoreOption = None,
    data: DataOption = None,
) -> None:
    """Forecast the year's end: rate, intervals, chance to pass the target, completions required."""
    from thads_analysis.context import load_context
    from thads_analysis.forecast import DEFAULT_METHOD, to_records
    from thads_analysis.forecast import forecast as look_ahead
    from thads_analysis.org import Org
    from thads_analysis.period import Period

    when = Period.parse(period)
    units = [Org.parse(name, when.org_regime) for name in org or ()]
    context = load_context(when, str(_find_store(store, data)))
    table = look_ahead(
        context.panel,
        when,
        method=method or DEFAULT_METHOD,
        seed=seed,
        orgs=[unit.key for unit in units] or None,
    )
    if measure:
        table = table[table["measure"] == measure]
    provenance = context.origin_rows[when.fiscal_year, when.months]["provenance"]
    records = [row | {"provenance": provenance} for row in to_records(table)]
    if as_json:
        print_json(records)
        return
    _print_forecast(records, when)


def backtest(
    first: Annotated[
        int | None, typer.Option("--from", metavar="FY", help="First year to forecast. [the third held]")
    ] = None,
    as_json: JsonOption = False,
    store: StoreOption = None,
    data: DataOption = None,
) -> None:
    """Forecast past years from their months 3 to 11 as known then, and score what each method said."""
    from thads_analysis import store as stores
    from thads_analysis.forecast import score_records
    from thads_analysis.forecast.rounds import backtest_store

    folder = _find_store(store, data)
    held = stores.periods(folder)
    regime = held[-1].org_regime if held else "63"
    records = score_records(backtest_store(folder, regime=regime, first=first))
    if as_json:
        print_json(records)
        return
    _print_backtest(records)


def _find_store(store: Path | None, data: Path | None) -> Path:
    """Folder of the store; the sample's, made on first use, where none is named and none is there."""
    from thads_analysis.errors import DataError
    from thads_analysis.paths import data_dir
    from thads_analysis.store import stamp

    if store is None:
        named = bool(data or os.environ.get("THADS_DATA"))
        make_sample_on_first_use(data_dir(data), named=named, err=True)
    folder = store_folder(store, data)
    if not stamp(folder):
        message = f"{folder}: no figures there; add some with: thads ingest FILE... --store {folder}"
        raise DataError(message)
    return folder


def _print_forecast(records: list[dict[str, Any]], period: Any) -> None:
    from rich.table import Table

    from thads_analysis.locale import locale_for
    from thads_analysis.org import Org

    locale, console = locale_for("en"), _open_console()
    table = Table(title=f"Year end {period.fiscal_year}, forecast after {period.months} months")
    for head, justify in (
        ("organisation", "left"),
        ("measure", "left"),
        ("now", "right"),
        ("year end", "right"),
        ("80 % interval", "right"),
        ("target above", "right"),
        ("chance", "right"),
        ("required", "right"),
        ("x usual", "right"),
    ):
        table.add_column(head, justify=justify, no_wrap=head != "organisation")  # type: ignore[arg-type]
    for row in records:
        org = Org.from_key(f"{row['org_regime']}:{row['org_code']}" if row["org_regime"] else row["org_code"])
        name = f"{org.code} {org.name}" if org.level == "province" else org.code
        table.add_row(name, row["measure"], *_describe_row(row, locale))
    console.print(table)
    for row in records:
        if row["reason"]:
            console.print(f"{row['org_code']} {row['measure']}: {row['reason']}", soft_wrap=True)
    if any(row["last_target"] is not None for row in records):
        console.print(f"No target is known for {period.fiscal_year}: (in brackets) the last one known")
    if any(row["provenance"] == "simulated" for row in records):
        console.print("These figures are simulated: they are of no real province")


def _describe_row(row: dict[str, Any], locale: Locale) -> list[str]:
    """Cells of one forecast; what is missing is a dash."""

    def percent(name: str) -> str:
        return "–" if row[name] is None else f"{row[name]:.2f}"

    target = percent("target")
    if row["target"] is None and row["last_target"] is not None:
        target = f"({percent('last_target')} in {row['last_target_year']})"
    required = row["required_completions"]
    return [
        percent("rate_now"),
        percent("rate_median"),
        "–" if row["lower_80"] is None else f"{row['lower_80']:.1f} to {row['upper_80']:.1f}",
        target,
        "–" if row["p_target"] is None else locale.chance(row["p_target"]),
        "–" if required is None else locale.amount(required, row["measure"]),
        "–" if row["required_multiple"] is None else f"{row['required_multiple']:.2f}",
    ]


def _print_backtest(records: list[dict[str, Any]]) -> None:
    from rich.table import Table

    console = _open_console()
    for size in dict.fromkeys(row["size"] for row in records):
        table = Table(title=f"{size}: errors, scores and widths in points, the rest parts of one")
        for head in _SCORES:
            table.add_column(head, justify="left" if head in ("measure", "method") else "right")
        for row in records:
            if row["size"] == size:
                table.add_row(*(_describe_score(row[head]) for head in _SCORES))
        console.print(table)


def _describe_score(value: str | float | None) -> str:
    if value is None:
        return "–"
    return f"{value:.2f}" if isinstance(value, float) else str(value)


def _open_console() -> Console:
    from rich.console import Console

    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=_WIDTH)
