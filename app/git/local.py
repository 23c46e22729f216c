"""Somebody's own clone, read only: what `stagelock plan --repo DIR` looks at."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Self

import pygit2

from app.core.model.facts import Identity, RefUpdate
from app.core.model.names import Sha, short
from app.errors import Missing, Rejected
from app.git.objects import Objects
from app.git.reading import ReadingRepo
from app.git.trees import EMPTY, FILE, Entry, Trees

LOCAL, TRACKING = "refs/heads/", "refs/remotes/origin/"


class LocalRepo(ReadingRepo):
    """
    The clone (bare or not) at or above *folder* as a `GitRepo` that reads only.

    Objects are written to a store of their own, which borrows the clone's and goes with this
    object: the clone itself is not touched. Raises Missing where there is no clone, Rejected where
    it cannot be read.
    """

    def __init__(self, folder: Path) -> None:
        self._theirs = _opened(folder)
        scratch = tempfile.mkdtemp(prefix="stagelock-")
        self._end = weakref.finalize(self, shutil.rmtree, scratch, ignore_errors=True)
        objects = _Theirs if self._theirs.is_shallow else Objects
        super().__init__(objects(_borrowing(scratch, self._theirs), _absent))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    def fetch(self) -> Mapping[str, Sha]:
        """Nothing to fetch from: the clone as it is."""
        return self.heads()

    def bring(self, head: Sha) -> None:
        """Nowhere to fetch from: what is not here is Missing."""
        if not self.has(head):
            _absent([head])

    def heads(self) -> Mapping[str, Sha]:
        """Its branches; of those that it only knows from `origin`, where they were there."""
        tips: dict[str, Sha] = {}
        for prefix in (TRACKING, LOCAL):
            for name in self._theirs.references:
                if name.startswith(prefix) and name != f"{TRACKING}HEAD":
                    tip = self._theirs.references[name].resolve().target
                    tips[name.removeprefix(prefix)] = Sha(str(tip))
        return tips

    def pushed(self, branch: str) -> Sha | None:
        """
        What *branch* is on the server, as far as the clone knows: its remote-tracking branch.

        A clone without a server is its own: its branch. None: there is no such branch.
        """
        return self.resolve(f"{TRACKING}{branch}") or self.resolve(f"{LOCAL}{branch}")

    def resolve(self, ref: str) -> Sha | None:
        """The commit that *ref* names (a branch, a tag, `HEAD~1`, an id); None: nothing."""
        try:
            return Sha(str(self._theirs.revparse_single(ref).peel(pygit2.Commit).id))
        except (KeyError, ValueError, pygit2.GitError):
            return None

    def note(self, ref: str) -> tuple[Sha, str] | None:
        """Never one: locks' refs are the server's, a clone does not have them."""
        del ref
        return None

    @property
    def folder(self) -> Path | None:
        """The top of its work tree; None: it has none (it is bare)."""
        top = self._theirs.workdir
        return None if top is None else Path(top)

    def propose(
        self, branch: str, parent: Sha, path: str, data: bytes, message: str, who: Identity
    ) -> Sha:
        """
        Commit *data* at *path* on top of *parent*, as a new local *branch* of the clone; nothing
        else of it changes. Rejected where the branch is there.
        """
        theirs = Trees(self._theirs, lambda tree: self._theirs[tree].read_raw())
        signature = pygit2.Signature(who.name, who.email)
        try:
            blob = Entry(FILE, Sha(str(self._theirs.create_blob(data))))
            tree = theirs.replace(self._objects.tree_of(parent) or EMPTY, path.encode(), blob)
            made = self._theirs.create_commit(None, signature, signature, message, tree, [parent])
            self._theirs.references.create(f"{LOCAL}{branch}", made)
        except (ValueError, OSError, pygit2.GitError) as error:
            raise Rejected(f"{branch} cannot be made: {error}") from error
        return Sha(str(made))

    def push(self, updates: Sequence[RefUpdate]) -> None:
        """Always Rejected."""
        raise Rejected(f"{self._theirs.path} is only looked at: {len(updates)} refs were to move")


class _Theirs(Objects):
    """Of a shallow clone: what its history lacks can be fetched, and by which command."""

    def raw(self, sha: Sha) -> bytes:
        """As everywhere; a commit that is not here is said with the way to get it."""
        try:
            return super().raw(sha)
        except Missing as error:
            text = (
                f"this clone is shallow and lacks commit {short(sha)}: run `git fetch --unshallow` "
                "(in GitHub Actions: `fetch-depth: 0` at actions/checkout)"
            )
            raise Missing(text) from error


def _borrowing(scratch: str, theirs: pygit2.Repository) -> pygit2.Repository:
    """Make an empty store at *scratch* that sees the objects of *theirs*."""
    pygit2.init_repository(scratch, bare=True)
    objects = (_common(Path(theirs.path)) / "objects").resolve()
    (Path(scratch) / "objects" / "info" / "alternates").write_text(f"{objects}\n")
    return pygit2.Repository(scratch)


def _opened(folder: Path) -> pygit2.Repository:
    git_dir = pygit2.discover_repository(str(folder))
    if git_dir is None:
        raise Missing(f"{folder} is not a Git repository")
    try:
        return pygit2.Repository(git_dir)
    except pygit2.GitError as error:
        if "object format" in str(error):
            text = f"{folder} uses SHA-256 object ids, which are not supported yet"
            raise Rejected(text) from error
        raise Rejected(f"{folder} cannot be opened: {error}") from error


def _common(git_dir: Path) -> Path:
    """Where a linked worktree's objects are: https://git-scm.com/docs/gitrepository-layout."""
    pointer = git_dir / "commondir"
    return git_dir / pointer.read_text().strip() if pointer.is_file() else git_dir


def _absent(wanted: Sequence[Sha]) -> None:
    raise Missing(f"this clone lacks {wanted[0]}; fetch it first")
