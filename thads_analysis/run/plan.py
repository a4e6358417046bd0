"""What a run has to make: topics from the notebooks, checked parameters, one job a page."""

from __future__ import annotations

__all__ = ["Job", "Parameters", "Plan", "Topic", "longest_first", "make_plan", "read_topics"]

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from pydantic import BaseModel, ConfigDict, field_validator, model_validator

from thads_analysis import config
from thads_analysis.errors import UsageError
from thads_analysis.locale import locale_for
from thads_analysis.org import NATION, Org, provinces
from thads_analysis.paths import notebooks_dir, page_stem
from thads_analysis.period import Period

_READS = ("all", "own", "forecast", "cases")
_LEVELS = ("nation", "group", "province")


class Parameters(BaseModel):
    """What every notebook takes, under the names that its ``parameters`` cell declares.

    Attributes
    ----------
    period : str
        Such as ``2023-M09``.
    org : str
        ``VN``, or the code of a province in the list in force at the period's end; a name is
        turned into its code.
    lang : str
        ``vi`` or ``en``.
    data : str
        Data folder. A run leaves it empty and names the folder in the environment variable
        ``THADS_DATA``, so that no notebook carries the path of a machine.

    Raises
    ------
    UsageError
        When the period, the organisation or the language does not exist.
    """

    model_config: ClassVar[ConfigDict] = ConfigDict(frozen=True, extra="forbid")

    period: str
    org: str = NATION.code
    lang: str = "vi"
    data: str = ""

    @field_validator("period")
    @classmethod
    def _check_period(cls, value: str) -> str:
        return str(Period.parse(value))

    @field_validator("lang")
    @classmethod
    def _check_lang(cls, value: str) -> str:
        return locale_for(value).lang

    @model_validator(mode="before")
    @classmethod
    def _find_org(cls, values: dict[str, str]) -> dict[str, str]:
        regime = Period.parse(values["period"]).org_regime
        return {**values, "org": Org.parse(values.get("org", NATION.code), regime).code}


@dataclass(frozen=True)
class Topic:
    """A notebook and what it says about itself in its metadata.

    Parameters
    ----------
    name : str
        Name of the notebook's file.
    page : str
        Name of the page's files.
    levels : tuple of str
        For whom it is made: some of ``nation``, ``group``, ``province``.
    exhibits : tuple of str
        Anchors of the figures and tables that the page must hold.
    reads : {"all", "own", "forecast", "cases"}
        Whether its pages depend on the figures of all organisations, on those of their own alone, on
        those and their forecast, or on those, their forecast and their single cases.
    source : str
        The notebook itself, as JSON.
    on_request : bool
        Whether its pages are made only when the topic is named: they take long and change little.
    """

    name: str
    page: str
    levels: tuple[str, ...]
    exhibits: tuple[str, ...]
    reads: str
    source: str = field(repr=False)
    on_request: bool = False

    @property
    def internal(self) -> bool:
        """Whether its pages stay with the unit: they show single cases."""
        return self.reads == "cases"


@dataclass(frozen=True)
class Job:
    """One page to make: a notebook with its parameters, and nothing else that could change it."""

    topic: Topic
    org: Org
    parameters: Parameters

    @property
    def stem(self) -> str:
        """Path of the page in the period's folder, without suffix."""
        return page_stem(self.org.code, self.topic.page)


@dataclass(frozen=True)
class Plan:
    """The jobs of a run.

    ``whole`` says that these are all the pages of the period, so that the run replaces the
    period's folder instead of adding to it.
    """

    period: Period
    lang: str
    jobs: tuple[Job, ...]
    whole: bool


