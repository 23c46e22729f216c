"""The examples of the papers are true: pipeline files, profiles of lock services, entries of paths."""

import json
import re
import textwrap

import jsonschema
import pytest
import yaml

from app.core.config import parse
from app.core.model.names import WarehouseName
from app.core.paths.watch_rules import compile_rules
from app.settings.lock_profile_file import KINDS, parse_profiles
from tests.paper_texts import BLOCK, CODE, ROOT, TEXTS, table

SCHEMA = json.loads((ROOT / "app/core/schema.json").read_text())
WRONG = "<!-- wrong on purpose -->"


def pipelines() -> list[tuple[str, str, bool]]:
    """(paper, block, whether it is right) for every whole `stagelock.yaml`."""
    found = []
    for paper, text in TEXTS.items():
        for match in BLOCK.finditer(text):
            whole = re.search(r"^version: 1$", match[2], re.MULTILINE)
            if match[1] == "yaml" and whole and "\nservices:\n" not in match[2]:
                before = text[: match.start()].rstrip()
                found.append((paper, match[2], not before.endswith(WRONG)))
    return found


@pytest.mark.parametrize(("paper", "block", "right"), pipelines())
def test_pipelines_in_the_papers_are_valid_unless_wrong_on_purpose(paper, block, right):
    result = parse(block.encode(), "main")
    assert (not result.problems) == right, [str(problem) for problem in result.problems]
    if right:
        jsonschema.validate(yaml.safe_load(block), SCHEMA)


def test_profiles_of_lock_services_in_the_papers_are_valid():
    """Whole files, and the recipes, which are written as what stands below `services`."""
    pages = [text for paper, text in TEXTS.items() if paper.startswith("docs/lock-services")]
    text, found = "\n".join(pages), 0
    for match in BLOCK.finditer(text):
        if match[1] == "yaml" and "type: " in match[2]:
            block = match[2]
            if "services:\n" not in block:
                block = "version: 1\nservices:\n" + textwrap.indent(block, "  ")
            environ = dict.fromkeys(re.findall(r"env\.([A-Z0-9_]+)", block), "canary")
            profiles, problems = parse_profiles(block.encode(), environ)
            assert problems == ()
            found += len(profiles)
    assert found >= len(KINDS)


def test_there_are_pipelines_of_both_kinds():
    assert {right for _, _, right in pipelines()} == {True, False}


def cases() -> list[tuple[str, str, bool]]:
    found = []
    for entry, fits, others in table("docs/layout.md", "entry"):
        for cell, matches in ((fits, True), (others, False)):
            found += [(entry.strip("`"), path, matches) for path in CODE.findall(cell)]
    return found


@pytest.mark.parametrize(("entry", "path", "matches"), cases())
def test_the_path_examples_of_the_manual_are_true(entry, path, matches):
    text = (
        f"version: 1\nwarehouses: {{w: {{paths: [{json.dumps(entry)}]}}}}\n"
        "stages: {s: {path: stages/s, steps: [{uses: copy, with: {from: x, to: x}}]}}\n"
    )
    pipeline = parse(text.encode(), "main").pipeline
    assert pipeline
    rules = compile_rules(pipeline, "main")
    assert rules.is_watched(WarehouseName("w"), path.encode()) is matches
