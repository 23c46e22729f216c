"""What was renamed is called by its new name everywhere: `tests/old_names.py` has the table."""

from __future__ import annotations

import ast
import functools
import re

from tests.old_names import MEMBERS, MODULES, ONE_TYPE, WORDS
from tests.repository import ROOT, text_of, tracked

PLACES = ("app/", "hooks/", "docs/", "tests/")
OF_THEIR_TIME = {
    "app/sql/schema/migrations/versions/": "migrations name what was there when they were written",
    "docs/decisions/": "decisions name the modules of their time (0027)",
    "tests/old_names.py": "the table itself",
}


@functools.cache
def texts():
    names = [name for name in tracked(".py", ".md", ".sh", ".toml") if name.startswith(PLACES)]
    return {name: text_of(name) for name in names if not name.startswith(tuple(OF_THEIR_TIME))}


def named(pattern):
    return [
        f"{name}:{number}: {line.strip()}"
        for name, text in texts().items()
        for number, line in enumerate(text.splitlines(), 1)
        if pattern.search(line)
    ]


def test_no_old_module_is_named():
    """Neither as it is imported nor as a path, with `app` before it or without."""
    paths = "|".join(module.replace(".", "[./]") for module in MODULES)

    assert named(re.compile(rf"(?<![\w./])(?:app[./])?(?:{paths})\b(?![\w-])")) == []


def test_no_old_word_is_left():
    """Neither alone nor as a part of a name."""
    assert named(re.compile(rf"(?:\b|_)(?:{'|'.join(WORDS)})(?:\b|_)")) == []
    assert [name for name in texts() if re.search("|".join(WORDS), name)] == []


def test_no_old_member_is_used():
    assert named(re.compile("|".join(rf"\b{re.escape(name)}\b" for name in MEMBERS))) == []


def test_what_is_new_in_the_table_of_modules_is_there():
    for old, new in MODULES.items():
        there = ROOT / "app" / new.replace(".", "/")
        assert there.is_dir() or there.with_suffix(".py").is_file(), f"{old} -> {new}"


def test_a_name_that_several_types_bore_is_borne_by_one():
    found: dict[str, list[str]] = {name: [] for name in ONE_TYPE}
    for path in tracked(".py"):
        if path.startswith("app/"):
            for node in ast.walk(ast.parse(text_of(path))):
                if isinstance(node, ast.ClassDef) and node.name in found:
                    found[node.name].append(path)

    assert found == {name: [path] if path else [] for name, path in ONE_TYPE.items()}
