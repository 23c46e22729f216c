"""Where a command reads the pipeline file from: a file, a work tree, or a bare repository."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

FILE = "stagelock.yaml"
_GIT_SECONDS = 30


class SourceError(Exception):
    """The pipeline file cannot be read; the text says why and what to do. Exit code 2."""


@dataclass(frozen=True, slots=True)
class FileSource:
    """A file to be judged."""

    name: str
    """What messages call it."""
    data: bytes
    default_branch: str | None = None
    """None: not known."""


def read_source(file: str | None, repo: str | None) -> FileSource:
    """
    Read *file*, or `stagelock.yaml` in *repo* (a work tree, or a bare repository at HEAD) or here.

    A relative *file* is looked up in *repo* where that is given. ``SourceError`` where there is
    nothing to read.
    """
    name = file or FILE
    if repo is None:
        return FileSource(name, _read(Path(name)))
    if not Path(repo).is_dir():
        raise SourceError(f"there is no folder {repo}")
    if _git(repo, "rev-parse", "--git-dir") is None:
        raise SourceError(f"{repo} is not a Git repository")
    branch = _text(_git(repo, "symbolic-ref", "--short", "HEAD"))
    if _text(_git(repo, "rev-parse", "--is-bare-repository")) == "true":
        return FileSource(name, _show(repo, name), branch)
    return FileSource(str(Path(repo, name)), _read(Path(repo, name)), _origin_head(repo) or branch)


def default_branch(repo: str) -> str | None:
    """The branch that a push to the server would land on: the server's own, else HEAD's."""
    return _origin_head(repo) or _text(_git(repo, "symbolic-ref", "--short", "HEAD"))


def committer(repo: str) -> tuple[str, str]:
    """The name and the address that a commit in *repo* has; ``SourceError`` where git has none."""
    values = [_text(_git(repo, "config", f"user.{key}")) for key in ("name", "email")]
    name, email = (text or "" for text in values)
    if not name or not email:
        message = (
            "git has no identity for the commit: set user.name and user.email with `git config`"
        )
        raise SourceError(message)
    return name, email


def origin(repo: str) -> str:
    """The address that a clone came from; "" where there is none."""
    return _text(_git(repo, "remote", "get-url", "origin")) or ""


def _origin_head(repo: str) -> str | None:
    """The default branch of the server a clone came from; HEAD may be on any branch there."""
    ref = _text(_git(repo, "symbolic-ref", "--short", "refs/remotes/origin/HEAD"))
    return ref.removeprefix("origin/") if ref else None


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise SourceError(f"there is no file {path}; name one, or a repository by --repo") from None
    except OSError as error:
        raise SourceError(f"{path} cannot be read: {error.strerror}") from error


def _show(repo: str, name: str) -> bytes:
    content = _git(repo, "cat-file", "blob", f"HEAD:{name}")
    if content is None:
        raise SourceError(f"there is no file {name} in the commit that HEAD of {repo} points at")
    return content


def _git(repo: str, *words: str) -> bytes | None:
    """Ask Git; None where it says no. Settings of the surroundings cannot point it elsewhere."""
    env = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
    try:
        done = subprocess.run(
            ["git", "-C", repo, *words],
            capture_output=True,
            check=False,
            env=env,
            stdin=subprocess.DEVNULL,
            timeout=_GIT_SECONDS,
        )
    except FileNotFoundError:
        raise SourceError("--repo needs the program `git`, which is not installed") from None
    except subprocess.TimeoutExpired:
        raise SourceError(f"git did not answer within {_GIT_SECONDS} s in {repo}") from None
    return done.stdout if done.returncode == 0 else None


def _text(output: bytes | None) -> str | None:
    return output.decode(errors="replace").strip() if output is not None else None
