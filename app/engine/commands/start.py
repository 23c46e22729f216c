"""`/promote` and `/retry`: an order for one freight, taken once."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from app.core.commands import Command, NoFreight, OnPull, Why
from app.core.commands.useless import replaced, useless
from app.core.gates.reverted import taken_back
from app.core.model.comments import Followed
from app.core.model.names import FreightId, StageName, short
from app.core.model.records import Order
from app.core.model.reverts import Revert
from app.core.state.ledger import Ledger
from app.core.text import replies
from app.engine.commands.given import Answer, Given
from app.engine.commands.rollback import rollback
from app.engine.commands.show import meant


def start(given: Given, command: Command, index: int) -> Answer:
    """Let command number *index* of the comment take effect on the freight that it means."""
    stage = StageName(command.stage)
    context = given.context()
    elsewhere = not command.freight and isinstance(context, OnPull) and context.elsewhere
    before = _taken(given, stage, index, elsewhere=elsewhere)
    if before is not None:
        return before
    freight, snapshot = meant(given, command, context)
    given = replace(given, snapshot=snapshot)
    if isinstance(freight, NoFreight):
        return Answer(replies.nothing_to_do(command, freight))
    if command.verb == "retry" and _is_rollback(given, stage, freight):
        return rollback(given, replace(command, freight=str(freight)), index)
    unseen = given.unseen(command, freight)
    if unseen is not None:
        return unseen
    verb: Literal["promote", "retry"] = "retry" if command.verb == "retry" else "promote"
    reverted = _reverted(given, stage, freight)
    asked = Followed(index, verb, stage, freight, snapshot.now, elsewhere, reverted)
    return _take(given, command, asked)


def _is_rollback(given: Given, stage: StageName, freight: FreightId) -> bool:
    """What is to be tried again is a rollback that ended before it had written."""
    promotions = given.recall(given.snapshot, stage=stage, freight=freight).records.promotions
    mine = (
        promotion
        for promotion in reversed(promotions)
        if (promotion.stage, promotion.freight) == (stage, freight)
    )
    last = next(mine, None)
    return last is not None and last.ended and last.leaves is not None and last.landed is None


def _take(given: Given, command: Command, asked: Followed) -> Answer:
    """Let *command* take effect on the freight that is *asked* for."""
    stage, freight = asked.stage, asked.freight
    # Everything about that freight is among these records, however old.
    seen = given.recall(given.snapshot, stage=stage, freight=freight)
    refusal = useless(command, stage, freight, seen, given.plan) or _unaware(command, asked)
    if refusal is not None:
        return Answer(replies.nothing_to_do(command, refusal))
    over, edits = replaced(command, stage, freight, seen)
    skips = command.reason if command.skips else ""
    order = Order(
        0, asked.verb, stage, freight, given.command.user, asked.at, over=over, skips=skips
    )
    key = given.key(asked.part)
    given.store.history.add_order(given.claim, given.snapshot.repo.id, order, key)
    said = replies.skipping(skips) or replies.replacing(edits)
    return Answer(replies.accepted(asked, given.site, said), asked)


def _reverted(given: Given, stage: StageName, freight: FreightId) -> Revert | None:
    """What of *freight* was taken back since, where the stage is not at it."""

    def judge(ledger: Ledger) -> Revert | None:
        view = ledger.views.get(stage)
        return taken_back(ledger, view, freight) if view is not None else None

    return given.judged(judge)


def _unaware(command: Command, asked: Followed) -> NoFreight | None:
    """Who names no freight does not bring in what was taken back: they may not know of it."""
    if asked.reverted is None or asked.verb != "promote" or command.freight:
        return None
    commit, by = asked.reverted
    again = command.of(asked.stage, asked.freight.sha[:12])
    about = (asked.freight.short, short(commit), short(by))
    return NoFreight(Why.TAKEN_BACK, about, instead=again)


def _taken(given: Given, stage: StageName, index: int, *, elsewhere: bool) -> Answer | None:
    """
    The answer to a command that took effect already, and whose answer was lost with a process:
    what it changed must not speak against it now.
    """
    before = given.store.history.order(given.snapshot.repo.id, given.key(index))
    if before is None or before.freight is None:
        return None
    verb: Literal["promote", "retry"] = "retry" if before.verb == "retry" else "promote"
    reverted = _reverted(given, stage, before.freight)
    asked = Followed(index, verb, stage, before.freight, before.at, elsewhere, reverted)
    return Answer(replies.accepted(asked, given.site, replies.skipping(before.skips)), asked)
