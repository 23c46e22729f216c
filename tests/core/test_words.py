"""Words are not data: what the rows say to people decides nothing."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import HealthCheck, given, settings

from app.core.model.names import FreightId
from app.core.model.records import Intent
from app.core.planning.stage_plan import superseded
from app.core.state.ledger import Ledger
from tests.core.world import a_pipeline
from tests.core.world_random import HISTORIES, begin, happen, pipelines

OTHER = "failed: web@" + "f" * 40 + ", no check named x started; revoked: y failed at 14:02"
"""Looks like everything that we say ourselves."""


def reworded(world):
    """Every text that we stored for people is another one by now."""
    for row in list(world.rows.values()):
        world.rows[row.id] = replace(row, detail=OTHER if row.detail else "")
    for request in list(world.requests.values()):
        world.requests[request.id] = replace(request, reason=OTHER if request.reason else "")
    for name, hold in list(world.holds.items()):
        world.holds[name] = replace(hold, reason=OTHER)


def ends(world):
    rows = [replace(row, detail="") for row in sorted(world.rows.values(), key=lambda row: row.id)]
    requests = [replace(request, reason="") for request in world.requests.values()]
    return rows, requests, world.git.heads


@settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(pipelines(), HISTORIES)
def test_with_all_stored_texts_replaced_everything_ends_the_same(text, events):
    """rule N15"""
    plain, other = begin(text), begin(text)
    for event in [None, *events]:
        for world in (plain, other):
            if event is not None:
                happen(world, event)
            world.settle()
        reworded(other)
    assert ends(plain) == ends(other)


ONE = """
version: 1
warehouses: {web: {paths: [apps/web/]}}
stages:
  dev: {path: stages/dev, verify: {checks: [%s]}}
  env: {branch: live, needs: [dev]}
"""


def test_what_landed_late_after_it_was_superseded_is_still_superseded_by_the_same():
    """rule N15: what is said of the landing once stood behind the freight's name."""
    world = a_pipeline(ONE % "unit")
    first = world.push({"apps/web/x": "1"})
    world.settle()
    second = world.push({"apps/web/x": "2"})
    row = world.last("dev")
    snapshot, _ = world.look()
    newer = FreightId(row.freight.warehouse, second)
    late = superseded(Ledger(snapshot, world.pipeline), row, newer)
    assert row.landed is not None
    pushed = Intent("main", world.git.below(row.landed), row.landed, world.now)
    world.rows[row.id] = replace(late, landed=None, landed_at=None, intent=pushed)
    world.settle()
    told = world.at("dev", first)[0]
    assert "landed out of turn" in told.detail
    assert world.verdict("dev", first).by == newer


def test_the_name_of_a_check_may_hold_a_comma():
    """rule N15"""
    world = a_pipeline(ONE % '"lint, test"')
    sha = world.push({"apps/web/x": "1"})
    world.settle()
    world.check("main", "lint, test", "failure")
    world.settle()
    assert world.last("dev").state == "failed"
    assert world.verdict("dev", sha).names == ("lint, test",)
