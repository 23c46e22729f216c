"""`stagelock doctor`: what stands between this server and its work, a line for each thing."""

from __future__ import annotations

import argparse
import os
from dataclasses import asdict

from app.cli import hooks_seen
from app.cli.asking import DOCTOR, AskedServer, answering
from app.cli.examined import lines
from app.cli.out import tell, tell_json
from app.doctor.told import Line

STATES = {"ok": "ok", "todo": "to do", "unknown": "not known"}
PATIENCE = 120.0
"""Seconds that a server has: it asks GitHub much."""


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Offer `doctor`."""
    parser = subparsers.add_parser(
        "doctor",
        help="tell what stands between this server and its work",
        description="Look at the server whose settings are in the environment, and at what GitHub "
        "says of it: a line each, fine, or what to do, or why it cannot be known. Changes nothing. "
        "With STAGELOCK_URL it asks that server, with a token of scope admin in STAGELOCK_TOKEN. "
        "With --repo it looks, on the Git host itself, at the pre-receive hook alone. "
        "Exit code: 0 nothing to do, 1 something.",
    )
    parser.add_argument(
        "--repo",
        metavar="GIT_DIR",
        action="append",
        default=[],
        help="a repository on this machine: is the hook installed there, and in which version? "
        "(may be given several times; no setting of a server is needed)",
    )
    parser.add_argument("--format", choices=("text", "json"), default="text")
    parser.set_defaults(run=answering(run))


def run(args: argparse.Namespace) -> int:
    """Carry out `doctor`."""
    lines = _found(args.repo)
    if args.format == "json":
        tell_json([asdict(line) for line in lines])
    else:
        width = max(len(line.name) for line in lines)
        tell(*(_line(line, width) for line in lines))
    return 1 if any(line.state == "todo" for line in lines) else 0


def _found(repositories: list[str]) -> list[Line]:
    if repositories:
        return hooks_seen.lines(repositories)
    return _of_server() if os.environ.get("STAGELOCK_URL") else lines(os.environ)


def _of_server() -> list[Line]:
    said = AskedServer.of_environment().ask("GET", DOCTOR, patience=PATIENCE).value
    return [Line(line["name"], line["state"], line["said"], line["do"]) for line in said]


def _line(line: Line, width: int) -> str:
    do = f". To do: {line.do}" if line.state == "todo" else ""
    return f"{STATES[line.state]:<9}  {line.name:<{width}}  {line.said}{do}"
