"""How commands reach what is old."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from app.core.model.names import FreightId, StageName
from app.core.model.questions import Question
from app.core.model.records import Promotion
from app.core.model.snapshot import Snapshot


class Recall(Protocol):
    """What older promotions and freights join the records by."""

    def all(self, snapshot: Snapshot, questions: Iterable[Question]) -> Snapshot:
        """*snapshot* with the answers to *questions*, all of them of the past."""
        ...

    def __call__(
        self,
        snapshot: Snapshot,
        promotions: Sequence[Promotion] = (),
        stage: StageName | None = None,
        freight: FreightId | None = None,
    ) -> Snapshot:
        """*snapshot* with *found* among its records, and all promotions of *freight* to *stage*."""
        ...


class Forgetting(Protocol):
    """What keeps answers about people for a while."""

    def forget(self, questions: Iterable[Question]) -> None:
        """The next answers to *questions* are those of this moment."""
        ...


class Asking(Protocol):
    """What answers the questions that a command has about its repository."""

    @property
    def recall(self) -> Recall:
        """The past."""
        ...

    @property
    def people(self) -> Forgetting:
        """What was heard of people."""
        ...

    def answered(self, snapshot: Snapshot, questions: Iterable[Question]) -> Snapshot:
        """*snapshot* with the answers to *questions*, as a plan asks them."""
        ...


def ask_now(survey: Asking, snapshot: Snapshot, questions: Iterable[Question]) -> Snapshot:
    """*snapshot* with the answers to *questions*; of people, what is so at this moment."""
    survey.people.forget(questions)
    return survey.answered(snapshot, questions)
