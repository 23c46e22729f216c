"""A paper as somebody types it: its commands, a terminal on an empty HOME, and what they say."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SECONDS = 120.0
MARK = "@@ done"
OPERATING = (ROOT / "docs/operating.md").read_text(encoding="utf-8")
HOOK = (ROOT / "docs/hook.md").read_text(encoding="utf-8")
NAMED = re.compile(r"@[\w-]+|\b[0-9a-z]{13}\b|\d{4}-\d\d-\d\dT[\d:]+(?:Z|\+00:00)|\b\d+\b")
SHOWN = """\
version: 1
warehouses: {web: {paths: [apps/web/]}}
stages:
  dev: {path: stages/dev}
  e2e: {needs: [dev], path: stages/e2e, lock: e2e-env, verify: {checks: [e2e]}}
  prod: {needs: [e2e], path: stages/prod, auto: false, via: pull-request}
locks: {e2e-env: {permits: 1}}
"""
"""The pipeline that both papers show the locks and promotions of."""


@pytest.fixture
def environ(tmp_path: Path) -> Mapping[str, str]:
    """A HOME with nothing in it, and Stagelock on the path."""
    home, bin_folder = tmp_path / "home", tmp_path / "bin"
    home.mkdir()
    bin_folder.mkdir()
    command = bin_folder / "stagelock"
    command.write_text(f'#!/bin/sh\nPYTHONPATH={ROOT} exec {sys.executable} -m app "$@"\n')
    command.chmod(0o755)
    return {
        "HOME": str(home),
        "PATH": f"{bin_folder}:{os.environ['PATH']}",
        "PYTHONWARNINGS": "",
        "LC_ALL": "C.UTF-8",
    }


@dataclass(frozen=True)
class Typed:
    """A command of a paper and what it says that comes of it."""

    command: str
    shows: tuple[str, ...]


def consoles(text: str) -> Iterator[Typed]:
    """Every command of the console blocks; what stands before the first `$` belongs to nobody."""
    for block in re.findall(r"^```console\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
        command = ""
        shown: list[str] = []
        for line in block.splitlines():
            if line.startswith("$ "):
                if command:
                    yield Typed(command, tuple(shown))
                command, shown = line.removeprefix("$ "), []
            elif command:
                shown.append(line)
        if command:
            yield Typed(command, tuple(shown))


def below(paper: str, heading: str) -> str:
    """What stands below a heading, up to the next one."""
    found = re.search(
        rf"^## {re.escape(heading)}\n(.*?)(?=^## |\Z)", paper, re.MULTILINE | re.DOTALL
    )
    assert found, heading
    return found[1]


def plain(line: str) -> str:
    """Ids, times and this run's port are everybody's own."""
    line = re.sub(r"\b[0-9a-f]{7,40}\b", "ID", line)
    line = re.sub(r"\s+\d+\.\d+s", " T", line)
    return re.sub(r"127\.0\.0\.1:\d+", "HOST", line).rstrip()


def shape(line: str) -> str:
    """A line without what is everybody's own: ids, numbers, times."""
    return NAMED.sub("N", re.sub(r"(?<=Nonce: ).*", "N", plain(line)))


class Shell:
    """One terminal: commands run in it one after the other, and share its folder."""

    def __init__(self, folder: Path, environ: Mapping[str, str]) -> None:
        self._process = subprocess.Popen(
            ["bash", "--noprofile", "--norc"],
            cwd=folder,
            env=dict(environ),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, command: str) -> list[str]:
        """What it printed, line by line."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(
            f'{command}\n( exit $? ); code=$?; echo "{MARK}"; ( exit $code )\n'
        )
        self._process.stdin.flush()
        found: list[str] = []
        for line in self._process.stdout:
            if line.strip() == MARK:
                return found
            found.append(line.rstrip("\n"))
        raise AssertionError(f"the shell ended at {command}: {found}")

    def close(self) -> None:
        self._process.communicate(timeout=SECONDS)


@pytest.fixture
def shell(tmp_path: Path, environ: Mapping[str, str]) -> Iterator[Shell]:
    folder = tmp_path / "work"
    folder.mkdir()
    made = Shell(folder, environ)
    yield made
    made.close()
