"""Commands that look at figures before they are believed: bulletin, check, revisions, store."""

from __future__ import annotations

__all__ = ["bulletin", "check", "ingest", "revisions", "store_app", "template"]

import json
import sys
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from thads_analysis.cli.options import DataOption, JsonOption, StoreOption
from thads_analysis.errors import DataError, ThadsError, UsageError

if TYPE_CHECKING:
    import pandas as pd

    from thads_analysis.period import Period

_PROSE = (".pdf", ".docx", ".html", ".htm", ".txt")


store_app: typer.Typer = typer.Typer(help="Look after the store.", no_args_is_help=True)


def store_folder(store: Path | None, data: Path | None) -> Path:
    """Folder of the store that a command reads; ``--store`` may also name the data folder around it."""
    from thads_analysis.store import open_store, stamp

    if store is None:
        return open_store(data)
    found = open_store(store)
    return found if stamp(found) else store


def print_json(records: list[dict[str, Any]]) -> None:
    """Print records as a JSON list; days as ISO dates, what is missing as null."""
    typer.echo(json.dumps(records, ensure_ascii=False, indent=1, default=str))


def ingest(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Workbooks, CSV or Parquet files.")],
    period: Annotated[
        str | None, typer.Option("--period", metavar="PERIOD", help="The files' period, if they lack it.")
    ] = None,
    circular: Annotated[
        str | None, typer.Option("--circular", metavar="NAME", help="Layout of the workbooks' forms.")
    ] = None,
    vintage: Annotated[
        Literal["provisional", "final", "unspecified"] | None,
        typer.Option("--vintage", help="Whether the figures may still change."),
    ] = None,
    as_of: Annotated[
        datetime | None,
        typer.Option("--as-of", formats=["%Y-%m-%d"], metavar="DATE", help="Day the figures were known."),
    ] = None,
    from_bulletin: Annotated[
        bool, typer.Option("--from-bulletin", help="The files are bulletins: show what would be taken.")
    ] = False,
    accept: Annotated[
        bool, typer.Option("--accept", help="With --from-bulletin: take the figures, having read them.")
    ] = False,
    as_json: JsonOption = False,
    store: StoreOption = None,
    data: DataOption = None,
) -> None:
    """Add files of figures to the store: each whole or not at all, with the reason."""
    from thads_analysis import reference
    from thads_analysis import store as stores
    from thads_analysis.paths import data_dir
    from thads_analysis.period import Period

    when = Period.parse(period) if period else None
    if circular:
        reference.form_layout(circular)  # names the layouts there are, before any file is read
    if accept and not from_bulletin:
        message = "--accept goes with --from-bulletin"
        raise UsageError(message)
    day = as_of.date() if as_of else None
    outcomes: list[dict[str, Any]] = []
    taken = []
    for file in files:
        try:
            if from_bulletin:
                frame = _accept_bulletin(file, when, vintage, day)
            else:
                frame = _load(file, when, circular, vintage, day)
            _require_known_later(frame, file, day)
        except ThadsError as error:
            outcomes.append({"file": file.name, "status": "refused", "figures": 0, "reason": str(error)})
        else:
            taken.append((file, stores.file_sha256(file), frame))
            outcomes.append({"file": file.name, "status": "taken", "figures": len(frame), "reason": ""})
    if from_bulletin and not accept:
        _show_bulletin_figures([(file, frame) for file, _, frame in taken], as_json)
        raise typer.Exit(1 if len(taken) < len(files) else 0)
    folder = data_dir(data) / "store"
    if store is not None:
        folder = store / "store" if stores.stamp(store / "store") else store
    known = stores.add(folder, taken).known if taken else ()
    for outcome in outcomes:
        if outcome["status"] == "taken" and outcome["file"] in known:
            outcome |= {"status": "known", "figures": 0}
    if as_json:
        print_json(outcomes)
    for outcome in outcomes:
        if outcome["status"] == "refused":
            typer.echo(f"refused: {outcome['reason']}", err=True)
        elif not as_json:
            words = {"known": "known already", "taken": "taken"}[outcome["status"]]
            figures = f": {outcome['figures']} figures" if outcome["figures"] else ""
            typer.echo(f"{words}: {outcome['file']}{figures}")
    raise typer.Exit(1 if any(outcome["status"] == "refused" for outcome in outcomes) else 0)


