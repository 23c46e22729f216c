"""What a stage's outputs hold in one tree, as fingerprints that are equal exactly when they are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from app.core.model.facts import Content
from app.core.model.names import Sha
from app.core.model.steps import Output
from app.core.yamledit.editor import is_json
from app.core.yamledit.scalars import spelled
from app.git.objects import Objects
from app.git.trees import EMPTY, TREE, Entry


def content(objects: Objects, root: Sha | None, outputs: Sequence[Output]) -> Content:
    """
    Fingerprint each output in the tree *root* (None: nothing anywhere), sorted by output.

    Excepted files do not count; a folder without any other file is absent.
    """
    if root is None:
        return tuple(sorted((str(output), "") for output in outputs))
    objects.supply(blobs_of_keys(objects, root, outputs))
    return tuple(sorted((str(output), _fingerprint(objects, root, output)) for output in outputs))


def differing(
    objects: Objects, sha: Sha | None, other: Sha | None, outputs: Sequence[Output]
) -> Iterator[str]:
    """
    The places in which *outputs* differ between two trees (None: nothing anywhere).

    Files, or ``file#key`` where the output is a key.
    """
    empty = objects.trees.write({})
    sha, other = sha or empty, other or empty
    if sha == other:
        return
    for output in outputs:
        if output.key is not None:
            if _key(objects, sha, output) != _key(objects, other, output):
                yield str(output)
            continue
        old, new = held(objects, sha, output), held(objects, other, output)
        yield from (shown(path) for path in places_between(objects, old, new, output.path))


def places_between(
    objects: Objects, first: Entry | None, other: Entry | None, path: str
) -> Iterator[bytes]:
    """The files in which what lies at *path* differs, below it or itself."""
    if first == other:
        return
    if any(entry is not None and not entry.is_tree for entry in (first, other)):
        yield path.encode()
    old, new = (entry.id if entry and entry.is_tree else None for entry in (first, other))
    here = f"{path}/".encode() if path else b""
    yield from objects.trees.changes(old, new, here)


def held(objects: Objects, root: Sha, output: Output) -> Entry | None:
    """What lies at a path output, without the files that it leaves alone."""
    entry = objects.trees.find(root, output.path.encode())
    return without(objects, entry, output.path, output.excepts) if entry else None


def shown(path: bytes) -> str:
    """A path as text; what is no UTF-8 is shown by its bytes."""
    return path.decode("utf-8", "backslashreplace")


def files_in(objects: Objects, root: Sha | None, outputs: Sequence[Output]) -> int:
    """Count the files at and below those of *outputs* that are paths, excepted ones not."""
    count = 0
    if root is None:
        return count
    for output in outputs:
        entry = objects.trees.find(root, output.path.encode()) if output.key is None else None
        left = without(objects, entry, output.path, output.excepts) if entry else None
        if left is not None:
            count += sum(1 for _ in objects.trees.changes(None, left.id)) if left.is_tree else 1
    return count


def blobs_of_keys(objects: Objects, root: Sha, outputs: Iterable[Output]) -> list[Sha]:
    """Name the files that hold key outputs."""
    files = {output.path for output in outputs if output.key is not None}
    entries = [objects.trees.find(root, path.encode()) for path in sorted(files)]
    return [entry.id for entry in entries if entry is not None and entry.is_file]


def without(objects: Objects, at: Entry, folder: str, excepts: Iterable[str]) -> Entry | None:
    """Leave the files *excepts* out of what lies *at* *folder*; None where nothing is left."""
    if not at.is_tree:
        return at
    tree = at.id
    for path in excepts:
        below = path.encode()[len(folder.encode()) :].removeprefix(b"/")
        tree = objects.trees.replace(tree, below, None)
    return Entry(TREE, tree) if tree != EMPTY else None


def _fingerprint(objects: Objects, root: Sha, output: Output) -> str:
    if output.key is not None:
        return _key(objects, root, output)
    left = held(objects, root, output)
    return left.fingerprint if left else ""


def _key(objects: Objects, root: Sha, output: Output) -> str:
    entry = objects.trees.find(root, output.path.encode())
    if entry is None or not entry.is_file:
        return ""
    value = objects.document(entry.id, json=is_json(output.path)).value(output.key or "")
    return spelled(value) if value is not None else ""