def read_topics(folder: Path | None = None) -> tuple[Topic, ...]:
    """Read the topics from the notebooks of a folder, by default the package's and the user's own.

    The user's lie in the folder that ``topics`` in ``thads.toml`` names, beside it.

    Returns
    -------
    tuple of Topic
        The package's by name, then the user's. A notebook without ``thads`` in its metadata makes no page
        and is left out.

    Raises
    ------
    UsageError
        When a file is no notebook, its metadata lacks ``page``, ``orgs`` or ``exhibits``, or a name or a page
        is taken.
    """
    folders = [folder] if folder else [notebooks_dir(), config.in_force().topics]
    found: dict[str, Topic] = {}
    pages: dict[str, str] = {}
    for file in (file for each in folders for file in sorted(each.glob("*.ipynb"))):
        topic = _read_topic(file)
        if topic is None:
            continue
        for taken, name in ((found, topic.name), (pages, topic.page)):
            if name in taken:
                message = (
                    f"{file}: {name!r} is taken by another notebook; give it a name and a page of its own"
                )
                raise UsageError(message)
        found[topic.name], pages[topic.page] = topic, topic.name
    return tuple(found.values())


def _read_topic(file: Path) -> Topic | None:
    source = file.read_text(encoding="utf-8")
    try:
        about = json.loads(source)["metadata"].get("thads")
        if about is None:
            return None
        levels = tuple(about["orgs"])
        topic = Topic(
            file.stem,
            str(about["page"]),
            levels,
            tuple(about["exhibits"]),
            str(about.get("reads", "all")),
            source,
            bool(about.get("on_request", False)),
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        message = f"{file.name}: cannot read its metadata ({error!r}); expected thads: page, orgs, exhibits"
        raise UsageError(message) from None
    if not levels or not set(levels) <= set(_LEVELS):
        message = f"{file.name}: metadata thads.orgs is {list(levels)}; expected some of {', '.join(_LEVELS)}"
        raise UsageError(message)
    if topic.reads not in _READS:
        message = f"{file.name}: metadata thads.reads is {topic.reads!r}; expected one of {', '.join(_READS)}"
        raise UsageError(message)
    if topic.internal and levels != ("province",):
        message = f"{file.name}: it reads single cases, so that thads.orgs must be ['province'] alone"
        raise UsageError(message)
    return topic


def make_plan(
    period: str | Period,
    *,
    orgs: Sequence[str] = (),
    topics: Sequence[str] = (),
    lang: str = "vi",
) -> Plan:
    """Lay out the pages of a period, with every parameter checked.

    Parameters
    ----------
    period : str or Period
    orgs : sequence of str
        Codes or names; without any, the nation and all provinces of the list in force.
    topics : sequence of str
        Names of notebooks; without any, all but those that are made on request only.
    lang : {"vi", "en"}

    Returns
    -------
    Plan
        The nation first, then provinces by code; each with its topics by name.

    Raises
    ------
    UsageError
        When the period, an organisation, a topic or the language does not exist, or when no
        notebook is made for what was asked.
    """
    when = Period.parse(period)
    known = {topic.name: topic for topic in read_topics()}
    if unknown := [name for name in topics if name not in known]:
        message = f"There is no notebook {unknown[0]!r}; there are: {', '.join(known) or 'none'}"
        raise UsageError(message)
    chosen = [topic for topic in known.values() if (topic.name in topics if topics else not topic.on_request)]
    units = [Org.parse(text, when.org_regime) for text in orgs]
    everyone = sorted(set(units)) if units else [NATION, *provinces(when.org_regime)]
    jobs = tuple(
        Job(topic, org, Parameters(period=str(when), org=org.code, lang=lang))
        for org in everyone
        for topic in chosen
        if org.level in topic.levels
    )
    if not jobs:
        made_for = "; ".join(f"{topic.name} is made for {' and '.join(topic.levels)}" for topic in chosen)
        message = f"Nothing to run for {', '.join(orgs) or 'anyone'}: {made_for or 'there is no notebook'}"
        raise UsageError(message)
    return Plan(when, lang, jobs, whole=not orgs and not topics)


def longest_first(jobs: Iterable[Job]) -> list[Job]:
    """Order jobs so that, at the end of a run, no worker is long alone with its last one.

    A notebook's length is the guess at its time.
    """
    return sorted(jobs, key=lambda job: len(job.topic.source), reverse=True)
