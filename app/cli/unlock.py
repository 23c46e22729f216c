"""`stagelock unlock GROUP`: give back what `stagelock lock GROUP` took, or take it away."""

from __future__ import annotations

import argparse

from app.cli.acting import say, tell_answer
from app.cli.asking import AskedServer, Refusal, add_format, answering, repository
from app.cli.named import full_name
from app.cli.out import complain, tell, tell_json
from app.core.model.organization_locks import HOME


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Offer `unlock`."""
    parser = subparsers.add_parser(
        "unlock",
        help="release a lock group",
        description="Release what `stagelock lock GROUP` without a command took. Asks the server "
        "of STAGELOCK_URL with the token in STAGELOCK_TOKEN (scope lock). With --force the lock is "
        "taken away from its holder, as by the comment `/unlock GROUP --force reason` (scope "
        "admin). Exit code: 1 this token holds nothing there, or it was refused.",
    )
    parser.add_argument("group", metavar="GROUP[#TOKEN]", help="TOKEN where several are held")
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--repo", type=full_name, metavar="OWNER/NAME", help="as for `status`")
    where.add_argument("--org", metavar="ORG", help="a group of the organisation")
    parser.add_argument("--force", metavar="REASON", help="take it away from its holder")
    add_format(parser)
    parser.set_defaults(run=answering(run))


def run(args: argparse.Namespace) -> int:
    """Carry out `unlock`."""
    return _give_back(args) if args.force is None else _take_away(args)


def _take_away(args: argparse.Namespace) -> int:
    server = AskedServer.of_environment()
    repo = f"{args.org}/{HOME}" if args.org else repository(args.repo)
    command = " ".join(("/unlock", args.group, "--force", *args.force.split()))
    try:
        said = say(server, repo, command)
    except Refusal as refusal:
        if refusal.status != 403:
            raise
        complain(f"stagelock unlock: {refusal.message} (STAGELOCK_TOKEN)")
        complain(
            "To do: use a token of scope admin, or ask somebody with maintain to comment "
            f"`{command}` in {repo}."
        )
        return 1
    tell_answer(said, args.format)
    return 0 if said["effective"] else 1


def _give_back(args: argparse.Namespace) -> int:
    server, scope = AskedServer.of_job_or_environment(), args.org or repository(args.repo)
    group, _, token = args.group.partition("#")
    place = server.get(f"/locks/{scope}/{group}")
    address = f"/locks/{place['scope']}/{group}/requests"
    mine = [
        holder
        for holder in place["holders"]
        if holder["kind"] in ("client", "job") and (not token or str(holder["token"]) == token)
        if _is_ours(server, f"{address}/{holder['id']}")
    ]
    if len(mine) > 1:
        names = " or ".join(f"{group}#{holder['token']}" for holder in mine)
        complain(f"stagelock unlock: several are held; name one: {names}")
        return 1
    if not mine:
        complain(f"stagelock unlock: this token holds nothing in {args.group}")
        return 1
    [holder] = mine
    said = server.ask("POST", f"{address}/{holder['id']}/release", {"token": holder["token"]})
    if args.format == "json":
        tell_json(said.value)
    else:
        tell(f"{group} is released: token {holder['token']}")
    return 0


def _is_ours(server: AskedServer, address: str) -> bool:
    try:
        server.get(address)
    except Refusal as refusal:
        if refusal.status != 404:
            raise
        return False
    return True
