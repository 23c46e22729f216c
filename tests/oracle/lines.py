"""The line of a branch: what its tip was, push by push (rules B1 to B4)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field


@dataclass
class Line:
    """
    *commits* are on the line, newest first; *tips* are the tips it had, newest first.

    *parents* gives a commit's parents, *holds* tells whether the first is reachable from the second.
    """

    parents: Callable[[str], Sequence[str]]
    holds: Callable[[str, str], bool]
    commits: list[str] = field(default_factory=list)
    tips: list[str] = field(default_factory=list)

    def push(self, new: str) -> None:
        """The branch is at *new* now."""
        kept = next((tip for tip in self.tips if self.holds(tip, new)), None)
        if kept is None:
            self.tips, self.commits = [new], self._first_parents(new)
            return
        before = self.commits[self.commits.index(kept) :]
        fresh = []
        at: str | None = new
        while at is not None and at != kept and self.holds(kept, at):
            fresh.append(at)
            at = next(iter(self.parents(at)), None)
        self.commits = [*fresh, *before]
        self.tips = [new, *self.tips[self.tips.index(kept) :]]

    def _first_parents(self, tip: str) -> list[str]:
        found = []
        at: str | None = tip
        while at is not None:
            found.append(at)
            at = next(iter(self.parents(at)), None)
        return found

    def place(self, commit: str) -> int | None:
        """How far back it lies; None: it is not on the line, and withdrawn if it ever was."""
        return self.commits.index(commit) if commit in self.commits else None

    def newer(self, one: str, other: str) -> bool:
        """rules M9, U4: *one* is newer; what is on the line is newer than what was withdrawn."""
        here, there = self.place(one), self.place(other)
        if here is None:
            return False
        return there is None or here < there

    def before(self, commit: str) -> str | None:
        """What follows *commit* directly, further back: what it changed is the difference."""
        here = self.place(commit)
        rest = self.commits[here + 1 :] if here is not None else []
        return rest[0] if rest else None
