"""docs/behaviour.md: each rule has one id, and each that is built names tests that exist."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "docs/behaviour.md").read_text(encoding="utf-8")
TESTS = {path: path.read_text(encoding="utf-8") for path in sorted((ROOT / "tests").rglob("*.py"))}

RULE = re.compile(r"^- \*\*([A-Z]+\d+)\*\* (.+)\n(?:  Tests: (.+)\n)?", re.MULTILINE)
PLANNED = "*(planned)*"


def rules() -> dict[str, tuple[str, str]]:
    """Each rule's text and what stands behind "Tests:"."""
    return {name: (text, tests) for name, text, tests in RULE.findall(TEXT)}


def known() -> set[str]:
    """The names of all test functions."""
    return {
        node.name
        for text in TESTS.values()
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    }


def test_ids_are_unique_and_every_line_of_a_rule_is_read():
    found = [name for name, _, _ in RULE.findall(TEXT)]
    assert sorted(found) == sorted(set(found))
    assert len(found) == len(re.findall(r"^- \*\*", TEXT, re.MULTILINE)) > 300
    assert len(re.findall(r"^  Tests: ", TEXT, re.MULTILINE)) == sum(
        PLANNED not in text for text, _ in rules().values()
    )


def test_every_rule_that_is_built_names_a_test_that_exists():
    named = {name: set(re.findall(r"`(test_\w+)`", tests)) for name, (_, tests) in rules().items()}
    tests = known()
    assert {f"{name}: {test}" for name, of in named.items() for test in of - tests} == set()
    built = {name for name, (text, _) in rules().items() if PLANNED not in text}
    assert {name for name in built if not named[name]} == set()


def test_rules_that_are_mentioned_exist():
    """In tests as ``rule V7``; in the document in brackets: (V13)."""
    own = Path(__file__)
    texts = "\n".join(text for path, text in TESTS.items() if path != own)
    mentioned = set(re.findall(r"\brule ([A-Z]+\d+)\b", texts))
    mentioned |= set(re.findall(r"\(([A-Z]{1,2}\d+)\)", TEXT))
    assert mentioned <= set(rules())


def test_invariants_are_those_of_the_contract():
    assert sum(name.startswith("I") and name[1:].isdigit() for name in rules()) == 18
