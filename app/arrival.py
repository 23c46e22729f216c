"""
The composition root of set-up: a server that does not know yet which App it is, and learns it.

Each process for itself looks whether credentials are kept (a look at one file), so that all of them
go on without being started again.
"""

from __future__ import annotations

import functools
import logging
import threading
import time
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from app import wiring
from app.core.model.facts import Identity
from app.errors import OutsideError, Rejected
from app.observe import Redactor
from app.ports import Store
from app.ports.installs import Unheard
from app.settings import Settings, SettingsError, kept
from app.setup.answers import Field
from app.setup.desk import Desk, Refused
from app.setup.proposing import Hindrance, Proposed, Proposer, audited
from app.setup.starts import Starts
from app.setup.watching import Look, found_by, look
from app.web.doctor import Examine, doctor_blueprint
from app.web.keys import ApiKeys
from app.web.setup.pages import Surroundings
from app.web.setup.waiting import Reception, setup_app

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication
    from flask import Flask

    from app.github import GitHubForge

LOOK_SECONDS = 0.5
PROPOSAL_SECONDS = 20.0
"""A button that is pressed twice waits so long for what the first time made."""
log = logging.getLogger("stagelock.setup")
_FIXED = {"STAGELOCK_PUBLIC_URL": Field.PUBLIC_URL, "STAGELOCK_GITHUB_URL": Field.GITHUB_URL}


def desk_of(settings: Settings) -> Desk | None:
    """Where this server is set up; None where it is, and nothing of that is left to do."""
    if settings.kept_problem:
        raise SettingsError((settings.kept_problem,))
    named_elsewhere = settings.app_id is not None and "STAGELOCK_APP_ID" not in settings.kept
    if named_elsewhere or not (settings.nameless or settings.kept):
        return None
    desk = new_desk(settings)
    return desk if settings.nameless or desk.is_open() else None


def new_desk(settings: Settings) -> Desk:
    """The desk over the data folder, whatever its state."""
    from app.github.registration import Registration  # noqa: PLC0415

    given = settings.given_api_url, settings.given_api_version
    return Desk(settings.data_dir, Registration(settings.outgoing, *given), wiring.clock)


def opened(desk: Desk) -> str:
    """A new one-time token; `SettingsError` where the data folder cannot hold secrets."""
    try:
        return desk.opened()
    except Refused as no:
        raise SettingsError((no.said or str(no),)) from no


def web(settings: Settings, examine: Examine, unheard: Unheard | None = None) -> Flask:
    """The web application that works, with its doctor."""
    made = wiring.build_web(settings, unheard)
    made.register_blueprint(doctor_blueprint(ApiKeys(settings.api_tokens), examine))
    return made


def reception(
    desk: Desk, settings: Settings, environ: Mapping[str, str], examine: Examine
) -> WSGIApplication:
    """The web application of a server that is being set up."""
    fixed = {
        field: value
        for name, field in _FIXED.items()
        if name in settings.given
        and (value := settings.public_url if field is Field.PUBLIC_URL else settings.github_url)
    }
    watched = Watching(environ)
    around = Surroundings(
        look=watched.look,
        examine=examine,
        propose=watched.propose,
        fixed=fixed,
        given=tuple(sorted(settings.given)),
        ca_file=settings.outgoing.ca_file,
    )
    whole = _Whole(settings, environ, examine).get
    return Reception(setup_app(desk, around), whole, desk.is_open)


def awaited(settings: Settings, environ: Mapping[str, str]) -> Settings:
    """*settings*, once they say which App we are; waits for that as long as it takes."""
    while settings.nameless:
        time.sleep(LOOK_SECONDS)
        settings = _learned(settings.data_dir, environ) or settings
    return settings


def _learned(data_dir: Path, environ: Mapping[str, str]) -> Settings | None:
    """The settings once credentials are kept; None before, and while those cannot be used."""
    if not kept.is_there(data_dir):
        return None
    try:
        settings = Settings.load(environ)
    except SettingsError as error:
        _tell(str(error))
        return None
    if settings.kept_problem:
        _tell(settings.kept_problem)
        return None
    return settings


