"""A head that was, or was to be, pushed for a pull request is never foreign (W8, N47)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.core.model.names import Sha
from app.core.model.records import Intent
from app.core.planning.pull_actions import DeleteBranch
from tests.core.reviewing import opened

BRANCH = "stagelock/prod"


def updated(world) -> tuple[Sha, Sha]:
    """Somebody presses "Update branch": what had been there, and what is there now."""
    world.push({"README.md": "more"})
    base, head = world.git.heads["main"], world.git.heads[BRANCH]
    update = world.git.commit(world.merged(base, head), (head, base), "Update branch")
    shown(world, update)
    world.settle()
    assert world.last("prod").head == update
    return head, update


def shown(world, tip) -> None:
    """The branch is at *tip*, and the pull request shows that."""
    world.git.heads[BRANCH] = tip
    pull = world.pull("prod")
    world.pulls[pull.number] = replace(pull, head_sha=tip)


def gone(world) -> None:
    """Somebody deletes the branch, and with it closes the pull request."""
    world.close("prod")
    del world.git.heads[BRANCH]
    world.settle()


def test_what_we_pushed_before_somebody_updated_the_branch_may_be_moved():
    world = opened()
    before, _ = updated(world)
    gone(world)
    world.git.heads[BRANCH] = before  # a push of ours that arrives late

    world.push({"apps/web/x": "2"})
    world.settle()

    assert world.states("prod")[-1].startswith("in-review")
    assert world.files("stages/prod", BRANCH) == {"x": "2"}


def test_a_push_without_an_answer_is_ours_though_its_commit_was_never_seen_as_the_head():
    """It is on its way; what is there by then is somebody's update of it."""
    world = opened()
    before, _ = updated(world)
    row = world.last("prod")
    assert row.pushed == (before,)
    world.rows[row.id] = replace(row, intent=None)
    gone(world)
    world.git.heads[BRANCH] = before

    world.push({"apps/web/x": "2"})
    world.settle()

    assert world.states("prod")[-1].startswith("in-review")


def test_each_of_several_heads_of_one_promotion_stays_ours():
    world = opened()
    first = world.git.heads[BRANCH]
    world.push({"stages/prod/x": "by hand"})  # the base moves: it conflicts with its head
    pull = world.pull("prod")
    world.pulls[pull.number] = replace(pull, dirty=True)
    world.settle()
    second = world.git.heads[BRANCH]
    assert second != first
    assert world.last("prod").pushed == (first, second)
    world.pulls[pull.number] = replace(world.pull("prod"), dirty=False)
    gone(world)
    world.git.heads[BRANCH] = first

    world.push({"apps/web/x": "2"})
    world.settle()

    assert world.states("prod")[-1].startswith("in-review")


@pytest.mark.parametrize("old", [True, False])
def test_an_intent_of_before_this_was_remembered_counts_as_before(old):
    """Rows of an older version name no pushed commits."""
    world = opened()
    head = world.git.heads[BRANCH]
    gone(world)
    row = world.last("prod")
    was = Intent(BRANCH, None, head, world.now)
    kept = replace(row, head=None, pushed=(), intent=was if old else None)
    world.rows[row.id] = kept
    world.git.heads[BRANCH] = head

    world.push({"apps/web/x": "2"})
    world.settle()

    assert world.states("prod")[-1].startswith("in-review" if old else "failed foreign-tip")


def test_what_arrives_after_the_merge_of_somebodys_update_is_deleted():
    """What was merged nobody reopens."""
    world = opened()
    before, _ = updated(world)
    world.merge("prod")
    world.settle()
    assert BRANCH not in world.git.heads
    world.git.heads[BRANCH] = before

    world.settle()

    assert BRANCH not in world.git.heads
    assert DeleteBranch(BRANCH, Sha(before)) in world.done


def test_what_somebody_puts_on_top_of_an_old_head_is_not_ours():
    world = opened()
    before, _ = updated(world)
    gone(world)
    world.git.heads[BRANCH] = before
    theirs = world.push({"stages/prod/x": "eve's"}, BRANCH)

    world.push({"apps/web/x": "2"})
    world.settle()

    assert world.states("prod")[-1] == "failed foreign-tip"
    assert world.git.heads[BRANCH] == theirs
