"""Pages and workbooks of single cases: what they hold, for whom, and that nothing of them is handed on."""

from __future__ import annotations

import io
import json
import shutil
import zipfile
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from bs4 import BeautifulSoup
from sample_pages import make_context, make_page
from small_ledger import CASES, M, write_small_ledger
from tiny_notebooks import EXHIBITS, RECORD, write_notebook
from tiny_store import write_store
from typer.testing import CliRunner

from thads_analysis import paths
from thads_analysis.cli import app
from thads_analysis.errors import DataError, UsageError
from thads_analysis.ledger.simulate import simulate
from thads_analysis.ledger.standing import stand
from thads_analysis.org import Org
from thads_analysis.paths import notebooks_dir
from thads_analysis.period import Period
from thads_analysis.publishing import bind_volumes, check_no_cases, check_tree
from thads_analysis.report import cases, open_page, speed
from thads_analysis.report.page import Page
from thads_analysis.run import make_plan, read_topics, run_period

PERIOD = Period(2023, 9)
SECRET = [*(case[0] for case in CASES), "chv-0001", "chv-0002", "chv-0003"]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    write_small_ledger(folder)
    return folder


@pytest.fixture
def page(sample_panel: pd.DataFrame, sample_observations: pd.DataFrame, data: Path) -> Page:
    context = make_context(sample_panel, sample_observations, PERIOD)
    return make_page(context, "cases", Org.parse("45", "63"), data=str(data))


def words(html: str) -> str:
    return " ".join(BeautifulSoup(html, "html.parser").get_text(" ").split())


# What the page says.


def test_the_page_says_for_whom_it_is_and_counts_its_lists(page: Page) -> None:
    lead = words(cases.summary(page).html)
    assert "chỉ dùng trong nội bộ Quảng Trị" in lead
    # 1.107 million left of five eligible cases; three of them over a year; 12 million held.
    assert "còn 5 việc có điều kiện chưa xong với 1,1 tỷ đồng; trong đó 3 việc đã thụ lý trên 1 năm" in lead
    table = cases.lists(page)
    assert table.frame["cases"].tolist() == [5, 1, 1, 3, 2, 2, 2]
    held = table.frame.set_index("title").loc["Tiền đã thu chưa chi trả"]
    assert held["money"] == 12 * M


def test_every_figure_of_the_page_has_its_source_and_names_no_case(page: Page) -> None:
    for show in (
        cases.summary,
        cases.lists,
        cases.ages,
        cases.by_kind,
        cases.spread,
        cases.loads,
        cases.transfers,
    ):
        show(page)
    cases.listing(page, "held_money")
    record = page.sidecar().record
    figures = record["figures"]
    assert {figure["source"] for figure in figures} == {"Dữ liệu từng việc của đơn vị"}
    assert {figure["provenance"] for figure in figures} == {"reported"}
    assert {figure["as_of"] for figure in figures} == {"2023-07-03"}  # the last thing recorded
    assert not [key for key in SECRET if key in json.dumps(record)]


def test_a_list_prints_its_first_rows_unless_it_is_asked_for(
    page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cases, "_ROWS", 2)
    short, whole = cases.listing(page, "top_value"), cases.listing(page, "top_value", "top_value")
    assert (len(short.frame), len(whole.frame)) == (2, 5)
    assert "In 2 dòng đầu trong 5" in words(short.html)
    assert "--list top_value --to top_value.xlsx" in words(short.html)
    assert "In 2" not in words(whole.html)
    first = [cell.get_text() for cell in BeautifulSoup(whole.html, "html.parser").select("tbody tr")[0]]
    assert "1.000.000" in first
    assert "84,60%" in first  # 1000 of 1182


def test_small_counts_are_not_told_by_kind_and_district(page: Page) -> None:
    html = cases.by_kind(page).html
    cells = [cell.get_text() for cell in BeautifulSoup(html, "html.parser").select("tbody td")]
    assert set(cells) == {"< 5", "5"}
    assert cells.count("5") == 1  # the total


