"""An old report made again after a revision has come in."""

from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from thads_analysis import store
from thads_analysis.context import load_context
from thads_analysis.org import NATION
from thads_analysis.period import Period
from thads_analysis.report import open_page, overview, quality
from thads_analysis.report.figures import Figures
from thads_analysis.schema import OBSERVATION_COLUMNS

PERIOD = Period(2023, 12)
NOVEMBER = date(2023, 11, 25)


@pytest.fixture(scope="module")
def data(sample_observations: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two fiscal years as known in October 2023, and apart from them the final figures of December."""
    folder = tmp_path_factory.mktemp("data")
    years = sample_observations[sample_observations["fiscal_year"] >= 2022].assign(provenance="reported")
    late = (years["fiscal_year"] == 2023) & (years["vintage"] == "final")
    store.add(folder / "store", [("first.csv", "1" * 64, years[~late])])
    years[late].to_parquet(folder / "late.parquet")
    return folder


def test_the_report_of_november_is_the_same_after_the_final_figures_of_december(data: Path) -> None:
    def make() -> list[object]:
        context = load_context(PERIOD, str(data), NOVEMBER)
        figures = Figures(context, NATION)
        facts = [
            figures(name, measure).record()
            for name in ("due", "eligible", "completed", "completion_rate", "completion_rate_change")
            for measure in ("cases", "money")
        ]
        return [facts, context.panel.to_csv(), context.origins.to_csv(), context.digest()]

    before = make()
    late = pd.read_parquet(data / "late.parquet")
    store.add(data / "store", [("second.csv", "2" * 64, late)])
    assert make() == before

    # What the ministry printed on 21/11/2023 and in December 2023.
    then = Figures(load_context(PERIOD, str(data), NOVEMBER), NATION)
    now = Figures(load_context(PERIOD, str(data)), NATION)
    assert (then("completed", "cases").value, now("completed", "cases").value) == (575_667, 574_819)
    assert then("completion_rate", "cases").value == pytest.approx(0.8324)
    assert now("completion_rate", "cases").value == pytest.approx(0.8325)
    assert then.computed("completed", "cases", PERIOD).value == 575_667
    assert now.computed("completed", "cases", PERIOD).value == 574_819


def test_the_page_of_today_shows_what_was_revised(data: Path) -> None:
    page = open_page("quality", period="2023-M12", data=str(data))
    changed = quality.revised(page)
    assert changed.id == "tab-revisions"
    assert "20/10/2023 → 1/12/2023" in changed.html
    assert (
        "thi hành xong 574.819 việc"
        in overview.summary(open_page("overview", period="2023-M12", data=str(data))).html
    )


def test_the_same_period_last_year_is_read_in_the_same_vintage(tmp_path: Path) -> None:
    known = [
        (2022, 100, "2022-10-20", "provisional"),
        (2022, 90, "2022-12-01", "final"),
        (2023, 120, "2023-10-20", "provisional"),
        (2023, 115, "2023-12-01", "final"),
    ]
    rows = [
        ("63", "01", year, 12, "cases", "completed", value, "x", "reported", day, vintage)
        for year, value, day, vintage in known
    ]
    store.add(tmp_path / "store", [("x", "3" * 64, pd.DataFrame(rows, columns=OBSERVATION_COLUMNS))])

    def completed(as_of: date | None) -> list[int]:
        panel = load_context(PERIOD, str(tmp_path), as_of).panel
        return panel["cases", "completed"].tolist()

    assert completed(NOVEMBER) == [100, 120]
    assert completed(None) == [90, 115]
    origins = load_context(PERIOD, str(tmp_path), NOVEMBER).origins
    assert origins["vintage"].tolist() == ["provisional", "provisional"]
