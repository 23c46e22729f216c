"""
The composition root: the only place that knows every concrete, the real clock, and randomness.

Adapters are imported when they are built: the web processes do without GitHub and Git.
"""

from __future__ import annotations

import importlib.metadata
import logging
import os
import sys
import uuid
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from app.engine.events import SWEEP
from app.engine.intake import Intake
from app.engine.lease import LENGTH
from app.engine.sweep import Sweep
from app.engine.worker import Worker
from app.errors import Rejected
from app.observe import Metrics, Redactor, counts, listener, set_up
from app.ports import Clock, GitMirrors, Store
from app.settings import Secret, Settings
from app.settings.folder import number_of, presence

if TYPE_CHECKING:
    from flask import Flask

    from app.engine.rebuild import Rebuild
    from app.engine.reconcile import Options, Reconciler
    from app.github import GitHubForge
    from app.github.rulesets import Rulesets
    from app.sql import SqlStore


log = logging.getLogger("stagelock.wiring")


def clock() -> datetime:
    """Now, aware, in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class App:
    """Everything that a work process needs, built."""

    settings: Settings
    store: SqlStore
    forge: GitHubForge
    mirrors: GitMirrors
    sweep: Sweep
    reconciler: Reconciler
    metrics: Metrics

    def worker(self, lease: timedelta = LENGTH) -> Worker:
        """
        Make a worker with a name of its own; `run` it in one thread.

        What it claims is another's *lease* after it was last heard of.
        """
        return Worker(
            work=self.store.work,
            handlers={
                "repo": self.reconciler.handle,
                "installation": self.sweep.installation,
                "sweep": self.sweep.everything,
            },
            owner=f"{owner_prefix(self.settings)}{os.getpid()}-{uuid.uuid4().hex[:8]}",
            metrics=self.metrics,
            lease=lease,
            renew_every=lease / 3,
        )

    def web(self) -> Flask:
        """The web application, over the same store."""
        return _web(self.settings, self.store, self.metrics)

    def close(self) -> None:
        """Close all connections."""
        self.forge.close()
        self.store.close()


def build(settings: Settings, redactor: Redactor, time: Clock = clock) -> App:
    """
    Everything, put together; nothing is asked of anybody yet.

    *redactor* learns tokens. *time* is the clock of decisions and texts; leases go by the
    database's own.
    """
    from app.engine.reconcile import Reconciler  # noqa: PLC0415
    from app.github import open_forge  # noqa: PLC0415

    counts.reserve()
    store = open_store(settings)
    metrics = Metrics(store.gauges)
    forge = open_forge(
        settings.require_github(),
        clock=time,
        budget=store.budget,
        redactor=redactor,
        public_url=settings.public_url,
        metrics=metrics,
    )
    mirrors = _mirrors(settings, forge)
    intake = Intake(store, forge.app_id)
    sweep = Sweep(
        store=store,
        forge=forge,
        mirrors=mirrors,
        clock=time,
        intake=intake,
        every=timedelta(seconds=settings.sweep_seconds),
    )
    reconciler = Reconciler(
        store=store,
        mirrors=mirrors,
        forge=forge,
        clock=time,
        intake=intake,
        metrics=metrics,
        options=_options(settings),
    )
    return App(settings, store, forge, mirrors, sweep, reconciler, metrics)


def _options(settings: Settings) -> Options:
    from app.engine.reconcile import Options  # noqa: PLC0415

    return Options(
        settings.github_url,
        timedelta(seconds=settings.quiet_seconds),
        timedelta(seconds=settings.sweep_seconds),
        publish_locks=settings.publish_locks,
    )


def _mirrors(settings: Settings, forge: GitHubForge) -> GitMirrors:
    from app.git.mirror import Mirrors  # noqa: PLC0415
    from app.git.signing import Signer  # noqa: PLC0415

    key = settings.signing_key
    return Mirrors(
        settings.data_dir / "mirrors",
        lambda repo: f"{settings.github_url}/{repo.full_name}.git",
        lambda repo: forge.token_for(repo.installation_id),
        lambda repo, token: forge.renewed_token(repo.installation_id, token),
        None if key is None else Signer.of(key.reveal()),
        forge.prove,
    )


def build_web(settings: Settings) -> Flask:
    """Only the web application: for a process that does no work."""
    counts.reserve()
    store = open_store(settings)
    return _web(settings, store, Metrics(store.gauges))


def open_store(settings: Settings) -> SqlStore:
    """The database, connected on first use."""
    from app.sql import SqlStore  # noqa: PLC0415

    return SqlStore(settings.database_url.reveal())


@contextmanager
def prepared(settings: Settings, *, working: bool) -> Iterator[Mapping[str, str]]:
    """
    Make the database ready to be worked on, for as long as the block runs; once a machine.

    SQLite is migrated; PostgreSQL must have been (`Rejected` names the command). With *working*,
    leases left over from workers of this data folder end at once, unless others work there now.
    Yields what the environment of the child processes needs: where they count together.
    """
    store = open_store(settings)
    try:
        with store.at_work() as free:
            if not free:
                raise Rejected(
                    "`stagelock rebuild` works on this database: start when it has ended"
                )
            _migrated(settings, store)
            store.work.touch(SWEEP)
            with presence(settings) as alone:
                if working and alone:
                    store.work.take_over(owner_prefix(settings))
                store.close()
                yield counts.prepare(_counts(settings), alone=alone)
    finally:
        store.close()


@contextmanager
def rebuilding(settings: Settings, redactor: Redactor, time: Clock = clock) -> Iterator[Rebuild]:
    """
    What `stagelock rebuild` does, while nobody else works on the database; `Busy` if somebody does.
    """
    from app.engine.rebuild import Rebuild  # noqa: PLC0415

    app = build(settings, redactor, time)
    try:
        with app.store.rebuilding().alone() as alone:
            if not alone:
                raise Busy
            with presence(settings) as nobody:
                if not nobody:
                    raise Busy
                _migrated(settings, app.store)
                yield Rebuild(
                    store=app.store,
                    rebuilding=app.store.rebuilding(),
                    forge=app.forge,
                    mirrors=app.mirrors,
                    clock=time,
                    quiet=timedelta(seconds=settings.quiet_seconds),
                    owner=f"{owner_prefix(settings)}rebuild-{uuid.uuid4().hex[:8]}",
                )
    finally:
        app.close()


class Busy(Exception):
    """Somebody serves or works on the database."""


def _migrated(settings: Settings, store: SqlStore) -> None:
    """Migrate SQLite; PostgreSQL must have been."""
    if settings.database_url.reveal().startswith("sqlite"):
        store.migrate()
    if why_not := store.ready():
        raise Rejected(why_not)


def open_rulesets(settings: Settings, full_name: str, token: Secret) -> Rulesets:
    """The rulesets of one repository, by a person's *token*; close it after use."""
    from app.github.rulesets import Rulesets  # noqa: PLC0415

    redactor = Redactor([token.reveal(), *(secret.reveal() for secret in settings.secrets())])
    return Rulesets(
        full_name,
        token,
        settings.github_api_url,
        clock=clock,
        redact=redactor,
        api_version=settings.github_api_version,
    )


