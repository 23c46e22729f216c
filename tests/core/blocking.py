"""Freight that people block or take back, in the little world."""

from __future__ import annotations

from app.core.model.names import Sha
from app.core.model.reverts import Revert
from tests.core.saying import sha
from tests.core.world import World

HEAD = "version: 1\nwarehouses: {web: {paths: [apps/web/]}}\nstages:\n"
PROVEN = HEAD + "  dev: {path: stages/dev, verify: {checks: [e2e]}}\n"
AUTO = HEAD + (
    "  dev: {path: stages/dev, via: pull-request, merge: auto, lock: floor, verify: {checks: [e2e]}}\n"
    "locks: {floor: {}}\n"
)


def pushed(world: World, text: str) -> str:
    sha = world.push({"apps/web/x": text})
    world.settle()
    return sha


def shas(world: World, stage: str) -> list[str]:
    return [row.freight.sha for row in world.of(stage)]


CHAIN = HEAD + (
    "  dev: {path: stages/dev}\n  prod: {needs: [dev], path: stages/prod, verify: {checks: [smoke]}}\n"
)


def taken_back(world: World, commit: str) -> None:
    world.taken[Sha(commit)] = Revert(Sha(commit), sha(99))
