"""A little world in which the locks of stages are edited, and a stage in each state of asking."""

from __future__ import annotations

from tests.core.world import a_pipeline

STAGES = """
version: 1
warehouses: {web: {paths: [apps/web/]}, api: {paths: [apps/api/]}}
stages:
  web: {freight: web, path: stages/web, verify: {checks: [web]}, timeout-minutes: 30, lock: %s}
  api: {freight: api, path: stages/api, verify: {checks: [api]}, timeout-minutes: 30%s}
  last: {freight: web, path: stages/last, verify: {checks: [last]}, lock: two}
locks:
  one: {permits: 1, max-hold: 20m}
  two: {permits: 1}
  three: {permits: 1}
"""
REMOVED = """
version: 1
warehouses: {web: {paths: [apps/web/]}, api: {paths: [apps/api/]}}
stages:
  last: {freight: web, path: stages/last, verify: {checks: [last]}, lock: two}
locks: {one: {permits: 1, max-hold: 20m}, two: {permits: 1}}
"""
NOW = ", lock: one"


def begun(state):
    """`web` holds `one`, `last` holds `two`, and `api` is in *state* of asking for `one`."""
    world = a_pipeline(STAGES % ("one", NOW))
    world.push({"apps/web/x": "1"})
    world.settle()
    world.push({"apps/api/x": "1"})
    world.settle()
    assert world.live() == {"web": "held", "last": "held", "api": "queued"}
    if state == "queued":
        return world
    passes(world, "web")
    world.check(world.last("api").landed, "api", None)
    if state == "suspect":
        world.wait(minutes=20)
    elif state == "ended with a suspect":
        world.reset("main", world.git.line(world.git.heads["main"])[-1])
        world.settle()
        assert world.last("api").state == "cancelled"
    assert world.request("api").state == state.rpartition(" ")[2]
    return world


def passes(world, stage):
    commit = world.last(stage).landed
    names = [run.name for run in world.runs.get(commit, ()) if run.conclusion is None]
    if stage in names:
        world.conclude(commit, stage, "success")
    else:
        world.check(commit, stage)
    world.settle()
