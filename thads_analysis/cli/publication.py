"""The command that hands a report on."""

from __future__ import annotations

__all__ = ["publish"]

from pathlib import Path
from typing import Annotated

import typer

from thads_analysis.cli.options import OutOption


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
) -> None:
    """Check a period's report and pack what leaders need; the last line names it."""
    from thads_analysis.errors import DataError
    from thads_analysis.paths import period_dir
    from thads_analysis.period import Period
    from thads_analysis.publishing import bind_volumes, check_tree, publish_folder, publish_zip

    source = period_dir(Period.parse(period), out)
    if faults := check_tree(source):
        for fault in faults:
            typer.echo(fault, err=True)
        message = f"{source} is not published: {len(faults)} faults. Make it again with: thads run {period}"
        raise DataError(message)
    target = to or source.with_name(f"{source.name}.zip")
    more = bind_volumes(source) if pdf else {}
    (publish_zip if target.suffix.lower() == ".zip" else publish_folder)(source, target, more)
    typer.echo(target)
