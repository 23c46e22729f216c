"""The commands that act through a server: said in its queue, as they are typed in a comment."""

from __future__ import annotations

import argparse
from typing import Any

from app import wiring
from app.cli.asking import AskedServer, add_format, add_repository, answering, repository
from app.cli.out import complain, tell, tell_json
from app.errors import Transient

WAIT = 50
"""Seconds that one question waits for the answer."""
QUESTIONS = 4


def offer(
    subparsers: argparse._SubParsersAction[argparse.ArgumentParser], verb: str, about: str
) -> argparse.ArgumentParser:
    """Offer *verb*, which is *about* a stage; its line is made of the arguments."""
    parser = subparsers.add_parser(
        verb,
        help=about,
        description=f"{about[0].upper()}{about[1:]}, as the comment `/{verb}` does. Asks the "
        "server of STAGELOCK_URL with the token in STAGELOCK_TOKEN (scope promote), whose name is "
        "said to have done it. Exit code: 0 it took effect, 1 it did not.",
    )
    parser.add_argument("stage", metavar="STAGE")
    add_repository(parser)
    add_format(parser)
    parser.set_defaults(run=answering(run), verb=verb, freight=None, until=None, reason=())
    return parser


def run(args: argparse.Namespace) -> int:
    """Say the command, and wait for what becomes of it."""
    said = say(AskedServer.of_environment(), repository(args.repo), line(args))
    tell_answer(said, args.format)
    return 0 if said["effective"] else 1


def say(server: AskedServer, repo: str, command: str) -> Any:
    """What became of *command*; Transient where nobody looks at *repo*."""
    body = {"key": wiring.fresh_name(), "command": command}
    for _ in range(QUESTIONS):
        path = f"/repos/{repo}/commands"
        said = server.ask("POST", path, body, query={"wait": WAIT}, patience=WAIT + 20.0).value
        if said["state"] == "done":
            return said
    raise Transient(f"{server.url} has it, and has not looked at {repo} yet")


def tell_answer(said: Any, form: str) -> None:
    """As JSON; or for people: what took effect to standard output, a refusal to standard error."""
    if form == "json":
        tell_json(said)
        return
    out = tell if said["effective"] else complain
    out(*(line for line in str(said["answer"]).splitlines() if line))


def line(args: argparse.Namespace) -> str:
    """What would be typed in a comment."""
    until = f"until {args.until}" if args.until else ""
    to = "to" if args.verb == "rollback" and args.freight else ""
    words = (f"/{args.verb}", args.stage, to, args.freight or "", until, *args.reason)
    return " ".join(word for word in words if word)
