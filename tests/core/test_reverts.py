"""What was taken back since, on the little world: who waits, and whose word passes it."""

from __future__ import annotations

from app.core.model.names import Sha
from app.core.text.gates import table
from tests.core.blocking import AUTO, CHAIN, PROVEN, pushed, shas, taken_back
from tests.core.world import World, a_pipeline


def gate(world: World, stage: str, commit: str) -> tuple[str, str] | None:
    found = world.verdict(stage, Sha(commit))
    return next(((g.state, str(g.reason)) for g in found.gates if g.gate == "reverted"), None)


def test_it_waits_and_newer_freight_without_it_passes_it_by():
    world = a_pipeline(CHAIN)
    first = pushed(world, "1")
    world.check(world.last("prod").landed or "", "smoke")
    world.settle()
    bad = world.push({"apps/web/x": "bad"})
    taken_back(world, bad)
    world.settle()
    assert gate(world, "dev", bad) == ("wait", "reverted")
    assert shas(world, "dev") == [first]

    good = pushed(world, "1 again")

    assert world.last("dev").freight.sha == good
    assert bad not in shas(world, "dev")
    assert bad not in shas(world, "prod")


def test_whatever_else_it_waits_for_the_word_to_type_names_it():
    world = a_pipeline(
        CHAIN.replace("dev: {path: stages/dev}", "dev: {path: stages/dev, auto: false}")
    )
    bad = world.push({"apps/web/x": "bad"})
    taken_back(world, bad)
    world.settle()

    found = world.verdict("dev", Sha(bad))

    rows = table(found, found.gates)
    assert rows.count(f"somebody comments `/promote dev {bad[:12]}`") == 2
    assert "`/promote dev`" not in rows


def test_where_it_is_already_it_stays_and_is_verified():
    world = a_pipeline(PROVEN)
    first = pushed(world, "1")
    taken_back(world, first)
    world.check(world.last("dev").landed or "", "e2e")
    world.settle()
    assert world.states("dev") == ["verified verified"]
    assert gate(world, "dev", first) is None


def test_nobody_merges_it_for_us_until_a_person_says_so():
    world = a_pipeline(AUTO)
    first = world.push({"apps/web/x": "1"})
    taken_back(world, first)
    world.wait(minutes=3)
    assert (world.live(), world.files("stages/dev")) == ({}, {})

    world.say("promote", "dev", first)
    world.wait(minutes=3)
    world.wait(minutes=3)

    assert world.states("dev") == ["verifying verifying"]


def test_its_open_pull_request_is_not_ready_to_merge_any_more():
    """Gates are asked again before every write, and so is this one."""
    world = a_pipeline(AUTO.replace("merge: auto", "merge: people"))
    first = pushed(world, "1")
    world.wait(minutes=3)
    [head] = world.look()[1].heads
    assert head.ready

    taken_back(world, first)
    world.settle()

    [head] = world.look()[1].heads
    assert (head.ready, str(head.verdict.reason)) == (False, "reverted")
    assert world.live() == {}
