"""Which freight of the whole pipeline a command names, where it is about no stage."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from app.core.commands.arguments import parse_freight
from app.core.commands.no_freight import NoFreight, Why
from app.core.commands.spec import Command
from app.core.commands.target_freight import Asked
from app.core.model.names import FreightId, WarehouseName
from app.core.model.snapshot import Snapshot
from app.core.state.ledger import Ledger


def any_freight(
    command: Command, snapshot: Snapshot, among: Collection[FreightId] | None = None
) -> FreightId | NoFreight | Asked:
    """
    The one freight that *command* names; withdrawn freight, too: it may come back.

    `Asked` where older freight has to be asked for first. Where it has to be said which is meant,
    one *among* these is named; None: any would do.
    """
    pipeline = snapshot.config.pipeline
    parsed = parse_freight(command.freight)
    if pipeline is None:
        return NoFreight(Why.NO_FILE)
    if parsed is None:
        return NoFreight(Why.NOT_A_NAME, (command.freight,))
    name, digits = parsed
    if name is not None and name not in pipeline.warehouses:
        return NoFreight(Why.NO_WAREHOUSE, (name,))
    names = [WarehouseName(name)] if name is not None else list(pipeline.warehouses)
    ledger = Ledger(snapshot, pipeline)
    by_warehouse = {warehouse: ledger.named(warehouse, digits) for warehouse in names}
    if ledger.questions:
        return Asked(frozenset(ledger.questions))
    there = {warehouse: freights for warehouse, freights in by_warehouse.items() if freights}
    if not there:
        return NoFreight(*((Why.NONE_BEGINS, (name, digits)) if name else (Why.IN_NONE, (digits,))))
    if len(there) > 1:
        instead = _instead(command, digits, _fitting(there, among))
        return NoFreight(Why.IN_SEVERAL, (" and ".join(there), digits), instead=instead)
    [(warehouse, freights)] = there.items()
    if len(freights) > 1:
        return NoFreight(Why.AMBIGUOUS, (str(len(freights)), warehouse, digits))
    return freights[0]


def _fitting(
    there: Mapping[WarehouseName, Sequence[FreightId]], among: Collection[FreightId] | None
) -> WarehouseName | None:
    """The first that would do: the digits mean one freight of it, and that is *among* these."""
    single = [(name, freights[0]) for name, freights in there.items() if len(freights) == 1]
    fits = (name for name, freight in single if among is None or freight in among)
    return next(fits, None)


def _instead(command: Command, digits: str, name: WarehouseName | None) -> str:
    """The command with the warehouse *name* before the digits; "" where none would do."""
    rest = command.text.partition(command.freight)[2]
    return "" if name is None else f"/{command.verb} {name}@{digits}{rest}"
