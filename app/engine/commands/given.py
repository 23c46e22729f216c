"""What a command is carried out in, and what it answers."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TypeVar

from app.core.commands import Anywhere, Command, Context, OnCommit, OnOurPull, OnPull, token_role
from app.core.locks.quota import Quota
from app.core.model.comments import AnyFollowed, CommandRecord
from app.core.model.facts import Role
from app.core.model.names import FreightId
from app.core.model.people import Person
from app.core.model.pipeline import Pipeline
from app.core.model.questions import Question
from app.core.model.records import Promotion
from app.core.model.snapshot import Snapshot
from app.core.planning.plan_result import Plan
from app.core.state.ledger import Ledger
from app.core.state.organization_groups import defined
from app.core.text import replies
from app.core.text.links import Site
from app.engine.commands.recall import Recall
from app.engine.survey.people import role_of
from app.errors import Missing
from app.ports import Forge, Store
from app.ports.store import Claim

Found = TypeVar("Found")
ROLES: tuple[Role, ...] = ("none", "read", "triage", "write", "maintain", "admin")
MOVED_WITHIN = timedelta(minutes=1)
"""A head that moved so shortly before a comment may not be what its author looked at."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to one command."""

    text: str
    followed: AnyFollowed | None = None
    """What it began, whose end the reply tells; None: nothing."""
    changed: bool = False
    """It changed something else."""

    @property
    def effective(self) -> bool:
        """Something took effect."""
        return self.changed or self.followed is not None


@dataclass(frozen=True, slots=True)
class Given:
    """One command record in its surroundings."""

    claim: Claim
    store: Store
    forge: Forge
    snapshot: Snapshot
    plan: Plan
    site: Site
    command: CommandRecord
    recall: Recall
    ask: Callable[[Snapshot, Iterable[Question]], Snapshot]
    """The snapshot with the answers to questions, as a plan asks them: what is so now."""
    answers: tuple[Answer, ...] = ()
    """To the commands above this one in the same comment."""
    quota: Quota = field(default_factory=Quota)
    """How many unfinished lock requests there may be."""

    @property
    def pipeline(self) -> Pipeline:
        """
        The one in force; where there is none an empty one, but with the groups of the organisation
        in the repository that defines them.
        """
        there, pipeline = self.snapshot.organization, self.snapshot.config.pipeline
        if pipeline is None and there is not None:
            return defined(Pipeline({}, {}), there)
        return pipeline or Pipeline({}, {})

    def noted(self, answer: Answer) -> CommandRecord:
        """
        The command record with *answer* and those above it.

        Stored together with what the command changes, so that a process which dies in between
        leaves neither: what took effect never speaks against itself.
        """
        told = (*self.answers, answer)
        followed = tuple(
            told_answer.followed for told_answer in told if told_answer.followed is not None
        )
        return replace(
            self.command, parts=tuple(told_answer.text for told_answer in told), followed=followed
        )

    def key(self, part: int) -> str:
        """Under which the order of command number *part* is stored, once."""
        return f"{self.command.key}:{part}"

    @property
    def person(self) -> Person:
        """Its author."""
        return self.command.person

    def judged(self, judge: Callable[[Ledger], Found]) -> Found:
        """What *judge* says with an answer to all that it asks; CannotAsk where there is none."""
        snapshot = self.snapshot
        while True:
            ledger = Ledger(snapshot, snapshot.config.pipeline or Pipeline({}, {}))
            answer = judge(ledger)
            if not ledger.questions:
                return answer
            snapshot = self.ask(snapshot, ledger.questions)

    def role(self) -> Role:
        """
        What its author is in the repository, asked of GitHub now; a token of ours was asked for its
        scope when it came.
        """
        if self.command.kind == "api":
            return token_role(self.command.body)
        try:
            return role_of(self.forge, self.snapshot.repo, self.person)
        except Missing:
            return "none"

    def context(self) -> Context:
        """Where it was typed."""
        record = self.command
        if record.pull is not None:
            ours = self._our_promotion(record.pull)
            if ours is not None:
                return OnOurPull(ours.stage, ours.freight, ours.ended)
            pull = self.forge.pull(self.snapshot.repo, record.pull)
            return OnPull(pull.merge_sha if pull.merged else None)
        return OnCommit(record.sha) if record.sha is not None else Anywhere()

    def unseen(self, command: Command, freight: FreightId) -> Answer | None:
        """
        Where *command* leaves *freight* to our pull request: the answer that asks for its name, if
        the author may have looked at another head, or must have, since this one is not pushed yet.
        """
        promotion = (
            self._our_promotion(self.command.pull) if self.command.pull is not None else None
        )
        if promotion is None or command.freight:
            return None
        if not promotion.ended and (promotion.intent is not None or not promotion.written):
            return Answer(replies.head_moving(command, freight))
        since = self.command.created_at - MOVED_WITHIN
        if promotion.head is None or promotion.moved_at is None or promotion.moved_at <= since:
            return None
        return Answer(replies.head_moved(command, promotion.head, freight))

    def _our_promotion(self, number: int) -> Promotion | None:
        promotions = reversed(self.snapshot.records.promotions)
        return next((p for p in promotions if p.pull == number), None)
