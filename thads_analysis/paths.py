"""Where things lie. Every path of the program is built here and nowhere else."""

from __future__ import annotations

__all__ = [
    "data_dir",
    "notebook_file",
    "notebooks_dir",
    "outputs_dir",
    "page_stem",
    "period_dir",
    "published_file",
    "reference_file",
    "template_file",
]

import os
from functools import cache
from pathlib import Path

from thads_analysis.errors import UsageError

_PACKAGE = Path(__file__).resolve().parent
_CHECKOUT = _PACKAGE.parent


@cache
def _carried(kind: str) -> Path:
    """Folder of files that travel with the package: inside the wheel, or in the checkout."""
    inside, beside = {
        "data": (_PACKAGE / "_data", _CHECKOUT / "data"),
        "notebooks": (_PACKAGE / "_notebooks", _CHECKOUT / "notebooks"),
    }[kind]
    return inside if inside.is_dir() else beside


def reference_file(name: str) -> Path:
    """Path of a file of facts, such as ``targets.csv`` or ``forms/TT06-2019.yaml``."""
    return _carried("data") / "reference" / name


def published_file() -> Path:
    """Path of the table of published figures."""
    return _carried("data") / "published" / "figures.csv"


def template_file(name: str) -> Path:
    """Path of a template of a document, such as ``cong-van.docx``."""
    return _carried("data") / "templates" / name


def notebooks_dir() -> Path:
    """Folder of the notebooks, one file a topic."""
    return _carried("notebooks")


def notebook_file(topic: str) -> Path:
    """Path of the notebook of a topic."""
    return notebooks_dir() / f"{topic}.ipynb"


def data_dir(data: str | Path | None = None) -> Path:
    """Folder that holds the user's ``store/`` and the ``sample/``.

    Parameters
    ----------
    data : str or Path, optional
        The folder to use. Without it: the environment variable ``THADS_DATA``; then a ``data``
        folder with one of the two, or with a ``thads.toml``, in the working folder or above it;
        then the checkout's own ``data``; then ``data`` in the working folder.

    Returns
    -------
    Path
        The folder, which need not exist yet.

    Raises
    ------
    UsageError
        When what was given is a file.
    """
    if given := (str(data) if data else os.environ.get("THADS_DATA")):
        folder = Path(given).expanduser().resolve()
        if folder.exists() and not folder.is_dir():
            message = f"{given}: expected a folder, the data folder; found a file"
            raise UsageError(message)
        return folder
    here = Path.cwd()
    for folder in (here, *here.parents):
        candidate = folder / "data"
        if any((candidate / held).exists() for held in ("store", "sample", "thads.toml")):
            return candidate
    if (_CHECKOUT / "data").is_dir():
        return _CHECKOUT / "data"
    return here / "data"


def outputs_dir(out: str | Path | None = None) -> Path:
    """Folder under which each period gets its own folder; ``outputs`` of the checkout or of here."""
    if out:
        return Path(out).expanduser().resolve()
    if (_CHECKOUT / "outputs").is_dir():
        return _CHECKOUT / "outputs"
    return Path.cwd() / "outputs"


def period_dir(period: object, out: str | Path | None = None) -> Path:
    """Folder that holds the pages of a period, named after it: ``outputs/2023-M09``."""
    return outputs_dir(out) / str(period)


def page_stem(org_code: str, page: str) -> str:
    """Path of a page inside its period's folder, with forward slashes and without suffix."""
    return f"{org_code}/{page}"
