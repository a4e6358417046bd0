"""What need not be made again: the key of a page, and the pages there that still have it."""

from __future__ import annotations

__all__ = ["find_pages", "page_keys", "tool_versions"]

import hashlib
import json
import platform
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path, PurePosixPath

import thads_analysis
from thads_analysis import config
from thads_analysis.context import Context
from thads_analysis.ledger.files import ledger_dir, read_manifest
from thads_analysis.paths import published_file, reference_file
from thads_analysis.run.manifest import Entry, package_versions
from thads_analysis.run.plan import Plan


def page_keys(plan: Plan, context: Context, data: Path) -> dict[str, str]:
    """Key of each page of a plan: equal keys, equal pages.

    A key is the SHA-256 of all that goes into a page: the notebook, its parameters (period,
    organisation, language), the figures that it reads, this library with the reference tables that
    it carries, the user's configuration (`config.Config.digest`), Python and the packages that compute and
    draw; for a page of single cases the files of the ledger in the data folder.

    Returns
    -------
    dict of str to str
        By the page's path without suffix, ``79/trend``.
    """
    tools, configuration = tool_versions(), config.in_force().digest
    digest = cache(context.digest)
    keys = {}
    for job in plan.jobs:
        own = () if job.topic.reads == "all" else (job.org, job.topic.reads != "own")
        figures = digest(*own)
        if job.topic.internal:
            figures += _digest_cases(data, job.org.key)
        parts = [job.topic.source, job.parameters.model_dump(), figures, tools, configuration]
        keys[job.stem] = hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
    return keys


def _digest_cases(data: Path, org: str) -> str:
    """Digest what tells the files of an organisation's cases from others: paths, sizes, times."""
    digest = hashlib.sha256()
    ledger = read_manifest(ledger_dir(data))
    for part in ledger.parts:
        if part.org == org:
            found = (ledger.folder / part.path).stat()
            digest.update(repr((part.path, found.st_size, found.st_mtime_ns)).encode())
    return digest.hexdigest()


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


def tool_versions() -> dict[str, str]:
    """Versions of all that makes a page of figures and a notebook: where they are equal, so are pages.

    Returns
    -------
    dict of str to str
        By name: Python, the packages that compute and draw, and for this library a digest of its code
        and of the tables that it carries.
    """
    return {
        "thads_analysis": _digest_library(),
        "python": platform.python_version(),
        **package_versions(),
    }


@cache
def _digest_library() -> str:
    package = Path(thads_analysis.__file__).parent
    tables = reference_file("targets.csv").parent
    files = {f"code/{path}": package / path for path in _list_files(package) if path.suffix != ".pyc"}
    files |= {f"tables/{path}": tables / path for path in _list_files(tables)}
    files["published"] = published_file()
    digest = hashlib.sha256()
    for name in sorted(files):
        digest.update(name.encode() + b"\0" + hashlib.sha256(files[name].read_bytes()).digest())
    return digest.hexdigest()


def _list_files(folder: Path) -> list[PurePosixPath]:
    """Files of a folder; not those which only an installed package has in it, and a checkout beside it."""
    paths = [
        PurePosixPath(path.relative_to(folder).as_posix()) for path in folder.rglob("*") if path.is_file()
    ]
    return [path for path in paths if path.parts[0] not in ("_data", "_notebooks")]
