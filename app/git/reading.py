"""What may be asked of any repository, mirror or local: the offline half of `GitRepo`."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import datetime

from app.core.model.facts import Commit, Content, Identity
from app.core.model.names import Sha
from app.core.model.pipeline import Stage
from app.core.model.previews import FileChange
from app.core.model.renders import Clash, Rendered, RenderRequest, StepProblem
from app.core.model.steps import Output
from app.git.contents import content, differing, files_in
from app.git.described import message_of
from app.git.merging import merge
from app.git.objects import Objects
from app.git.proposed import compared, supposed_merge
from app.git.render import render
from app.git.restoring import restore
from app.git.reverting import takes_back
from app.git.trees import EMPTY, FILE, Entry, listed


class ReadingRepo:
    """Reads commits and writes objects; implements `GitRepo` but for fetch, heads and push."""

    def __init__(self, objects: Objects) -> None:
        self._objects = objects

    def has(self, sha: Sha) -> bool:
        """Tell whether the commit is in the mirror."""
        return self._objects.has(sha)

    def first_parents(
        self, tip: Sha, *, stop: Iterable[Sha] = (), limit: int = 500
    ) -> Sequence[Commit]:
        """The first-parent line from *tip*, newest first, ending before any of *stop*."""
        ends = frozenset(stop)
        line: list[Commit] = []
        sha: Sha | None = tip
        while sha is not None and sha not in ends and len(line) < limit:
            commit = self._objects.fact(sha)
            line.append(commit)
            sha = commit.parents[0] if commit.parents else None
        return line

    def versions(self, tip: Sha, path: str) -> Iterator[tuple[Sha, str | None]]:
        """Walk first parents from *tip*, newest first: each commit, and what is at *path*."""
        sha: Sha | None = tip
        while sha is not None:
            entry = self._objects.find(sha, path)
            yield sha, entry.fingerprint if entry is not None else None
            sha = next(iter(self._objects.fact(sha).parents), None)

    def message(self, sha: Sha) -> str:
        """The commit's whole message."""
        return message_of(self._objects.raw(sha))

    def is_signed(self, sha: Sha) -> bool:
        """Tell whether the commit bears the signature of the key that we sign with."""
        return self._objects.is_signed(sha)

    def changed_paths(self, sha: Sha, base: Sha | None = None) -> Sequence[bytes]:
        """The paths in which *sha* differs from *base* (default: its first parent)."""
        if base is None:
            base = next(iter(self._objects.fact(sha).parents), None)
        old, new = self._objects.tree_of(base), self._objects.tree_of(sha)
        return list(self._objects.trees.changed(old, new))

    def file_changes(self, sha: Sha, base: Sha | None) -> Sequence[FileChange]:
        """The files in which *sha* differs from *base*, deletions first."""
        return compared(self._objects, base, sha)

    def merged(self, base: Sha, head: Sha) -> Sha | None:
        """What merging *head* into *base* would give, as a commit that no ref names."""
        return supposed_merge(self._objects, base, head)

    def commit_named(self, prefix: str) -> Sha | None:
        """The one commit whose id begins with *prefix*; None: there is none, or several do."""
        return self._objects.named(prefix)

    def takes_back(self, commit: Sha, before: Sha, by: Sha, paths: Collection[bytes]) -> bool:
        """Of *paths*, what *commit* changed is in *before*, and in *by* no more."""
        return takes_back(self._objects, commit, before, by, paths)

    def is_ancestor(self, ancestor: Sha, tip: Sha) -> bool:
        """Tell whether *ancestor* is reachable from *tip*."""
        return self._objects.is_ancestor(ancestor, tip)

    def beyond(self, base: Sha, tips: Sequence[Sha]) -> Sequence[Sha]:
        """The commits that *tips* hold, and *base* does not."""
        return self._objects.beyond(base, tips)

    def merge_base(self, sha: Sha, other: Sha) -> Sha | None:
        """The best common ancestor, None without one."""
        return self._objects.merge_base(sha, other)

    def read(self, commit: Sha, path: str) -> bytes | None:
        """A file's bytes at *commit*; None for a folder, symlink or submodule too."""
        entry = self._objects.find(commit, path)
        return self._objects.blob(entry.id) if entry is not None and entry.is_file else None

    def listing(self, commit: Sha) -> Iterator[tuple[bytes, int]]:
        """Each file, link and submodule of *commit* with its mode, as git sorts them."""
        tree = self._objects.tree_of(commit)
        yield from listed(self._objects.trees, tree) if tree is not None else ()

    def with_file(self, parent: Sha, path: str, data: bytes, message: str, author: Identity) -> Sha:
        """What *parent* would be with *data* at *path*, at its time: a commit that no ref names."""
        trees, fact = self._objects.trees, self._objects.fact(parent)
        blob = Entry(FILE, self._objects.write_blob(data))
        tree = trees.replace(self._objects.tree_of(parent) or EMPTY, path.encode(), blob)
        return self._objects.write_commit(tree, [parent], message, author, fact.committed_at)

    def prefetch(self, wanted: Iterable[tuple[Sha, str]]) -> None:
        """
        Bring what is at (commit, path), together in one request; and commits that no branch has.

        Raises Missing where the server does not have such a commit.
        """
        places = list(wanted)
        self._objects.supply(commit for commit, _ in places)
        entries = [self._objects.find(commit, path) for commit, path in places if path]
        self._objects.supply(entry.id for entry in entries if entry is not None and entry.is_file)

    def content(self, commit: Sha | None, outputs: Sequence[Output]) -> Content:
        """What *outputs* hold at *commit* (None: nothing anywhere)."""
        return content(self._objects, self._objects.tree_of(commit), outputs)

    def files_in(self, commit: Sha | None, outputs: Sequence[Output]) -> int:
        """How many files those of *outputs* hold that are paths."""
        return files_in(self._objects, self._objects.tree_of(commit), outputs)

    def render(
        self, request: RenderRequest, stage: Stage, watched: Callable[[bytes], bool]
    ) -> Rendered | StepProblem:
        """Run *stage*'s steps on ``request.onto``; writes objects only, moves no ref."""
        return render(self._objects, request, stage, watched)

    def merge(
        self,
        request: RenderRequest,
        stage: Stage,
        watched: Callable[[bytes], bool],
        base: Content,
    ) -> Rendered | StepProblem | Clash:
        """Run *stage*'s steps, and keep what people changed since *base*."""
        return merge(self._objects, request, stage, watched, base)

    def restore(
        self, request: RenderRequest, stage: Stage, content: Content
    ) -> Rendered | StepProblem:
        """Put back what *stage*'s outputs held."""
        return restore(self._objects, request, stage, content)

    def differing(
        self, sha: Sha | None, other: Sha | None, outputs: Sequence[Output]
    ) -> Sequence[str]:
        """The places in which *outputs* differ between two commits."""
        trees = self._objects.tree_of(sha), self._objects.tree_of(other)
        return list(differing(self._objects, *trees, outputs))

    def commit(
        self, tree: Sha, parents: Sequence[Sha], message: str, author: Identity, when: datetime
    ) -> Sha:
        """Write a commit object; the same arguments give the same id."""
        return self._objects.write_commit(tree, parents, message, author, when)

    def empty_tree(self) -> Sha:
        """The id of the empty tree, written if need be."""
        return self._objects.trees.write({})
