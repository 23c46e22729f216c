"""The lines of branches, made of the tips that the App has seen (rules B1 to B6)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

from app.core.model.names import Sha
from tests.oracle.lines import Line

if TYPE_CHECKING:
    from tests.simulation.world import World


def _tips(push: dict, branch: str) -> list[str]:
    """What a delivery about a push says that *branch* was before and after it."""
    on = push.get("ref") == f"refs/heads/{branch}"
    return [push[name] for name in ("before", "after") if on and set(push[name]) != {"0"}]


class SeenLines:
    """*by_branch* is what the App has seen so far."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.by_branch: dict[str, Line] = {}
        self._before: dict[str, Line] = {}

    def saw(self, heads: Mapping[str, str]) -> None:
        """
        The App looks at the branches. A tip that nobody saw may be on no line (rule B6): so these
        are the tips that the lines are made of.
        """
        if self._world.faults.late:
            return  # a worker that has lost its lease looks at what was
        for branch in [name for name in self.by_branch if name not in heads]:
            del self.by_branch[branch]
        for branch, tip in heads.items():
            if not branch.startswith("stagelock/"):
                self._follow(branch, tip)

    def after(self) -> None:
        """After a step: who died before it had stored what it saw has not seen it (rules B5, B6)."""
        for branch, line in self._before.items() if not self._world.clean else ():
            stored = self._world.store.lines.load(1, branch).tips
            now = self.by_branch.get(branch)
            if now is not None and stored and stored[-1].sha != now.tips[0]:
                self.by_branch[branch] = line
        self._before.clear()

    def _follow(self, branch: str, tip: str) -> None:
        server = self._world.server
        line = self.by_branch.get(branch)
        if line is None:
            line = Line(lambda sha: server.objects.fact(Sha(sha)).parents, self._holds)
            self.by_branch[branch] = line
        if line.tips[:1] == [tip]:
            return
        if line.tips:
            self._before.setdefault(branch, line.copy())
        for told in self._told_of(branch, tip, line.tips[:1]):
            line.push(told)
        line.push(tip)

    def _told_of(self, branch: str, tip: str, since: list[str]) -> list[str]:
        """The tips between *since* and *tip* that deliveries told of (rule B5), oldest first."""
        holds = self._holds
        named = {
            sha
            for delivery, arrived in self._world.mail
            if arrived and delivery.event == "push"
            for sha in _tips(json.loads(delivery.body), branch)
        } - {tip, *since}
        between = [t for t in named if holds(t, tip) and all(holds(s, t) for s in since)]
        return sorted(between, key=lambda t: sum(holds(other, t) for other in between))

    def _holds(self, ancestor: str, tip: str) -> bool:
        return self._world.server.objects.is_ancestor(Sha(ancestor), Sha(tip))