def template(
    out: Annotated[Path, typer.Argument(metavar="FILE.xlsx", help="Where to write it.")],
    form: Annotated[str, typer.Option("--form", metavar="04|05", help="Which form.")],
    period: Annotated[str, typer.Option("--period", metavar="PERIOD", help="For which period.")],
    org: Annotated[str, typer.Option("--org", metavar="CODE|NAME", help="The province that reports.")] = "VN",
) -> None:
    """Write an empty workbook of a form for a period, which `thads ingest` reads once it is filled in."""
    from thads_analysis.forms import write_template
    from thads_analysis.org import Org
    from thads_analysis.period import Period

    when = Period.parse(period)
    write_template(out, form=form, period=when, org=Org.parse(org, when.org_regime))
    typer.echo(f"written: {out.name}")


def bulletin(
    file: Annotated[str, typer.Argument(metavar="FILE|-", help="PDF, DOCX, HTML or text; - reads text.")],
    period: Annotated[str | None, typer.Option("--period", metavar="PERIOD", help="Of the document.")] = None,
    as_json: JsonOption = False,
    rejects: Annotated[
        bool, typer.Option("--rejects", help="List what was not read with confidence, and why.")
    ] = False,
) -> None:
    """Read the figures of a bulletin or of a provincial report; nothing is stored."""
    from thads_analysis.load.bulletin import load_bulletin

    reading = load_bulletin(sys.stdin.read() + "\n" if file == "-" else Path(file), period)
    if as_json:
        print_json(_plain_records(reading.rejects) if rejects else reading.records())
        return
    for row in reading.records():
        when = f"{row['fiscal_year']}-M{row['months']:02d}" if row["fiscal_year"] and row["months"] else "?"
        bound = "" if row["bound"] == "exact" else f" ({row['bound']})"
        typer.echo(
            f"{row['org_name'] or '?'} {when} {row['measure'] or '?'} {row['item']} = {row['value']} "
            f"{row['unit']}{bound}: {' '.join(row['text'].split())}"
        )
    typer.echo(f"{len(reading.observations)} figures read, {len(reading.rejects)} left out")
    if rejects:
        for row in _plain_records(reading.rejects):
            typer.echo(f"left out: {' '.join(str(row['text']).split())}: {row['reason']}")


def check(
    what: Annotated[
        list[str], typer.Argument(metavar="PERIOD|FILE...", help="A period of the store, or files.")
    ],
    as_json: JsonOption = False,
    lang: Annotated[str, typer.Option("--lang", metavar="vi|en", help="Language of the findings.")] = "vi",
    store: StoreOption = None,
    data: DataOption = None,
) -> None:
    """Check a period of the store, or files: workbooks, tables of figures, bulletins."""
    import pandas as pd

    from thads_analysis.check import to_records

    frames = [
        _check_file(Path(name), lang) if Path(name).suffix else _check_period(name, store, data, lang)
        for name in what
    ]
    found = pd.concat(frames, ignore_index=True)
    if as_json:
        print_json(to_records(found))
    else:
        for row in to_records(found):
            where = f"{row['org_regime']}:{row['org_code']}" if row["org_regime"] else row["org_code"]
            figure = " ".join(part for part in (row["measure"], row["item"]) if part)
            explanation = f" {row['explanation']}" if row["explanation"] else ""
            typer.echo(
                f"{row['severity']} {row['rule']}: {where} {row['fiscal_year']}-M{row['months']:02d} "
                f"{figure}: "
                f"{row['message']}.{explanation}"
            )
        typer.echo(f"{len(found)} findings")
    raise typer.Exit(1 if (found["severity"] == "error").any() else 0)


def revisions(
    period: Annotated[str, typer.Argument(metavar="PERIOD", help="Such as 2023-M12.")],
    as_json: JsonOption = False,
    store: StoreOption = None,
    data: DataOption = None,
) -> None:
    """List what changed in a period's figures after they were first known, largest first."""
    from thads_analysis import revisions as what_changed
    from thads_analysis.org import Org
    from thads_analysis.period import Period

    found = what_changed.revisions(store_folder(store, data), Period.parse(period))
    records = _plain_records(found)
    if as_json:
        print_json(records)
        return
    for row in records:
        key = f"{row['org_regime']}:{row['org_code']}" if row["org_regime"] else row["org_code"]
        typer.echo(
            f"{Org.from_key(key).name} {row['measure']} {row['item']}: {row['earlier']} "
            f"({row['earlier_as_of']}) "
            f"-> {row['later']} ({row['later_as_of']}): {row['difference']:+d}"
        )
    typer.echo(f"{len(records)} figures changed")


@store_app.command("check")
def store_check(store: StoreOption = None, data: DataOption = None) -> None:
    """Verify that every part of the store is what its manifest says."""
    from thads_analysis import store as stores

    folder = store_folder(store, data)
    if not stores.stamp(folder):
        message = f"{folder}: no store there; give --store or --data"
        raise UsageError(message)
    faults = stores.check(folder)
    for fault in faults:
        typer.echo(f"error: {fault}", err=True)
    typer.echo(f"{folder.name}: {len(faults)} faults" if faults else f"{folder.name}: every part is sound")
    raise typer.Exit(1 if faults else 0)


