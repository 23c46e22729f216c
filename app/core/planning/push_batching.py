"""Which writes share a push: one commit a promotion, one push a branch."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from app.core.gates.clearance import Cleared
from app.core.model.names import Sha, StageName
from app.core.model.pipeline import Stage
from app.core.model.records import Promotion
from app.core.model.renders import Rendered
from app.core.planning.actions import Action, PushAgain, Write
from app.core.state.drift import outcome
from app.core.state.ledger import Ledger

MOST_FILES = 300
"""Path filters of GitHub's workflows read no more changed files of a push: one carries fewer."""


def batch(ledger: Ledger, due: Sequence[Cleared]) -> tuple[tuple[Write, ...], set[str]]:
    """
    One push for each branch, and the ids of those that wait for the next one.

    *due* in needs-order. A stage and one it takes freight from (however far up) never share a
    push; two stages that are verified share one only if their checks differ, because checks run on
    a push's head only. What a rule refused together goes one by one.
    """
    pushes: dict[str, _Push] = defaultdict(_Push)
    left: set[str] = set()
    for leave in due:
        promotion = leave.promotion
        stage = ledger.stage_terms(promotion)
        if not pushes[ledger.branch(stage)].takes(leave, stage, _files(ledger, promotion), ledger):
            left.add(promotion.id)
    writes = tuple(
        Write(branch, ledger.snapshot.tips.get(branch), tuple(push.leaves))
        for branch, push in pushes.items()
    )
    return writes, left


def together(actions: Iterable[Action]) -> list[Action]:
    """*actions*, those last that push again: what was one push before is one again."""
    others: list[Action] = []
    again: dict[tuple[str, Sha | None], list[Cleared]] = defaultdict(list)
    for action in actions:
        match action:
            case PushAgain(leaves):
                for leave in leaves:
                    intent = leave.promotion.intent
                    if intent is not None:
                        again[intent.branch, intent.expected].append(leave)
            case _:
                others.append(action)
    return [*others, *(PushAgain(tuple(leaves)) for leaves in again.values())]


@dataclass(slots=True)
class _Push:
    """What has been chosen for one branch; what each new one is compared with is summed up."""

    leaves: list[Cleared] = field(default_factory=list)
    stages: set[StageName] = field(default_factory=set)
    files: int = 0
    checks: set[str] = field(default_factory=set)
    globs: bool = False

    def takes(self, leave: Cleared, stage: Stage, files: int, ledger: Ledger) -> bool:
        """Add *leave*, which changes *files* files, if it may share this push; whether it does."""
        if self.leaves and not self._fits(stage, files, ledger):
            return False
        self.leaves.append(leave)
        self.stages.add(stage.name)
        self.files += files
        self.checks |= _names(stage)
        self.globs = self.globs or _any_glob(stage)
        return True

    def _fits(self, stage: Stage, files: int, ledger: Ledger) -> bool:
        checks = _names(stage)
        if ledger.branch(stage) in ledger.snapshot.alone:
            return False
        if self.files + files >= MOST_FILES or not self.checks.isdisjoint(checks):
            return False
        # Globs may match anything: they differ from nothing.
        if self.checks and checks and (self.globs or _any_glob(stage)):
            return False
        return self.stages.isdisjoint(_above(ledger, stage.name))


def _names(stage: Stage) -> set[str]:
    return {rule.pattern for rule in stage.verify}


def _any_glob(stage: Stage) -> bool:
    return any(rule.is_glob for rule in stage.verify)


def _files(ledger: Ledger, promotion: Promotion) -> int:
    rendered = outcome(ledger, ledger.views[promotion.stage], promotion)
    return rendered.changed_files if isinstance(rendered, Rendered) else 0


def _above(ledger: Ledger, name: StageName) -> set[StageName]:
    stages: set[StageName] = set()
    todo = [name]
    while todo:
        stage = ledger.pipeline.stages.get(todo.pop())
        if stage is None:
            continue
        new = set(stage.upstreams) - stages
        stages |= new
        todo.extend(new)
    return stages
