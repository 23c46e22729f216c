"""Whole ticks over lines of branches: what is minted, however far back, and foxtrot merges."""

from datetime import timedelta

import pytest

from app.core.state.lines import BranchLine
from app.engine.survey import branch_lines, checks_heard
from tests.simulation.pipelines import text
from tests.simulation.quiet import COPY, DEV, Quiet, a_world

GATED = {"w0": {"paths": ["apps/a"], "checks": ["build"]}}


def test_a_commit_below_three_others_of_its_push_is_minted_by_the_checks_of_the_pushs_head():
    world = a_world({"dev": DEV}, GATED)
    first = world.server.tips["main"]
    tip = world.made(first, {"apps/a/x": b"1"})
    change = tip
    for n in range(30):
        tip = world.made(tip, {f"docs/{n}": b"x"})
    world.server.push("main", tip)
    world.check(tip, "build")
    world.ticks(5)
    assert world.minted() == [change]


def test_the_head_of_a_push_may_start_its_check_until_the_quiet_time_is_over():
    """rule M7: until then no later commit speaks for it; below its push's head it need not wait."""
    world = a_world({"dev": DEV}, GATED)
    world.check(world.server.tips["main"], "build")
    world.ticks()
    first = world.minted()
    change = world.push({"apps/a/x": b"1"})
    world.check(world.push({"docs/x": b"1"}), "build")
    world.ticks()
    assert world.minted() == first
    world.passes(1.2)
    assert world.minted() == [*first, change]


def test_the_newest_watched_commit_is_minted_however_far_back_it_lies():
    world = Quiet(
        {
            "version": 1,
            "locks": {"one": {"permits": 1}},
            "warehouses": {"w0": {"paths": ["apps/a"]}},
            "stages": {"dev": {"freight": "w0", **DEV}},
        }
    )
    change = tip = world.made(None, {"apps/a/x": b"0"})
    for n in range(branch_lines.LOOKS + 505):
        tip = world.made(tip, {"other/n": str(n).encode()})
    tip = world.made(tip, {"stagelock.yaml": text(world.document)})
    world.server.push("main", tip)
    world.tick()
    assert world.minted() == []
    assert world.wake_at is not None  # this tick has looked at enough: the next one goes on
    assert world.wake_at <= world.now + timedelta(seconds=1)
    world.ticks(4)
    assert world.minted() == [change]


def test_with_endless_pushes_and_slow_checks_freight_is_minted_at_the_pace_of_the_checks():
    world = a_world({"dev": DEV}, GATED)
    pushed = []
    for n in range(1, checks_heard.FOR_MINTING + 10):
        sha = world.server.commit("main", {"apps/a/x": str(n).encode()})
        pushed.append((sha, world.forge.start(sha, "build")))
        world.tick()
    slow, run = pushed[1]
    world.forge.conclude(run, "success")
    world.ticks(3)
    assert world.minted() == [slow]


class TestFoxtrot:
    def test_everything_goes_on_as_if_nothing_had_happened(self):
        stages = {
            "dev": {**DEV, "verify": {"checks": ["e2e"]}},
            "prod": {"path": "stages/prod", "steps": COPY, "needs": ["dev"]},
        }
        world = a_world(stages)
        world.ticks()
        world.check(world.rows("dev")[-1].landed, "e2e")
        world.ticks()
        old = world.server.tips["main"]
        bobs = world.push({"apps/a/x": b"bob"})
        landed = world.rows("dev")[-1].landed
        world.foxtrot(old, {"notes": b"alice"})
        world.ticks()
        assert world.rows("dev")[-1].state == "verifying"
        assert world.rows("dev")[-1].freight.sha == bobs
        world.check(landed, "e2e")
        world.ticks()
        assert world.rows("prod")[-1].freight.sha == bobs
        assert world.rows("prod")[-1].state == "verified"
        assert {p.state for p in world.rows("dev")} == {"verified"}

    def test_what_it_changed_against_the_tip_before_is_minted(self):
        world = a_world({"dev": DEV})
        world.ticks()
        old = world.server.tips["main"]
        world.push({"apps/a/y": b"bob"})
        merge = world.foxtrot(old, {"apps/a/z": b"alice"})
        world.ticks()
        assert world.minted()[-1] == merge
        assert world.rows("dev")[-1].state == "verified"

    @pytest.mark.parametrize("lost", [False, True])
    def test_a_machine_that_remembers_nothing_goes_by_where_our_promotions_landed(self, lost):
        """A rebuilt database, or one of an older version: the line's rows are gone."""
        world = a_world({"dev": DEV})
        world.ticks()
        old = world.server.tips["main"]
        bobs = world.push({"apps/a/x": b"bob"})
        world.foxtrot(old, {"notes": b"alice"})
        if not lost:
            world.ticks()
        world.forget_lines()
        world.boot()
        world.ticks()
        assert world.rows("dev")[-1].freight.sha == bobs
        assert [p.reason for p in world.rows("dev")].count("withdrawn") == 0
        assert world.minted()[-1] == bobs


def test_freight_that_came_back_by_a_second_force_push_is_not_withdrawn_any_more():
    world = a_world({"dev": {**DEV, "auto": False}})
    world.ticks()
    line = world.server.tips["main"]
    change = world.push({"apps/a/x": b"1"})
    tip = world.server.tips["main"]
    world.server.push("main", line)
    world.ticks()
    assert change in world.minted()
    world.server.push("main", tip)
    world.ticks()
    stored = world.store.lines.load(1, "main")
    assert change in BranchLine(stored.at, stored.tips).places


def test_a_look_at_rest_reads_and_writes_no_line():
    world = a_world({"dev": DEV})
    world.ticks()
    before = world.store.lines.version(1, "main")
    world.ticks()
    assert world.store.lines.version(1, "main") == before


def test_an_edit_of_the_warehouses_rules_looks_at_its_commits_anew():
    world = a_world({"dev": DEV})
    world.ticks()
    docs = world.push({"docs/x": b"1"})
    assert docs not in world.minted()
    document = {**world.document, "warehouses": {"w0": {"paths": ["apps/a", "docs"]}}}
    world.push({"stagelock.yaml": text(document)})
    assert docs in world.minted()
