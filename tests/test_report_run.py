"""The real notebooks, run for the nation and three provinces on the simulated sample."""

import getpass
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import zipfile
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import pandas as pd
import pytest
from sample_report import PERIOD, STEMS
from small_ledger import write_small_ledger

import thads_analysis
from thads_analysis import paths, store
from thads_analysis.context import load_context
from thads_analysis.publishing import check_tree, publish_zip
from thads_analysis.report.records import read_record
from thads_analysis.run import make_plan, read_topics, run_period
from thads_analysis.run.resume import page_keys

POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
TOPICS = [topic.name for topic in read_topics()]


@pytest.fixture(params=[*STEMS, "index"])
def page(request, report):
    """Each page of the report in turn: its text, and what a parser reads in it."""
    file = report / f"{request.param}.html"
    reader = Reader()
    reader.feed(file.read_text(encoding="utf-8"))
    reader.close()
    return request.param, file, reader


class Reader(HTMLParser):
    """Elements with their attributes, and the visible text."""

    def __init__(self):
        super().__init__()
        self.elements, self.texts, self._hidden = [], [], 0

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        self._hidden += tag in ("style", "title", "script")

    def handle_endtag(self, tag):
        self._hidden -= tag in ("style", "title", "script")

    def handle_data(self, data):
        if not self._hidden:
            self.texts.append(data)

    def all(self, name):
        return [attrs for tag, attrs in self.elements if tag == name]

    @property
    def text(self):
        return " ".join(" ".join(self.texts).split())


def record(report, stem):
    return read_record((report / f"{stem}.json").read_text(encoding="utf-8"), stem)


def figures(report, stem, org, period=PERIOD):
    return {
        (f["measure"], f["identifier"]): f
        for f in reversed(record(report, stem)["figures"])
        if (f["org_code"], f["period"]) == (org, period)
    }


def test_the_tree_has_each_page_with_its_notebook_and_its_record(report):
    expected = {f"{stem}.{suffix}" for stem in STEMS for suffix in ("html", "ipynb", "json")}
    found = {file.relative_to(report).as_posix() for file in report.rglob("*") if file.is_file()}
    assert found == expected | {"annex.xlsx", "cong-van.docx", "index.html", "manifest.json", "run.jsonl"}


def test_a_page_is_in_vietnamese_under_a_strict_policy(page):
    _, file, reader = page
    assert file.read_text(encoding="utf-8").startswith('<!doctype html>\n<html lang="vi">')
    policies = [meta["content"] for meta in reader.all("meta") if "http-equiv" in meta]
    # The front page may run the one script that it holds.
    assert [re.sub(r"script-src 'sha256-[^']{44}'; ", "", policy) for policy in policies] == [POLICY]
    assert ("script-src" in policies[0]) == (file.name == "index.html")


def test_a_page_holds_no_script_and_no_address_outside(page):
    _, file, reader = page
    tags = {tag for tag, _ in reader.elements}
    assert reader.all("script") == [{}] * (file.name == "index.html")
    assert tags & {"link", "iframe", "object", "embed", "base", "form"} == set()
    assert [name for _, attrs in reader.elements for name in attrs if name.startswith("on")] == []
    assert all(image["src"].startswith("data:image/png;base64,") for image in reader.all("img"))
    style = re.findall(r"<style>(.*?)</style>", file.read_text(encoding="utf-8"), flags=re.DOTALL)
    assert all("url(" not in text and "@import" not in text and "://" not in text for text in style)


def test_every_link_leads_to_a_page_that_is_there(page):
    _, file, reader = page
    links = [link["href"] for link in reader.all("a") if "href" in link]
    assert links
    for href in links:
        target = href.partition("#")[0]
        assert not target or (file.parent / target).is_file(), href


def test_every_image_has_a_text_for_it(page):
    _, _, reader = page
    assert all(len(image["alt"].strip()) > 20 for image in reader.all("img"))


def test_a_page_shows_no_code_and_no_trace_of_its_making(page):
    name, file, reader = page
    for sign in (
        "In [",
        "Out[",
        "Traceback",
        "import ",
        "page.header",
        "open_page",
        "<Figure",
        "nan%",
        "None",
    ):
        assert sign not in reader.text, sign
    assert "jp-Cell" not in file.read_text(encoding="utf-8")
    assert name == "index" or len(reader.all("h1")) == 1


