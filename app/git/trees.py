"""
Git trees as values: read, replace one entry, compare. No checkout, no index, no blob is touched.

Names are bytes and trees are written as git stores them, since libgit2's builder takes UTF-8 names
and present blobs only. An edit costs the depth of its path, whatever the size of the repository.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

import pygit2
from pygit2.enums import ObjectType

from app.core.model.names import Sha
from app.errors import Rejected
from app.git.walk import Walk, guard
from app.gitplumbing.trees import OddTree, read_tree

TREE, FILE, EXECUTABLE, LINK, SUBMODULE = 0o040000, 0o100644, 0o100755, 0o120000, 0o160000
REMEMBERED = 200_000
"""How many entries of trees are remembered, some 60 MB at most."""
COMPARED, SMALL = 512, 256
"""How many comparisons of two trees, with at most how many paths, are worth remembering."""
EMPTY = Sha("4b825dc642cb6eb9a060e54bf8d69288fbee4904")
"""The tree without entries, in every repository."""


class Entry(NamedTuple):
    """What a tree says of one name."""

    mode: int
    id: Sha

    @property
    def is_tree(self) -> bool:
        """Tell whether it is a folder."""
        return self.mode == TREE

    @property
    def is_file(self) -> bool:
        """Tell whether it is a regular file: no folder, symlink or submodule."""
        return self.mode & 0o170000 == 0o100000

    @property
    def fingerprint(self) -> str:
        """``mode:object id``."""
        return f"{self.mode:06o}:{self.id}"


Folder = dict[bytes, Entry]


class Odd(Rejected):
    """A tree that can be read in more than one way; *why*, for people."""

    def __init__(self, tree: Sha, why: str) -> None:
        super().__init__(f"the folder {tree[:10]} cannot be read: {why}")
        self.why = why


class InTheWay(Exception):
    """A file, symlink or submodule stands where a folder on the way to *path* is needed."""

    def __init__(self, path: bytes) -> None:
        super().__init__(path)
        self.path = path


class Trees:
    """The trees of one object store; *content* reads one's bytes, and says why it cannot."""

    def __init__(self, repo: pygit2.Repository, content: Callable[[Sha], bytes]) -> None:
        self._repo, self._content = repo, content
        self._known: dict[Sha, Mapping[bytes, Entry]] = {}
        self._held = 0
        self._differ: dict[tuple[Sha | None, Sha | None], Sequence[bytes]] = {}

    def read(self, tree: Sha) -> Mapping[bytes, Entry]:
        """All entries of one tree; Odd where it says no one thing."""
        entries = self._known.get(tree)
        if entries is None:
            entries = self._parsed(tree)
            self._remember(tree, entries)
        return entries

    def _remember(self, tree: Sha, entries: Mapping[bytes, Entry]) -> None:
        """Keep it: a tick reads the same few folders over and over, the large ones once a path."""
        cost = 1 + len(entries)
        if self._held + cost > REMEMBERED:
            self._known.clear()
            self._held = 0
        if cost <= REMEMBERED:
            self._known[tree] = entries
            self._held += cost

    def _parsed(self, tree: Sha) -> Folder:
        try:
            return {
                n: Entry(mode, Sha(i)) for n, (mode, i) in read_tree(self._content(tree)).items()
            }
        except OddTree as odd:
            raise Odd(tree, str(odd)) from odd

    def write(self, folder: Mapping[bytes, Entry]) -> Sha:
        """Write one tree in git's order: a folder sorts as if its name ended in a slash."""
        ordered = sorted(folder.items(), key=lambda item: item[0] + b"/" * item[1].is_tree)
        raw = b"".join(
            b"%o %s\0%s" % (entry.mode, name, bytes.fromhex(entry.id)) for name, entry in ordered
        )
        return Sha(str(self._repo.write(ObjectType.TREE, raw)))

    def find(self, root: Sha, path: bytes) -> Entry | None:
        """The entry at *path* ("" is the root itself); None where there is none."""
        entry = Entry(TREE, root)
        for name in _parts(path):
            if not entry.is_tree:
                return None
            below = self.read(entry.id).get(name)
            if below is None:
                return None
            entry = below
        return entry

    def stands(self, root: Sha, path: bytes) -> tuple[bytes, Entry] | None:
        """What is no folder on the way to *path* and so ends it, or stands there; None: nothing."""
        parts = _parts(path)
        for count in range(1, len(parts) + 1):
            place = b"/".join(parts[:count])
            entry = self.find(root, place)
            if entry is None or not entry.is_tree:
                return (place, entry) if entry else None
        return None

    def replace(self, root: Sha, path: bytes, entry: Entry | None) -> Sha:
        """
        Put *entry* at *path* (None: remove what is there) and return the new root.

        Folders that are left empty vanish, as git has none. Raises InTheWay.
        """
        if entry is not None and entry.is_tree and entry.id == EMPTY:
            entry = None
        made = self._replace(Entry(TREE, root), _parts(path), entry, b"")
        return self.write({}) if made is None else made.id

    def _replace(
        self, at: Entry | None, parts: list[bytes], new: Entry | None, here: bytes
    ) -> Entry | None:
        if not parts:
            return new
        if at is not None and not at.is_tree:
            if new is None:  # nothing below a file: nothing to remove
                return at
            raise InTheWay(here)
        folder = dict(self.read(at.id)) if at else {}
        name, *rest = parts
        old = folder.get(name)
        made = self._replace(old, rest, new, here + b"/" + name if here else name)
        if made == old:
            return at
        if made is None:
            del folder[name]
        else:
            folder[name] = made
        return Entry(TREE, self.write(folder)) if folder else None

    def keep(self, root: Sha, wanted: Callable[[bytes], bool]) -> Sha:
        """Write the tree that holds only the files of *root* whose paths are *wanted*."""
        return self._keep(root, wanted, b"", Walk())

    def _keep(self, root: Sha, wanted: Callable[[bytes], bool], here: bytes, walk: Walk) -> Sha:
        guard(here.count(b"/"))
        kept: Folder = {}
        for name, entry in self.read(root).items():
            path = here + name
            walk.sees(len(path))
            if not entry.is_tree:
                if wanted(path):
                    kept[name] = entry
            elif (below := self._keep(entry.id, wanted, path + b"/", walk)) != EMPTY:
                kept[name] = Entry(TREE, below)
        return self.write(kept)

    def overlaid(self, base: Sha, fork: Sha, head: Sha) -> Sha:
        """
        Write *base* with everything that *head* changed since *fork*.

        Where both changed one file, head's: whether that would merge is for others to say.
        """
        made = self._overlaid(Entry(TREE, base), Entry(TREE, fork), Entry(TREE, head), 0)
        return self.write({}) if made is None else made.id

    def _overlaid(
        self, base: Entry | None, fork: Entry | None, head: Entry | None, depth: int
    ) -> Entry | None:
        guard(depth)
        if head == fork:
            return base
        if base == fork or not all(entry is None or entry.is_tree for entry in (base, head)):
            return head
        sides = [
            self.read(entry.id) if entry and entry.is_tree else {} for entry in (base, fork, head)
        ]
        here = dict(sides[0])
        for name in {*sides[1], *sides[2]}:
            below, parted, theirs = (side.get(name) for side in sides)
            made = self._overlaid(below, parted, theirs, depth + 1)
            if made is None:
                here.pop(name, None)
            else:
                here[name] = made
        return Entry(TREE, self.write(here)) if here else None

    def changed(self, old: Sha | None, new: Sha | None) -> Sequence[bytes]:
        """All of `changes`; every warehouse of a tick asks about the same few commits."""
        paths = self._differ.get((old, new))
        if paths is None:
            paths = tuple(self.changes(old, new))
            if len(paths) <= SMALL:
                if len(self._differ) >= COMPARED:
                    self._differ.clear()
                self._differ[old, new] = paths
        return paths

    def changes(self, old: Sha | None, new: Sha | None, here: bytes = b"") -> Iterator[bytes]:
        """
        The paths of all files that differ, in byte order of each folder's names.

        Raises Rejected where there are more than anybody looks at.
        """
        way, walk = [here], Walk()
        todo = [self._differing(old, new)]
        while todo:  # by hand: folders may be nested as deep as somebody likes
            difference = next(todo[-1], None)
            if difference is None:
                todo.pop()
                way.pop()
                continue
            name, was, now = difference
            walk.sees(sum(map(len, way)) + len(name))
            if any(e is not None and not e.is_tree for e in (was, now)):
                yield b"".join(way) + name
            old_below, new_below = (e.id if e and e.is_tree else None for e in (was, now))
            if old_below or new_below:
                todo.append(self._differing(old_below, new_below))
                way.append(name + b"/")

    def _differing(
        self, old: Sha | None, new: Sha | None
    ) -> Iterator[tuple[bytes, Entry | None, Entry | None]]:
        """The entries of two folders that are not the same, in byte order."""
        if old == new:
            return
        nothing: Folder = {}
        before = self.read(old) if old else nothing
        after = self.read(new) if new else nothing
        for name in sorted({*before, *after}):
            was, now = before.get(name), after.get(name)
            if was != now:
                yield name, was, now


def listed(
    trees: Trees, tree: Sha, here: bytes = b"", walk: Walk | None = None
) -> Iterator[tuple[bytes, int]]:
    """Each file, link and submodule below *tree* with its mode, as git sorts them."""
    walk = walk or Walk()
    guard(here.count(b"/"))
    for name, entry in trees.read(tree).items():
        walk.sees(len(here))
        if entry.is_tree:
            yield from listed(trees, entry.id, here + name + b"/", walk)
        else:
            yield here + name, entry.mode


def _parts(path: bytes) -> list[bytes]:
    return path.split(b"/") if path else []
