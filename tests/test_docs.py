"""What the papers say exists, and what exists is in the papers."""

import argparse
import ast
import json
import re
import textwrap
import typing
from collections.abc import Iterator
from pathlib import Path

import jsonschema
import pytest
import yaml

from app.__main__ import COMMANDS, _parser
from app.cli.lock import FENCE, PERMIT
from app.core.commands import TABLE
from app.core.config import parse
from app.core.model.check_names import CONFIG, LOCK, PLAN, PREFIX
from app.core.model.names import WarehouseName
from app.core.model.webhook_events import ALWAYS_SENT, HANDLED_EVENTS
from app.core.paths.watch_rules import compile_rules
from app.core.planning.actions import Action
from app.engine.actions.audit import UNAUDITED
from app.engine.actions.dispatch import word_of
from app.engine.deliveries.sweep import KEEP_DELIVERIES
from app.github.permissions import needed
from app.observe import Metrics
from app.observe.gauges import GAUGES
from app.settings import Settings
from app.settings.environment import IN_FILES
from app.settings.lock_profile_file import parse_profiles
from app.sql.store import retention

ROOT = Path(__file__).parents[1]
PAPERS = sorted(
    path
    for pattern in ("*.md", "docs/**/*.md", "hooks/**/*.md", "manifests/**/*.md", "benchmarks/*.md")
    for path in ROOT.glob(pattern)
)
PLANNED = re.compile(r"^- .*\*\(planned\)\*$\n", re.MULTILINE)
"""A rule of docs/behaviour.md about what is not built yet: it may speak of what does not exist."""
TEXTS = {
    str(path.relative_to(ROOT)): PLANNED.sub("", path.read_text(encoding="utf-8"))
    for path in PAPERS
}
SCHEMA = json.loads((ROOT / "app/core/schema.json").read_text())
WRONG = "<!-- wrong on purpose -->"

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
_CODE = re.compile(r"`([^`\n]+)`")
_LINK = re.compile(r"\]\(([^()\s]+(?:\([^()]*\))?)\)")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


def prose(text: str) -> str:
    return _FENCE.sub("", text)


def spans(text: str) -> list[str]:
    return _CODE.findall(prose(text))


def table(paper: str, heading: str) -> list[list[str]]:
    """The cells of the tables of *paper* whose first column is called *heading*."""
    lines = iter(TEXTS[paper].splitlines())
    rows = []
    for line in lines:
        if line.startswith(f"| {heading} |"):
            next(lines)
            for row in lines:
                if not row.startswith("|"):
                    break
                cells = re.split(r"(?<!\\)\|", row.strip("|"))
                rows.append([cell.strip().replace("\\|", "|") for cell in cells])
    return rows


def anchors(text: str) -> set[str]:
    """https://docs.github.com/get-started/writing-on-github: how headings become anchors."""
    found = set()
    for heading in _HEADING.findall(prose(text)):
        plain = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading).lower()
        found.add(re.sub(r"[^\w\- ]", "", plain).strip().replace(" ", "-"))
    return found


@pytest.mark.parametrize("paper", TEXTS)
def test_every_relative_link_leads_somewhere(paper):
    for link in _LINK.findall(_CODE.sub("", prose(TEXTS[paper]))):
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
    for kind, block in _FENCE.findall(text):
        if kind in ("console", "sh", "ini"):
            for line in block.splitlines():
                if line.startswith("$ ") or kind == "sh":
                    yield from re.findall(r"(?:^|[ /])stagelock( [^&|#]+)", line.removeprefix("$"))
    for span in spans(text):
        yield from re.findall(r"(?:^|\| |^\.venv/bin/)stagelock( [a-z][^&|]*)", span)


def options(command: str) -> set[str]:
    """Of the command and of what is below it, as `hook install` is."""

    def of(parser: argparse.ArgumentParser) -> Iterator[str]:
        for action in parser._actions:
            yield from action.option_strings
            if isinstance(action, argparse._SubParsersAction):
                for below in action.choices.values():
                    yield from of(below)

    (top,) = _parser(command)._subparsers._group_actions  # type: ignore[union-attr]
    return set(of(top.choices[command]))  # type: ignore[index]


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


HIDDEN = {"--child-of", "--pulse", "--unheard"}
"""What our processes tell each other."""


class Asked(dict[str, str]):
    """An environment that remembers what was looked up."""

    def __init__(self) -> None:
        super().__init__(HOME="/home/ada")
        self.names: set[str] = set()

    def get(self, name, default=None):
        self.names.add(name)
        return super().get(name, default)


def variables() -> set[str]:
    asked = Asked()
    Settings.load(asked)
    return {name for name in asked.names if name.startswith("STAGELOCK_")}


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


def families() -> set[str]:
    text = Metrics(list).render().decode()
    found = re.findall(r"^# TYPE (stagelock_\w+) ", text, re.MULTILINE)
    return {name for name in found if not name.endswith("_created")}


def test_the_metrics_are_those_of_the_manual():
    rows = table("docs/observability.md", "metric")
    told = {row[0].strip("`") for row in rows}
    assert told == families()
    labels = {row[0].strip("`"): set(_CODE.findall(row[1])) for row in rows}
    for name, (_, of_gauge) in GAUGES.items():
        assert labels[f"stagelock_{name}"] == set(of_gauge), name
    for paper, text in TEXTS.items():
        named = {span for span in spans(text) if re.fullmatch(r"stagelock_[a-z_]+", span)}
        assert named <= told, paper


