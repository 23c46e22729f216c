"""What one comment or click does: permission asked of GitHub now, then the effect, then words."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from app.core.checkruns import freed_by, overdue_for, suspect_of
from app.core.commands import TABLE, Command, CommandProblem, commanders, parse
from app.core.gates.permissions import closed_teams
from app.core.model.check_names import LOCK
from app.core.model.comments import Followed, FollowedLock
from app.core.model.facts import Role
from app.core.model.lock_reasons import LockReason
from app.core.model.lock_requests import DirectRequest
from app.core.model.questions import CannotAsk
from app.core.model.records import RunRecord
from app.core.state.indexed import STAGE_RUN
from app.core.state.rights import may, spelled
from app.core.text import replies, rights
from app.core.text.people_locks import may_not_press
from app.engine.commands.effects import EFFECTS
from app.engine.commands.given import ROLES, Answer, Given
from app.engine.commands.lock import keep, shared

_NEEDS = {spec.verb: spec.role for spec in TABLE}
_BUTTONS = ("promote", "retry", "rollback")


@dataclass(frozen=True, slots=True)
class Said:
    """
    The parts of the reply, the promotions that are *followed* to their end, and whether something
    took effect. *on_run*: the run that was clicked says it, so there is no reply.
    """

    parts: tuple[str, ...] = ()
    followed: tuple[Followed | FollowedLock, ...] = ()
    effective: bool = False
    on_run: bool = False


@dataclass(frozen=True, slots=True)
class Refusal:
    """The words, and the *role* that was not enough; "" where the file names others."""

    words: str
    role: Role | Literal[""]


@dataclass(frozen=True, slots=True)
class Effects(Given):
    """Carries out one command record."""

    def all(self) -> Said:
        """Every command of a comment, in its order."""
        parsed = parse(self.command.body)
        if not parsed:
            return Said()
        if self.command.is_late:
            return Said((replies.too_old(self.command.created_at),))
        role = self.role()
        now, answers = self, self._before()
        for index, one in enumerate(parsed[len(answers) :], len(answers)):
            if isinstance(one, CommandProblem):
                answers.append(Answer(replies.misread(one)))
                continue
            if answers and answers[-1].effective:
                snapshot, plan = self.again()  # what this one is judged by
                now = replace(self, snapshot=snapshot, plan=plan)
            now = replace(now, answers=tuple(answers))
            answers.append(now.one(one, role, index))
        return Said(
            tuple(a.text for a in answers),
            tuple(a.followed for a in answers if a.followed is not None),
            any(a.effective for a in answers),
        )

    def _before(self) -> list[Answer]:
        """The answers that were noted with their effects by a process that died then."""
        followed = {one.part: one for one in self.command.followed}
        noted = enumerate(self.command.parts)
        return [Answer(words, followed.get(part), changed=True) for part, words in noted]

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
        if verb not in _BUTTONS or not name.startswith(STAGE_RUN):
            return Said()
        stage = name.removeprefix(STAGE_RUN)
        command = Command(verb, f"/{verb} {stage}", _NEEDS[verb], stage)
        role = self.role()
        refusal = self.refusal(command, role)
        if runs[-1].ready and refusal is not None:
            note = replace(
                runs[-1],
                refused_by=record.user,
                refused_role=refusal.role,
                refused_verb=record.verb,
            )
            history.save_run(self.claim, repo_id, note)
            return Said((refusal.words,), on_run=True)
        answer = self.one(command, role, 0)
        return Said(effective=True) if answer.effective else Said((answer.text,))

    def one(self, command: Command, role: Role, index: int) -> Answer:
        """Let command number *index* of the comment take effect, if *role* may."""
        refusal = self.refusal(command, role)
        if refusal is not None:
            return Answer(refusal.words)
        pipeline = self.snapshot.config.pipeline
        stages = tuple(pipeline.stages) if pipeline else ()
        if command.stage and command.stage not in stages:
            return Answer(replies.unknown_stage(command, stages))
        return EFFECTS[command.verb](self, command, index)

    def refusal(self, command: Command, role: Role) -> Refusal | None:
        """Why its author may not give *command*: their *role*, or whom the stage's file names."""
        if shared(self, command):
            return None  # what its author may in the holder's repository is asked with the effect
        named = commanders(command, self.snapshot.config.pipeline)
        if (named is None or command.role != "write") and (
            ROLES.index(role) < ROLES.index(command.role)
        ):
            return Refusal(replies.refused(command, role), role)
        if named is None:
            return None
        key, people = named
        try:
            if self.judged(lambda ledger: may(ledger, self.person, people)):
                return None
        except CannotAsk:
            page = closed_teams(self.snapshot.installation) if people.teams else None
            if page is None:
                raise
            return Refusal(rights.teams_unknown(command, page), "")
        who = spelled(people, self.snapshot.repo.owner)
        return Refusal(rights.not_among(command, key, who), "")

    def _release(self, run: RunRecord) -> Said:
        """
        A person frees the suspect grant that *run* spoke of when it was clicked, and no other of
        its group: the job is theirs to have looked at. What it spoke of then is what GitHub's
        delivery says: our record may be behind (an answer was lost), or ahead. Asked of GitHub now
        is whether they may.
        """
        key = self.command.run_key or run.external_id
        request = suspect_of(run.name, key, self.snapshot)
        by = self.command.user
        late = overdue_for(run.name, key, self.snapshot)
        if late is not None:
            return self._of_person(run, late)
        if self.command.verb == "release" and freed_by(run.name, key, by, self.snapshot):
            return Said(effective=True)  # it did, and the process died before that was noted
        if request is None or self.command.verb != "release":
            return Said((replies.nothing_to_release(run.name),))
        role = self.role()
        if ROLES.index(role) < ROLES.index("maintain"):
            self.store.locks.refuse(self.claim, request.id, by, role)
            return Said((replies.may_not_release(run.name, role),), on_run=True)
        now = self.snapshot.now
        self.store.locks.end(self.claim, request.id, "forced", LockReason.BUTTON, now, by=by)
        return Said(effective=True)

    def _of_person(self, run: RunRecord, late: DirectRequest) -> Said:
        """A person's lock past its time: its holder keeps it, they or a maintainer give it back."""
        command, mine = self.command, late.is_of(self.command.user_id)
        if command.verb == "keep" and mine:
            keep(self, late)
            return Said(effective=True)
        role = self.role()
        if command.verb == "release" and (mine or ROLES.index(role) >= ROLES.index("maintain")):
            locks, now = self.store.direct_locks, self.snapshot.now
            locks.leave(self.claim, late.id, now, command.user)
            return Said(effective=True)
        return Said((may_not_press(command.verb, run.name, late),))
