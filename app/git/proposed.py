"""What a change would be that nobody has made yet: a merge, and the files that differ by it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from app.core.model.facts import Identity
from app.core.model.names import Sha
from app.core.model.previews import ChangeKind, FileChange
from app.git.contents import shown
from app.git.objects import Objects

_NOBODY = Identity("Stagelock", "stagelock@localhost")
_EPOCH = datetime.fromtimestamp(0, UTC)
_ORDER: dict[ChangeKind, int] = {"deleted": 0, "changed": 1, "copied": 2}


def supposed_merge(objects: Objects, base: Sha, head: Sha) -> Sha | None:
    """
    *base* with everything that *head* changed since they parted; None where they never did.

    A change that is in *base* already is *base* itself.
    """
    fork = objects.merge_base(base, head)
    if fork is None:
        return None
    roots = (objects.fact(sha).tree for sha in (base, fork, head))
    tree = objects.trees.overlaid(*roots)
    return objects.write_commit(tree, (base, head), "supposed", _NOBODY, _EPOCH)


def compared(objects: Objects, base: Sha | None, sha: Sha) -> Sequence[FileChange]:
    """The files that differ, deletions first, each kind in the order of paths."""
    old, new = objects.tree_of(base), objects.tree_of(sha)

    def kind(path: bytes) -> ChangeKind:
        was, now = (objects.trees.find(root, path) if root else None for root in (old, new))
        if was is None or was.is_tree:
            return "copied"
        return "deleted" if now is None or now.is_tree else "changed"

    changes = [FileChange(kind(path), shown(path)) for path in objects.trees.changed(old, new)]
    return sorted(changes, key=lambda change: _ORDER[change.kind])
