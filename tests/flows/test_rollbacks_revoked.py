"""`/rollback` to freight whose check fails when it is run again, in the look in which somebody asks for it."""

from __future__ import annotations

from tests.flows.harness import REPO, Flow
from tests.flows.rolling import PLAIN, VERIFIED, begun, hold_of, verified
from tests.flows.words import replies, say

WATCHED = VERIFIED.replace("stages/prod}", "stages/prod, auto: false}")
"""No stage takes the freight of `dev`, so that its checks go on to count."""


def three(flow: Flow) -> tuple[str, str, str]:
    """Three freights, each verified in `dev` after the other."""
    [first] = begun(flow, WATCHED, names="one")
    verified(flow, "dev", first)
    second = flow.push({"apps/web/index.html": "two"})
    verified(flow, "dev", second)
    third = flow.push({"apps/web/index.html": "three"})
    verified(flow, "dev", third)
    return first, second, third


def fails_again(flow: Flow, freight: str) -> None:
    """Its check in `dev` is run again and fails; nobody has looked at that yet."""
    flow.world.finish_check(REPO, flow.landed("dev", freight), "e2e", "failure")


def test_freight_whose_re_run_has_failed_is_no_target_in_the_look_that_finds_it_out(flow: Flow):
    _, second, third = three(flow)

    fails_again(flow, second)
    say(flow, third, f"/rollback dev to {second[:10]}")

    [reply] = replies(flow, third)
    assert "its verification was revoked" in reply
    assert reply.startswith("Not done")
    assert hold_of(flow, "dev") is None


def test_the_newest_earlier_freight_is_then_the_one_before_it(flow: Flow):
    first, second, third = three(flow)

    fails_again(flow, second)
    say(flow, third, "/rollback dev")

    assert flow.landed("dev", first) == flow.tip()


def test_where_the_earlier_freight_is_blocked_the_refusal_says_so_and_what_allows_it(flow: Flow):
    first, second = begun(flow, PLAIN, names="one two")
    say(flow, second, f"/block {first[:7]} leaks a secret")

    say(flow, second, "/rollback dev")
    assert (
        f"web {first[:7]}, which was verified in dev before, is blocked"
        in replies(flow, second)[-1]
    )
    assert f"Comment `/allow web@{first[:12]}` instead." in replies(flow, second)[-1]

    say(flow, second, f"/rollback dev to {first[:7]}")
    assert f"Comment `/allow web@{first[:12]}` instead." in replies(flow, second)[-1]


def test_what_is_taken_back_weeks_after_its_promotion_is_no_success_any_more(flow: Flow):
    *_, third = begun(flow, PLAIN)
    landed = flow.landed("dev", third)
    flow.passes(days=15)

    say(flow, third, "/rollback dev")

    for commit in (third, landed):
        run = flow.run(commit, "dev")
        assert run is not None
        assert run.conclusion == "failure"
        assert (run.title or "").startswith("rejected: rolled back to")
