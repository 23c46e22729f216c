"""Merge groups that hold our own pull request: the plan there is what it is on its head."""

from __future__ import annotations

from app.sandbox.github.model import Pull
from tests.flows.harness import REPO, Flow
from tests.flows.proposing import plans
from tests.flows.reviewed import LOCKED
from tests.flows.words import ours, say


def test_a_merge_group_of_ours_is_green_only_while_the_grant_is_held(flow: Flow):
    """Invariant 11: a queue that requires the plan merges nothing out of turn."""
    flow.repo(LOCKED)
    pull = ours(flow)
    group = flow.world.enqueue(REPO, pull.number)
    flow.settle()
    assert plans(flow, group) == ["success"]
    seen: list[tuple[str, str]] = []

    def watch() -> None:
        seen.append((plans(flow, group)[-1], flow.requests()[0].state))

    with flow.after_each_write(watch):
        flow.passes(minutes=16)  # nobody merges it: its turn is over, and comes again at the end

    assert ("queued", "held") in seen
    assert not {("success", "queued"), ("success", "released")} & set(seen[:-1])
    assert plans(flow, group) == ["success", "success"]


def test_a_gate_that_closes_holds_the_group_up_too(flow: Flow):
    flow.repo(LOCKED)
    pull = ours(flow)
    group = flow.world.enqueue(REPO, pull.number)
    flow.settle()

    say(flow, pull.number, "/hold prod we look at something")

    run = flow.run(group, "plan")
    assert run is not None
    assert (run.status, run.title) == ("queued", flow.title(pull.head_sha, "plan"))
    assert flow.title(group, "plan").startswith("not yet: on hold")

    say(flow, pull.number, "/resume prod")
    assert plans(flow, group)[-1] == "success"
    flow.world.leave_queue(REPO, pull.number, "merged")
    flow.settle()
    assert flow.world.tree(REPO, "main", "stages/prod") == {"stages/prod/web/index.html": b"one"}
    assert flow.promotions()[-1].landed == group


def test_a_group_with_an_edit_on_top_of_ours_waits_as_ours_does(flow: Flow):
    """Groups build on one another: the later one brings what the one before it holds."""
    flow.repo(LOCKED)
    pull = ours(flow)
    group = flow.world.enqueue(REPO, pull.number)
    edit = {"stages/prod/web/index.html": "by hand"}
    flow.world.push(REPO, "topic", edit, author="bob", parent=group)
    other = flow.world.open_pull(REPO, "topic", by="bob")
    later = flow.world.enqueue(REPO, other.number)
    flow.settle()
    say(flow, pull.number, "/hold prod we look at something")

    assert (flow.state(group, "plan"), flow.state(later, "plan")) == ("queued", "queued")


def test_an_edit_by_hand_alone_in_its_group_is_still_an_edit(flow: Flow):
    flow.repo(LOCKED)
    say(flow, ours(flow).number, "/hold prod we look at something")
    edit = {"stages/prod/web/other": "by hand"}
    flow.world.push(REPO, "topic", edit, author="bob", parent=flow.tip())
    other = flow.world.open_pull(REPO, "topic", by="bob")
    group = flow.world.enqueue(REPO, other.number)
    flow.settle()

    run = flow.run(group, "plan")
    assert run is not None
    assert (run.conclusion, run.title) == ("success", "edits prod by hand; promotes nothing")


def test_a_group_of_ours_whose_promotion_ended_keeps_no_success(flow: Flow):
    flow.repo(LOCKED)
    pull = ours(flow)
    group = flow.world.enqueue(REPO, pull.number)
    flow.settle()

    flow.world.edit_pull(REPO, pull.number, by="bob", state="closed")
    flow.settle()

    assert plans(flow, group) == ["success", "cancelled"]
    flow.look()
    assert plans(flow, group) == ["success", "cancelled"]


def two(flow: Flow) -> tuple[Pull, Pull, str, str]:
    """Our pull requests for qa and for prod, and their groups: prod's builds on that of qa."""
    qa = "  qa:\n    needs: [dev]\n    path: stages/qa\n    via: pull-request\nlocks:"
    flow.repo({**LOCKED, "stagelock.yaml": LOCKED["stagelock.yaml"].replace("locks:", qa)})
    hub = flow.world.hub
    of = {pull.head: pull for pull in hub.pulls_of(flow.world.repo(REPO))}
    first, second = of["stagelock/qa"], of["stagelock/prod"]
    below = flow.world.enqueue(REPO, first.number)
    name = f"gh-readonly-queue/main/pr-{second.number}-{below}"
    brings = {"stages/prod/web/index.html": "one"}
    above = flow.world.push(REPO, name, brings, author="bob", parent=below)
    flow.settle()
    assert [plans(flow, group) for group in (below, above)] == [["success"], ["success"]]
    return first, second, below, above


def test_a_group_with_two_of_ours_waits_for_both(flow: Flow):
    first, second, below, above = two(flow)

    say(flow, first.number, "/hold qa we look at something")
    assert (flow.state(below, "plan"), flow.state(above, "plan")) == ("queued", "queued")

    say(flow, first.number, "/resume qa")
    say(flow, second.number, "/hold prod we look at something")
    assert (flow.state(below, "plan"), flow.state(above, "plan")) == ("success", "queued")


def test_a_group_with_one_of_ours_that_is_over_is_never_green_because_of_the_other(flow: Flow):
    """Merged, it would bring to qa what was cancelled there."""
    first, _, below, above = two(flow)

    say(flow, first.number, "/cancel qa")

    assert (flow.state(below, "plan"), flow.state(above, "plan")) == ("cancelled", "cancelled")
    before = flow.writes()
    flow.look()
    assert flow.writes() == before
