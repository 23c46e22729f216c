"""Stories with rollbacks in which the simulation found a defect, made short."""

from __future__ import annotations

from tests.simulation.stories import COPY, ONE, TWO, a_story

LOCKED = {"path": "stages/s0", "steps": COPY, "verify": {"checks": ["t0"]}, "lock": ["one"]}
ARRIVED = (("arrive", 0, 1, 0), ("arrive", 0, 2, 0))


def test_the_button_of_a_rollback_that_failed_tries_it_again():
    """rules K10, R45: it stands with what was to come back, and was refused there (seed 37)."""
    stages = {"s0": {"path": "stages/s0", "steps": COPY}}
    events = [*ARRIVED, ("refuse", 0, 0, 0), ("rollback", 0, 1, 0)]
    assert a_story(stages, *events, warehouses=ONE).wrong == ""


def test_a_rollback_that_waits_behind_a_hand_edit_says_the_word_that_lets_it_go_on():
    """rules D5, R45: `/promote` was offered, and that freight is older (seed 8)."""
    stages = {"s0": {**LOCKED, "on-drift": "block"}}
    events = [*ARRIVED, ("visit", 0, 0, 0), ("rollback", 0, 1, 0), ("hand", 0, 0, 0)]
    assert a_story(stages, *events, warehouses=ONE).wrong == ""


def test_what_a_rollback_ended_is_not_offered_where_somebody_asked_for_it_already():
    """rule R45: the commit that had landed went on offering `/promote` (seed 24)."""
    events = [*ARRIVED, ("push", 0, 5, 0), ("rollback", 0, 1, 0), ("promote", 0, 0, 0)]
    assert a_story({"s0": LOCKED}, *events, warehouses=ONE).wrong == ""


def test_what_a_rollback_is_about_to_end_may_be_named_at_once():
    """rules K5, R45: its reply offered `/promote` of what was still on its way (seed 120)."""
    events = [*ARRIVED, ("slow", 0, 0, 0), ("push", 0, 5, 0), ("rollback", 0, 1, 0)]
    stages = {"s0": {"path": "stages/s0", "steps": COPY}}
    assert a_story(stages, *events, warehouses=ONE).wrong == ""


def test_what_came_back_is_written_again_over_a_hand_edit():
    """rules D5, Q5: what the rollback left is on the branch's line, and not there (seed 3398)."""
    stages = {
        "s0": {"branch": "env/s0"},
        "s2": {"needs": ["s0"], "path": "stages/s2", "via": "pull-request"},
    }
    back = [("arrive", 18, 15, 0), ("arrive", 10, 11, 0), ("rollback", 6, 9, 0)]
    edited = [("arrive", 4, 14, 2), ("hand", 12, 0, 0), ("promote", 12, 18, 0)]
    assert a_story(stages, *back, *edited, seed=3398, warehouses=TWO).wrong == ""
