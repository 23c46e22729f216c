"""
The tree edit of a promotion alone, in 10,000 and in 100,000 files; and the whole-index way.

Run: `python -m benchmarks.tree_edit [ROUNDS]`.
"""

from __future__ import annotations

import itertools
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pygit2

from app.core.facts import Rendered, RenderRequest
from app.core.model import Copy, Output, Stage
from app.core.names import FreightId, Sha, StageName, WarehouseName
from app.git.local import LocalRepo
from benchmarks.gitserver import git, seed
from benchmarks.harness import measure, report

if TYPE_CHECKING:
    from collections.abc import Callable


def edit(bare: Path) -> Callable[[], None]:
    """Copy a folder of 50 files; always to another place, so that nothing is there already."""
    repo, tip = LocalRepo(bare), Sha(git(bare, "rev-parse", "main"))
    places = itertools.count()

    def run() -> None:
        to = f"stages/dev{next(places)}"
        steps = (Copy("apps/app0/part0", to),)
        stage = Stage(
            StageName("dev"), WarehouseName("web"), path=to, steps=steps, outputs=(Output(to),)
        )
        request = RenderRequest(stage.name, FreightId(stage.freight, tip), tip)
        assert isinstance(repo.render(request, stage, lambda _: True), Rendered)

    return run


def index(bare: Path) -> Callable[[], None]:
    """The same by reading all of the tree into an index and writing it out again."""
    repo = pygit2.Repository(str(bare))
    tree = repo.revparse_single("main^{tree}").peel(pygit2.Tree)
    places = itertools.count()

    def run() -> None:
        whole = pygit2.Index()
        whole.read_tree(tree)
        folder = tree["apps/app0/part0"]
        assert isinstance(folder, pygit2.Tree)
        to = f"stages/index{next(places)}"
        for entry in folder:
            whole.add(pygit2.IndexEntry(f"{to}/{entry.name}", entry.id, entry.filemode))
        whole.write_tree(repo)

    return run


def main(rounds: int) -> None:
    """Measure both ways on both sizes."""
    with tempfile.TemporaryDirectory() as name:
        small, large = Path(name) / "small.git", Path(name) / "large.git"
        seed(small, 10_000)
        seed(large, 100_000)
        variants = {
            "trees, 10,000 files": edit(small),
            "trees, 100,000 files": edit(large),
            "index, 10,000 files": index(small),
            "index, 100,000 files": index(large),
        }
        for warm in variants.values():
            warm()
        times = measure(variants, rounds=rounds)
    report("tree edit of one promotion", times, ours="trees, 10,000 files")


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else 51)
