"""One period's batch: make what is missing, put the pages together, publish them as one."""

from __future__ import annotations

__all__ = ["Outcome", "run_period"]

import errno
import hashlib
import shutil
import time
from collections.abc import Callable, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from thads_analysis import config
from thads_analysis.context import Context, load_context
from thads_analysis.errors import DataError, UsageError
from thads_analysis.load.geography import Shapes, read_shapes
from thads_analysis.locale import locale_for
from thads_analysis.report.annex import ANNEX, write_annex
from thads_analysis.report.letter import LETTER, write_letter
from thads_analysis.report.records import read_record
from thads_analysis.run.cluster import execute_on_cluster
from thads_analysis.run.execute import Result, execute
from thads_analysis.run.log import LOG, RunLog, note_owner
from thads_analysis.run.manifest import MANIFEST, Entry, Manifest, PageFile, read_manifest
from thads_analysis.run.plan import Plan, longest_first
from thads_analysis.run.publish import Places, hold, swap
from thads_analysis.run.resume import find_pages, page_keys
from thads_analysis.site import Report, link_page, org_name, page_titles, read_report, render_index
from thads_analysis.site.sources import link_sources, source_addresses

_SUFFIXES = ("html", "ipynb", "json")
_FAILED = "failed"
_PATIENCE = 30
"""Seconds for which a full disk may stay full: a notebook that fills it fails, and its files go."""


@dataclass(frozen=True)
class Outcome:
    """What a run came to.

    Parameters
    ----------
    index : Path
        The index page. A run with failures does not replace a good one: its own pages lie beside,
        in a folder with ``.failed`` after its name.
    entries : tuple of Entry
        One a job of this run, in the order of the plan.
    """

    index: Path
    entries: tuple[Entry, ...]

    @property
    def failed(self) -> tuple[Entry, ...]:
        """The jobs without a page."""
        return tuple(entry for entry in self.entries if entry.status == "failed")


def run_period(
    plan: Plan,
    *,
    data: Path,
    folder: Path,
    workers: int,
    timeout: float,
    scheduler: str | None = None,
    force: bool = False,
    as_of: date | None = None,
    map_file: Path | None = None,
    links: bool = False,
    on_page: Callable[[Entry], None] = lambda entry: None,
) -> Outcome:
    """Make the pages of a plan and publish them with index and manifest.

    A page that is there and was made from the same is not made again (`resume.page_keys`), whether an
    earlier run published it or was interrupted after it.

    Parameters
    ----------
    plan : Plan
    data : Path
        Data folder.
    folder : Path
        The period's folder. A whole plan replaces it; another adds its pages to those there.
    workers : int
        Number of notebooks that run at the same time.
    timeout : float
        Limit for a whole notebook, in seconds.
    scheduler : str, optional
        Address of the scheduler of a Dask cluster; its workers then make the pages, not this machine's
        (`cluster.execute_on_cluster`).
    force : bool
        Make every page again.
    as_of : date, optional
        Make the report of what was known by the end of that day.
    map_file : Path, optional
        GeoJSON of the provinces, drawn on the front page instead of tiles.
    links : bool
        Make the citations of publications links; what a page states is the same, and so is its key.
    on_page : callable
        Called with each page's entry, those that are not made again first.

    Raises
    ------
    DataError
        When the store holds no figures for the period, the map is not one of the provinces, or another
        run holds the folder; no kernel has started then.
    UsageError
        When the folder is something else than a period's pages, or cannot be written to; when pages of
        single cases would be made on other machines.
    """
    if scheduler and any(job.topic.internal for job in plan.jobs):
        message = "Pages of single cases are made on the machine that has the cases; leave out --engine dask"
        raise UsageError(message)
    config.use(data)
    shapes = read_shapes(map_file, plan.period.org_regime) if map_file else None
    context = load_context(plan.period, str(data), as_of)
    places = Places(folder)
    with hold(places):
        before = _check_folder(plan, folder)
        batch = _Batch(plan, places, page_keys(plan, context, data), before, shapes, links)
        batch.open(force)
        for entry in batch.find_made(force):
            on_page(entry)
        jobs = longest_first(job for job in plan.jobs if job.stem not in batch.entries)
        # Closed at once when something breaks in here, so that no worker is left.
        results = (
            execute_on_cluster(jobs, scheduler=scheduler, timeout=timeout, context=context)
            if scheduler
            else execute(jobs, data=data, workers=workers, timeout=timeout, context=context)
        )
        with closing(results):
            for result in results:
                on_page(batch.take(result))
        index = batch.publish(context)
    return Outcome(index, tuple(batch.entries[job.stem] for job in plan.jobs))


