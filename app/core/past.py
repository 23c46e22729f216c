"""Which part of the past a decision has to ask for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.core.facts import Content
from app.core.names import FreightId, StageName
from app.core.questions import PastQuestion
from app.core.snapshot import Snapshot

if TYPE_CHECKING:
    from app.core.ledger import Ledger


def missing(
    snapshot: Snapshot,
    stage: StageName,
    freight: FreightId | None = None,
    content: Content | None = None,
) -> set[PastQuestion]:
    """The question about *stage*'s older promotions, where some are left out and it is new."""
    cut = snapshot.records.cut.get(stage)
    before = cut if freight is None and content is None else None
    question = PastQuestion(stage, freight, content, before)
    return set() if cut is None or question in snapshot.past else {question}


def ask(
    ledger: Ledger,
    stage: StageName,
    *,
    freight: FreightId | None = None,
    content: Content | None = None,
) -> None:
    """Ask for older promotions of *stage* (of *freight*, with *content*) that are left out."""
    ledger.questions |= missing(ledger.snapshot, stage, freight, content)
