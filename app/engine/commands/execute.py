"""What one comment or click does: permission asked of GitHub now, then the effect, then words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Literal

from app.core.checkruns import directly_on, spoken_of
from app.core.commands import (
    Anywhere,
    Asked,
    Command,
    CommandProblem,
    Context,
    NoFreight,
    OnCommit,
    OnOurPull,
    OnPull,
    parse,
    which_freight,
)
from app.core.commands.useless import replaced, useless
from app.core.model.check_names import LOCK
from app.core.model.comments import CommandRecord, Followed
from app.core.model.facts import Role
from app.core.model.names import FreightId, Sha, StageName
from app.core.model.records import Order, RunRecord
from app.core.model.snapshot import Snapshot
from app.core.planning.plan_result import Plan
from app.core.state.indexed import STAGE_RUN
from app.core.state.ledger import Ledger
from app.core.text import minting, replies
from app.core.text.holds import held
from app.core.text.links import Site
from app.core.text.status import status
from app.core.text.why import nothing, why
from app.engine.commands.hold import holding
from app.engine.commands.recall import Recall
from app.errors import Missing
from app.ports import Forge, Store
from app.ports.store import Claim

ROLES: tuple[Role, ...] = ("none", "read", "triage", "write", "maintain", "admin")
MOVED_WITHIN = timedelta(minutes=1)
"""A head that moved so shortly before a comment may not be what its author looked at."""


@dataclass(frozen=True, slots=True)
class Said:
    """
    The parts of the reply, the promotions that are *followed* to their end, and whether something
    took effect. *on_run*: the run that was clicked says it, so there is no reply.
    """

    parts: tuple[str, ...] = ()
    followed: tuple[Followed, ...] = ()
    effective: bool = False
    on_run: bool = False


@dataclass(frozen=True, slots=True)
class _Answer:
    """The answer to one command; what it began, and whether it *changed* something else."""

    text: str
    followed: Followed | None = None
    changed: bool = False

    @property
    def effective(self) -> bool:
        return self.changed or self.followed is not None


@dataclass(frozen=True, slots=True)
class Effects:
    """One command record in its surroundings."""

    claim: Claim
    store: Store
    forge: Forge
    snapshot: Snapshot
    plan: Plan
    site: Site
    command: CommandRecord
    recall: Recall
    again: Callable[[], tuple[Snapshot, Plan]]
    """What is so after something took effect: the records and the plan, made anew."""

    def all(self) -> Said:
        """Every command of a comment, in its order."""
        parsed = parse(self.command.body)
        if not parsed:
            return Said()
        if self.command.is_late:
            return Said((replies.too_old(self.command.created_at),))
        role = self._role()
        now, answers = self, list[_Answer]()
        for index, one in enumerate(parsed):
            if isinstance(one, CommandProblem):
                answers.append(_Answer(replies.misread(one)))
                continue
            if answers and answers[-1].effective:
                snapshot, plan = self.again()  # what this one is judged by
                now = replace(self, snapshot=snapshot, plan=plan)
            answers.append(now.one(one, role, index))
        return Said(
            tuple(a.text for a in answers),
            tuple(a.followed for a in answers if a.followed is not None),
            any(a.effective for a in answers),
        )

    def of_click(self) -> Said:
        """A button, or GitHub's own "Re-run". What it changes is seen on the run: no reply."""
        record, name = self.command, self.command.run_name
        history, repo_id = self.store.history, self.snapshot.repo.id
        runs = history.runs_of(repo_id, name, record.sha) if record.sha is not None else ()
        if not runs or runs[-1].run_id != record.run_id:
            return Said((replies.outdated_click(name),))
        if name.startswith(LOCK):
            return self._release(runs[-1])
        verb = "retry" if record.verb == "rerequested" else record.verb
        if verb not in ("promote", "retry") or not name.startswith(STAGE_RUN):
            return Said()
        stage = name.removeprefix(STAGE_RUN)
        command = parse(f"/{verb} {stage}")[0]
        if not isinstance(command, Command):
            return Said()
        role = self._role()
        if runs[-1].ready and ROLES.index(role) < ROLES.index(command.role):
            note = replace(
                runs[-1], refused_by=record.user, refused_role=role, refused_verb=record.verb
            )
            history.save_run(self.claim, repo_id, note)
            return Said((replies.refused(command, role),), on_run=True)
        answer = self.one(command, role, 0)
        return Said(effective=True) if answer.effective else Said((answer.text,))

    def one(self, command: Command, role: Role, index: int) -> _Answer:
        """Let command number *index* of the comment take effect, if *role* may."""
        if not command.supported:
            return _Answer(replies.not_supported(command))
        if ROLES.index(role) < ROLES.index(command.role):
            return _Answer(replies.refused(command, role))
        if command.verb == "help":
            return _Answer(replies.help_text())
        if command.verb == "status":
            return _Answer(status(self.snapshot, self.plan, self.site))
        pipeline = self.snapshot.config.pipeline
        stages = tuple(pipeline.stages) if pipeline else ()
        if command.stage not in stages:
            return _Answer(replies.unknown_stage(command, stages))
        if command.verb in ("hold", "resume"):
            history, record = self.store.history, self.command
            text, changed = holding(self.claim, history, self.snapshot, record, command)
            return _Answer(text, changed=changed)
        return self._of_stage(command, StageName(command.stage), index)

    def _of_stage(self, command: Command, stage: StageName, index: int) -> _Answer:
        before = self._taken(command, stage, index)
        if before is not None:
            return before
        context, snapshot = self._context(), self.snapshot
        freight = which_freight(command, context, snapshot, self.plan)
        while isinstance(freight, Asked):
            snapshot = self.recall.all(snapshot, freight.questions)
            freight = which_freight(command, context, snapshot, self.plan)
        return replace(self, snapshot=snapshot).about(command, stage, freight, index, context)

    def about(
        self,
        command: Command,
        stage: StageName,
        freight: FreightId | NoFreight,
        index: int,
        context: Context,
    ) -> _Answer:
        """The answer to *command* where it means *freight*."""
        if command.verb == "why":
            return _Answer(self._why(command, stage, freight, context))
        if isinstance(freight, NoFreight):
            return _Answer(replies.nothing_to_do(command, freight))
        moved_to = self._moved_to()
        if moved_to is not None and not command.freight:
            return _Answer(replies.head_moved(command, moved_to, freight))
        elsewhere = not command.freight and isinstance(context, OnPull) and context.elsewhere
        verb: Literal["promote", "retry"] = "retry" if command.verb == "retry" else "promote"
        asked = Followed(index, verb, stage, freight, self.snapshot.now, elsewhere)
        return self._take(command, asked)

    def _take(self, command: Command, asked: Followed) -> _Answer:
        """Let *command* take effect on the freight that is *asked* for."""
        stage, freight = asked.stage, asked.freight
        # Everything about that freight is among these records, however old.
        seen = self.recall(self.snapshot, stage=stage, freight=freight)
        refusal = useless(command, stage, freight, seen, self.plan)
        if refusal is not None:
            return _Answer(replies.nothing_to_do(command, refusal))
        over, edits = replaced(command, stage, freight, seen)
        order = Order(0, asked.verb, stage, freight, self.command.user, asked.at, over=over)
        key = self._key(asked.part)
        self.store.history.add_order(self.claim, self.snapshot.repo.id, order, key)
        return _Answer(replies.accepted(asked, self.site, replies.replacing(edits)), asked)

    def _taken(self, command: Command, stage: StageName, index: int) -> _Answer | None:
        """
        The answer to a command that took effect already, and whose answer was lost with a process:
        what it changed must not speak against it now.
        """
        if command.verb not in ("promote", "retry"):
            return None
        before = self.store.history.order(self.snapshot.repo.id, self._key(index))
        if before is None or before.freight is None:
            return None
        asked = Followed(index, before.verb, stage, before.freight, before.at)
        return _Answer(replies.accepted(asked, self.site), asked)

    def _key(self, part: int) -> str:
        """Under which the order of command number *part* is stored, once."""
        return f"{self.command.key}:{part}"

    def _why(
        self, command: Command, stage: StageName, freight: FreightId | NoFreight, context: Context
    ) -> str:
        verdict = None if isinstance(freight, NoFreight) else self.plan.verdict(stage, freight)
        pipeline = self.snapshot.config.pipeline
        gate = [
            minting.why(wait, self.site)
            for wait in self.plan.minting
            if stage in directly_on(pipeline, wait)
        ]
        if verdict is not None:
            told = replace(command, verb="promote")
            here = which_freight(told, context, self.snapshot, self.plan) == verdict.freight
            return "\n\n".join((*gate, why(verdict._replace(named=not here), self.site)))
        hold = Ledger(self.snapshot, pipeline).holding.get(stage) if pipeline else None
        rest = () if gate else (nothing(stage),)
        return "\n\n".join((*gate, *rest, *((held(hold),) if hold else ())))

    def _moved_to(self) -> Sha | None:
        """The head of our pull request, if it moved while the comment was being written."""
        since = self.command.created_at - MOVED_WITHIN
        for row in reversed(self.snapshot.records.promotions):
            if self.command.pull is not None and row.pull == self.command.pull:
                return row.head if row.moved_at is not None and row.moved_at > since else None
        return None

    def _release(self, run: RunRecord) -> Said:
        """
        A person frees the suspect grant that *run* speaks of, and no other of its group: the job
        is theirs to have looked at. Asked of GitHub now is whether they may.
        """
        request = spoken_of(run, self.snapshot) if self.command.verb == "release" else None
        if request is None or request.state != "suspect":
            return Said((replies.nothing_to_release(run.name),))
        role, by = self._role(), self.command.user
        if ROLES.index(role) < ROLES.index("maintain"):
            self.store.locks.refuse(self.claim, request.id, by, role)
            return Said((replies.may_not_release(run.name, role),), on_run=True)
        how = "released by its button"
        self.store.locks.end(self.claim, request.id, "forced", how, self.snapshot.now, by=by)
        return Said(effective=True)

    def _role(self) -> Role:
        try:
            return self.forge.permission(self.snapshot.repo, self.command.user)
        except Missing:
            return "none"

    def _context(self) -> Context:
        record = self.command
        if record.pull is not None:
            ours = self._our_stage(record.pull)
            if ours is not None:
                return OnOurPull(ours)
            pull = self.forge.pull(self.snapshot.repo, record.pull)
            return OnPull(pull.merge_sha if pull.merged else None)
        return OnCommit(record.sha) if record.sha is not None else Anywhere()

    def _our_stage(self, number: int) -> StageName | None:
        rows: Sequence[StageName] = [
            p.stage for p in self.snapshot.records.promotions if p.pull == number
        ]
        return rows[-1] if rows else None
