"""
The real App against the sandbox's GitHub, in one process, in scenario words.

Real Git over HTTP, real signed webhooks over HTTP, real REST, a real database; the worker is
stepped by `settle` instead of running beside, so a test never waits for luck.
"""

from __future__ import annotations

import dataclasses
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from flask import request, request_finished

from app import wiring
from app.core.model.lock_requests import LockRequest
from app.core.model.records import Promotion, Records
from app.core.model.webhook_events import HANDLED_EVENTS
from app.engine.deliveries.intake import Intake
from app.engine.options import Options
from app.engine.reconcile import Reconciler
from app.observe import Redactor
from app.ports import Forge, GitMirrors
from app.sandbox.demo.launch import PERMISSIONS, SLUG
from app.sandbox.github.model import Run
from app.sandbox.serve.server import Sandbox
from app.settings import Settings
from tests.flows.clock import Clock
from tests.flows.hooked import Hooked
from tests.flows.listening import Listening
from tests.flows.settings import EVERYWHERE, environ_of, private_key
from tests.processes import PATIENCE
from tests.stores import sqlite_store

REPO = "acme/shop"
ONE_BRANCH = """\
version: 1
warehouses:
  web: {paths: [apps/web/], paths-ignore: ["**/*.md"]}
stages:
  dev:
    path: stages/dev
    steps:
      - uses: copy
        with: {from: apps/web, to: web}
  e2e:
    needs: [dev]
    path: stages/e2e
    lock: e2e-env
    verify: {checks: [e2e]}
  prod:
    needs: [e2e]
    path: stages/prod
locks:
  e2e-env: {permits: 1}
"""


