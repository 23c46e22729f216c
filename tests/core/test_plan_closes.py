"""Whose close it is: ours, where we asked for it, also if the answer was lost; else a person's no."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.core.model.subjects import named
from app.core.model.verdicts import Reason
from app.core.planning.actions import Record
from app.core.planning.pull_actions import ClosePull
from tests.core.reviewing import TEXT, opened
from tests.core.world import World

ENDS = [
    (Reason.UPSTREAM_REVOKED, "cancelled"),
    (Reason.WITHDRAWN, "cancelled"),
    (Reason.STAGE_REMOVED, "cancelled"),
    (Reason.ERRORED, "failed"),
]


def asked(reason: Reason) -> World:
    """We asked that its pull request be closed, for *reason*, and there was no answer."""
    world: World = opened()
    row = replace(world.last("prod"), reason=reason, about=named(("dev",)), detail="dev")
    world.rows[row.id] = row
    return world


@pytest.mark.parametrize(("reason", "state"), ENDS)
def test_a_close_that_we_asked_for_ends_it_for_the_reason_that_we_asked_for_it(reason, state):
    world = asked(reason)
    world.close("prod")
    world.settle()
    first = world.of("prod")[0]
    assert (first.state, first.reason, first.about) == (state, reason, named(("dev",)))


@pytest.mark.parametrize(("reason", "_state"), ENDS)
def test_where_it_is_open_still_and_nothing_ends_it_any_more_it_goes_on(reason, _state):
    world = asked(reason)
    world.settle()
    assert (world.pull("prod").state, world.last("prod").state) == ("open", "in-review")
    world.close("prod")
    world.settle()
    assert world.states("prod") == ["cancelled pull-closed"]


@pytest.mark.parametrize(("reason", "_state"), ENDS)
def test_merged_it_counts_as_merged_whatever_we_asked_for(reason, _state):
    world = asked(reason)
    world.merge("prod")
    world.settle()
    assert world.last("prod").state == "verified"


def test_why_it_is_closed_is_stored_before_it_is_closed_and_its_end_afterwards():
    world = opened()
    world.configure(
        TEXT.replace("\n  prod: {needs: [dev], path: stages/prod, via: pull-request%s}", "")
    )
    _, plan = world.look()
    at = next(i for i, action in enumerate(plan.actions) if isinstance(action, ClosePull))
    before, after = plan.actions[at - 1], plan.actions[at + 1]
    assert isinstance(before, Record)
    assert isinstance(after, Record)
    told = [(p.state, p.reason) for record in (before, after) for p in record.promotions]
    assert told == [("in-review", Reason.STAGE_REMOVED), ("cancelled", Reason.STAGE_REMOVED)]


def test_with_nothing_left_to_change_what_is_there_is_stored_before_it_is_closed():
    world = opened()
    world.push({"stages/prod/x": "1"})
    _, plan = world.look()
    kinds = [type(a) for a in plan.actions if isinstance(a, Record | ClosePull)]
    assert kinds == [Record, ClosePull]
