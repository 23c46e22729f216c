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


@pytest.mark.timeout(100)
def test_more_outputs_than_can_be_compared_in_time_are_refused_at_the_stage_that_has_them():
    """Stages without steps repeat their upstream's outputs: the file grows by one line each."""
    copies = ", ".join(f"{{uses: copy, with: {{from: apps/web, to: w{n}}}}}" for n in range(600))
    text = HEAD + f"stages:\n  s0: {{path: s/0, steps: [{copies}]}}\n"
    text += "".join(f"  s{n}: {{needs: [s{n - 1}], path: s/{n}}}\n" for n in range(1, 900))

    assert told(text) == ["21:3 too-many-outputs"]


def test_what_outputs_leave_alone_counts_with_them():
    left = ", ".join(f"f{n}" for n in range(4000))
    copy = f"{{uses: copy, with: {{from: apps/web, to: w, except: [{left}]}}}}"
    text = HEAD + f"stages:\n  s0: {{path: s/0, steps: [{copy}]}}\n"
    text += "".join(f"  s{n}: {{needs: [s{n - 1}], path: s/{n}}}\n" for n in range(1, 4))

    assert told(text) == ["7:3 too-many-outputs"]


def test_guesses_compare_with_so_many_names_only():
    """Each misspelt name of a thousand would be compared with a thousand others."""
    text = HEAD + "stages:\n  first: {path: s}\n"
    text += "".join(f"  s{n}: {{needs: [firts], path: s/{n}}}\n" for n in range(1500))

    problems = parse(text.encode()).problems

    assert len(problems) == 1500
    assert 1 <= sum(p.suggestion == "first" for p in problems) < 20
