"""A period's folder as its readers see it: one run at a time, the old state or the new one."""

from __future__ import annotations

__all__ = ["Places", "hold", "swap"]

import ctypes
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from thads_analysis.errors import DataError, UsageError
from thads_analysis.run.log import read_owner

_AT_FDCWD, _RENAME_EXCHANGE = -100, 2


@dataclass(frozen=True)
class Places:
    """The folders of a period's run, all beside each other.

    Parameters
    ----------
    folder : Path
        What readers open.
    """

    folder: Path

    @property
    def failed(self) -> Path:
        """Where a run with failures stays when the folder holds a good one."""
        return self.folder.with_name(f"{self.folder.name}.failed")

    @property
    def work(self) -> Path:
        """Pages of a run under way, or of one that was interrupted."""
        return self.folder.with_name(f".{self.folder.name}.work")

    @property
    def new(self) -> Path:
        """The next state while it is put together."""
        return self.folder.with_name(f".{self.folder.name}.new")

    @property
    def old(self) -> Path:
        """The last state while it makes room."""
        return self.folder.with_name(f".{self.folder.name}.old")

    @property
    def lock(self) -> Path:
        """The lock of the run, which the system gives back when its process ends, however it ends.

        Its file goes with the run; a killed run leaves it, without the lock.
        """
        return self.folder.with_name(f".{self.folder.name}.lock")


@contextmanager
def hold(places: Places) -> Iterator[None]:
    """Hold a period's folder for one run.

    Raises
    ------
    DataError
        When another run holds it; the message says which.
    UsageError
        When nothing can be written there.
    """
    import filelock

    try:
        places.folder.parent.mkdir(parents=True, exist_ok=True)
        lock = filelock.FileLock(places.lock, timeout=0)
        lock.acquire()
    except filelock.Timeout:
        message = (
            f"{places.folder}: a run is under way: {read_owner(places.work)}. Wait for its end, or end it"
        )
        raise DataError(message) from None
    except OSError as error:
        raise UsageError(_cannot_write(places, error)) from None
    try:
        _recover(places)
        yield
    finally:
        # Before the lock is given back: a run that has opened the file in the meantime finds it gone once
        # it gets the lock, and does not take it (filelock looks at the number of links, from 3.24 on).
        with suppress(OSError):  # where an open file cannot go, filelock removes it
            places.lock.unlink()
        lock.release()


def _cannot_write(places: Places, error: OSError) -> str:
    return f"Cannot write beside {places.folder}: {error.strerror}. Give another folder with --out"


def _recover(places: Places) -> None:
    """Undo the half of a swap that a killed run has left, and clear what nobody needs."""
    if not places.folder.exists() and places.old.is_dir():
        places.old.replace(places.folder)
    for left in (places.new, places.old):
        shutil.rmtree(left, ignore_errors=True)


def swap(places: Places, target: Path) -> None:
    """Put the new state in the place of a folder, at once where the system can do that.

    Elsewhere, as on some shared drives, the folder is not there for the moment between two renames;
    a run that is killed in that moment is mended by the next.

    Raises
    ------
    UsageError
        When the folder cannot be replaced, for example because another program has it open.
    """
    try:
        if target.exists() and not _exchange(places.new, target):
            target.replace(places.old)
        if places.new.exists() and not target.exists():
            places.new.replace(target)
    except OSError as error:
        if places.old.exists() and not target.exists():
            places.old.replace(target)
        message = f"Cannot replace {target}: {error.strerror}. Close what has it open and run again"
        raise UsageError(message) from None
    for left in (places.new, places.old):
        shutil.rmtree(left, ignore_errors=True)


def _exchange(one: Path, other: Path) -> bool:
    """Exchange two folders in one step; False where this system or drive cannot."""
    if sys.platform != "linux":
        return False
    renameat2 = getattr(ctypes.CDLL(None), "renameat2", None)
    if renameat2 is None:
        return False
    paths = os.fsencode(one), os.fsencode(other)
    return int(renameat2(_AT_FDCWD, paths[0], _AT_FDCWD, paths[1], _RENAME_EXCHANGE)) == 0
