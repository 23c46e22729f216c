"""Files that would keep a worker busy are refused, or judged in moments."""

from __future__ import annotations

import pytest

from app.core.config import parse
from tests.core.problems import HEAD, told


def test_more_expressions_than_can_be_compiled_in_time_are_refused():
    """A file of full size would keep a worker busy for a minute."""
    entries = "\n".join(rf"   - regex:{n}\pL{{9}}" for n in range(2500))
    text = f"version: 1\nwarehouses:\n  w:\n   paths:\n{entries}\nstages:\n  a: {{}}\n"
    assert told(text) == ["105:6 bad-pattern"]


def test_expressions_that_are_too_large_together_are_refused():
    """RE2 would answer "no match" to everything, and no freight would ever be minted."""
    entries = "\n".join(rf"   - regex:{n}\pL{{13}}" for n in range(100))
    text = f"version: 1\nwarehouses:\n  w:\n   paths:\n{entries}\nstages:\n  a: {{}}\n"
    assert told(text) == ["2:1 bad-pattern"]


def full(line):
    """As many numbered lines as a file may hold."""
    lines = [line % {"n": n} for n in range(3000)]
    text = HEAD + "stages:\n"
    for one in lines:
        if len(text) + len(one) > 65536:
            break
        text += one
    return text


@pytest.mark.timeout(100)
@pytest.mark.parametrize(
    "line",
    [
        "  s%(n)d: {path: s/%(n)d}\n",
        "  s%(n)d: {needs: [ghost%(n)dstage]}\n",
        "  s%(n)d: {needs: [s%(n)d]}\n",
        "  s%(n)d: {path: s}\n",
        "  s%(n)d: {path: s, steps: [{uses: yaml-set, with: {file: f, values: {k%(n)d: x}}}]}\n",
    ],
)
def test_a_full_file_is_judged_in_moments(line):
    """The size guard bounds the work only if no check grows with the square of the file."""
    assert parse(full(line).encode()) is not None
