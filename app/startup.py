"""
Before work begins: what can be found wrong now is said now, by the setting that is wrong.

What is answered and wrong ends the command (`SettingsError`). A GitHub that does not answer is no
end: deliveries are taken, and worked on once it does.
"""

from __future__ import annotations

import errno
import logging
import os
import socket
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

from app import arrival, wiring
from app.core.model.names import Sha
from app.core.text.installation import line
from app.core.text.sinks import terminal
from app.engine.queue.work_keys import SWEEP
from app.engine.survey.config_in_force import FILE
from app.errors import OutsideError, Rejected, Transient
from app.observe import Redactor, counts
from app.ports import Clock, Forge
from app.settings import Settings, SettingsError, kept
from app.settings.folder import counts_folder, presence

if TYPE_CHECKING:
    from app.engine.rebuild.rebuild import Rebuild

PATIENCE = 8.0
"""Seconds that GitHub has for its first answer: deliveries wait for the start."""
MOST_FILES = 100
"""So many repositories are asked for their pipeline file, for one line of text."""

log = logging.getLogger("stagelock.startup")


@contextmanager
def prepared(settings: Settings, *, working: bool) -> Iterator[Mapping[str, str]]:
    """
    Make the database ready to be worked on, for as long as the block runs; once a machine.

    SQLite is migrated; PostgreSQL must have been (`Rejected` names the command). With *working*,
    leases left over from workers of this data folder end at once, unless others work there now.
    Yields what the environment of the child processes needs: where they count together.
    """
    store = wiring.reached(settings, wiring.open_store(settings))
    try:
        with store.at_work() as free:
            if not free:
                raise Rejected(
                    "`stagelock rebuild` works on this database: start when it has ended"
                )
            wiring.migrated(settings, store)
            store.work.touch(SWEEP)
            with presence(settings) as alone:
                if working and alone:
                    store.work.take_over(wiring.owner_prefix(settings))
                store.close()
                yield counts.prepare(counts_folder(settings), alone=alone)
    finally:
        store.close()


@contextmanager
def rebuilding(
    settings: Settings, redactor: Redactor, time: Clock = wiring.clock
) -> Iterator[Rebuild]:
    """
    What `stagelock rebuild` does, while nobody else works on the database; `Busy` if somebody does.
    """
    from app.engine.rebuild.rebuild import Rebuild  # noqa: PLC0415

    wiring.reached(settings, wiring.open_store(settings)).close()
    app = wiring.build(settings, redactor, time)
    try:
        with app.store.rebuilding().alone() as alone:
            if not alone:
                raise Busy
            with presence(settings) as nobody:
                if not nobody:
                    raise Busy
                wiring.migrated(settings, app.store)
                yield Rebuild(
                    store=app.store,
                    rebuilding=app.store.rebuilding(),
                    forge=app.forge,
                    mirrors=app.mirrors,
                    clock=time,
                    quiet=timedelta(seconds=settings.quiet_seconds),
                    owner=wiring.worker_name(settings, "rebuild"),
                    clients=settings.takes_clients,
                )
    finally:
        app.close()


class Busy(Exception):
    """Somebody serves or works on the database."""


def greeted(settings: Settings) -> str:
    """
    Let GitHub say who we are: "" if it knows us, else why it did not answer.

    `SettingsError` where it answered, and a setting is wrong.
    """
    from app.github.greeting import Silent, Wrong, greet  # noqa: PLC0415

    answers: list[object] = []
    asking = threading.Thread(
        target=lambda: answers.append(greet(settings.require_github(), wiring.clock)), daemon=True
    )
    asking.start()
    asking.join(PATIENCE)
    match answers:
        case [Wrong(problem)]:
            raise SettingsError((problem + kept_by_set_up(settings),))
        case [Silent(why)]:
            silent = why
        case []:
            silent = f"no answer within {PATIENCE:.0f} s"
        case _:
            return ""
    words = "GitHub at %s does not answer yet: %s. Deliveries are taken, and worked on when it does"
    log.warning(words, settings.github_api_url, silent, extra={"action": "startup.silent"})
    return silent


def may_be_set_up(settings: Settings) -> None:
    """
    `SettingsError` where nothing says which App we are, and the database knows: then something is
    lost that once was there, and a new App is not what anybody wants.
    """
    if settings.nameless and _stood(settings):
        settings.require_github()


def _stood(settings: Settings) -> bool:
    with closing(wiring.open_store(settings)) as store:
        return store.installs.standing() is not None


def kept_by_set_up(settings: Settings) -> str:
    """Where number and key are from, if set-up kept them: said after what is wrong with them."""
    if "STAGELOCK_APP_ID" not in settings.kept:
        return ""
    return f". Number and key are what set-up kept in {kept.folder(settings.data_dir)}"


def answers(settings: Settings) -> int:
    """How often GitHub has answered so far, whoever asked."""
    store = wiring.open_store(settings)
    try:
        standing = store.installs.standing()
        return 0 if standing is None else standing.answers
    finally:
        store.close()


def announced(settings: Settings, redactor: Redactor) -> None:
    """Say in one line, as soon as it is known, who we are and where; in a thread of its own."""
    threading.Thread(target=_announce, args=(settings, redactor), daemon=True).start()


def _announce(settings: Settings, redactor: Redactor) -> None:
    if settings.nameless:
        settings = arrival.awaited(settings, os.environ)
        redactor = wiring.set_up_logs(settings)
    try:
        with wiring.forge_alone(settings, redactor) as forge:
            sys.stdout.write(f"{terminal(_line(forge))}\n")
            sys.stdout.flush()
    except OutsideError as error:
        log.warning("%s", error.message, extra={"action": "startup.uncounted"})


def _line(forge: Forge) -> str:
    app, installed = forge.app(), tuple(forge.installations())
    repos = [
        repo
        for installation in installed
        if not installation.suspended
        for repo in forge.repositories(installation.id)
    ]
    asked = repos[:MOST_FILES]
    have = sum(
        forge.read_file(fact.repo, Sha(fact.default_branch), FILE) is not None
        for fact in asked
        if fact.default_branch
    )
    with_file = f"{have}" if len(asked) == len(repos) else f"{have} of the first {len(asked)}"
    return line(app.slug, app.id, len(repos), installed, with_file=with_file, named=True)


def door_is_free(settings: Settings) -> None:
    """
    Try to listen where the settings say. `SettingsError` where that is no place of this machine;
    `Transient` where somebody else listens there (perhaps our predecessor, for a moment more).
    """
    host, port = settings.host, settings.port
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise _no_door(error, host, port) from error


def _no_door(error: OSError, host: str, port: int) -> Exception:
    match error.errno:
        case errno.EADDRINUSE:
            message = (
                f"STAGELOCK_PORT is {port}, which is in use on {host}: another program listens"
            )
            return Transient(f"{message} there. End it, or choose another port")
        case errno.EACCES:
            message = (
                f"STAGELOCK_PORT is {port}, which this user may not open: choose one from 1024"
            )
            return SettingsError((f"{message} up, behind your proxy",))
        case _:
            message = f"STAGELOCK_HOST is {host!r}, which is no address of this machine"
            words = f"{message} ({error.strerror}): 127.0.0.1 behind a proxy, 0.0.0.0 for all"
            return SettingsError((words,))
