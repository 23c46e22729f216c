"""`stagelock lock GROUP -- COMMAND...`: hold a lock group while a command runs."""

from __future__ import annotations

import argparse
import os
import re
from datetime import timedelta

from app import wiring
from app.cli.asking import AskedServer, add_format, answering, repository
from app.cli.lock_request import Place, Request
from app.cli.lock_signals import Interrupted, Signals
from app.cli.named import full_name
from app.cli.out import complain, tell, tell_json
from app.cli.under_lock import run_under
from app.core.model.durations import DURATION, span
from app.settings import SettingsError

FENCE, PERMIT, HELD = "STAGELOCK_FENCE", "STAGELOCK_PERMIT", "STAGELOCK_HELD"
"""
What COMMAND is told: the fencing token, the permit, and every lock that it runs under, by token:
``OWNER/NAME/GROUP=TOKEN``, the outermost first, with commas between.
"""
LEAST = timedelta(seconds=10)
_TOKEN = re.compile(r"(?:[a-z0-9._-]{1,63}=)?[0-9]{1,18}")


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Offer `lock`."""
    parser = subparsers.add_parser(
        "lock",
        help="hold a lock group while a command runs",
        usage="stagelock lock GROUP [options] [-- COMMAND...]",
        description="Wait in the group's queue, run COMMAND while the group is held, and give it "
        "back; without COMMAND only take it. Asks the server of STAGELOCK_URL with the token in "
        "STAGELOCK_TOKEN (scope lock), else as the Actions job that it runs in. Exit code: "
        "COMMAND's own; 1 not granted in time, or taken away; 3 the server cannot be reached, or "
        "does not accept the token; 130 interrupted while it waits, 143 by SIGTERM.",
    )
    parser.add_argument("group", metavar="GROUP")
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--repo", type=full_name, metavar="OWNER/NAME", help="as for `status`")
    where.add_argument("--org", metavar="ORG", help="a group of the organisation")
    parser.add_argument(
        "--ttl", type=_ttl, metavar="D", help="default: the group's (60s, or its `max-hold`)"
    )
    parser.add_argument("--max-wait", type=_length, metavar="D", help="default: for ever")
    parser.add_argument("--reason", default="", metavar="R", help="shown to who waits")
    parser.add_argument(
        "--join", type=_join, metavar="TOKEN", help="share the grant that has this token"
    )
    add_format(parser)
    parser.set_defaults(run=answering(run), command=())


def run(args: argparse.Namespace) -> int:
    """Carry out `lock`."""
    if args.command and args.format != "text":
        raise SettingsError(("--format json is for `stagelock lock GROUP` without a COMMAND",))
    server = AskedServer.of_job_or_environment()
    scope = args.org or repository(args.repo)
    place = Place(scope, args.group)
    request = Request(
        server, place, wiring.fresh_name(), args.ttl, args.reason, _joined(args.join, place)
    )
    with Signals().heard() as signals:
        return _held(args, request, signals)


def _held(args: argparse.Namespace, request: Request, signals: Signals) -> int:
    try:
        granted = request.granted(args.max_wait, signals)
    except Interrupted as interrupted:
        request.leave(signals)
        return interrupted.exit_code
    if not granted:
        request.leave(signals)
        complain(f"stagelock lock: {args.group} was not granted in time")
        return 1
    if not args.command and args.format == "json":
        tell_json(request.said)
        return 0
    if not args.command:
        tell(
            f"{args.group} is held: token {request.token}, until {request.expires_at or 'its end'}"
        )
        return 0
    locks = [*filter(None, os.environ.get(HELD, "").split(",")), f"{request.place}={request.token}"]
    held = {FENCE: str(request.token), PERMIT: request.permit, HELD: ",".join(locks)}
    return run_under(request, list(args.command), {**os.environ, **held}, signals)


def _joined(given: str | None, place: Place) -> int | None:
    """
    The token to join by: what is *given*, else that of the innermost lock on *place* that we run
    in, else what FENCE says of the group. SettingsError where that is no token.

    A number alone in FENCE is the innermost lock's: of *place* only where nothing says otherwise.
    """
    if given is not None:
        return _of_group(given, place.group)
    locks = [lock.rpartition("=") for lock in os.environ.get(HELD, "").split(",")]
    for name, _, token in reversed(locks):
        if name.casefold() == str(place).casefold() and token.isdigit():
            return int(token)
    fence = os.environ.get(FENCE, "")
    if not fence:
        return None
    if not _are_tokens(fence):
        raise SettingsError((f"{FENCE}: {fence!r} is no fencing token, nor GROUP=TOKEN",))
    return None if fence.isdigit() and HELD in os.environ else _of_group(fence, place.group)


def _of_group(text: str, name: str) -> int | None:
    """The token in *text* that stands alone, or with that group's name."""
    for part in text.split(","):
        group, _, token = part.strip().rpartition("=")
        if group in {"", name} and token:
            return int(token)
    return None


def _are_tokens(text: str) -> bool:
    return all(_TOKEN.fullmatch(part.strip()) for part in text.split(","))


def _join(text: str) -> str:
    if not _are_tokens(text):
        raise argparse.ArgumentTypeError(f"{text!r}: a fencing token, or GROUP=TOKEN")
    return text


def _ttl(text: str) -> timedelta:
    length = _length(text)
    if length < LEAST:
        raise argparse.ArgumentTypeError(f"{text!r}: at least 10s")
    return length


def _length(text: str) -> timedelta:
    if not re.fullmatch(DURATION, text):
        raise argparse.ArgumentTypeError(f"{text!r}: a duration such as 90s or 10m")
    return span(text[:-1], text[-1])
