"""`/cancel` beside a rollback: the reply names what it ended, and what the stage does next (C55)."""

from __future__ import annotations

from tests.flows.harness import REPO, Flow
from tests.flows.mortal import OrdersLast
from tests.flows.rolling import REVIEWED, VERIFIED, verified
from tests.flows.words import link, ours, replies, say


def going_back(flow: Flow) -> tuple[str, str]:
    """`dev` goes back from the second freight to the first, which is being verified there."""
    first = flow.repo({"stagelock.yaml": VERIFIED, "apps/web/index.html": "one"})
    verified(flow, "dev", first)
    second = flow.push({"apps/web/index.html": "two"})
    verified(flow, "dev", second)
    say(flow, second, "/rollback dev")
    assert flow.state(first, "dev") == "in_progress"
    return first, second


def test_a_cancelled_rollback_is_named_as_one_and_the_hold_that_stays_is_told(flow: Flow):
    first, _ = going_back(flow)

    say(flow, first, "/cancel dev")

    told = next(said for said in replies(flow, first) if said.startswith("Done: "))
    assert told.startswith(f"Done: the rollback of `dev` to {link(flow, first)} is cancelled. ")
    assert f"`/retry dev {first[:12]}` tries it again" in told
    assert "newer freight can enter after `/resume dev`" in told
    assert flow.state(first, "dev") == "cancelled"
    third = flow.push({"apps/web/index.html": "three"})
    assert flow.state(third, "dev") == "queued"


def test_on_the_commit_that_it_leaves_the_refusal_names_what_is_under_way(flow: Flow):
    first, second = going_back(flow)

    say(flow, second, "/cancel dev")

    told = replies(flow, second)[-1]
    assert told.startswith(f"Not done: `/cancel dev`: the promotion of web {second[:7]} to dev is")
    assert f"it goes back to web {first[:7]}" in told
    assert f"Comment `/cancel dev {first[:12]}` instead." in told
    assert flow.state(first, "dev") == "in_progress"

    say(flow, second, f"/cancel dev {first[:12]}")
    assert f"the rollback of `dev` to {link(flow, first)} is cancelled" in replies(flow, second)[-1]


def test_where_another_promotion_is_under_way_the_refusal_names_that_one(flow: Flow):
    first = flow.repo({"stagelock.yaml": VERIFIED, "apps/web/index.html": "one"})
    verified(flow, "dev", first)
    second = flow.push({"apps/web/index.html": "two"})

    say(flow, first, "/cancel dev")

    told = replies(flow, first)[-1]
    assert f"web {second[:7]} is" in told
    assert f"Comment `/cancel dev {second[:12]}` instead." in told


def test_a_stage_on_hold_is_not_said_to_take_newer_freight(flow: Flow):
    first = flow.repo({"stagelock.yaml": VERIFIED, "apps/web/index.html": "one"})
    say(flow, first, "/hold dev the fair is on")

    say(flow, first, "/cancel dev")

    told = replies(flow, first)[-1]
    assert told.startswith(f"Done: the promotion of {link(flow, first)} to `dev` is cancelled. ")
    assert "newer freight can enter after `/resume dev`." in told


def test_after_a_death_it_is_named_as_before_it(flow: Flow):
    first, _ = going_back(flow)
    app = OrdersLast(flow)

    flow.world.comment(REPO, first, "/cancel dev", by="bob")
    app.settle()

    assert app.deaths == ["add_order"]
    said = f"Done: the rollback of `dev` to {link(flow, first)} is cancelled. "
    assert [told for told in replies(flow, first) if told.startswith(said)]


def test_the_freight_that_was_named_is_not_in_the_command_that_is_offered(flow: Flow):
    first, second = going_back(flow)

    say(flow, second, f"/cancel dev {second[:12]}")

    assert f"Comment `/cancel dev {first[:12]}` instead." in replies(flow, second)[-1]


def test_what_is_verified_there_and_was_only_asked_for_again_is_offered_as_such(flow: Flow):
    flow.repo({"stagelock.yaml": REVIEWED, "apps/web/index.html": "one"})
    flow.world.merge(REPO, ours(flow).number)
    flow.settle()
    second = flow.push({"apps/web/index.html": "two"})
    flow.world.merge(REPO, ours(flow).number)
    flow.settle()
    say(flow, second, "/rollback prod")
    say(flow, second, f"/promote prod {second[:12]}")

    say(flow, second, f"/cancel prod {second[:12]}")

    told = replies(flow, second)[-1]
    assert told.startswith(
        f"Done: the promotion of {link(flow, second)} to `prod` is cancelled: it"
    )
    assert "it had not begun, and nothing was written for it" in told
    assert f"`/promote prod {second[:12]}` asks for it again" in told
    assert "/retry" not in told
    say(flow, second, f"/promote prod {second[:12]}")
    assert replies(flow, second)[-1].startswith("Accepted: ")
