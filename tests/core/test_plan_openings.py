"""A pull request whose opening was never answered, and what people did before we asked again."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.core.planning.pull_actions import OpenPull, WriteHead
from tests.core.reviewing import TEXT
from tests.core.world import a_pipeline


def unanswered(extra=""):
    """GitHub has opened it; we do not know that."""
    world = a_pipeline(TEXT % extra)
    world.push({"apps/web/x": "1"})
    world.settle()
    row = world.last("prod")
    world.rows[row.id] = replace(row, pull=None)
    world.done.clear()
    return world


def opened(world):
    return [a.existing for a in world.done if isinstance(a, OpenPull)]


def without_branch(world):
    del world.git.heads["stagelock/prod"]


def test_it_is_found_and_none_is_opened():
    world = unanswered()
    world.settle()
    assert (opened(world), len(world.pulls)) == ([1], 1)
    assert world.last("prod").pull == 1


@pytest.mark.parametrize("method", ["merge", "squash", "rebase"])
@pytest.mark.parametrize("deleted", [False, True])
def test_a_persons_merge_counts(method, deleted):
    world = unanswered()
    sha = world.merge("prod", method)
    if deleted:
        without_branch(world)
    world.settle()
    assert world.states("prod") == ["verified verified"]
    assert world.last("prod").landed == sha
    assert len(world.pulls) == 1
    assert not any(isinstance(a, WriteHead) for a in world.done)


@pytest.mark.parametrize("deleted", [False, True])
def test_a_persons_close_is_a_no(deleted):
    world = unanswered()
    world.close("prod")
    if deleted:
        without_branch(world)
    world.settle()
    assert world.states("prod") == ["cancelled pull-closed"]
    assert len(world.pulls) == 1


def test_after_retry_the_no_of_before_means_nothing():
    world = unanswered()
    world.close("prod")
    world.settle()
    world.say("retry", "prod", world.freights[0].id.sha)
    world.settle()
    assert world.last("prod").state == "in-review"
    assert world.pull("prod").number == 2


def test_a_push_to_it_fails_the_promotion_and_names_who():
    world = unanswered()
    tip = world.push({"stages/prod/x": "eve's"}, "stagelock/prod")
    world.pulls[1] = replace(world.pulls[1], head_sha=tip)
    world.settle()
    assert world.states("prod") == ["failed foreign-tip"]
    assert "eve" in world.last("prod").detail
    assert len(world.pulls) == 1


def test_another_base_is_seen():
    world = unanswered()
    world.git.heads["release"] = world.git.heads["main"]
    world.retarget("prod", "release")
    world.settle()
    assert world.verdict("prod", world.freights[0].id.sha).reason == "wrong-base"
    assert len(world.pulls) == 1


def test_a_merge_into_another_base_is_no_promotion():
    world = unanswered()
    world.git.heads["release"] = world.git.heads["main"]
    world.retarget("prod", "release")
    world.merge("prod")
    world.settle()
    assert world.states("prod") == ["cancelled merged-elsewhere"]
    assert "into release" in world.last("prod").detail


def test_of_other_heads_only_an_open_one_counts():
    world = unanswered()
    world.pulls[1] = replace(world.pulls[1], head_sha="e" * 40)
    world.settle()
    assert opened(world) == [1]

    world = unanswered()
    world.pulls[1] = replace(world.pulls[1], head_sha="e" * 40, state="closed", merged=True)
    world.settle()
    assert opened(world) == [None]
    assert world.last("prod").pull == 2


def test_what_the_base_holds_by_then_is_in_sync_and_none_is_opened():
    world = unanswered()
    world.pulls.clear()
    world.push({"stages/prod/x": "1"})
    world.settle()
    assert world.states("prod") == ["verified in-sync"]
    assert world.pulls == {}


class TestConflict:
    """GitHub says that it conflicts with its base: only the text does, so it is made anew."""

    def dirty(self):
        world = a_pipeline(TEXT % "")
        world.push({"apps/web/x": "1"})
        world.settle()
        world.done.clear()
        world.push({"README.md": "a neighbouring line"})
        world.pulls[1] = replace(world.pulls[1], dirty=True)
        return world

    def test_the_head_is_made_anew_on_the_base(self):
        world = self.dirty()
        before = world.last("prod").head
        world.settle()
        assert [type(a) for a in world.done if isinstance(a, WriteHead)] == [WriteHead]
        assert world.last("prod").head != before
        assert len(world.pulls) == 1

    def test_what_is_said_of_the_head_before_makes_no_other(self):
        """GitHub computes it later; until then it may say so of a head that is on its base."""
        world = self.dirty()
        world.settle()
        assert world.pulls[1].dirty
        world.wait(minutes=5)
        assert len([a for a in world.done if isinstance(a, WriteHead)]) == 1

    def test_an_approval_stays_and_its_freight_too(self):
        world = self.dirty()
        world.review("prod")
        world.push({"apps/web/x": "2"})
        world.settle()
        assert world.files("stages/prod", "stagelock/prod") == {"x": "1"}
        assert world.last("prod").freight == world.freights[0].id
