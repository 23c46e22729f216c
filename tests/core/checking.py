"""A stage that one check decides."""

from __future__ import annotations

from datetime import timedelta

from tests.core.world import a_pipeline

TEXT = """
version: 1
warehouses: {web: {paths: [apps/web/]}}
stages:
  dev: {path: stages/dev, verify: {checks: [test]}, timeout-minutes: 30%s}
  prod: {needs: [dev], path: stages/prod, soak: 1h}
locks: {env: }
"""


def begun(extra=""):
    world = a_pipeline(TEXT % extra)
    world.push({"apps/web/x": "1"})
    world.settle()
    return world


def say(world, conclusion, name="test", at=None):
    world.now += timedelta(minutes=1)
    world.check(at or world.last("dev").landed, name, conclusion)
    return world.settle()
