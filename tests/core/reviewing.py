"""A stage that people merge into."""

from __future__ import annotations

from tests.core.world import a_pipeline

TEXT = """
version: 1
warehouses: {web: {paths: [apps/web/]}}
stages:
  dev: {path: stages/dev}
  prod: {needs: [dev], path: stages/prod, via: pull-request%s}
locks: {env: {permits: 1}, other: {permits: 1}}
"""


def opened(extra="", text="1"):
    world = a_pipeline(TEXT % extra)
    world.push({"apps/web/x": text})
    world.settle()
    return world


def ready(world):
    """Whether each head's check is green: what may be merged now."""
    _, plan = world.look()
    return [h.ready for h in plan.heads]
