"""Options that several commands share."""

from __future__ import annotations

__all__ = ["DataOption", "JsonOption", "OutOption", "StoreOption"]

from pathlib import Path
from typing import Annotated

import typer

DataOption = Annotated[Path | None, typer.Option("--data", metavar="DIR", help="Data folder.")]
StoreOption = Annotated[
    Path | None, typer.Option("--store", metavar="DIR", help="Store; without it the data folder's.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print a JSON list of objects.")]
OutOption = Annotated[
    Path | None, typer.Option("--out", metavar="DIR", help="Folder that holds the period's folder.")
]
