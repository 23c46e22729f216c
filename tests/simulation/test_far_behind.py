"""Whole ticks over what a look begins without: old promotions, commits that are gone, deep folders."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.sql.records.promotions import NEWEST
from tests.simulation.quiet import COPY, Quiet, a_world

MANY = NEWEST + 4
"""More freights than a look loads the promotions of."""
LOCKED = {"path": "stages/s0", "steps": COPY, "lock": "one", "verify": {"checks": ["t0"]}}


def began(stages: dict, **files: bytes) -> Quiet:
    world: Quiet = a_world(stages, **files)
    world.ticks()
    return world


def test_a_hand_edit_is_kept_however_many_freights_took_the_pull_request_over():
    """rules I13, D3: what was merged last is what the edit is compared with, however long ago."""
    whole = [{"uses": "copy", "with": {"from": "apps/a", "to": "."}}]
    stage = {"path": "stages/prod", "steps": whole, "via": "pull-request"}
    world = began({"prod": stage}, **{"apps/a/y": b"1\n"})
    world.forge.merge(world.rows("prod")[-1].pull, "squash", "bob")
    world.ticks()
    assert world.rows("prod")[-1].state == "verified"

    world.push({"stages/prod/y": b"edited by hand\n"})
    for number in range(1, MANY + 1):
        world.push({"apps/a/x": str(number).encode()})

    row = world.records().promotions[-1]
    assert len(world.records().promotions) == MANY + 1
    head = world.server.tips["stagelock/prod"]
    entry = world.server.at(head, "stages/prod/y")
    assert entry is not None
    assert world.server.objects.blob(entry.id) == b"edited by hand\n"
    assert [(edit.place, edit.fate) for edit in row.edits] == [("stages/prod/y", "kept")]


def test_a_suspect_grant_stays_however_many_freights_went_through_its_stage_since():
    """rule L9: its job runs; only proof or a person frees it."""
    world = began({"s0": LOCKED})
    # Nobody can cancel it.
    world.forge.cancel_workflow = lambda repo, check: False  # type: ignore[method-assign]
    job = world.forge.start(world.rows("s0")[-1].landed, "t0")
    world.passes(61)
    world.ticks()
    world.passes(6)
    (first,) = world.records().requests
    assert first.state == "suspect"

    for number in range(1, MANY + 1):
        world.push({"apps/a/x": str(number).encode()})

    states = {request.id: request.state for request in world.records().requests}
    assert (states.pop(first.id), set(states.values()) & {"held"}) == ("suspect", set())
    world.forge.conclude(job, "success")
    world.ticks()
    assert [r.state for r in world.records().requests if r.id != first.id] == ["held"]


@pytest.mark.parametrize("where", ["main", "a pull request"])
def test_a_folder_that_lies_205_deep_stops_nobody(where):
    """rule Z7: somebody pushes it to main, or proposes it; promotions go on."""
    world = began({"dev": {"path": "stages/dev", "steps": COPY}})
    deep = {"d/" * 205 + "x": b"1"}
    if where == "main":
        world.push(deep)
    else:
        world.server.push("deep", world.made(world.server.tips["main"], deep))
        world.forge.create_pull(world.forge.repo, "deep", "main", "Deep", "")
        world.ticks()
    assert world.clean
    newest = world.push({"apps/a/x": b"2"})
    assert world.clean
    assert [(r.freight.sha, r.state) for r in world.rows("dev")][-1] == (newest, "verified")


def test_a_commit_that_is_in_no_fresh_mirror_stops_nobody():
    """rule Z7: a force push dropped what had landed, and another machine looks from now on."""
    stages = {
        "s0": {"branch": "env/s0", "lock": "one", "verify": {"checks": ["t0"]}},
        "s1": {"branch": "env/s1"},
    }
    world = began(stages)
    world.server.move("env/s0", world.server.line(world.server.tips["env/s0"])[-1])
    world.ticks()
    world.change_machine(timedelta(0))
    for _ in range(3):
        world.ticks(1)
        assert world.clean
    newest = world.push({"apps/a/x": b"2"})
    assert world.clean
    assert [(r.freight.sha, r.state) for r in world.rows("s1")][-1] == (newest, "verified")
