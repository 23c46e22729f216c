"""`stagelock events`: the audit, from the database or from a server."""

from __future__ import annotations

import argparse
import json
import os
import re
from collections.abc import Mapping
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

from app import wiring
from app.cli.asking import AskedServer, Refusal, answering
from app.cli.out import complain, tell, tell_json
from app.core.model.durations import DURATION, span
from app.core.text.sinks import terminal
from app.errors import Rejected
from app.ports.audit import shown
from app.settings import Settings

_ID = re.compile(r"[a-z2-7]{8}")
_COLUMNS = ("repository_id", "kind")


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Offer `events`."""
    parser = subparsers.add_parser(
        "events",
        help="show the audit: what was done, and what people asked for",
        description="Show the entry that the id at the end of a message opens, or the newest "
        "entries. Reads the database of STAGELOCK_DATABASE_URL, or asks the server of "
        "STAGELOCK_URL with the token in STAGELOCK_TOKEN. Exit code: 0 shown, also where "
        "there are no entries yet; 1 no entry has the ID.",
    )
    parser.add_argument("id", nargs="?", metavar="ID", type=_event, help="eight characters")
    parser.add_argument("--repo", default="", metavar="REPO", help="owner/name, or its number")
    parser.add_argument(
        "--since", type=_since, metavar="WHEN", help="30m, 12h, 7d, or 2026-11-23T14:02:00Z"
    )
    parser.add_argument("--limit", type=_limit, default=100, metavar="N", help="default: 100")
    parser.add_argument("--format", choices=("text", "json"), default="text")
    parser.set_defaults(run=answering(run))


def run(args: argparse.Namespace) -> int:
    """Carry out `events`."""
    settings = Settings.load(os.environ)
    wiring.set_up_logs(settings)
    entries = _of_server(args) if settings.url else _of_database(settings, args)
    if args.format == "json":
        tell_json(entries)
    elif entries:
        tell(*(_line(entry) for entry in reversed(entries)))
    elif not args.id:
        tell(_none(args))
    if args.id and not entries:
        complain(f"stagelock events: there is no entry {args.id}")
        return 1
    return 0


def _none(args: argparse.Namespace) -> str:
    if args.repo or args.since:
        return (
            "no entries of that repository and time: without --repo and --since there may be some"
        )
    return "no entries yet: nothing was done, and nobody has asked for anything"


def _of_database(settings: Settings, args: argparse.Namespace) -> list[dict[str, Any]]:
    file = settings.sqlite_file()
    if file is not None and not file.exists():
        raise Rejected(f"there is no database {file}: set STAGELOCK_DATABASE_URL or STAGELOCK_URL")
    with closing(wiring.reached(settings, wiring.open_store(settings))) as store:
        if why_not := store.ready():
            raise Rejected(why_not)
        if args.id:
            return [shown(entry) for entry in store.audit.find(args.id)]
        entries = store.audit.newest(repo=args.repo, since=_moment(args.since), most=args.limit)
        return [shown(entry) for entry in entries]


def _of_server(args: argparse.Namespace) -> list[dict[str, Any]]:
    server, since = AskedServer.of_environment(), _moment(args.since)
    if args.id:
        try:
            return list(server.get(f"/events/{args.id}"))
        except Refusal as refusal:
            if refusal.status != 404:
                raise
            return []
    moment = since.isoformat() if since else None
    return list(server.get("/events", repo=args.repo or None, since=moment, limit=args.limit))


def _line(entry: Mapping[str, Any]) -> str:
    kept = entry["detail"]
    where = entry["repository"] or kept["repository_id"]
    rest = " ".join(
        f"{key}={_words(value)}"
        for key, value in kept.items()
        if key not in _COLUMNS and value is not None
    )
    return f"{entry['at']}  {entry['id']}  {where}  {kept.get('kind', '-')}  {rest}".rstrip()


def _words(value: object) -> str:
    """One word, or quoted: other people's text must not look like our columns."""
    if isinstance(value, str):
        return value if re.fullmatch(r"[A-Za-z0-9_./@:+-]+", value) else _quoted(value[:2000])
    return _quoted(value)


def _quoted(value: object) -> str:
    return terminal(json.dumps(value, ensure_ascii=False))


def _moment(since: datetime | timedelta | None) -> datetime | None:
    return wiring.clock() - since if isinstance(since, timedelta) else since


def _event(text: str) -> str:
    if not _ID.fullmatch(text.lower()):
        raise argparse.ArgumentTypeError(f"{text!r} is no event id: eight characters a-z, 2-7")
    return text.lower()


def _since(text: str) -> datetime | timedelta:
    if re.fullmatch(DURATION, text):
        return span(text[:-1], text[-1])
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        message = f"{text!r} is neither a length such as 12h nor a time such as 2026-11-23T14:02Z"
        raise argparse.ArgumentTypeError(message) from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _limit(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 0 < int(text) <= 1000):
        raise argparse.ArgumentTypeError(f"{text!r}: a number from 1 to 1000")
    return int(text)
