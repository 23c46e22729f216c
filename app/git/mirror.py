"""Bare, blobless mirrors of repositories, one folder each, named by the repository's number."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path

import pygit2

from app.core.model.facts import RefUpdate
from app.core.model.names import Repo, Sha
from app.errors import Missing, Rejected, Transient
from app.git.described import message_of
from app.git.filelock import exclusive
from app.git.making import (
    FSCK_SECONDS,
    TIDY_SECONDS,
    bare,
    ensure,
    is_damaged,
    is_worn,
    make,
    tidy,
    unlock,
)
from app.git.objects import Objects
from app.git.reading import ReadingRepo
from app.git.signing import Signer
from app.git.upkeep import outgrown, upkeep, used
from app.gitplumbing import Broken, Locked
from app.gitplumbing.environment import Setting
from app.gitplumbing.remote import HEADS, Remote

LOCK_SECONDS = 60
Lock = Callable[[], AbstractContextManager[None]]
Prove = Callable[[], None]


class Mirror(ReadingRepo):
    """One mirror, opened by one thread. Implements `app.ports.GitRepo`."""

    def __init__(
        self, folder: Path, remote: Remote, lock: Lock, signer: Signer | None, prove: Prove
    ) -> None:
        self._folder, self._remote, self._lock, self._signer = folder, remote, lock, signer
        self._unheard: Transient | None = None
        self._prove = prove
        self._open()

    def _open(self) -> None:
        self._repo = pygit2.Repository(str(self._folder))
        super().__init__(Objects(self._repo, self._supply, self._signer, self._is_damaged))
        self._heads: dict[str, Sha] | None = None

    def fetch(self) -> Mapping[str, Sha]:
        """
        Bring the mirror up to date; a damaged one is made again. Returns `heads`.

        That the name was this repository's is proven once the refs are here: what another one's
        gave is not looked at, and the next fetch replaces it.
        """
        self._unheard = None
        with self._lock():
            try:
                self._fetched()
            except Broken as error:
                self._remote.takes(FSCK_SECONDS)
                if not is_damaged(self._folder):
                    raise Transient(error.message) from error  # it is what the server sent
                make(self._folder, self._remote)
                self._open()
            if is_worn(self._folder):
                self._remote.takes(TIDY_SECONDS)
                tidy(self._folder)
        self._prove()
        self._heads = None
        return self.heads()

    def _fetched(self) -> None:
        try:
            self._remote.fetch(self._folder)
        except Locked:
            if not unlock(self._folder):
                raise  # a git that outlived its worker: it is done soon
            self._remote.fetch(self._folder)

    def heads(self) -> Mapping[str, Sha]:
        """The tips as of the last fetch (or of our own last push)."""
        if self._heads is None:
            names = (ref for ref in _refs(self._repo) if ref.startswith(HEADS))
            references = ((name, self._repo.references.get(name)) for name in names)
            tips = {n.removeprefix(HEADS): Sha(str(ref.target)) for n, ref in references if ref}
            self._heads = tips
        return dict(self._heads)

    def note(self, ref: str) -> tuple[Sha, str] | None:
        """The (commit, message) at a lock's *ref*, as of the last fetch or push; None: no ref."""
        reference = self._repo.references.get(ref)
        if reference is None:
            return None
        sha = Sha(str(reference.target))
        try:
            return sha, message_of(self._objects.raw(sha))
        except Missing as error:
            raise Rejected(f"{ref} names no commit: delete it") from error

    def push(self, updates: Sequence[RefUpdate]) -> None:
        """Move refs atomically by compare-and-swap; on success `heads` shows them moved."""
        self._prove()
        self._remote.push(self._folder, updates)
        tips = dict(self.heads())
        for update in updates:
            self._record(update)
            if update.ref.startswith(HEADS):
                name = update.ref.removeprefix(HEADS)
                tips.pop(name, None)
                if update.new is not None:
                    tips[name] = update.new
        self._heads = tips

    def _record(self, update: RefUpdate) -> None:
        """Move our own copy of a ref; where it cannot (`a` is there, `a/b` is new), fetch will."""
        with contextlib.suppress(ValueError, pygit2.GitError):
            if update.new is not None:
                self._repo.references.create(update.ref, update.new, force=True)
            elif update.ref in self._repo.references:
                self._repo.references.delete(update.ref)

    def _is_damaged(self) -> bool:
        self._remote.takes(FSCK_SECONDS)
        return is_damaged(self._folder, lately=True)

    def bring(self, head: Sha) -> None:
        """Fetch a commit that no branch has, with what leads to it from what is here."""
        if self.has(head):
            return
        with self._lock():
            self._remote.fetch_commit(self._folder, head)
        self._prove()

    def _supply(self, wanted: Sequence[Sha]) -> None:
        if self._unheard is not None:
            message = f"git cannot be asked in this look any more: {self._unheard.message}"
            raise Transient(message, retry_after=self._unheard.retry_after)
        try:
            with self._lock():
                self._remote.fetch_objects(self._folder, wanted)
        except Transient as error:
            if not error.damaged:  # each question would wait as long for the same answer
                self._unheard = error
            raise


