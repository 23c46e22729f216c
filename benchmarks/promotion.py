"""
One promotion of a folder over smart HTTP, against what a script does with the git command line.

Run: `python -m benchmarks.promotion [FILES] [ROUNDS]`. Before each promotion somebody else pushes
a commit, so every variant has something to fetch.
"""

from __future__ import annotations

import itertools
import shutil
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from app.core.facts import Identity, RefUpdate, Rendered, RenderRequest
from app.core.model import Copy, Output, Stage
from app.core.names import FreightId, Repo, StageName, WarehouseName
from app.git.mirror import Mirrors
from benchmarks.gitserver import git, move, seed, serving
from benchmarks.harness import measure, report

SOURCE, TARGET = "apps/app0/part0", "stages/dev"
REPO = Repo(1, "acme", "web", 1)
BOT = Identity("Stagelock", "bot@example.org")
WHEN = datetime(2026, 1, 1, tzinfo=UTC)
STAGE = Stage(
    StageName("dev"),
    WarehouseName("web"),
    path=TARGET,
    steps=(Copy(SOURCE, TARGET),),
    outputs=(Output(TARGET),),
)


def ours(mirrors: Mirrors) -> None:
    """Fetch, edit trees, push by compare-and-swap."""
    with mirrors.open(REPO) as mirror:
        tip = mirror.fetch()["main"]
        request = RenderRequest(STAGE.name, FreightId(STAGE.freight, tip), tip)
        made = mirror.render(request, STAGE, lambda _: True)
        assert isinstance(made, Rendered)
        commit = mirror.commit(made.tree, [tip], "Promote\n", BOT, WHEN)
        mirror.push([RefUpdate("refs/heads/main", commit, tip)])


def copied(clone: Path) -> None:
    """Copy the folder in a working tree, commit it, push it."""
    shutil.rmtree(clone / TARGET, ignore_errors=True)
    shutil.copytree(clone / SOURCE, clone / TARGET)
    git(clone, "add", "-A", TARGET)
    git(clone, "commit", "-q", "-m", "Promote")
    git(clone, "push", "-q", "origin", "HEAD:main")


def fresh(folder: Path, url: str) -> None:
    """As today's tools do: a shallow clone for each promotion."""
    clone = folder / "fresh"
    shutil.rmtree(clone, ignore_errors=True)
    git(folder, "clone", "-q", "--depth", "1", url, str(clone))
    copied(clone)


def kept(clone: Path) -> None:
    """The best a script can do: a clone that stays."""
    git(clone, "fetch", "-q", "origin")
    git(clone, "reset", "-q", "--hard", "origin/main")
    copied(clone)


def main(files: int, rounds: int) -> None:
    """Measure on a repository of *files* files."""
    with tempfile.TemporaryDirectory() as name, serving(Path(name) / "server") as base:
        folder = Path(name)
        bare, url = folder / "server" / "acme" / "web.git", f"{base}/acme/web.git"
        seed(bare, files)
        git(folder, "clone", "-q", url, "kept")
        mirrors = Mirrors(folder / "mirrors", lambda _: url, lambda _: None)
        ours(mirrors)
        texts = itertools.count()
        times = measure(
            {
                "stagelock": lambda: ours(mirrors),
                "persistent clone: fetch, reset, copy, commit, push": lambda: kept(folder / "kept"),
                "fresh shallow clone, copy, commit, push": lambda: fresh(folder, url),
            },
            rounds=rounds,
            before=lambda: move(bare, f"text {next(texts)}\n"),
        )
    report(f"promotion of one folder, {files:,} files, smart HTTP", times, ours="stagelock")


if __name__ == "__main__":
    sizes = [int(text) for text in sys.argv[1:]]
    main(sizes[0] if sizes else 100_000, sizes[1] if sizes[1:] else 5)
