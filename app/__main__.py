"""
The command line: `stagelock COMMAND`, also `python -m app COMMAND`.

Exit codes: 0 fine, 1 the answer is no, 2 usage, 3 our fault; 130 after Ctrl-C. Only the chosen
command's module is imported, so that `lint` does not pay for what `serve` needs.
"""

from __future__ import annotations

import argparse
import difflib
import importlib
import importlib.metadata
import os
import sys
from collections.abc import Sequence

from app.cli.family import watch_parent
from app.cli.out import complain
from app.errors import OutsideError
from app.settings import SettingsError

COMMANDS = {
    "init": "write a starter stagelock.yaml from what a clone holds",
    "lint": "check a pipeline file",
    "paths": "ask which paths make freight",
    "plan": "tell what pushing a ref would promote where",
    "sandbox": "run everything on this machine, against a stand-in for GitHub",
    "serve": "run the web application and the work processes",
    "work": "run only the work processes",
    "hook": "install, test or build the pre-receive hook",
    "rulesets": "print or make the rulesets that protect a pipeline on github.com",
    "rebuild": "make a lost database anew from Git and GitHub",
    "setup": "make the App on GitHub and keep its credentials, from a terminal",
    "doctor": "tell what stands between this server and its work",
    "status": "show where every stage is",
    "why": "tell why a stage is where it is",
    "locks": "show every lock group, who holds it, and who waits",
    "lock": "hold a lock group while a command runs",
    "unlock": "give a lock group back",
    "promote": "bring freight to a stage now",
    "approve": "say where a person approves: on GitHub",
    "retry": "try again what failed in a stage",
    "rollback": "bring earlier freight back to a stage, and hold it",
    "cancel": "end the promotion that is under way to a stage",
    "hold": "stop automatic promotion to a stage",
    "resume": "end the hold of a stage",
    "events": "show the audit: what was done, and what people asked for",
    "migrate": "create or update the database's tables",
}
"""What there is, by the name of its module in `app.cli`."""
TAKES_A_COMMAND = frozenset({"lock"})
"""What stands behind `--` is no argument of ours, but a command to run."""


def main(argv: Sequence[str] | None = None) -> int:
    """Carry out a command; the exit code."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    watch_parent(arguments)
    try:
        return _run(arguments)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # the reader of our output has left; nobody is there to tell
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except SettingsError as error:
        for problem in error.problems:
            complain(f"stagelock: {problem}")
        return 2
    except OutsideError as error:
        complain(f"stagelock: {error.message}")
        return 3


def _run(arguments: list[str]) -> int:
    if not arguments:
        _parser("").print_help(sys.stderr)
        return 2
    chosen = arguments[0]
    if not chosen.startswith("-") and chosen not in COMMANDS:
        return _unknown(chosen)
    command: list[str] = []
    if chosen in TAKES_A_COMMAND and "--" in arguments:
        place = arguments.index("--")
        arguments, command = arguments[:place], arguments[place + 1 :]
    args = _parser(chosen).parse_args(arguments)
    if command:
        args.command = command
    code: int = args.run(args)
    return code


def _parser(chosen: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="stagelock",
        description="Promotes changes through the stages of a Git repository, behind locks that "
        "everybody can see.",
        epilog="Exit codes: 0 fine, 1 the answer is no, 2 usage, 3 our fault.",
    )
    parser.add_argument(
        "--version",
        action="version",
        version=f"stagelock {importlib.metadata.version('stagelock')}",
    )
    subparsers = parser.add_subparsers(metavar="COMMAND", required=True)
    if chosen in COMMANDS:
        importlib.import_module(f"app.cli.{chosen}").add_parser(subparsers)
    else:
        for name, about in COMMANDS.items():
            subparsers.add_parser(name, help=about, add_help=False)
    return parser


def _unknown(name: str) -> int:
    near = difflib.get_close_matches(name, COMMANDS, 1)
    hint = f"did you mean `{near[0]}`?" if near else f"there are: {', '.join(COMMANDS)}"
    complain(f"stagelock: no command `{name}`; {hint}")
    return 2


if __name__ == "__main__":
    sys.exit(main())
