"""Which version of the pipeline file is in force, along first parents."""

from __future__ import annotations

import subprocess
import sys
from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.state.in_force import brought, in_force


def line(marks):
    """Commits named by their place, newest first; the marks are letters, `.` is no file."""
    return ((f"c{n}", None if mark == "." else mark) for n, mark in enumerate(marks))


def valid(_commit, mark):
    """Capital letters are valid versions."""
    return mark if mark.isupper() else None


@pytest.mark.parametrize(
    ("marks", "found"),
    [
        ("AAB", ("c0", "A")),
        ("aAB", ("c1", "A")),
        ("aabbA", ("c4", "A")),
        ("abcdefghijklmnopqrstuvwxyz" * 40 + "A", ("c1040", "A")),
        ("a.A", ("c2", "A")),
        (".A", None),
        ("ab", None),
        ("a" * 2000 + "A", ("c2000", "A")),
        ("", None),
    ],
)
def test_the_newest_valid_version_counts_however_far_back_it_lies(marks, found):
    assert in_force(line(marks), valid) == found


class Gone(Exception):
    """A version whose object is not there."""


def judged_or_gone(commit, mark):
    if mark == "!":
        raise Gone
    return valid(commit, mark)


def slow(marks):
    """By the rule's words: no file at the tip, no rules; else the newest that is valid, read or not."""
    if marks[:1] in ("", "."):
        return None
    for n, mark in enumerate(marks):
        if mark == "!":
            return Gone
        if mark.isupper():
            return (f"c{n}", mark)
    return None


@settings(max_examples=1000, derandomize=True, deadline=None)
@given(st.text("abAB.!", max_size=30), st.integers(0, 800))
def test_whatever_history_a_file_has_one_function_says_what_a_slow_one_says(marks, many):
    """However often a version comes again, and however far back the answer lies."""
    marks = marks[:3] + marks[2:3] * many + marks[3:]

    expected = slow(marks)
    if expected is Gone:
        with pytest.raises(Gone):
            in_force(line(marks), judged_or_gone)
    else:
        assert in_force(line(marks), judged_or_gone) == expected


def test_nothing_is_read_below_the_answer():
    endless = ((f"c{n}", "A") for n in count())

    assert in_force(endless, valid) == ("c0", "A")


def test_each_version_is_judged_once():
    asked = []

    def judged(commit, mark):
        asked.append(commit)
        return valid(commit, mark)

    in_force(line("ababab" + "C"), judged)

    assert asked == ["c0", "c1", "c6"]


def test_what_cannot_be_read_is_neither_absent_nor_invalid():
    def torn():
        yield "c0", "a"
        raise OSError

    with pytest.raises(OSError):
        in_force(torn(), valid)


@pytest.mark.parametrize(
    ("marks", "commit"), [("A", "c0"), ("AAB", "c1"), ("AB", "c0"), ("A.A", "c0"), ("AAA", "c2")]
)
def test_the_commit_that_brought_a_version_is_the_oldest_that_holds_it_without_a_break(
    marks, commit
):
    assert brought(line(marks), lambda _: None) == commit


def test_what_was_found_at_an_older_tip_is_not_searched_again():
    known = {"c2": "found", "c3": "wrong"}

    assert brought(line("AAAB"), known.get) == "found"
    assert brought(line("AB" + "B"), {"c1": "wrong"}.get) == "c0"


def test_the_hook_pays_nothing_slow_for_it():
    code = (
        "import sys, app.core.state.in_force; print({'typing', 'dataclasses'} & set(sys.modules))"
    )

    said = subprocess.run(
        [sys.executable, "-S", "-c", code], capture_output=True, text=True, check=True
    )

    assert said.stdout == "set()\n"
