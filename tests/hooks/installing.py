"""Hooks that stand there already, and what a repository is configured to."""

from __future__ import annotations

from pathlib import Path

from tests.hooks.world import World

OTHER = '#!/bin/sh\ncat > "$GIT_DIR/seen"\nexit ${EXIT:-0}\n'


def put(path: Path, text: str = OTHER, mode: int = 0o755) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    path.chmod(mode)
    return path


def config(world: World) -> str:
    return (world.server / "config").read_text()
