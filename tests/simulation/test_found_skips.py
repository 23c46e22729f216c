"""Stories in which `--skip-gates` was not told where it took effect, made short."""

from __future__ import annotations

from tests.simulation.stories import COPY, a_story


def test_a_push_in_doubt_names_no_gate_that_is_skipped_since_and_is_not_repeated_by_it():
    """rule C24: the window had closed, the order came, and the same commit was pushed again."""
    stages = {
        "s0": {
            "path": "stages/s0",
            "steps": COPY,
            "windows": {"allow": ["Mon-Sun 10:35-09:05 UTC"]},
        },
        "s1": {"needs": ["s0"], "path": "stages/s1"},
        "s2": {"branch": "env/s2"},
    }
    events = [("closing", 22, 22, 0), ("skip", 21, 4, 0)]
    assert a_story(stages, *events, seed=1126).wrong == ""


def test_a_pull_request_that_skips_a_window_names_it_before_it_may_be_merged():
    """rule C24: its run said that all gates had passed."""
    stages = {
        "s0": {
            "path": "stages/s0",
            "steps": COPY,
            "lock": ["one"],
            "via": "pull-request",
            "merge-within": "2m",
            "windows": {"allow": ["Mon-Sun 10:30-10:00 UTC"]},
        },
        "s1": {"branch": "env/s1", "via": "pull-request"},
    }
    events = [
        ("merge-pull", 3, 16, 0),
        ("merge-pull", 23, 13, 0),
        ("foxtrot", 18, 21, 0),
        ("skip", 4, 2, 0),
        ("skip", 12, 16, 1),
        ("foreign", 3, 0, 0),
        ("wait", 21, 11, 0),
    ]
    assert a_story(stages, *events, seed=1511).wrong == ""


def test_a_promotion_that_is_planned_again_skips_no_gates_by_the_word_for_the_one_before():
    """rule C24: the server refused its stage's branch, which was there later (seed 3009)."""
    stages = {"s0": {"soak": "20m", "branch": "env/s0"}}
    events = [("rejected", 17, 4, 0), ("arrive", 9, 6, 1), ("skip", 8, 16, 0)]
    assert a_story(stages, *events, seed=3009).wrong == ""
