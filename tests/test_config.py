"""What a user says in thads.toml and the tables beside it is in force, and mistakes name their place."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
from sample_pages import make_context, make_page
from tiny_store import write_store
from typer.testing import CliRunner

from thads_analysis import config
from thads_analysis.cli import app
from thads_analysis.errors import DataError, UsageError
from thads_analysis.forecast import forecast, methods
from thads_analysis.forecast.backtest import backtest
from thads_analysis.locale import locale_for
from thads_analysis.metrics import completion_rate, metric, metric_names, target_for
from thads_analysis.metrics.peers import peers
from thads_analysis.org import NATION, Org
from thads_analysis.period import Period
from thads_analysis.report import compare
from thads_analysis.report.charts import style
from thads_analysis.run import make_plan
from thads_analysis.run.resume import page_keys
from thads_analysis.run.topic import check_configuration, write_topic
from thads_analysis.trend import named_events

PERIOD = Period(2023, 9)

TOML = """\
topics = "chuyên đề"

[groups.bac-trung-bo]
org_regime = "63"
name = "Bắc Trung Bộ"
name_en = "North Central"
members = ["44", "45", "46"]
source = "Tự chọn"

[peers.63]
45 = ["44", "46"]

[palette]
own = "#004488"

[labels.vi]
completion_rate = "tỷ lệ xong"
recovery = "thu hồi"

[labels.en]
recovery = "recovery"
"Bắc Trung Bộ, lũ" = "The flood"

[metrics.recovery]
function = "mine.py:recovery"
label = "tỷ lệ thu hồi"

[methods]
steady = "mine.py:Steady"
"""
TARGETS = """\
fiscal_year,org_regime,org_code,measure,target,source
2023,63,45,cases,84.5,Quyết định ví dụ
2023,,VN,money,46.25,Quyết định ví dụ
"""
EVENTS = """\
event,first_day,last_day,label,kind,source
flood_2020,2020-10-06,2020-11-15,"Bắc Trung Bộ, lũ",shock,Ví dụ
"""
CODE = """\
import pandas as pd

from thads_analysis.forecast import UsualPath


def recovery(panel):
    return pd.DataFrame({"money": panel["money", "completed"] / panel["money", "due"]})


class Steady(UsualPath):
    def __init__(self):
        super().__init__("steady")
