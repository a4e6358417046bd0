"""The simulated sample on disk: workbooks written from it, read back into a store of their own."""

from __future__ import annotations

__all__ = ["ensure_sample"]

import shutil
from pathlib import Path

from thads_analysis import store


def ensure_sample(data: Path) -> bool:
    """Make the simulated sample in a data folder, unless it is there.

    The figures take the way that a province's would: monthly workbooks, the loader, a store.

    Parameters
    ----------
    data : Path
        Data folder; gets ``sample/workbooks`` and ``sample/store``.

    Returns
    -------
    bool
        Whether it was made now.
    """
    import filelock

    folder = data / "sample"
    folder.mkdir(parents=True, exist_ok=True)
    with filelock.FileLock(folder / ".lock"):
        if store.stamp(folder / "store"):
            return False
        building = folder / ".building"
        shutil.rmtree(building, ignore_errors=True)
        _build(building)
        # The store comes last: a sample that has one is complete.
        for part in ("workbooks", "store"):
            shutil.rmtree(folder / part, ignore_errors=True)
            (building / part).replace(folder / part)
        shutil.rmtree(building)
    return True


def _build(folder: Path) -> None:
    from thads_analysis.load import load_workbook
    from thads_analysis.sample import make_observations, write_workbooks

    workbooks = write_workbooks(make_observations(), folder / "workbooks")
    store.add(
        folder / "store", [(path, store.file_sha256(path), load_workbook(path)) for path in sorted(workbooks)]
    )
