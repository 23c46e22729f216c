"""Lock groups in the plan: who is granted what and when, and what frees it again."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from app.core.model.records import Intent
from app.core.planning.actions import Requeue
from app.engine.actions.context import put_off
from app.errors import Transient
from tests.core.locking import TWO, two
from tests.core.world import a_pipeline


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
        assert row.landed is not None
        before = world.git.below(row.landed)
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
