"""Handing a report on: only a whole one, as a folder or a zip, with nothing of the machine in it."""

from __future__ import annotations

import hashlib
import json
import random
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from tiny_notebooks import PIXEL
from typer.testing import CliRunner

from thads_analysis.cli import app
from thads_analysis.errors import DataError, UsageError
from thads_analysis.publishing import bind_volumes, check_tree, publish_folder, publish_zip
from thads_analysis.run.manifest import MANIFEST, Entry, Manifest, PageFile

STEMS = ("VN/overview", "VN/trend", "79/trend")


def page_html(stem: str) -> str:
    return f"""<!doctype html><html lang="vi">
<head><title>{stem}</title><style>body {{ color: black }}</style></head>
<body><nav class="site-nav"><a href="../index.html">Mục lục</a></nav><main><h1>{stem}</h1>
<p>Tỷ lệ 66,53%. <a href="../VN/overview.html">Toàn quốc</a></p>
<img id="fig" alt="mô tả" src="data:image/png;base64,{PIXEL}"></main></body></html>"""


def write_report(folder: Path) -> Path:
    """A report of three pages, as a run leaves it."""
    entries = []
    for stem in STEMS:
        code, page = stem.split("/")
        record = {
            "org_code": code,
            "period": "2023-M09",
            "exhibits": [{"id": "fig", "kind": "figure", "title": "Hình"}],
            "figures": [
                {
                    "org_code": code,
                    "period": "2023-M09",
                    "identifier": "completion_rate",
                    "measure": "cases",
                    "value": 66.53,
                }
            ],
        }
        files = []
        contents = {"html": page_html(stem), "json": json.dumps(record), "ipynb": "{}"}
        for suffix, text in contents.items():
            file = folder / f"{stem}.{suffix}"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
            files.append(PageFile(path=f"{stem}.{suffix}", sha256=hashlib.sha256(text.encode()).hexdigest()))
        regime = "" if code == "VN" else "63"
        name = "Toàn quốc" if code == "VN" else "Hồ Chí Minh"
        entries.append(
            Entry(
                topic=page,
                page=page,
                org_code=code,
                org_regime=regime,
                org_name=name,
                status="ok",
                seconds=1,
                files=files,
            )
        )
    documents = []
    for name in ("annex.xlsx", "cong-van.docx"):
        (folder / name).write_bytes(b"PK")
        documents.append(PageFile(path=name, sha256=hashlib.sha256(b"PK").hexdigest()))
    manifest = Manifest(
        documents=documents,
        period="2023-M09",
        lang="vi",
        library="0",
        as_of=date(2023, 7, 5),
        provenance=["simulated"],
        python="3",
        packages={},
        totals={},
        entries=entries,
    )
    (folder / MANIFEST).write_text(manifest.model_dump_json(), encoding="utf-8")
    links = "".join(f'<a href="{stem}.html">{stem}</a>' for stem in STEMS)
    (folder / "index.html").write_text(f"<body>{links}</body>", encoding="utf-8")
    return folder


@pytest.fixture
def report(tmp_path: Path) -> Path:
    return write_report(tmp_path / "outputs" / "2023-M09")


PUBLISHED = {
    *(f"{stem}.html" for stem in STEMS),
    "index.html",
    "annex.xlsx",
    "cong-van.docx",
    "SHA256SUMS",
}


def files_in(folder: Path) -> set[str]:
    return {file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.is_file()}


def test_a_whole_report_has_no_fault(report: Path) -> None:
    assert check_tree(report) == []


def change_page(report: Path, old: str, new: str) -> None:
    """Change a page and its hash in the manifest, so that only the page itself can be at fault."""
    file = report / "79/trend.html"
    before = file.read_text(encoding="utf-8")
    after = before.replace(old, new)
    assert after != before
    file.write_text(after, encoding="utf-8")
    manifest = report / MANIFEST
    old_sum, new_sum = (hashlib.sha256(text.encode()).hexdigest() for text in (before, after))
    manifest.write_text(manifest.read_text(encoding="utf-8").replace(old_sum, new_sum), encoding="utf-8")


