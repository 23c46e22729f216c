"""The file that git starts: one line of shell that starts the hook, and nothing else."""

from __future__ import annotations

import ast
import os
import re
import shlex
import sys
from pathlib import Path

import yaml

import app

MARK = "# Stagelock's pre-receive hook"


def launcher(*, everywhere: bool = False) -> str:
    """
    Write the launcher for this installation: this interpreter, and these folders of modules.

    Python starts without `site` (``-I -S``), three times faster than with it. *everywhere*: for a
    folder of `core.hooksPath`.
    """
    folders = dict.fromkeys(str(Path(m.__path__[0]).resolve().parent) for m in (app, yaml))
    code = (
        f"import sys; sys.path[:0] = {list(folders)!r}; "
        "from app.hook.main import main; sys.exit(main(sys.argv[1:]))"
    )
    # Not resolved: a virtual environment's interpreter is the link, not what it points at.
    python = shlex.quote(os.path.abspath(sys.executable))
    last = ' "$0" global' if everywhere else ' "$0"'
    about = f"{MARK}. Do not edit: stagelock hook install writes it."
    return f"#!/bin/sh\n{about}\nexec {python} -I -S -c {shlex.quote(code)}{last}\n"


def launched(text: str) -> tuple[str, list[str]] | None:
    """The interpreter and the folders of modules that a `launcher` names; None: it is none."""
    last = text.rstrip().rpartition("\n")[2]
    words = shlex.split(last) if last.startswith("exec ") else []
    folders = re.search(r"sys\.path\[:0\] = (\[.*?\]); ", " ".join(words))
    return None if folders is None else (words[1], list(ast.literal_eval(folders[1])))


def is_ours(path: Path) -> bool:
    """Tell whether the hook at *path* is Stagelock's, launcher or packed."""
    try:
        start = path.read_bytes()[:4096]
    except OSError:
        return False
    return MARK.encode() in start


def write_executable(path: Path, content: bytes) -> None:
    """Put *content* at *path* at once: a push never meets half a hook."""
    path.parent.mkdir(parents=True, exist_ok=True)
    made = path.with_name(f"{path.name}.{os.getpid()}.new")
    made.write_bytes(content)
    made.chmod(0o755)
    made.replace(path)
