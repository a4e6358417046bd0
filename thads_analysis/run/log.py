"""``run.jsonl``: what happened in a run, one JSON object a line; also what an interrupted run has done.

It is published with the pages, so it names neither machine nor user; who runs stands in a note of its own,
which goes with the working folder.
"""

from __future__ import annotations

__all__ = ["LOG", "RunLog", "note_owner", "read_owner"]

import json
import os
import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

LOG = "run.jsonl"
_OWNER = "owner.json"


class RunLog:
    """The log of a run in its working folder; a run that goes on where another stopped adds to it.

    Each line has ``time`` (UTC) and ``event``: ``started``, ``page`` (with the page's entry in the
    manifest), ``finished``.
    """

    def __init__(self, folder: Path) -> None:
        self._file = folder / LOG

    def write(self, event: str, **details: Any) -> None:
        """Add an event; it is on the disk when the call returns."""
        line = {"time": _now("milliseconds"), "event": event, **details}
        text = json.dumps(line, ensure_ascii=False) + "\n"
        with self._file.open("ab") as file:
            if file.tell() and not self._ends_a_line():
                text = "\n" + text
            file.write(text.encode())

    def _ends_a_line(self) -> bool:
        """Whether the last line is whole: a killed run may have left half of one."""
        with self._file.open("rb") as file:
            file.seek(-1, os.SEEK_END)
            return file.read(1) == b"\n"

    def events(self, kind: str) -> Iterator[dict[str, Any]]:
        """Events of a kind, in order; lines that are not whole are left out."""
        if not self._file.is_file():
            return
        for line in self._file.read_text(encoding="utf-8", errors="replace").splitlines():
            try:
                event = json.loads(line)
            except ValueError:
                continue
            if event.get("event") == kind:
                yield event


def note_owner(folder: Path) -> None:
    """Note in a working folder who runs, for whoever would run there too."""
    owner = {"process": os.getpid(), "host": socket.gethostname(), "since": _now("seconds")}
    (folder / _OWNER).write_text(json.dumps(owner) + "\n", encoding="utf-8")


def read_owner(folder: Path) -> str:
    """Say who runs in a working folder."""
    try:
        owner = json.loads((folder / _OWNER).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return "it has just started"
    return f"process {owner['process']} on {owner['host']} since {owner['since'][:19]} UTC"


def _now(precision: str) -> str:
    return datetime.now(UTC).isoformat(timespec=precision)
