"""Whole texts: every figure read, none invented."""

from pathlib import Path

import pytest
from bulletins import BULLETINS
from provincial_report import expected, write_docx, write_pdf, write_text

from thads_analysis.load.bulletin import RECORD_KEYS, BulletinReading, load_bulletin


def figures(reading: BulletinReading) -> list[tuple]:
    return sorted(
        (
            r["org_code"],
            r["fiscal_year"],
            r["months"],
            r["measure"],
            r["item"],
            float(r["value"]),
            r["unit"],
            r["bound"],
        )
        for r in reading.records()
    )


@pytest.mark.parametrize("name", BULLETINS)
def test_every_figure_of_a_bulletin_and_no_other(name: str) -> None:
    text, expected_figures = BULLETINS[name]

    assert figures(load_bulletin(text)) == expected_figures


def test_spans_are_where_the_figures_stand() -> None:
    for text, _ in BULLETINS.values():
        reading = load_bulletin(text)
        for record in reading.records():
            assert tuple(record) == RECORD_KEYS
            # Text that is composed and not wrapped keeps its offsets.
            assert text[record["start"] : record["end"]] == record["text"]


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("report")
    paths = {kind: folder / f"report.{kind}" for kind in ("txt", "docx", "pdf")}
    write_text(paths["txt"])
    write_docx(paths["docx"])
    write_pdf(paths["pdf"])
    return paths


@pytest.mark.parametrize("kind", ["txt", "docx", "pdf"])
def test_a_provincial_report_is_read_completely_in_every_format(reports: dict[str, Path], kind: str) -> None:
    reading = load_bulletin(reports[kind])

    assert [figure[:-1] for figure in figures(reading)] == expected()
    assert set(reading.observations["org_level"]) == {"province"}


def test_pages_of_a_pdf_are_known(reports: dict[str, Path]) -> None:
    observations = load_bulletin(reports["pdf"]).observations

    # The section on cases begins on the first page, the targets stand on the last.
    assert observations["page"].iloc[0] == 1
    assert observations.loc[observations["item"] == "target", "page"].min() == 2


def test_what_is_not_of_the_whole_province_is_rejected_with_a_reason(reports: dict[str, Path]) -> None:
    rejects = load_bulletin(reports["pdf"]).rejects.set_index("text")["reason"]

    assert "credit institutions" in rejects["35 việc"]
    assert "credit institutions" in rejects["402.115.300 nghìn đồng"]
    assert "complaints" in rejects["91,67%"]
    assert "district" in rejects["41,20%"]


def test_values_are_whole_for_counts_and_dong() -> None:
    records = load_bulletin(BULLETINS["9 months of 2023"][0]).records()

    kinds = {record["unit"]: type(record["value"]) for record in records}
    assert kinds == {"cases": int, "dong": int, "pct": float, "pp": float}
