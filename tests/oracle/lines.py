"""The line of a branch: what its tip was, push by push (rules B1 to B4)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace


@dataclass
class Line:
    """
    *commits* are on the line, newest first; *tips* are the tips that the branch had, the one that
    was there last first.

    *parents* gives a commit's parents, *holds* tells whether the first is reachable from the second.
    """

    parents: Callable[[str], Sequence[str]]
    holds: Callable[[str, str], bool]
    commits: list[str] = field(default_factory=list)
    tips: list[str] = field(default_factory=list)
    goes_on_from: dict[str, str | None] = field(default_factory=dict)

    def copy(self) -> Line:
        """The line as it is now: what is pushed from now on is not on it."""
        was = dict(self.goes_on_from)
        return replace(self, commits=[*self.commits], tips=[*self.tips], goes_on_from=was)

    def push(self, new: str) -> None:
        """The branch is at *new* now."""
        before = self.tips[0] if self.tips else None
        if new == before:
            return
        follows = before is not None and self.holds(before, new)
        if not self._had(new, all_of=self.commits if follows else ()):
            kept = next((tip for tip in self.tips if self.holds(tip, new)), None)
            self.goes_on_from[new] = before if follows else kept
        self.commits = self._of(new)
        self.tips = [new, *(tip for tip in self.tips if tip != new)]

    def _had(self, tip: str, all_of: Sequence[str]) -> bool:
        """rule B4: it was the tip before, and its line then lacks none of those commits."""
        return tip in self.goes_on_from and set(all_of) <= set(self._of(tip))

    def _of(self, tip: str) -> list[str]:
        """rules B1 to B3: its own commits, then the line of the tip that it goes on from."""
        found = []
        end: str | None = tip
        while end is not None:
            found += self._added(end, self.goes_on_from[end])
            end = self.goes_on_from[end]
        return found

    def _added(self, tip: str, base: str | None) -> list[str]:
        added = []
        at: str | None = tip
        while at not in (None, base) and (base is None or self.holds(base, at)):
            added.append(at)
            at = next(iter(self.parents(at)), None)
        return added

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
