"""Running one git process to its end, or to the end of its time."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.errors import Missing, Transient
from app.gitplumbing.environment import Setting, environment
from app.gitplumbing.guardian import Guardian, NoGuardianError

if TYPE_CHECKING:
    from pathlib import Path


_GUARDIAN = Guardian()
_WAITING = ("/bin/sh", "-c", 'read -r go && exec "$@"', "sh")
"""
A process that becomes another one when it has read a line, and ends without it.

So a push has its process group, which the guardian is told of, before it begins.
"""
_GO = b"go\n"


@dataclass(frozen=True, slots=True)
class GitAnswer:
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
) -> GitAnswer:
    """
    Run ``git ARGS`` in *git_dir*, or else in *folder* (None: the current one), for at most
    *timeout* seconds.

    Whatever git started dies with it; a push dies with this process, too, and is not begun before
    that is sure. Raises Transient when time is up (``maybe_done`` for a push) and Missing where
    there is no git; a refusal of git's own is a GitAnswer.
    """
    where = [] if git_dir is None else [f"--git-dir={git_dir}"]
    environ = environment(os.environ, settings=settings, keep=keep)
    writes = args[0] == "push"
    begun = time.monotonic()
    process = _started(["git", *where, *args], git_dir, folder, environ, waits=writes)
    guard = _GUARDIAN.guarding(process.pid, timeout) if writes else nullcontext()
    try:
        with guard:
            left = begun + timeout - time.monotonic()
            out, err = process.communicate(_GO + stdin if writes else stdin, left)
    except NoGuardianError as error:
        _kill(process)
        raise Transient("git push was not begun: nothing would have ended it in time") from error
    except subprocess.TimeoutExpired as error:
        _kill(process)
        message = f"git {args[0]} gave no answer within {timeout:g} s"
        raise Transient(message, maybe_done=writes) from error
    except BaseException:
        _kill(process)
        raise
    return GitAnswer(process.returncode, out, err)


def _started(
    words: Sequence[str],
    git_dir: Path | None,
    folder: str | None,
    environ: Mapping[str, str],
    *,
    waits: bool,
) -> subprocess.Popen[bytes]:
    """The process; one that *waits* becomes git when it reads a line, and nothing without it."""
    # Told here that there is no git: one that waits would only find out as it becomes it.
    git = shutil.which(words[0], path=environ.get("PATH")) or words[0]
    try:
        return subprocess.Popen(
            [*_WAITING, git, *words[1:]] if waits and git != words[0] else words,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=git_dir or folder,
            env=environ,
            start_new_session=True,
        )
    except FileNotFoundError as error:
        absent = git_dir if git_dir is not None and not git_dir.exists() else "the program git"
        raise Missing(f"{absent} was not found on this machine") from error


def _kill(process: subprocess.Popen[bytes]) -> None:
    """End git and its children (git-remote-https, pack-objects), which share its process group."""
    # The group lives while its leader is not waited for: its id cannot have been given away.
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
