"""What changed between two reports: told from manifests and records made by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from thads_analysis.cli import app
from thads_analysis.errors import DataError, UsageError
from thads_analysis.locale import locale_for
from thads_analysis.site.changes import say_changes
from thads_analysis.site.diff import Report, compare_reports, read_report

VI, EN = locale_for("vi"), locale_for("en")


def figure(identifier: str, org: str, period: str, measure: str, value: float, unit: str, **more: Any):
    """An entry of a record, as `Fact.record` writes it."""
    regime, _, code = org.rpartition(":")
    return {
        "identifier": identifier, "org_regime": regime, "org_code": code, "period": period,
        "measure": measure, "value": value, "unit": unit, "bound": "exact", "derived": True,
        "provenance": "reported", "source": "Biểu 04", "as_of": "2024-01-05", "vintage": "unspecified",
    } | more  # fmt: skip


def sidecar(org: str, period: str, *figures: dict[str, Any], lists=()):
    regime, _, code = org.rpartition(":")
    return {"org_regime": regime, "org_code": code, "period": period, "figures": list(figures),
            "lists": [{"id": i, "measure": m, "orgs": orgs} for i, m, orgs in lists]}  # fmt: skip


def report(period: str, sidecars: dict[str, Any], *, as_of: str, provenance=("reported",)) -> Report:
    entries = []
    for stem, record in sidecars.items():
        code, page = stem.split("/")
        entries.append(
            {"org_code": code, "org_regime": record["org_regime"], "page": page, "status": "ok",
             "org_name": {"VN": "Toàn quốc", "79": "Hồ Chí Minh", "45": "Quảng Trị"}[code]}
        )  # fmt: skip
    manifest = {"period": period, "lang": "vi", "as_of": as_of, "provenance": list(provenance),
                "library": "0.1.0", "entries": entries}  # fmt: skip
    return Report(manifest, sidecars)


def december(**more: Any) -> Report:
    nation = sidecar(
        "VN", "2024-M03",
        figure("completion_rate", "VN", "2024-M03", "cases", 30.10, "percent"),
        figure("completion_rate", "VN", "2024-M02", "cases", 19.00, "percent"),
        figure("completed", "VN", "2024-M03", "money", 9_000_000_000_000, "dong"),
        figure("completion_rate", "63:45", "2024-M03", "cases", 41.00, "percent"),
        figure("p_target", "VN", "2024-M12", "cases", 0.61, "probability"),
        lists=[("tab-below", "cases", ["63:01", "63:45"]), ("tab-below", "money", ["63:01"])],
    )  # fmt: skip
    own = sidecar("63:79", "2024-M03", figure("rank", "63:79", "2024-M03", "cases", 60, "rank"))
    return report("2024-M03", {"VN/overview": nation, "79/trend": own}, as_of="2024-01-05", **more)


def january(**more: Any) -> Report:
    nation = sidecar(
        "VN", "2024-M04",
        figure("completion_rate", "VN", "2024-M04", "cases", 38.53, "percent"),
        figure("completion_rate", "VN", "2024-M02", "cases", 18.75, "percent"),
        figure("completed", "VN", "2024-M04", "money", 12_500_000_000_000, "dong"),
        figure("completion_rate", "63:45", "2024-M04", "cases", 45.50, "percent"),
        figure("p_target", "VN", "2024-M12", "cases", 0.58, "probability"),
        lists=[("tab-below", "cases", ["63:01", "63:79"]), ("tab-below", "money", ["63:01"])],
    )  # fmt: skip
    own = sidecar("63:45", "2024-M04", figure("rank", "63:45", "2024-M04", "cases", 7, "rank"))
    return report("2024-M04", {"VN/overview": nation, "45/trend": own}, as_of="2024-02-05", **more)


def test_national_figures_move_by_points_counts_and_chances():
    moves = {
        (move.fact.identifier, move.fact.measure): move
        for move in compare_reports(january(), december()).nation
    }
    assert moves["completion_rate", "cases"].difference == pytest.approx(0.0843)
    assert moves["completed", "money"].difference == 3_500_000_000_000
    assert moves["p_target", "cases"].difference == pytest.approx(-0.03)
    shown = {key: move.show_difference(VI) for key, move in moves.items()}
    assert shown == {
        ("completion_rate", "cases"): "+8,43 điểm %",
        ("p_target", "cases"): "−3 điểm %",
        ("completed", "money"): "+3.500 tỷ đồng",
    }


def test_who_came_and_went_is_told_and_an_unchanged_list_is_not():
    found = compare_reports(january(), december())
    changes = {change.measure: change for change in found.lists}
    assert [org.name for org in changes["cases"].entered] == ["Hồ Chí Minh"]
    assert [org.name for org in changes["cases"].left] == ["Quảng Trị"]
    assert (changes["money"].entered, changes["money"].left) == ((), ())
    told = [sentence for sentence in say_changes(found, VI) if sentence.startswith("Thấp hơn")]
    assert told == [
        "Thấp hơn mức chung toàn quốc, về việc: 2 địa phương (báo cáo trước 2); mới có Hồ Chí Minh; không "
        "còn Quảng Trị."
    ]


def test_a_figure_of_the_same_period_that_changed_is_a_correction():
    (move,) = compare_reports(january(), december()).revised
    assert (move.earlier.value, move.later.value) == (pytest.approx(0.19), pytest.approx(0.1875))
    assert str(move.fact.period) == "2024-M02"
    assert any(
        "19,00% thành 18,75%" in sentence
        for sentence in say_changes(compare_reports(january(), december()), VI)
    )


def test_pages_that_came_and_that_are_missing_are_named():
    found = compare_reports(january(), december())
    assert (found.added, found.missing) == (("45/trend",), ("79/trend",))
    told = " ".join(say_changes(found, VI))
    assert "1 trang mới: Xu hướng (Quảng Trị)." in told
    assert "1 trang của báo cáo trước không còn: Xu hướng (Hồ Chí Minh)." in told


def test_other_provenance_is_told():
    told = " ".join(
        say_changes(compare_reports(january(provenance=["published", "reported"]), december()), VI)
    )
    assert "báo cáo trước có số báo cáo; báo cáo này có số đã công bố và số báo cáo" in told


def test_the_provinces_that_both_know_are_compared():
    found = compare_reports(january(), december())
    assert [(m.fact.org.key, m.fact.identifier, m.show_difference(VI)) for m in found.provinces] == [
        ("63:45", "completion_rate", "+4,50 điểm %")
    ]


def test_another_fiscal_year_gives_no_difference_of_cumulative_figures():
    first = report(
        "2025-M01",
        {
            "VN/overview": sidecar(
                "VN", "2025-M01", figure("completion_rate", "VN", "2025-M01", "cases", 9, "percent")
            )
        },
        as_of="2024-11-05",
    )
    (move,) = [m for m in compare_reports(first, january()).nation if m.fact.identifier == "completion_rate"]
    assert (move.difference, move.show_difference(VI)) == (None, "–")
    assert "hai năm thống kê" in " ".join(say_changes(compare_reports(first, january()), VI))


def test_codes_of_the_two_lists_of_provinces_are_never_compared():
    # 80 is Long An in the list of 63 and Tây Ninh in the list of 34.
    old, new = (
        report(
            period,
            {
                "VN/overview": sidecar(
                    "VN",
                    period,
                    figure("completion_rate", org, period, "cases", 50, "percent"),
                    lists=[("tab-below", "cases", [org])],
                )
            },
            as_of=day,
        )
        for period, org, day in (("2025-M09", "63:80", "2025-07-05"), ("2025-M10", "34:80", "2025-08-05"))
    )
    found = compare_reports(new, old)
    assert (found.provinces, found.lists) == ((), ())
    assert "hai danh sách tỉnh, thành phố" in " ".join(say_changes(found, VI))


def test_what_was_published_comes_first_for_the_nation_and_another_kind_is_told():
    now = january()
    now.sidecars["VN/overview"]["figures"].append(
        figure("completion_rate", "VN", "2024-M04", "cases", 38.6, "percent", provenance="published",
               source="Công văn", derived=False)
    )  # fmt: skip
    found = compare_reports(now, december())
    (move,) = [m for m in found.nation if m.fact.identifier == "completion_rate"]
    assert move.later.value == pytest.approx(0.386)
    assert move.of_another_kind
    assert "Tỷ lệ toàn quốc về việc: báo cáo trước là số báo cáo" in " ".join(say_changes(found, VI))


def test_english_sentences_hold_no_vietnamese():
    told = " ".join(say_changes(compare_reports(january(), december()), EN))
    assert "38.53% (previous report 30.10%, +8.43 pp)" in told
    assert not {"báo", "địa", "điểm", "thành"} & set(told.replace(",", " ").split())


def test_the_record_is_plain_json():
    record = json.loads(json.dumps(compare_reports(january(), december()).record()))
    assert record["earlier"]["period"] == "2024-M03"
    (rate,) = [m for m in record["nation"] if m["identifier"] == "completion_rate"]
    assert (rate["earlier_value"], rate["later_value"], rate["difference"], rate["difference_unit"]) == (
        30.1, 38.53, 8.43, "pp",
    )  # fmt: skip
    assert record["lists"][0]["entered"] == ["63:79"]


# --- folders and the command


def write(folder: Path, one: Report) -> Path:
    for stem, record in one.sidecars.items():
        (folder / stem).parent.mkdir(parents=True, exist_ok=True)
        (folder / f"{stem}.json").write_text(json.dumps(record), encoding="utf-8")
    (folder / "manifest.json").write_text(json.dumps(one.manifest), encoding="utf-8")
    return folder


@pytest.fixture
def outputs(tmp_path: Path) -> Path:
    for one in (december(), january()):
        write(tmp_path / str(one.period), one)
    return tmp_path


def test_the_command_takes_periods_and_folders(outputs: Path):
    runner = CliRunner()
    by_period = runner.invoke(app, ["diff", "2024-M04", "2024-M03", "--out", str(outputs)])
    by_folder = runner.invoke(app, ["diff", str(outputs / "2024-M04"), str(outputs / "2024-M03")])
    assert by_period.exit_code == by_folder.exit_code == 0
    assert by_period.stdout == by_folder.stdout
    assert "tỷ lệ thi hành xong 38,53% (báo cáo trước 30,10%, +8,43 điểm %)" in by_period.stdout
    as_json = runner.invoke(app, ["diff", "2024-M04", "2024-M03", "--out", str(outputs), "--json"])
    assert json.loads(as_json.stdout)["later"]["period"] == "2024-M04"


def test_what_cannot_be_compared_is_refused_with_what_to_do(outputs: Path):
    with pytest.raises(UsageError, match="give the later report first"):
        compare_reports(december(), january())
    with pytest.raises(UsageError, match=r"holds no report: it has no manifest\.json"):
        read_report(outputs / "2024-M05")
    (outputs / "2024-M04/45/trend.json").write_text("{")
    with pytest.raises(DataError, match=r"trend\.json is missing or damaged"):
        read_report(outputs / "2024-M04")
    (outputs / "2024-M03/manifest.json").write_text('{"period": "2024-M03"}')
    with pytest.raises(DataError, match="not a report's manifest"):
        read_report(outputs / "2024-M03")
