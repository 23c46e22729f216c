"""`stagelock approve STAGE [FREIGHT]`: refused, because a token is no person."""

from __future__ import annotations

import argparse

from app.cli.asking import AskedServer, add_repository, repository
from app.cli.out import complain
from app.core.text.rights import people_alone


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Offer `approve`."""
    parser = subparsers.add_parser(
        "approve",
        help="say where a person approves: on GitHub",
        description="An approval is the recorded leave of a person, which a token is not: this "
        "says what to comment on GitHub instead. Exit code: 1, nothing was approved.",
    )
    parser.add_argument("stage", metavar="STAGE")
    parser.add_argument("freight", metavar="FREIGHT", nargs="?", help="[WAREHOUSE@]SHA")
    add_repository(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Carry out `approve`: the server would refuse it in the same words."""
    AskedServer.of_environment()
    words = ("/approve", args.stage, *([args.freight] if args.freight else ()))
    complain(f"stagelock approve: {people_alone(' '.join(words), repository(args.repo))}")
    return 1
