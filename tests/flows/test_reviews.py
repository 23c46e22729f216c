"""Promotions by pull request: the plan check, the grant, who may take it over, and its end."""

from __future__ import annotations

import pytest

from app.sandbox.github.model import Refusal
from tests.flows.harness import REPO, Flow
from tests.flows.reviewed import AUTO, LOCKED, PEOPLE
from tests.flows.words import ours, replies, say

HOOKED = True

LOCKED_AUTO = {
    **LOCKED,
    "stagelock.yaml": LOCKED["stagelock.yaml"].replace("lock: door", "lock: door\n    merge: auto"),
}


def test_a_person_merges_the_pull_request_of_prod(flow: Flow):
    first = flow.repo(PEOPLE)
    pull = ours(flow)
    assert (pull.title, pull.base) == (f"Promote web {first[:7]} to prod", "main")
    assert flow.state(pull.head_sha, "plan") == "success"
    assert flow.state(first, "prod") == "in_progress"

    flow.world.merge(REPO, pull.number, "squash", by="bob")
    flow.settle()

    assert flow.state(first, "prod") == "success"
    assert "stagelock/prod" not in flow.world.branches(REPO)
    assert flow.world.tree(REPO, "main", "stages/prod") == {"stages/prod/web/index.html": b"one"}
    tip = flow.tip()
    flow.sweep()
    flow.look()
    assert flow.tip() == tip
    assert len(flow.world.pulls(REPO)) == 1


def test_a_base_that_moves_does_not_rewrite_the_head(flow: Flow):
    """Reviews stay where they were given; the merge is of what was reviewed."""
    first = flow.repo(PEOPLE)
    head = ours(flow).head_sha
    flow.push({"docs/a.md": "elsewhere"})
    flow.push({"docs/b.md": "elsewhere"})
    assert ours(flow).head_sha == head

    flow.world.merge(REPO, ours(flow).number, "rebase", by="bob")
    flow.settle()
    assert flow.state(first, "prod") == "success"


def test_newer_freight_rewrites_head_and_texts_until_it_is_approved(flow: Flow):
    """From an approval on, what was approved is what is merged; `/promote` moves it on."""
    first = flow.repo(PEOPLE)
    pull = ours(flow)
    before = pull.head_sha
    second = flow.push({"apps/web/index.html": "two"}, "Say two")
    assert pull.head_sha != before
    assert pull.title == f"Promote web {second[:7]} to prod"
    assert "Say two" in (pull.body or "")
    assert flow.state(first, "prod") == "skipped"
    assert len(flow.world.pulls(REPO)) == 1

    flow.world.review(REPO, pull.number, "APPROVE", by="alice")
    flow.settle()
    approved = pull.head_sha
    third = flow.push({"apps/web/index.html": "three"})
    assert pull.head_sha == approved
    assert flow.state(third, "prod") == "queued"

    flow.passes(minutes=2)
    say(flow, pull.number, "/promote prod")
    assert pull.head_sha != approved
    assert pull.title == f"Promote web {third[:7]} to prod"
    flow.world.merge(REPO, pull.number, by="bob")
    flow.settle()
    [text] = replies(flow, pull.number)
    assert f"web {third[:7]}" in text
    assert "**verified**" in text


def test_a_command_just_after_the_head_moved_has_to_name_its_freight(flow: Flow):
    """Its author may have looked at what was there a moment before; the opening is no move."""
    flow.repo(PEOPLE)
    pull = ours(flow)
    say(flow, pull.number, "/promote prod")
    assert "is on its way to prod already" in replies(flow, pull.number)[-1]
    newer = flow.push({"apps/web/index.html": "two"})

    say(flow, pull.number, "/promote prod")

    assert (
        f"moved to `{pull.head_sha[:7]}` within the minute before" in replies(flow, pull.number)[-1]
    )
    assert f"`/promote prod {newer[:12]}`" in replies(flow, pull.number)[-1]
    flow.passes(minutes=2)
    say(flow, pull.number, "/promote prod")
    assert "is on its way to prod already" in replies(flow, pull.number)[-1]


