"""Random pipelines, people and faults, by seed: the laws hold after every step, and all ends well."""

import pytest

from tests.simulation.play import Story, play, shrunk, told

SEEDS = 80
PARTS = 8
"""In so many tests, so that two processes share them and a failure names a small range."""


@pytest.mark.parametrize("part", range(PARTS))
def test_the_laws_hold_whatever_happens(part):
    """More of them: ``make simulate SEEDS=2000``."""
    for seed in range(part, SEEDS, PARTS):
        story = Story.of(seed)
        if play(story).wrong:
            short = shrunk(story, tries=60)
            pytest.fail(told(short, play(short)), pytrace=False)


def test_a_story_is_the_same_each_time():
    assert play(Story.of(12)).told == play(Story.of(12)).told
