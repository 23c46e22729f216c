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
from benchmarks.harness import measure, report

FILES = 20_000
ROUNDS = 7
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


def commits(count: int, first: bytes) -> bytes:
    """A stream for fast-import: *count* commits that change a file each."""
    who = b"committer C <c@example.org> 1700000000 +0000\n"
    stream = [first]
    for n in range(count):
        stream.append(b"commit refs/heads/work%d\n" % count + who + b"data 1\nx\n")
        stream += [b"from refs/heads/main\n"] if n == 0 else []
        stream.append(b"M 100644 inline apps/f%d/x%d\ndata 1\nx\n" % (n % 100, n))
    return b"".join(stream)


def base() -> bytes:
    """The first commit: the pipeline and the files."""
    stream = [b"commit refs/heads/main\ncommitter C <c@x> 1700000000 +0000\ndata 1\nx\n"]
    stream.append(b"M 100644 inline stagelock.yaml\ndata %d\n" % len(PIPELINE) + PIPELINE)
    for n in range(FILES):
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


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        work = root / "work.git"
        git(root, "init", "-q", "--bare", "-b", "main", str(work))
        git(work, "fast-import", "--quiet", stdin=base())
        servers = {name: server(root, name, work) for name in (OURS, EMPTY, NONE)}
        for count in (1, 100, 1000):
            git(work, "fast-import", "--quiet", stdin=commits(count, b""))
            compare(work, servers, count)


def compare(work: Path, servers: dict[str, Path], count: int) -> None:
    """Push the same commits to each server, again and again."""

    def push(name: str) -> None:
        git(work, "push", "-q", str(servers[name]), f"+work{count}:refs/heads/main")

    def rewind() -> None:
        for made in servers.values():
            git(
                made,
                "update-ref",
                "refs/heads/main",
                git(work, "rev-parse", "main").decode().strip(),
            )

    variants = {name: partial(push, name) for name in servers}
    rewind()
    for run in variants.values():
        run()  # the first push of a pipeline parses it; later ones remember
    times = measure(variants, rounds=ROUNDS, before=rewind)
    report(f"push of {count} commits, {FILES} files", times, ours=OURS)


if __name__ == "__main__":
    main()
