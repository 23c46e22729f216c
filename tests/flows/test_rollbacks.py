"""`/rollback`: earlier freight that was verified in a stage comes back, and what was there does not."""

from __future__ import annotations

from app.core.model.names import GroupName, StageName
from tests.flows.harness import REPO, Flow
from tests.flows.rolling import (
    DEV,
    HEAD,
    LOCKED,
    PROD,
    VERIFIED,
    begun,
    hold_of,
    newest_commit,
    verified,
)
from tests.flows.words import replies, say

HOOKED = True

OTHER = DEV.replace("dev", "other") + LOCKED % "smoke"
SHARED = HEAD + DEV + LOCKED % "e2e" + OTHER + PROD


def at(flow: Flow, stage: str, branch: str = "main") -> str:
    files = flow.world.tree(REPO, branch, f"stages/{stage}")
    return files.get(f"stages/{stage}/web/index.html", b"").decode()


def title(flow: Flow, sha: str, stage: str) -> str:
    run = flow.run(sha, stage)
    assert run is not None, (sha, stage)
    return run.title or ""


def test_the_newest_earlier_verified_freight_comes_back_and_the_stage_is_held(flow: Flow):
    _, second, third = begun(flow)

    say(flow, third, "/rollback dev")

    assert at(flow, "dev") == "two"
    assert newest_commit(flow).startswith(f"Promote web {second[:7]} to dev\n")
    assert f"Stagelock-Freight: web@{second}\n" in newest_commit(flow)
    assert flow.state(second, "dev") == "success"
    hold = hold_of(flow, "dev")
    assert hold is not None
    assert hold.by == "bob"
    assert hold.until is None
    flow.push({"apps/web/index.html": "four"})
    assert at(flow, "dev") == "two"


def test_the_reply_says_from_what_to_what_how_much_and_what_is_rejected(flow: Flow):
    _, second, third = begun(flow)

    say(flow, third, "/rollback dev")

    reply = replies(flow, third)[-1]
    assert second[:7] in reply
    assert third[:7] in reply
    assert "1 file" in reply
    assert "rejected" in reply
    assert "/resume dev" in reply


def test_the_run_of_what_comes_back_speaks_of_the_rollback_at_once(flow: Flow):
    _, second, third = begun(flow)

    say(flow, third, "/rollback dev")

    run = flow.run(second, "dev")
    assert run is not None
    assert f"a rollback from [`web {third[:7]}`]" in (run.summary or "")
    assert f"landed as [`{flow.tip()[:7]}`]" in (run.summary or "")


def test_what_it_leaves_is_rejected_and_no_longer_verified_for_the_stages_below(flow: Flow):
    _, _, third = begun(flow)

    say(flow, third, "/rollback dev")
    say(flow, third, "/promote prod")
    flow.passes(minutes=10)

    assert at(flow, "prod") == ""
    assert flow.state(third, "dev") == "failure"
    assert "rolled back" in title(flow, third, "dev")


def test_after_resume_newer_freight_enters_and_nothing_rejected_does(flow: Flow):
    _, second, third = begun(flow)
    say(flow, third, "/rollback dev")

    say(flow, third, "/resume dev")
    flow.passes(minutes=10)
    assert at(flow, "dev") == "two"
    assert flow.state(third, "dev") == "failure"
    assert flow.state(second, "dev") == "success"

    fourth = flow.push({"apps/web/index.html": "four"})
    assert at(flow, "dev") == "four"
    assert flow.state(fourth, "dev") == "success"


def test_rejected_freight_enters_again_when_a_person_names_it(flow: Flow):
    _, _, third = begun(flow)
    say(flow, third, "/rollback dev")
    say(flow, third, "/resume dev")

    say(flow, third, f"/promote dev {third[:12]}")

    assert at(flow, "dev") == "three"
    assert flow.state(third, "dev") == "success"
    say(flow, third, f"/promote prod {third[:12]}")
    assert at(flow, "prod") == "three"  # verified here anew


