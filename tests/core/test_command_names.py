"""Which command a misspelt name is said to have meant."""

from __future__ import annotations

import difflib
import string

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from app.core.commands import CommandProblem, parse
from app.core.commands.near import closest
from app.core.commands.table import TABLE

VERBS = tuple(spec.verb for spec in TABLE)
SLIPS = st.tuples(st.sampled_from(VERBS), st.lists(st.tuples(st.integers(0, 40), st.integers(0, 2),
    st.sampled_from(string.ascii_lowercase)), max_size=4))  # fmt: skip


def common(one: str, other: str) -> int:
    """The longest common subsequence, by its definition."""
    before = [0] * (len(other) + 1)
    for a in one:
        row = [0]
        for n, b in enumerate(other):
            row.append(before[n] + 1 if a == b else max(before[n + 1], row[n]))
        before = row
    return before[-1]


def slipped(word: str, slips: list[tuple[int, int, str]]) -> str:
    """*word* with letters put in, left out and replaced."""
    for place, kind, letter in slips:
        at = place % (len(word) + 1)
        word = word[:at] + letter * (kind != 1) + word[at + (kind != 0) :]
    return word


@settings(max_examples=2000, derandomize=True, deadline=None)
@given(
    SLIPS.map(lambda drawn: slipped(*drawn)) | st.text(string.ascii_letters + "-é/", max_size=12)
)
@example("ryery")
def test_a_name_is_near_whose_letters_are_four_fifths_common_in_their_order(word):
    swaps = {word[:n] + word[n : n + 2][::-1] + word[n + 2 :] for n in range(len(word) - 1)}
    if word not in VERBS and swaps & {*VERBS}:
        assert closest(word, VERBS) in swaps
        return
    near = {name: common(word, name) / (len(word) + len(name)) for name in VERBS}
    best = max(near.values())

    said = closest(word, VERBS)

    assert (said is None) == (round(5 * best, 9) < 2)
    assert said is None or near[said] == best


@settings(max_examples=2000, derandomize=True, deadline=None)
@given(SLIPS.map(lambda drawn: slipped(*drawn)))
def test_what_the_standard_library_finds_near_is_near(word):
    assert not difflib.get_close_matches(word, VERBS, 1, 0.8) or closest(word, VERBS)


@pytest.mark.parametrize("word", ["lgtm", "retest", "cc", "assign", "etc", "usr", "why2"])
def test_words_for_others_are_left_alone(word):
    assert not parse(f"/{word} prod")


def test_a_name_as_long_as_a_comment_is_answered():
    (found,) = parse("/stagelock " + "promote" * 9000)

    assert isinstance(found, CommandProblem)
