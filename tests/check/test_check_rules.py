"""The register of rules, and the page of the documentation that tells of them."""

import re
from pathlib import Path

import thads_analysis.check
from thads_analysis.check import RULES
from thads_analysis.check.findings import SEVERITIES
from thads_analysis.locale import locale_for

PAGE = Path(__file__).parents[2] / "docs" / "checks.md"


def test_the_public_names() -> None:
    assert set(thads_analysis.check.__all__) == {
        "COLUMNS",
        "RULES",
        "Rule",
        "check_panel",
        "check_stated",
        "to_records",
    }


def test_every_rule_says_what_how_and_why() -> None:
    assert all(rule.id == name for name, rule in RULES.items())
    for rule in RULES.values():
        assert rule.severity in SEVERITIES
        assert rule.statement
        assert rule.formula
        assert rule.source
        assert rule.stated or rule.panel


def test_no_two_rules_share_a_function() -> None:
    functions = [f for rule in RULES.values() for f in (rule.stated, rule.panel) if f is not None]
    assert len(functions) == len(set(functions))


def test_statements_are_vietnamese_with_an_english_text() -> None:
    english = locale_for("en")
    for rule in RULES.values():
        assert re.search(r"[À-ỹ]", rule.statement)
        assert english.text(rule.statement) != rule.statement


def test_the_page_lists_every_rule_with_its_severity() -> None:
    rows = re.findall(r"(?m)^\| `(\w+)` \| (error|warning|note) \|", PAGE.read_text(encoding="utf-8"))
    assert dict(rows) == {rule.id: rule.severity for rule in RULES.values()}
    assert len(rows) == len(RULES)
