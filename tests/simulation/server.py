"""The Git server: branches over one shared object store, and what people do to them."""

from __future__ import annotations

import atexit
import functools
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import pygit2

from app.core.model.facts import Identity, RefUpdate
from app.core.model.names import Sha
from app.git.objects import Objects
from app.git.trees import FILE, Entry
from tests.simulation.accounts import AUTHORS

RAM = next((str(place) for place in [Path("/dev/shm")] if place.is_dir()), None)
"""Where there is memory in place of a disk; else where temporary files are."""
Law = Callable[[str, Sha | None, Sha | None], None]


@functools.cache
def home() -> Path:
    """This process's folder, gone when it ends."""
    place = Path(tempfile.mkdtemp(prefix="stagelock-sim-", dir=_root[-1]))
    atexit.register(shutil.rmtree, place, ignore_errors=True)
    return place


@contextmanager
def living_in(root: str) -> Iterator[None]:
    """Make `home` below *root*, and leave nothing there."""
    _root.append(root)
    for made in (home, objects):
        made.cache_clear()
    yield
    shutil.rmtree(home())


_root = [RAM]


@functools.cache
def objects() -> Objects:
    """One object store for all seeds of a process: what is in it says nothing about branches."""
    place = home() / "objects.git"
    pygit2.init_repository(str(place), bare=True)
    with (place / "config").open("a") as config:
        config.write("[core]\n\tlooseCompression = 0\n")
    return Objects(pygit2.Repository(str(place)), _absent)


def _absent(wanted: Sequence[Sha]) -> None:
    raise AssertionError(f"nothing is ever missing here: {wanted}")


class Server:
    """Branches (name -> tip), who may move them, and who pushed what."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self.objects = objects()
        self.tips: dict[str, Sha] = {}
        self.refused: set[str] = set()
        """Branches that a rule keeps us from."""
        self.people: set[Sha] = set()
        """Commits that people made: never ours to drop."""
        self.ours: set[Sha] = set()
        """Commits that the App pushed, or merged by the App's own call."""
        self.slow: list[tuple[datetime, Sequence[RefUpdate], Law]] = []
        """Pushes of ours that have begun and not arrived: when each does, if nobody was first."""
        self.pushed: list[Callable[[str, Sha | None, Sha | None], None]] = []
        self._now = now
        self._serial = 0

    def move(self, branch: str, new: Sha | None) -> None:
        """Move a branch, and let everybody know."""
        old = self.tips.get(branch)
        if new is None:
            self.tips.pop(branch, None)
        else:
            self.tips[branch] = new
        for told in self.pushed:
            told(branch, old, new)

    def arrive(self) -> None:
        """Slow pushes whose time has come take effect, by compare-and-swap."""
        due = [one for one in self.slow if one[0] <= self._now()]
        self.slow = [one for one in self.slow if one not in due]
        for _, updates, law in due:
            named = [(u.ref.removeprefix("refs/heads/"), u) for u in updates]
            if any(self.tips.get(branch) != u.expected for branch, u in named):
                continue
            for branch, update in named:
                law(branch, update.expected, update.new)
                self.move(branch, update.new)

    def commit(
        self, branch: str, changes: Mapping[str, bytes | Entry | None], message: str = "work"
    ) -> Sha:
        """A person's commit and push."""
        return self.push(branch, self.made(self.tips.get(branch), changes, message))

    def push(self, branch: str, sha: Sha) -> Sha:
        """A person's push of what is made already."""
        self.people.add(sha)
        self.move(branch, sha)
        return sha

    def made(
        self, tip: Sha | None, changes: Mapping[str, bytes | Entry | None], message: str = "work"
    ) -> Sha:
        """A commit on *tip* that nobody has pushed."""
        trees = self.objects.trees
        root = self.objects.tree_of(tip) or trees.write({})
        for path, what in changes.items():
            entry = Entry(FILE, self.objects.write_blob(what)) if isinstance(what, bytes) else what
            root = trees.replace(root, path.encode(), entry)
        return self.written(root, (tip,) if tip else (), message)

    def written(self, tree: Sha, parents: Sequence[Sha], message: str) -> Sha:
        """A commit of its own, even where nothing changed."""
        self._serial += 1
        text = f"{message}\n\nNumber: {self._serial}\n"
        who = AUTHORS[self._serial % len(AUTHORS)]
        made = Identity(who.title(), f"{who}@example.com")
        return self.objects.write_commit(tree, parents, text, made, self._now())

    def author(self, sha: Sha) -> str:
        """The login of who made a commit."""
        return self.objects.commit(sha).author.email.partition("@")[0]

    def line(self, tip: Sha | None, limit: int = 200) -> list[Sha]:
        """The first-parent line, newest first."""
        found: list[Sha] = []
        while tip is not None and len(found) < limit:
            found.append(tip)
            tip = next(iter(self.objects.fact(tip).parents), None)
        return found

    def at(self, commit: Sha | None, path: str) -> Entry | None:
        """What is at *path*."""
        return self.objects.find(commit, path) if commit else None

    def message(self, sha: Sha) -> str:
        return self.objects.commit(sha).message

    def changed(self, sha: Sha) -> list[str]:
        """The paths that a commit changes against its first parent."""
        old = self.objects.tree_of(next(iter(self.objects.fact(sha).parents), None))
        return [p.decode() for p in self.objects.trees.changes(old, self.objects.tree_of(sha))]

    def merged_tree(self, base: Sha, head: Sha) -> Sha | None:
        """What merging *head* into *base* gives; None: it conflicts, or shares no past."""
        fork = self.objects.merge_base(base, head)
        if fork is None:
            return None
        repo = self.objects._repo
        ours, theirs = (repo[sha].peel(pygit2.Tree) for sha in (base, head))
        index = repo.merge_trees(repo[fork].peel(pygit2.Tree), ours, theirs)
        return None if index.conflicts else Sha(str(index.write_tree(repo)))
