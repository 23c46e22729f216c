"""`/block` and `/allow`: what they change, and what is answered."""

from __future__ import annotations

from collections.abc import Collection

from app.core.commands import Asked, Command, NoFreight, any_freight
from app.core.model.names import FreightId
from app.core.model.people import Block
from app.core.text import blocks as words
from app.core.text import replies
from app.engine.commands.given import Answer, Given


def block(given: Given, command: Command, _index: int) -> Answer:
    """Keep the freight out of every stage where it is not yet; it replaces a block of it."""
    freight = _named(given, command)
    if isinstance(freight, NoFreight):
        return Answer(replies.nothing_to_do(command, freight))
    made = Block(freight, command.reason, given.command.user, given.snapshot.now)
    answer = Answer(words.done(made, _there(given, freight), given.site), changed=True)
    repo_id, noted = given.snapshot.repo.id, given.noted(answer)
    given.store.history.set_block(given.claim, repo_id, made, noted)
    return answer


def allow(given: Given, command: Command, _index: int) -> Answer:
    """End the freight's block."""
    blocked = frozenset(block.freight for block in given.snapshot.records.blocks)
    freight = _named(given, command, blocked)
    if isinstance(freight, NoFreight):
        return Answer(replies.nothing_to_do(command, freight))
    before = _there(given, freight)
    if before is None:
        return Answer(words.not_blocked(freight, given.site))
    stages = given.pipeline.stages.values()
    manual = [s.name for s in stages if s.freight == freight.warehouse and not s.auto]
    answer = Answer(words.allowed(before, given.site, manual), changed=True)
    repo_id, noted = given.snapshot.repo.id, given.noted(answer)
    given.store.history.end_block(given.claim, repo_id, freight, noted)
    return answer


def _named(
    given: Given, command: Command, among: Collection[FreightId] | None = None
) -> FreightId | NoFreight:
    snapshot = given.snapshot
    freight = any_freight(command, snapshot, among)
    while isinstance(freight, Asked):
        snapshot = given.recall.all(snapshot, freight.questions)
        freight = any_freight(command, snapshot, among)
    return freight


def _there(given: Given, freight: FreightId) -> Block | None:
    return next((b for b in given.snapshot.records.blocks if b.freight == freight), None)