class Flow:
    """One App, one GitHub, and what people do there."""

    def __init__(
        self,
        root: Path,
        database_url: str | None = None,
        *,
        hooked: bool = EVERYWHERE,
        environ: Mapping[str, str] | None = None,
        **env: str,
    ) -> None:
        """*environ*, and *env* by name: settings beside those that it needs."""
        self.clock = Clock()
        self.sandbox = Sandbox(root / "github", now=self.clock)
        self.world = self.sandbox.world
        self._root = root
        self._database_url = database_url
        self._env = {**(environ or {}), **env}
        self._hooked = hooked
        self._booted: list[wiring.App] = []

    def start(self) -> None:
        """GitHub, the App's web side, and a worker that has not stepped yet."""
        self.sandbox.start()
        self.hooked = Hooked(self.world.hub, self._root) if self._hooked else None
        secret = secrets.token_hex(16)
        made = self.world.register_app(
            SLUG, None, secret, PERMISSIONS, sorted(HANDLED_EVENTS), private_key()
        )
        (self._root / "key.pem").write_text(made.private_key_pem)
        known = environ_of(self.sandbox, self._root, made.app_id, secret, self._database_url)
        self.environ: Mapping[str, str] = known | self._env
        self.app_id = made.app_id
        if self._database_url is None:
            (self._root / "data").mkdir()
            sqlite_store(self._root / "data").close()
        self.boot()
        self._web = Listening(self.app.web())
        self.webhook = f"{self._web.url}/github/webhook"
        self.secret = secret
        self.world.set_webhook(SLUG, self.webhook)

    def boot(self) -> None:
        """Build the App from its settings, as a new process would, over a migrated database."""
        settings = Settings.load(self.environ)
        self.app = wiring.build(settings, Redactor([]), self.clock)
        self._booted.append(self.app)
        self.worker = self.app.worker()

    def reboot(self) -> None:
        """Start the App again over its data, as after `kill -9`: its leases are taken over."""
        self.app.close()
        self.boot()
        self.app.store.work.take_over(wiring.owner_prefix(self.app.settings))

    def surround(self, forge: Forge, mirrors: GitMirrors, *, publish_locks: bool = False) -> None:
        """Let the App's ticks speak with GitHub and Git through these, until it is booted anew."""
        app, settings = self.app, self.app.settings
        reconciler = Reconciler(
            store=app.store,
            mirrors=mirrors,
            forge=forge,
            clock=self.clock,
            intake=Intake(app.store, app.forge.app_id),
            metrics=app.metrics,
            options=Options(
                settings.github_url,
                timedelta(seconds=settings.quiet_seconds),
                timedelta(seconds=settings.sweep_seconds),
                publish_locks=publish_locks,
            ),
        )
        self.app = dataclasses.replace(app, reconciler=reconciler)
        self.worker = self.app.worker()

    def stop(self) -> None:
        """End everything."""
        self._web.stop()
        for app in self._booted:  # the first one's database serves the webhooks to the end
            app.close()
        self.sandbox.stop()
        wrong = self.hooked.wrong() if self.hooked else []
        assert not wrong, "\n".join(wrong)

    def settle(self, rounds: int = 60) -> None:
        """Deliver and work until nothing is left to do now."""
        for _ in range(rounds):
            self.world.flush(PATIENCE)
            if self.worker.run_until_idle(200) == 0:
                return
        message = "it never comes to rest"
        raise AssertionError(message)

    def sweep(self) -> None:
        """What the timer does every few minutes."""
        self.app.store.work.touch("sweep")
        self.settle()

    def look(self) -> None:
        """A tick of every repository, as after any event."""
        for record in self.app.store.repos.all():
            self.app.store.work.touch(f"repo-{record.id}")
        self.settle()

    def passes(self, **duration: float) -> None:
        """Time passes, and what was to wake up does."""
        self.clock.ahead += timedelta(**duration)
        self.look()

    def repo(self, files: Mapping[str, bytes | str], name: str = REPO) -> str:
        """A new repository with these files on main; the id of its first commit."""
        self.world.create_repo(name, files=dict(files))
        first = self.tip(repo=name)
        self.settle()
        return first

    def push(self, changes: Mapping[str, bytes | str | None], message: str = "Change files") -> str:
        """Alice pushes to main; the commit."""
        sha = self.world.push(REPO, "main", dict(changes), message=message)
        self.settle()
        return sha

    def finish(self, sha: str, name: str, conclusion: str = "success") -> None:
        """A check of CI ends on a commit."""
        self.world.finish_check(REPO, sha, name, conclusion)
        self.settle()

    def ends(self, sha: str, name: str, conclusion: str = "success", repo: str = REPO) -> None:
        """A job of CI that was left running ends, after it has begun."""

        def begun() -> bool:
            run = self.world.check(repo, sha, name)
            return run is not None and run.status == "in_progress"

        self.world.wait_for(begun, PATIENCE, f"{name} never began on {sha[:7]}")
        self.world.ci.finish(repo, sha, name, conclusion)
        self.settle()

    def tip(self, branch: str = "main", repo: str = REPO) -> str:
        """A branch's commit."""
        sha = self.world.tip(repo, branch)
        assert sha is not None, branch
        return sha

    def run(self, sha: str, name: str, repo: str = REPO) -> Run | None:
        """Our newest check run of that name on a commit."""
        return self.world.check(repo, sha, f"stagelock / {name}")

    def shown(self, sha: str, name: str, repo: str = REPO) -> Run:
        """As `run`, where there must be one."""
        run = self.run(sha, name, repo)
        assert run is not None, f"no run {name} on {sha[:7]}"
        return run

    def title(self, sha: str, name: str, repo: str = REPO) -> str:
        return self.shown(sha, name, repo).title or ""

    def summary(self, sha: str, name: str, repo: str = REPO) -> str:
        return self.shown(sha, name, repo).summary or ""

    def state(self, sha: str, name: str) -> str:
        """``queued``, ``in_progress``, or the conclusion; "" where there is no run."""
        run = self.run(sha, name)
        return "" if run is None else (run.conclusion or run.status)

    def landed(self, stage: str, freight: str, branch: str = "main", repo: str = REPO) -> str:
        """The promotion commit of a freight in a stage."""
        for commit in self.world.log(repo, branch):
            lines = commit.message.splitlines()
            if f"Stagelock-Stage: {stage}" in lines and any(
                line.startswith("Stagelock-Freight: ") and line.endswith(freight) for line in lines
            ):
                return commit.sha
        message = f"{freight[:7]} never landed in {stage}"
        raise AssertionError(message)

    def subjects(self, branch: str = "main", repo: str = REPO) -> list[str]:
        """The first lines of a branch's commits, newest first."""
        return [c.message.splitlines()[0] for c in self.world.log(repo, branch)]

    def records(self, repo: str = REPO) -> Records:
        """What the App remembers of a repository."""
        return self.app.store.history.load(self.world.repo(repo).id)

    def newest(self, repo: str = REPO) -> str:
        """The commit of the freight that was minted last."""
        return self.records(repo).freights[-1].id.sha

    def promotions(self, repo: str = REPO) -> tuple[Promotion, ...]:
        """Every promotion that the App remembers, oldest first."""
        return self.records(repo).promotions

    def requests(self, repo: str = REPO) -> tuple[LockRequest, ...]:
        """Every lock request that the App remembers, by its place."""
        return self.records(repo).requests

    @contextmanager
    def after_each_write(self, look: Callable[[], None]) -> Iterator[None]:
        """Call *look* after each REST call of anybody that writes, before it is answered."""

        def heard(_sender: object, **_: object) -> None:
            if request.method != "GET" and request.path.startswith("/api/"):
                look()

        with request_finished.connected_to(heard, self.sandbox.flask):
            yield

    def writes(self) -> list[tuple[str, str]]:
        """The REST calls of the App that changed something: (method, path)."""
        return [
            (e.method, e.path)
            for e in self.sandbox.exchanges
            if e.method != "GET" and "access_tokens" not in e.path and e.caller == f"{SLUG}[bot]"
        ]


@contextmanager
def flowing(
    root: Path,
    database_url: str | None = None,
    *,
    hooked: bool = EVERYWHERE,
    environ: Mapping[str, str] | None = None,
    **env: str,
) -> Iterator[Flow]:
    """A `Flow`, started and stopped."""
    flow = Flow(root, database_url, hooked=hooked, environ=environ, **env)
    flow.start()
    try:
        yield flow
    finally:
        flow.stop()