@pytest.mark.parametrize("suffix", ["html", "ipynb", "json"])
def test_a_file_holds_nothing_of_this_machine_or_moment(report, sample_data, suffix):
    places = {Path.home(), Path.cwd(), Path(tempfile.gettempdir()), Path(sys.prefix), sample_data}
    places.add(Path(thads_analysis.__file__).parent)
    files = [report / f"{stem}.{suffix}" for stem in STEMS]
    for file in [*files, report / "manifest.json", report / "index.html"]:
        text = file.read_text(encoding="utf-8")
        plain = re.sub(r"base64,[A-Za-z0-9+/=]+", "", text)
        assert [str(place) for place in places if str(place) in plain] == []
        assert re.findall(r"\b\d\d:\d\d:\d\d\b", plain) == []
        assert re.findall(rf"[\\/]{re.escape(getpass.getuser())}[\\/]", plain) == []


def test_a_page_shows_the_exhibits_that_its_notebook_declares(report):
    for topic in read_topics():
        for stem in [stem for stem in STEMS if stem.endswith(f"/{topic.page}")]:
            html = (report / f"{stem}.html").read_text(encoding="utf-8")
            assert [name for name in topic.exhibits if html.count(f'id="{name}"') != 1] == []
            listed = {exhibit["id"] for exhibit in record(report, stem)["exhibits"]}
            assert set(topic.exhibits) <= listed


def test_simulated_figures_are_called_so_on_every_page(page):
    _, _, reader = page
    assert "SỐ LIỆU MÔ PHỎNG" in reader.text


def test_the_nations_record_holds_the_figures_of_the_bulletin(report):
    # Official letter 2757/TCTHADS-NV3 of 31 July 2023, 9 months of 2023; targets of the year.
    found = figures(report, "VN/overview", "VN")
    expected = {
        ("cases", "completion_rate"): 66.53,
        ("money", "completion_rate"): 32.45,
        ("cases", "completion_rate_change"): 2.18,
        ("money", "completion_rate_change"): 2.98,
        ("cases", "completed"): 382_058,
        ("cases", "completed_change_pct"): 9.63,
        ("money", "completed"): 70_278_705_371_000,
        ("money", "completed_change_pct"): 34.72,
    }
    assert {key: found[key]["value"] for key in expected} == expected
    assert all(found[key]["source"] for key in expected)
    year = figures(report, "VN/overview", "VN", period="2023-M12")
    assert {m: year[m, "target"]["value"] for m in ("cases", "money")} == {"cases": 82.5, "money": 45.5}


def test_the_nations_page_prints_them_as_vietnamese_readers_write(report):
    text = (report / "VN" / "overview.html").read_text(encoding="utf-8")
    for figure in ("66,53%", "32,45%", "382.058", "70.278 tỷ 705 triệu 371 nghìn đồng", "34,72%"):
        assert figure in text, figure


def test_the_front_page_shows_of_every_province_what_its_own_pages_state(report):
    text = (report / "index.html").read_text(encoding="utf-8")
    signs = {"common": "● bình thường", "improving": "▲ tốt lên", "worsening": "▼ kém đi"}
    signs |= {"will_hit": "✓ sẽ đạt", "may_hit": "? chưa chắc", "will_miss": "✗ sẽ không đạt"}
    for code in ("01", "45", "79"):
        row = re.search(rf'<tr data-name="[^"]*" data-code="{code}">.*?</tr>', text, flags=re.DOTALL)[0]
        now = figures(report, f"{code}/diagnostics", code)
        end = figures(report, f"{code}/forecast", code, period="2023-M12")
        verdicts = record(report, f"{code}/diagnostics")["verdicts"]
        said = {(v["subject"], v["measure"]): v["verdict"] for v in verdicts}
        expected = []
        for measure in ("cases", "money"):
            values = [now[measure, "completion_rate"]["value"], end[measure, "rate_median"]["value"]]
            signed = [now[measure, name]["value"] for name in ("completion_rate_change", "gap_full_year")]
            rate, median = (f"{value:.2f}" for value in values)
            expected += [rate, *(f"{value:+.2f}".replace("-", "−") for value in signed), median]
            expected += [signs[said["completed", measure]], signs[said["target", measure]]]
        cells = re.findall(r'<td class="(?:num|sign)[^"]*" data-key="[^"]*">([^<]*)', row)
        assert [cell.strip() for cell in cells] == [text.replace(".", ",") for text in expected]


