"""What one comment or click does: permission asked of GitHub now, then the effect, then words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Literal, Protocol

from app.core.commands import (
    Anywhere,
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
from app.core.drift import consent, standing
from app.core.explain import minting, replies
from app.core.explain.holds import held
from app.core.explain.site import Site
from app.core.explain.status import status
from app.core.explain.why import nothing, why
from app.core.facts import Role
from app.core.handedits import HandEdit
from app.core.ledger import STAGE_RUN, Ledger
from app.core.names import FreightId, Sha, StageName
from app.core.plans import Plan
from app.core.records import Order, Promotion, RunRecord
from app.core.runs import directly_on, spoken_of
from app.core.runs.target import LOCK
from app.core.said import CommandRecord, Followed
from app.core.snapshot import Snapshot
from app.core.verdicts import FOREIGN, Reason
from app.engine.holding import holding
from app.errors import Missing
from app.ports import Forge, Store
from app.ports.store import Claim

ROLES: tuple[Role, ...] = ("none", "read", "triage", "write", "maintain", "admin")
MOVED_WITHIN = timedelta(minutes=1)
"""A head that moved so shortly before a comment may not be what its author looked at."""


class Recall(Protocol):
    """*snapshot* with *found* among its records, and all promotions of *freight* to *stage*."""

    def __call__(
        self,
        snapshot: Snapshot,
        found: Sequence[Promotion] = (),
        stage: StageName | None = None,
        freight: FreightId | None = None,
    ) -> Snapshot: ...


@dataclass(frozen=True, slots=True)
class Said:
    """
    The parts of the reply, the promotions that are *followed* to their end, and whether something
    took effect.
    """

    parts: tuple[str, ...] = ()
    followed: tuple[Followed, ...] = ()
    effective: bool = False


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

    def all(self) -> Said:
        """Every command of a comment, in its order."""
        parsed = parse(self.command.body)
        if not parsed:
            return Said()
        role = self._role()
        answers = [
            _Answer(replies.misread(one))
            if isinstance(one, CommandProblem)
            else self._one(one, role, index)
            for index, one in enumerate(parsed)
        ]
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
        answer = self._one(command, self._role(), 0)
        return Said(effective=True) if answer.effective else Said((answer.text,))

    def _one(self, command: Command, role: Role, index: int) -> _Answer:
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
        freight = which_freight(command, self._context(), self.snapshot, self.plan)
        if command.verb == "why":
            return _Answer(self._why(stage, freight))
        if isinstance(freight, NoFreight):
            return _Answer(replies.nothing_to_do(command, freight))
        moved_to = self._moved_to()
        if moved_to is not None and not command.freight:
            return _Answer(replies.head_moved(command, moved_to, freight))
        seen = self.recall(self.snapshot, stage=stage, freight=freight)
        return replace(self, snapshot=seen).take(command, stage, freight, index)

    def take(self, command: Command, stage: StageName, freight: FreightId, index: int) -> _Answer:
        """Let *command* take effect on *freight*, of which everything is among the records."""
        refusal = self._useless(command, stage, freight)
        if refusal is not None:
            return _Answer(replies.nothing_to_do(command, refusal))
        over, edits = self._replaced(command, stage, freight)
        begun = self._order(command, stage, freight, index, over)
        return _Answer(
            replies.accepted(command, freight, self.site, replies.replacing(edits)), begun
        )

    def _why(self, stage: StageName, freight: FreightId | NoFreight) -> str:
        verdict = None if isinstance(freight, NoFreight) else self.plan.verdict(stage, freight)
        pipeline = self.snapshot.config.pipeline
        gate = [
            minting.why(wait, self.site)
            for wait in self.plan.minting
            if stage in directly_on(pipeline, wait)
        ]
        if verdict is not None:
            return "\n\n".join((*gate, why(verdict, self.site)))
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

    def _useless(self, command: Command, stage: StageName, freight: FreightId) -> NoFreight | None:
        """Why the command would change nothing; it is refused in words, not forgotten."""
        pipeline = self.snapshot.config.pipeline
        if pipeline is None:
            return NoFreight("no stagelock.yaml is in force here")
        ledger = Ledger(self.snapshot, pipeline)
        view = ledger.views[stage]
        current, latest = view.current, view.latest.get(freight)
        if current is not None and ledger.newer(current.freight, freight):
            return NoFreight(f"{stage} is at {current.freight.short}, which is newer")
        back = command.verb == "promote" and consent(ledger, view, command.verb, freight)
        if latest is not None and latest.state == "verified" and not back:
            return NoFreight(f"{freight.short} is verified in {stage} already")
        unproven = command.verb == "retry" and self._unproven(stage, freight)
        asked_for = unproven or self._asked_for(stage, freight)
        if latest is not None and not latest.ended and not asked_for:
            return NoFreight(f"{freight.short} is on its way to {stage} already")
        if latest is not None and latest.state == "failed" and command.verb == "promote":
            return NoFreight(f"{freight.short} failed in {stage}: /retry {stage} tries it again")
        failed = latest is not None and latest.state in ("failed", "cancelled")
        if command.verb == "retry" and not failed and not unproven:
            return NoFreight(f"{freight.short} did not fail in {stage}")
        return None

    def _unproven(self, stage: StageName, freight: FreightId) -> bool:
        """It holds the content, and no check has ever run on that."""
        verdict = self.plan.verdict(stage, freight)
        return verdict is not None and verdict.reason is Reason.NO_EVIDENCE

    def _asked_for(self, stage: StageName, freight: FreightId) -> bool:
        """What is on its way waits for a person's word: to start, or in spite of something."""
        verdict = self.plan.verdict(stage, freight)
        return verdict is not None and verdict.reason in (
            *FOREIGN,
            Reason.NOT_STARTED,
            Reason.ON_HOLD,
            Reason.DRIFT,
        )

    def _replaced(
        self, command: Command, stage: StageName, freight: FreightId
    ) -> tuple[str, tuple[HandEdit, ...]]:
        """The hand edits that the command agrees to replace, and their mark."""
        pipeline = self.snapshot.config.pipeline
        if pipeline is None:
            return "", ()
        ledger = Ledger(self.snapshot, pipeline)
        view = ledger.views[stage]
        over = consent(ledger, view, command.verb, freight)
        return over, standing(ledger, view) if over else ()

    def _order(
        self, command: Command, stage: StageName, freight: FreightId, index: int, over: str
    ) -> Followed:
        verb: Literal["promote", "retry"] = "retry" if command.verb == "retry" else "promote"
        order = Order(0, verb, stage, freight, self.command.user, self.snapshot.now, over=over)
        key = f"{self.command.key}:{index}"
        self.store.history.add_order(self.claim, self.snapshot.repo.id, order, key)
        return Followed(index, verb, stage, freight, order.at)

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
            return Said(effective=True)
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
