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

from app.core.model.names import GroupName, StageName, WarehouseName

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


@dataclass(frozen=True, slots=True)
class Copy:
    """
    Replace *to* by the file or folder *source* of the freight's commit or of *from_stage*.

    All paths are canonical. *to* is relative to the repository's root (the stage's path already
    joined; "" is a whole tree's root). *source* is relative to the root of the freight's commit,
    or, with *from_stage*, to the root of the branch that the upstream was written to (its path
    already joined). *excepts* are files below *to*, relative to the root, that stay as they are.
    """

    source: str
    to: str
    from_stage: StageName | None = None
    excepts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CopyKey:
    """Give *key* of *file* the scalar that *source_file* has at *key* in the upstream (derived)."""

    from_stage: StageName
    source_file: str
    file: str
    key: str


@dataclass(frozen=True, slots=True)
class Delete:
    """Remove *path* (relative to the root); absent already: nothing to do."""

    path: str


@dataclass(frozen=True, slots=True)
class Value:
    """
    A scalar: a text, or (*is_text* False) a number, `true`, `false` or `null` as it was written.

    ``Value("1.10")`` is the text, ``Value("1.10", is_text=False)`` the number.
    """

    text: str
    is_text: bool = True


@dataclass(frozen=True, slots=True)
class YamlSet:
    """Set existing scalar *values* (key path -> template) of *file* (relative to the root)."""

    file: str
    values: tuple[tuple[str, Value], ...]


@dataclass(frozen=True, slots=True)
class TakeTree:
    """
    Make the whole tree the freight's tree (derived).

    *watched_only*: only the files that the warehouse's rules watch. *excepts* stay as they are
    (`.github`, unless the stage says `include-github`).
    """

    watched_only: bool
    excepts: tuple[str, ...] = ()


Step = Copy | CopyKey | Delete | YamlSet | TakeTree


@dataclass(frozen=True, slots=True, order=True)
class Output:
    """
    What a stage's steps may write: a path (all below it, less *excepts*), or one key of a file.

    *path* is relative to the root of the stage's branch; "" is the whole tree.
    """

    path: str
    key: str | None = None
    excepts: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.path}#{self.key}" if self.key else self.path or "."


Via = Literal["commit", "pull-request"]
MergeBy = Literal["people", "auto"]
OnDrift = Literal["merge", "block", "overwrite"]
Queue = Literal["latest", "all"]


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
    timeout: timedelta = timedelta(minutes=60)
    locks: tuple[GroupName, ...] = ()
    soak: timedelta = ZERO
    at_most_every: timedelta = ZERO
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
    def writes(self) -> bool:
        """False for a control-flow stage."""
        return self.path is not None or self.branch is not None

    @property
    def whole_tree(self) -> bool:
        """Tell whether the stage is a branch's whole tree."""
        return self.path is None and self.branch is not None


def sources(stage: Stage) -> tuple[StageName, ...]:
    """The upstream stages that its steps copy from, each once, in the order of the steps."""
    named = (step.from_stage for step in stage.steps if isinstance(step, Copy | CopyKey))
    return tuple(dict.fromkeys(name for name in named if name is not None))


@dataclass(frozen=True, slots=True)
class LockGroup:
    """A named lock with *permits*; a grant held longer than *max_hold* turns suspect."""

    name: GroupName
    permits: int = 1
    max_hold: timedelta = timedelta(hours=2)
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