@pytest.mark.parametrize(
    ("spoil", "fault"),
    [
        (lambda r: (r / "79/trend.html").unlink(), "79/trend.html is missing"),
        (lambda r: (r / "79/trend.json").write_text("{}"), "79/trend.json is not what the run wrote"),
        (lambda r: (r / "annex.xlsx").write_bytes(b"PK2"), "annex.xlsx is not what the run wrote"),
        (lambda r: (r / "cong-van.docx").unlink(), "cong-van.docx is missing"),
        (lambda r: (r / "other.xlsx").write_bytes(b""), "other.xlsx: the manifest does not know this file"),
        (lambda r: (r / "index.html").unlink(), "index.html is missing"),
        (
            lambda r: (r / "01").mkdir() or (r / "01/trend.html").write_text("<p>"),
            "01/trend.html: the manifest does not know this page",
        ),
        (
            lambda r: (r / "index.html").write_text('<a href="01/trend.html">x</a>'),
            "index.html: the link to 01/trend.html leads nowhere",
        ),
        (
            lambda r: (r / "index.html").write_text('<a href="../../secret.html">x</a>'),
            "the link to ../../secret.html leads nowhere",
        ),
        (
            lambda r: (r / "index.html").write_text('<a href="#there">x</a>'),
            "there is no place there on the page",
        ),
        (lambda r: change_page(r, 'id="fig"', 'id="other"'), "79/trend.html: fig is missing"),
        (lambda r: change_page(r, "66,53", "66,54"), "the record states completion_rate 66,53"),
        (lambda r: change_page(r, "<h1>", "<script>x</script><h1>"), "it holds <script>"),
    ],
)
def test_what_is_not_whole_is_named(report: Path, spoil: Callable[[Path], object], fault: str) -> None:
    spoil(report)
    assert any(fault in found for found in check_tree(report))


def test_a_failed_page_is_a_fault(report: Path) -> None:
    manifest = json.loads((report / MANIFEST).read_text(encoding="utf-8"))
    manifest["entries"][0] |= {
        "status": "failed",
        "files": [],
        "error": {"type": "E", "message": "m", "cell": 3},
    }
    (report / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")
    assert any(fault.startswith("VN/overview: the page was not made") for fault in check_tree(report))


def test_a_folder_without_a_report_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"no manifest\.json"):
        check_tree(tmp_path)


def test_a_folder_gets_pages_and_workbooks_and_their_hashes(report: Path, tmp_path: Path) -> None:
    target = tmp_path / "published"
    publish_folder(report, target)
    assert files_in(target) == PUBLISHED
    for line in (target / "SHA256SUMS").read_text().splitlines():
        expected, path = line.split("  ", 1)
        assert hashlib.sha256((target / path).read_bytes()).hexdigest() == expected


def test_publishing_again_replaces_everything(report: Path, tmp_path: Path) -> None:
    target = tmp_path / "published"
    publish_folder(report, target)
    (target / "stale.html").write_text("old")
    publish_folder(report, target)
    assert files_in(target) == PUBLISHED


def test_a_folder_with_something_else_is_left_alone(report: Path, tmp_path: Path) -> None:
    target = tmp_path / "mine"
    target.mkdir()
    (target / "thesis.docx").write_text("x")
    with pytest.raises(UsageError, match="something else"):
        publish_folder(report, target)
    assert files_in(target) == {"thesis.docx"}


@pytest.mark.parametrize("inside", [".", "published", ".."])
def test_a_report_is_not_published_over_itself(report: Path, inside: str) -> None:
    before = files_in(report)
    with pytest.raises(UsageError, match="the report itself"):
        publish_folder(report, report / inside)
    assert files_in(report) == before


def test_a_zip_is_one_folder_and_the_same_each_time(report: Path, tmp_path: Path) -> None:
    first, second = tmp_path / "a.zip", tmp_path / "b.zip"
    publish_zip(report, first)
    publish_zip(report, second)
    assert first.read_bytes() == second.read_bytes()
    with zipfile.ZipFile(first) as archive:
        assert set(archive.namelist()) == {f"2023-M09/{path}" for path in PUBLISHED}
        assert archive.testzip() is None
    assert {file.name for file in tmp_path.iterdir()} == {"outputs", "a.zip", "b.zip"}


