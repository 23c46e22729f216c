"""`stagelock serve`: the web application, and work processes beside it."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from app import arrival, startup, wiring
from app.cli.examined import lines
from app.cli.family import add_child_option, end_with_parent
from app.cli.out import tell
from app.cli.supervisor import ChildSpec, Supervisor
from app.cli.work import burial, children, positive
from app.core.text.setup_words import invitation
from app.doctor.told import Line
from app.ports.installs import Unheard
from app.settings import Settings
from app.setup.desk import Desk
from app.web.server import WebServer

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

UNHEARD = "--unheard"
"""How the web process is told that GitHub did not answer when we started."""


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Offer `serve`."""
    parser = subparsers.add_parser(
        "serve",
        help="run the web application and the work processes",
        description="Serve the webhook and the health pages on STAGELOCK_HOST and "
        "STAGELOCK_PORT, with N work processes beside. A server that is not set up yet prints a "
        "one-time address for setting it up in a browser. SIGTERM ends all cleanly; "
        "SIGKILL loses nothing.",
    )
    parser.add_argument("--workers", type=positive, default=1, metavar="N", help="default: 1")
    parser.add_argument("--no-worker", action="store_true", help="only the web application")
    parser.add_argument(UNHEARD, nargs=2, metavar=("ANSWERS", "WHY"), help=argparse.SUPPRESS)
    add_child_option(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Carry out `serve`."""
    settings = Settings.load(os.environ)
    if not settings.nameless:
        settings.require_github()
    redactor = wiring.set_up_logs(settings)
    if args.child_of is not None:
        return web(settings, args.unheard)
    startup.door_is_free(settings)
    silent = "" if settings.nameless else startup.greeted(settings)
    with startup.prepared(settings, working=not args.no_worker) as environ:
        startup.may_be_set_up(settings)
        told = (UNHEARD, str(startup.answers(settings)), silent) if silent else ()
        specs = [ChildSpec("web", ("serve", *told), vital=True)]
        specs += [] if args.no_worker else children(args.workers)
        if not silent:
            startup.announced(settings, redactor)
        return Supervisor(specs, environ, burial(settings)).run()


def web(settings: Settings, told: Sequence[str] | None) -> int:
    """
    Be the web server's first process; its own children watch it in the same way.

    *told*: GitHub was silent at the start, as `Unheard` says it.
    """
    own_pid = os.getpid()
    unheard = None if told is None else Unheard(int(told[0]), told[1])
    desk = arrival.desk_of(settings)
    WebServer(
        lambda: _application(settings, unheard, desk),
        host=settings.host,
        port=settings.port,
        ready=lambda url: _say_ready(url, settings, desk),
        forked=lambda: end_with_parent(own_pid),
    ).run()
    return 0


def _application(settings: Settings, unheard: Unheard | None, desk: Desk | None) -> WSGIApplication:
    if desk is None:
        return arrival.web(settings, _examined, unheard)
    return arrival.reception(desk, settings, os.environ, _examined)


def _examined() -> list[Line]:
    return lines(os.environ)


def _say_ready(url: str, settings: Settings, desk: Desk | None) -> None:
    print(f"stagelock is ready on {url}", flush=True)  # noqa: T201 # the one line of the contract
    if desk is not None:
        here = url.replace("//0.0.0.0:", "//127.0.0.1:").replace("//[::]:", "//[::1]:")
        page = f"/setup?token={arrival.opened(desk)}"
        known = settings.public_url or here
        local = f"{here}{page}" if known != here else ""
        tell(*invitation(f"{known}{page}", local, again=not settings.nameless))
