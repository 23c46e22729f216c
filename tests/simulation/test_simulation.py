"""Random pipelines, people and faults, by seed: the laws hold after every step, and all ends well."""

import re

import pytest

from tests.simulation.mutations import MUTATIONS, ROOT, patched
from tests.simulation.play import Story, play, shrunk, told

SEEDS = 12
"""A sample; more of them: ``make simulate SEEDS=2000``."""
PARTS = 4
"""In so many tests, so that a failure names a small range."""


@pytest.mark.parametrize("part", range(PARTS))
def test_the_laws_hold_whatever_happens(part):
    for seed in range(part, SEEDS, PARTS):
        story = Story.of(seed)
        if play(story).wrong:
            short = shrunk(story, tries=60)
            pytest.fail(told(short, play(short)), pytrace=False)


def test_a_story_is_the_same_each_time():
    assert play(Story.of(12)).told == play(Story.of(12)).told


@pytest.mark.parametrize("name", MUTATIONS)
def test_a_mutation_applies_to_the_product_as_it_is(name):
    """Whether the simulation catches it: ``make safeguards``."""
    before = (ROOT / MUTATIONS[name].file).read_text()

    assert patched(before, MUTATIONS[name]) != before


def test_the_page_about_it_names_every_mutation_and_no_other():
    page = (ROOT / "docs/simulation.md").read_text(encoding="utf-8")
    part = page.split("## What it would notice")[1].split("## What it would not notice")[0]
    tables = "".join(line for line in part.splitlines() if line.startswith("|"))
    named = set(re.findall(r"`([a-z0-9'-]+)`", tables))
    assert named == set(MUTATIONS)
