"""Findings in the lives of cases, and the commands that print them."""

import json
from pathlib import Path

import pandas as pd
import pytest
from tiny_ledger import AT_NINE_MONTHS, case_table, event_table, write_files, write_ledger
from typer.testing import CliRunner

from thads_analysis import ledger, store
from thads_analysis.cli import app
from thads_analysis.errors import UsageError
from thads_analysis.ledger.check import RULES, check
from thads_analysis.ledger.load import ingest
from thads_analysis.ledger.simulate import simulate

# What is added or changed in the hand ledger: own number, day, event, amount, outcome; and the rule broken.
WRONG = [
    ("K3", "2022-11-01", "eligible", None, None, "before_intake"),
    ("K1", "2022-01-01", "collected", 150, None, "above_amount_due"),
    ("K2", "2023-03-01", "paid_out", 5000, None, "paid_out_above_collected"),
    ("K10", "2023-06-25", "completed", None, None, "ended_with_remainder"),
    ("K9", "2022-05-01", "not_eligible", None, None, "after_the_end"),
    ("K2", "2023-03-02", "accepted", 5, None, "accepted_while_open"),
    ("K6", "2023-03-02", "eligible", None, None, "in_separate_book"),
    ("K2", "2023-03-03", "resumed", None, None, "resumed_without_hold"),
    ("K2", "2023-03-04", "delivered", None, None, "delivered_without_sale"),
]
RUN = CliRunner()


def test_the_hand_ledger_is_sound(tmp_path: Path) -> None:
    write_ledger(tmp_path)
    assert not len(check(ledger.open_ledger(tmp_path)))


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: wrong[-1])
def test_a_planted_mistake_is_found_with_its_row(tmp_path: Path, wrong: tuple[str, ...]) -> None:
    number, day, event, amount, outcome, rule = wrong
    one = pd.DataFrame([(number, day, event, amount, outcome)],
                       columns=["case_id", "date", "event", "amount", "outcome"])  # fmt: skip
    one = one.assign(org_regime="63", org_code="27").astype({"amount": "Int64"})
    events = pd.concat([one, event_table()], ignore_index=True)
    ingest(write_files(tmp_path / "inbox", events=events), tmp_path)
    found = check(ledger.open_ledger(tmp_path), ["63:27"])
    hit = found[found["rule"] == rule]
    assert len(hit)
    assert "su-kien.csv" in set(hit["file"])
    assert 1 in set(hit["row"]) or rule == "above_amount_due"


def test_acceptance_must_agree_with_the_case(tmp_path: Path) -> None:
    cases = case_table()
    cases.loc[0, "amount_due"] = 99
    cases.loc[2, "intake_date"] = "2022-11-09"
    ingest(write_files(tmp_path / "inbox", cases=cases), tmp_path)
    found = check(ledger.open_ledger(tmp_path)).set_index("rule")
    assert found.loc["amount_differs", ["row", "found", "expected"]].tolist() == [1, "100", "99"]
    assert found.loc["intake_differs", ["row", "found", "expected"]].tolist() == [
        8,
        "2022-11-10",
        "2022-11-09",
    ]


def test_every_rule_is_broken_once_in_these_tests() -> None:
    assert {wrong[-1] for wrong in WRONG} | {"amount_differs", "intake_differs"} == set(RULES)


def test_a_simulated_ledger_is_sound(tmp_path: Path, sample_panel: pd.DataFrame) -> None:
    panel = sample_panel.loc[["63:06"]].loc[(slice(None), [2021, 2022], slice(None)), :]
    assert not len(check(simulate(panel, tmp_path)))


def test_commands(tmp_path: Path) -> None:
    files = [str(file) for file in write_files(tmp_path / "inbox")]
    data = ["--data", str(tmp_path)]
    done = RUN.invoke(app, ["ledger", "ingest", *files, *data], catch_exceptions=False)
    assert done.stdout.strip() == "2 files added: 10 cases, 28 events"
    assert RUN.invoke(app, ["ledger", "ingest", *files, *data]).stdout.count("known") == 2

    done = RUN.invoke(app, ["ledger", "forms", "2023-M09", "--org", "Bắc Ninh", "--json", *data])
    values = {(row["measure"], row["item"]): row["value"] for row in json.loads(done.stdout)}
    assert values == {(m, item): value for m, row in AT_NINE_MONTHS.items() for item, value in row.items()}
    done = RUN.invoke(app, ["ledger", "forms", "2023-M09", "--as-of", "2023-06-30", *data])
    assert "63:27 2023-M09 cases new 5" in done.stdout

    done = RUN.invoke(app, ["ledger", "check", *data])
    assert (done.exit_code, done.stdout.strip()) == (0, "0 findings")

    rows = [("63", "27", 2023, 9, m, item, value) for (m, item), value in values.items()]
    reported = pd.DataFrame(
        rows, columns=["org_regime", "org_code", "fiscal_year", "months", "measure", "item", "value"]
    ).assign(source="Thử", provenance="reported", as_of=pd.Timestamp("2023-07-05"), vintage="unspecified")
    late = reported["measure"].eq("cases") & reported["item"].eq("fully_enforced")
    reported.loc[late, "value"] += 1
    store.add(tmp_path / "store", [(Path("thu.csv"), "0" * 64, reported)])
    done = RUN.invoke(app, ["ledger", "reconcile", "2023-M09", "--org", "27", *data])
    assert done.exit_code == 1
    assert "cases fully_enforced: reported 2, cases 1: +1; as it was on 2023-07-03" in done.stdout
    assert "completed since 2023-07-03" in done.stdout
    assert "1 of 39 items differ" in done.stdout
    done = RUN.invoke(app, ["ledger", "reconcile", "2023-M09", "--org", "27", "--json", *data])
    assert json.loads(done.stdout)[0]["cases"][0]["state"] == "completed"
    with pytest.raises(UsageError, match="no cases of 63:01"):
        RUN.invoke(app, ["ledger", "reconcile", "2023-M09", "--org", "01", *data], catch_exceptions=False)