def test_closing_the_pull_request_cancels_and_retry_opens_it_again(flow: Flow):
    first = flow.repo(PEOPLE)
    flow.world.edit_pull(REPO, ours(flow).number, by="bob", state="closed")
    flow.settle()
    run = flow.run(first, "prod")
    assert run is not None
    assert (run.conclusion, run.title) == ("cancelled", "cancelled: its pull request was closed")
    assert "Not merged: pull request 1 was closed." in (run.summary or "")
    assert "stagelock/prod" not in flow.world.branches(REPO)

    say(flow, first, "/retry prod")

    assert ours(flow).state == "open"
    assert len(flow.world.pulls(REPO)) == 2


def test_a_foreign_push_to_our_branch_fails_and_names_who(flow: Flow):
    """A person's commit is never dropped: it stays until somebody decides."""
    first = flow.repo(PEOPLE)
    foreign = flow.world.push(REPO, "stagelock/prod", {"stages/prod/web/x": "mine"}, author="bob")
    flow.settle()

    run = flow.run(first, "prod")
    assert run is not None
    assert run.conclusion == "failure"
    assert "Bob" in (run.summary or "")
    assert flow.world.tip(REPO, "stagelock/prod") == foreign
    flow.look()
    assert flow.world.tip(REPO, "stagelock/prod") == foreign

    flow.world.delete_branch(REPO, "stagelock/prod")
    flow.settle()
    say(flow, first, "/retry prod")
    assert ours(flow).state == "open"


def test_a_pull_request_with_nothing_left_to_change_is_closed(flow: Flow):
    flow.repo(PEOPLE)
    pull = ours(flow)

    flow.push({"stages/prod/web/index.html": "one"}, "Do it by hand")

    assert pull.state == "closed"
    assert pull.merged_at is None
    assert "holds" in flow.world.comments(REPO, pull.number)[-1].body
    assert "stagelock/prod" not in flow.world.branches(REPO)


def test_merge_auto_waits_for_reviews_and_checks_then_merges(flow: Flow):
    flow.world.ci.job("lint", branch="stagelock/*", lasts=None)
    first = flow.repo(AUTO)
    pull = ours(flow)
    flow.world.review(REPO, pull.number, "REQUEST_CHANGES", by="alice")
    flow.ends(pull.head_sha, "lint")
    flow.passes(minutes=2)
    assert pull.state == "open"
    shown = flow.run(first, "prod")
    assert shown is not None
    assert shown.title == "in review: @alice requests changes"
    assert "cannot merge the pull request yet: `@alice` requests changes." in (shown.summary or "")
    assert "**To do:** resolve that on the pull request" in (shown.summary or "")

    flow.world.review(REPO, pull.number, "APPROVE", by="alice")
    flow.settle()

    assert pull.merged_at is not None
    assert flow.state(first, "prod") == "success"


def test_a_refused_merge_says_why_and_is_tried_again(flow: Flow):
    first = flow.repo(
        {
            **AUTO,
            "stagelock.yaml": AUTO["stagelock.yaml"].replace("path: stages/prod", "branch: live"),
        }
    )
    flow.world.protect(REPO, "live", required_checks=["qa"], refuses_pushes=False)
    flow.passes(minutes=2)
    shown = flow.run(first, "prod")
    assert shown is not None
    assert shown.title == "blocked: GitHub refused the merge"
    assert 'Required status check "qa" is expected' in (shown.summary or "")

    flow.world.finish_check(REPO, ours(flow).head_sha, "qa")
    flow.settle()
    flow.passes(minutes=2)
    assert flow.state(first, "prod") == "success"


@pytest.mark.parametrize("files", [AUTO, LOCKED_AUTO], ids=["free", "locked"])
def test_where_the_plan_is_required_our_own_merge_finds_it_green(flow: Flow, files: dict[str, str]):
    """It is the one check to make required: GitHub is not asked for a merge that it must refuse."""
    flow.world.create_repo(REPO, files=files)
    flow.world.protect(
        REPO, "main", required_checks=["stagelock / plan"], refuses_pushes=False, up_to_date=False
    )
    flow.settle()
    head = ours(flow).head_sha
    titles: set[str] = set()

    def watch() -> None:
        titles.update(run.title or "" for run in flow.world.checks(REPO, flow.tip()))

    with flow.after_each_write(watch):
        flow.passes(seconds=61)  # until then other checks may start on the head

    assert [p.merged_at is not None for p in flow.world.pulls(REPO)] == [True]
    assert not [t for t in titles if "refused" in t]
    assert flow.state(head, "plan") == "success"