def test_a_named_freight_comes_back_and_all_between_is_rejected(flow: Flow):
    first, second, third = begun(flow)

    say(flow, third, f"/rollback dev to {first[:10]}")
    say(flow, third, "/resume dev")
    flow.passes(minutes=10)

    assert at(flow, "dev") == "one"
    assert f"Stagelock-Freight: web@{first}\n" in newest_commit(flow)
    assert flow.state(second, "dev") == flow.state(third, "dev") == "failure"


def test_twice_in_a_row_it_goes_further_back_and_everything_newer_stays_out(flow: Flow):
    first, _, third = begun(flow)
    say(flow, third, "/rollback dev")

    say(flow, third, "/rollback dev")
    say(flow, third, "/resume dev")
    flow.passes(minutes=10)

    assert at(flow, "dev") == "one"
    assert flow.state(first, "dev") == "success"
    assert f"Stagelock-Freight: web@{first}\n" in newest_commit(flow)
    flow.push({"apps/web/index.html": "four"})
    assert at(flow, "dev") == "four"


def test_while_a_rollback_is_verified_another_goes_further_back(flow: Flow):
    """The first one never was proved: what it brought back is rejected, too."""
    [first] = begun(flow, VERIFIED, names="one")
    verified(flow, "dev", first)
    second = flow.push({"apps/web/index.html": "two"})
    verified(flow, "dev", second)
    third = flow.push({"apps/web/index.html": "three"})
    verified(flow, "dev", third)
    say(flow, third, "/rollback dev")
    assert at(flow, "dev") == "two"
    assert flow.state(second, "dev") == "in_progress"

    say(flow, third, "/rollback dev")
    flow.finish(flow.landed("dev", second), "e2e", "failure")  # its job ends before anybody writes
    assert at(flow, "dev") == "one"
    verified(flow, "dev", first)
    say(flow, third, "/resume dev")
    flow.passes(minutes=10)

    assert at(flow, "dev") == "one"
    assert [flow.state(sha, "dev") for sha in (first, second, third)] == [
        "success",
        "cancelled",
        "failure",
    ]
    flow.push({"apps/web/index.html": "four"})
    assert at(flow, "dev") == "four"


def test_the_third_time_there_is_nothing_earlier_and_it_says_so(flow: Flow):
    _, _, third = begun(flow)
    say(flow, third, "/rollback dev")
    say(flow, third, "/rollback dev")

    say(flow, third, "/rollback dev")

    assert "no earlier freight was verified in dev" in replies(flow, third)[-1]
    assert at(flow, "dev") == "one"


def test_what_was_never_verified_there_is_no_target(flow: Flow):
    pipeline = f"{HEAD}{DEV}    verify: {{checks: [e2e]}}\n"
    [first] = begun(flow, pipeline, names="one")
    verified(flow, "dev", first)
    second = flow.push({"apps/web/index.html": "two"})
    flow.finish(flow.landed("dev", second), "e2e", "failure")
    third = flow.push({"apps/web/index.html": "three"})
    verified(flow, "dev", third)

    say(flow, third, f"/rollback dev to {second[:10]}")
    assert "was never verified in dev" in replies(flow, third)[-1]
    assert at(flow, "dev") == "three"
    assert hold_of(flow, "dev") is None

    say(flow, third, "/rollback dev")
    assert at(flow, "dev") == "one"


def test_blocked_freight_is_no_target(flow: Flow):
    _, second, third = begun(flow)
    say(flow, third, f"/block {second[:12]} it leaks")

    say(flow, third, f"/rollback dev to {second[:12]}")
    assert "is blocked" in replies(flow, third)[-1]
    assert at(flow, "dev") == "three"

    say(flow, third, "/rollback dev")
    assert at(flow, "dev") == "one"


