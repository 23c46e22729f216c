"""`stagelock paths WAREHOUSE PATH...`: whether changes make freight, and which rule says so."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterable

from app.cli.lint import line
from app.cli.out import complain, tell_json
from app.cli.source import FILE, SourceError, read_source
from app.core.config import parse
from app.core.config.report import closest, did_you_mean
from app.core.model.names import WarehouseName
from app.core.paths.watch_rules import PathRules, compile_rules

STDIN = "-"


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Offer `paths`."""
    parser = subparsers.add_parser(
        "paths",
        help="ask which paths make freight",
        description="Tell for each path whether a warehouse fires on it, and by which rule, as a "
        "JSON line. Exit code: 0 a change of these paths makes freight, 1 it does not, 2 there is "
        "no such warehouse, or the file is missing or invalid.",
    )
    parser.add_argument("warehouse", metavar="WAREHOUSE")
    parser.add_argument(
        "paths",
        nargs="+",
        metavar="PATH",
        help="or -: read them from standard input, NUL-separated if it holds a NUL, else by lines",
    )
    parser.add_argument("--file", metavar="FILE", help=f"default: {FILE}")
    parser.add_argument("--repo", metavar="DIR", help="look for FILE there")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Carry out `paths`."""
    try:
        rules = _rules(args)
    except SourceError as error:
        first, *problems = error.args
        complain(f"stagelock paths: {first}", *problems)
        return 2
    paths = split(sys.stdin.buffer.read()) if args.paths == [STDIN] else _given(args.paths)
    fires = False
    for path in paths:
        firing = rules.explain(args.warehouse, path)
        fires = fires or firing.fires
        shown = path.decode(errors="surrogateescape")
        answer = {"path": shown, "fires": firing.fires, "rule": firing.rule}
        tell_json(answer, indent=None)
    return 0 if fires else 1


def split(data: bytes) -> list[bytes]:
    """Split *data* at NULs if it holds one, else into lines; empty ones do not count."""
    separator = b"\0" if b"\0" in data else b"\n"
    return [path for path in data.split(separator) if path]


def _given(paths: Iterable[str]) -> list[bytes]:
    return [os.fsencode(path) for path in paths]


def _rules(args: argparse.Namespace) -> PathRules:
    source = read_source(args.file, args.repo)
    result = parse(source.data, source.default_branch)
    if result.pipeline is None:
        told = (line(source.name, problem) for problem in result.problems)
        raise SourceError(f"{source.name} is invalid:", *told)
    warehouses = result.pipeline.warehouses
    if WarehouseName(args.warehouse) not in warehouses:
        meant = closest(args.warehouse, warehouses)
        known = did_you_mean(meant) or f"; there are {', '.join(warehouses)}"
        raise SourceError(f"there is no warehouse {args.warehouse}{known}")
    return compile_rules(result.pipeline, source.default_branch)
