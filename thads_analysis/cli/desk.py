"""Commands for what is the user's own: the configuration in force, a new topic."""

from __future__ import annotations

__all__ = ["new_topic", "show_config"]

from typing import Annotated

import typer

from thads_analysis.cli.options import DataOption, JsonOption


def show_config(as_json: JsonOption = False, data: DataOption = None) -> None:
    """Print the configuration in force, each setting with the file and line that says it."""
    from thads_analysis import config
    from thads_analysis.cli.intake import print_json
    from thads_analysis.config.describe import describe
    from thads_analysis.run.topic import check_configuration

    check_configuration()
    rows = describe(config.in_force())
    if as_json:
        print_json(rows)
        return
    for row in rows:
        typer.echo(f"{row['setting']} = {row['value']}    ({row['where']})")


def new_topic(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Letters, digits, underscores: my_topic.")],
    data: DataOption = None,
) -> None:
    """Make a notebook of your own that works; the last line names it."""
    from thads_analysis.run.topic import write_topic

    typer.echo(write_topic(name))