"""


def say_own(folder: Path) -> None:
    """Put everything of a user's own into a data folder."""
    for name, text in (
        ("thads.toml", TOML),
        ("targets.csv", TARGETS),
        ("events.csv", EVENTS),
        ("mine.py", CODE),
    ):
        (folder / name).write_text(text, encoding="utf-8")


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A data folder whose configuration is in force."""
    data = tmp_path / "số liệu"
    data.mkdir()
    say_own(data)
    config.use(data)
    yield data
    config.use()


def test_without_a_file_everything_is_the_projects_own(tmp_path: Path) -> None:
    config.use(tmp_path)
    try:
        assert config.in_force().files == {}
        assert target_for(PERIOD, NATION, "money").value == 0.455
        assert style.OWN == "#0072B2"
        assert list(methods())[-1] == "combined"
        check_configuration()
    finally:
        config.use()


def test_groups_targets_events_colours_and_labels_are_in_force(folder: Path) -> None:
    group = Org.parse("bac-trung-bo", "63")
    assert group.members == ("63:44", "63:45", "63:46")
    assert group.name_en == "North Central"
    assert Org.parse("large-8", "63").level == "group"
    quang_tri = Org.parse("45", "63")
    assert target_for(PERIOD, quang_tri, "cases").value == 0.845
    assert not target_for(PERIOD, quang_tri, "cases").is_national_fallback
    assert target_for(PERIOD, NATION, "money").source == "Quyết định ví dụ"
    assert target_for(PERIOD, NATION, "cases").value == 0.825
    assert "flood_2020" in named_events().index
    assert (style.OWN, style.NATION) == ("#004488", "#000000")
    vi, en = locale_for("vi"), locale_for("en")
    assert vi.heading("completion_rate") == "Tỷ lệ xong"
    assert en.heading("completion_rate") == "Completion rate"
    assert (vi.term("recovery"), en.term("recovery")) == ("thu hồi", "recovery")
    assert en.text("Bắc Trung Bộ, lũ") == "The flood"


def test_what_is_out_of_force_is_gone(folder: Path, tmp_path: Path) -> None:
    assert target_for(PERIOD, NATION, "money").value == 0.4625
    config.use(tmp_path)
    assert target_for(PERIOD, NATION, "money").value == 0.455
    with pytest.raises(UsageError):
        Org.parse("bac-trung-bo", "63")


def test_a_change_of_a_file_counts_at_the_next_use(folder: Path) -> None:
    before = config.in_force().digest
    (folder / "mine.py").write_text(CODE + "\nMORE = 1\n", encoding="utf-8")
    config.use(folder)
    assert config.in_force().digest != before


def test_own_peers_stand_beside_the_others(folder: Path, sample_panel: pd.DataFrame) -> None:
    found = peers(sample_panel, PERIOD)
    own = found[found["kind"] == "own"]
    assert own[["org", "peer"]].to_numpy().tolist() == [["63:45", "63:44"], ["63:45", "63:46"]]
    assert set(found["kind"]) == {"own", "region", "band", "nearest"}


def test_an_own_metric_is_one_of_the_metrics(folder: Path, sample_panel: pd.DataFrame) -> None:
    panel = sample_panel.loc[["63:45"]]
    assert metric_names()[-1] == "recovery"
    expected = panel["money", "completed"] / panel["money", "due"]
    assert metric(panel, "recovery")["money"].equals(expected.rename("money"))
    assert metric(panel, "completion_rate").equals(completion_rate(panel))
    with pytest.raises(UsageError, match=r"No metric 'x'; the metrics are completion_rate, .*recovery"):
        metric(panel, "x")


def test_an_own_method_forecasts_and_is_tested_beside_the_others(
    folder: Path, sample_panel: pd.DataFrame
) -> None:
    mine = forecast(sample_panel, PERIOD, method="steady", draws=200)
    theirs = forecast(sample_panel, PERIOD, method="usual_path", draws=200)
    assert mine["method"].dropna().unique().tolist() == ["steady"]
    assert mine["rate_median"].equals(theirs["rate_median"])
    names = ["steady", "usual_path", "last_movement"]
    results = backtest(sample_panel, methods=names, first=2023, months=[9], draws=50)
    scores = results.groupby("method")["error"].apply(lambda error: error.abs().mean())
    assert scores["steady"] == scores["usual_path"] != scores["last_movement"]
    with pytest.raises(UsageError, match=r"there are usual_path, .*combined, steady, last_movement"):
        backtest(sample_panel, methods=["none"])


MISTAKES = [
    ("thads.toml", 'own = "#004488"', 'own = "blue"',
     r"line 14: palette.own: expected a colour .*'blue'"),
    ("thads.toml", 'own = "#', 'mine = "#',
     r"line 14: palette.mine: there is no such name; expected own, "),
    ("thads.toml", "topics =", "topic =",
     r"line 1: topic: there is no such name; expected topics, groups"),
    ("thads.toml", '"chuyên đề"', '"../x"',
     r"line 1: topics: expected the name of a folder beside"),
    ("thads.toml", 'org_regime = "63"', 'org_regime = "62"',
     r"line 4: .*org_regime: expected '63' or '34'"),
    ("thads.toml", 'source = "Tự chọn"', "",
     r"line 3: groups.bac-trung-bo.source: is missing"),
    ("thads.toml", '["44", "46"]', '["44", "99"]',
     r"line 11: '99' cannot stand here; expected codes of"),
    ("thads.toml", '["44", "45", "46"]', '["44", "99"]',
     r"line 3: group 'bac-trung-bo': members are"),
    ("thads.toml", "completion_rate =", "complete =",
     r"line 17: labels.vi.complete: no such identifier; .*due"),
    ("thads.toml", '"mine.py:recovery"', '"mine:recovery"',
     r"line 25: .*expected a Python file beside"),
    ("thads.toml", '"mine.py:recovery"', '"mine.py:gone"',
     r"line 24: mine.py defines no 'gone'"),
    ("thads.toml", '"mine.py:recovery"', '"gone.py:f"',
     r"line 24: cannot read .*gone.py: No such file"),
    ("thads.toml", '"mine.py:Steady"', '"mine.py:recovery"',
     r"line 29: mine.py:recovery must be a class"),
    ("thads.toml", "[peers.63]", "[peers.63",
     r"is not TOML: .*line 10"),
    ("targets.csv", "84.5", "845",
     r"targets.csv, line 2: target: .*less than or equal to 100; found '845'"),
    ("targets.csv", "63,45", "63,99",
     r"targets.csv, line 2: org_regime and org_code: '63:99'"),
    ("targets.csv", "2023,,VN,money,46", "2023,63,45,cases,46",
     r"line 3: the same fiscal_year, .* line 2"),
    ("targets.csv", "measure,", "measures,",
     r"line 2: (measure|measures): (is missing|there is no such)"),
    ("events.csv", "2020-11-15", "2020-10-01",
     r"events.csv, line 2: .*last_day lies before first_day"),
    ("events.csv", "shock", "flood",
     r"events.csv, line 2: kind: expected 'break' or 'shock'; found 'flood'"),
    ("mine.py", "def recovery", "def recovery(",
     r"mine.py, line 6: SyntaxError"),
    ("mine.py", "import pandas", "import no_such_thing",
     r"mine.py, line 1: ModuleNotFoundError"),
]  # fmt: skip


@pytest.mark.parametrize(("file", "old", "new", "message"), MISTAKES)
def test_a_mistake_names_file_line_and_what_may_stand_there(
    folder: Path, file: str, old: str, new: str, message: str
) -> None:
    text = (folder / file).read_text(encoding="utf-8")
    assert old in text
    (folder / file).write_text(text.replace(old, new), encoding="utf-8")
    config.use(folder)
    with pytest.raises(DataError, match=message) as caught:
        check_configuration()
    assert str(folder) in str(caught.value)


def test_a_metric_that_returns_something_else_is_refused(folder: Path, sample_panel: pd.DataFrame) -> None:
    (folder / "mine.py").write_text(CODE.replace('{"money":', '{"tiền":'), encoding="utf-8")
    config.use(folder)
    with pytest.raises(DataError, match=r"thads.toml, line 24: .* among cases, money; it returned columns"):
        metric(sample_panel, "recovery")


def test_the_command_prints_what_is_in_force_and_from_where(folder: Path) -> None:
    result = CliRunner().invoke(app, ["config", "--json", "--data", str(folder)])
    rows = {row["setting"]: row for row in json.loads(result.stdout)}
    toml = folder / "thads.toml"
    assert rows["palette.own"] == {"setting": "palette.own", "value": "#004488", "where": f"{toml}, line 14"}
    assert rows["palette.target"]["where"] == "default"
    assert rows["peers.63.45"]["value"] == "44, 46"
    assert rows["events.csv"]["where"] == f"{folder / 'events.csv'}, line 2"
    plain = CliRunner().invoke(app, ["config", "--data", str(folder)]).stdout
    assert f"topics = chuyên đề    ({toml}, line 1)" in plain


def test_own_figures_are_shown_with_their_unit_and_their_peers(
    folder: Path, sample_panel: pd.DataFrame, sample_observations: pd.DataFrame
) -> None:
    page = make_page(make_context(sample_panel, sample_observations, PERIOD), "mine", Org.parse("45", "63"))
    choice = compare.choose(page, item="recovery", measure="money", versus=["own", "nation"])
    counts = sample_panel.loc[[("63:44", 2023, 9), ("63:46", 2023, 9)], "money"][["completed", "due"]].sum()
    assert choice.frame.loc[(2023, 9), "own"] == pytest.approx(counts["completed"] / counts["due"])
    assert choice.show(0.25) == "25,00%"
    assert choice.subject == "Thu hồi (tiền)"


def test_everything_in_force_is_part_of_a_pages_key(folder: Path) -> None:
    write_store(folder)
    from thads_analysis.context import load_context

    def keys() -> dict[str, str]:
        config.use(folder)
        plan = make_plan("2023-M09", orgs=["79"], topics=["province_diagnostics"])
        return page_keys(plan, load_context(PERIOD, str(folder)), folder)

    before = keys()
    assert keys() == before
    for name in ("thads.toml", "targets.csv", "events.csv", "mine.py"):
        text = (folder / name).read_text(encoding="utf-8")
        (folder / name).write_text(text + "\n", encoding="utf-8")
        assert keys() != before
        (folder / name).write_text(text, encoding="utf-8")
    assert keys() == before


def test_a_new_topic_is_planned_like_ours(folder: Path) -> None:
    made = CliRunner().invoke(app, ["new-topic", "mine", "--data", str(folder)])
    assert made.stdout.strip() == str(folder / "chuyên đề" / "mine.ipynb")
    config.use(folder)
    plan = make_plan("2023-M09", orgs=["VN", "45"], topics=["mine"])
    assert [job.stem for job in plan.jobs] == ["VN/mine", "45/mine"]
    assert "mine" in {job.topic.name for job in make_plan("2023-M09").jobs}


@pytest.mark.parametrize("name", ["Mine", "của-tôi", "province_diagnostics", "trend"])
def test_a_topic_needs_a_name_of_its_own(folder: Path, name: str) -> None:
    with pytest.raises(UsageError, match=r"cannot name a topic|is taken"):
        write_topic(name)


def test_a_topic_may_not_take_a_page_of_ours(folder: Path) -> None:
    file = write_topic("mine")
    file.write_text(
        file.read_text(encoding="utf-8").replace('"page": "mine"', '"page": "trend"'), encoding="utf-8"
    )
    with pytest.raises(UsageError, match=r"mine\.ipynb: 'trend' is taken"):
        make_plan("2023-M09")
