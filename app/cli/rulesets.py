"""`stagelock rulesets`: the rulesets that protect a pipeline on github.com, printed or made."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from app import wiring
from app.cli.lint import line
from app.cli.named import full_name
from app.cli.out import complain, tell, tell_json
from app.cli.source import FILE, FileSource, SourceError, read_source
from app.core.config import parse
from app.core.model.pipeline import Pipeline
from app.core.protection.rulesets import Protection, Ruleset, protection
from app.core.text.rulesets import gaps
from app.errors import Denied, Missing, Rejected
from app.settings import Secret, Settings

if TYPE_CHECKING:
    from app.github.rulesets import Rulesets

_TOKENS = ("GH_TOKEN", "GITHUB_TOKEN")


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Offer `rulesets`."""
    parser = subparsers.add_parser(
        "rulesets",
        help="print or create the rulesets that protect a pipeline on github.com",
        description="Print the rulesets by which only the App can write what promotions write, as "
        "far as github.com allows, and what they leave open. With --apply, create them: needs the "
        "token of an administrator of the repository in GH_TOKEN. "
        "Exit code: 0 done, 1 refused or the file is not valid, 2 there is no file or no token.",
    )
    parser.add_argument("file", nargs="?", metavar="FILE", help=f"default: {FILE}")
    parser.add_argument("--repo", metavar="DIR", help="look for FILE in this repository")
    parser.add_argument(
        "--app-id", type=int, metavar="N", help="the App's number (default: STAGELOCK_APP_ID)"
    )
    parser.add_argument(
        "--apply",
        type=full_name,
        metavar="OWNER/NAME",
        help="create them there; without FILE and --repo, for the file on its default branch",
    )
    parser.add_argument("--format", choices=("text", "json"), default="text")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Carry out `rulesets`."""
    settings = Settings.load(os.environ)
    app_id = args.app_id or settings.app_id
    if app_id is None:
        return _usage("the App's number is needed: set STAGELOCK_APP_ID, or give --app-id")
    try:
        if args.apply is None:
            source = read_source(args.file, args.repo)
            return _print(args, source.name, source.data, source.default_branch, app_id)
        return _apply(args, settings, app_id)
    except SourceError as error:
        return _usage(str(error))


def _print(
    args: argparse.Namespace, name: str, data: bytes, branch: str | None, app_id: int
) -> int:
    pipeline = _pipeline(name, data, branch)
    if pipeline is None:
        return 1
    rules = protection(pipeline, branch or "main", app_id)
    if args.format == "json":
        documents = [dict(ruleset.document) for ruleset in rules.all]
        tell_json(documents)
    else:
        tell(*_text(rules, pipeline, branch or "main"))
    return 0


def _apply(args: argparse.Namespace, settings: Settings, app_id: int) -> int:
    token = next((value for name in _TOKENS if (value := os.environ.get(name, "").strip())), None)
    if token is None:
        return _usage("--apply needs a token of an administrator of the repository, in GH_TOKEN")
    there = wiring.open_rulesets(settings, args.apply, Secret(token))
    try:
        home = there.home()
        source = _source(args, there, home.default_branch)
        pipeline = _pipeline(source.name, source.data, home.default_branch)
        if pipeline is None:
            return 1
        rules = protection(pipeline, home.default_branch, app_id)
        return _make(args, there, rules, public=home.public)
    except (Denied, Missing, Rejected) as error:
        complain(f"stagelock rulesets: {error.message}")
        return 1
    finally:
        there.close()


def _source(args: argparse.Namespace, there: Rulesets, branch: str) -> FileSource:
    """The file that was named, else the one on the repository's default branch."""
    if args.file is not None or args.repo is not None:
        return read_source(args.file, args.repo)
    data = there.file(FILE)
    if data is None:
        raise SourceError(f"{args.apply} has no {FILE} on {branch}")
    return FileSource(FILE, data, branch)


def _make(args: argparse.Namespace, there: Rulesets, rules: Protection, *, public: bool) -> int:
    known = there.names()
    done: list[tuple[str, str]] = []
    for ruleset in rules.all:
        if public and ruleset.target == "push":
            done.append((ruleset.name, "left out: public repositories have no push rulesets"))
            continue
        done.append((ruleset.name, _ensure(there, ruleset, known.get(ruleset.name))))
    wanted = {ruleset.name for ruleset in rules.all}
    stale = sorted(name for name in known if name.startswith("Stagelock: ") and name not in wanted)
    done += [(name, "no longer needed: delete it in the repository's settings") for name in stale]
    _tell(args.format, done)
    return 1 if any(what.startswith("refused") for _, what in done) else 0


def _ensure(there: Rulesets, ruleset: Ruleset, known: int | None) -> str:
    try:
        return there.ensure(ruleset, known)
    except (Denied, Missing, Rejected) as error:
        plan = " (push rulesets need GitHub Team or Enterprise)" if ruleset.target == "push" else ""
        return f"refused: {error.message}{plan}"


def _tell(form: str, done: Sequence[tuple[str, str]]) -> None:
    if form == "json":
        tell_json([{"name": n, "result": r} for n, r in done])
        return
    tell(*(f"{name}: {result}" for name, result in done))


def _pipeline(name: str, data: bytes, branch: str | None) -> Pipeline | None:
    """The pipeline of the file; None after its problems were told."""
    result = parse(data, branch)
    complain(*(line(name, problem) for problem in result.problems))
    return result.pipeline


def _text(rules: Protection, pipeline: Pipeline, branch: str) -> list[str]:
    lines = []
    for ruleset in rules.all:
        paid = "  (private and internal repositories, GitHub Team or Enterprise)"
        lines += [ruleset.name + paid * (ruleset.target == "push"), f"  {ruleset.why}"]
        lines += [f"  on {ref}" for ref in _refs(ruleset)]
        lines += [f"  rule: {rule['type']}" for rule in ruleset.document["rules"]]
        lines.append("")
    lines.append("What this leaves open:")
    lines += [f"- {gap}" for gap in gaps(pipeline, branch)]
    lines += [
        "",
        "To create them: stagelock rulesets --apply OWNER/NAME, or import each object of",
        "stagelock rulesets --format json in the repository's settings (Rules, Rulesets).",
    ]
    return lines


def _refs(ruleset: Ruleset) -> list[str]:
    if ruleset.target == "push":
        (rule,) = ruleset.document["rules"]
        return list(rule["parameters"]["restricted_file_paths"])
    return list(ruleset.document["conditions"]["ref_name"]["include"])


def _usage(message: str) -> int:
    complain(f"stagelock rulesets: {message}")
    return 2
