"""Every call of ours that writes has stories in which its answer is lost."""

from __future__ import annotations

import pytest

from tests.cli import test_rulesets
from tests.flows import (
    test_cards_kept,
    test_environments_troubles,
    test_introduction,
    test_lost_pushes,
    test_lost_replies,
    test_lost_runs,
    test_pull_openings,
    test_renamed_app,
    test_runs_listed_late,
    test_sought_runs,
    test_stray_runs,
    test_unheard_starts,
)
from tests.flows.losing import STORIES, WRITES, Write, named

TOLD = (
    test_cards_kept,
    test_environments_troubles,
    test_introduction,
    test_lost_pushes,
    test_lost_replies,
    test_lost_runs,
    test_pull_openings,
    test_renamed_app,
    test_rulesets,
    test_runs_listed_late,
    test_sought_runs,
    test_stray_runs,
    test_unheard_starts,
)
"""Where the stories are."""


@pytest.mark.parametrize("call", WRITES, ids=named)
def test_the_answer_to_each_call_that_writes_is_lost_in_a_story(call: Write):
    """The registries of calls and pushes are the list: a new one without a story fails here."""
    assert STORIES[call], f"{named(call)} has no story in which its answer is lost"


def test_the_stories_are_tests():
    names = {name for module in TOLD for name in vars(module)}
    assert {story for stories in STORIES.values() for story in stories} <= names
    assert set(STORIES) <= set(WRITES)
