"""The merge of our pull request: by us, by people, under a lock, out of turn."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from app.core.planning.pull_actions import MergePull
from tests.core.reviewing import TEXT, opened, ready
from tests.core.world import a_pipeline


class TestMergeAuto:
    def test_it_merges_after_the_quiet_time_if_no_check_appears(self):
        world = opened(", merge: auto")
        assert world.last("prod").state == "in-review"
        world.wait(seconds=60)
        assert world.states("prod") == ["verified verified"]

    def obstructed(self, *, check=None, review=None):
        world = opened(", merge: auto")
        if check is not None:
            world.check("stagelock/prod", "lint", check or None)
        if review:
            world.review("prod", review)
        world.wait(minutes=5)
        return world.last("prod").state

    def test_a_red_or_unfinished_check_on_the_head_keeps_it_open(self):
        assert self.obstructed(check="failure") == "in-review"
        assert self.obstructed(check="") == "in-review"
        assert self.obstructed(check="success") == "verified"

    def test_requested_changes_keep_it_open(self):
        assert self.obstructed(review="CHANGES_REQUESTED") == "in-review"
        assert self.obstructed(review="COMMENTED") == "verified"

    def test_what_github_refuses_is_said_and_tried_again(self):
        world = a_pipeline(TEXT % ", merge: auto", refuses_merge="405: reviews are missing")
        world.push({"apps/web/x": "1"})
        world.settle()
        world.wait(seconds=60)
        assert world.last("prod").detail == "405: reviews are missing"
        assert world.settle().wake_at == world.now + timedelta(seconds=60)
        world.refuses_merge = ""
        world.wait(seconds=60)
        assert world.last("prod").state == "verified"

    def test_it_waits_for_the_reviews_that_a_rule_of_the_base_requires(self):
        """rule P19: GitHub counts an App's approval, too."""
        world = opened(", merge: auto")
        world.required_reviews = 2
        world.review("prod")
        world.wait(minutes=5)
        assert not any(isinstance(a, MergePull) for a in world.done)
        _, plan = world.look()
        [told] = [v for v in plan.verdicts if v.stage == "prod"]
        assert told.detail == "one more approving review is required"
        world.review("prod", user="renovate[bot]")
        world.settle()
        assert world.last("prod").state == "verified"

    def test_the_rule_is_not_asked_for_where_github_says_that_nothing_is_missing(self):
        world = opened(", merge: auto")
        world.required_reviews = 1
        world.pulls[1] = replace(world.pull("prod"), mergeable=True)
        world.wait(seconds=60)
        assert world.last("prod").state == "verified"

    def test_people_merge_where_nobody_said_auto(self):
        world = opened()
        world.wait(hours=1)
        assert not any(isinstance(a, MergePull) for a in world.done)


class TestLocked:
    LOCK = ", lock: env, merge-within: 10m, verify: {checks: [prod]}"

    def test_the_lock_is_asked_for_when_nothing_else_is_missing(self):
        world = opened(self.LOCK + ", soak: 1h")
        assert world.live() == {}
        world.wait(hours=1)
        assert world.live() == {"prod": "held"}
        assert ready(world) == [True]

    def test_a_grant_that_is_not_used_goes_back_and_queues_again(self):
        world = opened(self.LOCK)
        first = world.request("prod").tokens["env"]
        world.wait(minutes=10)
        assert "Requeue" in world.kinds()
        assert world.request("prod").tokens["env"] > first

    def test_after_the_merge_the_lock_is_held_until_verified(self):
        world = opened(self.LOCK)
        world.merge("prod")
        world.settle()
        assert world.live() == {"prod": "held"}
        world.check("main", "prod")
        world.settle()
        assert world.live() == {}
        assert not world.request("prod").out_of_turn

    def test_a_merge_without_a_grant_takes_a_permit_out_of_turn(self):
        world = opened(self.LOCK + ", soak: 1h")
        world.merge("prod")
        world.settle()
        assert world.live() == {"prod": "held"}
        assert world.request("prod").out_of_turn
        world.check("main", "prod")
        world.settle()
        assert world.live() == {}

    def test_a_merge_while_queued_takes_one_too(self):
        world = a_pipeline("""
version: 1
warehouses: {web: {paths: [apps/web/]}}
stages:
  one: {path: stages/one, lock: env, verify: {checks: [one]}}
  prod: {path: stages/prod, via: pull-request, lock: env, verify: {checks: [prod]}}
locks: {env: {permits: 1}}
""")
        world.push({"apps/web/x": "1"})
        world.settle()
        assert world.live() == {"one": "held", "prod": "queued"}
        world.merge("prod")
        world.settle()
        assert world.live() == {"one": "held", "prod": "held"}

    def test_closing_it_gives_the_grant_back(self):
        world = opened(self.LOCK)
        world.close("prod")
        world.settle()
        assert world.live() == {}

    def test_its_lock_is_not_asked_for_while_a_required_review_is_missing(self):
        """rule P25"""
        world = opened(self.LOCK + ", merge: auto")
        world.required_reviews = 1
        world.wait(minutes=5)
        assert world.requests == {}
        world.review("prod")
        world.settle()
        assert world.live() == {"prod": "held"}

    def test_an_obstacle_gives_the_grant_back(self):
        world = opened(self.LOCK + ", merge: auto")
        world.refuses_merge = "not yet"
        world.wait(seconds=60)
        assert world.live() == {"prod": "held"}
        world.review("prod", "CHANGES_REQUESTED")
        world.settle()
        assert world.live() == {}
        assert ready(world) == [False]


