"""What a stage's steps are run on, and what they make of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from app.core.model.facts import Content
from app.core.model.names import FreightId, GroupName, Sha, StageName


@dataclass(frozen=True, slots=True)
class Rendered:
    """What a stage's steps make of one freight on one tip."""

    tree: Sha
    """The root tree of the stage's branch afterwards, already in the object store."""
    content: Content
    """The outputs in *tree*."""
    before: Content
    """The outputs at the tip."""
    changed_files: int
    """How many files differ."""
    changed: tuple[str, ...] = ()
    """The first of the files that differ."""
    pure: Content = ()
    """What the freight alone gives: it differs from *content* where people's edits are kept."""
    merged: bool = False
    """People's edits were merged in."""
    kept: tuple[str, ...] = ()
    """Whose edits are in *content*: files, or ``file#key``."""

    @property
    def in_sync(self) -> bool:
        """Nothing would change."""
        return self.content == self.before


@dataclass(frozen=True, slots=True)
class Clash:
    """What people and the freight both changed, each otherwise."""

    places: tuple[str, ...]
    """Files, or ``file#key``."""


@dataclass(frozen=True, slots=True)
class StepProblem:
    """A step that cannot run: on the tip, or without what the freight lacks."""

    file: str
    """Whose content keeps it from running."""
    key: str | None
    """The key path in *file*; None: it is about the whole file."""
    message: str
    """What is wrong, for people."""
    commit: Sha | None
    """Who last changed *file*, as far as that was looked for; None: nobody that we know."""
    fingerprint: str
    """The step is tried again when it changes."""
    unchanged_since: Sha | None = None
    """
    The last change of *file* is too long ago to be looked for: it is as it was at this commit.
    """
    is_source: bool = False
    """*file* is the freight's, not the tip's."""


@dataclass(frozen=True, slots=True)
class RenderRequest:
    """Which stage's steps to run, for which freight, on which tip."""

    stage: StageName
    freight: FreightId
    onto: Sha | None
    """The tip; None: the branch does not exist, an empty tree."""
    upstreams: Mapping[StageName, Sha] = field(default_factory=dict)
    """
    For each stage that a step copies from, the commit whose tree holds what that upstream wrote.
    """
    permits: Mapping[GroupName, str] = field(default_factory=dict)
    """
    The names that its grant has of lock groups. Before a grant nobody knows them: then see *kept*.
    """
    kept: Sha | None = None
    """
    Where a value that names a group without a permit is taken from, as the key has it; None: from
    *onto*.
    """
