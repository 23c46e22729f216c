"""Whether a commit was taken back, as the files tell: as `git revert` takes one back."""

from __future__ import annotations

from collections.abc import Collection

from app.core.model.names import Sha
from app.core.model.three_way import side
from app.git.objects import Objects
from app.git.trees import Entry

_Triple = tuple[Entry, Entry, Entry]


def takes_back(
    objects: Objects, commit: Sha, before: Sha, by: Sha, paths: Collection[bytes]
) -> bool:
    """
    Of *paths*, what *commit* changed is in *before* and in *by* no more, each file for itself.

    A file that is again what it was before *commit* has it no more; so has one that others edited
    since, if it is what taking only *commit*'s lines out of *before*'s text gives.
    https://git-scm.com/docs/git-revert
    """
    parent = next(iter(objects.fact(commit).parents), None)
    roots = [objects.tree_of(sha) for sha in (commit, before, parent, by)]
    moved = False
    texts: list[_Triple] = []
    results: list[Entry] = []
    for path in paths:
        then, ours, old, now = (objects.trees.find(r, path) if r else None for r in roots)
        moved = moved or ours != now
        if now == old:
            continue
        known = [entry for entry in (then, ours, old) if entry is not None and entry.is_file]
        if side(then, ours, old) != "both" or len(known) < 3 or now is None or not now.is_file:
            return False
        texts.append((known[0], known[1], known[2]))
        results.append(now)
    if not moved or not texts:
        return moved
    objects.supply(entry.id for triple in texts for entry in triple)
    made = objects.merge_blobs([(then.id, ours.id, old.id) for then, ours, old in texts])
    return made == [entry.id for entry in results]
