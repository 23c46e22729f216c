"""`stagelock work`: the processes that do the promoting, without the web application."""

from __future__ import annotations

import argparse
import logging
import os
from collections.abc import Callable

from app import wiring
from app.cli.family import (
    ChildSpec,
    Supervisor,
    add_child_option,
    on_termination,
)
from app.errors import OutsideError
from app.observe import Redactor
from app.settings import Settings

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
    settings.require_github()
    redactor = wiring.set_up_logs(settings)
    if args.child_of is not None:
        return work(settings, redactor)
    with wiring.prepared(settings, working=True) as environ, wiring.listening(settings):
        return Supervisor(children(args.workers), environ, burial(settings)).run()


def children(count: int) -> list[ChildSpec]:
    """The work processes to start."""
    return [ChildSpec(f"work {number}", ("work",)) for number in range(1, count + 1)]


def burial(settings: Settings) -> Callable[[int], None]:
    """Return what ends the leases of a work process of this data folder, by its number: it died."""

    def bury(pid: int) -> None:
        store = wiring.open_store(settings)
        try:
            store.work.take_over(f"{wiring.owner_prefix(settings)}{pid}-")
        except OutsideError as error:
            words = "what process %d held stays held until its lease ends: %s"
            log.warning(words, pid, error.message, extra={"action": "process.died"})
        finally:
            store.close()

    return bury


def work(settings: Settings, redactor: Redactor) -> int:
    """Be one work process, until SIGTERM."""
    app = wiring.build(settings, redactor)
    worker = app.worker()
    on_termination(worker.stop)
    worker.run()
    app.close()
    return 0


def positive(text: str) -> int:
    """A whole number from 1 up, for argparse."""
    number = int(text)
    if number < 1:
        raise ValueError(text)
    return number
