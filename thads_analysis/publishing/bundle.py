"""A checked report as a folder or a zip: the old state or the new one, never a mixture."""

from __future__ import annotations

__all__ = ["SUMS", "publish_folder", "publish_zip"]

import hashlib
import re
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from thads_analysis.errors import DataError, UsageError
from thads_analysis.publishing.verify import leaders_files
from thads_analysis.run.publish import Places, hold, swap

SUMS = "SHA256SUMS"
"""Hashes of all published files, in the form that ``sha256sum --check`` reads."""

_NAME = re.compile(r"(?!\.)[\w.-]+(/(?!\.)[\w.-]+)*", flags=re.ASCII)
"""Of a file in a report: no way up, no drive, no sign that a system reads in its own way."""

_EARLIEST = (1980, 1, 1, 0, 0, 0)


def publish_folder(source: Path, target: Path, more: Mapping[str, bytes] | None = None) -> None:
    """Copy the files for leaders into a folder, in place of what was published there before.

    Parameters
    ----------
    source : Path
        A period's folder that `verify.check_tree` finds whole.
    target : Path
        Made when it is not there. It is replaced as one, as a run replaces its own.
    more : mapping of str to bytes, optional
        Further files by path, such as the PDF.

    Raises
    ------
    UsageError
        When the target is the source or inside it, holds something that was not published here, or
        cannot be written.
    DataError
        When another process is publishing there.
    """
    _refuse_own_ground(source, target)
    if target.is_file() or (target.is_dir() and any(target.iterdir()) and not (target / SUMS).is_file()):
        message = f"{target} holds something else than a published report; give an empty or a new folder"
        raise UsageError(message)
    places = Places(target)
    with hold(places), _writing(target):
        for path, content in _contents(source, more or {}).items():
            file = places.new / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
        swap(places, target)


def publish_zip(source: Path, target: Path, more: Mapping[str, bytes] | None = None) -> None:
    """Pack the files for leaders into a zip, in place of one that was there; same pages, same bytes.

    Parameters
    ----------
    source, more
        As for `publish_folder`.
    target : Path
        The zip. Its entries lie in one folder, named after the period.

    Raises
    ------
    UsageError
        When the target is inside the source, is a folder, or cannot be written.
    DataError
        When another process is publishing there.
    """
    _refuse_own_ground(source, target)
    if target.is_dir():
        message = f"{target} is a folder; give the path of a zip file"
        raise UsageError(message)
    with hold(Places(target)), _writing(target):
        part = target.with_name(f".{target.name}.part")
        try:
            with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
                for path, content in _contents(source, more or {}).items():
                    entry = zipfile.ZipInfo(f"{source.name}/{path}", date_time=_EARLIEST)
                    entry.compress_type = zipfile.ZIP_DEFLATED
                    entry.external_attr = 0o644 << 16
                    archive.writestr(entry, content)
            part.replace(target)
        finally:
            part.unlink(missing_ok=True)


@contextmanager
def _writing(target: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        message = f"Cannot write {target}: {error.strerror}. What was there before is untouched"
        raise UsageError(message) from None


def _contents(source: Path, more: Mapping[str, bytes]) -> dict[str, bytes]:
    """Every file by its path, with the hashes of all of them.

    Raises
    ------
    DataError
        When a file's name could lead out of the folder into which a zip is unpacked, or breaks a line.
    """
    found = {path.as_posix(): (source / path).read_bytes() for path in leaders_files(source)} | dict(more)
    if wrong := [path for path in found if not _NAME.fullmatch(path)]:
        message = (
            f"{source}: a file is named {wrong[0]!r}; a report's files have letters, digits, points, hyphens "
            "and low lines in their names. Remove it, or make the report again"
        )
        raise DataError(message)
    sums = "".join(f"{hashlib.sha256(found[path]).hexdigest()}  {path}\n" for path in sorted(found))
    return {path: found[path] for path in sorted(found)} | {SUMS: sums.encode()}


def _refuse_own_ground(source: Path, target: Path) -> None:
    own, wanted = source.resolve(), target.resolve()
    if wanted == own or own in wanted.parents or wanted in own.parents:
        message = f"{target} is the report itself, in it or around it; give a place of its own with --to"
        raise UsageError(message)
