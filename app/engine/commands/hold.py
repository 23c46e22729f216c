"""`/hold` and `/resume`: what they change, and what is answered."""

from __future__ import annotations

from app.core.commands import Command
from app.core.model.comments import CommandRecord
from app.core.model.names import StageName
from app.core.model.records import Hold
from app.core.model.snapshot import Snapshot
from app.core.text import holds as words
from app.core.text.markup import moment
from app.ports import History
from app.ports.store import Claim


def holding(
    claim: Claim, history: History, snapshot: Snapshot, record: CommandRecord, command: Command
) -> tuple[str, bool]:
    """Carry out *command*, said in *record*; the answer, and whether something changed."""
    stage = StageName(command.stage)
    rows = (h for h in snapshot.records.holds if h.stage == stage)
    before = next((h for h in rows if h.until is None or snapshot.now < h.until), None)
    if command.verb == "resume":
        if before is None:
            return words.not_held(stage), False
        history.end_hold(claim, snapshot.repo.id, stage)
        return words.resumed(before), True
    until = command.until.after(record.created_at) if command.until else None
    if until is not None and until <= snapshot.now:
        return words.over(stage, moment(until)), False
    hold = Hold(stage, command.reason, record.user, snapshot.now, until)
    history.set_hold(claim, snapshot.repo.id, hold)
    return words.done(hold, before), True
