"""What a tick tried to find out and could not: each failure stays with its own question."""

from __future__ import annotations

import logging
from collections.abc import Callable, Hashable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import TypeVar

from app.core.model.questions import Question, Unanswered
from app.core.planning.retry_pauses import Patience
from app.errors import Conflict, Denied, Missing, OutsideError, Transient

Key = TypeVar("Key", bound=Hashable)
Fact = TypeVar("Fact")


class Behind(Exception):
    """The mirror is older than what GitHub says."""


class Enough(Exception):
    """The tick has asked as much as it may; the next one goes on."""


log = logging.getLogger("stagelock.survey")


class Attempts:
    """The questions of one tick without an answer. None is asked again before the next fetch."""

    def __init__(self, patience: Patience) -> None:
        self.patience = patience
        self.unanswered: dict[Question, Unanswered] = {}
        self.closed = False
        """Some answer was that we may not, or that it is not there: is the repository ours?"""
        self.silent: set[str] = set()
        """External lock services that gave no answer: they are not asked again."""
        self._looks: list[datetime] = []

    def forget(self) -> None:
        """The world was read anew: everything may be asked again."""
        self.unanswered.clear()

    def failed(self, question: Question, error: OutsideError, now: datetime) -> None:
        """Remember that *question* had *error* for an answer; raises it if our copy is damaged."""
        self.unanswered[question] = self._put_off(question, error, now)

    def enough(self, question: Question, words: str, now: datetime) -> None:
        """The limit of a tick is reached: the next one asks *question* at once."""
        self.unanswered[question] = Unanswered("later", words, now, now)

    def each(
        self,
        now: datetime,
        keys: Iterable[Key],
        question: Callable[[Key], Question],
        read: Callable[[Key], Fact],
    ) -> dict[Key, Fact]:
        """What is read unasked, one unit at a time; a unit that cannot be read is left out."""
        facts = {}
        for key in keys:
            try:
                facts[key] = read(key)
            except OutsideError as error:
                self.failed(question(key), error, now)
        return facts

    def turn(self, question: Question) -> tuple[bool, str]:
        """The order of asking: what failed in the last tick may fail again, so it comes last."""
        return self.patience.knows(question), repr(question)

    def doubt(self) -> None:
        """GitHub refused something: look whether the repository is still ours to see."""
        self.closed = True

    @contextmanager
    def apart(self, what: str, now: datetime) -> Iterator[None]:
        """What fails in here is tried again by the next look; everything else goes on."""
        try:
            yield
        except Conflict:
            raise  # our claim, or our process, is at its end
        except OutsideError as error:
            self._put_off(what, error, now)

    def again(self, now: datetime) -> None:
        """Enough of something was read in this tick: the next one goes on at once."""
        self._looks.append(now)

    def next_looks(self) -> tuple[datetime, ...]:
        """When what was put off is tried again."""
        return tuple(self._looks)

    def _put_off(self, what: Hashable, error: OutsideError, now: datetime) -> Unanswered:
        pause = timedelta()
        if isinstance(error, Transient):
            if error.damaged:
                raise error
            pause = timedelta(seconds=error.retry_after or 0)
        else:
            self.closed = self.closed or isinstance(error, Denied | Missing)
        unanswered = self.patience.cannot(what, error.message, now, pause=pause)
        log.warning("%s", error.message, extra={"action": "survey.unanswered"})
        self._looks.append(unanswered.next_look)
        return unanswered