def test_withdrawn_and_unknown_freight_and_newer_are_refused(flow: Flow):
    first, second = begun(flow, names="one two")
    flow.world.push(REPO, "main", {"apps/web/index.html": "other"}, parent=first, force=True)
    flow.settle()
    tip = flow.newest()

    say(flow, tip, f"/rollback dev to {second[:12]}\n/rollback dev to abcdef123456\n")
    reply = replies(flow, tip)[-1]
    assert "withdrawn" in reply
    assert "no freight of web starts with" in reply
    say(flow, tip, f"/rollback dev to {tip[:12]}\n/rollback nowhere\n/rollback dev first")
    reply = replies(flow, tip)[-1]
    assert "not earlier" in reply
    assert "there is no stage `nowhere`" in reply
    assert at(flow, "dev") == "other"


def test_readers_may_not(flow: Flow):
    *_, third = begun(flow)

    say(flow, third, "/rollback dev", by="carol")

    assert "needs *write*; you have *read*" in replies(flow, third)[-1]
    assert at(flow, "dev") == "three"


def test_what_is_under_way_is_cancelled_and_its_grant_taken_over_when_its_checks_have_ended(
    flow: Flow,
):
    """Nobody else gets the lock in between."""
    [first] = begun(flow, SHARED, names="one")
    verified(flow, "dev", first)
    flow.finish(flow.landed("other", first), "smoke")
    second = flow.push({"apps/web/index.html": "two"})
    landed = flow.landed("dev", second)
    flow.world.start_check(REPO, landed, "e2e", app="jenkins")  # which we cannot cancel
    flow.settle()

    say(flow, second, "/rollback dev")
    assert flow.state(second, "dev") == "cancelled"
    assert at(flow, "dev") == "two"  # its job may still run
    flow.world.finish_check(REPO, landed, "e2e", app="jenkins")
    flow.settle()

    assert at(flow, "dev") == "one"
    assert at(flow, "other") == "one"
    states = {r.stage: r.state for r in flow.requests() if r.state in ("queued", "held")}
    assert states == {"dev": "held", "other": "queued"}
    tokens = [r.tokens[GroupName("one")] for r in flow.requests() if r.stage == "dev" and r.tokens]
    assert tokens == sorted(set(tokens))
    verified(flow, "dev", first)
    flow.settle()
    assert at(flow, "other") == "two"
    assert flow.state(second, "dev") == "cancelled"


def test_what_only_queues_is_cancelled_and_does_not_come_back_by_itself(flow: Flow):
    [first] = begun(flow, SHARED, names="one")
    verified(flow, "dev", first)
    flow.finish(flow.landed("other", first), "smoke")
    second = flow.push({"apps/web/index.html": "two"})
    verified(flow, "dev", second)
    flow.finish(flow.landed("other", second), "smoke")
    third = flow.push({"apps/web/index.html": "three"})
    verified(flow, "dev", third)
    fourth = flow.push({"apps/web/index.html": "four"})
    flow.passes(minutes=2)
    assert {r.stage: r.state for r in flow.requests()}[StageName("dev")] == "queued"

    say(flow, fourth, "/rollback dev")
    assert flow.state(fourth, "dev") == "cancelled"
    flow.finish(flow.landed("other", third), "smoke")
    assert at(flow, "dev") == "two"
    verified(flow, "dev", second)
    say(flow, fourth, "/resume dev")
    flow.passes(minutes=2)

    assert at(flow, "dev") == "two"
    assert flow.state(fourth, "dev") == "cancelled"


def test_under_a_lock_of_somebody_else_it_waits_for_its_turn(flow: Flow):
    [first] = begun(flow, SHARED, names="one")
    verified(flow, "dev", first)
    flow.finish(flow.landed("other", first), "smoke")
    second = flow.push({"apps/web/index.html": "two"})
    verified(flow, "dev", second)
    assert at(flow, "other") == "two"

    say(flow, second, "/rollback dev")
    assert at(flow, "dev") == "two"
    assert flow.state(first, "dev") == "queued"

    flow.finish(flow.landed("other", second), "smoke")
    assert at(flow, "dev") == "one"
    verified(flow, "dev", first)
    assert flow.state(first, "dev") == "success"
