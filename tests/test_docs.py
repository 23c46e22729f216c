"""What the papers say exists, and what exists is in the papers."""

import re
from collections.abc import Iterator

import pytest
import yaml

from app.__main__ import COMMANDS
from app.cli.lock import FENCE, PERMIT
from app.core.commands import TABLE
from app.core.commands.spec import SKIPPING
from app.core.config.steps.registry import STEPS
from app.core.model.check_names import CONFIG, LOCK, PLAN, PREFIX
from app.core.model.webhook_events import ALWAYS_SENT, HANDLED_EVENTS
from app.github.permissions import needed
from app.settings import Settings
from app.settings.environment import IN_FILES
from tests.paper_texts import (
    BLOCK,
    CODE,
    HIDDEN,
    ROOT,
    TEXTS,
    options,
    prose,
    spans,
    table,
    variables,
)

_LINK = re.compile(r"\]\(([^()\s]+(?:\([^()]*\))?)\)")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


def anchors(text: str) -> set[str]:
    """https://docs.github.com/get-started/writing-on-github: how headings become anchors."""
    found = set()
    for heading in _HEADING.findall(prose(text)):
        plain = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading).lower()
        found.add(re.sub(r"[^\w\- ]", "", plain).strip().replace(" ", "-"))
    return found


@pytest.mark.parametrize("paper", TEXTS)
def test_every_relative_link_leads_somewhere(paper):
    for link in _LINK.findall(CODE.sub("", prose(TEXTS[paper]))):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (ROOT / paper).parent / path if path else ROOT / paper
        assert target.exists(), link
        if anchor:
            assert anchor in anchors(target.read_text(encoding="utf-8")), link


def test_every_decision_is_listed_and_numbered_once():
    files = sorted(path.name for path in (ROOT / "docs/decisions").glob("[0-9]*.md"))
    assert re.findall(r"\]\((\d{4}-[\w-]+\.md)\)", TEXTS["docs/decisions/README.md"]) == files
    assert [int(name[:4]) for name in files] == list(range(1, len(files) + 1))


def typed(text: str) -> Iterator[str]:
    """The command lines of ours that a paper shows: in consoles, and as code that begins so."""
    for kind, block in BLOCK.findall(text):
        if kind in ("console", "sh", "ini"):
            for line in block.splitlines():
                if line.startswith("$ ") or kind == "sh":
                    yield from re.findall(r"(?:^|[ /])stagelock( [^&|#]+)", line.removeprefix("$"))
    for span in spans(text):
        yield from re.findall(r"(?:^|\| |^\.venv/bin/)stagelock( [a-z][^&|]*)", span)


def test_every_command_that_is_mentioned_exists():
    seen = set()
    for paper, text in TEXTS.items():
        for line in typed(text):
            command, *rest = line.split()
            assert command in COMMANDS, f"{paper}: {line}"
            seen.add(command)
            named = {word.partition("=")[0] for word in rest if word.startswith("--")}
            assert named - {"--"} <= options(command), f"{paper}: {line}"
    assert len(seen) > 3


def test_every_option_that_is_mentioned_alone_exists():
    others = {"--skip-gates", "--force-with-lease"}  # a comment's, and Git's
    known = set().union(*(options(command) for command in COMMANDS)) | others
    for paper, text in TEXTS.items():
        for span in spans(text):
            if span.startswith("--"):
                assert span.split()[0] in known, f"{paper}: {span}"


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_and_option_is_documented(command):
    texts = "\n".join(text for paper, text in TEXTS.items() if paper != "CHANGELOG.md")
    assert f"stagelock {command}" in texts
    if command != "hook":  # its options are told by its help and its guide
        for option in options(command) - HIDDEN - {"-h", "--help", "--ref", "--file"}:
            assert option in texts, option


