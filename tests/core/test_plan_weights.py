"""Weights, named permits and `max-wait` in the plan."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.core.world import a_pipeline

FILE = """
version: 1
warehouses:
  web: {paths: [apps/web/]}
  api: {paths: [apps/api/]}
stages:
  web: {freight: web, path: stages/web, lock: %s, verify: {checks: [web]}, timeout-minutes: 30}
  api: {freight: api, path: stages/api, lock: %s, verify: {checks: [api]}, timeout-minutes: 30}
locks:
  db: {permits: 2}
  env: {permits: [e2e-1, e2e-2]}
  short: {max-wait: 10m, max-hold: 1d}
"""


def two(web, api):
    world = a_pipeline(FILE % (web, api))
    for app in ("web", "api"):
        world.push({f"apps/{app}/x": "1"})
        world.settle()
    return world


@pytest.mark.parametrize(
    ("web", "api", "second"),
    [
        ("db", "db", "held"),
        ("{db: 1}", "{db: 1}", "held"),
        ("db", "{db: 2}", "queued"),
        ("db", "{db: all}", "queued"),
        ("{db: all}", "db", "queued"),
        ("{db: 2}", "db", "queued"),
    ],
)
def test_who_takes_one_shares_and_who_takes_all_is_alone(web, api, second):
    world = two(web, api)
    assert world.live() == {"web": "held", "api": second}
    world.now += timedelta(minutes=1)
    world.check(world.last("web").landed, "web")
    world.settle()
    assert world.live() == {"api": "held"}


def test_what_all_means_is_counted_at_the_grant():
    world = two("{db: all}", "db")
    assert world.request("web").weights == {"db": 2}


def test_each_stage_has_a_named_permit_of_its_own():
    world = two("env", "env")
    assert world.request("web").permits == {"env": ("e2e-1",)}
    assert world.request("api").permits == {"env": ("e2e-2",)}


def test_a_visitor_takes_all_of_named_permits():
    world = two("env", "db")
    landed = world.last("web").landed
    world.check(landed, "web")
    world.settle()
    assert world.live() == {"api": "held"}
    world.check(landed, "web", None)
    world.settle()
    assert world.request("web").weights == {"env": 2}


def test_a_request_that_waits_for_longer_than_max_wait_ends_as_timed_out():
    world = two("short", "short")
    assert world.live() == {"web": "held", "api": "queued"}
    assert world.look()[1].wake_at <= world.now + timedelta(minutes=10)
    world.wait(minutes=9)
    assert world.live()["api"] == "queued"
    world.wait(minutes=1)
    assert world.request("api").state == "timed-out"
    assert world.states("api") == ["failed lock-timed-out"]
    assert world.live() == {"web": "held"}
