"""`stagelock sandbox`: the whole App on this machine, against a stand-in for GitHub."""

from __future__ import annotations

import argparse
import signal
import sys
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from app.errors import OutsideError

if TYPE_CHECKING:
    from app.sandbox.server import Sandbox

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
        "leaves the machine. It plays a short story, then serves until Ctrl-C.",
    )
    parser.add_argument("--repo", metavar="DIR", help="rehearse a clone of yours, not the demo")
    parser.add_argument("--port", type=int, default=0, metavar="N", help="default: any free one")
    parser.add_argument("--once", action="store_true", help="end when the story has ended")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """0: every step of the story was seen; 1: one was not; 2: no such repository, port taken."""
    from app.sandbox.launch import app_beside  # noqa: PLC0415  Flask and pygit2 are slow to import
    from app.sandbox.server import Sandbox  # noqa: PLC0415

    with tempfile.TemporaryDirectory(prefix="stagelock-sandbox-") as name:
        folder = Path(name)
        try:
            sandbox = Sandbox(folder / "github", port=args.port).start()
        except OSError as error:
            return _usage(f"port {args.port} cannot be used: {error.strerror}")
        try:
            with app_beside(sandbox, folder / "app"):
                return _play(args, sandbox)
        except OutsideError as error:
            sys.stderr.write(f"stagelock sandbox: {error.message}\n")
            return 3
        finally:
            sandbox.stop()


def _play(args: argparse.Namespace, sandbox: Sandbox) -> int:
    from app.sandbox.rehearsal import rehearse  # noqa: PLC0415
    from app.sandbox.story import Story, StoryError, Teller  # noqa: PLC0415

    teller = Teller(sys.stdout, sandbox.url, colour=sys.stdout.isatty())
    teller.heading(f"Stagelock sandbox: {sandbox.url}")
    try:
        if args.repo is not None:
            rehearse(sandbox.world, teller, Path(args.repo))
        else:
            story = Story(sandbox.world, teller)
            story.declare_checks()
            story.settle(next(folder for folder in DEMOS if folder.is_dir()))
            story.tell()
    except StoryError as error:
        sys.stderr.write(f"stagelock sandbox: {error}\n")
        return 1
    except FileNotFoundError as error:
        return _usage(str(error))
    if args.once:
        return 0
    teller.heading(f"Look around: {sandbox.url}   (Ctrl-C ends)")
    _serve_until_ended()
    return 0


def _serve_until_ended() -> None:
    ended = threading.Event()
    signal.signal(signal.SIGTERM, lambda _number, _frame: ended.set())
    while not ended.wait(3600):
        continue


def _usage(message: str) -> int:
    sys.stderr.write(f"stagelock sandbox: {message}\n")
    return 2
