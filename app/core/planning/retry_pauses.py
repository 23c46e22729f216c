"""How long each question has had no answer, and when it is asked again: 10 s to 5 min, growing."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from datetime import datetime, timedelta

from app.core.model.questions import Unanswered
from app.core.planning.dwell_times import QUESTION as MARK

FIRST = timedelta(seconds=10)
LAST = timedelta(minutes=5)
CANNOT = "cannot-ask"


class Patience:
    """The unanswered questions of one repository, from tick to tick. *written*: as it was kept."""

    def __init__(self, written: Mapping[str, Sequence[str]]) -> None:
        self._before = {
            key.removeprefix(MARK): datetime.fromisoformat(fields[2])
            for key, fields in written.items()
            if key.startswith(MARK)
        }
        self._now: dict[str, datetime] = {}

    def cannot(
        self, question: Hashable, words: str, now: datetime, *, pause: timedelta = timedelta()
    ) -> Unanswered:
        """An error; asked again after as long as they have lasted, never before *pause*."""
        key = repr(question)
        since = min(self._before.get(key, now), now)
        self._now[key] = since
        wait = max(min(max(FIRST, now - since), LAST), pause)
        return Unanswered("cannot", words, since, now + wait)

    def knows(self, question: Hashable) -> bool:
        """It had no answer in the tick before: others are asked first."""
        return repr(question) in self._before

    def answered(self, question: Hashable) -> None:
        """Forget earlier errors after an answer: the next pause is the shortest again."""
        self._now.pop(repr(question), None)

    def written(self) -> Mapping[str, Sequence[str]]:
        """To be kept until the next tick: the questions that this one had no answer to."""
        return {
            MARK + key: ("question", CANNOT, since.isoformat()) for key, since in self._now.items()
        }
