"""
The facts of one push, as the rules need them; refs and paths are bytes, as git has them.

Neither dataclasses nor `typing.NamedTuple`: each would take a third of the time that a push may
cost (the import, and the making of each class).
"""

from __future__ import annotations

from types import MappingProxyType

from app.core.protection.light_tuples import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Literal

    Code = Literal[
        "outputs",
        "our-refs",
        "config",
        "not-forward",
        "fence",
        "held",
        "lock-history",
        "unreadable",
        "config-closed",
        "replaced",
    ]

OUR_BRANCHES = b"refs/heads/stagelock/"
OUR_REFS = b"refs/stagelock/"
LOCK_REFS = b"refs/stagelock/locks/"
REPLACE_REFS = b"refs/replace/"


class Update(NamedTuple):
    """One line of the push."""

    ref: bytes
    """Its full name."""
    old: str | None
    """None: it was not there."""
    new: str | None
    """None: it is deleted."""


class Guard(NamedTuple):
    """What one stage's promotions alone may write."""

    stage: str
    ref: bytes
    """The full name of the stage's branch."""
    whole_tree: bool
    """The stage writes the whole tree: nobody else may move the branch at all."""
    outputs: tuple[tuple[str, str | None, tuple[str, ...]], ...]
    """(path, key or None, what below the path is excepted)."""
    groups: tuple[str, ...] = ()
    """The lock groups of the stage."""


class Holder(NamedTuple):
    """A grant that is held."""

    promotion: str
    """Whose it is."""
    stage: str
    token: int
    """Its fencing token."""


class LockState(NamedTuple):
    """What a lock's ref says."""

    token: int
    """The newest that was ever granted."""
    holders: tuple[Holder, ...] = ()
    """Who holds now."""

    def names(self, promotion: str | None, stage: str) -> bool:
        """Tell whether *promotion* to *stage* holds."""
        return any(h.promotion == promotion and h.stage == stage for h in self.holders)


class Written(NamedTuple):
    """A pushed promotion commit of a stage, by its trailers."""

    commit: str
    promotion: str | None
    """None: they do not say it."""
    fences: tuple[tuple[str, int], ...] = ()
    """(group, token) of the grants that it was written under."""


class Change(NamedTuple):
    """A push that changes a stage's outputs, or moves a whole-tree stage's branch."""

    guard: Guard
    update: Update
    paths: tuple[bytes, ...]
    """The first changed ones; (): only the branch moved."""
    more: bool = False
    """There may be more than *paths*."""
    changed: bool = True
    """The outputs differ, or the branch of a whole-tree stage begins or ends."""
    as_proposed: bool = False
    """The outputs equal those at `stagelock/<stage>`."""
    proposed: str | None = None
    """The promotion that the commit there names; None: it names none."""
    written: tuple[Written, ...] = ()
    """The pushed commits of this stage, known only where the promoter pushes, or where *signed*."""
    forward: bool = True
    """False where a commit is left behind; True where that does not matter."""
    signed: bool = False
    """
    Each first-parent commit that changes the outputs is signed by the promoter, for this place.
    """
    unsigned: str = ""
    """Why it is not *signed*."""
    unreadable: str = ""
    """What cannot be read, so that nobody knows what changed; "": nothing."""


class ConfigChange(NamedTuple):
    """The push changes `stagelock.yaml` on the default branch."""

    ref: bytes
    problems: tuple[str, ...]
    """Those that the file has afterwards."""


class LockMove(NamedTuple):
    """The push moves a lock's ref."""

    ref: bytes
    before: LockState | None
    after: LockState | None
    """None: deleted, or no longer readable."""
    forward: bool
    """It has what it had, with a few commits on top."""


class Push(NamedTuple):
    """Everything about one push."""

    who: str | None
    """What the server says; None: it does not."""
    promoter: str | None
    """The only one who promotes; None: nobody was named."""
    updates: tuple[Update, ...] = ()
    changes: tuple[Change, ...] = ()
    config: ConfigChange | None = None
    locks: Mapping[str, LockState] = MappingProxyType({})
    """The groups' states as this push leaves them; a group without one was never published."""
    moves: tuple[LockMove, ...] = ()
    fold: bool = False
    by_signature: bool = False
    """The server names nobody, so signatures count."""
    vouched: frozenset[bytes] = frozenset()
    """The promoter's refs that move to a commit which it signed for them."""
    unreadable: str = ""
    """What keeps the rules in force from being read; "": nothing."""
    closed: bytes | None = None
    """The ref on which `stagelock.yaml` changes, by somebody who may not; None: none."""
    unguarded: str = ""
    """Why no outputs are protected, where somebody may think they are; "": they are."""

    @property
    def can_be_promoted(self) -> bool:
        """Tell whether anybody is known who promotes, by name or by signature."""
        return self.promoter is not None or self.by_signature

    @property
    def by_promoter(self) -> bool:
        """Tell whether the promoter pushes; where either is unknown, it does not."""
        return self.who is not None and self.who == self.promoter


class Violation(NamedTuple):
    """One broken rule."""

    code: Code
    ref: bytes
    stage: str | None = None
    paths: tuple[bytes, ...] = ()
    """The first that break it."""
    more: bool = False
    """There may be more than *paths*."""
    detail: tuple[str, ...] = ()
    """What the texts name: a group, a token, the linter's lines."""
