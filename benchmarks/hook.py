"""
Pushes of 1, 100 and 1,000 commits into a repository of 20,000 files: with this hook, with an empty
hook in Python, and without one.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path

from app.hook.install import Wanted, install_steps
from benchmarks.harness import Row, Series, below, extra, measure

ROUNDS = 9
PIPELINE = b"""\
version: 1
warehouses: {web: {paths: [apps/]}}
stages:
  dev: {path: stages/dev, steps: [{uses: copy, with: {from: apps/f0, to: web}}]}
  e2e: {needs: [dev], path: stages/e2e}
  prod: {needs: [e2e], path: stages/prod}
"""
ENV = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")} | {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_SYSTEM": os.devnull,
    "REMOTE_USER": "somebody",
}
OURS, EMPTY, NONE = "this hook", "an empty hook in Python", "no hook"


def git(folder: Path, *words: str, stdin: bytes = b"") -> bytes:
    """Run git in *folder*; its output."""
    done = subprocess.run(
        ["git", "-C", str(folder), *words], input=stdin, env=ENV, capture_output=True, check=True
    )
    return done.stdout


def commits(count: int) -> bytes:
    """A stream for fast-import: *count* commits that change a file each."""
    who = b"committer C <c@example.org> 1700000000 +0000\n"
    stream: list[bytes] = []
    for n in range(count):
        stream.append(b"commit refs/heads/work%d\n" % count + who + b"data 1\nx\n")
        stream += [b"from refs/heads/main\n"] if n == 0 else []
        stream.append(b"M 100644 inline apps/f%d/x%d\ndata 1\nx\n" % (n % 100, n))
    return b"".join(stream)


def base(files: int) -> bytes:
    """The first commit: the pipeline and the files."""
    stream = [b"commit refs/heads/main\ncommitter C <c@x> 1700000000 +0000\ndata 1\nx\n"]
    stream.append(b"M 100644 inline stagelock.yaml\ndata %d\n" % len(PIPELINE) + PIPELINE)
    for n in range(files):
        stream.append(b"M 100644 inline apps/f%d/%d\ndata %d\n%d" % (n % 200, n, len(str(n)), n))
        stream.append(b"\n")
    return b"".join(stream)


def server(root: Path, name: str, work: Path) -> Path:
    """A bare repository with the base commit."""
    made = root / f"{len(list(root.iterdir()))}.git"
    git(root, "clone", "-q", "--bare", "--single-branch", "--branch", "main", str(work), str(made))
    git(made, "config", "receive.autogc", "false")
    hook = made / "hooks" / "pre-receive"
    if name == EMPTY:
        hook.write_text(f"#!{sys.executable} -IS\nimport sys\nsys.stdin.buffer.read()\n")
        hook.chmod(0o755)
    if name == OURS:
        for step in install_steps(str(made), Wanted("promoter", "REMOTE_USER")):
            step.do()
    return made


def rows(*, tiny: bool) -> list[Row]:
    """Push to the three servers in turn; then 300 commits into a larger repository."""
    files, counts, rounds = (200, (1,), 1) if tiny else (20_000, (1, 100, 1000), ROUNDS)
    found: list[Row] = []
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        work = made(root, files)
        servers = {name: server(root, name, work) for name in (OURS, EMPTY, NONE)}
        for count in counts:
            times = compare(work, servers, count, rounds)
            what = f"push of {count:,} commits, {files:,} files"
            found.append(extra(what, times[OURS], times[EMPTY], 30))
            found.append(extra(f"{what}, the hook's whole cost", times[OURS], times[NONE], 120))
    files, count = (200, 3) if tiny else (50_000, 300)
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        work = made(root, files)
        times = compare(work, {OURS: server(root, OURS, work)}, count, rounds)
        found.append(below(f"push of {count:,} commits, {files:,} files", times[OURS], 5000))
    return found


def made(root: Path, files: int) -> Path:
    """A repository to push from."""
    work = root / "work.git"
    git(root, "init", "-q", "--bare", "-b", "main", str(work))
    git(work, "fast-import", "--quiet", stdin=base(files))
    return work


def compare(work: Path, servers: dict[str, Path], count: int, rounds: int) -> dict[str, Series]:
    """Push the same commits to each server, again and again."""
    git(work, "fast-import", "--quiet", stdin=commits(count))
    old = git(work, "rev-parse", "main").decode().strip()

    def push(name: str) -> None:
        git(work, "push", "-q", str(servers[name]), f"+work{count}:refs/heads/main")

    def rewind() -> None:
        for server in servers.values():
            git(server, "update-ref", "refs/heads/main", old)

    variants = {name: partial(push, name) for name in servers}
    rewind()
    for run in variants.values():
        run()  # the first push of a pipeline parses it; later ones remember
    return measure(variants, rounds=rounds, before=rewind)
