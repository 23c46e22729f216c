"""The page of attacks names rules and tests that exist, for each of them, or says why not."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
RULES = (ROOT / "docs" / "behaviour.md").read_text(encoding="utf-8")
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in PAGE.splitlines()
    if re.match(r"\| \d+ \|", line)
]
ROWS, KINDS = [row for row in ROWS if len(row) == 5], [row for row in ROWS if len(row) == 3]
TESTS = {
    name
    for path in (ROOT / "tests").rglob("*.py")
    for name in re.findall(r"(?m)^\s*def (test_\w+)\(", path.read_text(encoding="utf-8"))
}


def test_there_are_36_in_their_order():
    assert [row[0] for row in ROWS] == [str(n) for n in range(1, 37)]


@pytest.mark.parametrize("row", ROWS, ids=[row[0] for row in ROWS])
def test_each_is_defended_by_rules_and_tests_that_exist_or_says_why_not(row):
    _, _, answer, rules, tests = row
    status, _, reason = answer.partition(": ")
    assert status in ("defended", "not yet", "accepted")
    assert reason
    if status == "not yet":
        return
    assert all(f"- **{rule}** " in RULES for rule in rules.split(", "))
    assert set(re.findall(r"`(\w+)`", tests)) <= TESTS
    assert re.search(r"`test_\w+`", tests)


def test_each_of_the_nine_kinds_is_tried_at_random_by_tests_that_exist():
    assert [row[0] for row in KINDS] == [str(n) for n in range(1, 10)]
    named = [set(re.findall(r"`(\w+)`", tests)) for _, _, tests in KINDS]
    assert all(named)
    assert set().union(*named) <= TESTS
