"""
One push that concerns 57 warehouses, each with a stage of its own, in one repository of 15,000
commits, by the real engine over a real mirror and store: until all of it has landed.

A known promotion controller keeps a clone for each of them: 57 clones, about 90 s.
"""

from __future__ import annotations

import itertools
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from app.core.model.names import Sha, StageName
from app.core.model.repository_change import RepoRecord
from benchmarks.gitserver import bare, conversations, git, serving
from benchmarks.harness import Row, Series, below, exactly, measure
from benchmarks.lived import World
from benchmarks.past import REPO, file_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from app.core.model.records import Promotion

STAGES, COMMITS, ROUNDS = 57, 15_000, 7
GOAL = 2_000
AT = datetime(2024, 1, 1, tzinfo=UTC)


def document(count: int) -> str:
    """A warehouse and a stage for each of so many applications."""
    warehouses = [f"  w{n}: {{paths: [apps/a{n}]}}" for n in range(count)]
    stages = [
        f"  s{n}: {{freight: w{n}, path: stages/s{n}, "
        f"steps: [{{uses: copy, with: {{from: apps/a{n}, to: web}}}}]}}"
        for n in range(count)
    ]
    return "\n".join(["version: 1", "warehouses:", *warehouses, "stages:", *stages, ""])


def stream(count: int, commits: int) -> Iterator[str]:
    """Its history: the file and every application first, then notes of people."""
    for n in range(commits):
        yield (
            f"commit refs/heads/main\ncommitter A <a@example.org> {1_700_000_000 + n} +0000\n"
            "data 6\nChange\n"
        )
        if n:
            yield file_line(f"notes/n{n % 100}.txt", f"{n}\n")
            continue
        yield file_line("stagelock.yaml", document(count))
        for app in range(count):
            yield file_line(f"apps/a{app}/v.txt", "0\n")


class Fanned(World):
    """So many applications of one repository; a push changes each of them."""

    def __init__(self, folder: Path, server: Path, base: str, *, count: int, commits: int) -> None:
        self._bare = bare(server / "acme" / "web.git")
        git(self._bare, "fast-import", "--quiet", stdin="".join(stream(count, commits)).encode())
        super().__init__(folder, f"{base}/acme/web.git")
        self.store.repos.add(RepoRecord(1, REPO.owner, REPO.name, 1, "main", comments_since=AT))
        self._count, self._pushes = count, itertools.count(1)

    def push(self) -> None:
        """Somebody changes every application."""
        text = f"{next(self._pushes)}\n"
        changes = "".join(file_line(f"apps/a{app}/v.txt", text) for app in range(self._count))
        whole = (
            "commit refs/heads/main\ncommitter B <b@example.org> 1800000000 +0000\ndata 6\nChange\n"
            f"from refs/heads/main^0\n{changes}"
        )
        git(self._bare, "fast-import", "--quiet", "--force", stdin=whole.encode())
        self.pushed = Sha(git(self._bare, "rev-parse", "main"))

    def through(self) -> None:
        """What was pushed lands in every stage; what is left to say of it is said by `look`."""
        self.store.work.touch("repo-1")
        while self._late() and self.worker.step():
            pass
        if late := self._late():
            message = f"{self.pushed} did not land in {', '.join(sorted(late))}"
            raise RuntimeError(message)

    def _late(self) -> set[StageName]:
        """The stages where it has not landed."""
        landed = {p.stage for p in self._promotions() if p.landed and p.freight.sha == self.pushed}
        return {StageName(f"s{n}") for n in range(self._count)} - landed

    def _promotions(self) -> Sequence[Promotion]:
        return self.store.history.load(1).promotions


def rows(*, tiny: bool) -> list[Row]:
    """Push again and again."""
    count, commits, rounds = (3, 20, 1) if tiny else (STAGES, COMMITS, ROUNDS)
    with tempfile.TemporaryDirectory() as name, serving(Path(name) / "server") as base:
        world = Fanned(Path(name), Path(name) / "server", base, count=count, commits=commits)
        world.push()
        world.look()  # a process that has just begun reads the line once
        talked: list[tuple[int, int]] = []

        def pushed() -> None:
            world.look()
            world.push()

        def through() -> None:
            with conversations() as found:
                world.through()
            talked.append((found["git-upload-pack"], found["git-receive-pack"]))

        found = measure({"stagelock": through}, rounds=rounds, before=pushed)["stagelock"]
        world.close()
    fetches, pushes = (tuple(map(float, of)) for of in zip(*talked, strict=True))
    what = f"{count} warehouses and stages, one push that concerns all, {commits:,} commits"
    return [
        below(what, found, GOAL),
        exactly("its fetches", Series("stagelock", "fetches a push", fetches), 1),
        exactly("its pushes", Series("stagelock", "pushes a push", pushes), 1),
    ]
