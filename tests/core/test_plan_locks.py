"""Lock groups in the plan: who is granted what and when, and what frees it again."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from app.core.locks.queue import Board
from app.core.model.pipeline import Pipeline
from app.core.model.records import Intent
from app.core.model.verdicts import Reason
from app.core.planning.actions import Requeue
from app.core.text.links import Site
from app.core.text.status import status
from app.core.text.titles import title
from app.core.text.why import why
from app.engine.actions.context import put_off
from app.errors import Transient
from tests.core.world import START, a_pipeline

SITE = Site("https://github.com", "acme/web")
TWO = """
version: 1
warehouses:
  web: {paths: [apps/web/]}
  api: {paths: [apps/api/]}
stages:
  web: {freight: web, path: stages/web, lock: %s, verify: {checks: [web]}, timeout-minutes: 30%s}
  api: {freight: api, path: stages/api, lock: %s, verify: {checks: [api]}, timeout-minutes: 30}
locks:
  one: {permits: 1, max-hold: 20m}
  two: {permits: 1}
  many: {permits: 2}
"""


def two(web="one", api="one", extra=""):
    world = a_pipeline(TWO % (web, extra, api))
    world.push({"apps/web/x": "1"})
    world.settle()
    world.push({"apps/api/x": "1"})
    world.settle()
    return world


def ends(world, stage, conclusion="success"):
    world.now += timedelta(minutes=1)
    world.check(world.last(stage).landed, stage, conclusion)
    return world.settle()


class TestTurns:
    def test_two_stages_queue_for_one_lock(self):
        world = two()
        assert world.live() == {"web": "held", "api": "queued"}
        assert world.last("api").state == "locking"
        assert world.files("stages") == {"web/x": "1"}
        found = world.verdict("api", world.last("api").freight.sha)
        assert found.position == (1, 1)
        assert [h.stage for h in found.holders] == ["web"]
        ends(world, "web")
        assert world.live() == {"api": "held"}
        ends(world, "api")
        assert world.live() == {}

    def test_two_permits_are_held_at_once(self):
        assert two("many", "many").live() == {"web": "held", "api": "held"}

    def test_a_set_is_granted_all_or_nothing(self):
        world = two("one", "[one, two]")
        request = world.request("api")
        assert (request.state, request.tokens) == ("queued", {})
        ends(world, "web")
        assert set(world.request("api").tokens) == {"one", "two"}

    def test_tokens_rise_with_every_grant(self):
        world = two()
        first = world.request("web").tokens["one"]
        ends(world, "web")
        assert world.request("api").tokens["one"] > first

    def test_a_failed_verification_frees_the_lock_too(self):
        world = two()
        ends(world, "web", "failure")
        assert world.live() == {"api": "held"}

    def test_newer_freight_takes_over_the_place(self):
        world = two()
        place = world.request("api")
        newer = world.push({"apps/api/x": "2"})
        world.settle()
        request = world.request("api")
        assert (request.id, request.seq) == (place.id, place.seq)
        assert request.freight.sha == newer
        assert world.states("api") == ["superseded superseded", "locking locking"]

    def test_what_was_granted_finishes_before_newer_freight(self):
        world = two()
        world.push({"apps/web/x": "2"})
        world.settle()
        assert world.states("web") == ["verifying verifying"]

    def test_a_group_without_permits_to_give_rejects(self):
        world = two()
        world.pipeline = replace(
            world.pipeline,
            locks={k: replace(g, permits=0) for k, g in world.pipeline.locks.items()},
        )
        world.settle()
        assert world.states("api") == ["failed too-large"]
        assert world.request("api").state == "rejected"


class TestGatesWithTheGrantInHand:
    def test_a_gate_that_closed_gives_the_grant_back(self):
        world = a_pipeline(SOAKED % "")
        world.push({"apps/web/x": "1"})
        world.settle()
        world.check(world.last("dev").landed, "dev")
        while world.live() != {"e2e": "held"}:
            world.step()
        assert world.last("e2e").landed is None
        world.now += timedelta(minutes=1)
        world.check(world.last("dev").landed, "dev", "failure")
        world.settle()
        assert world.states("e2e") == ["cancelled upstream-revoked"]
        assert world.live() == {}
        assert world.files("stages/e2e") == {}

    def test_a_grant_that_nothing_was_written_with_goes_back_after_5_minutes(self):
        world = two()
        ends(world, "web")  # api is granted, and written
        row, request = world.last("api"), world.request("api")
        world.rows[row.id] = replace(
            row, state="locking", landed=None, landed_at=None, intent=None, written=()
        )
        world.reset("main", world.git.nodes[row.landed].parents[0])
        world.requests[request.id] = replace(request, granted_at=world.now - timedelta(minutes=5))
        plan = world.step()
        assert any(isinstance(a, Requeue) for a in plan.actions)
        assert world.request("api").state == "queued"

    def test_who_waits_for_a_gate_blocks_nobody(self):
        """A queued request whose gate closed leaves the queue; it asks again at the end."""
        world = a_pipeline(THREE % "0s")
        world.push({"apps/web/x": "1"})
        world.settle()
        assert world.live() == {"a": "held", "b": "queued", "c": "queued"}
        world.configure(THREE % "1h")
        world.settle()
        ends(world, "a")
        assert world.live() == {"c": "held"}
        ends(world, "c")
        world.wait(hours=1)
        assert world.live() == {"b": "held"}

    def failing(self):
        """`web` has the lock of both and cannot push; `api` waits behind it."""
        world = a_pipeline(TWO % ("one", "", "one"))
        world.push({"apps/web/x": "1", "apps/api/x": "1"})
        world.settle()
        row, request = world.last("web"), world.request("web")
        before = world.git.nodes[row.landed].parents[0]
        world.rows[row.id] = replace(
            row,
            state="writing",
            landed=None,
            landed_at=None,
            intent=Intent("main", before, row.landed, world.now),
            errors_since=world.now,
            retry_at=world.now + timedelta(minutes=5),
        )
        world.requests[request.id] = replace(request, granted_at=world.now)
        world.reset("main", before)
        return world

    def test_errors_do_not_keep_it_for_longer(self):
        world = self.failing()
        assert world.settle().wake_at == world.now + timedelta(minutes=5)
        world.wait(minutes=5)
        assert world.live()["web"] == "queued"
        assert world.request("web").seq > world.request("api").seq
        assert world.last("web").state == "locking"

    def test_errors_count_against_one_timeout_over_all_grants(self):
        world = self.failing()
        world.wait(minutes=5)
        row = world.last("web")
        assert (row.errors_since, row.erred) == (None, timedelta(minutes=5))
        world.wait(minutes=20)
        row = put_off(world.last("web"), Transient("502"), world.now, tried=True)
        assert row.errors_since == world.now - timedelta(minutes=5)
        world.rows[row.id] = replace(row, retry_at=world.now + timedelta(hours=1))
        world.wait(minutes=24)
        assert world.last("web").state == "locking"
        world.wait(minutes=1)
        assert world.states("web") == ["failed errored"]


SOAKED = """
version: 1
warehouses: {web: {paths: [apps/web/]}}
locks: {env: {permits: 1}}
stages:
  dev: {path: stages/dev, verify: {checks: [dev]}}
  e2e: {needs: [dev], path: stages/e2e, lock: env, verify: {checks: [e2e]}%s}
