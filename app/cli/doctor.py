"""`stagelock doctor`: what stands between this server and its work, a line for each thing."""

from __future__ import annotations

import argparse
import os

from app.cli.examined import examined as subject_of
from app.cli.out import tell, tell_json
from app.doctor.registry import examined
from app.doctor.verdicts import Fine, Todo, Unknown, Verdict

STATES = {Fine: "ok", Todo: "to do", Unknown: "not known"}


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Offer `doctor`."""
    parser = subparsers.add_parser(
        "doctor",
        help="tell what stands between this server and its work",
        description="Look at the server whose settings are in the environment, and at what GitHub "
        "says of it: a line each, fine, or what to do, or why it cannot be known. Changes nothing. "
        "Exit code: 0 nothing to do, 1 something.",
    )
    parser.add_argument("--format", choices=("text", "json"), default="text")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Carry out `doctor`."""
    with subject_of(os.environ) as subject:
        found = list(examined(subject))
    if args.format == "json":
        tell_json([_json(name, verdict) for name, verdict in found])
    else:
        width = max(len(name) for name, _ in found)
        tell(*(_line(f"{name:<{width}}", verdict) for name, verdict in found))
    return 1 if any(isinstance(verdict, Todo) for _, verdict in found) else 0


def _line(name: str, verdict: Verdict) -> str:
    state = f"{STATES[type(verdict)]:<9}"
    match verdict:
        case Fine(said) | Unknown(said):
            return f"{state}  {name}  {said}"
        case Todo(said, do):
            return f"{state}  {name}  {said}. To do: {do}"


def _json(name: str, verdict: Verdict) -> dict[str, str]:
    match verdict:
        case Fine(said):
            return {"name": name, "state": "ok", "said": said, "do": ""}
        case Todo(said, do):
            return {"name": name, "state": "todo", "said": said, "do": do}
        case Unknown(why):
            return {"name": name, "state": "unknown", "said": why, "do": ""}
