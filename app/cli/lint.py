"""`stagelock lint [FILE] [--repo DIR]`: everything that is wrong with a file of ours."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from pathlib import Path

from app.cli.out import complain, tell, tell_json
from app.cli.source import FILE, FileSource, SourceError, read_source
from app.core.config import ParseResult, parse
from app.core.config.organization import parse_organization
from app.core.model.organization_locks import LOCKS_FILE
from app.core.model.pipeline import Problem


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Offer `lint`."""
    parser = subparsers.add_parser(
        "lint",
        help="check a pipeline file",
        description="Tell everything that is wrong with a pipeline file, or with an organization's "
        f"{LOCKS_FILE}. "
        "Exit code: 0 nothing, 1 something, 2 there is no file.",
    )
    parser.add_argument("file", nargs="?", metavar="FILE", help=f"default: {FILE}")
    parser.add_argument(
        "--repo",
        metavar="DIR",
        help="look for FILE in this repository (bare: at HEAD), and know its default branch",
    )
    parser.add_argument("--format", choices=("text", "json"), default="text")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Carry out `lint`."""
    try:
        source = read_source(args.file, args.repo)
    except SourceError as error:
        complain(f"stagelock lint: {error}")
        return 2
    result = _parsed(source)
    if args.format == "json":
        tell_json(as_json(source.name, result.problems))
        complain(*_lines(source.name, (), result.notes))
    else:
        tell(*_lines(source.name, result.problems, result.notes))
        _say_fine(source.name, result)
    return 1 if result.problems else 0


def _parsed(source: FileSource) -> ParseResult:
    """By its name it is the file of an organisation's lock groups, or a pipeline file."""
    if Path(source.name).name != LOCKS_FILE:
        return parse(source.data, source.default_branch)
    return ParseResult(None, parse_organization(source.data).problems)


def as_json(name: str, problems: Iterable[Problem]) -> list[dict[str, object]]:
    """*problems* as JSON has them, in their order."""
    return [
        {
            "file": name,
            "line": problem.mark.line,
            "column": problem.mark.column,
            "code": problem.code,
            "message": problem.message,
            "suggestion": problem.suggestion,
        }
        for problem in problems
    ]


def line(name: str, problem: Problem, kind: str = "") -> str:
    """Write one problem as ``file:line:column: message (code)``."""
    place = f"{name}:{problem.mark.line}:{problem.mark.column}"
    return f"{place}: {kind}{problem.message} ({problem.code})"


def _lines(name: str, problems: Iterable[Problem], notes: Iterable[Problem]) -> list[str]:
    lines = [line(name, problem) for problem in problems]
    return lines + [line(name, note, "note: ") for note in notes]


def _say_fine(name: str, result: ParseResult) -> None:
    pipeline = result.pipeline
    if pipeline and sys.stdout.isatty():
        stages = len(pipeline.stages)
        tell(f"{name}: fine, {stages} stage{'' if stages == 1 else 's'}")
