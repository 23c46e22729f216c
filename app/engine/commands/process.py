"""Comments and clicks: what people ask for takes effect once, in order; `replying` answers."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from app.core.commands import Command, parse
from app.core.locks.quota import Quota
from app.core.model.comments import SILENT, CommandRecord
from app.core.model.facts import CommentFact
from app.core.model.names import Repo
from app.core.model.questions import CannotAsk
from app.core.model.records import Promotion
from app.core.model.repository_change import RepoChange
from app.core.model.snapshot import Snapshot
from app.core.planning.plan_result import Plan
from app.core.state.budget_shares import MOST_ON_A_PLACE
from app.core.text import replies
from app.core.text.links import Site
from app.engine.commands import hold_ends
from app.engine.commands.audited import entry
from app.engine.commands.execute import Effects
from app.engine.commands.pace import Pace
from app.engine.commands.recall import Asking, ask_now
from app.engine.commands.replies import event_of
from app.engine.commands.said import Said
from app.engine.commands.share import Share
from app.engine.commands.standing import stands
from app.engine.queue.lease import Lease
from app.engine.survey.unanswered import Attempts
from app.errors import Denied, Missing, OutsideError, Rejected, Transient
from app.ports import Clock, Forge, Store
from app.ports.store import Claim

OVERLAP = timedelta(minutes=2)
"""Listings overlap: the two clocks need not agree."""
UNLISTED = timedelta(minutes=2)
"""How long a comment waits for a listing that fails: a word to stop must not wait for ever."""
_COMMENTS = frozenset({"issue", "commit"})
"""The others have no id among comments, and nothing is there to react to."""

log = logging.getLogger("stagelock.answer")


class CommandAnswers:
    """Takes in commands and lets them take effect. Everything is repeatable by its key."""

    def __init__(
        self,
        *,
        store: Store,
        forge: Forge,
        clock: Clock,
        github_url: str,
        every: timedelta,
        quota: Quota,
    ) -> None:
        self._store = store
        self._forge = forge
        self._clock = clock
        self._url = github_url
        self._every = every
        self._quota = quota

    def take_in(self, claim: Claim, lease: Lease, repo: Repo, attempts: Attempts) -> bool:
        """
        Say at once what was received, and find comments whose delivery was lost.

        False where they could not be listed: that is one of *attempts*, and tried again.
        """
        self._receipts(claim, lease, repo)
        listed = False
        with attempts.apart("comments", self._clock()):
            comments = self._list(repo)
            listed = True
            if comments:
                self._receipts(claim, lease, repo)
        return listed

    def _receipts(self, claim: Claim, lease: Lease, repo: Repo) -> None:
        share = Share(self._store.history, self._forge, self._clock)
        for command in self._store.history.open_commands(repo.id):
            if command.eyes or not _is_comment(command) or not parse(command.body):
                continue
            lease.check()
            try:
                if not stands(self._forge, repo, command) or share.is_used(repo, command):
                    continue
                self._forge.react(repo, command.kind, command.comment_id, "eyes")
            except Transient as error:
                log.info("%s", error.message, extra={"action": "command.unreceipted"})
                return  # the replies say more than receipts, and have a larger part
            except (Denied, Missing, Rejected) as error:
                log.info("%s", error.message, extra={"action": "command.unreceipted"})
            self._store.history.save_command(claim, repo.id, replace(command, eyes=True))

    def decide(
        self,
        claim: Claim,
        snapshot: Snapshot,
        plan: Plan,
        survey: Asking,
        *,
        listed: bool,
    ) -> bool:
        """
        Let what is new take effect, in the order of ids, to the first that does: True, and what
        follows it is left to the next call, once that has been planned and carried out.

        One that cannot be judged now keeps nothing from taking effect but what the same person said
        of the same later; where GitHub does not answer, all wait, in their order. Raises what kept
        one from being judged. *survey* finds the old promotions that a command is about, and
        answers what a plan may ask. Where comments are not *listed*, an earlier one may be missing:
        the others wait `UNLISTED` for it.
        """
        troubles, put_off = list[OutsideError](), set[tuple[int | str, str]]()
        history, pace = self._store.history, Pace(self._store.history, snapshot.repo.id)
        effects_of = partial(self._effects, claim, snapshot, plan, survey)
        for command in history.open_commands(snapshot.repo.id):
            about = _about(command)
            if command.outcome:
                if hold_ends.over(command, snapshot):
                    told = hold_ends.after(effects_of(command))
                    history.save_command(claim, snapshot.repo.id, told)
                continue
            if put_off & about or not (listed or _waited(command, snapshot.now)):
                put_off |= about
                continue
            effects = effects_of(command)
            try:
                said = effects.of_click() if command.kind == "click" else effects.all()
            except (CannotAsk, Denied, Missing, Rejected) as error:
                log.warning("%s", error, extra={"action": "command.put-off"})
                troubles += [error] if isinstance(error, OutsideError) else []
                put_off |= about
                continue
            if said.whole:
                self._decided(claim, snapshot, command, said, pace)
            else:
                begun = replace(command, parts=said.parts, followed=said.followed)
                history.save_command(claim, snapshot.repo.id, begun)
            if said.effective or said.on_run:
                return True
        if troubles:
            raise troubles[0]
        return False

    def _effects(
        self,
        claim: Claim,
        snapshot: Snapshot,
        plan: Plan,
        survey: Asking,
        command: CommandRecord,
    ) -> Effects:
        return Effects(
            claim=claim,
            store=self._store,
            forge=self._forge,
            snapshot=survey.recall(snapshot, self._named(snapshot.repo.id, command)),
            plan=plan,
            recall=survey.recall,
            ask=partial(ask_now, survey),
            site=Site.of(snapshot.repo, self._url),
            command=command,
            quota=self._quota,
        )

    def _decided(
        self, claim: Claim, snapshot: Snapshot, command: CommandRecord, said: Said, pace: Pace
    ) -> None:
        """Remember, and audit, what was *said*: the command is never asked about again."""
        event = event_of(snapshot.repo.id, command)
        told = said.parts and not (said.on_run or said.taken_back)
        asked = entry(command, said)
        self._store.history.audit(claim, snapshot.repo.id, event, snapshot.now, asked)
        until = pace.full_until(command) if told else None
        parts = (
            said.parts if until is None else (*said.parts, replies.paced(MOST_ON_A_PLACE, until))
        )
        done = replace(
            command,
            outcome=replies.reply(parts, event) if told else SILENT,
            parts=parts if said.followed else (),
            followed=said.followed,
        )
        self._store.history.save_command(claim, snapshot.repo.id, done)
        _tell(command, event, effective=said.effective)

    def _named(self, repo_id: int, command: CommandRecord) -> tuple[Promotion, ...]:
        """The promotions of where *command* was given, however old."""
        history = self._store.history
        if command.pull is not None:
            return history.of_pull(repo_id, command.pull)
        return history.landed_as(repo_id, [command.sha]) if command.sha is not None else ()

    def _list(self, repo: Repo) -> bool:
        """
        List comments once in a while, and before one takes effect: a lost delivery costs time, not
        the command, nor its place before those that arrived.

        What is found so acts only if it was never edited. True if something was found.
        """
        record = self._store.repos.get(repo.id)
        now = self._clock()
        if record is None:
            return False
        if record.comments_since is None:
            # What was said before we came was not said to us.
            self._store.repos.change(repo.id, RepoChange(comments_since=now))
            return False
        since = record.comments_since - OVERLAP
        if now - record.comments_since < self._every / 2 and not self._new(repo, since):
            return False
        try:
            comments = self._forge.comments_since(repo, since)
        except (Denied, Missing, Rejected) as error:
            log.info("%s", error.message, extra={"action": "comments.unlisted"})
            return False  # then commands come by delivery only
        said = (c for c in comments if not c.is_bot and c.created_at == c.updated_at)
        new = [self._store.history.add_command(repo.id, from_listing(c, now)) for c in said]
        self._store.repos.change(repo.id, RepoChange(comments_since=now))
        return any(new)

    def _new(self, repo: Repo, since: datetime) -> bool:
        """A comment that came after *since* is to take effect."""
        there = self._store.history.open_commands(repo.id)
        undecided = (c for c in there if _is_comment(c) and not c.outcome)
        return any(c.seen_at is not None and c.seen_at >= since for c in undecided)


def _is_comment(command: CommandRecord) -> bool:
    return command.kind in _COMMENTS


def _waited(command: CommandRecord, now: datetime) -> bool:
    """It acts although an earlier one may be missing: so long ago it came, or it has no place."""
    return not _is_comment(command) or now - (command.seen_at or command.created_at) >= UNLISTED


def _about(command: CommandRecord) -> set[tuple[int | str, str]]:
    """(whose account, stage) of each word in it; the stage "" stands for what is about no stage."""
    words = [command for command in parse(command.body) if isinstance(command, Command)]
    clicked = [command.run_name.rpartition(" / ")[2]] if command.kind == "click" else []
    who = command.user_id or command.user
    return {(who, stage) for stage in (*clicked, *(command.stage for command in words))}


def _tell(command: CommandRecord, event: str, *, effective: bool) -> None:
    log.info(
        "%s",
        "it took effect" if effective else "nothing was changed",
        extra={
            "action": "command.decided",
            "command": command.key,
            "user": command.user,
            "effective": effective,
            "event_id": event,
        },
    )


def from_listing(comment: CommentFact, now: datetime) -> CommandRecord:
    """The command that a listed comment may hold, first seen *now* and not answered yet."""
    return CommandRecord(
        key=f"{comment.kind}-{comment.id}",
        order=comment.id,
        kind=comment.kind,
        body=comment.body,
        user=comment.user,
        user_id=comment.user_id,
        created_at=comment.created_at,
        pull=comment.pull,
        sha=comment.sha,
        seen_at=now,
    )
