"""A local name says what it holds: words that fit anything are the name of nothing."""

from __future__ import annotations

import ast

import pytest

from tests.repository import text_of, tracked

SAY_NOTHING = {
    "found",
    "got",
    "it",
    "obj",
    "one",
    "ones",
    "res",
    "ret",
    "that",
    "thing",
    "things",
    "this",
    "tmp",
    "val",
    "x",
    "y",
}
ROW = "row"
HAS_ROWS = ("app/sql/", "app/cli/status.py", "app/hook/cache.py")
"""A row of a database's table, of one that is printed, of one in a file: there it says what it is."""


def bound(tree):
    """The names that functions, comprehensions and parameters bind in *tree*, with their lines."""
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name, ctx=ast.Store()) | ast.arg(arg=name):
                yield name, node.lineno
            case ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
                yield name, node.lineno
            case ast.ExceptHandler(name=str(name)):
                yield name, node.lineno
            case _:
                pass


def silent(path, text):
    words = SAY_NOTHING if path.startswith(HAS_ROWS) else SAY_NOTHING | {ROW}
    fields = {
        (field.target.id, field.lineno)
        for kind in ast.walk(ast.parse(text))
        if isinstance(kind, ast.ClassDef)
        for field in kind.body
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)
    }
    names = set(bound(ast.parse(text))) - fields
    return [f"{path}:{line}: {name}" for name, line in sorted(names, key=str) if name in words]


def test_no_local_of_the_product_has_a_name_that_says_nothing():
    product = [path for path in tracked(".py") if path.startswith("app/")]

    assert [problem for path in product for problem in silent(path, text_of(path))] == []


@pytest.mark.parametrize(
    "text",
    [
        "def f(found): ...",
        "lambda one: 1",
        "[one for one in names]",
        "for row in rows: ...",
        "if (it := look()): ...",
        "with look() as got: ...",
        "match value:\n    case [this, *ones]: ...",
    ],
)
def test_each_way_to_bind_a_name_is_seen(text):
    assert silent("app/core/a.py", text)


def test_a_row_of_a_table_is_one():
    assert silent("app/sql/a.py", "for row in rows: ...") == []
