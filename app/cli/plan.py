"""`stagelock plan`: what pushing a ref would promote where, without writing anything."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from app.cli.lint import line
from app.cli.out import complain, tell, tell_json
from app.cli.source import SourceError, default_branch, read_source
from app.core.config import parse
from app.core.model.pipeline import Pipeline, Problem
from app.core.model.previews import FileChanges, Held
from app.core.text.previews import ignored_lines, lines
from app.engine.preview import Preview, preview
from app.errors import OutsideError


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Register the command."""
    parser = subparsers.add_parser(
        "plan",
        help="show what pushing a ref would promote where",
        description="Show what pushing REF would promote where, stage by stage. Writes nothing.",
    )
    parser.add_argument("--repo", type=Path, default=Path(), help="a clone (default: here)")
    parser.add_argument("--ref", default="HEAD", help="a branch, tag or commit (default: HEAD)")
    parser.add_argument("--file", type=Path, help="a pipeline file, instead of the ref's own")
    parser.add_argument("--format", choices=("text", "json"), default="text")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """0: shown; 1: the pipeline file has problems; 2: no such repository, ref or file."""
    from app.git.local import LocalRepo  # noqa: PLC0415  pygit2 is slow to import

    pipeline: Pipeline | None = None
    if args.file is not None:
        try:
            source = read_source(str(args.file), None)
            checked = parse(source.data, default_branch(str(args.repo)))
        except SourceError as error:
            return _usage(str(error))
        if checked.pipeline is None:
            return _problems(str(args.file), checked.problems)
        pipeline = checked.pipeline
    try:
        with LocalRepo(args.repo) as git:
            tip = git.resolve(args.ref)
            if tip is None:
                return _usage(f"{args.repo} has no ref {args.ref}")
            branch = default_branch(str(args.repo)) or "main"
            seen = preview(git, branch, tip, pipeline, git.pushed(branch))
    except (OutsideError, SourceError) as error:
        return _usage(str(error))
    if pipeline is None and seen.config.status == "absent":
        return _usage(f"{args.ref} holds no stagelock.yaml: nothing would be promoted")
    if pipeline is None and seen.config.status == "invalid":
        return _problems("stagelock.yaml", seen.config.problems)
    if args.format == "json":
        tell_json(_json(seen))
    else:
        tell(*_text(seen))
    return 0


def _usage(message: str) -> int:
    complain(f"stagelock plan: {message}")
    return 2


def _problems(file: str, problems: Sequence[Problem]) -> int:
    tell(*(line(file, problem) for problem in problems))
    return 1


def _text(seen: Preview) -> list[str]:
    warehouses = (
        f"warehouse {name}: {freight.short if freight else 'nothing to promote'}"
        for name, freight in seen.freight.items()
    )
    return [*warehouses, *lines(seen.stages), *ignored_lines(seen.ignored)]


def _json(seen: Preview) -> dict[str, object]:
    return {
        "freight": {k: v.sha if v else None for k, v in seen.freight.items()},
        "stages": [
            {
                "stage": s.stage,
                "freight": str(s.freight) if s.freight else None,
                "target": s.target or None,
                "changed_files": s.changes.count if s.changes is not None else None,
                "in_sync": s.changes is not None and not s.changes.count,
                "files": _files(s.changes),
                "foreign": _held(s.foreign),
                "edited": [{"place": e.place, "who": list(e.who)} for e in s.edited],
                "on_drift": s.on_drift,
                "waits_for": list(s.waits_for),
                "problem": s.problem or None,
            }
            for s in seen.stages
        ],
        "ignored": [{"path": i.path, "rule": i.rule, "line": i.line} for i in seen.ignored],
    }


def _files(changes: FileChanges | None) -> dict[str, object] | None:
    if changes is None:
        return None
    return {
        "deleted": changes.deleted,
        "changed": changes.changed,
        "copied": changes.copied,
        "first": [{"kind": change.kind, "path": change.path} for change in changes.first],
    }


def _held(held: Held | None) -> dict[str, object] | None:
    return {"values": list(held.values), "files": held.files} if held is not None else None