def _check_folder(plan: Plan, folder: Path) -> Manifest | None:
    """Return the manifest of the pages there; refuse to touch a folder that is not ours."""
    in_use = folder.is_file() or (folder.is_dir() and any(folder.iterdir()))
    if in_use and not (folder / MANIFEST).is_file():
        message = f"{folder} is there, but no run made it: it has no {MANIFEST}. Give another --out"
        raise UsageError(message)
    try:
        before = read_manifest(folder)
    except DataError:
        if plan.whole:  # nothing of it is needed
            return None
        raise
    if before and not plan.whole and (before.period, before.lang) != (str(plan.period), plan.lang):
        message = (
            f"{folder} holds pages of {before.period} in {before.lang!r}; this run makes {plan.period} in "
            f"{plan.lang!r}. Run all organisations and topics, or give another --out"
        )
        raise UsageError(message)
    return before


class _Batch:
    """The pages of one run on their way from the workers to the period's folder."""

    def __init__(
        self,
        plan: Plan,
        places: Places,
        keys: Mapping[str, str],
        before: Manifest | None,
        shapes: Shapes | None,
        links: bool,
    ) -> None:
        self.entries: dict[str, Entry] = {}
        self._plan, self._places, self._keys, self._before = plan, places, keys, before
        self._shapes = shapes
        self._sources: dict[str, Path] = {}
        self._links = links
        self._log = RunLog(places.work)

    def open(self, force: bool) -> None:
        """Take up the working folder, with what an interrupted run has left in it."""
        if force:
            shutil.rmtree(self._places.work, ignore_errors=True)
        try:
            self._places.work.mkdir(exist_ok=True)
            note_owner(self._places.work)
            about = {"period": str(self._plan.period), "lang": self._plan.lang}
            self._log.write("started", **about, pages=len(self._plan.jobs))
        except OSError as error:
            message = f"Cannot write beside {self._places.folder}: {error.strerror}. Give another --out"
            raise UsageError(message) from None

    def find_made(self, force: bool) -> list[Entry]:
        """Take the pages that need not be made again, and give their entries."""
        if not force:
            for folder, entries in (
                (self._places.failed, _read_entries(self._places.failed)),
                (self._places.folder, self._before.entries if self._before else []),
                (self._places.work, _read_noted(self._log)),
            ):
                for stem, entry in find_pages(entries, folder, self._keys).items():
                    self.entries[stem] = entry.model_copy(update={"reused": True})
                    self._sources[stem] = folder
        return list(self.entries.values())

    def take(self, result: Result) -> Entry:
        """Keep the outcome of a job in the working folder, and note it."""
        stem, page = result.job.stem, result.page
        entry = Entry.of(result, self._keys[stem])
        files = {f"{stem}.{suffix}": getattr(page, suffix) for suffix in _SUFFIXES} if page else {}
        if result.failure:
            files = {
                f"{_FAILED}/{stem}.ipynb": result.partial,
                f"{_FAILED}/{stem}.txt": f"{result.failure}\n",
            }
        for path, text in files.items():
            _write_patiently(self._places.work / path, text)
        entry.files = [_describe_file(self._places.work, path) for path in files]
        self._log.write("page", entry=entry.model_dump(mode="json"))
        self.entries[stem], self._sources[stem] = entry, self._places.work
        return entry

    def publish(self, context: Context) -> Path:
        """Put the pages together, linked, with manifest and index; give the path of the index."""
        places, before = self._places, self._before
        if before and not self._plan.whole:
            for entry in before.entries:
                self._sources.setdefault(entry.stem, places.folder)
            kept = [entry for entry in before.entries if entry.stem not in self.entries]
        else:
            kept = []
        entries = [*kept, *self.entries.values()]
        failed = any(entry.status == "failed" for entry in entries)
        was_good = before is not None and not before.totals["failed"]
        target = places.failed if failed and was_good else places.folder
        self._log.write("finished", failed=sum(entry.status == "failed" for entry in entries))
        try:
            origin = context.origins.to_dict("index")[self._plan.period.fiscal_year, self._plan.period.months]
            places.new.mkdir()
            write_annex(places.new / ANNEX, context, locale_for(self._plan.lang))
            write_letter(places.new / LETTER, context)
            self._assemble(entries, origin["as_of"].date())
        except OSError as error:
            message = (
                f"Cannot write {places.new}: {error.strerror}. Make room and run again; the pages made so "
                "far are kept"
            )
            raise DataError(message) from None
        swap(places, target)
        if not failed:
            shutil.rmtree(places.failed, ignore_errors=True)
        shutil.rmtree(places.work, ignore_errors=True)
        return target / "index.html"

    def _assemble(self, entries: list[Entry], as_of: date) -> None:
        new = self._places.new
        documents = [_describe_file(new, file.name) for file in sorted(new.iterdir())]
        made = {entry.stem: entry for entry in entries if entry.status == "ok"}
        for entry in entries:
            for file in entry.files:
                target = new / file.path
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(self._sources[entry.stem] / file.path, target)
        sidecars = {stem: _read_sidecar(new, stem) for stem in made}
        shared = {stem for stem, entry in made.items() if not entry.internal}
        told = [entry for entry in entries if not entry.internal]
        records = {stem: sidecars[stem] for stem in sidecars if stem in shared}
        titles = page_titles(sidecars)
        ordered = sorted(made.values(), key=lambda entry: (entry.org_regime, entry.org_code))
        locale = locale_for(self._plan.lang)
        names = {
            entry.org_code: org_name(entry.model_dump(), locale) for entry in ordered if entry.stem in shared
        }
        for stem, entry in made.items():
            page = new / f"{stem}.html"
            html = page.read_text(encoding="utf-8")
            linked = link_page(
                html,
                stem=stem,
                names={entry.org_code: entry.org_name} | names,
                stems=shared | {stem},
                period=self._plan.period,
                lang=self._plan.lang,
                titles=titles,
            )
            linked = link_sources(linked, source_addresses() if self._links else {})
            if linked != html:
                _write_text(page, linked)
                entry.files = [_describe_file(new, file.path) for file in entry.files]
        manifest = Manifest.describe(self._plan, entries, sidecars, as_of, documents, self._links)
        _write_text(new / MANIFEST, manifest.model_dump_json(indent=1) + "\n")
        # The index is handed on: it knows nothing of the pages of single cases.
        public = Manifest.describe(self._plan, told, records, as_of)
        report = Report(public.model_dump(mode="json"), records)
        _write_text(new / "index.html", render_index(report, self._read_previous(), self._shapes))
        shutil.copyfile(self._places.work / LOG, new / LOG)

    def _read_previous(self) -> Report | None:
        """Read the report of the month before, in the folder beside; None where none can be read."""
        folder = self._places.folder.with_name(str(self._plan.period - 1))
        with suppress(UsageError, DataError):
            return read_report(folder)
        return None


