"""The database fails for a while: it is said, GitHub keeps the deliveries, and nothing is lost."""

from __future__ import annotations

import resource
import sqlite3
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from app.sandbox.people.world import World
from tests.crash.place import place
from tests.flows.harness import Flow, flowing
from tests.postgres import Postgres
from tests.processes import PATIENCE, Running, until

REPO = "acme/shop"
PIPELINE = """\
version: 1
warehouses: {web: {paths: [apps/web/]}}
stages:
  dev: {path: stages/dev}
"""


def promoted(world: World, freight: str) -> None:
    """Wait until *freight* is verified in `dev`."""

    def there() -> bool:
        run = world.check(REPO, freight, "stagelock / dev")
        return run is not None and run.conclusion == "success"

    world.wait_for(there, PATIENCE, f"{freight[:7]} was not promoted")


def pushed(world: World) -> str:
    """A push whose delivery the App cannot store; GitHub says so."""
    sha = world.push(REPO, "main", {"apps/web/index.html": f"{len(world.deliveries)}"})
    told = [d for d in world.deliveries if d.event == "push"][-1]
    world.wait_for(lambda: told.status_code, PATIENCE, "the delivery was never answered")
    assert told.status_code == 503, told.status
    assert "deliver it again" in told.response_body
    return sha


@contextmanager
def locked(file: Path) -> Iterator[None]:
    """Another program keeps the database for itself."""
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        yield
        other.execute("ROLLBACK")


@contextmanager
def without_room(server: Running) -> Iterator[None]:
    """
    No file of the server's processes may grow: what a full disk is, without a disk of our own.

    It needs Linux, and no right that the processes' owner has not: `prlimit` of the soft limit.
    """
    pids = (server.process.pid, *server.children())
    before = {pid: resource.prlimit(pid, resource.RLIMIT_FSIZE) for pid in pids}
    for pid, (_, hard) in before.items():
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, hard))
    yield
    for pid, limits in before.items():
        resource.prlimit(pid, resource.RLIMIT_FSIZE, limits)


def calm(lines: list[str]) -> bool:
    """What was complained of are sentences, and not many of them."""
    complaints = [line for line in lines if " info " not in line]
    return not any("Traceback" in line for line in lines) and len(complaints) < 60


def test_a_locked_file_and_a_full_disk_are_said_and_lose_nothing(tmp_path: Path):
    with place(tmp_path) as here:
        server = here.start("serve")
        here.world.create_repo(REPO, files={"stagelock.yaml": PIPELINE, "apps/web/index.html": "0"})
        promoted(here.world, str(here.world.tip(REPO, "main")))
        troubles = (
            (locked(tmp_path / "data" / "stagelock.db"), "another process kept the database"),
            (without_room(server), "the disk failed to"),
        )
        for trouble, words in troubles:
            here.wait_for_rest()
            begun = len(server.err)
            with trouble:
                freight = pushed(here.world)
                status, answer = server.get("/readyz")
                assert (status, b"database" in answer) == (503, True), answer
                assert server.get("/healthz")[0] == 200
            until(lambda: server.get("/readyz")[0] == 200, PATIENCE, "it is not ready again")
            promoted(here.world, freight)
            said = server.err[begun:]
            told = f"cannot store a delivery: {words}"
            assert any(told in line for line in said), said
            assert calm(said), "".join(said)
        assert server.end() == 0


def test_a_postgresql_that_goes_and_comes_back_loses_nothing(
    tmp_path: Path,
    postgres: Postgres,
    migrated_postgres: Callable[[], str],
    caplog,
):
    with flowing(tmp_path, migrated_postgres(), STAGELOCK_SWEEP_SECONDS="1") as flow:
        first = flow.repo({"stagelock.yaml": PIPELINE, "apps/web/index.html": "0"})
        promoted(flow.world, first)
        flow.app.store.work.touch("sweep")
        working = threading.Thread(target=flow.worker.run)
        working.start()
        try:
            postgres.stop("fast")
            try:
                freight = pushed(flow.world)
                ready, why = asked(flow, "readyz")
                assert (ready, "database" in why) == (503, True), why
                assert asked(flow, "healthz")[0] == 200
                until(lambda: "cannot claim work" in caplog.text, PATIENCE, "nothing is said")
            finally:
                postgres.come_back()
            until(lambda: asked(flow, "readyz")[0] == 200, PATIENCE, "it is not ready again")
            promoted(flow.world, freight)
        finally:
            flow.worker.stop()
            working.join()
        assert "Traceback" not in caplog.text


def asked(flow: Flow, page: str) -> tuple[int, str]:
    """What the App's web side answers on a page of its own."""
    url = flow.webhook.replace("github/webhook", page)
    try:
        with urllib.request.urlopen(url, timeout=PATIENCE) as response:
            return response.status, response.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()
