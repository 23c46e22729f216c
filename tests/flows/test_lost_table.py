"""Every call of ours that writes has stories in which its answer is lost."""

from __future__ import annotations

import importlib

import pytest

from tests.flows.losing import STORIES, WRITES, Write, named
from tests.repository import text_of, tracked

TOLD = [
    importlib.import_module(name.removesuffix(".py").replace("/", "."))
    for name in tracked(".py")
    if name.startswith("tests/") and "\n@loses(" in text_of(name)
]
"""Where the stories are: each says `loses` of itself when it is imported."""


@pytest.mark.parametrize("call", WRITES, ids=named)
def test_the_answer_to_each_call_that_writes_is_lost_in_a_story(call: Write):
    """The registries of calls and pushes are the list: a new one without a story fails here."""
    assert STORIES[call], f"{named(call)} has no story in which its answer is lost"


def test_the_stories_are_tests():
    names = {name for module in TOLD for name in vars(module)}
    assert {story for stories in STORIES.values() for story in stories} <= names
    assert set(STORIES) <= set(WRITES)