def test_the_front_page_has_both_maps_and_leads_to_every_page(report):
    text = (report / "index.html").read_text(encoding="utf-8")
    assert {"map-cases", "map-money"} <= set(re.findall(r' id="([^"]*)"', text))
    assert {f"{stem}.html" for stem in STEMS} <= set(re.findall(r' href="([^"#]*)"', text))


def test_pages_weigh_no_more_than_an_office_can_send(report):
    """In bytes: 400 kB the front page, 600 kB a page; and so that 193 pages are under 100 MB."""
    assert (report / "index.html").stat().st_size <= 400_000
    assert max((report / f"{stem}.html").stat().st_size for stem in STEMS) <= 600_000
    files = [report / f"{stem}.{suffix}" for stem in STEMS for suffix in ("html", "ipynb", "json")]
    nation, provinces = (
        sum(file.stat().st_size for file in files if (file.parent.name == "VN") == whole)
        for whole in (True, False)
    )
    assert nation + provinces / 3 * 63 <= 100_000_000


def test_the_manifest_has_an_entry_for_every_page(report):
    manifest = json.loads((report / "manifest.json").read_text(encoding="utf-8"))
    entries = [f"{e['org_code']}/{e['page']}" for e in manifest["entries"]]
    assert sorted(entries) == sorted(STEMS)
    assert {e["status"] for e in manifest["entries"]} == {"ok"}
    assert manifest["library"] == thads_analysis.__version__


# --- what is handed on


@pytest.fixture(scope="module")
def unpacked(report, tmp_path_factory):
    """The report published as a zip and unpacked in another place."""
    folder = tmp_path_factory.mktemp("nơi khác")
    assert check_tree(report) == []
    publish_zip(report, folder / "gửi.zip")
    with zipfile.ZipFile(folder / "gửi.zip") as archive:
        archive.extractall(folder)
    return folder / PERIOD


def test_a_zip_unpacked_elsewhere_has_all_its_links_working(unpacked):
    links = 0
    for file in unpacked.rglob("*.html"):
        reader = Reader()
        reader.feed(file.read_text(encoding="utf-8"))
        for link in reader.all("a"):
            path = unquote(link.get("href", "").partition("#")[0])
            assert not path or (file.parent / path).is_file(), (file.name, path)
            assert "://" not in path
            links += bool(path)
    assert links > 50


def test_no_published_file_tells_of_the_machine_the_user_or_the_time(unpacked, sample_data):
    places = {Path.home(), Path.cwd(), Path(tempfile.gettempdir()), Path(sys.prefix), sample_data}
    told = [*map(str, places), f"/{getpass.getuser()}/"]
    if len(host := socket.gethostname()) > 4:  # a shorter one may be part of any word
        told.append(host)
    read = 0
    for file in unpacked.rglob("*"):
        if not file.is_file():
            continue
        content = {file.name: file.read_bytes()}
        if file.suffix in (".xlsx", ".docx"):
            with zipfile.ZipFile(file) as archive:
                assert {entry.date_time[3:] for entry in archive.infolist()} == {(0, 0, 0)}
                content = {name: archive.read(name) for name in archive.namelist()}
        for name, raw in content.items():
            text = re.sub(r"base64,[A-Za-z0-9+/=]+", "", raw.decode("utf-8", "replace"))
            assert [place for place in told if place in text] == [], name
            times = re.findall(r"\b\d\d:\d\d:\d\d\b", text) if not name.endswith(".jpeg") else []
            assert set(times) <= {"00:00:00"}, name
            read += 1
    assert read > 20


# --- new figures of one province


