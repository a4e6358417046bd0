"""A report whose every text field of the data is hostile: names, group names, sources, notes, parameters."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from unittest import mock

from sample_pages import make_page, render_topic, with_source

from thads_analysis import org as orgs
from thads_analysis import reference
from thads_analysis.context import Context
from thads_analysis.locale import locale_for
from thads_analysis.org import Org
from thads_analysis.report.annex import ANNEX, write_annex
from thads_analysis.report.letter import LETTER, write_letter
from thads_analysis.run.manifest import MANIFEST, Entry, Manifest, PageFile
from thads_analysis.site import Report, link_page, render_index

SCRIPT = "<script>alert(1)</script>"
FORMULA = "=cmd|'/c'!A0"
NAMES = {
    "45": f"{SCRIPT}\"'& ../x",
    "79": f"{FORMULA} $\\frac{{$",
    "01": "<img src=x onerror=alert(2)>",
}
"""As provinces of a user's own file may be called: the worst that is let in."""
GROUP = f"{FORMULA} {SCRIPT} </main> {{{{ 7*7 }}}} ../../x"
SOURCE = (
    f"</title></style>{SCRIPT}\u202egnp.exe\u202c {FORMULA} javascript:alert(3) https://a.example/\x00\x1b "
    f"../../x.xlsx\r\n{'dài ' * 500}"
)
CODE = "45"

_PAGES = (
    ("VN", "brief", "brief"),
    ("VN", "overview", "national_overview"),
    ("VN", "quality", "data_quality"),
    ("large-8", "overview", "national_overview"),
    (CODE, "diagnostics", "province_diagnostics"),
    (CODE, "forecast", "target_gap_forecast"),
)


@contextmanager
def hostile_names() -> Iterator[None]:
    """Call three provinces and all groups what no one should be called."""
    caches = (orgs.provinces, orgs.groups, orgs._by_code, orgs._by_name, orgs._by_plain_name)
    rows = tuple(
        row | {"name_63": NAMES.get(row["code_63"], row["name_63"])} for row in reference.provinces()
    )
    groups = tuple(row | {"name": GROUP, "name_en": GROUP} for row in reference.groups())
    try:
        with mock.patch.multiple(reference, provinces=lambda: rows, groups=lambda: groups):
            for one in caches:
                one.cache_clear()
            yield
    finally:
        for one in caches:
            one.cache_clear()


def write_hostile_report(folder: Path, context: Context) -> Path:
    """Write pages, index, annex and letter of such a report, as a run does."""
    with hostile_names():
        hostile = with_source(context, SOURCE)
        stems = {f"{code}/{page}" for code, page, _ in _PAGES}
        entries, records, locale = [], {}, locale_for("vi")
        for code, name, topic in _PAGES:
            stem, org = f"{code}/{name}", Org.parse(code, "63")
            page = make_page(hostile, name, org)
            case = {"org": CODE, "amount": 10**11, "month": 11}  # its sentence names the province
            html = render_topic(page, topic, **({"large_case": case} if name == "forecast" else {}))
            html = link_page(
                html, stem=stem, names={org.code: org.name}, stems=stems, period=context.period, lang="vi"
            )
            records[stem] = page.sidecar().record
            (folder / code).mkdir(parents=True, exist_ok=True)
            files = []
            for suffix, text in (("html", html), ("json", json.dumps(records[stem]))):
                (folder / f"{stem}.{suffix}").write_text(text, encoding="utf-8", newline="\n")
                content = (folder / f"{stem}.{suffix}").read_bytes()
                files.append(PageFile(path=f"{stem}.{suffix}", sha256=hashlib.sha256(content).hexdigest()))
            entries.append(
                Entry(topic=topic, page=name, org_code=code, org_regime=org.regime, org_name=org.name,
                      status="ok", seconds=1, files=files)
            )  # fmt: skip
        write_annex(folder / ANNEX, hostile, locale)
        assert write_letter(folder / LETTER, hostile)
        documents = [
            PageFile(path=name, sha256=hashlib.sha256((folder / name).read_bytes()).hexdigest())
            for name in (ANNEX, LETTER)
        ]
        manifest = Manifest(
            period="2023-M09", lang="vi", library="0", as_of=date(2023, 7, 5), provenance=["simulated"],
            python="3", packages={}, totals={"ok": len(entries), "failed": 0}, documents=documents,
            entries=entries,
        )  # fmt: skip
        (folder / MANIFEST).write_text(manifest.model_dump_json(), encoding="utf-8")
        index = render_index(Report(manifest.model_dump(mode="json"), records))
    (folder / "index.html").write_text(index, encoding="utf-8")
    return folder
