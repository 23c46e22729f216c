"""Which part of the past a decision has to ask for."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from app.core.model.facts import Content
from app.core.model.names import FreightId, Sha, StageName
from app.core.model.past_questions import PastQuestion
from app.core.model.records import Promotion
from app.core.model.snapshot import Snapshot
from app.core.state.stage_state import says_nothing

if TYPE_CHECKING:
    from app.core.state.ledger import Ledger
    from app.core.state.stage_state import StageView


def missing(
    snapshot: Snapshot,
    stage: StageName,
    freight: FreightId | None = None,
    content: Content | None = None,
    head: Sha | None = None,
    since: datetime | None = None,
    landed: Sha | None = None,
) -> set[PastQuestion]:
    """The question about *stage*'s older promotions, where some are left out and it is new."""
    cut = snapshot.records.cut.get(stage)
    if cut is None:
        return set()
    by = (freight, content, head, since, landed)
    before = cut if all(condition is None for condition in by) else None
    question = PastQuestion(stage, freight, content, head, since, landed, before)
    return set() if question in snapshot.past else {question}


def ask(
    ledger: Ledger,
    stage: StageName,
    *,
    freight: FreightId | None = None,
    content: Content | None = None,
    head: Sha | None = None,
    since: datetime | None = None,
    landed: Sha | None = None,
) -> bool:
    """
    Ask for older promotions of *stage* that are left out: of *freight*, with *content* or *head*,
    that ended *since* then, or *landed* as a commit.

    False: there are none, or the answer is among the records already.
    """
    past_questions = missing(ledger.snapshot, stage, freight, content, head, since, landed)
    ledger.questions |= past_questions
    return bool(past_questions)


def latest(ledger: Ledger, view: StageView, freight: FreightId) -> Promotion | None:
    """
    The newest attempt of *freight* in the stage; None: none (or, with a question, not known). Those
    before it are asked for where it says nothing yet.
    """
    promotion = view.latest.get(freight)
    cut = ledger.snapshot.records.cut.get(view.stage.name, 0)
    if promotion is None or promotion.number < cut or _unsaid(view, promotion):
        ask(ledger, view.stage.name, freight=freight)
    return promotion


def recent(ledger: Ledger, view: StageView, freight: FreightId) -> Promotion | None:
    """As `latest`, not asked of freight that is newer than what the known promotions brought."""
    if view.stage.name in ledger.snapshot.records.cut:
        back, age = ledger.known_back(view.stage.name), ledger.age(freight)
        promotion = view.latest.get(freight)
        unsaid = promotion is not None and _unsaid(view, promotion)
        if unsaid or (back is not None and (age is None or age > back)):
            return latest(ledger, view, freight)
    return view.latest.get(freight)


def _unsaid(view: StageView, promotion: Promotion) -> bool:
    """It is a later attempt that says nothing: what counts is said by one before it."""
    return (
        promotion.attempt > 1 and promotion.freight not in view.verified and says_nothing(promotion)
    )
