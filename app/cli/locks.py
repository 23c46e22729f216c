"""`stagelock locks`: every lock group, who holds it, and who waits."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from app.cli.asking import AskedServer, Refusal, add_format, answering
from app.cli.holders import who_else
from app.cli.named import full_name
from app.cli.out import tell, tell_json
from app.core.text.freeing import nobody_works
from app.core.text.markup import listed, moment

Group = Mapping[str, Any]


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Offer `locks`."""
    parser = subparsers.add_parser(
        "locks",
        help="show every lock group, who holds it, and who waits",
        description="Ask the server of STAGELOCK_URL, with the token in STAGELOCK_TOKEN (scope "
        "read), for its lock groups.",
    )
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--repo", type=full_name, metavar="OWNER/NAME", help="of that one alone")
    where.add_argument("--org", metavar="ORG", help="those of that organisation alone")
    add_format(parser)
    parser.set_defaults(run=answering(run))


def run(args: argparse.Namespace) -> int:
    """Carry out `locks`."""
    server = AskedServer.of_environment()
    groups: list[Group] = server.get("/locks")["locks"]
    if args.repo:
        number = server.get(f"/repos/{args.repo}/pipeline")["repository_id"]
        groups = [group for group in groups if group["scope"] == f"repo-{number}"]
    if args.org:
        groups = _of_organization(server, args.org, groups)
    if args.format == "json":
        tell_json({"locks": groups})
    else:
        told = [text for group in groups for text in (line(group), *to_do(group))]
        tell(*(told or ("there are no lock groups",)))
    return 0


def _of_organization(server: AskedServer, name: str, groups: Iterable[Group]) -> list[Group]:
    """Those of *groups* that are the organisation's: its number is told for one of them."""
    shared = [group for group in groups if group["scope"].startswith("org-")]
    for group in dict.fromkeys(group["group"] for group in shared):
        try:
            scope = server.get(f"/locks/{name}/{group}")["scope"]
        except Refusal as refusal:
            if refusal.status != 404:
                raise
            continue
        return [group for group in shared if group["scope"] == scope]
    return []


def line(group: Group) -> str:
    """One group: ``e2e-env (repo-42): held by acme/shop e2e since ..., token 17; 2 wait: ...``."""
    held, queue, permits = group["holders"], group["queue"], group["permits"]
    scope = group["scope"]
    number = permits if isinstance(permits, int) else len(permits)
    state = f"held by {listed(described(holder, scope) for holder in held)}" if held else "free"
    taken = f" ({number - group['free']} of {number} taken)" if number != 1 else ""
    waits = (
        f"; {len(queue)} wait: {listed(who(request, scope) for request in queue)}" if queue else ""
    )
    return f"{group['group']} ({scope}): {state}{taken}{waits}"


def to_do(group: Group) -> Iterator[str]:
    """What people do about its holders that do not end by themselves, a line each."""
    for holder in group["holders"]:
        if holder["state"] in ("suspect", "overdue") and holder["token"] is not None:
            name = who(holder, group["scope"])
            when = (
                nobody_works()
                if holder["kind"] == "unknown"
                else f"{name} is done"
                if holder["state"] == "overdue"
                else f"the job of {name} has ended"
            )
            force = f"stagelock unlock {group['group']}#{holder['token']} --force REASON"
            yield f"  To do: once {when}, a maintainer releases it: {force}"


def described(holder: Group, scope: str) -> str:
    """A holder of a group of *scope*: who, since when, with which token."""
    stuck = f", {holder['state']}" if holder["state"] != "held" else ""
    token = f", token {holder['token']}" if holder["token"] is not None else ""
    since = moment(datetime.fromisoformat(holder["since"]))
    return f"{who(holder, scope)} since {since}{token}{stuck}"


def who(holder: Group, scope: str) -> str:
    """Its repository and name, and what it is where that is no stage."""
    kind = f" ({holder['kind']})" if holder["kind"] not in ("stage", "unknown") else ""
    return f"{who_else(holder, scope)}{kind}"
