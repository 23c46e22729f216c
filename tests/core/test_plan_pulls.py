"""Promotions by pull request: opened, kept right, approved, merged by anybody, closed."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from app.core.model.records import Intent
from app.core.planning.pull_actions import OpenPull, WriteHead
from tests.core.reviewing import TEXT, opened, ready
from tests.core.world import START, a_pipeline


def heads(world):
    return [a for a in world.done if isinstance(a, WriteHead)]


def test_it_opens_when_the_freight_is_verified_upstream():
    world = opened()
    pull = world.pull("prod")
    assert (pull.state, pull.base_ref, pull.head_ref) == ("open", "main", "stagelock/prod")
    assert world.files("stages/prod", "stagelock/prod") == {"x": "1"}
    assert world.files("stages/prod") == {}


def test_with_auto_false_it_opens_when_a_person_starts_it():
    world = opened(", auto: false")
    assert world.pulls == {}
    world.say("promote", "prod")
    world.settle()
    assert world.pull("prod").state == "open"


def test_other_gates_are_asked_for_the_merge():
    world = opened(", soak: 1h")
    assert world.pull("prod").state == "open"
    assert ready(world) == [False]
    assert world.settle().wake_at == START + timedelta(hours=1)
    world.wait(hours=1)
    assert ready(world) == [True]


@pytest.mark.parametrize("method", ["merge", "squash", "rebase"])
def test_a_merge_counts_whatever_its_method(method):
    world = opened()
    world.push({"README.md": "meanwhile"})
    sha = world.merge("prod", method)
    world.settle()
    assert world.states("prod") == ["verified verified"]
    assert world.last("prod").landed == sha
    assert "stagelock/prod" not in world.git.heads


def test_the_base_moving_does_not_rewrite_the_head():
    world = opened()
    world.push({"README.md": "meanwhile"})
    world.settle()
    assert len(heads(world)) == 1


def test_newer_freight_rewrites_the_head_of_the_same_pull_request():
    world = opened()
    world.push({"apps/web/x": "2"})
    world.settle()
    assert len(world.pulls) == 1
    assert world.files("stages/prod", "stagelock/prod") == {"x": "2"}
    assert world.states("prod") == ["superseded superseded", "in-review"]


def test_other_outputs_on_the_base_rewrite_the_head():
    world = a_pipeline("""
version: 1
warehouses: {web: {paths: [apps/web/]}}
stages:
  prod:
    path: stages/prod
    via: pull-request
    steps: [{uses: copy, with: {from: apps/web, to: ., except: [own]}}]