@functools.lru_cache(maxsize=4)  # each problem once, however often it is met
def _tell(problem: str) -> None:
    words = "the App's credentials are kept, and cannot be used: %s"
    log.error(words, problem, extra={"action": "setup.unusable"})


class _Whole:
    """The web application that works, made once there are credentials; for all threads."""

    def __init__(self, settings: Settings, environ: Mapping[str, str], examine: Examine) -> None:
        self._data_dir, self._environ, self._examine = settings.data_dir, environ, examine
        self._lock = threading.Lock()
        self._made: WSGIApplication | None = None

    def get(self) -> WSGIApplication | None:
        if self._made is None and kept.is_there(self._data_dir):
            with self._lock:
                settings = _learned(self._data_dir, self._environ)
                if self._made is None and settings is not None:
                    wiring.set_up_logs(settings)
                    self._made = web(settings, self._examine)
        return self._made


class Watching:
    """Asks GitHub about the App, over one connection a process, and proposes first files there."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self._lock = threading.Lock()
        self._proposing = threading.Lock()
        self._open: tuple[GitHubForge, Starts] | None = None

    def prepare(self) -> None:
        """
        Make a database of ours ready where no server did before: what is created is counted there.

        `Rejected` where it is a server's that has to be migrated; `SettingsError`.
        """
        settings = self._settings()
        with closing(wiring.reached(settings, wiring.open_store(settings))) as store:
            wiring.migrated(settings, store)

    def look(self) -> Look:
        """What GitHub says of the App now."""
        with self._lock:
            if self._open is None:
                settings = self._settings()
                forge = _forge(settings)
                proposer = _proposer(settings, forge, wiring.open_store(settings))
                self._open = forge, Starts(proposer.standing, wiring.clock)
            forge, starts = self._open
            return look(forge, starts.of)

    def propose(self, which: int | str, *, smallest: bool) -> Proposed:
        """A first file for one of the repositories (number, or name); one at a time here."""
        if not self._proposing.acquire(timeout=PROPOSAL_SECONDS):
            return Proposed(None, hindrance=Hindrance.BUSY)
        try:
            settings = self._settings()
            with (
                closing(_forge(settings)) as forge,
                closing(wiring.open_store(settings)) as store,
            ):
                proposer = _proposer(settings, forge, store)
                proposed = _proposed(proposer, forge, which, smallest=smallest)
        finally:
            self._proposing.release()
        with self._lock:
            if self._open is not None and proposed.repo is not None:
                self._open[1].outdate(proposed.repo.id)
        return proposed

    def _settings(self) -> Settings:
        try:
            return Settings.load(self._environ)
        except SettingsError as error:
            raise Rejected(str(error)) from error


def _proposed(
    proposer: Proposer, forge: GitHubForge, which: int | str, *, smallest: bool
) -> Proposed:
    try:
        fact = found_by(forge, which)
    except OutsideError as error:
        return Proposed(None, hindrance=Hindrance.SILENT, said=error.message)
    if fact is None:
        return Proposed(None, hindrance=Hindrance.GONE)
    return proposer.propose(fact, smallest=smallest)


def _proposer(settings: Settings, forge: GitHubForge, store: Store) -> Proposer:
    def who() -> Identity:
        bot = f"{forge.app_slug()}[bot]"
        return Identity(bot, f"{bot}@users.noreply.github.com")

    note = audited(store.history, wiring.clock)
    return Proposer(forge, wiring.open_mirrors(settings, forge), who, note)


def _forge(settings: Settings) -> GitHubForge:
    from app.github import open_forge  # noqa: PLC0415

    redactor = Redactor([secret.reveal() for secret in settings.secrets()])
    budget = wiring.open_store(settings).budget
    return open_forge(
        settings.require_github(),
        clock=wiring.clock,
        budget=budget,
        redactor=redactor,
        public_url=settings.public_url,
    )
