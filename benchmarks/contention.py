"""
Five outsiders push to the branch without a pause; in between, one promotion after another has to
land on it: by us, and by the retry loop that scripts use, with its usual five tries.
"""

from __future__ import annotations

import shutil
import statistics
import subprocess
import tempfile
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from threading import Event, Thread, Timer
from typing import TYPE_CHECKING

from app.core.model.names import Sha
from app.core.model.repository_change import RepoRecord
from benchmarks.gitserver import git, seed, serving
from benchmarks.harness import Row, Series, measure
from benchmarks.lived import World
from benchmarks.past import REPO, file_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

OUTSIDERS, TRIES, FILES, ROUNDS = 5, 5, 1_000, 10
GOAL = 2_000
PATIENCE = 10
"""Seconds after which a promotion counts as given up: then the outsiders rest, so that it ends."""
OURS, THEIRS = "stagelock", f"fetch, copy, commit, push: {TRIES} tries"
SOURCE, OURS_TO, THEIRS_TO = "apps/app0/part0", "stages/ours", "stages/theirs"
PIPELINE = f"""\
version: 1
warehouses:
  web: {{paths: [{SOURCE}/]}}
stages:
  ours:
    path: {OURS_TO}
    steps: [{{uses: copy, with: {{from: {SOURCE}, to: .}}}}]
"""
AT = datetime(2024, 1, 1, tzinfo=UTC)


def commit(clone: Path, message: str) -> None:
    """Everything of a working tree."""
    git(clone, "add", "-A")
    git(clone, "commit", "-q", "--allow-empty", "-m", message)


def is_pushed(clone: Path, branch: str = "HEAD") -> bool:
    """Tell whether nobody was faster."""
    try:
        git(clone, "push", "-q", "origin", f"{branch}:main")
    except subprocess.CalledProcessError:
        return False
    return True


def fresh(clone: Path) -> None:
    """What the branch is now."""
    git(clone, "fetch", "-q", "origin", "main")
    git(clone, "reset", "-q", "--hard", "FETCH_HEAD")


def committed(repo: Path, branch: str, onto: str, path: str, text: str) -> bool:
    """Make a commit of one file without a working tree, unless *branch* moves meanwhile."""
    stream = (
        f"commit refs/heads/{branch}\ncommitter B <b@example.org> 1800000000 +0000\n"
        f"data 6\nChange\nfrom {onto}^0\n{file_line(path, text)}"
    )
    try:
        git(repo, "fast-import", "--quiet", stdin=stream.encode())
    except subprocess.CalledProcessError:
        return False
    return True


class Outsiders:
    """
    People who push notes over HTTP, each as fast as it goes; *pushed* counts what got in.

    Without working trees: their pushes are to be in the way, not their files.
    """

    def __init__(self, folder: Path, url: str) -> None:
        self.pushed = 0
        self._going, self._ended = Event(), Event()
        self._going.set()
        self._threads = []
        for number in range(OUTSIDERS):
            clone = folder / f"outsider{number}"
            git(folder, "clone", "-q", "--bare", url, str(clone))
            self._threads.append(Thread(target=self._push, args=(clone,), daemon=True))

    @contextmanager
    def at_it(self) -> Iterator[None]:
        """While the block runs."""
        for thread in self._threads:
            thread.start()
        try:
            yield
        finally:
            self._ended.set()
            self._going.set()
            for thread in self._threads:
                thread.join()

    def wait_for(self, promoted: Callable[[], bool]) -> bool:
        """Go on until *promoted* is done, or for so long; whether it landed in time."""
        resting = Timer(PATIENCE, self._going.clear)
        resting.start()
        try:
            return promoted() and self._going.is_set()
        finally:
            resting.cancel()
            self._going.set()

    def _push(self, clone: Path) -> None:
        count = 0
        while not self._ended.is_set():
            self._going.wait()
            count += 1
            git(clone, "fetch", "-q", "origin", "+main:theirs")
            git(clone, "update-ref", "-d", "refs/heads/mine")
            committed(clone, "mine", "refs/heads/theirs", f"{clone.name}.txt", f"{count}\n")
            if is_pushed(clone, "mine"):  # counted after it: five people count here
                self.pushed += 1


class Contended(World):
    """The App in a repository of which everybody writes the one branch."""

    def __init__(self, folder: Path, bare: Path, url: str) -> None:
        seed(bare, FILES)
        committed(bare, "main", "refs/heads/main", "stagelock.yaml", PIPELINE)
        super().__init__(folder, url)
        self.store.repos.add(RepoRecord(1, REPO.owner, REPO.name, 1, "main", comments_since=AT))
        self._bare, self._count = bare, 0

    def change(self) -> None:
        """Somebody changes what is watched: on the server, so that it takes no long turn."""
        self._count += 1
        file, text = f"{SOURCE}/file0.txt", f"text {self._count}\n"
        while not committed(self._bare, "main", "refs/heads/main", file, text):
            pass
        log = git(self._bare, "log", "-1", "--format=%H", "main", "--", file)
        self.pushed = Sha(log)

    def promote(self) -> bool:
        """Until what was pushed has landed in our stage; whether it has."""
        self.look()
        found = self.store.history.load(1).promotions
        return any(p.landed and p.freight.sha == self.pushed for p in found)


def retried(clone: Path) -> bool:
    """The same as a script does it, in a clone that stays; whether it landed."""
    for _ in range(TRIES):
        fresh(clone)
        shutil.rmtree(clone / THEIRS_TO, ignore_errors=True)
        shutil.copytree(clone / SOURCE, clone / THEIRS_TO)
        commit(clone, "Promote")
        if is_pushed(clone):
            return True
    return False


def rows(*, tiny: bool) -> list[Row]:
    """Promote in both ways, in turn, each after a change of its own."""
    rounds = 2 if tiny else ROUNDS
    with tempfile.TemporaryDirectory() as name, serving(Path(name) / "server") as base:
        folder, url = Path(name), f"{base}/acme/web.git"
        world = Contended(folder, folder / "server" / "acme" / "web.git", url)
        world.look()
        git(folder, "clone", "-q", url, "script")
        landed: dict[str, list[bool]] = {OURS: [], THEIRS: []}
        outsiders = Outsiders(folder, url)
        with outsiders.at_it():
            found = measure(
                {
                    OURS: lambda: landed[OURS].append(outsiders.wait_for(world.promote)),
                    THEIRS: lambda: landed[THEIRS].append(retried(folder / "script")),
                },
                rounds=rounds,
                before=world.change,
            )
        world.close()
    return judged(found, landed, outsiders.pushed)


def judged(
    found: Mapping[str, Series], landed: Mapping[str, Sequence[bool]], pushed: int
) -> list[Row]:
    """What was measured, and who gave up, beside so many pushes of the outsiders."""
    what = f"promotion while {OUTSIDERS} outsiders push to its branch without pause"
    slowest = percentile(found[OURS].values)
    ours, theirs = (
        Series(way, "given up", (float(there.count(False)),)) for way, there in landed.items()
    )
    return [
        Row(
            f"{what}: 99th percentile",
            found[OURS],
            found[THEIRS],
            slowest,
            "ms",
            f"below {GOAL} ms",
            slowest < GOAL,
            {"pushes of theirs": pushed},
        ),
        Row(
            f"given up of {len(landed[OURS])}",
            ours,
            theirs,
            ours.median,
            "given up",
            "none",
            all(landed[OURS]),
        ),
    ]


def percentile(values: tuple[float, ...]) -> float:
    """What 99 of 100 stay below."""
    return statistics.quantiles(values, n=100, method="inclusive")[-1]
