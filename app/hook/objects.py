"""
The repository's objects, read by one `git cat-file --batch` however many are asked for.

Git sees what is pushed (the quarantine) by the environment that receive-pack made; replacement
refs, hooks, lazy fetches and foreign configuration are switched off.
"""

from __future__ import annotations

from app.gitplumbing import QUARANTINE, environment
from app.gitplumbing.commits import OddCommit, tree_of
from app.gitplumbing.trees import OddTree, read_tree
from app.hook.processes import Process

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from app.core.yamledit.editor import Document

Entry = tuple[int, str]
"""A tree's entry: (mode, object id)."""

TREE = 0o040000
MAX_FILE = 4 << 20
"""Bytes of a file that are kept; the rest of a larger one is read and thrown away."""
MAX_KEYED, MAX_KEYED_SLOWLY = 1 << 20, 256 << 10
"""Bytes of a file of which single keys are promoted, with the fast reader of YAML and without."""
MAX_OTHER = 64 << 20
"""Bytes of a tree or a commit; a larger one is nothing that anybody can work with."""
_KEEP = (*QUARANTINE, "GIT_NAMESPACE")
_LOCAL = (
    ("protocol.http.allow", "never"),
    ("protocol.https.allow", "never"),
    ("protocol.file.allow", "never"),
)


class BrokenError(Exception):
    """An object that must be there is missing or is not what it must be."""


def local_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """The environment of every git process of the hook: quarantine, and no network."""
    return environment(environ, settings=_LOCAL, keep=_KEEP) | {"GIT_NO_LAZY_FETCH": "1"}


class PushedObjects:
    """
    Reads objects; trees and commits that were read are remembered. Use as a context.

    *env* is the environment for the hook's other questions to git.
    """

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.env = local_environment(environ)
        self._git = Process(("git", "cat-file", "--batch"), self.env, talks=True)
        self._trees: dict[str, dict[bytes, Entry]] = {}
        self._commits: dict[bytes, tuple[str, bytes] | None] = {}
        self._documents: dict[tuple[str, bool], Document] = {}

    def __enter__(self) -> PushedObjects:  # noqa: PYI034  (typing costs milliseconds here)
        return self

    def __exit__(self, *_: object) -> None:
        self._git.__exit__()

    def read(self, name: bytes) -> tuple[str, bytes, bytes] | None:
        """Read (id, type, content) of *name*, an id or an expression; None: there is no such."""
        stdin, stdout = self._git.stdin, self._git.stdout
        if stdin is None or b"\n" in name:
            raise BrokenError(f"not a name of an object: {name!r}")
        stdin.write(name + b"\n")
        stdin.flush()
        words = stdout.readline().split(b" ")
        if len(words) != 3 or words[-1] in (b"missing\n", b"ambiguous\n"):
            if not words[-1].endswith(b"\n"):
                raise BrokenError("git cat-file ended early")
            return None
        size = int(words[2])
        if words[1] != b"blob" and size > MAX_OTHER:
            raise BrokenError(f"the object {words[0].decode()} has {size} bytes")
        content = stdout.read(size if words[1] != b"blob" else min(size, MAX_FILE))
        left = size - len(content)
        while left:
            left -= len(stdout.read(min(left, 1 << 20))) or left
        if stdout.read(1) != b"\n":
            raise BrokenError("git cat-file ended early")
        return words[0].decode(), words[1], content

    def commit(self, name: bytes) -> tuple[str, bytes] | None:
        """Read (id, raw commit) of what *name* points at; None: it is no commit."""
        if name not in self._commits:
            target = self.read(name + b"^{commit}")
            self._commits[name] = None if target is None else (target[0], target[2])
        return self._commits[name]

    def tree(self, entry: Entry | None) -> dict[bytes, Entry]:
        """The entries of a tree by name; none for anything that is not a tree."""
        if entry is None or entry[0] != TREE:
            return {}
        if entry[1] not in self._trees:
            target = self.read(entry[1].encode())
            if target is None or target[1] != b"tree":
                raise BrokenError(f"the tree {entry[1]} is missing")
            try:
                self._trees[entry[1]] = read_tree(target[2], len(entry[1]) // 2)
            except OddTree as odd:
                raise BrokenError(f"the tree {entry[1][:10]}: {odd}") from odd
        return self._trees[entry[1]]

    def root(self, commit: str | None) -> Entry | None:
        """The root tree of *commit*; None for none. ``BrokenError`` where it is no commit."""
        if commit is None:
            return None
        target = self.commit(commit.encode())
        if target is None:
            raise BrokenError(f"{commit} is not a commit")
        try:
            return TREE, tree_of(target[1])
        except OddCommit as odd:
            raise BrokenError(f"the commit {commit[:10]}: {odd}") from odd

    def at(self, root: Entry | None, path: bytes) -> Entry | None:
        """The entry at *path* below *root* ("" is *root* itself); None: nothing is there."""
        entry = root
        for name in path.split(b"/") if path else ():
            entry = self.tree(entry).get(name)
        return entry

    def document(self, entry: Entry | None, file: str) -> Document | None:
        """
        The *file* of which single keys are promoted, read once; None: *entry* is no regular file.

        ``BrokenError`` where it is larger than can be read in time, twice: nobody pushes it so.
        """
        from app.core.yamledit.editor import IS_FAST, Document, is_json  # noqa: PLC0415  (yaml is slow)

        if entry is None or not is_regular(entry):
            return None
        as_json = is_json(file)
        if (entry[1], as_json) not in self._documents:
            content, most = self.blob(entry), MAX_KEYED if IS_FAST else MAX_KEYED_SLOWLY
            if content is None or len(content) > most:
                raise BrokenError(f"{file} is larger than {most >> 10} KiB, and has promoted keys")
            self._documents[entry[1], as_json] = Document(content, json=as_json)
        return self._documents[entry[1], as_json]

    def blob(self, entry: Entry | None) -> bytes | None:
        """The content of a file; None where *entry* is no regular file, or a very large one."""
        if entry is None or not is_regular(entry):
            return None
        target = self.read(entry[1].encode())
        if target is None or target[1] != b"blob":
            raise BrokenError(f"the file {entry[1]} is missing")
        return target[2] if len(target[2]) < MAX_FILE else None


def message(raw: bytes) -> bytes:
    """The message of a raw commit."""
    return raw.partition(b"\n\n")[2]


def is_regular(entry: Entry) -> bool:
    """Tell whether *entry* is a file: no folder, symlink or submodule."""
    return entry[0] & 0o170000 == 0o100000
