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
        found: Sequence[Promotion] = (),
        stage: StageName | None = None,
        freight: FreightId | None = None,
    ) -> Snapshot:
        """*snapshot* with *found* among its records, and all promotions of *freight* to *stage*."""
        ...


class Asking(Protocol):
    """What answers the questions that a command has about its repository."""

    @property
    def recall(self) -> Recall:
        """The past."""
        ...

    def answered(self, snapshot: Snapshot, questions: Iterable[Question]) -> Snapshot:
        """*snapshot* with the answers to *questions*, as a plan asks them."""
        ...