@pytest.fixture(scope="module")
def corrected(tmp_path_factory, sample_observations):
    """Data folder in which Quảng Trị (45) has completed less in all years, known on the same days."""
    frame = sample_observations.copy()
    own = (frame["org_regime"] == "63") & (frame["org_code"] == "45")
    for measure, enough, less in (("cases", 1000, 200), ("money", 10**10, 10**9)):
        key = ["fiscal_year", "months", "vintage"]
        mine = frame[own & (frame["measure"] == measure)].set_index(key)
        large = mine.index[(mine["item"] == "completed") & (mine["value"] >= enough)]
        assert len(large) > 20
        there = own & (frame["measure"] == measure) & pd.MultiIndex.from_frame(frame[key]).isin(large)
        for item, change in (("completed", -less), ("fully_enforced", -less), ("in_progress", less)):
            frame.loc[there & (frame["item"] == item), "value"] += change
    folder = tmp_path_factory.mktemp("corrected")
    store.add(folder / "store", [("corrected", "1" * 64, frame)])
    return folder


def test_new_figures_of_one_province_change_the_keys_of_its_pages_and_of_those_that_compare(
    sample_data, corrected
):
    plan = make_plan(PERIOD)
    before, after = (
        page_keys(plan, load_context(plan.period, str(data)), data) for data in (sample_data, corrected)
    )
    changed = {stem for stem in before if before[stem] != after[stem]}
    reads = {job.stem: job.topic.reads for job in plan.jobs}
    # Its own, the nation's, those that are drawn against the nation; a forecast learns from all provinces.
    expected = {stem for stem, what in reads.items() if what == "all" or stem.startswith(("45/", "VN/"))}
    forecasts = {stem for stem, what in reads.items() if what == "forecast"}
    assert changed - forecasts == expected - forecasts
    assert {"45/forecast", "VN/forecast"} <= changed
    assert "79/trend" not in changed


def test_pages_that_are_not_made_again_would_be_the_same(report, sample_data, corrected, tmp_path):
    plan = make_plan(PERIOD, orgs=["79"])
    outcome = run_period(plan, data=corrected, folder=tmp_path / PERIOD, workers=2, timeout=300)
    assert not outcome.failed
    same = {
        job.stem
        for job in plan.jobs
        if all(
            (tmp_path / PERIOD / f"{job.stem}.{suffix}").read_bytes()
            == (report / f"{job.stem}.{suffix}").read_bytes()
            for suffix in ("ipynb", "json")
        )
    }
    before, after = (
        page_keys(plan, load_context(plan.period, str(data)), data) for data in (sample_data, corrected)
    )
    taken = {stem for stem in before if before[stem] == after[stem]}
    assert "79/trend" in taken <= same
    assert "79/diagnostics" not in same  # it states the nation's figures


@pytest.mark.parametrize("topic", TOPICS)
def test_plain_papermill_runs_a_notebook_from_another_folder(topic, sample_data, tmp_path):
    made_for = next(t for t in read_topics() if t.name == topic)
    org = "45" if "province" in made_for.levels else "VN"
    # To judge the forecasts of all years takes a minute; those of two show as much here.
    period = "2018-M09" if topic == "forecast_evaluation" else PERIOD
    data = tmp_path / "data"
    write_small_ledger(data)
    shutil.copytree(sample_data, data, dirs_exist_ok=True)
    command = [sys.executable, "-m", "papermill", str(paths.notebook_file(topic)), "out.ipynb"]
    command += ["-p", "period", period, "-p", "org", org, "--no-progress-bar"]
    environment = {**os.environ, "THADS_DATA": str(data)}
    done = subprocess.run(  # noqa: S603 - this interpreter, our own notebook
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    made = json.loads((tmp_path / "out.ipynb").read_text(encoding="utf-8"))
    last = made["cells"][-1]["outputs"][-1]["data"]["application/vnd.thads.page+json"]
    assert (last["page"], last["org_code"]) == (made_for.page, org)


def test_a_wrong_parameter_fails_in_the_first_cell_with_the_librarys_message(sample_data, tmp_path):
    command = [sys.executable, "-m", "papermill", str(paths.notebook_file(TOPICS[0])), "out.ipynb"]
    command += ["-p", "period", "2023-M13", "--no-progress-bar"]
    environment = {**os.environ, "THADS_DATA": str(sample_data)}
    done = subprocess.run(  # noqa: S603 - this interpreter, our own notebook
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode != 0
    assert "UsageError: '2023-M13' is not a period" in done.stderr
