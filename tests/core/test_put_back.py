"""A person has freight brought in again instead of hand edits: what was verified stays so meanwhile."""

from __future__ import annotations

import pytest

from tests.core.drifting import edit, say
from tests.core.world import a_pipeline

TEXT = """
version: 1
warehouses: {web: {paths: [apps/web/]}}
stages:
  prod: {path: stages/prod, on-drift: block, verify: {checks: [t]}}
  last: {needs: [prod], path: stages/last, via: pull-request}
"""


def put_back():
    """`prod` is verified, `last` is in review, and an edit of `prod` has just been replaced."""
    world = a_pipeline(TEXT)
    sha = world.push({"apps/web/x": "1"})
    world.settle()
    world.check(world.last("prod").landed, "t")
    world.settle()
    assert world.states("last") == ["in-review"]
    edit(world, x="hot")
    say(world, "promote", sha)
    assert world.files("stages/prod") == {"x": "1"}
    assert [state.split()[0] for state in world.states("prod")] == ["verified", "verifying"]
    return world


def test_freight_that_is_brought_in_again_stays_verified_until_its_checks_say_otherwise():
    """rule U7: nothing below is cancelled for it."""
    world = put_back()
    assert world.states("last") == ["in-review"]
    assert world.pull("last").state == "open"

    world.check(world.last("prod").landed, "t")
    world.settle()
    assert world.states("prod")[-1].startswith("verified")
    world.merge("last")
    world.settle()
    assert world.states("last") == ["verified verified"]


@pytest.mark.parametrize("attempt", [0, 1])
def test_a_failure_of_the_new_attempt_or_of_the_one_before_takes_it_back(attempt):
    """rule V16: both are of the content that is verified."""
    world = put_back()
    rows = [row for row in world.rows.values() if row.stage == "prod"]
    world.check(rows[attempt].landed, "t", "failure")
    world.settle()
    assert world.last("last").state == "cancelled"
    assert world.pull("last").state == "closed"


@pytest.mark.parametrize("begun", [False, True])
def test_an_attempt_whose_checks_have_not_passed_at_its_timeout_takes_it_back(begun):
    """rules U7, V18, V19: it has failed, however well the one before went."""
    world = put_back()
    if begun:
        world.check(world.last("prod").landed, "t", None)
    world.wait(minutes=59)
    assert world.states("last") == ["in-review"]
    world.wait(minutes=2)
    assert world.last("prod").state == "failed"
    assert (world.last("last").state, world.last("last").reason) == (
        "cancelled",
        "upstream-revoked",
    )
    assert world.pull("last").state == "closed"
