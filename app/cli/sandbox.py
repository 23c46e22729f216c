"""`stagelock sandbox`: the whole App on this machine, against a stand-in for GitHub."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from app.cli.out import complain
from app.errors import OutsideError

if TYPE_CHECKING:
    from app.sandbox.demo.narration import Teller
    from app.sandbox.demo.watching import Watch
    from app.sandbox.serve.server import Sandbox

MOST_OF_PORTS = 65535
DEMOS = (
    Path(__file__).resolve().parents[2] / "manifests" / "demo",  # a checkout
    Path(sys.prefix) / "share" / "stagelock" / "demo",  # installed by pip
)


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Offer `sandbox`."""
    parser = subparsers.add_parser(
        "sandbox",
        help="run everything on this machine, against a stand-in for GitHub",
        description="Run the whole App on this machine against a stand-in for GitHub: real Git "
        "over HTTP, signed webhooks, check runs, pull requests and comments on a page. Nothing "
        "leaves the machine. It plays a short story (with --repo: your pipeline, with its checks "
        "played), then serves until Ctrl-C.",
    )
    parser.add_argument("--repo", metavar="DIR", help="rehearse a clone of yours, not the demo")
    parser.add_argument("--port", type=port, default=0, metavar="N", help="default: any free one")
    parser.add_argument("--once", action="store_true", help="end when all is at rest")
    parser.set_defaults(run=run)


def port(text: str) -> int:
    """A number that a port can have; 0: any free one."""
    if not text.isascii() or not text.isdecimal() or int(text[:6]) > MOST_OF_PORTS:
        raise argparse.ArgumentTypeError(f"{text} is no port: 0 to {MOST_OF_PORTS}")
    return int(text)


def run(args: argparse.Namespace) -> int:
    """0: every step of the story was seen; 1: one was not; 2: no such repository, port taken."""
    from app.sandbox.demo import rehearsal  # noqa: PLC0415  Flask and pygit2 are slow to import
    from app.sandbox.demo.launch import app_beside  # noqa: PLC0415
    from app.sandbox.serve.server import Sandbox  # noqa: PLC0415

    try:
        if args.repo:
            rehearsal.branch_of(Path(args.repo))
    except FileNotFoundError as error:
        return _usage(str(error))
    with tempfile.TemporaryDirectory(prefix="stagelock-sandbox-") as name:
        folder = Path(name)
        try:
            sandbox = Sandbox(folder / "github", port=args.port).start()
        except OSError as error:
            return _usage(f"port {args.port} cannot be used: {os.strerror(error.errno or 0)}")
        try:
            with app_beside(sandbox, folder / "app"):
                return _play(args, sandbox)
        except OutsideError as error:
            complain(f"stagelock sandbox: {error.message}")
            return 3
        finally:
            sandbox.stop()


def _play(args: argparse.Namespace, sandbox: Sandbox) -> int:
    from app.sandbox.demo.narration import StoryError, Teller  # noqa: PLC0415

    sandbox.hub.names_suffice = True
    teller = Teller(sys.stdout, sandbox.url, colour=sys.stdout.isatty())
    teller.heading(f"Stagelock sandbox: {sandbox.url}")
    try:
        return _rehearse(args, sandbox, teller) if args.repo else _demo(args, sandbox, teller)
    except StoryError as error:
        complain(f"stagelock sandbox: {error}")
        return 1


def _demo(args: argparse.Namespace, sandbox: Sandbox, teller: Teller) -> int:
    from app.sandbox.demo.narration import REPO  # noqa: PLC0415
    from app.sandbox.demo.second_act import Trouble  # noqa: PLC0415
    from app.sandbox.demo.story import Story  # noqa: PLC0415
    from app.sandbox.demo.watching import Watch  # noqa: PLC0415

    told = Story(sandbox.world, teller)
    told.declare_checks()
    told.settle(next(folder for folder in DEMOS if folder.is_dir()))
    told.tell()
    Trouble(sandbox.world, teller).tell()
    if not args.once:
        _serve(Watch(sandbox.world, teller, REPO), teller)
    return 0


def _rehearse(args: argparse.Namespace, sandbox: Sandbox, teller: Teller) -> int:
    from app.sandbox.demo import rehearsal  # noqa: PLC0415
    from app.sandbox.demo.narration import StoryError  # noqa: PLC0415
    from app.sandbox.demo.watching import MOST_SECONDS, Watch  # noqa: PLC0415

    rehearsal.rehearse(sandbox.world, teller, Path(args.repo))
    watch = Watch(sandbox.world, teller, rehearsal.REPO)
    if not args.once:
        _serve(watch, teller)
        return 0
    if not watch.until_rest():
        raise StoryError(f"it did not come to rest within {MOST_SECONDS / 60:.0f} minutes")
    teller.heading("At rest, or waiting for a person")
    watch.standing()
    return 0


def _serve(watch: Watch, teller: Teller) -> None:
    """Tell what happens until Ctrl-C or SIGTERM."""
    teller.heading(f"Look around: {teller.url}   (Ctrl-C ends)")
    ended = threading.Event()
    signal.signal(signal.SIGTERM, lambda _number, _frame: ended.set())
    watch.follow(ended)


def _usage(message: str) -> int:
    complain(f"stagelock sandbox: {message}")
    return 2
