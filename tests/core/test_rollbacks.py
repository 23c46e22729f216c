"""`/rollback` on the little world: what passes, what waits, and what is asked again."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.core.commands import Command, Why
from app.core.commands.useless import useless
from app.core.gates.entry import GATES
from app.core.model.lock_requests import HOLDING, AnyRequest
from app.core.model.names import FreightId, Sha, StageName, WarehouseName
from app.core.model.verdicts import Reason
from tests.core.rolling import DEV, GOOD, HEAD, history, two_in_both
from tests.core.world import World, a_pipeline

GATED = HEAD + (
    "stages:\n"
    "  dev: {path: stages/dev}\n"
    "  prod:\n"
    "    needs: [dev]\n"
    "    path: stages/prod\n"
    "    auto: false\n"
    "    soak: 1h\n"
    "    at-most-every: 1d\n"
    "    windows: {allow: ['Mon 09:00-12:00 UTC']}\n"
)


def holding(world: World) -> list[AnyRequest]:
    return [r for r in world.requests.values() if r.state in HOLDING]


def started(world: World, sha: str) -> None:
    world.say("promote", "prod", Sha(sha))
    world.settle()


def gated() -> tuple[World, list[Sha]]:
    """Two freights in `prod`, a week apart; it is Monday, half past ten."""
    world, shas = a_pipeline(GATED), []
    for number in range(2):
        shas.append(world.push({"apps/web/x": str(number)}))
        world.settle()
        world.wait(hours=1, minutes=30)
        started(world, shas[-1])
        assert world.last("prod").freight.sha == shas[-1]
        world.wait(days=6, hours=22, minutes=30)
    world.wait(hours=-167)
    return world, shas


def test_a_rollback_passes_by_the_gates_that_say_so_and_waits_for_the_others():
    assert {gate.name for gate in GATES if gate.rollback_passes} == {
        "needs",
        "soak",
        "approval",
        "windows",
        "at-most-every",
        "reverted",
    }
    world, shas = gated()
    world.wait(hours=6)  # no window is open, and the last landing was just now
    world.rows = {
        key: replace(row, landed=None, state="failed", verified_at=None)
        if row.stage == "dev" and row.freight.sha == shas[0]
        else row
        for key, row in world.rows.items()
    }  # nor is it verified upstream any more
    world.roll_back("prod", Sha(shas[0]))
    world.settle()

    assert world.files("stages/prod") == {"x": "0"}
    assert world.last("prod").freight.sha == shas[0]


def test_blocked_before_it_begins_nothing_comes_back():
    world, shas = history(GOOD, GOOD)
    world.roll_back("dev", Sha(shas[0]))
    world.block(Sha(shas[0]))
    world.settle()

    assert world.files("stages/dev") == {"x": "1"}


def test_a_rollback_is_no_landing_to_wait_after():
    text = HEAD + "stages:\n  dev: {path: stages/dev, at-most-every: 1h}\n"
    world, shas = a_pipeline(text), []
    for number in range(2):
        shas.append(world.push({"apps/web/x": str(number)}))
        world.settle()
        world.wait(hours=2)
    world.roll_back("dev", shas[0])
    world.settle()
    assert world.files("stages/dev") == {"x": "0"}
    world.resume("dev")

    world.push({"apps/web/x": "new"})
    world.settle()

    assert world.files("stages/dev") == {"x": "new"}


def test_what_was_asked_before_a_rollback_is_over():
    world, shas = gated()
    third = world.push({"apps/web/x": "2"})
    world.wait(hours=6)
    started(world, third)  # waits for a window
    world.roll_back("prod", Sha(shas[0]))
    world.wait(days=7)

    assert world.files("stages/prod") == {"x": "0"}
    assert [order for order in world.orders if order.done_at is None] == []


def test_in_the_queue_it_takes_the_place_and_a_held_grant_passes_to_it_at_the_end_of_its_job():
    world, shas = two_in_both()
    third = world.push({"apps/web/x": "2"})
    world.settle()
    assert world.live() == {"one": "held", "two": "queued"}
    world.check(world.last("one").landed or "", "one", None)
    world.settle()

    world.roll_back("one", shas[0])
    world.settle()
    assert world.at("one", third)[-1].state == "cancelled"
    assert world.files("stages/one") == {"x": "2"}
    world.conclude(world.at("one", third)[-1].landed or "", "one", "failure")
    world.settle()

    assert world.files("stages/one") == {"x": "0"}
    assert world.live() == {"one": "held", "two": "queued"}
    assert "TakeOver" in world.kinds()


def test_what_a_visitor_took_beside_another_stage_s_grant_does_not_pass_to_a_rollback():
    """rules K3, I1: it wrote beside the stage that had been let in (seed 3413)."""
    world, shas = two_in_both()
    world.push({"apps/web/x": "2"})
    world.settle()
    world.check(world.last("one").landed or "", "one")
    world.settle()
    assert world.live() == {"two": "held"}
    earlier = world.at("one", shas[0])[-1].landed or ""

    world.roll_back("one", shas[0])
    world.check(earlier, "one", None)  # somebody runs it again
    world.settle()
    assert sorted(r.holder_kind for r in holding(world)) == ["stage", "visitor"]
    world.conclude(earlier, "one", "success")
    world.settle()

    assert world.files("stages/one") == {"x": "2"}
    assert [r.name for r in holding(world)] == ["two"]


def test_what_a_visitor_took_within_the_permits_does_not_pass_beside_the_grant_that_is_to():
    """rule K3: what a rollback ends keeps its own grant to the end of its checks."""
    world, shas = two_in_both("{permits: 3}")
    third = world.push({"apps/web/x": "2"})
    world.settle()
    going, earlier = (world.at("one", sha)[-1].landed or "" for sha in (third, shas[0]))
    for commit in (going, earlier):
        world.check(commit, "one", None)
    world.settle()
    assert sorted(r.holder_kind for r in holding(world)) == ["stage", "stage", "visitor"]

    world.roll_back("one", shas[0])
    world.settle()
    world.conclude(earlier, "one", "success")
    world.settle()
    assert "TakeOver" not in world.kinds()
    world.conclude(going, "one", "failure")
    world.settle()
    assert world.files("stages/one") == {"x": "0"}


def in_doubt() -> tuple[World, list[Sha]]:
    """Two freights were verified in `dev`; of a third nobody knows yet whether it was pushed."""
    world, shas = history(GOOD, GOOD)
    world.push({"apps/web/x": "2"})
    world.settle()
    world.rows |= {
        key: replace(row, state="writing", landed=None)
        for key, row in world.rows.items()
        if row == world.last("dev")
    }
    return world, shas


def test_what_was_asked_for_before_a_rollback_may_be_asked_for_anew_while_that_waits():
    world, shas = in_doubt()
    dev, freight = StageName("dev"), FreightId(WarehouseName("web"), Sha(shas[1]))
    command = Command("promote", "/promote dev", "write", dev)
    world.say("promote", dev, freight.sha)
    world.roll_back(dev, Sha(shas[0]))

    assert useless(command, dev, freight, *world.look()) is None
    world.say("promote", dev, freight.sha)
    asked = useless(command, dev, freight, *world.look())
    assert asked is not None
    assert asked.why is Why.ASKED_ALREADY


def test_what_comes_back_is_not_called_verified_while_what_is_under_way_ends_first():
    world, shas = in_doubt()
    world.roll_back("dev", Sha(shas[0]))

    found = world.verdict("dev", Sha(shas[0]))

    assert (found.phase, found.reason) == ("waiting", Reason.BUSY)


BELOW = HEAD + ("stages:\n  dev: {path: stages/dev}\n  prod: {needs: [dev], path: stages/prod}\n")


def test_what_a_rollback_rejects_is_rejected_in_the_plan_that_begins_it():
    """Another stage, which is free to take it in that very look, does not."""
    world, shas = a_pipeline(BELOW), []
    for number in range(2):
        shas.append(world.push({"apps/web/x": str(number)}))
        if number:
            world.hold("prod")
        world.settle()
    world.resume("prod")
    world.roll_back("dev", Sha(shas[0]))

    told = world.verdict("prod", Sha(shas[1]))
    world.settle()

    assert (told.phase, told.reason) == ("unreached", Reason.UPSTREAM_REJECTED)
    assert world.files("stages/dev") == world.files("stages/prod") == {"x": "0"}


def test_what_a_rollback_rejects_is_rejected_while_what_is_under_way_ends_first():
    """A push in doubt is waited for; what was verified before it goes nowhere meanwhile."""
    world, shas = in_doubt()

    world.roll_back("dev", Sha(shas[0]))

    assert world.verdict("dev", Sha(shas[1])).reason is Reason.TURNED_AWAY
    assert world.last("dev").state == "writing"


def refused() -> tuple[World, list[Sha]]:
    """A rollback that a branch rule refused; the rule is gone now."""
    world, shas = history(GOOD, GOOD)
    world.refuses["main"] = "GH006: protected"
    world.roll_back("dev", Sha(shas[0]))
    world.settle()
    assert world.states("dev")[-1] == "failed rule-refused"
    world.refuses.clear()
    return world, shas


def test_a_rollback_that_a_rule_refused_is_planned_again_when_the_configuration_changes():
    world, shas = refused()
    world.wait(hours=1)
    assert world.files("stages/dev") == {"x": "1"}

    world.configure(DEV)
    world.settle()

    assert world.files("stages/dev") == {"x": "0"}
    assert world.last("dev").leaves == FreightId(WarehouseName("web"), Sha(shas[1]))
    assert world.verdict("dev", Sha(shas[1])).phase == "turned-away"


@pytest.mark.parametrize("since", ["resume", "order", "newer"])
def test_a_rollback_is_not_planned_again_once_something_else_was_said_or_done(since):
    world, shas = refused()
    match since:
        case "resume":
            world.resume("dev")
        case "order":  # waits for a window, say: the stage is to go on from where it is
            world.say("promote", "dev", Sha(shas[1]))
        case _:
            world.say("promote", "dev", world.push({"apps/web/x": "2"}))
            world.settle()
    attempts = len(world.at("dev", Sha(shas[0])))

    world.configure(DEV)
    world.step()

    assert len(world.at("dev", Sha(shas[0]))) == attempts


def test_a_failed_rollback_offers_retry_until_something_else_is_begun():
    world, shas = refused()
    assert world.verdict("dev", Sha(shas[0])).passed_by == ""

    world.say("promote", "dev", world.push({"apps/web/x": "2"}))
    world.settle()

    assert world.verdict("dev", Sha(shas[0])).passed_by == "newer"


def test_a_failed_rollback_offers_retry_only_while_what_it_brings_back_is_not_blocked():
    world, shas = refused()
    world.block(Sha(shas[0]))
    world.settle()
    assert world.verdict("dev", Sha(shas[0])).passed_by == "blocked"

    world.allow(Sha(shas[0]))
    world.settle()

    assert world.verdict("dev", Sha(shas[0])).passed_by == ""
