"""Pipeline files that several subjects start from, and the parts that they are put together of."""

from __future__ import annotations

import itertools

from tests.flows.harness import ONE_BRANCH

MANUAL = """\
version: 1
warehouses:
  web: {paths: [apps/web/]}
stages:
  dev:
    path: stages/dev
    steps:
      - uses: copy
        with: {from: apps/web, to: web}
  prod:
    needs: [dev]
    path: stages/prod
    auto: false
"""
MANUAL_FILES = {"stagelock.yaml": MANUAL, "apps/web/index.html": "one"}
BY_PULL = MANUAL.replace("auto: false", "via: pull-request")
EVERY_WAY = ONE_BRANCH.replace(
    "    path: stages/prod\n",
    "    path: stages/prod\n    via: pull-request\n  live: {needs: [e2e], branch: env/live}\n",
)
EVERY_WAY_FILES = {"stagelock.yaml": EVERY_WAY, "apps/web/index.html": "one"}
UNLOCKED = ONE_BRANCH.replace("    lock: e2e-env\n    verify: {checks: [e2e]}\n", "")
UNLOCKED_FILES = {"stagelock.yaml": UNLOCKED, "apps/web/a": "1"}
DEV_ALONE = ONE_BRANCH.partition("  e2e:\n")[0]
ALONE = {"stagelock.yaml": DEV_ALONE, "apps/web/index.html": "one"}
SOURCES = {"apps/web/index.html": "one"}


def pipeline(stages: str) -> str:
    return f"version: 1\nwarehouses:\n  web: {{paths: [apps/web/]}}\nstages:\n{stages}"


def filled(name: str, more: str = "") -> str:
    """A stage directly on the warehouse."""
    return (
        f"  {name}:\n    path: stages/{name}\n    steps:\n"
        f"      - {{uses: copy, with: {{from: apps/web, to: web}}}}\n{more}"
    )


def chained(names: tuple[str, ...]) -> str:
    later = (
        f"  {name}: {{needs: [{above}], path: stages/{name}}}\n"
        for above, name in itertools.pairwise(names)
    )
    return pipeline(filled(names[0]) + "".join(later))


WEB = {"apps/web/a": "1"}
