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
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from app.engine.actions.renewing import Renewing
from app.engine.checkruns.quarantine import Quarantine
from app.engine.deliveries.intake import Intake
from app.engine.deliveries.sweep import Sweep
from app.engine.queue.lease import LENGTH
from app.engine.queue.polling import Ears
from app.engine.queue.worker import Worker
from app.errors import Rejected
from app.observe import Metrics, Redactor, counts, disk, listener, set_up
from app.observe.audit import audit_lines
from app.observe.pulse import UNHEARD, Pulse
from app.ports import Clock, GitMirrors, LockServices, Store
from app.ports.installs import Unheard
from app.settings import Secret, Settings, SettingsError
from app.settings.folder import counts_folder, ensured, number_of

if TYPE_CHECKING:
    from flask import Flask

    from app.engine.options import Options
    from app.engine.reconcile import Reconciler
    from app.github import GitHubForge
    from app.github.rulesets import Rulesets
    from app.sql import SqlStore


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
    quarantine: Quarantine
    renewing: Renewing
    pulse: Pulse
    time: Clock

    def worker(self, lease: timedelta = LENGTH) -> Worker:
        """
        Make a worker with a name of its own; `run` it in one thread.

        What it claims is another's *lease* after it was last heard of.
        """
        return Worker(
            work=self.store.work,
            handlers={
                "repo": Ears(self.reconciler.handle, self.store.repos).handle,
                "quarantine": self.quarantine.handle,
                "services": self.renewing.handle,
                "installation": self.sweep.installation,
                "sweep": self.sweep.everything,
            },
            owner=worker_name(self.settings, str(os.getpid())),
            metrics=self.metrics,
            lease=lease,
            renew_every=lease / 3,
            pulse=self.pulse,
        )

    def web(self) -> Flask:
        """The web application, over the same store and by the same clock."""
        return _web(self.settings, self.store, self.metrics, None, self.time)

    def close(self) -> None:
        """Close all connections."""
        self.forge.close()
        self.store.close()


def build(
    settings: Settings, redactor: Redactor, time: Clock = clock, pulse: Pulse = UNHEARD
) -> App:
    """
    Everything, put together; nothing is asked of anybody yet.

    *redactor* learns tokens. *time* is the clock of decisions and texts; leases go by the
    database's own. *pulse*: who watches this process from outside.
    """
    from app.engine.reconcile import Reconciler  # noqa: PLC0415
    from app.github import open_forge  # noqa: PLC0415

    counts.reserve()
    store = open_store(settings)
    metrics = Metrics(disk.beside(store.gauges, settings.data_dir), store.served)
    forge = open_forge(
        settings.require_github(),
        clock=time,
        budget=store.budget,
        redactor=redactor,
        public_url=settings.public_url,
        metrics=metrics,
    )
    mirrors, intake = open_mirrors(settings, forge, pulse), Intake(store, forge.app_id)
    every = timedelta(seconds=settings.sweep_seconds)
    sweep = Sweep(store=store, forge=forge, mirrors=mirrors, clock=time, intake=intake, every=every)
    resting, outside = Quarantine(store, forge, mirrors, time), lock_services(settings)
    reconciler = Reconciler(
        store=store,
        mirrors=mirrors,
        forge=forge,
        clock=time,
        intake=intake,
        metrics=metrics,
        options=_options(settings, outside),
    )
    renewing = Renewing(store, outside, time)
    return App(
        settings, store, forge, mirrors, sweep, reconciler, metrics, resting, renewing, pulse, time
    )


@contextmanager
def forge_alone(settings: Settings, redactor: Redactor) -> Iterator[GitHubForge]:
    """GitHub without the rest of us, for whoever only asks."""
    from app.github import open_forge  # noqa: PLC0415

    with closing(open_store(settings)) as store:
        forge = open_forge(
            settings.require_github(), clock=clock, budget=store.budget, redactor=redactor
        )
        with closing(forge):
            yield forge


def _options(settings: Settings, outside: LockServices) -> Options:
    from app.engine.options import Options  # noqa: PLC0415

    return Options(
        settings.github_url,
        timedelta(seconds=settings.quiet_seconds),
        timedelta(seconds=settings.sweep_seconds),
        publish_locks=settings.publish_locks,
        lock_quota=settings.lock_quota,
        services=outside,
    )