def test_the_alerts_speak_of_metrics_that_exist():
    rows = table("docs/observability.md", "alert")
    for row in rows:
        (name,) = re.findall(r"stagelock_\w+", row[1])
        assert name in families(), row
    assert rows


def logged(tree: ast.AST) -> Iterator[tuple[ast.Call, str]]:
    """Every call of a logger in a module, with the action that it names ("" for none)."""
    levels = {"debug", "info", "warning", "error", "exception", "critical", "log"}
    for call in ast.walk(tree):
        match call:
            case ast.Call(func=ast.Attribute(value=ast.Name(id="log"), attr=attr)):
                if attr in levels:
                    yield call, _action_of(tree, call)


def _action_of(tree: ast.AST, call: ast.Call) -> str:
    given = next((k.value for k in call.keywords if k.arg == "extra"), None)
    if isinstance(given, ast.Name):  # a variable beside it
        name = given.id
        given = next(
            a.value
            for a in ast.walk(tree)
            if isinstance(a, ast.Assign) and ast.unparse(a.targets[0]) == name
        )
    if isinstance(given, ast.Dict):
        for key, value in zip(given.keys, given.values, strict=True):
            if isinstance(key, ast.Constant) and key.value == "action":
                return str(ast.literal_eval(value)) if isinstance(value, ast.Constant) else "act.*"
    return ""


def test_the_actions_of_the_log_are_those_of_the_manual():
    """Whoever searches or counts log lines does it by their action."""
    used = set()
    for file in sorted((ROOT / "app").rglob("*.py")):
        if not {"hook", "sandbox"} & set(file.relative_to(ROOT).parts):
            for call, action in logged(ast.parse(file.read_text(encoding="utf-8"))):
                assert action, f"{file}:{call.lineno} logs a line without an action"
                used.add(action)
    used.remove("act.*")
    used |= {f"act.{word_of(kind)}" for kind in typing.get_args(Action)}
    rows = table("docs/observability.md", "action")
    told = [action for row in rows for action in _CODE.findall(row[0])]
    assert sorted(told) == sorted(used)


def test_the_kinds_of_audit_entries_are_those_of_the_manual():
    effects = {word_of(kind) for kind in typing.get_args(Action) if kind not in UNAUDITED}
    told = [
        kind
        for row in table("docs/observability.md", "entry's `kind`")
        for kind in _CODE.findall(row[0])
    ]
    assert sorted(told) == sorted(
        {"command", "click", "card", "notice", "run", "pull", "rebuilt"} | effects
    )


def test_what_is_kept_is_what_the_manual_says():
    rows = {row[0]: row[1] for row in table("docs/observability.md", "rows")}
    for name, kept in (
        ("deliveries", KEEP_DELIVERIES),
        ("audit entries", retention.AUDIT),
        ("promotions", retention.ENDED),
        ("finished check runs (our record of them)", retention.RUNS),
        ("comments with commands, orders", retention.ASKED),
    ):
        assert f"{kept.days} days" in rows[name]


def test_the_permissions_and_events_are_those_of_the_manual():
    rows = table("docs/operating.md", "permission")
    assert {row[0].strip("`"): row[1] for row in rows} == needed()
    assert all(row[2] for row in rows)
    sentence = re.search(
        r"^Events: (.*?)\. \(", TEXTS["docs/operating.md"], re.MULTILINE | re.DOTALL
    )
    assert sentence
    assert set(_CODE.findall(sentence[1])) == HANDLED_EVENTS - ALWAYS_SENT


def test_every_check_that_is_mentioned_is_one_of_ours():
    stages = {"STAGE", "GROUP", "<stage>", "<group>", "..."}
    for text in TEXTS.values():
        for _, block in _FENCE.findall(text):
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
    assert told == {spec.usage: spec.role for spec in TABLE}


def pipelines() -> list[tuple[str, str, bool]]:
    """(paper, block, whether it is right) for every whole `stagelock.yaml`."""
    found = []
    for paper, text in TEXTS.items():
        for match in _FENCE.finditer(text):
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
    text, found = TEXTS["docs/lock-services.md"], 0
    for match in _FENCE.finditer(text):
        if match[1] == "yaml" and "type: " in match[2]:
            block = match[2]
            if "services:\n" not in block:
                block = "version: 1\nservices:\n" + textwrap.indent(block, "  ")
            environ = dict.fromkeys(re.findall(r"env\.([A-Z0-9_]+)", block), "canary")
            profiles, problems = parse_profiles(block.encode(), environ)
            assert problems == ()
            found += len(profiles)
    assert found >= 1


def test_there_are_pipelines_of_both_kinds():
    assert {right for _, _, right in pipelines()} == {True, False}


def cases() -> list[tuple[str, str, bool]]:
    found = []
    for entry, fits, others in table("docs/layout.md", "entry"):
        for cell, matches in ((fits, True), (others, False)):
            found += [(entry.strip("`"), path, matches) for path in _CODE.findall(cell)]
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
