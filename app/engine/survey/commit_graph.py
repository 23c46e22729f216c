"""Commits as git has them, for lines of branches: their parents, and what each changed."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from app.core.model.names import Sha
from app.core.state.lines import Ancestry, BranchLine, Change, Landed
from app.ports import GitRepo

CHUNK = 64

Watches = Callable[[bytes], bool]


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


def deepened(graph: Parents, line: BranchLine, count: int, landed: Landed) -> list[Change]:
    """Read *count* older commits of *line*, or as many as there are."""
    changes = []
    for _ in range(count):
        change = line.deepen(graph, landed)
        if not change:
            break
        changes.append(change)
    return changes


def covering(
    graph: Parents, line: BranchLine, commits: Iterable[Sha], landed: Landed
) -> list[Change]:
    """Read back as far as those of *commits* lie that the branch still holds."""
    changes: list[Change] = []
    for sha in commits:
        if sha in line.places or line.tip is None or not graph.is_ancestor(sha, line.tip):
            continue
        while sha not in line.places and (change := line.deepen(graph, landed)):
            changes.append(change)
    return changes


def later(graph: Parents, line: BranchLine, sha: Sha) -> Iterator[Sha]:
    """
    What came onto *line* after *sha*, the nearest first: its commits that hold *sha*.

    So they do where *sha* is none of its commits itself.
    """
    place = line.places.get(sha)
    return line.after(place if place is not None else _last_without(graph, line, sha))


def unheld(graph: Ancestry, steps: Iterable[Step], by: Sha) -> list[Step]:
    """
    Those of a line's *steps*, the newest first, that the commit *by* does not hold.

    What it holds it holds with all that came before: few are asked about, however many there are.
    """
    rest, steps_read, count = iter(steps), list[Step](), CHUNK
    while chunk := list(islice(rest, count)):
        steps_read += chunk
        if graph.is_ancestor(steps_read[-1].sha, by):
            break
        count = len(steps_read)
    return steps_read[
        : bisect_left(steps_read, True, key=lambda step: graph.is_ancestor(step.sha, by))
    ]


def fires(git: GitRepo, watches: Watches, step: Step) -> bool:
    """What *step* changed is watched."""
    return any(map(watches, git.changed_paths(step.sha, step.before)))


def _last_without(graph: Parents, line: BranchLine, sha: Sha) -> int:
    """What came later holds all that came before: by halves."""
    low, high = line.bottom, line.top + 1
    while low < high:
        middle = (low + high) // 2
        if graph.is_ancestor(sha, line.at[middle]):
            high = middle
        else:
            low = middle + 1
    return low - 1
