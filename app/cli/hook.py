"""`stagelock hook`: install the pre-receive hook, try it, or pack it into one file."""

from __future__ import annotations

import argparse
from pathlib import Path

from app.cli.out import complain, tell
from app.hook.build import PYTHON, build
from app.hook.install import (
    FSCK,
    OPTIONS,
    PROTECT,
    InstallError,
    NoRepository,
    Step,
    Wanted,
    everywhere_signers,
    everywhere_steps,
    has_identity,
    has_promoter,
    install_steps,
    is_open,
    known_identity,
    uninstall_steps,
)
from app.hook.selftest import TrialError, trial
from app.hook.server import HOSTS

OPEN = (
    "note: whoever may push may change stagelock.yaml first, and then what it protected;",
    "      --protect-config [NAME] leaves it to the promoter (and NAME)",
)
NO_PROMOTER = (
    "note: who promotes is not known, so that every promotion is refused, as all else is;",
    "      --promoter NAME, as the server calls it, or --signers FILE says so",
)
UNNAMED = (
    "note: which host this is cannot be told, so any of these is believed that is set:",
    "      " + ", ".join(HOSTS) + ", REMOTE_USER;",
    "      --identity VAR names the one that counts",
)


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Register the command."""
    parser = subparsers.add_parser(
        "hook",
        help="install, test or build the pre-receive hook",
        description="The pre-receive hook lets nobody but the promoter write promoted paths. "
        "The guide for each host is hooks/README.md.",
    )
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    _add_install(actions)
    test = actions.add_parser("test", help="push a table of cases into a scratch clone")
    test.add_argument("git_dir", metavar="GIT_DIR", help="the repository on the server")
    test.set_defaults(run=run, act=_test)
    pack = actions.add_parser("build", help="pack the hook into one executable file")
    pack.add_argument("file", metavar="FILE", nargs="?", default="pre-receive")
    pack.add_argument("--python", default=PYTHON, help="Python on the server (%(default)s)")
    pack.set_defaults(run=run, act=_build)


def run(args: argparse.Namespace) -> int:
    """Carry out the action; the exit code."""
    code: int = args.act(args)
    return code


def _add_install(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    install = actions.add_parser("install", help="install it into a repository, or take it out")
    where = install.add_mutually_exclusive_group(required=True)
    where.add_argument("git_dir", metavar="GIT_DIR", nargs="?", help="the repository")
    where.add_argument(
        "--global", dest="everywhere", metavar="DIR", help="a folder that core.hooksPath names"
    )
    install.add_argument("--promoter", metavar="NAME", help="who promotes, as the server says it")
    install.add_argument(
        "--identity",
        metavar="VAR",
        help="the variable that says who pushes (default: the host's, where that can be told)",
    )
    install.add_argument(
        "--breakglass", metavar="NAME", action="append", default=[], help="may push in emergencies"
    )
    install.add_argument(
        "--signers",
        metavar="FILE",
        help="public keys that sign promotions, where the server does not say who pushes",
    )
    install.add_argument(
        "--file", metavar="PATH", help="where the hook goes, below GIT_DIR (default: by the host)"
    )
    install.add_argument(
        "--protect-config",
        metavar="NAME",
        action="append",
        nargs="?",
        const="",
        help="only the promoter and NAME (none, one, or given several times) change stagelock.yaml",
    )
    install.add_argument(
        "--no-fsck",
        action="store_true",
        help="leave receive.fsckObjects as it is (by default it is switched on)",
    )
    install.add_argument("--uninstall", action="store_true", help="leave everything as it was")
    install.add_argument("--dry-run", action="store_true", help="say what would be done")
    install.set_defaults(run=run, act=_install)


def _install(args: argparse.Namespace) -> int:
    editors = args.protect_config
    wanted = Wanted(
        args.promoter,
        args.identity,
        tuple(args.breakglass),
        args.file,
        args.signers,
        fsck=not args.no_fsck,
        editors=None if editors is None else tuple(name for name in editors if name),
    )
    try:
        if args.everywhere is not None:
            return _everywhere(args, wanted)
        if args.uninstall:
            return _do(uninstall_steps(args.git_dir, args.file), dry=args.dry_run)
        steps = install_steps(args.git_dir, wanted)
        for line in _notes(args.git_dir, wanted):
            complain(line)
        return _do(steps, dry=args.dry_run)
    except (InstallError, OSError) as error:
        return _refused(error)


def _notes(git_dir: str, wanted: Wanted) -> tuple[str, ...]:
    """What the administrator should know, though it is installed."""
    opened = is_open(git_dir) and wanted.editors is None
    named = wanted.identity or wanted.signers or has_identity(git_dir)
    unnamed = not named and known_identity(git_dir, wanted.file) is None
    promotes = wanted.promoter or wanted.signers or has_promoter(git_dir)
    return (
        *(() if promotes else NO_PROMOTER),
        *(OPEN if opened else ()),
        *(UNNAMED if unnamed else ()),
    )


def _refused(error: Exception) -> int:
    complain(f"stagelock: {error}")
    return 2 if isinstance(error, NoRepository) else 1


def _everywhere(args: argparse.Namespace, wanted: Wanted) -> int:
    if args.uninstall:
        complain(
            "stagelock: --global is undone by hand: git config --system --unset core.hooksPath"
        )
        return 2
    code = _do(everywhere_steps(args.everywhere, wanted.signers), dry=args.dry_run)
    settings = {
        "core.hooksPath": str(Path(args.everywhere).resolve()),
        OPTIONS: "true",
        FSCK: "true" if wanted.fsck else None,
        "stagelock.promoter": wanted.promoter or (None if wanted.signers else "NAME"),
        "stagelock.signers": str(everywhere_signers(args.everywhere)) if wanted.signers else None,
        "stagelock.identity": wanted.identity,
        "stagelock.breakglass": " ".join(wanted.breakglass) or None,
        PROTECT: None if wanted.editors is None else " ".join(wanted.editors),
    }
    tell("now, as the administrator:")
    for key, value in settings.items():
        if value is not None:
            tell(f"  git config --system {key} '{value}'")
    return code


def _do(steps: list[Step], *, dry: bool) -> int:
    if not steps:
        tell("nothing to do")
    for step in steps:
        if not dry:
            step.do()
        tell(f"{'would ' * dry}{step.said}")
    return 0


def _test(args: argparse.Namespace) -> int:
    try:
        results = trial(args.git_dir)
    except (TrialError, InstallError) as error:
        return _refused(error)
    for result in results:
        verdict = "accept" if result.accepted else "refuse"
        wrong = "" if result.as_wanted else f"  WRONG: expected {result.wanted}"
        tell(f"{verdict}  {result.said}{wrong}")
        for line in result.lines:
            tell(f"          {line}")
    bad = sum(not result.as_wanted for result in results)
    tell(
        f"{len(results)} cases, {bad} of them wrong" if bad else f"{len(results)} cases, all right"
    )
    return 1 if bad else 0


def _build(args: argparse.Namespace) -> int:
    try:
        size = build(Path(args.file), args.python)
    except OSError as error:
        complain(f"stagelock: {args.file} cannot be written: {error.strerror}")
        return 3
    tell(f"wrote {args.file} ({size >> 10} KiB), for {args.python}")
    return 0
