"""What we promise around our pull requests: base, answers that are errors, what is taken back."""

from __future__ import annotations

import re
from collections.abc import Sequence

from tests.flows.harness import REPO, Flow
from tests.flows.proposing import plans
from tests.flows.reviewed import AUTO, LOCKED
from tests.flows.words import ours, say

EACH_VERSION = True  # they tell differently which commit a merge made

LOCKED_AUTO = {
    **LOCKED,
    "stagelock.yaml": LOCKED["stagelock.yaml"].replace(
        "lock: door", "merge: auto\n    lock: door\n    timeout-minutes: 20"
    ),
}


def test_a_head_closed_by_a_person_keeps_no_success_and_loses_it_before_its_grant_goes(flow: Flow):
    flow.repo(LOCKED)
    pull = ours(flow)
    assert plans(flow, pull.head_sha) == ["success"]
    seen: list[tuple[str, str]] = []

    def watch() -> None:
        seen.append((plans(flow, pull.head_sha)[-1], flow.requests()[-1].state))

    with flow.after_each_write(watch):
        flow.world.edit_pull(REPO, pull.number, by="bob", state="closed")
        flow.settle()

    assert plans(flow, pull.head_sha) == ["success", "cancelled"]
    assert ("success", "released") not in seen
    assert [r.state for r in flow.requests()] == ["released"]
    flow.look()
    assert plans(flow, pull.head_sha) == ["success", "cancelled"]


def test_a_head_that_we_may_not_close_keeps_no_success_either(flow: Flow):
    """The stage is removed; GitHub lets us close nothing, and a rule keeps the branch."""
    flow.repo(LOCKED)
    pull = ours(flow)
    flow.world.protect(REPO, "stagelock/prod")
    flow.world.faults.add("PATCH", rf"/pulls/{pull.number}$", "denied", times=1000)
    without = LOCKED["stagelock.yaml"].partition("  prod:")[0]

    flow.push({"stagelock.yaml": without})

    assert pull.state == "open"
    assert plans(flow, pull.head_sha)[-1] == "cancelled"
    assert [r.state for r in flow.requests()] == ["released"]


def test_what_was_merged_keeps_its_success(flow: Flow):
    flow.repo(LOCKED)
    pull = ours(flow)
    flow.world.merge(REPO, pull.number, by="bob")
    flow.settle()
    flow.passes(minutes=2)
    assert plans(flow, pull.head_sha) == ["success"]


def test_an_edit_beside_its_merge_is_drift_and_the_merge_is_where_it_landed(flow: Flow):
    """Neither was looked at between the two; in no version of the API is the edit what landed."""
    first = flow.repo({**AUTO, "stagelock.yaml": AUTO["stagelock.yaml"].replace("auto", "people")})
    flow.world.merge(REPO, ours(flow).number, "merge", by="bob")
    merged = flow.tip()
    edit = {"stages/prod/web/index.html": "edited"}
    flow.world.push(REPO, "main", edit, author="alice", message="Edit")
    flow.settle()

    shown = flow.run(first, "prod")
    assert shown is not None
    assert (shown.conclusion, shown.title) == ("success", "verified; drift: index.html by Alice")
    assert [p.landed for p in flow.promotions() if p.stage == "prod"] == [merged]


def test_on_another_base_it_is_not_merged_and_the_run_says_which_it_needs(flow: Flow):
    first = flow.repo(AUTO)
    pull = ours(flow)
    flow.world.branch(REPO, "release")
    flow.world.edit_pull(REPO, pull.number, by="bob", base="release")
    flow.passes(minutes=3)

    assert pull.merged_at is None
    assert plans(flow, pull.head_sha)[-1] == "queued"
    shown = flow.run(first, "prod")
    assert shown is not None
    assert shown.title == "blocked: its pull request needs the base main"

    flow.world.edit_pull(REPO, pull.number, by="bob", base="main")
    flow.passes(minutes=3)
    [same] = [one for one in flow.world.pulls(REPO) if one.number == pull.number]
    assert same.merged_at is not None
    assert flow.state(first, "prod") == "success"


def test_merged_into_another_base_it_is_cancelled_and_the_base_is_named(flow: Flow):
    first = flow.repo({**AUTO, "stagelock.yaml": AUTO["stagelock.yaml"].replace("auto", "people")})
    pull = ours(flow)
    flow.world.branch(REPO, "release")
    flow.world.edit_pull(REPO, pull.number, by="bob", base="release")
    flow.world.merge(REPO, pull.number, by="bob")
    flow.settle()
    shown = flow.run(first, "prod")
    assert shown is not None
    assert shown.conclusion == "cancelled"
    assert "was merged into release, not into main" in (shown.summary or "")


def test_a_merge_that_is_answered_by_errors_keeps_its_grant_and_fails_at_the_timeout(flow: Flow):
    first = flow.repo(LOCKED_AUTO)
    flow.world.faults.add("PUT", r"/merge$", "error", times=1000)
    for _ in range(30):
        flow.passes(minutes=1)
    pull = ours(flow)
    assert (flow.state(first, "prod"), pull.state) == ("failure", "closed")
    assert len([r for r in flow.requests() if r.granted_at]) == 1
    assert {r.state for r in flow.requests()} <= {"released", "cancelled"}
    assert plans(flow, pull.head_sha)[-1] == "cancelled"


