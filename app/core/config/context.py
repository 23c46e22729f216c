"""What the checks over several parts of the file share: drafts of stages, places, branches."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from app.core.config.fields import Fields
from app.core.config.report import Report
from app.core.config.values import Placed
from app.core.config.yamldoc import Seq
from app.core.model.names import GroupName, StageName, WarehouseName
from app.core.model.pipeline import LockGroup, Mark, Stage, Warehouse


@dataclass(frozen=True, slots=True)
class Draft:
    """A stage as it was written, before its steps and its neighbours are known."""

    stage: Stage
    """It has defaults where something was wrong."""
    fields: Fields
    freight: Placed | None
    upstreams: tuple[Placed, ...]
    locks: tuple[Placed, ...]
    weights: Mapping[str, int]
    """How many permits of a lock, where that was said; of those that are right."""
    steps: Seq | None
    sound: bool
    """
    Its layout can be relied on; checks that build on it are left out otherwise, so that one mistake
    is told once.
    """

    @property
    def name(self) -> StageName:
        """The stage's name."""
        return self.stage.name

    def at(self, key: str) -> Mark:
        """Where the value of *key* stands; the stage's name where it is left out."""
        node = self.fields.get(key)
        return node.mark if node else self.stage.mark


@dataclass(frozen=True, slots=True)
class Context:
    """The parts of the file that are read so far."""

    report: Report
    warehouses: Mapping[WarehouseName, Warehouse]
    broken: frozenset[WarehouseName]
    """The warehouses that have problems of their own."""
    locks: Mapping[GroupName, LockGroup]
    drafts: Mapping[StageName, Draft]
    default_branch: str | None
    """None: not known."""

    def branch(self, written: str | None) -> str | None:
        """The branch that *written* means: left out, the default branch, where it is known."""
        return written or self.default_branch
