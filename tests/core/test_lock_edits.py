"""
Every edit of `stagelock.yaml` against every state of a lock request, and what becomes of them.

The table was written from the contract: a queued request asks for the groups of the pipeline in
force and keeps its age where groups are only taken away; a grant keeps what it has and takes what
its stage names anew, to its end; nothing is freed by an edit.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import get_args

import pytest

from app.core.locks.configuration_edits import (
    AsksFor,
    Edit,
    Follows,
    Leaves,
    Spreads,
    Unchanged,
    edit,
)
from app.core.model.lock_requests import HOLDING, RequestState
from app.core.model.names import GroupName
from tests.core.editing import NOW, REMOVED, STAGES, begun, passes
from tests.core.world import a_pipeline

ONE, TWO, NEW = GroupName("one"), GroupName("two"), GroupName("new")
EDITS: dict[str, AsksFor] = {  # what the stage asks for by now; it had asked for `one` and `two`
    "nothing": (ONE, TWO),
    "order": (TWO, ONE),
    "twice": (ONE, TWO, ONE),
    "added": (ONE, TWO, NEW),
    "removed": (ONE,),
    "renamed": (ONE, NEW),
    "other scope": (NEW,),
    "no lock": (),
    "stage gone": None,
}
QUEUED: dict[str, Edit] = {
    "nothing": Unchanged(),
    "order": Unchanged(),
    "twice": Unchanged(),
    "added": Follows((ONE, TWO, NEW), last=True),
    "removed": Follows((ONE,), last=False),
    "renamed": Follows((ONE, NEW), last=True),
    "other scope": Follows((NEW,), last=True),
    "no lock": Leaves(),
    "stage gone": Unchanged(),
}
GRANTED: dict[str, Edit] = {
    "nothing": Unchanged(),
    "order": Unchanged(),
    "twice": Unchanged(),
    "added": Spreads((NEW,)),
    "removed": Unchanged(),
    "renamed": Spreads((NEW,)),
    "other scope": Spreads((NEW,)),
    "no lock": Unchanged(),
    "stage gone": Unchanged(),
}
ENDED: dict[str, Edit] = dict.fromkeys(EDITS, Unchanged())
TABLE: dict[RequestState, dict[str, Edit]] = {
    "queued": QUEUED,
    "held": GRANTED,
    "suspect": GRANTED,
    "releasing": ENDED,  # a person has taken it away, and the next look ends it
    "released": ENDED,
    "forced": ENDED,
    "timed-out": ENDED,
    "cancelled": ENDED,
    "superseded": ENDED,
    "rejected": ENDED,
}


def test_the_table_has_every_state():
    assert TABLE.keys() == set(get_args(RequestState))


@pytest.mark.parametrize("kind", EDITS)
@pytest.mark.parametrize("state", TABLE)
def test_what_an_edit_does_to_a_request(state, kind):
    assert edit(state, (ONE, TWO), EDITS[kind]) == TABLE[state][kind]


class TestQueued:
    def test_a_group_that_is_taken_away_blocks_it_no_more_and_fails_nothing(self):
        world = begun("queued")
        world.configure(STAGES % ("one", ", lock: three"))
        world.settle()
        assert world.live() == {"web": "held", "last": "held", "api": "held"}
        assert set(world.request("api").tokens) == {"three"}
        assert world.last("api").state == "verifying"

    def test_a_group_that_is_added_is_asked_for_too(self):
        world = begun("queued")
        world.configure(STAGES % ("one", ", lock: [one, two]"))
        world.settle()
        passes(world, "web")
        assert world.live() == {"last": "held", "api": "queued"}
        passes(world, "last")
        assert set(world.request("api").tokens) == {"one", "two"}

    def test_a_stage_that_takes_no_lock_any_more_begins(self):
        world = begun("queued")
        world.configure(STAGES % ("one", ""))
        world.settle()
        assert world.live() == {"web": "held", "last": "held"}
        assert world.last("api").state == "verifying"

    def test_it_keeps_its_age_where_groups_are_only_taken_away(self):
        world = begun("queued")
        world.configure(STAGES % ("one", ", lock: [one, two]"))
        world.settle()
        added = world.request("api").seq
        world.configure(STAGES % ("one", NOW))
        world.settle()
        assert (world.request("api").groups, world.request("api").seq) == (("one",), added)

    def test_its_age_is_new_where_a_group_is_added(self):
        world = begun("queued")
        before = world.request("api").seq
        world.configure(STAGES % ("one", ", lock: [one, two]"))
        world.settle()
        assert world.request("api").seq > before

    def test_a_stage_that_is_gone_leaves_the_queue(self):
        world = begun("queued")
        world.configure(REMOVED)
        world.settle()
        assert world.last("api").state == "cancelled"
        assert world.request("api").state == "cancelled"

    def test_more_permits_are_given_out_at_once(self):
        world = begun("queued")
        world.configure((STAGES % ("one", NOW)).replace("one: {permits: 1", "one: {permits: 2"))
        world.settle()
        assert world.request("api").state == "held"


GRANTS = ("held", "suspect", "ended with a suspect")


class TestGranted:
    @pytest.mark.parametrize("state", GRANTS)
    def test_it_takes_the_added_group_too_beyond_its_permits(self, state):
        world = begun(state)
        world.configure(STAGES % ("one", ", lock: [one, three, two]"))
        world.settle()
        request = world.request("api")
        assert request.groups == ("one", "three", "two")
        assert set(request.tokens) == set(request.groups)
        assert request.state in HOLDING

    @pytest.mark.parametrize("state", ["held", "suspect"])
    def test_nothing_is_granted_there_until_both_fit(self, state):
        world = begun(state)
        world.configure(STAGES % ("one", ", lock: [one, two]"))
        world.settle()
        passes(world, "last")
        world.push({"apps/web/x": "2"})
        world.settle()
        assert world.request("last").state == "queued"
        passes(world, "api")
        assert world.request("last").state == "held"

    @pytest.mark.parametrize("state", GRANTS)
    @pytest.mark.parametrize("now", ["", ", lock: three"])
    def test_what_it_has_it_keeps(self, state, now):
        world = begun(state)
        had = world.request("api")
        world.configure(STAGES % ("one", now))
        world.settle()
        request = world.requests[had.id]
        assert request.state == had.state
        assert set(had.groups) <= set(request.groups)

    @pytest.mark.parametrize("state", GRANTS)
    def test_it_keeps_the_added_group_when_that_is_taken_away_again(self, state):
        world = begun(state)
        world.configure(STAGES % ("one", ", lock: [one, two]"))
        world.settle()
        world.configure(STAGES % ("one", NOW))
        world.settle()
        assert set(world.request("api").groups) == {"one", "two"}

    @pytest.mark.parametrize("state", GRANTS)
    def test_a_stage_that_is_gone_frees_nothing_that_may_run(self, state):
        world = begun(state)
        world.configure(REMOVED)
        world.settle()
        assert world.request("api").state in HOLDING

    def test_the_end_of_its_check_frees_all_of_it(self):
        world = begun("held")
        world.configure(STAGES % ("one", ", lock: [one, two]"))
        world.settle()
        passes(world, "api")
        assert "api" not in world.live()


class TestWithoutAGrant:
    def test_what_verifies_takes_the_lock_that_its_stage_names_since(self):
        world = a_pipeline(STAGES % ("one", ""))
        world.push({"apps/api/x": "1"})
        world.settle()
        assert world.live() == {}
        world.configure(STAGES % ("one", NOW))
        world.settle()
        assert world.live() == {"api": "held"}
        assert world.request("api").out_of_turn

    def test_a_promotion_that_nobody_remembers_frees_nothing(self):
        world = begun("suspect")
        request = world.request("api")
        world.requests[request.id] = replace(request, promotion="long gone")
        world.settle()
        assert world.requests[request.id].state in HOLDING


PULL = """
version: 1
warehouses: {web: {paths: [apps/web/]}}
stages:
  prod: {path: stages/prod, via: pull-request%s}
