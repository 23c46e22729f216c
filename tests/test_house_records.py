"""A record says under each field what it is: a paragraph above is read for one field in ten."""

from __future__ import annotations

import ast
import re
from itertools import pairwise

import pytest

from tests.repository import text_of, tracked

FEW = 2
"""A sentence on the whole may name so many fields."""
NOT_OURS = "app/sandbox/github/"
"""Its records are GitHub's own, by GitHub's names."""


def is_record(kind):
    marks = [*kind.decorator_list, *kind.bases]
    return any(re.search("dataclass|NamedTuple", ast.unparse(mark)) for mark in marks)


def told_above(text):
    """The public records of *text* whose docstring tells of fields that have no text of their own."""
    for kind in ast.walk(ast.parse(text)):
        if not isinstance(kind, ast.ClassDef) or kind.name.startswith("_") or not is_record(kind):
            continue
        fields = [line for line in kind.body if isinstance(line, ast.AnnAssign)]
        told = re.findall(r"\*(\w+)\*", ast.get_docstring(kind) or "")
        below = {id(line) for line, text in pairwise(kind.body) if isinstance(text, ast.Expr)}
        bare = {ast.unparse(line.target) for line in fields if id(line) not in below}
        if len(bare.intersection(told)) > FEW:
            yield kind.name


def test_no_record_tells_its_fields_in_a_paragraph():
    assert [
        f"{path}: {name}"
        for path in tracked(".py")
        if path.startswith("app/") and not path.startswith(NOT_OURS)
        for name in told_above(text_of(path))
    ] == []


@pytest.mark.parametrize(("below", "seen"), [("", ["A"]), ('    """Of what."""\n', [])])
def test_a_text_below_a_field_is_seen(below, seen):
    text = f'@dataclass\nclass A:\n    """*a*, *b* and *c*."""\n\n    a: int\n{below}    b: int\n    c: int\n'

    assert list(told_above(text)) == seen
