"""A hold with an end is over: the reply that set it says so, and what goes on by that."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from app.core.model.comments import CommandRecord, FollowedHold
from app.core.model.names import FreightId
from app.core.model.records import Hold
from app.core.model.snapshot import Snapshot
from app.core.text import holds as words
from app.core.text import replies
from app.engine.commands.given import Given
from app.engine.commands.hold import then
from app.engine.commands.replies import event_of


def over(command: CommandRecord, snapshot: Snapshot) -> bool:
    """A hold that *command* follows has ended, by itself or because somebody ended it before."""
    return any(_ended(follow, snapshot) for follow in command.followed)


def after(given: Given) -> CommandRecord:
    """
    The command without the holds that have ended: the answer that set one tells its end, unless
    somebody ended or replaced it before, which was answered then.
    """
    command, snapshot = given.command, given.snapshot
    parts, left = list(command.parts), []
    for follow in command.followed:
        if not isinstance(follow, FollowedHold) or not _ended(follow, snapshot):
            left.append(follow)
        elif (hold := _kept(follow, snapshot)) is not None:
            parts[follow.part] = words.ended(hold, follow.until, _then(given, hold, follow.until))
    known = replace(command, parts=tuple(parts), followed=tuple(left))
    if known.parts == command.parts:
        return known
    outcome = replies.reply(parts, event_of(snapshot.repo.id, command))
    return replace(known, outcome=outcome, told=False)


def _ended(follow: object, snapshot: Snapshot) -> bool:
    if not isinstance(follow, FollowedHold):
        return False
    return snapshot.now >= follow.until or _kept(follow, snapshot) is None


def _kept(follow: FollowedHold, snapshot: Snapshot) -> Hold | None:
    """The hold itself; None where it was ended or replaced."""
    known = (follow.stage, follow.at, follow.until)
    holds = snapshot.records.holds
    return next((h for h in holds if (h.stage, h.since, h.until) == known), None)


def _then(given: Given, hold: Hold, until: datetime) -> str:
    """What goes on by its end, also where that has begun before we came to say it."""
    begun = _begun(given.snapshot, hold, until)
    if begun is None or hold.stage not in given.pipeline.stages:
        return then(given, hold)
    return words.enters(hold.stage, begun, given.site, locks=False)


def _begun(snapshot: Snapshot, hold: Hold, until: datetime) -> FreightId | None:
    of_stage = (p for p in snapshot.records.promotions if p.stage == hold.stage)
    return next((p.freight for p in of_stage if p.created_at >= until), None)
