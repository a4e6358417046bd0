"""The command ``thads``: parse, call, print; no logic."""

from __future__ import annotations

__all__ = ["app", "main"]

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from thads_analysis import __version__
from thads_analysis.cli import cases, desk, intake, outlook, publication
from thads_analysis.cli.ledger import ledger_app
from thads_analysis.cli.options import DataOption, make_sample_on_first_use
from thads_analysis.errors import ThadsError, UsageError

if TYPE_CHECKING:
    from thads_analysis.run import Entry

_MOST_WORKERS = 4
"""More by default would ask for more memory than an office machine has: 0.5 GB each."""

app: typer.Typer = typer.Typer(
    name="thads",
    help="Statistics reports of Vietnam's civil judgment enforcement.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


app.command()(intake.ingest)
app.command()(intake.bulletin)
app.command()(intake.check)
app.command()(intake.revisions)
app.command()(intake.template)
app.command()(publication.publish)
app.command()(publication.diff)
app.command()(cases.cases)
app.command()(outlook.forecast)
app.command()(outlook.backtest)
app.command("config")(desk.show_config)
app.command("new-topic")(desk.new_topic)
app.add_typer(intake.store_app, name="store")
app.add_typer(ledger_app, name="ledger")


def main() -> None:
    """Run the command; an expected error is one message and an exit status, no traceback."""
    for stream in (sys.stdout, sys.stderr):
        # A console without Vietnamese letters shows others instead of stopping the run.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    signal.signal(signal.SIGTERM, _stop)
    try:
        app()
    except ThadsError as error:
        typer.echo(f"error: {error}", err=True)
        sys.exit(error.exit_status)


def _stop(number: int, frame: object) -> None:
    """End as after Ctrl-C, so that a scheduler which stops the run leaves no process behind."""
    raise KeyboardInterrupt


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"thads_analysis {__version__}")
        raise typer.Exit


@app.callback()
def _common(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    pass


@app.command()
def run(
    period: Annotated[str, typer.Argument(metavar="PERIOD", help="Such as 2023-M09: 9 months of 2023.")],
    org: Annotated[
        list[str] | None,
        typer.Option("--org", metavar="CODE|NAME", help="VN or a province; repeat for several. [all]"),
    ] = None,
    topic: Annotated[
        list[str] | None,
        typer.Option("--topic", metavar="NAME", help="A notebook; repeat for several. [all]"),
    ] = None,
    data: DataOption = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="Folder for the period's folder.")
    ] = None,
    lang: Annotated[str, typer.Option("--lang", metavar="vi|en", help="Language of the pages.")] = "vi",
    workers: Annotated[
        int, typer.Option("--workers", min=1, metavar="N", help="Notebooks at the same time.")
    ] = min(os.cpu_count() or 1, _MOST_WORKERS),
    timeout: Annotated[
        float, typer.Option("--timeout", min=1, metavar="S", help="Limit for a notebook, in seconds.")
    ] = 600,
    engine: Annotated[
        Literal["local", "dask"], typer.Option("--engine", help="This machine, or those of a Dask cluster.")
    ] = "local",
    scheduler: Annotated[
        str | None,
        typer.Option("--scheduler", metavar="ADDRESS", help="With --engine dask: tcp://10.0.0.5:8786."),
    ] = None,
    as_of: Annotated[
        datetime | None,
        typer.Option("--as-of", formats=["%Y-%m-%d"], metavar="DATE", help="What was known on that day."),
    ] = None,
    map_file: Annotated[
        Path | None,
        typer.Option("--map", metavar="FILE", help="GeoJSON of the provinces for the front page. [tiles]"),
    ] = None,
    link_sources: Annotated[
        bool, typer.Option("--link-sources", help="Make the titles of publications links to their pages.")
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Make every page again, also those whose inputs are the same.")
    ] = False,
) -> None:
    """Execute a period's notebooks and render them; the last line names the index page."""
    from thads_analysis.paths import data_dir, period_dir
    from thads_analysis.run import make_plan, run_period

    if (engine == "dask") != bool(scheduler):
        message = "--engine dask and --scheduler ADDRESS go together; give both, or neither for this machine"
        raise UsageError(message)
    plan = make_plan(period, orgs=org or (), topics=topic or (), lang=lang)
    folder = data_dir(data)
    make_sample_on_first_use(folder, named=bool(data or os.environ.get("THADS_DATA")))
    with _progress(len(plan.jobs)) as on_page:
        outcome = run_period(
            plan,
            data=folder,
            folder=period_dir(plan.period, out),
            workers=workers,
            timeout=timeout,
            scheduler=scheduler,
            force=force,
            as_of=as_of.date() if as_of else None,
            map_file=map_file,
            links=link_sources,
            on_page=on_page,
        )
    for entry in outcome.failed:
        typer.echo(f"failed: {entry.stem}: {entry.error}", err=True)
    if outcome.failed:
        typer.echo(f"{len(outcome.failed)} of {len(outcome.entries)} pages failed", err=True)
    typer.echo(outcome.index)
    raise typer.Exit(1 if outcome.failed else 0)


@app.command()
def status(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A period's folder: outputs/2023-M09.")],
) -> None:
    """Print what a run came to: totals, then every page."""
    from thads_analysis.errors import DataError
    from thads_analysis.run import read_manifest

    manifest = read_manifest(folder)
    if manifest is None:
        message = f"{folder} holds no pages: it has no manifest.json. Make them with: thads run PERIOD"
        raise DataError(message)
    totals = manifest.totals
    peak = totals["peak_memory"]
    memory = f", at most {peak / 1e6:.0f} MB a kernel" if peak else ""
    typer.echo(
        f"{manifest.period} {manifest.lang}: {totals['ok']} of {totals['pages']} pages, "
        f"{totals['failed']} failed, {totals['reused']} there already; "
        f"{totals['seconds']:.1f} s, {totals['cpu_seconds']:.1f} s of processor{memory}"
    )
    for entry in manifest.entries:
        typer.echo(_describe(entry) + (f": {entry.error}" if entry.error else ""))
    raise typer.Exit(1 if totals["failed"] else 0)


@app.command()
def sample(data: DataOption = None) -> None:
    """Make the simulated sample in the data folder."""
    from thads_analysis.paths import data_dir
    from thads_analysis.sample.install import ensure_sample

    folder = data_dir(data)
    made = ensure_sample(folder)
    typer.echo(f"{'Made' if made else 'There already'}: the simulated sample in {folder / 'sample'}")


@app.command()
def lab() -> None:
    """Open JupyterLab on the notebooks."""
    import subprocess

    from thads_analysis.paths import data_dir, notebooks_dir

    # The notebooks' own folder may be far from the data, in an installed package for one.
    environment = {**os.environ, "THADS_DATA": str(data_dir())}
    make_sample_on_first_use(data_dir(), named=bool(os.environ.get("THADS_DATA")))
    command = [sys.executable, "-m", "jupyterlab", f"--notebook-dir={notebooks_dir()}"]
    done = subprocess.run(command, check=False, env=environment)  # noqa: S603 - this interpreter, our own folder
    raise typer.Exit(done.returncode)


@contextmanager
def _progress(total: int) -> Iterator[Callable[[Entry], None]]:
    """Show how a run goes on: a bar on a terminal, else one line a page."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda entry: typer.echo(_describe(entry))
        return
    columns = (BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("", total=total)
        yield lambda entry: bar.update(task, advance=1, description=_describe(entry))


def _describe(entry: Entry) -> str:
    status = "there already" if entry.reused else f"{entry.status} {entry.seconds:.1f} s"
    return f"{entry.stem} {entry.org_name} {status}"
