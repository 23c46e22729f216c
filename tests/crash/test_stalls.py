"""Invariant 2 on real processes: a worker that sleeps through its lease writes nothing any more."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from flask import Request, request, request_started

from tests.crash.place import Place, place
from tests.crash.story import PIPELINE
from tests.processes import Running

REPO = "acme/shop"
FIRST = {"stagelock.yaml": PIPELINE.replace("via: pull-request", "auto: true")}
LEASE = "2"


def is_push(asked: Request) -> bool:
    """Git announces that it will push; nothing was sent yet."""
    return asked.args.get("service") == "git-receive-pack"


def is_run(asked: Request) -> bool:
    """A check run is about to be made."""
    return asked.method == "POST" and asked.path.endswith("/check-runs")


class Sleeper:
    """A work process that speaks to GitHub by a name of its own, and falls asleep on demand."""

    def __init__(self, here: Place) -> None:
        self.process = here.start(LEASE, module="tests.crash.worker", **here.elsewhere())
        self.wrote: list[str] = []
        self.seen = 0
        self.asleep = threading.Event()
        self._when: Callable[[Request], bool] = lambda _asked: False

    def sleeps_at(self, when: Callable[[Request], bool]) -> None:
        """The next request of this kind is its last for now: it is stopped, with its git."""
        self.asleep.clear()
        self._when = when

    def heard(self, _sender: object, **_: object) -> None:
        """Called for every request at GitHub, before its effect."""
        if not request.host.startswith("localhost"):
            return
        self.seen += 1
        writes = request.method != "GET" and "git-upload-pack" not in request.path
        if writes and ("/repos/" in request.path or ".git/" in request.path):
            self.wrote.append(f"{request.method} {request.path}")
        if not self.asleep.is_set() and self._when(request):
            self._when = lambda _asked: False
            signalled(self.process, signal.SIGSTOP)
            self.asleep.set()

    def wakes(self) -> None:
        """It goes on where it was, and finds out; returns when it has begun something new."""
        self.wrote.clear()
        told, seen = len(self.process.err), self.seen
        signalled(self.process, signal.SIGCONT)
        self.process.wait_for(
            lambda: any(
                "action=lease.lost" in line or "action=tick.overtaken" in line
                for line in self.process.err[told:]
            ),
            "it did not notice that its lease was lost",
        )
        self.process.wait_for(lambda: self.seen > seen + 1, "it does nothing any more")


def signalled(running: Running, number: int) -> None:
    for pid in (running.process.pid, *running.children()):
        os.kill(pid, number)


@contextmanager
def two_workers(root: Path) -> Iterator[tuple[Place, Sleeper, Running]]:
    """Pushes are found by sweeps; the second worker has not begun yet."""
    with place(root, STAGELOCK_SWEEP_SECONDS="1") as here:
        with here.store() as store:
            store.migrate()
            store.work.touch("sweep")
        for name in ("one", "two"):
            here.world.ci.job(name, paths=(f"stages/{name}",))
        sleeper = Sleeper(here)
        other = here.start(LEASE, module="tests.crash.worker")
        other.process.send_signal(signal.SIGSTOP)
        with request_started.connected_to(sleeper.heard, here.sandbox.flask):
            yield here, sleeper, other


def arrived(here: Place, freight: str) -> None:
    """Wait until *freight* is verified in the last stage."""

    def there() -> bool:
        run = here.world.check(REPO, freight, "stagelock / prod")
        return run is not None and run.conclusion == "success"

    here.world.wait_for(there, 120, "the other worker did not go on")


@pytest.mark.parametrize("moment", [is_push, is_run])
def test_who_sleeps_through_its_lease_writes_nothing_when_it_wakes(
    tmp_path: Path, moment: Callable[[Request], bool]
):
    with two_workers(tmp_path) as (here, sleeper, other):
        sleeper.sleeps_at(moment)
        here.world.create_repo(REPO, files={**FIRST, "apps/web/index.html": "1"})
        freight = here.world.tip(REPO, "main")
        assert sleeper.asleep.wait(120)

        other.process.send_signal(signal.SIGCONT)
        arrived(here, str(freight))
        here.wait_for_sweeps()
        before = here.world.branches(REPO), len(here.world.hub.runs)
        sleeper.wakes()

        # The push that was under way is refused, for it expects a tip that has moved.
        assert [call for call in sleeper.wrote if ".git/" not in call] == []
        assert (here.world.branches(REPO), len(here.world.hub.runs)) == before
        subjects = [commit.subject for commit in here.world.log(REPO, "main")]
        assert len(subjects) == len(set(subjects)) == 5
