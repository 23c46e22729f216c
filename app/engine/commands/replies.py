"""The one reply of each comment: made once, edited when what it started has ended."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from app.core.model.comments import (
    SILENT,
    AnyFollowed,
    CommandRecord,
    Followed,
    FollowedHold,
    FollowedLock,
)
from app.core.model.names import Repo
from app.core.model.records import Records
from app.core.text import replies
from app.core.text.links import Site
from app.core.text.markup import event_id
from app.core.text.outcomes import ended, ending
from app.core.text.people_locks import ending as lock_ending
from app.engine.commands.pace import Pace
from app.engine.commands.share import Share
from app.engine.queue.lease import Lease
from app.engine.queue.next_look import PAUSE, pause_after
from app.errors import Denied, Missing, Rejected, Transient
from app.ports import Clock, Forge, Store
from app.ports.store import Claim

IN_DOUBT = 0
AGAIN = timedelta(minutes=5)
"""When to look whether a person's share has become free."""
INSISTED = timedelta(hours=1)
"""How long a reply that GitHub refuses is tried again."""
OVERLAP = timedelta(minutes=2)
"""The two clocks need not agree."""

log = logging.getLogger("stagelock.replying")


def event_of(repo_id: int, command: CommandRecord) -> str:
    """The id that the reply ends with; it opens the audit entry."""
    return event_id("command", repo_id, command.key)


class Replies:
    """Writes the replies that are due. Everything is repeatable: a reply is never made twice."""

    def __init__(self, store: Store, forge: Forge, clock: Clock, github_url: str) -> None:
        self._store = store
        self._forge = forge
        self._clock = clock
        self._url = github_url

    def write(self, claim: Claim, lease: Lease, repo: Repo) -> timedelta | None:
        """
        Bring every reply up to date, and forget those about which nothing more will be said.

        When to come again, where GitHub or a person's share lets us say no more now: nothing else
        waits for that, and what is said then is the last state.
        """
        try:
            return self._write(claim, lease, repo)
        except Transient as error:
            log.warning("%s", error.message, extra={"action": "replies.put-off"})
            return pause_after(error)

    def _write(self, claim: Claim, lease: Lease, repo: Repo) -> timedelta | None:
        waits: list[timedelta] = []
        decided = [c for c in self._store.history.open_commands(repo.id) if c.outcome]
        troubles: list[Transient] = []
        pace = Pace(self._store.history, repo.id)
        share = Share(self._store.history, self._forge, self._clock)
        for command in self._followed(repo, decided):
            lease.check()
            try:
                if self._has_to_wait(repo, command, pace, share):
                    waits.append(AGAIN)
                    continue
                told = command if command.told else self._tell(claim, repo, command)
            except Transient as error:  # this reply comes later; the others need not wait for it
                if error.retry_after is not None:
                    raise
                troubles.append(error)
                continue
            if not told.followed:
                told = replace(told, answered_at=self._clock())
            waits += self._ends_of_holds(told)
            if told != command or not command.told:
                self._store.history.save_command(claim, repo.id, told)
        if troubles:
            raise troubles[0]
        return min(waits, default=None)

    def _ends_of_holds(self, command: CommandRecord) -> list[timedelta]:
        """When to look at the ends that its reply has to tell."""
        now = self._clock()
        ends = (
            follow.until - now for follow in command.followed if isinstance(follow, FollowedHold)
        )
        return [left if left > timedelta() else PAUSE for left in ends]

    def _has_to_wait(self, repo: Repo, command: CommandRecord, pace: Pace, share: Share) -> bool:
        """
        Its author, or the place where it was written, has had enough replies for now; what is begun
        is ended, whoever asked, and a receipt promises a reply.
        """
        if command.told or command.outcome == SILENT or command.reply_id is not None:
            return False
        if pace.due(command) > max(self._clock(), command.created_at):
            return True
        return not command.eyes and share.is_used(repo, command)

    def _followed(self, repo: Repo, commands: Sequence[CommandRecord]) -> list[CommandRecord]:
        """The commands, with the ends of what they started in their texts."""
        followed = (follow for command in commands for follow in command.followed)
        kinds = {type(follow) for follow in followed}
        if kinds <= {FollowedHold}:
            return list(commands)
        records = self._store.history.load(repo.id) if Followed in kinds else Records()
        return [self._with_ends(repo, records, command) for command in commands]

    def _with_ends(self, repo: Repo, records: Records, command: CommandRecord) -> CommandRecord:
        site = Site.of(repo, self._url)
        ends = {f: self._ending(repo, records, command, f, site) for f in command.followed}
        left = tuple(f for f, (_, over) in ends.items() if not over)
        parts = list(command.parts)
        for followed, (words, _) in ends.items():
            if words is not None:
                parts[followed.part] = ended(parts[followed.part], words, followed)
        if left == command.followed and tuple(parts) == command.parts:
            return command
        outcome = replies.reply(parts, event_of(repo.id, command))
        return replace(command, outcome=outcome, told=False, parts=tuple(parts), followed=left)

    def _ending(
        self,
        repo: Repo,
        records: Records,
        command: CommandRecord,
        followed: AnyFollowed,
        site: Site,
    ) -> tuple[str | None, bool]:
        """What its answer says by now, None: what it did; and whether that is the last word."""
        match followed:
            case Followed():
                words = ending(records, followed, site)
                return words, words is not None
            case FollowedLock(_, group, at):
                asked = self._store.direct_locks.asked(repo.id, command.user_id, group, at)
                return lock_ending(asked, group), asked is None or asked.ended_at is not None
            case FollowedHold():
                return None, False  # what goes on by its end is told before that (`hold_ends`)

    def _tell(self, claim: Claim, repo: Repo, command: CommandRecord) -> CommandRecord:
        if command.outcome != SILENT:
            try:
                command = self._reply(claim, repo, command)
            except Rejected as error:
                log.warning("%s", error.message, extra={"action": "reply.refused"})
                if self._clock() - command.created_at < INSISTED:
                    raise Transient(error.message) from error  # it may be taken next time
            except (Denied, Missing) as error:
                log.warning("%s", error.message, extra={"action": "reply.refused"})
        return replace(command, told=True)

    def _reply(self, claim: Claim, repo: Repo, command: CommandRecord) -> CommandRecord:
        place = command.place
        if place is None:
            return command
        if command.reply_id == IN_DOUBT:
            command = replace(command, reply_id=self._find(repo, command))
        if command.reply_id is None:
            begun = replace(command, reply_id=IN_DOUBT)
            self._store.history.save_command(claim, repo.id, begun)
            return replace(
                command, reply_id=self._forge.create_comment(repo, place, command.outcome)
            )
        kind = "issue" if command.pull is not None else "commit"
        self._forge.update_comment(repo, kind, command.reply_id, command.outcome)
        return command

    def _find(self, repo: Repo, command: CommandRecord) -> int | None:
        """
        What became of a creation whose answer we never had: every reply ends with its event, and
        others may quote it.
        """
        event = event_of(repo.id, command)
        for comment in self._forge.comments_since(repo, command.created_at - OVERLAP):
            if event in comment.body and self._forge.is_ours(repo, comment):
                return comment.id
        return None