""")
    world.push({"apps/web/x": "1"})
    world.settle()
    world.push({"stages/prod/own": "theirs"})
    world.settle()
    assert len(heads(world)) == 1


def test_while_its_head_cannot_be_rewritten_nothing_says_that_it_may_be_merged():
    world = opened()
    world.merge("prod")
    world.push({"apps/web/x": "2"})
    world.settle()
    assert ready(world) == [True]
    world.push({"stages/prod/y": "by hand"})
    row = world.last("prod")
    until = world.now + timedelta(seconds=30)
    world.rows[row.id] = replace(row, errors_since=world.now, retry_at=until, detail="502")
    assert ready(world) == [False]
    world.now = until
    world.settle()
    assert world.files("stages/prod", "stagelock/prod") == {"x": "2", "y": "by hand"}
    assert ready(world) == [True]


class TestApproved:
    def approved(self):
        world = opened()
        world.review("prod")
        world.push({"apps/web/x": "2"})
        world.settle()
        return world

    def test_it_keeps_its_freight_and_newer_freight_waits(self):
        world = self.approved()
        assert world.states("prod") == ["in-review"]
        assert world.files("stages/prod", "stagelock/prod") == {"x": "1"}
        world.merge("prod")
        world.settle()
        assert world.files("stages/prod") == {"x": "1"}
        assert world.pull("prod").state == "open"
        assert world.files("stages/prod", "stagelock/prod") == {"x": "2"}

    @pytest.mark.parametrize("named", [True, False])
    def test_promote_moves_it_on(self, named):
        world = self.approved()
        world.say("promote", "prod", world.freights[-1].id.sha if named else None)
        world.settle()
        assert world.files("stages/prod", "stagelock/prod") == {"x": "2"}
        assert world.records.orders == ()

    def test_a_dismissed_approval_is_none(self):
        world = self.approved()
        world.review("prod", "DISMISSED")
        world.settle()
        assert world.files("stages/prod", "stagelock/prod") == {"x": "2"}


class TestEnds:
    def test_closing_it_cancels_the_promotion(self):
        world = opened()
        world.close("prod")
        world.settle()
        assert world.states("prod") == ["cancelled pull-closed"]
        assert "bob" in world.last("prod").detail
        assert "stagelock/prod" not in world.git.heads
        world.wait(days=1)
        assert len(world.of("prod")) == 1

    def test_retry_opens_another(self):
        world = opened()
        world.close("prod")
        world.settle()
        world.say("retry", "prod", world.freights[0].id.sha)
        world.settle()
        assert world.pull("prod").number == 2

    def test_a_head_that_arrives_after_we_closed_it_leaves_no_branch(self):
        """Its first push had had no answer; what comes back long after that is somebody's wish."""
        world = opened()
        head = world.last("prod").head
        world.say("cancel", "prod", world.freights[-1].id.sha)
        world.settle()
        assert world.states("prod") == ["cancelled cancelled"]
        world.git.heads["stagelock/prod"] = head
        world.wait(minutes=2)
        assert "stagelock/prod" not in world.git.heads
        world.git.heads["stagelock/prod"] = head
        world.wait(minutes=11)
        assert "stagelock/prod" in world.git.heads

    def test_nothing_left_to_change_closes_it(self):
        world = opened()
        world.push({"stages/prod/x": "1"})
        world.settle()
        assert world.pull("prod").state == "closed"
        assert world.states("prod") == ["verified in-sync"]

    def test_closed_by_us_before_it_was_recorded_is_not_cancelled(self):
        world = opened()
        world.push({"stages/prod/x": "1"})
        world.close("prod")
        world.settle()
        assert world.last("prod").state == "verified"

    def test_a_merge_of_other_content_verifies_nothing_and_is_recomputed(self):
        world = opened(", on-drift: overwrite")
        world.push({"stages/prod/y": "drift"})
        world.merge("prod")
        world.settle()
        assert world.states("prod") == ["superseded landed-otherwise", "in-review"]
        assert world.files("stages/prod", "stagelock/prod") == {"x": "1"}
        drift = world.verdict("prod", world.freights[0].id.sha).drift
        assert [(edit.place, edit.who) for edit in drift.edits] == [("stages/prod/y", ("work",))]
        world.merge("prod")
        world.settle()
        assert world.last("prod").state == "verified"
        assert [e.fate for e in world.last("prod").edits] == ["replaced"]

    def test_a_merge_of_other_content_keeps_what_people_added(self):
        world = opened()
        world.push({"stages/prod/y": "drift"})
        world.merge("prod")
        world.settle()
        assert world.states("prod") == ["superseded landed-otherwise", "verified in-sync"]
        assert world.files("stages/prod") == {"x": "1", "y": "drift"}
        assert [(e.place, e.fate) for e in world.last("prod").edits] == [("stages/prod/y", "kept")]

    def test_a_merge_while_newer_freight_moves_in_is_not_taken_for_it(self):
        """The head still held the older freight when somebody merged it."""
        world = opened()
        world.push({"apps/web/x": "2"})
        while len(world.of("prod")) < 2:
            world.step()
        world.merge("prod")
        world.settle()
        newest = world.freights[-1].id.sha
        assert world.last("prod").freight.sha == newest
        assert world.last("prod").state == "in-review"
        assert world.files("stages/prod", "stagelock/prod") == {"x": "2"}


