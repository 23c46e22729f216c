"""Running one git process to its end, or to the end of its time."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterable
from contextlib import nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.errors import Missing, Transient
from app.gitplumbing.environment import Setting, environment
from app.gitplumbing.guardian import Guardian

if TYPE_CHECKING:
    from pathlib import Path


_GUARDIAN = Guardian()


@dataclass(frozen=True, slots=True)
class Answer:
    """How git ended and what it wrote, as bytes."""

    code: int
    out: bytes
    err: bytes


def run(
    *args: str,
    git_dir: Path | None = None,
    folder: str | None = None,
    stdin: bytes = b"",
    timeout: float = 60,
    settings: Iterable[Setting] = (),
    keep: Iterable[str] = (),
) -> Answer:
    """
    Run ``git ARGS`` in *git_dir*, or else in *folder* (None: the current one), for at most
    *timeout* seconds.

    Whatever git started dies with it; a push dies with this process, too. Raises Transient when
    time is up (``maybe_done`` for a push) and Missing where there is no git; a refusal of git's own
    is an Answer.
    """
    where = [] if git_dir is None else [f"--git-dir={git_dir}"]
    try:
        process = subprocess.Popen(
            ["git", *where, *args],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=git_dir or folder,
            env=environment(os.environ, settings=settings, keep=keep),
            start_new_session=True,
        )
    except FileNotFoundError as error:
        absent = git_dir if git_dir is not None and not git_dir.exists() else "the program git"
        raise Missing(f"{absent} was not found on this machine") from error
    writes = _GUARDIAN.guarding(process.pid, timeout) if args[0] == "push" else nullcontext()
    try:
        with writes:
            out, err = process.communicate(stdin, timeout)
    except subprocess.TimeoutExpired as error:
        _kill(process)
        message = f"git {args[0]} gave no answer within {timeout:g} s"
        raise Transient(message, maybe_done=args[0] == "push") from error
    except BaseException:
        _kill(process)
        raise
    return Answer(process.returncode, out, err)


def _kill(process: subprocess.Popen[bytes]) -> None:
    """End git and its children (git-remote-https, pack-objects), which share its process group."""
    # The group lives while its leader is not waited for: its id cannot have been given away.
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
