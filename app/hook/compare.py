"""Whether the outputs of a stage differ between two trees: ids of subtrees first, files last."""

from __future__ import annotations

from app.core.protection import Guard
from app.hook.objects import TREE, Entry, PushedObjects

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

FIRST = 4
"""Changed paths that are looked for: three are named, a fourth says that there are more."""


def changed_paths(
    objects: PushedObjects, guard: Guard, old: Entry | None, new: Entry | None
) -> tuple[bytes, ...]:
    """
    Name the first changed paths (and keys) of *guard*'s outputs between two root trees.

    None (an empty tuple) means equal. *old* None: the branch is made; what it holds counts.
    """
    paths: list[bytes] = []
    for at, key, excepts in guard.outputs:
        path = at.encode()
        before, after = objects.at(old, path), objects.at(new, path)
        if before == after:
            continue
        if key is not None:
            if _key_changed(objects, at, key, before, after):
                paths.append(path + b"#" + key.encode())
        else:
            skip = frozenset(e.encode() for e in excepts)
            for place in _differing(objects, path, before, after, skip):
                paths.append(place)
                if len(paths) >= FIRST:
                    return tuple(paths)
        if len(paths) >= FIRST:
            break
    return tuple(paths)


def _differing(
    objects: PushedObjects,
    path: bytes,
    old: Entry | None,
    new: Entry | None,
    skip: frozenset[bytes],
) -> Iterator[bytes]:
    """The paths that differ, in the order of their names; *skip* and all below it aside."""
    if old == new or path in skip:
        return
    if (old is not None and old[0] != TREE) or (new is not None and new[0] != TREE):
        yield path
        return
    before, after = objects.tree(old), objects.tree(new)
    below = path + b"/" if path else b""
    for name in sorted({*before, *after}):
        yield from _differing(objects, below + name, before.get(name), after.get(name), skip)


def _key_changed(
    objects: PushedObjects, file: str, key: str, old: Entry | None, new: Entry | None
) -> bool:
    """
    Tell whether the value at *key* is another, of another type, or gone.

    A key that was not there is the people's to add: steps set existing keys only.
    """
    was, now = objects.document(old, file), objects.document(new, file)
    if was is now:
        return False  # another mode, the same bytes
    before = None if was is None else was.value(key)
    if before is None:
        return False
    return now is None or now.value(key) != before


def equal_outputs(
    objects: PushedObjects, guard: Guard, first: Entry | None, other: Entry | None
) -> bool:
    """Tell whether both trees hold the same outputs, keys that are missing in one included."""
    return not changed_paths(objects, guard, first, other) and not changed_paths(
        objects, guard, other, first
    )
