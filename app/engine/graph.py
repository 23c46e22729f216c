"""Commits as git has them, for `core/lines`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from app.core.lines import BranchLine
from app.core.names import Sha
from app.ports import GitRepo

CHUNK = 64


class Parents:
    """Implements `Graph` over git, reading first parents in runs."""

    def __init__(self, git: GitRepo) -> None:
        self._git = git
        self._known: dict[Sha, tuple[Sha, ...]] = {}

    def parents(self, sha: Sha) -> Sequence[Sha]:
        """In their order."""
        if sha not in self._known:
            for commit in self._git.first_parents(sha, limit=CHUNK):
                self._known[commit.sha] = commit.parents
        return self._known[sha]

    def is_ancestor(self, ancestor: Sha, tip: Sha) -> bool:
        """Tell whether *ancestor* is reachable from *tip*."""
        return self._git.is_ancestor(ancestor, tip)


@dataclass(frozen=True, slots=True)
class Step:
    """A commit of a line, and what was there *before* it came (None: nothing)."""

    sha: Sha
    before: Sha | None


def step(graph: Parents, line: BranchLine, sha: Sha) -> Step:
    """*sha* of *line*; what was before its oldest commit that was read is its first parent."""
    return Step(sha, line.before(sha) or next(iter(graph.parents(sha)), None))


def steps_after(graph: Parents, line: BranchLine, sha: Sha) -> Iterator[Step]:
    """
    What came onto *line* after *sha*, the nearest first: its commits that hold *sha*.

    So they do where *sha* is none of its commits itself.
    """
    place = line.places.get(sha)
    first = place + 1 if place is not None else _first_that_holds(graph, line, sha)
    return (step(graph, line, line.at[at]) for at in range(first, line.top + 1))


def _first_that_holds(graph: Parents, line: BranchLine, sha: Sha) -> int:
    """What came later holds all that came before: by halves."""
    low, high = line.bottom, line.top + 1
    while low < high:
        middle = (low + high) // 2
        if graph.is_ancestor(sha, line.at[middle]):
            high = middle
        else:
            low = middle + 1
    return low
