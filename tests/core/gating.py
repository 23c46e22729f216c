"""A little world whose third stage has gates, and every gate's answer there."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from app.core.gates.entry import entry_gates
from app.core.model.names import FreightId, StageName, WarehouseName
from app.core.state.ledger import Ledger
from tests.core.world import a_pipeline

HOUR = timedelta(hours=1)
PIPELINE = """
version: 1
warehouses: {web: {paths: [apps/web/]%s}}
stages:
  a: {path: stages/a, verify: {checks: [test-a]}}
  b: {path: stages/b, verify: {checks: [test-b]}}
  c:
    path: stages/c
    steps: [{uses: copy, with: {from: apps/web, to: .}}]
"""


def world_with(*lines, files=(), warehouse=""):
    """A first freight is minted at START; *lines* stand in stage c, *files* in its folder."""
    extra = "".join(f"    {line}\n" for line in lines)
    world = a_pipeline(PIPELINE % warehouse + extra)
    there = {f"stages/c/{name}": "by hand" for name in files}
    world.sha = world.push({"apps/web/x": "1", **there})
    world.settle()
    return world


def answers(world, gates=entry_gates, **facts):
    """Every gate's answer for the first freight in stage c, by its name."""
    snapshot, _ = world.look()
    ledger = Ledger(replace(snapshot, **facts), snapshot.config.pipeline)
    view = ledger.views[StageName("c")]
    return {g.gate: g for g in gates(ledger, view, FreightId(WarehouseName("web"), world.sha))}
