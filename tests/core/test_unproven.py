"""Evidence that cannot be asked now stays what it was, and begins nothing new (rule Z8)."""

from __future__ import annotations

import pytest

from app.core.model.questions import ChecksQuestion, EqualQuestion, HeardQuestion
from app.core.model.verdicts import Reason
from app.core.planning.actions import PushAgain
from tests.core.doubting import doubtful
from tests.core.world import a_pipeline

TEXT = """
version: 1
warehouses: {web: {paths: [apps/web/]}}
stages:
  dev: {path: stages/dev, verify: {checks: [unit]}}
  qa: {path: stages/qa, verify: {checks: [qa]}}
  prod: {path: stages/prod, soak: 1h, steps: [{uses: copy, with: {from: apps/web, to: web}}], %s}
"""
PULL = """
version: 1
warehouses: {web: {paths: [apps/web/]}}
stages:
  dev: {path: stages/dev, verify: {checks: [unit]}}
  prod: {needs: [dev], path: stages/prod, via: pull-request, merge: auto}
"""


def verified(text):
    """What was pushed has passed in every stage that checks it."""
    world = a_pipeline(text)
    world.push({"apps/web/x": "1"})
    world.settle()
    for stage, name in (("dev", "unit"), ("qa", "qa")):
        if world.of(stage):
            world.check(world.last(stage).landed, name)
    world.settle()
    return world


def deaf_to(world, *stages):
    there = {world.last(stage).landed for stage in stages}
    kinds = (ChecksQuestion, HeardQuestion)
    world.silent = lambda question: isinstance(question, kinds) and question.sha in there


def entered(world):
    return [row for row in world.of("prod") if row.landed]


def waits(world):
    found = world.verdict("prod", world.last("dev").freight.sha)
    return found.reason is Reason.CANNOT_ASK and found.wake_at is not None


def test_no_stage_below_begins_by_it():
    world = verified(TEXT % "needs: [dev]")
    deaf_to(world, "dev")
    world.wait(hours=2)
    assert world.last("dev").state == "verified"
    assert (entered(world), waits(world)) == ([], True)
    world.silent = lambda _: False
    world.settle()
    assert len(entered(world)) == 1


def test_nor_one_below_a_stage_that_writes_nothing():
    world = verified(TEXT % "needs: [gate]" + "  gate: {needs: [dev]}\n")
    assert world.last("gate").state == "verified"
    deaf_to(world, "dev")
    world.wait(hours=2)
    assert (entered(world), waits(world)) == ([], True)


def test_nor_where_only_a_later_commit_speaks_and_cannot_be_looked_for():
    world = verified(TEXT % "needs: [dev]")
    world.runs.clear()
    world.silent = lambda question: isinstance(question, EqualQuestion)
    world.wait(hours=2)
    assert (entered(world), waits(world)) == ([], True)


@pytest.mark.parametrize(("deaf", "count"), [(("dev",), 1), (("qa",), 1), (("dev", "qa"), 0)])
def test_of_needs_any_one_that_can_be_asked_is_enough(deaf, count):
    world = verified(TEXT % "needs-any: [dev, qa]")
    deaf_to(world, *deaf)
    world.wait(hours=2)
    assert len(entered(world)) == count


def test_no_pull_request_is_merged_by_it():
    world = verified(PULL)
    deaf_to(world, "dev")
    for _ in range(5):
        world.wait(minutes=1)
    assert world.last("prod").state == "in-review"
    assert not any(head.ready for head in world.look()[1].heads)


def test_a_person_who_closes_it_meanwhile_is_heard():
    world = verified(PULL)
    deaf_to(world, "dev")
    world.close("prod")
    world.settle()
    assert world.states("prod") == ["cancelled pull-closed"]


def test_no_push_in_doubt_is_repeated_by_it():
    world = doubtful()
    deaf_to(world, "dev")
    world.settle()
    world.wait(seconds=61)
    assert not any(isinstance(action, PushAgain) for action in world.done)
    assert world.live() == {"e2e": "held"}
