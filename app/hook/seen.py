"""
What stands where git looks for a repository's pre-receive hook: read, never run.

https://git-scm.com/docs/githooks; `pre-receive.d` is Gitea's and Forgejo's,
`custom_hooks` GitLab's.
"""

from __future__ import annotations

import importlib.metadata
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import app
from app.hook.install import find_git_dir, hooks_folder
from app.hook.launcher import MARK, launched
from app.hook.lines import UnreadableError
from app.hook.server import HookSettings, ask_config, read_config

_START = 4096
_PACKED = re.compile(rf"^{re.escape(MARK)} (\S+), packed", re.MULTILINE)
_SHEBANG = re.compile(r"^#!(\S+) -IS$", re.MULTILINE)


NO_SETTINGS = HookSettings()


@dataclass(frozen=True, slots=True)
class Seen:
    """The hook of ours of one repository."""

    git_dir: Path
    hook: Path | None = None
    """None: there is none."""
    version: str = ""
    """Of the code that it runs; "": that cannot be told."""
    problem: str = ""
    """Why it does not run as it should; "": it does."""
    caller: str = ""
    """Who has to run it there; "": git itself."""
    server: HookSettings = NO_SETTINGS


def look(folder: str) -> Seen:
    """Look at the repository *folder*; ``InstallError`` where it is none, ``OSError``."""
    git_dir = find_git_dir(folder)
    ours = ((*place, start) for place in _places(git_dir) if MARK in (start := _start_of(place[0])))
    hook, caller, start = next(ours, (None, "", ""))
    if hook is None:
        return Seen(git_dir)
    version, problem = _code_of(start)
    if not os.access(hook, os.X_OK):
        problem = "it is not executable, so it is passed by at every push"
    elif caller == "Gitea" and not os.access(hook.parent.with_name("pre-receive"), os.X_OK):
        problem = "nothing beside pre-receive.d runs what is in it"
    try:
        server = read_config(ask_config({**os.environ, "GIT_DIR": str(git_dir)}))
    except UnreadableError as error:
        server, problem = NO_SETTINGS, problem or f"{error}, so every push is refused"
    return Seen(git_dir, hook, version, problem, caller, server)


def _places(git_dir: Path) -> Iterator[tuple[Path, str]]:
    """Where it may stand, each with who runs it there ("": git)."""
    hooks, gitlab = hooks_folder(git_dir), git_dir / "custom_hooks"
    yield hooks / "pre-receive", ""
    yield from ((path, "Gitea") for path in _below(hooks / "pre-receive.d"))
    yield gitlab / "pre-receive", "GitLab"
    yield from ((path, "GitLab") for path in _below(gitlab / "pre-receive.d"))


def _below(folder: Path) -> list[Path]:
    return sorted(folder.iterdir()) if folder.is_dir() else []


def _start_of(hook: Path) -> str:
    try:
        with hook.open("rb") as file:
            return file.read(_START).decode("utf-8", "replace")
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return ""


def _code_of(start: str) -> tuple[str, str]:
    """The version of what it runs, and why that cannot run."""
    packed, launch = _PACKED.search(start), launched(start)
    shebang = _SHEBANG.search(start)
    python = launch[0] if launch else shebang[1] if shebang else ""
    problem = ""
    if python and not os.access(python, os.X_OK):
        problem = f"its Python {python} is not there, so every push is refused"
    if launch is None:
        return packed[1] if packed else "", problem
    modules = [folder for folder in launch[1] if Path(folder, "app", "hook", "main.py").is_file()]
    if not modules:
        return "", problem or f"{launch[1][0]} holds no Stagelock, so every push is refused"
    return _version_in(modules[0]), problem


def _version_in(folder: str) -> str:
    if Path(folder) == Path(app.__path__[0]).resolve().parent:
        return importlib.metadata.version("stagelock")
    there = importlib.metadata.distributions(name="stagelock", path=[folder])
    return next((distribution.version for distribution in there), "")
