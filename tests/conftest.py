"""Data that many tests share, made once a session."""

import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
import pytest
from hostile_pages import write_hostile_report
from sample_pages import make_context
from sample_report import ORGS, PERIOD

from thads_analysis import cli, schema, store
from thads_analysis.context import Context
from thads_analysis.period import Period
from thads_analysis.run import make_plan, run_period
from thads_analysis.sample import make_observations


@pytest.fixture
def keep_signals() -> Iterator[None]:
    """Put back what happens on SIGTERM, which the command sets for its process."""
    before = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, before)


@pytest.fixture
def thads(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], keep_signals: None
) -> Callable[..., tuple[int, str, str]]:
    """Run the command in this process: exit status, stdout, stderr."""

    def call(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["thads", *map(str, arguments)])
        with pytest.raises(SystemExit) as end:
            cli.main()
        out, err = capsys.readouterr()
        return int(end.value.code or 0), out, err

    return call


@pytest.fixture(scope="session")
def sample_observations() -> pd.DataFrame:
    """The simulated sample, every vintage of it. Do not change it."""
    return make_observations()


@pytest.fixture(scope="session")
def sample_panel(sample_observations: pd.DataFrame) -> pd.DataFrame:
    """Panel of the simulated sample as last known. Do not change it."""
    return schema.to_panel(sample_observations[sample_observations["vintage"] != "provisional"])


@pytest.fixture(scope="session")
def sample_context(sample_panel: pd.DataFrame, sample_observations: pd.DataFrame) -> Context:
    """What the pages of the sample's nine months of 2023 share, computed once. Do not change it."""
    return make_context(sample_panel, sample_observations, Period.parse(PERIOD))


@pytest.fixture(scope="session")
def hostile_report(tmp_path_factory: pytest.TempPathFactory, sample_context: Context) -> Path:
    """Folder of a report whose data is hostile in every text field. Do not change it."""
    return write_hostile_report(tmp_path_factory.mktemp("hostile") / PERIOD, sample_context)


@pytest.fixture(scope="session")
def sample_data(tmp_path_factory: pytest.TempPathFactory, sample_observations: pd.DataFrame) -> Path:
    """A data folder with the sample's store, without the detour through workbooks. Do not change it."""
    folder = tmp_path_factory.mktemp("data")
    store.add(folder / "sample" / "store", [("sample", "0" * 64, sample_observations)])
    return folder


@pytest.fixture(scope="session")
def report(tmp_path_factory: pytest.TempPathFactory, sample_data: Path) -> Path:
    """Folder of the pages of the sample that `sample_report` names. Do not change it."""
    folder = tmp_path_factory.mktemp("out") / PERIOD
    plan = make_plan(PERIOD, orgs=ORGS)
    outcome = run_period(plan, data=sample_data, folder=folder, workers=2, timeout=300)
    assert [str(entry.error) for entry in outcome.failed] == []
    return folder
