"""``manifest.json``: what a period's folder holds, how it came about, and what failed."""

from __future__ import annotations

__all__ = ["MANIFEST", "Entry", "Manifest", "PageFile", "package_versions", "read_manifest"]

import platform
from collections.abc import Iterable, Mapping
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ValidationError

from thads_analysis import __version__
from thads_analysis.errors import DataError
from thads_analysis.paths import page_stem
from thads_analysis.run.execute import Failure, Result
from thads_analysis.run.plan import Plan

MANIFEST = "manifest.json"

_PACKAGES = (
    "ipykernel",
    "matplotlib",
    "nbconvert",
    "numpy",
    "pandas",
    "papermill",
    "seaborn",
    "statsmodels",
)
"""Packages whose versions can change what a page shows."""


class PageFile(BaseModel):
    """A file of a page, by its path in the period's folder."""

    path: str
    sha256: str


class Entry(BaseModel):
    """One page: made or failed.

    ``internal`` says that it shows single cases and is not handed on. ``key`` stands for all that went
    into it (`resume.page_keys`); ``reused`` says that an earlier run made it from the same. ``seconds``,
    ``cpu_seconds`` and ``peak_memory`` (bytes) are those of the run that made it.
    """

    topic: str
    page: str
    org_code: str
    org_regime: str
    org_name: str
    status: Literal["ok", "failed"]
    internal: bool = False
    key: str = ""
    reused: bool = False
    seconds: float
    cpu_seconds: float = 0.0
    peak_memory: int | None = None
    error: Failure | None = None
    files: list[PageFile] = []

    @property
    def stem(self) -> str:
        """Path of the page in the period's folder, without suffix."""
        return page_stem(self.org_code, self.page)

    @classmethod
    def of(cls, result: Result, key: str = "") -> Entry:
        """Describe the outcome of a job; its files are not known yet."""
        job = result.job
        return cls(
            topic=job.topic.name,
            page=job.topic.page,
            org_code=job.org.code,
            org_regime=job.org.regime,
            org_name=job.org.name,
            status="failed" if result.failure else "ok",
            internal=job.topic.internal,
            key=key,
            seconds=result.seconds,
            cpu_seconds=result.cpu_seconds,
            peak_memory=result.peak_memory,
            error=result.failure,
        )


class Manifest(BaseModel):
    """The pages of a period's folder.

    ``as_of`` is the day on which the period's figures were known, ``provenance`` the kinds of
    figures that the pages state, ``documents`` the files of no page, the annex and the letter,
    ``link_sources`` whether citations are links. In the totals ``seconds`` and ``cpu_seconds`` are sums
    over the pages that this run made, ``peak_memory`` is the largest of them.
    """

    period: str
    lang: str
    library: str
    as_of: date
    provenance: list[str]
    python: str
    platform: str = ""
    packages: dict[str, str]
    totals: dict[str, float | int | None]
    link_sources: bool = False
    documents: list[PageFile] = []
    entries: list[Entry]

    @classmethod
    def describe(
        cls,
        plan: Plan,
        entries: Iterable[Entry],
        sidecars: Mapping[str, Mapping[str, Any]],
        as_of: date,
        documents: Iterable[PageFile] = (),
        link_sources: bool = False,
    ) -> Manifest:
        """Describe a folder by its entries, put in order, by what its records say, and its documents."""
        ordered = sorted(entries, key=lambda entry: (entry.org_regime, entry.org_code, entry.page))
        failed = sum(entry.status == "failed" for entry in ordered)
        made = [entry for entry in ordered if not entry.reused]
        return cls(
            period=str(plan.period),
            lang=plan.lang,
            library=__version__,
            as_of=as_of,
            provenance=sorted({kind for record in sidecars.values() for kind in record["provenance"]}),
            python=platform.python_version(),
            platform=f"{platform.system()} {platform.machine()}",
            packages=package_versions(),
            totals={
                "pages": len(ordered),
                "ok": len(ordered) - failed,
                "failed": failed,
                "reused": len(ordered) - len(made),
                "seconds": round(sum(entry.seconds for entry in made), 3),
                "cpu_seconds": round(sum(entry.cpu_seconds for entry in made), 3),
                "peak_memory": max((entry.peak_memory or 0 for entry in made), default=0) or None,
            },
            link_sources=link_sources,
            documents=list(documents),
            entries=ordered,
        )


def package_versions() -> dict[str, str]:
    """Versions of the packages that can change what a page shows."""
    return {name: version(name) for name in _PACKAGES}


def read_manifest(folder: Path) -> Manifest | None:
    """Read the manifest of a period's folder; None where there is none.

    Raises
    ------
    DataError
        When the file is no manifest.
    """
    file = folder / MANIFEST
    if not file.is_file():
        return None
    try:
        return Manifest.model_validate_json(file.read_bytes())
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "the whole file"
        message = f"{folder.name}/{MANIFEST}: {place}: {first['msg']}. Run the whole period to replace it"
        raise DataError(message) from None
