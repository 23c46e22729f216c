"""`kill -9` at moments that a seed chooses, counted in what GitHub hears from the App."""

from __future__ import annotations

import os
import random
import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from flask import request, request_finished, request_started

from tests.crash.place import Place, place
from tests.crash.story import declare, doubled, overlapping, picture, tell
from tests.processes import Running, alive, descendants, until

VICTIMS = ("work", "work and its git", "web", "the web's first process", "everything", "the parent")
FEW = ("work and its git", "web", "everything")


class Killer:
    """
    Kills each of *victims* once, in an order and at moments that *seed* chooses.

    A moment is the n-th request of the App at GitHub: before it takes effect, or after it, when
    its answer is lost with who asked. A server that ended is started again.
    """

    def __init__(self, place: Place, seed: int, victims: Sequence[str] = VICTIMS) -> None:
        self.place = place
        self.kills: list[str] = []
        self._random = random.Random(seed)
        self._left = list(victims)
        self._random.shuffle(self._left)
        self._count = 0
        self._mutex = threading.Lock()
        self._stop = threading.Event()
        self.server = place.running[-1]
        self._serve = place.serve
        self._next()

    @property
    def left(self) -> Sequence[str]:
        """Whose turn to be killed has not come yet."""
        return tuple(self._left)

    def _next(self) -> None:
        self._due = self._count + self._random.randint(4, 30)
        self._before = self._random.random() < 0.5

    def heard(self, *, before: bool) -> None:
        """A request of the App begins, or has had its effect and is about to be answered."""
        with self._mutex:
            self._count += before
            if not self._left or self._count < self._due or before != self._before:
                return
            if self._strike(self._left[-1]):
                self.kills.append(self._left.pop())
                self._next()

    def _strike(self, victim: str) -> bool:
        """Kill it, if it is there: a process that was just killed is not back at once."""
        server = self.server
        if server.process.poll() is not None:
            return False
        if victim == "everything":
            return _kill(*server.children(), server.process.pid)
        if victim == "the parent":
            return _kill(server.process.pid)
        kind = "work" if victim.startswith("work") else "serve"
        found = sorted(pid for pid in server.children() if kind in _words(pid))
        if kind == "work":
            found = [pid for pid in found if descendants(pid)] or found
            family = descendants(found[0]) if found and victim != "work" else set()
            return bool(found) and _kill(*family, found[0])
        if len(found) < 3:
            return False
        return _kill(
            found[0] if victim.endswith("first process") else self._random.choice(found[1:])
        )

    def keep_running(self) -> None:
        """Start the server again whenever it has ended."""
        while not self._stop.wait(0.1):
            if self.server.process.poll() is not None and not _alive_below(self.server):
                self.server = self.place.start(*self._serve)

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Kill as long as the block runs; afterwards a server is running."""

        def begun(_sender: object, **_: object) -> None:
            if request.path.startswith("/api/") or ".git/" in request.path:
                self.heard(before=True)

        def done(_sender: object, **_: object) -> None:
            if request.path.startswith("/api/") or ".git/" in request.path:
                self.heard(before=False)

        keeper = threading.Thread(target=self.keep_running)
        flask = self.place.sandbox.flask
        with request_started.connected_to(begun, flask), request_finished.connected_to(done, flask):
            keeper.start()
            try:
                yield
            finally:
                self._left.clear()
                self._stop.set()
                keeper.join()


def _kill(*pids: int) -> bool:
    for pid in pids:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue
    return True


def _alive_below(server: Running) -> bool:
    return any(alive(pid) for pid in server.children())


def _words(pid: int) -> list[str]:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().decode().split("\0")
    except (FileNotFoundError, ProcessLookupError):
        return []


def crashed(root: Path, seed: int, victims: Sequence[str], pushes: int, workers: int) -> None:
    """The story without and with kills, one after the other on one server: they end the same."""
    with place(root) as here:
        declare(here.world)
        here.start("serve", "--workers", str(workers))
        tell(here.world, "calm/shop", pushes)
        killer = Killer(here, seed, victims)
        with killer.at_work():
            tell(here.world, "storm/shop", pushes)
        assert sorted(killer.kills) == sorted(victims), killer.kills

        calm = picture(here.world, "calm/shop")
        told = f"seed {seed}: {killer.kills}"
        until(lambda: picture(here.world, "storm/shop") == calm, 120, told)
        assert doubled(here.world, "storm/shop") == [], told
        assert overlapping(here.world, "storm/shop") == [], told
        with here.store() as store:
            requests = store.history.load(here.world.repo("storm/shop").id).requests
            assert {r.state for r in requests} == {"released"}, told
            assert not any(d.guid for d in store.inbox.pending(None, None)), told
        assert killer.server.end() == 0
