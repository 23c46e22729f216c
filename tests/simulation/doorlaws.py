"""Shows the oracle who stands at environments, who is let in there, and which grants end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from tests.oracle import doors
from tests.oracle.moment import Moment
from tests.simulation.doors import Door

if TYPE_CHECKING:
    from app.core.model.lock_requests import DirectRequest
    from tests.simulation.world import World


class AtDoors:
    """Remembers nothing: GitHub knows who is inside."""

    def __init__(self, world: World, moment: Callable[[], Moment]) -> None:
        self._world, self._moment = world, moment
        world.forge.lets_in = self._let_in

    def standing(self, door: Door) -> doors.Standing:
        forge = self._world.forge
        return doors.Standing(
            door.id, forge.attempt(door), door.environment, door.head, door.check,
            forge.inside(door), forge.waits(door),
        )  # fmt: skip

    def _let_in(self, door: Door) -> None:
        if self._world.faults.late:
            return  # a worker that has lost its lease goes by what was
        for words in doors.let_in(self._moment(), self.standing(door)):
            self._world.law.wrong(words)

    def gives_back(self, row: DirectRequest, by: str) -> None:
        """Called just before a grant of jobs ends; *by* a person, or by itself."""
        door = self._world.forge.doors.get(row.run) if row.kind == "job" and not by else None
        at = self.standing(door) if door is not None else None
        if at is None or (at.environment, f"{at.run}/{at.attempt}") != (row.asker, row.owner):
            return
        for words in doors.gives_back(at, row):
            self._world.law.wrong(words)

    def invited(self, moment: Moment) -> set[int]:
        """The checks that have, or ask for, grants of their own: these are counted themselves."""
        forge, asking = self._world.forge, self._world.law.witness.holding.jobs.asking(moment)
        here = {job.id for d in forge.doors.values() if d.check for job in forge.at_door(d)}
        return here | asking

    def owing(self, moment: Moment) -> Iterator[tuple[str, str]]:
        forge = self._world.forge
        there = [self.standing(d) for d in forge.doors.values() if d.id not in forge.silent]
        yield from doors.owing(moment, there)

    def at_rest(self) -> None:
        """15: nobody waits for ever."""
        for door in self._world.forge.doors.values():
            if self._world.forge.waits(door):
                self._world.law.wrong(f"15: the run {door.id} waits at {door.environment} for ever")
