"""What would come of a change that nobody has pushed yet, as values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Self

from app.core.model.hand_edits import HandEdit
from app.core.model.names import FreightId, Sha, StageName
from app.core.model.pipeline import OnDrift

ChangeKind = Literal["deleted", "changed", "copied"]
"""`copied`: no file was there before."""
NAMED = 2_000
"""How many files of one list a server carries to a text; the others are counted."""


@dataclass(frozen=True, slots=True)
class FileChange:
    """One file that would differ; its path as people read it, odd bytes escaped."""

    kind: ChangeKind
    path: str


@dataclass(frozen=True, slots=True)
class FileChanges:
    """How many files would differ, and the *first* of them: deletions, changes, copies."""

    deleted: int = 0
    changed: int = 0
    copied: int = 0
    first: tuple[FileChange, ...] = ()

    @property
    def count(self) -> int:
        """How many there are in all."""
        return self.deleted + self.changed + self.copied

    @classmethod
    def of(cls, changes: Sequence[FileChange], most: int | None = NAMED) -> Self:
        """Of all that would differ, in their order; at *most* so many are named, None: all."""
        kinds = Counter(change.kind for change in changes)
        return cls(kinds["deleted"], kinds["changed"], kinds["copied"], tuple(changes[:most]))


@dataclass(frozen=True, slots=True)
class Held:
    """
    What a stage holds at first contact, and no freight explains: *values* of keys, or so many
    *files*.
    """

    values: tuple[str, ...] = ()
    files: int = 0


@dataclass(frozen=True, slots=True)
class StagePreview:
    """
    What a stage would receive.

    *changes* is None where nothing is written, or where it cannot be said: *problem* is why (a step
    that cannot run).
    *waits_for* are its gates, in words. *foreign*: nothing of it happens before a person's
    `/promote`. *edited* is what people changed there by hand since our last write, and *on_drift*
    what happens to that.
    """

    stage: StageName
    freight: FreightId | None
    target: str
    changes: FileChanges | None
    waits_for: tuple[str, ...] = ()
    problem: str = ""
    foreign: Held | None = None
    edited: tuple[HandEdit, ...] = ()
    on_drift: OnDrift = "merge"


@dataclass(frozen=True, slots=True)
class Ignored:
    """A changed *path* that makes no freight, by which *rule*, at which *line* of the file."""

    path: str
    rule: str
    line: int


@dataclass(frozen=True, slots=True)
class Replayed:
    """Which stages a commit of the branch would have fed: by the rules in force, and by others."""

    commit: Sha
    subject: str
    before: tuple[StageName, ...]
    after: tuple[StageName, ...]


@dataclass(frozen=True, slots=True)
class FirstTick:
    """
    What the first look does to a stage that we never wrote: *explained* by freight, or it holds
    *values* or *files* that none explains (*sure*: all that counts was compared), or nothing.
    """

    stage: StageName
    freight: FreightId | None
    explained: FreightId | None = None
    values: tuple[str, ...] = ()
    files: int = 0
    sure: bool = True
    writes: bool = True
    changed: int | None = None
    problem: str = ""
    upstreams: tuple[StageName, ...] = ()
    auto: bool = True
    by_pull_request: bool = False
