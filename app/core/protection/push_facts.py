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
    """One line of the push: *ref* goes from *old* to *new*; None: there is none."""

    ref: bytes
    old: str | None
    new: str | None


class Guard(NamedTuple):
    """What one stage's promotions alone may write: *outputs* (path, key, excepts) of *ref*."""

    stage: str
    ref: bytes
    whole_tree: bool
    outputs: tuple[tuple[str, str | None, tuple[str, ...]], ...]
    groups: tuple[str, ...] = ()


class Holder(NamedTuple):
    """A grant that is held: which promotion holds, for which stage, with which fencing token."""

    promotion: str
    stage: str
    token: int


class LockState(NamedTuple):
    """What a lock's ref says: the newest *token* ever granted, and who holds now."""

    token: int
    holders: tuple[Holder, ...] = ()

    def names(self, promotion: str | None, stage: str) -> bool:
        """Tell whether *promotion* to *stage* holds."""
        return any(h.promotion == promotion and h.stage == stage for h in self.holders)


class Written(NamedTuple):
    """A pushed promotion commit of a stage, by its trailers; *fences*: (group, token)."""

    commit: str
    promotion: str | None
    fences: tuple[tuple[str, int], ...] = ()


class Change(NamedTuple):
    """
    A push that changes a stage's outputs, or moves a whole-tree stage's branch.

    *paths* are the first changed ones (empty: only the branch moved). *as_proposed*: the outputs
    equal those at `stagelock/<stage>`, whose commit names the promotion *proposed*. *written*: the
    pushed commits of this stage, known only where the promoter pushes, or where *signed*: each
    first-parent commit that changes the outputs is signed by the promoter, for this place (if not,
    *unsigned* says why). *forward*: False where a commit is left behind; True where that does not
    matter. *unreadable*: what cannot be read, so that nobody knows what changed.
    """

    guard: Guard
    update: Update
    paths: tuple[bytes, ...]
    more: bool = False
    changed: bool = True
    as_proposed: bool = False
    proposed: str | None = None
    written: tuple[Written, ...] = ()
    forward: bool = True
    signed: bool = False
    unsigned: str = ""
    unreadable: str = ""


class ConfigChange(NamedTuple):
    """The push changes `stagelock.yaml` on the default branch, leaving it with *problems*."""

    ref: bytes
    problems: tuple[str, ...]


class LockMove(NamedTuple):
    """The push moves a lock's ref; *after* None: deleted, or no longer readable."""

    ref: bytes
    before: LockState | None
    after: LockState | None
    forward: bool


class Push(NamedTuple):
    """
    Everything about one push.

    *who* is what the server says (None: it does not), *promoter* the only one who promotes (None:
    nobody was named). *locks* are the groups' states as this push leaves them; a group without
    one was never published. *by_signature*: the server names nobody, so signatures count; *vouched*
    are the promoter's refs that move to a commit which it signed for them. *unreadable*: what
    keeps the rules in force from being read. *closed*: `stagelock.yaml` changes there, by somebody
    who may not. *unguarded*: why no outputs are protected, where somebody may think they are.
    """

    who: str | None
    promoter: str | None
    updates: tuple[Update, ...] = ()
    changes: tuple[Change, ...] = ()
    config: ConfigChange | None = None
    locks: Mapping[str, LockState] = MappingProxyType({})
    moves: tuple[LockMove, ...] = ()
    fold: bool = False
    by_signature: bool = False
    vouched: frozenset[bytes] = frozenset()
    unreadable: str = ""
    closed: bytes | None = None
    unguarded: str = ""

    @property
    def can_be_promoted(self) -> bool:
        """Tell whether anybody is known who promotes, by name or by signature."""
        return self.promoter is not None or self.by_signature

    @property
    def by_promoter(self) -> bool:
        """Tell whether the promoter pushes; where either is unknown, it does not."""
        return self.who is not None and self.who == self.promoter


class Violation(NamedTuple):
    """One broken rule. *detail* holds what the texts name: a group, a token, the linter's lines."""

    code: Code
    ref: bytes
    stage: str | None = None
    paths: tuple[bytes, ...] = ()
    more: bool = False
    detail: tuple[str, ...] = ()
