"""Stages with something to go back to."""

from __future__ import annotations

from app.core.model.records import Hold
from tests.flows.harness import REPO, Flow

DEV = """\
  dev:
    path: stages/dev
    steps:
      - uses: copy
        with: {from: apps/web, to: web}
"""
HEAD = """\
version: 1
warehouses:
  web: {paths: [apps/web/]}
stages:
"""
PLAIN = f"{HEAD}{DEV}  prod: {{needs: [dev], path: stages/prod, auto: false}}\n"
LOCKED = """\
    lock: one
    verify: {checks: [%s]}
"""
PROD = "  prod: {needs: [dev], path: stages/prod}\nlocks: {one: {}}\n"
VERIFIED = HEAD + DEV + LOCKED % "e2e" + PROD


def begun(flow: Flow, pipeline: str = PLAIN, *, names: str = "one two three") -> list[str]:
    """Freight after freight, each landed in `dev` (and verified where nothing is to be verified)."""
    first, *rest = names.split()
    found = [flow.repo({"stagelock.yaml": pipeline, "apps/web/index.html": first})]
    return found + [flow.push({"apps/web/index.html": name}) for name in rest]


def verified(flow: Flow, stage: str, freight: str) -> None:
    flow.finish(flow.landed(stage, freight), "e2e")


def hold_of(flow: Flow, stage: str) -> Hold | None:
    return next((hold for hold in flow.records().holds if hold.stage == stage), None)


def newest_commit(flow: Flow, branch: str = "main") -> str:
    return flow.world.log(REPO, branch)[0].message


REVIEWED = HEAD + DEV + "  prod: {needs: [dev], path: stages/prod, via: pull-request}\n"
