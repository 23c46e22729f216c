"""The pushed commits: which of them are promotions, and whether a branch only moves forward."""

from __future__ import annotations

from app.core.protection import Update, Written
from app.core.protection.commit_notes import written
from app.gitplumbing.commits import parents_of
from app.hook.objects import BrokenError, PushedObjects, message
from app.hook.processes import Process, answer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

STACKED = 100
"""Commits that one push may put on a lock's ref."""


class PushedHistory:
    """
    The commits that *updates* bring, asked of git in one process, when the first one is asked for.

    A commit in it is new to the branches that are moved; what lies below is not looked at.
    """

    def __init__(
        self, objects: PushedObjects, updates: Iterable[Update], known: str | None
    ) -> None:
        self._objects = objects
        self._updates = [u for u in updates if u.new is not None]
        self._known = known
        self._commits: dict[str, bytes] | None = None

    def written(self, update: Update, stage: str) -> tuple[Written, ...]:
        """The new first-parent commits of *update* that say they are promotions to *stage*."""
        notes: list[Written] = []
        commits, at = self.commits(), update.new
        while at in commits:
            note = written(at, message(commits[at]))
            if note is not None and note[0] == stage:
                notes.append(note[1])
            at = next(iter(parents_of(commits[at])), "")
        return tuple(notes)

    def forward(self, update: Update) -> bool:
        """Tell whether the new tip contains the old one."""
        if update.old is None or update.new is None or update.old == update.new:
            return True
        commits = self.commits()
        seen: set[str] = set()
        queue, below = [update.new], []
        while queue:
            at = queue.pop()
            if at == update.old:
                return True
            if at in seen:
                continue
            seen.add(at)
            if at in commits:
                queue.extend(parents_of(commits[at]))
            else:
                below.append(at)
        # Below the only old tip there is nothing that contains it; with several, look.
        return len(self._updates) > 1 and self._contains(below, update.old, seen)

    def _contains(self, tips: list[str], wanted: str, seen: set[str]) -> bool:
        queue = list(tips)
        while queue:
            commit = self._objects.commit(queue.pop().encode())
            for parent in parents_of(commit[1]) if commit else ():
                if parent == wanted:
                    return True
                if parent not in seen:
                    seen.add(parent)
                    queue.append(parent)
        return False

    def commits(self) -> dict[str, bytes]:
        """Every pushed commit, by its id: its header, and its message, as they are stored."""
        if self._commits is None:
            self._commits = dict(self._ask())
        return self._commits

    def _ask(self) -> Iterator[tuple[str, bytes]]:
        created = any(update.old is None for update in self._updates)
        names = [update.new for update in self._updates if update.new]
        names += [f"^{update.old}" for update in self._updates if update.old]
        names += [f"^{self._known}"] if created and self._known else []
        # As it is stored: an `encoding` of theirs could make other lines of what git reads itself.
        words = ("git", "rev-list", "--header", "--encoding=none", "--stdin")
        asked = Process(words, self._objects.env, talks=True)
        code, out = answer(asked, "\n".join(names).encode() + b"\n")
        if code != 0:
            raise BrokenError("git rev-list cannot walk the pushed commits")
        for record in out.split(b"\0"):
            commit, _, raw = record.strip(b"\n").partition(b"\n")
            if commit:
                yield commit.decode(), _unindented(raw)


def stacked(objects: PushedObjects, old: str | None, new: str) -> bool:
    """Tell whether *new* is *old* with at most `STACKED` commits on top."""
    at: str | None = new
    for _ in range(STACKED):
        if old is None or at == old:
            return True
        commit = objects.commit(at.encode()) if at else None
        at = next(iter(parents_of(commit[1])), None) if commit else None
    return False


def _unindented(raw: bytes) -> bytes:
    """`--header` indents the message by four spaces."""
    head, gap, said = raw.partition(b"\n\n")
    return head + gap + b"\n".join(line.removeprefix(b"    ") for line in said.split(b"\n"))
