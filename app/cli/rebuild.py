"""`stagelock rebuild`: make a lost database anew from what Git and GitHub still know."""

from __future__ import annotations

import argparse
import os
from collections import Counter
from collections.abc import Iterator, Sequence

from app import startup, wiring
from app.cli.named import full_name
from app.cli.out import complain, tell, tell_json
from app.core.model.group_names import spoken
from app.core.model.names import short
from app.core.rebuild import Restored
from app.engine.rebuild.rebuild import Outcome, RebuildReport
from app.settings import Settings

SHOWN = 5
"""Commits that were not believed, in text."""


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Offer `rebuild`."""
    parser = subparsers.add_parser(
        "rebuild",
        help="rebuild a lost database from Git and GitHub",
        description="Find out what was promoted where in every installation's repositories, adopt "
        "their check runs and pull requests, start fencing tokens above all that were seen, and "
        "put every automatic stage on hold until somebody comments /resume. Runs alone, on an "
        "empty database; repositories already in the database are not changed. Can be repeated. "
        "Exit code: 0 everything is rebuilt, 1 refused, 2 usage, 3 something could not be read.",
    )
    parser.add_argument("--repo", type=full_name, metavar="OWNER/NAME", help="this repository only")
    parser.add_argument("--format", choices=("text", "json"), default="text")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Carry out `rebuild`."""
    settings = Settings.load(os.environ)
    settings.require_github()
    redactor = wiring.set_up_logs(settings)
    reports: list[RebuildReport] = []
    try:
        with startup.rebuilding(settings, redactor) as rebuild:
            for report in rebuild.run(args.repo):
                reports.append(report)
                if args.format == "text":
                    tell(*lines(report))
    except startup.Busy:
        complain(
            "stagelock rebuild: a server or work process uses this database; stop "
            "`stagelock serve` and `stagelock work` first"
        )
        return 1
    if args.format == "json":
        tell_json([_as_json(report) for report in reports])
    elif reports:
        tell(_total(reports))
    return code_of(reports, args.repo)


def code_of(reports: Sequence[RebuildReport], only: str | None) -> int:
    """The exit code; why it is not 0 is said on standard error."""
    outcomes = {report.outcome for report in reports}
    if not reports:
        what = f"the App is not installed on {only}" if only else "the App is installed nowhere"
        complain(f"stagelock rebuild: {what}")
        return 1
    if "failed" in outcomes:
        return 3
    if "records" in outcomes:
        complain(
            "stagelock rebuild: only repositories that are not in the database are rebuilt; to "
            "rebuild the others, start with an empty database"
        )
        return 1
    return 0


def lines(report: RebuildReport) -> Iterator[str]:
    """What was found in one repository, for people."""
    if report.made is None:
        word = "not rebuilt, " * (report.outcome == "failed")
        yield f"{report.name}: {word}{report.why}"
        return
    made = report.made
    stages = Counter(promotion.stage for promotion in made.promotions)
    each = f" ({', '.join(f'{name} {count}' for name, count in stages.items())})" if stages else ""
    yield f"{report.name}: rebuilt"
    freights = _counted(len(made.freights), "freight")
    yield f"  {freights}, {_counted(stages.total(), 'promotion')}{each}"
    for promotion in made.promotions:
        if not promotion.ended:
            where = f" as #{promotion.pull}" if promotion.pull is not None else ""
            freight, stage = promotion.freight.short, promotion.stage
            yield f"  under way: {freight} to {stage}, {promotion.state}{where}"
    yield from _locks(made)
    yield (
        f"  {_counted(len(made.runs), 'check run')} adopted, "
        f"{_counted(len(made.answered), 'answered comment')} known"
    )
    if made.holds:
        yield f"  on hold until /resume: {', '.join(hold.stage for hold in made.holds)}"
    if report.doubted:
        more = f" and {len(report.doubted) - SHOWN} more" if len(report.doubted) > SHOWN else ""
        names = ", ".join(short(sha) for sha in report.doubted[:SHOWN])
        yield f"  ignored, because no check run or signature of this App is on them: {names}{more}"


def _locks(made: Restored) -> Iterator[str]:
    for request in made.requests:
        groups = ", ".join(map(spoken, request.groups))
        yield f"  lock {groups}: suspect for {request.stage} until its checks are known"
    for group, token in _unknown(made):
        yield (
            f"  lock {group}: blocked, since nobody knows who held it; once they are done: "
            f"/unlock {group}#{token} --force database lost"
        )
    for group, token in made.counters.items():
        yield f"  lock {spoken(group)}: tokens continue above {token}"
    for use in made.outside:
        yield (
            f"  lock service {use}: what was held there before is unknown; requests wait "
            "until that lock expires or somebody frees it there"
        )


def _as_json(report: RebuildReport) -> dict[str, object]:
    made = report.made
    document: dict[str, object] = {
        "repository": report.name,
        "outcome": report.outcome,
        "why": report.why,
        "doubted": list(report.doubted),
    }
    return document | (_made(made) if made else {})


def _made(made: Restored) -> dict[str, object]:
    return {
        "freights": [str(freight.id) for freight in made.freights],
        "promotions": [
            {
                "id": promotion.id,
                "stage": promotion.stage,
                "freight": str(promotion.freight),
                "state": promotion.state,
                "landed": promotion.landed,
                "pull": promotion.pull,
            }
            for promotion in made.promotions
        ],
        "locks": [
            {"groups": list(r.groups), "stage": r.stage, "state": r.state, "tokens": dict(r.tokens)}
            for r in made.requests
        ],
        "unknown": [{"group": group, "token": token} for group, token in _unknown(made)],
        "counters": dict(made.counters),
        "outside": list(map(str, made.outside)),
        "runs": len(made.runs),
        "answered": len(made.answered),
        "holds": [hold.stage for hold in made.holds],
    }


def _unknown(made: Restored) -> Iterator[tuple[str, int]]:
    """Each group that an unknown holder has, as people name it, and the token of that grant."""
    for request in made.unknown:
        for group, token in request.tokens.items():
            yield spoken(group), token


def _total(reports: Sequence[RebuildReport]) -> str:
    words: dict[Outcome, str] = {
        "rebuilt": "rebuilt",
        "earlier": "rebuilt earlier",
        "nothing": "without a pipeline",
        "records": "left alone",
        "failed": "failed",
    }
    counts = Counter(report.outcome for report in reports)
    each = ", ".join(f"{counts[key]} {word}" for key, word in words.items() if counts[key])
    return f"{_counted(len(reports), 'repository', 'repositories')}: {each}"


def _counted(number: int, singular: str, many: str = "") -> str:
    return f"{number} {singular}" if number == 1 else f"{number} {many or singular + 's'}"
