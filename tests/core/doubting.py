"""A push whose answer did not come."""

from __future__ import annotations

from dataclasses import replace

from app.core.model.records import Intent
from tests.core.world import a_pipeline

TEXT = """
version: 1
warehouses: {web: {paths: [apps/web/]}}
stages:
  dev: {path: stages/dev, verify: {checks: [unit]}}
  e2e: {needs: [dev], path: stages/e2e, lock: env, verify: {checks: [e2e]}}
locks: {env: {permits: 1}}
"""


def doubtful(*, lost=True):
    """
    e2e's push was begun just now, and its answer did not come; *lost*: nor has it arrived.

    The commit that is below, and the one in doubt, are kept in ``world.before``, ``world.commit``.
    """
    world = a_pipeline(TEXT)
    world.push({"apps/web/x": "1"})
    world.settle()
    world.check("main", "unit")
    world.settle()
    row = world.last("e2e")
    assert row.landed is not None
    world.commit, world.before = row.landed, world.git.below(row.landed)
    world.rows[row.id] = replace(
        row,
        state="writing",
        landed=None,
        landed_at=None,
        intent=Intent("main", world.before, row.landed, world.now),
    )
    if lost:
        world.reset("main", world.before)
    world.done.clear()
    return world
