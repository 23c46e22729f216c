"""Freight that was superseded by freight which a force push took away."""

from __future__ import annotations

from tests.core.world import a_pipeline

TEXT = """
version: 1
warehouses:
  web: {paths: [apps/web/]}
locks:
  one: {permits: 1}
stages:
  s0: {path: stages/s0, lock: one, verify: {checks: [t0]}}
  s1: {branch: env/s1, lock: one}
"""


def test_what_withdrawn_freight_superseded_may_enter_again():
    """The newest freight on the line waits for nobody that enters no stage any more."""
    world = a_pipeline(TEXT)
    world.push({"apps/web/x": "first"})
    world.settle()
    running = world.last("s0").landed
    world.check(running, "t0", None)
    good = world.push({"apps/web/x": "good"})
    world.settle()
    line = world.git.heads["main"]
    world.push({"apps/web/x": "bad"})
    world.settle()
    world.reset("main", line)
    world.settle()
    world.conclude(running, "t0", "success")
    world.settle()
    world.wait(minutes=2)
    world.settle()
    landed = [p for p in world.rows.values() if p.stage == "s1" and p.landed]
    assert landed[-1].freight.sha == good, [(p.freight.short, p.state) for p in world.rows.values()]
