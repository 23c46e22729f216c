"""
What the promoter's signatures vouch for, where the server does not say who pushes.

A signature covers a commit: its tree, its first parent, its message. It counts in one place only,
so that nobody can bring an old promotion, or one of another place, where it does not belong:

- on a stage's branch, if the commit is for that branch and stage, and lies on the first-parent line
  from the old tip to the new one: its parent is what it was signed to stand on;
- on `stagelock/<stage>`, if it is for that branch, and not older than any that was there; it is
  merged only where the stage's outputs are still those that it was made on;
- on a lock's ref, if it is about that group, on top of what is there.

What takes something away (deleting a ref, moving it back) can carry no signature.
"""

from __future__ import annotations

from app.core.protection import Guard, Update, Written
from app.core.protection.commit_notes import lock_group, place, written
from app.core.protection.push_facts import LOCK_REFS, OUR_BRANCHES
from app.gitplumbing.commits import parents_of
from app.hook.cache import keep_newest, newest
from app.hook.compare import changed_paths, equal_outputs
from app.hook.history import PushedHistory
from app.hook.objects import Entry, PushedObjects, message
from app.hook.signatures import Signatures

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

_HEADS = b"refs/heads/"
SIGNED = 50
"""Promotions that one push may bring where only they are looked at: each costs a process."""


class PromoterSignatures:
    """
    The signatures in one push; *signers* is the server's file of allowed signers.

    In *git_dir* stands how new the newest proposal of each stage was: what was outdated once stays
    so, whatever branches were deleted since.
    """

    def __init__(self, objects: PushedObjects, signers: str, git_dir: str) -> None:
        self._objects = objects
        self._signatures = Signatures(signers)
        self._git_dir = git_dir

    def refs(self, updates: Iterable[Update]) -> frozenset[bytes]:
        """The refs of the promoter (its branches, its locks) that it moves itself."""
        return frozenset(u.ref for u in updates if self._moved(u))

    def mine(self, update: Update) -> bool:
        """
        Tell whether the promoter signed all that *update* brings, for where it goes: also where
        nothing is known of the rules, or there was no time to look at more.
        """
        if update.ref.startswith((OUR_BRANCHES, LOCK_REFS)):
            return self._moved(update)
        branch = update.ref.removeprefix(_HEADS).decode("utf-8", "surrogateescape")
        at = update.new
        for _ in range(SIGNED):
            if at is None or at == update.old:
                break
            raw = self._raw(at)
            note = written(at, message(raw))
            if note is None or not self._is_for(at, raw, branch, note[0]):
                return False
            at = next(iter(parents_of(raw)), None)
        return at is not None and at == update.old

    def proposed(self, tip: tuple[str, bytes], stage: str) -> bool:
        """Tell whether *tip* (id, raw) of `stagelock/<stage>` is the promoter's, for that place."""
        return self._is_for(tip[0], tip[1], f"stagelock/{stage}", stage)

    def stands(self, tip: tuple[str, bytes], guard: Guard, now: Entry | None) -> bool:
        """
        Tell whether *tip*, the proposal at `stagelock/<stage>`, may be merged where the stage's
        branch holds *now*: nothing was promoted since it was made, and none was newer.
        """
        if not self.proposed(tip, guard.stage) or _date(tip[1]) < self._newest(guard.stage):
            return False
        base = self._objects.root(next(iter(parents_of(tip[1])), None))
        return equal_outputs(self._objects, guard, base, now)

    def keep(self, updates: Iterable[Update]) -> None:
        """Write down how new the proposals are that *updates* bring."""
        for update in updates:
            if update.new is not None and update.ref.startswith(OUR_BRANCHES):
                keep_newest(self._git_dir, _stage(update), _date(self._raw(update.new)))

    def _newest(self, stage: str) -> int:
        return newest(self._git_dir).get(stage, -1)

    def line(
        self, guard: Guard, update: Update, history: PushedHistory
    ) -> tuple[tuple[Written, ...], str]:
        """
        The promotions by which *update* changes the outputs of *guard*, and "".

        Where one of its first-parent commits changes them otherwise: nothing, and why not.
        """
        if update.new is None:
            return (), "no signature vouches for a deletion"
        branch = guard.ref.removeprefix(_HEADS).decode("utf-8", "surrogateescape")
        pushed, notes = history.commits(), []
        at: str | None = update.new
        while at is not None and at != update.old:
            if at not in pushed:
                return (), "its old tip is not below its new one by first parents"
            raw = self._raw(at)
            parent = next(iter(parents_of(raw)), None)
            if self._changes(guard, parent, at):
                note = written(at, message(raw))
                mine = note is not None and note[0] == guard.stage
                empty = parent is None and not self._objects.tree(self._objects.root(at))
                stage = guard.stage if mine else None
                if not (mine or empty) or not self._is_for(at, raw, branch, stage):
                    return (), f"commit {at[:10]} is not signed by the promoter for it"
                notes += [note[1]] if note is not None else []
            at = parent
        if at != update.old:
            return (), "its old tip is not below its new one by first parents"
        return tuple(notes), ""

    def _changes(self, guard: Guard, parent: str | None, commit: str) -> bool:
        if parent is None and guard.whole_tree:
            return True
        old, new = self._objects.root(parent), self._objects.root(commit)
        return bool(changed_paths(self._objects, guard, old, new))

    def _moved(self, update: Update) -> bool:
        if update.new is None:
            return False
        raw = self._raw(update.new)
        if update.ref.startswith(LOCK_REFS):
            group = update.ref.removeprefix(LOCK_REFS).decode("utf-8", "replace")
            return lock_group(message(raw)) == group and self._signatures.good(update.new, raw)
        if not update.ref.startswith(OUR_BRANCHES):
            return False
        stage = _stage(update)
        before = self._raw(update.old) if update.old else b""
        if not self.proposed((update.new, raw), stage):
            return False
        # What somebody else put there, before there was a hook, may claim any date.
        ours = update.old is not None and self.proposed((update.old, before), stage)
        floor = max(_date(before) if ours else -1, self._newest(stage))
        return _date(raw) >= floor

    def _is_for(self, commit: str, raw: bytes, branch: str, stage: str | None) -> bool:
        """Tell whether the promoter signed *commit* for *branch*, and (if given) for *stage*."""
        said = message(raw)
        note = written(commit, said)
        if place(said) != branch or (note[0] if note is not None else None) != stage:
            return False
        return self._signatures.good(commit, raw)

    def _raw(self, commit: str) -> bytes:
        target = self._objects.commit(commit.encode())
        return target[1] if target else b""


def _stage(update: Update) -> str:
    return update.ref.removeprefix(OUR_BRANCHES).decode("utf-8", "replace")


def _date(raw: bytes) -> int:
    """When a commit was made, in seconds; what does not say was made before everything."""
    for line in raw.partition(b"\n\n")[0].split(b"\n"):
        words = line.split(b" ")
        if words[0] == b"committer" and len(words) > 2 and words[-2].isdigit():
            return int(words[-2])
    return -1
