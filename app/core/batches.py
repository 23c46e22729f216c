"""Which writes share a push: one commit a promotion, one push a branch."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from app.core.actions import Action, PushAgain, Write
from app.core.drift import outcome
from app.core.facts import Rendered
from app.core.ledger import Ledger
from app.core.model import Stage
from app.core.names import Sha, StageName
from app.core.records import Promotion

MOST_FILES = 300
"""Path filters of GitHub's workflows read no more than 300 changed files of a push."""


def batch(ledger: Ledger, due: Sequence[Promotion]) -> tuple[tuple[Write, ...], set[str]]:
    """
    One push for each branch, and the ids of those that wait for the next one.

    *due* in needs-order. A stage and one it takes freight from (however far up) never share a
    push; two stages that are verified share one only if their checks differ, because checks run on
    a push's head only.
    """
    pushes: dict[str, _Push] = defaultdict(_Push)
    left: set[str] = set()
    for row in due:
        stage = ledger.under(row)
        if not pushes[ledger.branch(stage)].takes(row, stage, _files(ledger, row), ledger):
            left.add(row.id)
    writes = tuple(
        Write(branch, ledger.snapshot.tips.get(branch), tuple(push.rows))
        for branch, push in pushes.items()
    )
    return writes, left


def together(actions: Iterable[Action]) -> list[Action]:
    """*actions*, those last that push again: what was one push before is one again."""
    others: list[Action] = []
    again: dict[tuple[str, Sha | None], list[Promotion]] = defaultdict(list)
    for action in actions:
        match action:
            case PushAgain(promotions):
                for row in promotions:
                    if row.intent is not None:
                        again[row.intent.branch, row.intent.expected].append(row)
            case _:
                others.append(action)
    return [*others, *(PushAgain(tuple(rows)) for rows in again.values())]


@dataclass(slots=True)
class _Push:
    """What has been chosen for one branch; what each new one is compared with is summed up."""

    rows: list[Promotion] = field(default_factory=list)
    stages: set[StageName] = field(default_factory=set)
    files: int = 0
    checks: set[str] = field(default_factory=set)
    globs: bool = False

    def takes(self, row: Promotion, stage: Stage, files: int, ledger: Ledger) -> bool:
        """Add *row*, which changes *files* files, if it may share this push; whether it does."""
        if self.rows and not self._fits(stage, files, ledger):
            return False
        self.rows.append(row)
        self.stages.add(row.stage)
        self.files += files
        self.checks |= _names(stage)
        self.globs = self.globs or _any_glob(stage)
        return True

    def _fits(self, stage: Stage, files: int, ledger: Ledger) -> bool:
        checks = _names(stage)
        if self.files + files > MOST_FILES or not self.checks.isdisjoint(checks):
            return False
        # Globs may match anything: they differ from nothing.
        if self.checks and checks and (self.globs or _any_glob(stage)):
            return False
        return self.stages.isdisjoint(_above(ledger, stage.name))


def _names(stage: Stage) -> set[str]:
    return {rule.pattern for rule in stage.verify}


def _any_glob(stage: Stage) -> bool:
    return any(rule.is_glob for rule in stage.verify)


def _files(ledger: Ledger, row: Promotion) -> int:
    found = outcome(ledger, ledger.views[row.stage], row)
    return found.changed_files if isinstance(found, Rendered) else 0


def _above(ledger: Ledger, name: StageName) -> set[StageName]:
    found: set[StageName] = set()
    todo = [name]
    while todo:
        stage = ledger.pipeline.stages.get(todo.pop())
        if stage is None:
            continue
        new = set(stage.upstreams) - found
        found |= new
        todo.extend(new)
    return found
