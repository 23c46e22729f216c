"""Which comments were answered before the records were lost, and which are our own cards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import NamedTuple

from app.core.commands import Command, parse
from app.core.model.cards import FOUND, CardRecord
from app.core.model.comments import CommandRecord
from app.core.model.facts import CommentFact
from app.core.model.names import Repo
from app.core.text.markup import event_id
from app.engine.commands.process import from_listing
from app.engine.commands.replies import event_of
from app.errors import Denied, Missing
from app.ports import Forge

LOOK_BACK = timedelta(days=14)
"""How far back comments are read."""
STILL_ANSWERED = timedelta(days=1)
"""What was said longer ago and was not answered is not answered any more."""


class Heard(NamedTuple):
    """
    What is left of what people said. Looked at again is what was said after the newest answered
    command, at most a day ago: later ones were never heard. Where none was answered, that is now.
    """

    answered: tuple[CommandRecord, ...]
    """The commands that have a reply of ours, as done."""
    until: datetime
    """Comments since then are looked at again."""
    cards: tuple[CardRecord, ...]
    """The pipeline cards that are there."""


def heard(forge: Forge, repo: Repo, now: datetime) -> Heard:
    """What the comments of the last days tell."""
    try:
        comments = forge.comments_since(repo, now - LOOK_BACK)
    except (Denied, Missing):
        return Heard((), now, ())  # without that permission commands come by delivery only
    replies = [comment for comment in comments if comment.is_bot]
    answered = []
    for comment in comments:
        if comment.is_bot or not parse(comment.body):
            continue
        command = from_listing(comment, now)
        reply = _reply(forge, repo, command, replies)
        if reply is not None:
            answered.append(_done(command, reply, now))
    newest = max((command.created_at for command in answered), default=now)
    until = newest if now - newest <= STILL_ANSWERED else now
    return Heard(tuple(answered), until, _cards(forge, repo, comments, now))


def locked_by(answered: Sequence[CommandRecord]) -> frozenset[str]:
    """The lock groups for which a `/lock` is among the answered commands."""
    commands = (command for record in answered for command in parse(record.body))
    locks = (c for c in commands if isinstance(c, Command) and c.verb == "lock")
    return frozenset(command.group for command in locks)


def _cards(
    forge: Forge, repo: Repo, comments: Sequence[CommentFact], now: datetime
) -> tuple[CardRecord, ...]:
    """Our App's newest on each pull request that ends with the id of its card."""
    own, cards = forge.app_id(), dict[int, CardRecord]()
    for comment in sorted(comments, key=lambda comment: comment.id):
        pull = comment.pull
        if comment.app_id != own or pull is None:
            continue
        if f"`{event_id('card', repo.id, pull)}`" in comment.body.rpartition("<sub>")[2]:
            cards[pull] = CardRecord(pull, comment.id, FOUND, (), over=False, written_at=now)
    return tuple(cards.values())


def _reply(
    forge: Forge, repo: Repo, command: CommandRecord, replies: Sequence[CommentFact]
) -> CommentFact | None:
    """
    Every reply of ours ends with its event's id, which is made of the comment's; other Apps may
    quote it.
    """
    event = f"`{event_of(repo.id, command)}`"
    quoting = (reply for reply in replies if event in reply.body)
    return next((reply for reply in quoting if forge.is_ours(repo, reply)), None)


def _done(command: CommandRecord, reply: CommentFact, now: datetime) -> CommandRecord:
    return replace(
        command,
        eyes=True,
        reply_id=reply.id,
        outcome=reply.body,
        told=True,
        answered_at=now,
    )
