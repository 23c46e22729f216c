"""The whole App over a repository with a past, but for GitHub, which answers at once."""

from __future__ import annotations

import itertools
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, cast

from app.core.model.facts import CheckFact, CommitChecks, RepoFact, RunDraft
from app.core.model.names import FreightId
from app.engine.deliveries.intake import Intake
from app.engine.options import Options
from app.engine.queue.worker import Worker
from app.engine.reconcile import Reconciler
from app.git.mirror import Mirrors
from app.observe import Metrics
from app.sql.store.store import SqlStore
from app.wiring import clock
from benchmarks.past import AT, REPO, STAGES, WEB, Filled, History, Past, stage

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from app.core.model.names import Repo, Sha, StageName
    from app.ports import Forge

APP, CI = 7, 9


class Answering:
    """A GitHub that answers at once: every check has passed, and nobody says anything."""

    def __init__(self) -> None:
        self._ids = itertools.count(1)
        self.written = 0

    def app_slug(self) -> str:
        return "stagelock"

    def app_id(self) -> int:
        return APP

    def repository(self, _repo: Repo) -> RepoFact:
        return RepoFact(REPO, "main")

    def checks(self, _repo: Repo, sha: Sha) -> CommitChecks:
        passed = CheckFact(1, "e2e", "completed", "success", "ci", CI, 1, AT, started_at=AT)
        return CommitChecks(sha, (passed,))

    def create_run(self, _repo: Repo, _draft: RunDraft) -> int:
        self.written += 1
        return next(self._ids)

    def update_run(self, _repo: Repo, _run: int, _draft: RunDraft) -> None:
        self.written += 1

    def open_pulls(self, _repo: Repo) -> Sequence[object]:
        return ()

    def pulls_of(self, _repo: Repo, _sha: Sha) -> Sequence[object]:
        return ()

    def comments_since(self, _repo: Repo, _since: datetime) -> Sequence[object]:
        return ()


class World:
    """The App over an empty store and the Git at *url*; its mirror is made at the first look."""

    def __init__(self, folder: Path, url: str) -> None:
        self.store = SqlStore(f"sqlite:///{folder / 'stagelock.db'}")
        self.store.migrate()
        self.github = Answering()
        self.mirrors = Mirrors(folder / "mirrors", lambda _: url, lambda _: None)

    @cached_property
    def worker(self) -> Worker:
        """Of a process that has just begun."""
        forge = cast("Forge", self.github)
        options = Options("https://github.com", timedelta(seconds=60), timedelta(seconds=300))
        metrics = Metrics(self.store.gauges)
        reconciler = Reconciler(
            store=self.store,
            forge=forge,
            mirrors=self.mirrors,
            clock=clock,
            intake=Intake(self.store, forge.app_id),
            metrics=metrics,
            options=options,
        )
        handlers = {"repo": reconciler.handle}
        return Worker(work=self.store.work, handlers=handlers, owner="benchmark", metrics=metrics)

    def look(self) -> None:
        """One tick of the repository, and those that it asks for at once."""
        self.store.work.touch("repo-1")
        self.worker.run_until_idle(20)

    def at(self, name: StageName) -> FreightId | None:
        """The freight that a stage was promoted to last, where that is verified."""
        rows = [p for p in self.store.history.load(1).promotions if p.stage == name]
        return rows[-1].freight if rows and rows[-1].state == "verified" else None

    def close(self) -> None:
        """No more."""
        self.store.close()


class Lived(World):
    """The App over a repository with *past*."""

    def __init__(self, folder: Path, bare: Path, url: str, past: Past) -> None:
        self.history = History(bare, past)
        super().__init__(folder, url)
        self.now = clock()
        Filled(self.store, self.history, self.now)
        self._count = itertools.count(1)

    def push(self) -> None:
        """Somebody changes what is watched."""
        self.pushed = self.history.push(f"pushed {next(self._count)}\n")

    def through(self) -> None:
        """What was pushed goes through all stages."""
        self.look()
        last = self.at(stage(STAGES - 1))
        if last != FreightId(WEB, self.pushed):
            message = f"{self.pushed} did not come through: {last}"
            raise RuntimeError(message)
