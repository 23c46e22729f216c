"""The App's side of Git: the real reading half over the shared objects; fetch and push in process."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from app.core.facts import RefUpdate
from app.core.names import Repo, Sha
from app.errors import Conflict, Rejected, Transient
from app.git.reading import ReadingRepo
from tests.simulation.faults import Faults
from tests.simulation.server import Server

HEADS = "refs/heads/"


class SimRepo(ReadingRepo):
    """
    Implements `GitRepo`. *law* looks at every push of ours just before it takes effect, *begins*
    when it is made.
    """

    def __init__(
        self,
        server: Server,
        faults: Faults,
        law: Callable[[str, Sha | None, Sha | None], None],
        begins: Callable[[str, Sha | None], None] = lambda _branch, _new: None,
    ) -> None:
        super().__init__(server.objects)
        self._server, self._faults, self._law, self._begins = server, faults, law, begins
        self._heads: dict[str, Sha] = dict(server.tips)

    def fetch(self) -> Mapping[str, Sha]:
        self._faults.before("git.fetch", writes=False)
        self._heads = dict(self._server.tips)
        return self.heads()

    def heads(self) -> Mapping[str, Sha]:
        return dict(self._heads)

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
    ) -> None:
        self._server, self._faults, self._law, self._begins = server, faults, law, begins

    @contextmanager
    def open(self, repo: Repo) -> Iterator[SimRepo]:
        yield SimRepo(self._server, self._faults, self._law, self._begins)

    def holds(self, repo: Repo, branch: str, path: str) -> bool:
        return True

    def ls_remote(self, repo: Repo) -> Mapping[str, Sha]:
        return dict(self._server.tips)

    def forget(self, repo_id: int) -> None:
        """There is nothing to forget."""
