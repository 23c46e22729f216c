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
    """How many files would differ."""

    deleted: int = 0
    changed: int = 0
    copied: int = 0
    first: tuple[FileChange, ...] = ()
    """Some of them: deletions, then changes, then copies."""

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
    """What a stage holds at first contact, and no freight explains."""

    values: tuple[str, ...] = ()
    """Those of keys, where its outputs are keys."""
    files: int = 0
    """How many, where its outputs are files."""


@dataclass(frozen=True, slots=True)
class StagePreview:
    """What a stage would receive."""

    stage: StageName
    freight: FreightId | None
    """None: there is none for it."""
    target: str
    """Where it is written, in words."""
    changes: FileChanges | None
    """None: nothing is written, or *problem* is why it cannot be said."""
    waits_for: tuple[str, ...] = ()
    """Its gates, in words."""
    problem: str = ""
    """Why a step cannot run; "": it can."""
    foreign: Held | None = None
    """
    Nothing happens to what is there before a person's `/promote`; None: nothing of the kind is
    there.
    """
    edited: tuple[HandEdit, ...] = ()
    """What people changed there by hand since our last write."""
    on_drift: OnDrift = "merge"
    """What happens to *edited*."""
    by_hand: bool = False
    """Once it is merged, hand edits are there."""

    @property
    def held_up(self) -> bool:
        """Nothing is written there before a person has agreed to replace what is there."""
        return self.foreign is not None or (self.by_hand and self.on_drift == "block")


@dataclass(frozen=True, slots=True)
class Ignored:
    """A changed path that makes no freight."""

    path: str
    rule: str
    """The entry of the file by which it is ignored, with its key: `paths-ignore: ENTRY`."""
    line: int
    """Where that entry stands in the file."""


@dataclass(frozen=True, slots=True)
class Replayed:
    """Which stages a commit of the branch would have fed."""

    commit: Sha
    subject: str
    before: tuple[StageName, ...]
    """By the rules in force."""
    after: tuple[StageName, ...]
    """By the proposed rules."""


@dataclass(frozen=True, slots=True)
class FirstTick:
    """What the first look does to a stage that we never wrote."""

    stage: StageName
    freight: FreightId | None
    """What it would be given; None: there is none for it."""
    explained: FreightId | None = None
    """The freight that it holds already: it is adopted. None: none explains what is there."""
    values: tuple[str, ...] = ()
    """Of keys, where no freight explains them."""
    files: int = 0
    """How many are there, where no freight explains them."""
    sure: bool = True
    """All freights that count were compared, not the newest alone."""
    writes: bool = True
    """False of a control-flow stage."""
    changed: int | None = None
    """How many files the freight would change; None: not known."""
    problem: str = ""
    """Why a step cannot run; "": it can."""
    upstreams: tuple[StageName, ...] = ()
    auto: bool = True
    """It promotes without being told to."""
    by_pull_request: bool = False
