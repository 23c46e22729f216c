"""Each step as one edit of a tree. A new one is a file beside this, and a case here."""

from __future__ import annotations

from app.core.model.names import Sha
from app.core.model.steps import Copy, CopyKey, Delete, Step, TakeTree, YamlSet
from app.git.steps.copy import copy
from app.git.steps.copy_key import copy_key
from app.git.steps.run import Run
from app.git.steps.take_tree import take_tree
from app.git.steps.yaml_set import yaml_permits, yaml_set


def carry_out(run: Run, root: Sha, step: Step) -> Sha:
    """Carry out *step* on the tree *root*: the tree that comes of it; raises Impossible."""
    match step:
        case Copy():
            return copy(run, root, step)
        case TakeTree():
            return take_tree(run, root, step)
        case Delete(path):
            return run.put(root, path, None)
        case YamlSet():
            return yaml_set(run, root, step)
        case CopyKey():
            return copy_key(run, root, step)


def fill_in(run: Run, root: Sha, step: Step) -> Sha:
    """Of *step* only what names the permits of the grant, where it is there."""
    match step:
        case YamlSet():
            return yaml_permits(run, root, step)
        case Copy() | TakeTree() | Delete() | CopyKey():
            return root