def test_a_merge_whose_answer_was_lost_is_followed_as_landed(flow: Flow):
    first = flow.repo(LOCKED_AUTO)
    flow.world.faults.add("PUT", r"/merge$", "lost", times=1)
    for _ in range(3):
        flow.passes(minutes=1)
    assert flow.state(first, "prod") == "in_progress"
    flow.finish(flow.tip(), "smoke")
    assert flow.state(first, "prod") == "success"


def test_behind_a_persons_lock_our_merge_is_asked_for_once_and_is_green_under_its_grant_alone(
    flow: Flow,
):
    """Invariant 11 where the plan is required: GitHub takes the first attempt."""
    locked = LOCKED_AUTO["stagelock.yaml"]
    say(flow, flow.repo({"stagelock.yaml": locked, "README": "x"}), "/lock door for 2h debugging")
    flow.world.protect(REPO, "main", required_checks=["stagelock / plan"], refuses_pushes=False)
    seen: list[tuple[str, Sequence[str]]] = []

    def watch() -> None:
        if [pull for pull in flow.world.pulls(REPO) if pull.merged_at is None]:
            mine = [r.state for r in flow.requests() if r.stage == "prod" and r.ended_at is None]
            seen.append((flow.state(ours(flow).head_sha, "plan"), mine))

    with flow.after_each_write(watch):
        freight = flow.push({"apps/web/index.html": "one"})
        flow.passes(minutes=2)
        assert flow.state(ours(flow).head_sha, "plan") == "queued"
        say(flow, freight, "/unlock door")
        flow.passes(minutes=2)

    assert ours(flow).merged_at is not None
    asked = [e.status for e in flow.sandbox.exchanges if re.search(r"/pulls/\d+/merge$", e.path)]
    assert asked == [200]
    assert [held for plan, held in seen if plan == "success"]
    assert all(held == ["held"] for plan, held in seen if plan == "success")
    assert plans(flow, ours(flow).head_sha)[-1] == "success"


LOCKED_WITHIN = {
    **LOCKED,
    "stagelock.yaml": LOCKED["stagelock.yaml"].replace(
        "lock: door", "merge-within: 10m\n    lock: door"
    ),
}


def merge_first(flow: Flow) -> None:
    """What is there later is held against it: a head is made anew where people edit beside it."""
    flow.world.merge(REPO, ours(flow).number, by="bob")
    flow.settle()
    flow.finish(flow.tip(), "smoke")


def test_a_head_that_is_made_anew_for_the_same_freight_leaves_no_success_on_the_old_one(flow: Flow):
    """Invariant 11: pushed back to our branch, the old head could be merged at once."""
    flow.repo(LOCKED_WITHIN)
    merge_first(flow)
    freight = flow.push({"apps/web/index.html": "two"})
    old = ours(flow).head_sha
    assert plans(flow, old) == ["success"]
    seen: set[tuple[str, str]] = set()

    def watch() -> None:
        seen.add((plans(flow, old)[-1], flow.requests()[-1].state))

    with flow.after_each_write(watch):
        flow.push({"stages/prod/web/beside": "by hand"}, "Edit")
        new = ours(flow).head_sha
        assert new != old
        assert flow.state(new, "plan") == "success"
        assert plans(flow, old) == ["success", "cancelled"]
        say(flow, freight, "/lock door for 2h debugging")
        flow.passes(minutes=11)

    assert flow.state(new, "plan") == "queued"
    assert plans(flow, old) == ["success", "cancelled"]
    assert {state for plan, state in seen if plan == "success"} == {"held"}


def test_a_head_that_newer_freight_replaced_keeps_no_success_without_a_lock_either(flow: Flow):
    flow.repo({**AUTO, "stagelock.yaml": AUTO["stagelock.yaml"].replace("auto", "people")})
    old = ours(flow).head_sha
    assert plans(flow, old) == ["success"]

    flow.push({"apps/web/index.html": "two"})

    assert flow.state(ours(flow).head_sha, "plan") == "success"
    assert plans(flow, old) == ["success", "cancelled"]


def test_what_somebody_made_of_our_head_keeps_no_success_once_it_is_replaced(flow: Flow):
    """By "Update branch": it was the head, though it was never pushed by us."""
    flow.repo({**AUTO, "stagelock.yaml": AUTO["stagelock.yaml"].replace("auto", "people")})
    merge_first(flow)
    flow.push({"apps/web/index.html": "two"})
    first = ours(flow).head_sha
    flow.push({"README": "more"})
    flow.world.update_branch(REPO, ours(flow).number)
    flow.settle()
    update = ours(flow).head_sha
    assert update != first
    assert (plans(flow, first)[-1], plans(flow, update)[-1]) == ("cancelled", "success")

    flow.push({"stages/prod/web/beside": "by hand"}, "Edit")

    assert ours(flow).head_sha != update
    assert plans(flow, update) == ["success", "cancelled"]
