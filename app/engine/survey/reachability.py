"""Which commits branches hold, kept from look to look: history is not walked for what stays."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field

from app.core.model.names import Sha
from app.ports import GitRepo

KEPT = 1000


@dataclass(slots=True)
class _Branch:
    """What *tip* holds of the commits that were asked for, and what it does not."""

    tip: Sha
    held: set[Sha] = field(default_factory=set)
    absent: set[Sha] = field(default_factory=set)


class Reached:
    """
    What this process knows of the branches of the repositories that it looked at last.

    What a tip holds, every later tip that holds that one holds too; what it does not hold, a later
    one may.
    """

    def __init__(self) -> None:
        self._known: OrderedDict[tuple[int, str], _Branch] = OrderedDict()

    def holds(self, git: GitRepo, repo_id: int, branch: str, tip: Sha, commit: Sha) -> bool:
        """Tell whether *commit* is reachable from the branch's *tip*."""
        known = self._branch(git, repo_id, branch, tip)
        if commit not in known.held and commit not in known.absent:
            is_held = git.is_ancestor(commit, tip)
            (known.held if is_held else known.absent).add(commit)
        return commit in known.held

    def _branch(self, git: GitRepo, repo_id: int, branch: str, tip: Sha) -> _Branch:
        key = repo_id, branch
        known = self._known.get(key)
        if known is None or known.tip != tip:
            goes_on = known is not None and git.is_ancestor(known.tip, tip)
            held = known.held if known is not None and goes_on else set[Sha]()
            known = self._known[key] = _Branch(tip, held)
        self._known.move_to_end(key)
        while len(self._known) > KEPT:
            self._known.popitem(last=False)
        return known
