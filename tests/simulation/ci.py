"""What CI does of itself, as GitHub Actions and those that post commit statuses do it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from app.core.model.names import Sha
from app.core.model.pipeline import Stage
from tests.simulation.dispatching import Started
from tests.simulation.github import CI_APP, STATUSES, Run

if TYPE_CHECKING:
    from tests.simulation.world import World

NEEDED = "unit"
"""The job that the others of its workflow need."""
LOST = 12
"""Of a hundred deliveries about checks so many do not arrive."""
SWEPT_WITHIN = timedelta(minutes=7)
"""The sweep comes every five minutes; the clocks of two machines are not the same."""


class CI:
    """
    A push starts what its head is to be checked by, and nothing on the commits below that head.

    Most checks begin at once, some late, some never; most are jobs of one workflow, some have one
    of their own, a few are posted as statuses. In some worlds a push cancels what runs on the head
    before it.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self.loses = True
        """Deliveries get lost, until all is calm."""
        self._cancels = world.chance("cancel-in-progress") < 20
        world.server.pushed.append(self._pushed)
        world.forge.suite_of = self.suite_of
        world.forge.spoken = self._told
        world.forge.ended = self._ended

    def silence(self) -> None:
        """From now on nothing begins by itself, and no delivery is lost: the test says what runs."""
        self._world.server.pushed.remove(self._pushed)
        self.loses = False

    def _told(self, run: Run) -> None:
        """GitHub's delivery about the run, or status: some are lost until the sweep, or come late."""
        world = self._world
        lost = self.loses and world.chance(f"lost {run.id} {run.conclusion}") < LOST
        if lost:
            world.sweep_due = world.now + SWEPT_WITHIN
        if not run.suite:
            world.deliver("status", "", {"sha": run.sha}, times=int(not lost))
            return
        action = "created" if run.conclusion is None else "completed"
        told = {"id": run.id, "name": run.name, "head_sha": run.sha, "app": {"id": run.app_id}}
        world.deliver("check_run", action, {"check_run": told}, times=int(not lost))

    def _ended(self, run: Started) -> None:
        """A run ended before it had a job: GitHub tells of its suite, and that may be lost, too."""
        lost = self.loses and self._world.chance(f"lost run {run.id}") < LOST
        if lost:
            self._world.sweep_due = self._world.now + SWEPT_WITHIN
        body = {"check_suite": {"id": run.suite, "head_sha": run.head, "app": {"id": CI_APP}}}
        self._world.deliver("check_suite", "completed", body, times=int(not lost))

    def suite_of(self, name: str) -> str:
        """The workflow that *name* is a job of; a status has none."""
        place = self._world.chance(f"workflow of {name}")
        if place < 6 and name != NEEDED:
            return STATUSES
        return "ci" if place < 70 or name == NEEDED else name

    def _pushed(self, branch: str, old: Sha | None, new: Sha | None) -> None:
        world = self._world
        if new is None or "main" not in world.server.tips:
            return
        names = self._names(branch, old, new)
        tree = world.server.objects.tree_of(new)
        begun = [
            name for name in names if world.chance(f"{tree} {name}") < (40, 70)[name != NEEDED]
        ]
        if self._cancels and old is not None and begun:
            self._cancel(old)
        for name in begun:
            world.forge.start(new, name)

    def _names(self, branch: str, old: Sha | None, new: Sha) -> list[str]:
        world, names = self._world, []
        try:
            pipeline = world.pipeline
        except AssertionError:
            return []
        for stage in pipeline.stages.values():
            if world.branch(stage) == branch and self._touched(stage, old, new):
                names += [rule.pattern.replace("*", "-a") for rule in stage.verify]
        if branch == "main":
            names += [r.pattern for w in pipeline.warehouses.values() for r in w.checks]
        if branch.startswith("stagelock/"):
            names.append("lint")
        return list(dict.fromkeys([*names, NEEDED]))

    def _touched(self, stage: Stage, old: Sha | None, new: Sha) -> bool:
        server = self._world.server
        return any(server.at(old, o.path) != server.at(new, o.path) for o in stage.outputs)

    def _cancel(self, old: Sha) -> None:
        for run in self._world.forge.unfinished():
            if run.sha == old and run.suite:
                self._world.forge.conclude(run, "cancelled")


def skip_what_needs(world: World, run: Run) -> list[Run]:
    """*run* has not passed: the unfinished jobs of its workflow that need it are skipped."""
    others = [
        r for r in world.forge.unfinished()
        if (r.sha, r.suite) == (run.sha, run.suite) and r.suite
    ]  # fmt: skip
    for other in others:
        world.forge.conclude(other, "skipped")
    return others


def rerun_failed(world: World, run: Run) -> list[Run]:
    """
    "Re-run failed jobs" of *run*'s workflow: what failed or was left out begins anew, in the same
    suite; what passed stays as it is.
    """
    newest = {
        r.name: r
        for r in world.forge.at[run.sha]
        if r.suite == run.suite and r.app_id == run.app_id
    }
    if any(r.conclusion is None for r in newest.values()):
        return []  # GitHub re-runs no workflow run that is still running
    again = [r for r in newest.values() if r.conclusion not in ("success", "neutral")]
    return [world.forge.start(r.sha, r.name, r.suite) for r in again]
