"""Gates that a promotion passes whatever they answer: a rollback, and one that skips its gates."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import NamedTuple

from app.core.gates.gate import Entry, Gate
from app.core.gates.orders import starts
from app.core.model.names import FreightId
from app.core.model.people import handle
from app.core.model.questions import CannotAsk
from app.core.model.verdicts import GateAnswer, Reason
from app.core.state.ledger import StageView

Ask = Callable[[Gate, Entry], GateAnswer | None]


def waives(view: StageView, freight: FreightId) -> Ask | None:
    """How the gates are asked for *freight*; None: as they are."""
    promotion = view.inflight
    if promotion is not None and promotion.leaves is not None and promotion.freight == freight:
        word = _Word(Reason.BY_ROLLBACK, promotion.started_by, promotion.created_at)
        return _asking(lambda gate: gate.rollback_passes, word)
    skipped = _skipped(view, freight)
    return _asking(lambda gate: not gate.never_skipped, skipped) if skipped else None


class _Word(NamedTuple):
    """What a person said, and when, that lets gates be passed by."""

    reason: Reason
    by: str
    at: datetime


def _skipped(view: StageView, freight: FreightId) -> _Word | None:
    """Who lets *freight* skip the gates of the stage, under way or ordered; None: nobody."""
    promotion = view.inflight
    if promotion is not None and promotion.skips and promotion.freight == freight:
        return _Word(Reason.SKIPPED, promotion.started_by, promotion.created_at)
    if promotion is not None and promotion.freight == freight and promotion.state == "writing":
        return None  # the commit that is in doubt names no skipped gate: the word is the next one's
    for order in view.orders:
        if order.skips and starts(order, freight):
            return _Word(Reason.SKIPPED, order.actor, order.at)
    return None


def _asking(passes: Callable[[Gate], bool], word: _Word) -> Ask:
    def ask(gate: Gate, entry: Entry) -> GateAnswer | None:
        return _passed_by(gate, entry, word) if passes(gate) else gate.ask(entry)

    return ask


def _passed_by(gate: Gate, entry: Entry, word: _Word) -> GateAnswer | None:
    """Its answer where it passes, or the stage has none; else that a person passed by it."""
    with suppress(CannotAsk):
        answer = gate.ask(entry)
        if answer is None or answer.state == "pass":
            return answer
    return GateAnswer(gate.name, "pass", word.reason, (handle(word.by),), word.at)
