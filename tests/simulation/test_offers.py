"""Every command that a text offers is accepted in the state that shows it: what was found once."""

import pytest

from tests.simulation.stories import COPY, ONE, TWO, a_story

SETS = [{"uses": "yaml-set", "with": {"file": "k.yaml", "values": {"tag": "${{ freight.short }}"}}}]
STORIES: dict[str, tuple[dict, list, dict]] = {
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
    "a failed freight whose next attempt waits behind newer freight": (
        {
            "s0": {
                "freight": "w1",
                "branch": "env/s0",
                "verify": {"checks": ["t0"]},
                "lock": ["one"],
                "queue": "all",
            }
        },
        [("push", 1, 4, 1), ("wait", 4, 22, 0), ("retry", 0, 21, 2)],
        {"seed": 6296, "warehouses": TWO},
    ),
    "a failed freight that is tried again, where it had landed before a force push": (
        {
            "s0": {
                "path": "stages/s0",
                "steps": SETS,
                "verify": {"checks": ["t0"]},
                "on-drift": "overwrite",
            },
            "s1": {
                "needs": ["s0"],
                "path": "stages/s1",
                "verify": {"checks": ["t1"]},
                "timeout-minutes": 20,
                "lock": ["one"],
            },
            "s2": {
                "needs": ["s0"],
                "path": "stages/s2",
                "verify": {"checks": ["t2"]},
                "via": "pull-request",
                "merge": "people",
                "lock": ["one"],
                "on-drift": "block",
            },
        },
        [
            ("mixed", 14, 11, 0),
            ("ci", 10, 3, 0),
            ("wait", 8, 5, 0),
            ("force", 8, 20, 2),
            ("click", 2, 18, 0),
        ],
        {"seed": 8311, "warehouses": {"w0": {"paths-ignore": ["stagelock.yaml", "docs/"]}}},
    ),
    "a failed freight, there where it had landed before a force push and another attempt": (
        {"s0": {"path": "stages/s0"}, "s1": {"path": "stages/s1", "verify": {"checks": ["t1"]}}},
        [("wait", 6, 4, 1), ("force", 18, 8, 0), ("retry", 17, 3, 0)],
        {"seed": 8657, "warehouses": ONE},
    ),
    "the button of a lock's run whose new text was sent, and the answer lost": (
        {
            "s0": {"path": "stages/s0"},
            "s1": {"path": "stages/s1", "lock": ["one"], "verify": {"checks": ["t1"]}},
            "s2": {"branch": "env/s2", "verify": {"checks": ["t2"]}, "lock": ["one"]},
        },
        [
            ("wait", 15, 10, 1),
            ("hand", 13, 16, 1),
            ("retry", 3, 0, 0),
            ("lost", 0, 23, 0),
            ("start", 18, 10, 0),
        ],
        {"seed": 8344, "warehouses": TWO},
    ),
    "the last word of a reply on the commit of another freight": (
        {
            "s0": {
                "path": "stages/s0",
                "steps": SETS,
                "verify": {"checks": ["t0"]},
                "on-drift": "overwrite",
            },
            "s1": {
                "needs": ["s0"],
                "path": "stages/s1",
                "timeout-minutes": 20,
                "via": "pull-request",
                "merge": "auto",
                "lock": ["one"],
            },
            "s2": {"needs": ["s0"], "path": "stages/s2", "timeout-minutes": 20, "lock": ["one"]},
        },
        [
            ("mixed", 16, 11, 1),
            ("promote", 23, 9, 1),
            ("wait", 19, 15, 2),
            ("refuse", 21, 0, 1),
            ("ci", 18, 18, 0),
        ],
        {"seed": 6831, "warehouses": {"w0": {"paths-ignore": ["stagelock.yaml", "docs/"]}}},
    ),
    "a reply that was right when the command took effect, in the tick that then went on": (
        {"s0": {"path": "stages/s0", "verify": {"checks": ["shared"]}}},
        [("ci", 21, 7, 0), ("crash-before", 3, 11, 0), ("promote", 21, 17, 0)],
        {"seed": 5655, "warehouses": TWO},
    ),
    "a reply that was right when the command took effect, and sent once the stage was renamed": (
        {
            "s0": {
                "path": "stages/s0",
                "steps": COPY,
                "at-most-every": "1h",
                "via": "pull-request",
            }
        },
        [
            ("lost", 1, 14, 1),
            ("push", 19, 20, 0),
            ("crash-before", 15, 11, 1),
            ("push", 20, 8, 0),
            ("promote", 8, 20, 0),
            ("edit", 8, 10, 2),
        ],
        {
            "seed": 8957,
            "warehouses": {
                "w0": {"paths-ignore": ["stagelock.yaml", "docs/"], "checks": ["build"]}
            },
        },
    ),
    "a click that is refused, which the reply only names": (
        {
            "s0": {"branch": "env/s0", "verify": {"checks": ["t0*"]}, "on-drift": "overwrite"},
            "s1": {
                "freight": "w1",
                "path": "stages/s1",
                "steps": SETS,
                "lock": ["one"],
                "via": "pull-request",
                "merge": "auto",
            },
            "s2": {
                "freight": "w1",
                "needs": ["s1"],
                "path": "stages/s2",
                "verify": {"checks": ["t2"]},
            },
            "s3": {
                "freight": "w1",
                "needs": ["s1", "s2"],
                "soak": "2h",
                "path": "stages/s3",
                "steps": [{"uses": "copy", "with": {"from": "apps/b", "to": "web"}}],
                "lock": ["two", "one"],
                "timeout-minutes": 90,
            },
            "s4": {
                "freight": "w1",
                "soak": "2h",
                "path": "stages/s4",
                "verify": {"checks": ["t4*"]},
                "on-drift": "overwrite",
            },
        },
        [("wait", 19, 17, 0), ("crash-after", 12, 19, 0), ("merge", 23, 4, 0), ("click", 4, 2, 0)],
        {"seed": 6725, "warehouses": TWO},
    ),
}


@pytest.mark.parametrize("about", STORIES)
def test_what_a_text_offers_is_accepted(about):
    """rule R45: each of these offered a command that was refused when it was typed."""
    stages, events, more = STORIES[about]

    assert a_story(stages, *events, **more).wrong == ""
