"""The step of a whole-tree stage: the freight's tree."""

from __future__ import annotations

from app.core.model.names import Sha
from app.core.model.steps import TakeTree
from app.git.steps.run import Run
from app.git.trees import TREE, Entry


def take_tree(run: Run, root: Sha, step: TakeTree) -> Sha:
    """Make *root* the freight's tree, or what the warehouse watches of it; raises Impossible."""
    commit = run.request.freight.sha
    tree = run.objects.fact(commit).tree
    if step.watched_only:
        tree = run.objects.trees.keep(tree, run.watched)
    return run.over(root, "", Entry(TREE, tree), step.excepts, (commit, ""))
