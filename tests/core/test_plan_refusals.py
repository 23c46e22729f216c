"""A merge that GitHub refuses for what it does not tell: its lock is taken in vain ever less."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

from app.core.planning.pull_actions import MergePull
from tests.core.reviewing import opened, ready
from tests.core.world import a_pipeline

LOCK = ", lock: env, merge-within: 10m, verify: {checks: [prod]}"


def refused():
    """GitHub refuses the merge for as long as `merge-within`, for a reason that nobody sees."""
    world = opened(LOCK + ", merge: auto")
    world.refuses_merge = "405: a deployment is missing"
    world.wait(seconds=60)
    assert world.live() == {"prod": "held"}
    world.wait(minutes=10)
    return world


def test_refused_for_as_long_as_merge_within_it_queues_again_at_the_end():
    """rule P26"""
    world = a_pipeline("""
version: 1
warehouses: {web: {paths: [apps/web/]}, api: {paths: [apps/api/]}}
stages:
  one: {path: stages/one, freight: api, lock: env, verify: {checks: [one]}}
  prod:
    {path: stages/prod, freight: web, via: pull-request, merge: auto, merge-within: 10m, lock: env}
locks: {env: {permits: 1}}
""")
    world.refuses_merge = "405: a deployment is missing"
    world.push({"apps/web/x": "1"})
    world.settle()
    world.wait(seconds=60)
    assert world.live() == {"prod": "held"}
    world.push({"apps/api/x": "1"})
    world.settle()
    assert world.live() == {"prod": "held", "one": "queued"}
    world.wait(minutes=10)
    assert world.live() == {"prod": "queued", "one": "held"}


def test_refused_again_its_lock_goes_back_at_once_and_waits_until_something_changes():
    """rule P33"""
    world = refused()
    world.wait(seconds=60)
    assert world.live() == {}
    assert ready(world) == [False]
    asked = len(world.requests)
    world.wait(minutes=5)
    assert len(world.requests) == asked
    world.check("stagelock/prod", "deploy", "success")
    world.settle()
    assert world.live() == {"prod": "held"}


def test_what_is_refused_again_is_tried_after_as_long_as_it_has_been_refused():
    """rule P33: 10 minutes, 20, 40, and then each hour."""
    world = refused()
    tries: list[tuple[int, int]] = []
    for minute in range(240):
        world.wait(minutes=1)
        granted = world.request("prod").tokens.get("env", 0)
        if not tries or granted != tries[-1][1]:
            tries.append((minute, granted))
        assert world.live() == {} or minute in (0, *(at for at, _ in tries))
    pauses = [later - at for (at, _), (later, _) in pairwise(tries)]
    assert pauses == sorted(pauses)
    assert pauses[0] < 20
    assert pauses[-1] in (60, 61, 62)


def test_what_changed_unseen_is_merged_with_the_next_try():
    """rule P33"""
    world = refused()
    world.wait(minutes=1)
    assert world.live() == {}
    world.refuses_merge = ""
    world.wait(minutes=20)
    assert world.live() == {"prod": "held"}
    assert world.last("prod").state == "verifying"


def asked_to_merge(world):
    """How often GitHub was asked for the merge."""
    return sum(isinstance(action, MergePull) for action in world.done)


def refused_once():
    """GitHub has refused the merge once, for a reason that nobody sees."""
    world = opened(", merge: auto")
    world.refuses_merge = "405: the head is not up to date with its base"
    world.wait(seconds=60)
    assert asked_to_merge(world) == 1
    return world


def told(world):
    """Why its run says that it is not merged."""
    _, plan = world.look()
    [verdict] = [v for v in plan.verdicts if v.stage == "prod"]
    return verdict.reason


def caught_up(world):
    """GitHub says that the head is behind its base, so it is made anew there."""
    before = world.pull("prod").head_sha
    world.push({"README": "the base moves"})
    world.pulls[1] = replace(world.pull("prod"), behind=True)
    world.settle()
    world.pulls[1] = replace(world.pull("prod"), behind=False)
    assert world.pull("prod").head_sha != before


def test_a_refusal_of_an_earlier_head_does_not_delay_the_new_one():
    """rule P21: caught up with its base, it is merged as soon as it is green."""
    world = refused_once()
    world.quiet = timedelta(seconds=2)
    caught_up(world)
    world.check("stagelock/prod", "unit", None)
    world.settle()
    world.refuses_merge = ""
    world.wait(seconds=3)
    assert asked_to_merge(world) == 1
    world.conclude("stagelock/prod", "unit", "success")
    world.settle()
    assert world.last("prod").state == "verified"


def test_a_check_on_the_refused_head_tries_again_at_once_and_once():
    """rule P21"""
    world = refused_once()
    world.check("stagelock/prod", "deploy", "success")
    for _ in range(3):
        world.settle()
        world.wait(seconds=1)
    assert asked_to_merge(world) == 2
    assert told(world) == "merge-refused"


def test_what_github_says_may_be_merged_after_all_is_tried_at_once_and_once():
    """rule P21"""
    world = refused_once()
    world.pulls[1] = replace(world.pull("prod"), mergeable=True)
    for _ in range(3):
        world.settle()
        world.wait(seconds=1)
    assert asked_to_merge(world) == 2


def test_an_unchanged_head_is_not_tried_again_within_a_minute():
    """rule P21"""
    world = refused_once()
    world.review("prod", "COMMENTED")
    for _ in range(5):
        world.wait(seconds=10)
        assert told(world) == "merge-refused"
    assert asked_to_merge(world) == 1
    world.wait(seconds=10)
    assert asked_to_merge(world) == 2
