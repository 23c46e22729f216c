"""Every command that a text offers is accepted in the state that shows it: what was found once."""

import pytest

from tests.simulation.test_found import COPY, ONE, TWO, a_story

SETS = [{"uses": "yaml-set", "with": {"file": "k.yaml", "values": {"tag": "${{ freight.short }}"}}}]
STORIES = {
    "a failed freight that newer freight has passed is not tried again": (
        {"s0": {"path": "stages/s0", "steps": COPY, "verify": {"checks": ["t0"]}}},
        [("ci", 0, 6, 0), ("push", 0, 1, 0)],
        {"warehouses": ONE},
    ),
    "a hold on a commit that is no freight": (
        {"s0": {"branch": "env/s0"}},
        [("hold", 0, 4, 0)],
        {"seed": 300030, "warehouses": ONE},
    ),
    "hand edits while the freight is being verified": (
        {
            "s0": {"path": "stages/s0", "steps": SETS},
            "s2": {
                "needs": ["s0"],
                "path": "stages/s2",
                "verify": {"checks": ["t2"]},
                "on-drift": "block",
            },
        },
        [],
        {"seed": 300044, "warehouses": ONE},
    ),
    "the plan on the head of our pull request": (
        {"s1": {"freight": "w1", "branch": "env/s1", "via": "pull-request"}},
        [("hand", 13, 18, 0)],
        {"seed": 300045, "warehouses": TWO},
    ),
    "the head of a pull request that somebody closed": (
        {"s3": {"branch": "env/s3", "via": "pull-request"}},
        [("close-pull", 15, 16, 0)],
        {"seed": 300028},
    ),
    "a hand edit beside another gate that waits": (
        {
            "s0": {
                "freight": "w1",
                "branch": "env/s0",
                "verify": {"checks": ["t0"]},
                "via": "pull-request",
            },
            "s1": {
                "freight": "w1",
                "needs": ["s0"],
                "path": "stages/s1",
                "steps": [{"uses": "copy", "with": {"from": "apps/b", "to": "web"}}],
            },
        },
        [("meanwhile", 9, 4, 1), ("merge-pull", 13, 19, 2)],
        {"seed": 300003, "warehouses": TWO},
    ),
}


@pytest.mark.parametrize("about", STORIES)
def test_what_a_text_offers_is_accepted(about):
    """rule R45: each of these offered a command that was refused when it was typed."""
    stages, events, more = STORIES[about]

    assert a_story(stages, *events, **more).wrong == ""
