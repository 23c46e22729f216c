"""What is known of the pipeline files of many repositories, a few asked at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from app.core.model.facts import RepoFact
from app.errors import OutsideError
from app.ports import Clock
from app.setup.proposing import Start, State

AT_ONCE = 4
"""Repositories that are asked in one look: a page is waited for."""
AGAIN = timedelta(seconds=10)


class Starts:
    """
    Remembers what *standing* said of each repository, for as long as this object lives.

    One that has its file is not asked again; any other after `AGAIN`.
    """

    def __init__(self, standing: Callable[[RepoFact], Start], clock: Clock) -> None:
        self._standing, self._clock = standing, clock
        self._known: dict[int, tuple[datetime, Start]] = {}

    def of(self, facts: Sequence[RepoFact]) -> tuple[Start, ...]:
        """Where *facts* stand, as far as it is known, in their order; asks those most in need."""
        now = self._clock()
        due = [fact for fact in facts if self._is_due(fact, now)]
        due.sort(key=lambda fact: fact.repo.id in self._known)
        for fact in due[:AT_ONCE]:
            try:
                start = self._standing(fact)
            except OutsideError:  # what was known stays; it is asked again
                start = self._last(fact)
            self._known[fact.repo.id] = now, start
        return tuple(self._last(fact) for fact in facts)

    def outdate(self, repo_id: int) -> None:
        """Something was done there: ask it at the next look."""
        self._known.pop(repo_id, None)

    def _is_due(self, fact: RepoFact, now: datetime) -> bool:
        known = self._known.get(fact.repo.id)
        return known is None or (known[1].state is not State.THERE and now >= known[0] + AGAIN)

    def _last(self, fact: RepoFact) -> Start:
        known = self._known.get(fact.repo.id)
        return Start(fact.repo) if known is None else known[1]
