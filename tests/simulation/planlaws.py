"""R44: the plan is said once, `success`, of no pull request, where main first has a valid file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.simulation.github import OWN_APP, Run

if TYPE_CHECKING:
    from tests.simulation.world import World


class PlanLaws:
    """Knows every tip of main, and every commit that was proposed."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._tips: set[str] = set()
        self._proposed: set[str] = set()
        world.server.pushed.append(self._moved)

    def _moved(self, branch: str, _old: str | None, new: str | None) -> None:
        if new is not None and branch == "main":
            self._tips.add(new)
        elif new is not None and new not in self._tips:  # a branch made of main proposes nothing
            self._proposed.add(new)

    def after(self) -> None:
        """At most one, where main was."""
        self._proposed.update(pull.head_sha for pull in self._world.forge.pulls.values())
        found = self._found()
        if len(found) > 1:
            self._world.law.wrong(f"R44: the plan is said on {[run.sha[:7] for run in found]}")
        for run in found:
            if run.conclusion != "success" or run.sha not in self._tips:
                self._world.law.wrong(f"R44: it says {run.conclusion} on {run.sha[:7]}")

    def at_rest(self) -> None:
        """It is there."""
        if not self._found():
            self._world.law.wrong("R44: the plan was never said, and nobody can require it")

    def _found(self) -> list[Run]:
        runs = self._world.forge.runs.values()
        plans = (r for r in runs if (r.app_id, r.name) == (OWN_APP, "stagelock / plan"))
        return [run for run in plans if run.sha not in self._proposed]
