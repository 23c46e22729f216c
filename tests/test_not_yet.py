"""What is not there yet is said alike in every paper that says so, and nothing else is."""

import re

import pytest

from tests.paper_texts import ROOT

WORDS = {
    "F5": "several warehouses",
    "GH7": "dashboard",
}
"""Of each rule that is not built yet: what the papers call it."""
ALWAYS = ("- Other servers than GitHub", "- It has not been tried on github.com")
PAPERS = {
    "README.md": "What it does not do yet",
    "CHANGELOG.md": "Not supported yet",
    "docs/operating.md": "Not supported yet",
}


def section(paper: str) -> str:
    text = (ROOT / paper).read_text(encoding="utf-8")
    found = re.search(rf"^##+ {PAPERS[paper]}\n(.*?)(?=^##|\Z)", text, re.MULTILINE | re.DOTALL)
    assert found is not None, paper
    return " ".join(found[1].split())


def test_the_rules_that_are_not_built_are_these():
    rules = (ROOT / "docs/behaviour.md").read_text(encoding="utf-8")

    assert set(re.findall(r"^- \*\*(\w+)\*\* .*\*\(planned\)\*$", rules, re.MULTILINE)) == set(
        WORDS
    )


@pytest.mark.parametrize("paper", PAPERS)
def test_each_paper_names_each_of_them(paper):
    assert [words for words in WORDS.values() if words not in section(paper).lower()] == []


def test_the_readme_names_nothing_that_is_there():
    bullets = re.findall(r"- .*?(?= - |$)", section("README.md"))

    for bullet in bullets:
        assert bullet.startswith(ALWAYS) or any(w in bullet for w in WORDS.values()), bullet


def test_the_changelog_names_the_keys_that_are_refused_and_no_others():
    assert set(re.findall(r"`([^`]+)`", section("CHANGELOG.md"))) == {"freight"}
