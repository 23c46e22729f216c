"""A person pushes without end while three stages promote: what must hold all the time, and after."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from pathlib import Path

from app.sandbox.github.git_store import CommitInfo
from app.sandbox.people.world import World
from tests.crash.place import place
from tests.processes import paced

REPO = "acme/endless"
DEV_EVERY = timedelta(seconds=3)
PROD_EVERY = timedelta(seconds=10)
VERIFYING = timedelta(seconds=5)
PIPELINE = f"""\
version: 1
warehouses: {{web: {{paths: [apps/web/]}}}}
stages:
  dev: {{path: stages/dev, at-most-every: {DEV_EVERY.seconds}s}}
  e2e: {{needs: [dev], path: stages/e2e, lock: floor, verify: {{checks: [e2e]}}}}
  prod: {{needs: [e2e], path: stages/prod, at-most-every: {PROD_EVERY.seconds}s}}
locks: {{floor: {{permits: 1}}}}
"""
EVERY = {"dev": DEV_EVERY, "e2e": VERIFYING, "prod": PROD_EVERY}
SECOND = timedelta(seconds=1)
"""Git's times are whole seconds."""


def change(number: int) -> dict[str, bytes | str | None]:
    """The person's next commit."""
    return {"apps/web/index.html": f"{number}\n"}


def landings(world: World, stage: str) -> list[CommitInfo]:
    """The promotion commits of *stage*, oldest first."""
    line = f"Stagelock-Stage: {stage}"
    return [c for c in world.log(REPO, "main")[::-1] if line in c.message.splitlines()]


def broken(world: World, pushed: list[str], lasted: timedelta) -> list[str]:
    """
    What does not hold after *lasted* of pushes and the rest that followed them.

    No commit is lost; each stage got new freight within its bound again and again, never more
    often than it may, and holds the newest at the end.
    """
    wrong = []
    line = {commit.sha for commit in world.log(REPO, "main")}
    if not set(pushed) <= line:
        wrong.append(f"{len(set(pushed) - line)} commits of the person are lost")
    for stage, every in EVERY.items():
        found = landings(world, stage)
        gaps = [b.committed_at - a.committed_at for a, b in pairwise(found)]
        most = int(lasted / every) + 2
        if len(found) > most:
            wrong.append(f"{stage} was written {len(found)} times, at most {most} are allowed")
        if any(gap < every - SECOND for gap in gaps):
            wrong.append(f"{stage} was written again after {min(gaps)}")
        # What is upstream comes first; then its own pause; and a tick takes its time.
        bound = 3 * max(EVERY.values())
        if any(gap > bound for gap in gaps) or len(found) < lasted / bound:
            wrong.append(f"{stage} starved: {len(found)} landings, {max(gaps, default=None)} apart")
        newest = world.tree_id(REPO, pushed[-1], "apps/web")
        if world.tree_id(REPO, "main", f"stages/{stage}") != newest:
            wrong.append(f"{stage} does not hold the newest")
    return wrong


def run(root: Path, seconds: int) -> list[str]:
    """The whole of it in real time, on real processes."""
    with place(root) as here:
        world = here.world
        world.ci.job("e2e", paths=("stages/e2e",), lasts=VERIFYING.total_seconds())
        here.start("serve")
        world.create_repo(REPO, files={"stagelock.yaml": PIPELINE, **change(0)})
        world.wait_for(lambda: landings(world, "prod"), 120, "nothing arrived in prod")
        pushed = [
            world.push(REPO, "main", change(number + 1), message="A change")
            for number in paced(seconds, 1.0)
        ]

        def newest_everywhere() -> bool:
            wanted = world.tree_id(REPO, pushed[-1], "apps/web")
            return all(world.tree_id(REPO, "main", f"stages/{s}") == wanted for s in EVERY)

        world.wait_for(newest_everywhere, 120, "the newest did not arrive everywhere")
        here.wait_for_rest()
        for stage in EVERY:
            times = len(landings(world, stage))
            print(f"  {stage}: {times} promotions of {len(pushed)} pushes")  # noqa: T201
        first, last = world.log(REPO, "main")[-1], world.log(REPO, "main")[0]
        return broken(world, pushed, last.committed_at - first.committed_at)
