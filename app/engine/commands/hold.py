"""`/hold` and `/resume`: what they change, and what is answered."""

from __future__ import annotations

from dataclasses import replace

from app.core.commands import Command
from app.core.model.comments import FollowedHold
from app.core.model.names import StageName
from app.core.model.questions import CannotAsk
from app.core.model.records import Hold
from app.core.planning.eligibility import pick
from app.core.state.ledger import Ledger
from app.core.text import holds as words
from app.core.text.markup import moment
from app.engine.commands.given import Answer, Given
from app.errors import OutsideError


def hold(given: Given, command: Command, index: int) -> Answer:
    """
    Stop automatic promotion to the stage, or replace the hold that is there; where the reply is a
    comment, an end of the hold is followed (`hold_ends`).
    """
    snapshot, record = given.snapshot, given.command
    until = command.until.after(record.created_at) if command.until else None
    if until is not None and until <= snapshot.now:
        return Answer(words.over(command.stage, moment(until)))
    made = Hold(StageName(command.stage), command.reason, record.user, snapshot.now, until)
    followed = None
    if until is not None and record.place is not None:
        followed = FollowedHold(index, made.stage, made.since, until)
    answer = Answer(words.done(made, _held(given, command)), followed, changed=True)
    given.store.history.set_hold(given.claim, snapshot.repo.id, made, given.noted(answer))
    return answer


def resume(given: Given, command: Command, _index: int) -> Answer:
    """End the stage's hold."""
    before = _held(given, command)
    if before is None:
        return Answer(words.not_held(command.stage))
    answer = Answer(words.resumed(before, then(given, before)), changed=True)
    repo_id, noted = given.snapshot.repo.id, given.noted(answer)
    given.store.history.end_hold(given.claim, repo_id, before.stage, noted)
    return answer


def then(given: Given, over: Hold) -> str:
    """What the stage does once the hold *over* has ended."""
    pipeline, name = given.pipeline, over.stage
    if name not in pipeline.stages:
        return words.gone(name)
    records = given.snapshot.records
    holds = tuple(hold for hold in records.holds if hold.stage != name)
    free = replace(given, snapshot=replace(given.snapshot, records=replace(records, holds=holds)))

    def judge(ledger: Ledger) -> str:
        view = ledger.views[name]
        if view.inflight is not None:
            return words.under_way(name, view.inflight.freight, given.site)
        freight = pick(ledger, view)
        if freight is None:
            return words.nothing_enters(name)
        return words.enters(name, freight, given.site, locks=bool(view.stage.locks))

    try:
        return free.judged(judge)
    except (CannotAsk, OutsideError):
        return words.unknown()


def _held(given: Given, command: Command) -> Hold | None:
    snapshot = given.snapshot
    of_stage = (h for h in snapshot.records.holds if h.stage == command.stage)
    return next((h for h in of_stage if h.until is None or snapshot.now < h.until), None)
