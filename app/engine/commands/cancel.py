"""`/cancel`: an order to end the promotion that is under way, taken once."""

from __future__ import annotations

from app.core.commands import Command, NoFreight, Why
from app.core.model.names import FreightId, StageName
from app.core.model.records import Order
from app.core.model.snapshot import Snapshot
from app.core.planning.cancelling import waits
from app.core.state.ledger import Ledger
from app.core.text import cancels as words
from app.core.text import replies
from app.engine.commands.given import Answer, Given
from app.engine.commands.show import meant


def cancel(given: Given, command: Command, index: int) -> Answer:
    """End the promotion of the freight that is meant; what has landed of it stays."""
    stage, repo_id = StageName(command.stage), given.snapshot.repo.id
    before = given.store.history.order(repo_id, given.key(index))
    if before is not None and before.freight is not None:
        # It took effect already, and its answer was lost with a process.
        return Answer(words.cancelled(stage, before.freight, given.site), changed=True)
    freight, snapshot = meant(given, command, given.context())
    if isinstance(freight, NoFreight):
        return Answer(replies.nothing_to_do(command, freight))
    unseen = given.unseen(command, freight)
    if unseen is not None:
        return unseen
    if not _under_way(snapshot, stage, freight):
        refusal = NoFreight(Why.NOT_UNDER_WAY, (freight.short, stage))
        return Answer(replies.nothing_to_do(command, refusal))
    order = Order(0, "cancel", stage, freight, given.command.user, snapshot.now)
    given.store.history.add_order(given.claim, repo_id, order, given.key(index))
    return Answer(words.cancelled(stage, freight, given.site), changed=True)


def _under_way(snapshot: Snapshot, stage: StageName, freight: FreightId) -> bool:
    pipeline = snapshot.config.pipeline
    if pipeline is None:
        return False
    ledger = Ledger(snapshot, pipeline)
    view = ledger.views[stage]
    going = view.inflight is not None and view.inflight.freight == freight
    return going or waits(ledger, view, freight)