@pytest.mark.parametrize("files", [AUTO, LOCKED_AUTO], ids=["free", "locked"])
def test_the_plan_on_what_we_merge_ourselves_ends_green(flow: Flow, files: dict[str, str]):
    """Every gate has passed and the grant is held: that is what it says, required or not."""
    flow.repo(files)
    head = ours(flow).head_sha
    flow.passes(minutes=2)
    assert [p.merged_at is not None for p in flow.world.pulls(REPO)] == [True]
    assert flow.state(head, "plan") == "success"
    flow.sweep()
    assert flow.state(head, "plan") == "success"


def test_the_plan_is_green_only_while_the_grant_is_held(flow: Flow):
    """
    Invariant 11: queued while somebody else holds the lock, green with the grant, and taken back
    at GitHub before the grant is given up.
    """
    first = flow.repo(LOCKED)
    pull = ours(flow)
    assert flow.state(pull.head_sha, "plan") == "success"
    [request] = [r for r in flow.requests() if r.state == "held"]

    seen: list[tuple[str, str]] = []

    def watch() -> None:
        [mine] = [r for r in flow.requests() if r.id == request.id]
        seen.append((flow.state(pull.head_sha, "plan"), mine.state))

    with flow.after_each_write(watch):
        flow.passes(minutes=16)

    assert ("queued", "held") in seen
    assert ("success", "queued") not in seen
    plan = flow.run(pull.head_sha, "plan")
    assert plan is not None
    assert flow.state(pull.head_sha, "plan") == "success"  # its turn came again at once
    assert len([r for r in flow.world.checks(REPO, pull.head_sha) if r.name == plan.name]) == 2

    flow.world.merge(REPO, pull.number, by="bob")
    flow.settle()
    assert flow.state(first, "lock / door") == "in_progress"
    flow.finish(flow.tip(), "smoke")
    assert flow.state(first, "lock / door") == "success"
    assert flow.state(first, "prod") == "success"


def test_a_merge_without_the_grant_takes_a_permit_until_its_checks_have_ended(flow: Flow):
    """Out of turn: it landed, so what uses the lock runs now, whoever was next."""
    both = LOCKED["stagelock.yaml"].replace(
        "locks:",
        "  qa:\n    needs: [dev]\n    path: stages/qa\n    lock: door\n"
        "    verify: {checks: [qa]}\nlocks:",
    )
    first = flow.repo({**LOCKED, "stagelock.yaml": both})
    pull = ours(flow)
    holder, waiter = (
        ("prod", "qa") if flow.state(pull.head_sha, "plan") == "success" else ("qa", "prod")
    )
    assert flow.state(pull.head_sha, "plan") == ("success" if holder == "prod" else "queued")
    if holder == "prod":  # let the other one have it first
        flow.passes(minutes=16)
    assert flow.state(pull.head_sha, "plan") == "queued"
    assert waiter in ("qa", "prod")

    flow.world.merge(REPO, pull.number, by="bob")
    flow.settle()

    [out] = [r for r in flow.requests() if r.out_of_turn]
    assert out.stage == "prod"
    assert out.state == "held"
    shown = flow.run(first, "prod")
    assert shown is not None
    assert "**out of turn**" in (shown.summary or "")
    lock = flow.run(flow.landed("qa", first), "lock / door")
    assert lock is not None
    merged = next(p.landed for p in flow.promotions() if p.stage == "prod" and p.landed)
    flow.finish(merged, "smoke")
    assert flow.state(first, "prod") == "success"
    assert [r.state for r in flow.requests() if r.out_of_turn] == ["released"]


def test_update_branch_by_a_person_is_accepted(flow: Flow):
    """A foreign tip with our very outputs is as good as ours."""
    first = flow.repo(PEOPLE)
    flow.push({"docs/a.md": "elsewhere"})
    flow.world.update_branch(REPO, ours(flow).number)
    flow.settle()
    assert flow.state(ours(flow).head_sha, "plan") == "success"
    assert flow.state(first, "prod") == "in_progress"

    with pytest.raises(Refusal):
        flow.world.merge(REPO, ours(flow).number, by="bob", sha="0" * 40)
    flow.world.merge(REPO, ours(flow).number, by="bob")
    flow.settle()
    assert flow.state(first, "prod") == "success"