class Mirrors:
    """
    All mirrors of this machine, in *folder*. Implements `app.ports.GitMirrors`.

    *remote_url* and *credentials* (a token or None) are asked at each use: names and tokens change.
    *renewed* answers for a token that was refused with the one to try instead (or the same).
    *signer* signs our commits. *prove* raises where a repository's name is not its own any more:
    servers know repositories by name, and names change hands. *takes* is told of what may take that
    many seconds by itself, before it begins: a first fetch of everything. *way* is how the server
    is reached.
    """

    def __init__(
        self,
        folder: Path,
        remote_url: Callable[[Repo], str],
        credentials: Callable[[Repo], str | None],
        renewed: Callable[[Repo, str], str | None] = lambda _repo, token: token,
        signer: Signer | None = None,
        prove: Callable[[Repo], None] = lambda _repo: None,
        takes: Callable[[float], None] = lambda _seconds: None,
        way: tuple[Setting, ...] = (),
    ) -> None:
        self._root, self._signer, self._prove, self._takes = folder, signer, prove, takes
        self._way = way
        self._url, self._credentials, self._renewed = remote_url, credentials, renewed

    @contextmanager
    def open(self, repo: Repo) -> Iterator[Mirror]:
        """
        Open the mirror, making it if it is not there or cannot be opened.

        One of which git says that it is damaged is deleted when its user gives up, so that the next
        try begins with a new one.
        """
        folder, remote = self._folder(repo.id), self._remote(repo)
        self._root.mkdir(parents=True, exist_ok=True)
        with self._lock(repo.id):
            if outgrown(folder):
                make(folder, remote)
            ensure(folder, remote)
            used(folder)
        try:
            yield Mirror(
                folder,
                remote,
                lambda: self._lock(repo.id),
                self._signer,
                partial(self._prove, repo),
            )
        except Broken:
            self.forget(repo.id)
            raise

    def holds(self, repo: Repo, branch: str, path: str) -> bool:
        """
        Tell whether *branch* has a file or folder *path* at its root; makes no mirror.

        A repository that does not use us costs one commit and one tree to find that out.
        """
        if self._folder(repo.id).exists():
            return True  # it had: its mirror tells the rest
        remote = self._remote(repo)
        if branch not in remote.branches():
            return False
        self._root.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self._root, prefix="look-") as name:
            folder = Path(name)
            bare(folder)
            remote.fetch_root(folder, branch)
            looked = pygit2.Repository(name)
            tip = looked.references[f"{HEADS}{branch}"].peel(pygit2.Commit)
            return path in tip.tree

    def ls_remote(self, repo: Repo) -> Mapping[str, Sha]:
        """Every branch's tip as the server has it now, without touching the mirror."""
        return self._remote(repo).branches()

    def forget(self, repo_id: int) -> None:
        """Delete the mirror, if there is one."""
        self._root.mkdir(parents=True, exist_ok=True)
        with self._lock(repo_id):
            shutil.rmtree(self._folder(repo_id), ignore_errors=True)

    def upkeep(self, known: Collection[int]) -> None:
        """Delete the mirrors of repositories that are not *known*; mark what has outgrown."""
        upkeep(self._root, known, self._lock)

    def _folder(self, repo_id: int) -> Path:
        return self._root / f"{repo_id}.git"

    def _remote(self, repo: Repo) -> Remote:
        renew = partial(self._renewed, repo)
        token = self._credentials(repo)
        return Remote(self._url(repo), repo.full_name, token, renew, self._takes, self._way)

    def _lock(self, repo_id: int) -> AbstractContextManager[None]:
        return exclusive(self._root / f"{repo_id}.lock", patience=LOCK_SECONDS)


def _refs(repo: pygit2.Repository) -> Iterator[str]:
    """All refs whose names are text."""
    for raw in repo.raw_listall_references():
        try:
            yield raw.decode()
        except UnicodeDecodeError:
            continue  # nobody can name such a branch in a pipeline file
