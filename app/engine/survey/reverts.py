"""
Which freight holds what was taken back later.

Messages name candidates ("This reverts commit <id>", as git and GitHub write it); only files tell
whether the commit was taken back.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import NamedTuple

from app.core.model.names import Sha
from app.core.model.questions import RevertQuestion
from app.core.model.reverts import Revert
from app.core.model.snapshot import Snapshot
from app.engine.survey.unanswered import Enough
from app.engine.survey.warehouses import Warehouses
from app.ports import GitRepo

# https://git-scm.com/docs/git-revert: with `--reference` the id is abbreviated.
_SAYS = re.compile(r"\bThis\s+reverts\s+commit\s+([0-9a-f]{7,40})\b")
NAMED = 100
"""Of one message so many commits are looked at."""
READ = 2_000
"""Messages that one answer reads; the next tick goes on."""
REMEMBERED = 5_000

Watches = Callable[[bytes], bool]


class _Named(NamedTuple):
    """The message of *says*, which came onto the line with *by* after *before*, names *what*."""

    by: Sha
    before: Sha
    says: Sha
    what: Sha


@dataclass(slots=True)
class _Read:
    """What was read of the line after one freight, up to and with *to*."""

    to: Sha
    named: list[_Named] = field(default_factory=list)


class Reverts:
    """What was read is kept: a look costs what came onto the line since the last one."""

    def __init__(self) -> None:
        self._read: OrderedDict[tuple[int, str, Sha], _Read] = OrderedDict()

    def answer(
        self, git: GitRepo, snapshot: Snapshot, known: Warehouses, question: RevertQuestion
    ) -> Snapshot:
        """*snapshot* with the answer; Enough where the next tick goes on."""
        freight = question.freight
        line = snapshot.lines.get(freight.warehouse)
        revert = None
        if line is not None and freight.sha in line.places:
            branch = known.branch(freight.warehouse)
            key = snapshot.repo.id, branch, freight.sha
            read = self._read.get(key)
            if read is None or read.to not in line.places:
                read = self._read[key] = _Read(freight.sha)
            self._read.move_to_end(key)
            while len(self._read) > REMEMBERED:
                self._read.popitem(last=False)
            _go_on(git, read, known.after(branch, read.to))
            revert = _taken_back(git, known.watcher(freight.warehouse), freight.sha, read.named)
        return replace(snapshot, reverted={**snapshot.reverted, freight: revert})


def _go_on(git: GitRepo, read: _Read, commits: Iterator[Sha]) -> None:
    left = READ
    for sha in commits:
        if left <= 0:
            raise Enough("later commits come next")
        came = _came_with(git, sha, read.to)
        left -= 1 + len(came)
        for says in (sha, *came):
            said = islice(_SAYS.finditer(git.message(says)), NAMED)
            names = dict.fromkeys(git.commit_named(m[1]) for m in said)
            read.named += [_Named(sha, read.to, says, what) for what in names if what is not None]
        read.to = sha


def _came_with(git: GitRepo, sha: Sha, before: Sha) -> list[Sha]:
    """
    What else came onto the line, which was at *before*, with *sha*.

    Nothing where it is no merge. That is not asked of git: where times of commits do not rise, git
    walks all that is below *before* to say so.
    """
    (commit,) = git.first_parents(sha, limit=1)
    if commit.parents == (before,):
        return []
    return [other for other in git.beyond(before, [sha]) if other != sha]


def _taken_back(
    git: GitRepo, watches: Watches, freight: Sha, named: Sequence[_Named]
) -> Revert | None:
    """The newest commit that took back what *freight* holds, and was not taken back itself."""
    gone: set[Sha] = set()
    for revert in reversed(named):
        if revert.by in gone or revert.says in gone or not _restores(git, watches, freight, revert):
            continue
        gone.add(revert.what)
        if git.is_ancestor(revert.what, freight):
            return Revert(revert.what, revert.by)
    return None


def _restores(git: GitRepo, watches: Watches, freight: Sha, revert: _Named) -> bool:
    """
    All watched files that the commit changed are without its change again, by this one.

    Of a merge that is taken back the first parent is what was before, as GitHub does it.
    """
    if not git.has(revert.what) or not git.is_ancestor(revert.what, revert.by):
        return False
    line = git.first_parents(revert.what, limit=2)
    changed = {path for path in git.changed_paths(revert.what) if watches(path)}
    if len(line) < 2 or not changed:
        return False
    held = not git.is_ancestor(revert.what, freight) or not changed.isdisjoint(
        git.changed_paths(freight, line[1].sha)
    )
    return held and git.takes_back(revert.what, revert.before, revert.by, changed)
