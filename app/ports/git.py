"""Git, as far as we need it: mirrors of repositories, and what may be asked of one."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol

from app.core.model.facts import Commit, Content, Identity, RefUpdate
from app.core.model.names import Repo, Sha
from app.core.model.pipeline import Stage
from app.core.model.previews import FileChange
from app.core.model.renders import Clash, Rendered, RenderRequest, StepProblem
from app.core.model.steps import Output


class GitRepo(Protocol):
    """One repository's mirror, opened by one thread for one tick. Paths are bytes in git's form."""

    def fetch(self) -> Mapping[str, Sha]:
        """Bring the mirror up to date and return every branch's tip (``main`` -> id)."""
        ...

    def heads(self) -> Mapping[str, Sha]:
        """The tips as of the last fetch (or of our own last push)."""
        ...

    def has(self, sha: Sha) -> bool:
        """Tell whether the commit is in the mirror."""
        ...

    def first_parents(
        self, tip: Sha, *, stop: Iterable[Sha] = (), limit: int = 500
    ) -> Sequence[Commit]:
        """The first-parent line from *tip*, newest first, ending before any of *stop*."""
        ...

    def versions(self, tip: Sha, path: str) -> Iterator[tuple[Sha, str | None]]:
        """
        Walk first parents from *tip*, newest first: each commit, and a mark of what is at *path*.

        Equal marks, equal content and kind; None: nothing is there. Read as far as it is asked.
        """
        ...

    def message(self, sha: Sha) -> str:
        """The commit's whole message; the mirror must have the commit."""
        ...

    def is_signed(self, sha: Sha) -> bool:
        """The commit bears the signature of the key that we sign with; False without a key."""
        ...

    def changed_paths(self, sha: Sha, base: Sha | None = None) -> Sequence[bytes]:
        """
        The paths in which *sha* differs from *base* (default: its first parent; none: empty tree).

        From trees, never from payloads; no rename detection: a move is both paths; mode counts.
        """
        ...

    def file_changes(self, sha: Sha, base: Sha | None) -> Sequence[FileChange]:
        """As `changed_paths`, with what became of each file: deletions first (base None: none)."""
        ...

    def merged(self, base: Sha, head: Sha) -> Sha | None:
        """
        A commit that no ref names: *base* with all that *head* changed since they parted.

        Where both changed a file, it is head's. None where they have no common ancestor.
        """
        ...

    def commit_named(self, prefix: str) -> Sha | None:
        """The one commit whose id begins with *prefix*, of 7 to 40 digits; None: there is none."""
        ...

    def takes_back(self, commit: Sha, before: Sha, by: Sha, paths: Collection[bytes]) -> bool:
        """
        Of *paths*, what *commit* changed is in *before*, and in *by* no more.

        Edits that others made to these files since are no hindrance, as they are none to
        `git revert`.
        """
        ...

    def is_ancestor(self, ancestor: Sha, tip: Sha) -> bool:
        """Tell whether *ancestor* is reachable from *tip* (also when equal); missing: False."""
        ...

    def beyond(self, base: Sha, tips: Sequence[Sha]) -> Sequence[Sha]:
        """The commits that *tips* hold, and *base* does not, in any order."""
        ...

    def merge_base(self, first: Sha, other: Sha) -> Sha | None:
        """The best common ancestor, None without one."""
        ...

    def read(self, commit: Sha, path: str) -> bytes | None:
        """A file's bytes at *commit*, fetched if the mirror lacks them; None: absent or no file."""
        ...

    def listing(self, commit: Sha) -> Iterator[tuple[bytes, int]]:
        """Each file, link and submodule of *commit* with its mode, as git sorts them."""
        ...

    def with_file(self, parent: Sha, path: str, data: bytes, message: str, author: Identity) -> Sha:
        """
        What *parent* would be with *data* at *path*, as of its time: a commit that no ref names;
        the same arguments give the same id.
        """
        ...

    def prefetch(self, wanted: Iterable[tuple[Sha, str]]) -> None:
        """
        Fetch the blobs at (commit, path) that the mirror lacks, together in one request.

        Commits that no branch has are fetched too; ``(sha, "")`` is the commit alone. Missing where
        the server does not have such a commit.
        """
        ...

    def bring(self, head: Sha) -> None:
        """
        Fetch *head*, which no branch has (the head of a fork's pull request), with what leads to it
        from what is here: one request. Missing where the server does not have it.
        """
        ...

    def content(self, commit: Sha | None, outputs: Sequence[Output]) -> Content:
        """What *outputs* hold at *commit* (None: nothing anywhere)."""
        ...

    def files_in(self, commit: Sha | None, outputs: Sequence[Output]) -> int:
        """How many files those of *outputs* hold that are paths."""
        ...

    def render(
        self, request: RenderRequest, stage: Stage, watched: Callable[[bytes], bool]
    ) -> Rendered | StepProblem:
        """
        Run *stage*'s steps on ``request.onto``; writes objects only, moves no ref.

        *watched* answers for `TakeTree(watched_only=True)`. Symlinks and submodules in what is
        promoted are a `StepProblem` unless the stage allows links.
        """
        ...

    def merge(
        self,
        request: RenderRequest,
        stage: Stage,
        watched: Callable[[bytes], bool],
        base: Content,
    ) -> Rendered | StepProblem | Clash:
        """
        As `render`, but three-way: what people changed on ``request.onto`` since *base* is kept.

        *base* is what the outputs would hold without them. Files (and keys) that only one side
        changed are that side's; texts that both changed are merged as git does. Raises Missing
        where an object of *base* is not there.
        """
        ...

    def restore(
        self, request: RenderRequest, stage: Stage, content: Content
    ) -> Rendered | StepProblem:
        """
        Put back on ``request.onto`` what *stage*'s outputs held: *content*, as `content` recorded
        it; outputs that it does not know stay. Writes objects only, moves no ref.

        Raises Missing where an object of *content* is not there.
        """
        ...

    def differing(
        self, first: Sha | None, other: Sha | None, outputs: Sequence[Output]
    ) -> Sequence[str]:
        """
        The places in which *outputs* differ between two commits (None: nothing anywhere).

        Files by their paths, bytes that are no UTF-8 escaped; keys as ``file#key``.
        """
        ...

    def commit(
        self, tree: Sha, parents: Sequence[Sha], message: str, author: Identity, when: datetime
    ) -> Sha:
        """Write a commit object; the same arguments give the same id."""
        ...

    def empty_tree(self) -> Sha:
        """The id of the empty tree, written if need be."""
        ...

    def note(self, ref: str) -> tuple[Sha, str] | None:
        """The (commit, message) at a lock's *ref*, as of the last fetch or push; None: no ref."""
        ...

    def push(self, updates: Sequence[RefUpdate]) -> None:
        """
        Move refs atomically by compare-and-swap; on success `heads` shows them moved.

        Raises Conflict (a ref is not at its expected id), Rejected (a rule of the server, with its
        text), Denied, Missing, or Transient (``maybe_done`` where the answer was lost).
        """
        ...


class GitMirrors(Protocol):
    """All mirrors of this machine."""

    def open(self, repo: Repo) -> AbstractContextManager[GitRepo]:
        """Open the mirror, cloning it (bare, blobless) if it is not there or broken."""
        ...

    def holds(self, repo: Repo, branch: str, path: str) -> bool:
        """
        Tell whether *branch* has *path* (one name) at its root, without making a mirror.

        True for a repository that is mirrored already: its mirror tells.
        """
        ...

    def ls_remote(self, repo: Repo) -> Mapping[str, Sha]:
        """Every branch's tip as the server has it now, without touching the mirror."""
        ...

    def upkeep(self, known: Collection[int]) -> None:
        """Keep this machine's disk tidy: mirrors of *known* repositories only, of no old size."""
        ...

    def forget(self, repo_id: int) -> None:
        """Delete the mirror, if there is one."""
        ...
