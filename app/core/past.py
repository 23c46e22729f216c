"""Which part of the past a decision has to ask for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.core.facts import Content
from app.core.names import FreightId, Sha, StageName
from app.core.questions import PastQuestion
from app.core.snapshot import Snapshot

if TYPE_CHECKING:
    from app.core.ledger import Ledger


def missing(
    snapshot: Snapshot,
    stage: StageName,
    freight: FreightId | None = None,
    content: Content | None = None,
    head: Sha | None = None,
) -> set[PastQuestion]:
    """The question about *stage*'s older promotions, where some are left out and it is new."""
    cut = snapshot.records.cut.get(stage)
    before = cut if freight is None and content is None and head is None else None
    question = PastQuestion(stage, freight, content, head, before)
    return set() if cut is None or question in snapshot.past else {question}


def ask(
    ledger: Ledger,
    stage: StageName,
    *,
    freight: FreightId | None = None,
    content: Content | None = None,
    head: Sha | None = None,
) -> bool:
    """
    Ask for older promotions of *stage* (of *freight*, with *content* or *head*) that are left out.

    False: there are none, or the answer is among the records already.
    """
    found = missing(ledger.snapshot, stage, freight, content, head)
    ledger.questions |= found
    return bool(found)
