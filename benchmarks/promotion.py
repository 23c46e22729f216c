"""
One promotion of a folder over smart HTTP, against what a script does with the git command line.

Before each promotion somebody else pushes a commit, so every variant has something to fetch.
"""

from __future__ import annotations

import itertools
import shutil
import tempfile
import time
from collections import defaultdict
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from app.core.model.facts import Identity, RefUpdate
from app.core.model.names import FreightId, Repo, StageName, WarehouseName
from app.core.model.pipeline import Stage
from app.core.model.renders import Rendered, RenderRequest
from app.core.model.steps import Copy, Output
from app.git.mirror import Mirrors
from benchmarks.gitserver import git, move, seed, serving
from benchmarks.harness import Row, faster, measure

if TYPE_CHECKING:
    from collections.abc import Iterator

OURS = "stagelock"
KEPT = "persistent clone: fetch, reset, copy, commit, push"
FRESH = "fresh shallow clone, copy, commit, push"
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


class Ours:
    """Fetch, edit trees, push by compare-and-swap; remembers how long each part took."""

    def __init__(self, mirrors: Mirrors) -> None:
        self._mirrors = mirrors
        self.parts: dict[str, list[float]] = defaultdict(list)

    def __call__(self) -> None:
        with self._mirrors.open(REPO) as mirror:
            with self._timed("fetch"):
                tip = mirror.fetch()["main"]
            with self._timed("edit and commit"):
                request = RenderRequest(STAGE.name, FreightId(STAGE.freight, tip), tip)
                made = mirror.render(request, STAGE, lambda _: True)
                assert isinstance(made, Rendered)
                commit = mirror.commit(made.tree, [tip], "Promote\n", BOT, WHEN)
            with self._timed("push"):
                mirror.push([RefUpdate("refs/heads/main", commit, tip)])

    @contextmanager
    def _timed(self, part: str) -> Iterator[None]:
        start = time.perf_counter()
        yield
        self.parts[part].append((time.perf_counter() - start) * 1000)


def copied(clone: Path) -> None:
    """Copy the folder in a working tree, commit it, push it."""
    shutil.rmtree(clone / TARGET, ignore_errors=True)
    shutil.copytree(clone / SOURCE, clone / TARGET)
    git(clone, "add", "-A", TARGET)
    git(clone, "commit", "-q", "-m", "Promote")
    git(clone, "push", "-q", "origin", "HEAD:main")


def fresh(folder: Path, url: str) -> None:
    """As today's tools do: a shallow clone for each promotion; nobody waits for its removal."""
    clone = folder / "fresh"
    git(folder, "clone", "-q", "--depth", "1", url, str(clone))
    copied(clone)


def kept(clone: Path) -> None:
    """The best a script can do: a clone that stays."""
    git(clone, "fetch", "-q", "origin")
    git(clone, "reset", "-q", "--hard", "origin/main")
    copied(clone)


def rows(*, tiny: bool) -> list[Row]:
    """Promote once a round in each way, all on one server."""
    files, rounds = (1_000, 1) if tiny else (100_000, 7)
    with tempfile.TemporaryDirectory() as name, serving(Path(name) / "server") as base:
        folder = Path(name)
        bare, url = folder / "server" / "acme" / "web.git", f"{base}/acme/web.git"
        seed(bare, files)
        git(folder, "clone", "-q", url, "kept")
        ours = Ours(Mirrors(folder / "mirrors", lambda _: url, lambda _: None))
        ours()
        ours.parts.clear()
        texts = itertools.count()

        def before() -> None:
            shutil.rmtree(folder / "fresh", ignore_errors=True)
            move(bare, f"text {next(texts)}\n")

        found = measure(
            {
                OURS: ours,
                KEPT: lambda: kept(folder / "kept"),
                FRESH: lambda: fresh(folder, url),
            },
            rounds=rounds,
            before=before,
        )
    what = f"promotion of one folder, {files:,} files, smart HTTP"
    parts = {f"{part}, ms": round(median(times), 1) for part, times in ours.parts.items()}
    return [
        replace(faster(what, found[OURS], found[FRESH], 100), extra=parts),
        faster(what, found[OURS], found[KEPT], 4),
    ]