class TestForeignTip:
    def test_with_our_outputs_it_is_accepted(self):
        """Somebody pressed "Update branch"."""
        world = opened()
        world.push({"README.md": "more"})
        base, head = world.git.heads["main"], world.git.heads["stagelock/prod"]
        update = world.git.commit(world.merged(base, head), (head, base), "Update branch")
        world.git.heads["stagelock/prod"] = update
        pull = world.pull("prod")
        world.pulls[pull.number] = type(pull)(
            **{**{f: getattr(pull, f) for f in pull.__dataclass_fields__}, "head_sha": update}
        )
        world.settle()
        assert world.last("prod").head == update
        assert len(heads(world)) == 1

    def test_with_other_outputs_it_fails_and_names_who(self):
        world = opened()
        world.push({"stages/prod/x": "eve's"}, "stagelock/prod")
        world.settle()
        assert world.states("prod") == ["failed foreign-tip"]
        assert "eve" in world.last("prod").detail
        assert "stagelock/prod" in world.git.heads
        del world.git.heads["stagelock/prod"]
        world.say("retry", "prod", world.freights[0].id.sha)
        world.settle()
        assert world.last("prod").state == "in-review"

    def foreign(self):
        world = opened()
        tip = world.push({"stages/prod/x": "eve's"}, "stagelock/prod")
        pull = world.pull("prod")
        world.pulls[pull.number] = replace(pull, head_sha=tip)
        world.settle()
        return world, tip

    def test_once_merged_it_stands_in_nobodys_way(self):
        """Nothing of it can get lost any more: newer freight moves the branch on."""
        world, tip = self.foreign()
        world.merge("prod", "squash")
        world.settle()
        assert world.files("stages/prod") == {"x": "eve's"}
        world.push({"apps/web/x": "2"})
        world.settle()
        assert world.last("prod").state == "in-review"
        assert world.files("stages/prod", "stagelock/prod") == {"x": "2"}
        assert [a.expected for a in heads(world)] == [None, tip]

    def test_of_a_pull_request_that_was_only_closed_it_stays(self):
        world, tip = self.foreign()
        world.close("prod")
        world.settle()
        world.push({"apps/web/x": "2"})
        world.settle()
        assert world.states("prod")[-1] == "failed foreign-tip"
        assert world.git.heads["stagelock/prod"] == tip

    def test_what_the_base_holds_after_all_needs_no_retry(self):
        world, _ = self.foreign()
        world.push({"stages/prod/x": "1"})
        world.settle()
        assert world.states("prod")[-1] == "verified in-sync"


def test_a_lost_reply_opens_no_second_pull_request():
    world = a_pipeline(TEXT % "")
    world.push({"apps/web/x": "1"})
    while not any(isinstance(a, WriteHead) for a in world.done):
        world.step()
    world.settle()
    assert len([a for a in world.done if isinstance(a, OpenPull)]) == 1


def doubted(world):
    """The first push of its head has no answer, and no branch is there yet; what it brings."""
    while not any(isinstance(a, WriteHead) for a in world.done):
        world.step()
    row, branch = world.last("prod"), "stagelock/prod"
    sent = world.git.heads.pop(branch)
    world.rows[row.id] = replace(row, head=None, intent=Intent(branch, None, sent, world.now))
    return sent


def test_no_branch_is_made_beside_a_push_that_may_still_make_it():
    """Closed by a person, it would be deleted, and made anew by the push that is on its way."""
    world = a_pipeline(TEXT % "")
    world.push({"apps/web/x": "1"})
    doubted(world)
    world.wait(seconds=59)
    assert world.pulls == {}
    assert len(heads(world)) == 1
    world.wait(seconds=1)
    assert world.pull("prod").state == "open"
    assert len(heads(world)) == 2


def test_what_arrives_meanwhile_is_its_head():
    world = a_pipeline(TEXT % "")
    world.push({"apps/web/x": "1"})
    sent = doubted(world)
    world.wait(seconds=9)
    world.git.heads["stagelock/prod"] = sent
    world.settle()
    assert world.pull("prod").head_sha == sent
    assert len(heads(world)) == 1
