"""`stagelock init`: a starter `stagelock.yaml` from what a clone holds."""

from __future__ import annotations

import argparse
import os
import stat
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from app.cli.out import complain, tell, tell_json
from app.cli.source import FILE, SourceError, committer, default_branch
from app.core.model.facts import Identity
from app.core.model.names import Sha, short
from app.core.paths.canonical import branch_error
from app.core.text import starter_report as words
from app.errors import OutsideError

if TYPE_CHECKING:
    from app.core.config.starter.assemble import Starter
    from app.engine.starting import Started
    from app.git.local import LocalRepo


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Offer `init`."""
    parser = subparsers.add_parser(
        "init",
        help="write a starter stagelock.yaml from what a clone holds",
        description="Look for stages in what HEAD of a clone holds (kustomize overlays, folders of "
        "environments, Helm values by environment, branches env/..., workflows that test end to "
        "end), write a starter stagelock.yaml whose every line is explained, and tell what it "
        "would do to each stage first. Commits and pushes nothing. Exit code: 0 written or shown, "
        "1 a file or branch is there already, 2 there is no such clone.",
    )
    parser.add_argument("--repo", type=Path, default=Path(), metavar="DIR", help="default: here")
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--print", action="store_true", help="write the file to standard output only")
    how.add_argument("--force", action="store_true", help="replace a stagelock.yaml that is there")
    how.add_argument(
        "--branch", metavar="NAME", help="commit it on this new local branch, and nowhere else"
    )
    parser.add_argument("--format", choices=("text", "json"), default="text")
    parser.set_defaults(run=run)


class _RefusedError(Exception):
    """It is there already. Exit code 1."""


def run(args: argparse.Namespace) -> int:
    """Carry out `init`."""
    from app.git.local import LocalRepo  # noqa: PLC0415  pygit2 is slow to import

    try:
        with LocalRepo(args.repo) as git:
            place = _place(git, args)
            branch = default_branch(str(args.repo)) or "main"
            made = _make(git, branch, args.repo, proposing=args.branch is not None)
            _keep(git, made, place, args)
    except (OutsideError, SourceError) as error:
        complain(f"stagelock init: {error}")
        return 2
    except _RefusedError as error:
        complain(f"stagelock init: {error}")
        return 1
    _say(made, place, args)
    return 0


@dataclass(frozen=True, slots=True)
class _Made:
    """A starter, and what is known of the clone that it was made for."""

    head: Sha
    read: str
    default_branch: str
    started: Started

    @property
    def starter(self) -> Starter:
        """What was proposed."""
        return self.started.starter


def _place(git: LocalRepo, args: argparse.Namespace) -> Path | None:
    """Where the file goes; None: not into the work tree. Asked first: to refuse costs nothing."""
    if args.branch is not None and (why := branch_error(args.branch)):
        raise SourceError(f"--branch {args.branch}: {why}")
    if args.print or args.branch is not None:
        return None
    if git.folder is None:
        message = f"{args.repo} is bare and has no work tree: --print shows the file"
        raise SourceError(f"{message}, --branch NAME commits it")
    place = git.folder / FILE
    try:
        mode = place.lstat().st_mode
    except FileNotFoundError:
        return place
    except OSError as error:
        raise SourceError(f"{place}: {error.strerror}") from error
    if not stat.S_ISREG(mode):
        kind = "folder" if stat.S_ISDIR(mode) else "link or special file"
        raise SourceError(f"{place} is a {kind}: move it away first")
    if not args.force:
        raise _RefusedError(f"{place} is there already: --force replaces it, --print shows another")
    return place


def _make(git: LocalRepo, branch: str, repo: Path, *, proposing: bool) -> _Made:
    from app.engine.starting import started  # noqa: PLC0415

    head = git.resolve("HEAD")
    if head is None:
        raise SourceError(f"{repo} has no commit yet: there is nothing to look at")
    if proposing and git.read(head, FILE) is not None:
        raise _RefusedError(f"HEAD has a {FILE} already: --print shows another")
    made = started(git, head, branch, git.pushed(branch))
    return _Made(head, f"HEAD of {repo}, {short(head)}", branch, made)


def _keep(git: LocalRepo, made: _Made, place: Path | None, args: argparse.Namespace) -> None:
    data = made.starter.text.encode()
    if args.branch is not None:
        if git.resolve(f"refs/heads/{args.branch}") is not None:
            raise _RefusedError(f"there is a branch {args.branch} already: choose another name")
        who = Identity(*committer(str(args.repo)))
        git.propose(args.branch, made.head, FILE, data, words.MESSAGE, who)
    elif place is not None:
        _write(place, data, force=args.force)


def _write(place: Path, data: bytes, *, force: bool) -> None:
    """All of the file or nothing of it; what is there is replaced only by *force*."""
    try:
        with tempfile.NamedTemporaryFile(dir=place.parent, prefix=f".{FILE}-") as new:
            new.write(data)
            new.flush()
            Path(new.name).chmod(0o644)
            if force:
                place.unlink(missing_ok=True)
            os.link(new.name, place)
    except FileExistsError as error:
        raise _RefusedError(f"{place} is there already, since a moment ago") from error
    except OSError as error:
        raise SourceError(f"{place} cannot be written: {error.strerror}") from error


def _say(made: _Made, place: Path | None, args: argparse.Namespace) -> None:
    if args.format == "json":
        tell_json(_json(made))
        return
    report = complain if args.print else tell
    report(*_report(made, place, args))
    if args.print:
        tell(*made.starter.text.removesuffix("\n").split("\n"))


def _report(made: _Made, place: Path | None, args: argparse.Namespace) -> Iterator[str]:
    yield from words.found(made.starter, made.read)
    yield from words.section("Guessed:", words.guessed(made.starter))
    yield from words.section("Not used:", words.left_out(made.starter))
    ticks = words.first_ticks(made.started.ticks, made.started.itself)
    yield from words.section("At the App's first look, once this is merged:", ticks)
    if args.print:
        return
    folder = "" if place is None else _elsewhere(place.parent)
    committed = f"Committed it on the new branch {args.branch}."
    yield committed if args.branch else words.wrote(folder)
    yield from words.next_steps(args.branch, made.default_branch, folder)


def _elsewhere(top: Path) -> str:
    """The way to *top* from here, upwards alone or from the root; "": here it is."""
    way = os.path.relpath(top)
    if way == os.curdir:
        return ""
    return way if set(Path(way).parts) == {os.pardir} else str(top)


def _json(made: _Made) -> dict[str, object]:
    return {
        "read": made.head,
        "text": made.starter.text,
        "guessed": list(words.guessed(made.starter)),
        "not_used": list(words.left_out(made.starter)),
        "stages": [
            {"stage": tick.stage, "first_tick": words.first_tick(tick, made.started.itself)}
            for tick in made.started.ticks
        ],
    }