class TestBase:
    """We merge into the stage's branch only; a person may have changed the base."""

    LOCK = ", merge: auto, lock: env, verify: {checks: [prod]}"

    def retargeted(self, extra=", merge: auto", base="release"):
        world = opened(extra)
        world.git.heads["release"] = world.git.heads["main"]
        world.retarget("prod", base)
        world.settle()
        return world

    def test_on_another_base_nobody_of_us_merges_it(self):
        world = self.retargeted()
        world.wait(minutes=5)
        assert world.pull("prod").state == "open"
        assert ready(world) == [False]

    def test_its_reason_names_the_base_that_it_needs(self):
        world = self.retargeted()
        found = world.verdict("prod", world.freights[0].id.sha)
        assert (found.reason, found.names) == ("wrong-base", ("main",))
        assert "release" in found.detail

    def test_its_grant_goes_back(self):
        world = opened(", lock: env, verify: {checks: [prod]}")
        assert world.live() == {"prod": "held"}
        world.git.heads["release"] = world.git.heads["main"]
        world.retarget("prod", "release")
        world.settle()
        assert world.live() == {}
        world.retarget("prod", "main")
        world.settle()
        assert world.live() == {"prod": "held"}
        assert ready(world) == [True]

    def test_back_on_its_base_it_is_merged(self):
        world = self.retargeted()
        world.retarget("prod", "main")
        world.wait(minutes=5)
        assert world.states("prod") == ["verified verified"]

    def test_merged_there_by_a_person_it_is_cancelled_and_names_the_base(self):
        world = self.retargeted()
        world.merge("prod")
        world.settle()
        assert world.states("prod") == ["cancelled merged-elsewhere"]
        assert "into release" in world.last("prod").detail
        assert world.files("stages/prod") == {}


class TestAnsweredByErrors:
    """GitHub answers the merge with 502: it may have been done."""

    LOCK = ", merge: auto, lock: env, merge-within: 5m, timeout-minutes: 20"

    def failing(self):
        world = a_pipeline(TEXT % f"{self.LOCK}, verify: {{checks: [prod]}}", fails_merge="502")
        world.push({"apps/web/x": "1"})
        world.settle()
        world.wait(minutes=2)
        return world

    def passes(self, world, minutes):
        for _ in range(minutes):
            world.wait(minutes=1)

    def test_the_grant_is_kept_beyond_merge_within(self):
        world = self.failing()
        token = world.request("prod").tokens
        self.passes(world, 10)
        assert (world.live(), world.request("prod").tokens) == ({"prod": "held"}, token)

    def test_after_the_timeout_it_failed_its_pull_request_is_closed_and_the_grant_is_released(self):
        world = self.failing()
        self.passes(world, 25)
        assert world.states("prod") == ["failed errored"]
        assert world.pull("prod").state == "closed"
        assert world.live() == {}
        assert len(world.requests) == 1

    def test_merged_after_all_it_is_followed_as_landed(self):
        world = self.failing()
        world.fails_merge = ""
        world.now += timedelta(minutes=30)  # nobody looked while it was merged
        world.merge("prod")
        world.settle()
        assert world.last("prod").state == "verifying"
        assert world.live() == {"prod": "held"}

    def test_a_person_who_closes_it_meanwhile_is_heard_before_the_next_try(self):
        world = self.failing()
        world.close("prod")
        world.settle()
        assert world.states("prod") == ["cancelled pull-closed"]

    def test_a_refusal_is_an_answer_and_from_then_on_merge_within_counts(self):
        world = self.failing()
        world.fails_merge, world.refuses_merge = "", "405: reviews are missing"
        world.wait(minutes=2)
        self.passes(world, 8)
        assert world.last("prod").errors_since is None
        assert world.live() == {}


class TestClosedHeads:
    """What was said on a head is taken back, unless it was merged."""

    def closed(self, end):
        world = opened()
        head = world.pull("prod").head_sha
        world.said.add(("stagelock / plan", head))
        end(world)
        world.settle()
        _, plan = world.look()
        return [(c.head == head, c.promotion.state) for c in plan.closed]

    def test_of_one_that_a_person_closed(self):
        assert self.closed(lambda world: world.close("prod")) == [(True, "cancelled")]

    def test_of_one_that_failed(self):
        def foreign(world):
            world.push({"stages/prod/x": "eve's"}, "stagelock/prod")

        assert self.closed(foreign) == [(True, "failed")]

    def test_not_of_one_that_was_merged(self):
        assert self.closed(lambda world: world.merge("prod")) == []

    def test_of_a_head_that_newer_freight_replaced(self):
        end = self.closed(lambda world: world.push({"apps/web/x": "2"}))
        assert end == [(True, "in-review")]

    def test_of_a_head_that_was_made_anew_for_the_same_freight(self):
        end = self.closed(lambda world: world.push({"stages/prod/beside": "by hand"}))
        assert end == [(True, "in-review")]

    def test_not_of_one_that_was_merged_while_newer_freight_took_over(self):
        world = opened()
        head = world.pull("prod").head_sha
        world.said.add(("stagelock / plan", head))
        world.push({"apps/web/x": "2"})
        while world.states("prod")[0].startswith("in-review"):
            world.step()
        assert world.pull("prod").head_sha == head
        world.merge("prod")
        world.settle()
        _, plan = world.look()
        assert head not in {closed.head for closed in plan.closed}