def test_the_settings_are_those_of_the_manual():
    rows = table("docs/operating.md", "variable")
    told = {row[0].strip("`") for row in rows}
    in_files = {f"STAGELOCK_{name}_FILE" for name in IN_FILES}
    assert told == variables() - in_files
    assert told >= {name.removesuffix("_FILE") for name in in_files}
    text = TEXTS["docs/operating.md"]
    assert in_files <= set(re.findall(r"STAGELOCK_[A-Z_]+_FILE", text))


def test_the_defaults_are_those_of_the_manual():
    told = {row[0].strip("`"): row[1].strip("`") for row in table("docs/operating.md", "variable")}
    settings = Settings.load({"HOME": "/home/ada"})
    assert told["STAGELOCK_HOST"] == settings.host
    assert told["STAGELOCK_PORT"] == str(settings.port)
    assert told["STAGELOCK_GITHUB_URL"] == settings.github_url
    assert float(told["STAGELOCK_QUIET_SECONDS"]) == settings.quiet_seconds
    assert float(told["STAGELOCK_SWEEP_SECONDS"]) == settings.sweep_seconds
    assert told["STAGELOCK_LOG_FORMAT"] == settings.log_format


@pytest.mark.parametrize("paper", TEXTS)
def test_every_variable_that_is_mentioned_is_read(paper):
    """Or set: a command under `stagelock lock` is told of its grant."""
    read_or_set = variables() | {FENCE, PERMIT}
    assert set(re.findall(r"STAGELOCK_[A-Z_]+[A-Z]", TEXTS[paper])) <= read_or_set


def test_the_permissions_and_events_are_those_of_the_manual():
    rows = table("docs/operating.md", "permission")
    assert {row[0].strip("`"): row[1] for row in rows} == needed()
    assert all(row[2] for row in rows)
    sentence = re.search(
        r"^Events: (.*?)\. \(", TEXTS["docs/operating.md"], re.MULTILINE | re.DOTALL
    )
    assert sentence
    assert set(CODE.findall(sentence[1])) == HANDLED_EVENTS - ALWAYS_SENT


def test_every_check_that_is_mentioned_is_one_of_ours():
    stages = {"STAGE", "GROUP", "<stage>", "<group>", "..."}
    for text in TEXTS.values():
        for _, block in BLOCK.findall(text):
            if block.lstrip("# .a-z/\n").startswith("version:") or "stages:" in block:
                stages |= set(re.findall(r"^  ([a-z][a-z0-9-]*):", block, re.MULTILINE))
    demo = yaml.safe_load((ROOT / "manifests/demo/stagelock.yaml").read_text())
    stages |= {*demo["stages"], *demo["locks"]}
    fixed = {name.removeprefix(PREFIX) for name in (PLAN, CONFIG)}
    for paper, text in TEXTS.items():
        for span in spans(text):
            if span.startswith(PREFIX):
                name = span.removeprefix(LOCK).removeprefix(PREFIX)
                assert name in stages | fixed, f"{paper}: {span}"


def test_the_checks_are_those_of_the_manual():
    told = {row[0].strip("`") for row in table("docs/checks.md", "check")}
    assert told == {PLAN, CONFIG, f"{PREFIX}STAGE", f"{LOCK}GROUP"}


def test_the_commands_in_comments_are_those_of_the_manual():
    rows = table("docs/checks.md", "command")
    told = {row[0].strip("`"): row[1] for row in rows}
    skipping = {spec.skipping: SKIPPING for spec in TABLE if spec.skipping}
    assert told == {spec.usage: spec.role for spec in TABLE} | skipping


def test_the_commands_of_programs_are_those_of_the_manual():
    section = TEXTS["docs/api.md"].split("## Act")[1].split("\n## ")[0]
    listed = section.split("It may send ")[1].split(". ")[0]

    assert set(re.findall(r"`/(\w+)`", listed)) == {s.verb for s in TABLE if s.scope == "promote"}


def test_the_steps_are_those_of_the_manual():
    section = TEXTS["docs/stagelock-yaml.md"].split("### Steps")[1].split("\n### ")[0]

    assert set(re.findall(r"^\*\*`([a-z-]+)`\*\*", section, re.MULTILINE)) == set(STEPS)