def lock_services(settings: Settings) -> LockServices:
    """Everything that the profiles name; nothing is asked of anybody yet."""
    if not settings.lock_services:
        return LockServices({}, fresh_name)
    from app.lockservices import open_services  # noqa: PLC0415

    return open_services(settings.lock_services, settings.outgoing, fresh_name)


def open_mirrors(settings: Settings, forge: GitHubForge, pulse: Pulse = UNHEARD) -> GitMirrors:
    """The mirrors of this data folder, whoever asks."""
    from app.git.mirror import Mirrors  # noqa: PLC0415
    from app.git.signing import Signer  # noqa: PLC0415
    from app.git.way import git_way  # noqa: PLC0415

    key = settings.signing_key
    return Mirrors(
        settings.data_dir / "mirrors",
        lambda repo: f"{settings.github_url}/{repo.full_name}.git",
        forge.git_token,
        forge.renewed_git_token,
        None if key is None else Signer.of(key.reveal()),
        forge.prove,
        pulse.allows,
        git_way(settings),
    )


def build_web(settings: Settings, unheard: Unheard | None = None) -> Flask:
    """Only the web application: for a process that does no work. *unheard*: of GitHub, so far."""
    counts.reserve()
    store = open_store(settings)
    metrics = Metrics(disk.beside(store.gauges, settings.data_dir), store.served)
    return _web(settings, store, metrics, unheard, clock)


def open_store(settings: Settings) -> SqlStore:
    """The database, connected on first use."""
    from app.sql import SqlStore  # noqa: PLC0415

    try:
        return SqlStore(settings.database_url.reveal(), audit_lines(settings))
    except Rejected as error:  # of a kind that we do not know
        raise SettingsError((error.message,)) from error


def reached(settings: Settings, store: SqlStore) -> SqlStore:
    """*store*, once its folder is there and its server has let us in; `SettingsError` or 3."""
    ensured(settings)
    try:
        store.reach()
    except Rejected as error:
        raise SettingsError((error.message,)) from error
    return store


def migrated(settings: Settings, store: SqlStore) -> None:
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
        outgoing=settings.outgoing,
    )


@contextmanager
def listening(settings: Settings) -> Iterator[None]:
    """Show the metrics of this machine's processes where the settings say, if they do."""
    if settings.metrics_address is None:
        yield
        return
    with closing(open_store(settings)) as store:
        numbers, folder = disk.beside(store.gauges, settings.data_dir), counts_folder(settings)
        with listener(*settings.metrics_address, numbers, folder, store.served):
            yield


def owner_prefix(settings: Settings) -> str:
    """What the names of all workers of this data folder begin with: its own random number."""
    return f"{number_of(settings, uuid.uuid4().hex)}-"


def worker_name(settings: Settings, what: str) -> str:
    """A name that no other worker has, of this data folder."""
    return f"{owner_prefix(settings)}{what}-{uuid.uuid4().hex[:8]}"


def fresh_name() -> str:
    """A name that nobody else has."""
    return uuid.uuid4().hex


def set_up_logs(settings: Settings) -> Redactor:
    """Log to standard error, without this process's secrets; returned is what blots them out."""
    redactor = Redactor([secret.reveal() for secret in settings.secrets()])
    set_up(sys.stderr, redactor, settings.log_format)
    logging.getLogger("alembic").setLevel(logging.WARNING)  # it tells what it looked at
    return redactor


def _web(
    settings: Settings, store: Store, metrics: Metrics, unheard: Unheard | None, time: Clock
) -> Flask:
    from app.oidc import open_job_tokens  # noqa: PLC0415
    from app.web.application import create_app  # noqa: PLC0415

    return create_app(
        store=store,
        secrets=[secret.reveal().encode() for secret in settings.webhook_secrets],
        clock=time,
        metrics=metrics,
        unheard=unheard,
        tokens=settings.api_tokens,
        version=importlib.metadata.version("stagelock"),
        quota=settings.lock_quota,
        jobs=open_job_tokens(settings),
        app_id=settings.app_id,
    )