def test_executors_come_by_pseudonym_without_any_rate(page: Page) -> None:
    html = BeautifulSoup(cases.loads(page).html, "html.parser")
    assert [head.get_text() for head in html.select("tbody th")] == [
        "chv-0001",
        "chv-0002",
        "chv-0003",
        "Cộng",
    ]
    assert "%" not in html.get_text()
    spread = cases.spread(page)
    assert "3 chấp hành viên: mỗi người 0 đến 3 việc có điều kiện chưa xong, giữa là 2" in words(spread.html)
    assert spread.frame.loc["completed", ["total", "most"]].tolist() == [3, 2]


def test_both_forecasts_stand_beside_each_other(
    sample_panel: pd.DataFrame,
    sample_observations: pd.DataFrame,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    years = sample_panel.index.get_level_values("fiscal_year")
    panel = sample_panel[(sample_panel.index.get_level_values("org") == "63:45") & (years >= 2021)]
    ledger = simulate(panel, tmp_path)
    with stand(ledger, Org.parse("45", "63"), PERIOD.end) as standing:
        # Forms and lists agree on where a case stands.
        both = "FROM standing AS s JOIN position AS p USING (case_key)"
        assert standing.ask(f"SELECT s.case_key {both} WHERE s.state <> p.state").empty
        assert len(standing.ask("SELECT 1 FROM standing WHERE counted IS NULL AND state = 'closed'")) > 0
    monkeypatch.setattr(
        speed, "forecast_row", lambda page, measure: {"completed": 700, "completed_end": 1000}
    )
    context = make_context(sample_panel, sample_observations, PERIOD)
    page = make_page(context, "cases", Org.parse("45", "63"), data=str(tmp_path))
    table = speed.expected(page).frame
    at_hand, later, both, totals = (int(number.replace(".", "")) for number in table["number"])
    assert abs(both - at_hand - later) <= 1
    assert totals == 300
    # Year by year in the panel: what was completed in the last three months, of whatever cases.
    ends = panel["cases"]["completed"].droplevel("org")
    before = [int(ends[year, 12] - ends[year, 9]) for year in (2021, 2022)]
    assert 0.7 * min(before) < both < 1.4 * max(before)
    assert "đứt nét" in words(speed.curve(page).html)
    assert len(speed.table(page, "kind").frame) > 3
    assert {figure["provenance"] for figure in page.sidecar().record["figures"]} == {"simulated"}
    assert "Dữ liệu từng việc mô phỏng" in words(speed.expected(page).html)


def test_the_page_is_for_one_province(data: Path) -> None:
    with pytest.raises(UsageError, match="shown to the province"):
        open_page("cases", period="2023-M09", org="VN", data=str(data))


# The command and its workbook.


def run_cases(*words: str | Path) -> str:
    done = CliRunner().invoke(app, ["cases", *map(str, words)], catch_exceptions=False)
    assert done.exit_code == 0
    return done.stdout


def test_the_command_prints_a_list_with_what_it_is(data: Path) -> None:
    shown = run_cases("2023-M09", "--org", "Quảng Trị", "--list", "unsold", "--data", data).splitlines()
    assert shown[0] == "Tài sản bán đấu giá nhiều lần không có người mua"
    assert "CHỈ DÙNG TRONG NỘI BỘ Quảng Trị" in shown[1]
    assert shown[-1].split("\t")[:3] == ["case-0001", "461", "chv-0001"]


def test_the_command_goes_back_to_what_was_known(data: Path) -> None:
    ask = ("2023-M09", "--org", "45", "--list", "top_value", "--data", data)
    assert "case-0008" in run_cases(*ask, "--as-of", "2023-06-30")
    assert "case-0008" not in run_cases(*ask)


def test_a_workbook_says_for_whom_it_is_and_has_no_formula(data: Path, tmp_path: Path) -> None:
    first, second = tmp_path / "a.xlsx", tmp_path / "b.xlsx"
    for file in (first, second):
        run_cases("2023-M09", "--org", "45", "--list", "held_money", "--to", file, "--data", data)
    assert first.read_bytes() == second.read_bytes()
    sheet = openpyxl.load_workbook(first)["held_money"]
    above = [str(row[0].value) for row in sheet.iter_rows(max_row=6)]
    assert above[0] == "Tiền đã thu chưa chi trả"
    assert "CHỈ DÙNG TRONG NỘI BỘ Quảng Trị" in above[1]
    assert "đến hết ngày 30/6/2023" in above[2]
    assert "Đơn vị tính: nghìn đồng" in above[4]
    head = next(row[0].row for row in sheet.iter_rows() if row[0].value == "STT")
    heads = [cell.value for cell in sheet[head]]
    row = dict(zip(heads, [cell.value for cell in sheet[head + 1]], strict=True))
    assert (row["Mã việc"], row["Chưa chi (nghìn đồng)"]) == ("case-0001", 10_000)
    assert row["Giữ từ ngày"].isoformat() == "2022-12-01T00:00:00"
    assert sheet.freeze_panes == f"C{head + 1}"
    assert sheet.auto_filter.ref.startswith(f"A{head}:")
    assert not [cell for line in sheet.iter_rows() for cell in line if cell.data_type == "f"]


def test_the_command_says_what_is_wrong(data: Path, tmp_path: Path) -> None:
    def refused(*words: str | Path) -> str:
        return str(CliRunner().invoke(app, ["cases", "2023-M09", *map(str, words)]).exception)

    assert "one province at a time" in refused("--org", "VN", "--list", "unsold", "--data", data)
    assert "There is no list 'best'" in refused("--org", "45", "--list", "best", "--data", data)
    assert ".xlsx" in refused("--org", "45", "--list", "unsold", "--to", "a.csv", "--data", data)
    assert "no cases there" in refused("--org", "45", "--list", "unsold", "--data", tmp_path)


# Nothing of it is handed on.


def test_no_run_of_a_report_makes_the_page_unless_it_is_named() -> None:
    (topic,) = (topic for topic in read_topics() if topic.name == "case_lists")
    assert (topic.internal, topic.on_request, topic.levels) == (True, True, ("province",))
    assert "45/cases" not in {job.stem for job in make_plan("2023-M09").jobs}
    (job,) = make_plan("2023-M09", orgs=["45"], topics=["case_lists"]).jobs
    assert job.stem == "45/cases"
    with pytest.raises(UsageError, match="made for province"):
        make_plan("2023-M09", orgs=["VN"], topics=["case_lists"])
    source = json.loads((notebooks_dir() / "case_lists.ipynb").read_text(encoding="utf-8"))
    assert source["metadata"]["thads"]["reads"] == "cases"


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of a page for leaders and of one with cases, by notebooks of a few lines."""
    folder = tmp_path_factory.mktemp("run")
    notebooks, home = folder / "notebooks", folder / "data"
    notebooks.mkdir()
    write_store(home)
    write_small_ledger(home)
    rate = 'display(HTML("<p>32,45</p>"))\n'
    write_notebook(notebooks, "trend", EXHIBITS + rate, RECORD, orgs=("province",))
    named = f'display(HTML("<p>32,45 {" ".join(SECRET)}</p>"))\n'
    file = write_notebook(notebooks, "mine", EXHIBITS + named, RECORD, page="cases", orgs=("province",))
    about = json.loads(file.read_text(encoding="utf-8"))
    about["metadata"]["thads"] |= {"reads": "cases", "on_request": True}
    file.write_text(json.dumps(about), encoding="utf-8")
    real = paths._carried
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(paths, "_carried", lambda kind: notebooks if kind == "notebooks" else real(kind))
        outcome = run_period(
            make_plan("2023-M09", orgs=["79"], topics=["trend", "mine"]),
            data=home,
            folder=folder / "outputs" / "2023-M09",
            workers=1,
            timeout=120,
        )
    assert not outcome.failed
    return outcome.index.parent


def publish(report: Path, *words: str | Path) -> CliRunner:
    out, home = report.parent, report.parents[1] / "data"
    return CliRunner().invoke(
        app, ["publish", "2023-M09", "--out", str(out), "--data", str(home), *map(str, words)]
    )


def test_nothing_that_is_published_names_a_case_or_an_executor(report: Path, tmp_path: Path) -> None:
    assert all(key in (report / "79/cases.html").read_text(encoding="utf-8") for key in SECRET)
    assert publish(report, "--to", tmp_path / "a.zip").exit_code == 0
    assert publish(report, "--to", tmp_path / "all").exit_code == 0
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        packed = {name.partition("/")[2]: archive.read(name) for name in archive.namelist()}
    copied = {
        file.relative_to(tmp_path / "all").as_posix(): file.read_bytes()
        for file in (tmp_path / "all").rglob("*")
        if file.is_file()
    }
    assert packed == copied
    assert {"79/trend.html", "index.html", "annex.xlsx"} <= packed.keys()
    assert "79/cases.html" not in packed
    contents = dict(packed)
    for name, content in packed.items():
        if zipfile.is_zipfile(io.BytesIO(content)):
            with zipfile.ZipFile(io.BytesIO(content)) as workbook:
                contents |= {f"{name}/{part}": workbook.read(part) for part in workbook.namelist()}
    for name, content in contents.items():
        assert not [key for key in SECRET if key.encode() in content], name
        assert b"cases.html" not in content, name


def test_a_page_of_cases_links_out_and_is_linked_by_none(report: Path) -> None:
    assert check_tree(report) == []
    page = BeautifulSoup((report / "79/cases.html").read_text(encoding="utf-8"), "html.parser")
    assert "trend.html" in {link.get("href") for link in page.find_all("a")}
    for other in ("index.html", "79/trend.html"):
        assert "cases" not in (report / other).read_text(encoding="utf-8")
    manifest = json.loads((report / "manifest.json").read_text(encoding="utf-8"))
    assert {entry["page"]: entry["internal"] for entry in manifest["entries"]} == {
        "cases": True,
        "trend": False,
    }


@pytest.mark.parametrize("text", ["case-0003", "chv-0002", "row-case-0003-x"])
def test_a_report_that_names_a_case_elsewhere_is_not_published(
    report: Path, tmp_path: Path, text: str
) -> None:
    copy = tmp_path / "outputs" / "2023-M09"
    shutil.copytree(report, copy)
    shutil.copytree(report.parents[1] / "data", tmp_path / "data")
    book = openpyxl.Workbook()
    book.active["A1"] = text
    book.save(copy / "list.xlsx")
    done = publish(copy, "--to", tmp_path / "a.zip")
    assert isinstance(done.exception, DataError)
    assert "list.xlsx: it names cases or executors of the ledger (1)" in done.stderr
    assert text not in done.stderr
    assert not (tmp_path / "a.zip").exists()


def test_a_link_to_what_is_not_handed_on_is_a_fault(report: Path, tmp_path: Path) -> None:
    copy = tmp_path / "2023-M09"
    shutil.copytree(report, copy)
    with (copy / "index.html").open("a", encoding="utf-8") as file:
        file.write('<a href="79/cases.html">x</a>')
    assert "index.html: the link to 79/cases.html leads nowhere" in check_tree(copy)


def test_without_a_ledger_nothing_is_searched(report: Path, tmp_path: Path) -> None:
    from thads_analysis.ledger.files import ledger_dir, read_manifest

    assert check_no_cases(report, read_manifest(ledger_dir(tmp_path))) == []


def test_volumes_leave_cases_out(report: Path) -> None:
    try:
        import weasyprint  # noqa: F401
    except OSError:
        pytest.skip("the machine has no Pango")
    import pypdfium2

    for content in bind_volumes(report).values():
        with pypdfium2.PdfDocument(content) as document:
            text = " ".join(sheet.get_textpage().get_text_range() for sheet in document)
        assert not [key for key in SECRET if key in text]


def test_cases_do_not_travel_to_other_machines(data: Path, tmp_path: Path) -> None:
    plan = make_plan("2023-M09", orgs=["45"], topics=["case_lists"])
    with pytest.raises(UsageError, match="on the machine that has the cases"):
        run_period(
            plan, data=data, folder=tmp_path / "x", workers=1, timeout=1, scheduler="tcp://127.0.0.1:1"
        )


def test_a_topic_that_reads_cases_is_for_provinces_only(tmp_path: Path) -> None:
    file = write_notebook(tmp_path, "all", orgs=("nation", "province"))
    about = json.loads(file.read_text(encoding="utf-8"))
    about["metadata"]["thads"]["reads"] = "cases"
    file.write_text(json.dumps(about), encoding="utf-8")
    with pytest.raises(UsageError, match="it reads single cases"):
        read_topics(tmp_path)
