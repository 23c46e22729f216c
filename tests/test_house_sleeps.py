"""No test sleeps and hopes: what it waits for is a condition, asked for again and again."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tests.repository import text_of, tracked

PACED = {"tests/crash/hammer.py": "what somebody does who holds a lock, at random"}
"""Where a sleep is not a wait, and why."""


def outside_loops(tree: ast.AST, *, looped: bool = False) -> Iterator[int]:
    """The lines of the calls of a `sleep` that nothing repeats."""
    for node in ast.iter_child_nodes(tree):
        match node:
            case ast.FunctionDef() | ast.Lambda():
                yield from outside_loops(node)
                continue
            case ast.Call(func=ast.Attribute(attr="sleep") | ast.Name(id="sleep")) if not looped:
                yield node.lineno
            case _:
                pass
        repeats = isinstance(node, ast.For | ast.While)
        yield from outside_loops(node, looped=looped or repeats)


def test_no_test_sleeps_but_to_ask_again():
    sleeps = [
        f"{name}:{line}: wait for what you want to see (`until` of tests/processes.py)"
        for name in tracked(".py")
        if name.startswith("tests/") and name not in PACED
        for line in outside_loops(ast.parse(text_of(name)))
    ]

    assert not sleeps, "\n".join(sleeps)


def test_every_exception_is_one():
    unpaced = {n for n in PACED if not list(outside_loops(ast.parse(text_of(n))))}
    assert unpaced == set()
