"""Stories written down event by event, and the warehouses and steps that they use."""

from __future__ import annotations

from tests.simulation.play import Story, play

ONE = {"w0": {"paths": ["apps/a"]}}
TWO = {**ONE, "w1": {"paths": ["apps/b"]}}
EVERYTHING = {"w0": {"paths-ignore": ["stagelock.yaml", "docs/"]}}
COPY = [{"uses": "copy", "with": {"from": "apps/a", "to": "web"}}]


LOCKS = {"one": {"permits": 1}, "two": {"permits": 1}, "three": {"permits": 1}}


def a_story(stages, *events, seed=0, warehouses=None, locks=None):
    document = {
        "version": 1,
        "warehouses": warehouses or EVERYTHING,
        "stages": {name: {"freight": "w0", **stage} for name, stage in stages.items()},
        "locks": {**LOCKS, **(locks or {})},
    }
    return play(Story(seed, document, tuple(events)))
