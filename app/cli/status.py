"""`stagelock status`: where every stage of a repository is, and who holds its locks."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from typing import Any

from app.cli.asking import AskedServer, Refusal, add_format, add_repository, answering, repository
from app.cli.locks import line
from app.cli.out import tell, tell_json

Row = tuple[str, str, str]


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Offer `status`."""
    parser = subparsers.add_parser(
        "status",
        help="show what every stage holds and what is on its way",
        description="Ask the server of STAGELOCK_URL, with the token in STAGELOCK_TOKEN (scope "
        "read), what each stage holds, what is on its way to it, and who holds the locks.",
    )
    add_repository(parser)
    add_format(parser)
    parser.set_defaults(run=answering(run))


def run(args: argparse.Namespace) -> int:
    """Carry out `status`."""
    server, repo = AskedServer.of_environment(), repository(args.repo)
    told = server.get(f"/repos/{repo}/pipeline")
    if args.format == "json":
        tell_json(told)
        return 0
    tell(
        told["repository"],
        *table([("stage", "holds", "on its way"), *map(_row, told["stages"])]),
        *(warehouse["waits"] for warehouse in told["warehouses"] if warehouse["waits"]),
        *(_lock(server, told, lock) for lock in told["locks"]),
    )
    return 0


def _lock(server: AskedServer, told: Mapping[str, Any], lock: Mapping[str, Any]) -> str:
    """A group that the file names; the organisation's may be undefined there now."""
    # What a server of the version before wrote has no scope until its next look.
    scope = lock.get("scope", f"repo-{told['repository_id']}")
    place = f"{scope}/{lock['group']}"
    try:
        return f"lock {line(server.get(f'/locks/{place}'))}"
    except Refusal as refusal:
        if refusal.status != 404:
            raise
        return f"lock {lock['group']} ({scope}): not defined now; see `stagelock / config`"


def table(rows: Sequence[Row]) -> Sequence[str]:
    """*rows* in columns."""
    first, second = (max(len(row[column]) for row in rows) for column in (0, 1))
    return [f"{row[0]:<{first}}  {row[1]:<{second}}  {row[2]}".rstrip() for row in rows]


def _row(stage: Mapping[str, Any]) -> Row:
    current, coming, hold = stage["current"], stage["next"], stage["hold"]
    holds = f"{short(current['freight'])}, {current['state']}" if current else "nothing yet"
    comes = f"{short(coming['freight'])}: {coming['title']}" if coming else ""
    if hold:
        comes = f"{comes} [on hold: {hold['reason']}]".strip()
    return stage["name"], holds, comes


def short(freight: str) -> str:
    """``web 4f2a91c``."""
    warehouse, _, sha = freight.partition("@")
    return f"{warehouse} {sha[:7]}"