def _read_entries(folder: Path) -> list[Entry]:
    """Entries of a folder whose manifest may be missing or damaged."""
    try:
        manifest = read_manifest(folder)
    except DataError:
        return []
    return manifest.entries if manifest else []


def _read_noted(log: RunLog) -> list[Entry]:
    """Entries that an interrupted run has noted, those of an older form left out."""
    entries = []
    for event in log.events("page"):
        with suppress(ValidationError):
            entries.append(Entry.model_validate(event["entry"]))
    return entries


def _read_sidecar(folder: Path, stem: str) -> Mapping[str, Any]:
    return read_record((folder / f"{stem}.json").read_text(encoding="utf-8"), f"{stem}.json")


def _describe_file(folder: Path, path: str) -> PageFile:
    return PageFile(path=path, sha256=hashlib.sha256((folder / path).read_bytes()).hexdigest())


def _write_patiently(file: Path, text: str) -> None:
    """Write a file of a page; wait while the disk is full."""
    deadline = time.monotonic() + _PATIENCE
    while True:
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            _write_text(file, text)
        except OSError as error:
            if error.errno not in (errno.ENOSPC, errno.EDQUOT) or time.monotonic() > deadline:
                message = (
                    f"Cannot write {file.name}: {error.strerror}. Make room and run again; the pages made "
                    "so far are kept"
                )
                raise DataError(message) from None
            time.sleep(0.5)
        else:
            return


def _write_text(file: Path, text: str) -> None:
    """Write UTF-8 with the same line ends on every machine."""
    file.write_text(text, encoding="utf-8", newline="\n")
