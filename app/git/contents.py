"""What a stage's outputs hold in one tree, as fingerprints that are equal exactly when they are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from app.core.edits import get_key
from app.core.facts import Content
from app.core.model import Output
from app.core.names import Sha
from app.git.objects import Objects
from app.git.trees import TREE, Entry


def content(objects: Objects, root: Sha | None, outputs: Sequence[Output]) -> Content:
    """
    Fingerprint each output in the tree *root* (None: nothing anywhere), sorted by output.

    Excepted files do not count; a folder without any other file is absent.
    """
    if root is None:
        return tuple(sorted((str(output), "") for output in outputs))
    objects.supply(blobs_of_keys(objects, root, outputs))
    return tuple(sorted((str(output), _fingerprint(objects, root, output)) for output in outputs))


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
    return Entry(TREE, tree) if objects.trees.read(tree) else None


def _fingerprint(objects: Objects, root: Sha, output: Output) -> str:
    entry = objects.trees.find(root, output.path.encode())
    if entry is None:
        return ""
    if output.key is not None:
        return (get_key(objects.blob(entry.id), output.key) or "") if entry.is_file else ""
    left = without(objects, entry, output.path, output.excepts)
    return left.fingerprint if left else ""
