"""A file of ours on the default branch: which commit brought it, and which version counts."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice

from app.core.model.names import Sha
from app.core.state.in_force import brought, in_force
from app.errors import Missing, Rejected
from app.ports import GitRepo

REMEMBERED = 4096
"""Of how many tips it is worth remembering what was found; the answer is the same without."""


@dataclass(frozen=True, slots=True)
class Found:
    """The commits that brought the file into its state at a tip, and the version in force there."""

    brought: Sha
    in_force: Sha | None


def mark(git: GitRepo, commit: Sha, path: str) -> str | None:
    """What stands at *path* in *commit*: equal marks, equal content; None: nothing."""
    return next(git.versions(commit, path))[1]


def changed_by(git: GitRepo, commit: Sha, path: str) -> bool:
    """*commit* changed what stands at *path*, against its first parent."""
    marks = [mark for _, mark in islice(_readable(git, commit, path), 2)]
    return marks[0] != marks[1] if len(marks) > 1 else marks[:1] != [None]


@dataclass(frozen=True, slots=True)
class Versions:
    """
    The versions of one file. What lies below a commit never changes, so what was found at a tip
    stays right.
    """

    path: str
    is_valid: Callable[[GitRepo, Sha, str], bool]
    """It judges the version of a commit, by the default branch's name."""
    _known: OrderedDict[tuple[str, Sha], Found] = field(default_factory=OrderedDict)

    def found(self, git: GitRepo, tip: Sha, default_branch: str) -> Found:
        """What is found below *tip*, which has the file: only what is new since then is read."""
        key, known = (default_branch, tip), self._known
        if key not in known:
            known[key] = self._searched(git, tip, default_branch)
            while len(known) > REMEMBERED:
                known.popitem(last=False)
        known.move_to_end(key)
        return known[key]

    def _searched(self, git: GitRepo, tip: Sha, default_branch: str) -> Found:
        def known(commit: Sha) -> Sha | None:
            version = self._known.get((default_branch, commit))
            return version.brought if version is not None else None

        def line() -> Iterator[tuple[Sha, str | None]]:
            for commit, there in git.versions(tip, self.path):
                version = self._known.get((default_branch, commit))
                if version is None:
                    yield commit, there
                    continue
                if version.in_force is not None:
                    yield version.in_force, mark(git, version.in_force, self.path)
                return

        def judge(commit: Sha, _: str) -> bool | None:
            return self.is_valid(git, commit, default_branch) or None

        valid = in_force(line(), judge)
        return Found(
            brought(_readable(git, tip, self.path), known),
            brought(_readable(git, valid[0], self.path), known) if valid is not None else None,
        )


def _readable(git: GitRepo, tip: Sha, path: str) -> Iterator[tuple[Sha, str | None]]:
    """What can be read: an odd commit long ago (or the end of a shallow clone) stops nobody."""
    with suppress(Missing, Rejected):
        yield from git.versions(tip, path)
