"""`/cancel`: an order to end the promotion that is under way, taken once."""

from __future__ import annotations

from datetime import datetime

from app.core.commands import Command, NoFreight, Why
from app.core.model.names import FreightId, StageName
from app.core.model.pipeline import Pipeline
from app.core.model.records import Order
from app.core.planning.cancelling import goes_back, only_asked, only_waited, waits
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
        return _done(given, stage, before.freight, before.at)
    freight, snapshot = meant(given, command, given.context())
    if isinstance(freight, NoFreight):
        return Answer(replies.nothing_to_do(command, freight))
    unseen = given.unseen(command, freight)
    if unseen is not None:
        return unseen
    ledger = Ledger(snapshot, snapshot.config.pipeline or Pipeline({}, {}))
    if not _under_way(ledger, stage, freight):
        return Answer(replies.nothing_to_do(command, _refusal(ledger, command, freight)))
    order = Order(0, "cancel", stage, freight, given.command.user, snapshot.now)
    answer = _done(given, stage, freight, snapshot.now)
    given.store.history.add_order(given.claim, repo_id, order, given.key(index))
    return answer


def _done(given: Given, stage: StageName, freight: FreightId, at: datetime) -> Answer:
    """What the order that was given *at* ends: a promotion, a rollback, or a word that waited."""
    ledger, site = Ledger(given.snapshot, given.pipeline), given.site
    hold, records = ledger.holding.get(stage), given.snapshot.records
    back = goes_back(records, stage, freight, at)
    waited = not back and only_waited(records, stage, freight, at)
    if waited or only_asked(ledger.views.get(stage), freight):
        return Answer(words.taken_back(stage, freight, site, hold), changed=True)
    there = given.pipeline.stages.get(stage)
    locked = there is not None and bool(there.locks)
    said = words.cancelled(stage, freight, site, back=back, hold=hold, locked=locked)
    return Answer(said, changed=True)


def _under_way(ledger: Ledger, stage: StageName, freight: FreightId) -> bool:
    if stage not in ledger.views:
        return False
    view = ledger.views[stage]
    going = view.inflight is not None and view.inflight.freight == freight
    return going or waits(ledger, view, freight)


def _refusal(ledger: Ledger, command: Command, freight: FreightId) -> NoFreight:
    """*freight* is not under way: what is there instead, and the word that ends that."""
    stage = StageName(command.stage)
    view = ledger.views.get(stage)
    there = view.inflight if view is not None else None
    if there is None:
        return NoFreight(Why.NOT_UNDER_WAY, (freight.short, stage))
    why = Why.OTHER_UNDER_WAY if there.leaves is None else Why.GOES_BACK
    about = (freight.short, stage, there.freight.short)
    return NoFreight(why, about, instead=f"/{command.verb} {stage} {there.freight.sha[:12]}")