"""
THREE = """
version: 1
warehouses: {web: {paths: [apps/web/]}}
locks: {env: {permits: 1}}
stages:
  a: {path: stages/a, lock: env, verify: {checks: [a]}}
  b: {path: stages/b, lock: env, verify: {checks: [b]}, soak: %s}
  c: {path: stages/c, lock: env, verify: {checks: [c]}}
"""


class TestEnding:
    def test_held_for_longer_than_max_hold_turns_suspect_and_blocks(self):
        world = two()
        world.check(world.last("web").landed, "web", None)
        assert world.settle().wake_at == START + timedelta(minutes=20)
        world.wait(minutes=20)
        assert world.live() == {"web": "suspect", "api": "queued"}

    def test_a_suspect_is_freed_by_the_end_of_its_check(self):
        world = two()
        world.check(world.last("web").landed, "web", None)
        world.wait(minutes=20)
        world.conclude(world.last("web").landed, "web", "success")
        world.settle()
        assert world.states("web") == ["verified verified"]
        assert world.live() == {"api": "held"}

    def test_a_check_that_never_started_frees_the_lock_at_the_timeout(self):
        world = two("many", "many")
        world.wait(minutes=30)
        assert world.states("web") == ["failed check-missing"]
        assert world.live() == {}

    def timed_out(self, app):
        world = two("many", "many")
        world.check(world.last("web").landed, "web", None, app=app)
        world.wait(minutes=30)
        assert world.states("web") == ["failed check-unfinished"]
        return world

    def test_one_that_may_still_run_at_the_timeout_turns_it_suspect(self):
        world = self.timed_out("jenkins")
        assert world.live() == {"web": "suspect"}
        world.conclude(world.last("web").landed, "web", "cancelled")
        world.settle()
        assert world.live() == {}

    def test_a_workflow_that_was_cancelled_at_the_timeout_has_five_minutes_to_end(self):
        world = self.timed_out("github-actions")
        assert world.live() == {"web": "held"}
        assert world.settle().wake_at == world.now + timedelta(minutes=5)
        world.wait(minutes=4)
        world.conclude(world.last("web").landed, "web", "cancelled")
        world.settle()
        assert world.live() == {}

    def test_a_workflow_that_does_not_end_when_it_is_cancelled_turns_it_suspect(self):
        world = self.timed_out("github-actions")
        world.wait(minutes=5)
        assert world.live() == {"web": "suspect"}

    def test_withdrawn_freight_frees_nothing_whose_job_may_still_start(self):
        world = two("many", "two")
        world.reset("main", world.git.line(world.git.heads["main"])[-1])
        world.settle()
        assert world.states("web") == ["cancelled withdrawn"]
        assert world.live()["web"] == "suspect"
        world.wait(minutes=30)
        assert world.live() == {}

    @pytest.mark.parametrize("running", [True, False])
    def test_a_removed_stage_frees_nothing_whose_job_may_run(self, running):
        world = two("many", "many")
        if running:
            world.check(world.last("web").landed, "web", None)
        world.configure((TWO % ("many", "", "many")).replace("  web: {freight", "  w2: {freight"))
        world.settle()
        assert world.states("web") == ["cancelled stage-removed"]
        assert world.live()["web"] == "suspect"

    def test_no_edit_of_the_file_frees_a_running_grant(self):
        world = two()
        world.check(world.last("web").landed, "web", None)
        before = world.request("web")
        for text in (
            TWO % ("two", "", "one"),
            (TWO % ("one", "", "one")).replace("permits: 1", "permits: 3"),
            (TWO % ("one", "", "one")).replace(", lock: one", ""),
            (TWO % ("one", "", "one")).replace(", verify: {checks: [web]}", ""),
        ):
            world.configure(text)
            world.settle()
            assert world.requests[before.id].state == "held", text
            assert world.last("web").state == "verifying"

    def test_removing_the_whole_file_leaves_it_suspect(self):
        world = two()
        world.check(world.last("web").landed, "web", None)
        world.pipeline = Pipeline({}, {})
        world.settle()
        assert world.live()["web"] == "suspect"

    def test_what_a_person_released_is_not_taken_again(self):
        world = two()
        world.check(world.last("web").landed, "web", None)
        world.wait(minutes=20)
        request = world.request("web")
        world.requests[request.id] = replace(request, state="released", ended_by="ann")
        world.settle()
        assert world.live() == {"api": "held"}
        assert world.last("web").state == "verifying"


class TestSuspectIsSaid:
    """Who waits for a lost grant reads what frees it, and so does who has it."""

    def suspect(self, one="one"):
        world = two(one, one)
        world.check(world.last("web").landed, "web", None)
        world.wait(minutes=20 if one == "one" else 120)
        return world

    def verdict(self, world, stage):
        return world.verdict(stage, world.last(stage).freight.sha)

    def test_to_the_stage_that_waits(self):
        found = self.verdict(self.suspect(), "api")
        assert (found.reason, found.names) == (Reason.LOCK_SUSPECT, ("one",))
        assert title(found) == "blocked: one is suspect; a maintainer must press Release"
        told = why(found, SITE)
        assert "presses **Release** on the run `stagelock / lock / one`" in told
        assert "when it is its turn" not in told
        assert "nothing needs to be done" not in told

    def test_to_the_stage_that_has_it(self):
        told = why(self.verdict(self.suspect(), "web"), SITE)
        assert "one is suspect: the job that has it may still run" in told
        assert "**To do:** once the job of `web` has ended, somebody with *maintain* in" in told
        assert "when it is its turn" not in told

    def test_in_the_status(self):
        world = self.suspect()
        snapshot, plan = world.look()
        told = status(snapshot, plan, SITE)
        assert "### Locks\n\n| lock | state | holder | queue |" in told
        assert "| `one` | **suspect** | `" in told
        assert "since 2026-03-02 09:00 UTC | `" in told
        assert "**To do:** once the job of `web` has ended, somebody with *maintain* in" in told
        assert "blocked: one is suspect" in told

    def test_while_somebody_else_holds_a_permit_it_blocks_nobody_for_ever(self):
        world = two("many", "many")
        first = world.request("web")
        world.requests[99] = replace(first, id=99, stage="x", promotion="x", seq=0)
        world.requests[first.id] = replace(first, state="suspect", suspect_at=world.now)
        board = Board(world.requests.values())
        assert not board.blocked("many", 2)
        world.requests[99] = replace(world.requests[99], state="suspect")
        assert not board.blocked("many", 4)

    def test_to_the_next_freight_of_the_stage_whose_own_grant_is_lost(self):
        world = two("many", "two")
        world.reset("main", world.git.line(world.git.heads["main"])[-1])
        world.settle()
        assert world.live()["web"] == "suspect"
        world.push({"apps/web/x": "3"})
        world.settle()
        found = self.verdict(world, "web")
        assert (found.reason, found.names) == (Reason.LOCK_SUSPECT, ("many",))


def test_fewer_permits_than_are_held_bind_new_grants_only():
    world = two("many", "many")
    world.configure((TWO % ("many", "", "many")).replace("permits: 2", "permits: 1"))
    world.settle()
    assert len(Board(world.requests.values()).holders("many")) == 2
