"""`stagelock unlock GROUP`: give back what was taken by `stagelock lock GROUP`."""

from __future__ import annotations

import argparse

from app.cli.asking import Refusal, Server, answering, repository
from app.cli.named import full_name
from app.cli.out import complain, tell


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Offer `unlock`."""
    parser = subparsers.add_parser(
        "unlock",
        help="give a lock group back",
        description="Give back what `stagelock lock GROUP` without a command took. Asks the "
        "server of STAGELOCK_URL with the token in STAGELOCK_TOKEN (scope lock). Exit code: 1 "
        "nothing of this token is held there.",
    )
    parser.add_argument("group", metavar="GROUP[#TOKEN]", help="TOKEN where several are held")
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--repo", type=full_name, metavar="OWNER/NAME", help="as for `status`")
    where.add_argument("--org", metavar="ORG", help="a group of the organisation")
    parser.set_defaults(run=answering(run))


def run(args: argparse.Namespace) -> int:
    """Carry out `unlock`."""
    server, scope = Server.of_environment(), args.org or repository(args.repo)
    group, _, token = args.group.partition("#")
    found = server.get(f"/locks/{scope}/{group}")
    address = f"/locks/{found['scope']}/{group}/requests"
    mine = [
        holder
        for holder in found["holders"]
        if holder["kind"] == "client" and (not token or str(holder["token"]) == token)
        if _is_ours(server, f"{address}/{holder['id']}")
    ]
    if len(mine) > 1:
        names = " or ".join(f"{group}#{holder['token']}" for holder in mine)
        complain(f"stagelock unlock: several are held; say which: {names}")
        return 1
    if not mine:
        complain(f"stagelock unlock: nothing of this token is held in {args.group}")
        return 1
    [holder] = mine
    server.ask("POST", f"{address}/{holder['id']}/release", {"token": holder["token"]})
    tell(f"{group} is given back: token {holder['token']}")
    return 0


def _is_ours(server: Server, address: str) -> bool:
    try:
        server.get(address)
    except Refusal as refusal:
        if refusal.status != 404:
            raise
        return False
    return True
