"""`/block` in every state, on the little world: where blocked freight stays, and who passes it by."""

from __future__ import annotations

from app.core.model.names import Sha
from tests.core.blocking import AUTO, HEAD, PROVEN, pushed, shas
from tests.core.world import World, a_pipeline

REVIEWED = HEAD + "  dev: {path: stages/dev, via: pull-request}\n"
SHARED = HEAD + (
    "  one: {path: stages/one, lock: floor, verify: {checks: [one]}}\n"
    "  two: {path: stages/two, lock: floor, verify: {checks: [two]}}\n"
    "locks: {floor: {}}\n"
)
BETWEEN = HEAD + (
    "  dev: {path: stages/dev}\n"
    "  mid: {needs: [dev]}\n"
    "  prod:\n"
    "    needs: [mid]\n"
    "    path: stages/prod\n"
    "    steps: [{uses: copy, with: {from: apps/web, to: .}}]\n"
)
EITHER = HEAD + (
    "  east: {path: stages/east}\n"
    "  west: {path: stages/west, verify: {checks: [west]}}\n"
    "  prod:\n"
    "    needs-any: [east, west]\n"
    "    path: stages/prod\n"
    "    steps: [{uses: copy, with: {from: apps/web, to: .}}]\n"
)


def passes(world: World, stage: str, name: str) -> None:
    world.check(world.last(stage).landed or "", name)
    world.settle()


def test_what_queues_gives_its_turn_to_newer_freight_and_does_not_come_after_it():
    world = a_pipeline(SHARED)
    first = pushed(world, "1")
    assert world.live() == {"one": "held", "two": "queued"}

    world.block(Sha(first))
    world.settle()
    passes(world, "one", "one")  # where it is already it is verified as ever
    assert world.states("one") == ["verified verified"]
    assert world.files("stages/two") == {}
    second = pushed(world, "2")
    world.allow(Sha(first))
    world.settle()

    assert world.states("two")[0] == "superseded superseded"
    assert world.last("two").freight.sha == second


def test_of_all_freight_in_turn_the_next_one_passes_it_by_for_good():
    world = a_pipeline(PROVEN.replace("verify", "queue: all, verify"))
    first, second, third = (pushed(world, text) for text in "123")
    world.block(Sha(second))
    passes(world, "dev", "e2e")
    assert shas(world, "dev") == [first, third]

    world.allow(Sha(second))
    passes(world, "dev", "e2e")

    assert shas(world, "dev") == [first, third]


def test_blocked_newer_freight_takes_nobodys_place():
    for text, stage in ((SHARED, "two"), (REVIEWED, "dev")):
        world = a_pipeline(text)
        first = pushed(world, "1")
        second = world.push({"apps/web/x": "2"})
        world.block(second)
        world.settle()
        assert shas(world, stage) == [first], stage
        assert not world.last(stage).ended


def test_nobody_merges_it_for_us_and_it_goes_on_when_it_is_allowed():
    world = a_pipeline(AUTO)
    first = pushed(world, "1")
    world.block(Sha(first))
    world.wait(minutes=3)
    assert (world.live(), world.files("stages/dev")) == ({}, {})

    world.allow(Sha(first))
    world.wait(minutes=3)

    assert world.states("dev") == ["verifying verifying"]
    assert world.live() == {"dev": "held"}


def test_an_approved_pull_request_keeps_it_until_somebody_moves_it_on():
    world = a_pipeline(REVIEWED)
    first = pushed(world, "1")
    world.review("dev")
    world.block(Sha(first))
    second = pushed(world, "2")
    assert world.verdict("dev", Sha(first)).reason == "blocked"
    assert shas(world, "dev") == [first]

    world.say("promote", "dev", Sha(second))
    world.settle()

    assert world.states("dev") == ["superseded superseded", "in-review"]


def test_it_stays_before_a_stage_that_writes_nothing():
    world = a_pipeline(BETWEEN)
    world.hold("mid")
    first = pushed(world, "1")
    world.block(Sha(first))
    world.resume("mid")
    world.settle()
    assert (world.of("mid"), world.of("prod")) == ([], [])

    world.allow(Sha(first))
    world.settle()

    assert world.files("stages/prod") == {"x": "1"}


def test_older_freight_enters_meanwhile_and_is_not_followed_once_something_newer_landed():
    world = a_pipeline(EITHER)
    world.hold("prod")
    pushed(world, "1")
    second = pushed(world, "2")
    world.block(Sha(second))
    world.resume("prod")
    world.settle()
    assert world.files("stages/prod") == {"x": "1"}

    pushed(world, "3")
    world.allow(Sha(second))
    world.settle()

    assert world.files("stages/prod") == {"x": "3"}
    assert second not in shas(world, "prod")


def test_where_it_is_already_it_is_put_back_tried_again_and_adopted():
    drifted = a_pipeline(HEAD + "  dev: {path: stages/dev, on-drift: block}\n")
    first = pushed(drifted, "1")
    drifted.block(Sha(first))
    drifted.push({"stages/dev/x": "by hand"})
    drifted.command("promote", "dev", Sha(first))
    drifted.settle()
    assert drifted.files("stages/dev") == {"x": "1"}

    failed = a_pipeline(PROVEN)
    first = pushed(failed, "1")
    failed.check(failed.last("dev").landed or "", "e2e", "failure")
    failed.settle()
    failed.block(Sha(first))
    failed.say("retry", "dev", Sha(first))
    failed.settle()
    assert failed.states("dev") == ["failed check-failed", "verifying verifying"]

    found = a_pipeline(HEAD + "  dev: {path: stages/dev}\n")
    found.push({"stages/dev/x": "1"})
    first = found.push({"apps/web/x": "1"})
    found.block(first)
    found.settle()
    assert found.last("dev").freight.sha == first


def test_a_force_push_that_brings_it_back_brings_its_block_back():
    world = a_pipeline(PROVEN)
    before = world.git.heads["main"]
    first = world.push({"apps/web/x": "1"})
    world.block(first)
    world.settle()
    world.reset("main", before)
    world.settle()
    world.reset("main", first)
    world.settle()
    assert world.of("dev") == []

    world.allow(first)
    world.settle()

    assert shas(world, "dev") == [first]


def test_a_persons_promote_waits_for_it_to_be_allowed():
    world = a_pipeline(HEAD + "  dev: {path: stages/dev, auto: false}\n")
    first = pushed(world, "1")
    world.block(Sha(first))
    world.say("promote", "dev", Sha(first))
    world.settle()
    assert world.of("dev") == []

    world.allow(Sha(first))
    world.settle()

    assert world.states("dev") == ["verified verified"]