def test_a_broken_write_keeps_the_last_zip(
    report: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "a.zip"
    target.write_bytes(b"last month")

    def fail(*args: object, **kwargs: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(zipfile.ZipFile, "writestr", fail)
    with pytest.raises(UsageError, match="No space left"):
        publish_zip(report, target)
    assert target.read_bytes() == b"last month"
    assert {file.name for file in tmp_path.iterdir()} == {"outputs", "a.zip"}


def test_the_command_refuses_a_report_with_faults(report: Path) -> None:
    (report / "79/trend.html").unlink()
    done = CliRunner().invoke(app, ["publish", "2023-M09", "--out", str(report.parent)])
    assert isinstance(done.exception, DataError)
    assert "79/trend.html is missing" in done.stderr
    assert not list(report.parent.glob("*.zip"))


def test_the_command_names_what_it_made(report: Path) -> None:
    done = CliRunner().invoke(app, ["publish", "2023-M09", "--out", str(report.parent)])
    assert done.exit_code == 0
    assert done.stdout.splitlines()[-1] == str(report.parent / "2023-M09.zip")
    assert (report.parent / "2023-M09.zip").is_file()


def test_volumes_have_continuous_numbers_and_nothing_of_the_machine(report: Path, tmp_path: Path) -> None:
    try:
        import weasyprint  # noqa: F401
    except OSError:  # the machine has no Pango: then the message says what to install
        with pytest.raises(UsageError, match="libpango"):
            bind_volumes(report)
        return
    import pypdfium2

    volumes = bind_volumes(report)
    assert set(volumes) == {"pdf/VN.pdf", "pdf/79.pdf", "pdf/2023-M09.pdf"}
    assert volumes == bind_volumes(report)
    with pypdfium2.PdfDocument(volumes["pdf/2023-M09.pdf"]) as bound:
        texts = [page.get_textpage().get_text_range() for page in bound]
    assert len(texts) == 1 + len(STEMS)
    for number, text in enumerate(texts, start=1):
        assert str(number) in text.split()
    for content in volumes.values():
        assert b"file:" not in content
        assert str(tmp_path).encode() not in content


# --- a process killed while it publishes over last month's report

PUBLISHER = """
import itertools, sys
from pathlib import Path
from thads_analysis.publishing import publish_folder, publish_zip
old, new, folder, file = map(Path, sys.argv[1:])
print("ready", flush=True)
for source in itertools.cycle((new, old)):
    publish_folder(source, folder)
    publish_zip(source, file)
"""


def what_readers_see(folder: Path, file: Path) -> tuple[dict[str, bytes], bytes]:
    tree = {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }
    return tree, file.read_bytes()


def test_a_kill_at_any_moment_leaves_last_months_report_or_this_months(report: Path, tmp_path: Path) -> None:
    new = write_report(tmp_path / "next" / "2023-M09")
    for source, text in ((report, "last"), (new, "this")):
        for number in range(150):  # so that a kill falls among the files more often than not
            (source / "VN" / f"page-{number}.html").write_text(f"{text} month", encoding="utf-8")
    folder, file = tmp_path / "published", tmp_path / "report.zip"
    seen = {}
    for name, source in (("new", new), ("old", report)):
        publish_folder(source, folder)
        publish_zip(source, file)
        seen[name] = what_readers_see(folder, file)
    chance = random.Random(8)  # noqa: S311 - any moments will do
    for _ in range(3):
        command = [sys.executable, "-c", PUBLISHER, *map(str, (report, new, folder, file))]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as process:  # noqa: S603 - our own code
            assert process.stdout.readline() == b"ready\n"
            time.sleep(chance.uniform(0.01, 0.5))
            process.kill()
        tree, packed = what_readers_see(folder, file)
        assert tree in (seen["new"][0], seen["old"][0])
        assert packed in (seen["new"][1], seen["old"][1])
    publish_folder(new, folder)
    publish_zip(new, file)
    assert what_readers_see(folder, file) == seen["new"]
    assert {path.name for path in tmp_path.iterdir()} == {"outputs", "next", "published", "report.zip"}
