"""What a rollback rejected is called so everywhere, and what brings it back is said and works."""

from __future__ import annotations

from tests.flows.harness import Flow
from tests.flows.rolling import DEV, HEAD, LOCKED, begun, verified
from tests.flows.words import replies, say

BELOW = f"{HEAD}{DEV}  prod: {{needs: [dev], path: stages/prod, soak: 1h}}\n"
ALONE = f"{HEAD}{DEV}{LOCKED % 'e2e'}locks: {{one: {{}}}}\n"


def at(flow: Flow, stage: str) -> str:
    path = f"stages/{stage}/web/index.html"
    return flow.world.tree("acme/shop", "main", path).get(path, b"").decode()


def asked(flow: Flow, on: str, text: str) -> str:
    say(flow, on, text)
    return replies(flow, on)[-1]


def test_below_a_rolled_back_stage_it_was_rejected_and_nothing_failed(flow: Flow):
    _, second = begun(flow, BELOW, names="one two")
    flow.passes(minutes=5)
    say(flow, second, "/rollback dev")

    run = flow.run(second, "prod")
    assert run is not None
    assert run.title == "not reached: rejected in dev"
    why = asked(flow, second, "/why prod")
    assert "failed" not in f"{run.summary}{why}"
    assert "To do" not in why
    assert f"`/promote dev {second[:12]}`" in why
    assert f"`/promote dev {second[:12]}`" in (run.summary or "")

    assert asked(flow, second, f"/promote dev {second[:12]}").startswith("Accepted")
    flow.passes(hours=1, minutes=5)
    assert at(flow, "dev") == at(flow, "prod") == "two"


def test_retry_of_what_a_rollback_rejected_says_that_it_is_to_be_named(flow: Flow):
    _, second = begun(flow, BELOW, names="one two")
    say(flow, second, "/rollback dev")

    answer = asked(flow, second, "/retry dev")

    assert answer.startswith("Not done: `/retry dev`")
    assert f"web {second[:7]} was rejected in dev by a rollback" in answer
    assert f"Comment `/promote dev {second[:12]}` instead" in answer


def test_what_is_to_be_named_again_may_be_approved(flow: Flow):
    gated = f"{HEAD}{DEV}    approve: {{count: 1, allow-author: true}}\n"
    first = flow.repo({"stagelock.yaml": gated, "apps/web/index.html": "one"})
    say(flow, first, "/approve dev")
    second = flow.push({"apps/web/index.html": "two"})
    say(flow, second, "/approve dev")
    say(flow, second, "/rollback dev")

    assert asked(flow, second, f"/promote dev {second[:12]}").startswith("Accepted")
    say(flow, second, "/rollback dev")
    answer = asked(flow, second, "/approve dev")

    assert "already verified" not in answer
    assert "you have already approved" in answer
    assert at(flow, "dev") == "one"


def test_named_again_and_on_its_way_the_stages_below_wait_for_it(flow: Flow):
    locked = f"{HEAD}{DEV}    lock: one\n  prod: {{needs: [dev], path: stages/prod}}\n"
    _, second = begun(flow, f"{locked}locks: {{one: {{}}}}\n", names="one two")
    say(flow, second, "/hold prod a release")
    third = flow.push({"apps/web/index.html": "three"})
    say(flow, third, "/rollback dev")
    say(flow, third, "/lock one looking")

    say(flow, third, f"/promote dev {third[:12]}")

    run = flow.run(third, "prod")
    assert run is not None
    assert run.title == "waiting for dev"
    assert second != third


def test_while_its_lock_is_awaited_status_calls_what_is_there_rejected(flow: Flow):
    [first] = begun(flow, ALONE, names="one")
    verified(flow, "dev", first)
    second = flow.push({"apps/web/index.html": "two"})
    verified(flow, "dev", second)
    say(flow, second, "/lock one looking")

    say(flow, second, "/rollback dev")

    [row] = [
        line
        for line in asked(flow, second, "/stagelock status").splitlines()
        if line.startswith("| `dev`")
    ]
    assert ", rejected |" in row
    assert at(flow, "dev") == "two"
    say(flow, second, "/unlock one")
    verified(flow, "dev", first)
    assert ", verified |" in asked(flow, second, "/stagelock status")
