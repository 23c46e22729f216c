"""`stagelock work`: the processes that do the promoting, without the web application."""

from __future__ import annotations

import argparse
import logging
import os
import time
from contextlib import closing

from app import arrival, startup, wiring
from app.cli import memory
from app.cli.family import add_child_option, on_termination
from app.cli.supervisor import Bury, ChildSpec, Supervisor
from app.engine.checkruns.quarantine import quarantined
from app.engine.queue.worker import Worker
from app.errors import OutsideError
from app.observe import Redactor
from app.observe.pulse import Pulse
from app.ports import Store
from app.settings import Settings

BURIAL_SECONDS = 30.0
"""For how long it is tried: then the lease of who died has ended by itself."""

log = logging.getLogger("stagelock.processes")


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Offer `work`."""
    parser = subparsers.add_parser(
        "work",
        help="run only the work processes",
        description="Run N work processes over the database, without the web application. "
        "SIGTERM ends them cleanly; SIGKILL loses nothing.",
    )
    parser.add_argument("--workers", type=positive, default=1, metavar="N", help="default: 1")
    add_child_option(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Carry out `work`."""
    settings = Settings.load(os.environ)
    if args.child_of is not None:
        settings = arrival.awaited(settings, os.environ)
        return work(settings, wiring.set_up_logs(settings), Pulse(args.pulse))
    settings.require_github()
    wiring.set_up_logs(settings)
    startup.greeted(settings)
    with startup.prepared(settings, working=True) as environ, wiring.listening(settings):
        return Supervisor(children(args.workers), environ, burial(settings)).run()


def children(count: int) -> list[ChildSpec]:
    """The work processes to start."""
    return [ChildSpec(f"work {n}", ("work",), watched=True) for n in range(1, count + 1)]


def burial(settings: Settings) -> Bury:
    """
    Return what is told of a work process of this data folder that died: what it held is free, and
    rests where its looks die again and again.
    """

    def bury(pid: int, why: str) -> None:
        owner = f"{wiring.owner_prefix(settings)}{pid}-"
        until = time.monotonic() + BURIAL_SECONDS
        with closing(wiring.open_store(settings)) as store:
            while not _buried(store, owner, why) and time.monotonic() < until:
                time.sleep(1)

    return bury


def _buried(store: Store, owner: str, why: str) -> bool:
    try:
        quarantined(store, store.work.bury(owner, why))
    except OutsideError as error:
        words = "what %s held stays held until its lease ends: %s"
        log.warning(words, owner, error.message, extra={"action": "process.died"})
        return False
    return True


def work(settings: Settings, redactor: Redactor, pulse: Pulse) -> int:
    """Be one work process, until SIGTERM."""
    app = wiring.build(settings, redactor, pulse=pulse)
    code = carried_out(app.worker())
    app.close()
    return code


def carried_out(worker: Worker) -> int:
    """Let *worker* work until SIGTERM, with a share of the memory; the exit code."""
    memory.bound()
    on_termination(worker.stop)
    try:
        worker.run()
    except MemoryError:
        return memory.USED_UP
    return 0


def positive(text: str) -> int:
    """A whole number from 1 up, for argparse."""
    number = int(text)
    if number < 1:
        raise ValueError(text)
    return number
