"""What need not be made again: the key of a page, and the pages there that still have it."""

from __future__ import annotations

__all__ = ["find_pages", "page_keys"]

import hashlib
import json
import platform
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

import thads_analysis
from thads_analysis.context import Context
from thads_analysis.paths import published_file, reference_file
from thads_analysis.run.manifest import Entry, package_versions
from thads_analysis.run.plan import Plan


def page_keys(plan: Plan, context: Context) -> dict[str, str]:
    """Key of each page of a plan: equal keys, equal pages.

    A key is the SHA-256 of all that goes into a page: the notebook, its parameters (period,
    organisation, language), the figures that it reads, this library with the reference tables that
    it carries, Python and the packages that compute and draw.

    Returns
    -------
    dict of str to str
        By the page's path without suffix, ``79/trend``.
    """
    tools = [_digest_library(), platform.python_version(), package_versions()]
    keys = {}
    for job in plan.jobs:
        figures = context.digest(job.org if job.topic.reads == "own" else None)
        parts = [job.topic.source, job.parameters.model_dump(), figures, tools]
        keys[job.stem] = hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
    return keys


def find_pages(entries: Iterable[Entry], folder: Path, keys: Mapping[str, str]) -> dict[str, Entry]:
    """Find the pages of a folder that have the wanted keys and whose files are what was written.

    Parameters
    ----------
    entries : iterable of Entry
        What is said to be in the folder.
    folder : Path
    keys : mapping
        Wanted key by page, as `page_keys` gives them.
    """
    return {
        entry.stem: entry
        for entry in entries
        if entry.status == "ok" and keys.get(entry.stem) == entry.key and _is_intact(entry, folder)
    }


def _is_intact(entry: Entry, folder: Path) -> bool:
    try:
        return all(
            hashlib.sha256((folder / file.path).read_bytes()).hexdigest() == file.sha256
            for file in entry.files
        )
    except OSError:
        return False


@cache
def _digest_library() -> str:
    package = Path(thads_analysis.__file__).parent
    tables = reference_file("targets.csv").parent
    files = [path for path in package.rglob("*") if path.is_file() and path.suffix != ".pyc"]
    digest = hashlib.sha256()
    for path in [*sorted(files), *sorted(p for p in tables.rglob("*") if p.is_file()), published_file()]:
        digest.update(path.name.encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()
