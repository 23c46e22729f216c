"""What one comment or click does: permission asked of GitHub now, then the effect, then words."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from app.core.commands import TABLE, Command, CommandProblem, commanders, parse
from app.core.gates.permissions import closed_teams
from app.core.model.check_names import LOCK
from app.core.model.facts import Role
from app.core.model.questions import CannotAsk
from app.core.state.indexed import STAGE_RUN
from app.core.state.rights import may, spelled
from app.core.text import replies, rights
from app.engine.commands.effects import EFFECTS
from app.engine.commands.given import ROLES, Answer, Given
from app.engine.commands.lock import shared
from app.engine.commands.press import press
from app.engine.commands.said import Said
from app.engine.commands.standing import stands

_NEEDS = {spec.verb: spec.role for spec in TABLE}
_BUTTONS = ("promote", "retry", "rollback")


@dataclass(frozen=True, slots=True)
class Refusal:
    """The words, and the *role* that was not enough; "" where the file names others."""

    words: str
    role: Role | Literal[""]


@dataclass(frozen=True, slots=True)
class Effects(Given):
    """Carries out one command record."""

    def all(self) -> Said:
        """
        The commands of a comment in their order, to the first that takes effect: what follows that
        one is judged by what it has set going, in a later round, from this one's `parts` on.
        """
        parsed = parse(self.command.body)
        if not parsed:
            return Said()
        if not stands(self.forge, self.snapshot.repo, self.command):
            return Said((replies.taken_back(),), taken_back=True)
        if self.command.is_late:
            return Said((replies.too_old(self.command.created_at),))
        role = self.role()
        answers = self._before()
        for index, spoken in enumerate(parsed[len(answers) :], len(answers)):
            if isinstance(spoken, CommandProblem):
                answers.append(Answer(replies.misread(spoken)))
                continue
            answers.append(replace(self, answers=tuple(answers)).one(spoken, role, index))
            if answers[-1].effective:
                break
        return Said(
            tuple(a.text for a in answers),
            tuple(a.followed for a in answers if a.followed is not None),
            any(a.effective for a in answers),
            whole=len(answers) == len(parsed),
        )

    def _before(self) -> list[Answer]:
        """The answers up to the newest that took effect, in an earlier round or process."""
        followed = {follow.part: follow for follow in self.command.followed}
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
            return press(self, runs[-1])
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
