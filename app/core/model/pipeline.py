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

from app.core.model.group_names import organization
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
    """A check that is awaited."""

    pattern: str
    """A name or a glob (`*`, `?`, `[...]`) over check names and contexts."""
    app: str | None = None
    """The slug of the GitHub App that must have written it; None: any writer."""

    @property
    def is_glob(self) -> bool:
        """Tell whether the pattern can match more than one name."""
        return any(c in self.pattern for c in "*?[")

    def __str__(self) -> str:
        return f"{self.pattern} by {self.app}" if self.app else self.pattern


@dataclass(frozen=True, slots=True)
class Warehouse:
    """Watches paths of a branch and mints freight."""

    name: WarehouseName
    branch: str | None = None
    """None: the default branch."""
    paths: tuple[str, ...] = ()
    """Globs and folders, as the file has them; (): everything."""
    paths_ignore: tuple[str, ...] = ()
    """Of what *paths* hold, what makes no freight."""
    checks: tuple[CheckRule, ...] = ()
    """What a commit needs to become freight."""
    mark: Mark = Mark(1, 1)
    """Where it stands in the file."""
    lines: tuple[tuple[str, int], ...] = ()
    """Where its entries stand: (`paths: ENTRY` or `paths-ignore: ENTRY`, line)."""


Via = Literal["commit", "pull-request"]
MergeBy = Literal["people", "auto"]
OnDrift = Literal["merge", "block", "overwrite"]
Queue = Literal["latest", "all"]


@dataclass(frozen=True, slots=True)
class Weight:
    """How many permits of a lock group a stage takes."""

    group: GroupName
    permits: int
    """`ALL`: it is to be alone."""

    def __str__(self) -> str:
        return f"{self.group}: {self.permits if self.permits != ALL else 'all'}"


@dataclass(frozen=True, slots=True)
class Stage:
    """
    One promotion target. Without *path* and *branch* it is a control-flow stage: nothing is
    written.
    """

    name: StageName
    freight: WarehouseName
    """The warehouse whose freight it takes."""
    needs: tuple[StageName, ...] = ()
    """
    The upstreams of which all must have verified it; never together with *needs_any*. Both empty:
    directly from the warehouse.
    """
    needs_any: tuple[StageName, ...] = ()
    """The upstreams of which one must have verified it."""
    path: str | None = None
    """The folder that it writes; None with *branch*: the whole tree of that."""
    branch: str | None = None
    """None with *path*: the default branch."""
    steps: tuple[Step, ...] = ()
    """In the order in which they run, derived ones too."""
    outputs: tuple[Output, ...] = ()
    """What *steps* may write: watched as nobody else's."""
    auto: bool = True
    """It promotes without being told to."""
    via: Via = "commit"
    merge: MergeBy = "people"
    merge_within: timedelta = timedelta(minutes=15)
    """How long a grant waits for a person's merge."""
    verify: tuple[CheckRule, ...] = ()
    """What has to pass at what was written; (): verified at once, unless there is a *workflow*."""
    workflow: str | None = None
    """The file, below `.github/workflows`, of the workflow that is started to verify it."""
    timeout: timedelta = timedelta(minutes=60)
    """How long verifying may take."""
    locks: tuple[GroupName, ...] = ()
    weights: tuple[Weight, ...] = ()
    """Of those of *locks* of which it takes more than one permit."""
    soak: timedelta = ZERO
    """How long freight has to stand verified in its upstreams."""
    at_most_every: timedelta = ZERO
    """At least so long between two promotions."""
    approve: Approve | None = None
    """None: it needs nobody's leave."""
    allow: People = NOBODY
    """Who may command it; nobody in particular: whoever may write."""
    windows: Windows = ALWAYS
    on_drift: OnDrift = "merge"
    queue: Queue = "latest"
    allow_links: bool = False
    include_github: bool = False
    mark: Mark = Mark(1, 1)
    """Where it stands in the file."""

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
    """A named lock."""

    name: GroupName
    permits: int = 1
    """How many may hold it at a time."""
    names: tuple[str, ...] = ()
    """Those of its permits, where a grant says which one it is; (): they have none."""
    max_hold: timedelta = timedelta(hours=2)
    """A grant that is held longer turns suspect."""
    max_wait: timedelta | None = None
    """A request that waits longer is over; None: it waits for ever."""
    service: ServiceUse | None = None
    """An external lock service that has to grant it, too; None: none has to."""
    refs: tuple[str, ...] = ()
    """Globs of the branches and tags whose CI jobs may take it by OIDC; (): every ref."""
    environments: tuple[str, ...] = ()
    """Those of GitHub whose jobs ask for it."""
    scope: LockScope = "repository"
    """Where it is defined: `organization`, in its `.github`; then nothing else is said here."""
    mark: Mark = Mark(1, 1)
    """Where it stands in the file."""


@dataclass(frozen=True, slots=True)
class Pipeline:
    """The graph of one repository."""

    warehouses: Mapping[WarehouseName, Warehouse]
    stages: Mapping[StageName, Stage]
    """In needs-order: upstreams before those they feed, ties in the file's order."""
    locks: Mapping[GroupName, LockGroup] = field(default_factory=dict)

    def group_of(self, environment: str) -> GroupName | None:
        """
        The lock group that jobs at this GitHub environment ask for; case is nothing there. One of
        the repository's own comes before the organisation's.
        """
        key = environment.casefold()
        named = (n for n, g in self.locks.items() if key in map(str.casefold, g.environments))
        return min(named, key=lambda name: organization(name) is not None, default=None)


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with the file."""

    message: str
    code: str
    """Stable and kebab-case: `unknown-key`."""
    mark: Mark
    suggestion: str | None = None
    """What to type instead; None: nobody can tell."""