locks: {one: {permits: 1, max-hold: 20m}, two: {permits: 1}}
"""


class TestPullRequest:
    def world(self, lock=", merge-within: 1h, lock: one"):
        world = a_pipeline(PULL % lock)
        world.push({"apps/web/x": "1"})
        world.settle()
        assert world.last("prod").state == "in-review"
        return world

    def test_it_asks_for_the_lock_that_its_stage_names_since_it_was_opened(self):
        world = self.world("")
        assert world.live() == {}
        world.configure(PULL % ", lock: two")
        world.settle()
        assert world.live() == {"prod": "held"}
        assert set(world.request("prod").tokens) == {"two"}

    def test_a_grant_is_held_for_a_merge_no_longer_than_max_hold(self):
        world = self.world()
        before = world.request("prod")
        assert world.settle().wake_at == world.now + timedelta(minutes=20)
        world.now += timedelta(minutes=20)
        plan = world.step()
        assert [head.ready for head in plan.heads] == [False]
        assert world.request("prod").state == "queued"
        assert world.request("prod").seq > before.seq

    def test_a_held_grant_takes_what_is_added_and_is_merged_under_both(self):
        world = self.world()
        world.configure(PULL % ", merge-within: 1h, lock: [one, two]")
        world.settle()
        assert set(world.request("prod").tokens) == {"one", "two"}
        world.merge("prod")
        world.settle()
        assert world.live() == {}

    def test_a_lock_that_is_gone_is_not_waited_for(self):
        world = self.world()
        other = replace(world.request("prod"), id=99, stage="other", promotion="x", seq=0)
        world.requests[99] = replace(other, repo_id=2)
        world.requests[1] = replace(world.requests[1], state="queued", tokens={}, granted_at=None)
        plan = world.settle()
        assert [head.ready for head in plan.heads] == [False]
        world.configure(PULL % "")
        plan = world.settle()
        assert [head.ready for head in plan.heads] == [True]
        assert world.request("prod").state == "cancelled"
