"""What the papers say is counted, logged, written down and kept: metrics, alerts, actions, audit, rows."""

import ast
import re
import typing
from collections.abc import Iterator

from app.core.planning.actions import Action
from app.engine.actions.audit import UNAUDITED
from app.engine.actions.dispatch import word_of
from app.engine.deliveries.sweep import KEEP_DELIVERIES
from app.observe import Metrics
from app.observe.gauges import GAUGES
from app.ports.audit import VIA
from app.sql.store import retention
from tests.paper_texts import CODE, ROOT, TEXTS, spans, table


def families() -> set[str]:
    text = Metrics(list).render().decode()
    found = re.findall(r"^# TYPE (stagelock_\w+) ", text, re.MULTILINE)
    return {name for name in found if not name.endswith("_created")}


def test_the_metrics_are_those_of_the_manual():
    rows = table("docs/observability.md", "metric")
    told = {row[0].strip("`") for row in rows}
    assert told == families()
    labels = {row[0].strip("`"): set(CODE.findall(row[1])) for row in rows}
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
            case _:
                pass


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
    told = [action for row in rows for action in CODE.findall(row[0])]
    assert sorted(told) == sorted(used)


def test_the_kinds_of_audit_entries_are_those_of_the_manual():
    effects = {word_of(kind) for kind in typing.get_args(Action) if kind not in UNAUDITED}
    told = [
        kind
        for row in table("docs/observability.md", "entry's `kind`")
        for kind in CODE.findall(row[0])
    ]
    assert sorted(told) == sorted(
        {*VIA, "card", "notice", "run", "pull", "rebuilt", "first-file"} | effects
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
