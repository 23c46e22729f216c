"""The App's side of Git: the real reading half over the shared objects; fetch and push in process."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import cast

from app.core.model.facts import RefUpdate
from app.core.model.names import Repo, Sha
from app.errors import Conflict, Missing, OutsideError, Rejected, Transient
from app.git.objects import Objects
from app.git.reading import ReadingRepo
from tests.simulation.faults import Faults
from tests.simulation.server import Server

HEADS = "refs/heads/"


class Clone:
    """
    A machine's mirror of the shared objects: it has the commits that branches held since it was
    made, and those that were written here. What a force push dropped before is not in a fresh one.
    """

    def __init__(self, objects: Objects) -> None:
        self._objects = objects
        self._known: set[Sha] = set()

    def __getattr__(self, name: str):
        return getattr(self._objects, name)

    def learn(self, tips: Iterable[Sha]) -> None:
        """A fetch: all that is reachable from *tips*."""
        ahead = [tip for tip in tips if tip not in self._known]
        while ahead:
            sha = ahead.pop()
            self._known.add(sha)
            parents = self._objects.fact(sha).parents
            ahead += [parent for parent in parents if parent not in self._known]

    def has(self, sha: Sha) -> bool:
        """Trees and blobs, once written, stay; a commit is here only if it was learned."""
        return sha in self._known or (self._objects.has(sha) and not self._is_commit(sha))

    def _there(self, sha: Sha) -> Sha:
        if sha not in self._known:
            raise Missing(f"commit {sha} is not in the mirror")
        return sha

    def commit(self, sha: Sha):
        return self._objects.commit(self._there(sha))

    def raw(self, sha: Sha) -> bytes:
        return self._objects.raw(self._there(sha))

    def fact(self, sha: Sha):
        return self._objects.fact(self._there(sha))

    def tree_of(self, commit: Sha | None) -> Sha | None:
        return self._objects.tree_of(self._there(commit)) if commit else None

    def find(self, commit: Sha, path: str):
        return self._objects.find(self._there(commit), path)

    def supply(self, wanted: Iterable[Sha]) -> None:
        """Blobs are all there; commits that no branch has the server does not give away either."""
        for sha in wanted:
            if sha not in self._known and self._is_commit(sha):
                self._there(sha)

    def _is_commit(self, sha: Sha) -> bool:
        try:
            self._objects.commit(sha)
        except OutsideError:
            return False
        return True

    def is_ancestor(self, ancestor: Sha, tip: Sha) -> bool:
        return self.has(ancestor) and self.has(tip) and self._objects.is_ancestor(ancestor, tip)

    def merge_base(self, one: Sha, other: Sha) -> Sha | None:
        return self._objects.merge_base(self._there(one), self._there(other))

    def write_commit(self, *args) -> Sha:
        made = self._objects.write_commit(*args)
        self._known.add(made)
        return made


class SimRepo(ReadingRepo):
    """
    Implements `GitRepo`. *law* looks at every push of ours just before it takes effect, *begins*
    when it is made; *saw* hears of the branches whenever they are looked at.
    """

    def __init__(
        self,
        server: Server,
        faults: Faults,
        law: Callable[[str, Sha | None, Sha | None], None],
        begins: Callable[[str, Sha | None], None] = lambda _branch, _new: None,
        clone: Clone | None = None,
        saw: Callable[[Mapping[str, Sha]], None] = lambda _heads: None,
    ) -> None:
        self._saw = saw
        self._clone = clone or Clone(server.objects)
        self._clone.learn(server.tips.values())
        super().__init__(cast("Objects", self._clone))  # it hands on what it does not know
        self._server, self._faults, self._law, self._begins = server, faults, law, begins
        self._heads: dict[str, Sha] = dict(server.tips)

    def fetch(self) -> Mapping[str, Sha]:
        self._faults.before("git.fetch", writes=False)
        self._heads = dict(self._server.tips)
        self._clone.learn(self._heads.values())
        return self.heads()

    def heads(self) -> Mapping[str, Sha]:
        self._saw(self._heads)
        return dict(self._heads)

    def bring(self, head: Sha) -> None:
        if not self._objects.has(head):
            raise Missing(f"nobody has {head}")

    def push(self, updates: Sequence[RefUpdate]) -> None:
        for update in updates:
            self._begins(update.ref.removeprefix(HEADS), update.new)
        self._faults.before("git.push", writes=True)
        for update in updates:
            branch = update.ref.removeprefix(HEADS)
            self._faults.race(branch)
        for update in updates:
            branch = update.ref.removeprefix(HEADS)
            if self._server.tips.get(branch) != update.expected:
                raise Conflict(f"{branch} has moved")
            if branch in self._server.refused and update.new is not None:
                raise Rejected(f"GH013: Repository rule violations found for {update.ref}")
        if (late := self._faults.slow()) is not None:
            self._server.slow.append((late, tuple(updates), self._law))
            raise Transient("the push gave no answer within 60 s", maybe_done=True)
        for update in updates:
            branch = update.ref.removeprefix(HEADS)
            self._law(branch, self._server.tips.get(branch), update.new)
            self._server.move(branch, update.new)
            if update.new is None:
                self._heads.pop(branch, None)
            else:
                self._heads[branch] = update.new
        self._faults.after("git.push", writes=True)


class SimMirrors:
    """Implements `GitMirrors`."""

    def __init__(
        self,
        server: Server,
        faults: Faults,
        law: Callable[[str, Sha | None, Sha | None], None],
        begins: Callable[[str, Sha | None], None],
        clone: Clone | None = None,
        saw: Callable[[Mapping[str, Sha]], None] = lambda _heads: None,
    ) -> None:
        self._server, self._faults, self._law, self._begins = server, faults, law, begins
        self._clone, self._saw = clone or Clone(server.objects), saw

    @contextmanager
    def open(self, repo: Repo) -> Iterator[SimRepo]:
        yield SimRepo(self._server, self._faults, self._law, self._begins, self._clone, self._saw)

    def upkeep(self, known: Collection[int]) -> None:
        """Nothing is on a disk here."""

    def holds(self, repo: Repo, branch: str, path: str) -> bool:
        return True

    def ls_remote(self, repo: Repo) -> Mapping[str, Sha]:
        self._faults.before("git.ls_remote", writes=False)
        return dict(self._server.tips)

    def forget(self, repo_id: int) -> None:
        """There is nothing to forget."""
