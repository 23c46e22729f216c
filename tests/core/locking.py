"""Two stages that share a lock."""

from __future__ import annotations

from tests.core.world import a_pipeline

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


GUARDED = """\
version: 1
warehouses: {web: {paths: [apps/web/]}}
stages:
  dev:
    path: stages/dev
    lock: env
    steps: [{uses: copy, with: {from: apps/web, to: web}}]
locks:
  env: {permits: 1, environments: %s}
"""
