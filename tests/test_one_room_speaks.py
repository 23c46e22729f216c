"""
One room speaks: sentences for people stand in `app/core/text`, and in the rooms that are named here.

Read from the source: a text of three words in a row that is no docstring, no message of a log and no text of an error
where it is raised.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parent.parent
SENTENCE = re.compile(r"[A-Za-z][a-z']* [a-z']+,? [a-z']{2,}")
LOGS = {"debug", "info", "warning", "error", "exception"}
SPEAKS = {
    "app/core/remarks/": "what records keep in words, as it was when it was decided (rule N15)",
    "app/core/config/": "the linter's own: what is wrong with `stagelock.yaml`",
    "app/core/paths/": "the linter's own: what is wrong with a path",
    "app/core/yamledit/editor.py": "the linter's own: what is wrong with a file that a step edits",
    "app/core/protection/": "the hook's own: what a push may not do; and what `stagelock rulesets` proposes",
    "app/core/locks/protocol.py": "events, as the manual's table names them; why one comes too late, in an error's text",
    "app/core/rebuild/rows.py": "titles of runs, read where nothing but GitHub is left",
    "app/engine/rebuild/rebuild.py": "the command line's own: what `stagelock rebuild` reports",
    "app/engine/survey/config_in_force.py": "the linter's own: the file is none",
    "app/engine/survey/listening.py": "why GitHub is asked no more, in an error's text",
}


def joined(node):
    """The text of a literal; what an f-string is filled with counts as a word."""
    if isinstance(node, ast.JoinedStr):
        parts = [str(p.value) if isinstance(p, ast.Constant) else "9" for p in node.values]
        return "".join(parts)
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def silent(tree):
    """What nobody reads as an answer: docstrings, logs, errors where they are raised, calls for the log."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            yield node.value
        elif isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "message":
            yield from ast.walk(node)  # raised below
        elif isinstance(node, ast.Raise) or (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in LOGS
        ):
            yield from ast.walk(node)


def sentences(source):
    tree = ast.parse(source)
    quiet = set(map(id, silent(tree)))
    inside = {
        id(part)
        for node in ast.walk(tree)
        if isinstance(node, ast.JoinedStr)
        for part in node.values
    }
    for node in ast.walk(tree):
        if not isinstance(node, ast.expr) or id(node) in quiet | inside:
            continue
        if SENTENCE.search(joined(node)):
            yield node.lineno, joined(node)


def spoken():
    for part in ("app/core", "app/engine"):
        for path in sorted((ROOT / part).rglob("*.py")):
            name = path.relative_to(ROOT).as_posix()
            if not name.startswith("app/core/text/"):
                for line, text in sentences(path.read_text(encoding="utf-8")):
                    yield name, line, text


def test_sentences_stand_in_the_rooms_that_speak():
    elsewhere = [
        f"{name}:{line}: {text}"
        for name, line, text in spoken()
        if not any(name.startswith(place) for place in SPEAKS)
    ]

    assert elsewhere == []


def test_every_room_that_speaks_still_does():
    names = {name for name, _, _ in spoken()}

    for place in SPEAKS:
        assert any(name.startswith(place) for name in names), place
