"""`stagelock why STAGE`: every gate, since when, and when it is looked at next."""

from __future__ import annotations

import argparse

from app.cli.asking import AskedServer, add_format, add_repository, answering, repository
from app.cli.out import tell, tell_json


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Offer `why`."""
    parser = subparsers.add_parser(
        "why",
        help="explain what a stage is waiting for",
        description="Ask the server of STAGELOCK_URL, with the token in STAGELOCK_TOKEN (scope "
        "read), why freight is where it is in a stage: every gate, and when it is checked again.",
    )
    parser.add_argument("stage", metavar="STAGE")
    parser.add_argument("freight", metavar="FREIGHT", nargs="?", help="[WAREHOUSE@]SHA")
    add_repository(parser)
    add_format(parser)
    parser.set_defaults(run=answering(run))


def run(args: argparse.Namespace) -> int:
    """Carry out `why`."""
    server, repo = AskedServer.of_environment(), repository(args.repo)
    told = server.get(f"/repos/{repo}/stages/{args.stage}/why", freight=args.freight)
    if args.format == "json":
        tell_json(told)
        return 0
    hold = told["hold"]
    by = f" by {hold['by']}" if hold and hold["by"] else ""
    held = (f"on hold{by}: {hold['reason']}",) if hold else ()
    tell(*told["waits"], *told["explained"], *held)
    return 0
