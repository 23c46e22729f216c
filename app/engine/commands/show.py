"""`/stagelock help`, `/stagelock status` and `/why`: they change nothing."""

from __future__ import annotations

from dataclasses import replace

from app.core.checkruns import directly_on
from app.core.commands import Asked, Command, Context, NoFreight, which_freight
from app.core.model.names import FreightId, StageName
from app.core.model.snapshot import Snapshot
from app.core.state.ledger import Ledger
from app.core.text import minting, replies
from app.core.text.holds import held
from app.core.text.status import status
from app.core.text.why import nothing, why
from app.engine.commands.given import Answer, Given


def show_help(_given: Given, _command: Command, _index: int) -> Answer:
    """The commands that there are."""
    return Answer(replies.help_text())


def show_status(given: Given, _command: Command, _index: int) -> Answer:
    """Where every stage is."""
    return Answer(status(given.snapshot, given.plan, given.site))


def show_why(given: Given, command: Command, _index: int) -> Answer:
    """Every gate of the freight that is meant, or of what the stage waits for."""
    context, stage = given.context(), StageName(command.stage)
    freight, snapshot = meant(given, command, context)
    verdict = None if isinstance(freight, NoFreight) else given.plan.verdict(stage, freight)
    pipeline = snapshot.config.pipeline
    gate = [
        minting.why(wait, given.site)
        for wait in given.plan.minting
        if stage in directly_on(pipeline, wait)
    ]
    if verdict is not None:
        told = replace(command, verb="promote")
        here = which_freight(told, context, snapshot, given.plan) == verdict.freight
        return Answer("\n\n".join((*gate, why(verdict._replace(named=not here), given.site))))
    hold = Ledger(snapshot, pipeline).holding.get(stage) if pipeline else None
    rest = () if gate else (nothing(stage),)
    return Answer("\n\n".join((*gate, *rest, *((held(hold),) if hold else ()))))


def meant(
    given: Given, command: Command, context: Context
) -> tuple[FreightId | NoFreight, Snapshot]:
    """The freight that *command* means, and the snapshot with all that had to be asked for it."""
    snapshot = given.snapshot
    freight = which_freight(command, context, snapshot, given.plan)
    while isinstance(freight, Asked):
        snapshot = given.recall.all(snapshot, freight.questions)
        freight = which_freight(command, context, snapshot, given.plan)
    return freight, snapshot