def _require_known_later(frame: pd.DataFrame, file: Path, day: date | None) -> None:
    """Refuse a day of knowledge on which the period was not over."""
    from thads_analysis.period import Period

    ends = [
        Period(int(year), int(months)).end
        for year, months in frame[["fiscal_year", "months"]].drop_duplicates().itertuples(index=False)
    ]
    if day and ends and max(ends) > day:
        message = (
            f"{file.name}: --as-of {day} lies before the end of a period in it, {max(ends)}; give the day on "
            "which the figures were known"
        )
        raise DataError(message)


def _load(
    file: Path, period: Period | None, circular: str | None, vintage: str | None, day: date | None
) -> pd.DataFrame:
    from thads_analysis.load import load_tidy, load_workbook

    if file.suffix.lower() in (".csv", ".parquet"):
        return load_tidy(file, vintage=vintage, as_of=day)
    return load_workbook(file, period=period, circular=circular, vintage=vintage, as_of=day)


def _accept_bulletin(
    file: Path, period: Period | None, vintage: str | None, day: date | None
) -> pd.DataFrame:
    from thads_analysis.load.bulletin import bulletin_observations, load_bulletin

    return bulletin_observations(
        load_bulletin(file, period), source=file.name, vintage=vintage or "unspecified", as_of=day
    )


def _show_bulletin_figures(read: list[tuple[Path, pd.DataFrame]], as_json: bool) -> None:
    """Print what would be stored, for a person to confirm with --accept."""
    if as_json:
        print_json([record for _, frame in read for record in _plain_records(frame)])
        return
    for file, frame in read:
        for row in _plain_records(frame):
            org = f"{row['org_regime']}:{row['org_code']}" if row["org_regime"] else row["org_code"]
            when = f"{row['fiscal_year']}-M{row['months']:02d}"
            typer.echo(f"{file.name}: {org} {when} {row['measure']} {row['item']} = {row['value']}")
    typer.echo("Nothing was stored. When these figures are right, run the same with --accept")


def _check_period(text: str, store: Path | None, data: Path | None, lang: str) -> pd.DataFrame:
    from thads_analysis.check import check_panel
    from thads_analysis.load import load_published
    from thads_analysis.period import Period
    from thads_analysis.store import load_panel

    period: Period = Period.parse(text)
    panel = load_panel(store_folder(store, data), regime=period.org_regime, last=period)
    years, months = (panel.index.get_level_values(level) for level in ("fiscal_year", "months"))
    if not ((years == period.fiscal_year) & (months == period.months)).any():
        message = f"No figures for {period} in the store to check; ingest them first"
        raise DataError(message)
    return check_panel(panel, period, stated=load_published(), lang=lang)


def _check_file(path: Path, lang: str) -> pd.DataFrame:
    import pandas as pd

    from thads_analysis.check import check_panel, check_stated
    from thads_analysis.glossary import ITEMS
    from thads_analysis.load import load_tidy, load_workbook
    from thads_analysis.load.bulletin import load_bulletin
    from thads_analysis.schema import to_panel

    suffix = path.suffix.lower()
    if not path.is_file():
        message = f"{path}: a folder; give files or a period" if path.is_dir() else f"No such file: {path}"
        raise UsageError(message)
    if suffix in _PROSE:
        reading = load_bulletin(path)
        return check_stated(reading.observations, text=reading.text, lang=lang)
    if suffix in (".csv", ".parquet"):
        figures = pd.read_parquet(path) if suffix == ".parquet" else _read_text(path)
        if "bound" in figures or not figures.get("item", pd.Series(dtype=str)).isin(list(ITEMS)).all():
            return check_stated(figures, lang=lang)
        return check_panel(to_panel(load_tidy(path)), lang=lang)
    return check_panel(to_panel(load_workbook(path)), lang=lang)


def _read_text(path: Path) -> pd.DataFrame:
    import pandas as pd

    try:
        return pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except (UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        message = f"{path.name}: not a table of figures ({error}); save it as CSV in UTF-8"
        raise DataError(message) from None


def _plain_records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as objects of plain values: whole numbers stay whole, days are dates, missing is None."""
    import pandas as pd

    plain = frame.copy()
    for column in plain.columns:
        if pd.api.types.is_datetime64_any_dtype(plain[column]):
            plain[column] = plain[column].dt.date
    rows = plain.astype(object).to_dict("records")
    return [{str(key): None if pd.isna(value) else value for key, value in row.items()} for row in rows]