@contextmanager
def listening(settings: Settings) -> Iterator[None]:
    """Show the metrics of this machine's processes where the settings say, if they do."""
    if settings.metrics_address is None:
        yield
        return
    host, port = settings.metrics_address
    with (
        closing(open_store(settings)) as store,
        listener(host, port, store.gauges, _counts(settings)),
    ):
        yield


def _counts(settings: Settings) -> Path:
    return settings.data_dir / "metrics"


def owner_prefix(settings: Settings) -> str:
    """What the names of all workers of this data folder begin with: its own random number."""
    return f"{number_of(settings, uuid.uuid4().hex)}-"


def set_up_logs(settings: Settings) -> Redactor:
    """Log to standard error, without this process's secrets; returned is what blots them out."""
    redactor = Redactor([secret.reveal() for secret in settings.secrets()])
    set_up(sys.stderr, redactor, settings.log_format)
    logging.getLogger("alembic").setLevel(logging.WARNING)  # it tells what it looked at
    return redactor


def _web(settings: Settings, store: Store, metrics: Metrics) -> Flask:
    from app.web.application import create_app  # noqa: PLC0415

    return create_app(
        store=store,
        secrets=[secret.reveal().encode() for secret in settings.webhook_secrets],
        clock=clock,
        metrics=metrics,
        tokens=settings.api_tokens,
        version=importlib.metadata.version("stagelock"),
    )
