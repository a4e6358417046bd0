"""A failed notebook as far as it got, for whoever mends it, without a trace of the machine it ran on."""

from __future__ import annotations

__all__ = ["hide_paths", "write_partial"]

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nbformat import NotebookNode

_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_QUOTED = re.compile(r"""(['"])((?:~|[A-Za-z]:)?[\\/][^'"\n]*[\\/])([^'"\\/\n]*)\1""")
_BARE = re.compile(r"""(?<![\w/<.])((?:~|[A-Za-z]:)?[\\/](?:[^\s\\/'"<>:]+[\\/])+)""")
_LIBRARY = re.compile(r".*/(?:(?:site|dist)-packages|python3\.\d+|(?=thads_analysis/))/?")


def hide_paths(text: str) -> str:
    """Shorten the absolute paths in a text.

    Parameters
    ----------
    text : str
        Such as a message, a traceback, a warning.

    Returns
    -------
    str
        A module's path begins at its package, any other path is its last name, and the user's own
        folder is ``~``; colours of a terminal are left out.

    Examples
    --------
    >>> hide_paths("No such file: '/home/lan/data/so lieu.csv'")
    "No such file: 'so lieu.csv'"
    >>> hide_paths("/srv/venv/lib/python3.11/site-packages/pandas/io/common.py:882")
    'pandas/io/common.py:882'
    """
    text = _COLOUR.sub("", text)
    home = str(Path.home())
    if len(home) > 1:
        text = re.sub(re.escape(home) + r"(?![\w.-])", "~", text)
    text = _QUOTED.sub(lambda found: f"{found[1]}{_inside(found[2])}{found[3]}{found[1]}", text)
    return _BARE.sub(lambda found: _inside(found[1]), text)


def _inside(folders: str) -> str:
    """What of a path's folders says where in a library a file is; nothing for any other file."""
    found = _LIBRARY.match(folders.replace("\\", "/"))
    return folders.replace("\\", "/")[found.end() :] if found else ""


def write_partial(source: NotebookNode, cells: list[NotebookNode]) -> str:
    """Put the cells that ran and those that did not into one notebook.

    Parameters
    ----------
    source : NotebookNode
        The notebook as it is before a run.
    cells : list of NotebookNode
        The cells that started, the one that papermill injects among them, with their outputs.

    Returns
    -------
    str
        The notebook as JSON. The paths in what its cells wrote are shortened.
    """
    import nbformat

    # The second cell that runs is the one that papermill injects.
    rest = source.cells[len(cells) - 1 :] if len(cells) > 1 else source.cells
    notebook = nbformat.v4.new_notebook(  # type: ignore[no-untyped-call]
        cells=[*(cells if len(cells) > 1 else ()), *rest], metadata=source.metadata
    )
    for cell in notebook.cells:
        for noted in ("papermill", "execution"):
            cell.metadata.pop(noted, None)
        if "injected-parameters" in cell.metadata.get("tags", ()):
            cell["id"] = "injected-parameters"  # papermill gives a random one
        for output in cell.get("outputs", ()):
            _hide_paths_in(output)
    return str(nbformat.writes(notebook)) + "\n"  # type: ignore[no-untyped-call]


def _hide_paths_in(output: dict[str, Any]) -> None:
    """Shorten the paths in what a cell wrote; what it displays is left, pictures above all."""
    for name in ("text", "evalue"):
        if name in output:
            output[name] = hide_paths(output[name])
    if "traceback" in output:
        output["traceback"] = [hide_paths(frame) for frame in output["traceback"]]
    if "text/plain" in (data := output.get("data", {})):
        data["text/plain"] = hide_paths(data["text/plain"])
