"""Options that several commands share, and what they do on a first use."""

from __future__ import annotations

__all__ = ["DataOption", "JsonOption", "OutOption", "StoreOption", "make_sample_on_first_use"]

from pathlib import Path
from typing import Annotated

import typer


def _use_configuration(data: Path | None) -> Path | None:
    """Put the configuration of the data folder in force before anything is read with it."""
    from thads_analysis import config

    config.use(data)
    return data


DataOption = Annotated[
    Path | None, typer.Option("--data", metavar="DIR", help="Data folder.", callback=_use_configuration)
]
StoreOption = Annotated[
    Path | None,
    typer.Option(
        "--store", metavar="DIR", help="Store, or the data folder around it; else the data folder's."
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print a JSON list of objects.")]
OutOption = Annotated[
    Path | None, typer.Option("--out", metavar="DIR", help="Folder that holds the period's folder.")
]


def make_sample_on_first_use(data: Path, *, named: bool, err: bool = False) -> None:
    """Make the sample where there are no figures; not in a folder that was named, since it was meant."""
    from thads_analysis import store
    from thads_analysis.errors import UsageError
    from thads_analysis.sample.install import ensure_sample

    if store.stamp(store.open_store(data)):
        return
    if named:
        found = "no figures: neither a store nor the sample" if data.is_dir() else "no such folder"
        message = (
            f"{data}: {found}. Name the data folder that has them; or put some there with: thads ingest FILE "
            f"--data {data}; or make the simulated sample there with: thads sample --data {data}"
        )
        raise UsageError(message)
    typer.echo(f"No figures in {data} yet: making the simulated sample there", err=err)
    ensure_sample(data)
