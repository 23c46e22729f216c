"""
The pipeline of one repository, parsed and checked: what `stagelock.yaml` says, as values.

Everything here is frozen and complete: defaults are filled in, steps that the file leaves out are
derived (`Stage.steps`), outputs are known (`Stage.outputs`). Built only by `core/config`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal

from app.core.model.lock_requests import ALL
from app.core.model.lock_services import ServiceUse
from app.core.model.names import GroupName, StageName, WarehouseName
from app.core.model.people import NOBODY, Approve, People
from app.core.model.steps import Output, Step
from app.core.model.windows import ALWAYS, Windows

ZERO = timedelta()


@dataclass(frozen=True, slots=True)
class Mark:
    """A place in the file; both count from 1."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class CheckRule:
    """
    A check that is awaited: a name or a glob (`*`, `?`, `[...]`) over check names and contexts.

    *app* is the slug of the GitHub App that must have written it; None: any writer.
    """

    pattern: str
    app: str | None = None

    @property
    def is_glob(self) -> bool:
        """Tell whether the pattern can match more than one name."""
        return any(c in self.pattern for c in "*?[")

    def __str__(self) -> str:
        return f"{self.pattern} by {self.app}" if self.app else self.pattern


@dataclass(frozen=True, slots=True)
class Warehouse:
    """Watches *paths* of *branch* (None: the default branch) and mints freight."""

    name: WarehouseName
    branch: str | None = None
    paths: tuple[str, ...] = ()
    paths_ignore: tuple[str, ...] = ()
    checks: tuple[CheckRule, ...] = ()
    mark: Mark = Mark(1, 1)
    lines: tuple[tuple[str, int], ...] = ()
    """Where its entries stand: (`paths: ENTRY` or `paths-ignore: ENTRY`, line)."""


Via = Literal["commit", "pull-request"]
MergeBy = Literal["people", "auto"]
OnDrift = Literal["merge", "block", "overwrite"]
Queue = Literal["latest", "all"]


@dataclass(frozen=True, slots=True)
class Weight:
    """How many permits of *group* a stage takes; `ALL` of them where it is to be alone."""

    group: GroupName
    permits: int

    def __str__(self) -> str:
        return f"{self.group}: {self.permits if self.permits != ALL else 'all'}"


@dataclass(frozen=True, slots=True)
class Stage:
    """
    One promotion target.

    *path* and *branch* both None: a control-flow stage, nothing is written. *branch* without
    *path*: the whole tree of that branch. *path* with *branch* None: on the default branch.
    *needs* and *needs_any* are never both given; both empty: directly from the warehouse.
    """

    name: StageName
    freight: WarehouseName
    needs: tuple[StageName, ...] = ()
    needs_any: tuple[StageName, ...] = ()
    path: str | None = None
    branch: str | None = None
    steps: tuple[Step, ...] = ()
    outputs: tuple[Output, ...] = ()
    auto: bool = True
    via: Via = "commit"
    merge: MergeBy = "people"
    merge_within: timedelta = timedelta(minutes=15)
    verify: tuple[CheckRule, ...] = ()
    workflow: str | None = None
    """The file, below `.github/workflows`, of the workflow that is started to verify it."""
    timeout: timedelta = timedelta(minutes=60)
    locks: tuple[GroupName, ...] = ()
    weights: tuple[Weight, ...] = ()
    """Of those of *locks* of which it takes more than one permit."""
    soak: timedelta = ZERO
    at_most_every: timedelta = ZERO
    approve: Approve | None = None
    allow: People = NOBODY
    windows: Windows = ALWAYS
    on_drift: OnDrift = "merge"
    queue: Queue = "latest"
    allow_links: bool = False
    include_github: bool = False
    mark: Mark = Mark(1, 1)

    @property
    def upstreams(self) -> tuple[StageName, ...]:
        """The stages it takes freight from, in the file's order."""
        return self.needs or self.needs_any

    @property
    def verifies(self) -> bool:
        """Something has to pass on what has landed."""
        return bool(self.verify) or self.workflow is not None

    @property
    def awaited(self) -> tuple[str, ...]:
        """What has to pass, as people read it."""
        started = () if self.workflow is None else (self.workflow,)
        return (*map(str, self.verify), *started)

    @property
    def writes(self) -> bool:
        """False for a control-flow stage."""
        return self.path is not None or self.branch is not None

    @property
    def whole_tree(self) -> bool:
        """Tell whether the stage is a branch's whole tree."""
        return self.path is None and self.branch is not None


def sources(stage: Stage) -> tuple[StageName, ...]:
    """The upstream stages that its steps copy from, each once, in the order of the steps."""
    named = (step.upstream for step in stage.steps)
    return tuple(dict.fromkeys(name for name in named if name is not None))


LockScope = Literal["repository", "organization"]


@dataclass(frozen=True, slots=True)
class LockGroup:
    """
    A named lock with *permits*, which have *names* where a grant says which one it is; a grant held
    longer than *max_hold* turns suspect, a request that waits longer than *max_wait* is over.
    *service*: an external lock service that has to grant it, too. *refs* are globs of the branches
    and tags whose CI jobs may take it by OIDC (none: every ref), *environments* those of GitHub
    whose jobs ask for it.
    """

    name: GroupName
    permits: int = 1
    names: tuple[str, ...] = ()
    max_hold: timedelta = timedelta(hours=2)
    max_wait: timedelta | None = None
    service: ServiceUse | None = None
    refs: tuple[str, ...] = ()
    environments: tuple[str, ...] = ()
    scope: LockScope = "repository"
    """Where it is defined: `organization`, in its `.github`; then nothing else is said here."""
    mark: Mark = Mark(1, 1)


@dataclass(frozen=True, slots=True)
class Pipeline:
    """
    The graph of one repository. *stages* is in needs-order: upstreams before those they feed,
    ties in the file's order.
    """

    warehouses: Mapping[WarehouseName, Warehouse]
    stages: Mapping[StageName, Stage]
    locks: Mapping[GroupName, LockGroup] = field(default_factory=dict)

    def group_of(self, environment: str) -> LockGroup | None:
        """The lock group that jobs at this GitHub environment ask for; case is nothing there."""
        key = environment.casefold()
        groups = self.locks.values()
        return next((g for g in groups if key in map(str.casefold, g.environments)), None)


@dataclass(frozen=True, slots=True)
class Problem:
    """
    One thing that is wrong with the file.

    *code* is stable and kebab-case (`unknown-key`); *suggestion* is what to type instead, or None.
    """

    message: str
    code: str
    mark: Mark
    suggestion: str | None = None
