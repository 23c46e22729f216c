"""
The tree edit of a promotion alone, in 10,000 and in 100,000 files; and the whole-index way.
"""

from __future__ import annotations

import itertools
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pygit2

from app.core.model.names import FreightId, Sha, StageName, WarehouseName
from app.core.model.pipeline import Stage
from app.core.model.renders import Rendered, RenderRequest
from app.core.model.steps import Copy, Output
from app.git.local import LocalRepo
from benchmarks.gitserver import git, seed
from benchmarks.harness import Row, below, faster, measure, within

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


def rows(*, tiny: bool) -> list[Row]:
    """Measure both ways on both sizes."""
    few, many, rounds = (1_000, 2_000, 1) if tiny else (10_000, 100_000, 51)
    with tempfile.TemporaryDirectory() as name:
        small, large = Path(name) / "small.git", Path(name) / "large.git"
        seed(small, few)
        seed(large, many)
        variants = {
            f"trees, {few:,} files": edit(small),
            f"trees, {many:,} files": edit(large),
            f"index, {few:,} files": index(small),
            f"index, {many:,} files": index(large),
        }
        for warm in variants.values():
            warm()
        found = list(measure(variants, rounds=rounds).values())
    what = "tree edit of one promotion"
    return [
        below(f"{what}, {many:,} files", found[1], 5),
        within(f"{what}, {many:,} against {few:,} files", found[1], found[0], 1.2),
        faster(f"{what}, against an index of all {many:,} files", found[1], found[3], 1),
    ]
